package io.tsunagi.npm;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A vendor's client for Node with a script of ours, {@code src/test/node/NAME}; its packages stay under {@code target}. */
public final class NodeClient {
    private static final List<String> FILES = List.of("package.json", "package-lock.json", "client.mjs");

    private final Path source;
    private final Path home;

    public NodeClient(String name) {
        source = Path.of("src/test/node", name);
        home = Path.of("target", name);
    }

    /** Runs the script against an address and gives what it said; what it finds wrong fails the test. */
    public String run(String address) throws IOException, InterruptedException {
        install();
        return call("node", "client.mjs", address);
    }

    /** Once for a lock file. */
    private void install() throws IOException, InterruptedException {
        Files.createDirectories(home);
        Path installed = home.resolve("installed-lock.json");
        byte[] lock = Files.readAllBytes(source.resolve("package-lock.json"));
        for (String file : FILES) {
            Files.copy(source.resolve(file), home.resolve(file), StandardCopyOption.REPLACE_EXISTING);
        }
        if (Files.exists(installed) && Arrays.equals(Files.readAllBytes(installed), lock)) {
            return;
        }
        call("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund");
        Files.write(installed, lock);
    }

    private String call(String... command) throws IOException, InterruptedException {
        Process process;
        try {
            process = new ProcessBuilder(command)
                    .directory(home.toFile())
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
