package io.tsunagi.store;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.CallableStatement;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.regex.Pattern;
import org.h2.mvstore.MVStore;

/**
 * A connection to an embedded H2 database whose statements that may change something stand aside while {@link Checkpoints}
 * writes the file, and whose commits return when they are in it. Who only reads waits for nobody.
 */
final class CheckpointedConnection implements InvocationHandler {
    /** What it waits for goes on, or the database is closed. */
    static final Duration FOR_ANY_TIME = Duration.ofDays(1);

    private static final int FLAGS = Pattern.CASE_INSENSITIVE | Pattern.DOTALL;

    private static final Pattern BEGINS_LIKE_READING = Pattern.compile("\\s*\\(*\\s*(select|values|show)\\b.*", FLAGS);

    private static final Pattern WRITES =
            Pattern.compile(";|\\b(insert|update|delete|merge|nextval|next\\s+value)\\b", FLAGS);

    private final Connection connection;
    private final MVStore store;
    private final Checkpoints checkpoints;
    private final Duration patience;
    private boolean autoCommit = true;
    private boolean changed;

    private CheckpointedConnection(Connection connection, MVStore store, Checkpoints checkpoints, Duration patience) {
        this.connection = connection;
        this.store = store;
        this.checkpoints = checkpoints;
        this.patience = patience;
    }

    /**
     * @param connection H2's own, freshly opened
     * @param store its database's
     * @param patience how long a statement or commit waits for checkpoints before it fails
     */
    static Connection of(Connection connection, MVStore store, Checkpoints checkpoints, Duration patience) {
        return proxy(Connection.class, new CheckpointedConnection(connection, store, checkpoints, patience));
    }

    /** Says whether a statement changes nothing; of one that looks as if it might it does not. */
    static boolean reads(String sql) {
        return BEGINS_LIKE_READING.matcher(sql).matches()
                && !WRITES.matcher(sql).find();
    }

    @Override
    public Object invoke(Object self, Method method, Object[] args) throws Throwable {
        return switch (method.getName()) {
            case "equals" -> self == args[0];
            case "createStatement" ->
                proxy(Statement.class, new Checkpointed(self, (Statement) call(connection, method, args), null));
            case "prepareStatement" ->
                proxy(
                        PreparedStatement.class,
                        new Checkpointed(self, (Statement) call(connection, method, args), (String) args[0]));
            case "prepareCall" ->
                proxy(
                        CallableStatement.class,
                        new Checkpointed(self, (Statement) call(connection, method, args), (String) args[0]));
            // The last one commits too (H2's JdbcConnection).
            case "commit", "setAutoCommit", "setTransactionIsolation" -> end(method, args);
            case "rollback" -> {
                change(connection, method, args, patience);
                // Unless it is back to a savepoint only.
                changed = changed && args != null;
                yield null;
            }
            case "setSavepoint", "releaseSavepoint" -> change(connection, method, args, patience);
            // With nothing to take back, or however long it takes: H2 does not end a connection that nobody closes.
            case "close" ->
                autoCommit ? call(connection, method, args) : change(connection, method, args, FOR_ANY_TIME);
            default -> call(connection, method, args);
        };
    }

    /** Commits; nothing is written for who has only read. */
    private Object end(Method method, Object[] args) throws Throwable {
        boolean write = changed;
        if (write) {
            change(connection, method, args, patience);
        } else {
            call(connection, method, args);
        }
        if (method.getName().equals("setAutoCommit")) {
            autoCommit = (boolean) args[0];
        }
        if (write) {
            keep();
        }
        return null;
    }

    private Object change(Object target, Method method, Object[] args, Duration longest) throws Throwable {
        checkpoints.enter(longest);
        try {
            return call(target, method, args);
        } finally {
            checkpoints.leave();
        }
    }

    private void keep() throws SQLException {
        checkpoints.keep(connection, store, patience);
        changed = false;
    }

    private static <T> T proxy(Class<T> type, InvocationHandler handler) {
        return type.cast(
                Proxy.newProxyInstance(CheckpointedConnection.class.getClassLoader(), new Class<?>[] {type}, handler));
    }

    private static Object call(Object target, Method method, Object[] args) throws Throwable {
        try {
            return method.invoke(target, args);
        } catch (InvocationTargetException e) {
            throw e.getCause();
        }
    }

    /** A statement of this connection. */
    private final class Checkpointed implements InvocationHandler {
        private final Object owner;
        private final Statement statement;
        private final String prepared;
        private final boolean reads;

        Checkpointed(Object owner, Statement statement, String prepared) {
            this.owner = owner;
            this.statement = statement;
            this.prepared = prepared;
            this.reads = prepared != null && CheckpointedConnection.reads(prepared);
        }

        @Override
        public Object invoke(Object self, Method method, Object[] args) throws Throwable {
            String name = method.getName();
            if (name.equals("equals")) {
                return self == args[0];
            }
            if (name.equals("getConnection")) {
                return owner;
            }
            if (!name.startsWith("execute") || onlyReads(args)) {
                return call(statement, method, args);
            }
            checkpoints.enter(patience);
            changed = true;
            try {
                return call(statement, method, args);
            } finally {
                checkpoints.leave();
                // Also where some of a batch failed: the others are committed.
                if (autoCommit) {
                    keep();
                }
            }
        }

        private boolean onlyReads(Object[] args) {
            return prepared != null
                    ? reads
                    : args != null
                            && args.length > 0
                            && args[0] instanceof String sql
                            && CheckpointedConnection.reads(sql);
        }
    }
}
