package io.tsunagi;

import java.util.Collection;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.apache.camel.Exchange;

/**
 * The queue of a {@code seda:} endpoint that holds each body once: what is put in again before it was taken is already
 * there. Whoever takes a body finds all that was written before it was put in, the first time or again.
 */
final class WakeupQueue extends LinkedBlockingQueue<Exchange> {
    private static final long serialVersionUID = 1;

    private final transient Set<Object> held = ConcurrentHashMap.newKeySet();

    WakeupQueue(int size) {
        super(size);
    }

    @Override
    public boolean offer(Exchange exchange) {
        return !hold(exchange) || keep(exchange, super.offer(exchange));
    }

    @Override
    public boolean offer(Exchange exchange, long timeout, TimeUnit unit) throws InterruptedException {
        return !hold(exchange) || keep(exchange, super.offer(exchange, timeout, unit));
    }

    @Override
    public void put(Exchange exchange) throws InterruptedException {
        if (hold(exchange)) {
            super.put(exchange);
        }
    }

    @Override
    public Exchange poll() {
        return release(super.poll());
    }

    @Override
    public Exchange poll(long timeout, TimeUnit unit) throws InterruptedException {
        return release(super.poll(timeout, unit));
    }

    @Override
    public Exchange take() throws InterruptedException {
        return release(super.take());
    }

    @Override
    public boolean remove(Object exchange) {
        boolean removed = super.remove(exchange);
        if (removed) {
            release((Exchange) exchange);
        }
        return removed;
    }

    @Override
    public int drainTo(Collection<? super Exchange> to, int most) {
        int count = 0;
        for (Exchange next = count < most ? poll() : null; next != null; next = ++count < most ? poll() : null) {
            to.add(next);
        }
        return count;
    }

    @Override
    public void clear() {
        while (poll() != null) {
            // poll lets go of what it takes
        }
    }

    private boolean hold(Exchange exchange) {
        return held.add(key(exchange));
    }

    private boolean keep(Exchange exchange, boolean added) {
        if (!added) {
            release(exchange);
        }
        return added;
    }

    private Exchange release(Exchange exchange) {
        if (exchange != null) {
            held.remove(key(exchange));
        }
        return exchange;
    }

    private static Object key(Exchange exchange) {
        return Optional.ofNullable(exchange.getMessage().getBody());
    }
}
