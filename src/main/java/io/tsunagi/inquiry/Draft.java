package io.tsunagi.inquiry;

import java.time.Instant;

/**
 * What an operator prepares; it is no message until it is sent.
 *
 * @param version counts every save, 0 when nothing was ever saved
 * @param sinceSeq the newest message when the draft was begun
 */
public record Draft(String text, Content.Sticker sticker, long version, int sinceSeq, Instant savedAt) {
    /** What stands where there is no draft. */
    public static final Draft NONE = new Draft("", null, 0, 0, null);

    public boolean isEmpty() {
        return text.isBlank() && sticker == null;
    }

    @Override
    public String toString() {
        return "Draft v" + version;
    }
}
