package io.tsunagi.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.tsunagi.store.Dialect;
import io.tsunagi.store.Store;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** An operator's day at the console: drafts, undo, holds, pictures, and the survey after the close. */
class OperatorAnswersTest {
    private static final String PAGE = "<html><script>alert(1)</script></html>";

    private static TestHub hub;
    private static Operator aoi;

    @BeforeAll
    static void start() {
        hub = TestHub.start(Dialect.H2, Map.of("hub.dispatch.capacity", "50", "hub.console.undo-seconds", "10"));
        aoi = hub.operator("aoi");
    }

    @AfterAll
    static void stop() {
        hub.close();
    }

    /** Brings a customer to the operator. */
    private static String inquiryOf(String user, String name) {
        hub.customer(user, name);
        hub.line.write(user, "main", "オペレーターと話したい");
        return aoi.awaitInquiry(name);
    }

    private static Operator.Reply draft(Operator operator, String inquiry, String text, long version) {
        Map<String, Object> draft = new HashMap<>();
        draft.put("text", text);
        draft.put("sticker", null);
        draft.put("version", version);
        return operator.call("PUT", "/api/inquiries/" + inquiry + "/draft", draft);
    }

    /** What LINE was asked to say to anybody, as far as it holds these words. */
    private static List<JsonNode> calls(String words) {
        return hub.line.calls().stream()
                .filter(call -> call.path("body").toString().contains(words))
                .toList();
    }

    /** Scenario 42 */
    @Test
    void a_saved_draft_is_not_sent_and_one_taken_back_in_time_never_reaches_line() {
        String user = "U00000000000000000000000000000201";
        String inquiry = inquiryOf(user, "取消 一郎");
        draft(aoi, inquiry, "まだ送らない下書き", 0);
        JsonNode sent = aoi.say(inquiry, "送ってから取り消す言葉").body();

        Operator.Reply undone = aoi.post(
                "/api/inquiries/" + inquiry + "/undo",
                Map.of("messageId", sent.path("messages").path(0).path("id").asText()));

        assertThat(undone.status()).as("undo: %s", undone.body()).isEqualTo(200);
        assertThat(undone.body().path("draft").path("text").asText()).isEqualTo("送ってから取り消す言葉");
        assertThat(aoi.say(inquiry, "本当の返事").status()).isEqualTo(202);
        hub.awaitBubble(user, text -> text.equals("本当の返事"));
        assertThat(calls("本当の返事")).isNotEmpty();
        assertThat(calls("送ってから取り消す言葉")).isEmpty();
        assertThat(calls("まだ送らない下書き")).isEmpty();
        aoi.awaitMessage(
                inquiry,
                message -> message.path("delivery").path("state").asText().equals("cancelled")
                        && message.path("text").isNull());
    }

    /** Scenario 44 */
    @Test
    void a_draft_is_the_same_on_another_device_and_older_words_do_not_replace_newer_ones() {
        String inquiry = inquiryOf("U00000000000000000000000000000202", "二台 持ち");
        long first = draft(aoi, inquiry, "一台目で書いた", 0).body().path("version").asLong();
        Operator secondDevice = hub.away("aoi");
        aoi.put("/api/me/presence", Map.of("presence", "available"));
        JsonNode there = secondDevice.get("/api/inquiries/" + inquiry + "/draft");
        assertThat(there.path("text").asText()).isEqualTo("一台目で書いた");
        assertThat(draft(secondDevice, inquiry, "二台目で直した", there.path("version").asLong())
                        .status())
                .isEqualTo(200);

        Operator.Reply stale = draft(aoi, inquiry, "一台目の続き", first);

        assertThat(stale.status()).isEqualTo(409);
        assertThat(stale.body().path("error").path("code").asText()).isEqualTo("draft-changed");
        assertThat(stale.body().path("error").path("draft").path("text").asText())
                .isEqualTo("二台目で直した");
        Operator.Reply send = aoi.send(inquiry, first, aoi.newest(inquiry), UUID.randomUUID());
        assertThat(send.status()).isEqualTo(409);
        assertThat(aoi.get("/api/inquiries/" + inquiry + "/draft").path("text").asText())
                .isEqualTo("二台目で直した");
    }

