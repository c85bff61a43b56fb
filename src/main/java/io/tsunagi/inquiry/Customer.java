package io.tsunagi.inquiry;

import java.time.Instant;

/**
 * A LINE user of one account.
 *
 * @param name display name at LINE, null until the profile was read
 * @param language BCP 47
 * @param replyToken a token that answers for free, null when there is none left
 * @param replyUntil until when the token is worth trying
 */
public record Customer(
        CustomerId id,
        String account,
        String lineUserId,
        String name,
        String language,
        String picture,
        boolean blocked,
        Instant followedAt,
        Instant profileAt,
        String replyToken,
        Instant replyUntil,
        String contactId) {

    @Override
    public String toString() {
        return "Customer " + id;
    }
}
