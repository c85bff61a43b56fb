package io.tsunagi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.tsunagi.audit.PurgeCertificates;
import io.tsunagi.config.Settings;
import io.tsunagi.config.SettingsException;
import io.tsunagi.media.DayKeys;
import io.tsunagi.store.Dialect;
import io.tsunagi.store.MasterKey;
import io.tsunagi.store.SealedRows;
import io.tsunagi.store.SealedTable;
import io.tsunagi.store.Store;
import io.tsunagi.store.TestStores;
import io.tsunagi.store.VaultSimulator;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.LocalDate;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

/** Files of keys that a key in Vault closes; the hub asks a simulator of Vault's transit engine. */
class MasterKeyTest {
    private static final SealedTable MESSAGES = SealedTable.ALL.get(1);
    private static final UUID ROW = new UUID(7, 7);

    @TempDir
    Path home;

    private VaultSimulator vault;
    private Map<String, String> base;

    @BeforeEach
    void begin() throws IOException {
        vault = new VaultSimulator();
        Settings fresh = TestStores.settings(Dialect.H2, Map.of());
        base = new HashMap<>();
        for (String key : List.of("hub.store.url", "hub.store.key-dir", "hub.media.key-dir", "hub.audit.head-file")) {
            base.put(key, fresh.needed(key));
        }
    }

    @AfterEach
    void end() {
        vault.close();
    }

    private Settings with(String master) {
        Map<String, String> all = new HashMap<>(base);
        all.put("hub.keys.master", master);
        all.put("hub.keys.vault-token", VaultSimulator.TOKEN);
        return Settings.of("", all);
    }

    private Settings inVault() {
        return with(vault.master());
    }

    private Path keys() {
        return Path.of(base.get("hub.store.key-dir"));
    }

    private String keyset() throws IOException {
        return Files.readString(keys().resolve("store-keyset.json"));
    }

    private int carryOut(StringWriter output, String... arguments) throws IOException {
        Properties own = new Properties();
        own.putAll(base);
        own.put("hub.keys.master", vault.master());
        own.put(
                "hub.keys.vault-token-file",
                Files.writeString(home.resolve("token"), VaultSimulator.TOKEN).toString());
        Files.createDirectories(home.resolve("config"));
        try (var out = Files.newBufferedWriter(home.resolve("config/hub.properties"))) {
            own.store(out, null);
        }
        CommandLine line = Commands.commandLine(new PrintWriter(output, true));
        line.setErr(new PrintWriter(output, true));
        String[] all = Stream.concat(Arrays.stream(arguments), Stream.of("--home", home.toString()))
                .toArray(String[]::new);
        return line.execute(all);
    }

    @Test
    void no_file_tells_a_key_and_vault_is_asked_at_the_start_alone() throws Exception {
        Map<String, String> words;
        try (Store store = Store.open(inVault())) {
            words = SealedRows.add(store, MESSAGES, 3, "残高");
            assertThat(vault.calls())
                    .as("made, and looked whether it opens")
                    .containsExactly("encrypt", "decrypt", "decrypt");
            new PurgeCertificates(store, keys()).signed("proof");
        }
        assertThat(keyset()).matches(MasterKey::isClosed);
        assertThat(Files.readString(keys().resolve("certificate-key"))).matches(MasterKey::isClosed);
        assertThat(Files.readString(keys().resolve("master-key.json"))).contains("vault:v1:");

        try (Store store = Store.open(inVault())) {
            assertThat(vault.calls()).containsExactly("encrypt", "decrypt", "decrypt", "decrypt");
            // Whatever becomes of it from here on.
            vault.close();
            assertThat(SealedRows.open(store, MESSAGES)).isEqualTo(words);
            byte[] sealed = store.sealing().seal("messages", ROW, "later");
            assertThat(store.sealing().openText("messages", ROW, sealed)).isEqualTo("later");
            await().untilAsserted(() -> assertThat(store.sealing().master().trouble())
                    .hasValueSatisfying(said -> assertThat(said).contains("cannot be reached")));
        }
        assertThatThrownBy(() -> Store.open(inVault()))
                .isInstanceOf(SettingsException.class)
                .hasMessageContaining("cannot be reached")
                .hasMessageContaining("hub.keys.master");
    }

