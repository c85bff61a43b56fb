package io.tsunagi.audit;

import static org.assertj.core.api.Assertions.assertThat;

import io.tsunagi.config.Settings;
import io.tsunagi.store.Dialect;
import io.tsunagi.store.Store;
import io.tsunagi.store.TestStores;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** S18, S29: starts, stops and changed settings are seen. */
class NodeAuditTest {
    private static List<String> rows(Store store) {
        return store.jdbc()
                .sql("select act, object, detail from audit order by seq")
                .query((row, i) -> row.getString("act") + " " + row.getString("object") + " "
                        + String.valueOf(row.getString("detail")).replaceFirst("\"settings\":\"[0-9a-f]{64}\"", "…"))
                .list();
    }

    @ParameterizedTest
    @EnumSource(Dialect.class)
    void a_start_says_whether_the_settings_are_those_of_the_one_before(Dialect dialect) {
        Settings settings = TestStores.settings(dialect, Map.of());
        try (Store store = Store.open(settings)) {
            NodeAudit node = new NodeAudit(store, new Audit(store, store.clock()), "n1");
            node.started(Settings.of("", Map.of("hub.media.keep", "P30D")), "1.0.0", "");
            node.stopped();
            node.started(
                    Settings.of("", Map.of("hub.media.keep", "P30D", "hub.line.account.main.secret", "s")),
                    "1.0.0",
                    "");
            node.started(Settings.of("", Map.of("hub.media.keep", "P31D")), "1.0.1", "");
            node.started(Settings.of("", Map.of("hub.media.keep", "P31D")), "1.0.1", "f1");
            new NodeAudit(store, new Audit(store, store.clock()), "n2")
                    .started(
                            Settings.of(
                                    "",
                                    Map.of("hub.media.keep", "P31D", "hub.node.name", "n2", "hub.http.port", "8090")),
                            "1.0.1",
                            "");

            assertThat(rows(store))
                    .containsExactly(
                            "start-hub node/n1 {\"changed\":\"false\",\"files\":\"\",…,\"version\":\"1.0.0\"}",
                            "stop-hub node/n1 null",
                            "start-hub node/n1 {\"changed\":\"false\",\"files\":\"\",…,\"version\":\"1.0.0\"}",
                            "start-hub node/n1 {\"changed\":\"true\",\"files\":\"\",…,\"version\":\"1.0.1\"}",
                            "start-hub node/n1 {\"changed\":\"false\",\"files\":\"f1\",…,\"version\":\"1.0.1\"}",
                            "start-hub node/n2 {\"changed\":\"false\",\"files\":\"\",…,\"version\":\"1.0.1\"}");
        }
    }

    /** The hub stops all the same. */
    @ParameterizedTest
    @EnumSource(Dialect.class)
    void a_stop_without_a_database_is_no_error(Dialect dialect) {
        Store store = Store.open(TestStores.settings(dialect, Map.of()));
        NodeAudit node = new NodeAudit(store, new Audit(store, store.clock()), "n1");
        store.close();

        node.stopped();

        assertThat(store.jdbc()).isNotNull();
    }

    @ParameterizedTest
    @EnumSource(Dialect.class)
    void a_start_that_is_refused_is_audited_too(Dialect dialect) {
        try (Store store = Store.open(TestStores.settings(dialect, Map.of()))) {
            new NodeAudit(store, new Audit(store, store.clock()), "n1").refused("console/app.js");

            assertThat(rows(store)).containsExactly("refuse-start node/n1 {\"files\":\"console/app.js\"}");
        }
    }

    /** With nothing to bound it, the stop would wait an hour for a connection. */
    @ParameterizedTest
    @EnumSource(Dialect.class)
    @Timeout(value = 5, unit = TimeUnit.MINUTES)
    void a_stop_does_not_wait_for_a_database_that_says_nothing(Dialect dialect) throws Exception {
        Store store = Store.open(TestStores.settings(
                dialect, Map.of("hub.store.connections", "4", "hub.store.connection-timeout", "PT1H")));
        List<Connection> all = new ArrayList<>();
        try {
            for (int i = 0; i < 4; i++) {
                all.add(store.pool().getConnection());
            }

            new NodeAudit(store, new Audit(store, store.clock()), "n1").stopped();

            assertThat(all).as("none came free meanwhile").noneMatch(NodeAuditTest::isClosed);
        } finally {
            for (Connection each : all) {
                each.close();
            }
            store.close();
        }
    }

    private static boolean isClosed(Connection connection) {
        try {
            return connection.isClosed();
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }
}
