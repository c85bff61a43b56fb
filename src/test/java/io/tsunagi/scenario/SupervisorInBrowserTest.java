package io.tsunagi.scenario;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import io.tsunagi.browser.InBrowser;
import io.tsunagi.browser.Window;
import io.tsunagi.store.Dialect;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A supervisor and an operator, each in a browser of their own, against a real hub. */
@InBrowser
class SupervisorInBrowserTest {
    private static final String MISAKI = "U" + "0".repeat(31) + "1";

    private final TestHub hub = TestHub.start(
            Dialect.H2, Map.of("hub.dispatch.first-answer-goal", "PT1S", "hub.line.quota-cron", "* * * * * ?"));
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

    private static Locator figure(Page wall, String words) {
        return wall.locator(".fig").filter(new Locator.FilterOptions().setHasText(words));
    }

    /** Scenarios 48, 49, 50 and 52 */
    @Test
    void a_supervisor_finds_who_needs_help_watches_unseen_advises_and_takes_over() {
        Operator api = hub.operator("aoi");
        Operator supervisor = hub.away("sakura");
        String sakuraId = supervisor.me().path("id").asText();
        hub.askForPerson(MISAKI, "みさき", "残高の確認方法");
        OperatorScreen aoi =
                new OperatorScreen(desk.open(hub.base())).signIn("aoi").open("みさき");
        Page sakura = new OperatorScreen(wall.open(hub.base() + "/watch")).signIn("sakura").page;
        Locator look = sakura.locator(".look a.slot").filter(new Locator.FilterOptions().setHasText("みさき"));
        assertThat(look).containsText("目標超過");
        Locator seat = sakura.locator(".seats tr").filter(new Locator.FilterOptions().setHasText("佐藤 葵"));
        assertThat(seat.locator(".kept")).hasText("みさき");
        assertThat(look).hasClass(Pattern.compile("\\bp[1-8]\\b"));
        assertThat(seat.locator("th .row")).hasClass(Pattern.compile("\\bp[1-8]\\b"));
        Window.assertAccessible(sakura);

        aoi.page.keyboard().press("Alt+v");
        assertThat(aoi.page.locator("#help-words")).isFocused();
        Window.assertAccessible(aoi.page);
        aoi.page.keyboard().type("返金してよいですか");
        aoi.page.keyboard().press("Enter");
        assertThat(look).containsText("相談あり");
        Window.looks(sakura, "wall");

        look.click();
        assertThat(sakura.locator("#log")).containsText("おつなぎします");
        assertThat(sakura.locator(".helpline")).containsText("返金してよいですか");
        aoi.draft().pressSequentially("お調べして");
        assertThat(sakura.locator("#watched")).hasText("お調べして");
        aoi.draft().pressSequentially("おります。");
        assertThat(sakura.locator("#watched")).hasText("お調べしております。");
        assertThat(aoi.page.locator(".viewers")).hasCount(0);
        try (Rows rows = new Rows(hub.settings())) {
            assertThat(rows.count("select count(*) from audit where act = 'watch-inquiry' and actor = ?", sakuraId))
                    .isEqualTo(1);
        }
        Window.assertAccessible(sakura);

        sakura.locator("#advice-words").fill("返金は3営業日です。");
        Window.looks(sakura, "watch");
        sakura.locator("#advice-words").press("Control+Enter");
        assertThat(aoi.page.locator(".advice")).containsText("返金は3営業日です。");
        Window.looks(aoi.page, "advice", ".advice");
        assertThat(aoi.draft()).isFocused();
        aoi.page.keyboard().press("Alt+g");
        assertThat(aoi.draft()).hasValue(Pattern.compile("お調べしております。返金は3営業日です。"));
        assertThat(aoi.page.locator(".advice")).hasCount(0);
        assertThat(sakura.locator(".given")).containsText("取り入れ");
        assertThat(hub.line.calls()).noneMatch(call -> call.toString().contains("3営業日"));

        sakura.locator(".acts button")
                .filter(new Locator.FilterOptions().setHasText("引き取る"))
                .click();
        sakura.locator("ts-popover .primary").click();
        assertThat(aoi.page.locator(".statestrip")).containsText("高橋 さくら");
        assertThat(aoi.draft()).hasCount(0);
        assertThat(sakura.locator("#draft-text")).hasValue(Pattern.compile(".*3営業日.*"));
        await().atMost(TestHub.PATIENCE)
                .until(() -> api.workspace().path("me").path("load").asInt() == 0);

        // Her own answer is the first one, late by a goal of a second; what comes back again and again is for a look.
        assertThat(figure(sakura, "初回応答").locator("b")).hasText("–");
        sakura.locator("#send").click();
        hub.awaitBubble(MISAKI, text -> text.contains("3営業日"));
        hub.line.write(MISAKI, "main", "いい加減にしてください");
        String inquiry = supervisor.awaitInquiry("みさき");
        for (int i = 0; i < 2; i++) {
            supervisor.act(inquiry, "close", Map.of("reason", "solved", "survey", false));
            supervisor.act(inquiry, "reopen", Map.of());
        }
        sakura.locator(".rail a[href='/watch']").click();
        assertThat(look).containsText("強い言葉");
        assertThat(look).containsText("再開 2回");
        assertThat(figure(sakura, "初回応答").locator("b")).hasText(Pattern.compile("\\d+:\\d\\d"));
        assertThat(figure(sakura, "目標内").locator("b")).hasText("0%");
        Window.looks(sakura, "wall-figures");

        hub.line.settings(Webhook.JSON.createObjectNode().put("quota", 0));
        await("LINE says that nothing is left")
                .atMost(TestHub.PATIENCE)
                .until(() -> supervisor.workspace().path("quota").toString().contains("\"spent\""));
        sakura.navigate(hub.base() + "/admin/accounts");
        assertThat(sakura.locator(".strip")).containsText("上限に達しました");
        sakura.locator(".accounts tbody")
                .first()
                .locator("tr")
                .filter(new Locator.FilterOptions().setHasText("こもれびペイ"))
                .click();
        assertThat(sakura.locator(".adetail h2")).hasText("こもれびペイ");
        Window.assertAccessible(sakura);
        Window.looks(sakura, "accounts");
        assertThat(desk.complaints()).isEmpty();
        assertThat(wall.complaints()).isEmpty();
    }
}