    /** Scenario 47 */
    @Test
    void a_held_inquiry_keeps_its_memos_hears_the_customer_and_is_resumed() {
        String user = "U00000000000000000000000000000203";
        String inquiry = inquiryOf(user, "保留 三郎");
        JsonNode held = aoi.act(inquiry, "hold", Map.of("memo", "銀行に確認中", "until", "2126-04-01T09:00:00Z"));
        assertThat(held.path("state").asText()).isEqualTo("HELD");
        assertThat(aoi.workspace().path("held").toString()).contains(inquiry, "銀行に確認中");
        assertThat(aoi.workspace().path("slots").toString()).doesNotContain(inquiry);

        hub.line.write(user, "main", "どうなりましたか");
        aoi.awaitMessage(inquiry, message -> message.path("text").asText().equals("どうなりましたか"));
        assertThat(aoi.inquiry(inquiry).path("state").asText()).isEqualTo("HELD");

        assertThat(aoi.act(inquiry, "resume", Map.of()).path("state").asText()).isEqualTo("ASSIGNED");
        aoi.act(inquiry, "hold", Map.of("memo", "再確認中"));
        assertThat(aoi.inquiry(inquiry).path("holds"))
                .extracting(hold -> hold.path("memo").asText())
                .containsExactly("銀行に確認中", "再確認中");
        assertThat(aoi.inquiry(inquiry).path("holds").path(0).path("by").asText())
                .isEqualTo("佐藤 葵");
    }

    @Test
    void a_picture_is_shown_to_the_operator_and_the_look_is_audited() throws Exception {
        String user = "U00000000000000000000000000000204";
        hub.customer(user, "写真 四郎");
        hub.line.write(
                user,
                JsonNodeFactory.instance.objectNode().put("account", "main").put("type", "image"));
        String inquiry = aoi.awaitInquiry("写真 四郎");

        JsonNode picture = aoi.awaitMessage(
                inquiry, message -> message.path("media").path("state").asText().equals("ready"));

        assertThat(picture.path("type").asText()).isEqualTo("image");
        byte[] bytes = aoi.bytes(picture.path("media").path("url").asText());
        assertThat(ImageIO.read(new ByteArrayInputStream(bytes)).getWidth()).isEqualTo(640);
        try (Store store = Store.open(hub.settings())) {
            List<Map<String, Object>> looks = store.jdbc()
                    .sql("select actor, object from audit where act = 'view-media' and object = ?")
                    .param("media/" + picture.path("media").path("id").asText())
                    .query()
                    .listOfRows();
            assertThat(looks).hasSize(1);
            assertThat(looks.get(0).get("actor")).isEqualTo(aoi.me().path("id").asText());
        }
    }

    private static JsonNode sends(String user, String name, String type, byte[] data) {
        hub.customer(user, name);
        hub.line.write(
                user,
                JsonNodeFactory.instance
                        .objectNode()
                        .put("account", "main")
                        .put("type", type)
                        .put("fileName", "page.html")
                        .put("contentType", "text/html")
                        .put("data", Base64.getEncoder().encodeToString(data)));
        return aoi.awaitMessage(
                aoi.awaitInquiry(name),
                message -> message.path("media").path("state").asText().equals("ready"));
    }

    private static byte[] jpegThatIsAPageToo() throws IOException {
        ByteArrayOutputStream drawn = new ByteArrayOutputStream();
        ImageIO.write(new BufferedImage(8, 8, BufferedImage.TYPE_INT_RGB), "jpg", drawn);
        byte[] words = PAGE.getBytes(StandardCharsets.US_ASCII);
        ByteArrayOutputStream both = new ByteArrayOutputStream();
        both.write(drawn.toByteArray(), 0, 2);
        // A comment of JPEG: mark and length.
        both.write(new byte[] {(byte) 0xff, (byte) 0xfe, 0, (byte) (words.length + 2)});
        both.write(words);
        both.write(drawn.toByteArray(), 2, drawn.size() - 2);
        return both.toByteArray();
    }

