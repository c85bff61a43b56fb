package io.tsunagi.inquiry;

import io.tsunagi.access.OperatorId;
import java.time.Instant;
import java.util.UUID;

/**
 * One bubble of an inquiry, or one line about it.
 *
 * @param seq its number in the inquiry, from 1 without gaps, in the order of taking effect
 * @param version the inquiry's version at its last change
 * @param type LINE's message type, {@code note} or {@code event}
 * @param at when it was said
 * @param purgedAt when its words were removed because their time was over; null while they are there
 * @param late whether it was said before a message that took effect earlier
 */
public record Message(
        MessageId id,
        InquiryId inquiry,
        int seq,
        long version,
        Sender sender,
        OperatorId author,
        String type,
        Content content,
        String lineMessageId,
        UUID media,
        UUID delivery,
        Instant at,
        boolean late,
        Instant editedAt,
        Instant unsentAt,
        Instant purgedAt) {

    /** Who said it. */
    public enum Sender {
        CUSTOMER,
        BOT,
        OPERATOR,
        /** An operator's note: the customer never sees it. */
        NOTE,
        /** What happened to the inquiry. */
        SYSTEM
    }

    @Override
    public String toString() {
        return "Message " + id;
    }
}
