package io.tsunagi.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.tsunagi.chaos.KilledFile;
import io.tsunagi.config.Settings;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.SQLTimeoutException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the file of the embedded database holds whenever its process is killed. */
class CheckpointsTest {
    private static final Duration PATIENCE = Duration.ofMinutes(1);
    private static final Executor THREADS = task -> new Thread(task).start();

    private static final String USER = "tsunagi";

    @TempDir
    private Path folder;

    private final Settings settings = TestStores.settings(Dialect.H2, Map.of());
    private final Store store = Store.open(settings);

    @BeforeEach
    void table() {
        store.jdbc()
                .sql("create table notes (id int primary key, words varchar)")
                .update();
        store.jdbc().sql("insert into notes values (0, 'first')").update();
    }

    @AfterEach
    void close() {
        store.close();
    }

    /** Opens what the file holds now, as after a SIGKILL while nobody writes. */
    private Connection copy() throws SQLException, IOException {
        String url = settings.needed("hub.store.url");
        String file = url.substring("jdbc:h2:async:".length(), url.indexOf(';'));
        Path copy = Files.createTempDirectory(folder, "copy");
        Files.copy(Path.of(file + ".mv.db"), copy.resolve("db.mv.db"));
        return DriverManager.getConnection("jdbc:h2:" + copy.resolve("db") + url.substring(url.indexOf(';')), USER, "");
    }

    private List<Integer> kept() throws SQLException, IOException {
        List<Integer> ids = new ArrayList<>();
        try (Connection file = copy();
                Statement statement = file.createStatement();
                var rows = statement.executeQuery("select id from notes where id > 0 order by id")) {
            while (rows.next()) {
                ids.add(rows.getInt(1));
            }
        }
        return ids;
    }

    private static void write(Connection connection, int id) throws SQLException {
        try (PreparedStatement insert = connection.prepareStatement("insert into notes values (?, 'hello')")) {
            insert.setInt(1, id);
            insert.executeUpdate();
        }
    }

    private Connection transaction() throws SQLException {
        Connection connection = store.pool().getConnection();
        connection.setAutoCommit(false);
        return connection;
    }

    private CompletableFuture<Void> elsewhere(String sql) {
        return CompletableFuture.runAsync(() -> store.jdbc().sql(sql).update(), THREADS);
    }

    @Test
    void what_is_committed_is_in_the_file_and_nothing_else() throws SQLException, IOException {
        try (Connection open = transaction();
                Connection takenBack = transaction();
                Connection committed = transaction();
                Connection alone = store.connect("notes", PATIENCE);
                PreparedStatement batch = alone.prepareStatement("insert into notes values (?, 'batch')")) {
            write(open, 1);
            write(takenBack, 2);
            takenBack.rollback();
            write(alone, 3);
            for (int id : new int[] {4, 5}) {
                batch.setInt(1, id);
                batch.addBatch();
            }
            batch.executeBatch();
            assertThat(kept()).containsExactly(3, 4, 5);

            write(committed, 6);
            committed.commit();
            assertThat(kept()).containsExactly(3, 4, 5, 6);

            write(committed, 7);
            committed.setAutoCommit(true);
            assertThat(kept()).containsExactly(3, 4, 5, 6, 7);
        }
    }

    @Test
    void an_interrupted_thread_commits_as_well_and_stays_interrupted() throws SQLException, IOException {
        Thread.currentThread().interrupt();
        try {
            store.jdbc().sql("insert into notes values (1, 'in haste')").update();
        } finally {
            assertThat(Thread.interrupted()).isTrue();
        }

        assertThat(kept()).containsExactly(1);
    }

