package io.tsunagi.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.tsunagi.store.Dialect;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * S23, S25, scenario 59: who is refused, locked or signed out, and that each stands in the audit. Lock and idle time are as shipped;
 * the address somebody calls from is said by a proxy the hub trusts.
 */
class KeptOutTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String OFFICE = "192.0.2.7";
    private static final String ELSEWHERE = "198.51.100.9";

    private static TestHub hub;
    private static Rows rows;

    private final HttpClient http = HttpClient.newHttpClient();

    @BeforeAll
    static void start() {
        hub = TestHub.start(
                Dialect.H2,
                Map.of(
                        "hub.access.second-factor", "required",
                        "hub.access.purge-cron", "* * * * * ?",
                        "hub.http.trusted-proxies", "127.0.0.1",
                        "hub.private.allow", "192.0.2.0/24"));
        rows = new Rows(hub.settings());
    }

    @AfterAll
    static void stop() {
        rows.close();
        hub.close();
    }

    private record Answer(int status, JsonNode body, String cookie) {
        String code() {
            return body.path("error").path("code").asText();
        }
    }

    private Answer call(String from, String method, String path, Object body, String cookie) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(hub.base() + path))
                .header("X-Forwarded-For", from)
                .header("Content-Type", "application/json")
                .method(
                        method,
                        body == null
                                ? HttpRequest.BodyPublishers.noBody()
                                : HttpRequest.BodyPublishers.ofString(JSON.writeValueAsString(body)));
        if (cookie != null) {
            request.header("Cookie", cookie);
        }
        HttpResponse<String> answer = http.send(request.build(), HttpResponse.BodyHandlers.ofString());
        return new Answer(
                answer.statusCode(),
                answer.body().startsWith("{") ? JSON.readTree(answer.body()) : JSON.createObjectNode(),
                answer.headers()
                        .firstValue("Set-Cookie")
                        .map(set -> set.replaceFirst(";.*", ""))
                        .orElse(null));
    }

    private Answer signIn(String name, String password, String code) throws Exception {
        Map<String, String> body = new HashMap<>(Map.of("name", name, "password", password));
        if (code != null) {
            body.put("code", code);
        }
        return call(OFFICE, "POST", "/api/sign-in", body, null);
    }

    private static long audited(String act, String outcome, String detail) {
        return rows.count(
                "select count(*) from audit where act = ? and outcome = ? and detail like ?",
                act,
                outcome,
                "%" + detail + "%");
    }

    @Test
    void from_an_address_outside_the_list_nobody_comes_to_console_or_api() throws Exception {
        for (String path : new String[] {"/", "/api/me", "/api/sign-in"}) {
            assertThat(call(ELSEWHERE, "GET", path, null, null).status())
                    .as(path)
                    .isEqualTo(403);
        }
        Map<String, String> right = Map.of("name", "aoi", "password", Operator.PASSWORD);
        assertThat(call(ELSEWHERE, "POST", "/api/sign-in", right, null).status())
                .isEqualTo(403);
        assertThat(call(OFFICE, "GET", "/api/me", null, null).status())
                .as("not signed in, but let in")
                .isEqualTo(401);

        await().atMost(TestHub.PATIENCE).until(() -> audited("call", "refused", "address") > 0);
        assertThat(rows.count(
                        "select count(*) from audit where act = 'call' and origin = ? and actor = 'nobody'", ELSEWHERE))
                .as("one row, however often they knock")
                .isOne();
    }

    @Test
    void without_a_second_factor_the_right_password_opens_nothing() throws Exception {
        Answer first = signIn("ren", Operator.PASSWORD, null);
        assertThat(first.status()).isEqualTo(401);
        assertThat(first.code()).isEqualTo("factor-needed");
        assertThat(first.cookie()).isNull();
        Authenticator phone =
                new Authenticator(first.body().path("factor").path("secret").asText());
        assertThat(signIn("ren", Operator.PASSWORD, phone.next()).status()).isEqualTo(200);

        Answer again = signIn("ren", Operator.PASSWORD, null);
        assertThat(again.status()).isEqualTo(401);
        assertThat(again.code()).isEqualTo("code-needed");
        assertThat(again.cookie()).isNull();
        assertThat(signIn("ren", Operator.PASSWORD, "000000").code()).isEqualTo("wrong-code");

        assertThat(audited("sign-in", "refused", "no-second-factor")).isPositive();
        assertThat(audited("sign-in", "refused", "no-code")).isOne();
        assertThat(audited("sign-in", "failed", "wrong-code")).isOne();
    }

    @Test
    void after_six_wrong_passwords_the_right_one_is_refused_for_half_an_hour() throws Exception {
        for (int i = 1; i <= 5; i++) {
            assertThat(signIn("mei", "wrong-password-" + i, null).status()).isEqualTo(401);
        }
        Answer sixth = signIn("mei", "wrong-password-6", null);
        assertThat(sixth.status()).isEqualTo(423);
        assertThat(Instant.parse(sixth.body().path("until").asText()))
                .isBetween(
                        Instant.now().plus(Duration.ofMinutes(28)),
                        Instant.now().plus(Duration.ofMinutes(31)));

        assertThat(signIn("mei", Operator.PASSWORD, null).code()).isEqualTo("locked");

        assertThat(audited("sign-in", "failed", "wrong")).isGreaterThanOrEqualTo(6);
        assertThat(audited("sign-in", "failed", "wrong-now-locked")).isOne();
        assertThat(audited("sign-in", "refused", "locked")).isOne();
    }

    @Test
    void after_fifteen_minutes_without_doing_anything_a_person_is_signed_out_though_the_screen_asks_on()
            throws Exception {
        Answer first = signIn("sakura", Operator.PASSWORD, null);
        Authenticator phone =
                new Authenticator(first.body().path("factor").path("secret").asText());
        Answer in = signIn("sakura", Operator.PASSWORD, phone.next());
        assertThat(in.status()).isEqualTo(200);
        String id = in.body().path("id").asText();
        assertThat(call(OFFICE, "GET", "/api/me", null, in.cookie()).status()).isEqualTo(200);

        setUsed(id, Duration.ofMinutes(14));
        assertThat(call(OFFICE, "GET", "/api/workspace", null, in.cookie()).status())
                .as("the screen asks by itself, which is no activity")
                .isEqualTo(200);
        setUsed(id, Duration.ofMinutes(15).plusSeconds(1));

        assertThat(call(OFFICE, "GET", "/api/me", null, in.cookie()).status()).isEqualTo(401);
        await().atMost(TestHub.PATIENCE).until(() -> audited("sign-out", "ok", "idle") == 1);
        assertThat(rows.count("select count(*) from sessions where operator = cast(? as uuid)", id))
                .isZero();
    }

    private static void setUsed(String operator, Duration ago) {
        assertThat(rows.store()
                        .jdbc()
                        .sql("update sessions set used_at = ? where operator = cast(? as uuid)")
                        .params(OffsetDateTime.now(ZoneOffset.UTC).minus(ago), operator)
                        .update())
                .isOne();
    }
}
