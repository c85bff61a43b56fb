package io.tsunagi.store;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/**
 * What a turn's transaction has in hand: rows it holds, so that they are read once, and writes that nothing has read yet.
 *
 * <p>Writes are sent when somebody asks the database for something, or at the commit: those with the same text as one
 * batch, whatever lanes they are of. Writes of one lane keep their order; between lanes there is none, because no two
 * share a row. A statement of anybody who does not know of this ({@link Store#jdbc()}) makes its lane forget what it
 * holds. Belongs to the thread of its transaction, and ends with it.
 */
final class InHand implements TransactionSynchronization {
    private static final Object KEY = new Object();

    /** Writes with one text that follow no write of their own lane that comes later. */
    private record Batch(String sql, List<Object[]> rows) {}

    private final JdbcTemplate jdbc;
    private final List<Batch> batches = new ArrayList<>();

    /** The place, among the batches, of a lane's last write. */
    private final Map<UUID, Integer> last = new HashMap<>();

    /** Values of writes that say all of a row, by text and row: what is said again before they go out stands in their place. */
    private final Map<Row, Object[]> whole = new HashMap<>();

    private record Row(String sql, UUID id) {}

    private final Map<UUID, Map<Object, Object>> held = new HashMap<>();
    private UUID lane;

    /** What the database refused; the writes that were to follow it are gone, so that nothing may be committed. */
    private RuntimeException refused;

    private InHand(JdbcTemplate jdbc) {
        this.jdbc = jdbc;
    }

    /** Begins for the running transaction. */
    static InHand begin(JdbcTemplate jdbc) {
        Store.needTransaction();
        InHand inHand = new InHand(jdbc);
        TransactionSynchronizationManager.bindResource(KEY, inHand);
        TransactionSynchronizationManager.registerSynchronization(inHand);
        return inHand;
    }

    /** Gives what the running transaction has in hand; null outside of turns. */
    static InHand current() {
        return (InHand) TransactionSynchronizationManager.getResource(KEY);
    }

    /** Says whose rows are held and written from here on. */
    void of(UUID newLane) {
        lane = newLane;
    }

    void hold(Object key, Object row) {
        held.computeIfAbsent(lane, any -> new HashMap<>()).put(key, row);
    }

    Optional<Object> held(Object key) {
        return Optional.ofNullable(held.getOrDefault(lane, Map.of()).get(key));
    }

    /** What the lane holds may not be so any more. */
    void forget() {
        held.remove(lane);
    }

    void write(String sql, Object[] values) {
        int place = last.getOrDefault(lane, 0);
        while (place < batches.size() && !batches.get(place).sql().equals(sql)) {
            place++;
        }
        if (place == batches.size()) {
            batches.add(new Batch(sql, new ArrayList<>()));
        }
        batches.get(place).rows().add(values);
        last.put(lane, place);
    }

    void writeWhole(String sql, UUID id, Object[] values) {
        Object[] waiting = whole.get(new Row(sql, id));
        if (waiting == null) {
            write(sql, values);
            whole.put(new Row(sql, id), values);
        } else {
            System.arraycopy(values, 0, waiting, 0, values.length);
        }
    }

    boolean waits(String sql, UUID id) {
        return whole.containsKey(new Row(sql, id));
    }

    @Override
    public void flush() {
        if (refused != null) {
            throw refused;
        }
        if (batches.isEmpty()) {
            return;
        }
        List<Batch> all = List.copyOf(batches);
        batches.clear();
        last.clear();
        whole.clear();
        try {
            all.forEach(this::send);
        } catch (RuntimeException e) {
            refused = e;
            throw e;
        }
    }

    private void send(Batch batch) {
        if (batch.rows().size() == 1) {
            jdbc.update(batch.sql(), batch.rows().get(0));
        } else {
            jdbc.batchUpdate(batch.sql(), batch.rows());
        }
    }

    @Override
    public void suspend() {
        TransactionSynchronizationManager.unbindResource(KEY);
    }

    @Override
    public void resume() {
        TransactionSynchronizationManager.bindResource(KEY, this);
    }

    @Override
    public void beforeCommit(boolean readOnly) {
        flush();
    }

    @Override
    public void beforeCompletion() {
        TransactionSynchronizationManager.unbindResourceIfPossible(KEY);
    }
}
