package io.tsunagi.bench;

import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.BiConsumer;

/**
 * One durable step of the reference: a thread that takes all that waits, up to {@value #BATCH}, writes it in one commit,
 * and passes it on. What arrives while a commit runs shares the next one; nothing waits for company.
 */
final class Stage<T> {
    private static final int BATCH = 512;
    private static final int ROOM = 20_000;

    /** Writes a batch; the commit comes after it. */
    interface Step<T> {
        void write(Connection connection, List<T> batch) throws SQLException;
    }

    private final BlockingQueue<T> queue = new LinkedBlockingQueue<>(ROOM);
    private final String name;
    private final HikariDataSource pool;
    private final Step<T> step;
    private final BiConsumer<List<T>, Boolean> after;

    /** @param after is told each batch and whether it is durable */
    Stage(String name, HikariDataSource pool, Step<T> step, BiConsumer<List<T>, Boolean> after) {
        this.name = name;
        this.pool = pool;
        this.step = step;
        this.after = after;
    }

    Stage<T> start() {
        Thread writer = new Thread(this::run, name);
        writer.setDaemon(true);
        writer.start();
        return this;
    }

    /** Says whether there is room for one more. */
    boolean offer(T one) {
        return queue.offer(one);
    }

    private void run() {
        List<T> batch = new ArrayList<>(BATCH);
        while (true) {
            try {
                batch.add(queue.take());
            } catch (InterruptedException stopped) {
                return;
            }
            queue.drainTo(batch, BATCH - 1);
            after.accept(List.copyOf(batch), durable(batch));
            batch.clear();
        }
    }

    private boolean durable(List<T> batch) {
        try (Connection connection = pool.getConnection()) {
            step.write(connection, batch);
            connection.commit();
            return true;
        } catch (SQLException e) {
            System.err.println("The reference cannot " + name + " " + batch.size() + " rows: " + e.getMessage());
            return false;
        }
    }
}
