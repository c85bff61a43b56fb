package io.tsunagi.packaging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The jar of the release before on the schema of this one, as after an upgrade that is taken back: {@code make old-release}
 * builds it out of the history. Scenario 72.
 */
class OldJarIT {
    private static final Path OLD = Path.of("target/old-release/standalone.jar");
    private static final Duration PATIENCE = Duration.ofSeconds(180);
    private static final String CUSTOMER = "U" + "6".repeat(32);

    @TempDir
    Path temp;

    private Surroundings surroundings;

    @BeforeEach
    void surround() throws Exception {
        assumeThat(OLD)
                .as("make old-release has built the release before; it needs the history of the repository")
                .exists();
        surroundings = Surroundings.start();
    }

    @AfterEach
    void end() {
        if (surroundings != null) {
            surroundings.close();
        }
    }

    @Test
    void an_upgrade_is_taken_back_and_made_again_on_h2() throws Exception {
        story(Surroundings.dataIn(temp.resolve("data")));
    }

    @Test
    void an_upgrade_is_taken_back_and_made_again_on_postgresql() throws Exception {
        try (EmbeddedPostgres postgres = EmbeddedPostgres.builder()
                .setServerConfig("listen_addresses", "127.0.0.1")
                .setServerConfig("unix_socket_directories", "")
                .start()) {
            Map<String, String> where = new HashMap<>(Surroundings.dataIn(temp.resolve("data")));
            where.put("HUB_STORE_URL", postgres.getJdbcUrl("postgres", "postgres"));
            where.put("HUB_STORE_USER", "postgres");
            story(where);
        }
    }

    private void story(Map<String, String> where) throws Exception {
        Path now = Program.built("-standalone.jar");
        int answers = 0;
        for (Path jar : List.of(OLD.toAbsolutePath(), now, OLD.toAbsolutePath(), now)) {
            answers = chat(jar, where, answers);
        }
    }

    /** A hub of this jar answers one more message, and sends nothing again; gives how many answers the phone shows then. */
    private int chat(Path jar, Map<String, String> where, int before) throws Exception {
        Map<String, String> settings = surroundings.environment();
        settings.putAll(where);
        Path folder = Files.createTempDirectory(temp, "run");
        try (Program hub = Program.start(
                folder,
                settings,
                List.of(
                        Program.javaHome().resolve("bin/java").toString(),
                        "-Xmx512m",
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "-jar",
                        jar.toString()))) {
            hub.awaitOk(surroundings.management() + "/observe/health/ready", PATIENCE);
            // Without articles the bot hands on, and is silent from then.
            await("articles").atMost(PATIENCE).until(() -> Program.get(surroundings.management() + "/observe/metrics")
                    .body()
                    .matches("(?s).*tsunagi_bot_articles\\{language=\"ja\"} [1-9].*"));
            assertThat(answers()).as("nothing is said again").isEqualTo(before);
            surroundings.line().write(CUSTOMER, "main", "残高の確認方法");
            await().atMost(PATIENCE)
                    .untilAsserted(() -> assertThat(answers()).as(hub::output).isGreaterThan(before));
            hub.terminate();
            hub.awaitEnd(PATIENCE);
            assertThat(hub.output()).doesNotContain(" ERROR ").doesNotContain("SQLException");
            return answers();
        }
    }

    private int answers() {
        int answers = 0;
        for (JsonNode shown : surroundings.line().chat(CUSTOMER, "main")) {
            answers += shown.path("from").asText().equals("account") ? 1 : 0;
        }
        return answers;
    }
}
