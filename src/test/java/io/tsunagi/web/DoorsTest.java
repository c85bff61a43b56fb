package io.tsunagi.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tsunagi.config.Settings;
import io.tsunagi.config.SettingsException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What each way into the hub lets through, and which ways a hub does not start with. */
class DoorsTest {
    private final HttpClient client = HttpClient.newHttpClient();
    private Web web;

    private static Settings settings(String profile, String... more) {
        Map<String, String> all =
                new HashMap<>(Map.of("hub.http.host", "127.0.0.1", "hub.http.port", "0", "hub.management.port", "0"));
        all.put("hub.private.host", "127.0.0.1");
        for (int i = 0; i < more.length; i += 2) {
            all.put(more[i], more[i + 1]);
        }
        return Settings.of(profile, all);
    }

    private void open(String... more) {
        web = new Web(settings("", more));
        Callers callers = Callers.of(settings("", more));
        for (String path : new String[] {"/api/me", "/console/", "/line/main", "/m/abc", "/c/abc", "/shop/cart"}) {
            web.main().route(path).handler(ctx -> ctx.response().end(callers.address(ctx.request())));
        }
        web.management().route("/observe/health").handler(ctx -> ctx.response().end("UP"));
        web.listen();
    }

    @AfterEach
    void close() {
        if (web != null) {
            web.stopListening();
            web.close();
        }
    }

    @Test
    void what_counts_as_one_caller() {
        for (String same :
                new String[] {"2001:db8:0:7::1", "2001:0DB8:0000:0007:ffff:ffff:ffff:ffff", "[2001:db8:0:7::2]"}) {
            assertThat(Callers.network(same)).as(same).isEqualTo(Callers.network("2001:db8:0:7::"));
        }
        assertThat(Callers.network("2001:db8:0:8::1")).isNotEqualTo(Callers.network("2001:db8:0:7::1"));
        for (String itself : new String[] {"192.0.2.7", "unknown", ""}) {
            assertThat(Callers.network(itself)).isEqualTo(itself);
        }
        assertThat(Callers.network("::ffff:192.0.2.7")).isNotEqualTo(Callers.network("::ffff:192.0.2.8"));
    }

