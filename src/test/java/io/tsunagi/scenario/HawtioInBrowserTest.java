package io.tsunagi.scenario;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.microsoft.playwright.Page;
import io.tsunagi.browser.InBrowser;
import io.tsunagi.browser.Window;
import io.tsunagi.store.Dialect;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Operations look at the routes in Hawtio, behind the hub's own sign-in, and stop one. Scenario 70. */
@InBrowser
class HawtioInBrowserTest {
    private static final String MISAKI = "U" + "7".repeat(32);
    private static final String WITH_FIGURES = "answer-from-faq";
    private static final String STOPPED = "sweep-salesforce";

    private static final Pattern SOME = Pattern.compile("[1-9]\\d*");

    private final Window window = new Window();
    private TestHub hub;
    private Rows rows;

    @BeforeEach
    void start() {
        Map<String, String> people = new HashMap<>();
        people.put("hub.access.people", "aoi,op");
        people.put("hub.access.person.op.display-name", "運用 太郎");
        people.put("hub.access.person.op.role", "ops");
        people.put("hub.access.person.op.password", Operator.PASSWORD);
        hub = TestHub.start(Dialect.H2, people);
        rows = new Rows(hub.settings());
    }

    @AfterEach
    void stop() {
        window.close();
        rows.close();
        hub.close();
    }

    @Test
    void operations_see_figures_and_drawings_and_stop_a_route_and_no_other_sees_anything() {
        hub.customer(MISAKI, "みさき");
        hub.line.write(MISAKI, "main", "残高の確認方法");
        hub.awaitBubble(MISAKI, text -> !text.isEmpty());
        seesNothing("nobody", 401);
        seesNothing("aoi", 403);

        HawtioScreen hawtio = HawtioScreen.open(window.open(hub.base()), hub, "op");
        window.complaints().clear();
        hawtio.drawing("bot", WITH_FIGURES);
        assertThat(hawtio.page.locator(".camel-route-diagram .react-flow__node"))
                .hasCount(3);
        assertThat(hawtio.page.locator(".camel-route-diagram .react-flow__edge"))
                .hasCount(2);
        assertThat(hawtio.page.locator(".camel-route-diagram .number").first()).hasText(SOME);
        noSecretIn(hawtio.page);
        Window.picture(hawtio.page, "hawtio-drawing");
        noSecretIn(hawtio.endpoints().page);

        hawtio.routes();
        hawtio.awaitCell(WITH_FIGURES, "State", Pattern.compile("Started"));
        hawtio.awaitCell(WITH_FIGURES, "Completed", SOME);
        noSecretIn(hawtio.page);
        Window.picture(hawtio.page, "hawtio-routes");

        hawtio.row(STOPPED).locator("input[type=checkbox]").check();
        hawtio.press("Stop");
        hawtio.awaitCell(STOPPED, "State", Pattern.compile("Stopped"));
        awaitStopped(1);
        assertThat(audited("stop()")).isOne();
        assertThat(audited("start()")).isZero();
        hawtio.press("Start");
        awaitStopped(0);
        await("the start is audited").atMost(TestHub.PATIENCE).until(() -> audited("start()") == 1);
        assertThat(window.complaints()).isEmpty();
    }

    /** Hawtio reads its table anew every ten seconds; the hub knows at once. */
    private void awaitStopped(int routes) {
        await(routes + " routes are stopped").atMost(TestHub.PATIENCE).until(() -> TestHub.get(
                        hub.management() + "/observe/metrics")
                .lines()
                .anyMatch(line -> line.startsWith("tsunagi_routes_stopped " + routes)));
    }

    private void seesNothing(String name, int status) {
        try (Window other = new Window()) {
            Page page = other.open(hub.base());
            if (!name.equals("nobody")) {
                new OperatorScreen(page).signIn(name);
            }
            assertThat(page.navigate(hub.management() + "/hawtio/camel").status())
                    .as(name)
                    .isEqualTo(status);
            assertThat(page.content()).as(name).doesNotContainIgnoringCase("hawtio");
        }
    }

    private void noSecretIn(Page page) {
        String text = page.content();
        SecretsNowhereTest.secrets(hub.settings())
                .forEach((key, value) -> assertThat(text).as(key).doesNotContain(value));
    }

    private long audited(String operation) {
        return rows.count(
                "select count(*) from audit a join operators o on a.actor = cast(o.id as varchar)"
                        + " where o.name = 'op' and a.act = 'use-jmx' and a.object = ? and a.outcome = 'ok' and a.detail like ?",
                "route/" + STOPPED,
                "%\"" + operation + "\"%");
    }
}
