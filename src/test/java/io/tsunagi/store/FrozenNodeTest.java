package io.tsunagi.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.tsunagi.config.Settings;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A node that freezes in the middle of a transaction; F12. */
class FrozenNodeTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final String LOCK = "update key_check set sealed = sealed where id = 1";

    private Store frozen;
    private Store other;

    @BeforeEach
    void open() {
        Settings settings = TestStores.settings(Dialect.POSTGRESQL, Map.of("hub.store.idle-transaction", "PT1S"));
        frozen = Store.open(settings);
        other = Store.open(settings);
    }

    @AfterEach
    void close() {
        frozen.close();
        other.close();
    }

    @Test
    void what_it_has_locked_is_free_again_and_its_late_commit_fails() {
        CountDownLatch locked = new CountDownLatch(1);
        CountDownLatch thawed = new CountDownLatch(1);
        CompletableFuture<Void> work = CompletableFuture.runAsync(() -> frozen.inTransaction(() -> {
            frozen.jdbc().sql(LOCK).update();
            locked.countDown();
            await().atMost(PATIENCE).until(() -> thawed.getCount() == 0);
        }));
        await().atMost(PATIENCE).until(() -> locked.getCount() == 0);

        assertThat(other.jdbc().sql(LOCK).update()).isOne();

        thawed.countDown();
        assertThatThrownBy(work::join).isNotNull();
        assertThat(frozen.jdbc().sql(LOCK).update()).as("it goes on").isOne();
    }

    @Test
    void what_its_writer_of_events_has_locked_is_free_again() throws SQLException {
        try (Connection writer = frozen.connect("events", PATIENCE)) {
            writer.setAutoCommit(false);
            writer.createStatement().execute(LOCK);

            assertThat(other.jdbc().sql(LOCK).update()).isOne();

            assertThatThrownBy(writer::commit).isInstanceOf(SQLException.class);
        }
    }
}
