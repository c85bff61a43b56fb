package io.tsunagi.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** A node that is frozen in the middle of a transaction; PostgreSQL's part, as H2 serves one node only. */
class FrozenTransactionTest {
    private static final String LOCK = "select id from key_check where id = 1 for update nowait";

    @Test
    void a_transaction_that_says_nothing_gives_its_locks_up() throws SQLException {
        try (Store store = Store.open(
                        TestStores.settings(Dialect.POSTGRESQL, Map.of("hub.store.idle-transaction", "PT1S")));
                Connection frozen = store.pool().getConnection();
                Connection other = store.pool().getConnection()) {
            frozen.setAutoCommit(false);
            frozen.createStatement().execute(LOCK);
            assertThat(locks(other)).isFalse();

            await().atMost(Duration.ofMinutes(1)).until(() -> locks(other));

            assertThatThrownBy(() -> frozen.createStatement().execute(LOCK)).isInstanceOf(SQLException.class);
        }
    }

    private static boolean locks(Connection connection) {
        try (var statement = connection.createStatement()) {
            return statement.execute(LOCK);
        } catch (SQLException held) {
            assertThat(held.getSQLState()).isEqualTo("55P03");
            return false;
        }
    }
}
