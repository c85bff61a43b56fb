package io.tsunagi.audit;

import io.tsunagi.config.Settings;
import io.tsunagi.store.Sealing;
import io.tsunagi.store.Store;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DuplicateKeyException;

/**
 * Gives committed audit rows their place in one chain, and keeps the end of the chain in a file outside the database.
 *
 * <p>Every node may run it each second: a position exists once, so of two nodes that seal at the same moment one commits
 * and the other leaves the rows to it. A row gets its place after its commit, in the order of {@code seq} among those
 * found, because numbers are handed out before the commit and a long transaction's row arrives behind later ones. Killed
 * anywhere, the next run goes on: the file may lag behind the database, never the other way round.
 *
 * <p>The file is only ever replaced by an end that grew out of the one it holds. If the database lost that one, the file
 * stays as evidence, {@link AuditCheck} names it, and sealing goes on so that nothing new is left open.
 */
public final class AuditSealer {
    private static final Logger LOG = LoggerFactory.getLogger(AuditSealer.class);
    private static final int BATCH = 500;

    /** Rows are looked for this far behind the last sealed one; every {@link #FULL_LOOK} everywhere. */
    private static final int LOOK_BACK = 2_000;

    private static final Duration FULL_LOOK = Duration.ofMinutes(10);

    private record Open(UUID id, byte[] mac) {}

    private final Store store;
    private final Clock clock;
    private final AuditHead head;
    private Instant fullLookDue = Instant.MIN;
    private boolean alarmed;

    public AuditSealer(Store store, Clock clock, Settings settings) {
        this.store = store;
        this.clock = clock;
        this.head = headFile(store, settings);
    }

    static AuditHead headFile(Store store, Settings settings) {
        return new AuditHead(Path.of(settings.needed("hub.audit.head-file")), store.sealing());
    }

    /**
     * Seals what is open and gives how many rows that were; 0 when another node is at it.
     *
     * @throws RuntimeException when the database or the file cannot be written; the next run tries again
     */
    public synchronized int seal() {
        int sealed = 0;
        try {
            int batch;
            do {
                batch = store.inOwnTransaction(this::sealBatch);
                sealed += batch;
            } while (batch == BATCH);
        } catch (DuplicateKeyException e) {
            LOG.debug("Another node seals the audit at this moment");
        }
        keepHead();
        return sealed;
    }

    /** Reads the end first and the rows after it: then rows sealed meanwhile collide on the position. */
    private int sealBatch() {
        Chain end = end(store);
        Instant now = clock.instant();
        boolean full = !now.isBefore(fullLookDue);
        List<Open> rows = store.jdbc()
                .sql("""
                        select a.id, a.mac from audit a
                        where a.seq > :floor and not exists (select 1 from audit_seals s where s.audit = a.id)
                        order by a.seq limit :batch
                        """)
                .param("floor", full ? Long.MIN_VALUE : lastSealedSeq(end) - LOOK_BACK)
                .param("batch", BATCH)
                .query((row, i) -> new Open(row.getObject("id", UUID.class), row.getBytes("mac")))
                .list();
        Chain last = end;
        for (Open row : rows) {
            last = last.next(row.id(), row.mac(), store.sealing());
            store.jdbc()
                    .sql("insert into audit_seals (position, audit, chain, at) values (?, ?, ?, ?)")
                    .params(last.position(), row.id(), last.value(), Store.at(now))
                    .update();
        }
        if (full && rows.size() < BATCH) {
            fullLookDue = now.plus(FULL_LOOK);
        }
        return rows.size();
    }

    static Chain end(Store store) {
        return store.jdbc()
                .sql("select position, chain from audit_seals order by position desc limit 1")
                .query((row, i) -> new Chain(row.getLong("position"), row.getBytes("chain")))
                .optional()
                .orElse(Chain.START);
    }

    private long lastSealedSeq(Chain end) {
        return store.jdbc()
                .sql("select a.seq from audit a join audit_seals s on s.audit = a.id where s.position = ?")
                .param(end.position())
                .query(Long.class)
                .optional()
                .orElse(Long.MIN_VALUE + LOOK_BACK);
    }

    private void keepHead() {
        Chain end = end(store);
        Optional<Chain> kept;
        try {
            kept = head.read();
        } catch (AuditBrokenException e) {
            alarm(e.getMessage());
            return;
        }
        if (kept.isPresent() && !holds(store, kept.get())) {
            alarm("The audit in the database does not hold position "
                    + kept.get().position() + " that " + head + " remembers");
            return;
        }
        alarmed = false;
        if (end.position() > kept.map(Chain::position).orElse(0L)) {
            head.write(end);
        }
    }

    static boolean holds(Store store, Chain kept) {
        return kept.position() <= AuditFloor.read(store).position()
                || store.jdbc()
                        .sql("select chain from audit_seals where position = ?")
                        .param(kept.position())
                        .query((row, i) -> row.getBytes("chain"))
                        .optional()
                        .filter(chain -> Sealing.same(chain, kept.value()))
                        .isPresent();
    }

    private void alarm(String what) {
        if (!alarmed) {
            LOG.error("{}. The file stays as it is; run the audit check.", what);
        }
        alarmed = true;
    }
}
