package io.tsunagi.inquiry;

/**
 * What a customer's words became: what the routes decide by.
 *
 * @param inquiry as it is with the message in it
 * @param cardNumber whether the message completed a card number that was begun in an earlier one; all parts are masked
 * @param sensitive whether it says what a rule of {@code config/sensitive.yaml} hides, alone or with an earlier one; it is masked
 */
public record Received(
        Incoming incoming, Customer customer, Inquiry inquiry, Message message, boolean cardNumber, boolean sensitive) {

    /** For routes: {@code ${body.state}} is BOT, WAITING, ASSIGNED or HELD. */
    public String getState() {
        return inquiry.state().name();
    }

    /** For routes: whether anything may be said at all. */
    public boolean isSilent() {
        return incoming.silent() || customer.standby() || customer.blocked();
    }
}
