package io.tsunagi.access;

import static org.assertj.core.api.Assertions.assertThat;

import io.tsunagi.config.Settings;
import io.tsunagi.store.Dialect;
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
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * The gate over real HTTP, before a handler that tells which headers it was given. What it asks the database is tested on
 * both in SessionsTest and OperatorsTest.
 */
class SessionGateTest {
    private static final String INQUIRY = "/api/inquiries/7e3c6a52-0000-5000-8000-000000000001";

    private final HttpClient client = HttpClient.newHttpClient();
    private final Vertx vertx = Vertx.vertx();
    private People people;
    private HttpServer server;

    @BeforeEach
    void open() {
        Map<String, String> everyRole = new HashMap<>(Map.of("hub.access.people", "aoi,sakura,admin,kenji,op"));
        People.person(everyRole, "kenji", "auditor", "健二");
        People.person(everyRole, "op", "ops", "運用");
        people = People.of(Dialect.H2, everyRole);
        server = listen(people);
    }

    @AfterEach
    void close() {
        vertx.close().toCompletionStage().toCompletableFuture().join();
        people.close();
    }

    private HttpServer listen(People people) {
        Router router = Router.router(vertx);
        SessionGate gate =
                new SessionGate(people.store, people.sessions, people.operators, people.audit, people.settings);
        router.route("/api/*").handler(gate);
        router.route("/jolokia/*").handler(gate.forRoles(Set.of(Role.ADMIN)));
        router.route().handler(BodyHandler.create());
        router.route().handler(SessionGateTest::tell);
        return vertx.createHttpServer()
                .requestHandler(router)
                .listen(0, "127.0.0.1")
                .toCompletionStage()
                .toCompletableFuture()
                .join();
    }

    /** Answers with the request headers in the body, and sends them back as Camel would. */
    private static void tell(RoutingContext ctx) {
        JsonObject seen = new JsonObject();
        ctx.request().headers().forEach(header -> {
            seen.put(header.getKey().toLowerCase(java.util.Locale.ROOT), header.getValue());
            if (header.getKey().toLowerCase(java.util.Locale.ROOT).startsWith("tsunagi-")) {
                ctx.response().putHeader(header.getKey(), header.getValue());
            }
        });
        Person person = ctx.get(SessionGate.PERSON);
        seen.put("person", person == null ? null : person.name());
        seen.put("body", ctx.body().asString());
        ctx.end(seen.encode());
    }

    @Test
    void without_a_session_every_path_is_401() throws Exception {
        for (Permissions.Rule rule : Permissions.all()) {
            assertThat(send(rule.method(), concrete(rule.path()), null))
                    .as(rule.toString())
                    .satisfies(answer -> error(answer, 401, "not-signed-in"));
        }
        error(send("GET", "/api/none", null), 401, "not-signed-in");
    }

    @Test
    void sign_in_invitations_and_the_api_document_need_no_session() throws Exception {
        assertThat(send("POST", "/api/sign-in", null).statusCode()).isEqualTo(200);
        assertThat(send("POST", "/api/invitation", null).statusCode()).isEqualTo(200);
        assertThat(send("POST", "/api/invitation/accept", null).statusCode()).isEqualTo(200);
        error(send("GET", "/api/invitation", null), 401, "not-signed-in");
        assertThat(send("GET", "/api/openapi.json", null).statusCode()).isEqualTo(200);
        assertThat(send("GET", "/api/sign-in", null).statusCode()).isEqualTo(200);
        assertThat(send("GET", "/api/sign-in/provider", null).statusCode()).isEqualTo(200);
        assertThat(send("GET", "/api/sign-in/provider/back", null).statusCode()).isEqualTo(200);
        error(send("POST", "/api/sign-in/provider", null), 401, "not-signed-in");
        error(send("POST", "/api/openapi.json", null), 401, "not-signed-in");
    }

