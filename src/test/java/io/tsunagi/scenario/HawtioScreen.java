package io.tsunagi.scenario;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.assertions.LocatorAssertions;
import java.time.Duration;
import java.util.regex.Pattern;

/**
 * Hawtio in a browser, looked at by somebody who signed in at the hub. Each step waits for the address that Hawtio goes to
 * by itself: what is chosen before that is chosen over.
 */
final class HawtioScreen {
    /** It reads every MBean and draws every route before it shows anything: a minute on a busy machine. */
    private static final double PATIENCE = Duration.ofMinutes(5).toMillis();

    private static final String CONTEXT = "org.apache.camel-folder-CamelContexts-folder-tsunagi-folder-";

    final Page page;

    private HawtioScreen(Page page) {
        this.page = page;
    }

    /** Signs in at the hub's console, then opens Hawtio and waits for its tree. */
    static HawtioScreen open(Page page, TestHub hub, String name) {
        page.navigate(hub.base());
        page.locator("#sign-name").fill(name);
        page.locator("#sign-password").fill(Operator.PASSWORD);
        page.locator("#sign-password").press("Enter");
        assertThat(page.locator(".rail")).isVisible();
        HawtioScreen screen = new HawtioScreen(page);
        page.navigate(hub.management() + "/hawtio/camel");
        assertThat(page.locator("#camel-tree-view")).isVisible(patiently());
        screen.awaitAt("contexts");
        return screen;
    }

    static LocatorAssertions.IsVisibleOptions patiently() {
        return new LocatorAssertions.IsVisibleOptions().setTimeout(PATIENCE);
    }

    private void awaitAt(String tab) {
        page.waitForURL(Pattern.compile(".*/hawtio/camel/" + tab), new Page.WaitForURLOptions().setTimeout(PATIENCE));
    }

    private Locator folder(String path) {
        return page.locator("li[id='" + CONTEXT + path + "-folder'] > .pf-v5-c-tree-view__content");
    }

    /** Shows the table of all routes. */
    HawtioScreen routes() {
        folder("routes").locator(".pf-v5-c-tree-view__node-text").click();
        awaitAt("routes");
        assertThat(page.locator("#camel-routes-table")).isVisible(patiently());
        return this;
    }

    /** Shows the table of all end points. */
    HawtioScreen endpoints() {
        folder("endpoints").locator(".pf-v5-c-tree-view__node-text").click();
        awaitAt("endpoints");
        assertThat(page.locator("#camel-content-main td").first()).isVisible(patiently());
        return this;
    }

    /** A route's row in the table of all. */
    Locator row(String route) {
        return page.locator("#camel-routes-table tr")
                .filter(new Locator.FilterOptions()
                        .setHas(page.locator("td[data-label=Name]")
                                .filter(new Locator.FilterOptions().setHasText(Pattern.compile("^" + route + "$")))));
    }

    /** A cell of a route's row, once it says so: the table is read anew every ten seconds, one route after the other. */
    void awaitCell(String route, String column, Pattern text) {
        assertThat(row(route).locator("td[data-label=" + column + "]"))
                .hasText(text, new LocatorAssertions.HasTextOptions().setTimeout(PATIENCE));
    }

    /** Stops or starts the routes that are marked in the table. */
    void press(String button) {
        page.locator("#camel-routes-toolbar button")
                .filter(new Locator.FilterOptions().setHasText(Pattern.compile("^" + button + "$")))
                .click(new Locator.ClickOptions().setTimeout(PATIENCE));
    }

    /** Shows the drawing of a route, of a group of routes. */
    HawtioScreen drawing(String group, String route) {
        Locator routes = folder("routes-folder-" + group);
        routes.locator(".pf-v5-c-tree-view__node-toggle").click();
        routes.locator("xpath=..")
                .locator(".pf-v5-c-tree-view__node-text")
                .filter(new Locator.FilterOptions().setHasText(Pattern.compile("^" + route + "$")))
                .click();
        awaitAt("attributes");
        page.locator("#camel-content a")
                .filter(new Locator.FilterOptions().setHasText(Pattern.compile("^Route Diagram$")))
                .click();
        awaitAt("routeDiagram");
        assertThat(page.locator(".camel-route-diagram .react-flow__node").first())
                .isVisible(patiently());
        return this;
    }
}
