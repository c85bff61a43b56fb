package io.tsunagi.store;

import java.time.Instant;
import java.util.Optional;

/**
 * Says since when the oldest work of the ledger and the outbox could have been done. Reads what waits, by an index; safe for
 * many threads and nodes.
 */
public final class WaitingSince {
    private final Store store;

    public WaitingSince(Store store) {
        this.store = store;
    }

    /** Gives when the oldest event that has had no effect yet was kept. */
    public Optional<Instant> events() {
        return at("select min(received_at) from events where state = 'WAITING'");
    }

    /**
     * Gives since when the oldest delivery could have been sent. What LINE was asked to take and did not take counts from the
     * first call, however often it was put off since; not what waits for a suspended account or a customer on standby.
     */
    public Optional<Instant> deliveries() {
        return at("""
                select min(least(due_at, coalesce(called_at, due_at))) from deliveries d
                 where d.state = 'QUEUED'
                   and d.account not in (select account from account_standings where suspended)
                   and not exists (select 1 from customers c where c.id = d.lane and c.standby)
                """);
    }

    private Optional<Instant> at(String sql) {
        return store.jdbc()
                .sql(sql)
                .query((row, i) -> Optional.ofNullable(row.getTimestamp(1)).map(Store::instant))
                .single();
    }
}
