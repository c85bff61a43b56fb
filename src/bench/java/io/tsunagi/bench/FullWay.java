package io.tsunagi.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tsunagi.sandbox.line.LineSimulator;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.Histogram;

/**
 * The whole way: customers, each a new one, ask what the FAQ answers; the answer on their phones ends it. The latency runs
 * from the time the question was due to the moment the LINE simulator showed the answer. The reference answers with the
 * question itself.
 */
final class FullWay implements AutoCloseable {
    static final String QUESTION = "残高を確認したい";
    private static final String HUBS_ANSWER = "残高の確認方法";
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final Duration GLANCE = Duration.ofMillis(20);
    private static final ObjectMapper JSON = new ObjectMapper();

    /** A server, its customers, and its figures over all rounds. */
    static final class Side {
        final String name;
        private final URI webhook;
        private final String right;
        final Customers customers = new Customers();
        final BitSet sent = new BitSet();
        final BitSet acknowledged = new BitSet();
        final Histogram micros = new Histogram(3);
        final List<Double> most = new ArrayList<>();
        int asked;
        int refused;
        int answered;
        int twice;

        private Side(String name, URI webhook, String right) {
            this.name = name;
            this.webhook = webhook;
            this.right = right;
        }

        static Side hub(URI webhook) {
            return new Side("hub", webhook, HUBS_ANSWER);
        }

        static Side reference(URI webhook) {
            return new Side("reference", webhook, QUESTION);
        }

        /** Whether every question that was answered 200 was answered once on its phone. */
        boolean exactlyOnce() {
            return answered > 0 && answered == asked - refused && twice == 0;
        }
    }

    private final LineSimulator line;
    private final Vertx vertx =
            Vertx.vertx(new VertxOptions().setEventLoopPoolSize(1).setUseDaemonThread(true));
    private final HttpClient http = vertx.createHttpClient(
            new HttpClientOptions().setMaxPoolSize(Load.CONNECTIONS).setKeepAlive(true));
    private final TextEvents.Signature signature = new TextEvents.Signature(HubProgram.SECRET);
    private final ExecutorService asker = Executors.newSingleThreadExecutor(task -> {
        Thread thread = new Thread(task, "asker");
        thread.setDaemon(true);
        return thread;
    });
    private final Map<String, Question> open = new ConcurrentHashMap<>();

    FullWay(LineSimulator line) {
        this.line = line;
        line.watch((account, customer) -> {
            Question question = open.get(customer);
            if (question != null && isRight(question.run.side, question.number()) && open.remove(customer, question)) {
                question.run.answered(question);
            }
        });
    }

    /** Asks until the bot has taken the articles from Salesforce and answers. */
    void awaitKnowledge(URI webhook, Duration patience) {
        Side early = Side.hub(webhook);
        long until = System.nanoTime() + patience.toNanos();
        while (System.nanoTime() < until) {
            new Run(early, 1, 0, GLANCE.multipliedBy(50), GLANCE).go();
            // A busy hub answers later than that.
            for (int i = 0; i < early.asked; i++) {
                if (isRight(early, i)) {
                    return;
                }
            }
        }
        throw new IllegalStateException("The bot did not answer from the articles within " + patience);
    }

    /** Asks, so that the server is warm; what it answers is checked and not timed. */
    void warmUp(Side side, Duration length) {
        new Run(side, Integer.MAX_VALUE, 0, length, PATIENCE).go();
    }

    /** Asks at this rate for so long, then waits until the phones have their answers. */
    void atRate(Side side, int perSecond, Duration length) {
        Run run = new Run(side, Math.toIntExact(perSecond * length.toMillis() / 1000), perSecond, length, PATIENCE);
        run.go();
        side.micros.add(run.micros);
    }

    /** Keeps as many customers asking as there are connections, for so long. */
    void most(Side side, Duration length) {
        side.most.add(new Run(side, Integer.MAX_VALUE, 0, length, PATIENCE).go().perSecond());
    }

    private record Ended(int answered, double seconds) {
        double perSecond() {
            return answered / seconds;
        }
    }

    private record Question(Run run, String customer, int number, long due) {}

    /** Questions at a rate, or, at rate 0, each after an answer with as many open as there are connections. */
    private final class Run {
        private final Side side;
        private final int most;
        private final int perSecond;
        private final Duration length;
        private final Duration patience;
        private final int first;
        private final Histogram micros = new Histogram(3);
        private final CountDownLatch over = new CountDownLatch(1);
        private long start;
        private long last;
        private int asked;
        private int refused;
        private int answered;
        private boolean allAsked;

