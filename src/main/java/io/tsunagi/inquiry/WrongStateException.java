package io.tsunagi.inquiry;

/** What was asked for does not fit what the inquiry is now; {@link #code} says why in one word for the screen. */
public final class WrongStateException extends RuntimeException {
    /** Somebody else has the inquiry; refusals of this kind are audited. */
    public static final String NOT_OWNER = "not-owner";

    private final String code;

    public WrongStateException(String code, String message) {
        super(message);
        this.code = code;
    }

    public String code() {
        return code;
    }
}
