package io.tsunagi.scenario;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import io.tsunagi.browser.InBrowser;
import io.tsunagi.browser.Window;
import io.tsunagi.store.Dialect;
import io.tsunagi.store.Store;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Two operators who are offered inquiries, each in a browser of their own. */
@InBrowser
class OfferInBrowserTest {
    private static final String MISAKI = "U" + "0".repeat(31) + "1";

    private final TestHub hub =
            TestHub.start(Dialect.H2, Map.of("hub.dispatch.accept-within", "PT20S", "hub.dispatch.most-misses", "1"));
    private final Window first = new Window();
    private final Window second = new Window();

    @BeforeEach
    void wait_for_the_articles() {
        hub.awaitKnowledge();
    }

    @AfterEach
    void stop() {
        first.close();
        second.close();
        hub.close();
    }

    private static Locator offer(Page page) {
        return page.locator(".slot.offer").filter(new Locator.FilterOptions().setHasText("みさき"));
    }

    /** Scenario 32 */
    @Test
    void an_offer_that_is_declined_or_missed_goes_to_the_next_and_one_that_is_accepted_stays() {
        hub.operator("aoi");
        Page aoi = new OperatorScreen(first.open(hub.base())).signIn("aoi").page;
        OperatorScreen ren = new OperatorScreen(second.open(hub.base())).signIn("ren");
        assertThat(ren.page.locator(".blank")).containsText("受付可にすると");
        ren.page.locator(".blank .btn").first().click();
        assertThat(ren.page.locator(".palette input")).isFocused();
        ren.page.keyboard().press("Escape");
        assertThat(ren.page.locator(".blank .btn").first()).isFocused();
        hub.askForPerson(MISAKI, "みさき", "残高の確認方法");

        assertThat(offer(aoi)).containsText("秒");
        Window.looks(aoi, "offer");
        hub.operator("ren");
        assertThat(ren.page.locator(".blank")).containsText("届くと左の枠に");
        aoi.keyboard().press("Alt+x");
        assertThat(offer(aoi)).hasCount(0);
        assertThat(offer(ren.page)).isVisible();
        // The rest of the twenty seconds is over at once.
        try (Rows rows = new Rows(hub.settings())) {
            rows.store()
                    .jdbc()
                    .sql("update inquiries set offered_until = ? where offered_until is not null")
                    .param(Store.at(rows.store().clock().instant()))
                    .update();
        }
        assertThat(offer(ren.page)).hasCount(0);
        Operator api = hub.away("ren");
        await("who misses an offer is away")
                .atMost(TestHub.PATIENCE)
                .until(() ->
                        api.workspace().path("me").path("presence").asText().equals("away"));
        assertThat(api.workspace().path("me").path("load").asInt()).isZero();

        // Aoi is asked again once the pause is over; until then a colleague who comes back is.
        hub.operator("mei");
        Operator mei = hub.away("mei");
        String inquiry = mei.awaitInquiry("みさき");
        assertThat(mei.post("/api/inquiries/" + inquiry + "/hand-back", Map.of())
                        .body()
                        .path("error")
                        .path("code")
                        .asText())
                .isEqualTo("not-accepted");
        assertThat(mei.act(inquiry, "accept", Map.of()).path("offeredUntil").isNull())
                .isTrue();
        assertThat(mei.say(inquiry, "お待たせしました。").status()).isEqualTo(202);
        hub.awaitBubble(MISAKI, text -> text.equals("お待たせしました。"));
        assertThat(ren.page.locator(".strip.warn")).containsText("打診にお応えがなかったため、離席にしました。");
        ren.page.locator(".strip.warn button").click();
        assertThat(ren.page.locator(".strip.warn")).hasCount(0);
        assertThat(ren.page.locator(".top .dot.ok")).hasCount(2);
        assertThat(first.complaints()).isEmpty();
        assertThat(second.complaints()).isEmpty();
    }
}
