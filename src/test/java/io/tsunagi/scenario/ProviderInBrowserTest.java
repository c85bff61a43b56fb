package io.tsunagi.scenario;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Page;
import com.sun.net.httpserver.HttpServer;
import io.tsunagi.browser.InBrowser;
import io.tsunagi.browser.Window;
import io.tsunagi.store.Dialect;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Map;
import no.nav.security.mock.oauth2.MockOAuth2Server;
import no.nav.security.mock.oauth2.OAuth2Config;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** S27: people sign in at their company's provider, which is another site. */
@InBrowser
class ProviderInBrowserTest {
    private static final int ANY_PORT = 0;

    private final Window desk = new Window();
    private final MockOAuth2Server provider = new MockOAuth2Server(new OAuth2Config(true));
    private HttpServer address;
    private TestHub hub;

    /** The hub's public address is known before its port is: it sends browsers on to the hub. */
    @BeforeEach
    void start() throws IOException {
        provider.start(InetAddress.getLoopbackAddress(), ANY_PORT);
        address = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), ANY_PORT), 0);
        address.createContext("/", exchange -> {
            exchange.getResponseHeaders().add("Location", hub.base() + exchange.getRequestURI());
            exchange.sendResponseHeaders(307, -1);
            exchange.close();
        });
        address.start();
        hub = TestHub.start(
                Dialect.H2,
                Map.of(
                        "hub.http.public-url",
                        "http://127.0.0.1:" + address.getAddress().getPort(),
                        "hub.oidc.issuer",
                        provider.issuerUrl("staff").toString(),
                        "hub.oidc.client-id",
                        "tsunagi",
                        "hub.oidc.client-secret",
                        "what-only-both-know",
                        "hub.oidc.roles-claim",
                        "groups",
                        "hub.oidc.role.supervisor",
                        "support-leads"));
    }

    @AfterEach
    void stop() {
        desk.close();
        hub.close();
        address.stop(0);
        provider.shutdown();
    }

    private static void at(Page page, String subject, String claims) {
        assertThat(page.locator("input[name=username]")).isVisible();
        page.locator("input[name=username]").fill(subject);
        page.locator("textarea[name=claims]").fill(claims);
        page.locator("input[type=submit]").click();
    }

    @Test
    void somebody_comes_in_by_the_company_s_account_and_who_has_no_role_reads_why_not() {
        Page page = desk.open(hub.base());
        assertThat(page.locator("#sign-provider")).isVisible();
        Window.looks(page, "sign-in-provider");
        page.locator("#sign-provider").click();
        at(page, "3c1", "{\"preferred_username\": \"aoi\", \"groups\": [\"canteen\"]}");
        assertThat(page.locator("[role=alert]")).containsText("役割がありません");
        Window.assertAccessible(page);

        page.locator("#sign-provider").click();
        at(page, "3c1", "{\"preferred_username\": \"aoi\", \"groups\": [\"support-leads\"]}");
        assertThat(page.locator(".top .person")).isVisible();
        assertThat(page.url()).isEqualTo(hub.base() + "/");
        assertThat(page.locator(".rail a[href='/watch']")).isVisible();

        page.reload();
        assertThat(page.locator(".top .person")).isVisible();
        assertThat(desk.complaints()).allMatch(said -> said.startsWith("Failed to load resource"));
    }
}
