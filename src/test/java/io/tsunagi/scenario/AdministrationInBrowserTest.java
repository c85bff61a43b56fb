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
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What an admin sees of the hub: its settings, its routes, and what did not arrive. */
@InBrowser
class AdministrationInBrowserTest {
    private static final String USER = "U00000000000000000000000000000f01";
    private static final String HAND_OFF = "dispatch/hand-off.camel.yaml";

    @TempDir
    static Path routes;

    private static TestHub hub;
    private final Window window = new Window();

    @BeforeAll
    static void start() {
        hub = TestHub.start(
                Dialect.H2,
                Map.of(
                        "hub.routes.folder",
                        routes.toString(),
                        "hub.routes.look-millis",
                        "50",
                        "hub.routes.tried-events",
                        "0"));
    }

    @AfterAll
    static void stop() {
        hub.close();
    }

    @AfterEach
    void close() throws IOException {
        window.close();
        hub.line.clearFaults();
        Files.deleteIfExists(routes.resolve(HAND_OFF));
        Files.deleteIfExists(routes.resolve("acme.camel.yaml"));
    }

    private Page admin(String path) {
        Page page = window.open(hub.base() + path);
        page.locator("#sign-name").fill("admin");
        page.locator("#sign-password").fill(Operator.PASSWORD);
        page.locator("#sign-password").press("Enter");
        return page;
    }

    private static Locator row(Page page, String words) {
        return page.locator(".table tbody tr").filter(new Locator.FilterOptions().setHasText(words));
    }

    @Test
    void every_setting_is_there_with_where_it_comes_from_and_no_secret() {
        Page page = admin("/admin/configuration");
        assertThat(row(page, "hub.routes.look-millis")).containsText("起動時の指定");
        assertThat(row(page, "hub.media.keep")).containsText("既定値");
        assertThat(row(page, "hub.salesforce.client-secret")).containsText("設定済み(非表示)");
        assertThat(row(page, "hub.translate.key")).containsText("未設定");
        Window.looks(page, "configuration");
        page.locator(".seg button").last().click();
        assertThat(row(page, "hub.media.keep")).hasCount(0);
        page.locator(".pickfield input").fill("look-millis");
        assertThat(page.locator(".table tbody tr")).hasCount(1);

        Operator admin = hub.away("admin");
        assertThat(admin.get("/api/admin/configuration").toString())
                .doesNotContain(
                        "sandbox-main-secret", "sandbox-main-token", "sandbox-client-secret", Operator.PASSWORD);
        for (String path : new String[] {"configuration", "routes"}) {
            assertThat(hub.away("sakura")
                            .call("GET", "/api/admin/" + path, null)
                            .status())
                    .isEqualTo(403);
        }
        assertThat(window.complaints()).isEmpty();
    }

    @Test
    void a_route_file_that_is_replaced_or_refused_is_seen_with_its_version_and_the_reason() throws IOException {
        Page page = admin("/admin/routes");
        assertThat(row(page, "dispatch/hand-off")).containsText("稼働中");
        assertThat(row(page, "dispatch/hand-off")).containsText("標準");
        assertThat(row(page, "line/take-turn")).containsText("中核");
        String shipped = Files.readString(Path.of("routes").resolve(HAND_OFF));
        Files.createDirectories(routes.resolve("dispatch"));
        Files.writeString(routes.resolve(HAND_OFF), "# Ours.\n" + shipped);
        Files.writeString(routes.resolve("acme.camel.yaml"), "- route:\n    id: acme\n");
        await("both are looked at").atMost(TestHub.PATIENCE).until(() -> {
            page.locator(".ahead .btn").click();
            return row(page, "acme").count() == 1
                    && row(page, "dispatch/hand-off").textContent().contains("差し替え");
        });
        assertThat(row(page, "acme")).containsText("使えません");
        row(page, "acme").click();
        assertThat(page.locator(".adetail .cardbox")).containsText("acme.camel.yaml");
        assertThat(page.evaluate("document.querySelector('.rail').getBoundingClientRect().top === 0"
                        + " && document.getElementById('main').scrollTop === 0"))
                .as("only the list scrolls")
                .isEqualTo(true);
        Window.looks(page, "routes");
        row(page, "dispatch/hand-off").click();
        assertThat(page.locator(".routelist li").first()).containsText("hand-off");
        assertThat(page.locator(".adetail a.btn"))
                .hasAttribute("href", hub.management().replace("127.0.0.1", "localhost") + "/hawtio");
        assertThat(window.complaints()).isEmpty();
    }

    @Test
    void a_delivery_that_did_not_arrive_is_dismissed_and_stays_in_its_chat() {
        Operator aoi = hub.operator("aoi");
        hub.customer(USER, "みさき");
        hub.line.write(USER, "main", "オペレーターと話したい");
        String inquiry = aoi.awaitInquiry("みさき");
        hub.line.faults(Webhook.JSON
                .createObjectNode()
                .put("endpoint", "*")
                .put("times", -1)
                .put("status", 400)
                .put("body", "{\"message\":\"The request body has 1 error(s)\"}"));
        assertThat(aoi.say(inquiry, "届かない返信です。").status()).isEqualTo(202);
        aoi.awaitMessage(
                inquiry,
                message -> message.path("delivery").path("state").asText().equals("failed"));

        Page page = admin("/admin");
        assertThat(row(page, "みさき")).containsText("LINE 送信");
        Window.looks(page, "failed-delivery");
        page.locator(".adetail .foot .btn").nth(1).click();
        assertThat(page.locator(".said.ok")).containsText("取り下げました");
        assertThat(row(page, "みさき")).hasCount(0);
        assertThat(aoi.messages(inquiry).toString()).contains("\"state\":\"failed\"");
        Operator admin = hub.away("admin");
        try (Rows rows = new Rows(hub.settings())) {
            String id = rows.text("select object from audit where act = 'dismiss-work'")
                    .replace("delivery/", "");
            assertThat(admin.post("/api/admin/failed-work/delivery/" + id + "/dismiss", null)
                            .status())
                    .isEqualTo(409);
        }
        assertThat(window.complaints()).isEmpty();
    }
}
