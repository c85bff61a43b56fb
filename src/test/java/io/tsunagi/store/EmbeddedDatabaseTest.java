package io.tsunagi.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.CannotGetJdbcConnectionException;

/** H2 closed the database under the hub's feet; a full disk itself is {@code DiskFullIT}'s. */
class EmbeddedDatabaseTest {
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    private static boolean works(Store store) {
        try {
            return store.jdbc()
                            .sql("update store_check set checked_at = current_timestamp where id = 1")
                            .update()
                    == 1;
        } catch (DataAccessException e) {
            return false;
        }
    }

    private static void breakDown(Store store) {
        try {
            store.jdbc().sql("shutdown immediately").update();
        } catch (DataAccessException e) {
            // The statement ends its own connection too.
            assertThat(e).isNotInstanceOf(CannotGetJdbcConnectionException.class);
        }
    }

    private static void end(Connection stale) {
        try {
            stale.close();
        } catch (SQLException e) {
            assertThat(e.getErrorCode()).as(e.getMessage()).isIn(90067, 90098, 90121);
        }
    }

    @Test
    void a_database_that_closed_itself_is_opened_again_by_the_next_connection() {
        try (Store store = TestStores.open(Dialect.H2)) {
            breakDown(store);

            await().atMost(PATIENCE).until(() -> works(store));
        }
    }

    /** H2 forgets an open database of that name when the last connection to the closed one ends. */
    @Test
    void one_that_h2_forgot_while_it_was_open_is_opened_once_more() throws SQLException {
        try (Store store =
                Store.open(TestStores.settings(Dialect.H2, Map.of("hub.store.connection-timeout", "PT2S")))) {
            HikariDataSource pool = (HikariDataSource) store.pool();
            Connection stale = pool.getConnection();
            breakDown(store);
            await().atMost(PATIENCE).until(() -> works(store));
            try (Connection inUse = pool.getConnection();
                    Connection outside = store.connect("events", Duration.ofSeconds(1))) {
                end(stale);
                pool.getHikariPoolMXBean().softEvictConnections();
                assertThat(inUse.isClosed()).isFalse();
                inUse.close();

                // All of the pool's end, so that only the one outside still holds the forgotten database.
                pool.getHikariPoolMXBean().softEvictConnections();
                await().atMost(PATIENCE).until(() -> works(store));
                await("the pool fills again")
                        .atMost(PATIENCE)
                        .until(() -> pool.getHikariPoolMXBean().getTotalConnections() >= pool.getMinimumIdle());
            }

            await().atMost(PATIENCE).until(() -> works(store));
            await("the pool fills again")
                    .atMost(PATIENCE)
                    .until(() -> pool.getHikariPoolMXBean().getTotalConnections() >= pool.getMinimumIdle());
        }
    }

    @Test
    void a_thread_interrupted_while_it_writes_closes_the_database_for_nobody() throws Exception {
        try (Store store = TestStores.open(Dialect.H2);
                Connection other = store.pool().getConnection()) {
            AtomicInteger commits = new AtomicInteger();
            for (int i = 0; i < 5; i++) {
                int before = commits.get();
                Thread writer = new Thread(() -> {
                    while (!Thread.currentThread().isInterrupted() && works(store)) {
                        commits.incrementAndGet();
                    }
                });
                writer.start();
                await().atMost(PATIENCE).until(() -> commits.get() > before + 10);
                writer.interrupt();
                writer.join();

                try (var rows = other.createStatement().executeQuery("select count(*) from store_check")) {
                    assertThat(rows.next()).isTrue();
                }
            }
        }
    }
}
