package io.tsunagi.access;

import static org.assertj.core.api.Assertions.assertThat;

import io.tsunagi.audit.AuditCheck;
import io.tsunagi.audit.AuditSealer;
import io.tsunagi.store.Dialect;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.BodyHandler;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.camel.component.platform.http.PlatformHttpComponent;
import org.apache.camel.component.platform.http.vertx.VertxPlatformHttpEngine;
import org.apache.camel.component.platform.http.vertx.VertxPlatformHttpRouter;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.support.PluginHelper;
import org.apache.camel.support.ResourceHelper;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The routes of this feature behind the gate, over real HTTP. */
class SignInRouteTest {
    private static final int ANY_PORT = 0;

    /** The failures by name, without what other features do about them: nothing here may need it. */
    private static final String UNHANDLED = """
            - routeConfiguration:
                id: answer-with-status
            - routeConfiguration:
                id: alert-and-stop
            """;

    private final HttpClient client = HttpClient.newHttpClient();
    private final Vertx vertx = Vertx.vertx();
    private DefaultCamelContext camel;
    private People people;
    private HttpServer server;

    @BeforeEach
    void open() throws Exception {
        people = People.of(
                Dialect.H2, Map.of("hub.access.lock-after-failures", "2", "hub.access.address-failures", "4"));
        Router router = Router.router(vertx);
        router.route("/api/*")
                .handler(new SessionGate(
                        people.store, people.sessions, people.operators, people.audit, people.settings));
        camel = new DefaultCamelContext();
        camel.getRegistry()
                .bind(
                        "access",
                        new AccessApi(
                                people.signIn,
                                people.provider,
                                people.invitations,
                                new OwnPassword(
                                        people.store,
                                        people.sessions,
                                        people.audit,
                                        people.clock,
                                        people.passwords,
                                        people.settings),
                                people.sessions,
                                people.operators,
                                new Shortcuts(people.store),
                                people.clock,
                                people.settings));
        camel.getRegistry().bind("sessions", people.ended);
        camel.getRegistry().bind("auditSealer", new AuditSealer(people.store, people.clock, people.settings));
        camel.getPropertiesComponent().addInitialProperty("hub.audit.seal-cron", "0 0 0 1 1 ? 2099");
        camel.getPropertiesComponent().addInitialProperty("hub.access.purge-cron", "0 0 0 1 1 ? 2099");
        serve(router);
        camel.getRestConfiguration().setComponent("platform-http");
        load("failures.camel.yaml", UNHANDLED.getBytes(StandardCharsets.UTF_8));
        for (String file : List.of("access/sign-in", "access/purge-sessions", "audit/seal-audit")) {
            Path path = Path.of("routes", file + ".camel.yaml");
            load(path.getFileName().toString(), Files.readAllBytes(path));
        }
        camel.start();
        server = vertx.createHttpServer()
                .requestHandler(router)
                .listen(0, "127.0.0.1")
                .toCompletionStage()
                .toCompletableFuture()
                .join();
    }

    private void load(String name, byte[] yaml) throws Exception {
        PluginHelper.getRoutesLoader(camel).loadRoutes(ResourceHelper.fromBytes(name, yaml));
    }

    private void serve(Router router) {
        VertxPlatformHttpRouter served = new VertxPlatformHttpRouter(null, vertx, router, "server") {
            @Override
            public Handler<RoutingContext> bodyHandler() {
                return BodyHandler.create(false);
            }
        };
        camel.getRegistry().bind(VertxPlatformHttpRouter.getRouterNameFromPort(ANY_PORT), served);
        camel.getComponent("platform-http", PlatformHttpComponent.class).setEngine(new VertxPlatformHttpEngine() {
            @Override
            public int getServerPort() {
                return ANY_PORT;
            }
        });
    }

    @AfterEach
    void close() {
        camel.stop();
        vertx.close().toCompletionStage().toCompletableFuture().join();
        people.close();
    }

