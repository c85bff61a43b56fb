package io.tsunagi.chaos;

import com.fasterxml.jackson.databind.JsonNode;
import io.tsunagi.bench.HubProgram;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * Many customers who write at a given rate, whatever becomes of what they wrote: some ask the bot, some talk to a person,
 * some write a card number. LINE repeats part of the events by itself and holds part of them back, so that they come
 * twice or out of order. Who writes what is decided by the seed.
 */
final class Customers implements AutoCloseable {
    /** Begins every text that must stand in no log. */
    static final String SECRET = "zq";

    static final String CARD = "4111 1111 1111 1111";
    private static final String QUESTION = "残高を確認したい";
    private static final String PERSON = "オペレーターと話したい";

    private final Line line;
    private final Random random;
    private final String run;
    private final int perSecond;
    private final List<String> users = new ArrayList<>();
    private final Map<String, Integer> lines = new HashMap<>();
    private final Set<String> held = ConcurrentHashMap.newKeySet();
    private final Set<String> written = ConcurrentHashMap.newKeySet();
    private final List<String> troubles = java.util.Collections.synchronizedList(new ArrayList<>());
    private final AtomicInteger flying = new AtomicInteger();
    private final Thread thread = new Thread(this::write, "customers");
    private volatile boolean over;

    /** @param run eight hex digits, in every customer's id */
    Customers(Line line, long seed, String run, int count, int perSecond) {
        this.line = line;
        this.random = new Random(seed);
        this.run = run;
        this.perSecond = perSecond;
        for (int i = 0; i < count; i++) {
            users.add("U" + run + "%024x".formatted(i));
        }
    }

    Customers start() {
        thread.setDaemon(true);
        thread.start();
        return this;
    }

    List<String> users() {
        return users;
    }

    int written() {
        return written.size();
    }

    private void write() {
        long start = System.nanoTime();
        for (long i = 0; !over; i++) {
            long due = start + i * TimeUnit.SECONDS.toNanos(1) / perSecond;
            while (System.nanoTime() < due && !over) {
                LockSupport.parkNanos(Math.min(due - System.nanoTime(), TimeUnit.MILLISECONDS.toNanos(50)));
            }
            one();
        }
    }

    private void one() {
        int number = random.nextInt(users.size());
        String user = users.get(number);
        int said = lines.merge(user, 1, Integer::sum);
        boolean late = random.nextInt(20) == 0;
        Map<String, Object> message =
                Map.of("account", HubProgram.ACCOUNT, "type", "text", "text", text(number, said), "deliver", !late);
        flying.incrementAndGet();
        line.write(user, message)
                .thenCompose(sent -> {
                    String id = sent.path("webhookEventId").asText();
                    written.add(id);
                    if (late) {
                        held.add(id);
                    }
                    return CompletableFuture.completedFuture(sent);
                })
                .whenComplete(this::ended);
        if (random.nextInt(4) == 0) {
            held.stream().findFirst().filter(held::remove).ifPresent(this::deliverLate);
        }
    }

    private void deliverLate(String eventId) {
        flying.incrementAndGet();
        line.post(eventId, 1).whenComplete(this::ended);
    }

    private void ended(JsonNode answer, Throwable failure) {
        flying.decrementAndGet();
        if (failure != null) {
            troubles.add(String.valueOf(failure.getMessage()));
        }
    }

    private String text(int number, int said) {
        String words = SECRET + run + "x" + number + "x" + said;
        return switch (number % 10) {
            case 6, 7, 8 -> QUESTION;
            case 9 -> said == 1 ? PERSON : words + " 番号は " + CARD + " です";
            default -> said == 1 ? PERSON : words + " の件です";
        };
    }

    /** Gives ids of events written so far. */
    Set<String> eventIds() {
        return Set.copyOf(written);
    }

    /** Ends the writing; delivers what was held back. @throws IllegalStateException when the simulator failed */
    void stop() throws java.io.IOException {
        over = true;
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return;
        }
        List.copyOf(held).stream().filter(held::remove).forEach(this::deliverLate);
        Await.until("the simulator's answers", java.time.Duration.ofSeconds(60), () -> flying.get() == 0);
        if (!troubles.isEmpty()) {
            throw new IllegalStateException("The LINE simulator failed: " + troubles.get(0));
        }
    }

    @Override
    public void close() {
        over = true;
    }
}
