package io.tsunagi.bench;

import com.fasterxml.jackson.databind.JsonNode;
import io.tsunagi.sandbox.line.LineSimulator;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.Histogram;

/**
 * A customer writes, the operator's screen has the words: the live feed says that an inquiry changed, and what it lacks is
 * fetched with the lists beside it, as the screen does. The latency runs from the time the customer's message was due to
 * the answer that holds it. What a browser draws then is not in it.
 */
final class ToScreen {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final Duration GLANCE = Duration.ofMillis(20);

    /**
     * How it ended.
     *
     * @param written messages of customers
     * @param shown of them, fetched by the screen
     * @param twice fetched under two ids: must be 0
     */
    record Result(int written, int shown, int twice, Histogram micros) {
        boolean exactlyOnce() {
            return written > 0 && shown == written && twice == 0;
        }
    }

    private final Console operator;
    private final ServedCustomers customers;
    private final LineSimulator line;

    /** Text to the time it was due. */
    private final Map<String, Long> due = new ConcurrentHashMap<>();

    /** Text to the id of the message that showed it. */
    private final Map<String, String> shown = new ConcurrentHashMap<>();

    /** Inquiry to the version the screen has. */
    private final Map<String, Long> versions = new ConcurrentHashMap<>();

    /** Inquiry to its fetch that is under way: the next waits for it. */
    private final Map<String, CompletableFuture<Void>> fetching = new ConcurrentHashMap<>();

    private final AtomicInteger twice = new AtomicInteger();
    private final Histogram micros = new Histogram(3);
    private int runs;

    ToScreen(Console operator, ServedCustomers customers, LineSimulator line) {
        this.operator = operator;
        this.customers = customers;
        this.line = line;
    }

    /** Lets customers write at this rate for so long, then waits until the screen has all of it. */
    Result run(int perSecond, Duration length) throws Exception {
        runs++;
        due.clear();
        shown.clear();
        twice.set(0);
        micros.reset();
        List<String> ids = customers.ids();
        for (String customer : ids) {
            fetch(customers.inquiry(customer)).join();
        }
        int messages = Math.toIntExact(perSecond * length.toMillis() / 1000);
        try (AutoCloseable feed = operator.feed(this::changed)) {
            List<CompletableFuture<Void>> writing = new ArrayList<>();
            long start = System.nanoTime();
            for (int i = 0; i < messages; i++) {
                long at = start + i * 1_000_000_000L / perSecond;
                while (System.nanoTime() < at) {
                    LockSupport.parkNanos(at - System.nanoTime());
                }
                String customer = ids.get(i % ids.size());
                String text = "まだ届いていません。(" + runs + "/" + i + ")";
                due.put(text, at);
                writing.add(CompletableFuture.runAsync(() -> line.write(customer, HubProgram.ACCOUNT, text)));
            }
            CompletableFuture.allOf(writing.toArray(CompletableFuture[]::new)).join();
            long until = System.nanoTime() + PATIENCE.toNanos();
            while (shown.size() < messages && System.nanoTime() < until) {
                LockSupport.parkNanos(GLANCE.toNanos());
            }
        }
        return new Result(messages, shown.size(), twice.get(), micros);
    }

    private void changed(String inquiry, long version) {
        if (version > versions.getOrDefault(inquiry, 0L)) {
            operator.call("GET", "/api/workspace", null);
            fetch(inquiry);
        }
    }

    private CompletableFuture<Void> fetch(String inquiry) {
        return fetching.compute(inquiry, (id, before) -> {
            CompletableFuture<Void> free = before == null ? CompletableFuture.completedFuture(null) : before;
            return free.thenCompose(ready -> {
                CompletableFuture<Console.Reply> facts = operator.call("GET", "/api/inquiries/" + id, null);
                return operator.call(
                                "GET",
                                "/api/inquiries/" + id + "/messages?since=" + versions.getOrDefault(id, 0L),
                                null)
                        .thenCombine(facts, (news, known) -> {
                            take(id, news.body());
                            return null;
                        });
            });
        });
    }

    private void take(String inquiry, JsonNode news) {
        long now = System.nanoTime();
        for (JsonNode message : news.path("messages")) {
            String text = message.path("text").asText();
            Long at = due.get(text);
            if (at == null) {
                continue;
            }
            String before = shown.putIfAbsent(text, message.path("id").asText());
            if (before == null) {
                synchronized (micros) {
                    micros.recordValue(TimeUnit.NANOSECONDS.toMicros(now - at));
                }
            } else if (!before.equals(message.path("id").asText())) {
                twice.incrementAndGet();
            }
        }
        versions.merge(inquiry, news.path("version").asLong(), Math::max);
    }
}
