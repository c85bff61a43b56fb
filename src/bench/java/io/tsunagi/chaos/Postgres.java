package io.tsunagi.chaos;

import io.tsunagi.bench.Database;
import io.tsunagi.bench.HubProgram;
import io.tsunagi.bench.Program;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** A PostgreSQL that waits for the disk at each commit, as a process that can be killed and started again. */
final class Postgres implements AutoCloseable {
    private static final String DATABASE = "hub";
    private static final Duration START = Duration.ofSeconds(60);

    private final Path folder;
    private final Path program;
    private final int port = HubProgram.freePort();
    private Program server;

    /** Makes a cluster in this folder, with an empty database in it, and starts it. */
    Postgres(Path folder) throws IOException, SQLException {
        this.folder = folder.toAbsolutePath();
        try (var first = new Database.PostgreSql(this.folder)) {
            first.url(DATABASE);
            program = first.program();
        }
        start();
    }

    int port() {
        return port;
    }

    static String url(int port) {
        // No TLS, so that a link can see where a commit begins.
        return "jdbc:postgresql://127.0.0.1:" + port + "/" + DATABASE + "?sslmode=disable";
    }

    String user() {
        return "postgres";
    }

    Path data() {
        return folder.resolve("data");
    }

    /** Starts it and waits until it answers; what a killed one left in the memory may hold the first tries up. */
    void start() throws IOException {
        Await.until("PostgreSQL answers", START, () -> {
            if (server == null || !server.process().isAlive()) {
                server = Program.start(folder, "postgres.log", Map.of(), command());
            }
            return answers();
        });
    }

    private List<String> command() {
        List<String> command = new ArrayList<>();
        if (System.getProperty("user.name").equals("root")) {
            // PostgreSQL refuses to run as root; in a user namespace of its own it is nobody.
            command.addAll(List.of("unshare", "-U"));
        }
        command.addAll(List.of(program.toString(), "-D", data().toString(), "-p", String.valueOf(port)));
        for (String setting : List.of(
                "listen_addresses=127.0.0.1",
                "unix_socket_directories=",
                "fsync=on",
                "synchronous_commit=on",
                "max_connections=120")) {
            command.addAll(List.of("-c", setting));
        }
        return command;
    }

    private boolean answers() {
        try (Connection connection = connect()) {
            return connection.isValid(2);
        } catch (SQLException notYet) {
            return false;
        }
    }

    /** Connects to it directly, past every link. */
    Connection connect() throws SQLException {
        return DriverManager.getConnection(url(port) + "&connectTimeout=2", user(), "");
    }

    /** As the kernel's out-of-memory killer does: its clients see their connections end. */
    void kill() {
        server.process().destroyForcibly();
        server.process().onExit().join();
    }

    /** As an administrator does for a change of settings: sessions are ended, then it stops and starts. */
    void restartFast() throws IOException {
        stop();
        start();
    }

    private void stop() throws IOException {
        Signal.INTERRUPT.send(server.process().pid());
        server.process().onExit().join();
    }

    boolean isRunning() {
        return server.process().isAlive();
    }

    @Override
    public void close() throws IOException {
        if (isRunning()) {
            stop();
        }
    }
}
