package io.tsunagi;

import static org.assertj.core.api.Assertions.assertThat;

import io.tsunagi.audit.Audit;
import io.tsunagi.audit.AuditSealer;
import io.tsunagi.audit.Reveals;
import io.tsunagi.config.Settings;
import io.tsunagi.keeping.LegalHolds;
import io.tsunagi.sandbox.line.LineSimulator;
import io.tsunagi.sandbox.salesforce.SalesforceSimulator;
import io.tsunagi.store.Dialect;
import io.tsunagi.store.SealedRows;
import io.tsunagi.store.SealedTable;
import io.tsunagi.store.Store;
import io.tsunagi.store.TestStores;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;

/** What the program does beside running the hub. */
class CommandsTest {
    @TempDir
    Path home;

    private final Properties own = new Properties();
    private Settings settings;

    @BeforeEach
    void install() throws IOException {
        install(Dialect.H2, Map.of());
    }

    private void install(Dialect dialect, Map<String, String> more) throws IOException {
        settings = TestStores.settings(dialect, more);
        if (dialect == Dialect.H2) {
            // As a machine is before the first start.
            Files.delete(
                    Path.of(settings.needed("hub.store.url").replaceFirst("^jdbc:h2:async:([^;]+);.*$", "$1.mv.db")));
        }
        for (String key : List.of(
                "hub.store.url", "hub.store.user", "hub.store.key-dir", "hub.media.key-dir", "hub.audit.head-file")) {
            own.setProperty(key, settings.needed(key));
        }
        own.setProperty("hub.store.connections", "4");
        own.setProperty("hub.line.call-timeout-millis", "3000");
        own.setProperty("hub.salesforce.call-timeout-millis", "3000");
        own.putAll(more);
        save();
    }

    private void set(String key, String value) throws IOException {
        own.setProperty(key, value);
        save();
    }

    private void save() throws IOException {
        Files.createDirectories(home.resolve("config"));
        try (var out = Files.newBufferedWriter(home.resolve("config/hub.properties"))) {
            own.store(out, null);
        }
    }

    private record Ended(int status, String output) {}

    private Ended carryOut(String... args) {
        StringWriter output = new StringWriter();
        CommandLine line = Commands.commandLine(new PrintWriter(output, true));
        line.setErr(new PrintWriter(output, true));
        String[] all = Stream.concat(Arrays.stream(args), Stream.of("--home", home.toString()))
                .toArray(String[]::new);
        return new Ended(line.execute(all), output.toString());
    }

    /** Scenario 72: the move; what is given back by setting the old URL again was only read. */
    @Test
    void an_embedded_database_moves_to_postgresql_whole_and_once() throws Exception {
        try (Store store = Store.open(settings)) {
            for (SealedTable table : SealedTable.ALL) {
                SealedRows.add(store, table, 3, "口座の残高");
            }
            Audit audit = new Audit(store, store.clock());
            store.inTransaction(() -> audit.write("aoi", "view-inquiry", "inquiry/1", Audit.OK, null, null));
            new AuditSealer(store, store.clock(), settings).seal();
        }
        Settings target = TestStores.settings(Dialect.POSTGRESQL, Map.of());
        String[] move = {
            "migrate-to", "--url", target.needed("hub.store.url"), "--user", target.needed("hub.store.user")
        };

        Ended moved = carryOut(move);

        assertThat(moved.output()).contains("as many as here").contains("3  messages");
        assertThat(moved.status()).isZero();
        Ended again = carryOut(move);
        assertThat(again.status()).isEqualTo(1);
        assertThat(again.output()).contains("A hub has run on").contains("Nothing was copied");
        leavesTheSchemaOfAnOlderHubAlone(target, move);
        assertThat(carryOut("audit", "verify").status())
                .as("the old one was only read")
                .isZero();
        Map<String, String> before = contents();
        set("hub.store.url", target.needed("hub.store.url"));
        set("hub.store.user", target.needed("hub.store.user"));
        assertThat(contents()).isEqualTo(before);
        Ended verified = carryOut("audit", "verify");
        assertThat(verified.output()).contains("rows of the chain are right");
        try (Store store = Store.existing(Settings.load(home.resolve("config"), "", Map.of(), Map.of()))) {
            Audit audit = new Audit(store, store.clock());
            store.inTransaction(() -> audit.write("aoi", "view-inquiry", "inquiry/2", Audit.OK, null, null));
            new AuditSealer(store, store.clock(), settings).seal();
        }
        assertThat(carryOut("audit", "verify").output())
                .as("numbers and chain go on")
                .contains("3 rows of the chain are right; 0 wait");
    }

    /** As when a hub of the version before runs there, which brought all but the newest change of the schema. */
    private void leavesTheSchemaOfAnOlderHubAlone(Settings target, String... move) throws SQLException {
        String newest = "installed_rank = (select max(installed_rank) from flyway_schema_history)";
        try (Connection there = DriverManager.getConnection(
                        target.needed("hub.store.url"), target.needed("hub.store.user"), "");
                Statement statement = there.createStatement()) {
            statement.execute("create temporary table newest as select * from flyway_schema_history where " + newest);
            statement.execute("delete from flyway_schema_history where " + newest);

            assertThat(carryOut(move).output()).contains("A hub has run on");

            assertThat(
                            statement.executeUpdate(
                                    "insert into flyway_schema_history select * from newest"
                                            + " where not exists (select 1 from flyway_schema_history h where h.version = newest.version)"))
                    .as("changes of the schema that nobody made")
                    .isEqualTo(1);
        }
    }

