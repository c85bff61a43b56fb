package io.tsunagi.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.NullNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Somebody signed in who uses the hub's API as the screen does. Safe for many threads. */
final class Console {
    private static final Logger LOG = LoggerFactory.getLogger(Console.class);
    private static final ObjectMapper JSON = new ObjectMapper();

    /** @param body null when it is no JSON */
    record Reply(int status, JsonNode body) {}

    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final int port;
    private final String cookie;
    private final String csrf;

    /** @throws IllegalStateException with the hub's words when it lets nobody in by this name and password */
    Console(int port, String name, String password) throws IOException, InterruptedException {
        this.port = port;
        HttpResponse<String> signedIn = http.send(
                request(
                                port,
                                "POST",
                                "/api/sign-in",
                                JSON.createObjectNode().put("name", name).put("password", password))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
        cookie = signedIn.headers()
                .firstValue("set-cookie")
                .orElseThrow(() -> new IllegalStateException(name + " cannot sign in: " + signedIn.body()))
                .replaceAll(";.*", "");
        csrf = JSON.readTree(signedIn.body()).path("csrf").asText();
    }

    CompletableFuture<Reply> call(String method, String path, JsonNode body) {
        return call(port, method, path, body);
    }

    /** Calls another port of the same hub. */
    CompletableFuture<Reply> call(int atPort, String method, String path, JsonNode body) {
        HttpRequest request = request(atPort, method, path, body)
                .header("Cookie", cookie)
                .header("X-Csrf-Token", csrf)
                .build();
        return http.sendAsync(request, HttpResponse.BodyHandlers.ofString())
                .thenApply(answer -> new Reply(answer.statusCode(), read(answer)));
    }

    /** Hears of changed inquiries. */
    interface Hears {
        void changed(String inquiry, long version);
    }

    /** Opens the live feed and hears of changes on a thread of its own until it is closed. */
    AutoCloseable feed(Hears hears) throws IOException, InterruptedException {
        HttpResponse<InputStream> answer = http.send(
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/api/feed"))
                        .header("Cookie", cookie)
                        .build(),
                HttpResponse.BodyHandlers.ofInputStream());
        if (answer.statusCode() != 200) {
            throw new IllegalStateException("The feed is answered " + answer.statusCode());
        }
        InputStream stream = answer.body();
        Thread listening = new Thread(() -> listen(stream, hears), "feed");
        listening.setDaemon(true);
        listening.start();
        return stream;
    }

    private static void listen(InputStream stream, Hears hears) {
        try (BufferedReader lines = new BufferedReader(new InputStreamReader(stream, StandardCharsets.UTF_8))) {
            boolean inquiry = false;
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (line.startsWith("event:")) {
                    inquiry = line.endsWith("inquiry");
                } else if (inquiry && line.startsWith("data:")) {
                    JsonNode data = JSON.readTree(line.substring("data:".length()));
                    hears.changed(data.path("id").asText(), data.path("version").asLong());
                }
            }
        } catch (IOException closed) {
            // By us: what was not heard of is missed in the result.
            LOG.debug("The feed ended", closed);
        }
    }

    /** @throws IllegalStateException with the hub's words when it does not answer 200 */
    JsonNode expect(String method, String path, JsonNode body) {
        Reply reply = call(method, path, body).join();
        if (reply.status() != 200) {
            throw new IllegalStateException(
                    method + " " + path + " is answered " + reply.status() + ": " + reply.body());
        }
        return reply.body();
    }

    private static JsonNode read(HttpResponse<String> answer) {
        try {
            return answer.headers().firstValue("content-type").orElse("").contains("json")
                    ? JSON.readTree(answer.body())
                    : NullNode.getInstance();
        } catch (IOException e) {
            throw new IllegalStateException("The hub's answer is no JSON: " + answer.body(), e);
        }
    }

    private static HttpRequest.Builder request(int port, String method, String path, JsonNode body) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                .timeout(Duration.ofSeconds(30))
                .header("Content-Type", "application/json")
                .method(
                        method,
                        body == null
                                ? HttpRequest.BodyPublishers.noBody()
                                : HttpRequest.BodyPublishers.ofString(body.toString()));
    }
}
