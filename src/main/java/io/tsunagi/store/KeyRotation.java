package io.tsunagi.store;

import io.tsunagi.config.SettingsException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.springframework.jdbc.core.JdbcTemplate;

/**
 * Replaces the key of customers' words while hubs run on them (PCI DSS v4.0.1, 3.7.4 and 3.7.5).
 *
 * <p>The new key seals from the moment it stands in the keyset; what older keys sealed is opened and sealed anew, batch by
 * batch, each a transaction. Rows that somebody has in hand are passed over and met in the next pass. Old keys stay and
 * only open, until {@link #destroyOld}. Killed anywhere, everything opens, and the next run goes on with the same key.
 * One rotation at a time on all nodes.
 */
public final class KeyRotation {
    /** No transaction of any node is older than this: none can still bring a value of an old key. */
    static final Duration SETTLED = Duration.ofMinutes(1);

    private static final int BATCH = 200;
    private static final UUID NIL = new UUID(0, 0);

    private final Store store;

    private final Path folder;

    private record Open(UUID rotation, int key) {}

    private record Row(UUID id, List<byte[]> values) {}

    /**
     * What a run did.
     *
     * @param key the id of the key that seals from now on
     * @param resumed whether it went on with a rotation that had not come to its end
     * @param values how many it sealed anew
     * @param unreadable values that no key opens, as {@code table.column/row}; they stay as they are
     */
    public record Report(int key, boolean resumed, long values, List<String> unreadable) {
        public Report {
            unreadable = List.copyOf(unreadable);
        }
    }

    /** @param folder {@code hub.store.key-dir} */
    public KeyRotation(Store store, Path folder) {
        this.store = store;
        this.folder = folder;
    }

    /**
     * Begins a rotation, or goes on with one that was cut short, and ends when nothing is sealed with an older key.
     *
     * @param progress is told after each batch which table is worked on and how many values were sealed so far
     * @throws SettingsException when another rotation runs, or the folder of keys cannot be written
     */
    public Report run(Consumer<String> progress) {
        return alone(() -> {
            Optional<Open> cut = unfinished();
            Open open = cut.isPresent() ? goOn(cut.get()) : begin();
            long writtenAt = System.nanoTime();
            store.sealing().sealLookupKeyAnew();
            store.sealing().master().rewrap();
            checkValues();
            List<String> unreadable = new ArrayList<>();
            long values = 0;
            long pass;
            boolean last;
            do {
                // From here on no node begins anything with an older key.
                last = System.nanoTime() - writtenAt >= 2 * Sealing.NOTICED.toNanos();
                unreadable.clear();
                pass = pass(progress, values, unreadable);
                values += pass;
                // What is left after a pass that found nothing, somebody has in hand, for moments.
                last &= pass == 0 && left() <= unreadable.size();
                if (!last) {
                    LockSupport.parkNanos(Sealing.NOTICED.toNanos() / 2);
                }
            } while (!last);
            store.jdbc()
                    .sql("update key_rotations set finished_at = ?, unreadable = ? where id = ?")
                    .params(Store.at(store.clock().instant()), unreadable.size(), open.rotation())
                    .update();
            return new Report(open.key(), cut.isPresent(), values, unreadable);
        });
    }

    /**
     * Destroys the keys that seal nothing any more. What was sealed with them elsewhere, such as in a backup of the
     * database, can then only be opened with a backup of the keys.
     *
     * @param despiteUnreadable whether values that none of the keys opens may stay as they are
     * @param before is told the ids of the keys right before they go; what it throws keeps them
     * @return the ids of the keys destroyed
     * @throws SettingsException when values still need one of them, or the last rotation has not settled
     */
    public List<Integer> destroyOld(boolean despiteUnreadable, Consumer<List<Integer>> before) {
        return alone(() -> {
            if (unfinished().isPresent()) {
                throw new SettingsException(
                        "A rotation of keys has not come to its end. Run the command keys rotate first.");
            }
            Instant finished = store.jdbc()
                    .sql("select max(finished_at) as at from key_rotations")
                    .query((row, i) -> Store.instant(row.getTimestamp("at")))
                    .optional()
                    .orElse(null);
            if (finished != null && store.clock().instant().isBefore(finished.plus(SETTLED))) {
                throw new SettingsException("The last rotation ended less than " + SETTLED.toSeconds()
                        + " s ago; some work may still be sealed with an older key. Try again after that.");
            }
            long left = left();
            List<String> unreadable = left == 0 ? List.of() : unreadable();
            if (left > unreadable.size()) {
                throw new SettingsException((left - unreadable.size()) + " values are still sealed with older keys."
                        + " Run the command keys rotate first.");
            }
            if (!unreadable.isEmpty() && !despiteUnreadable) {
                throw new SettingsException("No key opens " + String.join(", ", unreadable) + ". Restore the keys that"
                        + " do, or say with --despite-unreadable that these values are lost.");
            }
            List<Integer> old = store.sealing().keyIds().stream()
                    .filter(key -> key != store.sealing().primary())
                    .toList();
            if (!old.isEmpty()) {
                Sealing.Next alone = store.sealing().onlyPrimary();
                before.accept(old);
                store.sealing().replace(alone);
            }
            return old;
        });
    }

