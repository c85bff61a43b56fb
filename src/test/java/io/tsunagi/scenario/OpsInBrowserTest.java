package io.tsunagi.scenario;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.microsoft.playwright.Page;
import io.tsunagi.browser.InBrowser;
import io.tsunagi.browser.Window;
import io.tsunagi.store.Dialect;
import java.net.URI;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Who keeps the hub running: tools and failed work, and no customer. */
@InBrowser
class OpsInBrowserTest {
    private static final String MISAKI = "U" + "7".repeat(32);

    private final Window window = new Window();
    private TestHub hub;

    @BeforeEach
    void start() {
        Map<String, String> people = new HashMap<>();
        people.put("hub.access.people", "aoi,sakura,op");
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
    void operations_repair_failed_work_without_seeing_whose_it_is() {
        hub.line.faults(Webhook.JSON
                .createArrayNode()
                .add(Webhook.JSON
                        .createObjectNode()
                        .put("endpoint", "reply")
                        .put("account", "main")
                        .put("status", 400)));
        hub.customer(MISAKI, "みさき");
        hub.line.write(MISAKI, "main", "残高の確認方法");
        Operator sakura = hub.away("sakura");
        Operator op = hub.away("op");
        JsonNode seen = await("a delivery that LINE refused, with the customer's name")
                .atMost(TestHub.PATIENCE)
                .until(
                        () -> sakura.get("/api/admin/failed-work").path(0),
                        row -> row.path("customer").asText().equals("みさき"));

        JsonNode row = op.get("/api/admin/failed-work").path(0);
        assertThat(row.path("id")).isEqualTo(seen.path("id"));
        assertThat(row.path("customer").isNull()).isTrue();
        assertThat(seen.path("error").asText()).startsWith("LINE refused it (400): ");
        assertThat(row.path("error").asText()).isEqualTo("LINE refused it (400)");
        for (String path : List.of(
                "/api/workspace",
                "/api/feed",
                "/api/wall",
                "/api/canned",
                "/api/audit",
                "/api/admin/accounts",
                "/api/admin/people",
                "/api/admin/holds")) {
            assertThat(op.call("GET", path, null).status()).as(path).isEqualTo(403);
        }
        for (String tool : List.of("/hawtio/", "/hawtio/jolokia/version")) {
            assertThat(op.look(URI.create(hub.management() + tool))).as(tool).isEqualTo(200);
            assertThat(hub.away("aoi").look(URI.create(hub.management() + tool)))
                    .as(tool)
                    .isEqualTo(403);
        }

        Page page = window.open(hub.base());
        page.locator("#sign-name").fill("op");
        page.locator("#sign-password").fill(Operator.PASSWORD);
        page.locator("#sign-password").press("Enter");
        assertThat(page.locator("tbody tr")).hasCount(1);
        Window.looks(page, "ops");
        assertThat(page.locator("body").textContent()).doesNotContain("みさき");
        hub.line.clearFaults();
        page.locator(".adetail .primary").click();
        assertThat(page.locator(".said.ok")).isVisible();
        assertThat(page.locator(".rail a")).hasCount(1);
        assertThat(page.locator(".sections a")).hasCount(2);
        page.locator(".sections a[href='/admin/routes']").click();
        assertThat(page.locator("#h-routes")).isVisible();
        assertThat(page.locator("tbody tr").first()).isVisible();
        Window.looks(page, "ops-routes");
        assertThat(window.complaints()).isEmpty();
    }
}
