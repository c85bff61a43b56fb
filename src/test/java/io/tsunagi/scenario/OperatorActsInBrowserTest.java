package io.tsunagi.scenario;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.options.FilePayload;
import io.tsunagi.browser.InBrowser;
import io.tsunagi.browser.Window;
import io.tsunagi.store.Dialect;
import io.tsunagi.store.Store;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.regex.Pattern;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What an operator does with an inquiry beside answering it, in real browsers against one real hub. */
@InBrowser
class OperatorActsInBrowserTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    private static TestHub hub;
    private static int customers;

    private final Window window = new Window();
    private Operator aoi;
    private Operator ren;
    private String user;
    private String customer;

    @BeforeAll
    static void start() {
        hub = TestHub.start(
                Dialect.H2,
                Map.of(
                        "hub.console.undo-seconds",
                        "1",
                        "hub.dispatch.lost-after",
                        "PT30S",
                        "hub.dispatch.lost-grace",
                        "PT2S"));
        hub.awaitKnowledge();
    }

    @AfterAll
    static void stop() {
        hub.close();
    }

    /** Each test has a customer of its own; only aoi takes what is new. */
    @BeforeEach
    void aoi_alone_is_available() {
        ren = hub.away("ren");
        aoi = hub.operator("aoi");
        user = "U" + "%032d".formatted(++customers);
        customer = "お客" + (char) ('あ' + customers) + "子";
    }

    /** What is left open would fill aoi's slots before the last test. */
    @AfterEach
    void close() {
        window.close();
        aoi.put("/api/me/presence", Map.of("presence", "away"));
        for (JsonNode slot : aoi.workspace().path("slots")) {
            aoi.act(slot.path("id").asText(), "close", Map.of("reason", "solved", "survey", false));
        }
    }

    /** The screen of aoi, who has this test's customer and has opened the chat. */
    private OperatorScreen serving() {
        hub.askForPerson(user, customer, "残高の確認方法");
        aoi.awaitInquiry(customer);
        return new OperatorScreen(window.open(hub.base())).signIn("aoi").open(customer);
    }

    @Test
    void an_inquiry_goes_to_a_colleague_with_draft_and_summary_by_keyboard() {
        ren.put("/api/me/presence", Map.of("presence", "busy"));
        OperatorScreen screen = serving();
        var keys = screen.page.keyboard();
        screen.write("返金の手順は次のとおりです。");

        keys.press("Alt+t");
        Locator form = screen.page.locator("ts-transfer-form");
        assertThat(form.locator("input")).isFocused();
        assertThat(form.locator("[role=option]").first()).containsText("support");
        assertThat(form.locator("textarea")).hasValue(Pattern.compile(".*残高の確認方法.*", Pattern.DOTALL));
        keys.type("木村");
        assertThat(form.locator("[role=option]")).hasCount(1);
        Window.looks(screen.page, "transfer", "ts-popover");
        keys.press("Enter");
        assertThat(form.locator("textarea")).isFocused();
        keys.press("Control+End");
        keys.type(" 返金の確認をお願いします。");
        keys.press("Control+Enter");

        assertThat(form).hasCount(0);
        assertThat(screen.page.locator(".statestrip")).containsText("木村 蓮");
        assertThat(screen.slot(customer)).hasCount(0);
        assertThat(screen.draft()).hasCount(0);
        String inquiry = ren.awaitInquiry(customer);
        assertThat(ren.get("/api/inquiries/" + inquiry + "/draft").path("text").asText())
                .isEqualTo("返金の手順は次のとおりです。");
        assertThat(screen.page.locator(".notebox")).containsText("返金の確認をお願いします。");
        assertThat(screen.page.locator(".ev").last()).containsText("木村 蓮へ転送しました");
        assertThat(window.complaints()).isEmpty();
    }

    @Test
    void a_colleague_who_is_away_takes_nothing_over_and_the_form_says_so() {
        ren.put("/api/me/presence", Map.of("presence", "away"));
        OperatorScreen screen = serving();
        screen.page.keyboard().press("Alt+t");
        Locator form = screen.page.locator("ts-transfer-form");
        form.locator("input").fill("ren");
        assertThat(form.locator("[role=option]")).hasCount(1);
        screen.page.keyboard().press("Control+Enter");
        assertThat(form.locator("[role=alert]")).containsText("離席中");
        screen.page.keyboard().press("Escape");
        assertThat(form).hasCount(0);
        assertThat(screen.slot(customer)).isVisible();
        assertThat(window.complaints()).hasSize(1).allMatch(complaint -> complaint.contains("409"));
    }

    /** Scenario 27 */
    @Test
    void an_inquiry_that_goes_back_to_the_bot_frees_its_slot_and_the_bot_answers() {
        OperatorScreen screen = serving();
        int load = load();
        screen.page.keyboard().press("Alt+b");
        Locator form = screen.page.locator("ts-popover");
        assertThat(form).containsText("枠が1つ空きます");
        screen.page.keyboard().press("Enter");
        assertThat(screen.slot(customer)).hasCount(0);
        assertThat(screen.page.locator(".statestrip")).isVisible();
        await().atMost(TestHub.PATIENCE).until(() -> load() == load - 1);

        int before = hub.chat(user).size();
        hub.line.write(user, "main", "チャージの方法");
        await().atMost(TestHub.PATIENCE).until(() -> hub.chat(user).stream()
                .skip(before)
                .anyMatch(bubble -> bubble.path("from").asText().equals("account")));
        assertThat(window.complaints()).isEmpty();
    }

    private int load() {
        return aoi.workspace().path("me").path("load").asInt();
    }

    @Test
    void a_canned_answer_is_called_by_a_slash_filled_in_and_counted() {
        OperatorScreen screen = serving();
        var keys = screen.page.keyboard();
        keys.type("/kaku");
        Locator list = screen.page.locator("#canneds [role=option]");
        assertThat(list).hasCount(1);
        assertThat(list.first()).containsText("確認中");
        assertThat(screen.page.locator(".cpreview")).containsText(customer + "様、ただいま確認しております");
        assertThat(screen.draft()).isFocused();
        Window.looks(screen.page, "canned", ".picker");
        keys.press("Tab");
        assertThat(list).hasCount(0);
        assertThat(screen.draft()).hasValue(Pattern.compile("^" + customer + "様、ただいま確認しております.*"));
        await().atMost(TestHub.PATIENCE).until(() -> aoi.get("/api/canned?language=ja&team=support")
                .path(0)
                .path("shortcut")
                .asText()
                .equals("kakunin"));

        // Found by its reading too; what nobody can fill in is marked, and nothing is sent before.
        screen.draft().fill("");
        screen.page.locator(".tools button[aria-label='定型文']").click();
        keys.type("おりかえし");
        assertThat(screen.page.locator(".cpreview mark")).hasText("{{日時}}");
        keys.press("Enter");
        assertThat(screen.page.locator(".place")).containsText("{{日時}}");
        keys.press("Control+Enter");
        assertThat(screen.page.locator(".guard")).containsText("埋めていないところがあります: {{日時}}");
        assertThat(screen.page.locator("#guard-back")).isFocused();
        keys.press("Enter");
        assertThat(screen.draft()).isFocused();
        assertThat(screen.page.locator(".guard")).hasCount(0);
        await().atMost(TestHub.PATIENCE)
                .until(() -> screen.page.evaluate("getSelection().toString()").equals("{{日時}}"));
        keys.type("明日の9時");
        assertThat(screen.draft()).hasValue(Pattern.compile(".*明日の9時までに.*"));
        keys.press("Control+Enter");
        hub.awaitBubble(user, text -> text.contains("明日の9時までにこのトークでご連絡いたします"));
        assertThat(window.complaints()).isEmpty();
    }

    @Test
    void a_note_calls_a_colleague_who_finds_the_inquiry_by_the_bell() {
        OperatorScreen screen = serving();
        var keys = screen.page.keyboard();
        keys.press("Alt+n");
        assertThat(screen.page.locator("#note-text")).isFocused();
        keys.type("ご確認ください @木");
        assertThat(screen.page.locator("#mentions [role=option]")).hasCount(1);
        keys.press("Tab");
        assertThat(screen.page.locator("#note-text")).hasValue("ご確認ください @木村 蓮 ");
        keys.type("SIMの件です。");
        keys.press("Control+Enter");
        assertThat(screen.page.locator(".notebox")).containsText("@木村 蓮 SIMの件です。");
        assertThat(screen.page.locator("#side-notes")).containsText("SIMの件です。");
        Window.assertAccessible(screen.page, "#side-notes");

        try (Window other = new Window()) {
            OperatorScreen there = new OperatorScreen(other.open(hub.base())).signIn("ren");
            Locator bell = there.page.locator(".rail [aria-haspopup=menu]");
            assertThat(bell).hasAttribute("aria-label", Pattern.compile("\\(\\d+\\)"));
            bell.click();
            Locator mention = there.page
                    .locator(".menu [role=menuitem]")
                    .filter(new Locator.FilterOptions().setHasText(customer));
            assertThat(mention).containsText("佐藤 葵");
            Window.looks(there.page, "mentions", ".menu");
            mention.click();
            assertThat(there.page.locator(".notebox")).containsText("SIMの件です。");
            await().atMost(TestHub.PATIENCE)
                    .until(() -> ren.workspace().path("mentions").size() == 0);
            assertThat(other.complaints()).isEmpty();
        }
        assertThat(window.complaints()).isEmpty();
    }

    @Test
    void emoji_and_the_words_that_ask_for_identity_documents_go_into_the_draft() {
        OperatorScreen screen = serving();
        var keys = screen.page.keyboard();
        screen.page.locator(".tools button[aria-label='絵文字']").click();
        keys.type("おじぎ");
        assertThat(screen.page.locator("#emojis [role=option]").first()).isVisible();
        Window.assertAccessible(screen.page);
        keys.press("Enter");
        assertThat(screen.draft()).hasValue("🙇");
        assertThat(screen.draft()).isFocused();

        keys.press("Alt+o");
        assertThat(screen.draft()).hasValue(Pattern.compile("^🙇ご本人確認のため.*"));
        assertThat(screen.page.locator("#side-facts .chip.warn")).containsText("依頼中");
        hub.line.write(user, body("{'account':'main','type':'image','sample':'card-front'}"));
        Locator tile = screen.log().locator("button.tile.identity");
        assertThat(tile).containsText("表示する");
        Window.looks(screen.page, "identity", "#log");
        tile.click();
        assertThat(screen.page.locator("dialog.viewer img")).isVisible();
        // The hub draws it into the picture.
        assertThat(screen.page.locator("dialog.viewer .vmark")).hasCount(0);
        Window.looks(screen.page, "identity-viewer", "dialog.viewer");
        screen.page.locator("dialog.viewer .vside button.primary").click();
        assertThat(screen.page.locator("dialog.viewer")).hasCount(0);
        assertThat(screen.log().locator(".tile.away.purged")).isVisible();
        assertThat(window.complaints()).isEmpty();
    }

    /** Scenario 5 */
    @Test
    void lines_emojis_are_picked_by_keyboard_and_go_to_the_phone_where_they_stand() {
        OperatorScreen screen = serving();
        var keys = screen.page.keyboard();
        screen.draft().click();
        keys.type("$5です。");
        pick(screen, "太陽");
        pick(screen, "ハート");
        keys.type("では");
        Locator chips = screen.page.locator("#draft-emojis .lemoji");
        assertThat(chips).hasText(new String[] {"太陽", "ハート"});
        assertThat(screen.draft()).isFocused();
        assertThat(screen.page.locator("#draft-count")).hasText("47 / 5,000");
        String signs = screen.draft().inputValue();
        assertThat(signs.codePointCount(0, signs.length())).isEqualTo(9);

        // The first of two that stand together goes as a whole, and undo brings the same one back.
        for (int i = 0; i < 3; i++) {
            keys.press("ArrowLeft");
        }
        keys.press("Backspace");
        assertThat(chips).hasText(new String[] {"ハート"});
        keys.press("Control+z");
        assertThat(chips).hasText(new String[] {"太陽", "ハート"});
        assertThat(screen.draft()).hasValue(signs);

        // Cut, and pasted before the rest; other programs read words.
        keys.press("Control+a");
        keys.press("Control+x");
        assertThat(screen.draft()).hasValue("");
        keys.press("Control+v");
        assertThat(screen.draft()).hasValue(signs);
        assertThat(screen.page
                        .locator("#draft-text")
                        .evaluate("field => { field.select(); const copied = new ClipboardEvent('copy',"
                                + " { clipboardData: new DataTransfer(), cancelable: true });"
                                + " field.dispatchEvent(copied); return copied.clipboardData.getData('text/plain'); }"))
                .isEqualTo("$5です。(太陽)(ハート)では");

        assertThat(screen.page.locator(".dmeta")).containsText("保存");
        screen.page.reload();
        assertThat(chips).hasText(new String[] {"太陽", "ハート"});
        assertThat(screen.draft()).hasValue(signs);
        assertThat(
                        screen.draft()
                                .evaluate(
                                        "field => { const pen = document.createElement('canvas').getContext('2d');"
                                                + " pen.font = '100px \"LINE emoji\"'; return Math.round(pen.measureText('\\u{f092b}').width); }"))
                .as("the field draws a sign of our own for each")
                .isEqualTo(120);
        assertThat(screen.page.evaluate("import('/console/core/line-emoji.js')"
                        + ".then(({ apart }) => apart('\\u{f0000}a\\u{f092b}\\u{f00ff}\\u{fffff}').text)"))
                .as("what is no emoji is no secret sign either")
                .isEqualTo("🙂a$🙂🙂");
        screen.page.locator(".tools button[aria-label='絵文字']").click();
        screen.page.locator(".kinds button").getByText("LINEの絵文字").click();
        Window.looks(screen.page, "line-emojis", ".picker");
        screen.page.keyboard().press("Escape");
        screen.page.locator("#tab-preview").click();
        assertThat(screen.page.locator(".preview .lemoji")).hasText(new String[] {"(太陽)", "(ハート)"});
        Window.looks(screen.page, "line-emoji-preview", "#desk");
        screen.page.locator("#tab-draft").click();
        screen.page.locator("#send").click();

        assertThat(screen.log().locator(".m.out .lemoji")).hasText(new String[] {"(太陽)", "(ハート)"});
        JsonNode sent = await("on the phone")
                .atMost(TestHub.PATIENCE)
                .until(
                        () -> hub.chat(user).stream()
                                .filter(bubble -> bubble.path("text").asText().equals("$5です。$$では"))
                                .findFirst()
                                .orElse(null),
                        found -> found != null);
        assertThat(sent.path("emojis").toString())
                .isEqualTo("[{\"index\":5,\"productId\":\"5ac21a18040ab15980c9b43e\",\"emojiId\":\"043\"},"
                        + "{\"index\":6,\"productId\":\"5ac21a18040ab15980c9b43e\",\"emojiId\":\"071\"}]");
        assertThat(window.complaints()).isEmpty();
    }

    private void pick(OperatorScreen screen, String words) {
        var keys = screen.page.keyboard();
        screen.page.locator(".tools button[aria-label='絵文字']").click();
        screen.page.locator(".kinds button").getByText("LINEの絵文字").click();
        assertThat(screen.page.locator(".emojis.ofline [role=option]").first()).isVisible();
        keys.type(words);
        assertThat(screen.page.locator(".emojis.ofline [role=option]").first()).hasAttribute("aria-label", words);
        keys.press("Enter");
        assertThat(screen.page.locator("#emojis")).hasCount(0);
    }

    /** Scenarios 17 and 18 */
    @Test
    void a_picture_a_quote_and_quick_replies_go_into_the_draft_and_to_the_phone() throws Exception {
        OperatorScreen screen = serving();
        var keys = screen.page.keyboard();
        hub.line.write(user, "main", "この画面で合っていますか");
        Locator asked = screen.log().locator(".m").filter(new Locator.FilterOptions().setHasText("この画面で"));
        asked.hover();
        asked.locator(".quotebtn").click();
        assertThat(screen.page.locator(".quoting")).containsText("この画面で合っていますか");
        assertThat(screen.draft()).isFocused();
        screen.page
                .locator(".tools input[type=file]")
                .setInputFiles(new FilePayload("screen.png", "image/png", picture()));
        assertThat(screen.page.locator(".chosen img.thumb")).isVisible();
        screen.write("はい、こちらです。");
        keys.press("Alt+q");
        assertThat(screen.page.locator("#quick-add")).isFocused();
        keys.type("できた");
        keys.press("Enter");
        keys.type("できない");
        keys.press("Enter");
        keys.type("とても長くて二十文字には収まらない選択肢です");
        keys.press("Enter");
        assertThat(screen.page.locator(".quick [role=alert]")).containsText("20文字まで");
        screen.page.locator("#quick-add").fill("");
        assertThat(screen.page.locator(".quick .reply")).hasCount(2);
        assertThat(screen.page.locator(".dmeta")).containsText("保存済み");
        Window.looks(screen.page, "picture", "#desk");
        keys.press("Escape");
        assertThat(screen.draft()).isFocused();
        keys.press("Alt+p");
        assertThat(screen.page.locator(".preview .replies li")).hasCount(2);
        assertThat(screen.page.locator(".preview .quote")).hasText("この画面で合っていますか");
        assertThat(screen.page.locator(".preview img")).isVisible();

        screen.page.reload();
        assertThat(screen.page.locator(".chosen img.thumb")).isVisible();
        assertThat(screen.page.locator(".quick .reply")).hasCount(2);
        screen.send().click();
        hub.awaitBubble(user, text -> text.equals("はい、こちらです。"));
        assertThat(hub.line.calls())
                .as("the customer saw that somebody writes")
                .anyMatch(call -> call.path("endpoint").asText().equals("loading")
                        && call.path("body").toString().contains(user));
        JsonNode sent = hub.line.calls().stream()
                .filter(call -> call.path("body").toString().contains("はい、こちらです。"))
                .findFirst()
                .orElseThrow()
                .path("body")
                .path("messages");
        assertThat(sent).hasSize(2);
        assertThat(sent.path(0).path("quoteToken").asText()).isNotEmpty();
        assertThat(sent.path(1).path("type").asText()).isEqualTo("image");
        assertThat(sent.path(1).path("quickReply").path("items")).hasSize(2);
        assertThat(screen.log().locator(".m.out .quote")).hasText("この画面で合っていますか");
        assertThat(screen.log().locator(".m.out .tile img")).isVisible();
        assertThat(screen.page.locator(".chosen")).hasCount(0);
        assertThat(window.complaints()).isEmpty();
    }

    private static byte[] picture() throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ImageIO.write(new BufferedImage(800, 600, BufferedImage.TYPE_INT_RGB), "png", out);
        return out.toByteArray();
    }

    @Test
    void what_line_refused_is_said_with_its_reason_and_sent_again_once() {
        OperatorScreen screen = serving();
        hub.line.faults(
                body(
                        "[{'endpoint':'push','times':1,'status':400,'body':{'message':'The request body has 1 error(s)'}},"
                                + "{'endpoint':'reply','times':1,'status':400,'body':{'message':'The request body has 1 error(s)'}}]"));
        screen.write("一度で届かない返信です。");
        screen.send().click();
        Locator failed = screen.log().locator(".after.failed");
        assertThat(failed).containsText("LINEが受け付けませんでした");
        hub.line.clearFaults();
        Window.looks(screen.page, "failed", "#log");
        screen.log().getByText("詳しく").click();
        assertThat(screen.log().locator(".facts")).containsText("リクエストID");
        Window.assertAccessible(screen.page, "#log");
        screen.log()
                .locator(".after button")
                .filter(new Locator.FilterOptions().setHasText("もう一度送る"))
                .click();
        hub.awaitBubble(user, text -> text.equals("一度で届かない返信です。"));
        assertThat(failed).hasCount(0);
        assertThat(hub.chat(user).stream()
                        .filter(bubble -> bubble.path("text").asText().equals("一度で届かない返信です。")))
                .hasSize(1);
        assertThat(window.complaints()).isEmpty();
    }

    /** Scenario 45 */
    @Test
    void a_colleague_who_has_the_inquiry_open_is_seen_and_cannot_write_to_the_customer() {
        OperatorScreen screen = serving();
        assertThat(screen.page.locator(".viewers")).hasCount(0);
        String path = screen.page.evaluate("location.pathname").toString();
        try (Window other = new Window()) {
            OperatorScreen there = new OperatorScreen(other.open(hub.base() + path)).signIn("ren");
            assertThat(there.page.locator(".statestrip")).containsText("佐藤 葵");
            assertThat(there.draft()).hasCount(0);
            assertThat(screen.page.locator(".viewers")).containsText("木村 蓮さんも見ています");
            assertThat(there.page.locator(".viewers")).containsText("佐藤 葵さんも見ています");
            Operator ren = hub.away("ren");
            String inquiry = path.replaceFirst(".*/", "");
            assertThat(ren.call("PUT", "/api/inquiries/" + inquiry + "/draft", Map.of("text", "私から送ります。", "version", 0))
                            .status())
                    .isEqualTo(409);
            assertThat(ren.send(inquiry, 0, ren.newest(inquiry), UUID.randomUUID())
                            .status())
                    .isEqualTo(409);
            assertThat(other.complaints()).isEmpty();
        }
        assertThat(window.complaints()).isEmpty();
    }

    /** Scenario 45 */
    @Test
    void of_two_screens_that_send_the_same_draft_at_once_one_wins() {
        String words = "一度だけ届く返信です。";
        OperatorScreen screen = serving();
        screen.write(words);
        String path = screen.page.evaluate("location.pathname").toString();
        try (Window other = new Window()) {
            OperatorScreen there = new OperatorScreen(other.open(hub.base() + path)).signIn("aoi");
            assertThat(there.draft()).hasValue(words);
            screen.page.evaluate("document.getElementById('send').click()");
            there.page.evaluate("document.getElementById('send').click()");
            for (OperatorScreen each : List.of(screen, there)) {
                assertThat(each.log().locator(".b.operator").filter(new Locator.FilterOptions().setHasText(words)))
                        .hasCount(1);
                Locator rival = each.page.locator("#guard-back");
                // Who lost keeps the words until they say what becomes of them, or had none left to send.
                await("the draft is settled")
                        .atMost(TestHub.PATIENCE)
                        .until(() ->
                                rival.count() == 1 || each.draft().inputValue().isEmpty());
                if (rival.count() == 1) {
                    rival.click();
                }
                assertThat(each.draft()).hasValue("");
            }
        }
        await("it is sent").atMost(TestHub.PATIENCE).until(() -> times(words) > 0);
        assertThat(times(words)).isEqualTo(1);
    }

    private long times(String words) {
        return hub.chat(user).stream()
                .filter(bubble -> bubble.path("text").asText().equals(words))
                .count();
    }

    /** Scenario 33 */
    @Test
    void what_an_operator_has_goes_back_into_the_waiting_line_when_their_browser_dies() {
        OperatorScreen screen = serving();
        assertThat(screen.page.locator(".top .dot.ok")).hasCount(2);
        String inquiry = aoi.awaitInquiry(customer);
        String queued = aoi.inquiry(inquiry).path("handOff").path("at").asText();
        await("the screen was heard").atMost(TestHub.PATIENCE).until(() -> screen.page
                .evaluate("performance.getEntriesByType('resource').some(each => each.name.endsWith('/heartbeat'))")
                .equals(true));
        window.close();
        // Half a minute without a sign is over at once; a sign that still came would begin it anew.
        try (Rows rows = new Rows(hub.settings())) {
            rows.store()
                    .jdbc()
                    .sql("update seats set seen_at = ? where operator = ?")
                    .params(
                            Store.at(rows.store().clock().instant().minusSeconds(30)),
                            UUID.fromString(aoi.me().path("id").asText()))
                    .update();
        }

        await("back in the waiting line")
                .atMost(Duration.ofSeconds(120))
                .until(() -> ren.workspace().path("waiting").toString().contains(inquiry));
        assertThat(aoi.workspace().path("me").path("presence").asText()).isEqualTo("away");
        assertThat(aoi.workspace().path("me").path("reason").asText()).isEqualTo("lost");
        assertThat(load()).isZero();
        assertThat(ren.inquiry(inquiry).path("handOff").path("at").asText()).isEqualTo(queued);
    }

    @Test
    void being_busy_has_a_reason_and_a_new_inquiry_is_heard_and_seen_in_the_title() {
        window.onOpen(
                "window.tones = 0; const start = OscillatorNode.prototype.start;"
                        + "OscillatorNode.prototype.start = function (...when) { window.tones++; return start.apply(this, when); };");
        OperatorScreen screen = new OperatorScreen(window.open(hub.base())).signIn("aoi");
        screen.page.locator(".top [aria-haspopup=menu]").first().click();
        Window.assertAccessible(screen.page);
        screen.page
                .locator("[role=menuitemradio]")
                .filter(new Locator.FilterOptions().setHasText("会議"))
                .click();
        assertThat(screen.page.locator(".top")).containsText("取込み中(会議)");
        await().atMost(TestHub.PATIENCE)
                .until(() -> aoi.workspace().path("me").path("reason").asText().equals("meeting"));
        screen.becomeAvailable();

        hub.askForPerson(user, customer, "残高の確認方法");
        assertThat(screen.slot(customer)).isVisible();
        await("two notes")
                .atMost(TestHub.PATIENCE)
                .until(() -> ((Number) screen.page.evaluate("window.tones")).intValue() >= 2);
        assertThat(screen.page).hasTitle(Pattern.compile("^\\(\\d+\\) .*"));
        screen.page.locator(".top .person").click();
        screen.page.locator("[role=menuitemcheckbox]").first().click();
        assertThat(screen.page.locator("[role=menuitemcheckbox]").first()).hasAttribute("aria-checked", "false");
        assertThat(window.complaints()).isEmpty();
    }

    @Test
    void a_supervisor_adds_and_removes_a_canned_answer() {
        OperatorScreen screen = new OperatorScreen(window.open(hub.base() + "/admin/canned")).signIn("sakura");
        Locator page = screen.page.locator("ts-canned-admin");
        assertThat(page.locator("tbody tr")).not().hasCount(0);
        Window.looks(screen.page, "canned-admin");
        page.locator("#canned-shortcut").fill("henkin");
        page.locator("#canned-title").fill("返金の日数");
        page.locator("#canned-body").fill("返金は3営業日ほどで反映されます。");
        page.locator(".aform .primary").click();
        assertThat(page.locator(".said")).containsText("保存しました");
        assertThat(aoi.get("/api/canned?language=ja&team=support").toString()).contains("返金は3営業日");
        page.locator(".aform button")
                .filter(new Locator.FilterOptions().setHasText("削除"))
                .click();
        assertThat(page.locator(".said")).containsText("削除しました");
        assertThat(aoi.get("/api/canned?language=ja&team=support").toString()).doesNotContain("返金は3営業日");
        assertThat(aoi.call("PUT", "/api/canned", Map.of("shortcut", "x")).status())
                .isEqualTo(403);
        assertThat(window.complaints()).isEmpty();
    }

    private static JsonNode body(String json) {
        try {
            return JSON.readTree(json.replace('\'', '"'));
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException(e);
        }
    }
}
