package io.tsunagi.web;

import io.vertx.core.Vertx;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServerRequest;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps clients from holding the server by holding connections (slowloris): one that shows no whole request head in time
 * is closed however many bytes it drips, and one address opens only so many at once.
 *
 * <p>A connection on which an answer is on its way, such as the console's feed, is left alone. Safe for many threads.
 */
final class Connections {
    private static final Logger LOG = LoggerFactory.getLogger(Connections.class);
    private static final long NANOS = 1_000_000_000L;
    private static final long BETWEEN_WARNINGS = 60 * NANOS;

    private static final class Watch {
        private final Set<HttpServerRequest> underWay = ConcurrentHashMap.newKeySet();
        private volatile boolean askedBefore;
        private volatile long quietSince;

        private Watch(long now) {
            quietSince = now;
        }
    }

    private final Map<HttpConnection, Watch> open = new ConcurrentHashMap<>();
    private final Map<String, Integer> byAddress = new ConcurrentHashMap<>();
    private final AtomicLong warned = new AtomicLong(Long.MIN_VALUE / 2);
    private final LongSupplier nanos;
    private final int mostOfAnAddress;
    private final Predicate<String> notCounted;
    private final long firstHead;
    private final long laterHead;

    /**
     * @param mostOfAnAddress connections one address may hold at once
     * @param notCounted addresses that may hold any number: the proxies in front
     * @param firstHead how long a new connection may take to send its first request's head
     * @param laterHead how long it may take after an answer to send the next one
     */
    Connections(
            LongSupplier nanos,
            int mostOfAnAddress,
            Predicate<String> notCounted,
            Duration firstHead,
            Duration laterHead) {
        this.nanos = nanos;
        this.mostOfAnAddress = mostOfAnAddress;
        this.notCounted = notCounted;
        this.firstHead = firstHead.toNanos();
        this.laterHead = laterHead.toNanos();
    }

    /** Looks after the connections every second from now on. */
    void watch(Vertx vertx) {
        vertx.setPeriodic(1000, timer -> closeQuiet());
    }

    void opened(HttpConnection connection) {
        String address = connection.remoteAddress().hostAddress();
        String network = Callers.network(address);
        int held = byAddress.merge(network, 1, Integer::sum);
        open.put(connection, new Watch(nanos.getAsLong()));
        connection.closeHandler(closed -> {
            open.remove(connection);
            byAddress.computeIfPresent(network, (key, count) -> count == 1 ? null : count - 1);
        });
        if (held > mostOfAnAddress && !notCounted.test(address)) {
            warn(address);
            connection.close();
        }
    }

    void asked(HttpServerRequest request) {
        Watch watch = open.get(request.connection());
        if (watch != null) {
            // A connection that asks often would otherwise hold all it asked until somebody looks.
            watch.underWay.removeIf(Connections::over);
            watch.underWay.add(request);
            watch.askedBefore = true;
        }
    }

    /** Says whether a request waits for its answer. */
    boolean busy() {
        return open.values().stream().flatMap(watch -> watch.underWay.stream()).anyMatch(request -> !over(request));
    }

    /** How many requests are held, with those that are over; for tests. */
    int held() {
        return open.values().stream().mapToInt(watch -> watch.underWay.size()).sum();
    }

    private static boolean over(HttpServerRequest request) {
        return request.response().ended() || request.response().closed();
    }

    void closeQuiet() {
        long now = nanos.getAsLong();
        open.forEach((connection, watch) -> {
            boolean busy = !watch.underWay.isEmpty();
            watch.underWay.removeIf(Connections::over);
            if (busy) {
                watch.quietSince = now;
            } else if (now - watch.quietSince > (watch.askedBefore ? laterHead : firstHead)) {
                connection.close();
            }
        });
    }

    /** Says so once a minute: whoever holds so many will try again. */
    private void warn(String address) {
        long now = nanos.getAsLong();
        long last = warned.get();
        if (now - last > BETWEEN_WARNINGS && warned.compareAndSet(last, now)) {
            LOG.warn(
                    "{} holds {} connections; further ones are closed. A proxy in front belongs into hub.http.trusted-proxies,"
                            + " otherwise hub.http.connections-per-address says how many one address may hold.",
                    address,
                    mostOfAnAddress);
        }
    }
}
