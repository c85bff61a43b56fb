package io.tsunagi.bot;

import io.tsunagi.inquiry.Customer;
import io.tsunagi.inquiry.Inquiry;

/**
 * What the routes decide by after the bot's turn.
 *
 * @param reason why a person is needed, null while the bot goes on
 * @param skill what that person should be able to do, may be null
 * @param topic title of the article that came nearest, may be null
 */
public record BotOutcome(Customer customer, Inquiry inquiry, String reason, String skill, String topic) {

    /** For routes: {@code ${body.handOff}}. */
    public boolean isHandOff() {
        return reason != null;
    }

    public String getAccount() {
        return inquiry.account();
    }

    public String getLanguage() {
        return inquiry.language();
    }
}
