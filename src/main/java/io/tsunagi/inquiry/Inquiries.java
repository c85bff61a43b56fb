package io.tsunagi.inquiry;

import io.tsunagi.access.OperatorId;
import io.tsunagi.store.CrmWork;
import io.tsunagi.store.Ids;
import io.tsunagi.store.Signals;
import io.tsunagi.store.Store;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BiConsumer;
import java.util.stream.Collectors;

/**
 * Owns the states of inquiries and the ways between them:
 *
 * <pre>BOT → WAITING → ASSIGNED ⇄ HELD → CLOSED; BOT → CLOSED; ASSIGNED|HELD → WAITING; ASSIGNED → BOT;
 * CLOSED → ASSIGNED (reopened by an operator while the customer has no newer inquiry)</pre>
 *
 * <p>Nothing else writes an inquiry's state. Every change joins the running transaction and is one statement with the
 * old state as its condition, so that of two who try at once, on any node, one wins and the other gets a {@link
 * WrongStateException}. The caller holds the customer's lane, but for {@link #assign}.
 */
public final class Inquiries {
    /** How many operators a statement names whose plan may compare each of them with each inquiry. */
    private static final int FEW = 50;

    /** How long LINE shows at a time that somebody writes. */
    private static final Duration TYPING_SHOWN = Duration.ofSeconds(20);

    private final Store store;
    private final Signals signals;
    private final InquiryVersions versions;
    private final Messages messages;
    private final CrmWork crm;
    private final Room room;
    private final Clock clock;
    private final List<Listener> listeners = new CopyOnWriteArrayList<>();

    public Inquiries(
            Store store,
            Signals signals,
            InquiryVersions versions,
            Messages messages,
            CrmWork crm,
            Room room,
            Clock clock) {
        this.store = store;
        this.signals = signals;
        this.versions = versions;
        this.messages = messages;
        this.crm = crm;
        this.room = room;
        this.clock = clock;
    }

    /** Hears, inside its transaction, what becomes of an inquiry. */
    public interface Listener {
        /** It waits for a person. */
        default void handedOff(Inquiry inquiry) {}

        /** It gets its Case, though it waits for nobody. */
        default void caseOpened(Inquiry inquiry) {}

        /** It is about to be closed or to go back to the bot. */
        default void leaving(Inquiry inquiry) {}

        default void closed(Inquiry inquiry) {}

        default void reopened(Inquiry inquiry) {}

        /**
         * What its operator had in hand is overtaken.
         *
         * @param why {@code owner} when it leaves who has it or is put aside, {@code newer-message} when the customer wrote
         */
        default void overtaken(InquiryId inquiry, String why) {}
    }

    /** Says who hears of it; the composition root calls this before anything runs. */
    public void listen(Listener to) {
        listeners.add(to);
    }

    private void tell(BiConsumer<Listener, Inquiry> what, InquiryId id) {
        listeners.forEach(each -> what.accept(each, get(id)));
    }

    private void overtake(InquiryId id, String why) {
        listeners.forEach(each -> each.overtaken(id, why));
    }

    public Optional<Inquiry> find(InquiryId id) {
        Optional<HeldInquiry> held = HeldInquiry.of(id, store);
        return held.isPresent()
                ? held.map(HeldInquiry::inquiry)
                : store.reading()
                        .sql("select * from inquiries where id = ?")
                        .param(id.value())
                        .query((row, i) -> Inquiry.read(row, store))
                        .optional();
    }

    public Inquiry get(InquiryId id) {
        return find(id).orElseThrow(() -> new WrongStateException("not-found", "There is no inquiry " + id));
    }

    /** Gives the customer's inquiry that is not closed, if there is one; there is never more than one. */
    public Optional<Inquiry> current(CustomerId customer) {
        Optional<CurrentInquiry> held = store.held(customer, CurrentInquiry.class);
        if (held.isPresent()) {
            return Optional.ofNullable(held.get().inquiry()).flatMap(this::find);
        }
        return store.reading()
                .sql("select * from inquiries where customer = ? and state <> 'CLOSED' order by opened_at desc limit 1")
                .param(customer.value())
                .query((row, i) -> Inquiry.read(row, store))
                .optional();
    }

    public List<Inquiry> of(CustomerId customer) {
        return store.jdbc()
                .sql("select * from inquiries where customer = ? order by opened_at desc limit 200")
                .param(customer.value())
                .query((row, i) -> Inquiry.read(row, store))
                .list();
    }

    public List<Inquiry> of(OperatorId operator, InquiryState state) {
        return store.jdbc()
                .sql("select * from inquiries where operator = ? and state = ? order by slot, assigned_at")
                .params(operator.value(), state.name())
                .query((row, i) -> Inquiry.read(row, store))
                .list();
    }

    /** Gives the waiting line: the most urgent first, among equals the longest waiting. */
    public List<Inquiry> waiting() {
        return store.jdbc()
                .sql("select * from inquiries where state = 'WAITING' order by priority, queued_at, id limit 500")
                .query((row, i) -> Inquiry.read(row, store))
                .list();
    }