    /** S15 */
    @Test
    void each_role_may_call_what_its_rule_says_and_nothing_else() throws Exception {
        assertThat(people.operators.all()).extracting(Person::role).containsExactlyInAnyOrder(Role.values());
        for (Person person : people.operators.all()) {
            Sessions.Opened session = people.signIn(person.name());
            for (Permissions.Rule rule : Permissions.all()) {
                HttpResponse<String> answer = send(rule.method(), concrete(rule.path()), session);
                assertThat(answer.statusCode())
                        .as(person.role() + " " + rule.method() + " " + rule.path())
                        .isEqualTo(rule.roles().contains(person.role()) ? 200 : 403);
            }
            for (String path : List.of("/api/none", "/api", "/api/", "/api/me/", "/api/me/presence/x")) {
                error(send("GET", path, session), 403, "forbidden");
            }
            error(send("DELETE", "/api/me", session), 403, "forbidden");
            error(send("OPTIONS", "/api/me", session), 403, "forbidden");
        }
    }

    @Test
    void a_path_written_otherwise_falls_under_the_same_rule() throws Exception {
        Sessions.Opened aoi = people.signIn("aoi");

        for (String path : List.of(
                "/api/%61dmin/failed-work",
                "/api/me/../admin/failed-work",
                "/api//admin/failed-work",
                "/api/./admin/failed-work",
                "/api/admin%2Ffailed-work",
                "/api/ADMIN/failed-work")) {
            error(send("GET", path, aoi), 403, "forbidden");
        }
        assertThat(send("GET", "/api/admin/../me", aoi).statusCode()).isEqualTo(200);
    }

    @Test
    void the_roles_are_those_that_were_agreed() {
        assertThat(Permissions.rule("POST", INQUIRY + "/take").orElseThrow().roles())
                .containsExactly(Role.SUPERVISOR);
        assertThat(Permissions.rule("GET", "/api/admin/failed-work")
                        .orElseThrow()
                        .roles())
                .containsExactlyInAnyOrder(Role.SUPERVISOR, Role.ADMIN, Role.OPS);
        assertThat(Permissions.all())
                .filteredOn(rule -> rule.path().startsWith("/api/admin/people"))
                .hasSize(7)
                .allSatisfy(rule -> assertThat(rule.roles()).containsExactly(Role.ADMIN));
        assertThat(Permissions.all())
                .filteredOn(rule -> rule.roles().contains(Role.OPS))
                .extracting(rule -> rule.method() + " " + rule.path())
                .containsExactlyInAnyOrder(
                        "GET /api/me",
                        "POST /api/me/password",
                        "GET /api/me/keys",
                        "POST /api/me/keys",
                        "POST /api/me/keys/begin",
                        "POST /api/me/keys/{id}/remove",
                        "PUT /api/me/shortcuts",
                        "POST /api/sign-out",
                        "GET /api/admin/routes",
                        "GET /api/admin/failed-work",
                        "POST /api/admin/failed-work/{kind}/{id}/retry");
        assertThat(Permissions.rule("POST", INQUIRY + "/send").orElseThrow().roles())
                .containsExactlyInAnyOrder(Role.OPERATOR, Role.SUPERVISOR);
        assertThat(Permissions.rule("GET", "/api/me").orElseThrow().roles()).containsExactlyInAnyOrder(Role.values());
    }

