package io.tsunagi.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tsunagi.config.Settings;
import io.tsunagi.config.SettingsException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** S06, F34 */
@ParameterizedClass
@EnumSource(Dialect.class)
class KeyRotationTest {
    private static final Set<String> NO_WORDS = Set.of(
            "audit.mac",
            "audit_floor.chain",
            "audit_floor.mac",
            "audit_seals.chain",
            "key_check.sealed",
            "media.wrapped_key",
            "media_chunks.bytes",
            "purge_counts.hash",
            "qrtz_blob_triggers.blob_data",
            "qrtz_calendars.calendar",
            "qrtz_job_details.job_data",
            "qrtz_triggers.job_data",
            "route_versions.body");

    @Parameter
    Dialect dialect;

    private Settings settings;
    private Path keys;
    private Store store;

    private static final class Killed extends Error {
        private static final long serialVersionUID = 1;
    }

    @BeforeEach
    void open() {
        settings = TestStores.settings(dialect, Map.of());
        keys = Path.of(settings.needed("hub.store.key-dir"));
        store = Store.open(settings);
    }

    @AfterEach
    void close() {
        store.close();
    }

    private Map<SealedTable, Map<String, String>> fill(int rows) {
        Map<SealedTable, Map<String, String>> words = new HashMap<>();
        SealedTable.ALL.forEach(table -> words.put(table, SealedRows.add(store, table, rows, "残高を教えて")));
        return words;
    }

    private void assertThatAllOpen(Store by, Map<SealedTable, Map<String, String>> words) {
        words.forEach((table, clear) ->
                assertThat(SealedRows.open(by, table)).as(table.name()).containsAllEntriesOf(clear));
    }

    @Test
    void every_column_of_bytes_is_known_as_sealed_or_as_holding_no_words() {
        Set<String> known = new TreeSet<>(NO_WORDS);
        SealedTable.ALL.forEach(table -> table.columns().forEach(column -> known.add(table.name() + "." + column)));

        assertThat(SealedRows.columnsOfBytes(store)).isEqualTo(known);
    }

    @Test
    void all_words_are_sealed_with_the_new_key_and_open_as_before() {
        var words = fill(3);
        int old = store.sealing().primary();
        String name = store.sealing().lookup("美咲");

        KeyRotation.Report report = new KeyRotation(store, keys).run(progress -> {});

        assertThat(report.key()).isNotEqualTo(old).isEqualTo(store.sealing().primary());
        assertThat(report.unreadable()).isEmpty();
        assertThat(report.resumed()).isFalse();
        assertThat(report.values())
                .isEqualTo(3L
                        * SealedTable.ALL.stream()
                                .mapToInt(t -> t.columns().size())
                                .sum());
        assertThat(new KeyRotation(store, keys).usage())
                .containsEntry(report.key(), report.values())
                .containsEntry(old, 0L);
        assertThatAllOpen(store, words);
        try (Store restarted = Store.open(settings)) {
            assertThatAllOpen(restarted, words);
            assertThat(restarted.sealing().lookup("美咲"))
                    .as("names are found as before")
                    .isEqualTo(name);
            UUID row = UUID.randomUUID();
            assertThat(restarted.sealing().seal("messages", row, "新しい")).startsWith(Sealing.prefix(report.key()));
        }
    }

    @Test
    void killed_at_any_batch_everything_opens_and_the_next_run_ends_it() {
        var words = fill(450);
        AtomicInteger batches = new AtomicInteger();
        int killAt = 8;

        assertThatThrownBy(() -> new KeyRotation(store, keys).run(progress -> {
                    if (batches.incrementAndGet() == killAt) {
                        throw new Killed();
                    }
                }))
                .isInstanceOf(Killed.class);

        int half = store.sealing().primary();
        assertThat(new KeyRotation(store, keys).usage().values())
                .as("both keys are in use")
                .allMatch(values -> values > 0)
                .hasSize(2);
        store.close();
        store = Store.open(settings);
        assertThatAllOpen(store, words);

        KeyRotation.Report report = new KeyRotation(store, keys).run(progress -> {});

        assertThat(report.resumed()).isTrue();
        assertThat(report.key()).isEqualTo(half);
        assertThat(report.values())
                .as("what was done stays done")
                .isLessThan(450L
                        * SealedTable.ALL.stream()
                                .mapToInt(t -> t.columns().size())
                                .sum());
        assertThat(new KeyRotation(store, keys).usage().values())
                .filteredOn(values -> values > 0)
                .hasSize(1);
        assertThatAllOpen(store, words);
    }

