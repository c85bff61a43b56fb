package io.tsunagi.bench;

import io.tsunagi.media.MediaId;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.Histogram;

/**
 * How long due pictures are there after a purge starts, among many that are not due, and what the chat feels of it: webhooks
 * and an operator's presses at a steady rate, before the purge and while it runs.
 */
final class Purge {
    /** Settings of a hub whose purge begins as soon as its route is started. */
    static final Map<String, String> AT_ONCE = Map.of("HUB_MEDIA_PURGE_CRON", "* * * * * ?");

    static final String ROUTE = "purge-media";
    private static final Duration SEGMENT = Duration.ofSeconds(5);
    private static final Duration PATIENCE = Duration.ofMinutes(15);
    private static final Duration GLANCE = Duration.ofMillis(200);

    /**
     * What the chat felt.
     *
     * @param webhook from when a webhook was due to its 200
     * @param send from when a press was due to the phone
     */
    record Chat(Histogram webhook, Histogram send, Map<String, Long> errors) {
        Chat() {
            this(new Histogram(3), new Histogram(3), new TreeMap<>());
        }

        @Override
        public String toString() {
            return String.valueOf(errors);
        }
    }

    /**
     * How it ended.
     *
     * @param seconds from starting the route until nothing due is there, and the key of its day neither
     * @param left pictures that should be gone and are there with row, bytes or key: must be 0
     * @param whole pictures that are there as they should be
     * @param opening samples that still open: must be 0
     */
    record Result(int pictures, int due, double seconds, long left, long whole, int opening, Chat before, Chat during) {
        boolean right() {
            return left == 0
                    && opening == 0
                    && whole == pictures - due
                    && before.errors().isEmpty()
                    && during.errors().isEmpty();
        }

        double perSecond() {
            return due / seconds;
        }
    }

    private final HubProgram hub;
    private final Target target;
    private final int webhooks;
    private final OperatorSend operator;
    private final int presses;

    /**
     * @param webhooks a second, each of a new customer
     * @param presses a second
     */
    Purge(HubProgram hub, Target target, int webhooks, OperatorSend operator, int presses) {
        this.hub = hub;
        this.target = target;
        this.webhooks = webhooks;
        this.operator = operator;
        this.presses = presses;
    }

    /**
     * Measures.
     *
     * @param samples as {@link Pictures#fill} gave them before the hub was started
     */
    Result run(int pictures, int due, List<MediaId> samples, Duration warmUp, Duration before) throws Exception {
        try (Pictures all = new Pictures(hub.environment());
                Load load = new Load()) {
            all.release(due);
            chat(load, new Chat(), warmUp);
            Chat calm = new Chat();
            chat(load, calm, before);
            Chat during = new Chat();
            CompletableFuture<Double> gone = new CompletableFuture<>();
            long start = System.nanoTime();
            hub.start(ROUTE);
            Thread watching = new Thread(() -> watch(all, start, gone), "watch-purge");
            watching.setDaemon(true);
            watching.start();
            do {
                chat(load, during, SEGMENT);
            } while (!gone.isDone());
            hub.stop(ROUTE);
            return new Result(pictures, due, gone.join(), all.left(), all.whole(), all.opening(samples), calm, during);
        }
    }

    private static void watch(Pictures all, long start, CompletableFuture<Double> gone) {
        try {
            while (all.someLeft() && System.nanoTime() - start < PATIENCE.toNanos()) {
                LockSupport.parkNanos(GLANCE.toNanos());
            }
            gone.complete((System.nanoTime() - start) / 1e9);
        } catch (RuntimeException e) {
            gone.completeExceptionally(e);
        }
    }

    private static void note(Chat into, String error, long times) {
        if (times > 0) {
            into.errors().merge(error, times, Long::sum);
        }
    }

    private void chat(Load load, Chat into, Duration length) throws InterruptedException {
        CompletableFuture<OperatorSend.Result> sending =
                CompletableFuture.supplyAsync(() -> operator.run(presses, length));
        Load.Result taken = load.atRate(target, webhooks, length);
        into.webhook().add(taken.micros());
        taken.errors().forEach((error, times) -> into.errors().merge(error, times, Long::sum));
        try {
            OperatorSend.Result sent = sending.join();
            into.send().add(sent.micros());
            sent.refusals().forEach((refusal, times) -> into.errors().merge(refusal, (long) times, Long::sum));
            note(into, "presses not shown", sent.accepted() - sent.shown());
            note(into, "presses shown twice", sent.twice());
        } catch (CompletionException e) {
            throw new IllegalStateException("The operator cannot send", e.getCause());
        }
    }
}
