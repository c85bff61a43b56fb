package io.tsunagi.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import io.tsunagi.store.Dialect;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** A whole hub whose console and API have a port of their own, routes included. */
class TwoDoorsTest {
    private final HttpClient client = HttpClient.newHttpClient();

    private int status(int port, String method, String path) throws Exception {
        return client.send(
                        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                                .method(method, HttpRequest.BodyPublishers.noBody())
                                .build(),
                        HttpResponse.BodyHandlers.ofString())
                .statusCode();
    }

    @Test
    void webhooks_and_media_are_at_one_and_console_and_api_at_the_other() throws Exception {
        try (TestHub hub =
                TestHub.start(Dialect.H2, Map.of("hub.private.port", "0", "hub.private.host", "127.0.0.1"))) {
            int open = URI.create(hub.base()).getPort();
            int inside = hub.privatePort();

            assertThat(inside).isNotEqualTo(open);
            assertThat(status(open, "POST", "/line/main")).as("no signature").isEqualTo(401);
            assertThat(status(inside, "POST", "/line/main")).isEqualTo(404);
            assertThat(status(open, "GET", "/api/me")).isEqualTo(404);
            assertThat(status(inside, "GET", "/api/me")).isEqualTo(401);
            assertThat(status(open, "GET", "/")).isEqualTo(404);
            assertThat(status(inside, "GET", "/")).isEqualTo(200);
            assertThat(status(inside, "GET", "/c/none")).isEqualTo(404);
        }
    }
}
