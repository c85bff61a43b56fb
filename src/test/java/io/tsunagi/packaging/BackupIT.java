package io.tsunagi.packaging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** S35: the guide of docs/operate.md to backup and restoring, followed to the letter by a shell. */
class BackupIT extends RunsTheJar {
    private static final String CUSTOMER = "U" + "4".repeat(32);
    private static final String WORDS = "オペレーターと話したい";

    private List<String> guide;
    private Path folder;

    @BeforeEach
    void readGuide() throws IOException {
        String text = Files.readString(Path.of("docs/operate.md"));
        int begin = text.indexOf("**Making a backup.**");
        int end = text.indexOf("**Replacing the key of the words**");
        assertThat(begin).isPositive();
        guide = Pattern.compile("```\n(.*?)```", Pattern.DOTALL)
                .matcher(text.substring(begin, end))
                .results()
                .map((MatchResult found) -> found.group(1))
                .toList();
        assertThat(guide).hasSize(4);
        folder = Files.createDirectories(temp.resolve("run"));
        settings.putAll(Surroundings.dataIn(folder.resolve("data")));
    }

    @Test
    void an_embedded_database_comes_back_whole() throws Exception {
        try (Program hub = jar()) {
            isAnswered(hub);
            end(hub);
        }
        follow(guide.get(1));
        Files.move(folder.resolve("data"), folder.resolve("lost"));
        follow(guide.get(3));
        isWhole();
    }

    @Test
    void a_database_of_postgresql_is_saved_while_the_hub_runs_and_comes_back_whole() throws Exception {
        Path programs = installed();
        int port = Program.freePort();
        String data = temp.resolve("server").toString();
        try (Program made =
                server(programs.resolve("initdb"), "-D", data, "-A", "trust", "-U", "postgres", "-E", "UTF8")) {
            assertThat(made.awaitEnd(PATIENCE)).as(made.output()).isZero();
        }
        settings.put("HUB_STORE_URL", "jdbc:postgresql://127.0.0.1:" + port + "/postgres");
        settings.put("HUB_STORE_USER", "postgres");
        settings.put("PATH", programs + ":" + System.getenv("PATH"));
        settings.put("PGHOST", "127.0.0.1");
        settings.put("PGPORT", String.valueOf(port));
        settings.put("PGUSER", "postgres");
        settings.put("PGDATABASE", "postgres");
        try (Program server = server(
                programs.resolve("postgres"),
                "-D",
                data,
                "-p",
                String.valueOf(port),
                "-c",
                "listen_addresses=127.0.0.1",
                "-c",
                "unix_socket_directories=")) {
            await("the server").atMost(PATIENCE).until(() -> server.output().contains("ready to accept connections"));
            try (Program hub = jar()) {
                isAnswered(hub);
                follow(guide.get(0));
                end(hub);
            }
            Files.move(folder.resolve("data"), folder.resolve("lost"));
            follow("createdb restored");
            settings.put("PGDATABASE", "restored");
            settings.put("HUB_STORE_URL", "jdbc:postgresql://127.0.0.1:" + port + "/restored");
            follow(guide.get(2));
            isWhole();
        }
    }

    /** PostgreSQL's programs refuse to be root; in a name space of its own root is nobody. */
    private Program server(Path program, String... words) throws IOException {
        List<String> command = new ArrayList<>();
        if (System.getProperty("user.name").equals("root")) {
            command.addAll(List.of("unshare", "-U"));
        }
        command.add(program.toString());
        command.addAll(List.of(words));
        return Program.start(temp.resolve("server-run"), settings, command);
    }

    /** The programs of a PostgreSQL, server and pg_dump of one version: pg_dump takes no server that is newer. */
    private static Path installed() throws IOException {
        Path all = Path.of("/usr/lib/postgresql");
        assertThat(all).as("PostgreSQL's programs: apt install postgresql").isDirectory();
        try (Stream<Path> versions = Files.list(all)) {
            return versions.map(version -> version.resolve("bin"))
                    .filter(programs -> Stream.of("initdb", "postgres", "pg_dump", "pg_restore", "createdb")
                            .allMatch(program -> Files.isExecutable(programs.resolve(program))))
                    .findFirst()
                    .orElseThrow(() -> new AssertionError(
                            "No version below " + all + " has all its programs: apt install postgresql"));
        }
    }

    private void follow(String commands) throws Exception {
        try (Program shell = Program.start(folder, settings, List.of("sh", "-e", "-c", commands))) {
            assertThat(shell.awaitEnd(PATIENCE)).as(shell.output()).isZero();
        }
    }

    private void isAnswered(Program hub) {
        hub.awaitOk(surroundings.management() + "/observe/health", PATIENCE);
        surroundings.line().write(CUSTOMER, "main", WORDS);
        await("told to wait").atMost(PATIENCE).until(() -> answers() == 1);
    }

    private long answers() {
        return surroundings.line().chat(CUSTOMER, "main").stream()
                .filter(shown -> shown.path("from").asText().equals("account"))
                .count();
    }

    private static void end(Program hub) throws Exception {
        hub.terminate();
        hub.awaitEnd(PATIENCE);
    }

    /** The words open, the audit is right, and a hub goes on where it was, without saying anything again. */
    private void isWhole() throws Exception {
        try (Program verify = jar("audit", "verify")) {
            assertThat(verify.awaitEnd(PATIENCE)).as(verify.output()).isZero();
        }
        try (Program export =
                jar("customer", "export", "--inquiry", "1001", "--reason", "a test of backups", "--out", "exported")) {
            assertThat(export.awaitEnd(PATIENCE)).as(export.output()).isZero();
        }
        assertThat(folder.resolve("exported/customer.json")).content().contains(WORDS);
        long before = answers();
        try (Program hub = jar()) {
            hub.awaitOk(surroundings.management() + "/observe/health", PATIENCE);
            surroundings.line().write(CUSTOMER, "main", "まだですか");
            await("the words are kept").atMost(PATIENCE).until(() -> Program.get(
                            surroundings.management() + "/observe/metrics")
                    .body()
                    .matches("(?s).*tsunagi_line_events_total\\{fresh=\"true\"} 1\\.0.*"));
            end(hub);
        }
        assertThat(answers()).as("nothing is said again").isEqualTo(before);
    }
}
