package io.tsunagi.bench;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;

/** The {@link Reference} in a JVM of its own. */
final class ReferenceProgram implements AutoCloseable {
    private static final Duration LONGEST_START = Duration.ofSeconds(60);

    private final Program program;
    private final int port;

    ReferenceProgram(List<String> jvm, Path folder, Database database, URI line) throws Exception {
        List<String> command = new java.util.ArrayList<>();
        command.add(Program.java().toString());
        command.addAll(jvm);
        // The driver rewrites a batch into one statement: the reference is to be as fast as plain JDBC gets.
        String url = database.url("reference");
        if (database instanceof Database.PostgreSql) {
            url += (url.contains("?") ? "&" : "?") + "reWriteBatchedInserts=true";
        }
        command.addAll(List.of(
                "-Dh2.bindAddress=127.0.0.1",
                "-cp",
                classPath(),
                "-Dlog4j2.level=WARN",
                Reference.class.getName(),
                url,
                database.user(),
                line.toString()));
        program = Program.start(
                folder,
                "reference.log",
                Map.of("REFERENCE_SECRET", HubProgram.SECRET, "REFERENCE_TOKEN", HubProgram.TOKEN),
                command);
        try {
            port = awaitPort();
        } catch (RuntimeException e) {
            program.close();
            throw e;
        }
    }

    /** The class path as it is, but from anywhere. */
    private static String classPath() {
        return java.util.Arrays.stream(System.getProperty("java.class.path").split(java.io.File.pathSeparator))
                .map(part -> Path.of(part).toAbsolutePath().toString())
                .collect(java.util.stream.Collectors.joining(java.io.File.pathSeparator));
    }

    private int awaitPort() {
        long until = System.nanoTime() + LONGEST_START.toNanos();
        while (System.nanoTime() < until) {
            Optional<String> said = program.lines().stream()
                    .filter(line -> line.startsWith("port "))
                    .findFirst();
            if (said.isPresent()) {
                return Integer.parseInt(said.get().substring(5));
            }
            program.assertRunning();
            LockSupport.parkNanos(Duration.ofMillis(50).toNanos());
        }
        throw new IllegalStateException("The reference did not start within " + LONGEST_START.toSeconds() + " s");
    }

    /** Gives the address of what it does at this path. */
    URI webhook(String path) {
        return URI.create("http://127.0.0.1:" + port + path);
    }

    Program program() {
        return program;
    }

    @Override
    public void close() {
        program.close();
    }
}