    /**
     * A place in the waiting line: what a decider looks at.
     *
     * @param weight the room it needs
     * @param call what a call that is open in it adds to whoever gets it, over their capacity if need be: else who asked for a
     *     call would wait behind everybody for so much room at once
     */
    public record Place(
            InquiryId inquiry,
            CustomerId customer,
            long version,
            String team,
            String skill,
            String language,
            int priority,
            int weight,
            int call,
            Instant queuedAt) {}

    private static final String PLACE =
            "select id, customer, version, team, skill, language, priority, weight, call_weight, queued_at"
                    + " from inquiries where state = 'WAITING'";

    /**
     * Gives a part of the waiting line, in its order.
     *
     * @param after where the part begins; null at the head
     */
    public List<Place> line(Place after, int most) {
        var query = store.jdbc()
                .sql(PLACE
                        + (after == null ? "" : " and (priority, queued_at, id) > (?, ?, ?)")
                        + " order by priority, queued_at, id limit "
                        + most);
        if (after != null) {
            query = query.params(
                    after.priority(),
                    Store.at(after.queuedAt()),
                    after.inquiry().value());
        }
        return query.query((row, i) -> readPlace(row)).list();
    }

    private static Place readPlace(ResultSet row) throws SQLException {
        return new Place(
                new InquiryId(row.getObject("id", UUID.class)),
                new CustomerId(row.getObject("customer", UUID.class)),
                row.getLong("version"),
                row.getString("team"),
                row.getString("skill"),
                row.getString("language"),
                row.getInt("priority"),
                row.getInt("weight"),
                row.getInt("call_weight"),
                Store.instant(row.getTimestamp("queued_at")));
    }

    /** Opens an inquiry with the bot. */
    Inquiry open(Customer customer, UUID cause, Instant at) {
        Store.needTransaction();
        InquiryId id = new InquiryId(Ids.derived("inquiry", customer.id(), cause));
        Optional<Long> number = store.held(customer.id(), CurrentInquiry.class).map(CurrentInquiry::number);
        if (number.isEmpty()) {
            store.jdbc()
                    .sql("""
                            insert into inquiries (id, customer, account, state, version, last_seq, language, priority, weight,
                                opened_at, changed_at, read_seq, bot_misses, bot_prompts)
                            values (:id, :customer, :account, 'BOT', 0, 0, :language, 3, 1, :at, :now, 0, 0, 0)
                            on conflict do nothing
                            """)
                    .param("id", id.value())
                    .param("customer", customer.id().value())
                    .param("account", customer.account())
                    .param("language", customer.language())
                    .param("at", Store.at(at))
                    .param("now", Store.at(clock.instant()))
                    .update();
            Inquiry opened = get(id);
            new HeldInquiry(opened, false, null).hold(store);
            return opened;
        }
        Inquiry opened = Inquiry.fresh(id, number.get(), customer, at.truncatedTo(ChronoUnit.MICROS));
        new HeldInquiry(opened, false, null).begin(store, clock.instant());
        store.hold(customer.id(), new CurrentInquiry(id, null));
        return opened;
    }

    /**
     * Puts an inquiry into the waiting line and opens its Case, or has the Case that is there follow.
     *
     * @param reason why it leaves the bot
     * @param priority 1 is the most urgent, 3 the usual
     */
    public void queue(InquiryId id, String team, String skill, String topic, int priority, int weight, String reason) {
        Store.needTransaction();
        Instant now = clock.instant();
        boolean known = messages.wantsCase(id);
        expectOne(
                store.jdbc()
                        .sql("""
                                update inquiries set state = 'WAITING', team = :team, skill = :skill,
                                    topic = coalesce(:topic, topic), priority = :priority, weight = :weight,
                                    handed_off_at = coalesce(handed_off_at, :now), hand_off_reason = :reason,
                                    queued_at = :now, waiting_since = coalesce(waiting_since, :now)
                                where id = :id and state = 'BOT'
                                """)
                        .param("team", team)
                        .param("skill", skill)
                        .param("topic", shorten(topic))
                        .param("priority", priority)
                        .param("weight", weight)
                        .param("now", Store.at(now))
                        .param("reason", reason)
                        .param("id", id.value())
                        .update(),
                "wrong-state",
                "Only an inquiry with the bot can be handed off");
        makeCase(id);
        if (known) {
            crm.add(id.value(), CrmWork.Kind.CASE_UPDATE, id.value(), "handed-off" + get(id).version(), Duration.ZERO);
        }
        note(id, "handed-off");
        tell(Listener::handedOff, id);
        signals.send(Signals.Kind.ASSIGNMENT);
        signals.send(Signals.Kind.WORKSPACE);
    }

    /** Has an inquiry's Case made before anybody is asked for; nothing happens when it is to have one already. */
    public void openCase(InquiryId id) {
        Store.needTransaction();
        if (!messages.wantsCase(id)) {
            store.jdbc()
                    .sql("update inquiries set case_early = true where id = ?")
                    .param(id.value())
                    .update();
            makeCase(id);
            tell(Listener::caseOpened, id);
        }
    }

    /** Says whether an inquiry has a Case or is to have one. */
    public boolean wantsCase(InquiryId id) {
        return messages.wantsCase(id);
    }

    private void makeCase(InquiryId id) {
        crm.add(id.value(), CrmWork.Kind.CASE, id.value(), "", Duration.ZERO);
        messages.transcribe(id);
    }

    /** An operator who is to have a waiting inquiry. */
    public record Gift(Place place, OperatorId to, String name) {}

