package io.tsunagi.scenario;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import io.tsunagi.browser.InBrowser;
import io.tsunagi.browser.Window;
import io.tsunagi.store.Dialect;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The screens of what is held, purged and revealed. */
@InBrowser
class RecordsInBrowserTest {
    private static final String MISAKI = "U" + "6".repeat(31) + "1";
    private static final String WHY = "苦情の調査のため、9月の説明の全文を確認します";

    private static TestHub hub;
    private static Operator sakura;
    private static Operator kenji;
    private static String inquiry;
    private static String number;

    @BeforeAll
    static void aoi_has_an_inquiry() {
        Map<String, String> more = new HashMap<>();
        more.put("hub.access.people", "aoi,sakura,admin,kenji");
        more.put("hub.access.person.kenji.display-name", "監査 健二");
        more.put("hub.access.person.kenji.role", "auditor");
        more.put("hub.access.person.kenji.password", Operator.PASSWORD);
        hub = TestHub.start(Dialect.H2, more);
        hub.awaitKnowledge();
        sakura = hub.away("sakura");
        kenji = hub.away("kenji");
        Operator aoi = hub.operator("aoi");
        hub.askForPerson(MISAKI, "みさき", "残高の確認方法");
        inquiry = aoi.awaitInquiry("みさき");
        number = kenji.get("/api/audit/inquiries/" + inquiry).path("number").asText();
    }

    @AfterAll
    static void stop() {
        hub.close();
    }

    private static Page signIn(Window window, String name, String path) {
        Page page = window.open(hub.base() + path);
        page.locator("#sign-name").fill(name);
        page.locator("#sign-password").fill(Operator.PASSWORD);
        page.locator("#sign-password").press("Enter");
        return page;
    }

    private static Locator row(Page page, String words) {
        return page.locator("tbody tr").filter(new Locator.FilterOptions().setHasText(words));
    }

    /** Scenario 60: the reveal of AuditorTest, as supervisors see it afterwards. */
    @Test
    void a_supervisor_sees_which_auditor_revealed_what_when_why_and_for_how_long() {
        assertThat(kenji.call("POST", "/api/audit/inquiries/" + inquiry + "/reveal", Map.of("reason", WHY))
                        .status())
                .isEqualTo(200);
        for (String other : new String[] {"aoi", "admin", "kenji"}) {
            assertThat(hub.away(other).call("GET", "/api/reveals", null).status())
                    .as(other)
                    .isEqualTo(403);
        }
        assertThat(sakura.call("GET", "/api/reveals?before=yesterday", null).status())
                .isEqualTo(422);
        assertThat(sakura.get("/api/reveals?before=2020-01-01T00:00:00Z").path("reveals"))
                .isEmpty();
        try (Window window = new Window()) {
            Page page = signIn(window, "sakura", "/admin/reveals");
            assertThat(row(page, "監査 健二")).containsText("#" + number);
            assertThat(row(page, "監査 健二")).containsText("表示中");
            row(page, "監査 健二").click();
            assertThat(page.locator(".adetail")).containsText(WHY);
            assertThat(page.locator(".adetail")).containsText("15:00");
            assertThat(page.locator(".adetail a[href='/inquiries/" + inquiry + "']"))
                    .isVisible();
            Window.looks(page, "reveals");
            assertThat(window.complaints()).isEmpty();
        }
        try (Rows rows = new Rows(hub.settings())) {
            assertThat(rows.count("select count(*) from audit where act = 'view-reveals'"))
                    .isGreaterThanOrEqualTo(2);
            assertThat(rows.placesOf("苦情の調査")).containsExactly("reveals.reason");
        }
    }

    /** As a Japanese keyboard types digits. */
    private static String fullWidth(String digits) {
        return digits.chars()
                .mapToObj(digit -> String.valueOf((char) (digit - '0' + '０')))
                .collect(Collectors.joining());
    }

    @Test
    void a_hold_is_placed_on_the_screen_and_lifted_by_somebody_else() {
        try (Window window = new Window();
                Window other = new Window()) {
            Page page = signIn(window, "sakura", "/admin/holds");
            assertThat(page.locator("#plan tbody tr").first()).isVisible();
            assertThat(page.locator("#holds + .none")).isVisible();
            page.locator("#hold-number").fill("999999");
            page.locator("#hold-reason").fill("東京地方裁判所の命令");
            page.locator(".adetail .primary").click();
            assertThat(page.locator(".said.bad")).containsText("保全できませんでした");
            page.locator("#hold-number").fill("#" + number);
            Window.looks(page, "holds-form");
            page.locator(".adetail .primary").click();
            assertThat(page.locator(".said.ok")).containsText("保全しました");
            assertThat(row(page, "東京地方裁判所の命令")).containsText("問い合わせ #" + number);
            assertThat(page.locator(".adetail")).containsText("別の監督者か管理者");
            assertThat(page.locator(".adetail form")).hasCount(0);

            page.locator(".ahead .btn").click();
            page.locator("#hold-scope").selectOption("CUSTOMER");
            page.locator("#hold-number").fill(fullWidth(number));
            page.locator("#hold-reason").fill("警察からの照会");
            page.locator(".adetail .primary").click();
            assertThat(row(page, "警察からの照会")).containsText("お客さま(問い合わせ #" + number);
            page.locator(".ahead .btn").click();
            page.locator("#hold-scope").selectOption("ACCOUNT");
            page.locator("#hold-account").selectOption("main");
            page.locator("#hold-reason").fill("金融庁の検査");
            page.locator(".adetail .primary").click();
            assertThat(row(page, "金融庁の検査")).containsText("アカウント");

            Page admin = signIn(other, "admin", "/admin/holds");
            row(admin, "東京地方裁判所の命令").click();
            assertThat(admin.locator(".adetail")).containsText("さくら");
            admin.locator("#hold-reason").fill("判決が確定しました");
            Window.looks(admin, "holds-lift");
            admin.locator(".adetail .primary").click();
            assertThat(admin.locator(".said.ok")).containsText("解除しました");
            assertThat(row(admin, "東京地方裁判所の命令")).containsText("解除済み");
            assertThat(admin.locator(".adetail")).containsText("判決が確定しました");
            Window.looks(admin, "holds");
            assertThat(window.complaints()).allMatch(said -> said.startsWith("Failed to load resource"));
            assertThat(other.complaints()).isEmpty();
        }
        try (Rows rows = new Rows(hub.settings())) {
            assertThat(rows.count("select count(*) from audit where act = 'set-hold'"))
                    .isEqualTo(3);
            assertThat(rows.count("select count(*) from audit where act = 'lift-hold'"))
                    .isOne();
            rows.store().jdbc().sql("delete from legal_holds").update();
        }
    }
}
