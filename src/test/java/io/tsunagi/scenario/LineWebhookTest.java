package io.tsunagi.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tsunagi.line.LineAccounts;
import io.tsunagi.store.Dialect;
import io.tsunagi.store.Ids;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What the hub answers to LINE's posts, good and bad. Every test uses users of its own. */
class LineWebhookTest {
    private static final String PUBLISHED_SECRET = "8c570fa6dd201bb328f1c1eac23a96d8";
    private static final String JSON = "application/json; charset=utf-8";
    private static final String CARD = "4111 1111 1111 1111";

    private static TestHub hub;
    private static Rows rows;

    @BeforeAll
    static void start() {
        hub = TestHub.start(
                Dialect.H2,
                Map.of(
                        "hub.line.accounts", "main,global,published",
                        "hub.store.patience", "PT4S",
                        "hub.line.account.main.secret-old", "sandbox-main-secret-of-last-year",
                        "hub.line.account.published.secret", PUBLISHED_SECRET,
                        "hub.line.account.published.token", "none"));
        rows = new Rows(hub.settings());
    }

    @AfterAll
    static void stop() {
        rows.close();
        hub.close();
    }

    private static String user() {
        return "U" + UUID.randomUUID().toString().replace("-", "");
    }

    private static long events() {
        return rows.count("select count(*) from events where type <> 'hub-profile'");
    }

    private static long eventsOf(String user) {
        return rows.count("select count(*) from events where source = ?", user);
    }

    private static double answered(int status) {
        return Webhook.get(hub.management() + "/observe/metrics")
                .lines()
                .filter(line ->
                        line.startsWith("tsunagi_line_webhooks_total{") && line.contains("status=\"" + status + "\""))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                .sum();
    }

    private static JsonNode stored(String webhookEventId) throws IOException {
        UUID id = Ids.derived("event", "main", webhookEventId);
        byte[] sealed = rows.store()
                .jdbc()
                .sql("select body from events where id = ?")
                .param(id)
                .query(byte[].class)
                .single();
        return Webhook.JSON.readTree(rows.store().sealing().open("events", id, sealed));
    }

    private static String log() throws IOException {
        return Files.readString(Path.of(System.getProperty("tests.log", "target/test.log")));
    }

    /** Scenario 1 */
    @Test
    void a_post_that_the_account_did_not_sign_is_refused_counted_and_neither_kept_nor_logged() throws IOException {
        String marker = "marker-" + UUID.randomUUID();
        byte[] body = Webhook.body(Webhook.text(user(), marker));
        String right = Webhook.sign(Webhook.MAIN, body);
        long before = events();
        double refused = answered(401);

        assertThat(List.of(
                        Webhook.post(hub, "main", body, null, JSON),
                        Webhook.post(hub, "main", body, "", JSON),
                        Webhook.post(hub, "main", body, "=?ISO-8859-1?not base64?=", JSON),
                        Webhook.post(hub, "main", body, right.substring(0, 20), JSON),
                        Webhook.post(hub, "main", body, right.toLowerCase(java.util.Locale.ROOT), JSON),
                        Webhook.post(hub, "main", body, Webhook.sign("sandbox-global-secret", body), JSON),
                        Webhook.post(hub, "global", body, right, JSON),
                        Webhook.post(
                                hub,
                                "main",
                                (new String(body, StandardCharsets.UTF_8) + " ").getBytes(StandardCharsets.UTF_8),
                                right,
                                JSON)))
                .containsOnly(401);

        assertThat(events()).isEqualTo(before);
        assertThat(answered(401)).isEqualTo(refused + 8);
        assertThat(log()).contains(" listens on port ").doesNotContain(marker);
    }

    /** Scenario 1, F41 */
    @Test
    void ten_thousand_random_signatures_open_no_door_leave_no_row_and_no_word_in_the_log() throws IOException {
        String marker = "marker-" + UUID.randomUUID();
        byte[] body = Webhook.body(Webhook.text(user(), marker));
        Random random = new Random(41);
        long before = events();
        Set<Integer> answers = new HashSet<>();
        for (int i = 0; i < 100; i++) {
            List<CompletableFuture<Integer>> posted = new ArrayList<>();
            for (int j = 0; j < 100; j++) {
                byte[] signature = new byte[j % 3 == 0 ? 32 : random.nextInt(64)];
                random.nextBytes(signature);
                posted.add(
                        Webhook.postSoon(hub, "main", body, Base64.getEncoder().encodeToString(signature), JSON));
            }
            posted.forEach(answer -> answers.add(answer.join()));
        }

        assertThat(answers).containsExactly(401);
        assertThat(events()).isEqualTo(before);
        assertThat(log()).doesNotContain(marker);
    }

