package io.tsunagi.inquiry;

import io.tsunagi.access.Face;
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
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * What an operator does with an inquiry. Each act is one transaction that holds the customer's lane, so that it is never
 * interleaved with what the customer does, and is audited in it.
 */
public final class Desk {
    /** LINE's limits: UTF-16 units of a text, messages of a call. */
    static final int LONGEST_TEXT = 5000;

    private static final int MOST_BUBBLES = 5;
    private static final String NEWER_MESSAGE = "newer-message";
    private static final String OTHER_CUSTOMER = "other-customer";

    private final Store store;
    private final Lanes lanes;
    private final Inquiries inquiries;
    private final Messages messages;
    private final Customers customers;
    private final Outgoing outgoing;
    private final Drafts drafts;
    private final Shelf shelf;
    private final Cards cards;
    private final Approvals approvals;
    private final Function<OperatorId, Optional<Face>> faces;
    private final ChatControl control;
    private final SensitiveWords sensitive;
    private final Audit audit;
    private final Clock clock;
    private final Duration undo;

    /**
     * @param faces gives what customers see of an operator
     * @param undo how long a sent message can be taken back
     */
    public Desk(
            Store store,
            Lanes lanes,
            Inquiries inquiries,
            Messages messages,
            Customers customers,
            Outgoing outgoing,
            Drafts drafts,
            Shelf shelf,
            Cards cards,
            Approvals approvals,
            Function<OperatorId, Optional<Face>> faces,
            ChatControl control,
            SensitiveWords sensitive,
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
        this.shelf = shelf;
        this.cards = cards;
        this.approvals = approvals;
        this.faces = faces;
        this.control = control;
        this.sensitive = sensitive;
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

        /** It has to wait for a supervisor; the operator says whether to ask. */
        record NeedsApproval(List<ApprovalRules.Rule> rules) implements Sending {}

        /** It waits for a supervisor, or did. */
        record AwaitsApproval(Approvals.Approval approval) implements Sending {}

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
            Optional<Approvals.Approval> asked = approvals.of(id, press);
            if (asked.isPresent()) {
                return new Sending.AwaitsApproval(asked.get());
            }
            Draft draft = drafts.of(id);
            Sending refusal = check(by.id(), inquiry, draft, draftVersion, seenSeq, confirmed);
            if (refusal != null) {
                return refusal;
            }
            if (approvals.waiting(id).isPresent()) {
                return new Sending.Refused("awaiting-approval");
            }
            List<ApprovalRules.Rule> rules = approvals.needed(by, inquiry, draft.parts());
            if (rules.isEmpty()) {
                return say(by.id(), inquiry, cause, draft.parts());
            }
            return confirmed.contains("needs-approval")
                    ? new Sending.AwaitsApproval(approvals.ask(by, id, press, rules, seenSeq, checkedAgain(confirmed)))
                    : new Sending.NeedsApproval(rules);
        });
    }

    /** Of what a caller confirms, what an approval checks again: nothing else that it wrote there is kept. */
    private static List<String> checkedAgain(List<String> confirmed) {
        return Stream.of(NEWER_MESSAGE, OTHER_CUSTOMER)
                .filter(confirmed::contains)
                .toList();
    }

    private Sending.Accepted say(OperatorId by, Inquiry inquiry, String cause, Draft.Parts draft) {
        InquiryId id = inquiry.id();
        List<Message> said = outgoing.say(
                inquiry,
                new Outgoing.Speaker(
                        Message.Sender.OPERATOR, by, faces.apply(by).orElse(null)),
                cause,
                undo,
                bubbles(by, inquiry, draft));
        inquiries.operatorSpoke(id, said.get(said.size() - 1).seq());
        drafts.clear(id);
        audit.write(
                by.toString(),
                "send",
                "inquiry/" + id,
                "ok",
                null,
                Map.of("delivery", "" + said.get(0).delivery()));
        return new Sending.Accepted(said, drafts.of(id), clock.instant().plus(undo));
    }

    /**
     * Sends a draft that waits for a supervisor, as its operator, with all checks of {@link #send}: what was sent by one
     * approval is not sent by another.
     *
     * @param by somebody other than its author
     * @param draftVersion of the draft that was read
     * @param edited the supervisor's text in place of the operator's; null to send it as it stands
     * @throws WrongStateException when it does not wait any more
     */
    public Sending approve(Person by, InquiryId id, UUID approval, long draftVersion, Draft.Parts edited) {
        return atLane(id, () -> {
            Approvals.Approval asked = waiting(id, approval);
            if (by.id().equals(asked.author())) {
                throw new WrongStateException("own-words", "Nobody approves what they wrote themselves");
            }
            Inquiry inquiry = inquiries.get(id);
            Draft kept = drafts.of(id);
            Draft draft = edited == null
                    ? kept
                    : new Draft(
                            kept.parts().reworded(edited.text(), edited.emojis()),
                            kept.version(),
                            kept.sinceSeq(),
                            kept.savedAt());
            Sending refusal = check(asked.author(), inquiry, draft, draftVersion, asked.seenSeq(), asked.confirmed());
            if (refusal != null) {
                return refusal;
            }
            approvals.end(by, asked, edited == null ? Approvals.State.APPROVED : Approvals.State.EDITED, null);
            return say(asked.author(), inquiry, "send " + asked.press(), draft.parts());
        });
    }

    /** Gives a draft that waits for a supervisor back to its operator, with the reason. */
    public void returnDraft(Person by, InquiryId id, UUID approval, String note) {
        atLane(id, () -> approvals.end(by, waiting(id, approval), Approvals.State.RETURNED, note));
    }

    /** Takes the own draft back that waits for a supervisor. */
    public void withdraw(Person by, InquiryId id, UUID approval) {
        atLane(id, () -> {
            Approvals.Approval asked = waiting(id, approval);
            if (!by.id().equals(asked.author())) {
                throw new WrongStateException(WrongStateException.NOT_OWNER, "Another operator asked for this");
            }
            return approvals.end(by, asked, Approvals.State.WITHDRAWN, null);
        });
    }

    private Approvals.Approval waiting(InquiryId id, UUID approval) {
        Approvals.Approval asked = approvals
                .find(approval)
                .filter(found -> found.inquiry().equals(id))
                .orElseThrow(() -> new WrongStateException("not-found", "There is no such request"));
        if (asked.state() != Approvals.State.WAITING) {
            throw new WrongStateException("decided", "This does not wait for approval any more");
        }
        return asked;
    }

    /** The first bubble quotes, the last one offers the quick replies: LINE shows them under the last only. */
    private List<Bubble> bubbles(OperatorId by, Inquiry inquiry, Draft.Parts draft) {
        List<Bubble> bubbles = new ArrayList<>();
        for (LongText.Piece piece : pieces(draft)) {
            bubbles.add(Bubble.text(piece));
        }
        if (draft.sticker() != null) {
            bubbles.add(
                    Bubble.sticker(draft.sticker().packageId(), draft.sticker().stickerId()));
        }
        if (draft.image() != null) {
            bubbles.add(Bubble.picture(shelf.offer(draft.image().id())));
        }
        if (draft.card() != null) {
            bubbles.add(Bubble.card(cards.fill(draft.card(), known(by, inquiry))));
        }
        quote(inquiry, draft)
                .filter(quote ->
                        bubbles.get(0).picture() == null && bubbles.get(0).card() == null)
                .ifPresent(quote -> bubbles.set(0, bubbles.get(0).quoting(quote)));
        int last = bubbles.size() - 1;
        bubbles.set(
                last,
                bubbles.get(last)
                        .offering(draft.quickReplies().stream()
                                .map(label -> new Bubble.Choice(label, null))
                                .toList()));
        return bubbles;
    }

    /** What the hub itself fills into a card; customers see of an operator what they chose to show, or nothing. */
    private Map<String, String> known(OperatorId by, Inquiry inquiry) {
        Map<String, String> known = new HashMap<>();
        known.put("number", String.valueOf(inquiry.number()));
        nameOf(inquiry.customer()).ifPresent(name -> known.put("customer", name));
        faces.apply(by).map(Face::nickname).ifPresent(name -> known.put("operator", name));
        return known;
    }

    private static List<LongText.Piece> pieces(Draft.Parts draft) {
        return LongText.pieces(draft.text().stripTrailing(), draft.emojis(), LONGEST_TEXT).stream()
                .filter(piece -> !piece.text().isBlank())
                .toList();
    }

    /** What was taken back, or is no message of this customer, is not quoted. */
    private Optional<Bubble.Quote> quote(Inquiry inquiry, Draft.Parts draft) {
        return Optional.ofNullable(draft.quote())
                .flatMap(id -> messages.find(new MessageId(id)))
                .filter(message -> inquiries.get(message.inquiry()).customer().equals(inquiry.customer()))
                .filter(message -> message.content().quoteToken() != null)
                .map(message -> new Bubble.Quote(
                        message.lineMessageId(), message.content().quoteToken()));
    }

    private Sending check(
            OperatorId by, Inquiry inquiry, Draft draft, long draftVersion, int seenSeq, List<String> confirmed) {
        if (!by.equals(inquiry.operator())) {
            return new Sending.Refused(WrongStateException.NOT_OWNER);
        }
        if (inquiry.state() != InquiryState.ASSIGNED) {
            return new Sending.Refused("wrong-state");
        }
        if (inquiry.offered()) {
            return new Sending.Refused("not-accepted");
        }
        if (draft.version() != draftVersion) {
            return new Sending.DraftChanged(draft);
        }
        if (draft.isEmpty()) {
            return new Sending.Refused("empty");
        }
        Draft.Parts parts = draft.parts();
        int bubbles = pieces(parts).size()
                + (parts.sticker() == null ? 0 : 1)
                + (parts.image() == null ? 0 : 1)
                + (parts.card() == null ? 0 : 1);
        if (bubbles > MOST_BUBBLES) {
            return new Sending.Refused("too-long");
        }
        if (parts.image() != null
                && shelf.uploaded(inquiry.id(), parts.image().id()).isEmpty()) {
            return new Sending.Refused("image-gone");
        }
        Sending wrongCard = parts.card() == null ? null : checkCard(by, inquiry, parts.card());
        if (wrongCard != null) {
            return wrongCard;
        }
        if (CannedAnswer.hasOpenPlace(draft.text())) {
            return new Sending.Refused("placeholder");
        }
        // A draft is masked when it is saved: what is left of the number tells that there was one.
        if (CardNumbers.in(draft.text()) || CardNumbers.maskedIn(draft.text())) {
            return new Sending.Refused("card-number");
        }
        if (sensitive.in(draft.text())) {
            return new Sending.Refused("sensitive-words");
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
        if (!newer.isEmpty() && (unseen || !confirmed.contains(NEWER_MESSAGE))) {
            return new Sending.NewerMessages(newer);
        }
        Optional<String> other = otherCustomer(by, inquiry, draft.text());
        if (other.isPresent() && !confirmed.contains(OTHER_CUSTOMER)) {
            return new Sending.OtherCustomer(other.get());
        }
        return null;
    }

    private Sending checkCard(OperatorId by, Inquiry inquiry, Draft.Card card) {
        if (!cards.has(card)) {
            return new Sending.Refused("card-gone");
        }
        Map<String, String> known = known(by, inquiry);
        if (!cards.open(card, known).isEmpty()) {
            return new Sending.Refused("placeholder");
        }
        if (card.values().values().stream().anyMatch(words -> CardNumbers.in(words) || CardNumbers.maskedIn(words))) {
            return new Sending.Refused("card-number");
        }
        if (card.values().values().stream().anyMatch(sensitive::in)) {
            return new Sending.Refused("sensitive-words");
        }
        try {
            cards.fill(card, known);
            return null;
        } catch (IllegalArgumentException e) {
            // What was filled in made it longer than LINE takes.
            return new Sending.Refused("card-too-long");
        }
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
                throw new WrongStateException(WrongStateException.NOT_OWNER, "Another operator has the inquiry");
            }
            if (!outgoing.takeBack(inquiry.customer(), taken.delivery())) {
                return Optional.empty();
            }
            List<Message> bubbles = messages.since(id, 0).stream()
                    .filter(bubble -> taken.delivery().equals(bubble.delivery()))
                    .toList();
            // The draft gets words that nobody was asked to approve.
            approvals.waiting(id).ifPresent(asked -> approvals.end(by, asked, Approvals.State.WITHDRAWN, null));
            Draft now = drafts.of(id);
            drafts.save(id, by.id(), now.version(), together(inquiry, bubbles, now.parts()), inquiry.lastSeq());
            for (Message bubble : bubbles) {
                if (bubble.media() != null) {
                    shelf.withdraw(bubble.media());
                }
                messages.empty(bubble.id());
            }
            inquiries.operatorTookBack(id);
            audit.write(by.id().toString(), "undo", "inquiry/" + id, "ok", null, Map.of());
            return Optional.of(drafts.of(id));
        });
    }

    /** Makes a draft of what was sent and what has been written since; the newer one of what there can be only one of. */
    private Draft.Parts together(Inquiry inquiry, List<Message> sent, Draft.Parts now) {
        StringBuilder text = new StringBuilder();
        List<Content.Emoji> emojis = new ArrayList<>();
        Content.Sticker sticker = now.sticker();
        Draft.Image image = now.image();
        Draft.Card card = now.card();
        UUID quote = now.quote();
        List<String> quickReplies = new ArrayList<>(now.quickReplies());
        for (Message bubble : sent) {
            Content content = bubble.content();
            if (content.card() != null) {
                card = card == null ? content.card().from() : card;
            } else if (content.text() != null) {
                emojis.addAll(shifted(content.emojis(), text.length()));
                text.append(content.text());
            }
            sticker = sticker == null ? content.sticker() : sticker;
            if (image == null && bubble.media() != null) {
                image = shelf.uploaded(inquiry.id(), bubble.media()).orElse(null);
            }
            if (quote == null && content.quoted() != null) {
                quote = messages.byLineId(inquiry.customer(), content.quoted())
                        .map(message -> message.id().value())
                        .orElse(null);
            }
            if (quickReplies.isEmpty() && content.choices() != null) {
                content.choices().forEach(choice -> quickReplies.add(choice.label()));
            }
        }
        if (!now.text().isBlank()) {
            text.append(text.isEmpty() ? "" : "\n");
            emojis.addAll(shifted(now.emojis(), text.length()));
            text.append(now.text());
        }
        return new Draft.Parts(text.toString(), emojis, sticker, image, card, quote, quickReplies);
    }

    private static List<Content.Emoji> shifted(List<Content.Emoji> emojis, int by) {
        return emojis == null
                ? List.of()
                : emojis.stream()
                        .map(emoji -> new Content.Emoji(
                                emoji.index() + by, emoji.length(), emoji.productId(), emoji.emojiId()))
                        .toList();
    }

    /** Notes that the owner is writing: the customer sees it, once in 20 s. */
    public void typing(Person by, InquiryId id) {
        store.inTransaction(() -> inquiries.typing(id, by.id()));
    }

    /** Saves the draft; empty when a newer version exists. Only the owner has one. */
    public Optional<Draft> save(Person by, InquiryId id, long knownVersion, Draft.Parts parts) {
        return save(by, false, id, knownVersion, parts);
    }

    /**
     * Saves the draft; empty when a newer version exists. Only the owner has one.
     *
     * @param watched whether somebody looks on: their screens are told
     */
    public Optional<Draft> save(Person by, boolean watched, InquiryId id, long knownVersion, Draft.Parts parts) {
        return atLane(id, () -> {
            if (watched) {
                inquiries.touch(id);
            }
            Inquiry inquiry = inquiries.get(id);
            if (!by.id().equals(inquiry.operator())) {
                throw new WrongStateException(WrongStateException.NOT_OWNER, "Another operator has the inquiry");
            }
            checkAccepted(by, inquiry);
            if (approvals.waiting(id).isPresent()) {
                throw new WrongStateException("awaiting-approval", "What waits for approval does not change meanwhile");
            }
            Draft.Image image = parts.image() == null
                    ? null
                    : shelf.uploaded(id, parts.image().id())
                            .orElseThrow(
                                    () -> new WrongStateException("image-gone", "There is no such picture to send"));
            Draft.Parts masked = new Draft.Parts(
                    sensitive.mask(parts.text()),
                    parts.emojis(),
                    parts.sticker(),
                    image,
                    parts.card() == null ? null : parts.card().masked(sensitive::mask),
                    parts.quote(),
                    parts.quickReplies().stream().map(sensitive::mask).toList());
            return drafts.save(id, by.id(), knownVersion, masked, inquiry.lastSeq());
        });
    }

    /** Adds a note that the customer never sees; {@code after} runs in the same transaction, for whom it calls. */
    public Message note(Person by, InquiryId id, String text, Consumer<Message> after) {
        return atLane(id, () -> {
            Message note = addNote(by, inquiries.get(id), text);
            after.accept(note);
            audit.write(by.id().toString(), "note", "inquiry/" + id, "ok", null, Map.of());
            return note;
        });
    }

    private Message addNote(Person by, Inquiry inquiry, String text) {
        return messages.add(
                inquiry.id(),
                inquiry.customer(),
                new Messages.Addition(
                        UUID.randomUUID(),
                        Message.Sender.NOTE,
                        by.id(),
                        "note",
                        Content.ofText(sensitive.mask(text)),
                        null,
                        null,
                        null,
                        clock.instant()));
    }

    /**
     * Sends a message again that did not arrive; one whose fate is unclear is never sent twice, and the button of a call whose
     * offer is over not at all: it would lead nowhere.
     */
    public void resend(Person by, InquiryId id, MessageId message) {
        act(by, id, "resend", () -> {
            Inquiry inquiry = inquiries.get(id);
            if (!by.id().equals(inquiry.operator())) {
                throw new WrongStateException(WrongStateException.NOT_OWNER, "Another operator has the inquiry");
            }
            if (customers.find(inquiry.customer()).orElseThrow().blocked()) {
                throw new WrongStateException("blocked", "The customer has blocked the account");
            }
            Optional<UUID> delivery =
                    messages.find(message).filter(m -> m.inquiry().equals(id)).map(Message::delivery);
            if (delivery.filter(outgoing::offersNothing).isPresent()) {
                throw new WrongStateException("call-over", "The offer of this call is over: offer the call again");
            }
            if (!delivery.map(outgoing::again).orElse(false)) {
                throw new WrongStateException("not-failed", "Only what did not arrive is sent again");
            }
        });
    }

    /** Takes the customer's images of the next {@code window} for documents that prove who they are. */
    public void askIdentity(Person by, InquiryId id, Duration window) {
        act(
                by,
                id,
                "ask-identity",
                () -> inquiries.askIdentity(id, by.id(), clock.instant().plus(window)));
    }

    public void hold(Person by, InquiryId id, String memo, Instant until) {
        act(by, id, "hold", () -> inquiries.hold(id, by.id(), sensitive.mask(memo), until));
    }

    /** Asks for the word in a chat that another system has; it is there when LINE says so. */
    public void takeChat(Person by, InquiryId id) {
        act(by, id, "take-chat", () -> {
            Inquiry inquiry = inquiries.get(id);
            if (!by.id().equals(inquiry.operator())) {
                throw new WrongStateException(WrongStateException.NOT_OWNER, "Another operator has the inquiry");
            }
            if (!control.shared(inquiry.account())) {
                throw new WrongStateException("not-shared", "This account shares its chats with nobody");
            }
            control.acquire(customers.find(inquiry.customer()).orElseThrow());
            inquiries.note(id, "chat-asked");
        });
    }

    public void resume(Person by, InquiryId id) {
        act(by, id, "resume", () -> inquiries.resume(id, by.id()));
    }

    public void requeue(Person by, InquiryId id) {
        act(by, id, "requeue", () -> inquiries.requeue(id, by.id()));
    }

    /** Puts what an operator left open into the waiting line again, with the age it has; returns how many inquiries. */
    public int giveUp(OperatorId operator) {
        int given = 0;
        for (Inquiry left : inquiries.of(operator, InquiryState.ASSIGNED)) {
            boolean still = atLane(left.id(), () -> {
                Inquiry now = inquiries.get(left.id());
                if (now.state() != InquiryState.ASSIGNED || !operator.equals(now.operator())) {
                    return false;
                }
                inquiries.note(left.id(), "operator-lost");
                inquiries.requeue(left.id(), operator);
                audit.write(Audit.HUB, "requeue", "inquiry/" + left.id(), Audit.OK, null, Map.of());
                return true;
            });
            given += still ? 1 : 0;
        }
        return given;
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

    /** @param from who had the inquiry when {@code by} looked; null when it waited */
    public void take(Person by, InquiryId id, OperatorId from) {
        act(by, id, "take", () -> inquiries.take(id, by.id(), by.displayName(), from));
    }

    /** To whom an inquiry goes; a place in a team's waiting line when there is no operator. */
    public record Destination(String team, Person operator) {}

    /**
     * Passes the inquiry on, with a summary for whoever takes it; its draft goes along.
     *
     * @param from who has to have it still; null whoever has it
     */
    public void transfer(Person by, OperatorId from, InquiryId id, Destination to, String summary) {
        act(by, id, "transfer", () -> {
            Inquiry inquiry = inquiries.get(id);
            if (from != null && !from.equals(inquiry.operator())) {
                throw new WrongStateException(WrongStateException.NOT_OWNER, "Another operator has the inquiry");
            }
            if (to.operator() == null) {
                inquiries.transfer(id, to.team());
            } else {
                inquiries.transfer(id, to.operator().id(), to.operator().displayName(), to.team());
            }
            if (!summary.isBlank()) {
                addNote(by, inquiry, summary);
            }
        });
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
            checkAccepted(by, inquiries.get(id));
            work.run();
            audit.write(by.id().toString(), act, "inquiry/" + id, "ok", null, Map.of());
            return null;
        });
    }

    /** Who was offered an inquiry takes it, or does not, before they do anything else with it. */
    private static void checkAccepted(Person by, Inquiry inquiry) {
        if (by.id().equals(inquiry.operator()) && inquiry.offered()) {
            throw new WrongStateException("not-accepted", "Accept the inquiry first");
        }
    }

    private <T> T atLane(InquiryId id, Supplier<T> work) {
        return store.inTransaction(() -> {
            lanes.lock(inquiries.get(id).customer().value());
            return work.get();
        });
    }
}
