package io.tsunagi.salesforce;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.apache.camel.Consumer;
import org.apache.camel.Endpoint;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;
import org.apache.camel.component.salesforce.SalesforceComponent;
import org.apache.camel.spi.ExceptionHandler;
import org.apache.camel.support.DefaultConsumer;
import org.apache.camel.support.service.ServiceHelper;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * camel-salesforce's subscription to change events, except that it waits for Salesforce: by itself 4.18.0 stops the whole
 * context when Salesforce is away at the start, refuses a component that signs in late, and never subscribes again after a
 * refusal. Its sign-in is its own, for that of 4.18.0 is repeated without end when the session is over.
 *
 * <p>One thread of its own keeps the subscription: it begins when {@link SalesforceHealth#ready} says so and begins anew,
 * after {@link #PAUSE}, when Salesforce refused it. Events that come meanwhile are lost here and found by the query.
 */
final class ChangesConsumer extends DefaultConsumer {
    static final Duration PAUSE = Duration.ofSeconds(30);

    private static final Logger LOG = LoggerFactory.getLogger(ChangesConsumer.class);
    private static final Duration LOOK = Duration.ofSeconds(1);

    private static final Duration LONGEST_STOP = Duration.ofSeconds(15);

    /** camel-salesforce waits so long for the first connect. */
    private static final Duration LONGEST_START = Duration.ofMinutes(2);

    private final String topic;
    private final SalesforceHealth health;
    private final Supplier<SalesforceComponent> components;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private boolean running;
    private boolean refused;
    private Thread keeper;

    /**
     * @param topic such as {@code data/CaseChangeEvent}; empty = there are no events
     * @param components makes a component that signs in when it starts
     */
    ChangesConsumer(
            Endpoint endpoint,
            Processor processor,
            String topic,
            SalesforceHealth health,
            Supplier<SalesforceComponent> components) {
        super(endpoint, processor);
        this.topic = topic;
        this.health = health;
        this.components = components;
    }

    @Override
    protected void doStart() throws Exception {
        super.doStart();
        if (topic.isEmpty()) {
            return;
        }
        running = true;
        keeper = new Thread(this::keep, "salesforce-events");
        keeper.setDaemon(true);
        keeper.start();
    }

    @Override
    protected void doStop() throws Exception {
        lock.lock();
        try {
            running = false;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        if (keeper != null) {
            keeper.join(LONGEST_STOP.toMillis());
            if (keeper.isAlive()) {
                LOG.warn("The subscription to Salesforce's {} does not end; it is left to itself", topic);
            }
            keeper = null;
        }
        super.doStop();
    }

    private void keep() {
        try {
            while (waitFor(LOOK)) {
                if (health.ready()) {
                    subscriptionOrPause();
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Whatever goes wrong, the subscription begins anew. */
    private void subscriptionOrPause() throws InterruptedException {
        try {
            subscription();
        } catch (RuntimeException e) {
            LOG.error("The subscription to Salesforce's {} failed", topic, e);
            waitFor(PAUSE);
        }
    }

    /** Returns after the subscription has ended and its pause is over. */
    private void subscription() throws InterruptedException {
        setRefused(false);
        SalesforceComponent component = components.get();
        try {
            within(LONGEST_START, () -> {
                component.setCamelContext(getEndpoint().getCamelContext());
                ServiceHelper.startService(component);
                Endpoint endpoint = component.createEndpoint("salesforce:subscribe:" + topic + "?rawPayload=true");
                ServiceHelper.startService(endpoint);
                Consumer consumer = endpoint.createConsumer(getProcessor());
                ((DefaultConsumer) consumer).setExceptionHandler(new Refusals());
                ServiceHelper.startService(consumer);
                return null;
            });
            LOG.info("Listens to Salesforce's {}", topic);
            awaitRefusal();
        } catch (ExecutionException | TimeoutException e) {
            Throwable why = e.getCause() == null ? e : e.getCause();
            LOG.warn(
                    "Change events of Salesforce ({}) cannot be heard: {}. Changes are found by the query; tried again in {} s",
                    topic,
                    why.getMessage() == null ? why.getClass().getSimpleName() : why.getMessage(),
                    PAUSE.toSeconds());
        } finally {
            end(component);
        }
        waitFor(PAUSE);
    }

    /** Its last call is a sign-out, which fails while Salesforce is away; the session there ends by itself. */
    private void end(SalesforceComponent component) {
        try {
            ServiceHelper.stopService(component);
        } catch (RuntimeException e) {
            LOG.info(
                    "Left Salesforce's {} without signing out: {}",
                    topic,
                    e.getCause() == null
                            ? e.getClass().getSimpleName()
                            : e.getCause().getClass().getSimpleName());
        }
    }

    /** Lets work take no longer, and gives it up when this is stopped. */
    private void within(Duration limit, Callable<Void> work)
            throws InterruptedException, ExecutionException, TimeoutException {
        FutureTask<Void> attempt = new FutureTask<>(work) {
            @Override
            protected void done() {
                lock.lock();
                try {
                    changed.signalAll();
                } finally {
                    lock.unlock();
                }
            }
        };
        Thread thread = new Thread(attempt, "salesforce-events-begin");
        thread.setDaemon(true);
        thread.start();
        lock.lock();
        try {
            long left = limit.toNanos();
            while (running && !attempt.isDone() && left > 0) {
                left = changed.awaitNanos(left);
            }
        } finally {
            lock.unlock();
        }
        if (!attempt.isDone()) {
            attempt.cancel(true);
            throw new TimeoutException("no answer");
        }
        attempt.get();
    }

    /** Waits, or until this is stopped; false when it is. */
    private boolean waitFor(Duration time) throws InterruptedException {
        lock.lock();
        try {
            long left = time.toNanos();
            while (running && left > 0) {
                left = changed.awaitNanos(left);
            }
            return running;
        } finally {
            lock.unlock();
        }
    }

    private void awaitRefusal() throws InterruptedException {
        lock.lock();
        try {
            while (running && !refused) {
                changed.await();
            }
        } finally {
            lock.unlock();
        }
    }

    private void setRefused(boolean now) {
        lock.lock();
        try {
            refused = now;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Without an exchange it is the subscription that failed, otherwise what the route made of an event. */
    private final class Refusals implements ExceptionHandler {
        @Override
        public void handleException(Throwable exception) {
            handleException(exception.getMessage(), exception);
        }

        @Override
        public void handleException(String message, Throwable exception) {
            LOG.warn(
                    "Salesforce ended the change events of {}: {}. Changes are found by the query; tried again in {} s",
                    topic,
                    message,
                    PAUSE.toSeconds());
            setRefused(true);
        }

        @Override
        public void handleException(String message, Exchange exchange, Throwable exception) {
            getExceptionHandler().handleException(message, exchange, exception);
        }
    }
}
