package io.tsunagi.config;

/** What somebody who looked at an installation has to say about it, in one sentence. */
public record Finding(Kind kind, String sentence) {
    /** Whether it is as it should be. */
    public enum Kind {
        GOOD,
        /** Works, but people should know. */
        NOTE,
        /** Does not work. */
        WRONG
    }

    public static Finding good(String sentence) {
        return new Finding(Kind.GOOD, sentence);
    }

    public static Finding note(String sentence) {
        return new Finding(Kind.NOTE, sentence);
    }

    public static Finding wrong(String sentence) {
        return new Finding(Kind.WRONG, sentence);
    }
}