    /** Gives how many values each key seals, the first key first; 0 names values of keys that the keyset does not hold. */
    public Map<Integer, Long> usage() {
        Map<Integer, Long> usage = new LinkedHashMap<>();
        List<Integer> keys = store.sealing().keyIds();
        usage.put(store.sealing().primary(), 0L);
        keys.forEach(key -> usage.putIfAbsent(key, 0L));
        for (SealedTable table : SealedTable.ALL) {
            for (String column : table.columns()) {
                long all = count(table, column, null);
                for (int key : keys) {
                    long sealed = count(table, column, key);
                    usage.merge(key, sealed, Long::sum);
                    all -= sealed;
                }
                if (all > 0) {
                    usage.merge(0, all, Long::sum);
                }
            }
        }
        return usage;
    }

    private long left() {
        return usage().entrySet().stream()
                .filter(use -> use.getKey() != store.sealing().primary())
                .mapToLong(Map.Entry::getValue)
                .sum();
    }

    private long count(SealedTable table, String column, Integer key) {
        var sql = store.jdbc()
                .sql("select count(*) from " + table.name() + " where " + column + " is not null"
                        + (key == null ? "" : " and substring(" + column + " from 1 for 5) = ?"));
        return (key == null ? sql : sql.param(Sealing.prefix(key)))
                .query(Long.class)
                .single();
    }

    private Optional<Open> unfinished() {
        return store.jdbc()
                .sql("select id, key_id from key_rotations where finished_at is null")
                .query((row, i) -> new Open(row.getObject("id", UUID.class), (int) row.getLong("key_id")))
                .optional();
    }

    private Open begin() throws IOException, GeneralSecurityException {
        Sealing.Next fresh = store.sealing().withFreshKey();
        Open open = new Open(UUID.randomUUID(), fresh.primary());
        store.jdbc()
                .sql("insert into key_rotations (id, key_id, started_at) values (?, ?, ?)")
                .params(
                        open.rotation(),
                        (long) open.key(),
                        Store.at(store.clock().instant()))
                .update();
        store.sealing().replace(fresh);
        return open;
    }

    /** Killed between the row and the file, the key that the row names never was. */
    private Open goOn(Open cut) throws IOException, GeneralSecurityException {
        if (store.sealing().primary() == cut.key()) {
            return cut;
        }
        Sealing.Next fresh = store.sealing().withFreshKey();
        int key = fresh.primary();
        store.jdbc()
                .sql("update key_rotations set key_id = ? where id = ?")
                .params((long) key, cut.rotation())
                .update();
        store.sealing().replace(fresh);
        return new Open(cut.rotation(), key);
    }

    /** The values by which a start tells right keys from wrong ones. */
    private void checkValues() {
        store.inOwnTransaction(() -> {
            store.jdbc()
                    .sql("select id, sealed from key_check for update")
                    .query((row, i) -> Map.entry(row.getInt("id"), row.getBytes("sealed")))
                    .list()
                    .forEach(value -> {
                        UUID place = new UUID(0, value.getKey());
                        byte[] clear = store.sealing().open("key_check", place, value.getValue());
                        store.jdbc()
                                .sql("update key_check set sealed = ? where id = ?")
                                .params(store.sealing().seal("key_check", place, clear), value.getKey())
                                .update();
                    });
            return null;
        });
    }

    private long pass(Consumer<String> progress, long before, List<String> unreadable) {
        long values = 0;
        for (SealedTable table : SealedTable.ALL) {
            UUID last = NIL;
            while (last != null) {
                UUID from = last;
                Batch batch = store.inOwnTransaction(() -> batch(table, from));
                values += batch.values();
                unreadable.addAll(batch.unreadable());
                last = batch.last();
                if (batch.values() > 0) {
                    progress.accept(table.name() + ": " + (before + values) + " values sealed anew");
                }
            }
        }
        return values;
    }

    private record Batch(UUID last, long values, List<String> unreadable) {}

