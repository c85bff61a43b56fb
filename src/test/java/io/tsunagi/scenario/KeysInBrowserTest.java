package io.tsunagi.scenario;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.microsoft.playwright.CDPSession;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import io.tsunagi.browser.InBrowser;
import io.tsunagi.browser.Window;
import io.tsunagi.store.Dialect;
import java.io.IOException;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** S27: security keys in a browser with a key of its own, made by software; at the address the hub is told people type. */
@InBrowser
class KeysInBrowserTest {
    private final Window desk = new Window();
    private final TcpProxy address = new TcpProxy();
    private final String url = "http://localhost:" + address.port();
    private TestHub hub;

    @BeforeEach
    void start() {
        hub = TestHub.start(Dialect.H2, Map.of("hub.access.second-factor", "required", "hub.http.public-url", url));
        address.lead(hub.privatePort());
    }

    @AfterEach
    void stop() throws IOException {
        desk.close();
        hub.close();
        address.close();
    }

    private static JsonObject json(Object... pairs) {
        JsonObject object = new JsonObject();
        for (int i = 0; i < pairs.length; i += 2) {
            if (pairs[i + 1] instanceof Boolean flag) {
                object.addProperty((String) pairs[i], flag);
            } else {
                object.addProperty((String) pairs[i], (String) pairs[i + 1]);
            }
        }
        return object;
    }

    /** A key that is plugged in and touched whenever it is asked. */
    private static String plugIn(CDPSession devices) {
        devices.send("WebAuthn.enable");
        JsonObject options = new JsonObject();
        options.add(
                "options",
                json(
                        "protocol", "ctap2",
                        "transport", "usb",
                        "hasResidentKey", false,
                        "hasUserVerification", true,
                        "isUserVerified", true,
                        "automaticPresenceSimulation", true));
        return devices.send("WebAuthn.addVirtualAuthenticator", options)
                .get("authenticatorId")
                .getAsString();
    }

    /** Puts the key's secret back with an earlier count, as a copy of the key would have it. */
    private static void turnBack(CDPSession devices, String key) {
        JsonObject credential = devices.send("WebAuthn.getCredentials", json("authenticatorId", key))
                .getAsJsonArray("credentials")
                .get(0)
                .getAsJsonObject();
        devices.send("WebAuthn.clearCredentials", json("authenticatorId", key));
        credential.addProperty("signCount", 0);
        JsonObject copy = json("authenticatorId", key);
        copy.add("credential", credential);
        devices.send("WebAuthn.addCredential", copy);
    }

    private static void password(Page page) {
        page.locator("#sign-name").fill("ren");
        page.locator("#sign-password").fill(Operator.PASSWORD);
        page.locator("#sign-password").press("Enter");
    }

    private static void code(Page page, String code) {
        page.locator("#sign-code").fill(code);
        page.locator("#sign-code").press("Enter");
    }

    private static void choose(Page page, String words) {
        page.locator(".top .person").click();
        page.locator("[role=menuitem]")
                .filter(new Locator.FilterOptions().setHasText(words))
                .click();
    }

    @Test
    void a_person_adds_a_key_signs_in_with_it_a_copy_is_refused_and_the_key_goes() {
        Page page = desk.open(url);
        CDPSession devices = page.context().newCDPSession(page);
        String key = plugIn(devices);
        password(page);
        Authenticator phone = new Authenticator(page.locator(".secret").textContent());
        code(page, phone.next());
        page.locator("button")
                .filter(new Locator.FilterOptions().setHasText("保管しました"))
                .click();

        choose(page, "セキュリティキー");
        assertThat(page.locator(".ownpassword")).containsText("まだ登録されていません");
        page.locator("#key-name").fill("机のキー");
        page.locator("#key-password").fill("not-the-one-1");
        page.locator("#key-password").press("Enter");
        assertThat(page.locator("[role=alert]")).containsText("今のパスワードが違います");
        Window.looks(page, "own-keys", "dialog");
        page.locator("#key-password").fill(Operator.PASSWORD);
        page.locator("#key-password").press("Enter");
        assertThat(page.locator(".ownkeylist li")).containsText("机のキー");
        assertThat(page.locator(".ownpassword .said.ok")).isVisible();
        Window.looks(page, "own-keys-added", "dialog");
        page.locator("#key-name").fill("もう一度");
        page.locator("#key-password").fill(Operator.PASSWORD);
        page.locator("#key-password").press("Enter");
        assertThat(page.locator("[role=alert]")).containsText("もう登録されています");
        page.keyboard().press("Escape");

        choose(page, "サインアウト");
        password(page);
        assertThat(page.locator("#sign-key")).isVisible();
        assertThat(page.locator("#sign-code")).isFocused();
        Window.looks(page, "sign-in-key");
        page.locator("#sign-key").click();
        assertThat(page.locator(".top .person")).containsText("木村 蓮");

        choose(page, "サインアウト");
        turnBack(devices, key);
        password(page);
        page.locator("#sign-key").click();
        assertThat(page.locator("[role=alert]")).containsText("複製されたおそれ");
        code(page, phone.next());

        choose(page, "セキュリティキー");
        page.locator(".ownkeylist button").click();
        page.locator("#key-password").fill(Operator.PASSWORD);
        page.locator("#key-password").press("Enter");
        assertThat(page.locator(".ownpassword")).containsText("まだ登録されていません");
        page.keyboard().press("Escape");
        choose(page, "サインアウト");
        password(page);
        assertThat(page.locator("#sign-code")).isFocused();
        assertThat(page.locator("#sign-key")).hasCount(0);

        assertThat(desk.complaints()).allMatch(said -> said.startsWith("Failed to load resource"));
        try (Rows rows = new Rows(hub.settings())) {
            assertThat(rows.count("select count(*) from audit where act = 'add-key' and outcome = 'ok'"))
                    .isOne();
            assertThat(rows.count("select count(*) from audit where act = 'remove-key' and outcome = 'ok'"))
                    .isOne();
            assertThat(rows.count("select count(*) from audit where act = 'sign-in' and detail like '%cloned-key%'"))
                    .isOne();
        }
    }
}
