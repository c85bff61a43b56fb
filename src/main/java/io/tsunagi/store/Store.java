package io.tsunagi.store;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import com.zaxxer.hikari.pool.HikariPool;
import io.tsunagi.config.Settings;
import io.tsunagi.config.SettingsException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Timestamp;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Locale;
import java.util.Properties;
import java.util.UUID;
import java.util.function.Supplier;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.datasource.DataSourceTransactionManager;
import org.springframework.jdbc.datasource.TransactionAwareDataSourceProxy;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.support.TransactionSynchronizationManager;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * The one database: its connections, its schema, its transactions. Every class that keeps something is given this.
 *
 * <p>Safe for many threads. A second node may open the same PostgreSQL at the same time; Flyway's lock lets one of them
 * migrate.
 */
public final class Store implements AutoCloseable {
    private final HikariDataSource pool;
    private final Dialect dialect;
    private final DataSourceTransactionManager transactions;
    private final JdbcClient jdbc;
    private final Sealing sealing;

    private Store(HikariDataSource pool, Dialect dialect, Sealing sealing) {
        this.pool = pool;
        this.dialect = dialect;
        this.sealing = sealing;
        this.transactions = new DataSourceTransactionManager(pool);
        this.jdbc = JdbcClient.create(pool);
    }

    /**
     * Opens the database that {@code hub.store.url} names and brings its schema up to date.
     *
     * @throws SettingsException in one sentence when the database cannot be reached or its URL is not allowed
     */
    public static Store open(Settings settings) {
        String url = settings.needed("hub.store.url");
        Dialect dialect = dialectOf(url);
        refuseLossyH2(url, dialect);
        Sealing sealing = Sealing.in(Path.of(settings.needed("hub.store.key-dir")));
        HikariConfig config = new HikariConfig();
        config.setJdbcUrl(url);
        config.setDriverClassName(dialect == Dialect.H2 ? "org.h2.Driver" : "org.postgresql.Driver");
        config.setUsername(settings.text("hub.store.user"));
        config.setPassword(settings.secret("hub.store.password").reveal());
        config.setMaximumPoolSize(settings.whole("hub.store.connections", 2, 500));
        config.setConnectionTimeout(
                settings.duration("hub.store.connection-timeout").toMillis());
        config.setInitializationFailTimeout(
                settings.duration("hub.store.connection-timeout").toMillis());
        config.setLeakDetectionThreshold(
                settings.duration("hub.store.leak-detection").toMillis());
        config.setPoolName("tsunagi");
        if (dialect == Dialect.POSTGRESQL) {
            // A database that hangs without closing the connection would hold every thread for good.
            config.addDataSourceProperty(
                    "socketTimeout",
                    String.valueOf(settings.duration("hub.store.socket-timeout").toSeconds()));
        }
        HikariDataSource pool;
        try {
            pool = dialect == Dialect.H2 ? EmbeddedDatabase.pool(config) : new HikariDataSource(config);
        } catch (HikariPool.PoolInitializationException e) {
            throw new SettingsException("The database at " + withoutSecrets(url) + " cannot be opened: "
                    + rootMessage(e) + ". Check hub.store.url, hub.store.user and hub.store.password.");
        }
        try {
            migrate(pool);
        } catch (FlywayException e) {
            pool.close();
            throw new SettingsException("The database at " + withoutSecrets(url)
                    + " could not be brought to this version's schema: " + rootMessage(e));
        }
        try {
            checkKeys(JdbcClient.create(pool), sealing, settings.needed("hub.store.key-dir"));
        } catch (SettingsException e) {
            pool.close();
            throw e;
        }
        return new Store(pool, dialect, sealing);
    }

    /** Words sealed with other keys could not be read, and new ones would be sealed with a second key. */
    private static void checkKeys(JdbcClient jdbc, Sealing sealing, String folder) {
        UUID place = new UUID(0, 1);
        jdbc.sql("insert into key_check (id, sealed) values (1, ?) on conflict do nothing")
                .param(sealing.seal("key_check", place, "right"))
                .update();
        byte[] sealed = jdbc.sql("select sealed from key_check where id = 1")
                .query(byte[].class)
                .single();
        try {
            sealing.open("key_check", place, sealed);
        } catch (IllegalStateException e) {
            throw new SettingsException("The keys in " + folder + " are not those of this database. Point"
                    + " hub.store.key-dir to the folder this database was begun with, or restore it.");
        }
    }

    private static Dialect dialectOf(String url) {
        if (url.startsWith("jdbc:h2:")) {
            return Dialect.H2;
        }
        if (url.startsWith("jdbc:postgresql:")) {
            return Dialect.POSTGRESQL;
        }
        throw new SettingsException("The setting hub.store.url must begin with jdbc:h2: or jdbc:postgresql:.");
    }

