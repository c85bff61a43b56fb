package io.tsunagi.inquiry;

import java.util.List;

/** Writes bubbles as the channel wants them in a call. */
public interface BubbleFormat {
    /**
     * Gives the messages of one call as JSON: an array of 1 to 5.
     *
     * @param senderName shown as the speaker's name, null for the account's own
     */
    String json(List<Bubble> bubbles, String senderName);
}
