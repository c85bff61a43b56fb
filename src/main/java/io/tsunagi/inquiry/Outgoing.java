package io.tsunagi.inquiry;

import io.tsunagi.access.Face;
import io.tsunagi.access.OperatorId;
import io.tsunagi.store.Deliveries;
import io.tsunagi.store.Ids;
import io.tsunagi.store.Store;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/**
 * Says things to customers: each bubble becomes a message of the inquiry and all together one delivery, in the running
 * transaction, which holds the customer's lane. The free reply token goes to whoever speaks first.
 */
public final class Outgoing {
    private final Messages messages;
    private final Customers customers;
    private final Deliveries deliveries;
    private final BubbleFormat format;
    private final Clock clock;

    public Outgoing(Messages messages, Customers customers, Deliveries deliveries, BubbleFormat format, Clock clock) {
        this.messages = messages;
        this.customers = customers;
        this.deliveries = deliveries;
        this.format = format;
        this.clock = clock;
    }

    /** Who speaks, and what customers see of an operator; null for the account itself. */
    public record Speaker(Message.Sender sender, OperatorId operator, Face face) {
        public static final Speaker BOT = new Speaker(Message.Sender.BOT, null, null);
    }

    /**
     * Says bubbles within an inquiry.
     *
     * @param cause what makes this said; the same cause says it once
     * @param delay how long it can be taken back before LINE is called
     */
    public List<Message> say(Inquiry inquiry, Speaker speaker, String cause, Duration delay, List<Bubble> bubbles) {
        return say(inquiry, speaker, cause, false, delay, bubbles);
    }

    /** Warns the customer within an inquiry when that is free, and never by a push; says nothing when there is no free reply. */
    public void warn(Inquiry inquiry, String cause, Bubble bubble) {
        Customer customer = customers.find(inquiry.customer()).orElseThrow();
        if (customer.hasFreeReply(clock.instant())) {
            say(inquiry, Speaker.BOT, cause, true, Duration.ZERO, List.of(bubble));
        }
    }

    private List<Message> say(
            Inquiry inquiry, Speaker speaker, String cause, boolean freeOnly, Duration delay, List<Bubble> bubbles) {
        Store.needTransaction();
        UUID delivery = deliveryOf(inquiry, cause);
        Deliveries.Origin origin =
                speaker.sender() == Message.Sender.OPERATOR ? Deliveries.Origin.OPERATOR : Deliveries.Origin.BOT;
        deliver(inquiry.customer(), inquiry.id(), delivery, origin, freeOnly, delay, bubbles, speaker.face());
        Instant now = clock.instant();
        List<Messages.Addition> said = new ArrayList<>();
        for (int i = 0; i < bubbles.size(); i++) {
            Bubble bubble = bubbles.get(i);
            said.add(new Messages.Addition(
                    Ids.derived("message", delivery, i),
                    speaker.sender(),
                    speaker.operator(),
                    bubble.type(),
                    bubble.content(),
                    null,
                    bubble.media(),
                    delivery,
                    now));
        }
        return messages.add(inquiry.id(), inquiry.customer(), said);
    }

    /** Says bubbles that are no part of the transcript, such as the survey. */
    public void sayAside(CustomerId customer, InquiryId inquiry, String cause, List<Bubble> bubbles) {
        Store.needTransaction();
        UUID delivery = Ids.derived("delivery", customer, cause);
        deliver(customer, inquiry, delivery, Deliveries.Origin.SYSTEM, false, Duration.ZERO, bubbles, null);
    }

    /** Gives the delivery of what is said within an inquiry for a cause. */
    public static UUID deliveryOf(Inquiry inquiry, String cause) {
        return Ids.derived("delivery", inquiry.id(), cause);
    }

    /** Takes back what was said for a cause, when LINE was not called for it yet; false when it is too late. */
    public boolean takeBack(Inquiry inquiry, String cause) {
        return takeBack(inquiry.customer(), deliveryOf(inquiry, cause));
    }

    /** Takes a delivery back before LINE is called, and with it the free reply it would have used; false when it is too late. */
    boolean takeBack(CustomerId customer, UUID delivery) {
        if (!deliveries.cancel(delivery)) {
            return false;
        }
        boolean newer = customers.find(customer).orElseThrow().replyToken() != null;
        if (!newer) {
            deliveries
                    .unusedReply(delivery)
                    .ifPresent(reply -> customers.keepReplyToken(customer, reply.token(), reply.until()));
        }
        return true;
    }

    /** Says whether a delivery offers a call whose offer is over. */
    boolean offersNothing(UUID delivery) {
        return deliveries.offersNothing(delivery);
    }

    /** Puts a delivery that did not arrive back in line; false when it is none. */
    boolean again(UUID delivery) {
        return deliveries.resend(delivery);
    }

    private void deliver(
            CustomerId id,
            InquiryId inquiry,
            UUID delivery,
            Deliveries.Origin origin,
            boolean freeOnly,
            Duration delay,
            List<Bubble> bubbles,
            Face face) {
        Customer customer = customers.find(id).orElseThrow();
        boolean free = customer.hasFreeReply(clock.instant().plus(delay));
        deliveries.add(new Deliveries.Order(
                delivery,
                customer.account(),
                id.value(),
                customer.lineUserId(),
                inquiry == null ? null : inquiry.value(),
                origin,
                format.json(customer.account(), bubbles, face),
                free ? customer.replyToken() : null,
                free ? customer.replyUntil() : null,
                freeOnly,
                delay));
        if (free) {
            customers.spendReplyToken(id);
        }
    }
}
