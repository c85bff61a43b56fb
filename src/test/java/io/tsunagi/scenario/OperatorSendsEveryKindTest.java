package io.tsunagi.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tsunagi.media.Mp4;
import io.tsunagi.sandbox.line.Sent;
import io.tsunagi.store.Dialect;
import io.tsunagi.store.Store;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Everything an operator can send, as the customer's phone gets it. Every test has a customer of its own. */
class OperatorSendsEveryKindTest {
    private static final HttpClient PHONE = HttpClient.newHttpClient();

    private static TestHub hub;
    private static Rows rows;
    private static Operator aoi;
    private static int customers;

    @BeforeAll
    static void start() {
        hub = TestHub.start(
                Dialect.H2,
                Map.of(
                        "hub.dispatch.capacity",
                        "50",
                        "hub.media.purge-cron",
                        "* * * * * ?",
                        "hub.access.person.aoi.icon",
                        "https://example.com/aoi.png"));
        rows = new Rows(hub.settings());
        aoi = hub.operator("aoi");
    }

    @AfterAll
    static void stop() {
        rows.close();
        hub.close();
    }

    private record Caller(String user, String inquiry) {}

    private static Caller caller() {
        String user = "U" + UUID.randomUUID().toString().replace("-", "");
        String name = "お客 " + ++customers + "号";
        hub.customer(user, name);
        hub.line.write(user, "main", "オペレーターと話したい");
        return new Caller(user, aoi.awaitInquiry(name));
    }

    private static Operator.Reply draft(Caller caller, Map<String, Object> parts) {
        String path = "/api/inquiries/" + caller.inquiry() + "/draft";
        Map<String, Object> draft = new java.util.HashMap<>(parts);
        draft.put("version", aoi.get(path).path("version").asLong());
        return aoi.call("PUT", path, draft);
    }

    private static Operator.Reply send(Caller caller, Map<String, Object> parts) {
        Operator.Reply saved = draft(caller, parts);
        assertThat(saved.status()).as("draft: %s", saved.body()).isEqualTo(200);
        return aoi.send(
                caller.inquiry(),
                saved.body().path("version").asLong(),
                aoi.newest(caller.inquiry()),
                UUID.randomUUID());
    }

    private static JsonNode onPhone(Caller caller, java.util.function.Predicate<JsonNode> fits) {
        return await("a bubble on the phone")
                .atMost(TestHub.PATIENCE)
                .until(
                        () -> hub.chat(caller.user()).stream()
                                .filter(bubble -> bubble.path("from").asText().equals("account"))
                                .filter(fits)
                                .findFirst()
                                .orElse(null),
                        found -> found != null);
    }

    private static JsonNode callWith(String words) {
        return hub.line.calls().stream()
                .filter(call -> call.path("endpoint").asText().matches("push|reply"))
                .filter(call -> call.path("body").toString().contains(words))
                .findFirst()
                .orElseThrow();
    }

    /** Scenario 17 */
    @Test
    void a_long_text_goes_as_two_bubbles_of_one_call() {
        Caller caller = caller();
        String sentence = "お調べした結果をお知らせします。";
        String text = ("始め。" + sentence.repeat(700)).substring(0, 8997) + "以上。";

        assertThat(send(caller, Map.of("text", text)).status()).isEqualTo(202);

        onPhone(caller, bubble -> bubble.path("text").asText().endsWith("以上。"));
        JsonNode messages = callWith("始め。").path("body").path("messages");
        assertThat(messages).hasSize(2);
        assertThat(messages.path(0).path("text").asText()).endsWith("。").hasSizeLessThanOrEqualTo(5000);
        assertThat(messages.path(0).path("text").asText()
                        + messages.path(1).path("text").asText())
                .isEqualTo(text);
        assertThat(draft(caller, Map.of("text", "長".repeat(25_001))).status()).isEqualTo(200);
        Operator.Reply tooLong = send(caller, Map.of("text", "長".repeat(25_001)));
        assertThat(tooLong.status()).isEqualTo(422);
        assertThat(tooLong.body().path("error").path("code").asText()).isEqualTo("too-long");
    }

