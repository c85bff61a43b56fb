package io.tsunagi.scenario;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Route;
import com.microsoft.playwright.assertions.LocatorAssertions;
import com.microsoft.playwright.options.BoundingBox;
import io.tsunagi.browser.InBrowser;
import io.tsunagi.browser.Line;
import io.tsunagi.browser.Window;
import io.tsunagi.store.Dialect;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What an operator sees and does in the console, in a real browser against a real hub. */
@InBrowser
class ConsoleInBrowserTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    private static TestHub hub;
    private static int customers;

    /** Each test has customers of its own. */
    private final String misaki = user();

    private final String kenichi = user();
    private final Window window = new Window();

    @BeforeAll
    static void start() {
        hub = TestHub.start(Dialect.H2, Map.of("hub.console.undo-seconds", "5", "hub.dispatch.capacity", "3"));
        hub.awaitKnowledge();
    }

    @AfterAll
    static void stop() {
        hub.close();
    }

    /** Nothing is left open for the next test, and nobody takes anything. */
    @AfterEach
    void close() {
        window.close();
        Operator aoi = hub.operator("aoi");
        await("nobody is left").atMost(TestHub.PATIENCE).until(() -> {
            JsonNode lists = aoi.workspace();
            for (String list : List.of("slots", "held")) {
                for (JsonNode each : lists.path(list)) {
                    aoi.post(
                            "/api/inquiries/" + each.path("id").asText() + "/close",
                            Map.of("reason", "solved", "survey", false));
                }
            }
            return lists.path("slots").isEmpty()
                    && lists.path("held").isEmpty()
                    && lists.path("waiting").isEmpty();
        });
        aoi.put("/api/me/presence", Map.of("presence", "away"));
    }

    /** Scenario 41 */
    @Test
    void one_screen_holds_chat_history_customer_case_knowledge_and_draft() {
        Operator before = hub.operator("aoi");
        handedOver(misaki, "みさき");
        String earlier = before.awaitInquiry("みさき");
        before.say(earlier, "前回のご案内です。");
        hub.awaitBubble(misaki, text -> text.equals("前回のご案内です。"));
        before.post("/api/inquiries/" + earlier + "/close", Map.of("reason", "solved", "survey", false));
        OperatorScreen aoi = serving("みさき", misaki);
        aoi.page.evaluate("window.neverReloaded = true");

        for (String part : List.of(
                "#log",
                "#h-customer",
                "#h-case",
                "#side-history .hrow",
                "#knowledge-search",
                "ts-knowledge .k.sel",
                "#draft-text",
                "#send")) {
            assertThat(aoi.page.locator(part).first()).isVisible();
            BoundingBox box = aoi.page.locator(part).first().boundingBox();
            assertThat(box.x).as(part).isNotNegative();
            assertThat(box.x + box.width).as(part).isLessThanOrEqualTo(1366);
            assertThat(box.y + box.height).as(part).isLessThanOrEqualTo(768);
        }
        assertThat(aoi.page.evaluate(
                        "document.documentElement.scrollHeight + ' ' + document.documentElement.scrollWidth"))
                .isEqualTo("768 1366");

        hub.line.write(misaki, "main", "もう一つ質問があります");
        assertThat(aoi.log()).containsText("もう一つ質問があります");
        assertThat(aoi.page.evaluate("window.neverReloaded")).isEqualTo(true);

        // The inquiry that was closed is read in place; the chat beside it stays.
        aoi.page.locator("#side-history .hrow").click();
        assertThat(aoi.page.locator("#side-history .mini")).containsText("前回のご案内です。");
        assertThat(aoi.log()).containsText("もう一つ質問があります");
        assertThat(aoi.draft()).isVisible();

        aoi.page.locator("#side-history .sh button").click();
        assertThat(aoi.page.locator("#history-search")).isFocused();
        aoi.page.keyboard().type("ゼンカイ");
        assertThat(aoi.page.locator("#side-history [role=status]")).containsText("ゼンカイ");
        aoi.page.locator("#history-search").fill("前回のご");
        assertThat(aoi.page.locator("#side-history .hrow")).containsText("前回のご案内です。");
        for (String part : List.of("#history-search", "#side-history .hrow", "#side-history .mini")) {
            assertThat(aoi.page.locator(part)).isInViewport(new LocatorAssertions.IsInViewportOptions().setRatio(0.9));
        }
        Window.picture(aoi.page, "history-search-found");
        Window.looks(aoi.page, "history-search", "#side-history");
        aoi.page.locator("#side-history .sh button").click();
        assertThat(aoi.page.locator("#history-search")).hasCount(0);
        assertThat(window.complaints()).isEmpty();
    }

    /** Scenario 41 */
    @Test
    void everything_is_done_by_keyboard() {
        hub.operator("aoi");
        handedOver(misaki, "みさき");
        Page page = window.open(hub.base());
        assertThat(page.locator("#sign-name")).isFocused();
        var keys = page.keyboard();
        keys.type("aoi");
        keys.press("Tab");
        keys.type(Operator.PASSWORD);
        keys.press("Enter");
        OperatorScreen aoi = new OperatorScreen(page);
        assertThat(aoi.slot("みさき")).isVisible();

        keys.press("Alt+1");
        assertThat(aoi.draft()).isFocused();
        keys.type("確認します。");
        keys.press("Control+Enter");
        assertThat(aoi.ghost()).containsText("確認します。");
        keys.press("Alt+z");
        assertThat(aoi.draft()).hasValue("確認します。");
        assertThat(aoi.ghost()).hasCount(0);

        keys.press("Alt+k");
        assertThat(page.locator("#knowledge-search")).isFocused();
        keys.type("残高");
        assertThat(page.locator("ts-knowledge [aria-busy=false]")).isVisible();
        assertThat(page.locator("ts-knowledge .k.sel")).containsText("残高の確認方法");
        keys.press("Enter");
        assertThat(aoi.draft()).isFocused();
        assertThat(aoi.draft()).hasValue(Pattern.compile("確認します。.*残高.*", Pattern.DOTALL));

        keys.press("Alt+s");
        assertThat(page.locator(".picker input")).isFocused();
        assertThat(page.locator(".picker [role=option]").first()).isVisible();
        keys.press("Enter");
        assertThat(page.locator(".chosen .sticker")).isVisible();
        keys.press("Control+Enter");
        await().atMost(TestHub.PATIENCE).until(() -> hub.chat(misaki).stream()
                .anyMatch(bubble -> bubble.path("type").asText().equals("sticker")));

        keys.press("Alt+n");
        assertThat(page.locator("#note-text")).isFocused();
        keys.type("折り返し待ち");
        keys.press("Control+Enter");
        assertThat(page.locator(".notebox")).containsText("折り返し待ち");
        keys.press("Alt+w");
        assertThat(page.locator(".choices input").first()).isFocused();
        keys.press("ArrowDown");
        keys.press("Control+Enter");
        assertThat(page.locator(".statestrip")).containsText("お客様の返信なし");
        assertThat(window.complaints()).isEmpty();
    }

    /** WCAG 2.1.4 */
    @Test
    void a_person_gives_acts_keys_of_their_own_and_finds_them_on_another_machine() {
        hub.operator("aoi");
        OperatorScreen aoi = serving("みさき", misaki);
        Page page = aoi.page;
        var keys = page.keyboard();
        page.locator(".rail .foot button").last().click();
        Locator sheet = page.locator("dialog.keys");
        sheet.getByText("キーを変更").click();
        Locator hold = sheet.locator("button[aria-label^='保留:']");
        Locator said = sheet.locator(".khelp");
        hold.click();
        keys.press("Alt+w");
        assertThat(said).hasText("変更していません。Alt W は「終了」で使っています。");
        keys.press("Alt+d");
        assertThat(said).containsText("ブラウザーが使うキー");
        keys.press("h");
        assertThat(said).containsText("押しながら");
        keys.press("Escape");
        assertThat(hold).hasText("Alt H");
        hold.click();
        keys.press("Alt+i");
        assertThat(said).hasText("保留を Alt I にしました。");
        sheet.locator("button[aria-label^='終了:']").click();
        keys.press("Backspace");
        assertThat(sheet.locator("button[aria-label^='終了:']")).hasText("なし");
        Window.looks(page, "own-shortcuts", "dialog.keys");
        keys.press("Escape");
        assertThat(sheet).hasCount(0);
        assertThat(page.locator(".acts [title='保留 (Alt I)']")).isVisible();
        keys.press("Alt+i");
        assertThat(page.locator("#hold-memo")).isFocused();
        keys.press("Escape");
        for (String gone : List.of("Alt+h", "Alt+w")) {
            keys.press(gone);
            assertThat(page.locator("ts-popover")).hasCount(0);
        }
        // As dictation and keyboards on a screen send it.
        aoi.draft().evaluate("field => field.dispatchEvent(new KeyboardEvent('keydown', { key: 'あ', bubbles: true }))");
        assertThat(page.locator("ts-popover")).hasCount(0);

        try (Window other = new Window()) {
            Page there =
                    new OperatorScreen(other.open(hub.base())).signIn("aoi").open("みさき").page;
            there.keyboard().press("Alt+i");
            assertThat(there.locator("#hold-memo")).isFocused();
            there.keyboard().press("Escape");
            there.locator(".rail .foot button").last().click();
            there.getByText("キーを変更").click();
            there.getByText("初期設定に戻す").click();
            assertThat(there.locator("dialog.keys button[aria-label^='保留:']")).hasText("Alt H");
            there.keyboard().press("Escape");
            there.keyboard().press("Alt+h");
            assertThat(there.locator("#hold-memo")).isFocused();
            assertThat(other.complaints()).isEmpty();
        }
        assertThat(window.complaints()).isEmpty();
    }

    @Test
    void an_answer_that_comes_late_leaves_the_caret_where_the_operator_went() {
        hub.operator("aoi");
        OperatorScreen aoi = serving("みさき", misaki);
        Page page = aoi.page;
        List<Route> held = new ArrayList<>();
        page.route(url -> url.endsWith("/undo"), held::add);
        aoi.write("お調べします。");
        aoi.send().click();
        assertThat(aoi.ghost()).containsText("お調べします。");

        page.keyboard().press("Alt+z");
        page.waitForCondition(() -> !held.isEmpty());
        page.keyboard().press("Alt+k");
        assertThat(page.locator("#knowledge-search")).isFocused();
        held.get(0).resume();

        assertThat(aoi.draft()).hasValue("お調べします。");
        assertThat(aoi.ghost()).hasCount(0);
        page.evaluate("new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))");
        assertThat(page.locator("#knowledge-search")).isFocused();
    }

    /** Scenario 42 */
    @Test
    void enter_sends_nothing_and_undo_leaves_no_call_to_line() {
        hub.operator("aoi");
        OperatorScreen aoi = serving("みさき", misaki);
        aoi.write("お調べして");
        aoi.draft().press("Enter");
        aoi.write("折り返します。");
        assertThat(aoi.draft()).hasValue("お調べして\n折り返します。");
        assertThat(aoi.ghost()).hasCount(0);

        assertThat(aoi.send()).containsText("みさき 様へ送る");
        aoi.send().click();
        assertThat(aoi.ghost()).containsText("折り返します。");
        assertThat(aoi.draft()).hasValue("");
        aoi.page.locator(".ghost .after button").click();
        assertThat(aoi.draft()).hasValue("お調べして\n折り返します。");
        assertThat(aoi.page.locator(".ev").last()).containsText("送信を取り消しました");

        // What is sent later arrives: the words taken back would have gone before it.
        aoi.draft().fill("こちらが正しいご案内です。");
        aoi.send().click();
        hub.awaitBubble(misaki, text -> text.equals("こちらが正しいご案内です。"));
        assertThat(hub.line.calls()).noneMatch(call -> call.toString().contains("折り返します"));
        assertThat(window.complaints()).isEmpty();
    }

    /** Scenario 43 */
    @Test
    void a_message_that_came_after_the_draft_began_stops_the_send() {
        hub.operator("aoi");
        OperatorScreen aoi = serving("みさき", misaki);
        aoi.write("カードは郵送でお届けします。");
        hub.line.write(misaki, "main", "やはり解約したいです");
        assertThat(aoi.log()).containsText("やはり解約したいです");

        aoi.draft().press("Control+Enter");
        assertThat(aoi.page.locator(".guard")).containsText("送信を止めました。新着が1件あります。");
        assertThat(aoi.log().locator(".fresh")).hasText("やはり解約したいです");
        assertThat(aoi.page.locator("#guard-back")).isFocused();
        Window.picture(aoi.page, "guard-1366-ja");
        aoi.page.keyboard().press("Control+Enter");
        assertThat(aoi.page.locator(".guard")).isVisible();
        aoi.page.locator("#guard-back").click();
        assertThat(aoi.draft()).isFocused();
        assertThat(aoi.draft()).hasValue("カードは郵送でお届けします。");
        assertThat(aoi.ghost()).hasCount(0);

        hub.line.write(misaki, "main", "急いでいます");
        assertThat(aoi.log()).containsText("急いでいます");
        aoi.draft().press("Control+Enter");
        aoi.page.locator(".guard .primary").click();
        hub.awaitBubble(misaki, text -> text.equals("カードは郵送でお届けします。"));
        assertThat(hub.line.calls())
                .filteredOn(call -> call.toString().contains("カードは郵送でお届けします"))
                .hasSize(1);
        // The browser calls the refusal that raised the guard an error; nothing else is one.
        assertThat(window.complaints()).hasSize(2).allMatch(complaint -> complaint.contains("409"));
    }

    /** Scenario 44 */
    @Test
    void a_draft_is_found_again_after_a_reload_and_on_another_device() {
        hub.operator("aoi");
        OperatorScreen aoi = serving("みさき", misaki);
        aoi.write("書きかけの返信");
        aoi.page.reload();
        assertThat(aoi.draft()).hasValue("書きかけの返信");

        try (Window other = new Window()) {
            OperatorScreen there = new OperatorScreen(other.open(hub.base())).signIn("aoi");
            there.open("みさき");
            assertThat(there.draft()).hasValue("書きかけの返信");
            there.draft().fill("別の端末で書いた返信");
            assertThat(there.page.locator(".dmeta")).containsText("保存済み");
            assertThat(other.complaints()).isEmpty();
        }
        aoi.draft().fill("こちらの続き");
        assertThat(aoi.page.locator(".guard")).containsText("この下書きは別の端末で更新されました。");
        aoi.page.locator("#guard-back").click();
        assertThat(aoi.draft()).hasValue("別の端末で書いた返信");
        assertThat(window.complaints()).hasSize(1).allMatch(complaint -> complaint.contains("409"));
    }

    /** Scenario 47 */
    @Test
    void an_inquiry_on_hold_frees_its_slot_and_comes_back_with_its_memo() {
        hub.operator("aoi");
        OperatorScreen aoi = serving("みさき", misaki);
        aoi.page.keyboard().press("Alt+h");
        assertThat(aoi.page.locator("#hold-memo")).isFocused();
        aoi.page.locator("#hold-memo").press("Control+Enter");
        assertThat(aoi.page.locator(".fielderror")).containsText("メモを書いてください");
        aoi.page.locator("#hold-memo").fill("本人確認の結果待ち");
        Window.picture(aoi.page, "hold-1366-ja");
        aoi.page.locator("#hold-memo").press("Control+Enter");
        assertThat(aoi.page.locator(".statestrip")).containsText("本人確認の結果待ち");
        assertThat(aoi.page.locator("a.slot")).hasCount(0);
        assertThat(aoi.page.locator(".fold")).containsText("保留");
        Window.picture(aoi.page, "held-1366-ja");

        aoi.page.locator(".statestrip button").click();
        assertThat(aoi.slot("みさき")).isVisible();
        assertThat(aoi.draft()).isFocused();
        assertThat(aoi.page.locator(".holds")).containsText("本人確認の結果待ち");
        assertThat(window.complaints()).isEmpty();
    }

    /** Scenario 46 */
    @Test
    void an_article_goes_into_the_draft_and_an_internal_one_never_does() {
        Operator api = hub.operator("aoi");
        OperatorScreen aoi = serving("みさき", misaki);
        Locator chosen = aoi.page.locator("ts-knowledge .k.sel");
        aoi.page.locator("#knowledge-search").fill("残高");
        assertThat(chosen).containsText("残高の確認方法");
        String uses = "/api/knowledge?language=ja&q=%E6%AE%8B%E9%AB%98";
        int before = api.get(uses).path(0).path("uses").asInt();
        assertThat(chosen).containsText("利用 " + before);
        chosen.locator(".kacts button").first().click();
        assertThat(aoi.draft()).hasValue(Pattern.compile(".*残高.*", Pattern.DOTALL));
        await().atMost(TestHub.PATIENCE)
                .until(() -> api.get(uses).path(0).path("uses").asInt() == before + 1);

        // What was inserted is tinted, in its place, until somebody changes it.
        Locator tinted = aoi.page.locator(".tint mark");
        String inserted = aoi.draft().inputValue();
        assertThat(tinted).hasText(inserted);
        aoi.draft().press("Control+Home");
        aoi.page.keyboard().type("お待たせしました。");
        aoi.draft().press("Control+End");
        aoi.page.keyboard().type("以上です。".repeat(60));
        assertThat(tinted).hasText(inserted);
        assertThat(aoi.page.locator(".tint"))
                .hasJSProperty("scrollHeight", aoi.draft().evaluate("field => field.scrollHeight"));
        assertThat(aoi.page.locator(".tint"))
                .hasJSProperty("scrollTop", aoi.draft().evaluate("field => field.scrollTop"));
        aoi.draft().evaluate("field => field.setSelectionRange(12, 12)");
        aoi.page.keyboard().type("、");
        assertThat(tinted).hasCount(0);

        aoi.draft().fill("");
        aoi.page.locator("#knowledge-search").fill("返金をお約束できる範囲");
        Locator internal = aoi.page.locator("ts-knowledge .k").filter(new Locator.FilterOptions().setHasText("社内用"));
        internal.first().locator(".khead").click();
        assertThat(internal.first()).containsText("お客様へは引用できません");
        assertThat(internal.first().getByText("下書きに入れる")).hasCount(0);
        assertThat(aoi.draft()).hasValue("");

        Locator filters = aoi.page.locator(".kfilters button");
        filters.getByText("お客様向け").click();
        assertThat(aoi.page.locator("ts-knowledge [aria-busy=false] .k").first())
                .isVisible();
        assertThat(internal).hasCount(0);
        filters.getByText("社内用").click();
        assertThat(internal.first()).isVisible();
        assertThat(aoi.page.locator("ts-knowledge .khead .meta.num")).hasCount(0);
        aoi.page.locator("#knowledge-search").fill("zzyzx qwrtpsd");
        assertThat(aoi.page.locator(".knone")).containsText("「zzyzx qwrtpsd」に合う記事はありません。");
        assertThat(aoi.page.getByText("記事を提案")).hasCount(0);
        aoi.page.getByText("すべてから探す").click();
        aoi.page.getByText("記事を提案").click();
        assertThat(aoi.page.locator(".knone [role=status]")).containsText("提案しました");
        Window.looks(aoi.page, "knowledge-none", "ts-knowledge");
        aoi.page.getByText("お客様に伺う").click();
        assertThat(aoi.draft()).isFocused();
        assertThat(hub.away("sakura").get("/api/proposals").findValuesAsText("question"))
                .contains("zzyzx qwrtpsd");
        assertThat(window.complaints()).isEmpty();
    }

    @Test
    void an_image_is_shown_and_a_message_taken_back_becomes_a_tombstone() {
        hub.operator("aoi");
        OperatorScreen aoi = serving("みさき", misaki);
        hub.line.write(misaki, body("{'account':'main','type':'image','sample':'card-front'}"));
        Locator picture = aoi.log().locator(".tile img");
        assertThat(picture).isVisible();
        assertThat(picture.evaluate("image => image.decode().then(() => image.naturalWidth > 0)"))
                .isEqualTo(true);
        aoi.log().locator("button.tile").click();
        assertThat(aoi.page.locator("dialog.viewer img")).isVisible();
        assertThat(aoi.page.locator("dialog.viewer .vmark span").first())
                .hasAttribute("data-mark", Pattern.compile("佐藤 葵 \\(aoi\\) \\d{4}/\\d{2}/\\d{2} \\d{1,2}:\\d{2}"));
        Window.picture(aoi.page, "viewer-1366-ja");
        hub.line.happen(misaki, body("{'account':'main','type':'unsend'}"));
        assertThat(aoi.page.locator("dialog.viewer")).containsText("お客様が送信を取り消しました");
        assertThat(aoi.page.locator("dialog.viewer img")).hasCount(0);
        aoi.page.keyboard().press("Escape");
        assertThat(aoi.page.locator("dialog.viewer")).hasCount(0);
        assertThat(aoi.log().locator(".tomb")).hasCount(1);
        assertThat(aoi.log().locator(".tile")).hasCount(0);

        hub.line.write(misaki, "main", "見られたくない文");
        assertThat(aoi.log()).containsText("見られたくない文");
        hub.line.happen(misaki, body("{'account':'main','type':'unsend'}"));
        assertThat(aoi.log().locator(".tomb")).hasCount(2);
        assertThat(aoi.log()).not().containsText("見られたくない文");
        assertThat(window.complaints()).isEmpty();
    }

    @Test
    void columns_and_letters_keep_the_size_that_somebody_gave_them() {
        hub.operator("aoi");
        Page page = serving("みさき", misaki).page;
        Locator line = page.locator(".divider.at-list");
        line.focus();
        page.keyboard().press("ArrowRight");
        page.keyboard().press("ArrowRight");
        assertThat(line).hasAttribute("aria-valuenow", "320");
        BoundingBox from = line.boundingBox();
        page.mouse().move(from.x + 4, 400);
        page.mouse().down();
        page.mouse().move(from.x + 34, 420);
        page.mouse().up();
        assertThat(line).hasAttribute("aria-valuenow", "350");
        Locator side = page.locator(".divider.at-side");
        side.focus();
        page.keyboard().press("ArrowLeft");
        assertThat(side).hasAttribute("aria-valuenow", "388");
        page.locator(".top .person").click();
        page.locator("[role=menuitem]").getByText("+").click();
        assertThat(page.locator(".steps .num")).hasText("15");
        Window.looks(page, "person", ".top");

        page.reload();
        assertThat(page.locator(".b").first()).hasCSS("font-size", "15px");
        assertThat(page.locator("#draft-text")).hasCSS("font-size", "15px");
        assertThat(page.locator("section.list")).hasCSS("width", "350px");
        line.focus();
        page.keyboard().press("Home");
        assertThat(line).hasAttribute("aria-valuenow", "288");
        page.locator(".top .person").click();
        page.locator("[role=menuitem]")
                .filter(new Locator.FilterOptions().setHasText("列の幅を元に戻す"))
                .click();
        assertThat(page.locator(".side")).hasCSS("width", "372px");
        assertThat(window.complaints()).isEmpty();
    }

    @Test
    void an_identity_document_closes_by_itself_and_who_presses_nothing_is_told_before_the_screen_closes() {
        window.onOpen("const real = Date.now; let ahead = 0; Date.now = () => real.call(Date) + ahead;"
                + "window.later = (seconds) => (ahead += seconds * 1000);");
        hub.operator("aoi");
        OperatorScreen aoi = serving("みさき", misaki);
        Page page = aoi.page;
        page.keyboard().press("Alt+o");
        assertThat(page.locator("#side-facts .chip.warn")).containsText("依頼中");
        hub.line.write(misaki, body("{'account':'main','type':'image','sample':'card-front'}"));
        aoi.log().locator("button.tile.identity").click();
        assertThat(page.locator("dialog.viewer img")).isVisible();
        assertThat(page.locator("dialog.viewer")).containsText("操作がないと閉じます");
        page.evaluate("later(61)");
        assertThat(page.locator("dialog.viewer")).hasCount(0);
        // A screen reader opens it without a press.
        aoi.log().locator("button.tile.identity").evaluate("tile => tile.click()");
        assertThat(page.locator("dialog.viewer .vside p.row .num")).not().hasText(Pattern.compile("^0:00|^0$"));
        assertThat(page.locator("dialog.viewer img")).isVisible();
        page.evaluate("later(61)");
        assertThat(page.locator("dialog.viewer")).hasCount(0);

        page.evaluate("later(785)");
        Locator strip = page.locator(".top .strip").getByText("まもなく画面を閉じます");
        assertThat(strip).isVisible();
        Window.looks(page, "idle", ".top");
        page.locator(".strip button").click();
        assertThat(strip).hasCount(0);
    }

    @Test
    void a_lost_line_is_said_and_nothing_typed_is_lost() throws Exception {
        hub.operator("aoi");
        handedOver(misaki, "みさき");
        try (Line line = new Line(URI.create(hub.base()).getPort())) {
            OperatorScreen aoi = new OperatorScreen(window.open(line.base())).signIn("aoi");
            aoi.open("みさき");
            aoi.write("線が切れる前と");
            line.cut();
            assertThat(aoi.page.locator(".strip.dark")).containsText("オフラインです");
            aoi.draft().pressSequentially("切れたあとの言葉");
            assertThat(aoi.page.locator(".dmeta")).containsText("この端末に保存済み");
            assertThat(aoi.send()).containsText("つながりしだい送る");
            hub.line.write(misaki, "main", "聞こえますか");
            Window.picture(aoi.page, "offline-1366-ja");

            line.mend();
            assertThat(aoi.page.locator(".strip.dark")).hasCount(0);
            assertThat(aoi.log()).containsText("聞こえますか");
            assertThat(aoi.draft()).hasValue("線が切れる前と切れたあとの言葉");
            assertThat(aoi.page.locator(".dmeta")).not().containsText("この端末に");
            aoi.page.reload();
            assertThat(aoi.draft()).hasValue("線が切れる前と切れたあとの言葉");
        }
        assertThat(window.complaints()).allMatch(complaint -> complaint.contains("net::ERR_"));
    }

    /** Behind a proxy the feed and the calls may reach different nodes, of which one ends. */
    @Test
    void what_could_not_be_fetched_when_the_feed_told_of_it_is_fetched_soon_after() {
        hub.operator("aoi");
        OperatorScreen aoi = serving("みさき", misaki);
        List<String> failed = new ArrayList<>();
        Predicate<String> lists = url -> url.contains("/messages?since=") || url.endsWith("/api/workspace");
        aoi.page.route(lists, route -> {
            failed.add(route.request().url());
            route.abort();
        });
        hub.line.write(misaki, "main", "聞こえますか");
        aoi.page.waitForCondition(() -> failed.stream().anyMatch(url -> url.contains("/messages"))
                && failed.stream().anyMatch(url -> url.endsWith("/workspace")));
        assertThat(aoi.page.locator(".strip.dark")).hasCount(0);

        aoi.page.unroute(lists);
        assertThat(aoi.log()).containsText("聞こえますか");
        assertThat(aoi.slot("みさき")).containsText("聞こえますか");
        assertThat(window.complaints()).isNotEmpty().allMatch(complaint -> complaint.contains("net::ERR_"));
    }

    @Test
    void an_answer_that_found_no_hub_goes_by_itself_though_the_feed_never_broke_and_once() {
        hub.operator("aoi");
        OperatorScreen aoi = serving("みさき", misaki);
        List<String> failed = new ArrayList<>();
        Predicate<String> sends = url -> url.endsWith("/send");
        aoi.page.route(sends, route -> {
            failed.add(route.request().postData());
            route.abort();
        });
        aoi.write("のちほどお電話します。");
        aoi.send().click();
        aoi.page.waitForCondition(() -> !failed.isEmpty());
        assertThat(aoi.send()).containsText("つながりしだい送る");

        aoi.page.unroute(sends);
        hub.awaitBubble(misaki, text -> text.equals("のちほどお電話します。"));
        assertThat(aoi.draft()).hasValue("");
        assertThat(hub.line.calls())
                .filteredOn(call -> call.toString().contains("のちほどお電話します"))
                .hasSize(1);
        assertThat(window.complaints()).isNotEmpty().allMatch(complaint -> complaint.contains("net::ERR_"));
    }

    @Test
    void a_tab_whose_token_is_of_a_session_before_asks_to_sign_in_and_stops_calling() {
        OperatorScreen aoi = new OperatorScreen(window.open(hub.base())).signIn("aoi");

        // As it is when another tab of the browser has signed in anew.
        aoi.page.evaluate("import('/console/core/state.js').then(({ state }) => { state.me.csrf = 'of-before'; })");

        assertThat(aoi.page.locator("#sign-name")).isVisible();
        aoi.signIn("aoi");
        try (Rows rows = new Rows(hub.settings())) {
            assertThat(rows.count("select count(*) from audit where act = 'call' and outcome = 'refused'"))
                    .isBetween(1L, 3L);
        }
    }

    @Test
    void the_policy_refuses_inline_styles_and_markup_from_strings_and_we_would_notice() {
        Page page = window.open(hub.base());
        assertThat(page.locator("#sign-name")).isFocused();
        assertThat(window.complaints()).isEmpty();

        page.evaluate("document.head.append(Object.assign(document.createElement('style'), {textContent: 'b{}'}))");
        Object outcome = page.evaluate(
                "(() => { try { document.body.innerHTML = 'x'; return 'set'; } catch (e) { return e.name; } })()");

        assertThat(outcome).isEqualTo("TypeError");
        assertThat(window.complaints()).anyMatch(complaint -> complaint.startsWith("CSP style-src-elem inline"));
    }

    @ParameterizedTest
    @CsvSource({"ja,light,1366", "en,dark,1920"})
    void every_state_is_accessible_in_both_languages_and_themes(String language, String theme, int width) {
        String look = "?lang=" + language + "&theme=" + theme;
        String name = "-" + width + "-" + language + "-" + theme;
        lively();
        Page page = window.open(hub.base() + "/" + look);
        page.setViewportSize(width, width == 1366 ? 768 : 1080);
        assertThat(page.locator("#sign-name")).isFocused();
        Window.assertAccessible(page);
        OperatorScreen aoi = new OperatorScreen(page).signIn("aoi");
        assertThat(page.locator(".blank h1")).isVisible();
        Window.assertAccessible(page);

        aoi.open("佐々木 美咲");
        aoi.page.locator("#knowledge-search").fill("ログインできない");
        assertThat(page.locator("ts-knowledge .k.sel")).isVisible();
        aoi.draft().fill("ありがとうございます。同じ電話番号でログインすると、残高もご利用履歴も元のままお使いいただけます。");
        assertThat(page.locator("a.slot[aria-current] .badge")).hasCount(0);
        assertThat(page.locator(".dmeta")).containsText(Pattern.compile("保存済み|Saved"));
        Window.picture(page, "lively" + name);
        hub.line.write(misaki, body("{'account':'main','type':'image','sample':'receipt'}"));
        assertThat(page.locator(".tile img")).isVisible();
        Window.assertAccessible(page);

        for (String key : List.of("Alt+s", "Alt+h", "Alt+t", "Alt+b", "Alt+w")) {
            page.keyboard().press(key);
            assertThat(page.locator("ts-popover")).isVisible();
            if (key.equals("Alt+t")) {
                // The colleagues come from the hub, and with them the button changes its colours.
                assertThat(page.locator("ts-popover [role=option]").first()).isVisible();
            }
            Window.picture(page, "layer" + key.substring(3) + name);
            Window.assertAccessible(page, "ts-popover");
            page.keyboard().press("Escape");
            assertThat(page.locator("ts-popover")).hasCount(0);
        }
        page.keyboard().press("Alt+n");
        assertThat(page.locator("#note-text")).isFocused();
        page.keyboard().type("SIM再発行の可能性あり。");
        page.keyboard().press("Control+Enter");
        assertThat(page.locator(".notebox")).isVisible();
        page.keyboard().press("Alt+p");
        assertThat(page.locator(".preview .words")).isVisible();
        Window.assertAccessible(page, "#desk");
        page.keyboard().press("Shift+?");
        assertThat(page.locator("dialog.keys")).isVisible();
        Window.picture(page, "keys" + name);
        Window.assertAccessible(page, "dialog.keys");
        page.keyboard().press("Escape");
        page.locator("button.tile").click();
        assertThat(page.locator("dialog.viewer img")).isVisible();
        Window.assertAccessible(page, "dialog.viewer");
        page.keyboard().press("Escape");

        hub.line.write(misaki, "main", "まだですか");
        assertThat(aoi.log()).containsText("まだですか");
        page.keyboard().press("Alt+r");
        assertThat(aoi.draft()).isFocused();
        aoi.draft().press("Control+Enter");
        assertThat(page.locator(".guard")).isVisible();
        Window.assertAccessible(page, "#desk");
        page.locator(".guard .primary").click();
        assertThat(aoi.ghost()).isVisible();
        Window.assertAccessible(page, ".ghost");
        assertThat(aoi.ghost()).hasCount(0);
        assertThat(aoi.log().locator(".stbtn.sent").last()).isVisible();
        assertThat(window.complaints()).allMatch(complaint -> complaint.contains("409"));
    }

    /** Three customers with aoi, three who wait; one chat with everything in it. */
    private void lively() {
        Operator aoi = hub.operator("aoi");
        handedOver(misaki, "佐々木 美咲", "アプリを消してしまった");
        String first = aoi.awaitInquiry("佐々木 美咲");
        hub.line.write(misaki, "main", "入れ直したらログインできません");
        aoi.awaitMessage(first, message -> message.path("text").asText().equals("入れ直したらログインできません"));
        aoi.say(first, "ご不便をおかけしております。お使いの電話番号は、前と同じでしょうか。");
        hub.awaitBubble(misaki, text -> text.startsWith("ご不便を"));
        hub.line.write(misaki, body("{'account':'main','type':'sticker','packageId':'446','stickerId':'1990'}"));
        handedOver(kenichi, "田村 健一", "二重に支払われた");
        aoi.awaitInquiry("田村 健一");
        hub.line.write(kenichi, "main", "二重に引き落とされています。至急お願いします");
        String sakura = user();
        handedOver(sakura, "中村 さくら", "本人確認の手順");
        String third = aoi.awaitInquiry("中村 さくら");
        aoi.say(third, "書類は昨日発送いたしました。");
        hub.awaitBubble(sakura, text -> text.startsWith("書類は"));
        handedOver(user(), "林 匠", "返品したときの返金");
        handedOver(user(), "岡田 ひなた", "チャージが反映されない");
        handedOver(user(), "石井 誠", "残高の確認方法");
        await().atMost(TestHub.PATIENCE)
                .until(() -> aoi.workspace().path("waiting").size() == 3);
    }

    private static String user() {
        return "U" + "%032d".formatted(++customers);
    }

    /** A customer who has asked the bot, then for a person. */
    private void handedOver(String user, String name) {
        handedOver(user, name, "残高の確認方法");
    }

    private void handedOver(String user, String name, String question) {
        hub.askForPerson(user, name, question);
    }

    /** The screen of aoi, who has a customer of this name and has opened the chat. */
    private OperatorScreen serving(String name, String user) {
        handedOver(user, name);
        return new OperatorScreen(window.open(hub.base())).signIn("aoi").open(name);
    }

    private static JsonNode body(String json) {
        try {
            return JSON.readTree(json.replace('\'', '"'));
        } catch (com.fasterxml.jackson.core.JsonProcessingException e) {
            throw new IllegalArgumentException(e);
        }
    }
}