    @Test
    void who_waits_for_a_lock_keeps_nobody_from_committing() throws SQLException {
        CompletableFuture<Void> waits;
        try (Connection holds = transaction();
                Statement lock = holds.createStatement()) {
            lock.executeUpdate("update notes set words = 'held' where id = 0");
            waits = elsewhere("update notes set words = 'late' where id = 0");
            await().atMost(PATIENCE).until(() -> TestStores.somebodyWaitsForALock(store));

            elsewhere("insert into notes values (1, 'beside')")
                    .orTimeout(5, TimeUnit.SECONDS)
                    .join();

            assertThat(waits).isNotDone();
            holds.commit();
        }
        waits.join();
    }

    /** A table's lock is one that H2 does not tell of. */
    @Test
    void who_waits_for_a_table_lets_those_go_first_that_it_waits_for() throws SQLException {
        CompletableFuture<Void> waits;
        try (Connection holds = transaction()) {
            write(holds, 1);
            waits = elsewhere("alter table notes add column colour varchar");
            CompletableFuture<Void> beside =
                    elsewhere("update store_check set checked_at = current_timestamp where id = 1");
            await().during(Duration.ofMillis(300)).atMost(PATIENCE).until(() -> !waits.isDone());

            holds.commit();
            beside.join();
        }
        waits.join();
    }

    @Test
    void who_has_little_patience_is_told_that_a_statement_takes_long_and_who_reads_is_not() throws Exception {
        store.jdbc()
                .sql("create alias take_long for '" + TakesLong.class.getName() + ".go'")
                .update();
        try (Connection hasty = store.connect("hasty", Duration.ofMillis(300))) {
            TakesLong.begun = new CountDownLatch(1);
            TakesLong.go = new CountDownLatch(1);
            CompletableFuture<Void> takesLong = elsewhere("update notes set words = take_long() where id = 0");
            TakesLong.begun.await();

            try (Connection reads = transaction();
                    Statement statement = reads.createStatement()) {
                assertThatThrownBy(() -> write(hasty, 1)).isInstanceOf(SQLTimeoutException.class);
                statement.executeQuery("select * from notes").close();
                reads.commit();
                assertThat(takesLong).isNotDone();
            } finally {
                TakesLong.go.countDown();
            }
            takesLong.join();
            write(hasty, 2);
            assertThat(kept()).contains(2);
        }
    }

    private int count(String sql) {
        return store.jdbc().sql(sql).query(Integer.class).single();
    }

    private static CompletableFuture<Void> asking(Statement statement, int id) {
        return CompletableFuture.runAsync(
                () -> {
                    try {
                        statement
                                .executeQuery("select * from notes where id = " + id + " for update")
                                .close();
                    } catch (SQLException e) {
                        throw new IllegalStateException(e);
                    }
                },
                THREADS);
    }

    /** H2 goes on calling it blocked. */
    @Test
    void who_failed_because_of_a_deadlock_and_has_not_ended_is_not_taken_for_one_that_waits() throws Exception {
        store.jdbc().sql("insert into notes values (-1, 'second')").update();
        try (Connection one = transaction();
                Connection other = transaction();
                Statement ones = one.createStatement();
                Statement others = other.createStatement()) {
            ones.execute("set lock_timeout 60000");
            others.execute("set lock_timeout 3000");
            ones.executeQuery("select * from notes where id = 0 for update").close();
            others.executeQuery("select * from notes where id = -1 for update").close();
            CompletableFuture<Void> fails = asking(others, 0);
            await().atMost(PATIENCE).until(() -> TestStores.somebodyWaitsForALock(store));
            CompletableFuture<Void> waits = asking(ones, -1);

            assertThatThrownBy(fails::join).hasMessageContaining("Deadlock");
            assertThat(count("select count(*) from information_schema.sessions where blocker_id is not null"))
                    .as("called blocked")
                    .isEqualTo(2);
            assertThat(count(Checkpoints.WAITING)).isOne();
            assertThat(waits).isNotDone();

            other.rollback();
            waits.join();
        }
    }

    /** A function of SQL, so public. */
    public static final class TakesLong {
        private static volatile CountDownLatch begun;
        private static volatile CountDownLatch go;

        private TakesLong() {}

