package io.tsunagi.scenario;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.microsoft.playwright.FrameLocator;
import com.microsoft.playwright.Page;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.tsunagi.browser.InBrowser;
import io.tsunagi.browser.Window;
import io.tsunagi.store.Dialect;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * The chat of a Case in a frame of the org's page, as the component of the package shows it. The org is
 * {@code localhost} and the hub {@code 127.0.0.1}: to a browser these are different sites.
 */
@InBrowser
class CaseChatInFrameTest {
    private static final String MISAKI = "U" + "0".repeat(31) + "1";

    private static HttpServer org;
    private static String allowed;
    private static String other;
    private static TestHub hub;
    private static Operator aoi;
    private static String inquiry;

    @BeforeAll
    static void aoi_has_an_inquiry() throws IOException {
        org = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        org.createContext(
                "/case",
                exchange ->
                        page(exchange, """
                <h1>Case 00001000</h1><iframe title="LINE" src="%s" width="640" height="600"></iframe>
                """.formatted(exchange.getRequestURI().getQuery())));
        org.createContext("/cookie", exchange -> page(exchange, """
                <script>document.cookie = 'plain=kept; SameSite=None; Secure';
                document.cookie = 'apart=kept; SameSite=None; Secure; Partitioned';
                document.write('<p id=kept>' + (document.cookie || 'nothing') + '</p>')</script>
                """));
        org.start();
        allowed = "http://localhost:" + org.getAddress().getPort();
        other = "http://127.0.0.1:" + org.getAddress().getPort();
        hub = TestHub.start(Dialect.H2, Map.of("hub.console.frame-ancestors", allowed));
        hub.awaitKnowledge();
        aoi = hub.operator("aoi");
        hub.askForPerson(MISAKI, "みさき", "残高の確認方法");
        inquiry = aoi.awaitInquiry("みさき");
    }

    @AfterAll
    static void stop() {
        hub.close();
        org.stop(0);
    }

    private static void page(HttpExchange exchange, String body) throws IOException {
        byte[] page = ("<!doctype html><html lang=en><title>Case</title>" + body).getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", "text/html; charset=utf-8");
        exchange.sendResponseHeaders(200, page.length);
        exchange.getResponseBody().write(page);
        exchange.close();
    }

    private static String chat() {
        return hub.base() + "/embed/cases/" + inquiry.replace("-", "");
    }

    private static FrameLocator signIn(Page page, String name) {
        FrameLocator frame = page.frameLocator("iframe");
        frame.locator("#sign-name").fill(name);
        frame.locator("#sign-password").fill(Operator.PASSWORD);
        frame.locator("#sign-password").press("Enter");
        return frame;
    }

    @Test
    void the_org_shows_a_case_s_chat_live_where_third_party_cookies_are_blocked() {
        try (Window window = new Window()) {
            Page page = window.open("about:blank");
            blockThirdPartyCookies(page);
            page.navigate(other + "/cookie");
            assertThat(page.locator("#kept")).hasText("plain=kept; apart=kept");
            page.navigate(allowed + "/case?" + other + "/cookie");
            assertThat(page.frameLocator("iframe").locator("#kept")).hasText("apart=kept");

            page.navigate(allowed + "/case?" + chat());
            assertThat(page.frameLocator("iframe").locator("#sign-name")).isVisible();
            Window.picture(page, "case-chat-sign-in");
            FrameLocator frame = signIn(page, "ren");
            assertThat(frame.locator(".ch h1")).containsText("みさき");
            assertThat(frame.locator("#log")).containsText("おつなぎします");

            hub.line.write(MISAKI, "main", "もう一つ質問があります");
            assertThat(frame.locator("#log")).containsText("もう一つ質問があります");
            aoi.say(inquiry, "お調べします。");
            assertThat(frame.locator("#log")).containsText("お調べします。");
            assertThat(frame.locator("ts-desk")).hasCount(0);
            Window.picture(page, "case-chat");
            Window.assertAccessible(page);

            // Another Case, or the same page once more: nobody signs in again.
            page.navigate(allowed + "/case?" + hub.base() + "/embed/cases/" + "0".repeat(32));
            assertThat(frame.locator("h1")).hasText("このケースの問い合わせが見つかりません");
            Window.picture(page, "case-chat-none");
            page.navigate(allowed + "/case?" + chat());
            assertThat(frame.locator("#log")).containsText("お調べします。");
            frame.locator(".ch .icon").click();
            assertThat(frame.locator("#sign-name")).isVisible();

            try (Rows rows = new Rows(hub.settings())) {
                assertThat(rows.count(
                                "select count(*) from audit where act = 'view-inquiry' and object = ?",
                                "inquiry/" + inquiry))
                        .isPositive();
                assertThat(rows.count("select count(*) from viewers")).isZero();
            }
        }
    }

