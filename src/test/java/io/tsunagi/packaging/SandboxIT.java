package io.tsunagi.packaging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.File;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The sandbox as {@code make sandbox} starts it, on other ports. */
class SandboxIT {
    @TempDir
    Path temp;

    private int hubPort;
    private int managementPort;
    private int linePort;
    private int salesforcePort;

    @BeforeEach
    void choosePorts() throws Exception {
        hubPort = Program.freePort();
        managementPort = Program.freePort();
        linePort = Program.freePort();
        salesforcePort = Program.freePort();
    }

    private Program sandbox(Map<String, String> environment) throws Exception {
        List<String> command = new ArrayList<>(List.of(
                Program.javaHome().resolve("bin/java").toString(),
                "-Dsandbox.hub.port=" + hubPort,
                "-Dsandbox.management.port=" + managementPort,
                "-Dsandbox.line.port=" + linePort,
                "-Dsandbox.salesforce.port=" + salesforcePort,
                "-cp",
                Program.built("-standalone.jar") + File.pathSeparator + Program.built("-sandbox.jar"),
                "io.tsunagi.sandbox.Sandbox"));
        return Program.start(temp, environment, command);
    }

    private void awaitReady(Program sandbox) {
        sandbox.awaitOk(url(managementPort, "/observe/health"), Duration.ofSeconds(90));
        await().atMost(Duration.ofSeconds(60)).until(() -> sandbox.output().contains("is ready"));
    }

    /** Scenario 71 */
    @Test
    void it_says_where_everything_is_and_answers_a_customer_about_the_balance() throws Exception {
        try (var sandbox = sandbox(Map.of())) {
            awaitReady(sandbox);

            assertThat(sandbox.output())
                    .contains(url(hubPort, ""), url(linePort, ""), url(salesforcePort, ""), url(managementPort, ""))
                    .contains("sakura", "aoi", "ren", "mei", "sandbox-password-1");
            var customer = "U" + "7".repeat(32);
            Program.post(
                    url(linePort, "/sandbox/users/" + customer + "/messages"),
                    "{\"account\":\"main\",\"type\":\"text\",\"text\":\"残高の確認方法\"}");
            await().atMost(Duration.ofSeconds(30)).untilAsserted(() -> assertThat(
                            Program.get(url(linePort, "/sandbox/users/" + customer + "/chat?account=main"))
                                    .body())
                    .contains("\"from\":\"account\"")
                    .contains("残高"));
            assertThat(Program.post(
                                    url(hubPort, "/api/sign-in"),
                                    "{\"name\":\"sakura\",\"password\":\"sandbox-password-1\"}")
                            .statusCode())
                    .isEqualTo(200);
        }
    }

    @Test
    void it_leaves_no_process_when_it_is_told_to_end() throws Exception {
        try (var sandbox = sandbox(Map.of())) {
            awaitReady(sandbox);
            var started = sandbox.descendants();
            assertThat(started).isNotEmpty();

            sandbox.terminate();

            sandbox.awaitEnd(Duration.ofSeconds(40));
            assertThat(started).noneMatch(ProcessHandle::isAlive);
        }
    }

    @Test
    void a_taken_port_is_one_clear_sentence() throws Exception {
        try (var taken = new ServerSocket(linePort, 1, InetAddress.getLoopbackAddress());
                var sandbox = sandbox(Map.of())) {
            assertThat(sandbox.awaitEnd(Duration.ofSeconds(60))).isEqualTo(1);

            assertThat(sandbox.output().strip().lines()).hasSize(1);
            assertThat(sandbox.output())
                    .contains("Port " + taken.getLocalPort(), "LINE simulator", "-Dsandbox.line.port");
        }
    }

    @Test
    void a_folder_that_is_not_its_own_is_never_emptied() throws Exception {
        var precious = Files.createDirectories(temp.resolve("data/sandbox")).resolve("precious.txt");
        Files.writeString(precious, "keep me");
        try (var sandbox = sandbox(Map.of())) {
            assertThat(sandbox.awaitEnd(Duration.ofSeconds(60))).isEqualTo(1);

            assertThat(sandbox.output()).contains("not the sandbox's own");
            assertThat(precious).hasContent("keep me");
        }
    }

    private static String url(int port, String path) {
        return "http://localhost:" + port + path;
    }
}
