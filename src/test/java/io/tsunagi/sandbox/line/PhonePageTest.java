package io.tsunagi.sandbox.line;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import io.tsunagi.browser.InBrowser;
import io.tsunagi.browser.Window;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@InBrowser
class PhonePageTest {
    private static final String SASAKI = SeedCustomers.ALL.get(0).id();

    private final RecordingHub hub = new RecordingHub();
    private final LineSimulator line = LineSimulator.builder().build();
    private final Window window = new Window();
    private final List<String> complaints = window.complaints();

    @BeforeEach
    void start() {
        line.start();
        line.webhook("main", hub.uri("/line/main"));
        line.webhook("global", hub.uri("/line/global"));
    }

    @AfterEach
    void stop() {
        window.close();
        line.close();
        hub.close();
    }

    @Test
    void a_customer_writes_and_sees_the_answer_without_a_reload() throws Exception {
        Page page = open("");
        Locator phone = page.locator(".phone").first();

        phone.getByPlaceholder("メッセージを入力").fill("残高を知りたい");
        phone.getByPlaceholder("メッセージを入力").press("Enter");
        assertThat(phone.locator(".me .bubble")).hasText("残高を知りたい");
        reply("こちらです。解決しましたか?");
        assertThat(phone.locator(".them .bubble")).hasText("こちらです。解決しましたか?");
        phone.getByText("はい", new Locator.GetByTextOptions().setExact(true)).click();

        assertThat(phone.locator(".me .bubble")).hasText(new String[] {"残高を知りたい", "はい、解決しました"});
        assertThat(phone.locator(".quick")).isHidden();
        awaitReceived(2);
        assertThat(hub.received.get(1).event().path("postback").path("data").asText())
                .isEqualTo("solved=yes");
        assertThat(page.locator(".happened .text")).hasText(new String[] {"ポストバック(佐々木)", "返信(佐々木)", "文字(佐々木)"});
        assertThat(complaints).isEmpty();
    }

    @Test
    void a_sticker_and_an_image_are_sent_from_their_pickers() {
        Page page = open("&theme=dark");
        Locator phone = page.locator(".phone").first();

        phone.getByLabel("スタンプを送る").click();
        phone.getByLabel("ありがとう").first().click();
        assertThat(phone.locator(".me .drawn")).hasCount(1);
        phone.getByLabel("画像を送る").click();
        phone.getByText("見本: カード表面").click();
        assertThat(phone.locator(".me img")).hasCount(1);

        awaitReceived(2);
        assertThat(hub.received)
                .extracting(
                        webhook -> webhook.event().path("message").path("type").asText())
                .containsExactly("sticker", "image");
        assertThat(page.evaluate("document.querySelector('.me img').decode().then(() => 'drawn')"))
                .isEqualTo("drawn");
        assertThat(complaints).isEmpty();
    }

    @Test
    void a_voice_message_a_place_and_a_picture_with_parts_to_tap_are_shown() throws Exception {
        line.write(SASAKI, "main", "もしもし");
        String voice = hub.uri("/voice.m4a").toString();
        ObjectNode push = Json.object().put("to", SASAKI);
        push.putArray("messages")
                .add(Json.object()
                        .put("type", "audio")
                        .put("originalContentUrl", voice)
                        .put("duration", 3000))
                .add(Json.object()
                        .put("type", "location")
                        .put("title", "本店")
                        .put("address", "東京都千代田区丸の内1-1")
                        .put("latitude", 35.68)
                        .put("longitude", 139.76))
                .add(((ObjectNode) Json.of(
                                "{\"type\":\"imagemap\",\"altText\":\"料金表\",\"baseSize\":{\"width\":1040,\"height\":520},"
                                        + "\"actions\":[{\"type\":\"message\",\"text\":\"料金を見たい\","
                                        + "\"area\":{\"x\":0,\"y\":0,\"width\":520,\"height\":520}},"
                                        + "{\"type\":\"uri\",\"label\":\"地図\",\"linkUri\":\"https://example.com/map\","
                                        + "\"area\":{\"x\":520,\"y\":0,\"width\":520,\"height\":520}}]}"))
                        .put("baseUrl", line.baseUri() + "/stickershop/v1/sticker/1/android/sticker.png?width="));
        assertThat(send("/v2/bot/message/push", push.toString()).statusCode()).isEqualTo(200);

        Page page = open("");
        Locator phone = page.locator(".phone").first();

        assertThat(phone.locator(".them audio")).hasAttribute("src", voice);
        assertThat(phone.locator(".them .tile")).hasText("本店東京都千代田区丸の内1-1");
        assertThat(page.evaluate("document.querySelector('.them .card img').decode().then(() => 'drawn')"))
                .isEqualTo("drawn");
        phone.locator(".card").getByText("地図").click();
        assertThat(page.locator("body")).containsText("https://example.com/map");
        phone.locator(".card").getByText("料金を見たい").click();
        assertThat(phone.locator(".me .bubble")).hasText(new String[] {"もしもし", "料金を見たい"});
        Window.picture(page, "phone-voice-place-imagemap");
        assertThat(complaints).isEmpty();
    }