    @Test
    void somebody_signs_in_sees_who_they_are_and_signs_out() throws Exception {
        HttpResponse<String> in = signIn("sakura", People.PASSWORD.reveal());
        assertThat(in.statusCode()).as(in.body()).isEqualTo(200);
        assertThat(in.headers().firstValue("content-type"))
                .hasValueSatisfying(type -> assertThat(type).startsWith("application/json"));
        String cookie = in.headers().firstValue("set-cookie").orElseThrow();
        assertThat(cookie).matches("tsunagi=[A-Za-z0-9_-]{43}; Path=/; HttpOnly; SameSite=Strict");
        JsonObject me = new JsonObject(in.body());
        assertThat(me.fieldNames())
                .containsExactlyInAnyOrder(
                        "id",
                        "name",
                        "displayName",
                        "role",
                        "language",
                        "zone",
                        "csrf",
                        "undoSeconds",
                        "stickerPictures",
                        "idleSeconds",
                        "identityReasons",
                        "lettersAndDigits",
                        "shortcuts");
        assertThat(me.getInteger("idleSeconds")).isEqualTo(900);
        assertThat(me.getString("id")).isEqualTo(people.id("sakura").toString());
        assertThat(me.getString("displayName")).isEqualTo("さくら");
        assertThat(me.getString("role")).isEqualTo("supervisor");
        assertThat(me.getString("zone")).isEqualTo("Asia/Tokyo");
        assertThat(me.getInteger("undoSeconds")).isEqualTo(5);

        HttpResponse<String> again = call("GET", "/api/me", cookie, null);
        assertThat(again.statusCode()).isEqualTo(200);
        assertThat(new JsonObject(again.body())).isEqualTo(me);

        assertThat(call("POST", "/api/sign-out", cookie, null).statusCode()).isEqualTo(403);
        HttpResponse<String> out = call("POST", "/api/sign-out", cookie, me.getString("csrf"));
        assertThat(out.statusCode()).isEqualTo(204);
        assertThat(out.body()).isEmpty();
        assertThat(out.headers().firstValue("clear-site-data")).contains("\"cache\"");
        assertThat(out.headers().firstValue("set-cookie"))
                .contains("tsunagi=; Max-Age=0; Path=/; HttpOnly; SameSite=Strict");
        assertThat(call("GET", "/api/me", cookie, null).statusCode()).isEqualTo(401);
        assertThat(people.store
                        .jdbc()
                        .sql("select act, origin from audit where actor = ? order by seq")
                        .param(people.id("sakura").toString())
                        .query((row, i) -> row.getString(1) + " " + row.getString(2))
                        .list())
                .containsExactly("sign-in 127.0.0.1", "call 127.0.0.1", "sign-out 127.0.0.1");
    }

    @Test
    void a_blank_password_is_a_wrong_one() throws Exception {
        HttpResponse<String> refused = signIn("aoi", " ");

        assertThat(refused.statusCode()).isEqualTo(401);
        assertThat(code(refused)).isEqualTo("sign-in-failed");
    }

    @Test
    void a_wrong_password_is_401_and_a_locked_name_423_with_its_end() throws Exception {
        HttpResponse<String> wrong = signIn("aoi", "wrong-password-1");
        assertThat(wrong.statusCode()).isEqualTo(401);
        assertThat(code(wrong)).isEqualTo("sign-in-failed");
        assertThat(wrong.headers().firstValue("set-cookie")).isEmpty();

        HttpResponse<String> locked = signIn("aoi", "wrong-password-1");
        assertThat(locked.statusCode()).isEqualTo(423);
        assertThat(code(locked)).isEqualTo("locked");
        assertThat(new JsonObject(locked.body()).getInstant("until"))
                .isEqualTo(people.clock.instant().plus(Duration.ofMinutes(30)));
    }

    @Test
    void an_address_that_failed_too_often_is_429_with_the_time_to_wait() throws Exception {
        for (int i = 0; i < 4; i++) {
            people.signIn.signIn("nobody" + i, new io.tsunagi.config.Secret("x"), null, "127.0.0.1", null);
        }

        HttpResponse<String> slowed = signIn("aoi", People.PASSWORD.reveal());

        assertThat(slowed.statusCode()).isEqualTo(429);
        assertThat(code(slowed)).isEqualTo("too-many-tries");
        assertThat(slowed.headers().firstValue("retry-after")).contains("600");
    }

