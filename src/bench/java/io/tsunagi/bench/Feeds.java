package io.tsunagi.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.tsunagi.sandbox.line.LineSimulator;
import io.tsunagi.sandbox.salesforce.SalesforceSimulator;
import io.vertx.core.Vertx;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetClientOptions;
import io.vertx.core.net.NetSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Deque;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.HdrHistogram.Histogram;

/**
 * Holds many idle screens on the packaged hub and prints what they cost: memory, webhooks meanwhile, how long a change
 * takes to reach all of them, and what happens when some hundred come back at once.
 *
 * <p>System properties: {@code bench.jar}, {@code bench.folder} (target/bench-feeds), {@code bench.feeds} (10,000, each
 * with a session of its own), {@code bench.jvm} (-Xmx512m). Needs two open files for each feed ({@code ulimit -n}). Ends
 * with 1 when a feed was lost or a change did not reach all.
 */
public final class Feeds {
    private static final Duration PATIENCE = Duration.ofSeconds(120);
    private static final int AT_ONCE = 100;
    private static final int CHANGES = 10;
    private static final Duration WEBHOOKS = Duration.ofSeconds(10);
    private static final Duration QUIET = Duration.ofSeconds(2);
    private static final int WEBHOOKS_A_SECOND = 50;
    private static final int BACK_AT_ONCE = 500;
    private static final String BEGUN = "event: workspace";
    private static final String CHANGED = "event: inquiry";

    private final Path jar = Path.of(System.getProperty("bench.jar"));
    private final Path folder = Path.of(System.getProperty("bench.folder", "target/bench-feeds"));
    private final int count = Integer.getInteger("bench.feeds", 10_000);
    private final List<String> jvm =
            List.of(System.getProperty("bench.jvm", "-Xmx512m").strip().split("\\s+"));
    private final Clock clock = Clock.systemUTC();
    private final Deque<AutoCloseable> open = new ArrayDeque<>();
    private final Vertx vertx = Vertx.vertx();
    private final NetClient client = vertx.createNetClient(new NetClientOptions().setConnectTimeout(30_000));
    private final AtomicInteger begun = new AtomicInteger();
    private final AtomicInteger lost = new AtomicInteger();
    private final List<Screen> screens = new ArrayList<>();

    /** How many screens heard of a change in this round, and when the last of them did. */
    private final AtomicInteger heard = new AtomicInteger();

    private volatile int round;
    private volatile long reachedAll;
    private volatile long lastHeard = System.nanoTime();

    /** One open screen, on a thread of the client's. */
    private final class Screen {
        private final String token;
        private NetSocket socket;
        private volatile boolean leaving;
        private volatile boolean here;
        private volatile long hearsNanos;
        private volatile long beganNanos;
        private int heardIn;
        private String rest = "";

        private Screen(String token) {
            this.token = token;
        }

        private CompletableFuture<Void> connect(int port) {
            CompletableFuture<Void> connected = new CompletableFuture<>();
            beganNanos = System.nanoTime();
            client.connect(port, "127.0.0.1")
                    .onFailure(connected::completeExceptionally)
                    .onSuccess(line -> {
                        socket = line;
                        line.handler(part -> hear(part.toString(StandardCharsets.UTF_8), connected));
                        line.closeHandler(v -> {
                            if (!leaving) {
                                lost.incrementAndGet();
                            }
                        });
                        line.write(
                                "GET /api/feed HTTP/1.1\r\nHost: localhost\r\nCookie: tsunagi=" + token + "\r\n\r\n");
                    });
            return connected;
        }

        private void hear(String part, CompletableFuture<Void> connected) {
            String text = rest + part;
            if (!here && text.contains(BEGUN)) {
                here = true;
                hearsNanos = System.nanoTime() - beganNanos;
                begun.incrementAndGet();
                connected.complete(null);
            }
            if (text.contains(CHANGED)) {
                lastHeard = System.nanoTime();
                if (heardIn != round) {
                    heardIn = round;
                    if (heard.incrementAndGet() == count) {
                        reachedAll = System.nanoTime();
                    }
                }
                text = "";
            }
            rest = text.substring(Math.max(0, text.length() - CHANGED.length()));
        }

