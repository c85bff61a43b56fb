package io.tsunagi.bench;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;

/** A durable database of this run's own, with room for the hub and the reference. */
public sealed interface Database extends AutoCloseable {
    String name();

    /** Gives the URL of a database for this server, made when it is not there yet. */
    String url(String server) throws SQLException;

    String user();

    /** Gives the CPU time its own processes have used; zero when it runs inside the server's. */
    Duration cpu();

    /** Gives what decides how durable and fast it is. */
    Map<String, String> facts();

    @Override
    void close() throws IOException, SQLException;

    /** Looks into the database of a server that runs. */
    default Connection connect(String server) throws SQLException {
        return DriverManager.getConnection(url(server), user(), "");
    }

    /** H2 in files, opened as the hub's default settings open it, and so that the bench can look into it meanwhile. */
    record H2(Path folder) implements Database {
        private static final String OPTIONS =
                ";MODE=PostgreSQL;DATABASE_TO_LOWER=TRUE;DEFAULT_NULL_ORDERING=HIGH;CACHE_SIZE=65536"
                        + ";LOCK_TIMEOUT=10000;AUTO_SERVER=TRUE";

        /** Writes with each commit, also for who does not see to it as the hub does. */
        private static final String DURABLE = ";WRITE_DELAY=0";

        @Override
        public String name() {
            return "H2";
        }

        @Override
        public String url(String server) {
            return looking(server) + DURABLE;
        }

        private String looking(String server) {
            return "jdbc:h2:async:" + folder.resolve(server).toAbsolutePath() + OPTIONS;
        }

        /** Says nothing of how the server's database is to be written, which would hold for the server too. */
        @Override
        public Connection connect(String server) throws SQLException {
            return DriverManager.getConnection(looking(server), user(), "");
        }

        @Override
        public String user() {
            return "tsunagi";
        }

        @Override
        public Duration cpu() {
            return Duration.ZERO;
        }

        @Override
        public Map<String, String> facts() {
            return Map.of("options", OPTIONS.substring(1) + DURABLE);
        }

        @Override
        public void close() {
            // The files stay for whoever wants to look at them; the next run empties the folder.
        }
    }

    /** A PostgreSQL server on loopback that waits for the disk at each commit. */
    final class PostgreSql implements Database {
        private static final Duration STOP = Duration.ofSeconds(30);

        private final EmbeddedPostgres server;
        private final ProcessHandle postmaster;
        private final Map<String, String> facts = new LinkedHashMap<>();

        public PostgreSql(Path folder) throws IOException, SQLException {
            Path data = folder.resolve("data");
            server = EmbeddedPostgres.builder()
                    .setDataDirectory(data)
                    .setCleanDataDirectory(false)
                    .setServerConfig("fsync", "on")
                    .setServerConfig("synchronous_commit", "on")
                    .setServerConfig("listen_addresses", "127.0.0.1")
                    .setServerConfig("unix_socket_directories", "")
                    .setServerConfig("max_connections", "60")
                    .start();
            try (Stream<String> lines = Files.lines(data.resolve("postmaster.pid"))) {
                postmaster = ProcessHandle.of(
                                Long.parseLong(lines.findFirst().orElseThrow().strip()))
                        .orElseThrow();
            }
            for (String setting : new String[] {"server_version", "fsync", "synchronous_commit", "shared_buffers"}) {
                facts.put(setting, ask("show " + setting));
            }
            if (!facts.get("fsync").equals("on")
                    || !facts.get("synchronous_commit").equals("on")) {
                close();
                throw new IllegalStateException("PostgreSQL is not durable: " + facts);
            }
        }

        /** Gives the server's program. */
        public Path program() {
            return Path.of(postmaster
                    .info()
                    .command()
                    .orElseThrow(() -> new IllegalStateException("The system does not tell PostgreSQL's program")));
        }

        private String ask(String query) throws SQLException {
            try (Connection connection = server.getPostgresDatabase().getConnection();
                    var rows = connection.createStatement().executeQuery(query)) {
                rows.next();
                return rows.getString(1);
            }
        }

        @Override
        public String name() {
            return "PostgreSQL";
        }

        @Override
        public String url(String database) throws SQLException {
            if (ask("select count(*) from pg_database where datname = '" + database + "'")
                    .equals("0")) {
                try (Connection connection = server.getPostgresDatabase().getConnection();
                        var statement = connection.createStatement()) {
                    statement.execute("create database " + database);
                }
            }
            return server.getJdbcUrl("postgres", database);
        }

        @Override
        public String user() {
            return "postgres";
        }

        @Override
        public Duration cpu() {
            return Stream.concat(Stream.of(postmaster), postmaster.descendants())
                    .map(process -> process.info().totalCpuDuration().orElse(Duration.ZERO))
                    .reduce(Duration.ZERO, Duration::plus);
        }

        @Override
        public Map<String, String> facts() {
            return facts;
        }

        @Override
        public void close() throws IOException, SQLException {
            // With little left to write, the stop ends within the few seconds the library waits for it.
            try (Connection connection = server.getPostgresDatabase().getConnection();
                    var statement = connection.createStatement()) {
                statement.execute("checkpoint");
            }
            server.close();
            try {
                postmaster.onExit().get(STOP.toSeconds(), TimeUnit.SECONDS);
            } catch (TimeoutException stubborn) {
                postmaster.destroyForcibly();
            } catch (InterruptedException stopped) {
                postmaster.destroyForcibly();
                Thread.currentThread().interrupt();
            } catch (ExecutionException impossible) {
                throw new IllegalStateException(impossible);
            }
        }
    }
}
