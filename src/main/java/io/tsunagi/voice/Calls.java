package io.tsunagi.voice;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tsunagi.access.Face;
import io.tsunagi.access.OperatorId;
import io.tsunagi.access.Person;
import io.tsunagi.audit.Audit;
import io.tsunagi.bot.BotOutcome;
import io.tsunagi.bot.Texts;
import io.tsunagi.config.Settings;
import io.tsunagi.config.SettingsException;
import io.tsunagi.inquiry.Bubble;
import io.tsunagi.inquiry.Content;
import io.tsunagi.inquiry.Customer;
import io.tsunagi.inquiry.Customers;
import io.tsunagi.inquiry.Inquiries;
import io.tsunagi.inquiry.Inquiry;
import io.tsunagi.inquiry.InquiryId;
import io.tsunagi.inquiry.InquiryState;
import io.tsunagi.inquiry.Message;
import io.tsunagi.inquiry.Messages;
import io.tsunagi.inquiry.Outgoing;
import io.tsunagi.inquiry.SensitiveWords;
import io.tsunagi.inquiry.WrongStateException;
import io.tsunagi.line.LineAccounts;
import io.tsunagi.line.LineAccounts.CallAddress;
import io.tsunagi.store.Lanes;
import io.tsunagi.store.Store;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Calls that customers are offered. LINE lets nobody call a customer by its API: the customer is sent a button that opens
 * the account's telephone number or call link, and calls.
 *
 * <p>A call is work of its own beside the inquiry it belongs to: from the offer until its outcome is written down it adds
 * its weight to what whoever has the inquiry carries. It needs no room and takes none: an inquiry is given, taken, passed on
 * and taken up again by its own weight, and its call comes along, over the capacity if need be. What the call weighs counts
 * where something more is to be given: nobody who carries as much as their capacity, calls included, gets another inquiry.
 * So nobody has more inquiries than their capacity, and a full operator may still offer a call to whoever they write to.
 * There is at most one open call in an inquiry.
 * Every act is one transaction that holds the customer's lane; safe for many threads and nodes.
 *
 * @see <a href="https://developers.line.biz/en/reference/messaging-api/#uri-action">URI action</a>
 */
public final class Calls implements Inquiries.Listener {
    /** {@code OFFERED → OPENED → TALKING → ENDED}, parts of which may be left out; an offer may end by itself or be taken back. */
    public enum State {
        /** The button is on its way, or on the phone. */
        OFFERED,
        /** The customer pressed it. */
        OPENED,
        TALKING,
        ENDED,
        /** Nobody called in time. */
        EXPIRED,
        WITHDRAWN;

        boolean open() {
            return this == OFFERED || this == OPENED || this == TALKING;
        }
    }

    /**
     * A call.
     *
     * @param offeredBy null when it was offered by rule
     * @param expiresAt until when it can be opened
     */
    public record Call(
            UUID id,
            InquiryId inquiry,
            State state,
            int weight,
            OperatorId offeredBy,
            Instant offeredAt,
            Instant expiresAt,
            Instant openedAt,
            Instant beganAt) {}

    /** What becomes of an address that somebody opens. */
    public sealed interface Opening {
        /** It leads to this telephone number or call link, this once. */
        record To(String language, String address) implements Opening {}

        /** It led there before, its time is over, or the call was taken back. */
        record Over(String language, boolean used) implements Opening {}

        /** There never was such an address. */
        record Unknown() implements Opening {}
    }

    private static final String OPEN = "state in ('OFFERED', 'OPENED', 'TALKING')";
    private static final String PATH = "/c/";

    private final ObjectMapper json = new ObjectMapper();
    private final SecureRandom random = new SecureRandom();
    private final Store store;
    private final Lanes lanes;
    private final Inquiries inquiries;
    private final Messages messages;
    private final Customers customers;
    private final Outgoing outgoing;
    private final LineAccounts accounts;
    private final Texts texts;
    private final Function<OperatorId, Optional<Face>> faces;
    private final SensitiveWords sensitive;
    private final Audit audit;
    private final Clock clock;
    private final String publicUrl;
    private final Duration keep;
    private final int weight;
    private final List<String> outcomes;