        private void leave() {
            leaving = true;
            socket.close();
        }
    }

    private Feeds() {}

    public static void main(String[] arguments) throws Exception {
        Feeds feeds = new Feeds();
        Runtime.getRuntime().addShutdownHook(new Thread(feeds::closeAll, "close-children"));
        int status = 1;
        try {
            status = feeds.run() ? 0 : 1;
        } catch (IllegalStateException cannot) {
            System.err.println(cannot.getMessage());
        } catch (Exception unexpected) {
            unexpected.printStackTrace();
        }
        System.exit(status);
    }

    private boolean run() throws Exception {
        Path own = Files.createDirectories(folder.resolve(String.valueOf(clock.millis())));
        Database database = keep(new Database.PostgreSql(own));
        LineSimulator line = keep(LineSimulator.builder().port(0).build().start());
        SalesforceSimulator salesforce = keep(new SalesforceSimulator().start());
        HubProgram hub = keep(new HubProgram(
                jar, jvm, own.resolve("hub-home"), database, line.baseUri(), URI.create(salesforce.baseUri())));
        Map<String, Object> figures = new LinkedHashMap<>();
        figures.put("loadAverageBefore", Machine.loadAverage());
        figures.put("residentBefore", hub.program().residentMegabytes());
        for (String token : sessions(database)) {
            screens.add(new Screen(token));
        }

        long start = System.nanoTime();
        Semaphore some = new Semaphore(AT_ONCE);
        for (Screen screen : screens) {
            some.acquire();
            screen.connect(hub.webhook().getPort()).whenComplete((v, e) -> some.release());
        }
        await(() -> begun.get() == count, "all feeds to begin; " + begun + " did");
        figures.put("feeds", count);
        figures.put("secondsToOpen", Math.round((System.nanoTime() - start) / 1e9));

        figures.put("webhookMillis", Figures.latencyMillis(webhooks(hub, line)));
        figures.put("changeToAllMillis", Figures.latencyMillis(changes(hub, line)));
        figures.put("residentAfter", hub.program().residentMegabytes());
        figures.put("backAtOnceMillis", Figures.latencyMillis(comeBack(hub)));
        figures.put("lost", lost.get());
        figures.put("residentAtEnd", hub.program().residentMegabytes());
        figures.put("loadAverageAfter", Machine.loadAverage());
        figures.forEach((what, value) -> System.out.printf(Locale.ROOT, "  %-20s %s%n", what, value));
        Files.writeString(
                own.resolve("results.json"),
                new ObjectMapper().writerWithDefaultPrettyPrinter().writeValueAsString(figures));
        return lost.get() == 0;
    }

    /** Signs as many in as there are feeds, past the password: what a browser holds is the token, the database its hash. */
    private List<String> sessions(Database database) throws Exception {
        SecureRandom random = new SecureRandom();
        List<String> tokens = new ArrayList<>();
        try (Connection connection = database.connect("hub");
                var insert = connection.prepareStatement(
                        "insert into sessions (id, operator, csrf, created_at, used_at, ends_at) select ?, id, 'bench',"
                                + " now(), now(), now() + interval '1 hour' from operators where name = 'admin'")) {
            connection.setAutoCommit(false);
            for (int i = 0; i < count; i++) {
                byte[] bytes = new byte[32];
                random.nextBytes(bytes);
                String token = Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
                tokens.add(token);
                insert.setString(
                        1,
                        HexFormat.of()
                                .formatHex(MessageDigest.getInstance("SHA-256")
                                        .digest(token.getBytes(StandardCharsets.UTF_8))));
                insert.addBatch();
            }
            insert.executeBatch();
            connection.commit();
        } catch (SQLException e) {
            throw new IllegalStateException("The sessions cannot be made: " + e.getMessage());
        }
        return tokens;
    }