    @Test
    void a_move_that_cannot_be_made_is_one_clear_sentence() throws Exception {
        try (Store store = Store.open(settings)) {
            assertThat(store.dialect()).isEqualTo(Dialect.H2);
        }

        assertThat(carryOut("migrate-to", "--url", "jdbc:h2:mem:x", "--user", "sa")
                        .output())
                .contains("must begin with jdbc:postgresql:");
        Ended nobody = carryOut("migrate-to", "--url", "jdbc:postgresql://127.0.0.1:1/x", "--user", "x");
        assertThat(nobody.status()).isEqualTo(1);
        assertThat(nobody.output()).contains("cannot be opened").doesNotContain("\tat ");
        assertThat(carryOut("migrate-to").status()).isEqualTo(2);
    }

    /** Every row of every table as text, but what the move itself added. */
    private Map<String, String> contents() {
        Map<String, String> contents = new java.util.TreeMap<>();
        try (Store store = Store.existing(Settings.load(home.resolve("config"), "", Map.of(), Map.of()))) {
            for (SealedTable table : SealedTable.ALL) {
                List<String> rows = new ArrayList<>();
                store.jdbc().sql("select * from " + table.name()).query(row -> {
                    StringBuilder text = new StringBuilder();
                    for (int i = 1; i <= row.getMetaData().getColumnCount(); i++) {
                        String column = row.getMetaData().getColumnName(i).toLowerCase(java.util.Locale.ROOT);
                        Object value = row.getObject(i);
                        Object told = value instanceof byte[] bytes
                                ? java.util.HexFormat.of().formatHex(bytes)
                                : value instanceof java.sql.Timestamp time
                                        ? time.toInstant()
                                        : value instanceof java.time.OffsetDateTime time ? time.toInstant() : value;
                        text.append(column).append('=').append(told).append(' ');
                    }
                    rows.add(text.toString());
                });
                rows.sort(null);
                contents.put(table.name(), String.join("\n", rows));
            }
        }
        return contents;
    }

    @Test
    void a_rehearsal_starts_a_hub_takes_a_webhook_and_leaves_nothing_behind() throws IOException {
        Set<Path> before = rehearsals();

        Ended rehearsal = carryOut("rehearse");

        assertThat(rehearsal.output()).isEmpty();
        assertThat(rehearsal.status()).isZero();
        assertThat(rehearsals()).isEqualTo(before);
    }

    private static Set<Path> rehearsals() throws IOException {
        Set<Path> found = new HashSet<>();
        try (var folders =
                Files.newDirectoryStream(Path.of(System.getProperty("java.io.tmpdir")), "tsunagi-rehearsal*")) {
            folders.forEach(found::add);
        }
        return found;
    }

    static Stream<String> commands() {
        return commands("", Commands.commandLine(new PrintWriter(new StringWriter())));
    }

    private static Stream<String> commands(String name, CommandLine command) {
        return Stream.concat(
                Stream.of(name),
                command.getSubcommands().entrySet().stream()
                        .flatMap(sub -> commands((name + " " + sub.getKey()).strip(), sub.getValue())));
    }

    @ParameterizedTest
    @MethodSource("commands")
    void every_command_explains_itself(String command) {
        Ended help = carryOut((command + " --help").strip().split(" "));

        assertThat(help.status()).isZero();
        assertThat(help.output())
                .contains(("Usage: tsunagi " + command).strip())
                .contains("--home");
    }

    @Test
    void a_wrong_call_ends_with_2_and_says_why() {
        assertThat(carryOut("chekc")).satisfies(ended -> {
            assertThat(ended.status()).isEqualTo(2);
            assertThat(ended.output()).contains("chekc");
        });
        assertThat(carryOut("audit", "export", "--reason", "review", "--from", "yesterday")
                        .status())
                .isEqualTo(2);
    }

    @ParameterizedTest
    @MethodSource("commands")
    void every_command_ends_with_2_when_it_is_called_with_what_it_does_not_know(String command) {
        Ended wrong = carryOut((command + " --nonsense").strip().split(" "));

        assertThat(wrong.status()).isEqualTo(2);
        assertThat(wrong.output())
                .containsPattern("--nonsense|Missing required (option|parameter)")
                .contains("Usage: tsunagi");
    }

    /** The commands that are promised by name. */
    @Test
    void the_commands_are_those_of_the_documents() {
        assertThat(commands())
                .contains(
                        "run",
                        "check",
                        "migrate",
                        "migrate-to",
                        "keys rotate",
                        "audit verify",
                        "scan pan",
                        "routes check",
                        "routes rollback",
                        "customer erase",
                        "customer export");
    }

    @Test
    void a_wrong_setting_is_one_sentence_and_1() throws IOException {
        set("hub.meida.keep", "P1D");

        assertThat(carryOut("check")).satisfies(ended -> {
            assertThat(ended.status()).isEqualTo(1);
            assertThat(ended.output()).contains("hub.meida.keep").doesNotContain("\tat ");
        });
    }

