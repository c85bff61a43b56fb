package io.tsunagi.inquiry;

import io.tsunagi.store.Deliveries;
import io.tsunagi.store.Ids;
import io.tsunagi.store.Signals;
import io.tsunagi.store.Store;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/**
 * Lets what customers do take effect. The routes call one method an event, inside the turn's transaction, which holds
 * the customer's lane.
 */
public final class CustomerTurn {
    private static final Map<String, String> NOTED = Map.of(
            "accountLink", "account-link",
            "membership", "membership",
            "beacon", "beacon",
            "videoPlayComplete", "video-played");
    /** Of the reasons for a person, those that stay of weight when one is there. */
    private static final Set<String> SIGNS = Set.of("self-harm", "fraud", "lost-phone", "anger");

    private static final Set<String> NOTES_CONTROL = Set.of("activated", "deactivated");

    private static final Duration CARD_WITHIN = Duration.ofMinutes(10);
    private static final int CARD_PARTS = 3;

    /** Who edits one message more often does not hold up the turn: so many versions with digits are looked at. */
    private static final int CARD_VERSIONS = 50;

    private final Store store;
    private final Customers customers;
    private final Inquiries inquiries;
    private final Messages messages;
    private final Shelf shelf;
    private final Erase erase;
    private final Deliveries deliveries;
    private final Signals signals;
    private final SensitiveWords sensitive;
    private final UnaryOperator<String> languageOf;
    private final Function<String, Optional<String>> alarm;
    private final ChatControl control;

    /**
     * @param languageOf gives the language of an account, for customers who have said nothing yet
     * @param alarm gives the reason why words call for a person at once
     */
    public CustomerTurn(
            Store store,
            Customers customers,
            Inquiries inquiries,
            Messages messages,
            Drafts drafts,
            Shelf shelf,
            Deliveries deliveries,
            Signals signals,
            SensitiveWords sensitive,
            UnaryOperator<String> languageOf,
            Function<String, Optional<String>> alarm,
            ChatControl control) {
        this.store = store;
        this.customers = customers;
        this.inquiries = inquiries;
        this.messages = messages;
        this.shelf = shelf;
        this.deliveries = deliveries;
        this.signals = signals;
        this.sensitive = sensitive;
        this.languageOf = languageOf;
        this.alarm = alarm;
        this.control = control;
        this.erase = new Erase(store, messages, drafts, shelf);
    }

    /**
     * Adds a message to the customer's open inquiry, or to a new one with the bot. One whose edit came before it adds
     * nothing: the newer words stand already.
     */
    public Received receive(Incoming incoming) {
        boolean fresh = customers.find(incoming.customer()).isEmpty();
        Customer customer = meet(incoming);
        Optional<Message> edited =
                fresh ? Optional.empty() : messages.byLineId(customer.id(), incoming.lineMessageId());
        if (edited.isPresent()) {
            return original(incoming, customer, edited.get());
        }
        Inquiry inquiry = inquiries.current(customer.id()).orElse(null);
        if (inquiry == null) {
            inquiry = inquiries.open(customer, incoming.event(), incoming.at());
        }
        boolean takenBack = !fresh && takenBack(customer.id(), incoming.lineMessageId());
        UUID media = incoming.media() && !takenBack
                ? shelf.expect(
                        inquiry.id(),
                        customer,
                        incoming.lineMessageId(),
                        incoming.messageType(),
                        incoming.content().file())
                : null;
        boolean identity = incoming.messageType().equals("image")
                && inquiry.identityUntil() != null
                && incoming.at().isBefore(inquiry.identityUntil());
        if (media != null && identity) {
            shelf.identity(media);
        }
        Message message = messages.add(
                inquiry.id(),
                customer.id(),
                new Messages.Addition(
                        Ids.derived("message", incoming.event()),
                        Message.Sender.CUSTOMER,
                        null,
                        incoming.messageType(),
                        takenBack ? Content.NOTHING : incoming.content(),
                        incoming.lineMessageId(),
                        media,
                        null,
                        incoming.at()));
        if (takenBack) {
            erase.message(customer.id(), incoming.lineMessageId(), incoming.at());
            erase.late(message, incoming);
            message = messages.find(message.id()).orElseThrow();
        }
        Hidden hidden = maskAcross(customer.id(), message, message.content().text(), incoming.event());
        if (hidden != Hidden.NOTHING) {
            message = messages.find(message.id()).orElseThrow();
        }
        if (inquiry.state() != InquiryState.BOT) {
            inquiries.customerSpoke(inquiry, incoming.at());
            if (hidden != Hidden.NOTHING) {
                inquiries.note(inquiry.id(), hidden == Hidden.CARD ? "card-number" : "sensitive-words");
            }
            sign(inquiry.id(), message.content().text(), hidden);
        } else if (incoming.language() != null) {
            customer = speaks(customer, inquiry, incoming.language());
        }
        signals.send(Signals.Kind.WORKSPACE);
        return new Received(
                incoming,
                customer,
                inquiries.get(inquiry.id()),
                message,
                hidden == Hidden.CARD,
                hidden == Hidden.WORDS || sensitive.in(message.content().text()));
    }

