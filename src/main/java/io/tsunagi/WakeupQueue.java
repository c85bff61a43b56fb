package io.tsunagi;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.apache.camel.Exchange;

/**
 * The queue of a {@code seda:} endpoint that holds each body once: what is put in again before it was taken is already
 * there. Whoever takes a body finds all that was written before it was put in, the first time or again.
 *
 * <p>Once it is {@link #leave left}, whoever waits for a body is sent away within {@value #LEAVING_MILLIS} ms: Camel lets a
 * route end only when each of its threads has come back empty-handed, one route after another.
 */
final class WakeupQueue extends LinkedBlockingQueue<Exchange> {
    private static final long serialVersionUID = 1;

    private static final long LEAVING_MILLIS = 5;

    /** More than threads ever wait for one queue. */
    private static final int WAITING = 10_000;

    private final transient Set<Object> held = ConcurrentHashMap.newKeySet();

    /** At least one for each body; waited for instead of the body, because it can also be given without one. */
    private final transient Semaphore there = new Semaphore(0);

    private volatile boolean left;

    WakeupQueue(int size) {
        super(size);
    }

    /** Lets nobody wait for long from now on; what is in the queue can still be taken. */
    void leave() {
        left = true;
        there.release(WAITING);
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
            there.release();
        }
    }

    @Override
    public Exchange poll() {
        there.tryAcquire();
        return release(super.poll());
    }

    @Override
    public Exchange poll(long timeout, TimeUnit unit) throws InterruptedException {
        if (left) {
            return release(super.poll(LEAVING_MILLIS, TimeUnit.MILLISECONDS));
        }
        there.tryAcquire(timeout, unit);
        return release(super.poll());
    }

    @Override
    public Exchange take() throws InterruptedException {
        there.acquire();
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

    /** Takes what waits, as {@link #poll()} does, for somebody who can do more than one at once. */
    <T> List<T> takeMore(int most, Class<T> type) {
        List<Exchange> taken = new ArrayList<>();
        drainTo(taken, most);
        return taken.stream()
                .map(exchange -> exchange.getMessage().getBody(type))
                .toList();
    }

    private boolean hold(Exchange exchange) {
        return held.add(key(exchange));
    }

    private boolean keep(Exchange exchange, boolean added) {
        if (added) {
            there.release();
        } else {
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
