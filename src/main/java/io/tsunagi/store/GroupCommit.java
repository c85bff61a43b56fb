package io.tsunagi.store;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes events into the ledger as fast as the database commits: what is handed in while a commit runs shares the next
 * one, and what is handed in while none runs is written at once.
 *
 * <p>Whoever hands events in is told within {@code hub.store.patience} whether all of them are on disk, and holds no
 * thread until then.
 * What cannot be kept in that time, or finds {@code hub.store.waiting-events} or {@code hub.store.waiting-bytes} waiting
 * before it, is not kept: the sender sends it again. A "no" may be wrong where the database never answered; a "yes" is
 * not. One thread writes, over a connection of its own that nobody else can exhaust; when that breaks, the group is tried
 * once more over a fresh one. A row the database refuses is isolated by halving, so that it costs only its own request.
 * Safe for many threads and many nodes.
 */
public final class GroupCommit implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(GroupCommit.class);

    private static final Duration GLANCE = Duration.ofMillis(50);

    /** How often an idle connection is looked at, and the store tried again that could not keep events. */
    private static final Duration IDLE = Duration.ofSeconds(5);

    private static final Duration BREATH = Duration.ofMillis(500);
    private static final Duration DRAIN = Duration.ofSeconds(2);

    /** What one commit takes at most; a larger request is a commit of its own. */
    private static final int GROUP_EVENTS = 512;

    private static final long GROUP_BYTES = 4 << 20;

    /** Why events cannot be kept, and since when; {@code reason} holds no customer words. */
    public record Trouble(Instant since, String reason) {}

    /** Events handed in together: kept together or not at all, as far as the sender is told. */
    private static final class Request {
        private final long since = System.nanoTime();
        private final List<LedgerRow> rows;
        private final long bytes;
        private final CompletableFuture<Boolean> kept = new CompletableFuture<>();

        private Request(List<LedgerRow> rows) {
            this.rows = rows;
            this.bytes = rows.stream().mapToLong(LedgerRow::bytes).sum();
        }

        private boolean waitsLongerThan(Duration time) {
            return System.nanoTime() - since > time.toNanos();
        }
    }

    private final Store store;
    private final Signals signals;
    private final Clock clock;
    private final int mostEvents;
    private final long mostBytes;
    private final Duration patience;
    /** The time-out of a statement; while the eldest has waited this long, a newcomer would wait too long as well. */
    private final Duration clogged;

    private final Counter fresh;
    private final Counter repeated;
    private final DistributionSummary size;
    private final Timer time;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition handedIn = lock.newCondition();
    private final Deque<Request> waiting = new ArrayDeque<>();
    private List<Request> writing = List.of();
    private int events;
    private long bytes;
    private boolean closing;

    private final Thread writer = new Thread(this::write, "event-writer");
    private final ScheduledExecutorService watch = Executors.newSingleThreadScheduledExecutor(work -> {
        Thread thread = new Thread(work, "event-watch");
        thread.setDaemon(true);
        return thread;
    });
    private volatile Trouble trouble;

    /** The writer's own. */
    private Connection connection;

    /**
     * Starts the writer.
     *
     * @param mostEvents that wait or are being written, over all requests
     * @param mostBytes of these, about
     * @param patience after which the answer is no
     */
    public GroupCommit(
            Store store,
            Signals signals,
            Clock clock,
            MeterRegistry metrics,
            int mostEvents,
            long mostBytes,
            Duration patience) {
        this.patience = patience;
        this.clogged = patience.multipliedBy(8).dividedBy(9);
        this.store = store;
        this.signals = signals;
        this.clock = clock;
        this.mostEvents = mostEvents;
        this.mostBytes = mostBytes;
        this.fresh = metrics.counter("tsunagi.line.events", "fresh", "true");
        this.repeated = metrics.counter("tsunagi.line.events", "fresh", "false");
        this.size = metrics.summary("tsunagi.store.commit.events");
        this.time = metrics.timer("tsunagi.store.commit");
        Gauge.builder("tsunagi.store.waiting.events", this, GroupCommit::eventsWaiting)
                .register(metrics);
        writer.setDaemon(true);
        writer.start();
        watch.scheduleWithFixedDelay(this::sayNoToTheLate, GLANCE.toMillis(), GLANCE.toMillis(), TimeUnit.MILLISECONDS);
    }

    /**
     * Hands events in.
     *
     * @return true once all of them are on disk, false when they are to be sent again; never a failure
     */
    public CompletableFuture<Boolean> keep(List<Ledger.Arrival> arrivals) {
        if (arrivals.isEmpty()) {
            return CompletableFuture.completedFuture(true);
        }
        List<LedgerRow> rows = new ArrayList<>(arrivals.size());
        for (Ledger.Arrival arrival : arrivals) {
            rows.add(LedgerRow.of(arrival, store.sealing()));
        }
        Request request = new Request(rows);
        lock.lock();
        try {
            if (closing || isClogged() || events + rows.size() > mostEvents || bytes + request.bytes > mostBytes) {
                request.kept.complete(false);
                return request.kept;
            }
            waiting.add(request);
            events += rows.size();
            bytes += request.bytes;
            // The writer waits only for an empty queue to fill.
            if (waiting.size() == 1) {
                handedIn.signal();
            }
        } finally {
            lock.unlock();
        }
        return request.kept;
    }

    private boolean isClogged() {
        Request eldest = writing.isEmpty() ? waiting.peek() : writing.get(0);
        return eldest != null && eldest.waitsLongerThan(clogged);
    }

    /** Says why events cannot be kept at present; empty when they can. */
    public Optional<Trouble> trouble() {
        return Optional.ofNullable(trouble);
    }

    private int eventsWaiting() {
        lock.lock();
        try {
            return events;
        } finally {
            lock.unlock();
        }
    }

    /** Whether a commit runs at present. */
    boolean isWriting() {
        lock.lock();
        try {
            return !writing.isEmpty();
        } finally {
            lock.unlock();
        }
    }

    private void sayNoToTheLate() {
        List<Request> late = new ArrayList<>();
        lock.lock();
        try {
            for (Request request : writing) {
                if (request.waitsLongerThan(patience)) {
                    late.add(request);
                }
            }
            // What was not begun is not written later: it will be sent again.
            while (!waiting.isEmpty() && waiting.peek().waitsLongerThan(patience)) {
                Request request = waiting.remove();
                leave(request);
                late.add(request);
            }
        } finally {
            lock.unlock();
        }
        late.forEach(request -> request.kept.complete(false));
    }

    private void leave(Request request) {
        events -= request.rows.size();
        bytes -= request.bytes;
    }

    private void write() {
        try {
            for (List<Request> group = next(); group != null; group = next()) {
                try {
                    if (group.isEmpty()) {
                        lookAtTheStore();
                    } else {
                        write(group);
                    }
                } catch (RuntimeException | Error e) {
                    // This thread is the only one that writes: whatever happens to a group, the next one is tried.
                    LOG.error("{} requests were not kept", group.size(), e);
                    drop();
                } finally {
                    end(group);
                }
            }
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        } finally {
            drop();
        }
    }

    /** Waits for requests; none when it is time to look at the store, {@code null} when closed and all is written. */
    private List<Request> next() throws InterruptedException {
        lock.lock();
        try {
            long pause = (trouble == null ? IDLE : BREATH).toNanos();
            while (waiting.isEmpty()) {
                if (closing) {
                    return null;
                }
                if (pause <= 0) {
                    return List.of();
                }
                pause = handedIn.awaitNanos(pause);
            }
            List<Request> group = new ArrayList<>();
            int rows = 0;
            long size = 0;
            do {
                Request request = waiting.remove();
                group.add(request);
                rows += request.rows.size();
                size += request.bytes;
            } while (!waiting.isEmpty()
                    && rows + waiting.peek().rows.size() <= GROUP_EVENTS
                    && size + waiting.peek().bytes <= GROUP_BYTES);
            writing = group;
            return group;
        } finally {
            lock.unlock();
        }
    }

    private void write(List<Request> group) {
        List<LedgerRow> rows = new ArrayList<>();
        group.forEach(request -> rows.addAll(request.rows));
        rows.sort(LedgerInsert.ORDER);
        List<LedgerRow> refused = new ArrayList<>();
        long began = System.nanoTime();
        int added;
        try {
            added = insertOrTryAgain(group, rows, refused);
        } catch (SQLException e) {
            failed(e);
            return;
        }
        time.record(System.nanoTime() - began, TimeUnit.NANOSECONDS);
        size.record(rows.size());
        fresh.increment(added);
        repeated.increment(rows.size() - added - refused.size());
        succeeded();
        for (Request request : group) {
            request.kept.complete(refused.isEmpty() || request.rows.stream().noneMatch(refused::contains));
        }
        // Also for events that were there before: the commit that brought them may have been this one's first try.
        rows.stream().map(LedgerRow::lane).distinct().forEach(lane -> signals.send(Signals.Kind.TURN, lane));
    }

    private int insertOrTryAgain(List<Request> group, List<LedgerRow> rows, List<LedgerRow> refused)
            throws SQLException {
        try {
            return insert(rows, refused);
        } catch (SQLException e) {
            drop();
            if (group.stream().allMatch(request -> request.waitsLongerThan(clogged))) {
                throw e;
            }
            LOG.debug("A group is tried again over a fresh connection", e);
            refused.clear();
            return insert(rows, refused);
        }
    }

    /** Writes and commits; rows the database will never take go to {@code refused}, the others are kept. */
    private int insert(List<LedgerRow> rows, List<LedgerRow> refused) throws SQLException {
        try {
            return LedgerInsert.write(connection(), rows, clock.instant());
        } catch (SQLException e) {
            if (!isAboutTheData(e)) {
                throw e;
            }
            if (rows.size() == 1) {
                refused.add(rows.get(0));
                LOG.error(
                        "The database refuses event {} (SQL state {})",
                        rows.get(0).id(),
                        e.getSQLState());
                return 0;
            }
            int middle = rows.size() / 2;
            return insert(rows.subList(0, middle), refused) + insert(rows.subList(middle, rows.size()), refused);
        }
    }

    /** SQL states of data exceptions and of violated constraints. */
    private static boolean isAboutTheData(SQLException e) {
        String state = String.valueOf(e.getSQLState());
        return state.startsWith("22") || state.startsWith("23");
    }

    /** Takes the group from the books; who was not answered by then is told no. */
    private void end(List<Request> group) {
        lock.lock();
        try {
            writing = List.of();
            group.forEach(this::leave);
        } finally {
            lock.unlock();
        }
        group.forEach(request -> request.kept.complete(false));
    }

    private Connection connection() throws SQLException {
        if (connection == null) {
            connection = store.connect("events", clogged);
        }
        return connection;
    }

    private void drop() {
        if (connection == null) {
            return;
        }
        try {
            connection.close();
        } catch (SQLException e) {
            LOG.debug("The connection was broken", e);
        }
        connection = null;
    }

    /** Finds out before an event does that the connection is gone, or that the store writes again. */
    private void lookAtTheStore() {
        try {
            if (connection != null && !connection.isValid(1)) {
                drop();
            }
            if (trouble != null || connection == null) {
                try (Statement statement = connection().createStatement()) {
                    statement.executeUpdate("update key_check set id = id where id = 1");
                }
            }
            succeeded();
        } catch (SQLException e) {
            drop();
            failed(e);
        }
    }

    private void succeeded() {
        Trouble over = trouble;
        if (over != null) {
            trouble = null;
            LOG.info("The store keeps events again, after {}", Duration.between(over.since(), clock.instant()));
        }
    }

    private void failed(SQLException e) {
        drop();
        if (trouble == null) {
            String reason = String.valueOf(e.getMessage()).lines().findFirst().orElse("");
            trouble = new Trouble(clock.instant(), reason);
            LOG.error("The store cannot keep events; webhooks are answered 503 until it can: {}", reason);
        }
    }

    /** Takes nothing more, writes what was handed in, and answers all of it. */
    @Override
    public void close() {
        lock.lock();
        try {
            closing = true;
            handedIn.signal();
        } finally {
            lock.unlock();
        }
        try {
            writer.join(DRAIN.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        watch.shutdownNow();
        List<Request> left = new ArrayList<>();
        lock.lock();
        try {
            left.addAll(writing);
            left.addAll(waiting);
            waiting.forEach(this::leave);
            waiting.clear();
        } finally {
            lock.unlock();
        }
        left.forEach(request -> request.kept.complete(false));
    }
}