    /**
     * @param faces gives what customers see of an operator
     * @throws SettingsException when there is no outcome, or one is no word
     */
    public Calls(
            Store store,
            Lanes lanes,
            Inquiries inquiries,
            Messages messages,
            Customers customers,
            Outgoing outgoing,
            LineAccounts accounts,
            Texts texts,
            Function<OperatorId, Optional<Face>> faces,
            SensitiveWords sensitive,
            Audit audit,
            Clock clock,
            Settings settings) {
        this.store = store;
        this.lanes = lanes;
        this.inquiries = inquiries;
        this.messages = messages;
        this.customers = customers;
        this.outgoing = outgoing;
        this.accounts = accounts;
        this.texts = texts;
        this.faces = faces;
        this.sensitive = sensitive;
        this.audit = audit;
        this.clock = clock;
        this.publicUrl = settings.needed("hub.http.public-url");
        this.keep = settings.duration("hub.voice.offer-keep");
        // With more an inquiry could not be passed on with its call.
        this.weight =
                Math.min(settings.whole("hub.voice.weight", 0, 50), settings.whole("hub.dispatch.capacity", 1, 50) - 1);
        this.outcomes = settings.list("hub.voice.outcomes");
        if (outcomes.isEmpty() || outcomes.stream().anyMatch(word -> !word.matches("[a-z0-9-]{1,40}"))) {
            throw new SettingsException("The setting hub.voice.outcomes must be words of lower-case letters, digits and"
                    + " hyphens, such as reached,not-reached.");
        }
    }

    /** The words for how a call can end. */
    public List<String> outcomes() {
        return outcomes;
    }

    /** Says whether an account has a number or link to call. */
    public boolean possible(String account) {
        return accounts.find(account).map(LineAccounts.LineAccount::call).isPresent();
    }

    /** Gives the open call of an inquiry. */
    public Optional<Call> openIn(InquiryId inquiry) {
        return store.jdbc()
                .sql("select * from calls where inquiry = ? and " + OPEN)
                .param(inquiry.value())
                .query((row, i) -> read(row))
                .optional();
    }

    private static Call read(ResultSet row) throws SQLException {
        UUID by = row.getObject("offered_by", UUID.class);
        return new Call(
                row.getObject("id", UUID.class),
                new InquiryId(row.getObject("inquiry", UUID.class)),
                State.valueOf(row.getString("state")),
                row.getInt("weight"),
                by == null ? null : new OperatorId(by),
                Store.instant(row.getTimestamp("offered_at")),
                Store.instant(row.getTimestamp("expires_at")),
                Store.instant(row.getTimestamp("opened_at")),
                Store.instant(row.getTimestamp("began_at")));
    }

    /** Offers the customer a call; a full operator may, and gets nothing more until the call is over. */
    public void offer(Person by, InquiryId id) {
        atLane(id, inquiry -> {
            checkOwner(by, inquiry);
            if (inquiry.state() != InquiryState.ASSIGNED) {
                throw new WrongStateException("wrong-state", "The inquiry is " + inquiry.state());
            }
            String refusal = refusal(inquiry);
            if (refusal != null) {
                throw new WrongStateException(refusal, "No call can be offered: " + refusal);
            }
            List<Message> said = offer(
                    inquiry,
                    by.id(),
                    new Outgoing.Speaker(
                            Message.Sender.OPERATOR,
                            by.id(),
                            faces.apply(by.id()).orElse(null)));
            inquiries.operatorSpoke(id, said.get(0).seq());
            audit.write(by.id().toString(), "offer-call", "inquiry/" + id, Audit.OK, null, Map.of());
            return null;
        });
    }

    /**
     * Offers a call by rule, in the running turn, after the inquiry was handed off; where none can be offered it does
     * nothing: the customer waits for a person in any case.
     */
    public void offerByRule(BotOutcome outcome) {
        Store.needTransaction();
        Inquiry inquiry = inquiries.get(outcome.inquiry().id());
        if (refusal(inquiry) == null && inquiry.state() != InquiryState.CLOSED) {
            offer(inquiry, null, Outgoing.Speaker.BOT);
            audit.write(Audit.HUB, "offer-call", "inquiry/" + inquiry.id(), Audit.OK, null, Map.of());
        }
    }

    /** Says why no call can be offered now; null when one can. */
    private String refusal(Inquiry inquiry) {
        Customer customer = customers.find(inquiry.customer()).orElseThrow();
        if (!possible(inquiry.account())) {
            return "no-call";
        }
        if (customer.blocked()) {
            return "blocked";
        }
        if (customer.standby()) {
            return "standby";
        }
        return openIn(inquiry.id()).isPresent() ? "call-open" : null;
    }

