package io.tsunagi.media;

/** Where a medium is on its way. Only {@link #READY} can be opened; the rest below it are ends. */
public enum MediaState {
    /** LINE has it; the hub asks for it, again and again if need be. */
    FETCHING,
    READY,
    /** LINE had it no longer when the hub asked. */
    EXPIRED,
    /** Its time was over: key and bytes are gone. */
    PURGED,
    /** Larger than the hub takes; it stayed at LINE. */
    TOO_LARGE,
    /** It could not be fetched, or is not what LINE said it was. */
    FAILED,
    /** The customer took it back: key and bytes are gone. */
    UNSENT
}