    /** Once a person has the inquiry, words that would have called for one are for supervisors to see. */
    private void sign(InquiryId inquiry, String said, Hidden hidden) {
        if (said == null) {
            return;
        }
        if (hidden == Hidden.CARD || CardNumbers.maskedIn(said)) {
            inquiries.sign(inquiry, "card-number");
        } else if (hidden == Hidden.WORDS || sensitive.in(said)) {
            inquiries.sign(inquiry, "sensitive-words");
        }
        alarm.apply(said).filter(SIGNS::contains).ifPresent(kind -> inquiries.sign(inquiry, kind));
    }

    /** Locks what the turns of these customers begin with, first them, then their inquiries, as those do who write what Salesforce says. */
    public void expect(Collection<UUID> lanes, Consumer<UUID> turnOf) {
        customers.expect(lanes, turnOf);
        CurrentInquiry.expect(store, lanes, turnOf);
    }

    /** What was found over several messages. */
    private enum Hidden {
        NOTHING,
        WORDS,
        CARD
    }

    /**
     * Masks a card number, or what the rules of {@code config/sensitive.yaml} name, that stands in up to three messages of
     * ten minutes, in all of them and everywhere they are kept (PCI DSS v4.0.1, 3.4.1). What stood in a message before it
     * was edited counts as what stands there. Inside one message it was masked before it came here.
     *
     * @param said in the message {@code newest}: its words, or older ones that came late
     * @return what there was; a card number before others
     */
    private Hidden maskAcross(CustomerId customer, Message newest, String said, UUID event) {
        if (said == null || !holdsDigit(said) && !sensitive.mayBePart(said)) {
            return Hidden.NOTHING;
        }
        List<Message> near = messages.textsAround(customer, newest, CARD_PARTS - 1, CARD_WITHIN);
        int at = near.stream().map(Message::id).toList().indexOf(newest.id());
        Hidden hidden = Hidden.NOTHING;
        List<Map<String, String>> masked = new ArrayList<>();
        near.forEach(part -> masked.add(new HashMap<>()));
        for (int first = Math.max(0, at - CARD_PARTS + 1); at >= 0 && first <= at; first++) {
            List<List<String>> versions = new ArrayList<>();
            for (int i = first; i < Math.min(near.size(), first + CARD_PARTS); i++) {
                versions.add(i == at ? List.of(said) : partsOf(near.get(i)));
            }
            for (List<String> texts : oneOfEach(versions)) {
                List<String> parts = sensitive.maskAcross(texts);
                if (!parts.equals(texts) && hidden != Hidden.CARD) {
                    hidden = CardNumbers.maskAcross(texts).equals(texts) ? Hidden.WORDS : Hidden.CARD;
                }
                for (int i = 0; i < parts.size(); i++) {
                    if (!parts.get(i).equals(texts.get(i))) {
                        masked.get(first + i).merge(texts.get(i), parts.get(i), CardNumbers::both);
                    }
                }
            }
        }
        for (int i = 0; i < near.size(); i++) {
            Map<String, String> words = masked.get(i);
            if (!words.isEmpty()) {
                erase.part(customer, near.get(i), text -> words.getOrDefault(text, text));
            }
        }
        if (hidden != Hidden.NOTHING) {
            erase.event(event);
        }
        return hidden;
    }

    /** The versions of a message that may hold a part of what is masked; what it says now when none may. */
    private List<String> partsOf(Message message) {
        List<String> all = message.content().everyText();
        List<String> some = Stream.concat(
                        all.stream().filter(CustomerTurn::holdsDigit),
                        all.stream().filter(text -> !holdsDigit(text) && sensitive.mayBePart(text)))
                .limit(CARD_VERSIONS)
                .toList();
        return some.isEmpty() ? all.subList(0, 1) : some;
    }

    private static boolean holdsDigit(String text) {
        return text.codePoints().anyMatch(Character::isDigit);
    }