    @Test
    void every_path_of_the_api_has_one_rule() {
        List<String> calls = List.of(
                "POST /api/sign-out",
                "GET /api/me",
                "PUT /api/me/presence",
                "PUT /api/me/shortcuts",
                "GET /api/workspace",
                "GET /api/inquiries/1",
                "GET /api/inquiries/1/messages",
                "GET /api/inquiries/1/draft",
                "PUT /api/inquiries/1/draft",
                "POST /api/inquiries/1/send",
                "POST /api/inquiries/1/images",
                "POST /api/inquiries/1/videos",
                "POST /api/inquiries/1/videos/2/preview",
                "POST /api/inquiries/1/typing",
                "POST /api/inquiries/1/undo",
                "POST /api/inquiries/1/notes",
                "POST /api/inquiries/1/hold",
                "POST /api/inquiries/1/resume",
                "POST /api/inquiries/1/close",
                "POST /api/inquiries/1/reopen",
                "POST /api/inquiries/1/hand-back",
                "POST /api/inquiries/1/requeue",
                "POST /api/inquiries/1/read",
                "POST /api/inquiries/1/take",
                "POST /api/inquiries/1/transfer",
                "POST /api/inquiries/1/resend",
                "POST /api/inquiries/1/identity-request",
                "POST /api/inquiries/1/chat-control",
                "POST /api/inquiries/1/call",
                "POST /api/inquiries/1/call/begin",
                "POST /api/inquiries/1/call/withdraw",
                "POST /api/inquiries/1/call/end",
                "POST /api/inquiries/1/mention-seen",
                "POST /api/inquiries/1/advice",
                "POST /api/inquiries/1/advice/2",
                "POST /api/inquiries/1/help",
                "POST /api/me/heartbeat",
                "GET /api/colleagues",
                "GET /api/wall",
                "GET /api/find",
                "GET /api/reports",
                "GET /api/canned",
                "PUT /api/canned",
                "DELETE /api/canned/1",
                "GET /api/proposals",
                "POST /api/proposals/1/approve",
                "POST /api/proposals/1/reject",
                "POST /api/canned/1/uses",
                "GET /api/customers/1/inquiries",
                "GET /api/knowledge",
                "POST /api/inquiries/1/knowledge-uses",
                "POST /api/inquiries/1/article-proposals",
                "GET /api/cards",
                "GET /api/admin/accounts",
                "POST /api/admin/accounts/main/webhook-test",
                "GET /api/stickers",
                "GET /api/stickers/1/picture",
                "GET /api/media/1",
                "GET /api/feed",
                "POST /api/media/1/decision",
                "GET /api/audit",
                "GET /api/cases/1",
                "GET /api/audit/inquiries/1",
                "POST /api/audit/inquiries/1/reveal",
                "GET /api/admin/holds",
                "POST /api/admin/holds",
                "POST /api/admin/holds/1/lift",
                "GET /api/admin/failed-work",
                "POST /api/admin/failed-work/event/1/retry",
                "POST /api/me/password",
                "GET /api/me/keys",
                "POST /api/me/keys",
                "POST /api/me/keys/begin",
                "POST /api/me/keys/1/remove",
                "GET /api/reveals",
                "GET /api/admin/people",
                "POST /api/admin/people",
                "PUT /api/admin/people/1",
                "POST /api/admin/people/1/disable",
                "POST /api/admin/people/1/invitation",
                "DELETE /api/admin/people/1/invitation",
                "DELETE /api/admin/people/1/second-factor",
                "GET /api/emojis/1/1/picture",
                "POST /api/inquiries/1/accept",
                "POST /api/inquiries/1/approvals/1/approve",
                "POST /api/inquiries/1/approvals/1/return",
                "POST /api/inquiries/1/approvals/1/withdraw",
                "POST /api/inquiries/1/decline",
                "POST /api/me/hand-over",
                "POST /api/inquiries/1/translations",
                "POST /api/inquiries/1/draft-translation",
                "GET /api/operators/1/inquiries",
                "POST /api/operators/1/hand-over",
                "GET /api/admin/configuration",
                "GET /api/admin/routes",
                "POST /api/admin/failed-work/delivery/1/dismiss",
                "POST /api/notices",
                "POST /api/notices/1/read",
                "PUT /api/operators/1/presence");
        for (String call : calls) {
            String method = call.split(" ")[0];
            String path = call.split(" ")[1];
            assertThat(Permissions.all().stream().filter(rule -> rule.covers(method, path)))
                    .as(call)
                    .hasSize(1);
        }
        assertThat(Permissions.all()).hasSameSizeAs(calls);
    }

    @Test
    void the_routes_are_told_who_calls() throws Exception {
        Sessions.Opened session = people.signIn("sakura");

        JsonObject seen = new JsonObject(send("GET", "/api/me", session).body());

        assertThat(seen.getString("tsunagi-operator"))
                .isEqualTo(people.id("sakura").toString());
        assertThat(seen.getString("tsunagi-role")).isEqualTo("supervisor");
        assertThat(seen.getString("tsunagi-session"))
                .isEqualTo(session.session().hash());
        assertThat(seen.getString("tsunagi-origin")).isEqualTo("127.0.0.1");
        assertThat(seen.getString("person")).isEqualTo("sakura");
    }