    private List<Row> notSealedAnew(SealedTable table, UUID after, String lock) {
        byte[] prefix = Sealing.prefix(store.sealing().primary());
        List<Object> params = new ArrayList<>(List.of(after));
        table.columns().forEach(column -> params.add(prefix));
        params.add(BATCH);
        return store.jdbc()
                .sql("select " + table.key() + ", " + String.join(", ", table.columns()) + " from " + table.name()
                        + " where " + table.key() + " > ? and ("
                        + table.columns().stream()
                                .map(column -> "substring(" + column + " from 1 for 5) <> ?")
                                .collect(Collectors.joining(" or "))
                        + ") order by " + table.key() + " limit ?" + lock)
                .params(params)
                .query((row, i) -> {
                    List<byte[]> values = new ArrayList<>();
                    for (String column : table.columns()) {
                        values.add(row.getBytes(column));
                    }
                    return new Row(row.getObject(table.key(), UUID.class), values);
                })
                .list();
    }

    /** Each value is sealed anew by itself: one that does not open leaves the others of its row where they need no old key. */
    private Batch batch(SealedTable table, UUID after) {
        List<Row> rows = notSealedAnew(table, after, " for update skip locked");
        List<String> unreadable = new ArrayList<>();
        List<Object[]> anew = new ArrayList<>();
        long values = 0;
        for (Row row : rows) {
            Object[] sealed = new Object[table.columns().size() + 1];
            int opened = 0;
            for (int i = 0; i < table.columns().size(); i++) {
                byte[] old = row.values().get(i);
                sealed[i] = old;
                if (withOlderKey(old)) {
                    Optional<byte[]> clear = opened(table, row.id(), old);
                    if (clear.isPresent()) {
                        sealed[i] = store.sealing().seal(table.name(), row.id(), clear.get());
                        opened++;
                    } else {
                        unreadable.add(place(table, i, row.id()));
                    }
                }
            }
            if (opened > 0) {
                sealed[table.columns().size()] = row.id();
                anew.add(sealed);
                values += opened;
            }
        }
        if (!anew.isEmpty()) {
            new JdbcTemplate(store.pool())
                    .batchUpdate(
                            "update " + table.name() + " set "
                                    + table.columns().stream()
                                            .map(column -> column + " = ?")
                                            .collect(Collectors.joining(", "))
                                    + " where " + table.key() + " = ?",
                            anew);
        }
        return new Batch(next(rows), values, unreadable);
    }

    /** Gives the values that are not sealed with the first key and that no other key opens either. */
    private List<String> unreadable() {
        List<String> found = new ArrayList<>();
        for (SealedTable table : SealedTable.ALL) {
            UUID last = NIL;
            while (last != null) {
                List<Row> rows = notSealedAnew(table, last, "");
                for (Row row : rows) {
                    for (int i = 0; i < table.columns().size(); i++) {
                        byte[] value = row.values().get(i);
                        if (withOlderKey(value)
                                && opened(table, row.id(), value).isEmpty()) {
                            found.add(place(table, i, row.id()));
                        }
                    }
                }
                last = next(rows);
            }
        }
        return found;
    }

    private static UUID next(List<Row> rows) {
        return rows.size() < BATCH ? null : rows.get(rows.size() - 1).id();
    }

    private boolean withOlderKey(byte[] sealed) {
        byte[] prefix = Sealing.prefix(store.sealing().primary());
        return sealed != null && !Arrays.equals(sealed, 0, Math.min(sealed.length, prefix.length), prefix, 0, 5);
    }

    private Optional<byte[]> opened(SealedTable table, UUID row, byte[] sealed) {
        try {
            return Optional.of(store.sealing().open(table.name(), row, sealed));
        } catch (IllegalStateException e) {
            return Optional.empty();
        }
    }

    private static String place(SealedTable table, int column, UUID row) {
        return table.name() + "." + table.columns().get(column) + "/" + row;
    }

    private interface Act<T> {
        T run() throws IOException, GeneralSecurityException;
    }

    private <T> T alone(Act<T> act) {
        try (FileChannel file = FileChannel.open(
                        folder.resolve("rotation.lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                FileLock lock = file.tryLock()) {
            if (lock == null) {
                throw otherRuns();
            }
            // What was read before the lock, another rotation may have replaced.
            store.sealing().readAgain();
            return act.run();
        } catch (OverlappingFileLockException e) {
            throw otherRuns();
        } catch (IOException | GeneralSecurityException e) {
            throw new SettingsException("The keys in " + folder + " cannot be replaced: " + e.getMessage()
                    + ". Check hub.store.key-dir; nothing is lost.");
        }
    }

    private static SettingsException otherRuns() {
        return new SettingsException("Another rotation of keys runs. Wait for its end.");
    }
}
