package io.tsunagi.scenario;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.FilePayload;
import io.tsunagi.browser.InBrowser;
import io.tsunagi.browser.Window;
import io.tsunagi.sandbox.line.Sent;
import io.tsunagi.store.Dialect;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Messages of every kind on the operator's screen and on the customer's phone. */
@InBrowser
class MessagesInBrowserTest {
    private static TestHub hub;
    private static int met;

    /** Each test has a customer of its own. */
    private final String customer = "速水 みんと" + (char) ('あ' + ++met);

    private final String user = "U00000000000000000000000000000c" + "%02d".formatted(met);
    private final Window operators = new Window();
    private final Window customers = new Window();

    @BeforeAll
    static void start() {
        hub = hub();
    }

    @AfterAll
    static void stop() {
        hub.close();
    }

    /** The phone loads pictures from the public address, so that has to be where the hub listens. */
    private static TestHub hub() {
        int port;
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return TestHub.start(
                Dialect.H2,
                Map.of(
                        "hub.media.sweep-millis",
                        "200",
                        "hub.line.sticker-pictures",
                        "true",
                        "hub.http.port",
                        "" + port,
                        "hub.http.public-url",
                        "http://127.0.0.1:" + port));
    }

    @AfterEach
    void close() {
        operators.close();
        customers.close();
    }

    private static ObjectNode message(String type) {
        return Webhook.JSON.createObjectNode().put("account", "main").put("type", type);
    }

    private Sent sends(ObjectNode message) {
        return hub.line.write(user, message);
    }

