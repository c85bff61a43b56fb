package io.tsunagi.line;

/** Too much time passed since the delivery was claimed: another node may make the call by now. */
public final class TooLateException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    TooLateException() {
        super("The call to LINE came too late to begin");
    }
}