    @Test
    void a_caller_cannot_say_who_it_is() throws Exception {
        Sessions.Opened session = people.signIn("aoi");
        HttpResponse<String> answer = client.send(
                request("GET", "/api/me", session)
                        .header("tsunagi-operator", people.id("admin").toString())
                        .header("Tsunagi-Role", "admin")
                        .header("TSUNAGI-SESSION", "x")
                        .header("tsunagi-origin", "203.0.113.1")
                        .header("tsunagi-anything", "x")
                        .build(),
                HttpResponse.BodyHandlers.ofString());

        JsonObject seen = new JsonObject(answer.body());
        assertThat(seen.getString("tsunagi-operator"))
                .isEqualTo(people.id("aoi").toString());
        assertThat(seen.getString("tsunagi-role")).isEqualTo("operator");
        assertThat(seen.getString("tsunagi-origin")).isEqualTo("127.0.0.1");
        assertThat(seen.containsKey("tsunagi-anything")).isFalse();

        HttpResponse<String> beforeSignIn = client.send(
                request("POST", "/api/sign-in", null)
                        .header("tsunagi-operator", "x")
                        .header("tsunagi-session", "x")
                        .build(),
                HttpResponse.BodyHandlers.ofString());
        assertThat(new JsonObject(beforeSignIn.body()).fieldNames())
                .doesNotContain("tsunagi-operator", "tsunagi-session");
    }

