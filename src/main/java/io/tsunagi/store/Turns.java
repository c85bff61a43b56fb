package io.tsunagi.store;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.IntFunction;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.core.RowMapper;
import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/**
 * Takes a lane's waiting events in the order LINE made them, whatever the number of threads and nodes: the lane's row is
 * the lock.
 *
 * <p>A turn has three steps, as the route {@code take-turn} calls them: {@link #plan} counts the attempt in a small
 * commit of its own, so that an event that kills the process is noticed, and keeps others from counting it until {@link
 * #lock} holds the lane in the turn's transaction; the events take effect one after the other, each marked by {@link
 * #done}. An event that failed before is tried alone; its
 * successors wait for it at most {@code hub.line.turn-patience}; after {@code hub.line.turn-tries} it is parked.
 *
 * <p>Lanes that wait for a turn at the same time take theirs together ({@link #gather}), in one transaction: their locks,
 * reads and writes are shared ({@link InHand}), and so is the commit. Nothing of it is kept when one of them fails; each
 * lane is then tried alone, where it shows whose fault it was. An event that was tried before is never taken with others.
 */
public final class Turns {
    private static final Logger LOG = LoggerFactory.getLogger(Turns.class);
    private static final int LONGEST = 100;

    /** How many lanes take their turns in one transaction at most. */
    private static final int TOGETHER = 32;

    /** More events than this are looked at lane by lane. */
    private static final int LOOKED_AT = 1000;

    /**
     * After so long, lanes that have not had their turn go back: others may have a free thread. As long, lanes wait at most
     * until a transaction ends; then one more runs beside it.
     */
    private static final Duration LONG = Duration.ofMillis(200);

    /**
     * Turns, from being planned to their end, beside which another one only takes processor time away; half of it is the
     * database's and the calls'.
     */
    private static final int AT_ONCE = Math.max(1, Runtime.getRuntime().availableProcessors() / 2);

    /** As {@link #LONG}, on H2, where a lane can join no other. */
    private static final Duration MOMENT = Duration.ofMillis(20);

    /**
     * The condition on rows that are named by their ids, so that PostgreSQL looks them up by these alone: for a comparison
     * with the bare column it would also go over the index of all that waits.
     */
    private static final String STILL_WAITING = "state || '' = 'WAITING'";

    /** From the commit that counts the attempt until the turn holds the lane; long, because a machine may pause. */
    private static final Duration UNDERWAY = Duration.ofSeconds(5);

    /** Before a turn is tried again that failed at none of its events, as when the commit itself failed. */
    private static final Duration BREATH = Duration.ofSeconds(1);

    /** How often in a row a turn that lost against another transaction is repeated at once. */
    private static final int REPEATS = 3;

    private final Store store;
    private final Clock clock;
    private final Duration patience;

    /** Lanes whose last turn lost, and how often in a row. */
    private final Map<UUID, Integer> lost = new ConcurrentHashMap<>();

    private final int tries;

    /** Lanes that are to be tried alone, because the turn they had with others failed. */
    private final Set<UUID> alone = ConcurrentHashMap.newKeySet();

    /** Lanes whose threads wait for room; whoever finds some takes all of them along. */
    private final Queue<UUID> inLine = new ConcurrentLinkedQueue<>();

    private final Semaphore room = new Semaphore(AT_ONCE);

    /**
     * Each thread's last turn that found room: one that it never took, as when its route was stopped meanwhile, leaves before
     * the thread's next one, or when the thread is found to be gone.
     */
    private final Map<Thread, Turn> own = new ConcurrentHashMap<>();

    private final ReentrantLock planning = new ReentrantLock();
    private volatile IntFunction<List<UUID>> others = most -> List.of();
    private volatile Consumer<UUID> wake = lane -> {};
    private volatile BiConsumer<List<UUID>, Consumer<UUID>> reader = (lanes, turnOf) -> {};

    /** The events one turn will take, of one lane or several; knows which of them is taking effect. Belongs to one thread. */
    public static final class Turn {
        private final List<UUID> lanes;
        private final List<UUID> events;
        private final List<UUID> gathered;
        private final List<LedgerEvent> left = new ArrayList<>();
        private UUID current;
        private Runnable leaving = () -> {};

