package io.tsunagi.store;

import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.UUID;
import org.springframework.dao.DataIntegrityViolationException;
import org.springframework.jdbc.core.BatchPreparedStatementSetter;
import org.springframework.jdbc.core.JdbcTemplate;

/**
 * Keeps every event from the moment it is accepted until long after it had its effect. What is in here is answered 200.
 *
 * <p>An event that comes again, on this node or another, changes nothing: its id is derived from the account and LINE's
 * {@code webhookEventId}. Safe for many threads and many nodes.
 */
public final class Ledger {
    /** An event on its way in. */
    public record Arrival(
            String account, String eventId, String kind, String source, String type, Instant occurredAt, byte[] json) {

        UUID id() {
            return Ids.derived("event", account, eventId);
        }

        UUID lane() {
            return Ids.lane(account, kind, source);
        }
    }

    /** An event that was given up, for the people who can try it again. */
    public record Parked(UUID id, String account, String type, UUID lane, Instant since, int tries, String error) {}

    private static final String INSERT = """
            insert into events (id, account, lane, kind, source, type, occurred_at, received_at, state, attempts, body)
            values (?, ?, ?, ?, ?, ?, ?, ?, 'WAITING', 0, ?)
            on conflict do nothing
            """;

    private final Store store;
    private final Signals signals;
    private final Clock clock;
    private final JdbcTemplate batches;

    public Ledger(Store store, Signals signals, Clock clock) {
        this.store = store;
        this.signals = signals;
        this.clock = clock;
        this.batches = new JdbcTemplate(store.pool());
        // LINE waits two seconds; later the answer would go nowhere.
        this.batches.setQueryTimeout(1);
    }

    /**
     * Appends events in one commit and wakes their lanes. When this returns they are on disk.
     *
     * @return how many were new
     */
    public int append(List<Arrival> arrivals) {
        if (arrivals.isEmpty()) {
            return 0;
        }
        // Two nodes that insert the same redelivered events in the same order cannot deadlock.
        List<Arrival> sorted = new ArrayList<>(arrivals);
        sorted.sort(Comparator.comparing(Arrival::id));
        return appendSorted(sorted);
    }

    /** A row the database refuses is isolated by halving, so that its neighbours are kept. */
    private int appendSorted(List<Arrival> arrivals) {
        try {
            return store.inTransaction(() -> insert(arrivals));
        } catch (DataIntegrityViolationException e) {
            if (arrivals.size() == 1) {
                throw e;
            }
            int middle = arrivals.size() / 2;
            int fresh = 0;
            DataIntegrityViolationException refused = null;
            for (List<Arrival> half : List.of(arrivals.subList(0, middle), arrivals.subList(middle, arrivals.size()))) {
                try {
                    fresh += appendSorted(half);
                } catch (DataIntegrityViolationException inHalf) {
                    refused = inHalf;
                }
            }
            if (refused != null) {
                throw refused;
            }
            return fresh;
        }
    }

    private int insert(List<Arrival> arrivals) {
        Instant now = clock.instant();
        int[] counts = batches.batchUpdate(INSERT, new BatchPreparedStatementSetter() {
            @Override
            public void setValues(PreparedStatement row, int i) throws SQLException {
                Arrival a = arrivals.get(i);
                row.setObject(1, a.id());
                row.setString(2, a.account());
                row.setObject(3, a.lane());
                row.setString(4, a.kind());
                row.setString(5, a.source());
                row.setString(6, a.type().length() > 40 ? a.type().substring(0, 40) : a.type());
                row.setObject(7, Store.at(a.occurredAt()));
                row.setObject(8, Store.at(now));
                row.setBytes(9, store.sealing().seal("events", a.id(), a.json()));
            }

            @Override
            public int getBatchSize() {
                return arrivals.size();
            }
        });
        int fresh = 0;
        for (int i = 0; i < counts.length; i++) {
            if (counts[i] != 0) {
                fresh++;
                signals.send(Signals.Kind.TURN, arrivals.get(i).lane());
            }
        }
        return fresh;
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
