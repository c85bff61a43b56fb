package io.tsunagi.media;

/** Where a medium is on its way. Screens and phones open only {@link #READY}; the rest below it are ends. */
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
    /** It carried a virus: nothing of it was kept. */
    INFECTED,
    /** The customer took it back: key and bytes are gone. */
    UNSENT,
    /**
     * The customer took it back, and a legal hold keeps key and bytes: everybody is told that it is {@link #UNSENT}, and it goes
     * when the hold ends.
     */
    WITHHELD;

    /** What a medium's state has to be when its key and bytes are kept, as SQL. */
    public static final String KEPT = "in ('READY', 'WITHHELD')";
}
