package io.tsunagi.scenario;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import io.tsunagi.browser.InBrowser;
import io.tsunagi.browser.Window;
import io.tsunagi.store.Dialect;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What an operator sees when somebody else answers their customer, and what they can do. */
@InBrowser
class ChatControlInBrowserTest {
    private static final String USER = "U00000000000000000000000000000e11";
    private static final String CUSTOMER = "浜辺 なぎさ";

    private final Window window = new Window();
    private final TestHub hub = TestHub.start(
            Dialect.H2,
            Map.of("hub.line.account.main.chat-control", "module", "hub.line.chat-control-millis", "100"),
            line -> line.settings(Webhook.JSON.createObjectNode().put("sharedChats", true)));

    @AfterEach
    void stop() {
        window.close();
        hub.close();
    }

    @Test
    void who_answers_elsewhere_is_told_of_and_the_chat_comes_back_when_it_is_asked_for() {
        hub.operator("aoi");
        hub.customer(USER, CUSTOMER);
        hub.line.write(USER, "main", "オペレーターと話したい");
        hub.awaitBubble(USER, text -> text.contains("おつなぎします"));
        OperatorScreen aoi =
                new OperatorScreen(window.open(hub.base())).signIn("aoi").open(CUSTOMER);
        assertThat(aoi.send()).isVisible();

        hub.line.answerFromManager(USER, "main", "管理画面からお答えします。");

        Locator strip = aoi.page.locator("#desk .guard");
        assertThat(strip).containsText("別のシステムが担当中");
        assertThat(aoi.send()).hasCount(0);
        assertThat(aoi.log()).containsText("LINEの管理画面から返信中");
        Window.looks(aoi.page, "standby");
        strip.locator("button").click();
        assertThat(aoi.send()).isVisible();
        assertThat(aoi.log()).containsText("トークの担当に戻りました");
        aoi.write("お待たせしました。");
        aoi.send().click();
        hub.awaitBubble(USER, text -> text.equals("お待たせしました。"));
        assertThat(window.complaints()).isEmpty();
    }
}
