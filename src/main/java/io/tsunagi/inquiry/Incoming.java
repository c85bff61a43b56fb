package io.tsunagi.inquiry;

import java.time.Instant;
import java.util.UUID;

/**
 * What a customer did, in the hub's own words.
 *
 * @param event the ledger's id of it; everything it causes gets an id derived from this one
 * @param kind where it was done: {@code user} (one to one), {@code group}, {@code room}; {@code account} when nobody did it
 * @param lineUserId LINE's id of that user, group or room
 * @param type LINE's event type
 * @param at when it happened
 * @param replyToken answers for free, may be null
 * @param silent another channel module has the chat: nothing may be sent
 * @param messageType LINE's message type when it is a message
 * @param content what was said; never null
 * @param lineMessageId LINE's id of the message that was said, edited or taken back
 * @param media whether LINE holds bytes that belong to the message
 * @param data what a pressed button sends back, or which of its kinds another event is, such as {@code enter}
 * @param language as far as the words tell it, may be null
 */
public record Incoming(
        UUID event,
        String account,
        String kind,
        String lineUserId,
        String type,
        Instant at,
        Instant receivedAt,
        String replyToken,
        boolean silent,
        String messageType,
        Content content,
        String lineMessageId,
        boolean media,
        String data,
        String language) {

    /** Gives who is answered: the user, or the group or room as a whole. */
    public CustomerId customer() {
        return Customers.idOf(account, kind, lineUserId);
    }

    @Override
    public String toString() {
        return "Incoming " + event + " " + type;
    }
}