    /** S12 */
    @Test
    void a_file_is_a_download_only_and_a_picture_that_is_a_page_too_is_shown_as_a_picture() throws IOException {
        byte[] file = PAGE.getBytes(StandardCharsets.US_ASCII);
        byte[] picture = jpegThatIsAPageToo();
        JsonNode sentFile = sends("U00000000000000000000000000000206", "添付 六郎", "file", file);
        JsonNode sentPicture = sends("U00000000000000000000000000000207", "二役 七郎", "image", picture);

        HttpResponse<byte[]> asFile =
                aoi.part(sentFile.path("media").path("url").asText(), "bytes=0-");
        HttpResponse<byte[]> asPicture =
                aoi.part(sentPicture.path("media").path("url").asText(), "bytes=0-");

        assertThat(asFile.body()).isEqualTo(file);
        assertThat(asFile.headers().firstValue("Content-Disposition")).contains("attachment");
        assertThat(asFile.headers().firstValue("Content-Type")).contains("application/octet-stream");
        assertThat(new String(asPicture.body(), StandardCharsets.ISO_8859_1))
                .as("words beside the pixels are not kept")
                .doesNotContain(PAGE);
        assertThat(ImageIO.read(new ByteArrayInputStream(asPicture.body())).getWidth())
                .isEqualTo(8);
        assertThat(asPicture.headers().firstValue("Content-Type")).contains("image/jpeg");
        for (HttpResponse<byte[]> answer : List.of(asFile, asPicture)) {
            assertThat(answer.headers().allValues("Content-Security-Policy"))
                    .containsExactly("default-src 'none'; frame-ancestors 'none'; sandbox");
            assertThat(answer.headers().firstValue("X-Content-Type-Options")).contains("nosniff");
        }
    }

    @Test
    void no_byte_of_a_medium_leaves_when_the_look_cannot_be_audited() throws IOException {
        JsonNode media = sends("U00000000000000000000000000000208", "記録 八郎", "image", jpegThatIsAPageToo())
                .path("media");
        try (Rows rows = new Rows(hub.settings())) {
            rows.store()
                    .jdbc()
                    .sql("alter table audit add constraint not_now check (object <> 'media/"
                            + media.path("id").asText() + "')")
                    .update();
            try {
                HttpResponse<byte[]> answer = aoi.part(media.path("url").asText(), "bytes=0-");

                assertThat(answer.statusCode()).isEqualTo(500);
                assertThat(new String(answer.body(), StandardCharsets.ISO_8859_1))
                        .contains("\"internal\"")
                        .doesNotContain(PAGE);
            } finally {
                rows.store()
                        .jdbc()
                        .sql("alter table audit drop constraint not_now")
                        .update();
            }
        }
        assertThat(aoi.part(media.path("url").asText(), "bytes=0-").statusCode())
                .isEqualTo(206);
    }

    /** Scenario 61 */
    @Test
    void after_the_close_the_survey_counts_one_tap_and_plain_words_begin_a_new_inquiry() {
        String user = "U00000000000000000000000000000205";
        String inquiry = inquiryOf(user, "評価 五郎");
        aoi.act(inquiry, "close", Map.of("reason", "solved", "survey", true));
        hub.awaitBubble(user, text -> text.startsWith("今回の対応はいかがでしたか"));

        JsonNode tapped = hub.line.tap(user, "main", "4 良い");
        hub.awaitBubble(user, text -> text.startsWith("ご回答ありがとうございました"));
        await().atMost(TestHub.PATIENCE)
                .untilAsserted(() -> assertThat(scoreOf(inquiry)).isEqualTo(4));
        hub.line.happen(
                user,
                JsonNodeFactory.instance
                        .objectNode()
                        .put("account", "main")
                        .put("type", "postback")
                        .put("data", "survey?inquiry=" + inquiry + "&score=1"));
        hub.awaitBubble(user, text -> text.startsWith("すでにご回答いただいています"));
        assertThat(tapped).isNotNull();
        assertThat(aoi.inquiry(inquiry).path("survey").path("score").asInt()).isEqualTo(4);
        assertThat(aoi.messages(inquiry).toString()).doesNotContain("今回の対応", "4 良い");

        hub.line.write(user, "main", "オペレーターと話したい");
        String next = aoi.awaitInquiry("評価 五郎");
        assertThat(next).isNotEqualTo(inquiry);
        assertThat(aoi.inquiry(inquiry).path("state").asText()).isEqualTo("CLOSED");
        String customer = aoi.inquiry(next).path("customer").path("id").asText();
        assertThat(aoi.get("/api/customers/" + customer + "/inquiries"))
                .extracting(earlier -> earlier.path("id").asText())
                .containsExactly(next, inquiry);
        assertThat(scoreOf(inquiry)).isEqualTo(4);
    }

    private static int scoreOf(String inquiry) {
        return hub.salesforce.records("Case").stream()
                .filter(c -> c.path("LineInquiryKey__c").asText().equals(inquiry.replace("-", "")))
                .map(c -> c.path("SurveyScore__c").asInt())
                .findFirst()
                .orElse(0);
    }
}
