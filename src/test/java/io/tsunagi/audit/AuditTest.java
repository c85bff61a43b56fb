package io.tsunagi.audit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.tsunagi.access.SettableClock;
import io.tsunagi.audit.AuditCheck.Damage;
import io.tsunagi.config.Settings;
import io.tsunagi.store.Dialect;
import io.tsunagi.store.Sealing;
import io.tsunagi.store.Store;
import io.tsunagi.store.TestStores;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** S30, S32 */
@ParameterizedClass
@EnumSource(Dialect.class)
class AuditTest {
    @Parameter
    Dialect dialect;

    @TempDir
    Path folder;

    private final SettableClock clock = new SettableClock("2026-04-01T00:00:00.123456789Z");
    private Settings settings;
    private Store store;
    private Audit audit;
    private AuditSealer sealer;
    private AuditCheck check;

    @BeforeEach
    void open() {
        settings = TestStores.settings(
                dialect,
                Map.of("hub.audit.head-file", folder.resolve("audit-head").toString()));
        store = Store.open(settings);
        audit = new Audit(store, clock);
        sealer = new AuditSealer(store, clock, settings);
        check = new AuditCheck(store, clock, settings);
    }

    @AfterEach
    void close() {
        store.close();
    }

    @Test
    void a_row_outside_a_transaction_is_refused() {
        assertThatThrownBy(() -> audit.write("aoi", "view-inquiry", "inquiry/1", Audit.OK, null, null))
                .isInstanceOf(IllegalStateException.class);
    }

    @Test
    void an_act_whose_row_cannot_be_written_does_not_happen() {
        assertThatThrownBy(() -> store.inTransaction(() -> {
                    insertLane();
                    audit.write("aoi", "x".repeat(65), "inquiry/1", Audit.OK, null, null);
                }))
                .isInstanceOf(RuntimeException.class);

        assertThat(count("lanes")).isZero();
        assertThat(count("audit")).isZero();
    }

    @Test
    void an_untouched_audit_is_right_before_and_after_sealing() {
        assertThat(check.verify().ok()).isTrue();
        write(3);
        clock.forward(Duration.ofSeconds(7));

        assertThat(check.verify()).satisfies(report -> {
            assertThat(report.ok()).isTrue();
            assertThat(report.sealed()).isZero();
            assertThat(report.unsealed()).isEqualTo(3);
            assertThat(report.oldestUnsealed()).isBetween(Duration.ofSeconds(7), Duration.ofSeconds(8));
        });

        assertThat(sealer.seal()).isEqualTo(3);
        assertThat(sealer.seal()).isZero();

        assertThat(check.verify()).satisfies(report -> {
            assertThat(report.ok()).isTrue();
            assertThat(report.sealed()).isEqualTo(3);
            assertThat(report.unsealed()).isZero();
            assertThat(report.oldestUnsealed()).isZero();
        });
    }

    @Test
    void more_rows_than_one_batch_are_sealed_in_one_run() {
        write(1_203);

        assertThat(sealer.seal()).isEqualTo(1_203);
        assertThat(check.verify().ok()).isTrue();
        assertThat(check.verify().sealed()).isEqualTo(1_203);
    }

    @Test
    void a_row_committed_late_is_sealed_behind_newer_ones() throws Exception {
        CountDownLatch written = new CountDownLatch(1);
        CountDownLatch mayCommit = new CountDownLatch(1);
        ExecutorService slow = Executors.newSingleThreadExecutor();
        try {
            Future<?> late = slow.submit(() -> store.inTransaction(() -> {
                audit.write("aoi", "slow", "inquiry/1", Audit.OK, null, null);
                written.countDown();
                await(mayCommit);
            }));
            await(written);
            write(2);
            assertThat(sealer.seal()).isEqualTo(2);

            mayCommit.countDown();
            late.get(10, TimeUnit.SECONDS);

            assertThat(sealer.seal()).isEqualTo(1);
            assertThat(check.verify().ok()).isTrue();
        } finally {
            slow.shutdownNow();
        }
    }

    @Test
    void two_nodes_that_seal_at_the_same_moment_give_each_place_once() throws Exception {
        write(900);
        AuditSealer other = new AuditSealer(store, clock, settings);
        ExecutorService nodes = Executors.newFixedThreadPool(2);
        try {
            for (Future<Integer> node : nodes.invokeAll(List.<Callable<Integer>>of(sealer::seal, other::seal))) {
                node.get();
            }
        } finally {
            nodes.shutdownNow();
        }
        sealer.seal();

        assertThat(count("audit_seals")).isEqualTo(900);
        assertThat(check.verify().ok()).isTrue();
    }

