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
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A call from its offer to its outcome: on the operator's screen, the customer's phone and the supervisor's wall. */
@InBrowser
class CallInBrowserTest {
    private static final String CUSTOMER = "森野 こだま";
    private static final String USER = "U00000000000000000000000000000d11";

    private final Window operators = new Window();
    private final Window customers = new Window();
    private final Window supervisors = new Window();
    private final TestHub hub = hub();

    /** The phone opens the button's address, so that has to be where the hub listens. */
    private static TestHub hub() {
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            int port = free.getLocalPort();
            free.close();
            return TestHub.start(
                    Dialect.H2, Map.of("hub.http.port", "" + port, "hub.http.public-url", "http://127.0.0.1:" + port));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @AfterEach
    void stop() {
        operators.close();
        customers.close();
        supervisors.close();
        hub.close();
    }

    /** Scenario 36 */
    @Test
    void a_call_goes_from_its_offer_over_the_phone_to_its_outcome() {
        hub.awaitKnowledge();
        Operator api = hub.operator("aoi");
        hub.askForPerson(USER, CUSTOMER, "残高の確認方法");
        OperatorScreen aoi =
                new OperatorScreen(operators.open(hub.base())).signIn("aoi").open(CUSTOMER);
        aoi.page.keyboard().press("Alt+l");
        Locator offer = aoi.page.locator("ts-call-offer");
        assertThat(offer).containsText(CUSTOMER);
        Window.looks(aoi.page, "call-offer", "ts-popover");
        offer.locator(".primary").click();
        Locator strip = aoi.page.locator(".callstrip");
        assertThat(strip).containsText("電話を案内しました");
        assertThat(aoi.page.locator(".top")).containsText("4 / 6");
        Window.looks(aoi.page, "call-offered", "#desk");

        PhoneScreen phone = new PhoneScreen(customers.open(hub.line.baseUri().toString()), CUSTOMER);
        phone.page
                .locator(".person")
                .filter(new Locator.FilterOptions().setHasText(CUSTOMER))
                .click();
        assertThat(phone.buttons()).hasText("電話をかける");
        Window.picture(phone.page, "call-phone");
        phone.buttons().click();
        assertThat(phone.page.locator("#toast")).containsText("+81312345678");
        assertThat(strip).containsText("お客様がかけています");
        phone.buttons().click();
        assertThat(phone.page.locator("#toast")).containsText("すでに使われました");
        Window.picture(phone.page, "call-phone-used");

        Page wall = new OperatorScreen(supervisors.open(hub.base() + "/watch")).signIn("sakura").page;
        Locator seat = wall.locator(".seats tr").filter(new Locator.FilterOptions().setHasText("佐藤 葵"));
        assertThat(seat).containsText("通話中");
        assertThat(seat).containsText("4 / 6");
        Window.looks(wall, "call-wall");

        strip.locator("button")
                .filter(new Locator.FilterOptions().setHasText("通話を始めた"))
                .click();
        assertThat(strip).containsText("通話中");
        assertThat(aoi.page.locator(".acts button[aria-label='電話']")).hasCount(0);
        Window.looks(aoi.page, "call-talking", "#desk");
        aoi.page.keyboard().press("Alt+l");
        Locator end = aoi.page.locator("ts-call-end");
        assertThat(end.locator("input[name=outcome]").first()).isFocused();
        end.locator("input[value=call-back]").check();
        end.locator("#call-note").fill("明日10時にかけ直すお約束。");
        Window.looks(aoi.page, "call-end", "ts-popover");
        aoi.page.keyboard().press("Control+Enter");
        assertThat(strip).hasCount(0);
        assertThat(aoi.log()).containsText("電話: かけ直す");
        assertThat(aoi.log()).containsText("明日10時にかけ直すお約束。");
        assertThat(aoi.page.locator(".top")).containsText("1 / 6");
        Window.looks(aoi.page, "call-ended");
        await().atMost(TestHub.PATIENCE)
                .until(() -> !api.workspace().path("me").path("inCall").asBoolean());
        assertThat(operators.complaints()).isEmpty();
        assertThat(customers.complaints()).isEmpty();
        assertThat(supervisors.complaints()).isEmpty();
    }
}