    /**
     * What became of gifts.
     *
     * @param given those that reached their operator
     * @param changed those whose inquiry changed since it was looked at
     * @param full those whose operator has no room any more
     */
    public record Gifts(List<Gift> given, List<Gift> changed, List<Gift> full) {}

    /**
     * Gives waiting inquiries to operators, in a few statements however many they are. The caller holds the customers'
     * lanes. What changed since the caller looked stays as it is: of two deciders one wins.
     *
     * @param offeredUntil until when they may take them; null when they have them at once
     */
    public Gifts assign(List<Gift> gifts, Instant offeredUntil) {
        Store.needTransaction();
        Map<UUID, Integer> unchanged = lockUnchanged(gifts);
        List<Gift> changed = new ArrayList<>();
        List<Gift> possible = new ArrayList<>();
        for (Gift gift : gifts) {
            (unchanged.containsKey(gift.place().inquiry().value()) ? possible : changed).add(gift);
        }
        Set<OperatorId> operators = possible.stream().map(Gift::to).collect(Collectors.toSet());
        Map<OperatorId, Integer> free = room.lock(operators);
        Map<OperatorId, BitSet> slots = slots(operators);
        Map<OperatorId, Integer> taken = new HashMap<>();
        Map<OperatorId, Integer> calls = new HashMap<>();
        List<Gift> given = new ArrayList<>();
        List<Integer> slotsGiven = new ArrayList<>();
        List<Gift> full = new ArrayList<>();
        for (Gift gift : possible) {
            int weight = gift.place().weight();
            int sofar = taken.getOrDefault(gift.to(), 0) + calls.getOrDefault(gift.to(), 0);
            if (sofar + weight > free.getOrDefault(gift.to(), 0)) {
                full.add(gift);
                continue;
            }
            taken.merge(gift.to(), weight, Integer::sum);
            if (gift.place().call() > 0) {
                calls.merge(gift.to(), gift.place().call(), Integer::sum);
            }
            BitSet used = slots.computeIfAbsent(gift.to(), operator -> new BitSet());
            int slot = used.nextClearBit(1);
            used.set(slot);
            slotsGiven.add(slot);
            given.add(gift);
        }
        if (!given.isEmpty()) {
            give(given, slotsGiven, unchanged, offeredUntil);
            room.takeLocked(taken);
            calls.forEach(room::carry);
        }
        return new Gifts(given, changed, full);
    }

    /** Locks those that wait in the version that was looked at; gives the number of their last message. */
    private Map<UUID, Integer> lockUnchanged(List<Gift> gifts) {
        Map<UUID, Long> versions = new HashMap<>();
        gifts.forEach(gift ->
                versions.put(gift.place().inquiry().value(), gift.place().version()));
        Map<UUID, Integer> unchanged = new HashMap<>();
        // By ids alone: a plan made while few waited would compare each that waits with each of these.
        store.jdbc().sql("""
                        select id, state, version, last_seq from inquiries where id = any(?) order by id for update
                        """).param(Store.uuids(versions.keySet())).query(row -> {
            UUID id = row.getObject("id", UUID.class);
            if (row.getString("state").equals("WAITING") && versions.get(id) == row.getLong("version")) {
                unchanged.put(id, row.getInt("last_seq"));
            }
        });
        return unchanged;
    }

    /**
     * The slots in use, of operators whose seats are locked: only who holds the seat gives out its slots. For many
     * operators all slots in use are read: a database may well compare each inquiry that anybody has with each of them.
     */
    private Map<OperatorId, BitSet> slots(Set<OperatorId> operators) {
        Map<OperatorId, BitSet> slots = new HashMap<>();
        // For "state = 'ASSIGNED'" beside any(?) H2 would read the whole index of operators.
        String inUse = "select operator, slot from inquiries where state = any(array['ASSIGNED']) and slot is not null";
        var query = operators.size() > FEW
                ? store.jdbc().sql(inUse)
                : store.jdbc()
                        .sql(inUse + " and operator = any(?)")
                        .param(Store.uuids(
                                operators.stream().map(OperatorId::value).toList()));
        query.query(row -> {
            OperatorId operator = new OperatorId(row.getObject("operator", UUID.class));
            if (operators.contains(operator)) {
                slots.computeIfAbsent(operator, o -> new BitSet()).set(row.getInt("slot"));
            }
        });
        return slots;
    }