        private Turn(List<UUID> lanes, List<UUID> events, List<UUID> gathered) {
            this.lanes = lanes;
            this.events = events;
            this.gathered = gathered;
        }

        private boolean single() {
            return lanes.size() == 1;
        }

        /** Gives back the room it took, once. */
        private void leave() {
            Runnable once = leaving;
            leaving = () -> {};
            once.run();
        }

        @Override
        public String toString() {
            return "Turn of " + (single() ? "lane " + lanes.get(0) : lanes.size() + " lanes");
        }
    }

    private record Waiting(UUID id, int attempts, Instant firstFailedAt, Instant nextTryAt) {
        /** Counted by a turn, which is about to run, has failed, or ended with its process. */
        private boolean tried() {
            return attempts > 0;
        }

        private boolean rests(Instant now) {
            return nextTryAt != null && nextTryAt.isAfter(now);
        }

        private boolean isWaitedFor(Instant now, Duration patience) {
            return firstFailedAt == null || firstFailedAt.plus(patience).isAfter(now);
        }
    }

    public Turns(Store store, Clock clock, Duration patience, int tries) {
        this.store = store;
        this.clock = clock;
        this.patience = patience;
        this.tries = tries;
    }

    /**
     * Says who else waits for a turn, who is to be woken for one, and who reads what turns begin with; the composition root
     * calls this before anything runs.
     *
     * @param toGather gives at most so many lanes that wait for a thread, and takes them from those
     * @param toWake is told which lanes were left for others, inside a transaction or outside
     * @param toRead is given the lanes of customers that take their turns, and whom to tell whose rows it holds
     */
    public void together(
            IntFunction<List<UUID>> toGather, Consumer<UUID> toWake, BiConsumer<List<UUID>, Consumer<UUID>> toRead) {
        others = toGather;
        wake = toWake;
        reader = toRead;
    }

    /**
     * Plans, as {@link #plan}, the turn of the lanes that wait longest, this one among them or behind them; {@code null} also
     * when another thread took the lane along. While as many turns run as the machine does at once it waits until one ends,
     * but not long; who comes meanwhile is taken along. On H2 each lane takes its turn alone: who
     * works for several must not wait long for what one of them needs, and H2 cannot be told so.
     */
    public Turn gather(UUID lane) {
        inLine.add(lane);
        return inRoom(this::company);
    }

    /** Plans what is still to be done for a turn's lanes, waiting for room as {@link #gather}; {@code null} when nothing is. */
    public Turn again(Turn turn) {
        return inRoom(() -> turn.gathered);
    }

    private List<UUID> company() {
        boolean together = store.dialect() == Dialect.POSTGRESQL;
        int most = together ? TOGETHER : 1;
        Set<UUID> lanes = new LinkedHashSet<>();
        while (lanes.size() < most && !inLine.isEmpty()) {
            Optional.ofNullable(inLine.poll()).ifPresent(lanes::add);
        }
        if (together && !lanes.isEmpty()) {
            lanes.addAll(others.apply(most - lanes.size()));
        }
        return List.copyOf(lanes);
    }

    private Turn inRoom(Supplier<List<UUID>> lanes) {
        Optional.ofNullable(own.remove(Thread.currentThread())).ifPresent(Turn::leave);
        leaveForThreadsThatAreGone();
        boolean found = findsRoom();
        Turn turn = null;
        try {
            turn = planAny(lanes.get());
        } finally {
            if (found && turn == null) {
                room.release();
            }
        }
        if (found && turn != null) {
            turn.leaving = room::release;
            own.put(Thread.currentThread(), turn);
        }
        return turn;
    }

    private void leaveForThreadsThatAreGone() {
        own.forEach((thread, turn) -> {
            if (!thread.isAlive() && own.remove(thread, turn)) {
                turn.leave();
            }
        });
    }

    /** How many turns may begin at once from here on; for tests. */
    int roomLeft() {
        return room.availablePermits();
    }

