package io.tsunagi.store;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import com.zaxxer.hikari.pool.HikariPool;
import io.tsunagi.config.Outgoing;
import io.tsunagi.config.Settings;
import io.tsunagi.config.SettingsException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Timestamp;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import javax.sql.DataSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.core.SqlTypeValue;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.core.support.AbstractSqlTypeValue;
import org.springframework.jdbc.datasource.TransactionAwareDataSourceProxy;
import org.springframework.jdbc.support.JdbcTransactionManager;
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
    /** From here on, people should look after a machine's clock. */
    public static final Duration CLOCK_TOLERANCE = Duration.ofSeconds(2);

    private static final Logger LOG = LoggerFactory.getLogger(Store.class);
    private static final int LOOK_SECONDS = 2;

    /** How often work is run again that lost against other transactions. */
    private static final int REPEATS = 3;

    /** H2's codes for a file that is not there, and one that another process has open. */
    private static final int NO_SUCH_FILE = 90146;

    private static final int IN_USE = 90020;

    /** What checks a certificate for pgjdbc: its own factory, by the file {@code sslrootcert}, and the JVM's. */
    private static final Set<String> VERIFYING =
            Set.of("", "org.postgresql.ssl.LibPQFactory", "org.postgresql.ssl.DefaultJavaSSLFactory");

    private final HikariDataSource pool;
    private final Dialect dialect;
    private final JdbcTransactionManager transactions;
    private final JdbcTemplate template;
    private final JdbcClient jdbc;
    private final Sealing sealing;
    private final Clock clock;
    private final Supplier<Duration> ahead;
    private final ScheduledExecutorService looks;

    private Store(HikariDataSource pool, Dialect dialect, Sealing sealing) {
        this.pool = pool;
        this.dialect = dialect;
        this.sealing = sealing;
        this.transactions = new JdbcTransactionManager(pool);
        this.template = new JdbcTemplate(pool);
        this.jdbc = JdbcClient.create(template);
        if (dialect == Dialect.H2) {
            // It runs in this process: its clock is the machine's.
            this.clock = Clock.systemUTC();
            this.ahead = () -> Duration.ZERO;
            this.looks = null;
        } else {
            DatabaseClock time = new DatabaseClock(this::databaseTime, InstantSource.system(), System::nanoTime);
            this.clock = time;
            this.ahead = time::ahead;
            this.looks = Executors.newSingleThreadScheduledExecutor(work -> {
                Thread thread = new Thread(work, "database-clock");
                thread.setDaemon(true);
                return thread;
            });
            this.looks.scheduleWithFixedDelay(() -> lookAt(time), LOOK_SECONDS, LOOK_SECONDS, TimeUnit.SECONDS);
        }
    }

    private Instant databaseTime() {
        return jdbc.sql("select clock_timestamp() as now")
                .query((row, i) -> instant(row.getTimestamp("now")))
                .single();
    }

    private static void lookAt(DatabaseClock time) {
        try {
            time.look();
        } catch (DataAccessException e) {
            LOG.debug("The database's time cannot be read", e);
        }
    }

    /**
     * Opens the database that {@code hub.store.url} names and brings its schema up to date.
     *
     * @throws SettingsException in one sentence when the database cannot be reached or its URL is not allowed
     */
    public static Store open(Settings settings) {
        String url = settings.needed("hub.store.url");
        Dialect dialect = dialectOf(url);
        AtSchema atSchema = settings.choice("hub.store.migrate", AtSchema.class);
        Path folder = Path.of(settings.needed("hub.store.key-dir"));
        refuseUnsafeH2(url, dialect);
        MasterKey master = MasterKey.of(settings);
        master.begin();
        Sealing sealing = Sealing.in(folder, master);
        HikariDataSource pool = connect(settings, false).orElseThrow();
        try {
            Schema schema = new Schema(dialect, pool, withoutSecrets(url));
            if (atSchema == AtSchema.START) {
                schema.migrate();
            } else {
                schema.refuseOlder();
            }
            checkKeys(JdbcClient.create(pool), sealing, folder.toString());
        } catch (SettingsException e) {
            pool.close();
            throw e;
        }
        return new Store(pool, dialect, sealing);
    }

    /**
     * Opens the database and the keys that are there, and makes neither; changes no schema, whatever {@code
     * hub.store.migrate} says.
     *
     * @throws SettingsException in one sentence when the database or its keys are not there, do not belong together, or the
     *     schema is older than this version's
     */
    public static Store existing(Settings settings) {
        String url = settings.needed("hub.store.url");
        Path folder = Path.of(settings.needed("hub.store.key-dir"));
        HikariDataSource pool = connect(settings, true)
                .orElseThrow(() -> new SettingsException("There is no database at " + withoutSecrets(url)
                        + ". Check hub.store.url, and run the command in the folder the hub runs in."));
        try {
            new Schema(dialectOf(url), pool, withoutSecrets(url)).refuseOlder();
            Sealing sealing = Sealing.existing(folder, MasterKey.of(settings))
                    .orElseThrow(() -> new SettingsException("The folder " + folder + " holds no keys. Point"
                            + " hub.store.key-dir to those of this database; a hub's first start makes them."));
            byte[] check = JdbcClient.create(pool)
                    .sql("select sealed from key_check where id = 1")
                    .query(byte[].class)
                    .optional()
                    .orElseThrow(() -> new SettingsException(
                            "No hub has started on the database at " + withoutSecrets(url) + " yet. Start one first."));
            sealing.refuseOthers(check, folder.toString());
            return new Store(pool, dialectOf(url), sealing);
        } catch (RuntimeException e) {
            pool.close();
            throw e;
        }
    }

    /** What a start does with a schema that is older than this version's. */
    private enum AtSchema {
        START,
        CHECK
    }

    /**
     * Opens connections to the database.
     *
     * @param onlyWhenThere whether an embedded database must have a file already; otherwise one is made
     * @return empty when it must and has none
     * @throws SettingsException in one sentence when the database cannot be reached or its URL is not allowed
     */
    static Optional<HikariDataSource> connect(Settings settings, boolean onlyWhenThere) {
        String url = settings.needed("hub.store.url");
        Dialect dialect = dialectOf(url);
        refuseUnsafeH2(url, dialect);
        if (dialect == Dialect.POSTGRESQL) {
            refuseUnsafePostgres(url, settings);
        }
        HikariConfig config = new HikariConfig();
        config.setJdbcUrl(dialect == Dialect.H2 ? embedded(url, onlyWhenThere) : url);
        config.setDriverClassName(dialect == Dialect.H2 ? "org.h2.Driver" : "org.postgresql.Driver");
        config.setUsername(settings.text("hub.store.user"));
        config.setPassword(settings.secret("hub.store.password").reveal());
        config.setMaximumPoolSize(settings.whole("hub.store.connections", 4, 500));
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
            // Rows of several customers that are written together go as one statement.
            config.addDataSourceProperty("reWriteBatchedInserts", "true");
            // What a node has locked that froze, or whose machine is gone, would stay locked.
            config.setConnectionInitSql(endsIdleTransactions(settings.duration("hub.store.idle-transaction")));
        }
        try {
            return Optional.of(dialect == Dialect.H2 ? EmbeddedDatabase.pool(config) : new HikariDataSource(config));
        } catch (HikariPool.PoolInitializationException e) {
            if (onlyWhenThere && h2Code(e) == NO_SUCH_FILE) {
                return Optional.empty();
            }
            throw new SettingsException("The database at " + withoutSecrets(url) + " cannot be opened: "
                    + rootMessage(e)
                    + (h2Code(e) == IN_USE
                            ? " A hub that runs holds an embedded database for itself: stop it first."
                            : ". Check hub.store.url, hub.store.user and hub.store.password."));
        }
    }

    private static int h2Code(Throwable e) {
        for (Throwable cause = e; cause != null; cause = cause.getCause()) {
            if (cause instanceof SQLException sql && sql.getClass().getName().startsWith("org.h2.")) {
                return sql.getErrorCode();
            }
        }
        return 0;
    }

    /** Words sealed with other keys could not be read, and new ones would be sealed with a second key. */
    private static void checkKeys(JdbcClient jdbc, Sealing sealing, String folder) {
        jdbc.sql("insert into key_check (id, sealed) values (1, ?) on conflict do nothing")
                .param(sealing.seal("key_check", Sealing.KEY_CHECK, "right"))
                .update();
        sealing.refuseOthers(
                jdbc.sql("select sealed from key_check where id = 1")
                        .query(byte[].class)
                        .single(),
                folder);
    }

    static Dialect dialectOf(String url) {
        if (url.startsWith("jdbc:h2:")) {
            return Dialect.H2;
        }
        if (url.startsWith("jdbc:postgresql:")) {
            return Dialect.POSTGRESQL;
        }
        throw new SettingsException("The setting hub.store.url must begin with jdbc:h2: or jdbc:postgresql:.");
    }

    /**
     * H2's {@code file:} closes the files under everybody's feet when a thread that reads or writes them is interrupted, such
     * as one of a route that is stopped; {@code async:} does not, with the same files.
     */
    private static void refuseUnsafeH2(String url, Dialect dialect) {
        if (dialect == Dialect.H2 && !url.startsWith("jdbc:h2:async:") && !url.startsWith("jdbc:h2:mem:")) {
            throw new SettingsException("The setting hub.store.url must begin with jdbc:h2:async: (in place of"
                    + " jdbc:h2:file:, the files are the same), otherwise the embedded database closes whenever a route"
                    + " is stopped in the middle of its work.");
        }
        if (dialect == Dialect.H2 && !url.toUpperCase(Locale.ROOT).contains("MODE=POSTGRESQL")) {
            throw new SettingsException("The setting hub.store.url must contain ;MODE=PostgreSQL.");
        }
    }

    /**
     * With less than {@code verify-full} who stands between could answer as the database (pgjdbc, "Configuring the Client":
     * {@code ssl=true} alone is verify-full; a verifier or factory of one's own may check nothing).
     */
    private static void refuseUnsafePostgres(String url, Settings settings) {
        Properties parts = org.postgresql.Driver.parseURL(url, null);
        if (parts == null) {
            throw new SettingsException("The setting hub.store.url is no address of PostgreSQL; write it such as"
                    + " jdbc:postgresql://database.example.com/tsunagi?sslmode=verify-full.");
        }
        String mode = parts.getProperty(
                "sslmode", parts.getProperty("ssl", "false").matches("|(?i)true") ? "verify-full" : "prefer");
        boolean verifies = mode.equalsIgnoreCase("verify-full")
                && parts.getProperty("sslhostnameverifier") == null
                && VERIFYING.contains(parts.getProperty("sslfactory", ""));
        for (String host : parts.getProperty("PGHOST", "localhost").split(",")) {
            // The driver calls this machine where no host stands.
            if (!verifies && !host.isEmpty() && !Outgoing.mayBeClear(settings, host)) {
                throw new SettingsException("The setting hub.store.url names PostgreSQL on another machine (" + host
                        + ") and does not ask for a connection that nobody can read or take over. Add"
                        + " sslmode=verify-full&sslrootcert=FILE with the authority of its certificate, or name the host in"
                        + " hub.outgoing.without-tls where nobody can come between.");
            }
        }
    }

    /**
     * H2 would close the database as soon as the process is told to stop, while the hub still ends what it has in hand. It
     * closes with the pool instead; only what several processes open at once has to be closed by H2.
     */
    private static String embedded(String url, boolean onlyWhenThere) {
        boolean shared = url.toUpperCase(Locale.ROOT).contains("AUTO_SERVER=TRUE");
        return url + (shared ? "" : ";DB_CLOSE_ON_EXIT=FALSE") + (onlyWhenThere ? ";IFEXISTS=TRUE" : "");
    }

    private static String endsIdleTransactions(Duration after) {
        return "set idle_in_transaction_session_timeout = " + after.toMillis();
    }

    static String withoutSecrets(String url) {
        return url.replaceAll("(?i)(password=)[^;&]*", "$1…").replaceAll("[?;].*", "");
    }

    static String rootMessage(Throwable e) {
        Throwable root = e;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        return String.valueOf(root.getMessage()).lines().findFirst().orElse("").strip();
    }

    public Sealing sealing() {
        return sealing;
    }

    public Dialect dialect() {
        return dialect;
    }

    /** Gives the client that joins the running transaction, or commits each statement by itself. */
    public JdbcClient jdbc() {
        InHand inHand = InHand.current();
        if (inHand != null) {
            inHand.flush();
            inHand.forget();
        }
        return jdbc;
    }

    /** Gives the client for a statement that changes nothing a turn {@link #hold holds}, as {@link #jdbc} otherwise. */
    public JdbcClient reading() {
        InHand inHand = InHand.current();
        if (inHand != null) {
            inHand.flush();
        }
        return jdbc;
    }

    /**
     * Writes something that nobody waits for: in a turn with others of its kind before the next statement or at the commit,
     * otherwise at once. What a turn {@link #hold holds} stays; whoever changes a row that is held has to hold the new one.
     *
     * @param values for the question marks; a null that the database cannot know the type of is a {@code SqlParameterValue}
     */
    public void later(String sql, Object... values) {
        InHand inHand = InHand.current();
        if (inHand == null) {
            template.update(sql, values);
        } else {
            inHand.write(sql, values);
        }
    }

    /**
     * Writes, as {@link #later}, what one statement says of a row that is {@link #hold held}: what is said of it again before
     * it went out takes its place.
     */
    public void laterWhole(String sql, UUID row, Object... values) {
        InHand inHand = InHand.current();
        if (inHand == null) {
            template.update(sql, values);
        } else {
            inHand.writeWhole(sql, row, values);
        }
    }

    /** Says whether what {@link #laterWhole} was told of a row has not gone out yet. */
    public boolean waits(String sql, UUID row) {
        InHand inHand = InHand.current();
        return inHand != null && inHand.waits(sql, row);
    }

    /**
     * Has the running transaction, which must be the caller's own, fail rather than wait long for what another one has
     * locked. H2 knows no such limit for one transaction.
     */
    void waitBriefly() {
        needTransaction();
        if (dialect == Dialect.POSTGRESQL) {
            template.execute("set local lock_timeout = '1s'");
        }
    }

    /** Runs one statement for each of these rows, at once; gives how many rows each changed, but for inserts. */
    public int[] each(String sql, List<Object[]> rows) {
        jdbc();
        return rows.isEmpty() ? new int[0] : template.batchUpdate(sql, rows);
    }

    /** Keeps a row that nobody else can change before the turn that runs has ended; does nothing outside of turns. */
    public void hold(Object key, Object row) {
        InHand inHand = InHand.current();
        if (inHand != null) {
            inHand.hold(key, row);
        }
    }

    /** Gives a row that the turn of this lane holds. */
    public <T> Optional<T> held(Object key, Class<T> type) {
        InHand inHand = InHand.current();
        return inHand == null ? Optional.empty() : inHand.held(key).map(type::cast);
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
     * second, waiting for a database that says nothing. Each statement commits by itself.
     *
     * @param purpose one word, by which those who look after the database know it
     */
    public Connection connect(String purpose, Duration longest) throws SQLException {
        if (dialect == Dialect.H2) {
            return limited(
                    ((EmbeddedDatabase) pool.getDataSource()).connectOutside(longest),
                    "set query_timeout " + longest.toMillis(),
                    "set lock_timeout " + longest.toMillis());
        }
        Properties options = new Properties();
        options.setProperty("user", pool.getUsername());
        options.setProperty("password", pool.getPassword());
        options.setProperty("ApplicationName", "tsunagi-" + purpose);
        options.setProperty("connectTimeout", "1");
        options.setProperty(
                "socketTimeout", String.valueOf(longest.plusMillis(999).toSeconds()));
        return limited(
                Objects.requireNonNull(
                        new org.postgresql.Driver().connect(pool.getJdbcUrl(), options),
                        "PostgreSQL's driver does not know its own address"),
                "set statement_timeout = " + longest.toMillis(),
                pool.getConnectionInitSql());
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
        return new TransactionAwareDataSourceProxy(pool) {
            @Override
            public Connection getConnection() throws SQLException {
                jdbc();
                return super.getConnection();
            }
        };
    }

    /** Gives the template whose statements are not known to {@link #jdbc}. */
    JdbcTemplate template() {
        return template;
    }

    /** Gives the database's time: what is compared between nodes, or across a restart, goes by it. */
    public Clock clock() {
        return clock;
    }

    /** Tells by how much this machine's own clock is ahead of the database's, without asking; negative when behind. */
    public Duration clockAhead() {
        return ahead.get();
    }

    /**
     * Runs work in the running transaction, or in a new one; commits when it returns, rolls back when it throws.
     *
     * <p>A new transaction that loses against others (deadlock, serialization failure) is rolled back and run again, up
     * to three times: the work must not keep anything outside the database that a second run would find.
     */
    public <T> T inTransaction(Supplier<T> work) {
        TransactionTemplate joining = new TransactionTemplate(transactions);
        return TransactionSynchronizationManager.isActualTransactionActive()
                ? joining.execute(status -> work.get())
                : untilItWins(joining, work);
    }

    public void inTransaction(Runnable work) {
        inTransaction(() -> {
            work.run();
            return null;
        });
    }

    /** Runs work in a transaction of its own, whatever runs around it; again, as {@link #inTransaction} does. */
    public <T> T inOwnTransaction(Supplier<T> work) {
        TransactionTemplate own = new TransactionTemplate(transactions);
        own.setPropagationBehavior(TransactionDefinition.PROPAGATION_REQUIRES_NEW);
        return untilItWins(own, work);
    }

    private static <T> T untilItWins(TransactionTemplate transaction, Supplier<T> work) {
        for (int repeats = 0; ; repeats++) {
            try {
                return transaction.execute(status -> work.get());
            } catch (RuntimeException e) {
                if (repeats == REPEATS || !lost(e)) {
                    throw e;
                }
                LOG.debug("A transaction lost against another one and runs again", e);
                // Whoever won goes first.
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(
                        ThreadLocalRandom.current().nextLong(5, 20L << repeats)));
            }
        }
    }

    /** Says whether the database chose this transaction to give way: SQL states 40001 and 40P01, and H2's own 90131. */
    static boolean lost(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof SQLException sql
                    && sql.getSQLState() != null
                    && List.of("40001", "40P01", "90131").contains(sql.getSQLState())) {
                return true;
            }
        }
        return false;
    }

    /** Gives values as one array parameter, for {@code = any(?)} and {@code unnest(?)}; {@code type} is SQL's name of theirs. */
    public static SqlTypeValue array(String type, Collection<?> values) {
        return new AbstractSqlTypeValue() {
            @Override
            protected Object createTypeValue(Connection connection, int sqlType, String typeName) throws SQLException {
                // The driver of PostgreSQL wants to see from the array's own type that it holds bytes.
                Object[] array = type.equals("bytea") ? values.toArray(new byte[0][]) : values.toArray();
                return connection.createArrayOf(type, array);
            }
        };
    }

    public static SqlTypeValue uuids(Collection<UUID> values) {
        return array("uuid", values);
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
        if (looks != null) {
            looks.shutdownNow();
        }
        pool.close();
    }
}
