package io.tsunagi.scenario;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

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

/** How people come in, change and leave, in browsers, where everybody needs a second factor. */
@InBrowser
class PeopleInBrowserTest {
    private static final String PASSWORD = "hana-no-password-1";

    private final Window office = new Window();
    private final Window desk = new Window();
    private TestHub hub;

    @BeforeEach
    void start() {
        hub = TestHub.start(Dialect.H2, Map.of("hub.access.second-factor", "required"));
    }

    @AfterEach
    void stop() {
        office.close();
        desk.close();
        hub.close();
    }

    private static void type(Page page, String name, String password) {
        page.locator("#sign-name").fill(name);
        page.locator("#sign-password").fill(password);
        page.locator("#sign-password").press("Enter");
    }

    private static void code(Page page, String code) {
        page.locator("#sign-code").fill(code);
        page.locator("#sign-code").press("Enter");
    }

    private static Locator button(Page page, String words) {
        return page.locator("button").filter(new Locator.FilterOptions().setHasText(words));
    }

    /** What a browser says about an answer that is no success is no complaint: wrong codes are part of this story. */
    private static void assertNothingElseWentWrong(Window window) {
        assertThat(window.complaints()).allMatch(said -> said.startsWith("Failed to load resource"));
    }

    /** The administrator, who sets up a second factor at the first sign-in and opens the people's page. */
    private Page admin() {
        Page page = office.open(hub.base());
        type(page, "admin", Operator.PASSWORD);
        assertThat(page.locator(".qr")).isVisible();
        Window.looks(page, "factor");
        Authenticator phone = new Authenticator(page.locator(".secret").textContent());
        code(page, phone.next());
        assertThat(page.locator(".codes li")).hasCount(10);
        Window.assertAccessible(page);
        button(page, "保管しました").click();
        page.locator(".rail a[href='/admin']").click();
        page.locator(".sections a[href='/admin/people']").click();
        assertThat(page.locator(".people tbody tr")).hasCount(5);
        return page;
    }

    /** Fills in somebody new and gives the link they are to be handed. */
    private String invite(Page page) {
        button(page, "メンバーを追加").click();
        page.locator("#people-name").fill("hana");
        page.locator("#people-displayName").fill("山田 花");
        page.locator("#people-nickname").fill("やまだ");
        page.locator(".aform .primary").click();
        assertThat(page.locator(".said.bad")).containsText("need a team");
        page.locator("#people-team").fill("support");
        page.locator(".aform .primary").click();
        assertThat(page.locator(".said.ok")).containsText("追加しました");
        Window.looks(page, "people");
        String address = page.locator("#invitation .mono").textContent();
        assertThat(address).matches("http://localhost:\\d+/join#[A-Za-z0-9_-]{43}");
        return hub.base() + address.substring(address.indexOf("/join#"));
    }

    /** Scenario 59, of the second factor; the rest is in KeptOutTest. */
    @Test
    void somebody_is_invited_sets_password_and_code_signs_in_and_is_out_at_once_when_disabled() {
        Page people = admin();
        String link = invite(people);

        Page hana = desk.open(link);
        assertThat(hana.locator(".signcard")).containsText("山田 花");
        Authenticator phone = new Authenticator(hana.locator(".secret").textContent());
        hana.locator("#join-password").fill("too-short-1");
        hana.locator("#join-again").fill("another-one-2");
        hana.locator("#join-code").fill(phone.next());
        hana.locator("#join-code").press("Enter");
        assertThat(hana.locator("[role=alert]")).containsText("2つのパスワードが違います");
        hana.locator("#join-again").fill("too-short-1");
        hana.locator("#join-again").press("Enter");
        assertThat(hana.locator("[role=alert]")).containsText("15〜200文字");
        Window.looks(hana, "join");
        hana.locator("#join-password").fill(PASSWORD);
        hana.locator("#join-again").fill(PASSWORD);
        hana.locator("#join-again").press("Enter");
        assertThat(hana.locator(".codes li")).hasCount(10);
        Window.looks(hana, "joined");
        String recovery = hana.locator(".codes li").first().textContent();
        hana.locator("a.primary").click();

        type(hana, "hana", PASSWORD);
        assertThat(hana.locator("#sign-code")).isFocused();
        Window.looks(hana, "code");
        code(hana, "000000");
        assertThat(hana.locator("[role=alert]")).containsText("確認コードが違う");
        Window.assertAccessible(hana);
        code(hana, phone.next());
        assertThat(hana.locator(".top .person")).containsText("山田 花");

        people.locator(".people tbody tr")
                .filter(new Locator.FilterOptions().setHasText("hana"))
                .click();
        button(people, "停止").click();
        assertThat(people.locator(".said.ok")).containsText("停止しました");
        assertThat(people.locator("tr[aria-selected=true]")).containsText("停止中");
        assertThat(hana.locator("#sign-name")).isVisible();
        type(hana, "hana", PASSWORD);
        assertThat(hana.locator("[role=alert]")).containsText(Pattern.compile("違います"));

        button(people, "再招待").click();
        String again = people.locator("#invitation .mono").textContent();
        hana.navigate(hub.base() + "/?again");
        hana.navigate(hub.base() + again.substring(again.indexOf("/join#")));
        assertThat(hana.locator(".qr")).hasCount(0);
        hana.locator("#join-password").fill(PASSWORD);
        hana.locator("#join-again").fill(PASSWORD);
        hana.locator("#join-code").fill(recovery);
        hana.locator("#join-code").press("Enter");
        assertThat(hana.locator("[role=alert]")).containsText("直近に使った4つのパスワード");
        hana.locator("#join-password").fill("hana-no-password-2");
        hana.locator("#join-again").fill("hana-no-password-2");
        hana.locator("#join-again").press("Enter");
        assertThat(hana.locator(".signcard")).containsText("設定しました");
        hana.navigate(hub.base() + "/?again");
        hana.navigate(hub.base() + again.substring(again.indexOf("/join#")));
        assertThat(hana.locator(".signcard")).containsText("この招待は使用済みか");
        assertNothingElseWentWrong(office);
        assertNothingElseWentWrong(desk);
    }

    @Test
    void people_change_their_own_password() {
        Page page = desk.open(hub.base());
        type(page, "ren", Operator.PASSWORD);
        Authenticator phone = new Authenticator(page.locator(".secret").textContent());
        code(page, phone.next());
        button(page, "保管しました").click();

        page.locator(".top .person").click();
        page.locator("[role=menuitem]")
                .filter(new Locator.FilterOptions().setHasText("パスワードを変更"))
                .click();
        page.locator("#own-old").fill("not-the-one-1");
        page.locator("#own-new").fill(PASSWORD);
        page.locator("#own-again").fill(PASSWORD);
        page.locator("#own-again").press("Enter");
        assertThat(page.locator("[role=alert]")).containsText("今のパスワードが違います");
        Window.looks(page, "own-password");
        page.locator("#own-old").fill(Operator.PASSWORD);
        page.locator("#own-old").press("Enter");
        assertThat(page.locator(".ownpassword .said.ok")).isVisible();
        Window.assertAccessible(page);

        Page other = office.open(hub.base());
        type(other, "ren", Operator.PASSWORD);
        assertThat(other.locator("[role=alert]")).isVisible();
        type(other, "ren", PASSWORD);
        code(other, phone.next());
        assertThat(other.locator(".top .person")).containsText("木村 蓮");
        assertNothingElseWentWrong(desk);
    }
}
