package io.tsunagi.packaging;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The standalone jar, started the way its users start it. */
class StandaloneIT {
    private static final Duration PATIENCE = Duration.ofSeconds(90);

    @TempDir
    Path temp;

    private final Map<String, String> settings = new HashMap<>();
    private Surroundings surroundings;

    @BeforeEach
    void simulate() throws Exception {
        surroundings = Surroundings.start();
        settings.putAll(surroundings.environment());
        settings.putAll(Surroundings.dataIn(temp.resolve("data")));
    }

    @AfterEach
    void stop() {
        surroundings.close();
    }

    private Program hub() throws Exception {
        return jar();
    }

    private Program jar(String... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of(
                Program.javaHome().resolve("bin/java").toString(),
                "-Xmx512m",
                "-jar",
                Program.built("-standalone.jar").toString()));
        command.addAll(List.of(arguments));
        return Program.start(temp.resolve("run"), settings, command);
    }

    @Test
    void commands_of_the_jar_say_what_they_did_and_end_with_its_status() throws Exception {
        assertEnds(0, "Usage: tsunagi", "--help");
        assertEnds(0, "V001__ledger_and_outbox.sql", "migrate");
        assertEnds(0, "lets the hub in", "check");
        assertEnds(1, "holds no keys", "keys", "rotate");
        try (var hub = hub()) {
            hub.awaitOk(surroundings.management() + "/observe/health", PATIENCE);
            hub.terminate();
            hub.awaitEnd(PATIENCE);
        }
        assertEnds(0, "values are sealed anew", "keys", "rotate");
        assertEnds(0, "rows of the chain are right", "audit", "verify");
        assertEnds(2, "Unknown option", "--nonsense");
        settings.put("HUB_LINE_ACCOUNT_MAIN_TOKEN", "wrong");
        assertEnds(1, "hub.line.account.main.token", "check");
    }

    private void assertEnds(int status, String says, String... arguments) throws Exception {
        try (var command = jar(arguments)) {
            assertThat(command.awaitEnd(PATIENCE)).as(command.output()).isEqualTo(status);
            assertThat(command.output()).contains(says).doesNotContain("\tat ");
        }
    }

    @Test
    void java_jar_answers_a_customer_and_ends_when_told() throws Exception {
        try (var hub = hub()) {
            hub.awaitOk(surroundings.management() + "/observe/health", PATIENCE);

            surroundings.assertThatACustomerIsAnswered(hub::output);
            assertThat(Program.get(surroundings.management() + "/observe/metrics")
                            .body())
                    .contains("camel_exchanges_total");
            assertThat(Program.status(surroundings.management() + "/hawtio/")).isEqualTo(401);
            assertThat(Program.get(surroundings.hub() + "/").body()).contains("<html");

            hub.terminate();
            // 143 is how a JVM ends that was told to by a signal.
            assertThat(hub.awaitEnd(Duration.ofSeconds(30))).as(hub.output()).isIn(0, 143);
        }
    }

    @Test
    void a_taken_port_is_one_clear_sentence() throws Exception {
        try (var taken = new ServerSocket(surroundings.hubPort(), 1, InetAddress.getLoopbackAddress());
                var hub = hub()) {
            assertThat(hub.awaitEnd(PATIENCE)).isEqualTo(1);

            assertThat(hub.output()).contains(String.valueOf(taken.getLocalPort()));
            assertThat(hub.output()).doesNotContain("\tat ");
        }
    }

    @Test
    void a_wrong_setting_is_one_clear_sentence() throws Exception {
        settings.put("HUB_STORE_URL", "jdbc:h2:async:./data/lossy;MODE=PostgreSQL");
        try (var hub = hub()) {
            assertThat(hub.awaitEnd(PATIENCE)).isEqualTo(1);

            assertThat(hub.output()).contains("WRITE_DELAY=0").doesNotContain("\tat ");
        }
    }

    @Test
    void a_broken_route_file_stops_the_start_with_its_name() throws Exception {
        var routes = Files.createDirectories(temp.resolve("run/routes/custom"));
        Files.writeString(
                routes.resolve("half.camel.yaml"), "- route:\n    id: half\n    from:\n      uri: nothing:there\n");
        try (var hub = hub()) {
            assertThat(hub.awaitEnd(PATIENCE)).isEqualTo(1);

            assertThat(hub.output()).contains("half.camel.yaml").doesNotContain("\tat ");
        }
    }
}
