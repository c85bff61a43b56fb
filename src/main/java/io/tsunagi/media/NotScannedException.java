package io.tsunagi.media;

import java.io.IOException;

/** Nobody can say now whether bytes carry a virus, so nobody is shown them. */
public final class NotScannedException extends IOException {
    private final boolean answered;

    NotScannedException(String why) {
        super(why);
        this.answered = false;
    }

    NotScannedException(String why, boolean answered, Throwable cause) {
        super(why, cause);
        this.answered = answered;
    }

    /** Whether the scanner looked and refused, as it may each time; otherwise it could not be asked. */
    boolean answered() {
        return answered;
    }
}