    @Test
    void a_caller_cannot_say_it_in_the_query_or_a_form_either() throws Exception {
        Sessions.Opened session = people.signIn("aoi");

        error(send("GET", "/api/me?tsunagi-operator=x", session), 400, "bad-request");
        error(send("GET", "/api/me?q=1&Tsunagi%2DRole=admin", session), 400, "bad-request");
        for (String type : List.of("application/x-www-form-urlencoded", "Multipart/Form-Data; boundary=x")) {
            HttpResponse<String> form = client.send(
                    request("POST", "/api/sign-in", null)
                            .header("Content-Type", type)
                            .method("POST", HttpRequest.BodyPublishers.ofString("tsunagi-operator=x"))
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
            error(form, 415, "not-json");
        }
    }

    @Test
    void routes_and_answers_hold_neither_cookie_nor_token() throws Exception {
        Sessions.Opened session = people.signIn("aoi");
        HttpResponse<String> answer = send("POST", INQUIRY + "/read", session);

        assertThat(new JsonObject(answer.body()).fieldNames()).doesNotContain("cookie", "x-csrf-token");
        assertThat(answer.body())
                .doesNotContain(session.token(), session.session().csrf());
        assertThat(answer.headers().map().keySet())
                .noneMatch(name -> name.toLowerCase(java.util.Locale.ROOT).startsWith("tsunagi"));
    }

    /** S11b */
    @Test
    void a_change_without_the_sessions_own_token_is_refused() throws Exception {
        Sessions.Opened aoi = people.signIn("aoi");
        Sessions.Opened other = people.signIn("aoi");
        for (String token : new String[] {
            null, "", "x", other.session().csrf(), aoi.session().hash()
        }) {
            HttpRequest.Builder request = HttpRequest.newBuilder(uri(INQUIRY + "/read"))
                    .header("Cookie", "tsunagi=" + aoi.token())
                    .POST(HttpRequest.BodyPublishers.noBody());
            if (token != null) {
                request.header("X-Csrf-Token", token);
            }
            error(client.send(request.build(), HttpResponse.BodyHandlers.ofString()), 403, "csrf");
        }

        assertThat(send("POST", INQUIRY + "/read", aoi).statusCode()).isEqualTo(200);
    }

    /** S11b */
    @Test
    void a_change_from_another_site_is_refused_also_at_sign_in() throws Exception {
        Sessions.Opened aoi = people.signIn("aoi");
        for (String path : List.of(INQUIRY + "/read", "/api/sign-in")) {
            HttpRequest crossSite = request("POST", path, aoi)
                    .header("Sec-Fetch-Site", "cross-site")
                    .build();
            error(client.send(crossSite, HttpResponse.BodyHandlers.ofString()), 403, "csrf");
            HttpRequest own = request("POST", path, aoi)
                    .header("Sec-Fetch-Site", "same-origin")
                    .build();
            assertThat(client.send(own, HttpResponse.BodyHandlers.ofString()).statusCode())
                    .isEqualTo(200);
        }
    }

    @Test
    void a_wrong_ended_or_idle_session_is_401() throws Exception {
        Sessions.Opened ended = people.signIn("aoi");
        people.sessions.end(ended.session().hash());
        error(send("GET", "/api/me", ended), 401, "not-signed-in");

        Sessions.Opened idle = people.signIn("aoi");
        people.clock.forward(Duration.ofMinutes(14));
        assertThat(send("GET", "/api/workspace", idle).statusCode()).isEqualTo(200);
        assertThat(send("GET", "/api/feed", idle).statusCode()).isEqualTo(200);
        people.clock.forward(Duration.ofMinutes(1));
        error(send("GET", "/api/workspace", idle), 401, "not-signed-in");

        Sessions.Opened working = people.signIn("aoi");
        people.clock.forward(Duration.ofMinutes(14));
        assertThat(send("PUT", INQUIRY + "/draft", working).statusCode()).isEqualTo(200);
        people.clock.forward(Duration.ofMinutes(1));
        assertThat(send("GET", "/api/workspace", working).statusCode()).isEqualTo(200);

        HttpRequest.Builder hash = HttpRequest.newBuilder(uri("/api/me"))
                .header("Cookie", "tsunagi=" + working.session().hash());
        error(client.send(hash.build(), HttpResponse.BodyHandlers.ofString()), 401, "not-signed-in");
    }

    @Test
    void a_disabled_person_is_out_at_once() throws Exception {
        Sessions.Opened session = people.signIn("aoi");
        people.staff.disable(people.id("aoi"), people.id("admin"), "192.0.2.7");

        error(send("GET", "/api/me", session), 401, "not-signed-in");
    }

    @Test
    void a_refused_call_is_audited_without_the_words_of_its_path() throws Exception {
        send("POST", INQUIRY + "/take", people.signIn("aoi"));
        send("GET", "/api/secret-words", people.signIn("aoi"));

        assertThat(people.store
                        .jdbc()
                        .sql("select actor, outcome, origin, detail from audit where act = 'call' order by seq")
                        .query((row, i) -> String.join(
                                " ", row.getString(1), row.getString(2), row.getString(3), row.getString(4)))
                        .list())
                .containsExactly(
                        people.id("aoi")
                                + " refused 127.0.0.1 {\"role\":\"operator\",\"rule\":\"POST /api/inquiries/{id}/take\"}",
                        people.id("aoi") + " refused 127.0.0.1 {\"role\":\"operator\",\"rule\":\"no rule\"}");
    }

    @Test
    void the_body_arrives_whole_behind_the_gate() throws Exception {
        String body = "\"" + "あ".repeat(100_000) + "\"";
        HttpResponse<String> answer = client.send(
                request("POST", INQUIRY + "/notes", people.signIn("aoi"))
                        .method("POST", HttpRequest.BodyPublishers.ofString(body))
                        .build(),
                HttpResponse.BodyHandlers.ofString());

        assertThat(new JsonObject(answer.body()).getString("body")).isEqualTo(body);
    }

    @Test
    void a_refused_body_leaves_the_connection_usable() throws Exception {
        for (int i = 0; i < 3; i++) {
            HttpResponse<String> answer = client.send(
                    request("POST", INQUIRY + "/notes", null)
                            .method("POST", HttpRequest.BodyPublishers.ofString("x".repeat(300_000)))
                            .timeout(Duration.ofSeconds(40))
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
            error(answer, 401, "not-signed-in");
        }
    }

    @Test
    void a_database_that_is_away_is_503_and_nothing_is_let_through() throws Exception {
        Sessions.Opened session = people.signIn("aoi");
        people.store.close();

        error(send("GET", "/api/me", session), 503, "unavailable");
    }

    /** S40 */
    @Test
    void who_calls_too_often_is_told_when_to_come_back_and_nobody_else_is_held_up() throws Exception {
        People few = People.of(Dialect.H2, Map.of("hub.access.calls-of-a-person", "1"));
        try {
            HttpServer limited = listen(few);
            Sessions.Opened aoi = few.signIn("aoi");
            List<HttpResponse<String>> answers = new ArrayList<>();
            for (int i = 0;
                    i < 200
                            && (answers.isEmpty()
                                    || answers.get(answers.size() - 1).statusCode() == 200);
                    i++) {
                answers.add(me(limited, aoi, null));
            }

            assertThat(answers).hasSizeGreaterThan(10);
            HttpResponse<String> last = answers.get(answers.size() - 1);
            error(last, 429, "too-many-calls");
            assertThat(last.headers().firstValueAsLong("retry-after").orElseThrow())
                    .isBetween(1L, 2L);
            assertThat(me(limited, few.signIn("sakura"), null).statusCode()).isEqualTo(200);
        } finally {
            few.close();
        }
    }

    @Test
    void an_address_that_calls_too_often_waits_and_a_trusted_proxy_says_which_it_is() throws Exception {
        People few = People.of(
                Dialect.H2, Map.of("hub.access.calls-of-an-address", "1", "hub.http.trusted-proxies", "127.0.0.1"));
        try {
            HttpServer limited = listen(few);
            int status = 200;
            for (int i = 0; i < 200 && status != 429; i++) {
                status = me(limited, null, "203.0.113.9").statusCode();
            }

            assertThat(status).isEqualTo(429);
            HttpResponse<String> other = me(limited, few.signIn("aoi"), "203.0.113.8");
            assertThat(other.statusCode()).isEqualTo(200);
            assertThat(new JsonObject(other.body()).getString("tsunagi-origin")).isEqualTo("203.0.113.8");
        } finally {
            few.close();
        }
    }

    private HttpResponse<String> me(HttpServer at, Sessions.Opened session, String passedOn) throws Exception {
        HttpRequest.Builder call =
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + at.actualPort() + "/api/me"));
        if (session != null) {
            call.header("Cookie", "tsunagi=" + session.token());
        }
        if (passedOn != null) {
            call.header("X-Forwarded-For", passedOn);
        }
        return client.send(call.build(), HttpResponse.BodyHandlers.ofString());
    }

