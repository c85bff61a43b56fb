package io.tsunagi.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.tsunagi.access.Permissions;
import io.tsunagi.access.Role;
import io.tsunagi.store.Dialect;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * S11: whatever the hub answers, at each of its ports and with each status, carries what guards a browser. S11b: what only
 * reads changes nothing, and what changes something is done for the console's own pages only.
 */
class GuardedAnswersTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final HttpClient HTTP = HttpClient.newHttpClient();
    private static final String MISAKI = "U" + "9".repeat(31) + "1";
    private static final Set<String> READING = Set.of("GET", "HEAD");
    private static final List<String> WITHOUT_SESSION =
            List.of("/api/sign-in", "/api/invitation", "/api/invitation/accept");

    /** Tables in which rows come and go by themselves, or for each call whatever it asks: the audit, and who was here when. */
    private static final Pattern ALIVE = Pattern.compile("(?i)audit|audit_seals|sessions|qrtz_.*");

    private static TestHub hub;
    private static Rows rows;
    private static URI open;
    private static URI inside;
    private static URI operations;
    private static String inquiry;
    private static final Map<Role, Session> SESSIONS = new HashMap<>();
    private static int callers;

    private record Session(String cookie, String csrf) {}

    @BeforeAll
    static void start() throws Exception {
        Map<String, String> more = new HashMap<>();
        more.put("hub.private.port", "0");
        more.put("hub.private.host", "127.0.0.1");
        more.put("hub.http.trusted-proxies", "127.0.0.1");
        more.put("hub.access.calls-of-an-address", "3");
        more.put("hub.dispatch.lost-after", "PT1H");
        more.put("hub.salesforce.changes-cron", "0 0 0 1 1 ? 2099");
        more.put("hub.access.calls-of-a-person", "0");
        more.put("hub.access.people", "sakura,aoi,admin,kenji,toru");
        for (String[] person : new String[][] {{"kenji", "auditor"}, {"toru", "ops"}}) {
            more.put("hub.access.person." + person[0] + ".display-name", person[0]);
            more.put("hub.access.person." + person[0] + ".role", person[1]);
            more.put("hub.access.person." + person[0] + ".password", Operator.PASSWORD);
        }
        hub = TestHub.start(Dialect.H2, more);
        hub.awaitKnowledge();
        rows = new Rows(hub.settings());
        open = URI.create(hub.base());
        inside = URI.create("http://127.0.0.1:" + hub.privatePort());
        operations = URI.create(hub.management());
        for (String name : List.of("aoi", "sakura", "admin", "kenji", "toru")) {
            HttpResponse<InputStream> in = send(request(inside, "POST", "/api/sign-in")
                    .method(
                            "POST",
                            HttpRequest.BodyPublishers.ofString(
                                    JSON.writeValueAsString(Map.of("name", name, "password", Operator.PASSWORD)))));
            assertThat(in.statusCode()).isEqualTo(200);
            JsonNode me = JSON.readTree(in.body());
            SESSIONS.put(
                    Role.of(me.path("role").asText()),
                    new Session(
                            in.headers().firstValue("Set-Cookie").orElseThrow().replaceFirst(";.*", ""),
                            me.path("csrf").asText()));
        }
        assertThat(SESSIONS).containsOnlyKeys(Role.values());
        assertThat(status(signed("PUT", "/api/me/presence", Role.OPERATOR)
                        .method("PUT", HttpRequest.BodyPublishers.ofString("{\"presence\":\"available\"}"))))
                .isEqualTo(200);
        hub.askForPerson(MISAKI, "みさき", "残高の確認方法");
        inquiry = await("an operator has it")
                .atMost(TestHub.PATIENCE)
                .until(GuardedAnswersTest::assigned, id -> id != null);
    }

    @AfterAll
    static void stop() {
        rows.close();
        hub.close();
    }

    private static String assigned() {
        return rows.store()
                .jdbc()
                .sql("select id from inquiries where operator is not null")
                .query(UUID.class)
                .optional()
                .map(UUID::toString)
                .orElse(null);
    }

    /** From an address of its own each, as the trusted proxy says, so that none waits for another; by https. */
    private static HttpRequest.Builder request(URI at, String method, String path) {
        callers++;
        return HttpRequest.newBuilder(at.resolve(path))
                .header("X-Forwarded-For", "10.7." + callers / 250 + "." + (1 + callers % 250))
                .header("X-Forwarded-Proto", "https")
                .header("Content-Type", "application/json")
                .method(method, HttpRequest.BodyPublishers.noBody());
    }

    private static HttpRequest.Builder signed(String method, String path, Role role) {
        Session session = SESSIONS.get(role);
        return request(inside, method, path).header("Cookie", session.cookie()).header("X-Csrf-Token", session.csrf());
    }

    private static HttpResponse<InputStream> send(HttpRequest.Builder request) throws Exception {
        return HTTP.send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
    }

    /** Asks, looks at what guards the answer, and gives its status. */
    private static int status(HttpRequest.Builder request) throws Exception {
        HttpResponse<InputStream> answer = send(request);
        try (InputStream body = answer.body()) {
            assertGuarded(answer);
            if (!answer.headers().firstValue("Content-Type").orElse("").startsWith("text/event-stream")) {
                body.readAllBytes();
            }
        }
        return answer.statusCode();
    }

    private static void assertGuarded(HttpResponse<?> answer) {
        String of = answer.request().method() + " " + answer.uri() + " " + answer.statusCode();
        String path = answer.uri().getPath();
        assertThat(answer.headers().map())
                .as(of)
                .containsEntry("x-content-type-options", List.of("nosniff"))
                .containsEntry("referrer-policy", List.of("no-referrer"))
                .containsEntry("cross-origin-opener-policy", List.of("same-origin"))
                // LINE shows pictures in pages of its own.
                .containsEntry(
                        "cross-origin-resource-policy",
                        List.of(path.startsWith("/m/") ? "cross-origin" : "same-origin"))
                .containsEntry("strict-transport-security", List.of("max-age=31536000"));
        String policy = answer.headers().firstValue("content-security-policy").orElse("");
        if (path.startsWith("/hawtio/") && answer.statusCode() == 200) {
            assertThat(policy).as(of).contains("default-src 'self'", "frame-ancestors");
        } else {
            assertThat(policy)
                    .as(of)
                    .startsWith("default-src 'none'")
                    .contains("frame-ancestors")
                    .doesNotContain("unsafe");
        }
        List<String> cache = answer.headers().allValues("cache-control");
        if (path.startsWith("/api/") || answer.statusCode() >= 400) {
            assertThat(cache).as(of).containsExactly("no-store");
        } else {
            assertThat(cache).as(of).hasSize(1);
        }
    }

    /** The path with the inquiry that is there, and values that nothing has. */
    private static String concrete(Permissions.Rule rule) {
        String path =
                rule.path().startsWith("/api/inquiries/") ? rule.path().replace("/{id}", "/" + inquiry) : rule.path();
        return path.replaceAll("\\{[^}]+}", UUID.randomUUID().toString());
    }

    private static Role may(Permissions.Rule rule) {
        return rule.roles().contains(Role.SUPERVISOR)
                ? Role.SUPERVISOR
                : rule.roles().iterator().next();
    }

    @Test
    void every_call_of_the_api_is_guarded_whether_it_is_answered_or_refused() throws Exception {
        TreeSet<Integer> seen = new TreeSet<>();
        for (Permissions.Rule rule : Permissions.all()) {
            String path = concrete(rule);
            assertThat(status(request(inside, rule.method(), path)))
                    .as(rule.toString())
                    .isEqualTo(401);
            assertThat(status(request(open, rule.method(), path)))
                    .as(rule.toString())
                    .isEqualTo(404);
            for (Role role : Role.values()) {
                if (!rule.roles().contains(role)) {
                    assertThat(status(signed(rule.method(), path, role)))
                            .as(rule.toString())
                            .isEqualTo(403);
                }
            }
            if (READING.contains(rule.method())) {
                seen.add(status(signed(rule.method(), path, may(rule))));
            }
        }
        assertThat(seen).contains(200, 404).allMatch(status -> status < 500);
    }

    @Test
    void every_status_at_every_port_is_guarded() throws Exception {
        Map<String, Integer> at = new TreeMap<>(Map.of(
                "GET /line/main", 405,
                "POST /line/main", 401,
                "POST /line/none", 404,
                "GET /m/none", 404,
                "GET /c/none", 404,
                "GET /", 404,
                "GET /api/me", 404));
        for (Map.Entry<String, Integer> each : at.entrySet()) {
            String[] call = each.getKey().split(" ");
            assertThat(status(request(open, call[0], call[1])))
                    .as("public " + each)
                    .isEqualTo(each.getValue());
        }
        assertThat(status(HttpRequest.newBuilder(open.resolve("/line/main"))
                        .header("X-Forwarded-Proto", "https")
                        .header("Content-Type", "text/plain")
                        .POST(HttpRequest.BodyPublishers.ofString("x"))))
                .isEqualTo(415);
        assertThat(status(request(open, "POST", "/line/main")
                        .POST(HttpRequest.BodyPublishers.ofByteArray(new byte[1_100_000]))))
                .isEqualTo(413);

        Map<String, Integer> within = Map.of(
                "GET /", 200,
                "GET /console/app.js", 200,
                "GET /console/none.js", 404,
                "DELETE /", 405,
                "POST /line/main", 404,
                "GET /api/sign-in", 200,
                "GET /api/sign-in/provider", 404,
                "GET /api/sign-in/provider/back", 303,
                "GET /api/openapi.json", 200,
                "POST /api/sign-in", 400);
        for (Map.Entry<String, Integer> each : within.entrySet()) {
            String[] call = each.getKey().split(" ");
            assertThat(status(request(inside, call[0], call[1])))
                    .as("private " + each)
                    .isEqualTo(each.getValue());
        }
        assertThat(status(signed("GET", "/api/feed", Role.OPERATOR)))
                .as("the stream of events")
                .isEqualTo(200);
        assertThat(status(signed("GET", "/api/me?tsunagi-role=admin", Role.OPERATOR)))
                .isEqualTo(400);
        String notes = "/api/inquiries/" + inquiry + "/notes";
        assertThat(status(signed("POST", notes, Role.OPERATOR)
                        .setHeader("Content-Type", "application/x-www-form-urlencoded")))
                .isEqualTo(415);
        assertThat(status(signed("POST", notes, Role.OPERATOR)
                        .POST(HttpRequest.BodyPublishers.ofByteArray(new byte[1_100_000]))))
                .isEqualTo(413);
        assertThat(status(signed("POST", notes, Role.OPERATOR))).isEqualTo(422);
        await("too many calls of one address")
                .atMost(TestHub.PATIENCE)
                .until(() ->
                        status(request(inside, "GET", "/api/sign-in").setHeader("X-Forwarded-For", "10.9.9.9")) == 429);

        Map<String, Integer> beside = Map.of(
                "GET /observe/health", 200,
                "GET /observe/health/live", 200,
                "GET /observe/metrics", 200,
                "GET /hawtio", 302,
                "GET /hawtio/", 401,
                "GET /hawtio/jolokia", 401,
                "POST /observe/jolokia", 401,
                "PUT /observe/health", 405,
                "GET /none", 404);
        for (Map.Entry<String, Integer> each : beside.entrySet()) {
            String[] call = each.getKey().split(" ");
            assertThat(status(request(operations, call[0], call[1])))
                    .as("operations " + each)
                    .isEqualTo(each.getValue());
        }
        String admin = SESSIONS.get(Role.ADMIN).cookie();
        String operator = SESSIONS.get(Role.OPERATOR).cookie();
        assertThat(status(request(operations, "GET", "/hawtio/").header("Cookie", admin)))
                .isEqualTo(200);
        assertThat(status(request(operations, "GET", "/observe/jolokia/version").header("Cookie", admin)))
                .isEqualTo(200);
        assertThat(status(request(operations, "GET", "/hawtio/").header("Cookie", operator)))
                .isEqualTo(403);
        assertThat(status(request(operations, "POST", "/observe/jolokia").header("Cookie", admin)))
                .isEqualTo(403);
        for (URI port : List.of(open, inside, operations)) {
            assertTraceRefused(port);
        }
    }

    private static void assertTraceRefused(URI port) throws IOException {
        try (Socket socket = new Socket("127.0.0.1", port.getPort())) {
            socket.setSoTimeout(10_000);
            socket.getOutputStream()
                    .write("TRACE / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
                            .getBytes(StandardCharsets.US_ASCII));
            assertThat(new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
                    .startsWith("HTTP/1.1 405")
                    .containsIgnoringCase("x-content-type-options: nosniff");
        }
    }

    /** What each table holds, but for those that live by themselves. */
    private static Map<String, List<String>> held() {
        Map<String, List<String>> held = new TreeMap<>();
        for (String table : rows.tables()) {
            if (!ALIVE.matcher(table).matches()) {
                held.put(
                        table,
                        rows
                                .store()
                                .jdbc()
                                .sql("select * from " + table)
                                .query((row, i) -> {
                                    List<String> values = new ArrayList<>();
                                    for (int c = 1; c <= row.getMetaData().getColumnCount(); c++) {
                                        values.add(row.getMetaData().getColumnName(c) + "=" + row.getString(c));
                                    }
                                    return String.join(", ", values);
                                })
                                .list()
                                .stream()
                                .sorted()
                                .toList());
            }
        }
        assertThat(held).hasSizeGreaterThan(20);
        return held;
    }

    /** What the tables hold once nothing of what happened before is under way. */
    private static Map<String, List<String>> heldAtRest() {
        AtomicReference<Map<String, List<String>>> last = new AtomicReference<>(held());
        await("nothing is under way")
                .atMost(TestHub.PATIENCE)
                .pollInterval(Duration.ofSeconds(1))
                .until(() -> {
                    Map<String, List<String>> now = held();
                    return now.equals(last.getAndSet(now));
                });
        return last.get();
    }

    @Test
    void what_reads_changes_nothing() throws Exception {
        Map<String, List<String>> before = heldAtRest();
        for (Permissions.Rule rule : Permissions.all()) {
            if (rule.method().equals("GET")) {
                for (Role role : rule.roles()) {
                    status(signed("GET", concrete(rule), role));
                }
            }
            assertThat(status(signed("HEAD", concrete(rule), may(rule))))
                    .as("HEAD of " + rule)
                    .isEqualTo(403);
        }
        for (String path :
                List.of("/", "/api/sign-in", "/api/sign-in/provider/back?state=x&code=y", "/api/openapi.json")) {
            status(request(inside, "GET", path));
        }
        for (String path : List.of("/line/main", "/m/none", "/c/none")) {
            status(request(open, "GET", path));
        }
        Map<String, List<String>> after = held();
        before.forEach((table, rows) -> assertThat(after.get(table)).as(table).isEqualTo(rows));
    }

    /** S11b */
    @Test
    void what_changes_something_is_refused_without_the_sessions_token_and_from_other_sites() throws Exception {
        Map<String, List<String>> before = heldAtRest();
        String own = inside.toString();
        for (Permissions.Rule rule : Permissions.all()) {
            if (READING.contains(rule.method())) {
                continue;
            }
            String path = concrete(rule);
            Session session = SESSIONS.get(may(rule));
            long refused = refusals();
            assertThat(status(request(inside, rule.method(), path).header("Cookie", session.cookie())))
                    .as("no token: " + rule)
                    .isEqualTo(403);
            assertThat(refusals() - refused).as("audited: " + rule).isOne();
            assertThat(status(request(inside, rule.method(), path)
                            .header("Cookie", session.cookie())
                            .header(
                                    "X-Csrf-Token",
                                    SESSIONS.get(Role.ADMIN == may(rule) ? Role.OPS : Role.ADMIN)
                                            .csrf())))
                    .as("another's token: " + rule)
                    .isEqualTo(403);
            assertThat(status(signed(rule.method(), path, may(rule)).header("Sec-Fetch-Site", "cross-site")))
                    .as("of another site: " + rule)
                    .isEqualTo(403);
            for (String page : List.of("https://evil.example", "null", own + ".evil.example")) {
                assertThat(status(signed(rule.method(), path, may(rule)).header("Origin", page)))
                        .as("by a page of " + page + ": " + rule)
                        .isEqualTo(403);
            }
        }
        for (String path : WITHOUT_SESSION) {
            assertThat(status(request(inside, "POST", path).header("Sec-Fetch-Site", "cross-site")))
                    .isEqualTo(403);
            assertThat(status(request(inside, "POST", path).header("Origin", "https://evil.example")))
                    .as("a browser without Fetch Metadata: " + path)
                    .isEqualTo(403);
            assertThat(status(request(inside, "POST", path).header("Origin", own)))
                    .as("our own: " + path)
                    .isEqualTo(400);
        }
        Map<String, List<String>> after = held();
        before.forEach((table, rows) -> assertThat(after.get(table)).as(table).isEqualTo(rows));
    }

    private static long refusals() {
        return rows.count(
                "select count(*) from audit where act = 'call' and outcome = 'refused' and detail like '%csrf%'");
    }
}
