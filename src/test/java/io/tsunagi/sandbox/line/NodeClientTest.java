package io.tsunagi.sandbox.line;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** LINE's own client for Node, unchanged, finds in the simulator what it expects of the platform; signatures included. */
class NodeClientTest {
    private static final Path SOURCE = Path.of("src/test/node/line-client");
    private static final Path HOME = Path.of("target/line-client");
    private static final List<String> FILES = List.of("package.json", "package-lock.json", "client.mjs");

    private final LineSimulator line = LineSimulator.builder().build();

    @AfterEach
    void stop() {
        line.close();
    }

    @Test
    void the_client_of_another_language_gets_on_with_the_simulator() throws IOException, InterruptedException {
        line.start();
        install();

        String said = run("node", "client.mjs", line.baseUri().toString());

        assertThat(said).contains("ok: the webhook is set, told and tested").doesNotContain("not ok");
    }

    /** Once for a lock file: the packages stay under target. */
    private static void install() throws IOException, InterruptedException {
        Files.createDirectories(HOME);
        Path installed = HOME.resolve("installed-lock.json");
        byte[] lock = Files.readAllBytes(SOURCE.resolve("package-lock.json"));
        for (String file : FILES) {
            Files.copy(SOURCE.resolve(file), HOME.resolve(file), StandardCopyOption.REPLACE_EXISTING);
        }
        if (Files.exists(installed) && java.util.Arrays.equals(Files.readAllBytes(installed), lock)) {
            return;
        }
        run("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund");
        Files.write(installed, lock);
    }

    private static String run(String... command) throws IOException, InterruptedException {
        Process process;
        try {
            process = new ProcessBuilder(command)
                    .directory(HOME.toFile())
                    .redirectErrorStream(true)
                    .start();
        } catch (IOException e) {
            throw new AssertionError(
                    "This test needs Node 20 or newer with npm on the PATH: `" + command[0] + "` was not found", e);
        }
        try {
            process.getOutputStream().close();
            String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(process.waitFor(5, TimeUnit.MINUTES))
                    .as("%s ended: %s", command[0], said)
                    .isTrue();
            assertThat(process.exitValue())
                    .as("%s said: %s", String.join(" ", command), said)
                    .isZero();
            return said;
        } finally {
            process.destroyForcibly();
        }
    }
}
