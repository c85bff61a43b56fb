package io.tsunagi.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tsunagi.sandbox.line.LineSimulator;
import java.net.http.HttpClient;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.Histogram;

/**
 * The whole way: customers, each a new one, ask what the FAQ answers; the bot's answer on their phones ends it. The
 * latency runs from the time the question was due to the time the LINE simulator showed the answer.
 */
final class FullWay {
    private static final String QUESTION = "残高を確認したい";
    private static final String ANSWER = "残高の確認方法";
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final Duration GLANCE = Duration.ofMillis(100);
    private static final ObjectMapper JSON = new ObjectMapper();

    /**
     * How it ended.
     *
     * @param asked questions posted
     * @param refused of them, not answered 200
     * @param answered phones that showed the right answer
     * @param twice phones that showed more than one answer: must be 0
     * @param micros from the time the question was due to the phone
     * @param seconds from the first question to the last answer
     */
    record Result(int asked, int refused, int answered, int twice, Histogram micros, double seconds) {
        double perSecond() {
            return answered / seconds;
        }

        boolean exactlyOnce() {
            return answered > 0 && answered == asked - refused && twice == 0;
        }
    }

    private final HubProgram hub;
    private final LineSimulator line;
    private final Clock clock;
    private final TextEvents.Signature signature = new TextEvents.Signature(HubProgram.SECRET);
    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final String run = "%08x".formatted(ThreadLocalRandom.current().nextInt());
    private int customers;

    FullWay(HubProgram hub, LineSimulator line, Clock clock) {
        this.hub = hub;
        this.line = line;
        this.clock = clock;
    }

    /** Asks until the bot has taken the articles from Salesforce and answers. */
    void awaitKnowledge(Duration patience) {
        Instant until = clock.instant().plus(patience);
        while (clock.instant().isBefore(until)) {
            String customer = customer(customers++);
            ask(customer).join();
            Instant glanceUntil = clock.instant().plusSeconds(2);
            while (clock.instant().isBefore(glanceUntil)) {
                List<JsonNode> answer = answer(customer);
                if (!answer.isEmpty()) {
                    if (isRight(answer)) {
                        return;
                    }
                    break;
                }
                LockSupport.parkNanos(GLANCE.toNanos());
            }
        }
        throw new IllegalStateException("The bot did not answer from the articles within " + patience);
    }

    /** Asks at this rate for so long, then waits until the phones have their answers or {@code PATIENCE} is over. */
    Result run(int perSecond, Duration length) {
        int asked = Math.toIntExact(perSecond * length.toMillis() / 1000);
        int first = customers;
        customers += asked;
        List<CompletableFuture<Integer>> statuses = new ArrayList<>();
        long startNanos = System.nanoTime();
        Instant start = clock.instant();
        for (int i = 0; i < asked; i++) {
            long due = startNanos + i * 1_000_000_000L / perSecond;
            while (System.nanoTime() < due) {
                LockSupport.parkNanos(due - System.nanoTime());
            }
            statuses.add(ask(customer(first + i)));
        }
        int refused = 0;
        List<Integer> waiting = new ArrayList<>();
        for (int i = 0; i < asked; i++) {
            if (statuses.get(i).join() == 200) {
                waiting.add(i);
            } else {
                refused++;
            }
        }
        Instant until = clock.instant().plus(PATIENCE);
        waiting.removeIf(i -> isRight(answer(customer(first + i))));
        while (!waiting.isEmpty() && clock.instant().isBefore(until)) {
            LockSupport.parkNanos(GLANCE.toNanos());
            waiting.removeIf(i -> isRight(answer(customer(first + i))));
        }
        return result(first, asked, refused, start, perSecond);
    }

    private Result result(int first, int asked, int refused, Instant start, int perSecond) {
        Histogram micros = new Histogram(3);
        Instant last = start;
        int answered = 0;
        int twice = 0;
        for (int i = 0; i < asked; i++) {
            List<JsonNode> answer = answer(customer(first + i));
            if (!isRight(answer)) {
                continue;
            }
            answered++;
            Set<String> calls = new HashSet<>();
            answer.forEach(shown -> calls.add(shown.path("requestId").asText()));
            twice += calls.size() > 1 ? 1 : 0;
            Instant shown = Instant.parse(answer.get(0).path("at").asText());
            Instant due = start.plusNanos(i * 1_000_000_000L / perSecond);
            micros.recordValue(Math.max(0, ChronoUnit.MICROS.between(due, shown)));
            last = shown.isAfter(last) ? shown : last;
        }
        double seconds = Math.max(1, ChronoUnit.MICROS.between(start, last)) / 1e6;
        return new Result(asked, refused, answered, twice, micros, seconds);
    }

    private CompletableFuture<Integer> ask(String customer) {
        ObjectNode message = JSON.createObjectNode()
                .put("account", HubProgram.ACCOUNT)
                .put("type", "text")
                .put("text", QUESTION)
                .put("deliver", false);
        ObjectNode body = JSON.createObjectNode().put("destination", "U00000000000000000000000000000a11");
        body.putArray("events").add(line.write(customer, message).event());
        return http.sendAsync(
                        hub.webhook(body.toString().getBytes(StandardCharsets.UTF_8), signature),
                        HttpResponse.BodyHandlers.discarding())
                .handle((response, failure) -> failure == null ? response.statusCode() : 0);
    }

    private String customer(int number) {
        return "U" + run + "%024x".formatted(number);
    }

    /** What the phone shows that the customer did not write. */
    private List<JsonNode> answer(String customer) {
        return line.chat(customer, HubProgram.ACCOUNT).stream()
                .filter(shown -> shown.path("from").asText().equals("account"))
                .toList();
    }

    private static boolean isRight(List<JsonNode> answer) {
        return answer.stream().anyMatch(shown -> shown.toString().contains(ANSWER));
    }
}
