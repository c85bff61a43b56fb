package io.tsunagi.console;

import io.tsunagi.access.SessionGate;
import io.tsunagi.access.Sessions;
import io.tsunagi.node.Hints;
import io.tsunagi.store.Dialect;
import io.tsunagi.store.Store;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells open screens over SSE what changed: "inquiry so-and-so is at version 17", never any words. A screen fetches what
 * it lacks.
 *
 * <p>Changes of all nodes come as {@link Hints}, are gathered for some milliseconds and told to all with one question to
 * the database; screens are told {@value #AT_A_TIME} at a time. After that the feed rests three times as long as it took
 * until all were told. So thousands of screens leave the server's threads to others. A hint may be lost: each {@value
 * #LOOK_MILLIS} ms the feed asks what has changed. A reader that does not keep up with {@value #LARGEST_QUEUE} bytes is
 * cut off.
 *
 * <p>After the events comes an id, the database's time up to which everything has been told; a screen that comes back
 * with the last one, to whatever node, is told what it missed, or {@code everything} when that is too much. A reader
 * whose session ended on any node is cut off within {@value #SESSION_MILLIS} ms.
 *
 * <p>Safe for many threads.
 */
public final class Feed implements Hints.Screens {
    private static final Logger LOG = LoggerFactory.getLogger(Feed.class);
    private static final long PING_MILLIS = 5_000;
    private static final long SESSION_MILLIS = 3_000;
    private static final long LOOK_MILLIS = 5_000;
    private static final long AGAIN_MILLIS = 1_000;
    private static final int LARGEST_QUEUE = 256 * 1024;

    private static final long GATHER_MILLIS = 20;

    /** How many times as long as telling the feed rests, and the longest rest. */
    private static final int RESTS = 3;

    private static final long LONGEST_REST = TimeUnit.SECONDS.toNanos(1);

    /** So many screens are told at a time; what else waits for their threads, webhooks among it, goes between. */
    private static final int AT_A_TIME = 64;

    /** More changes than these are told as {@code everything}, at once or to one who comes back. */
    private static final int MOST = 500;

    private static final int REMEMBERED = 10_000;

    /** A change carries a time from within its transaction and is seen at its end; so much earlier is looked for. */
    private static final Duration LONGEST_TRANSACTION = Duration.ofSeconds(10);

    private static final Duration LONGEST_ABSENCE = Duration.ofMinutes(10);
    private static final String WORKSPACE = "event: workspace\ndata: {}\n\n";
    private static final String EVERYTHING = "event: everything\ndata: {}\n\n";

    /** An open screen; {@code held} is what it will be told after what it missed, and belongs to its context's thread. */
    private static final class Reader {
        private final HttpServerResponse response;
        private final String session;
        private final Context context;
        private Buffer held = Buffer.buffer();

        private Reader(HttpServerResponse response, String session, Context context) {
            this.response = response;
            this.session = session;
            this.context = context;
        }
    }

    private record Change(UUID id, long version) {}

    /** Events, and the time up to which nothing is missing once they have been told. */
    private record Words(String events, Instant to) {}

    private record News(Set<UUID> inquiries, boolean workspace, boolean look) {}

    private final Vertx vertx;
    private final Store store;
    private final Sessions sessions;
    private final Clock clock;
    private final int most;
    private final Set<Reader> readers = ConcurrentHashMap.newKeySet();
    private final AtomicBoolean asking = new AtomicBoolean();

    /** Guards what waits to be told. */
    private final Object news = new Object();

    private Set<UUID> changed = new LinkedHashSet<>();
    private boolean workspace;
    private boolean look;
    private boolean flushing;
    private long restsUntil = System.nanoTime();
    private boolean closed;
    private Future<Void> telling = Future.succeededFuture();

    /** What a flush alone touches, one at a time: other nodes' changes may come twice, by a hint and by a look. */
    private final Map<UUID, Long> told = new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<UUID, Long> eldest) {
            return size() > REMEMBERED;
        }
    };

    private String seats;
    private volatile Instant lookedTo;

    /**
     * @param clock the database's time
     * @param most how many screens may be open at once; more are answered 503
     */
    public Feed(Vertx vertx, Store store, Sessions sessions, Clock clock, int most) {
        this.vertx = vertx;
        this.store = store;
        this.sessions = sessions;
        this.clock = clock;
        this.most = most;
        this.lookedTo = clock.instant();
    }

    /** Serves {@code GET /api/feed}, behind the gate. */
    public void mount(Router router) {
        router.get("/api/feed").handler(this::open);
        // An event of nothing but an id keeps the mark of a quiet screen young.
        vertx.setPeriodic(PING_MILLIS, t -> ping());
        vertx.setPeriodic(SESSION_MILLIS, t -> closeEnded());
        vertx.setPeriodic(LOOK_MILLIS, t -> look());
    }

    /** Gives how many screens are open. */
    public int size() {
        return readers.size();
    }

    // What is to be told

    @Override
    public void inquiryChanged(UUID inquiry) {
        synchronized (news) {
            if (changed.size() < REMEMBERED) {
                changed.add(inquiry);
            } else {
                look = true;
            }
            flushSoon(GATHER_MILLIS);
        }
    }

    @Override
    public void workspaceChanged() {
        synchronized (news) {
            workspace = true;
            flushSoon(GATHER_MILLIS);
        }
    }

    @Override
    public void look() {
        synchronized (news) {
            look = true;
            flushSoon(GATHER_MILLIS);
        }
    }

    /** Only with {@link #news} in hand. */
    private void flushSoon(long millis) {
        if (!flushing && !closed) {
            flushing = true;
            long rest = TimeUnit.NANOSECONDS.toMillis(restsUntil - System.nanoTime());
            vertx.setTimer(Math.max(millis, rest), t -> flush());
        }
    }

    private void flush() {
        News taken;
        synchronized (news) {
            taken = new News(changed, workspace, look);
            changed = new LinkedHashSet<>();
            workspace = false;
            look = false;
        }
        if (readers.isEmpty()) {
            // Whoever opens a screen fetches it first, or asks for what it missed.
            lookedTo = clock.instant();
            flushed();
            return;
        }
        vertx.executeBlocking(() -> words(taken), false).onComplete(done -> {
            if (done.succeeded()) {
                tell(done.result());
            } else {
                LOG.debug("The feed cannot ask what changed", done.cause());
                tryAgain(taken);
            }
        });
    }

    /** The mark follows the events, on the line and in {@link #lookedTo}: whoever has it has had them. */
    private void tell(Words words) {
        if (words.events().isEmpty()) {
            lookedTo = words.to();
            flushed();
            return;
        }
        long start = System.nanoTime();
        Future<Void> all = tell(words.events() + mark(words.to()));
        lookedTo = words.to();
        all.onComplete(told -> rest(start));
    }

    private void rest(long since) {
        long now = System.nanoTime();
        synchronized (news) {
            restsUntil = now + Math.min(RESTS * (now - since), LONGEST_REST);
        }
        flushed();
    }

    private void flushed() {
        synchronized (news) {
            flushing = false;
            if (!changed.isEmpty() || workspace || look) {
                flushSoon(GATHER_MILLIS);
            }
        }
    }

    private void tryAgain(News taken) {
        synchronized (news) {
            changed.addAll(taken.inquiries());
            workspace |= taken.workspace();
            look = true;
            flushing = false;
            flushSoon(AGAIN_MILLIS);
        }
    }

    private Words words(News taken) {
        boolean everything = false;
        boolean lists = taken.workspace();
        List<Change> changes = new ArrayList<>(versions(taken.inquiries()));
        Instant to = lookedTo;
        if (taken.look()) {
            to = clock.instant();
            List<Change> found = changedSince(lookedTo, REMEMBERED);
            everything = found.size() > REMEMBERED;
            changes.addAll(found);
            lists |= seatsChanged();
        }
        List<String> events = new ArrayList<>();
        for (Change change : changes) {
            Long before = told.get(change.id());
            if (before == null || before < change.version()) {
                told.put(change.id(), change.version());
                events.add(event(change));
            }
        }
        String inquiries = everything || events.size() > MOST ? EVERYTHING : String.join("", events);
        return new Words(inquiries + (lists ? WORKSPACE : ""), to);
    }

    private List<Change> versions(Set<UUID> inquiries) {
        return inquiries.isEmpty()
                ? List.of()
                : store.jdbc()
                        .sql("select id, version from inquiries where id = any(?)")
                        .param(Store.uuids(inquiries))
                        .query((row, i) -> new Change(row.getObject("id", UUID.class), row.getLong("version")))
                        .list();
    }

    /** Gives at most one more than wanted. */
    private List<Change> changedSince(Instant since, int wanted) {
        return store.jdbc()
                .sql("select id, version from inquiries where changed_at > ? order by changed_at limit ?")
                .params(Store.at(since.minus(LONGEST_TRANSACTION)), wanted + 1)
                .query((row, i) -> new Change(row.getObject("id", UUID.class), row.getLong("version")))
                .list();
    }

    /** Seats have no versions. On H2 nobody but this node changes them. */
    private boolean seatsChanged() {
        if (store.dialect() != Dialect.POSTGRESQL) {
            return false;
        }
        String before = seats;
        seats = store.jdbc().sql("""
                        select count(*) || ' ' || coalesce(sum(hashtext(concat(operator, presence, load, capacity, team))), 0)
                        from seats
                        """).query(String.class).single();
        return before != null && !before.equals(seats);
    }

    private static String event(Change change) {
        return "event: inquiry\ndata: {\"id\":\"" + change.id() + "\",\"version\":" + change.version() + "}\n\n";
    }

    private static String mark(Instant toldTo) {
        return "id: " + toldTo.toEpochMilli() + "\n\n";
    }

    // To whom

    private void open(RoutingContext ctx) {
        if (isClosed() || readers.size() >= most) {
            ctx.response().setStatusCode(503).putHeader("Retry-After", "5").end();
            return;
        }
        // The gate paused the request; read to its end it no longer counts as a slow one.
        ctx.request().resume();
        HttpServerResponse response = ctx.response();
        response.setChunked(true);
        response.putHeader("Content-Type", "text/event-stream; charset=utf-8");
        response.putHeader("X-Accel-Buffering", "no");
        response.setWriteQueueMaxSize(LARGEST_QUEUE);
        Sessions.Session session = ctx.get(SessionGate.SESSION);
        Reader reader = new Reader(response, session.hash(), vertx.getOrCreateContext());
        String mark = mark(clock.instant());
        readers.add(reader);
        response.exceptionHandler(e -> readers.remove(reader));
        response.closeHandler(v -> readers.remove(reader));
        String last = ctx.request().getHeader("Last-Event-ID");
        if (last == null) {
            begin(reader, WORKSPACE + mark);
        } else {
            vertx.executeBlocking(() -> missed(last), false)
                    .onComplete(
                            done -> begin(reader, (done.succeeded() ? done.result() : EVERYTHING) + WORKSPACE + mark));
        }
    }

    /** What a screen that was away missed. Told with a mark from before the question: nothing falls between. */
    private String missed(String last) {
        Instant since;
        try {
            since = Instant.ofEpochMilli(Long.parseLong(last));
        } catch (NumberFormatException e) {
            return EVERYTHING;
        }
        if (since.isBefore(clock.instant().minus(LONGEST_ABSENCE))) {
            return EVERYTHING;
        }
        List<Change> changes = changedSince(since, MOST);
        return changes.size() > MOST
                ? EVERYTHING
                : changes.stream().map(Feed::event).collect(Collectors.joining());
    }

    private void begin(Reader reader, String first) {
        Buffer words = Buffer.buffer(first).appendBuffer(reader.held);
        reader.held = null;
        write(reader, words);
    }

    private void ping() {
        synchronized (news) {
            // One under way reaches those who were there when it began; behind a slow one, pings would pile up.
            if (telling.isComplete()) {
                tell(": ping\n" + mark(lookedTo));
            }
        }
    }

    /**
     * Tells all, each on the thread of its connection and some at a time; done when it is written or queued for each. One
     * telling follows the other.
     */
    private Future<Void> tell(String events) {
        Buffer buffer = Buffer.buffer(events);
        synchronized (news) {
            telling = telling.eventually(() -> {
                Promise<Void> all = Promise.promise();
                tellSome(buffer, List.copyOf(readers).iterator(), all);
                return all.future();
            });
            return telling;
        }
    }

    private void tellSome(Buffer events, Iterator<Reader> untold, Promise<Void> all) {
        if (!untold.hasNext()) {
            all.complete();
            return;
        }
        AtomicInteger left = new AtomicInteger(1);
        Runnable countDown = () -> {
            if (left.decrementAndGet() == 0) {
                tellSome(events, untold, all);
            }
        };
        for (int i = 0; i < AT_A_TIME && untold.hasNext(); i++) {
            Reader reader = untold.next();
            left.incrementAndGet();
            reader.context.runOnContext(v -> {
                try {
                    write(reader, events);
                } finally {
                    countDown.run();
                }
            });
        }
        countDown.run();
    }

    private void write(Reader reader, Buffer events) {
        if (reader.response.ended()) {
            return;
        }
        if (reader.response.closed() || reader.response.writeQueueFull()) {
            drop(reader);
        } else if (reader.held != null) {
            reader.held.appendBuffer(events);
        } else {
            reader.response.write(events);
        }
    }

    /** Closes the connections of sessions that have ended, here or on another node. */
    private void closeEnded() {
        if (readers.isEmpty() || !asking.compareAndSet(false, true)) {
            return;
        }
        List<Reader> asked = List.copyOf(readers);
        vertx.executeBlocking(
                        () -> sessions.alive(
                                asked.stream().map(reader -> reader.session).collect(Collectors.toSet())),
                        false)
                .onComplete(done -> {
                    asking.set(false);
                    if (done.succeeded()) {
                        asked.stream()
                                .filter(reader -> !done.result().contains(reader.session))
                                .forEach(this::drop);
                    } else {
                        LOG.debug("The feed cannot look for ended sessions", done.cause());
                    }
                });
    }

    private void drop(Reader reader) {
        if (readers.remove(reader) && !reader.response.closed()) {
            reader.response.reset();
        }
    }

    private boolean isClosed() {
        synchronized (news) {
            return closed;
        }
    }

    /** Lets the screens go, to come back after some seconds to a node that stays; takes no new ones. */
    public void close() {
        synchronized (news) {
            closed = true;
        }
        List.copyOf(readers).forEach(reader -> {
            readers.remove(reader);
            reader.context.runOnContext(v -> {
                if (!reader.response.closed()) {
                    reader.response.end();
                }
            });
        });
    }
}
