package io.tsunagi.scenario;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.microsoft.playwright.Locator;
import io.tsunagi.browser.Chromium;
import io.tsunagi.browser.Window;
import io.tsunagi.store.Dialect;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What an operator does with an inquiry beside answering it, in real browsers against one real hub. */
@ExtendWith(Chromium.class)
class OperatorActsInBrowserTest {
    private static TestHub hub;
    private static int customers;

    private final Window window = new Window();
    private Operator aoi;
    private Operator ren;
    private String user;
    private String customer;

    @BeforeAll
    static void start() {
        hub = TestHub.start(Dialect.H2, Map.of("hub.console.undo-seconds", "3"));
        hub.awaitKnowledge();
    }

    @AfterAll
    static void stop() {
        hub.close();
    }

    /** Each test has a customer of its own; only aoi takes what is new. */
    @BeforeEach
    void aoi_alone_is_available() {
        ren = hub.away("ren");
        aoi = hub.operator("aoi");
        user = "U" + "%032d".formatted(++customers);
        customer = "お客" + (char) ('あ' + customers) + "子";
    }

    @AfterEach
    void close() {
        window.close();
        aoi.put("/api/me/presence", Map.of("presence", "away"));
    }

    /** The screen of aoi, who has this test's customer and has opened the chat. */
    private OperatorScreen serving() {
        hub.askForPerson(user, customer, "残高の確認方法");
        aoi.awaitInquiry(customer);
        return new OperatorScreen(window.open(hub.base())).signIn("aoi").open(customer);
    }

    @Test
    void an_inquiry_goes_to_a_colleague_with_draft_and_summary_by_keyboard() {
        ren.put("/api/me/presence", Map.of("presence", "busy"));
        OperatorScreen screen = serving();
        var keys = screen.page.keyboard();
        screen.write("返金の手順は次のとおりです。");

        keys.press("Alt+t");
        Locator form = screen.page.locator("ts-transfer-form");
        assertThat(form.locator("input")).isFocused();
        assertThat(form.locator("[role=option]").first()).containsText("support");
        assertThat(form.locator("textarea"))
                .hasValue(java.util.regex.Pattern.compile(".*残高の確認方法.*", java.util.regex.Pattern.DOTALL));
        keys.type("木村");
        assertThat(form.locator("[role=option]")).hasCount(1);
        Window.picture(screen.page, "transfer-1366-ja");
        keys.press("Enter");
        assertThat(form.locator("textarea")).isFocused();
        keys.press("Control+End");
        keys.type(" 返金の確認をお願いします。");
        keys.press("Control+Enter");

        assertThat(form).hasCount(0);
        assertThat(screen.page.locator(".statestrip")).containsText("木村 蓮");
        assertThat(screen.slot(customer)).hasCount(0);
        assertThat(screen.draft()).hasCount(0);
        String inquiry = ren.awaitInquiry(customer);
        assertThat(ren.get("/api/inquiries/" + inquiry + "/draft").path("text").asText())
                .isEqualTo("返金の手順は次のとおりです。");
        assertThat(screen.page.locator(".notebox")).containsText("返金の確認をお願いします。");
        assertThat(screen.page.locator(".ev").last()).containsText("renへ転送しました");
        assertThat(window.complaints()).isEmpty();
    }

    @Test
    void a_colleague_who_is_away_takes_nothing_over_and_the_form_says_so() {
        ren.put("/api/me/presence", Map.of("presence", "away"));
        OperatorScreen screen = serving();
        screen.page.keyboard().press("Alt+t");
        Locator form = screen.page.locator("ts-transfer-form");
        form.locator("input").fill("ren");
        assertThat(form.locator("[role=option]")).hasCount(1);
        screen.page.keyboard().press("Control+Enter");
        assertThat(form.locator("[role=alert]")).containsText("離席中");
        screen.page.keyboard().press("Escape");
        assertThat(form).hasCount(0);
        assertThat(screen.slot(customer)).isVisible();
        assertThat(window.complaints()).hasSize(1).allMatch(complaint -> complaint.contains("409"));
    }

    /** Scenario 27 */
    @Test
    void an_inquiry_that_goes_back_to_the_bot_frees_its_slot_and_the_bot_answers() {
        OperatorScreen screen = serving();
        screen.page.keyboard().press("Alt+b");
        Locator form = screen.page.locator("ts-popover");
        assertThat(form).containsText("枠が1つ空きます");
        screen.page.keyboard().press("Enter");
        assertThat(screen.slot(customer)).hasCount(0);
        assertThat(screen.page.locator(".statestrip")).isVisible();
        await().atMost(TestHub.PATIENCE)
                .until(() -> aoi.workspace().path("me").path("load").asInt() == 0);

        int before = hub.chat(user).size();
        hub.line.write(user, "main", "チャージの方法");
        await().atMost(TestHub.PATIENCE).until(() -> hub.chat(user).stream()
                .skip(before)
                .anyMatch(bubble -> bubble.path("from").asText().equals("account")));
        assertThat(window.complaints()).isEmpty();
    }
}