    @Test
    void a_body_that_is_no_sign_in_is_400_and_never_repeated() throws Exception {
        for (String body : List.of(
                "",
                "{",
                "[]",
                "null",
                "\"x\"",
                "{\"name\":\"aoi\"}",
                "{\"name\":1,\"password\":\"secret-9\"}",
                "{\"name\":\"aoi\",\"password\":\"secret-9\" oops}")) {
            HttpResponse<String> answer = post(body);

            assertThat(answer.statusCode()).as(body).isEqualTo(400);
            assertThat(code(answer)).isEqualTo("bad-request");
            assertThat(answer.body()).doesNotContain("secret-9");
        }
    }

    @Test
    void who_was_invited_sets_a_password_once_and_changes_it_later() throws Exception {
        OperatorId aoi = people.id("aoi");
        String token =
                people.staff.invite(aoi, people.id("admin"), null).address().replaceFirst(".*#", "");
        JsonObject invited = new JsonObject().put("token", token);
        assertThat(new JsonObject(post("/api/invitation", invited).body()).getString("displayName"))
                .isEqualTo("葵");

        HttpResponse<String> weak =
                post("/api/invitation/accept", invited.copy().put("password", "too-short-1"));
        assertThat(weak.statusCode()).isEqualTo(422);
        assertThat(code(weak)).isEqualTo("weak-password");
        HttpResponse<String> common =
                post("/api/invitation/accept", invited.copy().put("password", "sakura1234567890"));
        assertThat(common.statusCode()).isEqualTo(422);
        assertThat(code(common)).isEqualTo("common-password");
        JsonObject first = invited.copy().put("password", "a-first-password-1");
        assertThat(post("/api/invitation/accept", first).statusCode()).isEqualTo(200);
        HttpResponse<String> again = post("/api/invitation/accept", first);
        assertThat(again.statusCode()).isEqualTo(410);
        assertThat(code(again)).isEqualTo("invitation-over");
        assertThat(post("/api/invitation", invited).statusCode()).isEqualTo(410);
        assertThat(post("/api/invitation", new JsonObject()).statusCode()).isEqualTo(400);

        assertThat(signIn("aoi", People.PASSWORD.reveal()).statusCode()).isEqualTo(401);
        HttpResponse<String> here = signIn("aoi", "a-first-password-1");
        HttpResponse<String> elsewhere = signIn("aoi", "a-first-password-1");
        JsonObject change = new JsonObject().put("old", "wrong-password-1").put("password", "a-second-password-2");
        assertThat(changePassword(here, change).statusCode()).isEqualTo(422);
        assertThat(code(changePassword(here, change.copy().put("password", "sakura1234567890"))))
                .isEqualTo("common-password");
        assertThat(changePassword(here, change.put("old", "a-first-password-1")).statusCode())
                .isEqualTo(204);
        assertThat(call("GET", "/api/me", cookie(here), null).statusCode()).isEqualTo(200);
        assertThat(call("GET", "/api/me", cookie(elsewhere), null).statusCode()).isEqualTo(401);
        assertThat(signIn("aoi", "a-second-password-2").statusCode()).isEqualTo(200);
        assertThat(people.audited("change-password")).containsExactly(aoi + " failed", aoi + " ok");
    }

