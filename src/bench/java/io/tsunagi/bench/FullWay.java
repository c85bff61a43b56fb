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
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumMap;
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
import java.util.function.Supplier;
import org.HdrHistogram.Histogram;

/**
 * The whole way: customers ask what the FAQ answers; the answer on their phones ends it. The latency runs from the time
 * the question was due to the moment the LINE simulator showed the answer. The reference answers with the question itself.
 */
final class FullWay implements AutoCloseable {
    static final String QUESTION = "残高を確認したい";
    private static final String HUBS_ANSWER = "残高の確認方法";
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final Duration GLANCE = Duration.ofMillis(20);

    /** A server is warm after so many questions, however fast it answers them; the LINE simulator keeps each in memory. */
    private static final int WARM = 40_000;

    private static final ObjectMapper JSON = new ObjectMapper();

    /** Who asks. */
    enum Asking {
        /** Customers who never wrote before: the hub also opens an inquiry and reads their profile. */
        NEW,
        /** Customers who have had an answer, the one who waits longest first. */
        KNOWN
    }

    /** The figures of one kind of customers over all rounds. */
    static final class Measured {
        final Histogram micros = new Histogram(3);
        final List<Double> most = new ArrayList<>();
        final CpuUse cpu;

        private Measured(Supplier<Duration> server, Supplier<Duration> database) {
            cpu = new CpuUse(server, database);
        }
    }

    /** A server, its customers, and its figures. */
    static final class Side {
        final String name;
        private final URI webhook;
        private final String right;
        final Customers customers = new Customers();
        final Tally sent = new Tally();
        final Tally acknowledged = new Tally();
        final Map<Asking, Measured> measured = new EnumMap<>(Asking.class);
        private final Deque<Integer> known = new ArrayDeque<>();
        private int customersSoFar;
        int asked;
        int refused;
        int answered;
        final Set<Integer> twice = new HashSet<>();

        private Side(
                String name, URI webhook, String right, Supplier<Duration> serverCpu, Supplier<Duration> databaseCpu) {
            for (Asking asking : Asking.values()) {
                measured.put(asking, new Measured(serverCpu, databaseCpu));
            }
            this.name = name;
            this.webhook = webhook;
            this.right = right;
        }

        static Side hub(URI webhook, Supplier<Duration> serverCpu, Supplier<Duration> databaseCpu) {
            return new Side("hub", webhook, HUBS_ANSWER, serverCpu, databaseCpu);
        }

        static Side reference(URI webhook, Supplier<Duration> serverCpu, Supplier<Duration> databaseCpu) {
            return new Side("reference", webhook, QUESTION, serverCpu, databaseCpu);
        }

        /** Whether every question that was answered 200 was answered once on its phone. */
        boolean exactlyOnce() {
            return answered > 0 && answered == asked - refused && twice.isEmpty();
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
            if (question != null && question.run.isAnswered(question) && open.remove(customer, question)) {
                question.run.answered(question);
            }
        });
    }

    /** Asks until the bot has taken the articles from Salesforce and answers. */
    void awaitKnowledge(URI webhook, Duration patience) {
        Side early = Side.hub(webhook, () -> Duration.ZERO, () -> Duration.ZERO);
        long until = System.nanoTime() + patience.toNanos();
        while (System.nanoTime() < until) {
            new Run(early, Asking.NEW, 1, 0, GLANCE.multipliedBy(50), GLANCE).go();
            // A busy hub answers later than that.
            for (int i = 0; i < early.asked; i++) {
                if (answers(early, i, early.right) > 0) {
                    return;
                }
            }
        }
        throw new IllegalStateException("The bot did not answer from the articles within " + patience);
    }

    /** Asks for so long, at most {@value #WARM} times, so that the server is warm; what it answers is checked and not timed. */
    void warmUp(Side side, Asking asking, Duration length) {
        new Run(side, asking, WARM, 0, length, PATIENCE).go();
    }

    /** Asks at this rate for so long, then waits until the phones have their answers. */
    void atRate(Side side, Asking asking, int perSecond, Duration length) {
        int questions = Math.toIntExact(perSecond * length.toMillis() / 1000);
        Run run = new Run(side, asking, questions, perSecond, length, PATIENCE);
        run.go();
        side.measured.get(asking).micros.add(run.micros);
    }

    /** Keeps as many customers asking as there are connections, for so long. */
    void most(Side side, Asking asking, Duration length) {
        Measured measured = side.measured.get(asking);
        measured.cpu.begin();
        Ended ended = new Run(side, asking, Integer.MAX_VALUE, 0, length, PATIENCE).go();
        measured.cpu.end(ended.answered());
        measured.most.add(ended.perSecond());
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
        private final Asking asking;
        private final int most;
        private final int perSecond;
        private final Duration length;
        private final Duration patience;
        private final Set<Integer> askers = new HashSet<>();
        private final Histogram micros = new Histogram(3);
        private final CountDownLatch over = new CountDownLatch(1);
        private long start;
        private long last;
        private int asked;
        private int refused;
        private int answered;
        private boolean allAsked;

        Run(Side side, Asking asking, int most, int perSecond, Duration length, Duration patience) {
            this.side = side;
            this.asking = asking;
            this.most = most;
            this.perSecond = perSecond;
            this.length = length;
            this.patience = patience;
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
                for (int asker : askers) {
                    if (answers(side, asker, "") > side.sent.of(asker)) {
                        side.twice.add(asker);
                    }
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
                if (asking == Asking.KNOWN && side.known.isEmpty()) {
                    // All who are known ask already; each asks again after the answer.
                    return;
                }
                number = asking == Asking.NEW ? side.customersSoFar++ : side.known.remove();
                asked++;
                askers.add(number);
                side.sent.add(number);
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
                    side.acknowledged.add(question.number());
                } else {
                    refused++;
                }
            }
            if (!taken && open.remove(question.customer(), question)) {
                goOn();
            }
        }

        private boolean isAnswered(Question question) {
            int sent;
            synchronized (this) {
                sent = side.sent.of(question.number());
            }
            return answers(side, question.number(), side.right) >= sent;
        }

        private void answered(Question question) {
            long now = System.nanoTime();
            synchronized (this) {
                micros.recordValue(Math.max(0, TimeUnit.NANOSECONDS.toMicros(now - question.due())));
                answered++;
                side.known.add(question.number());
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

    /** How many of the calls that the phone shows say this. */
    private int answers(Side side, int number, String words) {
        Set<String> calls = new HashSet<>();
        shown(side, number).stream()
                .filter(shown -> words.isEmpty() || shown.toString().contains(words))
                .forEach(shown -> calls.add(shown.path("requestId").asText()));
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
