package io.tsunagi.sandbox.line;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Posts signed webhooks and, when redelivery is on, posts again what got no 2xx: the same events with the same ids
 * and reply tokens, only {@code deliveryContext.isRedelivery} set. Promises no order between bodies, as the platform
 * does not either. Safe for many threads.
 */
final class Webhooks {
    private static final int LATENCIES_KEPT = 1_000;

    /**
     * How one post ended.
     *
     * @param status the hub's HTTP status, 0 when there was no answer
     * @param millis from sending to the answer
     * @param reason {@code ok} or the platform's word for the failure: {@code could_not_connect},
     *     {@code request_timeout}, {@code error_status_code}, {@code unclassified}
     */
    record Attempt(int status, long millis, String reason) {
        boolean accepted() {
            return status >= 200 && status < 300;
        }
    }

    private final Platform platform;
    private final Faults faults;
    private final ScheduledExecutorService timer;
    private final HttpClient client = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(2))
            .build();
    private final AtomicInteger generation = new AtomicInteger();
    private final WebhookLog log = new WebhookLog();

    private final long[] latencies = new long[LATENCIES_KEPT];
    private long answered;
    private long posted;
    private long redelivered;
    private long lost;
    private final Map<String, Long> failures = new TreeMap<>();

    Webhooks(Platform platform, Faults faults, ScheduledExecutorService timer) {
        this.platform = platform;
        this.faults = faults;
        this.timer = timer;
    }

    /** Posts these events in one body, and again later as the settings say; completes with the first attempt. */
    CompletableFuture<Attempt> deliver(String account, List<Delivery> deliveries) {
        CompletableFuture<Attempt> first = attempt(account, deliveries, false);
        int born = generation.get();
        first.thenAccept(attempt -> followUp(account, deliveries, attempt, 0, born));
        boolean twice =
                faults.meet("webhook", account).filter(Faults.Fault::duplicate).isPresent();
        if (twice) {
            attempt(account, deliveries, false);
        }
        return first;
    }

    /** Posts an event once more, marked as a redelivery. */
    CompletableFuture<Attempt> redeliver(Delivery delivery) {
        return attempt(delivery.account(), List.of(delivery), true);
    }

    private void followUp(String account, List<Delivery> deliveries, Attempt last, int done, int born) {
        Settings settings = platform.settings();
        if (last.accepted() || generation.get() != born) {
            return;
        }
        if (!settings.redelivery() || done >= settings.redeliveryAttempts()) {
            synchronized (this) {
                lost += deliveries.size();
            }
            return;
        }
        long pause = settings.redeliveryBackoffMillis() << Math.min(done, 16);
        timer.schedule(
                () -> {
                    if (generation.get() == born) {
                        attempt(account, deliveries, true)
                                .thenAccept(next -> followUp(account, deliveries, next, done + 1, born));
                    }
                },
                pause,
                TimeUnit.MILLISECONDS);
    }

    private CompletableFuture<Attempt> attempt(String account, List<Delivery> deliveries, boolean again) {
        List<JsonNode> events = new ArrayList<>();
        for (Delivery delivery : deliveries) {
            ObjectNode event = delivery.event().deepCopy();
            if (again) {
                event.putObject("deliveryContext").put("isRedelivery", true);
            }
            events.add(event);
        }
        platform.leaving(events);
        if (again) {
            synchronized (this) {
                redelivered++;
            }
        }
        byte[] body = body(account, events);
        String signature = Signature.of(body, platform.account(account).channelSecret());
        return post(account, body, events, Map.of("x-line-signature", signature))
                .whenComplete((attempt, failure) -> {
                    for (Delivery delivery : deliveries) {
                        ObjectNode line = Json.object()
                                .put("direction", "in")
                                .put("what", delivery.kind())
                                .put("account", account)
                                .put("userId", delivery.chat())
                                .put("webhookEventId", delivery.eventId())
                                .put("status", attempt.status())
                                .put("millis", attempt.millis())
                                .put("reason", attempt.reason());
                        if (again) {
                            line.put("redelivery", true);
                        }
                        platform.record(line);
                    }
                });
    }

    byte[] body(String account, List<? extends JsonNode> events) {
        ObjectNode body =
                Json.object().put("destination", platform.account(account).destination());
        ArrayNode list = body.putArray("events");
        events.forEach(list::add);
        return Json.bytes(body);
    }

    /** Posts these bytes, which hold these events, with these headers; never fails, a failure is an {@link Attempt}. */
    CompletableFuture<Attempt> post(
            String account, byte[] body, List<? extends JsonNode> events, Map<String, String> headers) {
        log.posted(events, account, platform.now());
        return platform.webhook(account)
                .map(uri -> post(uri, body, headers))
                .orElseGet(() -> CompletableFuture.completedFuture(counted(new Attempt(0, 0, "could_not_connect"))))
                .whenComplete((attempt, failure) -> log.answered(events, attempt.status(), platform.now()));
    }

    WebhookLog log() {
        return log;
    }

    CompletableFuture<Attempt> post(URI uri, byte[] body, Map<String, String> headers) {
        HttpRequest.Builder request = HttpRequest.newBuilder(uri)
                .timeout(Duration.ofMillis(platform.settings().webhookTimeoutMillis()))
                .setHeader("content-type", "application/json; charset=utf-8")
                .setHeader("user-agent", "LineBotWebhook/2.0")
                .POST(HttpRequest.BodyPublishers.ofByteArray(body));
        headers.forEach(request::setHeader);
        long start = System.nanoTime();
        return client.sendAsync(request.build(), HttpResponse.BodyHandlers.discarding())
                .handle((response, failure) -> {
                    long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start);
                    if (failure != null) {
                        return counted(new Attempt(0, millis, reason(failure)));
                    }
                    int status = response.statusCode();
                    return counted(new Attempt(status, millis, status / 100 == 2 ? "ok" : "error_status_code"));
                });
    }

    private static String reason(Throwable failure) {
        Throwable cause =
                failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        if (cause instanceof ConnectException) {
            return "could_not_connect";
        }
        return cause instanceof HttpTimeoutException ? "request_timeout" : "unclassified";
    }

    private synchronized Attempt counted(Attempt attempt) {
        posted++;
        if (attempt.status() != 0) {
            latencies[(int) (answered++ % LATENCIES_KEPT)] = attempt.millis();
        }
        if (!attempt.accepted()) {
            failures.merge(attempt.reason(), 1L, Long::sum);
        }
        return attempt;
    }

    /** Forgets the counts and every redelivery still to come. */
    synchronized void reset() {
        generation.incrementAndGet();
        answered = 0;
        posted = 0;
        redelivered = 0;
        lost = 0;
        failures.clear();
        log.clear();
    }

    synchronized ObjectNode stats() {
        ObjectNode stats = Json.object()
                .put("posted", posted)
                .put("redelivered", redelivered)
                .put("lost", lost);
        int known = (int) Math.min(answered, LATENCIES_KEPT);
        if (known > 0) {
            long[] sorted = java.util.Arrays.copyOf(latencies, known);
            java.util.Arrays.sort(sorted);
            stats.put("medianMillis", sorted[known / 2]).put("maxMillis", sorted[known - 1]);
        }
        ObjectNode byReason = stats.putObject("failures");
        failures.forEach(byReason::put);
        return stats;
    }
}
