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
import org.junit.jupiter.api.Test;

/** The main job as people see it: the customer's phone, the operator's console and Salesforce, each in a browser. */
@InBrowser
class MainJobInBrowserTest {
    private static final String CUSTOMER = "佐々木 美咲";

    private final Window customers = new Window();
    private final Window operators = new Window();
    private final TestHub hub = TestHub.start(Dialect.H2, Map.of("hub.console.undo-seconds", "3"));

    @AfterEach
    void stop() {
        customers.close();
        operators.close();
        hub.close();
    }

    @Test
    void a_customer_on_the_phone_is_served_by_the_bot_and_by_aoi_and_salesforce_has_it_all() {
        hub.awaitKnowledge();
        OperatorScreen aoi = new OperatorScreen(operators.open(hub.base()));
        pictures(aoi.page, "sign-in");
        aoi.signIn("aoi").becomeAvailable();
        pictures(aoi.page, "nothing-to-do");
        aoi.page.evaluate("window.neverReloaded = true");

        PhoneScreen phone = new PhoneScreen(customers.open(hub.line.baseUri().toString()), CUSTOMER);
        phone.say("残高を確認したい");
        assertThat(phone.answers().first()).containsText("残高の確認方法");
        phone.say("オペレーターと話したい");
        assertThat(phone.answers().last()).containsText("オペレーターにおつなぎします");

        aoi.open(CUSTOMER);
        assertThat(aoi.page.locator(".botcard")).containsText("残高を確認したい");
        assertThat(aoi.page.locator(".ch .chip.accent")).hasText("残高の確認方法");
        assertThat(aoi.page.locator("#knowledge-search")).hasValue("残高を確認したい");
        assertThat(aoi.page.locator("ts-knowledge .k.sel")).containsText("残高の確認方法");
        aoi.write("お待たせしました。");
        aoi.draft().press("Enter");
        aoi.write("残高はホーム画面でご確認いただけます。");
        assertThat(aoi.draft()).hasValue("お待たせしました。\n残高はホーム画面でご確認いただけます。");
        assertThat(aoi.ghost()).hasCount(0);
        pictures(aoi.page, "chat");

        assertThat(aoi.send()).containsText(CUSTOMER + " 様へ送る");
        aoi.send().click();
        assertThat(aoi.ghost()).containsText("お待たせしました。");
        Window.picture(aoi.page, "undo-1366-ja");
        assertThat(phone.answers().last()).hasText("お待たせしました。\n残高はホーム画面でご確認いただけます。");
        assertThat(aoi.ghost()).hasCount(0);
        assertThat(aoi.log().locator(".stbtn.sent")).hasCount(1);

        aoi.page.locator(".tools button[aria-label='スタンプ']").click();
        aoi.page.locator(".picker input").fill("ありがとう");
        assertThat(aoi.page.locator(".picker [role=option]").first()).isVisible();
        Window.picture(aoi.page, "stickers-1366-ja");
        aoi.page.locator(".picker [role=option]").first().click();
        aoi.send().click();
        assertThat(phone.stickers()).hasCount(1);
        assertThat(aoi.log().locator(".stbtn.sent")).hasCount(2);
        pictures(customers, phone.page, "phone");

        aoi.page.getByText("終了", new Page.GetByTextOptions().setExact(true)).click();
        assertThat(aoi.page.locator(".choices input").first()).isChecked();
        Window.picture(aoi.page, "close-1366-ja");
        aoi.page.getByText("終了する", new Page.GetByTextOptions().setExact(true)).click();
        assertThat(aoi.page.locator(".statestrip")).containsText("解決");
        phone.choices().filter(new Locator.FilterOptions().setHasText("5")).click();
        assertThat(phone.answers().last()).containsText("ありがとう");
        assertThat(aoi.page.locator(".statestrip")).containsText("満足 5");
        assertThat(aoi.page.evaluate("window.neverReloaded")).isEqualTo(true);
        pictures(aoi.page, "closed");

        Page salesforce = operators.open(hub.salesforce.baseUri());
        Locator row = salesforce.locator("#rows tr").filter(new Locator.FilterOptions().setHasText(CUSTOMER));
        assertThat(row.first()).containsText("Closed");
        row.first().locator("a").click();
        Locator transcript = salesforce.locator("#detail .talk .said");
        assertThat(transcript.first()).hasText("残高を確認したい");
        assertThat(salesforce.locator("#detail .talk")).containsText("残高の確認方法");
        assertThat(salesforce.locator("#detail .talk")).containsText("残高はホーム画面でご確認いただけます。");
        assertThat(salesforce.locator("#detail .talk"))
                .containsText(Pattern.compile("sticker", Pattern.CASE_INSENSITIVE));
        Window.picture(salesforce, "salesforce-case-1366-ja");
        salesforce.locator("#detail .sub a").click();
        assertThat(salesforce.locator("#detail h2")).containsText(CUSTOMER);
        assertThat(salesforce.locator("#detail .sub")).containsText("連携済み");

        assertThat(operators.complaints()).isEmpty();
        assertThat(customers.complaints()).isEmpty();
    }

    /** The console in both sizes and both languages; afterwards it is as it was. */
    private static void pictures(Page page, String name) {
        for (String language : new String[] {"ja", "en"}) {
            assertThat(page.locator("html")).hasAttribute("lang", language);
            page.setViewportSize(1920, 1080);
            Window.picture(page, name + "-1920-" + language);
            page.setViewportSize(1366, 768);
            Window.picture(page, name + "-1366-" + language);
            page.locator(".langbtn, .signfoot button").click();
        }
        assertThat(page.locator("html")).hasAttribute("lang", "ja");
    }

    /** A simulator's page in both sizes and both languages, beside the one in use. */
    private static void pictures(Window window, Page shown, String name) {
        for (String language : new String[] {"ja", "en"}) {
            Page page = window.open(shown.url().replaceAll("[?].*", "") + "?lang=" + language);
            assertThat(page.locator(".them .drawn")).hasCount(1);
            Window.picture(page, name + "-1366-" + language);
            page.setViewportSize(1920, 1080);
            Window.picture(page, name + "-1920-" + language);
            page.close();
        }
    }
}
