package io.tsunagi.chaos;

import io.tsunagi.bench.HubProgram;
import io.tsunagi.bench.Program;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A hub as it is shipped, as a process that can be killed, frozen and started again on the same ports and data. */
final class Node implements AutoCloseable {
    /** A JVM under another clock waits by looking all the time, so that it starts slowly beside others. */
    private static final Duration START = Duration.ofSeconds(300);

    private static final int GLANCE_MILLIS = 2_000;

    private final String name;
    private final Path jar;
    private final List<String> jvm;
    private final Path folder;
    private final Map<String, String> settings = new HashMap<>();
    private final int port = HubProgram.freePort();
    private final int managementPort = HubProgram.freePort();
    private Program program;
    private boolean frozen;

    /**
     * @param shared the folder of keys and the audit's head, the same for all nodes of a database
     * @param more settings by their names in the environment
     */
    Node(
            String name,
            Path jar,
            List<String> jvm,
            Path shared,
            String databaseUrl,
            String databaseUser,
            URI line,
            URI salesforce,
            Map<String, String> more)
            throws IOException {
        this.name = name;
        this.jar = jar.toAbsolutePath();
        this.jvm = jvm;
        this.folder = shared.toAbsolutePath().resolve("node-" + name);
        settings.putAll(HubProgram.environment(
                shared.toAbsolutePath(), port, managementPort, databaseUrl, databaseUser, line, salesforce));
        settings.putAll(more);
    }

    String name() {
        return name;
    }

    int port() {
        return port;
    }

    /** Gives what its settings are read from, as an environment. */
    Map<String, String> settings() {
        return settings;
    }

    /** Changes a setting; the next start knows it. */
    void set(String variable, String value) {
        settings.put(variable, value);
    }

    /** Starts it without waiting for anything. */
    void begin() throws IOException {
        List<String> command = new ArrayList<>(List.of(Program.java().toString()));
        command.addAll(jvm);
        command.addAll(List.of("-jar", jar.toString()));
        program = Program.start(folder, "hub.log", settings, command);
        frozen = false;
    }

    /** @return how long it took until it said that it can work */
    Duration awaitReady() throws IOException {
        return Await.until("node " + name + " is ready; see " + log(), START, () -> {
            program.assertRunning();
            return isReady();
        });
    }

    Duration start() throws IOException {
        begin();
        return awaitReady();
    }

    boolean isRunning() {
        return program != null && program.process().isAlive();
    }

    boolean isReady() {
        return get("/observe/health/ready").status == 200;
    }

    /** Gives a metric's value; the sum when it has labels, empty when the node does not answer. */
    double metric(String begins) {
        double sum = 0;
        for (String line : get("/observe/metrics").body.split("\n")) {
            if (line.startsWith(begins)) {
                sum += Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1));
            }
        }
        return sum;
    }

    private record Answer(int status, String body) {}

    private Answer get(String path) {
        try {
            HttpURLConnection call = (HttpURLConnection) URI.create("http://127.0.0.1:" + managementPort + path)
                    .toURL()
                    .openConnection();
            call.setConnectTimeout(GLANCE_MILLIS);
            call.setReadTimeout(3 * GLANCE_MILLIS);
            int status = call.getResponseCode();
            try (var body = status < 400 ? call.getInputStream() : call.getErrorStream()) {
                return new Answer(status, body == null ? "" : new String(body.readAllBytes()));
            }
        } catch (IOException notYet) {
            return new Answer(0, "");
        }
    }

    /** SIGKILL, as the kernel's out-of-memory killer. */
    void kill() {
        program.process().destroyForcibly();
        program.process().onExit().join();
    }

    /** SIGTERM, as a service manager; @return how long it took to end */
    Duration terminate() {
        long start = System.nanoTime();
        program.process().destroy();
        program.process().onExit().join();
        return Duration.ofNanos(System.nanoTime() - start);
    }

    void freeze() throws IOException {
        Signal.FREEZE.send(program.process().pid());
        frozen = true;
    }

    void thaw() throws IOException {
        Signal.THAW.send(program.process().pid());
        frozen = false;
    }

    boolean isFrozen() {
        return frozen;
    }

    Path log() {
        return folder.resolve("hub.log");
    }

    List<String> lines() throws IOException {
        return Files.exists(log()) ? Files.readAllLines(log()) : List.of();
    }

    @Override
    public void close() {
        if (isRunning()) {
            if (frozen) {
                // It could not obey.
                kill();
            }
            program.close();
        }
    }
}
