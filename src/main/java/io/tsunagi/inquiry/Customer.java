package io.tsunagi.inquiry;

import java.time.Instant;

/**
 * Whom an account talks with: a LINE user, or a group or room in which the account was mentioned.
 *
 * @param kind {@code user}, {@code group} or {@code room}
 * @param lineUserId LINE's id of the user, group or room
 * @param name display name at LINE, null until the profile was read
 * @param language BCP 47
 * @param standby whether another channel module has the chat, so that nothing may be sent
 * @param replyToken a token that answers for free, null when there is none left
 * @param replyUntil until when the token is worth trying
 */
public record Customer(
        CustomerId id,
        String account,
        String kind,
        String lineUserId,
        String name,
        String language,
        String picture,
        boolean blocked,
        boolean standby,
        Instant followedAt,
        Instant profileAt,
        String replyToken,
        Instant replyUntil,
        String contactId) {

    /** Says whether the person was erased: nothing may be kept or said of them any more. */
    boolean erased() {
        return "erased".equals(lineUserId);
    }

    @Override
    public String toString() {
        return "Customer " + id;
    }

    /** Whether words said at a moment can still go by the reply that is free. */
    public boolean hasFreeReply(Instant at) {
        return replyToken != null && replyUntil.isAfter(at);
    }

    Customer withReplyToken(String token, Instant until) {
        return new Customer(
                id,
                account,
                kind,
                lineUserId,
                name,
                language,
                picture,
                blocked,
                standby,
                followedAt,
                profileAt,
                token,
                until,
                contactId);
    }

    Customer speaking(String spoken) {
        return new Customer(
                id,
                account,
                kind,
                lineUserId,
                name,
                spoken,
                picture,
                blocked,
                standby,
                followedAt,
                profileAt,
                replyToken,
                replyUntil,
                contactId);
    }

    Customer told(String newName, String newPicture, Instant at) {
        return new Customer(
                id,
                account,
                kind,
                lineUserId,
                newName,
                language,
                newPicture,
                blocked,
                standby,
                followedAt,
                at,
                replyToken,
                replyUntil,
                contactId);
    }
}
