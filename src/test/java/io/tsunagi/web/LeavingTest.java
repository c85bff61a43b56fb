package io.tsunagi.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.tsunagi.config.Settings;
import io.vertx.core.Promise;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A node that is told to stop; F04. */
class LeavingTest {
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final Promise<String> answer = Promise.promise();
    private final CompletableFuture<Void> asked = new CompletableFuture<>();
    private Web web;

    @BeforeEach
    void open() {
        web = new Web(Settings.of(
                "", Map.of("hub.http.host", "127.0.0.1", "hub.http.port", "0", "hub.management.port", "0")));
        web.main().get("/now").handler(ctx -> ctx.response().end("now"));
        web.main().get("/later").handler(ctx -> {
            asked.complete(null);
            answer.future().onSuccess(ctx.response()::end);
        });
        web.listen();
    }

    @AfterEach
    void close() {
        web.stopListening();
        web.close();
    }

    private CompletableFuture<HttpResponse<String>> ask(String path) {
        return client.sendAsync(
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + web.port() + path))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    @Test
    void what_was_asked_is_answered_before_the_ports_close() throws Exception {
        CompletableFuture<HttpResponse<String>> later = ask("/later");
        asked.join();

        web.leave();
        CompletableFuture<Void> over = CompletableFuture.runAsync(() -> web.endRequests(PATIENCE));
        HttpResponse<String> now = ask("/now").join();

        assertThat(now.body()).as("new requests are still taken").isEqualTo("now");
        assertThat(now.headers().firstValue("connection"))
                .as("on no connection that stays")
                .contains("close");
        assertThat(over).isNotDone();
        answer.complete("later");
        assertThat(later.join().body()).isEqualTo("later");
        await().atMost(PATIENCE).until(over::isDone);
    }

    @Test
    void nobody_waits_for_a_request_without_end() {
        ask("/later");
        asked.join();

        web.endRequests(Duration.ofMillis(50));

        assertThat(answer.future().isComplete()).isFalse();
    }
}
