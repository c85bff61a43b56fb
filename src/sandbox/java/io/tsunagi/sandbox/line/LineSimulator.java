package io.tsunagi.sandbox.line;

import com.fasterxml.jackson.databind.JsonNode;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.handler.BodyHandler;
import java.net.URI;
import java.time.Clock;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.stream.StreamSupport;

/**
 * A stand-in for the LINE platform: serves the Messaging API a hub calls, signs and posts webhooks when an invented
 * customer does something, and remembers what each phone really showed. Shares no class with the hub, so that a
 * mistake in one cannot cancel out a mistake in the other.
 *
 * <p>Everything the control API offers over HTTP is here in Java too. Methods that make a customer act wait for the
 * hub's answer (at most the webhook timeout); never call them on an event loop. Safe for many threads.
 */
public final class LineSimulator implements AutoCloseable {
    private static final int BODY_LIMIT = 40 * 1024 * 1024;

    /**
     * A LINE official account.
     *
     * @param name the word the hub knows it by
     * @param destination the bot's user id, as webhooks name it
     * @param language BCP 47
     * @param webhook where its webhooks go; null until {@link LineSimulator#webhook} says so
     */
    public record Account(
            String name,
            String destination,
            String channelSecret,
            String accessToken,
            String displayName,
            String language,
            URI webhook) {
        public Account {
            Objects.requireNonNull(name, "name");
            Objects.requireNonNull(destination, "destination");
            Objects.requireNonNull(channelSecret, "channelSecret");
            Objects.requireNonNull(accessToken, "accessToken");
        }

        @Override
        public String toString() {
            return "Account[" + name + ", secrets hidden]";
        }
    }

    /** The two accounts of the sandbox, their webhooks at {@code hub}'s {@code /line/{account}}. */
    public static List<Account> sandboxAccounts(URI hub) {
        return List.of(
                new Account(
                        "main",
                        "U00000000000000000000000000000a11",
                        "sandbox-main-secret",
                        "sandbox-main-token",
                        "こもれびペイ",
                        "ja",
                        hub.resolve("/line/main")),
                new Account(
                        "global",
                        "U00000000000000000000000000000a12",
                        "sandbox-global-secret",
                        "sandbox-global-token",
                        "Komorebi Pay",
                        "en",
                        hub.resolve("/line/global")));
    }

    /** Collects what a simulator needs before it starts; every value has a default that fits a test. */
    public static final class Builder {
        private String host = "127.0.0.1";
        private int port;
        private List<Account> accounts = sandboxAccounts(URI.create("http://localhost:8080"));
        private Clock clock = Clock.systemUTC();

        private Builder() {}

        public Builder host(String address) {
            this.host = address;
            return this;
        }

        /** 0, the default, takes a free port. */
        public Builder port(int number) {
            this.port = number;
            return this;
        }

        public Builder accounts(List<Account> list) {
            if (list.isEmpty()) {
                throw new IllegalArgumentException("The platform needs at least one account");
            }
            this.accounts = List.copyOf(list);
            return this;
        }

        /** Decides reply tokens, retry keys, quota months and every time shown. */
        public Builder clock(Clock source) {
            this.clock = source;
            return this;
        }

        public LineSimulator build() {
            return new LineSimulator(this);
        }
    }

    private final Builder config;
    private final Vertx vertx;
    private final ScheduledExecutorService timer;
    private final Sandbox sandbox;
    private final Webhooks webhooks;
    private final List<BiConsumer<String, String>> watchers = new CopyOnWriteArrayList<>();
    private HttpServer server;

