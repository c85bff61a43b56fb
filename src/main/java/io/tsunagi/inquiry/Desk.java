package io.tsunagi.inquiry;

import io.tsunagi.access.OperatorId;
import io.tsunagi.access.Person;
import io.tsunagi.audit.Audit;
import io.tsunagi.store.Ids;
import io.tsunagi.store.Lanes;
import io.tsunagi.store.Store;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Supplier;

/**
 * What an operator does with an inquiry. Each act is one transaction that holds the customer's lane, so that it is never
 * interleaved with what the customer does, and is audited in it.
 */
public final class Desk {
    /** Longest text LINE takes, in UTF-16 units. */
    static final int LONGEST_TEXT = 5000;

    private final Store store;
    private final Lanes lanes;
    private final Inquiries inquiries;
    private final Messages messages;
    private final Customers customers;
    private final Outgoing outgoing;
    private final Drafts drafts;
    private final Audit audit;
    private final Clock clock;
    private final Duration undo;

    public Desk(
            Store store,
            Lanes lanes,
            Inquiries inquiries,
            Messages messages,
            Customers customers,
            Outgoing outgoing,
            Drafts drafts,
            Audit audit,
            Clock clock,
            Duration undo) {
        this.store = store;
        this.lanes = lanes;
        this.inquiries = inquiries;
        this.messages = messages;
        this.customers = customers;
        this.outgoing = outgoing;
        this.drafts = drafts;
        this.audit = audit;
        this.clock = clock;
        this.undo = undo;
    }

    /** What became of an attempt to send. */
    public sealed interface Sending {
        /** It is on its way; until {@code undoUntil} it can be taken back. */
        record Accepted(List<Message> messages, Draft draft, Instant undoUntil) implements Sending {}

        /** The customer wrote since the operator looked: the operator decides again. */
        record NewerMessages(List<Message> messages) implements Sending {}

        /** Somebody changed the draft meanwhile. */
        record DraftChanged(Draft draft) implements Sending {}

        /** The draft names another customer this operator has open. */
        record OtherCustomer(String name) implements Sending {
            @Override
            public String toString() {
                return "[hidden]";
            }
        }

        /** It cannot be sent; {@code code} says why. */
        record Refused(String code) implements Sending {}
    }

    /**
     * Sends the draft.
     *
     * @param press made once per press of the button: the same press again gives the same answer and sends nothing twice
     * @param seenSeq the newest message on the operator's screen
     * @param confirmed codes of what the operator was asked and wants all the same
     */
    public Sending send(Person by, InquiryId id, UUID press, long draftVersion, int seenSeq, List<String> confirmed) {
        return atLane(id, () -> {
            String cause = "send " + press;
            UUID delivery = Ids.derived("delivery", id, cause);
            Inquiry inquiry = inquiries.get(id);
            List<Message> before = messages.since(id, 0).stream()
                    .filter(message -> delivery.equals(message.delivery()))
                    .toList();
            if (!before.isEmpty()) {
                return new Sending.Accepted(
                        before, drafts.of(id), before.get(0).at().plus(undo));
            }
            Draft draft = drafts.of(id);
            Sending refusal = check(by, inquiry, draft, draftVersion, seenSeq, confirmed);
            if (refusal != null) {
                return refusal;
            }
            List<Bubble> bubbles = new ArrayList<>();
            if (!draft.text().isBlank()) {
                bubbles.add(Bubble.text(draft.text()));
            }
            if (draft.sticker() != null) {
                bubbles.add(Bubble.sticker(
                        draft.sticker().packageId(), draft.sticker().stickerId()));
            }
            List<Message> said = outgoing.say(
                    inquiry,
                    new Outgoing.Speaker(Message.Sender.OPERATOR, by.id(), by.displayName()),
                    cause,
                    undo,
                    bubbles);
            inquiries.operatorSpoke(id, said.get(said.size() - 1).seq());
            drafts.clear(id);
            audit.write(by.id().toString(), "send", "inquiry/" + id, "ok", null, Map.of("delivery", "" + delivery));
            return new Sending.Accepted(said, drafts.of(id), clock.instant().plus(undo));
        });
    }

    private Sending check(
            Person by, Inquiry inquiry, Draft draft, long draftVersion, int seenSeq, List<String> confirmed) {
        if (!by.id().equals(inquiry.operator())) {
            return new Sending.Refused("not-owner");
        }
        if (inquiry.state() != InquiryState.ASSIGNED) {
            return new Sending.Refused("wrong-state");
        }
        if (draft.version() != draftVersion) {
            return new Sending.DraftChanged(draft);
        }
        if (draft.isEmpty()) {
            return new Sending.Refused("empty");
        }
        if (draft.text().length() > LONGEST_TEXT) {
            return new Sending.Refused("too-long");
        }
        // A draft is masked when it is saved: what is left of the number tells that there was one.
        if (CardNumbers.in(draft.text()) || CardNumbers.maskedIn(draft.text())) {
            return new Sending.Refused("card-number");
        }
        Customer customer = customers.find(inquiry.customer()).orElseThrow();
        if (customer.blocked()) {
            return new Sending.Refused("blocked");
        }
        if (customer.standby()) {
            return new Sending.Refused("standby");
        }
        List<Message> newer = messages.fromCustomerAfter(inquiry.id(), Math.min(seenSeq, draft.sinceSeq()));
        boolean unseen = newer.stream().anyMatch(message -> message.seq() > seenSeq);
        if (!newer.isEmpty() && (unseen || !confirmed.contains("newer-message"))) {
            return new Sending.NewerMessages(newer);
        }
        Optional<String> other = otherCustomer(by.id(), inquiry, draft.text());
        if (other.isPresent() && !confirmed.contains("other-customer")) {
            return new Sending.OtherCustomer(other.get());
        }
        return null;
    }

