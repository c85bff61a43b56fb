package io.tsunagi.audit;

import io.tsunagi.config.Settings;
import io.tsunagi.config.SettingsException;
import io.tsunagi.store.Store;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;

/**
 * Forgets audit rows after {@code hub.audit.keep}, oldest first, and nothing else ever does: at least twelve months (PCI
 * DSS v4.0.1, 10.5.1). What is left stays one chain that {@link AuditCheck} follows from where it now begins.
 *
 * <p>Batch by batch, each a transaction with its own row in the audit; of two nodes that do it at once one waits for the other.
 */
public final class AuditKeeping {
    private static final Duration SHORTEST = Duration.ofDays(365);
    private static final int BATCH = 1_000;

    private final Store store;
    private final Audit audit;
    private final Clock clock;
    private final Duration keep;

    /** @throws SettingsException when {@code hub.audit.keep} is less than twelve months */
    public AuditKeeping(Store store, Audit audit, Clock clock, Settings settings) {
        this.store = store;
        this.audit = audit;
        this.clock = clock;
        this.keep = settings.duration("hub.audit.keep");
        if (keep.compareTo(SHORTEST) < 0) {
            throw new SettingsException("The setting hub.audit.keep is " + settings.text("hub.audit.keep")
                    + "; the audit is kept for twelve months at least, so P365D or more.");
        }
    }

    /** Forgets what is over and gives how many rows that were. */
    public long forget() {
        Instant before = clock.instant().minus(keep);
        long forgotten = 0;
        int batch;
        do {
            batch = store.inOwnTransaction(() -> forgetBatch(before));
            forgotten += batch;
        } while (batch == BATCH);
        return forgotten;
    }

    private int forgetBatch(Instant before) {
        // One row that everybody who moves the floor locks first.
        store.jdbc()
                .sql(
                        "insert into audit_floor (id, position, chain, mac, at) values (1, 0, ?, ?, ?) on conflict do nothing")
                .params(Chain.START.value(), AuditFloor.mac(Chain.START, store.sealing()), Store.at(clock.instant()))
                .update();
        store.jdbc()
                .sql("select position from audit_floor where id = 1 for update")
                .query(Long.class)
                .single();
        Chain floor = AuditFloor.read(store);
        long end = AuditSealer.end(store).position();
        long firstKept = Optional.ofNullable(store.jdbc()
                        .sql("""
                                select min(s.position) as position from audit a join audit_seals s on s.audit = a.id
                                where a.at >= ?
                                """)
                        .param(Store.at(before))
                        .query((row, i) -> (Long) row.getObject("position"))
                        .list()
                        .get(0))
                .orElse(end);
        // The end always stays: what is sealed next grows out of it.
        long last = Math.min(Math.min(firstKept - 1, end - 1), floor.position() + BATCH);
        if (last <= floor.position()) {
            return 0;
        }
        Chain next = store.jdbc()
                .sql("select position, chain from audit_seals where position = ?")
                .param(last)
                .query((row, i) -> new Chain(row.getLong("position"), row.getBytes("chain")))
                .single();
        store.jdbc()
                .sql("delete from audit where id in (select audit from audit_seals where position <= ?)")
                .param(last)
                .update();
        store.jdbc()
                .sql("delete from audit_seals where position <= ?")
                .param(last)
                .update();
        AuditFloor.write(store, next, clock.instant());
        int rows = (int) (last - floor.position());
        Map<String, String> detail = Map.of("rows", String.valueOf(rows), "before", before.toString());
        audit.write(Audit.HUB, "forget-audit", "audit", Audit.OK, null, detail);
        return rows;
    }
}
