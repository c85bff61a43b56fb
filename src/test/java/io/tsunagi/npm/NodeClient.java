package io.tsunagi.npm;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A vendor's packages for Node with what we wrote for them, {@code src/test/node/NAME}; they stay under {@code target}.
 */
public final class NodeClient {
    private final Path source;
    private final Path home;

    public NodeClient(String name) {
        source = Path.of("src/test/node", name);
        home = Path.of("target", name);
    }

    /** Runs the script {@code client.mjs} against an address or files and gives what it said; what it finds wrong fails the test. */
    public String run(String... what) throws IOException, InterruptedException {
        install();
        return call(
                Stream.concat(Stream.of("node", "client.mjs"), Stream.of(what)).toArray(String[]::new));
    }

    /** Runs {@code npm test} on a copy of a project beside the packages and gives what it said; a failing test fails this one. */
    public String test(Path project) throws IOException, InterruptedException {
        install();
        for (Path part : in(project)) {
            Path copy = home.resolve(project.relativize(part));
            delete(copy);
            copy(part, copy);
        }
        return call("npm", "test");
    }

    /** Once for a lock file. */
    private void install() throws IOException, InterruptedException {
        copy(source, home);
        Path installed = home.resolve("installed-lock.json");
        byte[] lock = Files.readAllBytes(source.resolve("package-lock.json"));
        if (Files.exists(installed) && Arrays.equals(Files.readAllBytes(installed), lock)) {
            return;
        }
        call("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund");
        Files.write(installed, lock);
    }

    private static List<Path> in(Path folder) throws IOException {
        try (Stream<Path> parts = Files.list(folder)) {
            return parts.toList();
        }
    }

    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : files.toList()) {
                Path copy = to.resolve(from.relativize(file).toString());
                if (Files.isDirectory(file)) {
                    Files.createDirectories(copy);
                } else {
                    Files.copy(file, copy, StandardCopyOption.REPLACE_EXISTING);
                }
            }
        }
    }

    private static void delete(Path tree) throws IOException {
        if (Files.exists(tree)) {
            try (Stream<Path> files = Files.walk(tree)) {
                for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(file);
                }
            }
        }
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
