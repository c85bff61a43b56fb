package io.tsunagi.ops;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.management.ObjectName;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.health.HealthCheckHelper;
import org.apache.camel.health.HealthCheckResultBuilder;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.impl.health.AbstractHealthCheck;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** S34 */
class ManagementTest {
    private static final String SIGNED_IN = "X-Signed-In";

    private final Vertx vertx = Vertx.vertx();
    private final DefaultCamelContext camel = new DefaultCamelContext();
    private final PrometheusMeterRegistry metrics = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final AtomicBoolean databaseIsUp = new AtomicBoolean(true);
    private final AtomicBoolean databaseWarns = new AtomicBoolean();
    private final CountDownLatch letChecksAnswer = new CountDownLatch(1);
    private final AtomicBoolean checksHang = new AtomicBoolean();
    private final AtomicBoolean bookIsClosed = new AtomicBoolean();
    private final List<String> acts = new CopyOnWriteArrayList<>();
    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private HttpServer server;

    @BeforeEach
    void start() throws Exception {
        camel.getCamelContextExtension().setName("hub");
        camel.addRoutes(new RouteBuilder() {
            @Override
            public void configure() {
                from("direct:greet").routeId("greet-customer").log("hello");
            }
        });
        HealthCheckHelper.getHealthCheckRegistry(camel).register(new DatabaseCheck());
        camel.start();
        serve(new Management(camel, metrics, ManagementTest::gate, this::note));
    }

    private void serve(Management management) {
        var router = Router.router(vertx);
        management.mount(router);
        server = vertx.createHttpServer()
                .requestHandler(router)
                .listen(0, "127.0.0.1")
                .toCompletionStage()
                .toCompletableFuture()
                .join();
    }

    private void note(RoutingContext context, ObjectName object, String what, boolean allowed) {
        if (bookIsClosed.get()) {
            throw new IllegalStateException("The audit cannot be written");
        }
        acts.add(object.getKeyProperty("type") + " " + what + (allowed ? "" : " refused"));
    }

    private static void gate(RoutingContext context) {
        if (context.request().getHeader(SIGNED_IN) != null) {
            context.next();
        } else {
            context.response().setStatusCode(401).end("Sign in");
        }
    }

    @AfterEach
    void stop() throws Exception {
        letChecksAnswer.countDown();
        camel.close();
        vertx.close().toCompletionStage().toCompletableFuture().join();
    }

    @Test
    void a_healthy_hub_says_up_to_anyone() throws Exception {
        for (var path : new String[] {"/observe/health", "/observe/health/live", "/observe/health/ready"}) {
            var answer = get(path, false);

            assertThat(answer.statusCode()).as(path).isEqualTo(200);
            assertThat(new JsonObject(answer.body()).getString("status")).isEqualTo("UP");
        }
    }

    @Test
    void a_failing_check_makes_the_hub_down_but_says_no_more_than_its_name() throws Exception {
        databaseIsUp.set(false);

        var answer = get("/observe/health", false);

        assertThat(answer.statusCode()).isEqualTo(503);
        assertThat(new JsonObject(answer.body()).getJsonArray("checks"))
                .contains(new JsonObject().put("name", "database").put("status", "DOWN"));
        assertThat(answer.body()).doesNotContain("db.internal");
        assertThat(get("/observe/health/ready", false).statusCode()).isEqualTo(503);
    }

    @Test
    void a_check_that_wants_to_be_looked_at_warns_and_makes_nothing_red() throws Exception {
        databaseWarns.set(true);

        var answer = get("/observe/health", false);

        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(new JsonObject(answer.body()).getJsonArray("checks"))
                .contains(new JsonObject()
                        .put("name", "database")
                        .put("status", "WARN")
                        .put("millis", 2_500));
    }

    @Test
    void a_hub_that_cannot_serve_is_alive_all_the_same() throws Exception {
        databaseIsUp.set(false);

        assertThat(get("/observe/health/live", false).statusCode()).isEqualTo(200);
    }

    @Test
    void a_check_that_hangs_is_down_and_holds_no_more_than_one_thread() throws Exception {
        checksHang.set(true);

        var first =
                client.sendAsync(request("/observe/health", false).GET().build(), HttpResponse.BodyHandlers.ofString());
        var second =
                client.sendAsync(request("/observe/health", false).GET().build(), HttpResponse.BodyHandlers.ofString());

        assertThat(first.join().statusCode()).isEqualTo(503);
        assertThat(second.join().statusCode()).isEqualTo(503);
        assertThat(threadsInCheck()).isEqualTo(1);
        letChecksAnswer.countDown();
        await().untilAsserted(() ->
                assertThat(get("/observe/health", false).statusCode()).isEqualTo(200));
    }

