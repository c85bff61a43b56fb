package io.tsunagi.scenario;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import io.tsunagi.browser.InBrowser;
import io.tsunagi.browser.Window;
import io.tsunagi.store.Dialect;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The end of a shift, and what a supervisor says to the house, in browsers. */
@InBrowser
class ShiftInBrowserTest {
    private static final String[] USERS = {
        "U" + "0".repeat(31) + "1", "U" + "0".repeat(31) + "2", "U" + "0".repeat(31) + "3"
    };

    private final TestHub hub =
            TestHub.start(Dialect.H2, Map.of("hub.dispatch.capacity", "2", "hub.voice.weight", "1"));
    private final Window desk = new Window();
    private final Window wall = new Window();

    @BeforeEach
    void wait_for_the_articles() {
        hub.awaitKnowledge();
    }

    @AfterEach
    void stop() {
        desk.close();
        wall.close();
        hub.close();
    }

    private static Locator row(Page page, String customer) {
        return page.locator(".hrows li").filter(new Locator.FilterOptions().setHasText(customer));
    }

    /** Scenario 47 */
    @Test
    void a_shift_is_handed_over_in_one_act_as_far_as_the_receivers_have_room() {
        Operator aoi = hub.operator("aoi");
        Operator sakura = hub.away("sakura");
        hub.askForPerson(USERS[0], "みさき", "残高の確認方法");
        hub.askForPerson(USERS[1], "たろう", "残高の確認方法");
        String misaki = aoi.awaitInquiry("みさき");
        String taro = aoi.awaitInquiry("たろう");
        Operator ren = hub.operator("ren");
        hub.askForPerson(USERS[2], "はなこ", "残高の確認方法");
        ren.awaitInquiry("はなこ");
        OperatorScreen screen =
                new OperatorScreen(desk.open(hub.base())).signIn("aoi").open("みさき");
        screen.write("お調べしております。");
        Page page = screen.page;

        Page house = new OperatorScreen(wall.open(hub.base() + "/watch")).signIn("sakura").page;
        house.locator(".figures .btn").click();
        house.locator("#house-words").fill("17時に全体会議です。");
        Window.assertAccessible(house, ".houseform");
        house.locator("#house-words").press("Control+Enter");
        assertThat(page.locator(".strip.note")).containsText("17時に全体会議です。");
        Window.assertAccessible(page, ".top");
        page.locator(".strip.note button").click();
        assertThat(page.locator(".strip.note")).hasCount(0);
        assertThat(aoi.workspace().path("notices")).isEmpty();
        assertThat(sakura.workspace().path("notices")).isEmpty();

        page.locator(".top .person").click();
        page.locator("[role=menuitem]")
                .filter(new Locator.FilterOptions().setHasText("引き継ぎ"))
                .click();
        assertThat(row(page, "みさき").locator("textarea")).hasValue(Pattern.compile("残高"));
        row(page, "みさき").locator("textarea").fill("残高の件。お調べ中です。");
        String toRen = "operator:" + ren.me().path("id").asText();
        row(page, "みさき").locator("select").selectOption(toRen);
        row(page, "たろう").locator("select").selectOption(toRen);
        Window.looks(page, "hand-over", "dialog.handover");
        page.locator(".handover .primary").click();
        assertThat(row(page, "たろう").locator(".fielderror")).containsText("枠がいっぱい");
        assertThat(row(page, "みさき")).hasCount(0);
        row(page, "たろう").locator("select").selectOption("");
        page.locator(".handover .primary").click();
        assertThat(page.locator(".handover")).hasCount(0);

        JsonNode me = aoi.workspace().path("me");
        assertThat(List.of(me.path("presence").asText(), me.path("load").asText()))
                .containsExactly("away", "0");
        assertThat(ren.workspace().path("me").path("load").asInt()).isEqualTo(2);
        ren.awaitMessage(misaki, message -> message.path("text").asText().equals("残高の件。お調べ中です。"));
        assertThat(ren.get("/api/inquiries/" + misaki + "/draft").path("text").asText())
                .isEqualTo("お調べしております。");
        assertThat(sakura.inquiry(taro).path("state").asText()).isEqualTo("WAITING");
        assertThat(aoi.post("/api/me/hand-over", Map.of("items", List.of(Map.of("inquiry", misaki))))
                        .body()
                        .path("left")
                        .path(0)
                        .path("code")
                        .asText())
                .isEqualTo("not-owner");

        house.locator(".seats tr")
                .filter(new Locator.FilterOptions().setHasText("木村 蓮"))
                .locator("button")
                .click();
        house.locator("#house-presence").selectOption("busy");
        house.locator("#house-words").fill("新人の指導をお願いします。");
        Window.looks(house, "seat-presence", ".houseform");
        house.locator("#house-words").press("Control+Enter");
        await("ren is told")
                .atMost(TestHub.PATIENCE)
                .until(() -> ren.workspace().path("notices").toString().contains("新人の指導"));
        assertThat(ren.workspace().path("me").path("presence").asText()).isEqualTo("busy");

        house.locator(".seats tr")
                .filter(new Locator.FilterOptions().setHasText("木村 蓮"))
                .locator("button")
                .click();
        house.locator("#house-presence").selectOption("away");
        house.locator("#house-hand-over").check();
        house.locator("#house-words").fill("早退します。続きをお願いします。");
        house.locator("#house-words").press("Control+Enter");
        await("what ren had waits")
                .atMost(TestHub.PATIENCE)
                .until(() -> sakura.inquiry(misaki).path("state").asText().equals("WAITING"));
        assertThat(ren.workspace().path("slots")).isEmpty();
        assertThat(sakura.get("/api/inquiries/" + misaki + "/messages").toString())
                .contains("早退します");

        try (Rows rows = new Rows(hub.settings())) {
            for (String act : new String[] {"set-presence", "notify"}) {
                assertThat(rows.count(
                                "select count(*) from audit where act = ? and object = ?",
                                act,
                                "operator/" + ren.me().path("id").asText()))
                        .as(act)
                        .isEqualTo(2);
            }
        }
        String nobody = "/api/operators/" + UUID.randomUUID() + "/presence";
        assertThat(sakura.call("PUT", nobody, Map.of("presence", "away", "why", "x"))
                        .status())
                .isEqualTo(404);
        assertThat(aoi.call("PUT", nobody, Map.of("presence", "away", "why", "x"))
                        .status())
                .isEqualTo(403);
        assertThat(aoi.post("/api/notices", Map.of("team", "support", "words", "x"))
                        .status())
                .isEqualTo(403);
        assertThat(sakura.post("/api/notices", Map.of("team", "nowhere", "words", "x"))
                        .status())
                .isEqualTo(422);
        assertThat(desk.complaints()).isEmpty();
        assertThat(wall.complaints()).isEmpty();
    }