    @Test
    void what_people_write_is_never_markup() {
        String hostile = "<img src=x onerror=document.title='owned'><b>x</b>";
        line.put(SASAKI, Json.object().put("displayName", hostile));
        line.write(SASAKI, "main", hostile);

        Page page = open("");

        assertThat(page.locator(".me .bubble")).hasText(hostile);
        assertThat(page.locator(".person .name").first()).hasText(hostile);
        assertThat(page.title()).isEqualTo("お客様の電話 — サンドボックス");
        assertThat(complaints).isEmpty();
    }

    @Test
    void faults_are_switches_that_the_platform_obeys() throws Exception {
        Page page = open("");
        line.write(SASAKI, "main", "もしもし");

        Locator quota = page.getByText("通数切れ", new Page.GetByTextOptions().setExact(true));
        quota.click();
        assertThat(quota).hasAttribute("aria-pressed", "true");
        HttpResponse<String> refused = send(
                "/v2/bot/message/push",
                "{\"to\":\"" + SASAKI + "\",\"messages\":[{\"type\":\"text\",\"text\":\"x\"}]}");
        quota.click();
        assertThat(quota).hasAttribute("aria-pressed", "false");

        assertThat(refused.statusCode()).isEqualTo(429);
        assertThat(complaints).isEmpty();
    }

    @Test
    void the_page_s_policy_refuses_inline_styles_and_markup_from_strings() {
        Page page = open("");

        page.evaluate("document.head.append(Object.assign(document.createElement('style'), {textContent: 'b{}'}))");
        Object outcome = page.evaluate(
                "(() => { try { document.body.innerHTML = 'x'; return 'set'; }" + " catch (e) { return e.name; } })()");

        assertThat(outcome).isEqualTo("TypeError");
        assertThat(complaints).anyMatch(complaint -> complaint.startsWith("CSP style-src-elem inline"));
    }

    @ParameterizedTest
    @CsvSource({"ja,light,1366,2", "ja,dark,1920,3", "en,light,1920,3", "en,dark,1366,2"})
    void the_page_is_accessible_and_never_drops_its_warning(String lang, String theme, int width, int phones)
            throws Exception {
        line.write(SASAKI, "main", "もしもし");
        line.write(SASAKI, Json.of("{\"type\":\"sticker\",\"packageId\":\"446\",\"stickerId\":\"1990\"}"));
        reply("解決しましたか?");
        Page page = open("&lang=" + lang + "&theme=" + theme);
        page.setViewportSize(width, width == 1366 ? 768 : 1080);

        assertThat(page.locator(".phone")).hasCount(phones);
        assertThat(page.locator(".bar .chip"))
                .hasText(lang.equals("ja") ? "サンドボックス · 実際のLINEとはつながっていません" : "Sandbox · not connected to real LINE");
        Window.assertAccessible(page);
        assertThat(complaints).isEmpty();
    }

    private Page open(String query) {
        Page page = window.open(line.baseUri() + "/?x" + query);
        assertThat(page.locator(".person")).hasCount(6);
        return page;
    }

    /** A phone shows what its customer wrote at once; the hub gets it a moment later. */
    private void awaitReceived(int webhooks) {
        await().until(() -> hub.received.size() >= webhooks);
    }

    private void reply(String text) throws Exception {
        awaitReceived(1);
        String token = hub.received
                .get(hub.received.size() - 1)
                .event()
                .path("replyToken")
                .asText();
        ObjectNode body = Json.object().put("replyToken", token);
        body.putArray("messages")
                .addObject()
                .put("type", "text")
                .put("text", text)
                .set(
                        "quickReply",
                        Json.of("{\"items\":[{\"type\":\"action\",\"action\":{\"type\":\"postback\",\"label\":\"はい\","
                                + "\"data\":\"solved=yes\",\"displayText\":\"はい、解決しました\"}}]}"));
        assertThat(send("/v2/bot/message/reply", body.toString()).statusCode()).isEqualTo(200);
    }

    private HttpResponse<String> send(String path, String body) throws Exception {
        return HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(line.baseUri().resolve(path))
                                .header("authorization", "Bearer sandbox-main-token")
                                .header("content-type", "application/json")
                                .POST(HttpRequest.BodyPublishers.ofString(body))
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
    }
}