    /** Finds the name of another customer this operator has open, of two letters or more, in the text. */
    private Optional<String> otherCustomer(OperatorId by, Inquiry inquiry, String text) {
        Optional<String> own = nameOf(inquiry.customer());
        return inquiries.of(by, InquiryState.ASSIGNED).stream()
                .filter(other -> !other.customer().equals(inquiry.customer()))
                .flatMap(other -> nameOf(other.customer()).stream())
                .filter(name -> name.codePointCount(0, name.length()) >= 2 && text.contains(name))
                .filter(name -> own.isEmpty() || !own.get().contains(name))
                .findFirst();
    }

    private Optional<String> nameOf(CustomerId customer) {
        return customers.find(customer).map(Customer::name);
    }

    /** Takes a sent message back while LINE has not been called; its words return to the draft. Empty when it is too late. */
    public Optional<Draft> undo(Person by, InquiryId id, MessageId message) {
        return atLane(id, () -> {
            Inquiry inquiry = inquiries.get(id);
            Message taken = messages.find(message)
                    .filter(m -> m.inquiry().equals(id) && m.delivery() != null)
                    .orElseThrow(() -> new WrongStateException("not-found", "There is no such message to take back"));
            if (!by.id().equals(inquiry.operator())) {
                throw new WrongStateException("not-owner", "Another operator has the inquiry");
            }
            if (!outgoing.takeBack(inquiry.customer(), taken.delivery())) {
                return Optional.empty();
            }
            String text = "";
            Content.Sticker sticker = null;
            for (Message bubble : messages.since(id, 0)) {
                if (taken.delivery().equals(bubble.delivery())) {
                    text = bubble.content().text() == null
                            ? text
                            : bubble.content().text();
                    sticker = bubble.content().sticker() == null
                            ? sticker
                            : bubble.content().sticker();
                    messages.empty(bubble.id());
                }
            }
            Draft now = drafts.of(id);
            String restored = now.text().isBlank() ? text : text + "\n" + now.text();
            Content.Sticker kept = now.sticker() == null ? sticker : now.sticker();
            drafts.save(id, by.id(), now.version(), restored, kept, inquiry.lastSeq());
            inquiries.operatorTookBack(id);
            audit.write(by.id().toString(), "undo", "inquiry/" + id, "ok", null, Map.of());
            return Optional.of(drafts.of(id));
        });
    }

    /** Saves the draft; empty when a newer version exists. Only the owner has one. */
    public Optional<Draft> save(Person by, InquiryId id, long knownVersion, String text, Content.Sticker sticker) {
        return atLane(id, () -> {
            Inquiry inquiry = inquiries.get(id);
            if (!by.id().equals(inquiry.operator())) {
                throw new WrongStateException("not-owner", "Another operator has the inquiry");
            }
            return drafts.save(id, by.id(), knownVersion, CardNumbers.mask(text), sticker, inquiry.lastSeq());
        });
    }

    /** Adds a note that the customer never sees. */
    public Message note(Person by, InquiryId id, String text) {
        return atLane(id, () -> {
            Inquiry inquiry = inquiries.get(id);
            Message note = messages.add(
                    id,
                    inquiry.customer(),
                    new Messages.Addition(
                            UUID.randomUUID(),
                            Message.Sender.NOTE,
                            by.id(),
                            "note",
                            Content.ofText(CardNumbers.mask(text)),
                            null,
                            null,
                            null,
                            clock.instant()));
            audit.write(by.id().toString(), "note", "inquiry/" + id, "ok", null, Map.of());
            return note;
        });
    }

    public void hold(Person by, InquiryId id, String memo, Instant until) {
        act(by, id, "hold", () -> inquiries.hold(id, by.id(), CardNumbers.mask(memo), until));
    }

    public void resume(Person by, InquiryId id) {
        act(by, id, "resume", () -> inquiries.resume(id, by.id()));
    }

    public void requeue(Person by, InquiryId id) {
        act(by, id, "requeue", () -> inquiries.requeue(id, by.id()));
    }

    public void handBack(Person by, InquiryId id) {
        act(by, id, "hand-back", () -> {
            inquiries.handBack(id, by.id());
            drafts.clear(id);
        });
    }

    public void reopen(Person by, InquiryId id) {
        act(by, id, "reopen", () -> inquiries.reopen(id, by.id()));
    }

    public void take(Person by, InquiryId id) {
        act(by, id, "take", () -> inquiries.take(id, by.id(), by.name()));
    }

    /** Closes the inquiry; {@code after} runs in the same transaction, for what follows a close. */
    public void close(Person by, InquiryId id, String reason, Runnable after) {
        act(by, id, "close", () -> {
            inquiries.close(id, by.id(), reason);
            drafts.clear(id);
            after.run();
        });
    }

    public void read(Person by, InquiryId id, int seq) {
        store.inTransaction(() -> inquiries.read(id, by.id(), seq));
    }

    private void act(Person by, InquiryId id, String act, Runnable work) {
        atLane(id, () -> {
            work.run();
            audit.write(by.id().toString(), act, "inquiry/" + id, "ok", null, Map.of());
            return null;
        });
    }

    private <T> T atLane(InquiryId id, Supplier<T> work) {
        return store.inTransaction(() -> {
            lanes.lock(inquiries.get(id).customer().value());
            return work.get();
        });
    }
}
