package io.tsunagi.scenario;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Download;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import io.tsunagi.browser.InBrowser;
import io.tsunagi.browser.Window;
import io.tsunagi.store.Dialect;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Figures of a week of inquiries, and from each of them to the inquiries themselves. */
@InBrowser
class ReportsInBrowserTest {
    private final TestHub hub = TestHub.start(
            Dialect.H2, Map.of("hub.dispatch.first-answer-goal", "PT2M", "hub.line.quota-cron", "0 0 0 1 1 ?"));
    private final Window house = new Window();

    @BeforeEach
    void let_a_week_be_over() {
        Week.lived(hub.settings());
    }

    @AfterEach
    void stop() {
        house.close();
        hub.close();
    }

    private static Locator figure(Page page, String word) {
        return page.locator("section[aria-labelledby='kp-" + word + "']");
    }

    @Test
    void a_supervisor_reads_a_week_and_goes_from_its_figures_to_the_inquiries() throws IOException {
        Page page = new OperatorScreen(house.open(hub.base() + "/reports")).signIn("sakura").page;
        assertThat(figure(page, "opened").locator("a")).hasText("420");
        assertThat(figure(page, "opened").locator(".d")).hasText(Pattern.compile("\\+20\\.0%\\s*前の期間 350"));
        assertThat(figure(page, "by-bot").locator(".big")).hasText("50.0 %");
        assertThat(figure(page, "first").locator(".d")).containsText("目標 2:00");
        assertThat(figure(page, "in-goal").locator(".big")).hasText("85.7 %");
        assertThat(figure(page, "in-goal").locator(".d")).containsText("超過 30 / 210件");
        assertThat(figure(page, "score").locator(".d")).containsText("回答率 40.0% · 84件");
        assertThat(figure(page, "paid").locator(".big .num")).hasText("84");
        assertThat(page.locator(".reasons")).hasText("低い評価の理由: 「同じことを聞かれた」2件、「時間がかかった」2件");
        assertThat(page.locator(".cols li")).hasCount(24);
        assertThat(page.locator(".people tbody tr")).hasCount(3);
        assertThat(page.locator(".people tbody tr.few")).hasCount(0);
        Window.looks(page, "reports");

        Download file = page.waitForDownload(() -> page.getByText("CSV").click());
        assertThat(file.suggestedFilename()).matches("tsunagi-\\d{4}-\\d{2}-\\d{2}-\\d{4}-\\d{2}-\\d{2}\\.csv");
        assertThat(Files.readString(file.path(), StandardCharsets.UTF_8))
                .startsWith("\ufeffkind,of,figure,value\r\nperiod,")
                .contains("opened,420\r\n")
                .contains("\r\ntopic,ログイン・認証コード,opened,");
        Download table = page.waitForDownload(() -> page.evaluate("import('/console/core/csv.js').then((csv) =>"
                + " csv.download('t.csv', [['=1+1', '+1', '-2', -2, '@x', '\\t=1', '\\0=1', 'a,\"b\"']]))"));
        assertThat(Files.readString(table.path(), StandardCharsets.UTF_8))
                .as("no program takes a cell for a formula")
                .isEqualTo("\ufeff'=1+1,'+1,'-2,-2,'@x,'\t=1,'\0=1,\"a,\"\"b\"\"\"\r\n");

        figure(page, "in-goal").locator("a").click();
        Locator rows = page.locator("ts-find tbody tr");
        assertThat(rows).hasCount(30);
        assertThat(page.locator(".chip.gone")).hasText("初回応答が目標超過");
        Window.looks(page, "find");
        page.locator(".chip.gone").click();
        assertThat(rows).hasCount(50);
        page.getByText("続きを見る").click();
        assertThat(rows).hasCount(100);

        page.locator("#find-words").fill("美咲");
        assertThat(page.locator("ts-find [role=status]")).hasText("42件");
        assertThat(rows.first()).containsText("佐々木 美咲");
        page.locator("#find-words").fill("だれでもない");
        assertThat(page.locator("ts-find .none").first()).containsText("「だれでもない」は見つかりませんでした。");
        Window.assertAccessible(page);
        page.locator("#find-words").fill("");
        assertThat(rows).hasCount(50);
        String number = rows.first().locator("td").first().textContent();
        page.locator("#find-words").fill(number);
        assertThat(rows).hasCount(1);
        rows.first().locator("a").click();
        assertThat(page.locator(".statestrip")).containsText("終了");
        page.goBack();
        assertThat(page.locator("#find-words")).hasValue(number);

        // One day of one team; too few cases are no more than a hint.
        page.locator(".rail a[href='/reports']").click();
        page.getByText("本日", new Page.GetByTextOptions().setExact(true)).click();
        assertThat(figure(page, "opened").locator("a")).hasText("56");
        page.locator("#report-team").selectOption("support");
        assertThat(figure(page, "opened").locator("a")).hasText("28");
        assertThat(page.locator(".people tbody tr.few")).hasCount(3);
        page.getByText("期間指定").click();
        page.locator("#report-from").fill("2020-01-01");
        page.locator("#report-from").dispatchEvent("change");
        assertThat(page.locator(".reports [role=status]")).hasText("期間は1日から92日までにしてください。");
        assertThat(house.complaints()).hasSize(1).allMatch(complaint -> complaint.contains("422"));

        try (Window desk = new Window()) {
            Page aoi = new OperatorScreen(desk.open(hub.base() + "/reports")).signIn("aoi").page;
            assertThat(aoi.locator("h1")).hasText("レポートはスーパーバイザーの画面です");
            aoi.locator(".rail a[href='/find']").click();
            assertThat(aoi.locator("#find-words")).isFocused();
            assertThat(aoi.locator("ts-find tbody tr")).hasCount(50);
            assertThat(aoi.locator("#find-operator")).hasCount(0);
            assertThat(desk.complaints()).isEmpty();
        }
    }
}