    @Test
    void killed_before_the_file_stands_it_goes_on_with_another_key() {
        var words = fill(1);
        store.jdbc()
                .sql("insert into key_rotations (id, key_id, started_at) values (?, 4711, current_timestamp)")
                .param(UUID.randomUUID())
                .update();

        KeyRotation.Report report = new KeyRotation(store, keys).run(progress -> {});

        assertThat(report.resumed()).isTrue();
        assertThat(report.key()).isEqualTo(store.sealing().primary()).isNotEqualTo(4711);
        assertThatAllOpen(store, words);
        assertThat(new KeyRotation(store, keys).run(progress -> {}).resumed()).isFalse();
    }

    @Test
    void another_node_writes_and_reads_all_the_while() throws Exception {
        var words = fill(300);
        ExecutorService node = Executors.newSingleThreadExecutor();
        AtomicBoolean stop = new AtomicBoolean();
        SealedTable messages = SealedTable.ALL.get(1);
        try (Store second = Store.open(settings)) {
            Future<Map<String, String>> written = node.submit(() -> {
                Map<String, String> all = new HashMap<>();
                while (!stop.get()) {
                    Map<String, String> some = SealedRows.add(second, messages, 5, "同時に");
                    all.putAll(some);
                    assertThat(SealedRows.open(second, messages)).containsAllEntriesOf(some);
                }
                return all;
            });

            KeyRotation.Report report = new KeyRotation(store, keys).run(progress -> {});

            stop.set(true);
            Map<String, String> all = written.get();
            assertThat(all).isNotEmpty();
            assertThat(SealedRows.open(store, messages)).containsAllEntriesOf(all);
            assertThatAllOpen(second, words);
            assertThat(second.sealing().primary()).as("it followed").isEqualTo(report.key());
            assertThat(new KeyRotation(store, keys).usage().entrySet())
                    .filteredOn(use -> use.getKey() != report.key())
                    .allMatch(use -> use.getValue() == 0);
        } finally {
            stop.set(true);
            node.shutdownNow();
        }
    }

    @Test
    void a_value_that_no_key_opens_is_named_and_left_alone() {
        SealedTable messages = SealedTable.ALL.get(1);
        var words = SealedRows.add(store, messages, 2, "x");
        UUID broken = UUID.fromString(words.keySet().iterator().next().replaceFirst("/.*", ""));
        store.jdbc()
                .sql("update messages set content = ? where id = ?")
                .params(store.sealing().seal("messages", UUID.randomUUID(), "of another row"), broken)
                .update();

        KeyRotation.Report report = new KeyRotation(store, keys).run(progress -> {});

        assertThat(report.unreadable()).containsExactly("messages.content/" + broken);
        assertThat(report.values()).isEqualTo(1);
    }

    @Test
    @Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void one_value_that_no_key_opens_leaves_the_others_of_its_row_to_be_sealed_anew() {
        SealedTable customers = SealedTable.ALL.get(2);
        var words = SealedRows.add(store, customers, 1, "美咲");
        UUID row = UUID.fromString(words.keySet().iterator().next().replaceFirst("/.*", ""));
        store.jdbc()
                .sql("update customers set name = ? where id = ?")
                .params(store.sealing().seal("customers", UUID.randomUUID(), "of another row"), row)
                .update();
        int old = store.sealing().primary();
        KeyRotation rotation = new KeyRotation(store, keys);

        KeyRotation.Report report = rotation.run(progress -> {});

        assertThat(report.unreadable()).containsExactly("customers.name/" + row);
        assertThat(report.values()).isEqualTo(2);
        assertThat(rotation.usage()).containsEntry(report.key(), 2L).containsEntry(old, 1L);
        assertThat(rotation.run(progress -> {}).unreadable())
                .as("the next one ends too")
                .hasSize(1);
        settle();
        assertThatThrownBy(() -> rotation.destroyOld(false, keys -> {}))
                .isInstanceOf(SettingsException.class)
                .hasMessageContaining("No key opens customers.name/" + row);
        assertThat(rotation.destroyOld(true, keys -> {})).hasSize(2).contains(old);
        store.jdbc()
                .sql("select picture from customers where id = ?")
                .param(row)
                .query((found, i) -> store.sealing().openText("customers", row, found.getBytes(1)))
                .list()
                .forEach(picture -> assertThat(picture).isEqualTo(words.get(row + "/picture")));
    }