    private boolean findsRoom() {
        try {
            Duration longest = store.dialect() == Dialect.POSTGRESQL ? LONG : MOMENT;
            return room.tryAcquire(longest.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private static void leaveWhenOver(Turn turn) {
        TransactionSynchronizationManager.registerSynchronization(new TransactionSynchronization() {
            @Override
            public void afterCompletion(int status) {
                turn.leave();
            }
        });
    }

    private Turn planAny(List<UUID> lanes) {
        List<UUID> singles = new ArrayList<>(lanes);
        if (lanes.size() > 1) {
            Turn together = planTogether(lanes, singles);
            if (together != null) {
                return together;
            }
        }
        // Outside of the lock: what is counted here may be in the hands of a turn that takes long.
        for (int i = 0; i < singles.size(); i++) {
            UUID lane = singles.get(i);
            alone.remove(lane);
            // The lane's turn may take long, and others may have a free thread.
            List<UUID> behind = singles.subList(i + 1, singles.size());
            Turn turn;
            try {
                turn = plan(lane);
            } catch (RuntimeException e) {
                behind.forEach(wake);
                throw e;
            }
            if (turn != null) {
                behind.forEach(wake);
                return turn;
            }
        }
        return null;
    }

    /**
     * Plans one turn of all lanes that may take theirs with others; leaves those that may not in {@code singles}, or all when
     * it gives {@code null}. Threads of one node do so one after the other: two that count the same lanes, each in its order,
     * would block each other.
     */
    private Turn planTogether(List<UUID> lanes, List<UUID> singles) {
        planning.lock();
        try {
            Instant now = clock.instant();
            Map<UUID, List<Waiting>> waiting = waiting(lanes);
            List<UUID> joining = new ArrayList<>();
            List<UUID> events = new ArrayList<>();
            for (UUID lane : lanes) {
                Choice choice = choose(waiting.getOrDefault(lane, List.of()), now);
                boolean fresh = choice.worn().isEmpty()
                        && choice.events().stream().noneMatch(Waiting::tried)
                        && !alone.contains(lane);
                if (fresh && choice.events().isEmpty()) {
                    lost.remove(lane);
                    singles.remove(lane);
                } else if (fresh) {
                    joining.add(lane);
                    choice.events().forEach(event -> events.add(event.id()));
                }
            }
            return joining.isEmpty()
                    ? null
                    : store.inOwnTransaction(() -> {
                        store.waitBriefly();
                        return count(joining, events, 0, now, lanes);
                    });
        } catch (Overtaken | DataAccessException e) {
            LOG.debug("Lanes cannot be counted together, each is tried alone", e);
            return null;
        } finally {
            planning.unlock();
        }
    }

    /** What waits, by lane. */
    private Map<UUID, List<Waiting>> waiting(List<UUID> lanes) {
        Map<UUID, List<Waiting>> waiting = new HashMap<>();
        List<Waiting> found = store.jdbc()
                .sql("""
                        select lane, id, attempts, first_failed_at, next_try_at from events
                        where lane = any(?) and state = 'WAITING'
                        order by lane, occurred_at, received_at, id
                        limit %d
                        """.formatted(LOOKED_AT))
                .param(Store.uuids(lanes))
                .query((row, i) -> {
                    Waiting event = read(row);
                    waiting.computeIfAbsent(row.getObject("lane", UUID.class), lane -> new ArrayList<>())
                            .add(event);
                    return event;
                })
                .list();
        if (found.size() == LOOKED_AT) {
            lanes.forEach(lane -> waiting.put(lane, waiting(lane)));
        }
        waiting.replaceAll((lane, events) -> events.subList(0, Math.min(LONGEST, events.size())));
        return waiting;
    }

    private static Waiting read(ResultSet row) throws SQLException {
        return new Waiting(
                row.getObject("id", UUID.class),
                row.getInt("attempts"),
                Store.instant(row.getTimestamp("first_failed_at")),
                Store.instant(row.getTimestamp("next_try_at")));
    }

    /**
     * Decides which events the next turn of a lane takes and counts the attempt; {@code null} when there is nothing to do
     * or another thread, here or on another node, is at it.
     */
    public Turn plan(UUID lane) {
        Instant now = clock.instant();
        Choice choice = choose(waiting(lane), now);
        choice.worn().forEach(event -> park(event.id(), "The process ended each time this event took effect"));
        if (choice.events().isEmpty()) {
            lost.remove(lane);
            return null;
        }
        List<UUID> ids = choice.events().stream().map(Waiting::id).toList();
        try {
            return store.inOwnTransaction(
                    () -> count(List.of(lane), ids, choice.events().get(0).attempts(), now, List.of(lane)));
        } catch (Overtaken e) {
            return null;
        }
    }

    /** Another thread counted some of the events first: nothing of this count may stay. */
    private static final class Overtaken extends RuntimeException {
        private static final long serialVersionUID = 1L;

        private Overtaken() {
            super(null, null, false, false);
        }
    }

    private Turn count(List<UUID> lanes, List<UUID> ids, int attempts, Instant now, List<UUID> gathered) {
        // Until the turn holds the lane, no other thread may count the same events again: of two one counts them all.
        int counted = store.jdbc()
                .sql("""
                            update events set attempts = attempts + 1, next_try_at = :until
                            where id = any(:ids) and %s and attempts = :attempts
                              and (next_try_at is null or next_try_at <= :now)
                            """.formatted(STILL_WAITING))
                .param("until", Store.at(now.plus(UNDERWAY)))
                .param("ids", Store.uuids(ids))
                .param("attempts", attempts)
                .param("now", Store.at(now))
                .update();
        if (counted < ids.size()) {
            throw new Overtaken();
        }
        return new Turn(lanes, ids, gathered);
    }

    /**
     * What a turn would take.
     *
     * @param worn events before these that ended the process at each of their tries
     */
    private record Choice(List<Waiting> events, List<Waiting> worn) {}

    private Choice choose(List<Waiting> waiting, Instant now) {
        List<Waiting> chosen = new ArrayList<>();
        List<Waiting> worn = new ArrayList<>();
        for (Waiting event : waiting) {
            if (!event.tried() && !event.rests(now)) {
                chosen.add(event);
                continue;
            }
            if (!chosen.isEmpty()) {
                break;
            }
            if (event.rests(now)) {
                if (event.isWaitedFor(now, patience)) {
                    break;
                }
            } else if (event.attempts() >= tries) {
                worn.add(event);
            } else {
                return new Choice(List.of(event), worn);
            }
        }
        return new Choice(chosen, worn);
    }

    private List<Waiting> waiting(UUID lane) {
        return store.jdbc()
                .sql("""
                        select id, attempts, first_failed_at, next_try_at from events
                        where lane = ? and state = 'WAITING'
                        order by occurred_at, received_at, id
                        limit %d
                        """.formatted(LONGEST))
                .param(lane)
                .query((row, i) -> read(row))
                .list();
    }

    /**
     * Locks the turn's lanes and gives their events, lane by lane, without those that took effect meanwhile. They count as
     * done from here on, unless the turn's transaction, which this needs, rolls back.
     */
    public List<LedgerEvent> lock(Turn turn) {
        InHand.begin(store.template());
        if (!turn.single()) {
            // Nobody's customers wait long for what another customer's lane, or anything else, is locked for.
            store.waitBriefly();
        }
        lockLanes(turn);
        List<LedgerEvent> events = store.jdbc()
                .sql("""
                        select %s from events
                        where id = any(?) and %s
                        order by lane, occurred_at, received_at, id
                        """.formatted(LedgerEvent.COLUMNS, STILL_WAITING))
                .param(Store.uuids(turn.events))
                .query(mapper(turn))
                .list();
        if (!events.isEmpty()) {
            store.jdbc()
                    .sql("update events set state = 'DONE', done_at = ?, error = null where id = any(?)")
                    .params(Store.at(clock.instant()), Store.uuids(ids(events)))
                    .update();
            List<UUID> customers = events.stream()
                    .filter(event -> !event.kind().equals("account"))
                    .map(LedgerEvent::lane)
                    .distinct()
                    .toList();
            // What of a customer does not open counts against their event.
            turn.current = turn.single() ? events.get(0).id() : null;
            reader.accept(customers, InHand.current()::of);
        }
        return events;
    }

    private static List<UUID> ids(List<LedgerEvent> events) {
        return events.stream().map(LedgerEvent::id).toList();
    }

    /** Locks the turn's lanes, and gives their events one by one, each as it is about to take effect. */
    public Iterator<LedgerEvent> take(Turn turn) {
        Store.needTransaction();
        leaveWhenOver(turn);
        List<LedgerEvent> events = lock(turn);
        Instant late = clock.instant().plus(LONG);
        return new Iterator<>() {
            private int next;

            /** Once somebody was told that there is another event they get it, whatever time has passed. */
            private boolean promised;

            @Override
            public boolean hasNext() {
                boolean otherLane = next > 0
                        && next < events.size()
                        && !events.get(next).lane().equals(events.get(next - 1).lane());
                if (otherLane && !promised && clock.instant().isAfter(late)) {
                    turn.left.addAll(events.subList(next, events.size()));
                    next = events.size();
                }
                promised = next < events.size();
                return promised;
            }

            @Override
            public LedgerEvent next() {
                if (!hasNext()) {
                    throw new NoSuchElementException();
                }
                promised = false;
                LedgerEvent event = events.get(next++);
                begin(turn, event);
                return event;
            }
        };
    }

    /** Lets lanes go that have not had their turn, because those before them took long; each is woken anew. */
    public void end(Turn turn) {
        if (turn.left.isEmpty()) {
            return;
        }
        store.jdbc().sql("""
                        update events set state = 'WAITING', done_at = null, attempts = attempts - 1, next_try_at = null
                        where id = any(?)
                        """).param(Store.uuids(ids(turn.left))).update();
        turn.left.stream().map(LedgerEvent::lane).distinct().forEach(wake);
    }

    private RowMapper<LedgerEvent> mapper(Turn turn) {
        return (row, i) -> {
            // Words that do not open count against their event, not against the lane.
            turn.current = row.getObject("id", UUID.class);
            LedgerEvent event = LedgerEvent.read(row, store.sealing());
            turn.current = null;
            return event;
        };
    }

    /** Says which event is about to take effect. */
    public void begin(Turn turn, LedgerEvent event) {
        turn.current = event.id();
        InHand.current().of(event.lane());
    }

    /** Says that the event has had its effect; what fails from here on is not its fault. */
    public void done(Turn turn, LedgerEvent event) {
        if (turn.single()) {
            // What the database refuses of an event's writes is this event's fault.
            InHand.current().flush();
        }
        turn.current = null;
    }

    /**
     * Notes a turn that was rolled back: the failing event is tried again alone later, or parked; the others go back as
     * if nothing had happened. A turn that lost against another transaction is nobody's fault: it runs again as a whole
     * at once, three times in a row, then after a breath. Runs after the rollback, in a transaction of its own.
     */
    public void failed(Turn turn, Throwable cause) {
        turn.leave();
        String error = describe(cause);
        if (!turn.single()) {
            separate(turn, error);
            LOG.debug("Cause", cause);
            return;
        }
        UUID lane = turn.lanes.get(0);
        boolean nobodysFault = Store.lost(cause);
        UUID guilty = nobodysFault ? null : turn.current;
        boolean atOnce = guilty != null || nobodysFault && lost.merge(lane, 1, Integer::sum) <= REPEATS;
        store.inOwnTransaction(() -> {
            lockLane(lane);
            List<UUID> others =
                    turn.events.stream().filter(id -> !id.equals(guilty)).toList();
            if (!others.isEmpty()) {
                store.jdbc()
                        .sql("""
                                update events set attempts = attempts - 1, next_try_at = :next
                                where id = any(:ids) and %s
                                """.formatted(STILL_WAITING))
                        .param("next", atOnce ? null : Store.at(clock.instant().plus(BREATH)))
                        .param("ids", Store.uuids(others))
                        .update();
            }
            failedEvent(guilty).ifPresent(event -> countFailure(event, error));
            return null;
        });
        LOG.warn("Turn of lane {} failed at event {}: {}", lane, guilty, error);
        LOG.debug("Cause", cause);
    }

    /**
     * The lanes of a turn that failed are tried alone, at once; nothing is counted against any of them. Where the database
     * committed and could not say so, lanes that the turn let go are uncounted already.
     */
    private void separate(Turn turn, String error) {
        alone.addAll(turn.lanes);
        store.inOwnTransaction(() -> store.jdbc()
                .sql("""
                        update events set attempts = attempts - 1, next_try_at = null
                        where id = any(?) and %s and attempts > 0
                        """.formatted(STILL_WAITING))
                .param(Store.uuids(turn.events))
                .update());
        LOG.info("{} together failed, each is tried alone: {}", turn, error);
    }

    private Optional<Waiting> failedEvent(UUID guilty) {
        return guilty == null
                ? Optional.empty()
                : store.jdbc()
                        .sql(
                                "select id, attempts, first_failed_at, next_try_at from events where id = ? and state = 'WAITING'")
                        .param(guilty)
                        .query((row, i) -> new Waiting(
                                row.getObject("id", UUID.class),
                                row.getInt("attempts"),
                                Store.instant(row.getTimestamp("first_failed_at")),
                                null))
                        .optional();
    }

    private void countFailure(Waiting event, String error) {
        if (event.attempts() >= tries) {
            park(event.id(), error);
            return;
        }
        Instant now = clock.instant();
        Duration pause = Duration.ofMillis(250L << Math.min(event.attempts(), 10));
        store.jdbc()
                .sql("update events set first_failed_at = ?, next_try_at = ?, error = ? where id = ?")
                .params(
                        Store.at(event.firstFailedAt() == null ? now : event.firstFailedAt()),
                        Store.at(now.plus(pause)),
                        error,
                        event.id())
                .update();
    }

    private void park(UUID event, String error) {
        int parked = store.jdbc()
                .sql("update events set state = 'PARKED', error = ? where id = ? and state = 'WAITING'")
                .params(error, event)
                .update();
        if (parked > 0) {
            LOG.error("Event {} is parked after {} tries: {}", event, tries, error);
        }
    }

    /** All in the order of their ids, as everybody does who locks several. */
    private void lockLanes(Turn turn) {
        if (turn.single()) {
            lockLane(turn.lanes.get(0));
            return;
        }
        Set<UUID> missing = new HashSet<>(turn.lanes);
        missing.removeAll(lockedLanes(turn.lanes));
        if (missing.isEmpty()) {
            return;
        }
        int made = store.jdbc()
                .sql("""
                        insert into lanes (id, account, kind, source)
                        select lane, account, kind, source from (
                            select distinct lane, account, kind, source from events
                            where lane = any(?) and id = any(?)) fresh
                        order by lane
                        on conflict do nothing
                        """)
                .params(Store.uuids(missing), Store.uuids(turn.events))
                .update();
        if (made < missing.size()) {
            lockedLanes(missing);
        }
    }

    private List<UUID> lockedLanes(Collection<UUID> lanes) {
        return store.jdbc()
                .sql("select id from lanes where id = any(?) order by id for update")
                .param(Store.uuids(lanes))
                .query(UUID.class)
                .list();
    }

    /**
     * The row may be missing for a lane's first event; whoever makes it holds it, and whoever comes second waits for the
     * first one's commit.
     */
    private void lockLane(UUID lane) {
        if (lockedLane(lane)) {
            return;
        }
        int made = store.jdbc().sql("""
                        insert into lanes (id, account, kind, source)
                        select lane, account, kind, source from events where lane = ? limit 1
                        on conflict do nothing
                        """).param(lane).update();
        if (made == 0) {
            lockedLane(lane);
        }
    }

    private boolean lockedLane(UUID lane) {
        return store.jdbc()
                .sql("select id from lanes where id = ? for update")
                .param(lane)
                .query(UUID.class)
                .optional()
                .isPresent();
    }

    private static String describe(Throwable cause) {
        Throwable root = cause;
        while (root.getCause() != null && root.getCause() != root) {
            root = root.getCause();
        }
        String text = root.getClass().getSimpleName() + ": " + root.getMessage();
        return text.length() > 1900 ? text.substring(0, 1900) : text;
    }
}