    @Test
    void a_tool_is_for_its_role_and_for_calls_of_its_own_pages() throws Exception {
        Sessions.Opened admin = people.signIn("admin");

        error(send("GET", "/jolokia/version", null), 401, "not-signed-in");
        error(send("GET", "/jolokia/version", people.signIn("sakura")), 403, "forbidden");
        assertThat(send("GET", "/jolokia/version", admin).statusCode()).isEqualTo(200);
        for (String site : List.of("same-site", "cross-site", "none")) {
            error(tool(admin, site), 403, "csrf");
        }
        assertThat(tool(admin, "same-origin").statusCode()).isEqualTo(200);
    }

    @Test
    void behind_https_the_cookie_is_host_only_and_secure() throws Exception {
        Settings behindHttps = People.sandbox(Dialect.H2, Map.of("hub.http.public-url", "https://chat.example.com"));
        SessionCookie cookie = SessionCookie.of(behindHttps);
        assertThat(cookie.opened("t")).isEqualTo("__Host-tsunagi=t; Path=/; HttpOnly; SameSite=Strict; Secure");
        assertThat(cookie.ended()).isEqualTo("__Host-tsunagi=; Max-Age=0; Path=/; HttpOnly; SameSite=Strict; Secure");
        assertThat(SessionCookie.of(people.settings).opened("t"))
                .isEqualTo("tsunagi=t; Path=/; HttpOnly; SameSite=Strict");
        assertThat(SessionCookie.embedded(behindHttps).opened("t"))
                .isEqualTo("__Host-tsunagi-frame=t; Path=/; HttpOnly; SameSite=None; Secure; Partitioned");
    }

    @Test
    void while_no_page_may_embed_a_chat_a_frame_s_cookie_opens_nothing() throws Exception {
        HttpRequest call = HttpRequest.newBuilder(uri("/api/me"))
                .header("Cookie", "tsunagi-frame=" + people.signIn("aoi").token())
                .header("Sec-Fetch-Site", "same-origin")
                .build();

        error(client.send(call, HttpResponse.BodyHandlers.ofString()), 401, "not-signed-in");
    }