    private List<Message> offer(Inquiry inquiry, OperatorId by, Outgoing.Speaker speaker) {
        CallAddress address = accounts.get(inquiry.account()).call();
        UUID id = UUID.randomUUID();
        byte[] secret = new byte[24];
        random.nextBytes(secret);
        String token = Base64.getUrlEncoder().withoutPadding().encodeToString(secret);
        Instant now = clock.instant();
        store.jdbc()
                .sql("""
                        insert into calls (id, inquiry, link, state, weight, offered_by, offered_at, expires_at, delivery)
                        values (?, ?, ?, 'OFFERED', ?, ?, ?, ?, ?)
                        """)
                .params(
                        id,
                        inquiry.id().value(),
                        digest(token),
                        weight,
                        by == null ? null : by.value(),
                        Store.at(now),
                        Store.at(now.plus(keep)),
                        Outgoing.deliveryOf(inquiry, cause(id)))
                .update();
        inquiries.weigh(inquiry.id(), weight);
        String uri = address.throughHub() ? publicUrl + PATH + token : address.address();
        return outgoing.say(
                inquiry,
                speaker,
                cause(id),
                Duration.ZERO,
                List.of(button(inquiry.language(), uri, address.throughHub())));
    }

    private Bubble button(String language, String uri, boolean once) {
        String words = once
                ? texts.say(language, "call.offer", Map.of("minutes", String.valueOf(keep.toMinutes())))
                : texts.say(language, "call.offer-direct", Map.of());
        String label = texts.say(language, "call.button-label", Map.of());
        ObjectNode message = json.createObjectNode().put("type", "template").put("altText", words);
        ObjectNode template =
                message.putObject("template").put("type", "buttons").put("text", words);
        template.putArray("actions")
                .addObject()
                .put("type", "uri")
                .put("label", label)
                .put("uri", uri);
        return Bubble.card(new Bubble.Card(message.toString(), "buttons", words, List.of(label), null));
    }

    /** Says what would become of an address if its customer pressed on; changes nothing. */
    Opening look(String token) {
        return byLink(digest(token))
                .map(call -> standing(call, inquiries.get(call.inquiry())))
                .orElseGet(Opening.Unknown::new);
    }

    /** Notes that the customer presses on: the address leads to the call once, while its time is not over. */
    Opening open(String token) {
        String link = digest(token);
        Optional<Call> found = byLink(link);
        if (found.isEmpty()) {
            return new Opening.Unknown();
        }
        return atLane(found.get().inquiry(), inquiry -> {
            Call call = byLink(link).orElseThrow();
            Opening opening = standing(call, inquiry);
            if (opening instanceof Opening.To) {
                set(call, State.OPENED, "opened_at");
                inquiries.weigh(inquiry.id(), 0);
                inquiries.note(inquiry.id(), "call-opened");
            }
            return opening;
        });
    }

    private Opening standing(Call call, Inquiry inquiry) {
        Optional<String> address = accounts.find(inquiry.account())
                .map(LineAccounts.LineAccount::call)
                .map(CallAddress::address);
        boolean good =
                call.state() == State.OFFERED && call.expiresAt().isAfter(clock.instant()) && address.isPresent();
        return good
                ? new Opening.To(inquiry.language(), address.get())
                : new Opening.Over(inquiry.language(), call.openedAt() != null);
    }

    private Optional<Call> byLink(String link) {
        return store.jdbc()
                .sql("select * from calls where link = ?")
                .param(link)
                .query((row, i) -> read(row))
                .optional();
    }

    /** Notes that the operator and the customer talk. */
    public void begin(Person by, InquiryId id) {
        atLane(id, inquiry -> {
            Call call = own(by, inquiry);
            if (call.state() == State.TALKING) {
                throw new WrongStateException("wrong-state", "The call began before");
            }
            set(call, State.TALKING, "began_at");
            takeBack(inquiry, call);
            inquiries.weigh(id, 0);
            inquiries.note(id, "call-began");
            audit.write(by.id().toString(), "begin-call", "inquiry/" + id, Audit.OK, null, Map.of());
            return null;
        });
    }

    /** Takes an offer back that the customer has not opened. */
    public void withdraw(Person by, InquiryId id) {
        atLane(id, inquiry -> {
            Call call = own(by, inquiry);
            if (call.state() != State.OFFERED) {
                throw new WrongStateException("wrong-state", "The customer opened the call, or talks");
            }
            over(inquiry, call, State.WITHDRAWN, null);
            inquiries.note(id, "call-withdrawn");
            audit.write(by.id().toString(), "withdraw-call", "inquiry/" + id, Audit.OK, null, Map.of());
            return null;
        });
    }