    @Test
    void a_start_says_why_vault_does_not_open_the_keys() throws Exception {
        Store.open(inVault()).close();

        vault.seal(true);
        assertThatThrownBy(() -> Store.open(inVault()))
                .isInstanceOf(SettingsException.class)
                .hasMessageContaining("503 (Vault is sealed)")
                .hasMessageContaining("unseal");
        vault.seal(false);
        vault.token("another");
        assertThatThrownBy(() -> Store.open(inVault()))
                .isInstanceOf(SettingsException.class)
                .hasMessageContaining("403 (permission denied)")
                .hasMessageContaining("hub.keys.vault-token")
                .hasMessageNotContaining(VaultSimulator.TOKEN);
        vault.token(VaultSimulator.TOKEN);
        assertThatThrownBy(() -> Store.open(with(vault.master().replace("/tsunagi", "/other"))))
                .isInstanceOf(SettingsException.class)
                .hasMessageContaining("404");
        assertThatThrownBy(() -> Store.open(with("file")))
                .isInstanceOf(SettingsException.class)
                .hasMessageContaining("is closed by a master key")
                .hasMessageContaining("hub.keys.master");
        assertThat(keyset()).as("nothing was made anew").matches(MasterKey::isClosed);
        Store.open(inVault()).close();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "vault",
                "vault:http://vault.example:8200/v1/transit/keys/hub",
                "vault:https://vault.example:8200/v1/transit/hub",
                "vault:https://user@vault.example/v1/transit/keys/hub",
                "vault:https://vault.example/v1/transit/keys/a/b",
                "vault:https://vault example/v1/transit/keys/hub",
                "vault:https://vault:82:00/v1/transit/keys/hub",
                "kms:key"
            })
    void what_names_no_master_key_is_refused(String name) {
        assertThatThrownBy(() -> Store.open(with(name)))
                .isInstanceOf(SettingsException.class)
                .hasMessageContaining("hub.keys.master");
        assertThat(keys().resolve("store-keyset.json")).doesNotExist();
    }

    @Test
    void keys_rotate_closes_what_stood_in_the_clear_and_follows_vaults_own_rotation() throws Exception {
        Map<String, String> words;
        try (Store store = Store.open(with("file"))) {
            words = SealedRows.add(store, MESSAGES, 2, "残高");
            new PurgeCertificates(store, keys()).signed("proof");
        }
        assertThat(keyset()).startsWith("{");
        try (Store store = Store.open(inVault())) {
            assertThat(store.sealing().master().trouble())
                    .hasValueSatisfying(
                            said -> assertThat(said).contains("in the clear").contains("store-keyset.json"));
        }

        StringWriter first = new StringWriter();
        assertThat(carryOut(first, "keys", "rotate")).as(first.toString()).isZero();

        assertThat(first.toString()).contains("2 values are sealed anew").contains("1 files that stood in the clear");
        assertThat(keyset()).matches(MasterKey::isClosed);
        assertThat(Files.readString(keys().resolve("certificate-key"))).matches(MasterKey::isClosed);

        vault.rotate();
        StringWriter second = new StringWriter();
        assertThat(carryOut(second, "keys", "rotate")).as(second.toString()).isZero();

        assertThat(Files.readString(keys().resolve("master-key.json"))).contains("vault:v2:");
        vault.onlyNewest();
        try (Store store = Store.open(inVault())) {
            assertThat(SealedRows.open(store, MESSAGES)).isEqualTo(words);
            List<String> before = vault.calls();
            assertThat(store.sealing().master().trouble()).isEmpty();
            await().until(() -> vault.calls().size() > before.size());
            assertThat(store.sealing().master().trouble()).isEmpty();
            assertThat(new PurgeCertificates(store, keys()).publicKey()).isNotEmpty();
        }
    }

    @Test
    void a_lost_master_key_is_not_made_anew_beside_what_it_closed() throws Exception {
        Path master = keys().resolve("master-key.json");
        Store.open(inVault()).close();
        Path saved = Files.move(master, home.resolve("saved"));

        assertThatThrownBy(() -> Store.open(inVault()))
                .isInstanceOf(SettingsException.class)
                .hasMessageContaining("is missing")
                .hasMessageContaining("Restore it");
        assertThat(master).doesNotExist();
        Files.move(saved, master);
        Store.open(inVault()).close();
    }

    @Test
    void nor_beside_the_key_of_a_day_while_the_words_stand_in_the_clear() throws Exception {
        Store.open(with("file")).close();
        Path days = Files.createDirectories(Path.of(base.get("hub.media.key-dir")));
        try (Store store = Store.open(inVault())) {
            Path day = days.resolve("2026-12-24.json");
            Files.writeString(day, store.sealing().master().close(day, "{}"));
        }
        Path master = keys().resolve("master-key.json");
        Files.delete(master);

        assertThatThrownBy(() -> Store.open(inVault()))
                .isInstanceOf(SettingsException.class)
                .hasMessageContaining("2026-12-24.json");
        assertThat(master).doesNotExist();
    }

    @Test
    void nodes_that_begin_at_once_have_one_master_key() throws Exception {
        int nodes = 4;
        Files.createDirectories(keys());
        Path day = keys().resolve("2026-12-24.json");
        CyclicBarrier together = new CyclicBarrier(nodes);
        ExecutorService each = Executors.newFixedThreadPool(nodes);
        try {
            List<Callable<String>> starts = Collections.nCopies(nodes, () -> {
                MasterKey own = MasterKey.of(inVault());
                together.await();
                String closed = own.close(day, "{}");
                Files.writeString(keys().resolve(UUID.randomUUID() + ".json"), closed);
                return closed;
            });
            MasterKey later = MasterKey.of(inVault());
            for (Future<String> closed : each.invokeAll(starts)) {
                assertThat(later.open(day, closed.get())).isEqualTo("{}");
            }
        } finally {
            each.shutdownNow();
        }
    }

    /** What stands in the file is all that opens the keys. */
    @ParameterizedTest
    @ValueSource(strings = {"", "vault:v1:AAAA", "other bytes"})
    void what_vault_does_not_open_again_never_replaces_the_master_key(String answer) throws Exception {
        Map<String, String> words;
        try (Store store = Store.open(inVault())) {
            words = SealedRows.add(store, MESSAGES, 1, "残高");
        }
        String before = Files.readString(keys().resolve("master-key.json"));
        vault.rewrapTo(answer.equals("other bytes") ? vault.sealed(new byte[40]) : answer);

        StringWriter output = new StringWriter();
        assertThat(carryOut(output, "keys", "rotate")).as(output.toString()).isNotZero();

        assertThat(Files.readString(keys().resolve("master-key.json"))).isEqualTo(before);
        vault.rewrapTo(null);
        StringWriter again = new StringWriter();
        assertThat(carryOut(again, "keys", "rotate")).as(again.toString()).isZero();
        assertThat(again.toString()).contains("Went on with the rotation");
        try (Store store = Store.open(inVault())) {
            assertThat(SealedRows.open(store, MESSAGES)).isEqualTo(words);
        }
    }

    /** Killed in the midst of the switch, with the new keyset in place and the rest in the clear. */
    @Test
    void a_switch_to_vault_that_breaks_off_is_ended_by_the_next_run() throws Exception {
        Map<String, String> words;
        try (Store store = Store.open(with("file"))) {
            words = SealedRows.add(store, MESSAGES, 2, "残高");
            new PurgeCertificates(store, keys()).signed("proof");
        }
        vault.rewrapTo("");
        StringWriter cut = new StringWriter();
        assertThat(carryOut(cut, "keys", "rotate")).as(cut.toString()).isNotZero();
        assertThat(keyset()).matches(MasterKey::isClosed);
        assertThat(Files.readString(keys().resolve("certificate-key"))).startsWith("MC");
        try (Store store = Store.open(inVault())) {
            assertThat(SealedRows.open(store, MESSAGES)).isEqualTo(words);
        }

        vault.rewrapTo(null);
        StringWriter output = new StringWriter();
        assertThat(carryOut(output, "keys", "rotate")).as(output.toString()).isZero();

        assertThat(Files.readString(keys().resolve("certificate-key"))).matches(MasterKey::isClosed);
        try (Store store = Store.open(inVault())) {
            assertThat(SealedRows.open(store, MESSAGES)).isEqualTo(words);
        }
    }

    @Test
    void a_version_that_vault_gave_up_opens_nothing_any_more() {
        Store.open(inVault()).close();
        vault.rotate();
        vault.onlyNewest();

        assertThatThrownBy(() -> Store.open(inVault()))
                .isInstanceOf(SettingsException.class)
                .hasMessageContaining("too old")
                .hasMessageContaining("still has the version");
    }

    @Test
    void a_closed_file_opens_under_its_own_name_only() throws Exception {
        try (Store store = Store.open(inVault())) {
            MasterKey master = store.sealing().master();
            Path monday = keys().resolve("2026-11-30.json");
            String closed = master.close(monday, "{}");

            assertThat(master.open(monday, closed)).isEqualTo("{}");
            assertThatThrownBy(() -> master.open(keys().resolve("2026-12-01.json"), closed))
                    .isInstanceOf(SettingsException.class)
                    .hasMessageContaining("does not open");
        }
    }

    @Test
    void keys_of_days_to_come_are_closed_and_those_that_may_be_destroyed_now_are_left() throws Exception {
        Path days = Path.of(base.get("hub.media.key-dir"));
        LocalDate today = LocalDate.parse("2026-11-30");
        Files.createDirectories(days);
        for (int day = -1; day <= 1; day++) {
            Files.writeString(
                    Files.createFile(
                            days.resolve(today.plusDays(day) + ".json"),
                            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))),
                    "{}");
        }
        try (Store store = Store.open(inVault())) {
            assertThat(DayKeys.in(days, store.sealing().master()).closeFiles(today))
                    .isEqualTo(1);
        }
        assertThat(Files.readString(days.resolve("2026-12-01.json"))).matches(MasterKey::isClosed);
        assertThat(Files.readString(days.resolve("2026-11-30.json"))).isEqualTo("{}");
        assertThat(Files.readString(days.resolve("2026-11-29.json"))).isEqualTo("{}");
    }
}