    /** Scenario 47 */
    @Test
    void a_supervisor_hands_over_what_somebody_else_has_open_and_both_sides_are_told() {
        Operator aoi = hub.operator("aoi");
        Operator sakura = hub.away("sakura");
        hub.askForPerson(USERS[0], "みさき", "残高の確認方法");
        hub.askForPerson(USERS[1], "たろう", "残高の確認方法");
        String misaki = aoi.awaitInquiry("みさき");
        String taro = aoi.awaitInquiry("たろう");
        aoi.act(taro, "hold", Map.of("memo", "折り返し待ち"));
        Operator ren = hub.operator("ren");
        hub.askForPerson(USERS[2], "はなこ", "残高の確認方法");
        ren.awaitInquiry("はなこ");

        Page house = new OperatorScreen(wall.open(hub.base() + "/watch")).signIn("sakura").page;
        Locator seat = house.locator(".seats tr")
                .filter(new Locator.FilterOptions().setHasText("佐藤 葵"))
                .locator("button");
        seat.click();
        house.locator(".houseform p .btn").click();
        assertThat(house.locator("#h-hand-over")).hasText("佐藤 葵さんの対応を引き継ぐ");
        assertThat(row(house, "みさき").locator("textarea")).hasValue(Pattern.compile("残高"));
        row(house, "みさき").locator("textarea").fill("残高の件。お調べ中です。");
        row(house, "みさき")
                .locator("select")
                .selectOption("operator:" + ren.me().path("id").asText());
        house.locator(".handover .primary").click();
        assertThat(house.locator(".handover .fielderror")).isVisible();
        house.locator("#hand-over-why").fill("早退のため");
        Window.looks(house, "hand-over-of", "dialog.handover");
        house.locator(".handover .primary").click();
        assertThat(house.locator(".handover")).hasCount(0);

        ren.awaitMessage(misaki, message -> message.path("text").asText().equals("残高の件。お調べ中です。"));
        assertThat(ren.inquiry(misaki).path("mine").asBoolean()).isTrue();
        assertThat(sakura.inquiry(taro).path("state").asText()).isEqualTo("WAITING");
        assertThat(sakura.messages(taro))
                .anyMatch(message -> message.path("from").asText().equals("note")
                        && message.path("text").asText().contains("残高"));
        JsonNode me = aoi.workspace();
        assertThat(me.path("me").path("presence").asText()).isEqualTo("away");
        assertThat(me.path("slots")).isEmpty();
        assertThat(me.path("held")).isEmpty();
        assertThat(me.path("notices").path(0).path("kind").asText()).isEqualTo("passed");
        assertThat(me.path("notices").path(0).path("words").asText()).isEqualTo("早退のため");
        assertThat(ren.workspace().path("notices").path(0).path("kind").asText())
                .isEqualTo("given");
        assertThat(ren.workspace().path("notices").path(0).path("words").asText())
                .isEqualTo("佐藤 葵 (1) · 早退のため");
        OperatorScreen told = new OperatorScreen(desk.open(hub.base())).signIn("ren");
        assertThat(told.page.locator(".strip.note")).containsText("高橋 さくらさんから引き継ぎ");

        ren.act(misaki, "hold", Map.of("memo", "x"));
        String path = "/api/operators/" + ren.me().path("id").asText() + "/hand-over";
        JsonNode left = sakura.post(
                        path,
                        Map.of(
                                "why",
                                "x",
                                "items",
                                List.of(Map.of(
                                        "inquiry",
                                        misaki,
                                        "operator",
                                        aoi.me().path("id").asText()))))
                .body()
                .path("left");
        assertThat(left).hasSize(1);
        assertThat(left.path(0).path("code").asText()).isEqualTo("away");
        assertThat(ren.workspace().path("slots")).isEmpty();
        assertThat(aoi.post(path, Map.of("why", "x")).status()).isEqualTo(403);
        assertThat(sakura.post(path, Map.of("why", "")).status()).isEqualTo(422);
        try (Rows rows = new Rows(hub.settings())) {
            assertThat(rows.count("select count(*) from audit where act = 'hand-over'"))
                    .isEqualTo(2);
            assertThat(rows.count("select count(*) from audit where act = 'list-inquiries'"))
                    .isEqualTo(1);
        }
        assertThat(desk.complaints()).isEmpty();
        assertThat(wall.complaints()).isEmpty();
    }
}
