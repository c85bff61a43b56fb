package io.tsunagi.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.tsunagi.config.Settings;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** What is promised to whoever hands events in: a yes is on disk, and an answer comes soon. */
@ParameterizedClass
@EnumSource(Dialect.class)
class GroupCommitTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    @Parameter
    Dialect dialect;

    private final Deque<AutoCloseable> open = new ArrayDeque<>();
    private final Set<UUID> woken = ConcurrentHashMap.newKeySet();
    private final SimpleMeterRegistry metrics = new SimpleMeterRegistry();
    private Settings settings;
    private Store store;
    private GroupCommit events;

    @BeforeEach
    void open() {
        settings = TestStores.settings(dialect, Map.of());
        store = keep(Store.open(settings));
        events = commit(store, 1_000, PATIENCE);
    }

    @AfterEach
    void close() throws Exception {
        while (!open.isEmpty()) {
            open.pop().close();
        }
    }

    private <T extends AutoCloseable> T keep(T part) {
        open.push(part);
        return part;
    }

    private GroupCommit commit(Store in, int mostEvents, Duration patience) {
        Signals signals = new Signals();
        signals.listen((kind, id) -> woken.add(id));
        return keep(new GroupCommit(in, signals, Clock.systemUTC(), metrics, mostEvents, 10_000_000, patience));
    }

    /** As the hub makes it. */
    private GroupCommit impatient() {
        events.close();
        return keep(new GroupCommit(
                store, new Signals(), Clock.systemUTC(), metrics, 1_000, 10_000_000, Duration.ofMillis(900)));
    }

    @Test
    void a_yes_is_on_disk_and_its_lanes_are_woken() {
        assertThat(events.keep(List.of()).join()).isTrue();
        assertThat(events.keep(List.of(event("e1"), event("e2"), event("e2"))).join())
                .isTrue();

        assertThat(count()).isEqualTo(2);
        Ledger.Arrival kept = event("e1");
        await().atMost(PATIENCE).until(() -> woken.contains(kept.lane()));
        byte[] sealed = store.jdbc()
                .sql("select body from events where id = ?")
                .param(kept.id())
                .query(byte[].class)
                .single();
        assertThat(store.sealing().open("events", kept.id(), sealed)).isEqualTo(kept.json());
        assertThat(store.jdbc()
                        .sql("select account, kind, source, type, state, occurred_at from events where id = ?")
                        .param(kept.id())
                        .query()
                        .singleRow()
                        .values())
                .startsWith("main", "user", "e1", "message", "WAITING");
        assertThat(Store.instant(store.jdbc()
                        .sql("select occurred_at from events where id = ?")
                        .param(kept.id())
                        .query(java.time.OffsetDateTime.class)
                        .single()))
                .isEqualTo(kept.occurredAt());
    }

    @Test
    void what_comes_while_a_commit_runs_shares_the_next_one() throws Exception {
        CompletableFuture<Boolean> first;
        List<CompletableFuture<Boolean>> others;
        try (Connection holder = holding(event("held"))) {
            first = events.keep(List.of(event("held")));
            others = hold(first, 100);
            holder.rollback();
        }

        assertThat(first.join()).isTrue();
        assertThat(others).allMatch(CompletableFuture::join);
        assertThat(count()).isEqualTo(101);
        assertThat(metrics.get("tsunagi.store.commit.events").summary().count()).isEqualTo(2);
        assertThat(metrics.get("tsunagi.store.commit.events").summary().max()).isEqualTo(100);
        // Who waits is told first.
        await().atMost(PATIENCE)
                .until(() -> metrics.get("tsunagi.store.waiting.events").gauge().value() == 0);
    }

    @Test
    void more_than_may_wait_is_refused_at_once() throws Exception {
        GroupCommit small = commit(store, 10, PATIENCE);
        List<CompletableFuture<Boolean>> waiting;
        try (Connection holder = holding(event("held"))) {
            waiting = hold(small, small.keep(List.of(event("held"))), 9);

            assertThat(small.keep(List.of(event("one too many")))).isCompletedWithValue(false);
            holder.rollback();
        }

        assertThat(waiting).allMatch(CompletableFuture::join);
        assertThat(small.keep(List.of(event("there is room again"))).join()).isTrue();
        assertThat(count()).isEqualTo(11);
    }

    @Test
    void a_database_that_does_not_answer_is_a_no_soon_and_a_yes_again_when_it_does() throws Exception {
        GroupCommit impatient = impatient();
        try (Connection holder = holding(event("held"))) {
            execute(holder, "update key_check set id = id");

            assertThat(impatient.keep(List.of(event("held"))).join()).isFalse();
            await().atMost(PATIENCE).until(() -> impatient.trouble().isPresent());
            holder.rollback();
        }

        await().atMost(PATIENCE).until(() -> impatient.trouble().isEmpty());
        assertThat(impatient.keep(List.of(event("held"))).join()).isTrue();
        assertThat(count("source = 'held'")).isOne();
    }

    /** F36 */
    @Test
    void an_event_sent_five_times_at_once_on_two_nodes_is_kept_once_and_always_acknowledged() {
        Store other = keep(Store.open(settings));
        List<GroupCommit> nodes = List.of(events, commit(other, 10_000, PATIENCE));
        List<CompletableFuture<Boolean>> answers = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            for (int copy = 0; copy < 5; copy++) {
                answers.add(nodes.get((i + copy) % 2).keep(List.of(event("e" + i), event("f" + i))));
            }
        }

        assertThat(answers).allMatch(CompletableFuture::join);
        assertThat(count()).isEqualTo(400);
    }

    @Test
    void a_row_the_database_refuses_costs_only_its_own_request() throws Exception {
        Ledger.Arrival refused =
                new Ledger.Arrival("main", "bad", "user", "U".repeat(200), "message", Instant.now(), new byte[] {1});
        CompletableFuture<Boolean> first;
        List<CompletableFuture<Boolean>> good;
        CompletableFuture<Boolean> bad;
        try (Connection holder = holding(event("held"))) {
            first = events.keep(List.of(event("held")));
            good = new ArrayList<>(hold(first, 20));
            bad = events.keep(List.of(event("beside the bad one"), refused));
            good.addAll(hold(first, 20));
            holder.rollback();
        }

        assertThat(first.join()).isTrue();
        assertThat(good).allMatch(CompletableFuture::join);
        assertThat(bad.join()).isFalse();
        assertThat(count("source = 'beside the bad one'")).isOne();
        assertThat(events.trouble()).isEmpty();
    }

    /** F05, F08 */
    @Test
    void a_connection_that_broke_costs_no_event() throws Exception {
        assertThat(events.keep(List.of(event("before"))).join()).isTrue();
        if (dialect == Dialect.H2) {
            outage().close();
        } else {
            execute(store, "select pg_terminate_backend(" + writersBackend() + ")");
        }

        assertThat(events.keep(List.of(event("after"))).join()).isTrue();
        assertThat(keep(Store.open(settings))
                        .jdbc()
                        .sql("select source from events")
                        .query(String.class)
                        .list())
                .containsExactlyInAnyOrder("before", "after");
    }

    /** F05 */
    @Test
    void while_the_store_is_gone_under_load_a_yes_is_kept_and_afterwards_it_heals_by_itself() throws Exception {
        GroupCommit impatient = impatient();
        Set<String> acknowledged = ConcurrentHashMap.newKeySet();
        AtomicBoolean over = new AtomicBoolean();
        List<CompletableFuture<Boolean>> answers = new ArrayList<>();
        Thread load = new Thread(() -> {
            for (int i = 0; !over.get(); i++) {
                String id = "load" + i;
                answers.add(impatient.keep(List.of(event(id))).thenApply(kept -> {
                    if (kept) {
                        acknowledged.add(id);
                    }
                    return kept;
                }));
                java.util.concurrent.locks.LockSupport.parkNanos(1_000_000);
            }
        });
        load.start();
        await().atMost(PATIENCE).until(() -> acknowledged.size() > 20);

        try (AutoCloseable outage = outage()) {
            await().atMost(PATIENCE).until(() -> impatient.trouble().isPresent());
            assertThat(impatient.keep(List.of(event("during"))).join()).isFalse();
        }
        await().atMost(PATIENCE).until(() -> impatient.trouble().isEmpty());
        int before = acknowledged.size();
        await().atMost(PATIENCE).until(() -> acknowledged.size() > before + 20);
        over.set(true);
        load.join();
        CompletableFuture.allOf(answers.toArray(CompletableFuture[]::new)).join();

        assertThat(answers).anyMatch(answer -> !answer.join());
        Store afterwards = keep(Store.open(settings));
        assertThat(afterwards
                        .jdbc()
                        .sql("select source from events")
                        .query(String.class)
                        .list())
                .doesNotHaveDuplicates()
                .containsAll(acknowledged);
    }

    /** F07 */
    @Test
    void a_database_that_hangs_without_a_word_is_given_up_for_a_fresh_connection() throws Exception {
        assumeTrue(dialect == Dialect.POSTGRESQL, "H2 has no other end that could hang");
        GroupCommit impatient = impatient();
        await().atMost(PATIENCE)
                .until(() -> impatient.keep(List.of(event("before"))).join());
        String backend = writersBackend();
        signal("-STOP", backend);
        try {
            assertThat(impatient.keep(List.of(event("hangs"))).join()).isFalse();
            await().atMost(PATIENCE)
                    .until(() -> impatient.keep(List.of(event("after"))).join());
        } finally {
            signal("-CONT", backend);
        }
        assertThat(count("source = 'after'")).isOne();
    }

    @Test
    void a_close_writes_what_was_handed_in_and_takes_nothing_more() throws Exception {
        CompletableFuture<Boolean> first;
        List<CompletableFuture<Boolean>> others;
        Thread closing = new Thread(events::close);
        try (Connection holder = holding(event("held"))) {
            first = events.keep(List.of(event("held")));
            others = hold(first, 5);
            closing.start();
            await().atMost(PATIENCE)
                    .until(() -> events.keep(List.of(event("late"))).isDone());
            holder.rollback();
        }
        closing.join();

        assertThat(first.join()).isTrue();
        assertThat(others).allMatch(CompletableFuture::join);
        assertThat(events.keep(List.of(event("too late")))).isCompletedWithValue(false);
        assertThat(count("source = 'too late'")).isZero();
    }

    /** Hands in events while the writer is held by the first. */
    private List<CompletableFuture<Boolean>> hold(CompletableFuture<Boolean> first, int more) {
        return hold(events, first, more);
    }

    private List<CompletableFuture<Boolean>> hold(GroupCommit in, CompletableFuture<Boolean> first, int more) {
        await().atMost(PATIENCE).until(() -> first.isDone() || in.isWriting());
        return IntStream.range(0, more)
                .mapToObj(i -> in.keep(List.of(event(UUID.randomUUID().toString()))))
                .toList();
    }

    /** Holds an event's row uncommitted, so that whoever inserts it has to wait. */
    private Connection holding(Ledger.Arrival event) throws SQLException {
        Connection holder = store.pool().getConnection();
        holder.setAutoCommit(false);
        LedgerInsert.write(holder, List.of(LedgerRow.of(event, store.sealing())), Instant.now());
        return holder;
    }

    private String writersBackend() {
        return store.jdbc()
                .sql("select cast(pid as varchar) from pg_stat_activity"
                        + " where datname = current_database() and application_name = 'tsunagi-events'")
                .query(String.class)
                .single();
    }

    private static void signal(String name, String process) throws Exception {
        assertThat(new ProcessBuilder("kill", name, process).start().waitFor()).isZero();
    }

    /** Takes the database away from everyone until it is closed. */
    private AutoCloseable outage() throws SQLException {
        String url = settings.needed("hub.store.url");
        if (dialect == Dialect.H2) {
            Connection alone = DriverManager.getConnection(url, "tsunagi", "");
            execute(alone, "set exclusive 2");
            return () -> {
                execute(alone, "set exclusive false");
                alone.close();
            };
        }
        String name = url.replaceFirst(".*/(\\w+)\\?.*", "$1");
        Connection elsewhere = DriverManager.getConnection(url.replace("/" + name + "?", "/postgres?"), "postgres", "");
        execute(elsewhere, "alter database " + name + " allow_connections false");
        execute(elsewhere, "select pg_terminate_backend(pid) from pg_stat_activity where datname = '" + name + "'");
        return () -> {
            execute(elsewhere, "alter database " + name + " allow_connections true");
            elsewhere.close();
        };
    }

    private static void execute(Store in, String sql) throws SQLException {
        try (Connection connection = in.pool().getConnection()) {
            execute(connection, sql);
        }
    }

    private static void execute(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private long count() {
        return count("true");
    }

    private long count(String where) {
        return store.jdbc()
                .sql("select count(*) from events where " + where)
                .query(Long.class)
                .single();
    }

    private static Ledger.Arrival event(String id) {
        return new Ledger.Arrival(
                "main",
                id,
                "user",
                id,
                "message",
                Instant.parse("2026-04-01T12:00:00.123Z"),
                "{\"text\":\"残高\"}".getBytes(StandardCharsets.UTF_8));
    }
}
