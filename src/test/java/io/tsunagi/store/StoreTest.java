package io.tsunagi.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tsunagi.config.Settings;
import io.tsunagi.config.SettingsException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

@ParameterizedClass
@EnumSource(Dialect.class)
class StoreTest {
    @Parameter
    Dialect dialect;

    @TempDir
    Path folder;

    private Store store;

    @BeforeEach
    void open() {
        store = TestStores.open(dialect);
    }

    @AfterEach
    void close() {
        store.close();
    }

    @Test
    void work_that_throws_leaves_nothing_behind() {
        assertThatThrownBy(() -> store.inTransaction(() -> {
                    insertLane("lost");
                    throw new IllegalArgumentException("no");
                }))
                .hasMessage("no");

        assertThat(lanes()).isZero();
    }

    @Test
    void an_own_transaction_commits_although_the_one_around_it_rolls_back() {
        assertThatThrownBy(() -> store.inTransaction(() -> {
                    store.inOwnTransaction(() -> insertLane("kept"));
                    throw new IllegalArgumentException("no");
                }))
                .hasMessage("no");

        assertThat(lanes()).isOne();
    }

    /** F10 */
    @Test
    void of_two_transactions_that_wait_for_each_other_both_commit_in_the_end() throws Exception {
        insertLane("a");
        insertLane("b");
        CyclicBarrier bothHoldOne = new CyclicBarrier(2);
        AtomicInteger runs = new AtomicInteger();
        ExecutorService threads = Executors.newFixedThreadPool(2);
        try {
            List<Future<Integer>> outcomes = threads.invokeAll(List.of(
                    () -> inOrder(List.of("a", "b"), bothHoldOne, runs),
                    () -> inOrder(List.of("b", "a"), bothHoldOne, runs)));
            for (Future<Integer> outcome : outcomes) {
                assertThat(outcome.get()).isEqualTo(2);
            }
        } finally {
            threads.shutdown();
        }

        assertThat(runs.get()).as("one gave way and ran again").isGreaterThan(2);
        assertThat(store.jdbc()
                        .sql("select account from lanes")
                        .query(String.class)
                        .list())
                .as("both had their whole effect")
                .containsOnly("main++");
    }

    private int inOrder(List<String> sources, CyclicBarrier bothHoldOne, AtomicInteger runs) {
        AtomicBoolean first = new AtomicBoolean(true);
        return store.inTransaction(() -> {
            runs.incrementAndGet();
            int changed = append(sources.get(0));
            if (first.getAndSet(false)) {
                try {
                    bothHoldOne.await(60, TimeUnit.SECONDS);
                } catch (InterruptedException | BrokenBarrierException | TimeoutException e) {
                    throw new IllegalStateException(e);
                }
            }
            return changed + append(sources.get(1));
        });
    }

    private int append(String source) {
        return store.jdbc()
                .sql("update lanes set account = account || '+' where id = ?")
                .param(Ids.lane("main", "user", source))
                .update();
    }

    @Test
    void a_transaction_that_loses_every_time_says_so_after_three_more() {
        AtomicInteger runs = new AtomicInteger();

        assertThatThrownBy(() -> store.inTransaction(() -> {
                    runs.incrementAndGet();
                    throw new IllegalStateException(new SQLException("deadlock detected", "40P01"));
                }))
                .hasRootCauseMessage("deadlock detected");

        assertThat(runs).hasValue(4);
    }

    @Test
    void the_same_row_is_inserted_once() {
        assertThat(insertLane("once")).isOne();
        assertThat(insertLane("once")).isZero();
        assertThat(lanes()).isOne();
    }

    @Test
    void sealed_words_open_only_in_their_own_row() {
        UUID row = Ids.derived("a");
        byte[] sealed = store.sealing().seal("messages", row, "残高を教えて");

        assertThat(new String(sealed, StandardCharsets.UTF_8)).doesNotContain("残高");
        assertThat(store.sealing().openText("messages", row, sealed)).isEqualTo("残高を教えて");
        assertThatThrownBy(() -> store.sealing().open("messages", Ids.derived("b"), sealed))
                .isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> store.sealing().open("drafts", row, sealed)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void a_name_is_found_in_full_or_half_width() {
        assertThat(store.sealing().lookup("ＭＩＳＡＫＩ ")).isEqualTo(store.sealing().lookup("misaki"));
        assertThat(store.sealing().lookup("misaki"))
                .isNotEqualTo(store.sealing().lookup("misaku"));
    }

    @Test
    void a_key_file_that_others_can_read_is_refused() throws Exception {
        Sealing.in(folder);
        Files.setPosixFilePermissions(
                folder.resolve("store-keyset.json"), PosixFilePermissions.fromString("rw-r--r--"));

        assertThatThrownBy(() -> Sealing.in(folder))
                .isInstanceOf(SettingsException.class)
                .hasMessageContaining("chmod 600");
    }

    @Test
    void a_second_node_with_the_same_keys_opens_what_the_first_sealed() {
        Sealing first = Sealing.in(folder);
        Sealing second = Sealing.in(folder);
        UUID row = Ids.derived("a");

        assertThat(second.openText("drafts", row, first.seal("drafts", row, "こんにちは")))
                .isEqualTo("こんにちは");
        assertThat(second.lookup("misaki")).isEqualTo(first.lookup("misaki"));
    }

    @Test
    void a_database_begun_with_other_keys_is_refused() {
        Settings first = TestStores.settings(dialect, Map.of());
        Store.open(first).close();
        Map<String, String> other = Map.of(
                "hub.store.url", first.needed("hub.store.url"),
                "hub.store.user", first.text("hub.store.user"),
                "hub.store.key-dir", folder.resolve("other").toString());

        assertThatThrownBy(() -> Store.open(Settings.of("", other)))
                .isInstanceOf(SettingsException.class)
                .hasMessageContaining("are not those of this database")
                .hasMessageContaining("hub.store.key-dir");
    }

    @Test
    void h2_that_closes_with_an_interrupted_thread_is_refused() {
        assertThatThrownBy(() -> Store.open(TestStores.settings(
                        dialect, Map.of("hub.store.url", "jdbc:h2:file:" + folder + "/x;MODE=PostgreSQL"))))
                .isInstanceOf(SettingsException.class)
                .hasMessageContaining("jdbc:h2:async:");
    }

    @Test
    void a_database_that_is_down_is_one_sentence() {
        assertThatThrownBy(() -> Store.open(TestStores.settings(
                        dialect,
                        Map.of(
                                "hub.store.url",
                                "jdbc:postgresql://127.0.0.1:1/none",
                                "hub.store.connection-timeout",
                                "PT1S"))))
                .isInstanceOf(SettingsException.class)
                .hasMessageContaining("cannot be opened")
                .hasMessageContaining("hub.store.url");
    }

    private int insertLane(String source) {
        return store.jdbc()
                .sql(
                        "insert into lanes (id, account, kind, source) values (?, 'main', 'user', ?) on conflict do nothing")
                .params(Ids.lane("main", "user", source), source)
                .update();
    }

    private long lanes() {
        return store.jdbc().sql("select count(*) from lanes").query(Long.class).single();
    }
}