    private static byte[] photo() throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ImageIO.write(new BufferedImage(800, 600, BufferedImage.TYPE_INT_RGB), "jpeg", out);
        return out.toByteArray();
    }

    private static HttpResponse<byte[]> load(String url) throws IOException, InterruptedException {
        // The phone knows the public address; the test's hub listens elsewhere.
        URI here = URI.create(hub.base() + URI.create(url).getPath());
        return PHONE.send(HttpRequest.newBuilder(here).build(), HttpResponse.BodyHandlers.ofByteArray());
    }

    /** Scenario 18 */
    @Test
    void a_sent_picture_still_loads_days_later_and_is_gone_after_its_purge() throws Exception {
        Caller caller = caller();
        JsonNode image = aoi.upload("/api/inquiries/" + caller.inquiry() + "/images", photo());
        assertThat(image.path("width").asInt()).isEqualTo(800);
        assertThat(aoi.bytes(image.path("url").asText()))
                .as("shown beside the draft")
                .isNotEmpty();

        assertThat(send(
                                caller,
                                Map.of(
                                        "text",
                                        "こちらです",
                                        "image",
                                        Map.of("id", image.path("id").asText())))
                        .status())
                .isEqualTo(202);

        JsonNode shown = onPhone(caller, bubble -> bubble.path("type").asText().equals("image"));
        HttpResponse<byte[]> original = load(shown.path("originalContentUrl").asText());
        assertThat(original.statusCode()).isEqualTo(200);
        assertThat(original.headers().firstValue("content-type")).contains("image/jpeg");
        assertThat(ImageIO.read(new ByteArrayInputStream(original.body())).getWidth())
                .isEqualTo(800);
        HttpResponse<byte[]> preview = load(shown.path("previewImageUrl").asText());
        assertThat(ImageIO.read(new ByteArrayInputStream(preview.body())).getWidth())
                .isEqualTo(720);
        assertThat(load("http://x/m/" + "A".repeat(32)).statusCode()).isEqualTo(404);

        UUID media = UUID.fromString(image.path("id").asText());
        try (Store store = Store.open(hub.settings())) {
            List<Instant> until = store.jdbc()
                    .sql("select expires_at from media_links")
                    .query((row, i) -> Store.instant(row.getTimestamp("expires_at")))
                    .list();
            assertThat(until).isNotEmpty().allSatisfy(end -> assertThat(end)
                    .isAfter(Instant.now().plus(Duration.ofDays(3))));
            assertThat(store.jdbc()
                            .sql("update media set due_at = ? where inquiry = ?")
                            .params(Store.at(Instant.now().minusSeconds(60)), UUID.fromString(caller.inquiry()))
                            .update())
                    .isEqualTo(2);
        }
        aoi.awaitMessage(
                caller.inquiry(),
                message -> message.path("media").path("id").asText().equals(media.toString())
                        && message.path("media").path("state").asText().equals("purged"));
        assertThat(load(shown.path("originalContentUrl").asText()).statusCode()).isEqualTo(410);
        assertThat(load(shown.path("previewImageUrl").asText()).statusCode()).isEqualTo(410);
    }

    private static HttpResponse<byte[]> load(String url, String range) throws IOException, InterruptedException {
        URI here = URI.create(hub.base() + URI.create(url).getPath());
        return PHONE.send(
                HttpRequest.newBuilder(here).header("Range", range).build(), HttpResponse.BodyHandlers.ofByteArray());
    }

    /** Scenario 18 */
    @Test
    void a_sent_video_plays_in_parts_without_what_the_phone_wrote_into_it_until_it_is_purged() throws Exception {
        Caller caller = caller();
        String videos = "/api/inquiries/" + caller.inquiry() + "/videos";
        byte[] file = Mp4.ofPhone(2_500_000);
        String id = aoi.upload(videos, file).path("id").asText();
        Map<String, Object> parts = Map.of("text", "手順の動画です", "image", Map.of("id", id));
        assertThat(draft(caller, parts).body().path("error").path("code").asText())
                .as("LINE asks for a preview")
                .isEqualTo("image-gone");

        JsonNode video = aoi.upload(videos + "/" + id + "/preview", photo());

        assertThat(video.path("kind").asText()).isEqualTo("video");
        assertThat(video.path("width").asInt()).isEqualTo(640);
        assertThat(aoi.bytes(video.path("preview").asText())).isNotEmpty();
        assertThat(send(caller, parts).status()).isEqualTo(202);
        JsonNode shown = onPhone(caller, bubble -> bubble.path("type").asText().equals("video"));
        String url = shown.path("originalContentUrl").asText();
        HttpResponse<byte[]> whole = load(url);
        assertThat(whole.statusCode()).isEqualTo(200);
        assertThat(whole.headers().firstValue("content-type")).contains("video/mp4");
        assertThat(whole.headers().firstValue("accept-ranges")).contains("bytes");
        assertThat(whole.headers().firstValueAsLong("content-length")).hasValue(file.length);
        assertThat(whole.body()).hasSize(file.length);
        assertThat(new String(whole.body(), java.nio.charset.StandardCharsets.ISO_8859_1))
                .doesNotContain(Mp4.PLACE, Mp4.MEASURED);
        HttpResponse<byte[]> first = load(url, "bytes=0-1");
        assertThat(first.statusCode()).isEqualTo(206);
        assertThat(first.headers().firstValue("content-range")).contains("bytes 0-1/" + file.length);
        assertThat(first.headers().firstValueAsLong("content-length")).hasValue(2);
        assertThat(first.body()).isEqualTo(java.util.Arrays.copyOf(whole.body(), 2));
        HttpResponse<byte[]> rest = load(url, "bytes=2000000-");
        assertThat(rest.statusCode()).isEqualTo(206);
        assertThat(rest.body()).isEqualTo(java.util.Arrays.copyOfRange(whole.body(), 2_000_000, file.length));
        assertThat(load(url, "bytes=" + file.length + "-").statusCode()).isEqualTo(416);
        assertThat(ImageIO.read(new ByteArrayInputStream(
                                load(shown.path("previewImageUrl").asText()).body()))
                        .getWidth())
                .isEqualTo(720);
        HttpResponse<byte[]> console = aoi.part("/api/media/" + id, "bytes=0-1");
        assertThat(console.statusCode()).isEqualTo(206);
        assertThat(console.headers().firstValueAsLong("content-length")).hasValue(2);
        assertThat(console.headers().firstValue("cache-control")).contains("no-store");
        assertThat(console.headers().firstValue("x-content-type-options")).contains("nosniff");
        JsonNode message =
                aoi.awaitMessage(caller.inquiry(), m -> m.path("type").asText().equals("video"));
        assertThat(message.path("media").path("preview").asText())
                .isEqualTo(video.path("preview").asText());

        try (Store store = Store.open(hub.settings())) {
            store.jdbc()
                    .sql("update media set due_at = ? where inquiry = ?")
                    .params(Store.at(Instant.now().minusSeconds(60)), UUID.fromString(caller.inquiry()))
                    .update();
        }
        aoi.awaitMessage(
                caller.inquiry(),
                m -> m.path("media").path("id").asText().equals(id)
                        && m.path("media").path("state").asText().equals("purged"));
        assertThat(load(url, "bytes=0-1").statusCode()).isEqualTo(410);
    }

    @Test
    void what_is_no_video_or_too_large_a_one_is_not_taken_and_nobody_gives_anothers_video_a_preview() throws Exception {
        Caller caller = caller();
        Caller other = caller();
        String videos = "/api/inquiries/" + caller.inquiry() + "/videos";

        assertThat(aoi.post(videos, photo()).status()).isEqualTo(422);
        assertThat(aoi.post(videos, new byte[20 * 1024 * 1024 + 1]).status()).isEqualTo(413);
        String id = aoi.upload(videos, Mp4.ofPhone(1000)).path("id").asText();
        assertThat(aoi.post("/api/inquiries/" + other.inquiry() + "/videos/" + id + "/preview", photo())
                        .status())
                .isEqualTo(404);
        assertThat(aoi.post(videos + "/" + id + "/preview", new byte[] {1, 2, 3})
                        .status())
                .isEqualTo(422);
    }

    @Test
    void what_is_no_picture_is_not_taken() {
        Caller caller = caller();

        Operator.Reply refused = aoi.post(
                "/api/inquiries/" + caller.inquiry() + "/images",
                "<svg xmlns='http://www.w3.org/2000/svg'/>".getBytes(java.nio.charset.StandardCharsets.UTF_8));

        assertThat(refused.status()).isEqualTo(422);
        assertThat(refused.body().path("error").path("message").asText()).contains("JPEG and PNG");
    }

    /** Scenario 19 */
    @Test
    void only_stickers_line_lets_an_account_send_get_into_a_draft() {
        Caller caller = caller();
        int calls = hub.line.calls().size();

        Operator.Reply refused = draft(caller, Map.of("sticker", Map.of("packageId", "446", "stickerId", "2028")));
        assertThat(refused.status()).isEqualTo(422);
        assertThat(refused.body().path("error").path("code").asText()).isEqualTo("sticker");
        assertThat(hub.line.calls().subList(calls, hub.line.calls().size()))
                .noneMatch(call -> call.path("body").toString().contains("2028"));

        assertThat(aoi.get("/api/stickers")).isNotEmpty().allSatisfy(sticker -> {
            assertThat(draft(
                                    caller,
                                    Map.of(
                                            "sticker",
                                            Map.of(
                                                    "packageId",
                                                            sticker.path("packageId")
                                                                    .asText(),
                                                    "stickerId",
                                                            sticker.path("stickerId")
                                                                    .asText())))
                            .status())
                    .isEqualTo(200);
        });
    }

    @Test
    void a_card_from_the_configuration_is_filled_in_and_arrives_as_one() {
        Caller caller = caller();
        JsonNode cards = aoi.get("/api/cards");
        assertThat(cards.findValuesAsText("kind")).contains("buttons", "confirm", "flex");
        assertThat(draft(caller, Map.of("card", Map.of("name", "x", "values", Map.of("a", "x".repeat(301)))))
                        .status())
                .isEqualTo(422);
        Operator.Reply open = send(caller, Map.of("card", Map.of("name", "receipt", "language", "ja")));
        assertThat(open.body().path("error").path("code").asText()).isEqualTo("placeholder");

        Map<String, Object> receipt =
                Map.of("name", "receipt", "language", "ja", "values", Map.of("内容", "カードの再発行 \"至急\""));
        assertThat(send(caller, Map.of("text", "こちらです", "card", receipt)).status())
                .isEqualTo(202);

        JsonNode flex = onPhone(caller, bubble -> bubble.path("type").asText().equals("flex"));
        assertThat(flex.toString()).contains("カードの再発行 \\\"至急\\\"").doesNotContain("{{");
        JsonNode shown = aoi.awaitMessage(
                caller.inquiry(), message -> message.path("type").asText().equals("card"));
        assertThat(shown.path("text").asText()).startsWith("お問い合わせを受け付けました");
        assertThat(shown.path("card").path("kind").asText()).isEqualTo("flex");
        assertThat(callWith("至急").path("body").path("messages")).hasSize(2);

        assertThat(send(caller, Map.of("card", Map.of("name", "call-us", "language", "ja")))
                        .status())
                .isEqualTo(202);
        JsonNode buttons =
                onPhone(caller, bubble -> bubble.path("type").asText().equals("template"));
        assertThat(buttons.toString()).contains("tel:0312345678");
    }

    /** Scenario 20 */
    @Test
    void the_customer_sees_that_somebody_writes_once_in_twenty_seconds_and_that_they_were_read() {
        Caller caller = caller();
        for (int i = 0; i < 5; i++) {
            assertThat(aoi.post("/api/inquiries/" + caller.inquiry() + "/typing", Map.of())
                            .status())
                    .isEqualTo(204);
        }
        await().atMost(TestHub.PATIENCE).until(() -> !callsTo("loading", caller).isEmpty());

        hub.line.write(caller.user(), "main", "読みましたか");
        JsonNode message =
                aoi.awaitMessage(caller.inquiry(), m -> m.path("text").asText().equals("読みましたか"));
        aoi.post(
                "/api/inquiries/" + caller.inquiry() + "/read",
                Map.of("seq", message.path("seq").asInt()));
        await("marked as read").atMost(TestHub.PATIENCE).until(() -> hub.chat(caller.user()).stream()
                .anyMatch(bubble -> bubble.path("text").asText().equals("読みましたか")
                        && bubble.path("read").asBoolean()));
        assertThat(callsTo("loading", caller)).hasSize(1);

        // As if those 20 s were over.
        rows.store()
                .jdbc()
                .sql("update inquiries set typing_at = ? where id = ?")
                .params(Store.at(Instant.now().minusSeconds(20)), UUID.fromString(caller.inquiry()))
                .update();
        for (int i = 0; i < 5; i++) {
            aoi.post("/api/inquiries/" + caller.inquiry() + "/typing", Map.of());
        }
        await("shown again")
                .atMost(TestHub.PATIENCE)
                .until(() -> callsTo("loading", caller).size() == 2);
    }

    private static List<JsonNode> callsTo(String endpoint, Caller caller) {
        return hub.line.calls(endpoint).stream()
                .filter(call -> call.path("body").path("chatId").asText().equals(caller.user()))
                .toList();
    }

    /** Scenario 5 */
    @Test
    void a_character_that_only_a_draft_s_field_can_read_comes_into_the_hub_as_the_sign_it_shows() {
        Caller caller = caller();
        String sign = Character.toString(0xF092B);
        Map<String, Object> sun = Map.of("index", 2, "productId", "5ac21a18040ab15980c9b43e", "emojiId", "043");
        assertThat(send(
                                caller,
                                Map.of(
                                        "text",
                                        sign + "$です" + sign,
                                        "emojis",
                                        List.of(sun),
                                        "quickReplies",
                                        List.of(sign)))
                        .status())
                .isEqualTo(202);
        String path = "/api/inquiries/" + caller.inquiry();
        assertThat(aoi.post(path + "/notes", Map.of("text", "メモ" + sign)).body().toString())
                .contains("メモ🙂");
        assertThat(draft(caller, Map.of("text", "次の" + sign)).status()).isEqualTo(200);
        assertThat(aoi.post(path + "/hold", Map.of("memo", "待ち" + sign)).status())
                .isEqualTo(200);

        JsonNode bubble = onPhone(caller, b -> b.path("text").asText().equals("🙂$です🙂"));
        assertThat(bubble.path("emojis").path(0).path("index").asInt()).isEqualTo(2);
        await("in Salesforce")
                .atMost(TestHub.PATIENCE)
                .until(() -> hub.salesforce.records("LineMessage__c").toString().contains("🙂[emoji]です🙂"));
        assertThat(hub.line.calls().toString()).doesNotContain(sign);
        assertThat(hub.salesforce.records("LineMessage__c").toString()
                        + hub.salesforce.records("Case").toString())
                .doesNotContain(sign);
        assertThat(aoi.messages(caller.inquiry()).toString()).doesNotContain(sign);
        assertThat(aoi.get(path + "/draft").path("text").asText()).isEqualTo("次の🙂");
        assertThat(rows.placesOf(sign)).as("nor in what the audit keeps").isEmpty();
        // Kept JSON has such characters as escapes.
        assertThat(rows.placesOf("\\uDB82")).as("nor in messages and drafts").isEmpty();
        assertThat(rows.placesOf("\\uD83D\\uDE42")).contains("messages.content", "drafts.content");
    }

    /** Scenario 21 */
    @Test
    void customers_see_the_nickname_and_never_the_real_name() {
        Caller caller = caller();
        assertThat(send(caller, Map.of("text", "担当いたします")).status()).isEqualTo(202);

        JsonNode bubble = onPhone(caller, b -> b.path("text").asText().equals("担当いたします"));

        assertThat(bubble.path("sender").path("name").asText()).isEqualTo("さとう");
        assertThat(bubble.path("sender").path("iconUrl").asText()).isEqualTo("https://example.com/aoi.png");
        assertThat(hub.line.calls().toString()).doesNotContain("佐藤 葵");
    }

    @Test
    void a_quote_and_quick_replies_reach_the_phone_and_a_tapped_one_comes_back_as_words() {
        Caller caller = caller();
        Sent question = hub.line.write(caller.user(), "main", "土曜と日曜のどちらですか");
        JsonNode asked =
                aoi.awaitMessage(caller.inquiry(), m -> m.path("text").asText().startsWith("土曜と日曜"));
        assertThat(asked.path("quotable").asBoolean()).isTrue();

        assertThat(send(
                                caller,
                                Map.of(
                                        "text",
                                        "どちらがよろしいですか",
                                        "quote",
                                        asked.path("id").asText(),
                                        "quickReplies",
                                        List.of("土曜", "日曜")))
                        .status())
                .isEqualTo(202);

        JsonNode shown = onPhone(caller, b -> b.path("text").asText().startsWith("どちらが"));
        assertThat(shown.path("quotedMessageId").asText()).isEqualTo(question.messageId());
        hub.line.tap(caller.user(), "main", "土曜");
        aoi.awaitMessage(
                caller.inquiry(),
                m -> m.path("from").asText().equals("customer")
                        && m.path("text").asText().equals("土曜"));

        // What we said can be quoted back.
        ObjectNode quoting = Webhook.JSON
                .createObjectNode()
                .put("account", "main")
                .put("type", "text")
                .put("text", "これです")
                .put("quotedMessageId", shown.path("id").asText());
        hub.line.write(caller.user(), quoting);
        JsonNode back =
                aoi.awaitMessage(caller.inquiry(), m -> m.path("text").asText().equals("これです"));
        assertThat(back.path("quoted").path("text").asText()).startsWith("どちらが");
    }

    /** Scenario 7 */
    @Test
    void a_draft_forgets_the_quote_of_what_was_taken_back() {
        Caller caller = caller();
        Sent secret = hub.line.write(caller.user(), "main", "番号は 4471");
        JsonNode shown =
                aoi.awaitMessage(caller.inquiry(), m -> m.path("text").asText().equals("番号は 4471"));
        draft(caller, Map.of("text", "確認します", "quote", shown.path("id").asText()));

        hub.line.happen(
                caller.user(),
                Webhook.JSON
                        .createObjectNode()
                        .put("account", "main")
                        .put("type", "unsend")
                        .put("messageId", secret.messageId()));

        await().atMost(TestHub.PATIENCE).untilAsserted(() -> {
            JsonNode draft = aoi.get("/api/inquiries/" + caller.inquiry() + "/draft");
            assertThat(draft.path("quote").isNull()).isTrue();
            assertThat(draft.path("text").asText()).isEqualTo("確認します");
        });
    }
}
