package io.tsunagi.bench;

import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.Histogram;

/**
 * Posts webhooks over at most {@value #CONNECTIONS} connections, one request a connection at a time.
 *
 * <p>{@link #atRate} is open-loop: each event has a time at which it is due, whatever became of those before it, and its
 * latency counts from that time. A server that stalls is so charged for every event it kept waiting (no coordinated
 * omission). {@link #asFastAsItAnswers} keeps all connections busy and is for throughput only.
 */
final class Load implements AutoCloseable {
    static final int CONNECTIONS = 64;
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final long LONGEST_PAUSE = TimeUnit.MILLISECONDS.toNanos(1);

    /**
     * How a load ended.
     *
     * @param micros latencies of the events answered 200; at a rate from the time they were due, else from being sent
     * @param errors what was answered instead of 200, or not at all, and how often
     * @param seconds from the first event to the last answer
     */
    record Result(Histogram micros, long answered, Map<String, Long> errors, double seconds) {
        double perSecond() {
            return answered / seconds;
        }
    }

    private final Vertx vertx =
            Vertx.vertx(new VertxOptions().setEventLoopPoolSize(1).setUseDaemonThread(true));
    private final Context loop = vertx.getOrCreateContext();
    private final HttpClient http = vertx.createHttpClient(new HttpClientOptions()
            .setMaxPoolSize(CONNECTIONS)
            .setKeepAlive(true)
            .setPipelining(false)
            .setTcpNoDelay(true)
            .setConnectTimeout(2_000));

    /** Posts events at this rate for so long; returns when each is answered or {@code PATIENCE} is over. */
    Result atRate(Target target, int perSecond, Duration length) throws InterruptedException {
        return new Run(target, TimeUnit.SECONDS.toNanos(1) / perSecond, length).run();
    }

    /** Posts the next event whenever a connection is free, for so long. */
    Result asFastAsItAnswers(Target target, Duration length) throws InterruptedException {
        return new Run(target, 0, length).run();
    }

    @Override
    public void close() {
        vertx.close().toCompletionStage().toCompletableFuture().join();
    }

    /** One load; all but the pacing happens on the event loop. */
    private final class Run {
        private final Target target;
        private final long period;
        private final Duration length;
        private final int first;
        private final Histogram micros = new Histogram(3);
        private final Map<String, Long> errors = new TreeMap<>();
        private final CompletableFuture<Void> over = new CompletableFuture<>();
        private long start;
        private long last;
        private long due;
        private long next;
        private int flying;
        private boolean allDue;
        private boolean givenUp;

        Run(Target target, long period, Duration length) {
            this.target = target;
            this.period = period;
            this.length = length;
            this.first = target.sent().length();
        }

        Result run() throws InterruptedException {
            start = System.nanoTime();
            last = start;
            long end = start + length.toNanos();
            long now = start;
            while (now < end) {
                long dueNow = period == 0 ? Long.MAX_VALUE : 1 + (now - start) / period;
                loop.runOnContext(v -> due(dueNow));
                long pause = period == 0 ? end - now : start + dueNow * period - System.nanoTime();
                if (pause > 0) {
                    LockSupport.parkNanos(period == 0 ? Math.min(pause, LONGEST_PAUSE) : pause);
                }
                now = System.nanoTime();
            }
            long inAll = period == 0 ? 0 : (length.toNanos() + period - 1) / period;
            loop.runOnContext(v -> allAreDue(inAll));
            try {
                over.get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
            } catch (TimeoutException unanswered) {
                loop.runOnContext(v -> giveUp());
                over.join();
            } catch (java.util.concurrent.ExecutionException impossible) {
                throw new IllegalStateException(impossible);
            }
            return new Result(micros, micros.getTotalCount(), errors, (last - start) / 1e9);
        }

        private void due(long count) {
            due = count;
            pump();
        }

        private void allAreDue(long inAll) {
            due = period == 0 ? next : inAll;
            allDue = true;
            pump();
            endWhenDone();
        }

        private void pump() {
            while (flying < CONNECTIONS && next < due && !givenUp) {
                send(next++);
            }
        }

        private void send(long number) {
            int event = first + (int) number;
            long from = period == 0 ? System.nanoTime() : start + number * period;
            var signed = target.events().event(event);
            target.sent().set(event);
            flying++;
            http.request(new RequestOptions()
                            .setMethod(HttpMethod.POST)
                            .setHost("127.0.0.1")
                            .setPort(target.port())
                            .setURI(target.path())
                            .setTimeout(PATIENCE.toMillis())
                            .putHeader("content-type", "application/json; charset=utf-8")
                            .putHeader("x-line-signature", signed.signature()))
                    .compose(request -> request.send(Buffer.buffer(signed.body())))
                    .compose(response -> response.body().map(body -> response.statusCode()))
                    .onComplete(answer -> {
                        if (answer.failed()) {
                            ended(event, from, answer.cause().getClass().getSimpleName());
                        } else {
                            ended(event, from, answer.result() == 200 ? null : "status " + answer.result());
                        }
                    });
        }

        private void ended(int event, long from, String error) {
            flying--;
            if (givenUp) {
                return;
            }
            last = System.nanoTime();
            if (error == null) {
                micros.recordValue(TimeUnit.NANOSECONDS.toMicros(last - from));
                target.acknowledged().set(event);
            } else {
                errors.merge(error, 1L, Long::sum);
            }
            pump();
            endWhenDone();
        }

        private void endWhenDone() {
            if (allDue && flying == 0 && next == due) {
                over.complete(null);
            }
        }

        private void giveUp() {
            givenUp = true;
            if (flying > 0) {
                errors.merge("no answer in time", (long) flying, Long::sum);
            }
            if (due > next) {
                errors.merge("never sent, no connection was free", due - next, Long::sum);
            }
            over.complete(null);
        }
    }
}