    @Test
    void a_context_that_is_stopped_is_not_ready() throws Exception {
        camel.suspend();

        assertThat(get("/observe/health/ready", false).statusCode()).isEqualTo(503);
    }

    @Test
    void metrics_are_prometheus_text() throws Exception {
        metrics.counter("hub.events.received").increment(3);

        var answer = get("/observe/metrics", false);

        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.headers().firstValue("content-type")).hasValue("text/plain; version=0.0.4; charset=utf-8");
        assertThat(answer.body()).contains("hub_events_received_total 3.0");
    }

    @Test
    void metrics_ask_for_a_sign_in_from_addresses_that_are_no_scraper() throws Exception {
        server.close().toCompletionStage().toCompletableFuture().join();
        serve(new Management(camel, metrics, ManagementTest::gate, address -> false, this::note));

        assertThat(get("/observe/metrics", false).statusCode()).isEqualTo(401);
        assertThat(get("/observe/metrics", true).statusCode()).isEqualTo(200);
    }

    @Test
    void hawtio_and_jolokia_ask_for_a_sign_in() throws Exception {
        for (var path : new String[] {
            "/hawtio/",
            "/hawtio/index.html",
            "/hawtio/user",
            "/hawtio/jolokia",
            "/hawtio/jolokia/version",
            "/observe/jolokia",
            "/observe/jolokia/read/java.lang:type=Memory",
            "/observe/jolokia/",
            "/hawtio//jolokia"
        }) {
            assertThat(get(path, false).statusCode()).as(path).isEqualTo(401);
        }
        assertThat(post("/observe/jolokia", new JsonObject().put("type", "version"), false)
                        .statusCode())
                .isEqualTo(401);
    }

    @Test
    void jolokia_lists_the_routes() throws Exception {
        var search = post(
                "/observe/jolokia",
                new JsonObject().put("type", "search").put("mbean", "org.apache.camel:context=hub,type=routes,*"),
                true);

        assertThat(new JsonObject(search.body()).getJsonArray("value"))
                .isEqualTo(new JsonArray().add("org.apache.camel:context=hub,type=routes,name=\"greet-customer\""));
        var read = get(
                "/hawtio/jolokia/read/org.apache.camel:context=hub,name=%22greet-customer%22,type=routes/State", true);
        assertThat(new JsonObject(read.body()).getString("value")).isEqualTo("Started");
    }

    @Test
    void a_route_is_stopped_and_started() throws Exception {
        assertThat(execRoute("stop()")).isEqualTo(200);
        assertThat(camel.getRouteController().getRouteStatus("greet-customer").isStopped())
                .isTrue();

        assertThat(execRoute("start()")).isEqualTo(200);
        assertThat(camel.getRouteController().getRouteStatus("greet-customer").isStarted())
                .isTrue();
    }

    @Test
    void what_changes_something_is_told_before_it_is_done_or_refused_and_looking_is_not() throws Exception {
        execRoute("suspend()");
        execRoute("resume()");
        execRoute("dumpRouteAsXml()");
        exec("java.lang:type=Memory", "gc()");
        jolokia(new JsonObject()
                .put("type", "write")
                .put("mbean", "java.lang:type=Memory")
                .put("attribute", "Verbose")
                .put("value", true));
        jolokia(new JsonObject().put("type", "list"));
        read("java.lang:type=Memory", "HeapMemoryUsage");

        assertThat(acts)
                .containsExactly(
                        "routes suspend()", "routes resume()", "Memory gc() refused", "Memory set Verbose refused");
    }

    @Test
    void what_cannot_be_told_is_not_done() throws Exception {
        bookIsClosed.set(true);

        assertThat(execRoute("stop()")).isNotEqualTo(200);
        assertThat(camel.getRouteController().getRouteStatus("greet-customer").isStarted())
                .isTrue();
    }

    @Test
    void what_shows_or_forges_messages_is_refused() throws Exception {
        assertThat(execRoute("updateRouteFromXml(java.lang.String)", "<route/>"))
                .isEqualTo(403);
        assertThat(execRoute("dumpRouteAsXml(boolean)", "true")).isEqualTo(403);
        assertThat(execRoute("dumpRouteAsXml()")).isEqualTo(200);
        var context = "org.apache.camel:context=hub,name=\"hub\",type=context";
        assertThat(exec(context, "sendStringBody(java.lang.String,java.lang.String)", "direct:greet", "x"))
                .isEqualTo(403);
        assertThat(exec(context, "dumpRoutesAsXml()")).isEqualTo(200);
        assertThat(exec("org.apache.camel:context=hub,name=BacklogTracer,type=tracer", "dumpAllTracedMessagesAsXml()"))
                .isEqualTo(403);
    }

    @Test
    void operations_of_the_jvm_are_refused() throws Exception {
        assertThat(exec("java.lang:type=Memory", "gc()")).isEqualTo(403);
        assertThat(exec("java.util.logging:type=Logging", "setLoggerLevel", "x", "FINE"))
                .isEqualTo(403);
        assertThat(exec("com.sun.management:type=DiagnosticCommand", "vmSystemProperties()"))
                .isEqualTo(403);
        assertThat(jolokia(new JsonObject()
                        .put("type", "write")
                        .put("mbean", "java.lang:type=Memory")
                        .put("attribute", "Verbose")
                        .put("value", true)))
                .isEqualTo(403);
    }

    @Test
    void memory_may_be_read_but_not_the_system_properties() throws Exception {
        assertThat(read("java.lang:type=Memory", "HeapMemoryUsage")).isEqualTo(200);
        assertThat(read("java.lang:type=Runtime", "SystemProperties")).isEqualTo(403);
        assertThat(read("java.lang:type=Runtime", "InputArguments")).isEqualTo(403);
        var whole = post(
                "/observe/jolokia", new JsonObject().put("type", "read").put("mbean", "java.lang:type=Runtime"), true);
        assertThat(whole.body()).doesNotContain("java.class.path=").doesNotContain("\"user.timezone\"");
    }

    @Test
    void a_get_never_acts() throws Exception {
        var route = "org.apache.camel:context=hub,name=%22greet-customer%22,type=routes";

        assertThat(get("/observe/jolokia/exec/" + route + "/stop()", true).statusCode())
                .isEqualTo(405);
        assertThat(get("/observe/jolokia/%65xec/" + route + "/stop()", true).statusCode())
                .isEqualTo(405);
        assertThat(new JsonObject(get("/observe/jolokia/version?p=exec/" + route + "/stop()", true)
                                .body())
                        .getJsonObject("request")
                        .getString("type"))
                .isEqualTo("version");
        assertThat(camel.getRouteController().getRouteStatus("greet-customer").isStarted())
                .isTrue();
    }

    @Test
    void a_foreign_page_gets_nothing_from_jolokia() throws Exception {
        for (var header : new String[][] {{"Origin", "https://evil.example"}, {"Sec-Fetch-Site", "cross-site"}}) {
            var answer = client.send(
                    request("/observe/jolokia", true)
                            .header(header[0], header[1])
                            .POST(HttpRequest.BodyPublishers.ofString("{\"type\":\"version\"}"))
                            .build(),
                    HttpResponse.BodyHandlers.ofString());

            assertThat(answer.statusCode()).as(header[0]).isEqualTo(403);
        }
    }

    @Test
    void what_is_no_jolokia_request_gets_400_and_no_stack_trace() throws Exception {
        var answer = client.send(
                request("/observe/jolokia", true)
                        .POST(HttpRequest.BodyPublishers.ofString("{nonsense"))
                        .build(),
                HttpResponse.BodyHandlers.ofString());

        assertThat(answer.statusCode()).isEqualTo(400);
        assertThat(answer.body()).doesNotContain("Exception");
    }

    @Test
    void hawtio_serves_its_page_and_what_the_page_needs() throws Exception {
        var redirect = get("/hawtio", false);
        assertThat(redirect.statusCode()).isEqualTo(302);
        assertThat(redirect.headers().firstValue("location")).hasValue("/hawtio/");

        var page = get("/hawtio/", true);
        assertThat(page.statusCode()).isEqualTo(200);
        assertThat(page.body()).contains("<title>Hawtio</title>");
        assertThat(get("/hawtio/camel/routes", true).body()).isEqualTo(page.body());

        var script = page.body().replaceFirst("(?s).*src=\"([^\"]+)\".*", "$1");
        assertThat(get(script, true).headers().firstValue("content-type").orElseThrow())
                .contains("javascript");
        assertThat(get("/hawtio/user", true).body()).isEqualTo("\"public\"");
        assertThat(get("/hawtio/proxy/enabled", true).body()).isEqualTo("false");
        assertThat(get("/hawtio/static/js/missing.js", true).statusCode()).isEqualTo(404);
    }

    @Test
    void paths_that_climb_are_not_served() throws Exception {
        for (var path : new String[] {
            "/hawtio/../jolokia-access.xml",
            "/hawtio/static/../../jolokia-access.xml",
            "/hawtio/%2e%2e/jolokia-access.xml",
            "/hawtio/..%2fjolokia-access.xml",
            "/hawtio/%2e%2e%2fjolokia-access.xml",
            "/hawtio/static%5c..%5c..%5cjolokia-access.xml",
            "/hawtio/static/js/"
        }) {
            assertThat(rawStatus(path)).as(path).isEqualTo(404);
        }
    }

    /** The JDK's client tidies paths up; a climber would not. */
    private int rawStatus(String path) throws Exception {
        try (var socket = new Socket("127.0.0.1", server.actualPort())) {
            socket.setSoTimeout((int) Duration.ofSeconds(10).toMillis());
            socket.getOutputStream()
                    .write(("GET " + path + " HTTP/1.1\r\nHost: hub\r\n" + SIGNED_IN
                                    + ": yes\r\nConnection: close\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
            var line = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII))
                    .readLine();
            return Integer.parseInt(line.split(" ")[1]);
        }
    }

    private int execRoute(String operation, Object... arguments) throws Exception {
        return exec("org.apache.camel:context=hub,name=\"greet-customer\",type=routes", operation, arguments);
    }

    private int exec(String mbean, String operation, Object... arguments) throws Exception {
        var list = new JsonArray();
        for (var argument : arguments) {
            list.add(argument);
        }
        return jolokia(new JsonObject()
                .put("type", "exec")
                .put("mbean", mbean)
                .put("operation", operation)
                .put("arguments", list));
    }

    private int read(String mbean, String attribute) throws Exception {
        return jolokia(new JsonObject().put("type", "read").put("mbean", mbean).put("attribute", attribute));
    }

    private int jolokia(JsonObject request) throws Exception {
        return new JsonObject(post("/observe/jolokia", request, true).body()).getInteger("status");
    }

    private HttpResponse<String> get(String path, boolean signedIn) throws Exception {
        return client.send(request(path, signedIn).GET().build(), HttpResponse.BodyHandlers.ofString());
    }

    private HttpResponse<String> post(String path, JsonObject body, boolean signedIn) throws Exception {
        return client.send(
                request(path, signedIn)
                        .POST(HttpRequest.BodyPublishers.ofString(body.encode()))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    private HttpRequest.Builder request(String path, boolean signedIn) {
        var request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.actualPort() + path))
                .timeout(Duration.ofSeconds(30));
        return signedIn ? request.header(SIGNED_IN, "yes") : request;
    }

    private static long threadsInCheck() {
        return Thread.getAllStackTraces().values().stream()
                .filter(frames -> java.util.Arrays.stream(frames)
                        .anyMatch(frame -> frame.getClassName().equals(DatabaseCheck.class.getName())))
                .count();
    }

    private final class DatabaseCheck extends AbstractHealthCheck {
        DatabaseCheck() {
            super("hub", "database");
        }

        @Override
        public boolean isLiveness() {
            return false;
        }

        @Override
        protected void doCall(HealthCheckResultBuilder builder, java.util.Map<String, Object> options) {
            if (checksHang.get()) {
                try {
                    letChecksAnswer.await();
                } catch (InterruptedException stopped) {
                    Thread.currentThread().interrupt();
                }
            }
            builder.state(
                    databaseIsUp.get()
                            ? org.apache.camel.health.HealthCheck.State.UP
                            : org.apache.camel.health.HealthCheck.State.DOWN);
            if (databaseWarns.get()) {
                builder.detail(Health.WARNING, true).detail(Health.FIGURE, 2_500);
            }
            builder.message("jdbc:postgresql://db.internal does not answer");
        }
    }
}
