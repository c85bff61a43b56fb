package io.tsunagi.scenario;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import io.tsunagi.browser.InBrowser;
import io.tsunagi.browser.Window;
import io.tsunagi.store.Dialect;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An operator whose words wait, and the supervisor who reads them, each in a browser of their own. */
@InBrowser
class ApprovalInBrowserTest {
    private static final String MISAKI = "U" + "0".repeat(31) + "1";
    private static final String TARO = "U" + "0".repeat(31) + "2";

    @TempDir
    private Path home;

    private TestHub hub;
    private final Window desk = new Window();
    private final Window wall = new Window();

    @BeforeEach
    void start() throws IOException {
        Files.createDirectories(home.resolve("config"));
        Files.writeString(home.resolve("config/approvals.yaml"), """
                rules:
                  - { id: large-amount, name: { ja: 5万円超, en: "Over ¥50,000" }, amount-over: 50000 }
                  - { id: compensation, name: { ja: 補償の話, en: Compensation }, words: [補償] }
                """);
        hub = TestHub.start(Dialect.H2, Map.of(), line -> {}, home);
        hub.awaitKnowledge();
    }

    @AfterEach
    void stop() {
        desk.close();
        wall.close();
        hub.close();
    }

    private static Locator button(Page page, String words) {
        return page.locator("button")
                .filter(new Locator.FilterOptions().setHasText(words))
                .first();
    }

    private long told(String words) {
        return hub.chat(MISAKI).stream()
                .filter(bubble -> bubble.path("text").asText().contains(words))
                .count();
    }

    private void asks(OperatorScreen aoi, String words) {
        aoi.write(words);
        aoi.send().click();
        assertThat(aoi.page.locator(".guard")).containsText("承認が必要です");
        button(aoi.page, "承認を依頼").click();
        assertThat(aoi.page.locator(".guard")).containsText("承認を待っています");
        assertThat(aoi.draft()).hasCount(0);
    }

    /** Scenario 51 */
    @Test
    void what_a_rule_fits_reaches_the_customer_once_and_only_as_a_supervisor_lets_it() {
        hub.operator("aoi");
        hub.askForPerson(MISAKI, "みさき", "返金の日数");
        hub.askForPerson(TARO, "たろう", "返金の日数");
        OperatorScreen aoi =
                new OperatorScreen(desk.open(hub.base())).signIn("aoi").open("みさき");
        Page sakura = new OperatorScreen(wall.open(hub.base() + "/watch")).signIn("sakura").page;

        asks(aoi, "代金６４，８００円は11月25日にお戻しします。");
        Window.looks(aoi.page, "approval-waits", "#desk");
        Locator request = sakura.locator(".requested a.slot").filter(new Locator.FilterOptions().setHasText("みさき"));
        assertThat(request).containsText("5万円超");
        // One request takes no room from those to look at first.
        assertThat((Integer) sakura.evaluate("document.querySelector('.requested').clientHeight"))
                .isLessThan(120);
        sakura.keyboard().press("Alt+u");
        assertThat(sakura.locator(".approval mark")).hasText("６４，８００円");
        Window.looks(sakura, "approval");

        button(sakura, "メモを付けて戻す").click();
        sakura.locator(".approval textarea").fill("日付を確かめてください。");
        sakura.locator(".approval textarea").press("Control+Enter");
        assertThat(aoi.page.locator(".advice")).containsText("日付を確かめてください。");
        assertThat(aoi.draft()).hasValue(Pattern.compile("代金６４，８００円は.*"));
        assertThat(request).hasCount(0);
        Window.looks(aoi.page, "approval-returned", "#desk");

        asks(aoi, "確認済みです。");
        request.click();
        sakura.locator("#approve").click();
        hub.awaitBubble(MISAKI, text -> text.contains("確認済みです。"));
        assertThat(aoi.draft()).hasValue("");
        assertThat(aoi.log()).containsText("確認済みです。");
        assertThat(told("６４，８００円")).isEqualTo(1);

        asks(aoi, "補償いたします。");
        request.click();
        button(sakura, "直して承認").click();
        sakura.locator(".approval textarea").fill("担当よりご連絡いたします。");
        sakura.locator("#approve").click();
        hub.awaitBubble(MISAKI, text -> text.contains("担当よりご連絡いたします。"));
        assertThat(aoi.draft()).hasValue("");

        asks(aoi, "補償は7万円です。");
        assertThat(request).isVisible();
        hub.line.write(MISAKI, "main", "もう結構です");
        assertThat(aoi.page.locator(".advice")).containsText("新着があったため");
        assertThat(request).hasCount(0);
        assertThat(aoi.draft()).hasValue("補償は7万円です。");

        aoi.send().click();
        button(aoi.page, "読みました").click();
        button(aoi.page, "承認を依頼").click();
        button(aoi.page, "取り下げる").click();
        assertThat(aoi.draft()).hasValue("補償は7万円です。");
        await("nothing waits").atMost(TestHub.PATIENCE).until(() -> requestsThatWait() == 0);
        assertThat(told("補償")).isZero();
        assertThat(desk.complaints()).allMatch(said -> said.contains("409"));
        assertThat(wall.complaints()).isEmpty();
    }

    private long requestsThatWait() {
        try (Rows rows = new Rows(hub.settings())) {
            return rows.count("select count(*) from approvals where state = 'WAITING'");
        }
    }
}
