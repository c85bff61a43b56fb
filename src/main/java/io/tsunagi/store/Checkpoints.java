package io.tsunagi.store;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLTimeoutException;
import java.sql.Statement;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.h2.mvstore.MVStore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes what is committed in an embedded H2 database to its file while no statement changes anything, once for all that
 * commit at the same time; {@link CheckpointedConnection} gives it the statements and the commits.
 *
 * <p>H2 writes its file by going over its maps one after another ({@code MVStore.collectChangedMapRoots}, 2.4.240). Where
 * others change maps meanwhile, a process that is killed before the next time leaves a file that holds what a transaction
 * changed in a map that came late, and not what undoes it, which was in one that came early; or a commit in some of its maps
 * only. Between two statements each transaction has beside each of its changes what undoes it, so that H2 finds a file whose
 * maps are all of such a moment whole again.
 *
 * <p>A statement that waits for what another transaction has locked holds up nothing: it changes nothing before that one has
 * gone on, which is a statement too. Thread-safe.
 */
final class Checkpoints {
    private static final Logger LOG = LoggerFactory.getLogger(Checkpoints.class);

    /** How long statements that run are expected to take, before it is looked whether they wait for locks; then twice that. */
    private static final long FIRST_LOOK = TimeUnit.MILLISECONDS.toNanos(1);

    private static final long LAST_LOOK = TimeUnit.MILLISECONDS.toNanos(32);

    /** How long those that begin wait for the end of a statement that takes long, before some go first after all. */
    private static final long LONG_STATEMENT = TimeUnit.MILLISECONDS.toNanos(100);

    /** H2's code for a lock that another transaction held for too long. */
    private static final int LOCK_TIMEOUT = 50200;

    /**
     * Whose lock is waited for must be in the middle of a transaction still: who was let go may not have woken up yet. And who
     * waits must run a statement: H2 goes on calling one blocked that failed because of a deadlock.
     */
    static final String WAITING = """
            select count(*) from information_schema.sessions w join information_schema.sessions b on b.session_id = w.blocker_id
            where b.contains_uncommitted and w.executing_statement is not null""";

    /** What waits for one checkpoint. */
    private static final class Round {
        private boolean over;
        /** What it has written; {@code null} when it has not. */
        private MVStore written;
    }

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition quiet = lock.newCondition();
    private final Condition turned = lock.newCondition();

    private Round next = new Round();
    private boolean writing;
    private int inside;
    private int outside;
    private long admissions;
    private long ended;

    /**
     * Begins something that may change the database, after the checkpoint that is being written. {@link #leave} ends it.
     *
     * @throws SQLTimeoutException when that takes longer than {@code patience}; then nothing has begun
     */
    void enter(Duration patience) throws SQLTimeoutException {
        long until = System.nanoTime() + patience.toNanos();
        lock.lock();
        try {
            if (!writing) {
                inside++;
                return;
            }
            long mine = admissions;
            outside++;
            while (admissions == mine) {
                if (!sleeps(turned, until)) {
                    outside--;
                    throw tooLong("No statement could begin");
                }
            }
        } finally {
            lock.unlock();
        }
    }

    void leave() {
        lock.lock();
        try {
            inside--;
            ended++;
            if (inside == 0) {
                quiet.signal();
            }
        } finally {
            lock.unlock();
        }
    }

    /**
     * Waits until all that has been committed is in the file.
     *
     * @param connection H2's own, on which nothing runs meanwhile
     * @param store its database's
     * @throws SQLException when it could not be written, in which case H2 closes the database, or not within {@code patience}:
     *     then it will be written with the next commit
     */
    void keep(Connection connection, MVStore store, Duration patience) throws SQLException {
        long until = System.nanoTime() + patience.toNanos();
        lock.lock();
        try {
            Round mine = next;
            while (mine.written != store) {
                if (!writing) {
                    lead(connection, store, until);
                    return;
                }
                if (!sleeps(turned, until)) {
                    throw tooLong("What was committed could not be written");
                }
                if (mine.over && mine.written != store) {
                    // It was another database, opened after this one had failed, or who wrote had trouble of his own.
                    mine = next;
                }
            }
        } finally {
            lock.unlock();
        }
    }

    private void lead(Connection connection, MVStore store, long until) throws SQLException {
        writing = true;
        Round round = null;
        MVStore written = null;
        try {
            boolean somebodyWaits;
            do {
                awaitQuiet(connection, until);
                somebodyWaits = inside > 0;
                if (round == null) {
                    round = next;
                    next = new Round();
                }
                write(connection);
                // Who waited for a lock may have got it or lost patience, and changed something, whatever is written.
            } while (somebodyWaits && store.hasUnsavedChanges());
            written = store;
        } finally {
            if (round == null) {
                round = next;
                next = new Round();
            }
            round.written = written;
            round.over = true;
            writing = false;
            admit();
        }
    }

    /** Lets in who stands outside, and counts him in before he wakes up, so that no checkpoint is written without him. */
    private void admit() {
        inside += outside;
        outside = 0;
        admissions++;
        turned.signalAll();
    }

    private void write(Connection connection) throws SQLException {
        lock.unlock();
        try (Statement statement = connection.createStatement()) {
            statement.execute("checkpoint");
        } finally {
            lock.lock();
        }
    }

    private void awaitQuiet(Connection connection, long until) throws SQLTimeoutException {
        long since = System.nanoTime();
        for (long look = FIRST_LOOK; inside > 0; look = Math.min(2 * look, LAST_LOOK)) {
            if (becomesQuiet(look) || allWait(connection)) {
                return;
            }
            if (System.nanoTime() - until > 0) {
                throw tooLong("What was committed could not be written");
            }
            if (System.nanoTime() - since > LONG_STATEMENT) {
                // What runs may need what one of these holds in a way that cannot be seen, such as a table.
                admit();
                since = System.nanoTime();
            }
        }
    }

    private boolean becomesQuiet(long nanos) {
        long until = System.nanoTime() + nanos;
        boolean inTime = true;
        while (inside > 0 && inTime) {
            inTime = sleeps(quiet, until);
        }
        return inside == 0;
    }

    /**
     * Gives whether each statement that runs waits for a lock. None begins meanwhile; so who could release such a lock would
     * run itself, and be seen not to wait.
     */
    private boolean allWait(Connection connection) {
        int running = inside;
        long before = ended;
        lock.unlock();
        int waiting;
        try {
            waiting = waiting(connection);
        } finally {
            lock.lock();
        }
        return waiting == running && ended == before;
    }

    private static int waiting(Connection connection) {
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(WAITING)) {
            rows.next();
            return rows.getInt(1);
        } catch (SQLException e) {
            // H2 stumbles over a session that ends while it is looked at; a database that is closed says so when
            // written.
            LOG.debug("Who waits for locks cannot be seen now", e);
            return -1;
        }
    }

    /** Not ended by an interrupt, as H2 itself goes on in a thread that is interrupted; gives false when it is too late. */
    private static boolean sleeps(Condition condition, long until) {
        long left = until - System.nanoTime();
        if (left <= 0) {
            return false;
        }
        boolean interrupted = Thread.interrupted();
        try {
            condition.awaitNanos(left);
        } catch (InterruptedException e) {
            interrupted = true;
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
        return true;
    }

    private static SQLTimeoutException tooLong(String what) {
        return new SQLTimeoutException(
                what + " in time: a statement of another transaction takes long", "HYT00", LOCK_TIMEOUT);
    }
}