    @Test
    void check_tells_all_that_is_wrong_in_one_run_and_changes_nothing() throws IOException {
        set("hub.line.accounts", "main");
        set("hub.line.account.main.secret", "s");
        set("hub.line.account.main.token", "wrong");
        set("hub.salesforce.client-id", "sandbox-client");
        set("hub.salesforce.client-secret", "wrong");
        Path route = home.resolve("routes/custom/own.camel.yaml");
        Files.createDirectories(route.getParent());
        Files.writeString(
                route, "- route:\n    id: own\n    from:\n      uri: nonsense:x\n      steps:\n        - stop: {}\n");
        set("hub.routes.folder", "routes");
        try (LineSimulator line = line();
                SalesforceSimulator salesforce = new SalesforceSimulator().start()) {
            set("hub.line.api", line.baseUri().toString());
            set("hub.salesforce.login-url", salesforce.baseUri());

            Ended ended = carryOut("check");

            assertThat(ended.status()).isEqualTo(1);
            assertThat(ended.output().lines())
                    .anyMatch(l -> l.startsWith("wrong") && l.contains("nonsense"))
                    .anyMatch(l -> l.startsWith("wrong") && l.contains("hub.line.account.main.token"))
                    .anyMatch(l -> l.startsWith("wrong") && l.contains("hub.salesforce.client-secret"))
                    .anyMatch(l -> l.startsWith("note") && l.contains("no file yet"))
                    .anyMatch(l -> l.startsWith("note") && l.contains("webhook redelivery"));
        }
        assertThat(Path.of(own.getProperty("hub.store.key-dir"))).doesNotExist();
    }

    @Test
    void check_finds_a_good_installation_good() throws IOException {
        Store.open(settings).close();
        set("hub.http.host", "127.0.0.1");
        set("hub.line.accounts", "main");
        set("hub.line.account.main.secret", "sandbox-main-secret");
        set("hub.line.account.main.token", "sandbox-main-token");
        set("hub.salesforce.client-id", "sandbox-client");
        set("hub.salesforce.client-secret", "sandbox-client-secret");
        try (LineSimulator line = line();
                SalesforceSimulator salesforce = new SalesforceSimulator().start()) {
            set("hub.line.api", line.baseUri().toString());
            set("hub.salesforce.login-url", salesforce.baseUri());

            Ended ended = carryOut("check");

            assertThat(ended.output()).doesNotContain("wrong");
            assertThat(ended.status()).isZero();
            assertThat(ended.output()).contains("lets the hub in").contains("LINE takes the token of the account main");
            assertThat(ended.output()).doesNotContain("hub.access.second-factor");

            set("hub.access.second-factor", "off");
            assertThat(carryOut("check").output().lines())
                    .anyMatch(l -> l.startsWith("note") && l.contains("hub.access.second-factor=off"));
        }
    }

    private static LineSimulator line() {
        return LineSimulator.builder()
                .accounts(LineSimulator.sandboxAccounts(URI.create("http://127.0.0.1:9")))
                .build()
                .start();
    }

    @Test
    void a_hub_that_only_checks_waits_for_migrate() throws IOException {
        set("hub.store.migrate", "check");

        assertThat(carryOut("keys", "list")).satisfies(ended -> {
            assertThat(ended.status()).isEqualTo(1);
            assertThat(ended.output()).contains("There is no database at");
        });

        assertThat(carryOut("migrate")).satisfies(ended -> {
            assertThat(ended.status()).isZero();
            assertThat(ended.output()).contains("V001__ledger_and_outbox.sql");
        });
        assertThat(carryOut("migrate").output()).contains("The schema is up to date");
        assertThat(carryOut("keys", "list")).satisfies(ended -> {
            assertThat(ended.status()).isEqualTo(1);
            assertThat(ended.output()).contains("holds no keys");
        });
        Store.open(Settings.load(home.resolve("config"), "", Map.of(), Map.of()))
                .close();
        assertThat(carryOut("keys", "list").status()).isZero();
    }

    private static final List<String> BESIDE_A_HUB = List.of(
            "audit verify",
            "audit export --reason review",
            "scan pan",
            "hold list",
            "keys list",
            "keys rotate",
            "keys destroy-old",
            "purge plan",
            "purge run",
            "purge verify");

    @Test
    void where_nothing_is_a_command_finds_nothing_good_and_makes_nothing() throws IOException {
        Path folder = Path.of(own.getProperty("hub.audit.head-file")).getParent();
        List<Path> before = files(folder);
        for (String command : BESIDE_A_HUB) {
            assertThat(carryOut(command.split(" "))).as(command).satisfies(ended -> {
                assertThat(ended.status()).isEqualTo(1);
                assertThat(ended.output()).contains("There is no database at").hasLineCount(1);
            });
        }
        assertThat(files(folder)).isEqualTo(before);
    }