    /** Scenario 57 */
    @Test
    void each_changed_column_is_found() {
        for (String change : List.of(
                "actor = 'ren'",
                "act = 'nothing'",
                "object = 'inquiry/9'",
                "outcome = 'failed'",
                "origin = '192.0.2.9'",
                "origin = null",
                "detail = null",
                "at = at + interval '1' second")) {
            write(3);
            sealer.seal();
            UUID second = rowAt(count("audit_seals") - 1);
            List<Map<String, Object>> before = row(second);
            store.jdbc()
                    .sql("update audit set " + change + " where id = ?")
                    .param(second)
                    .update();

            assertThat(check.verify().broken())
                    .as(change)
                    .contains(new AuditCheck.Broken(Damage.CHANGED, count("audit_seals") - 1, second));

            restore(second, before);
            assertThat(check.verify().ok()).as("restored " + change).isTrue();
        }
    }

    @Test
    void a_change_before_the_sealing_is_found_too() {
        write(2);
        UUID first = store.jdbc()
                .sql("select id from audit order by seq limit 1")
                .query(UUID.class)
                .single();
        store.jdbc()
                .sql("update audit set actor = 'ren' where id = ?")
                .param(first)
                .update();

        assertThat(check.verify().broken()).contains(new AuditCheck.Broken(Damage.CHANGED, 0, first));
        sealer.seal();
        assertThat(check.verify().broken()).contains(new AuditCheck.Broken(Damage.CHANGED, 1, first));
    }

    @Test
    void a_changed_row_with_a_mac_made_without_the_key_is_found() throws Exception {
        write(3);
        sealer.seal();
        UUID second = rowAt(2);
        AuditRow forged =
                new AuditRow(second, clock.instant(), "ren", "view-inquiry", "inquiry/1", Audit.OK, null, null);
        store.jdbc()
                .sql("update audit set actor = 'ren', mac = ? where id = ?")
                .params(forged.mac(Sealing.in(folder.resolve("other-keys"))), second)
                .update();

        assertThat(check.verify().broken()).contains(new AuditCheck.Broken(Damage.CHANGED, 2, second));
    }

    @Test
    void a_deleted_row_is_found() {
        write(3);
        sealer.seal();
        UUID second = rowAt(2);
        delete(second);

        assertThat(check.verify().broken()).contains(new AuditCheck.Broken(Damage.DELETED, 2, second));
    }

    @Test
    void a_row_deleted_with_its_seal_is_found() {
        write(3);
        sealer.seal();
        delete(rowAt(2));
        store.jdbc().sql("delete from audit_seals where position = 2").update();

        assertThat(check.verify().broken()).contains(new AuditCheck.Broken(Damage.DELETED, 2, null));
    }

    @Test
    void a_row_deleted_with_its_seal_and_the_gap_closed_is_found() {
        write(3);
        sealer.seal();
        UUID third = rowAt(3);
        delete(rowAt(2));
        store.jdbc().sql("delete from audit_seals where position = 2").update();
        store.jdbc()
                .sql("update audit_seals set position = 2 where position = 3")
                .update();

        assertThat(check.verify().broken()).contains(new AuditCheck.Broken(Damage.REORDERED, 2, third));
    }

    @Test
    void rows_in_another_order_are_found() {
        write(3);
        sealer.seal();
        UUID second = rowAt(2);
        UUID third = rowAt(3);
        store.jdbc()
                .sql("update audit_seals set audit = ? where position = 3")
                .param(UUID.randomUUID())
                .update();
        store.jdbc()
                .sql("update audit_seals set audit = ? where position = 2")
                .param(third)
                .update();
        store.jdbc()
                .sql("update audit_seals set audit = ? where position = 3")
                .param(second)
                .update();

        assertThat(check.verify().broken()).contains(new AuditCheck.Broken(Damage.REORDERED, 2, third));
    }

    @Test
    void a_cut_off_end_is_found_and_stays_found_when_the_hub_goes_on() {
        write(3);
        sealer.seal();
        delete(rowAt(3));
        store.jdbc().sql("delete from audit_seals where position = 3").update();

        assertThat(check.verify().broken()).contains(new AuditCheck.Broken(Damage.TRUNCATED, 3, null));

        write(4);
        sealer.seal();

        assertThat(check.verify().broken()).contains(new AuditCheck.Broken(Damage.REORDERED, 3, rowAt(3)));
    }

    @Test
    void a_missing_or_changed_head_is_found_and_a_changed_one_is_kept() throws Exception {
        write(2);
        sealer.seal();
        Path head = folder.resolve("audit-head");
        String right = Files.readString(head);
        String forged = right.replaceFirst("^2 ", "1 ");
        Files.writeString(head, forged);

        assertThat(check.verify().broken()).map(AuditCheck.Broken::damage).contains(Damage.HEAD_LOST);
        write(1);
        sealer.seal();
        assertThat(Files.readString(head)).isEqualTo(forged);
        for (String garbage : List.of("", "2", "2 zz zz", "x y z")) {
            Files.writeString(head, garbage);
            assertThat(check.verify().broken()).map(AuditCheck.Broken::damage).contains(Damage.HEAD_LOST);
        }
        Files.delete(head);
        assertThat(check.verify().broken()).map(AuditCheck.Broken::damage).contains(Damage.HEAD_LOST);

        Files.writeString(head, right);
        assertThat(check.verify().ok()).isTrue();
    }

