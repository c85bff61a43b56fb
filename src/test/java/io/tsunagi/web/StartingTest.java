package io.tsunagi.web;

import static org.assertj.core.api.Assertions.assertThat;

import io.tsunagi.config.Settings;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A hub that starts takes webhooks as soon as it can keep them; everybody else waits until it can answer. */
class StartingTest {
    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private Web web;

    @BeforeEach
    void open() {
        web = new Web(Settings.of(
                "", Map.of("hub.http.host", "127.0.0.1", "hub.http.port", "0", "hub.management.port", "0")));
        web.main().post("/line/:account").handler(ctx -> ctx.response().end("kept"));
        web.listenForWebhooks();
        web.main().route("/api/me").handler(ctx -> ctx.response().end("aoi"));
    }

    @AfterEach
    void close() {
        web.stopListening();
        web.close();
    }

    private HttpResponse<String> post(String path) throws IOException, InterruptedException {
        return client.send(
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + web.port() + path))
                        .POST(HttpRequest.BodyPublishers.ofString("{}"))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    @Test
    void webhooks_are_taken_and_everybody_else_is_told_to_come_back() throws Exception {
        assertThat(post("/line/main").body()).isEqualTo("kept");
        for (String path : new String[] {"/api/me", "/console/", "/", "/line/../api/me"}) {
            HttpResponse<String> early = post(path);
            assertThat(early.statusCode()).as(path).isEqualTo(503);
            assertThat(early.headers().firstValue("retry-after")).as(path).contains("2");
            assertThat(early.headers().firstValue("x-content-type-options"))
                    .as("with the headers of every answer")
                    .contains("nosniff");
        }
    }

    @Test
    void everybody_is_let_in_once_it_has_started() throws Exception {
        int port = web.port();

        web.listen();

        assertThat(web.port()).as("the same port").isEqualTo(port);
        assertThat(post("/api/me").body()).isEqualTo("aoi");
        assertThat(post("/line/main").body()).isEqualTo("kept");
    }
}