    private HttpResponse<String> get(int port, String path, String... headers) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path));
        if (headers.length > 0) {
            request.headers(headers);
        }
        return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    private int status(int port, String path, String... headers) throws Exception {
        return get(port, path, headers).statusCode();
    }

    @Test
    void a_path_asked_at_the_wrong_door_is_not_there() throws Exception {
        open("hub.private.port", "0", "hub.http.security-contact", "mailto:security@example.com");

        assertThat(web.port()).isNotEqualTo(web.privatePort());
        for (String path : new String[] {"/line/main", "/m/abc", "/c/abc", "/.well-known/security.txt"}) {
            assertThat(status(web.port(), path)).as(path).isEqualTo(200);
            assertThat(status(web.privatePort(), path)).as(path).isEqualTo(404);
        }
        for (String path : new String[] {"/api/me", "/console/", "/shop/cart"}) {
            assertThat(status(web.port(), path)).as(path).isEqualTo(404);
            assertThat(status(web.privatePort(), path)).as(path).isEqualTo(200);
        }
        assertThat(status(web.port(), "/")).isEqualTo(404);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/line/../api/me",
                "/line/%2e%2e/api/me",
                "/%61pi/me",
                "//api/me",
                "/./api/me",
                "/m/..%2f../api/me",
                "/line/..;/api/me",
                "/LINE/../api/me",
            })
    void no_way_of_writing_it_leads_through_the_public_door_to_the_api(String path) throws Exception {
        open("hub.private.port", "0");
        try (Socket socket = new Socket("127.0.0.1", web.port())) {
            socket.setSoTimeout(10_000);
            socket.getOutputStream()
                    .write(("GET " + path + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII));

            String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

            assertThat(answer).matches("(?s)HTTP/1\\.1 40[04] .*").doesNotContain("127.0.0.1");
        }
    }

    @Test
    void one_port_serves_both_where_no_other_is_named() throws Exception {
        open();

        assertThat(web.privatePort()).isEqualTo(web.port());
        assertThat(status(web.port(), "/api/me")).isEqualTo(200);
        assertThat(status(web.port(), "/line/main")).isEqualTo(200);
    }

    @Test
    void own_routes_can_be_made_public() throws Exception {
        open("hub.private.port", "0", "hub.http.public-paths", "/shop/");

        assertThat(status(web.port(), "/shop/cart")).isEqualTo(200);
        assertThatThrownBy(() -> new Web(settings("", "hub.http.public-paths", "/api/")))
                .isInstanceOf(SettingsException.class)
                .hasMessageContaining("/api/");
    }

    @Test
    void whom_a_proxy_passes_on_is_believed_of_trusted_ones_only() throws Exception {
        open();
        assertThat(get(web.port(), "/api/me", "X-Forwarded-For", "203.0.113.9").body())
                .isEqualTo("127.0.0.1");
        close();

        open("hub.http.trusted-proxies", "127.0.0.0/8, 10.0.0.0/8");
        assertThat(get(web.port(), "/api/me").body()).isEqualTo("127.0.0.1");
        for (String passed : new String[] {
            "203.0.113.9",
            "198.51.100.1, 203.0.113.9",
            "127.0.0.1,203.0.113.9, 10.9.8.7",
            "nonsense, 203.0.113.9,10.1.1.1",
            "203.0.113.9:4711"
        }) {
            assertThat(get(web.port(), "/api/me", "X-Forwarded-For", passed).body())
                    .as(passed)
                    .isEqualTo("203.0.113.9");
        }
        assertThat(get(web.port(), "/api/me", "X-Forwarded-For", "[2001:db8::9]:4711")
                        .body())
                .isEqualTo("2001:db8:0:0:0:0:0:9");
        assertThat(get(web.port(), "/api/me", "X-Forwarded-For", "203.0.113.9, nonsense")
                        .body())
                .isEqualTo("127.0.0.1");
        assertThat(get(web.port(), "/api/me", "X-Forwarded-For", "198.51.100.1", "X-Forwarded-For", "203.0.113.9")
                        .body())
                .isEqualTo("203.0.113.9");
    }

    @Test
    void console_and_operations_are_for_listed_addresses_and_webhooks_for_everybody() throws Exception {
        open(
                "hub.private.port", "0",
                "hub.private.allow", "10.0.0.0/8",
                "hub.management.allow", "192.0.2.7",
                "hub.http.trusted-proxies", "127.0.0.1");

        assertThat(status(web.privatePort(), "/api/me")).isEqualTo(403);
        assertThat(status(web.privatePort(), "/api/me", "X-Forwarded-For", "10.1.2.3"))
                .isEqualTo(200);
        assertThat(status(web.privatePort(), "/api/me", "X-Forwarded-For", "11.1.2.3"))
                .isEqualTo(403);
        assertThat(status(web.managementPort(), "/observe/health")).isEqualTo(403);
        assertThat(status(web.managementPort(), "/observe/health", "X-Forwarded-For", "192.0.2.7"))
                .isEqualTo(200);
        assertThat(status(web.port(), "/line/main")).isEqualTo(200);
        close();

        open("hub.private.allow", "10.0.0.0/8");
        assertThat(status(web.port(), "/api/me")).as("one port for both").isEqualTo(403);
        assertThat(status(web.port(), "/line/main")).isEqualTo(200);
        assertThat(status(web.port(), "/m/abc")).isEqualTo(200);
    }

    @Test
    void who_comes_by_plain_http_is_led_to_the_public_address_and_nowhere_else() throws Exception {
        open(
                "hub.http.redirect-port", "0",
                "hub.http.public-url", "https://chat.example.com",
                "hub.http.trusted-proxies", "127.0.0.1");

        HttpResponse<String> led = get(web.redirectPort(), "/m/abc?x=1", "X-Forwarded-Host", "evil.example");
        assertThat(led.statusCode()).isEqualTo(308);
        assertThat(led.headers().firstValue("location")).contains("https://chat.example.com/m/abc?x=1");
        HttpResponse<String> byProxy = get(web.port(), "/m/abc", "X-Forwarded-Proto", "http");
        assertThat(byProxy.statusCode()).isEqualTo(308);
        assertThat(byProxy.headers().firstValue("location")).contains("https://chat.example.com/m/abc");
        HttpResponse<String> secure = get(web.port(), "/m/abc", "X-Forwarded-Proto", "https");
        assertThat(secure.statusCode()).isEqualTo(200);
        assertThat(secure.headers().firstValue("strict-transport-security")).contains("max-age=31536000");
        assertThat(status(web.port(), "/line/main", "X-Forwarded-Proto", "http"))
                .isEqualTo(200);
    }

    @Test
    void who_comes_to_the_console_by_plain_http_is_led_to_its_own_address() throws Exception {
        open(
                "hub.private.port", "0",
                "hub.private.url", "https://desk.example.com",
                "hub.http.public-url", "https://chat.example.com",
                "hub.http.trusted-proxies", "127.0.0.1");

        HttpResponse<String> led = get(web.privatePort(), "/console/", "X-Forwarded-Proto", "http");

        assertThat(led.statusCode()).isEqualTo(308);
        assertThat(led.headers().firstValue("location")).contains("https://desk.example.com/console/");
    }

    @Test
    void finders_of_holes_read_whom_to_write_to() throws Exception {
        open(
                "hub.http.security-contact", "mailto:security@example.com, https://example.com/security",
                "hub.http.public-url", "https://chat.example.com");

        HttpResponse<String> text = get(web.port(), "/.well-known/security.txt");

        assertThat(text.body())
                .startsWith("Contact: mailto:security@example.com\nContact: https://example.com/security\nExpires: 20")
                .endsWith("Canonical: https://chat.example.com/.well-known/security.txt\n");
        assertThat(text.headers().firstValue("content-type")).contains("text/plain; charset=utf-8");
        close();

        open();
        assertThat(status(web.port(), "/.well-known/security.txt")).isEqualTo(404);
        assertThatThrownBy(() -> new Web(settings("", "hub.http.security-contact", "somebody")))
                .isInstanceOf(SettingsException.class)
                .hasMessageContaining("'somebody'");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "hub.http.host=0.0.0.0|plain HTTP",
                "hub.http.host=0.0.0.0,hub.private.port=8082|plain HTTP",
                "hub.private.host=0.0.0.0,hub.private.port=8082|plain HTTP",
                "hub.http.host=0.0.0.0,hub.http.trusted-proxies=10.0.0.7|hub.http.public-url must begin with https://",
                "hub.http.host=0.0.0.0,hub.http.trusted-proxies=10.0.0.7,hub.http.public-url=https://a.example|hub.private.port",
                "hub.management.host=0.0.0.0|hub.management.allow",
                "hub.management.host=0.0.0.0,hub.http.certificate=a.pem,hub.http.certificate-key=a.key|hub.management.allow",
                "hub.management.host=0.0.0.0,hub.http.trusted-proxies=10.0.0.7|hub.management.allow",
                "hub.management.host=::|hub.management.allow",
                "hub.http.certificate=a.pem|set both",
                "hub.http.certificate-key=a.pem|set both",
                "hub.http.redirect-port=80|hub.http.redirect-port",
                "hub.http.port=8080,hub.private.port=8080|hub.http.port and hub.private.port are both 8080",
                "hub.http.port=8080,hub.management.port=8080|hub.http.port and hub.management.port are both 8080",
                "hub.http.public-url=https://a.example,hub.private.url=http://b.example|hub.private.url must begin with",
                "hub.http.trusted-proxies=10.0.0.0/33|'10.0.0.0/33'",
                "hub.http.trusted-proxies=proxy.example|'proxy.example'",
                "hub.private.allow=1.2.3.4/x|hub.private.allow",
                "hub.management.allow=1.2.3.4/1/2|hub.management.allow",
            })
    void a_hub_that_others_would_reach_in_the_clear_does_not_start(String set, String said) {
        Map<String, String> values = new TreeMap<>(settings("").placeholders());
        for (String one : set.split(",")) {
            values.put(one.split("=")[0], one.split("=")[1]);
        }

        assertThatThrownBy(() -> Doors.check(Settings.of("", values)))
                .isInstanceOf(SettingsException.class)
                .hasMessageContaining(said);
    }

    @Test
    void with_a_proxy_or_in_the_sandbox_or_for_this_machine_alone_it_starts() {
        assertThatCode(() -> Doors.check(settings(
                        "",
                        "hub.http.host",
                        "0.0.0.0",
                        "hub.private.host",
                        "0.0.0.0",
                        "hub.private.port",
                        "8082",
                        "hub.http.trusted-proxies",
                        "10.0.0.7",
                        "hub.http.public-url",
                        "https://chat.example.com")))
                .doesNotThrowAnyException();
        assertThatCode(() -> Doors.check(settings("sandbox", "hub.http.host", "0.0.0.0")))
                .doesNotThrowAnyException();
        assertThatCode(() -> Doors.check(settings("sandbox", "hub.management.host", "0.0.0.0")))
                .doesNotThrowAnyException();
        assertThatCode(() -> Doors.check(
                        settings("", "hub.management.host", "0.0.0.0", "hub.management.allow", "127.0.0.0/8")))
                .doesNotThrowAnyException();
        assertThatCode(() -> Doors.check(settings(""))).doesNotThrowAnyException();
    }
}
