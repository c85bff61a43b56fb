package io.tsunagi.scenario;

import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.CookieManager;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Predicate;

/** Somebody who uses the console's API as the screen does: signed in, with cookie and CSRF token. */
final class Operator {
    static final String PASSWORD = "sandbox-password-1";

    private static final ObjectMapper JSON = new ObjectMapper();

    private final HttpClient http =
            HttpClient.newBuilder().cookieHandler(new CookieManager()).build();
    private final String base;
    private final JsonNode me;

    Operator(String base, String name) {
        this.base = base;
        this.me = expect(200, call("POST", "/api/sign-in", Map.of("name", name, "password", PASSWORD)));
    }

    JsonNode me() {
        return me;
    }

    record Reply(int status, JsonNode body) {}

    JsonNode get(String path) {
        return expect(200, call("GET", path, null));
    }

    JsonNode put(String path, Object body) {
        return expect(200, call("PUT", path, body));
    }

    Reply post(String path, Object body) {
        return call("POST", path, body);
    }

    Reply call(String method, String path, Object body) {
        return call(URI.create(base + path), method, contentType(path, body), body);
    }

    private Reply call(URI at, String method, String type, Object body) {
        try {
            HttpRequest.Builder request =
                    HttpRequest.newBuilder(at).header("Content-Type", type).method(method, publisher(body));
            if (me != null) {
                request.header("X-Csrf-Token", me.path("csrf").asText());
            }
            HttpResponse<String> answer = http.send(request.build(), HttpResponse.BodyHandlers.ofString());
            boolean isJson =
                    answer.headers().firstValue("Content-Type").orElse("").startsWith("application/json");
            return new Reply(
                    answer.statusCode(),
                    isJson
                            ? JSON.readTree(answer.body())
                            : JSON.getNodeFactory().nullNode());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private static HttpRequest.BodyPublisher publisher(Object body) throws IOException {
        if (body instanceof byte[] bytes) {
            return HttpRequest.BodyPublishers.ofByteArray(bytes);
        }
        return body == null
                ? HttpRequest.BodyPublishers.noBody()
                : HttpRequest.BodyPublishers.ofString(JSON.writeValueAsString(body));
    }

    private static String contentType(String path, Object body) {
        return !(body instanceof byte[]) ? "application/json" : path.endsWith("/videos") ? "video/mp4" : "image/jpeg";
    }

    /** Uploads a picture's or video's file; gives what is known of it. */
    JsonNode upload(String path, byte[] file) {
        return expect(201, call("POST", path, file));
    }

    /** Gets bytes, such as a picture. */
    byte[] bytes(String path) {
        HttpResponse<byte[]> answer = ask(HttpRequest.newBuilder(URI.create(base + path)));
        if (answer.statusCode() != 200) {
            throw new AssertionError("Answered " + answer.statusCode());
        }
        return answer.body();
    }

    /** Asks for a part of a medium, as a player of videos does. */
    HttpResponse<byte[]> part(String path, String range) {
        return ask(HttpRequest.newBuilder(URI.create(base + path)).header("Range", range));
    }

    private HttpResponse<byte[]> ask(HttpRequest.Builder request) {
        try {
            return http.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** Gives the status of an address beside the API, such as a tool's, asked with this person's cookie. */
    int look(URI at) {
        return ask(HttpRequest.newBuilder(at)).statusCode();
    }

    /** Asks Jolokia on the port for operations and gives its answer, whose own status says what came of it. */
    JsonNode jmx(String management, Map<String, ?> request) {
        return expect(200, askJmx(management, request));
    }

    Reply askJmx(String management, Map<String, ?> request) {
        return call(URI.create(management + "/observe/jolokia"), "POST", "application/json", request);
    }

    private static JsonNode expect(int status, Reply reply) {
        if (reply.status() != status) {
            throw new AssertionError("Answered " + reply.status() + ": " + reply.body());
        }
        return reply.body();
    }

    JsonNode workspace() {
        return get("/api/workspace");
    }

    /** Waits until the operator has an inquiry of the customer of this display name; gives its id. */
    String awaitInquiry(String customer) {
        return await("an inquiry of " + customer)
                .atMost(TestHub.PATIENCE)
                .until(
                        () -> {
                            for (JsonNode slot : workspace().path("slots")) {
                                if (slot.path("customer").path("name").asText().equals(customer)) {
                                    return slot.path("id").asText();
                                }
                            }
                            return null;
                        },
                        id -> id != null);
    }

    JsonNode inquiry(String inquiry) {
        return get("/api/inquiries/" + inquiry);
    }

    /** Does something with an inquiry that must succeed; gives the inquiry as it is then. */
    JsonNode act(String inquiry, String act, Object body) {
        return expect(200, post("/api/inquiries/" + inquiry + "/" + act, body));
    }

    /** Waits until the transcript shows a message that fits. */
    JsonNode awaitMessage(String inquiry, Predicate<JsonNode> fits) {
        return await("a message in the transcript")
                .atMost(TestHub.PATIENCE)
                .until(
                        () -> {
                            for (JsonNode message : messages(inquiry)) {
                                if (fits.test(message)) {
                                    return message;
                                }
                            }
                            return null;
                        },
                        found -> found != null);
    }

    JsonNode messages(String inquiry) {
        return get("/api/inquiries/" + inquiry + "/messages").path("messages");
    }

    /** Writes a draft and sends it as the screen does, having seen everything. */
    Reply say(String inquiry, String text) {
        return say(inquiry, text, null);
    }

    Reply say(String inquiry, String text, Map<String, String> sticker) {
        JsonNode before = get("/api/inquiries/" + inquiry + "/draft");
        Map<String, Object> draft = new HashMap<>();
        draft.put("text", text);
        draft.put("sticker", sticker);
        draft.put("version", before.path("version").asLong());
        JsonNode saved = put("/api/inquiries/" + inquiry + "/draft", draft);
        return send(inquiry, saved.path("version").asLong(), newest(inquiry), UUID.randomUUID());
    }

    int newest(String inquiry) {
        JsonNode messages = messages(inquiry);
        return messages.path(messages.size() - 1).path("seq").asInt();
    }

    Reply send(String inquiry, long draftVersion, int seen, UUID press) {
        return post(
                "/api/inquiries/" + inquiry + "/send",
                Map.of("clientId", press.toString(), "draftVersion", draftVersion, "seenSeq", seen));
    }

    /** Sends the draft although the customer wrote since it was begun, having seen that. */
    Reply sendAllTheSame(String inquiry) {
        return post(
                "/api/inquiries/" + inquiry + "/send",
                Map.of(
                        "clientId",
                        UUID.randomUUID().toString(),
                        "draftVersion",
                        get("/api/inquiries/" + inquiry + "/draft")
                                .path("version")
                                .asLong(),
                        "seenSeq",
                        newest(inquiry),
                        "confirm",
                        List.of("newer-message")));
    }
}
