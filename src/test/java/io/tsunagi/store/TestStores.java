package io.tsunagi.store;

import io.tsunagi.config.Settings;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;

/**
 * Real databases for tests: an empty, migrated one at each call. One PostgreSQL server serves the whole JVM; it does not wait
 * for the disk, which only a machine without power would show (the crash suite's and the benchmark's do). H2 is a file
 * database, opened as the product opens it. Migrated once in a JVM, both are copied.
 */
public final class TestStores {
    private static final AtomicInteger COUNT = new AtomicInteger();
    private static EmbeddedPostgres server;
    private static Path migratedH2;

    private TestStores() {}

    public static Store open(Dialect dialect) {
        return Store.open(settings(dialect, Map.of()));
    }

    /** Gives the settings of a new database, for tests that start a whole hub on it. */
    public static Settings settings(Dialect dialect, Map<String, String> more) {
        return settings(dialect, more, "");
    }

    /** Gives the settings of a new database under a profile, whose own file is left out. */
    public static Settings settings(Dialect dialect, Map<String, String> more, String profile) {
        Path folder = temporaryFolder();
        Map<String, String> overrides = new HashMap<>();
        overrides.put("hub.store.key-dir", folder.resolve("keys").toString());
        overrides.put("hub.audit.head-file", folder.resolve("audit-head").toString());
        overrides.put("hub.media.key-dir", folder.resolve("keys/media").toString());
        overrides.put("hub.store.leak-detection", "PT20S");
        if (dialect == Dialect.H2) {
            overrides.put("hub.store.url", h2(folder));
            if (!more.containsKey("hub.store.url")) {
                copyMigratedH2(folder);
            }
        } else {
            overrides.put("hub.store.url", newPostgresDatabase());
            overrides.put("hub.store.user", "postgres");
            overrides.put("hub.store.connections", "8");
        }
        overrides.putAll(more);
        return Settings.of(profile, overrides);
    }

    /** Says whether a statement waits for what another transaction has locked. */
    public static boolean somebodyWaitsForALock(Store store) {
        return store.jdbc()
                        .sql(
                                store.dialect() == Dialect.POSTGRESQL
                                        ? "select count(*) from pg_locks where not granted"
                                        : "select count(*) from information_schema.sessions where blocker_id is not null")
                        .query(Long.class)
                        .single()
                > 0;
    }

    /**
     * Ends the connections of a store on PostgreSQL, which by then have said what they read; gives how many entries of
     * indexes that was.
     */
    public static long entriesRead(Store store, String... indexes) throws SQLException {
        String url;
        try (Connection connection = store.pool().getConnection()) {
            url = connection.getMetaData().getURL();
        }
        try (Connection outside = DriverManager.getConnection(url, "postgres", "");
                PreparedStatement end = outside.prepareStatement("""
                        select pg_terminate_backend(pid, 30000) from pg_stat_activity
                        where datname = current_database() and pid <> pg_backend_pid() and backend_start < ?
                        """);
                PreparedStatement read = outside.prepareStatement(
                        "select sum(idx_tup_read) from pg_stat_user_indexes where indexrelname = any(?)")) {
            end.setObject(1, Store.at(Instant.now()));
            Awaitility.await().until(() -> {
                try (ResultSet ended = end.executeQuery()) {
                    return !ended.next();
                }
            });
            read.setArray(1, outside.createArrayOf("varchar", indexes));
            try (ResultSet sum = read.executeQuery()) {
                sum.next();
                return sum.getLong(1);
            }
        }
    }

    private static String h2(Path folder) {
        return "jdbc:h2:async:" + folder.resolve("db")
                + ";MODE=PostgreSQL;DATABASE_TO_LOWER=TRUE;DEFAULT_NULL_ORDERING=HIGH;LOCK_TIMEOUT=10000";
    }

    private static synchronized void copyMigratedH2(Path folder) {
        try {
            if (migratedH2 == null) {
                Path template = temporaryFolder();
                openForCopies(Map.of("hub.store.url", h2(template)));
                migratedH2 = template.resolve("db.mv.db");
            }
            Files.copy(migratedH2, folder.resolve("db.mv.db"));
        } catch (IOException e) {
            throw new UncheckedIOException("The tests' H2 database cannot be copied", e);
        }
    }

    /** Migrates a database, and leaves it so that every copy begins with keys of its own. */
    private static void openForCopies(Map<String, String> where) {
        Map<String, String> overrides = new HashMap<>(where);
        overrides.put("hub.store.key-dir", temporaryFolder().toString());
        try (Store migrated = Store.open(Settings.load(temporaryFolder(), "", Map.of(), overrides))) {
            migrated.jdbc().sql("delete from key_check").update();
        }
    }

    private static synchronized String newPostgresDatabase() {
        try {
            if (server == null) {
                server = EmbeddedPostgres.builder()
                        .setServerConfig("synchronous_commit", "on")
                        .setServerConfig("listen_addresses", "127.0.0.1")
                        .setServerConfig("unix_socket_directories", "")
                        .setServerConfig("max_connections", "500")
                        // Tests look at its log: nothing of theirs goes, and nothing of others' stands in a file used
                        // again.
                        .setServerConfig("wal_recycle", "off")
                        .setServerConfig("wal_keep_size", "256MB")
                        // It would go round the hundreds of databases all the time.
                        .setServerConfig("autovacuum", "off")
                        .start();
                createDatabase("migrated", "template1");
                String url = server.getJdbcUrl("postgres", "migrated");
                openForCopies(Map.of("hub.store.url", url, "hub.store.user", "postgres"));
            }
            String name = "t" + COUNT.incrementAndGet();
            createDatabase(name, "migrated");
            return server.getJdbcUrl("postgres", name);
        } catch (IOException e) {
            throw new UncheckedIOException("PostgreSQL did not start for the tests", e);
        } catch (SQLException e) {
            throw new IllegalStateException("PostgreSQL made no database for the tests", e);
        }
    }

    /** Gives where a database without any schema is or will be; for PostgreSQL its user is {@code postgres}. */
    static synchronized String empty(Dialect dialect) {
        if (dialect == Dialect.H2) {
            return h2(temporaryFolder());
        }
        newPostgresDatabase();
        String name = "t" + COUNT.incrementAndGet();
        try {
            createDatabase(name, "template1");
        } catch (SQLException e) {
            throw new IllegalStateException("PostgreSQL made no database for the tests", e);
        }
        return server.getJdbcUrl("postgres", name);
    }

    /** Copies a PostgreSQL database of {@link #settings} that nobody is connected to; gives the copy's address. */
    public static synchronized String copyOf(String url) {
        String name = "t" + COUNT.incrementAndGet();
        try {
            createDatabase(name, url.replaceFirst("^.*/([a-z0-9]+)\\?.*$", "$1"));
        } catch (SQLException e) {
            throw new IllegalStateException("PostgreSQL made no copy of " + url, e);
        }
        return server.getJdbcUrl("postgres", name);
    }

    private static void createDatabase(String name, String template) throws SQLException {
        try (Connection connection = server.getPostgresDatabase().getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute("create database " + name + " template " + template + " strategy file_copy");
        }
    }

    static Path temporaryFolder() {
        try {
            Path folder = Files.createTempDirectory(Path.of("target"), "store-");
            folder.toFile().deleteOnExit();
            return folder.toAbsolutePath();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