    /** Its own inquiry is only read there: no button acts, nothing counts as read or as being at work. */
    @Test
    void a_frame_shows_what_its_person_may_see_and_lets_nothing_be_done() {
        try (Window window = new Window()) {
            aoi.say(inquiry, "担当の佐藤です。");
            Page page = window.open(allowed + "/case?" + chat());
            FrameLocator frame = signIn(page, "aoi");
            assertThat(frame.locator("#log")).containsText("担当の佐藤です。");
            assertThat(frame.locator(".quotebtn, #send, textarea")).hasCount(0);
            // As narrow as the side column of a record page, in English, dark.
            page.navigate(page.url().replaceFirst("$", "?lang=en&theme=dark"));
            page.evaluate("document.querySelector('iframe').width = 380");
            assertThat(frame.locator("#log")).containsText("担当の佐藤です。");
            assertThat(frame.locator(".ch .chip")).hasText("Working");
            Window.picture(page, "case-chat-narrow");
            Window.assertAccessible(page);
            assertThat(frame.locator(".ch a")).hasAttribute("href", "/inquiries/" + inquiry);
        }
        try (Window window = new Window()) {
            FrameLocator frame = signIn(window.open(allowed + "/case?" + chat()), "admin");
            assertThat(frame.locator("h1")).hasText("この問い合わせは開けません");
        }
    }

    @Test
    void the_browser_refuses_another_page_and_every_other_screen() {
        try (Window window = new Window()) {
            assertRefused(window, other, chat());
            assertRefused(window, allowed, hub.base() + "/inquiries/" + inquiry);
            assertRefused(window, allowed, hub.base() + "/");
        }
    }

    private static void assertRefused(Window window, String around, String framed) {
        int before = window.complaints().size();
        Page page = window.open(around + "/case?" + framed);
        page.waitForCondition(() -> window.complaints().size() > before);
        assertThat(window.complaints().subList(before, window.complaints().size()))
                .anyMatch(said -> said.contains("frame-ancestors"));
        assertThat(page.frameLocator("iframe").locator("#sign-name, ts-app")).hasCount(0);
        page.close();
    }

    /** What a frame's cookie opens, it opens to the frame alone: a call that the browser marks otherwise is nobody's. */
    @Test
    void the_frame_s_cookie_counts_for_the_frame_s_own_calls_only() throws Exception {
        HttpClient http = HttpClient.newHttpClient();
        HttpResponse<String> in = http.send(
                HttpRequest.newBuilder(URI.create(hub.base() + "/api/sign-in"))
                        .header("Content-Type", "application/json")
                        .POST(HttpRequest.BodyPublishers.ofString(
                                "{\"name\":\"ren\",\"password\":\"" + Operator.PASSWORD + "\",\"framed\":true}"))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
        String cookie = in.headers().firstValue("Set-Cookie").orElseThrow();
        assertThat(cookie).matches("tsunagi-frame=[\\w-]+; Path=/; HttpOnly; SameSite=None; Secure; Partitioned");

        for (var site : Map.of("same-origin", 200, "cross-site", 401, "same-site", 401, "none", 401)
                .entrySet()) {
            assertThat(http.send(
                                    HttpRequest.newBuilder(URI.create(hub.base() + "/api/me"))
                                            .header("Cookie", cookie.replaceAll(";.*", ""))
                                            .header("Sec-Fetch-Site", site.getKey())
                                            .build(),
                                    HttpResponse.BodyHandlers.discarding())
                            .statusCode())
                    .as(site.getKey())
                    .isEqualTo(site.getValue());
        }
        HttpResponse<Void> page =
                http.send(HttpRequest.newBuilder(URI.create(chat())).build(), HttpResponse.BodyHandlers.discarding());
        assertThat(page.headers().firstValue("Content-Security-Policy").orElseThrow())
                .containsPattern("frame-ancestors " + Pattern.quote(allowed) + "$");
    }

    private static void blockThirdPartyCookies(Page page) {
        JsonObject controls = new JsonObject();
        controls.addProperty("enableThirdPartyCookieRestriction", true);
        controls.addProperty("disableThirdPartyCookieMetadata", true);
        controls.addProperty("disableThirdPartyCookieHeuristics", true);
        var session = page.context().newCDPSession(page);
        session.send("Network.enable");
        session.send("Network.setCookieControls", controls);
    }
}
