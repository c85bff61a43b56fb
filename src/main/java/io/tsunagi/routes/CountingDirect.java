package io.tsunagi.routes;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.apache.camel.AsyncCallback;
import org.apache.camel.Consumer;
import org.apache.camel.Endpoint;
import org.apache.camel.Exchange;
import org.apache.camel.Producer;
import org.apache.camel.component.direct.DirectComponent;
import org.apache.camel.component.direct.DirectConsumer;
import org.apache.camel.component.direct.DirectConsumerNotAvailableException;
import org.apache.camel.component.direct.DirectEndpoint;
import org.apache.camel.support.DefaultAsyncProducer;

/**
 * Camel's {@code direct:}, whose calls are counted from the moment they have their route in hand.
 *
 * <p>Camel's own producer remembers the route it called last: while one call waits for the next route to come, others
 * through the same producer still enter the route that goes (tried on 4.18.0: they failed, as it was stopped already).
 * Here each call asks. Safe for many threads.
 */
public final class CountingDirect extends DirectComponent {
    private final ReadWriteLock door = new ReentrantReadWriteLock();
    private final Map<Consumer, AtomicInteger> inside = new ConcurrentHashMap<>();

    @Override
    protected Endpoint createEndpoint(String uri, String remaining, Map<String, Object> parameters) throws Exception {
        DirectEndpoint endpoint = new Line(uri, this);
        endpoint.setBlock(isBlock());
        endpoint.setTimeout(getTimeout());
        setProperties(endpoint, parameters);
        return endpoint;
    }

    /** Waits until whoever found a route before it was suspended is counted. */
    void settle() {
        door.writeLock().lock();
        door.writeLock().unlock();
    }

    /** Gives how many calls are under way at a route. */
    int inside(Consumer route) {
        AtomicInteger count = inside.get(route);
        return count == null ? 0 : count.get();
    }

    void forget(Consumer route) {
        inside.remove(route);
    }

    private DirectConsumer enter(Line line) throws InterruptedException {
        while (true) {
            door.readLock().lock();
            try {
                DirectConsumer route = getConsumer(line.key, false, 0);
                if (route != null) {
                    inside.computeIfAbsent(route, first -> new AtomicInteger()).incrementAndGet();
                    return route;
                }
            } finally {
                door.readLock().unlock();
            }
            if (!line.isBlock() || getConsumer(line.key, true, line.getTimeout()) == null) {
                return null;
            }
        }
    }

    private static final class Line extends DirectEndpoint {
        private final CountingDirect component;
        private final String key;

        private Line(String uri, CountingDirect component) {
            super(uri, component);
            this.component = component;
            this.key = uri.replaceFirst("\\?.*", "");
        }

        @Override
        public Producer createProducer() {
            return new Caller(this);
        }
    }

    private static final class Caller extends DefaultAsyncProducer {
        private final Line line;

        private Caller(Line line) {
            super(line);
            this.line = line;
        }

        @Override
        public boolean process(Exchange exchange, AsyncCallback callback) {
            DirectConsumer route = null;
            try {
                route = line.component.enter(line);
                if (route == null && line.isFailIfNoConsumers()) {
                    exchange.setException(new DirectConsumerNotAvailableException(
                            "No consumers available on endpoint: " + line, exchange));
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                exchange.setException(e);
            }
            if (route == null) {
                callback.done(true);
                return true;
            }
            AtomicInteger count = line.component.inside.get(route);
            return route.getAsyncProcessor().process(exchange, doneSync -> {
                count.decrementAndGet();
                callback.done(doneSync);
            });
        }
    }
}
