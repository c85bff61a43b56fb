package io.tsunagi.store;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.jdbc.core.ConnectionCallback;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/**
 * Keeps every event from the moment it is accepted until long after it had its effect. What is in here is answered 200.
 *
 * <p>An event that comes again, on this node or another, changes nothing: its id is derived from the account and LINE's
 * {@code webhookEventId}. Safe for many threads and many nodes.
 */
public final class Ledger {
    private static final Logger LOG = LoggerFactory.getLogger(Ledger.class);

    /** How many appends share a commit at most. */
    private static final int TOGETHER = 64;

    /** Among how many times as many events that took effect last, the hub's own among them, those of LINE are looked for. */
    private static final int OWN_BESIDE = 5;

    /** An event on its way in. */
    public record Arrival(
            String account, String eventId, String kind, String source, String type, Instant occurredAt, byte[] json) {

        UUID id() {
            return Ids.derived("event", account, eventId);
        }

        public UUID lane() {
            return Ids.lane(account, kind, source);
        }
    }

    /** An event that was given up, for the people who can try it again. */
    public record Parked(UUID id, String account, String type, UUID lane, Instant since, int tries, String error) {}

    private final Store store;
    private final Signals signals;
    private final Clock clock;
    private final JdbcTemplate connections;
    private final Together<List<Arrival>, Integer> appends = new Together<>(TOGETHER, this::writeAll, this::write);

    public Ledger(Store store, Signals signals, Clock clock) {
        this.store = store;
        this.signals = signals;
        this.clock = clock;
        this.connections = new JdbcTemplate(store.pool());
    }

    /**
     * Appends the hub's own events, in the running transaction or one of their own, and wakes their lanes after its
     * commit, which is shared by all that append at the same time. LINE's events come in by {@link GroupCommit}.
     *
     * @return how many were new; where others' are kept with them, how many they are
     */
    public int append(List<Arrival> arrivals) {
        int fresh =
                TransactionSynchronizationManager.isActualTransactionActive() ? write(arrivals) : appends.ask(arrivals);
        arrivals.stream().map(Arrival::lane).distinct().forEach(lane -> signals.send(Signals.Kind.TURN, lane));
        return fresh;
    }

    private int write(List<Arrival> arrivals) {
        List<LedgerRow> rows = arrivals.stream()
                .map(arrival -> LedgerRow.of(arrival, store.sealing()))
                .sorted(LedgerInsert.ORDER)
                .toList();
        Instant now = clock.instant();
        return connections.execute(
                (ConnectionCallback<Integer>) connection -> LedgerInsert.write(connection, rows, now));
    }

    private List<Integer> writeAll(List<List<Arrival>> all) {
        int fresh = write(all.stream().flatMap(List::stream).toList());
        return all.size() == 1 ? List.of(fresh) : all.stream().map(List::size).toList();
    }

    /** Gives the lanes that have events waiting although their signal should long have been heard. */
    public List<UUID> leftBehind(Duration since) {
        Instant now = clock.instant();
        return store.jdbc()
                .sql("""
                    select distinct lane from events
                    where state = 'WAITING' and received_at <= :before
                      and (next_try_at is null or next_try_at <= :now)
                    limit 1000
                    """)
                .param("before", Store.at(now.minus(since)))
                .param("now", Store.at(now))
                .query(UUID.class)
                .list();
    }

    /** Wakes the lanes that were left behind: signals may be lost, the ledger is not. */
    public void sweep() {
        leftBehind(Duration.ofSeconds(1)).forEach(lane -> signals.send(Signals.Kind.TURN, lane));
    }

    /** Gives what was given up, newest first. */
    public List<Parked> parked() {
        return store.jdbc()
                .sql("""
                    select id, account, type, lane, first_failed_at, received_at, attempts, error from events
                    where state = 'PARKED' order by received_at desc limit 500
                    """)
                .query((row, i) -> new Parked(
                        row.getObject("id", UUID.class),
                        row.getString("account"),
                        row.getString("type"),
                        row.getObject("lane", UUID.class),
                        Store.instant(
                                row.getTimestamp("first_failed_at") != null
                                        ? row.getTimestamp("first_failed_at")
                                        : row.getTimestamp("received_at")),
                        row.getInt("attempts"),
                        row.getString("error")))
                .list();
    }

    /** Lets a parked event try again, out of its order. */
    public boolean retry(UUID event) {
        return store.inTransaction(() -> {
            int found = store.jdbc().sql("""
                update events set state = 'WAITING', attempts = 0, next_try_at = null, first_failed_at = null
                where id = ? and state = 'PARKED'
                """).param(event).update();
            if (found > 0) {
                UUID lane = store.jdbc()
                        .sql("select lane from events where id = ?")
                        .param(event)
                        .query(UUID.class)
                        .single();
                signals.send(Signals.Kind.TURN, lane);
            }
            return found > 0;
        });
    }

    /** Empties the words of events that had their effect, and later forgets the events; returns how many changed. */
    public int forget(Duration bodies, Duration keys) {
        Instant now = clock.instant();
        int emptied = store.jdbc()
                .sql("update events set body = null where state = 'DONE' and body is not null and done_at < ?")
                .param(Store.at(now.minus(bodies)))
                .update();
        int gone = store.jdbc()
                .sql("delete from events where state = 'DONE' and received_at < ?")
                .param(Store.at(now.minus(keys)))
                .update();
        return emptied + gone;
    }

    /**
     * Gives the events of LINE that took effect last and still have their words, the eldest first; fewer, where the hub's own
     * are most of the latest. Those whose words no key opens are left out and logged.
     */
    public List<LedgerEvent> recent(int most) {
        List<LedgerEvent> events = new ArrayList<>();
        store.jdbc()
                .sql("""
                        select %s from events
                        where id in (
                            select id from events where state = 'DONE' order by received_at desc limit %d)
                          and body is not null and type not like 'hub-%%'
                        order by received_at desc, id limit %d
                        """.formatted(LedgerEvent.COLUMNS, most * OWN_BESIDE, most))
                .query(row -> {
                    try {
                        events.add(LedgerEvent.read(row, store.sealing()));
                    } catch (IllegalStateException e) {
                        LOG.warn("Event {} is left out: {}", row.getString("id"), e.getMessage());
                    }
                });
        Collections.reverse(events);
        return events;
    }

    /** Counts events by state, for the metrics. */
    public LinkedHashMap<String, Long> counts() {
        LinkedHashMap<String, Long> counts = new LinkedHashMap<>();
        store.jdbc()
                .sql("select state, count(*) as n from events where state in ('WAITING', 'PARKED') group by state")
                .query((row, i) -> counts.put(row.getString("state"), row.getLong("n")))
                .list();
        return counts;
    }
}
