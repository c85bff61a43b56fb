package io.tsunagi.chaos;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;

/** Calls the control API of a simulator. Safe for many threads. */
final class Json {
    static final ObjectMapper MAPPER = new ObjectMapper();
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(5))
            .build();
    private final URI base;

    Json(URI base) {
        this.base = base;
    }

    CompletableFuture<JsonNode> soon(String method, String path, Object body) {
        HttpRequest request = HttpRequest.newBuilder(base.resolve(path))
                .timeout(PATIENCE)
                .header("Content-Type", "application/json")
                .method(
                        method,
                        body == null
                                ? HttpRequest.BodyPublishers.noBody()
                                : HttpRequest.BodyPublishers.ofString(
                                        MAPPER.valueToTree(body).toString()))
                .build();
        return http.sendAsync(request, HttpResponse.BodyHandlers.ofByteArray()).thenApply(answer -> {
            if (answer.statusCode() != 200) {
                throw new IllegalStateException(
                        method + " " + path + ": " + answer.statusCode() + " " + new String(answer.body()));
            }
            try {
                return MAPPER.readTree(answer.body());
            } catch (IOException e) {
                throw new IllegalStateException(method + " " + path + " answers no JSON", e);
            }
        });
    }

    JsonNode call(String method, String path, Object body) {
        return soon(method, path, body).join();
    }

    boolean answers(String path) {
        try {
            call("GET", path, null);
            return true;
        } catch (RuntimeException notYet) {
            return false;
        }
    }
}