    private static List<Path> files(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.sorted().toList();
        }
    }

    @ParameterizedTest
    @EnumSource(Dialect.class)
    void a_command_refuses_an_older_schema_and_other_keys_and_changes_neither(Dialect dialect) throws IOException {
        install(dialect, Map.of());
        try (Store store = Store.open(settings)) {
            store.jdbc()
                    .sql("delete from flyway_schema_history"
                            + " where installed_rank = (select max(installed_rank) from flyway_schema_history)")
                    .update();
        }
        for (String command : BESIDE_A_HUB) {
            assertThat(carryOut(command.split(" "))).as(command).satisfies(ended -> {
                assertThat(ended.status()).isEqualTo(1);
                assertThat(ended.output())
                        .contains("which is older than this version's: V")
                        .hasLineCount(1);
            });
        }
        install(dialect, Map.of());
        Store.open(settings).close();
        set("hub.store.key-dir", home.resolve("other-keys").toString());

        assertThat(carryOut("audit", "verify")).satisfies(ended -> {
            assertThat(ended.status()).isEqualTo(1);
            assertThat(ended.output()).contains("other-keys holds no keys");
        });
        assertThat(home.resolve("other-keys")).doesNotExist();
    }

    @Test
    void a_lost_key_of_certificates_is_said_and_no_other_one_made() throws IOException {
        Store.open(settings).close();
        Path key = Path.of(settings.needed("hub.store.key-dir"), "certificate-key");
        Path certificate = Files.writeString(home.resolve("certificate.json"), "{}\nAAAA\n");

        assertThat(carryOut("purge", "verify", certificate.toString())).satisfies(ended -> {
            assertThat(ended.status()).isEqualTo(1);
            assertThat(ended.output()).contains(key.toString()).contains("is not there");
        });
        assertThat(key).doesNotExist();
    }

    @Test
    void audit_verify_names_the_first_row_that_is_wrong() {
        try (Store store = Store.open(settings)) {
            Audit audit = new Audit(store, store.clock());
            store.inTransaction(() -> {
                for (int i = 0; i < 3; i++) {
                    audit.write("aoi", "view-inquiry", "inquiry/" + i, Audit.OK, null, null);
                }
            });
            new AuditSealer(store, store.clock(), settings).seal();
        }
        assertThat(carryOut("audit", "verify", "--tail-limit", "PT1M")).satisfies(ended -> {
            assertThat(ended.status()).isZero();
            assertThat(ended.output()).contains("3 rows of the chain are right; 0 wait");
        });
        String row;
        try (Store store = Store.open(settings)) {
            row = store.jdbc()
                    .sql("select audit from audit_seals where position = 2")
                    .query(String.class)
                    .single();
            store.jdbc()
                    .sql("update audit set object = 'inquiry/7' where id = cast(? as uuid)")
                    .param(row)
                    .update();
        }

        assertThat(carryOut("audit", "verify")).satisfies(ended -> {
            assertThat(ended.status()).isEqualTo(1);
            assertThat(ended.output()).contains("place 2").contains(row).contains("changed");
        });
    }

    @Test
    void audit_export_writes_json_lines_and_is_itself_audited() throws IOException {
        Store.open(settings).close();
        Path file = home.resolve("audit.jsonl");
        Ended first = carryOut("audit", "export", "--reason", "review of July", "--out", file.toString());

        assertThat(first.status()).as(first.output()).isZero();
        assertThat(Files.readAllLines(file))
                .singleElement()
                .asString()
                .contains("export-audit", "\"reason\":\"review of July\"");
        assertThat(carryOut("audit", "export", "--reason", "review of July", "--out", file.toString())
                        .status())
                .as("what is there already is not overwritten")
                .isEqualTo(1);
        assertThat(carryOut("audit", "export", "--reason", "review of July")
                        .output()
                        .lines())
                .hasSize(3)
                .allMatch(line -> line.startsWith("{"));
    }

    /** S31 */
    @Test
    void nothing_is_exported_without_a_reason() {
        Store.open(settings).close();
        Path out = home.resolve("exported");

        assertThat(carryOut("audit", "export", "--out", out.toString()).status())
                .isEqualTo(2);
        assertThat(carryOut("audit", "export", "--reason", " ", "--out", out.toString())
                        .status())
                .isEqualTo(2);
        assertThat(carryOut("customer", "export", "--inquiry", "1001", "--out", out.toString())
                        .status())
                .isEqualTo(2);
        assertThat(carryOut(
                                "customer",
                                "export",
                                "--inquiry",
                                "1001",
                                "--reason",
                                "x".repeat(201),
                                "--out",
                                out.toString())
                        .status())
                .isEqualTo(2);
        assertThat(out).doesNotExist();
    }

    @Test
    void keys_are_rotated_listed_and_kept() {
        SealedTable messages = SealedTable.ALL.get(1);
        Map<String, String> words;
        try (Store store = Store.open(settings)) {
            words = SealedRows.add(store, messages, 2, "残高");
        }

        Ended ended = carryOut("keys", "rotate");

        assertThat(ended.status()).as(ended.output()).isZero();
        assertThat(ended.output()).contains("2 values are sealed anew");
        assertThat(carryOut("keys", "list").output().lines())
                .hasSize(2)
                .anyMatch(line -> line.contains("seals and opens  2 values"))
                .anyMatch(line -> line.contains("opens only  0 values"));
        assertThat(carryOut("keys", "destroy-old").status()).isEqualTo(1);
        try (Store store = Store.open(settings)) {
            assertThat(SealedRows.open(store, messages)).isEqualTo(words);
        }
    }

    @Test
    void keys_are_destroyed_only_after_the_audit_says_which_and_what_became_of_it_stands_there_too() {
        Store.open(settings).close();
        carryOut("keys", "rotate");
        String old = carryOut("keys", "list")
                .output()
                .lines()
                .filter(line -> line.contains("opens only"))
                .findFirst()
                .orElseThrow()
                .substring(0, 8);
        assertThat(carryOut("keys", "destroy-old").status()).as("too early").isEqualTo(1);
        try (Store store = Store.open(settings)) {
            store.jdbc()
                    .sql("update key_rotations set finished_at = timestamp with time zone '2020-01-01 00:00:00+00'")
                    .update();
        }

        assertThat(carryOut("keys", "destroy-old").output()).contains("Destroyed " + old);

        try (Store store = Store.open(settings)) {
            assertThat(store.jdbc()
                            .sql("select act, outcome, detail from audit where act like '%destroy%' order by seq")
                            .query((row, i) -> row.getString(1) + " " + row.getString(2) + " " + row.getString(3))
                            .list())
                    .containsExactly(
                            "keys-destroyed refused null",
                            "destroy-keys ok {\"keys\":\"" + old + "\"}",
                            "keys-destroyed ok {\"keys\":\"" + old + "\"}");
        }
    }

    /** There every key would seem destroyed, and every picture gone. */
    @Test
    void a_purge_refuses_another_folder_of_picture_keys() throws IOException {
        Store.open(settings).close();
        assertThat(carryOut("purge", "run").status()).isZero();
        set("hub.media.key-dir", home.resolve("other-keys").toString());

        assertThat(carryOut("purge", "run")).satisfies(ended -> {
            assertThat(ended.status()).isEqualTo(1);
            assertThat(ended.output()).contains("is not the folder of picture keys");
        });
    }

    @Test
    void a_purge_is_planned_held_run_and_proved() throws IOException {
        long number;
        UUID message;
        try (Store store = Store.open(settings)) {
            UUID inquiry = row(store, "inquiries", null);
            store.jdbc()
                    .sql("update inquiries set state = 'CLOSED', closed_at = timestamp with time zone"
                            + " '2020-01-01 00:00:00+00', hold_memo = null, help_words = null")
                    .update();
            message = row(store, "messages", inquiry);
            number = store.jdbc()
                    .sql("select number from inquiries")
                    .query(Long.class)
                    .single();
        }
        assertThat(carryOut("purge", "plan").output().lines())
                .anyMatch(line -> line.matches("messages +1 due +0 on hold .*"));
        Ended hold = carryOut("hold", "set", "--inquiry", String.valueOf(number), "--reason", "court order");
        assertThat(hold.status()).as(hold.output()).isZero();
        String id = hold.output().replaceFirst("(?s).*The hold is ([-0-9a-f]+).*", "$1");
        assertThat(carryOut("hold", "list").output()).contains(id).contains("court order");
        assertThat(carryOut("purge", "plan", "--ids").output().lines())
                .containsExactly("{\"rule\":\"messages\",\"id\":\"" + message + "\",\"held\":true}");
        assertThat(carryOut("purge", "run").output()).contains("Removed 0 rows").contains("Nothing was due");
        assertThat(carryOut("hold", "lift", id, "--reason", "over").status())
                .as("who has the machine has any name: people with a session lift")
                .isEqualTo(2);
        try (Store store = Store.open(settings)) {
            new LegalHolds(store, new Audit(store, store.clock()))
                    .lift(UUID.fromString(id), "over", UUID.randomUUID().toString(), null);
        }

        assertThat(carryOut("purge", "verify")).satisfies(ended -> {
            assertThat(ended.status()).as("overdue").isEqualTo(1);
            assertThat(ended.output()).contains("messages: 1");
        });
        assertThat(carryOut("purge", "run").output()).contains("Removed 1 rows").contains("certificate 1");

        assertThat(carryOut("purge", "verify").status()).isZero();
        Path folder = home.resolve("certificates");
        assertThat(carryOut("purge", "certificates", "--out", folder.toString()).status())
                .isZero();
        Path file = folder.resolve("purge-00000001.json");
        String key = Files.readString(folder.resolve("public-key")).strip();
        assertThat(carryOut("purge", "verify", file.toString()).status()).isZero();
        assertThat(carryOut("purge", "verify", file.toString(), "--key", key).status())
                .isZero();
        Files.writeString(file, Files.readString(file).replace("\"purged\":1", "\"purged\":0"));
        assertThat(carryOut("purge", "verify", file.toString(), "--key", key).status())
                .isEqualTo(1);
    }

    @Test
    void what_is_withheld_is_written_only_while_an_auditor_has_the_inquiry_revealed() throws IOException {
        UUID inquiry;
        UUID kenji = UUID.randomUUID();
        UUID yui = UUID.randomUUID();
        long number;
        try (Store store = Store.open(settings)) {
            inquiry = row(store, "inquiries", null);
            UUID message = row(store, "messages", inquiry);
            number = store.jdbc()
                    .sql("select number from inquiries")
                    .query(Long.class)
                    .single();
            store.jdbc()
                    .sql("update messages set sender = 'CUSTOMER', content = null, unsent_at = at")
                    .update();
            store.jdbc()
                    .sql("insert into withheld_words (id, inquiry, content, written_at, withheld_at)"
                            + " values (?, ?, ?, timestamp with time zone '2026-04-01 00:00:05+00', current_timestamp)")
                    .params(
                            message,
                            inquiry,
                            store.sealing()
                                    .seal(
                                            "withheld_words",
                                            message,
                                            "{\"text\":\"ひみつ\",\"earlier\":[{\"text\":\"まえ\",\"at\":1775001600000}]}"))
                    .update();
            Map.of(kenji, "kenji", yui, "yui")
                    .forEach(
                            (id, name) -> store.jdbc().sql("""
                            insert into operators (id, name, display_name, role, language, zone, failures, created_at)
                            values (?, ?, 'Auditor', 'auditor', 'ja', 'Asia/Tokyo', 0, current_timestamp)
                            """).params(id, name).update());
            store.jdbc()
                    .sql(
                            "insert into customers (id, account, line_user_id, language, first_seen, last_seen, blocked)"
                                    + " select customer, 'main', 'U1', 'ja', current_timestamp, current_timestamp, false from inquiries")
                    .update();
        }
        Path folder = home.resolve("withheld");
        String[] export = {
            "hold", "export", "--inquiry", String.valueOf(number), "--auditor", "Kenji", "--out", folder.toString()
        };

        assertThat(carryOut(export)).satisfies(ended -> {
            assertThat(ended.status()).isEqualTo(1);
            assertThat(ended.output())
                    .contains("is not revealed to an auditor Kenji")
                    .hasLineCount(1);
        });
        try (Store store = Store.open(settings)) {
            new Reveals(store, new Audit(store, store.clock()), Duration.ofMinutes(15))
                    .reveal(yui, inquiry, "a court has ordered it", null);
        }
        assertThat(carryOut(export).status()).as("to another auditor").isEqualTo(1);
        try (Store store = Store.open(settings)) {
            new Reveals(store, new Audit(store, store.clock()), Duration.ofMinutes(15))
                    .reveal(kenji, inquiry, "a court has ordered it", null);
        }
        assertThat(carryOut(export)).satisfies(ended -> {
            assertThat(ended.status()).isEqualTo(1);
            assertThat(ended.output()).contains("No legal hold keeps anything").hasLineCount(1);
        });
        assertThat(folder).doesNotExist();
        carryOut("hold", "set", "--inquiry", String.valueOf(number), "--reason", "court order");

        assertThat(carryOut(export)).satisfies(ended -> {
            assertThat(ended.status()).as(ended.output()).isZero();
            assertThat(ended.output())
                    .contains("1 messages' words", "in the clear")
                    .doesNotContain("ひみつ");
        });
        assertThat(Files.readString(folder.resolve("withheld.json")))
                .contains("ひみつ", "まえ", "\"writtenAt\" : \"2026-04-01T00:00:05Z\"", "2026-04-01T00:00:00Z");
        assertThat(carryOut(export).status()).as("the folder is there").isEqualTo(1);
        assertThat(Files.getPosixFilePermissions(folder)).hasSize(3);
        assertThat(carryOut("hold", "export", "--inquiry", "4711", "--auditor", "kenji", "--out", "x")
                        .output())
                .contains("There is no inquiry 4711.");
        assertThat(exports())
                .containsExactly(
                        "export-withheld refused not-revealed",
                        "export-withheld refused not-revealed",
                        "export-withheld refused nothing-withheld",
                        "begin-export-withheld ok " + kenji,
                        "export-withheld ok " + kenji,
                        "begin-export-withheld ok " + kenji,
                        "export-withheld failed " + kenji);

        Path own = home.resolve("own");
        String[] customer = {"customer", "export", "--reason", "弁護士の依頼", "--inquiry", String.valueOf(number), "--out"};
        assertThat(carryOut(Stream.concat(Arrays.stream(customer), Stream.of(own.toString()))
                        .toArray(String[]::new)))
                .satisfies(ended -> {
                    assertThat(ended.status()).as(ended.output()).isZero();
                    assertThat(ended.output()).contains("1 messages and files are left out");
                });
        assertThat(Files.readString(own.resolve("customer.json")))
                .contains("takenBackAt")
                .doesNotContain("ひみつ");
        Path all = home.resolve("all");
        String[] withheld = Stream.concat(
                        Arrays.stream(customer), Stream.of(all.toString(), "--withheld", "--auditor", "yui"))
                .toArray(String[]::new);
        assertThat(carryOut(Stream.concat(Arrays.stream(customer), Stream.of("x", "--withheld"))
                                .toArray(String[]::new))
                        .status())
                .as("without an auditor")
                .isNotZero();
        assertThat(carryOut(withheld)).satisfies(ended -> {
            assertThat(ended.status()).as(ended.output()).isZero();
            assertThat(ended.output()).contains("1 of the messages and files that are written now");
        });
        assertThat(Files.readString(all.resolve("customer.json"))).contains("ひみつ");
        try (Store store = Store.open(settings)) {
            store.jdbc().sql("update reveals set until_at = at").update();
        }
        withheld[customer.length] = home.resolve("late").toString();
        assertThat(carryOut(withheld)).satisfies(ended -> {
            assertThat(ended.status()).isEqualTo(1);
            assertThat(ended.output()).contains("is not revealed to an auditor yui");
        });
        assertThat(home.resolve("late")).doesNotExist();
    }

    private List<String> exports() {
        try (Store store = Store.open(settings)) {
            return store.jdbc()
                    .sql("select act, outcome, detail from audit where act like '%export-withheld' order by seq")
                    .query((row, i) -> {
                        String detail = row.getString("detail");
                        return row.getString("act") + " " + row.getString("outcome") + " "
                                + detail.replaceFirst(".*\"(?:auditor|why)\":\"([^\"]+)\".*", "$1");
                    })
                    .list();
        }
    }

    private static UUID row(Store store, String table, UUID inquiry) {
        SealedTable sealed = SealedTable.ALL.stream()
                .filter(each -> each.name().equals(table))
                .findFirst()
                .orElseThrow();
        String key = SealedRows.add(store, sealed, 1, "残高").keySet().iterator().next();
        UUID id = UUID.fromString(key.replaceFirst("/.*", ""));
        if (inquiry != null) {
            store.jdbc()
                    .sql("update " + table + " set inquiry = ? where id = ?")
                    .params(inquiry, id)
                    .update();
        }
        return id;
    }

    @Test
    void a_link_lets_in_who_nobody_else_can_invite() {
        try (Store store = Store.open(settings)) {
            store.jdbc()
                    .sql("""
                            insert into operators (id, name, display_name, role, language, zone, failures, created_at)
                            values (?, 'admin', 'Admin', 'admin', 'ja', 'Asia/Tokyo', 0, ?)
                            """)
                    .params(UUID.randomUUID(), Store.at(store.clock().instant()))
                    .update();
        }

        Ended invited = carryOut("people", "invite", "Admin", "--new-factor");

        assertThat(invited.output()).containsPattern("/join#[A-Za-z0-9_-]{43}\\s");
        assertThat(invited.status()).isZero();
        assertThat(carryOut("people", "invite", "nobody")).satisfies(ended -> {
            assertThat(ended.status()).isEqualTo(1);
            assertThat(ended.output()).contains("Nobody is called nobody.");
        });
        try (Store store = Store.open(settings)) {
            assertThat(store.jdbc()
                            .sql("select act from audit where actor like 'command-line/%' order by seq")
                            .query(String.class)
                            .list())
                    .containsExactly("take-second-factor", "invite-operator");
        }
    }

    /** PCI DSS 12.10.7 */
    @Test
    void card_numbers_that_are_kept_are_found_and_masked_and_ids_are_not_taken_for_them() {
        UUID memo = UUID.randomUUID();
        UUID event = UUID.randomUUID();
        try (Store store = Store.open(settings)) {
            UUID inquiry = row(store, "inquiries", null);
            store.jdbc()
                    .sql("insert into holds (id, inquiry, memo, held_at) values (?, ?, ?, current_timestamp)")
                    .params(memo, inquiry, store.sealing().seal("holds", memo, "card 4111 1111 1111 1111"))
                    .update();
            UUID some = row(store, "events", null);
            store.jdbc()
                    .sql("update events set id = ?, body = ? where id = ?")
                    .params(
                            event,
                            store.sealing()
                                    .seal(
                                            "events",
                                            event,
                                            "{\"message\":{\"id\":\"4111111111111111\",\"text\":\"４１１１111111111111\"}}"),
                            some)
                    .update();
        }

        assertThat(carryOut("scan", "pan")).satisfies(ended -> {
            assertThat(ended.status()).isEqualTo(1);
            assertThat(ended.output())
                    .contains("holds.memo " + memo)
                    .contains("events.body " + event)
                    .contains("2 values hold card numbers")
                    .doesNotContain("1111 1111");
        });
        assertThat(carryOut("scan", "pan", "--redact").status()).isZero();
        assertThat(carryOut("scan", "pan")).satisfies(ended -> {
            assertThat(ended.status()).isZero();
            assertThat(ended.output()).contains("No card number is kept");
        });
        try (Store store = Store.open(settings)) {
            assertThat(store.sealing()
                            .openText(
                                    "events",
                                    event,
                                    store.jdbc()
                                            .sql("select body from events where id = ?")
                                            .param(event)
                                            .query((row, i) -> row.getBytes(1))
                                            .single()))
                    .isEqualTo("{\"message\":{\"id\":\"4111111111111111\",\"text\":\"************1111\"}}");
            assertThat(store.jdbc()
                            .sql("select count(*) from audit where act = 'scan-cards'")
                            .query(Long.class)
                            .single())
                    .isEqualTo(3);
        }
    }

    @Test
    void what_the_rules_hide_is_found_and_masked_where_it_was_kept_before() {
        UUID memo = UUID.randomUUID();
        try (Store store = Store.open(settings)) {
            UUID inquiry = row(store, "inquiries", null);
            store.jdbc()
                    .sql("insert into holds (id, inquiry, memo, held_at) values (?, ?, ?, current_timestamp)")
                    .params(memo, inquiry, store.sealing().seal("holds", memo, "PIN 4821 を確認"))
                    .update();
        }

        assertThat(carryOut("scan", "pan").status()).isZero();
        assertThat(carryOut("scan", "words")).satisfies(ended -> {
            assertThat(ended.status()).isEqualTo(1);
            assertThat(ended.output())
                    .contains("holds.memo " + memo)
                    .contains("1 values hold words that a rule hides")
                    .doesNotContain("4821");
        });
        assertThat(carryOut("scan", "words", "--redact").status()).isZero();
        assertThat(carryOut("scan", "words")).satisfies(ended -> {
            assertThat(ended.status()).isZero();
            assertThat(ended.output()).contains("No word that a rule hides is kept");
        });
        try (Store store = Store.open(settings)) {
            assertThat(store.sealing()
                            .openText(
                                    "holds",
                                    memo,
                                    store.jdbc()
                                            .sql("select memo from holds where id = ?")
                                            .param(memo)
                                            .query((row, i) -> row.getBytes(1))
                                            .single()))
                    .isEqualTo("PIN **** を確認");
            assertThat(store.jdbc()
                            .sql("select count(*) from audit where act = 'scan-words'")
                            .query(Long.class)
                            .single())
                    .isEqualTo(3);
        }
    }

    @ParameterizedTest
    @EnumSource(Dialect.class)
    void a_scan_goes_on_after_a_value_that_no_key_opens(Dialect dialect) throws IOException {
        install(dialect, Map.of());
        UUID broken;
        UUID memo = UUID.randomUUID();
        try (Store store = Store.open(settings)) {
            broken = row(store, "customers", null);
            store.jdbc()
                    .sql("update customers set name = ?")
                    .param(store.sealing().seal("customers", UUID.randomUUID(), "of another row"))
                    .update();
            store.jdbc()
                    .sql("insert into holds (id, inquiry, memo, held_at) values (?, ?, ?, current_timestamp)")
                    .params(
                            memo,
                            row(store, "inquiries", null),
                            store.sealing().seal("holds", memo, "card 4111 1111 1111 1111"))
                    .update();
        }

        assertThat(carryOut("scan", "pan", "--redact")).satisfies(ended -> {
            assertThat(ended.status()).isEqualTo(1);
            assertThat(ended.output())
                    .contains("No key opens customers.name " + broken)
                    .contains("holds.memo " + memo)
                    .contains("1 values hold card numbers; they are masked now");
        });
        assertThat(carryOut("scan", "pan")).satisfies(ended -> {
            assertThat(ended.status()).isEqualTo(1);
            assertThat(ended.output())
                    .contains("No key opens customers.name " + broken)
                    .contains("No card number is in what could be opened.");
        });
    }

    /** F34 */
    @ParameterizedTest
    @EnumSource(Dialect.class)
    void a_rotation_whose_process_is_killed_is_ended_by_the_next_one(Dialect dialect) throws Exception {
        install(dialect, Map.of());
        SealedTable messages = SealedTable.ALL.get(1);
        Map<String, String> words;
        try (Store store = Store.open(settings)) {
            words = SealedRows.add(store, messages, 5_000, "残高を教えて");
        }
        Process rotation = child("keys", "rotate", "--home", home.toString());
        try (BufferedReader output = rotation.inputReader(StandardCharsets.UTF_8)) {
            String line;
            do {
                line = output.readLine();
            } while (line != null && !line.startsWith("messages: "));
            rotation.destroyForcibly().waitFor();
            assertThat(line).as("it was at work").isNotNull();
        }
        try (Store store = Store.open(settings)) {
            assertThat(SealedRows.open(store, messages)).isEqualTo(words);
        }
        assertThat(carryOut("keys", "list").output().lines())
                .as("both keys are in use")
                .noneMatch(line -> line.endsWith("  0 values"))
                .hasSize(2);

        Ended ended = carryOut("keys", "rotate");

        assertThat(ended.status()).as(ended.output()).isZero();
        assertThat(ended.output()).contains("Went on with the rotation that was cut short");
        assertThat(carryOut("keys", "list").output().lines())
                .anyMatch(line -> line.contains("seals and opens  5000 values"))
                .anyMatch(line -> line.contains("opens only  0 values"));
        try (Store store = Store.open(settings)) {
            assertThat(SealedRows.open(store, messages)).isEqualTo(words);
        }
    }

    /** A start without a command loads none of picocli's classes. */
    @Test
    void a_plain_start_does_not_load_the_commands() throws Exception {
        set("hub.store.url", "jdbc:nothing:");
        Process start = new ProcessBuilder(
                        java().toString(),
                        "-Xlog:class+load=info",
                        "-cp",
                        System.getProperty("java.class.path"),
                        "io.tsunagi.HubMain",
                        "--home",
                        home.toString())
                .redirectErrorStream(true)
                .start();
        String output = new String(start.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

        assertThat(start.waitFor()).isEqualTo(1);
        assertThat(output)
                .contains("Tsunagi cannot start: The setting hub.store.url")
                .contains("io.tsunagi.HubMain");
        assertThat(output).doesNotContain("picocli").doesNotContain("io.tsunagi.Commands");
    }

    private static Path java() {
        return Path.of(System.getProperty("java.home"), "bin/java");
    }

    private static Process child(String... args) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                java().toString(),
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                "io.tsunagi.HubMain"));
        command.addAll(List.of(args));
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().keySet().removeIf(name -> name.startsWith("HUB_"));
        return builder.start();
    }
}