    private LineSimulator(Builder config) {
        this.config = config;
        this.vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(2).setUseDaemonThread(true));
        this.timer = Executors.newSingleThreadScheduledExecutor(task -> {
            Thread thread = new Thread(task, "line-simulator-timer");
            thread.setDaemon(true);
            return thread;
        });
        Faults faults = new Faults();
        Stream stream = new Stream();
        Platform platform = new Platform(config.accounts, config.clock, news -> {
            stream.tell(news);
            if (news.path("kind").asText().equals("chat")) {
                watchers.forEach(watcher -> watcher.accept(
                        news.path("account").asText(), news.path("userId").asText()));
            }
        });
        this.webhooks = new Webhooks(platform, faults, timer);
        this.sandbox = new Sandbox(platform, webhooks, faults, new CallLog(), stream);
    }

    public static Builder builder() {
        return new Builder();
    }

    /**
     * Opens the port and returns when it answers.
     *
     * @throws IllegalStateException if the port cannot be opened
     */
    public LineSimulator start() {
        Router router = Router.router(vertx);
        router.route().handler(BodyHandler.create(false).setBodyLimit(BODY_LIMIT));
        new MessagingApi(vertx, sandbox.platform(), webhooks, sandbox.faults(), sandbox.calls()).on(router);
        new ControlApi(sandbox).on(router);
        new PhonePage(sandbox.platform()).on(router);
        router.route().failureHandler(ctx -> {
            int status = ctx.statusCode() < 400 ? 500 : ctx.statusCode();
            String words = ctx.failure() == null ? "Not found" : String.valueOf(ctx.failure());
            if (!ctx.response().ended() && !ctx.response().closed()) {
                ctx.response()
                        .setStatusCode(status)
                        .putHeader("content-type", "application/json")
                        .end(new JsonObject().put("message", words).toBuffer());
            }
        });
        server = await(vertx.createHttpServer(new HttpServerOptions()
                        .setHost(config.host)
                        .setPort(config.port)
                        .setIdleTimeout(120))
                .requestHandler(router)
                .listen()
                .toCompletionStage()
                .toCompletableFuture());
        timer.scheduleAtFixedRate(sandbox.stream()::ping, 15, 15, TimeUnit.SECONDS);
        return this;
    }

    public int port() {
        if (server == null) {
            throw new IllegalStateException("Not started");
        }
        return server.actualPort();
    }

    /** The base of both API hosts, the control API and the phone page. */
    public URI baseUri() {
        return URI.create("http://localhost:" + port());
    }

    /** Says where this account's webhooks go from now on. */
    public void webhook(String account, URI uri) {
        sandbox.platform().webhook(account, uri);
    }

    /** The customer writes a text. */
    public Sent write(String userId, String account, String text) {
        return write(
                userId,
                Json.object().put("account", account).put("type", "text").put("text", text));
    }

    /** The customer writes any message: the body of {@code POST /sandbox/users/{userId}/messages}. */
    public Sent write(String userId, JsonNode body) {
        return await(sandbox.write(userId, body));
    }

    /** As {@link #write(String, JsonNode)}, without waiting: for benchmarks. */
    public CompletableFuture<Sent> writeSoon(String userId, JsonNode body) {
        return sandbox.write(userId, body);
    }

    /** Any other event: the body of {@code POST /sandbox/users/{userId}/events}. */
    public Sent happen(String userId, JsonNode body) {
        return await(sandbox.happen(userId, body));
    }

    /** Posts an event again as a redelivery; null means the customer's newest. */
    public Sent redeliver(String userId, String webhookEventId) {
        return await(sandbox.redeliver(userId, Json.object().put("webhookEventId", webhookEventId)));
    }

    /** The customer taps the button with this label; gives what the control API answers. */
    public JsonNode tap(String userId, String account, String label) {
        return await(sandbox.tap(userId, Json.object().put("account", account).put("label", label)));
    }

    /** Somebody answers the customer on LINE's own screen, and takes the chat with it where chats are shared. */
    public JsonNode answerFromManager(String userId, String account, String text) {
        return await(
                sandbox.manager(userId, Json.object().put("account", account).put("text", text)));
    }

    /** Posts a webhook with full control over its bytes: the body of {@code POST /sandbox/webhooks}. */
    public JsonNode post(JsonNode body) {
        return await(sandbox.post(body));
    }

    /** Makes or changes a customer: the body of {@code PUT /sandbox/users/{userId}}. */
    public void put(String userId, JsonNode profile) {
        sandbox.platform().put(userId, profile);
    }

    /** What this customer's phone shows, oldest first. */
    public List<JsonNode> chat(String userId, String account) {
        return list(sandbox.platform().chatJson(account, userId));
    }

    /**
     * Tells a watcher the account and the user id whenever a phone shows something new, at once and on the thread that
     * made it so: for benchmarks.
     */
    public void watch(BiConsumer<String, String> watcher) {
        watchers.add(watcher);
    }

    /** Every API call received, oldest first. */
    public List<JsonNode> calls() {
        return sandbox.calls().list(null, 0);
    }

    /** The API calls to one end point, such as {@code push}. */
    public List<JsonNode> calls(String endpoint) {
        return sandbox.calls().list(endpoint, 0);
    }

    /** Switches faults on: the body of {@code PUT /sandbox/faults}. */
    public void faults(JsonNode faults) {
        sandbox.faults().put(faults);
    }

    public void clearFaults() {
        sandbox.faults().clear();
    }

    /** Changes settings: the body of {@code PUT /sandbox/settings}. */
    public void settings(JsonNode changes) {
        sandbox.platform().change(changes);
    }

    /** Registers the public key an account's token requests are signed with: a JSON Web Key. */
    public void assertionKey(String account, JsonNode jwk) {
        sandbox.platform().assertions().register(account, jwk);
    }

    /** Ends all tokens that were issued to an account. */
    public void revokeTokens(String account) {
        sandbox.platform().revokeAccessTokens(account);
    }

    /** Webhook latency and failures, quota used; null means the first account. */
    public JsonNode stats(String account) {
        return sandbox.stats(account, null);
    }

    /** Back to the state after start; keeps accounts and webhook addresses. */
    public void reset() {
        sandbox.reset();
    }

    @Override
    public void close() {
        webhooks.reset();
        timer.shutdownNow();
        await(vertx.close().toCompletionStage().toCompletableFuture());
    }

    private static List<JsonNode> list(JsonNode array) {
        return StreamSupport.stream(array.spliterator(), false).toList();
    }

    private static <T> T await(CompletableFuture<T> future) {
        try {
            return future.join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            throw new IllegalStateException(e.getCause().getMessage(), e.getCause());
        }
    }
}