    /** Webhooks at a rate while the feeds are held, each a new customer; a latency counts from when it was due. */
    private Histogram webhooks(HubProgram hub, LineSimulator line) throws InterruptedException {
        TextEvents events = new TextEvents(HubProgram.SECRET, clock);
        meet(line, events, Math.toIntExact(WEBHOOKS.toSeconds() * WEBHOOKS_A_SECOND));
        Target target = new Target("hub", hub.webhook(), events);
        try (Load load = new Load()) {
            Load.Result result = load.atRate(target, WEBHOOKS_A_SECOND, WEBHOOKS);
            if (!result.errors().isEmpty()) {
                throw new IllegalStateException("Webhooks were not answered 200: " + result.errors());
            }
            return result.micros();
        }
    }

    /** One change at a time: from the sending of its webhook until the last screen has heard of it. */
    private Histogram changes(HubProgram hub, LineSimulator line) throws Exception {
        HttpClient http =
                HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
        TextEvents events = new TextEvents(HubProgram.SECRET, clock);
        meet(line, events, CHANGES);
        Histogram micros = new Histogram(3);
        for (int i = 0; i < CHANGES; i++) {
            // The bot's answer, its delivery and the Case change the inquiry again.
            awaitQuiet();
            TextEvents.Signed event = events.event(i);
            HttpRequest webhook = HttpRequest.newBuilder(hub.webhook())
                    .header("content-type", "application/json; charset=utf-8")
                    .header("x-line-signature", event.signature())
                    .POST(HttpRequest.BodyPublishers.ofByteArray(event.body()))
                    .build();
            heard.set(0);
            round++;
            long start = System.nanoTime();
            http.send(webhook, HttpResponse.BodyHandlers.discarding());
            await(() -> heard.get() >= count, "a change to reach all; " + heard + " heard");
            micros.recordValue(Math.max(1, (reachedAll - start) / 1000));
        }
        return micros;
    }

    /** LINE answers for customers it knows only. */
    private static void meet(LineSimulator line, TextEvents events, int customers) {
        ObjectMapper json = new ObjectMapper();
        for (int i = 0; i < customers; i++) {
            String id = events.customers().id(i);
            line.put(id, json.createObjectNode().put("displayName", "bench-" + id));
        }
    }

    private void awaitQuiet() {
        await(
                () -> System.nanoTime() - lastHeard > QUIET.toNanos(),
                "the changes of what was written before to be told");
    }

    /** As when a node died: some hundred screens come back at once; until each is told where it stands. */
    private Histogram comeBack(HubProgram hub) {
        List<Screen> gone = screens.subList(0, Math.min(BACK_AT_ONCE, count));
        gone.forEach(Screen::leave);
        LockSupport.parkNanos(Duration.ofSeconds(1).toNanos());
        List<Screen> back =
                gone.stream().map(screen -> new Screen(screen.token)).toList();
        CompletableFuture.allOf(back.stream()
                        .map(screen -> screen.connect(hub.webhook().getPort()))
                        .toArray(CompletableFuture[]::new))
                .join();
        Histogram micros = new Histogram(3);
        back.forEach(screen -> micros.recordValue(screen.hearsNanos / 1000));
        return micros;
    }

    private static void await(BooleanSupplier fits, String what) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!fits.getAsBoolean()) {
            if (System.nanoTime() > deadline) {
                throw new IllegalStateException("Waited in vain for " + what);
            }
            LockSupport.parkNanos(Duration.ofMillis(5).toNanos());
        }
    }

    private synchronized <T extends AutoCloseable> T keep(T part) {
        open.push(part);
        return part;
    }

    private synchronized void closeAll() {
        while (!open.isEmpty()) {
            try {
                open.pop().close();
            } catch (Exception trouble) {
                System.err.println(trouble);
            }
        }
    }
}
