package io.tsunagi.audit;

import io.tsunagi.store.Store;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Collection;
import java.util.Optional;
import java.util.UUID;

/**
 * Counts what purges remove, in the transaction that removes it, so that a purge killed midway is right as far as it came.
 * The rows' ids go into a hash by rule; {@link PurgeCertificates} signs counts and hashes at the end of a run.
 *
 * <p>Safe for many threads and nodes: whatever is removed at the same time belongs to the same run. Call it last in a
 * transaction, because it holds the run's row from then on.
 */
public final class PurgeLog {
    private final Store store;

    private record Count(long purged, byte[] hash) {}

    public PurgeLog(Store store) {
        this.store = store;
    }

    /** Notes in the running transaction that rows are gone by a rule. */
    public void note(String rule, Collection<UUID> ids) {
        Store.needTransaction();
        if (ids.isEmpty()) {
            return;
        }
        UUID run = current(store);
        Optional<Count> before = store.jdbc()
                .sql("select purged, hash from purge_counts where run = ? and rule = ?")
                .params(run, rule)
                .query((row, i) -> new Count(row.getLong("purged"), row.getBytes("hash")))
                .optional();
        byte[] hash = hash(before.map(Count::hash).orElse(new byte[32]), ids);
        if (before.isPresent()) {
            store.jdbc()
                    .sql("update purge_counts set purged = purged + ?, hash = ? where run = ? and rule = ?")
                    .params(ids.size(), hash, run, rule)
                    .update();
        } else {
            store.jdbc()
                    .sql("insert into purge_counts (run, rule, purged, hash) values (?, ?, ?, ?)")
                    .params(run, rule, ids.size(), hash)
                    .update();
        }
    }

    /** Gives the run that is open, locked for the running transaction. */
    static UUID current(Store store) {
        store.jdbc()
                .sql("insert into purge_current (id, run, opened_at) values (1, ?, ?) on conflict do nothing")
                .params(UUID.randomUUID(), Store.at(store.clock().instant()))
                .update();
        return store.jdbc()
                .sql("select run from purge_current where id = 1 for update")
                .query(UUID.class)
                .single();
    }

    /** SHA-256 of the hash before and the ids in their order of text. */
    static byte[] hash(byte[] before, Collection<UUID> ids) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            digest.update(before);
            ids.stream()
                    .map(UUID::toString)
                    .sorted()
                    .map(UUID::fromString)
                    .forEach(id -> digest.update(ByteBuffer.allocate(16)
                            .putLong(id.getMostSignificantBits())
                            .putLong(id.getLeastSignificantBits())
                            .array()));
            return digest.digest();
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every JDK has SHA-256", e);
        }
    }
}
