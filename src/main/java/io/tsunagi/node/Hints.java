package io.tsunagi.node;

import io.tsunagi.store.Dialect;
import io.tsunagi.store.Store;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Collectors;
import org.postgresql.PGConnection;
import org.postgresql.PGNotification;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells the screens of all nodes of one PostgreSQL which inquiries changed: those of this node at once, the others'
 * within some 25 ms.
 *
 * <p>Changes come after their commit and go out together, at most one NOTIFY each {@value #COLLECT_MILLIS} ms, on a
 * connection of its own: a NOTIFY inside the data's transaction would make all commits wait for each other. Another
 * connection listens. A hint that is lost costs delay only, because screens' feeds look for changes by themselves; they
 * are asked to whenever hints may have been missed, and each {@value #DEAF_LOOK_MILLIS} ms where a node does not hear
 * itself, as behind a pooler that lends another connection to each transaction.
 *
 * <p>On H2 there is one node, and nobody to tell. Safe for many threads.
 */
public final class Hints implements AutoCloseable {
    static final long COLLECT_MILLIS = 25;
    static final long DEAF_LOOK_MILLIS = 800;

    private static final Logger LOG = LoggerFactory.getLogger(Hints.class);
    private static final String CHANNEL = "tsunagi_changes";

    /** A payload of PostgreSQL is shorter than 8000 bytes, and an id is 36 of them. */
    private static final int FIT = 200;

    /** More changes than these are not named; the screens' feeds look for them. */
    private static final int MOST = 10 * FIT;

    private static final Duration LONGEST = Duration.ofSeconds(10);
    private static final int LISTEN_MILLIS = 400;
    private static final long ECHO_NANOS = TimeUnit.SECONDS.toNanos(2);
    private static final long CHECK_NANOS = TimeUnit.SECONDS.toNanos(5);
    private static final long PROBE_NANOS = TimeUnit.SECONDS.toNanos(30);

    /** The screens of this node; returns quickly and does not throw. */
    public interface Screens {
        void inquiryChanged(UUID inquiry);

        /** Lists or seats changed. */
        void workspaceChanged();

        /** Something may have changed of which no hint came. */
        void look();
    }

    private final Store store;
    private final Screens screens;
    private final String me = UUID.randomUUID().toString();
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition news = lock.newCondition();
    private final Set<UUID> changed = new LinkedHashSet<>();
    private boolean workspace;
    private boolean probe;
    private long sent;
    private boolean echoDue;
    private long echoDueSince;
    private volatile boolean deaf;
    private volatile boolean closed;
    private Thread sender;
    private Thread listener;

    /** @param screens are told of each change of any node, some of them twice */
    public Hints(Store store, Screens screens) {
        this.store = store;
        this.screens = screens;
    }

    /** Begins to tell other nodes and to listen to them. */
    public void start() {
        if (store.dialect() != Dialect.POSTGRESQL) {
            return;
        }
        lock.lock();
        try {
            sender = new Thread(this::sendAll, "hints-out");
            listener = new Thread(this::listenAlways, "hints-in");
            for (Thread thread : List.of(sender, listener)) {
                thread.setDaemon(true);
                thread.start();
            }
        } finally {
            lock.unlock();
        }
    }

    /** Tells that an inquiry changed on this node; after the commit. */
    public void inquiryChanged(UUID inquiry) {
        screens.inquiryChanged(inquiry);
        tell(() -> changed.add(inquiry));
    }

    /** Tells that lists or seats changed on this node; after the commit. */
    public void workspaceChanged() {
        screens.workspaceChanged();
        tell(() -> workspace = true);
    }

    /** Says whether this node hears what others tell; without it, its screens' feed looks more often. */
    public boolean hears() {
        return !deaf;
    }

    private void tell(Runnable what) {
        lock.lock();
        try {
            if (sender != null) {
                what.run();
                news.signal();
            }
        } finally {
            lock.unlock();
        }
    }

    // Telling

    private void sendAll() {
        Connection connection = null;
        while (!closed) {
            try {
                List<Hint> hints = collect();
                if (connection == null) {
                    connection = store.connect("hints-out", LONGEST);
                }
                for (Hint hint : hints) {
                    send(connection, hint);
                }
            } catch (SQLException e) {
                // The others' feeds look, and find what this hint would have told.
                LOG.debug("A hint is lost", e);
                close(connection);
                connection = null;
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                break;
            }
        }
        close(connection);
    }

    /** Waits for a change, then a moment for more of them. */
    private List<Hint> collect() throws InterruptedException {
        lock.lock();
        try {
            while (changed.isEmpty() && !workspace && !probe) {
                news.await();
            }
        } finally {
            lock.unlock();
        }
        Thread.sleep(COLLECT_MILLIS);
        lock.lock();
        try {
            List<Hint> hints = Hint.of(changed, workspace);
            changed.clear();
            workspace = false;
            probe = false;
            return hints;
        } finally {
            lock.unlock();
        }
    }

    private void send(Connection connection, Hint hint) throws SQLException {
        long number;
        lock.lock();
        try {
            number = ++sent;
            if (!echoDue) {
                echoDue = true;
                echoDueSince = System.nanoTime();
            }
        } finally {
            lock.unlock();
        }
        try (PreparedStatement notify = connection.prepareStatement("select pg_notify(?, ?)")) {
            notify.setString(1, CHANNEL);
            notify.setString(2, me + " " + number + " " + hint);
            notify.execute();
        }
    }

    // Listening

    private void listenAlways() {
        while (!closed) {
            try (Connection connection = store.connect("hints-in", LONGEST)) {
                try (Statement statement = connection.createStatement()) {
                    statement.execute("listen " + CHANNEL);
                }
                // What was told while nobody listened.
                screens.look();
                tell(() -> probe = true);
                listen(connection);
            } catch (SQLException e) {
                if (!closed) {
                    LOG.debug("Hints of other nodes are not heard", e);
                    deaf = true;
                    screens.look();
                    pause();
                }
            }
        }
    }

    private void listen(Connection connection) throws SQLException {
        PGConnection postgres = connection.unwrap(PGConnection.class);
        long checked = System.nanoTime();
        long probed = checked;
        long looked = checked;
        while (!closed) {
            PGNotification[] hints = postgres.getNotifications(LISTEN_MILLIS);
            if (hints != null) {
                for (PGNotification hint : hints) {
                    hear(hint.getParameter());
                }
            }
            long now = System.nanoTime();
            noteDeafness(now);
            if (deaf && now - looked >= TimeUnit.MILLISECONDS.toNanos(DEAF_LOOK_MILLIS)) {
                looked = now;
                screens.look();
            }
            if (now - checked > CHECK_NANOS) {
                checked = now;
                if (!connection.isValid(2)) {
                    throw new SQLException("The connection that listens is gone");
                }
            }
            if (now - probed > PROBE_NANOS) {
                probed = now;
                tell(() -> probe = true);
            }
        }
    }

    private void hear(String payload) {
        String[] parts = payload.split(" ", 3);
        if (parts.length < 3) {
            return;
        }
        try {
            if (parts[0].equals(me)) {
                hearMyself(Long.parseLong(parts[1]));
                return;
            }
            Hint hint = Hint.read(parts[2]);
            if (hint.look()) {
                screens.look();
            }
            hint.changed().forEach(screens::inquiryChanged);
            if (hint.workspace()) {
                screens.workspaceChanged();
            }
        } catch (IllegalArgumentException e) {
            LOG.debug("Not a hint of a hub", e);
        }
    }

    private void hearMyself(long number) {
        lock.lock();
        try {
            echoDue = number < sent;
            echoDueSince = System.nanoTime();
        } finally {
            lock.unlock();
        }
        if (deaf) {
            deaf = false;
            LOG.info("Hints between nodes are heard again");
        }
    }

    private void noteDeafness(long now) {
        boolean noEcho;
        lock.lock();
        try {
            noEcho = echoDue && now - echoDueSince > ECHO_NANOS;
        } finally {
            lock.unlock();
        }
        if (noEcho && !deaf) {
            deaf = true;
            LOG.warn(
                    "The database passes no hints between nodes (is it behind a pooler?); looking for changes each {} ms",
                    DEAF_LOOK_MILLIS);
        }
    }

    private void pause() {
        try {
            Thread.sleep(DEAF_LOOK_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            closed = true;
        }
    }

    private static void close(Connection connection) {
        if (connection != null) {
            try {
                connection.close();
            } catch (SQLException e) {
                LOG.debug("A connection did not close", e);
            }
        }
    }

    @Override
    public void close() {
        closed = true;
        for (Thread thread : new Thread[] {sender, listener}) {
            if (thread != null) {
                thread.interrupt();
                try {
                    thread.join(2_000);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            }
        }
    }

    /**
     * What one NOTIFY says: {@code <flags> <id>,<id>,…}; flags are {@code w} when lists changed and {@code l} when more
     * changed than is named, else {@code -}.
     */
    record Hint(Set<UUID> changed, boolean workspace, boolean look) {

        /** Gives one hint or several; too many changes become one that says to look. */
        static List<Hint> of(Collection<UUID> changed, boolean workspace) {
            if (changed.size() > MOST) {
                return List.of(new Hint(Set.of(), workspace, true));
            }
            List<UUID> all = List.copyOf(changed);
            List<Hint> hints = new ArrayList<>();
            for (int from = 0; from == 0 || from < all.size(); from += FIT) {
                hints.add(new Hint(
                        Set.copyOf(all.subList(from, Math.min(from + FIT, all.size()))),
                        workspace && from == 0,
                        false));
            }
            return hints;
        }

        /** @throws IllegalArgumentException when no hub wrote it */
        static Hint read(String text) {
            String[] parts = text.split(" ", -1);
            if (parts.length != 2) {
                throw new IllegalArgumentException("Not a hint");
            }
            Set<UUID> changed = new LinkedHashSet<>();
            for (String id : parts[1].split(",")) {
                if (!id.isEmpty()) {
                    changed.add(UUID.fromString(id));
                }
            }
            return new Hint(changed, parts[0].contains("w"), parts[0].contains("l"));
        }

        @Override
        public String toString() {
            return (workspace ? "w" : "") + (look ? "l" : "") + "- "
                    + changed.stream().map(UUID::toString).collect(Collectors.joining(","));
        }
    }
}
