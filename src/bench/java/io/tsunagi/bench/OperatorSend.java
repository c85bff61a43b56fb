package io.tsunagi.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.tsunagi.sandbox.line.LineSimulator;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.Histogram;

/**
 * An operator presses send, LINE is called: through the console's API, with undo switched off. The latency runs from the
 * time the press was due to the moment the customer's phone in the LINE simulator showed the words. The draft is saved
 * before, as the screen does while the operator writes.
 */
final class OperatorSend {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final Duration GLANCE = Duration.ofMillis(50);
    private static final ObjectMapper JSON = new ObjectMapper();

    /**
     * How it ended.
     *
     * @param pressed presses of the button
     * @param accepted of them, taken with 202
     * @param shown texts accepted that a phone showed
     * @param twice texts that a phone showed more than once: must be 0
     * @param refusals what was answered instead
     */
    record Result(int pressed, int accepted, int shown, int twice, Histogram micros, Map<String, Integer> refusals) {
        boolean exactlyOnce() {
            return accepted > 0 && accepted == pressed && shown == accepted && twice == 0;
        }
    }

    private record Press(String customer, String text, long due) {}

    private final Console operator;
    private final LineSimulator line;
    private final ServedCustomers customers;
    private final Map<String, Press> open = new ConcurrentHashMap<>();
    private final Histogram micros = new Histogram(3);

    private int runs;

    OperatorSend(Console operator, ServedCustomers customers, LineSimulator line) {
        this.operator = operator;
        this.customers = customers;
        this.line = line;
        line.watch((account, customer) -> {
            Press press = open.get(customer);
            if (press != null && times(press) > 0 && open.remove(customer, press)) {
                synchronized (micros) {
                    micros.recordValue(TimeUnit.NANOSECONDS.toMicros(System.nanoTime() - press.due()));
                }
            }
        });
    }

    /** Presses at this rate for so long, then waits until the phones show the words. */
    Result run(int perSecond, Duration length) {
        runs++;
        int presses = Math.toIntExact(perSecond * length.toMillis() / 1000);
        List<String> ids = customers.ids();
        Map<String, CompletableFuture<Prepared>> drafts = new ConcurrentHashMap<>();
        for (int i = 0; i < ids.size(); i++) {
            drafts.put(ids.get(i), prepare(ids.get(i), text(i)));
        }
        CompletableFuture.allOf(drafts.values().toArray(CompletableFuture[]::new))
                .join();
        micros.reset();
        AtomicInteger accepted = new AtomicInteger();
        Map<String, Integer> refusals = new ConcurrentHashMap<>();
        List<CompletableFuture<Void>> answers = new ArrayList<>();
        List<Press> pressed = new ArrayList<>();
        long start = System.nanoTime();
        for (int i = 0; i < presses; i++) {
            long due = start + i * 1_000_000_000L / perSecond;
            while (System.nanoTime() < due) {
                LockSupport.parkNanos(due - System.nanoTime());
            }
            String customer = ids.get(i % ids.size());
            Press press = new Press(customer, text(i), due);
            pressed.add(press);
            int following = i + ids.size();
            CompletableFuture<Console.Reply> sent = drafts.get(customer).thenCompose(draft -> send(press, draft));
            answers.add(sent.thenAccept(reply -> {
                if (reply.status() == 202) {
                    accepted.incrementAndGet();
                } else {
                    refusals.merge(
                            reply.status() + " "
                                    + reply.body().at("/error/code").asText(),
                            1,
                            Integer::sum);
                    open.remove(customer, press);
                }
            }));
            if (following < presses) {
                drafts.put(customer, sent.thenCompose(reply -> prepare(customer, text(following))));
            }
        }
        CompletableFuture.allOf(answers.toArray(CompletableFuture[]::new)).join();
        long until = System.nanoTime() + PATIENCE.toNanos();
        while (!open.isEmpty() && System.nanoTime() < until) {
            LockSupport.parkNanos(GLANCE.toNanos());
        }
        int shown = 0;
        int twice = 0;
        for (Press press : pressed) {
            long times = times(press);
            shown += times > 0 ? 1 : 0;
            twice += times > 1 ? 1 : 0;
        }
        return new Result(presses, accepted.get(), shown, twice, micros, refusals);
    }

    private record Prepared(long version, int seen) {}

    private String text(int number) {
        return "承知しました。確認いたします。(" + runs + "/" + number + ")";
    }

    private CompletableFuture<Prepared> prepare(String customer, String text) {
        String path = "/api/inquiries/" + customers.inquiry(customer);
        return operator.call("GET", path + "/messages", null).thenCompose(messages -> operator.call(
                        "GET", path + "/draft", null)
                .thenCompose(draft -> operator.call(
                        "PUT",
                        path + "/draft",
                        JSON.createObjectNode()
                                .put("text", text)
                                .put("version", draft.body().path("version").asLong())))
                .thenApply(saved -> {
                    JsonNode all = messages.body().path("messages");
                    return new Prepared(
                            saved.body().path("version").asLong(),
                            all.path(all.size() - 1).path("seq").asInt());
                }));
    }

    private CompletableFuture<Console.Reply> send(Press press, Prepared draft) {
        open.put(press.customer(), press);
        return operator.call(
                "POST",
                "/api/inquiries/" + customers.inquiry(press.customer()) + "/send",
                JSON.createObjectNode()
                        .put("clientId", UUID.randomUUID().toString())
                        .put("draftVersion", draft.version())
                        .put("seenSeq", draft.seen()));
    }

    private long times(Press press) {
        return line.chat(press.customer(), HubProgram.ACCOUNT).stream()
                .filter(shown -> shown.path("from").asText().equals("account"))
                .filter(shown -> shown.toString().contains(press.text()))
                .count();
    }
}
