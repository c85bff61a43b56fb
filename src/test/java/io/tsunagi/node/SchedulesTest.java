package io.tsunagi.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.tsunagi.config.Settings;
import io.tsunagi.store.Dialect;
import io.tsunagi.store.Store;
import io.tsunagi.store.TestStores;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.impl.DefaultCamelContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** Schedules that several nodes share, on a real PostgreSQL; and those of one node on H2. */
class SchedulesTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final String EACH_SECOND = "* * * * * ?";
    private static final String NEVER_SOON = "0 0 3 1 1 ?";

    private record Run(String node, Date due) {}

    private final Queue<Run> runs = new ConcurrentLinkedQueue<>();
    private final List<AutoCloseable> open = new ArrayList<>();

    @AfterEach
    void close() throws Exception {
        for (int i = open.size() - 1; i >= 0; i--) {
            open.get(i).close();
        }
    }

    private Store store(Dialect dialect) {
        Store store = TestStores.open(dialect);
        open.add(store);
        return store;
    }

    /** Starts a node with routes of these names and crons. */
    private DefaultCamelContext node(Store store, String name, Map<String, String> crons) throws Exception {
        DefaultCamelContext camel = new DefaultCamelContext();
        camel.getCamelContextExtension().setName("tsunagi");
        camel.disableJMX();
        // As Camel names the second context of a JVM.
        camel.getManagementNameStrategy().setNamePattern("tsunagi-of-" + name);
        Schedules schedules = Schedules.of(store, new Node(name));
        schedules.serveRoutesOf(camel);
        camel.addRoutes(new RouteBuilder() {
            @Override
            public void configure() {
                crons.forEach((route, cron) -> from("quartz:test/" + route + "?stateful=true&cron=" + cron)
                        .routeId(route)
                        .process(exchange -> runs.add(
                                new Run(name, exchange.getMessage().getHeader("scheduledFireTime", Date.class)))));
            }
        });
        camel.start();
        schedules.lookAfter(camel);
        open.add(schedules);
        open.add(camel);
        return camel;
    }

    private static List<String> kept(Store store) {
        return store.jdbc()
                .sql("select trigger_name || ' ' || cron_expression from qrtz_cron_triggers order by 1")
                .query(String.class)
                .list();
    }

    @Test
    void each_time_falls_to_one_node_and_the_other_takes_over_when_it_stops() throws Exception {
        Store store = store(Dialect.POSTGRESQL);
        DefaultCamelContext first = node(store, "first", Map.of("tick", EACH_SECOND));
        node(store, "second", Map.of("tick", EACH_SECOND));
        await().atMost(PATIENCE).until(() -> runs.size() >= 3);

        first.stop();
        List<Run> before = List.copyOf(runs);
        await().atMost(PATIENCE).until(() -> runs.size() >= before.size() + 2);

        assertThat(runs).extracting(Run::due).doesNotHaveDuplicates();
        assertThat(runs.stream().skip(before.size())).extracting(Run::node).containsOnly("second");
    }

    @Test
    void a_changed_cron_replaces_the_old_one_and_a_route_that_is_gone_leaves_nothing() throws Exception {
        Store store = store(Dialect.POSTGRESQL);
        node(store, "old", Map.of("stays", NEVER_SOON, "changes", NEVER_SOON, "goes", NEVER_SOON))
                .stop();
        assertThat(kept(store)).containsExactly("changes " + NEVER_SOON, "goes " + NEVER_SOON, "stays " + NEVER_SOON);

        node(store, "new", Map.of("stays", NEVER_SOON, "changes", "0 0 4 1 1 ?"));

        assertThat(kept(store)).containsExactly("changes 0 0 4 1 1 ?", "stays " + NEVER_SOON);
    }

    @Test
    void a_route_removed_while_the_hub_runs_takes_its_schedule_along() throws Exception {
        Store store = store(Dialect.POSTGRESQL);
        DefaultCamelContext camel = node(store, "only", Map.of("stays", NEVER_SOON, "goes", NEVER_SOON));

        camel.getRouteController().stopRoute("goes");
        assertThat(kept(store)).hasSize(2);
        camel.removeRoute("goes");

        assertThat(kept(store)).containsExactly("stays " + NEVER_SOON);
    }

    /** F27 */
    @Test
    void what_a_node_whose_clock_ran_ahead_put_off_comes_back() throws Exception {
        Store store = store(Dialect.POSTGRESQL);
        node(store, "fast", Map.of("tick", EACH_SECOND)).stop();
        int before = runs.size();
        // As it stands after a node fired what was overdue by a clock that was two hours ahead.
        store.jdbc()
                .sql("update qrtz_triggers set next_fire_time = next_fire_time + 7200000")
                .update();

        node(store, "right", Map.of("tick", EACH_SECOND));

        await().atMost(PATIENCE).until(() -> runs.size() >= before + 2);
        assertThat(kept(store)).containsExactly("tick " + EACH_SECOND);
    }

    @Test
    void one_node_on_h2_keeps_them_in_memory() throws Exception {
        Store store = store(Dialect.H2);
        node(store, "only", Map.of("tick", EACH_SECOND));

        await().atMost(PATIENCE).until(() -> !runs.isEmpty());

        assertThat(kept(store)).isEmpty();
    }

    @Test
    void a_check_in_is_the_databases_time_and_is_read_as_the_readers() throws Exception {
        Store store = store(Dialect.POSTGRESQL);
        // A database whose clock is 90 s behind this node's.
        try (Connection connection = store.pool().getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute("create schema behind");
            statement.execute("create function behind.clock_timestamp() returns timestamptz language sql as"
                    + " $$ select pg_catalog.clock_timestamp() - interval '90 s' $$");
            statement.execute("set search_path = behind, pg_catalog, public");
            CheckInsByDatabaseTime checkIns = new CheckInsByDatabaseTime();
            checkIns.initialize(LoggerFactory.getLogger(getClass()), "QRTZ_", "tsunagi", "fast", null, true, "");
            long before = Instant.now().toEpochMilli();

            checkIns.insertSchedulerState(connection, "fast", before, 5_000);
            checkIns.updateSchedulerState(connection, "fast", before);

            try (var row = statement.executeQuery("select last_checkin_time from qrtz_scheduler_state")) {
                row.next();
                assertThat(row.getLong(1)).isLessThan(before - 30_000);
            }
            assertThat(checkIns.selectSchedulerStateRecords(connection, "fast"))
                    .singleElement()
                    .satisfies(
                            record -> assertThat(record.getCheckinTimestamp()).isGreaterThan(before - 30_000));
            statement.execute("reset search_path");
        }
    }

    @Test
    void a_node_is_named_by_its_setting_and_never_like_another_start() {
        Settings settings = Settings.of("", Map.of("hub.node.name", "tokyo-1"));

        assertThat(Node.of(settings).name())
                .startsWith("tokyo-1-")
                .isNotEqualTo(Node.of(settings).name());
        assertThat(Node.of(Settings.of("", Map.of())).name()).isNotBlank();
    }
}
