package io.tsunagi.scenario;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.TimeoutError;
import com.microsoft.playwright.options.AriaRole;
import io.tsunagi.browser.InBrowser;
import io.tsunagi.browser.Window;
import io.tsunagi.store.Dialect;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Operations look at the routes in Hawtio, behind the hub's own sign-in: their figures, and the drawing of one. */
@InBrowser
class HawtioInBrowserTest {
    private static final String MISAKI = "U" + "7".repeat(32);
    private static final String ROUTE = "answer-from-faq";

    private static final Pattern SOME = Pattern.compile("[1-9]\\d*");

    /** Hawtio makes a tree of every MBean before it shows anything, and asks for one route's figures after the other. */
    private static final Duration SLOW = Duration.ofMinutes(3);

    private static final Duration A_MOMENT = Duration.ofSeconds(6);

    private final Window window = new Window();
    private TestHub hub;

    @BeforeEach
    void start() {
        Map<String, String> people = new HashMap<>();
        people.put("hub.access.people", "aoi,op");
        people.put("hub.access.person.op.display-name", "運用 太郎");
        people.put("hub.access.person.op.role", "ops");
        people.put("hub.access.person.op.password", Operator.PASSWORD);
        hub = TestHub.start(Dialect.H2, people);
    }

    @AfterEach
    void stop() {
        window.close();
        hub.close();
    }

    @Test
    void operations_see_each_routes_figures_and_the_drawing_of_one() {
        hub.customer(MISAKI, "みさき");
        hub.line.write(MISAKI, "main", "残高の確認方法");
        hub.awaitBubble(MISAKI, text -> !text.isEmpty());

        Page page = window.open(hub.management() + "/hawtio/camel");
        assertThat(page.locator("#camel-tree-view")).hasCount(0);
        page.navigate(hub.base());
        page.locator("#sign-name").fill("op");
        page.locator("#sign-password").fill(Operator.PASSWORD);
        page.locator("#sign-password").press("Enter");
        assertThat(page.locator(".rail")).isVisible();
        window.complaints().clear();
        page.navigate(hub.management() + "/hawtio/camel");
        page.locator("#camel-tree-view").waitFor(new Locator.WaitForOptions().setTimeout(SLOW.toMillis()));
        choose(page, "routes", "Routes");
        Locator row = page.locator("#camel-routes-table tr")
                .filter(new Locator.FilterOptions()
                        .setHas(page.locator("td[data-label=Name]")
                                .filter(new Locator.FilterOptions().setHasText(Pattern.compile("^" + ROUTE + "$")))));
        row.waitFor(new Locator.WaitForOptions().setTimeout(SLOW.toMillis()));
        assertThat(row.locator("td[data-label=State]")).hasText("Started");
        assertThat(row.locator("td[data-label=Completed]")).hasText(SOME);
        row.scrollIntoViewIfNeeded();
        Window.picture(page, "hawtio-routes");

        page.locator("#camel-tree-view input").first().fill(ROUTE);
        choose(page, ROUTE, "Attributes");
        tab(page, "Route Diagram").click();
        assertThat(page.locator(".camel-route-diagram .react-flow__node")).hasCount(3);
        assertThat(page.locator(".camel-route-diagram .react-flow__edge")).hasCount(2);
        assertThat(page.locator(".camel-route-diagram .number").first()).hasText(SOME);
        Window.picture(page, "hawtio-diagram");
        assertThat(window.complaints()).isEmpty();
    }

    /** Chooses in the tree and opens a tab; again while Hawtio, which is not done, chooses its first page over it. */
    private static void choose(Page page, String name, String tab) {
        Locator node = page.locator("#camel-tree-view button")
                .filter(new Locator.FilterOptions().setHasText(Pattern.compile("^\\s*" + name + "\\s*$")))
                .first();
        Locator link = tab(page, tab);
        for (int tries = 10; !link.isVisible() && tries > 0; tries--) {
            node.click();
            try {
                link.waitFor(new Locator.WaitForOptions().setTimeout(A_MOMENT.toMillis()));
            } catch (TimeoutError chosenOver) {
                Window.picture(page, "hawtio-chosen-over");
            }
        }
        link.click();
    }

    private static Locator tab(Page page, String name) {
        return page.getByRole(
                AriaRole.LINK, new Page.GetByRoleOptions().setName(name).setExact(true));
    }
}