    private HttpResponse<String> tool(Sessions.Opened session, String site) throws IOException, InterruptedException {
        HttpRequest call = HttpRequest.newBuilder(uri("/jolokia/read"))
                .header("Cookie", "tsunagi=" + session.token())
                .header("Sec-Fetch-Site", site)
                .POST(HttpRequest.BodyPublishers.ofString("{}"))
                .build();
        return client.send(call, HttpResponse.BodyHandlers.ofString());
    }

    /** Starts anew with operators who read what is their team's: aoi's and mei's is pay, ren's is loan. */
    private void boundToTeams() throws Exception {
        people.close();
        Map<String, String> more =
                new HashMap<>(Map.of("hub.access.people", "aoi,mei,ren,sakura,admin", "hub.access.reading", "team"));
        for (String name : List.of("mei", "ren")) {
            People.person(more, name, "operator", name);
            more.put("hub.access.person." + name + ".team", name.equals("mei") ? "pay" : "loan");
            more.put("hub.access.person." + name + ".languages", "ja");
        }
        people = People.of(Dialect.H2, more);
        server = listen(people);
        UUID id = UUID.fromString(concrete("{id}"));
        people.store
                .jdbc()
                .sql("""
                        insert into inquiries (id, customer, account, state, version, last_seq, language, priority,
                            weight, opened_at, changed_at, read_seq, bot_misses, bot_prompts, team, operator)
                        values (:id, :id, 'main', 'ASSIGNED', 1, 0, 'ja', 0, 1, current_timestamp, current_timestamp, 0,
                            0, 0, 'pay', :aoi)
                        """)
                .param("id", id)
                .param("aoi", people.id("aoi").value())
                .update();
        people.store.jdbc().sql("""
                        insert into media (id, inquiry, customer, account, line_message_id, kind, purpose, state, due_at,
                            held, tries, received_at)
                        values (:id, :id, :id, 'main', '1', 'image', 'RECEIVED', 'FETCHING', current_timestamp, false, 0,
                            current_timestamp)
                        """).param("id", id).update();
    }

    /** S15 */
    @Test
    void bound_to_teams_no_end_point_gives_an_operator_the_inquiry_of_another_team() throws Exception {
        boundToTeams();
        int named = 0;
        for (Permissions.Rule rule : Permissions.all()) {
            if (!rule.roles().contains(Role.OPERATOR)) {
                continue;
            }
            String call = rule.method() + " " + rule.path();
            boolean names = TeamScope.subject(rule).isPresent();
            int ren = names ? 403 : 200;
            assertThat(send(rule.method(), concrete(rule.path()), people.signIn("ren"))
                            .statusCode())
                    .as("another team: " + call)
                    .isEqualTo(ren);
            for (String name : List.of("aoi", "mei", "sakura")) {
                assertThat(send(rule.method(), concrete(rule.path()), people.signIn(name))
                                .statusCode())
                        .as(name + ": " + call)
                        .isEqualTo(200);
            }
            named += names ? 1 : 0;
        }
        assertThat(named).isGreaterThan(35);
        assertThat(people.audited("call")).hasSize(named).containsOnly(people.id("ren") + " refused");
    }

    /** S15: whoever answers decodes the path, and Java reads digits of every script. */
    @Test
    void bound_to_teams_an_inquiry_named_in_another_writing_is_refused() throws Exception {
        boundToTeams();
        String id = concrete("{id}");
        Sessions.Opened ren = people.signIn("ren");
        List<String> writings = List.of(
                "%" + Integer.toHexString(id.charAt(0)) + id.substring(1),
                "%EF%BC%91" + id.substring(1),
                id + "%20",
                "0-0-0-0-0",
                "none");
        for (String writing : writings) {
            for (String path : List.of("/api/inquiries/", "/api/media/", "/api/cases/")) {
                error(send("GET", path + writing, ren), 403, "forbidden");
            }
        }
        error(send("GET", "/api/cases/" + id.replace("-", ""), ren), 403, "forbidden");
        assertThat(send("GET", "/api/cases/" + id.replace("-", ""), people.signIn("mei"))
                        .statusCode())
                .isEqualTo(200);
    }

