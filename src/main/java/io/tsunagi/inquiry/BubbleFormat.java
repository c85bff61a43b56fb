package io.tsunagi.inquiry;

import io.tsunagi.access.Face;
import java.util.List;

/** Writes bubbles as the channel wants them in a call. */
public interface BubbleFormat {
    /**
     * Gives the messages of one call as JSON: an array of 1 to 5.
     *
     * @param account who sends it
     * @param face shown as the speaker, null for what stands for the account
     * @throws IllegalArgumentException in one sentence when the channel would not take them
     */
    String json(String account, List<Bubble> bubbles, Face face);
}