    /**
     * Ends a call: how it went and what was said stand in the inquiry from then on, and in its Case.
     *
     * @param outcome one of {@link #outcomes}
     * @param note may be empty; card numbers in it are masked
     */
    public void end(Person by, InquiryId id, String outcome, String note) {
        if (!outcomes.contains(outcome)) {
            throw new IllegalArgumentException("The outcome is one of " + outcomes);
        }
        atLane(id, inquiry -> {
            Call call = own(by, inquiry);
            Instant now = clock.instant();
            Long seconds = call.beganAt() == null
                    ? null
                    : Duration.between(call.beganAt(), now).toSeconds();
            over(inquiry, call, State.ENDED, outcome);
            Message told = messages.add(
                    id,
                    inquiry.customer(),
                    new Messages.Addition(
                            UUID.randomUUID(),
                            Message.Sender.OPERATOR,
                            by.id(),
                            "call",
                            Content.ofText(note.isBlank() ? null : sensitive.mask(note.strip()))
                                    .change()
                                    .call(new Content.Spoken(outcome, seconds))
                                    .done(),
                            null,
                            null,
                            null,
                            now));
            if (call.beganAt() != null) {
                inquiries.operatorSpoke(id, told.seq());
            }
            audit.write(by.id().toString(), "end-call", "inquiry/" + id, Audit.OK, null, Map.of("outcome", outcome));
            return null;
        });
    }

    /** Ends the open call of an inquiry that leaves its operator for good, in the running transaction. */
    @Override
    public void leaving(Inquiry inquiry) {
        Store.needTransaction();
        InquiryId id = inquiry.id();
        openIn(id).ifPresent(call -> {
            over(inquiry, call, call.state() == State.OFFERED ? State.WITHDRAWN : State.ENDED, null);
            inquiries.note(id, call.state() == State.OFFERED ? "call-withdrawn" : "call-left");
        });
    }

    /** Ends offers whose time is over, each in a transaction of its own; returns how many. */
    public int expire() {
        List<Call> due = store.jdbc()
                .sql("select * from calls where state = 'OFFERED' and expires_at <= ? order by expires_at limit 500")
                .param(Store.at(clock.instant()))
                .query((row, i) -> read(row))
                .list();
        int ended = 0;
        for (Call each : due) {
            ended += atLane(each.inquiry(), inquiry -> {
                boolean still = openIn(inquiry.id())
                        .filter(call -> call.id().equals(each.id()) && call.state() == State.OFFERED)
                        .isPresent();
                if (still) {
                    over(inquiry, each, State.EXPIRED, null);
                    inquiries.note(inquiry.id(), "call-expired");
                }
                return still ? 1 : 0;
            });
        }
        return ended;
    }

    /** Gives who carries a call in which the customer talks, or is about to. */
    public List<OperatorId> inCall() {
        return store.jdbc().sql("""
                        select distinct i.operator from calls c join inquiries i on i.id = c.inquiry
                        where c.state in ('OPENED', 'TALKING') and i.state = 'ASSIGNED'
                        """).query(UUID.class).list().stream()
                .map(OperatorId::new)
                .toList();
    }

    private Call own(Person by, Inquiry inquiry) {
        checkOwner(by, inquiry);
        return openIn(inquiry.id())
                .orElseThrow(() -> new WrongStateException("no-open-call", "There is no open call in this inquiry"));
    }

    private static void checkOwner(Person by, Inquiry inquiry) {
        if (!by.id().equals(inquiry.operator())) {
            throw new WrongStateException(WrongStateException.NOT_OWNER, "Another operator has the inquiry");
        }
        if (inquiry.offered()) {
            throw new WrongStateException("not-accepted", "Accept the inquiry first");
        }
    }

    private void set(Call call, State state, String time) {
        store.jdbc()
                .sql("update calls set state = ?, " + time + " = ? where id = ?")
                .params(state.name(), Store.at(clock.instant()), call.id())
                .update();
    }

    /** A button that leads nowhere is not sent any more: it may have waited for LINE, as in standby. */
    private void takeBack(Inquiry inquiry, Call call) {
        if (call.state() == State.OFFERED) {
            outgoing.takeBack(inquiry, cause(call.id()));
        }
    }

    private static String cause(UUID call) {
        return "call " + call;
    }

    private void over(Inquiry inquiry, Call call, State state, String outcome) {
        takeBack(inquiry, call);
        set(call, state, "ended_at");
        if (outcome != null) {
            store.jdbc()
                    .sql("update calls set outcome = ? where id = ?")
                    .params(outcome, call.id())
                    .update();
        }
        inquiries.weigh(call.inquiry(), -call.weight());
    }

    private <T> T atLane(InquiryId id, Function<Inquiry, T> work) {
        Supplier<T> whole = () -> {
            lanes.lock(inquiries.get(id).customer().value());
            return work.apply(inquiries.get(id));
        };
        return store.inTransaction(whole);
    }

    private static String digest(String token) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(token.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(hash);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every JDK has SHA-256", e);
        }
    }
}
