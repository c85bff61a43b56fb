package io.tsunagi.media;

/** There is nothing to open: not fetched yet, taken back, or past its time. */
public final class MediaGoneException extends Exception {
    public MediaGoneException(MediaId id, String why) {
        super("The medium " + id + " cannot be opened: " + why);
    }
}
