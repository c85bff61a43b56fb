package io.tsunagi.translate;

import java.util.Locale;

/** Words were not translated; the code is one word for the screen. */
public final class NotTranslatedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** Why. */
    public enum Cause {
        /** No service is configured. */
        OFF,
        /** The service did not answer, in time or at all, or not as agreed. */
        AWAY,
        /** It did not a moment ago, and nobody is to wait for it again so soon. */
        PAUSED,
        /** Today's characters are used up. */
        DAILY_LIMIT,
        /** The words are longer than what is sent in one call. */
        TOO_LONG,
        /** The service answers, but does not translate these words. */
        REFUSED,
        /** Too many wait for the service on this node. */
        CROWDED;

        String code() {
            return this == PAUSED
                    ? AWAY.code()
                    : name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }

    private final Cause why;

    NotTranslatedException(Cause why, String message) {
        super(message);
        this.why = why;
    }

    public String code() {
        return why.code();
    }

    Cause why() {
        return why;
    }
}