    private static List<List<String>> oneOfEach(List<List<String>> versions) {
        List<List<String>> all = List.of(List.of());
        for (List<String> of : versions) {
            all = all.stream()
                    .flatMap(texts -> of.stream().map(text -> Stream.concat(texts.stream(), Stream.of(text))
                            .toList()))
                    .toList();
        }
        return all;
    }

    private Customer speaks(Customer customer, Inquiry inquiry, String language) {
        if (!language.equals(inquiry.language())) {
            inquiries.speaks(inquiry.id(), language);
        }
        if (language.equals(customer.language())) {
            return customer;
        }
        customers.speaks(customer.id(), language);
        return customer.speaking(language);
    }

    /** A message that comes after its own edit: the newer words stay, the older ones stand beside them. */
    private Received original(Incoming incoming, Customer customer, Message edited) {
        Hidden hidden = Hidden.NOTHING;
        if (edited.unsentAt() != null) {
            erase.late(edited, incoming);
        } else if (edited.editedAt() != null && incoming.at().isBefore(edited.at())) {
            messages.original(edited, incoming.content(), incoming.at());
            hidden = maskAcross(customer, edited, incoming);
        }
        return new Received(
                incoming,
                customer,
                inquiries.get(edited.inquiry()),
                messages.find(edited.id()).orElseThrow(),
                hidden == Hidden.CARD,
                hidden == Hidden.WORDS);
    }

    private Hidden maskAcross(Customer customer, Message shown, Incoming words) {
        return maskAcross(
                customer.id(),
                messages.find(shown.id()).orElseThrow(),
                words.content().text(),
                words.event());
    }

    /** Shows what the customer edited; an edit that comes before its message stands in for it. */
    public void edit(Incoming incoming) {
        Customer customer = meet(incoming);
        Optional<Message> message = messages.byLineId(customer.id(), incoming.lineMessageId());
        if (message.isEmpty()) {
            // In a group the message may have been none of ours: only those that mention the account are.
            if (incoming.kind().equals("user")) {
                messages.markEdited(receive(incoming).message(), incoming.at());
            }
            return;
        }
        Message shown = message.get();
        if (shown.unsentAt() != null) {
            erase.late(shown, incoming);
        } else if (shown.editedAt() == null || shown.editedAt().isBefore(incoming.at())) {
            messages.edit(shown, incoming.content(), incoming.at());
            maskAcross(customer, shown, incoming);
        } else {
            messages.olderEdit(shown, incoming.content(), incoming.at());
            maskAcross(customer, shown, incoming);
        }
    }

    /** Has a Case made of an inquiry that is with the bot; nothing happens when it is to have one already. */
    public void openCase(Inquiry inquiry) {
        inquiries.openCase(inquiry.id());
    }

    /** Destroys what the customer took back, and remembers its id for the case that it comes later. */
    public void unsend(Incoming incoming) {
        if (!incoming.kind().equals("user")
                && customers.find(incoming.customer()).isEmpty()) {
            return;
        }
        Customer customer = meet(incoming);
        store.jdbc()
                .sql("insert into unsent (id, customer, at) values (?, ?, ?) on conflict do nothing")
                .params(
                        unsentId(customer.id(), incoming.lineMessageId()),
                        customer.id().value(),
                        Store.at(incoming.at()))
                .update();
        erase.message(customer.id(), incoming.lineMessageId(), incoming.at());
    }

    private boolean takenBack(CustomerId customer, String lineMessageId) {
        return lineMessageId != null
                && store.reading()
                        .sql("select id from unsent where id = ?")
                        .param(unsentId(customer, lineMessageId))
                        .query(UUID.class)
                        .optional()
                        .isPresent();
    }

    private static UUID unsentId(CustomerId customer, String lineMessageId) {
        return Ids.derived("unsent", customer, lineMessageId);
    }

    /** Notes that the customer can be written to (again). An unfollow that came later wins. */
    public void follow(Incoming incoming) {
        Customer customer = meet(incoming);
        if (!customers.followed(customer.id(), incoming.at())) {
            return;
        }
        inquiries.current(customer.id()).ifPresent(inquiry -> inquiries.note(inquiry.id(), "followed"));
    }

    /**
     * Notes that the customer blocked the account: nothing more is sent, and what no operator has is closed. A follow that came
     * later wins.
     */
    public void unfollow(Incoming incoming) {
        Customer customer = meet(incoming);
        if (!customers.unfollowed(customer.id(), incoming.at())) {
            return;
        }
        deliveries.cancelAll(customer.id().value());
        inquiries.current(customer.id()).ifPresent(inquiry -> {
            inquiries.note(inquiry.id(), "unfollowed");
            // Nobody works on it yet, and nobody could answer.
            if (!inquiry.state().owned()) {
                inquiries.close(inquiry.id(), "blocked");
            }
        });
    }

