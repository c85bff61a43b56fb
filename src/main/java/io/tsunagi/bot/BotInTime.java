package io.tsunagi.bot;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks the bot and waits no longer than a customer should: whoever writes to a bot that fails, hangs or has no free
 * thread gets a person.
 *
 * <p>No more threads decide than turns are taken at once, so a bot that hangs holds that many and no more; the messages
 * after them are handed off at once until one is free again. Safe for many threads.
 */
public final class BotInTime implements AutoCloseable {
    /** Why the hand-off happened: the bot could not be asked. */
    static final String REASON = "bot-unavailable";

    private static final Logger LOG = LoggerFactory.getLogger(BotInTime.class);

    /** What decides, as {@link Bot#decide}. */
    @FunctionalInterface
    interface Decider {
        BotDecision decide(String language, BotMessage message, BotMemory memory);
    }

    private final Decider bot;
    private final Duration patience;
    private final ThreadPoolExecutor threads;

    /** One for each decision that may run; given back before it is heard, so that who asks next finds it. */
    private final Semaphore free;

    /**
     * @param atOnce how many decisions are made at the same time
     * @param patience the longest a decision is waited for
     */
    public BotInTime(Bot bot, int atOnce, Duration patience) {
        this(bot::decide, atOnce, patience);
    }

    BotInTime(Decider bot, int atOnce, Duration patience) {
        this.bot = bot;
        this.patience = patience;
        free = new Semaphore(atOnce);
        threads = new ThreadPoolExecutor(0, Integer.MAX_VALUE, 30, TimeUnit.SECONDS, new SynchronousQueue<>(), task -> {
            Thread thread = new Thread(task, "bot");
            thread.setDaemon(true);
            return thread;
        });
    }

    BotDecision decide(String language, BotMessage message, BotMemory memory) {
        Future<BotDecision> decision = null;
        try {
            decision = begin(() -> bot.decide(language, message, memory));
            return decision.get(patience.toMillis(), TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException e) {
            LOG.warn("The bot has no free thread; the inquiry goes to a person");
        } catch (TimeoutException e) {
            decision.cancel(true);
            LOG.warn("The bot did not decide within {}; the inquiry goes to a person", patience);
        } catch (ExecutionException e) {
            // The message of the failure may hold the customer's words.
            LOG.error("The bot failed ({}); the inquiry goes to a person", place(e.getCause()));
        } catch (InterruptedException e) {
            decision.cancel(true);
            Thread.currentThread().interrupt();
        }
        return new BotDecision.HandOff(REASON, null, List.of(), 0);
    }

    /** @throws RejectedExecutionException when as many decisions run as may */
    private Future<BotDecision> begin(Callable<BotDecision> deciding) {
        if (!free.tryAcquire()) {
            throw new RejectedExecutionException();
        }
        AtomicBoolean held = new AtomicBoolean(true);
        Runnable giveBack = () -> {
            if (held.compareAndSet(true, false)) {
                free.release();
            }
        };
        FutureTask<BotDecision> decision = new FutureTask<>(() -> {
            try {
                return deciding.call();
            } finally {
                giveBack.run();
            }
        });
        try {
            threads.execute(() -> {
                decision.run();
                // One that was given up before it began gave nothing back.
                giveBack.run();
            });
        } catch (RejectedExecutionException e) {
            giveBack.run();
            throw e;
        }
        return decision;
    }

    private static String place(Throwable failure) {
        StackTraceElement[] trace = failure.getStackTrace();
        return failure.getClass().getName() + (trace.length == 0 ? "" : " at " + trace[0]);
    }

    @Override
    public void close() {
        threads.shutdownNow();
    }
}
