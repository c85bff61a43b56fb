package io.tsunagi.store;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.jdbc.core.RowMapper;

/**
 * Takes a lane's waiting events in the order LINE made them, whatever the number of threads and nodes: the lane's row is
 * the lock.
 *
 * <p>A turn has three steps, as the route {@code take-turn} calls them: {@link #plan} counts the attempt in a small
 * commit of its own, so that an event that kills the process is noticed, and keeps others from counting it until {@link
 * #lock} holds the lane in the turn's transaction; the events take effect one after the other, each marked by {@link
 * #done}. An event that failed before is tried alone; its
 * successors wait for it at most {@code hub.line.turn-patience}; after {@code hub.line.turn-tries} it is parked.
 */
public final class Turns {
    private static final Logger LOG = LoggerFactory.getLogger(Turns.class);
    private static final int LONGEST = 100;

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

    /** The events one turn will take; knows which of them is taking effect. Belongs to one thread. */
    public static final class Turn {
        private final UUID lane;
        private final List<UUID> events;
        private UUID current;

        private Turn(UUID lane, List<UUID> events) {
            this.lane = lane;
            this.events = events;
        }

        public UUID lane() {
            return lane;
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
     * Decides which events the next turn of a lane takes and counts the attempt; {@code null} when there is nothing to do
     * or another thread, here or on another node, is at it.
     */
    public Turn plan(UUID lane) {
        Instant now = clock.instant();
        Choice choice = choose(lane, now);
        choice.worn().forEach(event -> park(event.id(), "The process ended each time this event took effect"));
        if (choice.events().isEmpty()) {
            lost.remove(lane);
            return null;
        }
        List<UUID> ids = choice.events().stream().map(Waiting::id).toList();
        try {
            return store.inOwnTransaction(
                    () -> count(lane, ids, choice.events().get(0).attempts(), now));
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

    private Turn count(UUID lane, List<UUID> ids, int attempts, Instant now) {
        // Until the turn holds the lane, no other thread may count the same events again: of two one counts them all.
        int counted = store.jdbc()
                .sql("""
                            update events set attempts = attempts + 1, next_try_at = :until
                            where id = any(:ids) and state = 'WAITING' and attempts = :attempts
                              and (next_try_at is null or next_try_at <= :now)
                            """)
                .param("until", Store.at(now.plus(UNDERWAY)))
                .param("ids", Store.uuids(ids))
                .param("attempts", attempts)
                .param("now", Store.at(now))
                .update();
        if (counted < ids.size()) {
            throw new Overtaken();
        }
        return new Turn(lane, ids);
    }

    /**
     * What a turn would take.
     *
     * @param worn events before these that ended the process at each of their tries
     */
    private record Choice(List<Waiting> events, List<Waiting> worn) {}

    private Choice choose(UUID lane, Instant now) {
        List<Waiting> chosen = new ArrayList<>();
        List<Waiting> worn = new ArrayList<>();
        for (Waiting event : waiting(lane)) {
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
                .query((row, i) -> new Waiting(
                        row.getObject("id", UUID.class),
                        row.getInt("attempts"),
                        Store.instant(row.getTimestamp("first_failed_at")),
                        Store.instant(row.getTimestamp("next_try_at"))))
                .list();
    }

    /**
     * Locks the lane and gives the turn's events, without those that took effect meanwhile. They count as done from here
     * on, unless the turn's transaction, which this needs, rolls back.
     */
    public List<LedgerEvent> lock(Turn turn) {
        Store.needTransaction();
        lockLane(turn.lane);
        List<LedgerEvent> events = store.jdbc()
                .sql("""
                        select %s from events
                        where id = any(?) and state = 'WAITING'
                        order by occurred_at, received_at, id
                        """.formatted(LedgerEvent.COLUMNS))
                .param(Store.uuids(turn.events))
                .query(mapper(turn))
                .list();
        if (!events.isEmpty()) {
            store.jdbc()
                    .sql("update events set state = 'DONE', done_at = ?, error = null where id = any(?)")
                    .params(
                            Store.at(clock.instant()),
                            Store.uuids(events.stream().map(LedgerEvent::id).toList()))
                    .update();
        }
        return events;
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
    }

    /** Says that the event has had its effect; what fails from here on is not its fault. */
    public void done(Turn turn, LedgerEvent event) {
        turn.current = null;
    }

    /**
     * Notes a turn that was rolled back: the failing event is tried again alone later, or parked; the others go back as
     * if nothing had happened. A turn that lost against another transaction is nobody's fault: it runs again as a whole
     * at once, three times in a row, then after a breath. Runs after the rollback, in a transaction of its own.
     */
    public void failed(Turn turn, Throwable cause) {
        String error = describe(cause);
        boolean nobodysFault = Store.lost(cause);
        UUID guilty = nobodysFault ? null : turn.current;
        boolean atOnce = guilty != null || nobodysFault && lost.merge(turn.lane, 1, Integer::sum) <= REPEATS;
        store.inOwnTransaction(() -> {
            lockLane(turn.lane);
            List<UUID> others =
                    turn.events.stream().filter(id -> !id.equals(guilty)).toList();
            if (!others.isEmpty()) {
                store.jdbc()
                        .sql("""
                                update events set attempts = attempts - 1, next_try_at = :next
                                where id = any(:ids) and state = 'WAITING'
                                """)
                        .param("next", atOnce ? null : Store.at(clock.instant().plus(BREATH)))
                        .param("ids", Store.uuids(others))
                        .update();
            }
            failedEvent(guilty).ifPresent(event -> countFailure(event, error));
            return null;
        });
        LOG.warn("Turn of lane {} failed at event {}: {}", turn.lane, guilty, error);
        LOG.debug("Cause", cause);
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