    private void give(List<Gift> given, List<Integer> slots, Map<UUID, Integer> lastSeqs, Instant offeredUntil) {
        Instant now = clock.instant();
        List<UUID> ids =
                given.stream().map(gift -> gift.place().inquiry().value()).toList();
        int changed = store.jdbc()
                .sql("""
                        update inquiries set state = 'ASSIGNED', operator = g.to_operator, slot = g.to_slot,
                            assigned_at = :now, changed_at = :now, version = version + 1, last_seq = last_seq + 1,
                            offered_until = cast(:offered as timestamp with time zone)
                          from (select inquiry, to_operator, to_slot, seen
                                  from unnest(cast(:ids as uuid array), cast(:operators as uuid array),
                                              cast(:slots as integer array), cast(:versions as bigint array))
                                       as u (inquiry, to_operator, to_slot, seen)) g
                         where id = g.inquiry and version = g.seen
                        """)
                .param("now", Store.at(now))
                .param("offered", Store.at(offeredUntil))
                .param("ids", Store.uuids(ids))
                .param(
                        "operators",
                        Store.uuids(
                                given.stream().map(gift -> gift.to().value()).toList()))
                .param("slots", Store.array("integer", slots))
                .param(
                        "versions",
                        Store.array(
                                "bigint",
                                given.stream()
                                        .map(gift -> gift.place().version())
                                        .toList()))
                .update();
        if (changed != given.size()) {
            throw new IllegalStateException("Inquiries changed that are locked");
        }
        String what = offeredUntil == null ? "assigned:" : "offered:";
        messages.addNotes(
                given.stream()
                        .map(gift -> noteOf(gift, what + gift.name(), lastSeqs))
                        .toList(),
                now);
        if (offeredUntil == null) {
            crm.add(
                    CrmWork.Kind.CASE_UPDATE,
                    given.stream()
                            .map(gift -> new CrmWork.Order(
                                    gift.place().inquiry().value(),
                                    gift.place().inquiry().value(),
                                    "assigned" + gift.place().version()))
                            .toList(),
                    Duration.ZERO);
        }
        ids.forEach(id -> signals.send(Signals.Kind.INQUIRY, id));
        signals.send(Signals.Kind.WORKSPACE);
    }

    private static Messages.Note noteOf(Gift gift, String what, Map<UUID, Integer> lastSeqs) {
        Place place = gift.place();
        return new Messages.Note(
                Ids.derived("event", place.inquiry(), what, place.version()),
                place.inquiry(),
                place.customer(),
                lastSeqs.get(place.inquiry().value()) + 1,
                place.version() + 1,
                what);
    }

    /** Takes an inquiry that was offered, also late while nobody else was asked yet. */
    public void accept(InquiryId id, OperatorId by, String name) {
        Inquiry inquiry = offered(id, by);
        expectOne(
                store.jdbc()
                        .sql("""
                                update inquiries set offered_until = null, assigned_at = :now
                                where id = :id and operator = :by and state = 'ASSIGNED' and offered_until is not null
                                """)
                        .param("now", Store.at(clock.instant()))
                        .param("id", id.value())
                        .param("by", by.value())
                        .update(),
                "not-offered",
                "The inquiry changed meanwhile");
        note(id, "assigned:" + name);
        crm.add(id.value(), CrmWork.Kind.CASE_UPDATE, id.value(), "assigned" + inquiry.version(), Duration.ZERO);
        signals.send(Signals.Kind.WORKSPACE);
    }

    /**
     * Puts an inquiry that its operator did not take back into the waiting line, with the age it has.
     *
     * @param what happened, as a code
     */
    public void endOffer(InquiryId id, OperatorId of, String what) {
        Inquiry inquiry = offered(id, of);
        expectOne(
                store.jdbc()
                        .sql("""
                                update inquiries set state = 'WAITING', operator = null, slot = null, offered_until = null
                                where id = :id and operator = :of and state = 'ASSIGNED' and offered_until is not null
                                """)
                        .param("id", id.value())
                        .param("of", of.value())
                        .update(),
                "not-offered",
                "The inquiry changed meanwhile");
        freeRoomOf(inquiry);
        note(id, what);
        afterRoomChanged();
    }

    private Inquiry offered(InquiryId id, OperatorId to) {
        Inquiry inquiry = owned(id, to, InquiryState.ASSIGNED);
        if (!inquiry.offered()) {
            throw new WrongStateException("not-offered", "The inquiry is not offered any more");
        }
        return inquiry;
    }

    /** Gives inquiries whose operators have not taken them in time, the oldest offers first. */
    public List<InquiryId> offersOver() {
        return store
                .jdbc()
                .sql("select id from inquiries where offered_until <= ? order by offered_until limit 500")
                .param(Store.at(clock.instant()))
                .query(UUID.class)
                .list()
                .stream()
                .map(InquiryId::new)
                .toList();
    }