    private static byte[] picture() throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ImageIO.write(new BufferedImage(320, 200, BufferedImage.TYPE_INT_RGB), "jpeg", out);
        return out.toByteArray();
    }

    /** Scenario 4, 5, 6 */
    @Test
    void every_kind_of_message_is_shown_to_the_operator_in_both_languages() throws IOException {
        hub.customer(user, customer);
        Operator api = hub.operator("aoi");
        hub.line.write(user, "main", "オペレーターと話したい");
        String inquiry = api.awaitInquiry(customer);

        Sent first = sends(message("text").put("text", "明細の見方を教えてください"));
        ObjectNode emoji = message("text").put("text", "よろしく(love)です");
        emoji.putArray("emojis")
                .addObject()
                .put("index", 4)
                .put("length", 6)
                .put("productId", "5ac1bfd5040ab15980c9b435")
                .put("emojiId", "002");
        sends(emoji);
        ObjectNode sticker = message("sticker").put("packageId", "446").put("stickerId", "1990");
        sticker.putArray("keywords").add("お願い");
        sends(sticker);
        String set = UUID.randomUUID().toString();
        for (int i = 1; i <= 3; i++) {
            ObjectNode picture = message("image").put("sample", "receipt");
            picture.putObject("imageSet").put("id", set).put("index", i).put("total", 3);
            sends(picture);
        }
        sends(message("video").put("duration", 61_000));
        sends(message("audio").put("duration", 4_000));
        sends(message("file").put("fileName", "利用明細.pdf"));
        sends(message("location")
                .put("title", "木漏れ日広場")
                .put("address", "東京都千代田区1-1")
                .put("latitude", 35.68)
                .put("longitude", 139.76));
        sends(message("text").put("text", "これのことです").put("quotedMessageId", first.messageId()));
        Sent edited = sends(message("text").put("text", "3時に"));
        hub.line.happen(
                user,
                message("messageEdited").put("messageId", edited.messageId()).put("text", "4時に"));
        Sent gone = sends(message("text").put("text", "やっぱりやめます"));
        hub.line.happen(user, message("unsend").put("messageId", gone.messageId()));
        ObjectNode elsewhere = message("image");
        elsewhere
                .putObject("contentProvider")
                .put("type", "external")
                .put("originalContentUrl", "https://example.com/a.jpg")
                .put("previewImageUrl", "https://example.com/b.jpg");
        sends(elsewhere);
        api.awaitMessage(inquiry, m -> m.path("external").asBoolean());
        String image = api.upload("/api/inquiries/" + inquiry + "/images", picture())
                .path("id")
                .asText();
        String asked = api.awaitMessage(inquiry, m -> m.path("text").asText().startsWith("明細"))
                .path("id")
                .asText();
        long version = api.put(
                        "/api/inquiries/" + inquiry + "/draft",
                        Map.of(
                                "text",
                                "こちらの画像をご覧ください$",
                                "emojis",
                                List.of(Map.of("index", 13, "productId", "5ac21184040ab15980c9b43a", "emojiId", "225")),
                                "image",
                                Map.of("id", image),
                                "quote",
                                asked,
                                "card",
                                Map.of("name", "receipt", "language", "ja", "values", Map.of("内容", "カードの再発行")),
                                "quickReplies",
                                List.of("わかりました", "もう少し知りたい"),
                                "version",
                                0))
                .path("version")
                .asLong();
        assertThat(api.send(inquiry, version, api.newest(inquiry), UUID.randomUUID())
                        .status())
                .isEqualTo(202);

        OperatorScreen aoi =
                new OperatorScreen(operators.open(hub.base())).signIn("aoi").open(customer);
        Locator log = aoi.log();
        assertThat(log.locator(".lemoji")).hasText(new String[] {"(love)", "(お日さま)"});
        assertThat(log.locator(".words").getByText("よろしく(love)です")).hasText("よろしく(love)です");
        assertThat(log.locator(".tile img")).hasCount(4);
        assertThat(log.locator("video")).hasCount(1);
        assertThat(log.locator("audio")).hasCount(1);
        assertThat(log).containsText("利用明細.pdf");
        assertThat(log).containsText("木漏れ日広場");
        assertThat(log.locator(".replies li")).hasCount(2);
        assertThat(log).containsText("お問い合わせを受け付けました");
        assertThat(log.locator(".quote")).hasCount(2);
        assertThat(log.locator(".quote").first()).hasText("明細の見方を教えてください");
        assertThat(log.locator(".tomb")).hasCount(1);
        assertThat(log).not().containsText("やっぱりやめます");
        assertThat(log).containsText("LINEの外にある内容");
        aoi.page.locator(".tools button[aria-label='カード']").click();
        aoi.page.keyboard().type("確認");
        Window.picture(aoi.page, "cards-1366-ja");
        aoi.page.keyboard().press("Enter");
        assertThat(aoi.page.locator("#card-place-0")).isVisible();
        aoi.page.locator("#send").click();
        assertThat(aoi.page.locator(".guard")).containsText("確認したいこと");
        aoi.page.locator("#guard-back").click();
        assertThat(aoi.page.locator("#card-place-0")).isFocused();
        aoi.page.keyboard().type("カードの再発行でよろしいですか");
        Window.picture(aoi.page, "card-in-draft-1366-ja");
        aoi.page.locator(".cardform button").click();
        assertThat(aoi.page.locator(".cardform")).hasCount(0);
        log.getByText("編集済み").click();
        assertThat(log.locator(".earlier")).containsText("3時に");
        aoi.page.setViewportSize(1366, 2200);
        Locator picture = log.locator(".sticker .art img");
        await("the sticker's own picture").atMost(TestHub.PATIENCE).until(() ->
                (boolean) picture.evaluate("picture => picture.naturalWidth === 148"));
        assertThat(log.locator(".sticker .art svg")).isHidden();
        for (String language : new String[] {"ja", "en"}) {
            assertThat(aoi.page.locator("html")).hasAttribute("lang", language);
            Window.picture(aoi.page, "every-kind-1366-" + language);
            Window.assertAccessible(aoi.page);
            aoi.page.locator(".langbtn").click();
        }
        assertThat(operators.complaints()).isEmpty();

        for (String language : new String[] {"ja", "en"}) {
            Page phone = customers.open(hub.line.baseUri() + "/?lang=" + language);
            phone.setViewportSize(1366, 1100);
            phone.locator("#people button")
                    .filter(new Locator.FilterOptions().setHasText(customer))
                    .click();
            assertThat(phone.locator(".phone.chosen")).containsText("こちらの画像をご覧ください");
            assertThat(phone.locator(".phone.chosen .quick button")).hasCount(2);
            assertThat(phone.locator(".phone.chosen .them img.emoji")).hasAttribute("alt", "(225)");
            assertThat(phone.locator(".phone.chosen .me img.emoji")).hasAttribute("alt", "(love)");
            Locator sent = phone.locator(".phone.chosen .them img.picture");
            sent.scrollIntoViewIfNeeded();
            await("the picture on the phone").atMost(TestHub.PATIENCE).until(() ->
                    (boolean) sent.evaluate("picture => picture.naturalWidth === 320"));
            Window.picture(phone, "phone-every-kind-1366-" + language);
        }
        assertThat(customers.complaints()).isEmpty();
    }

    /** Frames stand still and the list of cards is on its way until {@code goOn} is called. */
    private static final String BUSY = """
            () => {
              const { fetch, requestAnimationFrame } = window;
              const on = new Promise((resolve) => { window.goOn = resolve; });
              window.requestAnimationFrame = (fn) => on.then(() => requestAnimationFrame(fn));
              window.fetch = async (what, how) => { if (`${what}`.includes('/cards')) await on; return fetch(what, how); };
            }""";

    @Test
    void what_is_typed_while_the_screen_is_busy_goes_where_it_was_meant() {
        hub.customer(user, customer);
        Operator api = hub.operator("aoi");
        hub.line.write(user, "main", "オペレーターと話したい");
        api.awaitInquiry(customer);
        OperatorScreen aoi =
                new OperatorScreen(operators.open(hub.base())).signIn("aoi").open(customer);
        aoi.page.evaluate(BUSY);
        aoi.page.locator(".tools button[aria-label='カード']").click();
        aoi.page.keyboard().type("確認");
        aoi.page.keyboard().press("Enter");
        aoi.page.evaluate("() => goOn()");
        assertThat(aoi.page.locator("#card-place-0")).isVisible();
        assertThat(aoi.page.locator(".cardform")).containsText("はい・いいえの確認");
        assertThat(aoi.page.locator("#draft-text")).hasValue("");
    }

    /** A second of red, as MP4, made by the browser itself: nothing else on this machine makes one it can play. */
    private static final String RECORD = """
            async () => {
              const canvas = Object.assign(document.createElement('canvas'), { width: 320, height: 180 });
              const pen = canvas.getContext('2d');
              const recorder = new MediaRecorder(canvas.captureStream(25), { mimeType: 'video/mp4;codecs=vp9' });
              const parts = [];
              recorder.ondataavailable = ({ data }) => parts.push(data);
              const whole = new Promise((resolve) => { recorder.onstop = resolve; });
              recorder.start();
              for (let i = 0; i < 40; i++) {
                pen.fillStyle = i % 2 ? '#c00000' : '#c80000';
                pen.fillRect(0, 0, 320, 180);
                await new Promise((drawn) => requestAnimationFrame(drawn));
              }
              recorder.stop();
              await whole;
              const bytes = new Uint8Array(await new Blob(parts).arrayBuffer());
              return btoa(Array.from(bytes, (each) => String.fromCharCode(each)).join(''));
            }""";

    /** Scenario 18 */
    @Test
    void a_picked_video_gets_its_preview_from_the_browser_and_plays_on_the_phone() {
        hub.customer(user, customer);
        Operator api = hub.operator("aoi");
        hub.line.write(user, "main", "オペレーターと話したい");
        api.awaitInquiry(customer);
        OperatorScreen aoi =
                new OperatorScreen(operators.open(hub.base())).signIn("aoi").open(customer);
        byte[] video =
                java.util.Base64.getDecoder().decode(aoi.page.evaluate(RECORD).toString());
        Locator file = aoi.page.locator(".tools input[type=file]");

        file.setInputFiles(new FilePayload("broken.mp4", "video/mp4", new byte[] {1, 2, 3}));
        assertThat(aoi.page.locator(".top")).containsText("再生できません");
        file.setInputFiles(new FilePayload("how.mp4", "video/mp4", video));

        assertThat(aoi.page.locator(".chosen img.thumb")).isVisible();
        assertThat(aoi.page.locator(".chosen")).containsText("動画 · 320×180");
        aoi.write("こちらの動画をご覧ください。");
        Window.looks(aoi.page, "video-in-draft", "#desk");
        aoi.send().click();
        assertThat(aoi.log().locator(".m.out video")).isVisible();
        Window.picture(aoi.page, "video-sent-1366-ja");
        assertThat(operators.complaints()).isEmpty();

        Page phone = customers.open(hub.line.baseUri() + "/?lang=ja");
        phone.locator("#people button")
                .filter(new Locator.FilterOptions().setHasText(customer))
                .click();
        Locator shown = phone.locator(".phone.chosen .them video");
        assertThat(shown).isVisible();
        await("the video plays").atMost(TestHub.PATIENCE).until(() -> (boolean) shown.evaluate(
                "async video => { video.muted = true; await video.play(); return video.videoWidth === 320; }"));
        Window.picture(phone, "phone-video-1366-ja");
        assertThat(customers.complaints()).isEmpty();
    }

    /** Scenario 9 */
    @Test
    void a_customer_who_blocked_the_account_is_told_of_in_a_banner_and_cannot_be_written_to() {
        hub.customer(user, customer);
        Operator api = hub.operator("aoi");
        hub.line.write(user, "main", "オペレーターと話したい");
        api.awaitInquiry(customer);
        OperatorScreen aoi =
                new OperatorScreen(operators.open(hub.base())).signIn("aoi").open(customer);
        assertThat(aoi.page.locator("#send")).isVisible();

        hub.line.happen(user, message("unfollow"));

        assertThat(aoi.page.locator(".guard")).containsText("ブロック中のため、届きません");
        assertThat(aoi.page.locator("#send")).hasCount(0);
        aoi.page.setViewportSize(1366, 768);
        Window.picture(aoi.page, "blocked-1366-ja");
        Window.assertAccessible(aoi.page);
    }
}