    /** S26 */
    @Test
    void a_new_password_is_none_of_the_last_four() throws Exception {
        String token = people.staff
                .invite(people.id("aoi"), people.id("admin"), null)
                .address()
                .replaceFirst(".*#", "");
        JsonObject invited = new JsonObject().put("token", token).put("password", "my-password-no-0");
        assertThat(post("/api/invitation/accept", invited).statusCode()).isEqualTo(200);
        HttpResponse<String> here = signIn("aoi", "my-password-no-0");
        for (int i = 1; i <= 3; i++) {
            people.clock.forward(Duration.ofMinutes(1));
            assertThat(change(here, i - 1, i).statusCode()).isEqualTo(204);
        }

        for (int i = 0; i < 3; i++) {
            assertThat(code(change(here, 3, i))).as("password %s", i).isEqualTo("earlier-password");
        }
        assertThat(code(change(here, 4, 0)))
                .as("who does not know the password learns nothing")
                .isEqualTo("wrong-password");
        assertThat(change(here, 3, 4).statusCode()).isEqualTo(204);
        assertThat(change(here, 4, 0).statusCode()).as("four others came since").isEqualTo(204);
        assertThat(signIn("aoi", "my-password-no-0").statusCode()).isEqualTo(200);
        assertThat(people.store
                        .jdbc()
                        .sql("select count(*) from earlier_passwords")
                        .query(Long.class)
                        .single())
                .as("older ones are forgotten")
                .isEqualTo(3);
    }

    private HttpResponse<String> change(HttpResponse<String> signedIn, int old, int fresh) throws Exception {
        return changePassword(
                signedIn,
                new JsonObject().put("old", "my-password-no-" + old).put("password", "my-password-no-" + fresh));
    }

    private HttpResponse<String> changePassword(HttpResponse<String> signedIn, JsonObject body) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(uri("/api/me/password"))
                .header("Cookie", cookie(signedIn).substring(0, cookie(signedIn).indexOf(';')))
                .header("X-Csrf-Token", new JsonObject(signedIn.body()).getString("csrf"))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body.encode()))
                .build();
        return client.send(request, HttpResponse.BodyHandlers.ofString());
    }

    private static String cookie(HttpResponse<String> signedIn) {
        return signedIn.headers().firstValue("set-cookie").orElseThrow();
    }

    private HttpResponse<String> post(String path, JsonObject body) throws IOException, InterruptedException {
        return client.send(
                HttpRequest.newBuilder(uri(path))
                        .header("Content-Type", "application/json")
                        .POST(HttpRequest.BodyPublishers.ofString(body.encode()))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    @Test
    void an_answer_gives_back_no_request_header() throws Exception {
        HttpResponse<String> answer = signIn("aoi", People.PASSWORD.reveal());

        assertThat(answer.headers().map().keySet())
                .doesNotContain("cookie", "user-agent", "tsunagi-origin", "x-csrf-token");
    }

    @Test
    void the_audit_is_sealed_and_ended_sessions_are_purged() {
        people.signIn("aoi");
        people.clock.forward(Duration.ofHours(1));
        camel.createProducerTemplate().sendBody("direct:seal-audit-rows", null);
        camel.createProducerTemplate().sendBody("direct:purge-ended-sessions", null);

        AuditCheck.Report report = new AuditCheck(people.store, people.clock, people.settings).verify();
        assertThat(report.ok()).isTrue();
        assertThat(report.sealed()).isEqualTo(3);
        assertThat(people.store
                        .jdbc()
                        .sql("select count(*) from sessions")
                        .query(Long.class)
                        .single())
                .isZero();
    }

    private HttpResponse<String> signIn(String name, String password) throws IOException, InterruptedException {
        return post(new JsonObject().put("name", name).put("password", password).encode());
    }

    private HttpResponse<String> post(String body) throws IOException, InterruptedException {
        return client.send(
                HttpRequest.newBuilder(uri("/api/sign-in"))
                        .header("Content-Type", "application/json")
                        .POST(HttpRequest.BodyPublishers.ofString(body))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    private HttpResponse<String> call(String method, String path, String setCookie, String csrf)
            throws IOException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(uri(path))
                .header("Cookie", setCookie.substring(0, setCookie.indexOf(';')))
                .method(method, HttpRequest.BodyPublishers.noBody());
        if (csrf != null) {
            request.header("X-Csrf-Token", csrf);
        }
        return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    private static String code(HttpResponse<String> answer) {
        return new JsonObject(answer.body()).getJsonObject("error").getString("code");
    }

    private URI uri(String path) {
        return URI.create("http://127.0.0.1:" + server.actualPort() + path);
    }
}