    /** The operator has no room for one more. */
    private static final class NoRoomException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        private NoRoomException(OperatorId operator) {
            super("Operator " + operator + " has no room any more");
        }
    }

    /** Takes the room first: the seat's row is locked from then on, so that nobody else finds the same slot free. */
    private void takeRoom(Inquiry inquiry, OperatorId operator) {
        if (!room.take(operator, inquiry.weight() - inquiry.call())) {
            throw new NoRoomException(operator);
        }
        if (inquiry.call() > 0) {
            room.carry(operator, inquiry.call());
        }
        store.jdbc()
                .sql("update inquiries set slot = ? where id = ?")
                .params(freeSlot(operator), inquiry.id().value())
                .update();
    }

    private void takeRoomIfAny(Inquiry inquiry, OperatorId operator) {
        try {
            takeRoom(inquiry, operator);
        } catch (NoRoomException e) {
            throw new WrongStateException("full", "There is no room for one more inquiry");
        }
    }

    private int freeSlot(OperatorId operator) {
        List<Integer> taken = store.jdbc()
                .sql(
                        "select slot from inquiries where operator = ? and state = 'ASSIGNED' and slot is not null order by slot")
                .param(operator.value())
                .query(Integer.class)
                .list();
        int slot = 1;
        while (taken.contains(slot)) {
            slot++;
        }
        return slot;
    }

    /** Parks an inquiry with a memo; its room is free meanwhile. */
    public void hold(InquiryId id, OperatorId by, String memo, Instant until) {
        Inquiry inquiry = owned(id, by, InquiryState.ASSIGNED);
        Instant now = clock.instant();
        expectOne(
                store.jdbc()
                        .sql("""
                                update inquiries set state = 'HELD', slot = null, hold_memo = :memo, hold_until = :until
                                where id = :id and state = 'ASSIGNED' and operator = :by
                                """)
                        .param("memo", store.sealing().seal("inquiries", id.value(), memo))
                        .param("until", Store.at(until))
                        .param("id", id.value())
                        .param("by", by.value())
                        .update(),
                "wrong-state",
                "The inquiry changed meanwhile");
        UUID hold = Ids.derived("hold", id, inquiry.version());
        store.jdbc()
                .sql("insert into holds (id, inquiry, memo, held_by, held_at, until_at) values (?, ?, ?, ?, ?, ?)")
                .params(
                        hold,
                        id.value(),
                        store.sealing().seal("holds", hold, memo),
                        by.value(),
                        Store.at(now),
                        Store.at(until))
                .update();
        room.free(by, inquiry.weight());
        overtake(id, "owner");
        note(id, "held");
        crm.add(id.value(), CrmWork.Kind.CASE_UPDATE, id.value(), "held" + inquiry.version(), Duration.ZERO);
        afterRoomChanged();
    }

    /** Notes that the customer was asked to prove who they are, and until when their images count for it. */
    void askIdentity(InquiryId id, OperatorId by, Instant until) {
        owned(id, by, InquiryState.ASSIGNED);
        store.jdbc()
                .sql("update inquiries set identity_until = ? where id = ?")
                .params(Store.at(until), id.value())
                .update();
        note(id, "identity-asked");
    }

    /** Takes a held inquiry back into work, when there is room for it. */
    public void resume(InquiryId id, OperatorId by) {
        Inquiry inquiry = owned(id, by, InquiryState.HELD);
        expectOne(
                store.jdbc()
                        .sql("""
                                update inquiries set state = 'ASSIGNED', hold_memo = null, hold_until = null
                                where id = :id and state = 'HELD' and operator = :by
                                """)
                        .param("id", id.value())
                        .param("by", by.value())
                        .update(),
                "wrong-state",
                "The inquiry changed meanwhile");
        takeRoomIfAny(inquiry, by);
        note(id, "resumed");
        crm.add(id.value(), CrmWork.Kind.CASE_UPDATE, id.value(), "resumed" + inquiry.version(), Duration.ZERO);
        signals.send(Signals.Kind.WORKSPACE);
    }

    /** Puts an inquiry back into the waiting line with its old age; one that was reopened after the bot had it has none. */
    public void requeue(InquiryId id, OperatorId by) {
        Inquiry inquiry = owned(id, by, null);
        expectOne(
                store.jdbc()
                        .sql("""
                                update inquiries set state = 'WAITING', operator = null, slot = null, hold_memo = null,
                                    hold_until = null, offered_until = null, help_at = null, help_words = null,
                                    queued_at = coalesce(queued_at, :now),
                                    waiting_since = coalesce(waiting_since, :now)
                                where id = :id and operator = :by and state in ('ASSIGNED', 'HELD')
                                """)
                        .param("now", Store.at(clock.instant()))
                        .param("id", id.value())
                        .param("by", by.value())
                        .update(),
                "wrong-state",
                "The inquiry changed meanwhile");
        freeRoomOf(inquiry);
        overtake(id, "owner");
        note(id, "requeued");
        crm.add(id.value(), CrmWork.Kind.CASE_UPDATE, id.value(), "requeued" + inquiry.version(), Duration.ZERO);
        afterRoomChanged();
    }

    /** Gives an inquiry back to the bot, which starts afresh. */
    public void handBack(InquiryId id, OperatorId by) {
        owned(id, by, InquiryState.ASSIGNED);
        tell(Listener::leaving, id);
        Inquiry inquiry = get(id);
        expectOne(
                store.jdbc()
                        .sql("""
                                update inquiries set state = 'BOT', operator = null, slot = null, queued_at = null,
                                    waiting_since = null, help_at = null, help_words = null, bot_misses = 0, bot_prompts = 0, bot_article = null
                                where id = :id and state = 'ASSIGNED' and operator = :by
                                """)
                        .param("id", id.value())
                        .param("by", by.value())
                        .update(),
                "wrong-state",
                "The inquiry changed meanwhile");
        freeRoomOf(inquiry);
        overtake(id, "owner");
        note(id, "handed-back");
        crm.add(id.value(), CrmWork.Kind.CASE_UPDATE, id.value(), "handed-back" + inquiry.version(), Duration.ZERO);
        afterRoomChanged();
    }

    /** Closes what an operator has. */
    public void close(InquiryId id, OperatorId by, String reason) {
        owned(id, by, null);
        close(id, reason);
    }

    /** Closes an inquiry, whoever has it. */
    public void close(InquiryId id, String reason) {
        Store.needTransaction();
        tell(Listener::leaving, id);
        Inquiry inquiry = get(id);
        expectOne(
                store.jdbc()
                        .sql("""
                                update inquiries set state = 'CLOSED', slot = null, hold_memo = null, hold_until = null, offered_until = null,
                                    help_at = null, help_words = null, waiting_since = null, closed_at = :now, close_reason = :reason
                                where id = :id and state <> 'CLOSED'
                                """)
                        .param("now", Store.at(clock.instant()))
                        .param("reason", reason)
                        .param("id", id.value())
                        .update(),
                "wrong-state",
                "The inquiry is closed already");
        freeRoomOf(inquiry);
        overtake(id, "owner");
        note(id, "closed");
        tell(Listener::closed, id);
        if (messages.wantsCase(id)) {
            crm.add(id.value(), CrmWork.Kind.CLOSE, id.value(), "closed" + inquiry.version(), Duration.ZERO);
        }
        afterRoomChanged();
    }

    /** Takes a closed inquiry back into work, when the customer has not begun another one. */
    public void reopen(InquiryId id, OperatorId by) {
        Store.needTransaction();
        Inquiry inquiry = get(id);
        if (current(inquiry.customer()).isPresent()) {
            throw new WrongStateException("newer-inquiry", "The customer has a newer inquiry");
        }
        expectOne(
                store.jdbc()
                        .sql("""
                                update inquiries set state = 'ASSIGNED', operator = :by, closed_at = null, words_purged_at = null,
                                    close_reason = null, assigned_at = :now, handed_off_at = coalesce(handed_off_at, :now),
                                    reopened = reopened + 1
                                where id = :id and state = 'CLOSED'
                                """)
                        .param("by", by.value())
                        .param("now", Store.at(clock.instant()))
                        .param("id", id.value())
                        .update(),
                "wrong-state",
                "Only a closed inquiry can be reopened");
        tell(Listener::reopened, id);
        takeRoomIfAny(inquiry, by);
        makeCase(id);
        crm.add(id.value(), CrmWork.Kind.CASE_UPDATE, id.value(), "reopened" + inquiry.version(), Duration.ZERO);
        note(id, "reopened");
        signals.send(Signals.Kind.WORKSPACE);
    }

    /**
     * Gives an inquiry to a supervisor who takes it, out of turn or from the operator who has it. Of two who take the same
     * one wins; the other saw something that is no longer so.
     *
     * @param from who had it when the supervisor looked; null when it waited
     */
    public void take(InquiryId id, OperatorId by, String name, OperatorId from) {
        Inquiry inquiry = get(id);
        if (!Objects.equals(inquiry.operator(), from)) {
            throw new WrongStateException("wrong-state", "Who has the inquiry changed meanwhile");
        }
        if (inquiry.state() != InquiryState.WAITING) {
            pass(inquiry, by, inquiry.team(), "taken:" + name);
            return;
        }
        // LINE's answers change the version at any time: locked, it stays until the inquiry is theirs.
        Place place = store.jdbc()
                .sql(PLACE + " and id = ? for update")
                .param(id.value())
                .query((row, i) -> readPlace(row))
                .single();
        Gifts gifts = assign(List.of(new Gift(place, by, name)), null);
        if (!gifts.changed().isEmpty()) {
            throw new WrongStateException("wrong-state", "The inquiry changed meanwhile");
        }
        if (!gifts.full().isEmpty()) {
            throw new WrongStateException("full", "There is no room for one more inquiry");
        }
    }

    /**
     * Passes an inquiry to an operator who has room, whoever had it; a wait for an operator ends with it.
     *
     * @param team the new operator's, where it goes when they put it back into the waiting line
     */
    public void transfer(InquiryId id, OperatorId to, String name, String team) {
        Inquiry inquiry = get(id);
        if (inquiry.state() == InquiryState.WAITING) {
            moveTo(inquiry, team);
            take(id, to, name, null);
        } else {
            pass(inquiry, to, team, "transferred:" + name);
        }
    }

    /** Puts an inquiry into the waiting line of a team, with the age it has; the skill it asked for was the old team's. */
    public void transfer(InquiryId id, String team) {
        Inquiry inquiry = get(id);
        if (inquiry.state() != InquiryState.WAITING) {
            requeue(id, inquiry.operator());
        }
        moveTo(inquiry, team);
        note(id, "moved:" + team);
        afterRoomChanged();
    }

    private void moveTo(Inquiry inquiry, String team) {
        store.jdbc()
                .sql("update inquiries set team = ?, skill = case when team = ? then skill end where id = ?")
                .params(team, team, inquiry.id().value())
                .update();
    }

    private void pass(Inquiry inquiry, OperatorId to, String team, String what) {
        Store.needTransaction();
        if (!inquiry.state().owned()) {
            throw new WrongStateException("wrong-state", "The inquiry is " + inquiry.state());
        }
        if (to.equals(inquiry.operator())) {
            throw new WrongStateException("same-operator", "This operator has the inquiry already");
        }
        expectOne(
                store.jdbc()
                        .sql("""
                                update inquiries set state = 'ASSIGNED', operator = :to, slot = null, team = :team,
                                    hold_memo = null, hold_until = null, offered_until = null, help_at = null,
                                    help_words = null, assigned_at = :now
                                where id = :id and operator = :from and state in ('ASSIGNED', 'HELD')
                                """)
                        .param("to", to.value())
                        .param("team", team)
                        .param("now", Store.at(clock.instant()))
                        .param("id", inquiry.id().value())
                        .param("from", inquiry.operator().value())
                        .update(),
                "wrong-state",
                "The inquiry changed meanwhile");
        // Both seats are locked at once, in the order of their ids, whichever way the inquiry goes.
        room.lock(List.of(inquiry.operator(), to));
        freeRoomOf(inquiry);
        takeRoomIfAny(inquiry, to);
        overtake(inquiry.id(), "owner");
        note(inquiry.id(), what);
        crm.add(
                inquiry.id().value(),
                CrmWork.Kind.CASE_UPDATE,
                inquiry.id().value(),
                "passed" + inquiry.version(),
                Duration.ZERO);
        afterRoomChanged();
    }

    /**
     * Adds what a call in an inquiry weighs beside the inquiry's own weight, or takes it away; an operator who has it carries it
     * at once, over their capacity if need be. Lists and seats are read again, also where nothing is added.
     */
    public void weigh(InquiryId id, int more) {
        Store.needTransaction();
        versions.next(id);
        store.jdbc()
                .sql("update inquiries set call_weight = call_weight + ? where id = ?")
                .params(more, id.value())
                .update();
        Inquiry inquiry = get(id);
        if (inquiry.state() == InquiryState.ASSIGNED && more > 0) {
            room.carry(inquiry.operator(), more);
        } else if (inquiry.state() == InquiryState.ASSIGNED && more < 0) {
            room.free(inquiry.operator(), -more);
        }
        afterRoomChanged();
    }

    private void freeRoomOf(Inquiry inquiry) {
        if (inquiry.state() == InquiryState.ASSIGNED) {
            room.free(inquiry.operator(), inquiry.weight());
        }
    }

    private void afterRoomChanged() {
        signals.send(Signals.Kind.ASSIGNMENT);
        signals.send(Signals.Kind.WORKSPACE);
    }

    /**
     * Gives an open inquiry another priority; where it waits its place changes with it.
     *
     * @param priority 1 is the most urgent, 3 the usual
     */
    void prioritise(InquiryId id, int priority) {
        Store.needTransaction();
        store.jdbc()
                .sql("update inquiries set priority = ? where id = ? and state <> 'CLOSED'")
                .params(priority, id.value())
                .update();
        afterRoomChanged();
    }

    /** Notes that the customer said something: an operator's clock starts, or goes on. The caller holds the customer's lane. */
    void customerSpoke(Inquiry inquiry, Instant at) {
        if (inquiry.waitingSince() == null) {
            store.jdbc()
                    .sql(
                            "update inquiries set waiting_since = ? where id = ? and waiting_since is null and state <> 'BOT'")
                    .params(Store.at(at), inquiry.id().value())
                    .update();
        }
        if (inquiry.state() == InquiryState.ASSIGNED) {
            overtake(inquiry.id(), "newer-message");
        }
    }

    /** Notes that an operator answered: it is the customer's turn. */
    public void operatorSpoke(InquiryId id, int seq) {
        // One that was answered before this was noted has its answer among its messages.
        store.jdbc()
                .sql("""
                        update inquiries set waiting_since = null, read_seq = greatest(read_seq, :seq),
                            first_answered_at = coalesce(first_answered_at, (select min(at) from messages
                                where inquiry = :id and sender = 'OPERATOR' and content is not null), :now)
                        where id = :id
                        """)
                .param("seq", seq)
                .param("id", id.value())
                .param("now", Store.at(clock.instant()))
                .update();
        signals.send(Signals.Kind.READ, id.value());
    }

    /** Notes for supervisors that the customer's words of an inquiry with a person are of a kind to look at; each kind once. */
    void sign(InquiryId id, String kind) {
        store.jdbc()
                .sql("""
                        update inquiries set signs = case when signs is null then :kind else signs || ',' || :kind end
                        where id = :id and (signs is null or ',' || signs || ',' not like :known)
                        """)
                .param("kind", kind)
                .param("known", "%," + kind + ",%")
                .param("id", id.value())
                .update();
    }

    /**
     * Notes that an operator took an answer back: the customer waits as before, since their first message without an
     * answer, but not since before they asked for a person. Over a closed inquiry nobody waits.
     */
    void operatorTookBack(InquiryId id) {
        store.jdbc().sql("""
                        update inquiries set first_answered_at = (select min(at) from messages
                            where inquiry = :id and sender = 'OPERATOR' and content is not null)
                        where id = :id
                        """).param("id", id.value()).update();
        Inquiry inquiry = get(id);
        if (!inquiry.state().owned()) {
            return;
        }
        Instant unanswered = store.jdbc()
                .sql("""
                        select min(at) as at from messages
                        where inquiry = :id and sender = 'CUSTOMER' and seq > coalesce((
                            select max(seq) from messages
                            where inquiry = :id and sender = 'OPERATOR' and content is not null), 0)
                        """)
                .param("id", id.value())
                .query((row, i) -> Optional.ofNullable(Store.instant(row.getTimestamp("at"))))
                .single()
                .orElse(null);
        boolean beforeQueue =
                unanswered != null && inquiry.queuedAt() != null && unanswered.isBefore(inquiry.queuedAt());
        store.jdbc()
                .sql("update inquiries set waiting_since = ? where id = ?")
                .params(Store.at(beforeQueue ? inquiry.queuedAt() : unanswered), id.value())
                .update();
        signals.send(Signals.Kind.WORKSPACE);
    }

    /** Notes that the owner is writing; the customer is shown it when they were not for 20 s. */
    void typing(InquiryId id, OperatorId by) {
        Instant now = clock.instant();
        int shown = store.jdbc()
                .sql("""
                        update inquiries set typing_at = :now
                        where id = :id and operator = :by and state = 'ASSIGNED' and offered_until is null
                          and (typing_at is null or typing_at <= :before)
                        """)
                .param("now", Store.at(now))
                .param("id", id.value())
                .param("by", by.value())
                .param("before", Store.at(now.minus(TYPING_SHOWN)))
                .update();
        if (shown > 0) {
            signals.send(Signals.Kind.TYPING, id.value());
        }
    }

    /** Remembers up to which message LINE is told that it was read; false when it knows already. */
    public boolean toldRead(InquiryId id, int seq) {
        return store.jdbc()
                        .sql("update inquiries set told_read_seq = ? where id = ? and told_read_seq < ?")
                        .params(seq, id.value(), seq)
                        .update()
                > 0;
    }

    /** Makes the screens read the inquiry again. */
    void touch(InquiryId id) {
        versions.next(id);
    }

    /** Notes up to which message the owner has looked; what is only offered to them is not read for its customer. */
    void read(InquiryId id, OperatorId by, int seq) {
        int changed =
                store.jdbc().sql("""
                        update inquiries set read_seq = ?
                        where id = ? and operator = ? and read_seq < ? and offered_until is null
                        """).params(seq, id.value(), by.value(), seq).update();
        if (changed > 0) {
            signals.send(Signals.Kind.WORKSPACE);
            signals.send(Signals.Kind.READ, id.value());
        }
    }

    /**
     * Keeps what the bot remembers of the inquiry.
     *
     * @param topic what it is about, null to leave that open; the first that is known stays
     */
    public void botRemembers(InquiryId id, int misses, int prompts, String article, String topic) {
        Optional<HeldInquiry> held = HeldInquiry.of(id, store);
        String shown = shorten(topic);
        if (held.isPresent()) {
            held.get()
                    .with(held.get().inquiry().remembered(misses, prompts, article, shown))
                    .write(store, clock.instant());
            return;
        }
        store.jdbc()
                .sql("""
                        update inquiries set bot_misses = :misses, bot_prompts = :prompts, bot_article = :article,
                            topic = coalesce(topic, :topic)
                        where id = :id
                        """)
                .param("misses", misses)
                .param("prompts", prompts)
                .param("article", article)
                .param("topic", shown, Types.VARCHAR)
                .param("id", id.value())
                .update();
    }

    void speaks(InquiryId id, String language) {
        store.jdbc()
                .sql("update inquiries set language = ? where id = ?")
                .params(language, id.value())
                .update();
    }

    /** Gives inquiries with the bot in which nothing was said for so long. */
    public List<InquiryId> silentSince(Duration silence) {
        return store
                .jdbc()
                .sql("select id from inquiries where state = 'BOT' and changed_at < ? limit 500")
                .param(Store.at(clock.instant().minus(silence)))
                .query(UUID.class)
                .list()
                .stream()
                .map(InquiryId::new)
                .toList();
    }

    /** Gives open inquiries of customers who blocked the account so long ago. */
    List<InquiryId> blockedSince(Duration blocked) {
        return store.jdbc().sql("""
                        select i.id from inquiries i join customers c on c.id = i.customer
                        where i.state <> 'CLOSED' and c.blocked and c.unfollowed_at <= ?
                        order by i.id limit 500
                        """).param(Store.at(clock.instant().minus(blocked))).query(UUID.class).list().stream()
                .map(InquiryId::new)
                .toList();
    }

    private Inquiry owned(InquiryId id, OperatorId by, InquiryState state) {
        Store.needTransaction();
        Inquiry inquiry = get(id);
        if (!inquiry.state().owned()) {
            throw new WrongStateException("wrong-state", "The inquiry is " + inquiry.state());
        }
        if (!by.equals(inquiry.operator())) {
            throw new WrongStateException(WrongStateException.NOT_OWNER, "Another operator has the inquiry");
        }
        if (state != null && inquiry.state() != state) {
            throw new WrongStateException("wrong-state", "The inquiry is " + inquiry.state());
        }
        return inquiry;
    }

    /** Writes into the inquiry what happened to it, as a code that the console has words for. Joins the running transaction. */
    public void note(InquiryId id, String what) {
        Inquiry inquiry = get(id);
        messages.add(
                id,
                inquiry.customer(),
                new Messages.Addition(
                        Ids.derived("event", id, what, inquiry.version()),
                        Message.Sender.SYSTEM,
                        null,
                        "event",
                        Content.ofText(what),
                        null,
                        null,
                        null,
                        clock.instant()));
    }

    private static void expectOne(int changed, String code, String message) {
        if (changed != 1) {
            throw new WrongStateException(code, message);
        }
    }

    private static String shorten(String topic) {
        return topic == null || topic.length() <= 120 ? topic : topic.substring(0, 120);
    }
}
