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
     * Gives since when the oldest delivery is due, but for suspended accounts and customers on standby. What LINE did not take
     * is due again some seconds after each try; what waits behind it in the same chat stays due from its own time.
     */
    public Optional<Instant> deliveries() {
        return at("""
                select min(due_at) from deliveries d
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
