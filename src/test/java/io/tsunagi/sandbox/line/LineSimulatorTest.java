package io.tsunagi.sandbox.line;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LineSimulatorTest {
    private static final String AOI = "U0123456789abcdef0123456789abcdef";
    private static final HttpClient HTTP = HttpClient.newHttpClient();

    private final TurnableClock clock = new TurnableClock();
    private final RecordingHub hub = new RecordingHub();
    private final LineSimulator line = LineSimulator.builder().clock(clock).build();

    @BeforeEach
    void start() {
        line.start();
        line.webhook("main", hub.uri("/line/main"));
        line.webhook("global", hub.uri("/line/global"));
    }

    @AfterEach
    void stop() {
        line.close();
        hub.close();
    }

    // ------------------------------------------------------------ webhooks

    @Test
    void the_published_signature_example_comes_out() {
        byte[] body = "{\"destination\":\"U8e742f61d673b39c7fff3cecb7536ef0\",\"events\":[]}"
                .getBytes(StandardCharsets.UTF_8);

        assertThat(Signature.of(body, "8c570fa6dd201bb328f1c1eac23a96d8"))
                .isEqualTo("GhRKmvmHys4Pi8DxkF4+EayaH0OqtJtaZxgTD9fMDLs=");
    }

    @Test
    void a_text_reaches_the_hub_signed_over_its_raw_bytes() {
        Sent sent = line.write(AOI, "main", "残高を知りたい😀");

        assertThat(sent.status()).isEqualTo(200);
        RecordingHub.Received webhook = hub.received.get(0);
        assertThat(webhook.path()).isEqualTo("/line/main");
        assertThat(webhook.signature()).isEqualTo(Signature.of(webhook.body(), "sandbox-main-secret"));
        JsonNode event = webhook.event();
        assertThat(event.path("type").asText()).isEqualTo("message");
        assertThat(event.path("message").path("text").asText()).isEqualTo("残高を知りたい😀");
        assertThat(event.path("message").path("id").asText())
                .isEqualTo(sent.messageId())
                .matches("[0-9]{18}");
        assertThat(event.path("webhookEventId").asText()).matches("[0-9A-HJKMNP-TV-Z]{26}");
        assertThat(event.path("timestamp").asLong()).isEqualTo(clock.millis());
        assertThat(event.path("source").path("userId").asText()).isEqualTo(AOI);
        assertThat(event.path("mode").asText()).isEqualTo("active");
        assertThat(event.path("replyToken").asText())
                .isEqualTo(sent.replyToken())
                .isNotEmpty();
        assertThat(event.path("deliveryContext").path("isRedelivery")).hasToString("false");
        assertThat(event.path("message").path("quoteToken").asText()).isNotEmpty();
        assertThat(event.path("message").path("markAsReadToken").asText()).isNotEmpty();
    }

    @Test
    void what_got_no_2xx_comes_again_with_the_same_id_and_reply_token() {
        line.settings(Json.of("{\"redelivery\":true,\"redeliveryBackoffMillis\":10}"));
        hub.status = 503;

        Sent sent = line.write(AOI, "main", "もしもし");
        await().until(() -> hub.received.size() >= 2);
        hub.status = 200;

        assertThat(sent.status()).isEqualTo(503);
        JsonNode again = hub.received.get(1).event();
        assertThat(again.path("webhookEventId").asText()).isEqualTo(sent.webhookEventId());
        assertThat(again.path("replyToken").asText()).isEqualTo(sent.replyToken());
        assertThat(again.path("timestamp"))
                .isEqualTo(hub.received.get(0).event().path("timestamp"));
        assertThat(again.path("deliveryContext").path("isRedelivery").asBoolean())
                .isTrue();
        assertThat(hub.received.get(1).signature())
                .isEqualTo(Signature.of(hub.received.get(1).body(), "sandbox-main-secret"));
    }

    @Test
    void redelivery_ends_after_its_attempts_and_the_event_counts_as_lost() {
        line.settings(Json.of("{\"redelivery\":true,\"redeliveryBackoffMillis\":1,\"redeliveryAttempts\":2}"));
        hub.status = 500;

        line.write(AOI, "main", "もしもし");

        await().until(() -> line.stats("main").path("webhooks").path("lost").asInt() == 1);
        assertThat(hub.received).hasSize(3);
    }

    @Test
    void a_hub_that_answers_too_late_is_a_timeout() {
        line.settings(Json.of("{\"webhookTimeoutMillis\":100}"));
        hub.answersWaitFor = new CountDownLatch(1);

        Sent sent = line.write(AOI, "main", "もしもし");
        hub.answersWaitFor.countDown();

        assertThat(sent.status()).isZero();
        assertThat(sent.reason()).isEqualTo("request_timeout");
    }

    @Test
    void an_event_is_redelivered_by_hand() {
        Sent sent = line.write(AOI, "main", "もしもし");

        line.redeliver(AOI, null);

        assertThat(hub.received).hasSize(2);
        assertThat(hub.received.get(1).event().path("webhookEventId").asText()).isEqualTo(sent.webhookEventId());
        assertThat(hub.received
                        .get(1)
                        .event()
                        .path("deliveryContext")
                        .path("isRedelivery")
                        .asBoolean())
                .isTrue();
    }

    @Test
    void held_events_travel_in_one_body_with_any_signature() {
        Sent first = line.write(AOI, Json.of("{\"type\":\"text\",\"text\":\"1\",\"deliver\":false}"));
        Sent second = line.write("Ubbb", Json.of("{\"type\":\"text\",\"text\":\"2\",\"deliver\":false}"));
        assertThat(hub.received).isEmpty();

        ObjectNode body = Json.object().put("signature", "wrong").put("times", 2);
        body.putArray("events").add(second.webhookEventId()).add(first.webhookEventId());
        JsonNode attempts = line.post(body).path("attempts");

        assertThat(attempts).hasSize(2);
        assertThat(hub.received).hasSize(2);
        RecordingHub.Received webhook = hub.received.get(0);
        assertThat(webhook.json().path("events").findValuesAsText("text")).containsExactly("2", "1");
        assertThat(webhook.signature()).isNotEqualTo(Signature.of(webhook.body(), "sandbox-main-secret"));
    }

    @Test
    void a_webhook_can_be_doubled_as_the_platform_sometimes_does() {
        line.faults(Json.of("{\"endpoint\":\"webhook\",\"duplicate\":true,\"times\":1}"));

        Sent sent = line.write(AOI, "main", "もしもし");

        await().until(() -> hub.received.size() == 2);
        assertThat(hub.received)
                .allSatisfy(one ->
                        assertThat(one.event().path("webhookEventId").asText()).isEqualTo(sent.webhookEventId()));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "follow | {}",
                "unfollow | {}",
                "join | {}",
                "leave | {}",
                "memberJoined | {\"members\":[\"Ua\"]}",
                "beacon | {\"hwid\":\"abc\"}",
                "membership | {\"membershipType\":\"joined\"}",
                "videoPlayComplete | {\"trackingId\":\"t\"}",
                "accountLink | {\"result\":\"ok\",\"nonce\":\"n\"}",
                "somethingNew | {\"somethingNew\":{\"a\":1}}"
            })
    void every_kind_of_event_can_happen(String type, String more) {
        ObjectNode body = ((ObjectNode) Json.of(more)).put("account", "main").put("type", type);

        Sent sent = line.happen(AOI, body);

        JsonNode event = hub.received.get(0).event();
        assertThat(event.path("type").asText()).isEqualTo(type);
        assertThat(event.path("webhookEventId").asText()).isEqualTo(sent.webhookEventId());
        assertThat(event.has("account")).isFalse();
        boolean tokenless = List.of("unfollow", "leave").contains(type);
        assertThat(event.has("replyToken")).isEqualTo(!tokenless);
    }

    @Test
    void in_a_group_the_source_names_group_and_user_and_a_push_goes_to_the_group() throws Exception {
        line.write(
                AOI,
                Json.of("{\"type\":\"text\",\"text\":\"みんなへ\",\"source\":{\"type\":\"group\",\"groupId\":\"Cabc\"}}"));

        HttpResponse<String> answer = push("Cabc", "はい", null);

        JsonNode source = hub.received.get(0).event().path("source");
        assertThat(source).isEqualTo(Json.of("{\"type\":\"group\",\"groupId\":\"Cabc\",\"userId\":\"" + AOI + "\"}"));
        assertThat(hub.received.get(0).event().path("message").has("source")).isFalse();
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(line.chat("Cabc", "main"))
                .extracting(entry -> entry.path("text").asText())
                .containsExactly("みんなへ", "はい");
    }

    @Test
    void an_event_can_lose_and_change_properties() {
        line.write(
                AOI,
                Json.of(
                        "{\"type\":\"text\",\"text\":\"x\",\"overrides\":{\"source\":null,\"timestamp\":1,\"mode\":\"standby\"}}"));

        JsonNode event = hub.received.get(0).event();
        assertThat(event.has("source")).isFalse();
        assertThat(event.has("replyToken")).isFalse();
        assertThat(event.path("timestamp").asLong()).isEqualTo(1);
    }

    @Test
    void a_module_channel_is_on_standby_until_it_acquires_the_chat_and_after_others_took_it() throws Exception {
        String acquire = "/v2/bot/chat/" + AOI + "/control/acquire";
        line.write(AOI, "main", "ひとり");
        assertThat(post(acquire, "{}").statusCode()).as("no module channel").isEqualTo(403);
        line.settings(Json.of("{\"sharedChats\":true}"));
        line.write(AOI, "main", "共有");
        JsonNode away = hub.received.get(1).event();
        assertThat(away.path("mode").asText()).isEqualTo("standby");
        assertThat(away.has("replyToken")).isFalse();
        assertThat(post("/v2/bot/chat/Uffffffffffffffffffffffffffffffff/control/acquire", "{}")
                        .statusCode())
                .isEqualTo(404);

        assertThat(post(acquire, "{\"expired\":true,\"ttl\":600}").statusCode()).isEqualTo(200);
        await("activated").until(() -> hub.received.size() == 3);
        JsonNode activated = hub.received.get(2).event();
        assertThat(activated.path("type").asText()).isEqualTo("activated");
        assertThat(activated.path("chatControl").path("expireAt").asLong())
                .isEqualTo(clock.instant().plusSeconds(600).toEpochMilli());
        line.write(AOI, "main", "こちらへ");
        assertThat(hub.received.get(3).event().path("mode").asText()).isEqualTo("active");

        line.answerFromManager(AOI, "main", "管理画面から");
        assertThat(hub.received.get(4).event().path("type").asText()).isEqualTo("deactivated");
        assertThat(post(acquire, "{}").statusCode()).isEqualTo(423);
        clock.turn(Duration.ofSeconds(3));
        assertThat(post(acquire, "{\"ttl\":60}").statusCode()).isEqualTo(200);
        await("activated").until(() -> hub.received.size() == 6);
        clock.turn(Duration.ofSeconds(61));
        line.write(AOI, "main", "時間切れ");
        assertThat(hub.received.get(6).event().path("mode").asText())
                .as("no event tells that the time is over")
                .isEqualTo("standby");
        assertThat(post("/v2/bot/chat/" + AOI + "/control/release", "").statusCode())
                .isEqualTo(200);
    }

    @Test
    void a_taken_port_is_said_plainly() {
        LineSimulator second = LineSimulator.builder().port(line.port()).build();

        assertThatThrownBy(second::start)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("Address already in use");
        second.close();
    }

    // ------------------------------------------------------------ replies

    @Test
    void a_reply_is_shown_once_and_costs_nothing() throws Exception {
        String token = line.write(AOI, "main", "もしもし").replyToken();

        HttpResponse<String> first = reply(token, "はい");
        HttpResponse<String> second = reply(token, "はい");

        assertThat(first.statusCode()).isEqualTo(200);
        assertThat(Json.of(first.body()).path("sentMessages").path(0).path("id").asText())
                .matches("[0-9]{18}");
        assertThat(second.statusCode()).isEqualTo(400);
        assertThat(Json.of(second.body()).path("message").asText()).isEqualTo("Invalid reply token");
        List<JsonNode> chat = line.chat(AOI, "main");
        assertThat(chat).extracting(entry -> entry.path("text").asText()).containsExactly("もしもし", "はい");
        assertThat(chat.get(1).path("from").asText()).isEqualTo("account");
        assertThat(chat.get(1).path("via").asText()).isEqualTo("reply");
        assertThat(chat.get(1).path("paid").asBoolean()).isFalse();
        assertThat(line.stats("main").path("quota").path("used").asInt()).isZero();
    }

    @Test
    void a_reply_token_ends_after_a_minute_and_a_redelivery_renews_it() throws Exception {
        Sent sent = line.write(AOI, "main", "もしもし");
        clock.turn(Duration.ofSeconds(61));
        HttpResponse<String> late = reply(sent.replyToken(), "遅い");

        line.redeliver(AOI, sent.webhookEventId());
        HttpResponse<String> renewed = reply(sent.replyToken(), "間に合った");

        assertThat(late.statusCode()).isEqualTo(400);
        assertThat(late.body()).isEqualTo("{\"message\":\"Invalid reply token\"}");
        assertThat(renewed.statusCode()).isEqualTo(200);
    }

    @Test
    void nothing_renews_a_reply_token_20_minutes_after_its_event() throws Exception {
        Sent sent = line.write(AOI, "main", "もしもし");
        clock.turn(Duration.ofMinutes(21));
        line.redeliver(AOI, sent.webhookEventId());

        assertThat(reply(sent.replyToken(), "遅い").statusCode()).isEqualTo(400);
    }

    @Test
    void a_token_belongs_to_its_account() throws Exception {
        String token = line.write(AOI, "global", "hello").replyToken();

        assertThat(reply(token, "はい").statusCode()).isEqualTo(400);
    }

    @Test
    void a_reply_with_a_retry_key_is_refused() throws Exception {
        String token = line.write(AOI, "main", "もしもし").replyToken();
        String body = "{\"replyToken\":\"" + token + "\",\"messages\":[{\"type\":\"text\",\"text\":\"x\"}]}";

        HttpResponse<String> answer = post(
                "/v2/bot/message/reply",
                body,
                "x-line-retry-key",
                UUID.randomUUID().toString());

        assertThat(answer.statusCode()).isEqualTo(400);
        assertThat(reply(token, "まだ使える").statusCode()).isEqualTo(200);
    }

    // ------------------------------------------------------------ pushes

    @Test
    void the_same_retry_key_is_accepted_once_for_24_hours() throws Exception {
        line.write(AOI, "main", "もしもし");
        String key = UUID.randomUUID().toString();

        HttpResponse<String> first = push(AOI, "はい", key);
        HttpResponse<String> second = push(AOI, "はい", key);
        clock.turn(Duration.ofHours(24));
        HttpResponse<String> nextDay = push(AOI, "はい", key);

        assertThat(first.statusCode()).isEqualTo(200);
        assertThat(second.statusCode()).isEqualTo(409);
        assertThat(second.headers().firstValue("x-line-accepted-request-id"))
                .isEqualTo(first.headers().firstValue("x-line-request-id"));
        assertThat(Json.of(second.body()).path("sentMessages"))
                .isEqualTo(Json.of(first.body()).path("sentMessages"));
        assertThat(nextDay.statusCode()).isEqualTo(200);
        assertThat(fromAccount()).containsExactly("はい", "はい");
    }

    @Test
    void a_lost_answer_still_took_effect_and_the_retry_is_told_so() throws Exception {
        line.write(AOI, "main", "もしもし");
        line.faults(Json.of("{\"endpoint\":\"push\",\"lostAnswer\":true,\"times\":1}"));
        String key = UUID.randomUUID().toString();

        assertThatThrownBy(() -> push(AOI, "はい", key)).isInstanceOf(IOException.class);

        assertThat(push(AOI, "はい", key).statusCode()).isEqualTo(409);
        assertThat(fromAccount()).containsExactly("はい");
        assertThat(line.calls("push"))
                .extracting(call -> call.path("answerLost").asBoolean())
                .containsExactly(true, false);
    }

    @Test
    void an_error_takes_no_effect_and_leaves_the_retry_key_free() throws Exception {
        line.write(AOI, "main", "もしもし");
        line.faults(Json.of("[{\"endpoint\":\"push\",\"status\":500,\"times\":1},"
                + "{\"endpoint\":\"push\",\"status\":502,\"body\":\"<html>\",\"times\":1}]"));
        String key = UUID.randomUUID().toString();

        HttpResponse<String> first = push(AOI, "はい", key);
        HttpResponse<String> second = push(AOI, "はい", key);
        HttpResponse<String> third = push(AOI, "はい", key);

        assertThat(List.of(first.statusCode(), second.statusCode(), third.statusCode()))
                .containsExactly(500, 502, 200);
        assertThat(second.body()).isEqualTo("<html>");
        assertThat(fromAccount()).containsExactly("はい");
    }

    @Test
    void a_push_beyond_the_quota_is_refused_but_a_known_retry_key_is_not() throws Exception {
        line.settings(Json.of("{\"quota\":1}"));
        String token = line.write(AOI, "main", "もしもし").replyToken();
        String key = UUID.randomUUID().toString();

        assertThat(push(AOI, "1", key).statusCode()).isEqualTo(200);
        HttpResponse<String> over = push(AOI, "2", UUID.randomUUID().toString());

        assertThat(over.statusCode()).isEqualTo(429);
        assertThat(over.body()).isEqualTo("{\"message\":\"You have reached your monthly limit.\"}");
        assertThat(push(AOI, "1", key).statusCode()).isEqualTo(409);
        assertThat(reply(token, "無料").statusCode()).isEqualTo(200);
        assertThat(Json.of(get("/v2/bot/message/quota/consumption").body())).isEqualTo(Json.of("{\"totalUsage\":1}"));
        assertThat(Json.of(get("/v2/bot/message/quota").body()))
                .isEqualTo(Json.of("{\"type\":\"limited\",\"value\":1}"));
        clock.turn(Duration.ofDays(31));
        assertThat(push(AOI, "次の月", UUID.randomUUID().toString()).statusCode()).isEqualTo(200);
    }

    @Test
    void a_push_to_someone_unknown_fails_and_to_someone_who_blocked_is_swallowed() throws Exception {
        HttpResponse<String> unknown = push("Uffffffffffffffffffffffffffffffff", "?", null);
        line.write(AOI, "main", "もしもし");
        line.happen(AOI, Json.of("{\"type\":\"unfollow\"}"));
        HttpResponse<String> blocked = push(AOI, "届かない", null);

        assertThat(unknown.statusCode()).isEqualTo(400);
        assertThat(unknown.body()).isEqualTo("{\"message\":\"Failed to send messages\"}");
        assertThat(blocked.statusCode()).isEqualTo(200);
        assertThat(fromAccount()).isEmpty();
        assertThat(line.stats("main").path("quota").path("used").asInt()).isZero();
        assertThat(get("/v2/bot/profile/" + AOI).statusCode()).isEqualTo(404);
    }

    @Test
    void no_token_or_a_wrong_one_is_401_and_the_call_log_shows_no_secret() throws Exception {
        HttpRequest request = HttpRequest.newBuilder(line.baseUri().resolve("/v2/bot/info"))
                .header("authorization", "Bearer nobody-knows-me")
                .build();

        assertThat(HTTP.send(request, HttpResponse.BodyHandlers.ofString()).statusCode())
                .isEqualTo(401);
        assertThat(get("/v2/bot/info").statusCode()).isEqualTo(200);

        assertThat(line.calls().toString())
                .contains("[sha256 ", "[account main]")
                .doesNotContain("nobody-knows-me", "sandbox-main-token");
    }

    // ------------------------------------------------------------ what is refused

    @ParameterizedTest
    @ValueSource(
            strings = {
                "[]",
                "[{\"type\":\"text\",\"text\":\"\"}]",
                "[{\"type\":\"file\",\"fileName\":\"a.pdf\"}]",
                "[{\"type\":\"text\",\"text\":\"a\",\"sender\":{\"name\":\"LINE\"}}]",
                "[{\"type\":\"text\",\"text\":\"a\",\"sender\":{\"name\":\"123456789012345678901\"}}]",
                "[{\"type\":\"sticker\",\"packageId\":\"1\",\"stickerId\":\"1\"}]",
                "[{\"type\":\"sticker\",\"packageId\":\"446\",\"stickerId\":\"1\"}]",
                "[{\"type\":\"image\",\"originalContentUrl\":\"http://example.com/a.png\",\"previewImageUrl\":\"https://example.com/a.png\"}]",
                "[{\"type\":\"text\",\"text\":\"a\",\"quickReply\":{\"items\":[]}}]",
                "[{\"type\":\"text\",\"text\":\"a\",\"quickReply\":{\"items\":[{\"type\":\"action\",\"action\":{\"type\":\"message\",\"label\":\"123456789012345678901\",\"text\":\"x\"}}]}}]",
                "[{\"type\":\"text\",\"text\":\"a\",\"quickReply\":{\"items\":[{\"type\":\"action\",\"action\":{\"type\":\"postback\",\"label\":\"x\",\"data\":\"d\",\"text\":\"t\",\"displayText\":\"t\"}}]}}]",
                "[{\"type\":\"template\",\"altText\":\"a\",\"template\":{\"type\":\"confirm\",\"text\":\"a\",\"actions\":[]}}]",
                "[{\"type\":\"text\",\"text\":\"a\",\"quoteToken\":\"unknown\"}]",
                "[{\"type\":\"text\",\"text\":\"1\"},{\"type\":\"text\",\"text\":\"2\"},{\"type\":\"text\",\"text\":\"3\"},{\"type\":\"text\",\"text\":\"4\"},{\"type\":\"text\",\"text\":\"5\"},{\"type\":\"text\",\"text\":\"6\"}]"
            })
    void a_message_that_breaks_a_rule_is_refused_and_not_shown(String messages) throws Exception {
        line.write(AOI, "main", "もしもし");

        HttpResponse<String> answer =
                post("/v2/bot/message/push", "{\"to\":\"" + AOI + "\",\"messages\":" + messages + "}");

        assertThat(answer.statusCode()).isEqualTo(400);
        assertThat(Json.of(answer.body())
                        .path("details")
                        .path(0)
                        .path("property")
                        .asText())
                .startsWith("messages");
        assertThat(fromAccount()).isEmpty();
    }

    @Test
    void a_text_may_have_5000_utf16_units_and_no_more() throws Exception {
        line.write(AOI, "main", "もしもし");

        assertThat(push(AOI, "😀".repeat(2500), null).statusCode()).isEqualTo(200);
        HttpResponse<String> over = push(AOI, "😀".repeat(2500) + "a", null);

        assertThat(over.statusCode()).isEqualTo(400);
        assertThat(over.body())
                .isEqualTo("{\"message\":\"The request body has 1 error(s)\",\"details\":[{\"message\":\"Length must"
                        + " be between 0 and 5000\",\"property\":\"messages[0].text\"}]}");
    }

    @Test
    void messages_are_validated_without_being_sent() throws Exception {
        assertThat(post("/v2/bot/message/validate/push", "{\"messages\":[{\"type\":\"text\",\"text\":\"a\"}]}")
                        .statusCode())
                .isEqualTo(200);
        assertThat(post("/v2/bot/message/validate/push", "{\"messages\":[{\"type\":\"text\"}]}")
                        .statusCode())
                .isEqualTo(400);
    }

    // ------------------------------------------------------------ content

    @Test
    void an_image_can_be_fetched_until_it_is_unsent() throws Exception {
        byte[] bytes = {(byte) 0x89, 'P', 'N', 'G', 1, 2, 3};
        ObjectNode body = Json.object()
                .put("type", "image")
                .put("data", Base64.getEncoder().encodeToString(bytes));
        String id = line.write(AOI, body).messageId();
        JsonNode message = hub.received.get(0).event().path("message");

        HttpResponse<byte[]> content = bytes("/v2/bot/message/" + id + "/content");
        line.happen(AOI, Json.object().put("type", "unsend").put("messageId", id));
        HttpResponse<byte[]> gone = bytes("/v2/bot/message/" + id + "/content");

        assertThat(message.path("contentProvider").path("type").asText()).isEqualTo("line");
        assertThat(message.has("data")).isFalse();
        assertThat(content.statusCode()).isEqualTo(200);
        assertThat(content.headers().firstValue("content-type")).contains("image/png");
        assertThat(content.body()).isEqualTo(bytes);
        assertThat(gone.statusCode()).isEqualTo(410);
        assertThat(bytes("/v2/bot/message/123/content").statusCode()).isEqualTo(404);
        assertThat(hub.received.get(1).event().path("unsend").path("messageId").asText())
                .isEqualTo(id);
        assertThat(line.chat(AOI, "main").get(0).path("unsent").asBoolean()).isTrue();
    }

    @Test
    void an_unsent_text_leaves_no_words_on_the_phone() {
        line.write(AOI, "main", "秘密");

        line.happen(AOI, Json.of("{\"type\":\"unsend\"}"));

        assertThat(line.chat(AOI, "main").toString())
                .contains("\"unsent\":true")
                .doesNotContain("秘密");
    }

    @Test
    void a_video_is_being_prepared_first() throws Exception {
        line.settings(Json.of("{\"transcodingPolls\":2}"));
        String id = line.write(AOI, Json.of("{\"type\":\"video\"}")).messageId();
        String path = "/v2/bot/message/" + id + "/content";

        assertThat(bytes(path).statusCode()).isEqualTo(202);
        assertThat(get(path + "/transcoding").body()).isEqualTo("{\"status\":\"processing\"}");
        assertThat(get(path + "/transcoding").body()).isEqualTo("{\"status\":\"succeeded\"}");
        HttpResponse<byte[]> ready = bytes(path);
        assertThat(ready.statusCode()).isEqualTo(200);
        assertThat(ready.headers().firstValue("content-type")).contains("video/mp4");
    }

    @Test
    void a_stalled_answer_comes_in_two_halves() throws Exception {
        line.faults(Json.of("{\"endpoint\":\"content\",\"stallMillis\":300,\"times\":1}"));
        String id = line.write(AOI, Json.of("{\"type\":\"image\"}")).messageId();
        long start = System.nanoTime();

        HttpResponse<byte[]> content = bytes("/v2/bot/message/" + id + "/content");

        assertThat(content.body()).isEqualTo(SampleMedia.of("image", "").bytes());
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThanOrEqualTo(Duration.ofMillis(290));
    }

    // ------------------------------------------------------------ access tokens

    @Test
    void a_stateless_token_works_for_15_minutes() throws Exception {
        HttpRequest request = HttpRequest.newBuilder(uri("/oauth2/v3/token"))
                .header("content-type", "application/x-www-form-urlencoded")
                .POST(HttpRequest.BodyPublishers.ofString(
                        "grant_type=client_credentials&client_id=main&client_secret=sandbox-main-secret"))
                .build();
        JsonNode issued =
                Json.of(HTTP.send(request, HttpResponse.BodyHandlers.ofString()).body());

        HttpRequest info = HttpRequest.newBuilder(uri("/v2/bot/info"))
                .header("authorization", "Bearer " + issued.path("access_token").asText())
                .build();
        int fresh = HTTP.send(info, HttpResponse.BodyHandlers.ofString()).statusCode();
        clock.turn(Duration.ofMinutes(15));
        int stale = HTTP.send(info, HttpResponse.BodyHandlers.ofString()).statusCode();

        assertThat(issued.path("expires_in").asInt()).isEqualTo(900);
        assertThat(List.of(fresh, stale)).containsExactly(200, 401);
        assertThat(line.calls("token").toString()).doesNotContain("sandbox-main-secret", "access_token");
    }

    // ------------------------------------------------------------ the phone

    @Test
    void tapping_a_quick_reply_sends_what_its_action_says() throws Exception {
        String token = line.write(AOI, "main", "もしもし").replyToken();
        post(
                "/v2/bot/message/reply",
                "{\"replyToken\":\"" + token + "\",\"messages\":[{\"type\":\"text\",\"text\":"
                        + "\"解決しましたか?\",\"quickReply\":{\"items\":["
                        + "{\"type\":\"action\",\"action\":{\"type\":\"postback\",\"label\":\"はい\",\"data\":\"solved=1\",\"displayText\":\"はい、解決\"}},"
                        + "{\"type\":\"action\",\"action\":{\"type\":\"message\",\"label\":\"いいえ\",\"text\":\"いいえ\"}}]}}]}");

        line.tap(AOI, "main", "はい");

        JsonNode event = hub.received.get(1).event();
        assertThat(event.path("type").asText()).isEqualTo("postback");
        assertThat(event.path("postback").path("data").asText()).isEqualTo("solved=1");
        assertThat(line.chat(AOI, "main").get(2).path("text").asText()).isEqualTo("はい、解決");
        assertThatThrownBy(() -> line.tap(AOI, "main", "いいえ"))
                .as("quick replies vanish once something follows them")
                .hasMessageContaining("いいえ");
    }

    @Test
    void the_control_api_speaks_json_over_http() throws Exception {
        HttpResponse<String> written = send(
                "POST",
                "/sandbox/users/" + AOI + "/messages",
                "{\"account\":\"main\",\"type\":\"text\",\"text\":\"もしもし\"}");
        HttpResponse<String> chat = send("GET", "/sandbox/users/" + AOI + "/chat", null);
        HttpResponse<String> nonsense = send("POST", "/sandbox/users/" + AOI + "/messages", "{");
        HttpResponse<String> reset = send("POST", "/sandbox/reset", null);
        HttpResponse<String> after = send("GET", "/sandbox/users/" + AOI + "/chat", null);

        assertThat(Json.of(written.body()).path("status").asInt()).isEqualTo(200);
        assertThat(Json.of(written.body()).path("messageId").asText()).isNotEmpty();
        assertThat(Json.of(chat.body()).path(0).path("from").asText()).isEqualTo("customer");
        assertThat(nonsense.statusCode()).isEqualTo(400);
        assertThat(reset.statusCode()).isEqualTo(200);
        assertThat(after.body()).isEqualTo("[]");
    }

    @Test
    void a_page_of_another_origin_cannot_drive_the_sandbox() throws Exception {
        HttpRequest request = HttpRequest.newBuilder(line.baseUri().resolve("/sandbox/reset"))
                .header("origin", "https://elsewhere.example")
                .POST(HttpRequest.BodyPublishers.noBody())
                .build();

        assertThat(HTTP.send(request, HttpResponse.BodyHandlers.ofString()).statusCode())
                .isEqualTo(403);
    }

    // ------------------------------------------------------------ words of this test

    private List<String> fromAccount() {
        return line.chat(AOI, "main").stream()
                .filter(entry -> entry.path("from").asText().equals("account"))
                .map(entry -> entry.path("text").asText())
                .toList();
    }

    private HttpResponse<String> reply(String token, String text) throws Exception {
        ObjectNode body = Json.object().put("replyToken", token);
        body.putArray("messages").addObject().put("type", "text").put("text", text);
        return post("/v2/bot/message/reply", body.toString());
    }

    private HttpResponse<String> push(String to, String text, String retryKey) throws Exception {
        ObjectNode body = Json.object().put("to", to);
        body.putArray("messages").addObject().put("type", "text").put("text", text);
        return retryKey == null
                ? post("/v2/bot/message/push", body.toString())
                : post("/v2/bot/message/push", body.toString(), "X-Line-Retry-Key", retryKey);
    }

    private HttpResponse<String> post(String path, String body, String... headers) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(uri(path))
                .header("authorization", "Bearer sandbox-main-token")
                .header("content-type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body));
        if (headers.length > 0) {
            request.headers(headers);
        }
        return HTTP.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    private HttpResponse<String> get(String path) throws Exception {
        return HTTP.send(
                HttpRequest.newBuilder(uri(path))
                        .header("authorization", "Bearer sandbox-main-token")
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    private HttpResponse<byte[]> bytes(String path) throws Exception {
        return HTTP.send(
                HttpRequest.newBuilder(uri(path))
                        .header("authorization", "Bearer sandbox-main-token")
                        .build(),
                HttpResponse.BodyHandlers.ofByteArray());
    }

    private HttpResponse<String> send(String method, String path, String body) throws Exception {
        return HTTP.send(
                HttpRequest.newBuilder(uri(path))
                        .method(
                                method,
                                body == null
                                        ? HttpRequest.BodyPublishers.noBody()
                                        : HttpRequest.BodyPublishers.ofString(body))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    private URI uri(String path) {
        return line.baseUri().resolve(path);
    }
}