        Run(Side side, int most, int perSecond, Duration length, Duration patience) {
            this.side = side;
            this.most = most;
            this.perSecond = perSecond;
            this.length = length;
            this.patience = patience;
            this.first = side.sent.length();
        }

        Ended go() {
            start = System.nanoTime();
            last = start;
            if (perSecond > 0) {
                for (int i = 0; i < most; i++) {
                    long due = start + i * 1_000_000_000L / perSecond;
                    while (System.nanoTime() < due) {
                        LockSupport.parkNanos(due - System.nanoTime());
                    }
                    asker.execute(() -> ask(due));
                }
            } else {
                for (int i = 0; i < Math.min(Load.CONNECTIONS, most); i++) {
                    asker.execute(() -> ask(System.nanoTime()));
                }
                await(length);
            }
            asker.execute(this::allAsked);
            await(patience);
            open.values().removeIf(question -> question.run == this);
            synchronized (this) {
                for (int i = 0; i < asked; i++) {
                    side.twice += answers(side, first + i) > 1 ? 1 : 0;
                }
                side.asked += asked;
                side.refused += refused;
                side.answered += answered;
                return new Ended(answered, Math.max(1, last - start) / 1e9);
            }
        }

        private void await(Duration longest) {
            try {
                over.await(longest.toNanos(), TimeUnit.NANOSECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException(e);
            }
        }

        /** On the asker's thread. */
        private void ask(long due) {
            int number;
            synchronized (this) {
                if (allAsked || asked == most) {
                    return;
                }
                number = first + asked++;
                side.sent.set(number);
            }
            String customer = side.customers.id(number);
            Question question = new Question(this, customer, number, due);
            open.put(customer, question);
            ObjectNode message = JSON.createObjectNode()
                    .put("account", HubProgram.ACCOUNT)
                    .put("type", "text")
                    .put("text", QUESTION)
                    .put("deliver", false);
            ObjectNode body = JSON.createObjectNode().put("destination", "U00000000000000000000000000000a11");
            body.putArray("events").add(line.write(customer, message).event());
            byte[] bytes = body.toString().getBytes(StandardCharsets.UTF_8);
            http.request(new RequestOptions()
                            .setMethod(HttpMethod.POST)
                            .setHost(side.webhook.getHost())
                            .setPort(side.webhook.getPort())
                            .setURI(side.webhook.getPath())
                            .putHeader("content-type", "application/json; charset=utf-8")
                            .putHeader("x-line-signature", signature.of(bytes)))
                    .compose(request -> request.send(Buffer.buffer(bytes)))
                    .onComplete(response -> posted(
                            question, response.succeeded() && response.result().statusCode() == 200));
        }

        private void posted(Question question, boolean taken) {
            synchronized (this) {
                if (taken) {
                    side.acknowledged.set(question.number());
                } else {
                    refused++;
                }
            }
            if (!taken && open.remove(question.customer(), question)) {
                goOn();
            }
        }

        private void answered(Question question) {
            long now = System.nanoTime();
            synchronized (this) {
                micros.recordValue(Math.max(0, TimeUnit.NANOSECONDS.toMicros(now - question.due())));
                answered++;
                last = now;
            }
            goOn();
        }

        private void goOn() {
            if (perSecond == 0) {
                asker.execute(() -> ask(System.nanoTime()));
            }
            endWhenDone();
        }

        private synchronized void allAsked() {
            allAsked = true;
            endWhenDone();
        }

        private synchronized void endWhenDone() {
            if ((allAsked || asked == most) && answered + refused >= asked) {
                over.countDown();
            }
        }
    }

    private boolean isRight(Side side, int number) {
        return shown(side, number).stream().anyMatch(shown -> shown.toString().contains(side.right));
    }

    private int answers(Side side, int number) {
        Set<String> calls = new HashSet<>();
        shown(side, number).forEach(shown -> calls.add(shown.path("requestId").asText()));
        return calls.size();
    }

    /** What the phone shows that the customer did not write. */
    private List<JsonNode> shown(Side side, int number) {
        return line.chat(side.customers.id(number), HubProgram.ACCOUNT).stream()
                .filter(shown -> shown.path("from").asText().equals("account"))
                .toList();
    }

    @Override
    public void close() {
        asker.shutdownNow();
        vertx.close().toCompletionStage().toCompletableFuture().join();
    }
}
