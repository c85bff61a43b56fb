package io.tsunagi.store;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import com.zaxxer.hikari.HikariPoolMXBean;
import com.zaxxer.hikari.SQLExceptionOverride;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import org.h2.engine.SessionLocal;
import org.h2.jdbc.JdbcConnection;
import org.h2.mvstore.MVStore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.jdbc.datasource.SimpleDriverDataSource;

/**
 * Gives connections to an embedded H2 database that may have to be opened again. H2 closes a database that it cannot
 * write, such as on a full disk; without this the hub would need a restart when there is space again.
 *
 * <p>A connection to the closed database leaves the pool, and the next one opens the database anew. When connections to
 * the closed one end only after that, H2 forgets that the database is open and refuses further connections to it: then all
 * connections are given up, so that it closes and is opened once more. Its file is written by {@link Checkpoints}.
 */
final class EmbeddedDatabase extends SimpleDriverDataSource {
    private static final Logger LOG = LoggerFactory.getLogger(EmbeddedDatabase.class);

    /** H2's codes: connection broken, database closed, closed at shutdown. */
    private static final Set<Integer> CLOSED = Set.of(90067, 90098, 90121);

    private static final int OPEN_ELSEWHERE = 90020;

    /**
     * H2 writes neither with each commit, as at 0 ({@code TransactionStore.endTransaction}), nor after a while in a thread of
     * its own, as above 0. SQL takes no such number.
     */
    private static final int NOT_BY_ITSELF = -1;

    private static final Pattern WRITE_DELAY = Pattern.compile("(?i);\\s*WRITE_DELAY\\s*=[^;]*");

    private final boolean hasFile;
    private final Checkpoints checkpoints = new Checkpoints();
    private final Set<Connection> outside = ConcurrentHashMap.newKeySet();
    private volatile HikariDataSource pool;

    private EmbeddedDatabase(HikariConfig config) {
        // Not asked of the JVM's list of drivers: a bundle that stops leaves that list.
        super(
                new org.h2.Driver(),
                WRITE_DELAY.matcher(config.getJdbcUrl()).replaceAll(""),
                config.getUsername(),
                config.getPassword());
        hasFile = !config.getJdbcUrl().startsWith("jdbc:h2:mem:");
    }

    static HikariDataSource pool(HikariConfig config) {
        EmbeddedDatabase database = new EmbeddedDatabase(config);
        config.setDataSource(database);
        config.setExceptionOverride(new SQLExceptionOverride() {
            @java.lang.Override
            public Override adjudicate(SQLException failure) {
                return CLOSED.contains(failure.getErrorCode()) ? Override.MUST_EVICT : Override.CONTINUE_EVICT;
            }
        });
        HikariDataSource pool = new HikariDataSource(config);
        database.pool = pool;
        return pool;
    }

    /**
     * Opens a connection for one who keeps it; it is closed here when the database has to be opened again.
     *
     * @param longest how long a statement or commit waits at most for what others do
     */
    Connection connectOutside(Duration longest) throws SQLException {
        outside.removeIf(EmbeddedDatabase::isClosed);
        Connection connection = connect(longest);
        outside.add(connection);
        return connection;
    }

    private static boolean isClosed(Connection connection) {
        try {
            return connection.isClosed();
        } catch (SQLException broken) {
            return true;
        }
    }

    /** Its user finds it closed and opens another one; what was written on it and not committed is written again. */
    private static void giveUp(Connection connection) {
        try {
            connection.close();
        } catch (SQLException alreadyBroken) {
            LOG.debug("A connection to a database that H2 forgot ends with trouble", alreadyBroken);
        }
    }

    /** What both ways of asking for a connection come to: the pool asks with user and password. */
    @Override
    protected Connection getConnectionFromDriver(String user, String password) throws SQLException {
        return connect(CheckpointedConnection.FOR_ANY_TIME);
    }

    private Connection connect(Duration patience) throws SQLException {
        try {
            return open(patience);
        } catch (SQLException e) {
            HikariDataSource own = pool;
            HikariPoolMXBean connections = own == null ? null : own.getHikariPoolMXBean();
            if (e.getErrorCode() == OPEN_ELSEWHERE && connections != null) {
                connections.softEvictConnections();
                outside.forEach(EmbeddedDatabase::giveUp);
            }
            throw e;
        }
    }

    private Connection open(Duration patience) throws SQLException {
        checkpoints.enter(patience);
        try {
            Connection connection = super.getConnectionFromDriver(getUsername(), getPassword());
            // With AUTO_SERVER the file is the business of the process that had it first.
            return hasFile && connection.unwrap(JdbcConnection.class).getSession() instanceof SessionLocal session
                    ? CheckpointedConnection.of(connection, storeOf(session), checkpoints, patience)
                    : connection;
        } finally {
            checkpoints.leave();
        }
    }

    private synchronized MVStore storeOf(SessionLocal session) {
        MVStore store = session.getDatabase().getStore().getMvStore();
        if (store.getAutoCommitDelay() > 0) {
            // Waits for the thread that H2 opens a database with.
            store.setAutoCommitDelay(0);
        }
        store.setAutoCommitDelay(NOT_BY_ITSELF);
        return store;
    }
}
