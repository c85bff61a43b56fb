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

/** Customers, acts and screens by their words, from every page and by keyboard alone. */
@InBrowser
class PaletteInBrowserTest {
    private final TestHub hub = TestHub.start(Dialect.H2, Map.of("hub.dispatch.capacity", "2"));
    private final Window desk = new Window();
    private final Window house = new Window();

    @AfterEach
    void stop() {
        desk.close();
        house.close();
        hub.close();
    }

    private static Locator options(Page page) {
        return page.locator(".palette [role=option]");
    }

    @Test
    void an_inquiry_an_act_and_a_screen_are_found_by_their_words() {
        Operator aoi = hub.operator("aoi");
        int customers = 0;
        for (String name : new String[] {"みさき", "ケンイチ", "さくら"}) {
            hub.customer("U" + "%032d".formatted(++customers), name);
            hub.line.write("U" + "%032d".formatted(customers), "main", "オペレーターと話したい");
            if (customers < 3) {
                aoi.awaitInquiry(name);
            }
        }
        Page page = new OperatorScreen(desk.open(hub.base())).signIn("aoi").page;
        var keys = page.keyboard();

        // Kana of either kind find a name.
        keys.press("Control+k");
        assertThat(page.locator(".palette input")).isFocused();
        assertThat(options(page)).not().hasCount(0);
        keys.type("けんいち");
        assertThat(options(page)).hasCount(1);
        Window.looks(page, "palette", ".palette");
        keys.press("Enter");
        assertThat(page.locator(".ch h1")).containsText("ケンイチ");
        assertThat(page.locator(".palette")).hasCount(0);
        assertThat(page.locator("#draft-text")).isFocused();

        // What cannot be done now is not offered.
        keys.press("Control+k");
        keys.type("保留");
        assertThat(options(page)).hasCount(1);
        assertThat(options(page)).containsText("Alt H");
        keys.press("Enter");
        assertThat(page.locator("#hold-memo")).isFocused();
        keys.press("Escape");
        keys.press("Control+k");
        keys.type("受ける");
        assertThat(options(page)).hasCount(0);
        assertThat(page.locator(".palette [role=status]")).containsText("「受ける」は見つかりませんでした");
        // Whose inquiry it is not finds nothing of it.
        page.locator(".palette input").fill("さくら");
        assertThat(options(page)).hasCount(0);
        // A closed inquiry stands in no list: the hub finds it by a part of the name, and it opens to be read.
        String closed = aoi.awaitInquiry("ケンイチ");
        aoi.act(closed, "close", Map.of("reason", "solved", "survey", false));
        assertThat(page.locator("a.slot").filter(new Locator.FilterOptions().setHasText("ケンイチ")))
                .hasCount(0);
        page.locator(".palette input").fill("けん");
        assertThat(options(page)).hasCount(1);
        assertThat(page.locator(".palette [role=group]")).hasAttribute("aria-label", "終了・他の担当の問い合わせ");
        Window.looks(page, "palette-closed", ".palette");
        keys.press("Enter");
        assertThat(page.locator(".ch h1")).containsText("ケンイチ");
        assertThat(page.locator(".statestrip")).containsText("終了");
        keys.press("Control+k");
        keys.press("Escape");
        assertThat(page.locator(".palette")).hasCount(0);
        page.locator(".palettebtn").click();
        Window.looks(page, "palette-all", ".palette");
        assertThat(options(page).first()).hasAttribute("aria-selected", "true");
        keys.press("ArrowDown");
        assertThat(options(page).nth(1)).hasAttribute("aria-selected", "true");
        keys.press("Escape");
        assertThat(page.locator(".palettebtn")).isFocused();
        assertThat(desk.complaints()).isEmpty();

        Page sakura = new OperatorScreen(house.open(hub.base() + "/admin/canned")).signIn("sakura").page;
        sakura.keyboard().press("Control+k");
        assertThat(sakura.locator(".palette input")).isFocused();
        sakura.keyboard().type("さくら");
        assertThat(options(sakura).first()).containsText("さくら");
        sakura.keyboard().press("Enter");
        assertThat(sakura.locator(".ch h1")).containsText("さくら");
        sakura.keyboard().press("Control+k");
        sakura.keyboard().type("見守り");
        sakura.keyboard().press("Enter");
        assertThat(sakura.locator(".seats")).isVisible();
        assertThat(sakura).hasURL(Pattern.compile(".*/watch$"));
        assertThat(house.complaints()).isEmpty();
    }
}