    /** H2 by default keeps commits in memory for 500 ms; killed in between, acknowledged events would be lost. */
    private static void refuseLossyH2(String url, Dialect dialect) {
        String options = url.toUpperCase(Locale.ROOT);
        if (dialect == Dialect.H2 && !options.contains("WRITE_DELAY=0")) {
            throw new SettingsException("The setting hub.store.url must contain ;WRITE_DELAY=0, otherwise the embedded"
                    + " database loses acknowledged events when the process is killed.");
        }
        if (dialect == Dialect.H2 && !options.contains("MODE=POSTGRESQL")) {
            throw new SettingsException("The setting hub.store.url must contain ;MODE=PostgreSQL.");
        }
    }

    private static void migrate(DataSource pool) {
        Flyway.configure(Store.class.getClassLoader())
                .dataSource(pool)
                .resourceProvider(new Migrations())
                .javaMigrationClassProvider(java.util.List::of)
                .load()
                .migrate();
    }

    private static String withoutSecrets(String url) {
        return url.replaceAll("(?i)(password=)[^;&]*", "$1…").replaceAll("[?;].*", "");
    }

    private static String rootMessage(Throwable e) {
        Throwable root = e;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        return String.valueOf(root.getMessage()).lines().findFirst().orElse("").strip();
    }

    public Sealing sealing() {
        return sealing;
    }

    /** Gives the client that joins the running transaction, or commits each statement by itself. */
    public JdbcClient jdbc() {
        return jdbc;
    }

    public PlatformTransactionManager transactions() {
        return transactions;
    }

    /** Gives the pool itself, for those who manage their own connection. */
    public DataSource pool() {
        return pool;
    }

    /**
     * Opens a connection outside the pool, for one who keeps it: nobody else can exhaust it, and it is there again as soon
     * as the database is. A statement on it ends after {@code longest}, also one that waits for a lock; so does, to the full
     * second, waiting for a database that says nothing.
     */
    Connection connect(Duration longest) throws SQLException {
        Properties options = new Properties();
        options.setProperty("user", pool.getUsername());
        options.setProperty("password", pool.getPassword());
        if (dialect == Dialect.H2) {
            return limited(
                    new org.h2.Driver().connect(pool.getJdbcUrl(), options),
                    "set query_timeout " + longest.toMillis(),
                    "set lock_timeout " + longest.toMillis());
        }
        options.setProperty("ApplicationName", "tsunagi-events");
        options.setProperty("connectTimeout", "1");
        options.setProperty(
                "socketTimeout", String.valueOf(longest.plusMillis(999).toSeconds()));
        return limited(
                new org.postgresql.Driver().connect(pool.getJdbcUrl(), options),
                "set statement_timeout = " + longest.toMillis());
    }

    private static Connection limited(Connection connection, String... settings) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            for (String setting : settings) {
                statement.execute(setting);
            }
            return connection;
        } catch (SQLException e) {
            connection.close();
            throw e;
        }
    }

    /** Gives the data source for routes: a jdbc step inside a {@code transacted} route joins its transaction. */
    public DataSource forRoutes() {
        return new TransactionAwareDataSourceProxy(pool);
    }

    /** Runs work in the running transaction, or in a new one; commits when it returns, rolls back when it throws. */
    public <T> T inTransaction(Supplier<T> work) {
        return new TransactionTemplate(transactions).execute(status -> work.get());
    }

    public void inTransaction(Runnable work) {
        new TransactionTemplate(transactions).executeWithoutResult(status -> work.run());
    }

    /** Runs work in a transaction of its own, whatever runs around it. */
    public <T> T inOwnTransaction(Supplier<T> work) {
        TransactionTemplate own = new TransactionTemplate(transactions);
        own.setPropagationBehavior(TransactionDefinition.PROPAGATION_REQUIRES_NEW);
        return own.execute(status -> work.get());
    }

    /** Refuses work that is only right as part of a larger step. */
    public static void needTransaction() {
        if (!TransactionSynchronizationManager.isActualTransactionActive()) {
            throw new IllegalStateException("This must run inside a transaction");
        }
    }

    /** Gives an instant as both databases take it for {@code timestamp with time zone}. */
    public static OffsetDateTime at(Instant instant) {
        return instant == null ? null : instant.atOffset(ZoneOffset.UTC);
    }

    public static Instant instant(Object column) {
        if (column == null) {
            return null;
        }
        return column instanceof OffsetDateTime time ? time.toInstant() : ((Timestamp) column).toInstant();
    }

    @Override
    public void close() {
        pool.close();
    }
}
