package io.tsunagi.sandbox.salesforce;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tsunagi.sandbox.salesforce.Schema.SObject;
import io.vertx.core.MultiMap;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.BodyHandler;
import java.io.IOException;
import java.io.InputStream;
import java.security.PublicKey;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A Salesforce organisation in memory, on the wire like the real one: OAuth, REST API 62.0, SOQL and
 * SOSL, composite, collections, streaming, limits, and faults on purpose. At {@code /} stands a page
 * that lists the records, under {@code /sandbox} the control API.
 *
 * <p>It follows Salesforce's published REST, SOQL and Bayeux documentation as far as support over
 * LINE needs it. Deviations: JWT signatures are checked only when a key is given, unknown platform
 * events are accepted, the search tokenizer is simple, OAuth failures are always 400.
 *
 * <p>Safe for many threads: one lock guards all state.
 */
public final class SalesforceSimulator implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(SalesforceSimulator.class);
    private static final int MAX_BODY = 64 * 1024 * 1024;

    /**
     * How a simulator is set up.
     *
     * @param host the address to listen at
     * @param port the port to listen at; 0 takes a free one
     * @param clientId the connected app's consumer key
     * @param clientSecret its secret
     * @param clock the organisation's time
     * @param seed whether it begins with the data of Komorebi Pay
     * @param jwtKey checks the signatures of JWT logins; empty accepts any signature
     */
    public record Config(
            String host,
            int port,
            String clientId,
            String clientSecret,
            Clock clock,
            boolean seed,
            Optional<PublicKey> jwtKey) {

        /** A free loopback port, {@code sandbox-client}, the system's clock, seeded. */
        public static Config standard() {
            return new Config(
                    "127.0.0.1",
                    0,
                    "sandbox-client",
                    "sandbox-client-secret",
                    Clock.systemUTC(),
                    true,
                    Optional.empty());
        }

        public Config withHost(String host) {
            return new Config(host, port, clientId, clientSecret, clock, seed, jwtKey);
        }

        public Config withPort(int port) {
            return new Config(host, port, clientId, clientSecret, clock, seed, jwtKey);
        }

        public Config withClient(String clientId, String clientSecret) {
            return new Config(host, port, clientId, clientSecret, clock, seed, jwtKey);
        }

        public Config withClock(Clock clock) {
            return new Config(host, port, clientId, clientSecret, clock, seed, jwtKey);
        }

        public Config withSeed(boolean seed) {
            return new Config(host, port, clientId, clientSecret, clock, seed, jwtKey);
        }

        public Config withJwtKey(PublicKey jwtKey) {
            return new Config(host, port, clientId, clientSecret, clock, seed, Optional.of(jwtKey));
        }
    }

    private final ObjectMapper json = new ObjectMapper();
    private final Object lock = new Object();
    private final Config config;
    private final Faults faults = new Faults();
    private final Calls calls = new Calls();
    private final ApiUsage usage = new ApiUsage();
    private Schema schema;
    private Records records;
    private Sessions sessions;
    private Streaming streaming;
    private RestApi rest;
    private long version;
    private boolean telling;
    private Vertx vertx;
    private HttpServer server;

    /** A simulator as {@link Config#standard()} describes. */
    public SalesforceSimulator() {
        this(Config.standard());
    }

    public SalesforceSimulator(Config config) {
        this.config = config;
        fill();
    }

    /** Runs the simulator until it is stopped: {@code [port]}, 8091 if none is given. */
    public static void main(String[] arguments) {
        int port = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 8091;
        SalesforceSimulator simulator =
                new SalesforceSimulator(Config.standard().withPort(port)).start();
        Runtime.getRuntime().addShutdownHook(new Thread(simulator::close));
        LOG.info("Salesforce simulator at {}", simulator.baseUri());
    }

    /**
     * Opens the port and returns when it answers.
     *
     * @throws IllegalStateException if the port is taken
     */
    public SalesforceSimulator start() {
        vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(2).setWorkerPoolSize(2));
        Router router = Router.router(vertx);
        router.route().handler(BodyHandler.create(false).setBodyLimit(MAX_BODY));
        new Control(this).addTo(router);
        new Page().addTo(router);
        router.route().handler(this::answer);
        try {
            server = vertx.createHttpServer(new HttpServerOptions()
                            .setHost(config.host())
                            .setPort(config.port())
                            .setMaxInitialLineLength(64 * 1024)
                            .setMaxHeaderSize(64 * 1024))
                    .requestHandler(router)
                    .listen()
                    .toCompletionStage()
                    .toCompletableFuture()
                    .join();
        } catch (CompletionException taken) {
            vertx.close();
            throw new IllegalStateException(
                    "The Salesforce simulator cannot listen at " + config.host() + ":" + config.port(),
                    taken.getCause());
        }
        return this;
    }

    /** The port it listens at. */
    public int port() {
        return server.actualPort();
    }

    /** Where it answers, without a slash at the end. */
    public String baseUri() {
        return "http://" + config.host() + ":" + port();
    }

    /** Forgets all records, tokens, events, calls and faults, and begins again as configured. */
    public void reset() {
        synchronized (lock) {
            streaming.reset();
            faults.clear();
            calls.clear();
            usage.set(0, ApiUsage.STANDARD_LIMIT);
            fill();
        }
    }

    /** All records of an object, oldest first, as copies; empty for an unknown object. */
    public List<JsonNode> records(String sObject) {
        return locked(() -> schema.find(sObject).map(this::copies).orElseGet(List::of));
    }

    private List<JsonNode> copies(SObject sObject) {
        Rows rows = new Rows(schema, records, "62.0");
        List<JsonNode> copies = new ArrayList<>();
        records.all(sObject).forEach(row -> copies.add(rows.show(sObject, row)));
        return copies;
    }

    /**
     * A person changes a record at the Salesforce screen: no API call, and no client in the change
     * event. Read-only fields such as {@code PublishStatus} may be written, too.
     */
    public void changeAsPerson(String sObject, String id, Map<String, ?> fields) {
        locked(() -> records.writeAsAdministrator(schema.object(sObject), id, json.valueToTree(fields), person()));
    }

    /** A person creates a record at the Salesforce screen; gives its id. */
    public String createAsPerson(String sObject, Map<String, ?> fields) {
        return locked(
                () -> records.writeAsAdministrator(schema.object(sObject), null, json.valueToTree(fields), person())
                        .get("Id")
                        .asText());
    }

    /** A person deletes a record at the Salesforce screen. */
    public void deleteAsPerson(String sObject, String id) {
        locked(() -> {
            records.delete(schema.object(sObject), id, person());
            return null;
        });
    }

    /** Publishes a platform event, such as {@code Signal__e}. */
    public void publish(String event, Map<String, ?> fields) {
        locked(() -> streaming.publish(event, json.valueToTree(fields), person()));
    }

    /** How many streaming clients hear a channel, such as {@code /data/CaseChangeEvent}. */
    public int listeners(String channel) {
        return locked(() -> streaming.hearing(channel));
    }

    /** The calls of the API, oldest first: {@code at, kind, method, uri, client, status, errorCode, fault, body}. */
    public List<JsonNode> calls() {
        return locked(() -> {
            List<JsonNode> shown = new ArrayList<>();
            calls.shown(Integer.MAX_VALUE).forEach(shown::add);
            return shown;
        });
    }

    /**
     * Lets calls fail, as {@code PUT /sandbox/faults} does.
     *
     * @throws IllegalArgumentException naming what is wrong with the description
     */
    public void addFault(Map<String, ?> fault) {
        locked(() -> {
            faults.add(Faults.Fault.from(json.valueToTree(fault)));
            return null;
        });
    }

    public void clearFaults() {
        locked(() -> {
            faults.clear();
            return null;
        });
    }

    /** Makes every token given so far invalid. */
    public void expireSessions() {
        locked(() -> {
            sessions.expireAll();
            return null;
        });
    }

    /** An administrator replaces the app's secret and the certificate that JWTs are checked with; all sessions end. */
    public void replaceSecret(String clientSecret, Optional<PublicKey> jwtKey) {
        locked(() -> {
            sessions.replaceSecret(clientSecret, jwtKey);
            return null;
        });
    }

    /** Forgets the clients of the streaming API and the events kept for them, as Salesforce does after three days. */
    public void forgetEvents() {
        locked(() -> {
            streaming().reset();
            return null;
        });
    }

    /** Sends every kept event to its listeners once more. */
    public void repeatEvents() {
        locked(() -> {
            streaming().repeat();
            return null;
        });
    }

    /** Sets the day's API limit and how much of it is used. */
    public void setApiUsage(int used, int limit) {
        locked(() -> {
            usage.set(used, limit);
            return null;
        });
    }

    @Override
    public void close() {
        if (vertx != null) {
            vertx.close().toCompletionStage().toCompletableFuture().join();
            vertx = null;
        }
    }

    <T> T locked(Supplier<T> work) {
        synchronized (lock) {
            return work.get();
        }
    }

    Schema schema() {
        return schema;
    }

    Records store() {
        return records;
    }

    Streaming streaming() {
        return streaming;
    }

    Faults faults() {
        return faults;
    }

    ApiUsage usage() {
        return usage;
    }

    ArrayNode shownCalls(int limit) {
        return calls.shown(limit);
    }

    /** Grows with every committed change and every call. */
    long version() {
        return version + calls.count();
    }

    Origin person() {
        return new Origin(Ids.of("005", 2), "");
    }

    private void fill() {
        schema = Schema.standard();
        streaming = new Streaming(schema, config.clock());
        telling = false;
        records = new Records(schema, config.clock(), changes -> {
            version++;
            if (telling) {
                streaming.tell(changes);
            }
        });
        Seed seed = new Seed(schema, records, config.clock().instant());
        seed.base();
        if (config.seed()) {
            seed.komorebiPay();
        }
        telling = true;
        sessions = new Sessions(
                config.clientId(), config.clientSecret(), config.jwtKey(), config.clock(), this::userNamed);
        rest = new RestApi(schema, records, config.clock(), faults, usage);
    }

    private Optional<String> userNamed(String name) {
        SObject user = schema.object("User");
        return records.findBy(user, user.field("Username"), name).stream()
                .map(row -> row.get("Id").asText())
                .findFirst();
    }

    // ---- the wire -------------------------------------------------------------------------------

    private void answer(RoutingContext context) {
        String uri = context.request().uri();
        MultiMap headers = context.request().headers();
        byte[] body = context.body().buffer() == null
                ? new byte[0]
                : context.body().buffer().getBytes();
        Request request = Request.of(context.request().method().name(), uri, body, headers::get);
        String kind = kind(request);
        synchronized (lock) {
            ObjectNode call = calls.begin(config.clock().instant(), kind, request, uri);
            Optional<Faults.Fault> fault = faults.take(kind);
            fault.ifPresent(taken -> call.set("fault", taken.shown()));
            boolean acts = fault.map(taken -> taken.status() == 0 || taken.lostAnswer())
                    .orElse(true);
            if (acts && kind.equals("streaming")) {
                stream(context, request, call, fault);
                return;
            }
            Answer answer = acts ? act(context, request) : refused(kind, fault.orElseThrow());
            finish(context, call, fault, answer);
        }
    }

    private void finish(RoutingContext context, ObjectNode call, Optional<Faults.Fault> fault, Answer answer) {
        call.put("status", answer.status());
        JsonNode error =
                answer.body() != null && answer.body().isArray() ? answer.body().path(0) : null;
        if (answer.status() >= 400 && error != null) {
            call.set("errorCode", error.path("errorCode"));
        }
        Runnable send =
                () -> send(context, answer, fault.map(Faults.Fault::lostAnswer).orElse(false));
        long delay = fault.map(Faults.Fault::delayMillis).orElse(0L);
        if (delay > 0) {
            vertx.setTimer(delay, timer -> send.run());
        } else {
            send.run();
        }
    }

    private static Answer refused(String kind, Faults.Fault fault) {
        if (kind.equals("login")) {
            return Answer.json(
                    fault.status(),
                    JsonNodeFactory.instance
                            .objectNode()
                            .put("error", fault.errorCode().toLowerCase(java.util.Locale.ROOT))
                            .put("error_description", fault.message()));
        }
        return Answer.refused(fault.refusal());
    }

    private static void send(RoutingContext context, Answer answer, boolean lost) {
        HttpServerResponse response = context.response();
        if (response.closed() || response.ended()) {
            return;
        }
        if (lost) {
            context.request().connection().close();
            return;
        }
        response.setStatusCode(answer.status());
        answer.headers().forEach(response::putHeader);
        if (answer.bytes() != null) {
            response.end(Buffer.buffer(answer.bytes()));
        } else if (answer.body() != null) {
            response.putHeader("Content-Type", "application/json;charset=UTF-8");
            response.end(answer.body().toString());
        } else {
            response.end();
        }
    }

    static String kind(Request request) {
        String first = request.segment(0);
        if (first.equals("cometd")) {
            return "streaming";
        }
        if (!first.equals("services")) {
            return "other";
        }
        return switch (request.segment(1)) {
            case "oauth2" -> request.segment(2).equals("token") ? "login" : "other";
            case "apexrest" -> "apexrest";
            case "data" ->
                switch (request.segment(3)) {
                    case "sobjects" -> "sobjects";
                    case "query", "queryAll" -> "query";
                    case "search" -> "search";
                    case "limits" -> "limits";
                    case "composite" -> request.segment(4).equals("sobjects") ? "collections" : "composite";
                    default -> "other";
                };
            default -> "other";
        };
    }

    private Answer act(RoutingContext context, Request request) {
        try {
            return switch (request.segment(0)) {
                case "services" -> services(context, request);
                case "id" -> {
                    String userId = user(context);
                    yield Answer.json(200, identity(userId, instanceUrl(context)));
                }
                default -> throw Refusal.notFound();
            };
        } catch (Refusal refusal) {
            return Answer.refused(refusal);
        }
    }

    private Answer services(RoutingContext context, Request request) {
        switch (request.segment(1)) {
            case "oauth2" -> {
                return oauth(context, request);
            }
            case "data" -> {
                if (request.path().size() == 2) {
                    return rest.versions();
                }
                return counted(context, request);
            }
            case "apexrest" -> {
                return counted(context, request);
            }
            default -> throw Refusal.notFound();
        }
    }

    private Answer counted(RoutingContext context, Request request) {
        Answer answer;
        try {
            String userId = user(context);
            usage.count();
            answer = rest.answer(request, userId);
        } catch (Refusal refusal) {
            answer = Answer.refused(refusal);
        }
        return answer.with("Sforce-Limit-Info", usage.header());
    }

    /** The caller's user. camel-salesforce repeats a call with the old and the new token: any good one counts. */
    private String user(RoutingContext context) {
        return context.request().headers().getAll("Authorization").stream()
                .flatMap(header -> sessions.userOfHeader(header).stream())
                .findFirst()
                .orElseThrow(() -> new Refusal(401, "INVALID_SESSION_ID", "Session expired or invalid"));
    }

    private Answer oauth(RoutingContext context, Request request) {
        MultiMap form = form(context);
        switch (request.segment(2)) {
            case "token" -> {
                try {
                    return Answer.json(
                            200,
                            sessions.login(
                                    name -> form.get(name) != null
                                            ? form.get(name)
                                            : request.query().get(name),
                                    instanceUrl(context),
                                    orgId(),
                                    integrationUser()));
                } catch (Sessions.Denied denied) {
                    return Answer.json(400, denied.asBody());
                }
            }
            case "revoke" -> {
                String token = form.get("token") != null
                        ? form.get("token")
                        : request.query().get("token");
                if (token != null) {
                    sessions.revoke(token);
                }
                return new Answer(200, null, null, Map.of());
            }
            case "userinfo" -> {
                return Answer.json(200, identity(user(context), instanceUrl(context)));
            }
            default -> throw Refusal.notFound();
        }
    }

    private static MultiMap form(RoutingContext context) {
        MultiMap form = MultiMap.caseInsensitiveMultiMap();
        form.addAll(context.request().formAttributes());
        return form;
    }

    private static String instanceUrl(RoutingContext context) {
        return "http://" + context.request().getHeader("Host");
    }

    private static String orgId() {
        return Ids.of("00D", 1);
    }

    private static String integrationUser() {
        return Ids.of("005", 1);
    }

    private ObjectNode identity(String userId, String instanceUrl) {
        ObjectNode user = records.find(schema.object("User"), userId).orElseThrow(Refusal::notFound);
        ObjectNode identity = JsonNodeFactory.instance
                .objectNode()
                .put("id", instanceUrl + "/id/" + orgId() + "/" + userId)
                .put("sub", instanceUrl + "/id/" + orgId() + "/" + userId)
                .put("asserted_user", true)
                .put("user_id", userId)
                .put("organization_id", orgId())
                .put("username", user.path("Username").asText())
                .put("preferred_username", user.path("Username").asText())
                .put("display_name", user.path("Name").asText())
                .put("name", user.path("Name").asText())
                .put("email", user.path("Email").asText())
                .put("active", user.path("IsActive").asBoolean())
                .put("user_type", "STANDARD")
                .put("language", user.path("LanguageLocaleKey").asText())
                .put("zoneinfo", user.path("TimeZoneSidKey").asText());
        identity.putObject("urls")
                .put("rest", instanceUrl + "/services/data/v{version}/")
                .put("sobjects", instanceUrl + "/services/data/v{version}/sobjects/")
                .put("query", instanceUrl + "/services/data/v{version}/query/")
                .put("custom_domain", instanceUrl);
        return identity;
    }

    private void stream(RoutingContext context, Request request, ObjectNode call, Optional<Faults.Fault> fault) {
        if (!request.is("POST")) {
            finish(
                    context,
                    call,
                    fault,
                    Answer.refused(new Refusal(400, "METHOD_NOT_ALLOWED", "Only long polling over POST is offered")));
            return;
        }
        JsonNode body;
        try {
            body = request.body();
        } catch (Refusal refusal) {
            finish(context, call, fault, Answer.refused(refusal));
            return;
        }
        boolean allowed = context.request().headers().getAll("Authorization").stream()
                .anyMatch(header -> sessions.userOfHeader(header).isPresent());
        Optional<Runnable> end = streaming.receive(body, allowed, answers -> {
            Answer answer = Answer.json(200, answers);
            vertx.runOnContext(now -> {
                synchronized (lock) {
                    finish(context, call, fault, answer);
                }
            });
        });
        end.ifPresent(task -> {
            long timer = vertx.setTimer(Streaming.POLL_MILLIS, now -> {
                synchronized (lock) {
                    task.run();
                }
            });
            context.response().closeHandler(gone -> {
                vertx.cancelTimer(timer);
                synchronized (lock) {
                    task.run();
                }
            });
            context.response().endHandler(ended -> vertx.cancelTimer(timer));
        });
    }

    /** A resource as bytes: one of the simulator, or with a leading slash one of the whole class path. */
    static Optional<byte[]> resource(String name) {
        try (InputStream in = SalesforceSimulator.class.getResourceAsStream(
                name.startsWith("/") ? name : "/sandbox/salesforce/" + name)) {
            return in == null ? Optional.empty() : Optional.of(in.readAllBytes());
        } catch (IOException unreadable) {
            throw new IllegalStateException("The sandbox cannot read its resource " + name, unreadable);
        }
    }
}
