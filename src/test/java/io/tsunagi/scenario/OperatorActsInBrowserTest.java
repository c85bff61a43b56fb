package io.tsunagi.scenario;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.microsoft.playwright.Locator;
import io.tsunagi.browser.Chromium;
import io.tsunagi.browser.Window;
import io.tsunagi.store.Dialect;
import java.time.Duration;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What an operator does with an inquiry beside answering it, in real browsers against one real hub. */
@ExtendWith(Chromium.class)
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
                        "3",
                        "hub.dispatch.lost-after",
                        "PT20S",
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

    @AfterEach
    void close() {
        window.close();
        aoi.put("/api/me/presence", Map.of("presence", "away"));
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
        Window.picture(screen.page, "transfer-1366-ja");
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
        Window.picture(screen.page, "canned-1366-ja");
        Window.assertAccessible(screen.page);
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

        try (Window other = new Window()) {
            OperatorScreen there = new OperatorScreen(other.open(hub.base())).signIn("ren");
            Locator bell = there.page.locator(".rail [aria-haspopup=menu]");
            assertThat(bell).hasAttribute("aria-label", Pattern.compile("\\(\\d+\\)"));
            bell.click();
            Locator mention = there.page
                    .locator(".menu [role=menuitem]")
                    .filter(new Locator.FilterOptions().setHasText(customer));
            assertThat(mention).containsText("佐藤 葵");
            Window.picture(there.page, "mentions-1366-ja");
            Window.assertAccessible(there.page);
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
        Window.picture(screen.page, "identity-1366-ja");
        Window.assertAccessible(screen.page);
        tile.click();
        assertThat(screen.page.locator("dialog.viewer img")).isVisible();
        assertThat(window.complaints()).isEmpty();
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
        Window.picture(screen.page, "failed-1366-ja");
        Window.assertAccessible(screen.page);
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
            assertThat(other.complaints()).isEmpty();
        }
        assertThat(window.complaints()).isEmpty();
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

        await("back in the waiting line")
                .atMost(Duration.ofSeconds(90))
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
        Window.assertAccessible(screen.page);
        Window.picture(screen.page, "canned-admin-1366-ja");
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
