package io.tsunagi.console;

import io.tsunagi.access.Sessions;
import io.tsunagi.store.Store;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells open screens over SSE what changed: "inquiry so-and-so is at version 17", never any words. A screen fetches what
 * it lacks.
 *
 * <p>Changes of this node come by signal; changes of other nodes are found by asking the database for what changed since
 * the last look. A reader that does not keep up is cut off and comes back by itself.
 */
public final class Feed {
    private static final Logger LOG = LoggerFactory.getLogger(Feed.class);
    private static final long PING_MILLIS = 15_000;
    private static final long SESSION_MILLIS = 3_000;
    private static final long LOOK_MILLIS = 2_000;
    private static final int LARGEST_QUEUE = 256 * 1024;
    private static final Duration OVERLAP = Duration.ofSeconds(5);

    private record Reader(HttpServerResponse response, String session) {}

    private record Change(UUID id, long version, Instant at) {}

    private final Vertx vertx;
    private final Store store;
    private final Sessions sessions;
    private final Clock clock;
    private final Map<Integer, Reader> readers = new ConcurrentHashMap<>();
    private final Map<UUID, Long> told = new ConcurrentHashMap<>();
    private final AtomicBoolean looking = new AtomicBoolean();
    private final AtomicBoolean lookAgain = new AtomicBoolean();
    private int count;

    public Feed(Vertx vertx, Store store, Sessions sessions, Clock clock) {
        this.vertx = vertx;
        this.store = store;
        this.sessions = sessions;
        this.clock = clock;
    }

    /** Serves {@code GET /api/feed}, behind the gate. */
    public void mount(Router router) {
        router.get("/api/feed").handler(this::open);
        vertx.setPeriodic(PING_MILLIS, t -> tell(": ping\n\n"));
        vertx.setPeriodic(SESSION_MILLIS, t -> closeEnded());
        vertx.setPeriodic(LOOK_MILLIS, t -> look());
    }

    private synchronized void open(RoutingContext ctx) {
        // The gate paused the request; read to its end it no longer counts as a slow one.
        ctx.request().resume();
        HttpServerResponse response = ctx.response();
        response.setChunked(true);
        response.putHeader("Content-Type", "text/event-stream; charset=utf-8");
        response.putHeader("X-Accel-Buffering", "no");
        response.setWriteQueueMaxSize(LARGEST_QUEUE);
        int id = ++count;
        Sessions.Session session = ctx.get(io.tsunagi.access.SessionGate.SESSION);
        readers.put(id, new Reader(response, session.hash()));
        response.exceptionHandler(e -> readers.remove(id));
        response.closeHandler(v -> readers.remove(id));
        response.write("retry: 2000\n\nevent: workspace\ndata: {}\n\n");
    }

    /** Tells that an inquiry of this node changed. */
    public void inquiryChanged(UUID inquiry) {
        look();
    }

    /** Tells that lists or seats changed. */
    public void workspaceChanged() {
        tell("event: workspace\ndata: {}\n\n");
    }

    /** Looks for versions that are newer than those told; one look at a time, and one more when asked meanwhile. */
    private void look() {
        if (readers.isEmpty()) {
            return;
        }
        lookAgain.set(true);
        if (!looking.compareAndSet(false, true)) {
            return;
        }
        vertx.executeBlocking(
                        () -> {
                            while (lookAgain.getAndSet(false)) {
                                changes().forEach(this::tell);
                            }
                            return null;
                        },
                        false)
                .onComplete(done -> {
                    looking.set(false);
                    if (done.failed()) {
                        LOG.warn(
                                "The feed cannot look for changes: {}",
                                done.cause().getMessage());
                    } else if (lookAgain.get()) {
                        look();
                    }
                });
    }

    private List<Change> changes() {
        Instant since = clock.instant().minus(OVERLAP);
        List<Change> changes = store.jdbc()
                .sql("select id, version, changed_at from inquiries where changed_at > ? order by changed_at")
                .param(Store.at(since))
                .query((row, i) -> new Change(
                        row.getObject("id", UUID.class),
                        row.getLong("version"),
                        Store.instant(row.getTimestamp("changed_at"))))
                .list();
        told.keySet().retainAll(changes.stream().map(Change::id).toList());
        return changes;
    }

    private void tell(Change change) {
        Long before = told.put(change.id(), change.version());
        if (before == null || before < change.version()) {
            tell("event: inquiry\ndata: {\"id\":\"" + change.id() + "\",\"version\":" + change.version() + "}\n\n");
        }
    }

    private void tell(String event) {
        readers.forEach((id, reader) -> {
            if (reader.response().closed() || reader.response().writeQueueFull()) {
                drop(id, reader);
            } else {
                reader.response().write(event);
            }
        });
    }

    /** Closes the connections of sessions that have ended. */
    private void closeEnded() {
        vertx.executeBlocking(
                () -> {
                    readers.forEach((id, reader) -> {
                        if (!sessions.alive(reader.session())) {
                            drop(id, reader);
                        }
                    });
                    return null;
                },
                false);
    }

    private void drop(int id, Reader reader) {
        readers.remove(id);
        if (!reader.response().closed()) {
            reader.response().reset();
        }
    }
}