    @Test
    void a_head_that_lags_behind_after_a_kill_catches_up() throws Exception {
        write(1);
        sealer.seal();
        String old = Files.readString(folder.resolve("audit-head"));
        write(1);
        sealer.seal();
        String latest = Files.readString(folder.resolve("audit-head"));
        Files.writeString(folder.resolve("audit-head"), old);

        assertThat(check.verify().ok()).isTrue();
        new AuditSealer(store, clock, settings).seal();

        assertThat(Files.readString(folder.resolve("audit-head"))).isEqualTo(latest);
    }

    private void write(int rows) {
        store.inTransaction(() -> {
            for (int i = 0; i < rows; i++) {
                audit.write(
                        "aoi",
                        "view-inquiry",
                        "inquiry/" + i,
                        Audit.OK,
                        "192.0.2.1",
                        Map.of("customer", "c-" + i, "reason", "none"));
            }
        });
    }

    @Test
    void rows_past_their_time_are_forgotten_and_the_rest_still_verifies() {
        write(2_345);
        sealer.seal();
        clock.forward(Duration.ofDays(401));
        write(3);
        sealer.seal();

        assertThat(keeping().forget()).isEqualTo(2_345);
        assertThat(keeping().forget()).isZero();
        sealer.seal();

        assertThat(count("audit"))
                .as("what is young, and each batch that was forgotten")
                .isEqualTo(6);
        assertThat(check.verify()).satisfies(report -> {
            assertThat(report.broken()).isEmpty();
            assertThat(report.sealed()).isEqualTo(6);
        });
        write(2);
        sealer.seal();
        UUID first = rowAt(2_346);
        delete(first);
        assertThat(check.verify().broken()).contains(new AuditCheck.Broken(Damage.DELETED, 2_346, first));
    }

    @Test
    void who_hides_rows_as_if_their_time_were_over_is_found() {
        write(5);
        sealer.seal();
        UUID second = rowAt(2);
        store.jdbc()
                .sql("insert into audit_floor (id, position, chain, mac, at)"
                        + " select 1, position, chain, chain, at from audit_seals where position = 2")
                .update();
        store.jdbc().sql("delete from audit_seals where position <= 2").update();
        delete(second);

        assertThat(check.verify().broken()).contains(new AuditCheck.Broken(Damage.FLOOR_LOST, 0, null));
    }

    @Test
    void less_than_twelve_months_of_audit_is_refused() {
        assertThatThrownBy(() -> new AuditKeeping(
                        store, audit, clock, TestStores.settings(dialect, Map.of("hub.audit.keep", "P364D"))))
                .hasMessageContaining("hub.audit.keep")
                .hasMessageContaining("P365D");
    }

    private AuditKeeping keeping() {
        return new AuditKeeping(store, audit, clock, settings);
    }

    @Test
    void rows_are_handed_out_as_json_lines() throws Exception {
        write(1_001);
        sealer.seal();
        clock.forward(Duration.ofHours(1));
        write(2);
        StringBuilder all = new StringBuilder();
        StringBuilder late = new StringBuilder();

        assertThat(new AuditExport(store).write(Instant.EPOCH, clock.instant().plusSeconds(1), all))
                .isEqualTo(1_003);
        assertThat(new AuditExport(store)
                        .write(clock.instant().minusSeconds(60), clock.instant().truncatedTo(ChronoUnit.MICROS), late))
                .as("the last moment is left out")
                .isZero();

        List<String> lines = all.toString().lines().toList();
        JsonNode first = new ObjectMapper().readTree(lines.get(0));
        assertThat(first.path("position").asLong()).isOne();
        assertThat(first.path("detail").path("customer").asText()).startsWith("c-");
        assertThat(first.path("mac").asText()).hasSize(64);
        assertThat(new ObjectMapper()
                        .readTree(lines.get(1_002))
                        .path("position")
                        .isNull())
                .as("not sealed yet")
                .isTrue();
        assertThat(lines).hasSize(1_003);
    }

    private UUID rowAt(long position) {
        return store.jdbc()
                .sql("select audit from audit_seals where position = ?")
                .param(position)
                .query(UUID.class)
                .single();
    }

    private List<Map<String, Object>> row(UUID id) {
        return store.jdbc()
                .sql("select at, actor, act, object, outcome, origin, detail from audit where id = ?")
                .param(id)
                .query()
                .listOfRows();
    }

    private void restore(UUID id, List<Map<String, Object>> before) {
        store.jdbc().sql("""
                        update audit set at = :at, actor = :actor, act = :act, object = :object, outcome = :outcome,
                               origin = :origin, detail = :detail
                        where id = :id
                        """).params(before.get(0)).param("id", id).update();
    }

    private void delete(UUID id) {
        store.jdbc().sql("delete from audit where id = ?").param(id).update();
    }

    private void insertLane() {
        store.jdbc()
                .sql("insert into lanes (id, account, kind, source) values (?, 'main', 'user', 'u')")
                .param(UUID.randomUUID())
                .update();
    }

    private long count(String table) {
        return store.jdbc()
                .sql("select count(*) from " + table)
                .query(Long.class)
                .single();
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(10, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