    /** Scenario 2, F36 */
    @Test
    void an_event_posted_five_times_at_once_becomes_one_message() {
        String user = user();
        List<CompletableFuture<Integer>> posted = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            byte[] body = Webhook.body(Webhook.text(user, "once " + i));
            for (int copy = 0; copy < 5; copy++) {
                posted.add(Webhook.postSoon(hub, body));
            }
        }

        assertThat(posted).allMatch(answer -> answer.join() == 200);
        assertThat(eventsOf(user)).isGreaterThanOrEqualTo(10);
        await().atMost(TestHub.PATIENCE)
                .until(() -> rows.count("select count(*) from events where source = ? and state <> 'DONE'", user) == 0);
        assertThat(rows.count(
                        "select count(*) from messages m join customers c on c.id = m.customer"
                                + " where c.line_user_id = ? and m.sender = 'CUSTOMER'",
                        user))
                .isEqualTo(10);
    }

    /** F05, F07 */
    @Test
    void while_the_store_cannot_keep_events_they_are_answered_503_and_health_is_red() throws Exception {
        String user = user();
        ObjectNode event = Webhook.text(user, "later");
        double refused = answered(503);
        try (Connection holder = rows.store().pool().getConnection()) {
            holder.setAutoCommit(false);
            try (PreparedStatement row = holder.prepareStatement("""
                insert into events (id, account, lane, kind, source, type, occurred_at, received_at, state, attempts)
                values (?, 'main', ?, 'user', 'x', 'message', current_timestamp, current_timestamp, 'DONE', 0)
                """);
                    PreparedStatement look = holder.prepareStatement("update key_check set id = id")) {
                row.setObject(
                        1,
                        Ids.derived(
                                "event", "main", event.path("webhookEventId").asText()));
                row.setObject(2, UUID.randomUUID());
                row.executeUpdate();
                look.executeUpdate();
            }

            assertThat(Webhook.post(hub, Webhook.body(event))).isEqualTo(503);
            await().atMost(TestHub.PATIENCE).until(() -> health().contains("{\"name\":\"store\",\"status\":\"DOWN\"}"));
            holder.rollback();
        }

        await().atMost(TestHub.PATIENCE).until(() -> health().startsWith("{\"status\":\"UP\""));
        assertThat(Webhook.post(hub, Webhook.body(event))).isEqualTo(200);
        assertThat(answered(503)).isGreaterThan(refused);
        assertThat(rows.count("select count(*) from events where source = ? and type = 'message'", user))
                .isOne();
    }

    private static String health() {
        return Webhook.get(hub.management() + "/observe/health/ready");
    }

    /** F42 */
    @Test
    void a_body_without_end_is_refused_once_it_is_too_large() throws IOException {
        try (Socket socket = new Socket("127.0.0.1", URI.create(hub.base()).getPort())) {
            socket.setSoTimeout((int) TestHub.PATIENCE.toMillis());
            OutputStream out = socket.getOutputStream();
            out.write(("POST /line/main HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                            + "x-line-signature: x\r\nTransfer-Encoding: chunked\r\n\r\n")
                    .getBytes(StandardCharsets.US_ASCII));
            byte[] chunk = new byte[0x8000];
            Arrays.fill(chunk, (byte) ' ');
            for (int i = 0; i < 40; i++) {
                out.write("8000\r\n".getBytes(StandardCharsets.US_ASCII));
                out.write(chunk);
                out.write("\r\n".getBytes(StandardCharsets.US_ASCII));
            }
            out.flush();

            byte[] answer = socket.getInputStream().readNBytes(12);
            assertThat(new String(answer, StandardCharsets.US_ASCII)).isEqualTo("HTTP/1.1 413");
        }
    }

    @Test
    void only_a_post_is_a_webhook() throws Exception {
        for (String method : List.of("GET", "PUT", "DELETE", "PATCH")) {
            HttpRequest request = HttpRequest.newBuilder(URI.create(hub.base() + "/line/main"))
                    .method(method, HttpRequest.BodyPublishers.noBody())
                    .build();
            assertThat(HttpClient.newHttpClient()
                            .send(request, HttpResponse.BodyHandlers.discarding())
                            .statusCode())
                    .as(method)
                    .isEqualTo(405);
        }
    }

    @Test
    void a_signed_body_never_reaches_the_log() throws IOException {
        String marker = "marker-" + UUID.randomUUID();
        String user = user();

        assertThat(Webhook.post(hub, Webhook.body(Webhook.text(user, marker)))).isEqualTo(200);
        assertThat(Webhook.post(hub, "{\"events\":[{\"type\":\"message\",\"" + marker))
                .isEqualTo(400);

        await().atMost(TestHub.PATIENCE)
                .until(() -> rows.count("select count(*) from events where source = ? and state = 'DONE'", user) >= 1);
        assertThat(log()).doesNotContain(marker);
    }

    @Test
    void an_account_that_is_not_served_is_not_found() {
        byte[] body = Webhook.body();

        assertThat(Webhook.post(hub, "nobody", body, Webhook.sign(Webhook.MAIN, body), JSON))
                .isEqualTo(404);
    }

    @Test
    void what_is_no_json_is_refused_by_its_type() {
        byte[] body = Webhook.body();
        String signature = Webhook.sign(Webhook.MAIN, body);

        assertThat(Webhook.post(hub, "main", body, signature, "text/plain")).isEqualTo(415);
        assertThat(Webhook.post(hub, "main", body, signature, "application/x-www-form-urlencoded"))
                .isEqualTo(415);
        assertThat(Webhook.post(hub, "main", body, signature, "multipart/form-data; boundary=x"))
                .isEqualTo(415);
        assertThat(Webhook.post(hub, "main", body, signature, "application/json"))
                .isEqualTo(200);
        assertThat(Webhook.post(hub, "main", body, signature, null)).isEqualTo(200);
    }

    /** Scenario 10 */
    @Test
    void a_body_over_one_megabyte_is_too_large() {
        byte[] large = new byte[1_048_577];
        Arrays.fill(large, (byte) ' ');
        byte[] allowed = new byte[1_048_576];
        Arrays.fill(allowed, (byte) ' ');
        byte[] empty = "{\"events\":[]}".getBytes(StandardCharsets.UTF_8);
        System.arraycopy(empty, 0, allowed, 0, empty.length);

        assertThat(Webhook.post(hub, large)).isEqualTo(413);
        assertThat(Webhook.post(hub, allowed)).isEqualTo(200);
    }

    /** Scenario 10 */
    @Test
    void bad_json_is_a_bad_request_and_never_an_error_of_the_hub() throws IOException {
        long before = events();
        ByteArrayOutputStream zipped = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(zipped)) {
            gzip.write(Webhook.body());
        }

        assertThat(Webhook.post(hub, "")).isIn(400, 401);
        assertThat(Webhook.post(hub, "[]")).isEqualTo(400);
        assertThat(Webhook.post(hub, "null")).isEqualTo(400);
        assertThat(Webhook.post(hub, "\"events\"")).isEqualTo(400);
        assertThat(Webhook.post(hub, "{}")).isEqualTo(400);
        assertThat(Webhook.post(hub, "{\"events\":null}")).isEqualTo(400);
        assertThat(Webhook.post(hub, "{\"events\":{}}")).isEqualTo(400);
        assertThat(Webhook.post(hub, "{\"events\":[")).isEqualTo(400);
        assertThat(Webhook.post(hub, "{\"events\":[{\"type\":")).isEqualTo(400);
        assertThat(Webhook.post(hub, "{\"events\":[" + "[".repeat(10_000) + "]".repeat(10_000) + "]}"))
                .isEqualTo(400);
        assertThat(Webhook.post(hub, "{\"events\":[{\"a\":" + "{\"a\":".repeat(5_000)))
                .isEqualTo(400);
        assertThat(Webhook.post(hub, zipped.toByteArray())).isEqualTo(400);
        for (var encoding : List.of(StandardCharsets.UTF_16LE, StandardCharsets.UTF_16BE, StandardCharsets.UTF_16)) {
            assertThat(Webhook.post(hub, "{\"events\":[{\"type\":\"message\"}]}".getBytes(encoding)))
                    .isEqualTo(400);
        }
        assertThat(events()).isEqualTo(before);
    }

    /** Scenario 8, 10 */
    @Test
    void an_event_without_sense_does_not_fail_its_neighbours() {
        String user = user();
        ObjectNode odd = Webhook.text(user, "odd");
        odd.put("type", "mess\u0000age\ud800");
        ObjectNode oddSource = Webhook.text(user, "odd");
        oddSource.putObject("source").put("type", "user").put("userId", "U\u0000" + "x".repeat(300));
        ObjectNode oddTime = Webhook.text(user, "no time");
        oddTime.put("timestamp", "yesterday");

        assertThat(Webhook.post(hub, "{\"events\":[null,{}]}")).isEqualTo(200);
        assertThat(Webhook.post(
                        hub,
                        Webhook.body(
                                "null",
                                "7",
                                "[]",
                                "{}",
                                "{\"type\":7,\"source\":7,\"webhookEventId\":7}",
                                odd,
                                oddSource,
                                oddTime,
                                Webhook.text(user, "good"))))
                .isEqualTo(200);

        await().atMost(TestHub.PATIENCE)
                .until(() -> rows.count(
                                "select count(*) from messages m join customers c on c.id = m.customer"
                                        + " where c.line_user_id = ? and m.sender = 'CUSTOMER'",
                                user)
                        == 2);
        assertThat(rows.count("select count(*) from events where state = 'PARKED'"))
                .isZero();
    }

    @Test
    void the_verify_call_without_events_is_answered_and_has_no_effect() {
        long before = events();

        assertThat(Webhook.post(hub, "{\"destination\":\"U00000000000000000000000000000a11\",\"events\":[]}"))
                .isEqualTo(200);

        assertThat(events()).isEqualTo(before);
    }

    @Test
    void the_signature_that_line_publishes_as_an_example_is_accepted() {
        byte[] body = "{\"destination\":\"U8e742f61d673b39c7fff3cecb7536ef0\",\"events\":[]}"
                .getBytes(StandardCharsets.UTF_8);
        String signature = "GhRKmvmHys4Pi8DxkF4+EayaH0OqtJtaZxgTD9fMDLs=";

        assertThat(Webhook.post(hub, "published", body, signature, JSON)).isEqualTo(200);
        assertThat(Webhook.post(hub, "published", body, signature.replace('G', 'H'), JSON))
                .isEqualTo(401);
    }

    @Test
    void while_a_secret_is_replaced_both_sign() {
        byte[] body = Webhook.body();

        assertThat(Webhook.post(hub, "main", body, Webhook.sign("sandbox-main-secret-of-last-year", body), JSON))
                .isEqualTo(200);
        assertThat(Webhook.post(hub, "main", body, Webhook.sign("sandbox-main-secret", body), JSON))
                .isEqualTo(200);
        assertThat(new LineAccounts(hub.settings()).get("main").secrets(Instant.now()))
                .hasSize(2);
    }

    /** Scenario 10 */
    @Test
    void five_hundred_events_in_one_body_all_take_effect() {
        String base = UUID.randomUUID().toString().replace("-", "").substring(0, 28);
        Object[] events = new Object[500];
        for (int i = 0; i < events.length; i++) {
            events[i] = Webhook.event("U" + base + String.format("%03d", i % 50), i % 2 == 0 ? "follow" : "unheardOf");
        }

        assertThat(Webhook.post(hub, Webhook.body(events))).isEqualTo(200);

        assertThat(rows.count(
                        "select count(*) from events where source like ? and type in ('follow', 'unheardOf')",
                        "U" + base + "%"))
                .isEqualTo(500);
        await().atMost(TestHub.PATIENCE)
                .until(() -> rows.count(
                                "select count(*) from events where source like ? and state <> 'DONE'", "U" + base + "%")
                        == 0);
        assertThat(rows.count(
                        "select count(*) from customers where line_user_id like ? and followed_at is not null",
                        "U" + base + "%"))
                .isEqualTo(25);
    }

    /** Scenario 56 */
    @Test
    void a_card_number_is_masked_before_it_is_kept_and_everything_else_stays_byte_for_byte() throws IOException {
        String user = user();
        ObjectNode card = Webhook.text(user, "番号は" + CARD + "です😀 $ ４１１１－１１１１－１１１１－１１１１");
        ObjectNode plain = Webhook.text(user, "4111-1111 no card");
        plain.put("replyToken", "4111111111111111");
        ((ObjectNode) plain.get("message")).put("id", "5555555555554444");
        String odd = plain.toString().replace("{\"type\":\"message\"", "{ \"type\" : \"message\" ");

        assertThat(Webhook.post(hub, Webhook.body(card, odd))).isEqualTo(200);

        JsonNode kept = stored(card.path("webhookEventId").asText());
        String text = kept.path("message").path("text").asText();
        assertThat(text)
                .isEqualTo("番号は**** **** **** 1111です😀 $ ****－****－****－１１１１")
                .hasSameSizeAs(card.path("message").path("text").asText());
        assertThat(((ObjectNode) kept).without("message").toString())
                .isEqualTo(card.deepCopy().without("message").toString());
        UUID id = Ids.derived("event", "main", plain.path("webhookEventId").asText());
        byte[] sealed = rows.store()
                .jdbc()
                .sql("select body from events where id = ?")
                .param(id)
                .query(byte[].class)
                .single();
        assertThat(rows.store().sealing().openText("events", id, sealed)).isEqualTo(odd);

        await().atMost(TestHub.PATIENCE)
                .until(() -> rows.count("select count(*) from events where source = ? and state = 'WAITING'", user) == 0
                        && eventsOf(user) >= 2);
        assertThat(rows.placesOf(CARD)).isEmpty();
        assertThat(rows.placesOf("**** **** **** 1111")).contains("events.body", "messages.content");
        assertThat(log()).doesNotContain(CARD);
    }
}