    /** S15: a new end point whose path names something is looked at before it is here. */
    @Test
    void what_paths_of_operators_name_beside_inquiries_is_none_of_a_customer() {
        assertThat(Permissions.all())
                .filteredOn(rule -> rule.roles().contains(Role.OPERATOR)
                        && !rule.parameters().isEmpty()
                        && TeamScope.subject(rule).isEmpty())
                .extracting(rule -> rule.method() + " " + rule.path())
                .containsExactlyInAnyOrder(
                        "POST /api/me/keys/{id}/remove",
                        "POST /api/notices/{notice}/read",
                        "POST /api/canned/{id}/uses",
                        "GET /api/stickers/{id}/picture",
                        "GET /api/emojis/{productId}/{emojiId}/picture",
                        // Its answer holds what the caller may read: Screens.
                        "GET /api/customers/{id}/inquiries");
    }

    /** S15 */
    @Test
    void bound_to_teams_who_has_an_inquiry_or_is_called_to_it_reads_it_from_the_next_call_on() throws Exception {
        boundToTeams();
        Sessions.Opened ren = people.signIn("ren");
        error(send("GET", INQUIRY, ren), 403, "forbidden");

        people.store
                .jdbc()
                .sql("insert into mentions (id, inquiry, operator, author, at) values (?, ?, ?, ?, current_timestamp)")
                .params(
                        UUID.randomUUID(),
                        UUID.fromString(concrete("{id}")),
                        people.id("ren").value(),
                        people.id("aoi").value())
                .update();
        assertThat(send("GET", INQUIRY, ren).statusCode()).isEqualTo(200);

        people.store.jdbc().sql("delete from mentions").update();
        error(send("GET", INQUIRY, ren), 403, "forbidden");
        people.store
                .jdbc()
                .sql("update inquiries set operator = ?")
                .param(people.id("ren").value())
                .update();
        assertThat(send("GET", INQUIRY, ren).statusCode()).isEqualTo(200);
    }

    @Test
    void a_value_of_the_path_that_stands_beside_it_too_is_refused() throws Exception {
        Sessions.Opened aoi = people.signIn("aoi");
        error(send("GET", INQUIRY + "?id=" + UUID.randomUUID(), aoi), 400, "bad-request");
        error(send("GET", INQUIRY + "/messages?ID=" + UUID.randomUUID(), aoi), 400, "bad-request");
        HttpRequest header = request("GET", INQUIRY, aoi)
                .header("Id", UUID.randomUUID().toString())
                .build();
        error(client.send(header, HttpResponse.BodyHandlers.ofString()), 400, "bad-request");
        assertThat(send("GET", INQUIRY + "/messages?since=1", aoi).statusCode()).isEqualTo(200);
    }

    /** S09 */
    @Test
    void a_zero_in_a_query_is_refused_before_it_comes_to_the_database() throws Exception {
        Sessions.Opened aoi = people.signIn("aoi");
        error(send("GET", "/api/find?q=a%00b", aoi), 400, "bad-request");
        assertThat(send("GET", "/api/find?q=a%20b", aoi).statusCode()).isEqualTo(200);
    }

    private static void error(HttpResponse<String> answer, int status, String code) {
        assertThat(answer.statusCode()).as(answer.uri() + " " + answer.body()).isEqualTo(status);
        JsonObject error = new JsonObject(answer.body()).getJsonObject("error");
        assertThat(error.getString("code")).isEqualTo(code);
        assertThat(error.getString("message")).isNotBlank();
        assertThat(UUID.fromString(error.getString("id"))).isNotNull();
    }

    private HttpResponse<String> send(String method, String path, Sessions.Opened session)
            throws IOException, InterruptedException {
        return client.send(request(method, path, session).build(), HttpResponse.BodyHandlers.ofString());
    }

    private HttpRequest.Builder request(String method, String path, Sessions.Opened session) {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(uri(path)).method(method, HttpRequest.BodyPublishers.noBody());
        if (session != null) {
            request.header("Cookie", "tsunagi=" + session.token());
            request.header("X-Csrf-Token", session.session().csrf());
        }
        return request;
    }

    private URI uri(String path) {
        return URI.create("http://127.0.0.1:" + server.actualPort() + path);
    }

    private static String concrete(String path) {
        return path.replaceAll("\\{[a-zA-Z]+}", "7e3c6a52-0000-5000-8000-000000000001");
    }
}