    /**
     * Reads a pressed button. What was pressed is added to the open inquiry, in the words that stood on the button; one of
     * an inquiry that is over has no effect, and the survey stands outside the transcript.
     */
    public Pressed press(Incoming incoming) {
        Customer customer = meet(incoming);
        Inquiry inquiry = inquiries.current(customer.id()).orElse(null);
        String data = incoming.data() == null ? "" : incoming.data();
        Map<String, String> values = Pressed.valuesOf(data);
        String of = values.get("inquiry");
        boolean current = inquiry != null && inquiry.id().toString().equals(of);
        Pressed pressed = new Pressed(incoming, customer, inquiry, Pressed.actOf(data), values, current);
        if (inquiry != null && (current || of == null)) {
            addPressed(pressed, data);
        }
        return pressed;
    }

    private void addPressed(Pressed pressed, String data) {
        Incoming incoming = pressed.incoming();
        Inquiry inquiry = pressed.inquiry();
        String label = messages.since(inquiry.id(), 0).stream()
                .filter(message -> message.content().choices() != null)
                .flatMap(message -> message.content().choices().stream())
                .filter(choice -> data.equals(choice.data()))
                .map(Bubble.Choice::label)
                .reduce((older, newer) -> newer)
                .orElse(null);
        Map<String, String> params = incoming.content().params();
        String picked = params == null ? null : String.join(" ", new TreeMap<>(params).values());
        messages.add(
                inquiry.id(),
                inquiry.customer(),
                new Messages.Addition(
                        Ids.derived("message", incoming.event()),
                        Message.Sender.CUSTOMER,
                        null,
                        "postback",
                        incoming.content()
                                .change()
                                .text(label != null ? label : picked != null ? picked : data)
                                .done(),
                        null,
                        null,
                        null,
                        incoming.at()));
        inquiries.customerSpoke(inquiry, incoming.at());
        signals.send(Signals.Kind.WORKSPACE);
    }

    /**
     * Notes in the open inquiry what else the customer did: linked an account, entered a beacon's reach, watched a video
     * to its end, joined or left a membership.
     */
    public void happened(Incoming incoming) {
        Customer customer = meet(incoming);
        String what = NOTED.get(incoming.type()) + (incoming.data() == null ? "" : "-" + incoming.data());
        inquiries
                .current(customer.id())
                .filter(inquiry -> what.matches("[a-z-]{1,64}"))
                .ifPresent(inquiry -> inquiries.note(inquiry.id(), what));
    }

    /** Notes that another system took the chat, somebody at LINE's own screen among them, or that the hub has it. */
    public void chatControl(Incoming incoming) {
        standby(meet(incoming), incoming.type().equals("deactivated"), incoming.at());
    }

    private void standby(Customer customer, boolean away, Instant at) {
        if (!customers.standby(customer.id(), away, at) || customer.standby() == away) {
            return;
        }
        if (away) {
            control.lost(customer);
        } else {
            control.returned(customer);
        }
        inquiries
                .current(customer.id())
                .ifPresent(inquiry -> inquiries.note(inquiry.id(), away ? "chat-taken" : "chat-returned"));
    }

    /**
     * Keeps the profile that LINE told.
     *
     * @param name null when LINE does not tell it
     */
    public void profile(CustomerId id, String name, String picture) {
        customers.profile(id, name, picture);
        inquiries.current(id).ifPresent(inquiry -> inquiries.touch(inquiry.id()));
        signals.send(Signals.Kind.WORKSPACE);
    }

    /** Keeps how many people are in a group or room. */
    public void members(CustomerId id, int members) {
        customers.members(id, members);
    }

    private Customer meet(Incoming incoming) {
        boolean answerable = incoming.replyToken() != null && !incoming.silent();
        Customer customer = customers.meet(
                incoming.account(),
                incoming.kind(),
                incoming.lineUserId(),
                languageOf.apply(incoming.account()),
                answerable ? incoming.replyToken() : null,
                answerable ? incoming.receivedAt().plus(deliveries.replyWindow()) : null);
        boolean tellsMode = !NOTES_CONTROL.contains(incoming.type());
        if (tellsMode && customer.standby() != incoming.silent()) {
            standby(customer, incoming.silent(), incoming.at());
            return customers.find(customer.id()).orElseThrow();
        }
        return customer;
    }
}