        public static String go() throws InterruptedException {
            begun.countDown();
            go.await();
            return "done";
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "select * from notes where words = 'update'",
                " ( select 1 ) union select id from notes",
                "values (1)",
                "SHOW MODE"
            })
    void what_only_reads_is_known_unless_it_looks_otherwise(String sql) {
        assertThat(CheckpointedConnection.reads(sql)).isEqualTo(!sql.contains("update"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "select * from notes for update skip locked",
                "select nextval('numbers')",
                "select 1; drop table notes",
                "select next value for numbers",
                "select id from final table (insert into notes values (1, 'a'))",
                "with old as (delete from notes) select 1",
                "insert into notes select * from notes",
                "merge into notes values (1, 'a')",
                "create table selected (id int)",
                "analyze",
                "checkpoint"
            })
    void whatever_may_change_something_is_known(String sql) {
        assertThat(CheckpointedConnection.reads(sql)).isFalse();
    }

    @Test
    void whenever_the_process_is_killed_each_transaction_is_in_the_file_as_a_whole_or_not_at_all() throws Exception {
        store.jdbc()
                .sql("create table words (id bigint primary key, note bigint, word varchar, unique (note, word))")
                .update();
        store.jdbc()
                .sql("create table sums (thread int primary key, written bigint)")
                .update();
        store.close();
        String url = settings.needed("hub.store.url");
        Process writes = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        UntilKilled.class.getName(),
                        url,
                        settings.needed("hub.store.key-dir"))
                .redirectError(folder.resolve("err").toFile())
                .start();
        long[] acknowledged = new long[UntilKilled.THREADS];
        try (BufferedReader lines = writes.inputReader(StandardCharsets.UTF_8)) {
            int kill = new Random().nextInt(300, 1500);
            int read = 0;
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                acknowledged[Integer.parseInt(line)]++;
                if (++read == kill) {
                    writes.toHandle().destroyForcibly();
                }
            }
            assertThat(read)
                    .as(() -> "written before the process ended: " + read(folder.resolve("err")))
                    .isGreaterThanOrEqualTo(kill);
        } finally {
            writes.destroyForcibly().waitFor();
        }

        assertThat(KilledFile.leftOver(url, USER)).isEmpty();
        try (Connection file = DriverManager.getConnection(url, USER, "");
                Statement statement = file.createStatement()) {
            for (int thread = 0; thread < UntilKilled.THREADS; thread++) {
                try (var rows = statement.executeQuery(
                        "select written, (select count(*) from words where mod(note, 10) = thread) from sums where thread = "
                                + thread)) {
                    assertThat(rows.next()).isTrue();
                    assertThat(rows.getLong(1)).isBetween(acknowledged[thread], acknowledged[thread] + 1);
                    assertThat(rows.getLong(2)).isEqualTo(3 * rows.getLong(1));
                }
            }
        }
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Writes transactions of four statements in several threads, and the thread's number for each that is acknowledged. */
    static final class UntilKilled {
        static final int THREADS = 6;

        private UntilKilled() {}

        public static void main(String... args) {
            Store store = Store.open(Settings.of("", Map.of("hub.store.url", args[0], "hub.store.key-dir", args[1])));
            for (int i = 0; i < THREADS; i++) {
                int thread = i;
                new Thread(() -> write(store, thread)).start();
            }
        }

        private static void write(Store store, int thread) {
            store.jdbc().sql("insert into sums values (?, 0)").param(thread).update();
            for (long note = thread; ; note += 10) {
                long words = note;
                store.inOwnTransaction(() -> {
                    for (int word = 0; word < 3; word++) {
                        store.jdbc()
                                .sql("insert into words values (?, ?, ?)")
                                .params(10 * words + word, words, "word" + word)
                                .update();
                    }
                    return store.jdbc()
                            .sql("update sums set written = written + 1 where thread = ?")
                            .param(thread)
                            .update();
                });
                System.out.println(thread);
            }
        }
    }
}