    @Test
    void a_value_that_an_old_key_opens_keeps_that_key_whatever_is_said() {
        var words = fill(1);
        SealedTable messages = SealedTable.ALL.get(1);
        KeyRotation rotation = new KeyRotation(store, keys);
        byte[] old = store.jdbc()
                .sql("select content from messages")
                .query(byte[].class)
                .single();
        rotation.run(progress -> {});
        store.jdbc().sql("update messages set content = ?").param(old).update();
        settle();

        assertThatThrownBy(() -> rotation.destroyOld(true, keys -> {}))
                .isInstanceOf(SettingsException.class)
                .hasMessageContaining("1 values are still sealed with older keys");

        assertThat(SealedRows.open(store, messages)).isEqualTo(words.get(messages));
    }

    @Test
    void no_key_is_destroyed_that_could_not_be_announced() {
        KeyRotation rotation = new KeyRotation(store, keys);
        int old = store.sealing().primary();
        rotation.run(progress -> {});
        settle();

        assertThatThrownBy(() -> rotation.destroyOld(false, gone -> {
                    assertThat(gone).containsExactly(old);
                    throw new IllegalStateException("no audit");
                }))
                .hasMessage("no audit");

        store.sealing().seal("messages", UUID.randomUUID(), "x");
        assertThat(store.sealing().keyIds()).contains(old);
    }

    /** The last rotation ended more than a minute ago. */
    private void settle() {
        store.jdbc()
                .sql("update key_rotations set finished_at = ?")
                .param(Store.at(store.clock().instant().minusSeconds(61)))
                .update();
    }

    @Test
    void old_keys_are_destroyed_only_when_nothing_needs_them() {
        var words = fill(2);
        int old = store.sealing().primary();
        KeyRotation rotation = new KeyRotation(store, keys);
        rotation.run(progress -> {});

        assertThatThrownBy(() -> rotation.destroyOld(false, keys -> {}))
                .isInstanceOf(SettingsException.class)
                .hasMessageContaining("less than 60 s ago");
        settle();

        assertThat(rotation.destroyOld(false, keys -> {})).containsExactly(old);
        assertThat(store.sealing().keyIds()).hasSize(1);
        assertThatAllOpen(store, words);
        try (Store restarted = Store.open(settings)) {
            assertThatAllOpen(restarted, words);
        }
    }

    @Test
    void of_two_rotations_at_once_one_is_refused() {
        fill(1);
        List<String> refused = new ArrayList<>();

        new KeyRotation(store, keys).run(progress -> {
            try {
                new KeyRotation(store, keys).run(none -> {});
            } catch (SettingsException e) {
                refused.add(e.getMessage());
            }
        });

        assertThat(refused).isNotEmpty().allMatch(message -> message.contains("Another rotation"));
    }

    @Test
    void a_node_that_opened_before_another_ones_rotation_keeps_the_key_of_that_one() {
        var words = fill(2);
        try (Store stalled = Store.open(settings)) {
            int first = new KeyRotation(store, keys).run(progress -> {}).key();

            int second = new KeyRotation(stalled, keys).run(progress -> {}).key();

            assertThat(stalled.sealing().keyIds()).contains(first, second).hasSize(3);
            assertThatAllOpen(store, words);
            assertThatAllOpen(stalled, words);
        }
        try (Store restarted = Store.open(settings)) {
            assertThatAllOpen(restarted, words);
        }
    }

    @Test
    void a_keyset_that_changed_since_it_was_read_is_not_replaced() throws Exception {
        try (Store stalled = Store.open(settings)) {
            Sealing.Next stale = stalled.sealing().withFreshKey();
            store.sealing().replace(store.sealing().withFreshKey());
            List<Integer> stand = store.sealing().keyIds();

            assertThatThrownBy(() -> stalled.sealing().replace(stale))
                    .isInstanceOf(SettingsException.class)
                    .hasMessageContaining("was replaced by somebody else");

            stalled.sealing().readAgain();
            assertThat(stalled.sealing().keyIds()).isEqualTo(stand);
        }
    }
}
