package io.tsunagi.scenario;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Base64;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** Posts webhooks byte by byte as a test wants them, signed without the hub's or the simulator's help. */
final class Webhook {
    static final String MAIN = "sandbox-main-secret";
    static final ObjectMapper JSON = new ObjectMapper();

    private static final HttpClient HTTP = HttpClient.newHttpClient();

    private Webhook() {}

    static String sign(String secret, byte[] body) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(secret.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
            return Base64.getEncoder().encodeToString(mac.doFinal(body));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Posts a rightly signed body; gives the status. */
    static int post(TestHub hub, String body) {
        return post(hub, body.getBytes(StandardCharsets.UTF_8));
    }

    static int post(TestHub hub, byte[] body) {
        return post(hub, "main", body, sign(MAIN, body), "application/json; charset=utf-8");
    }

    static int post(TestHub hub, String account, byte[] body, String signature, String contentType) {
        return postSoon(hub, account, body, signature, contentType).join();
    }

    static CompletableFuture<Integer> postSoon(TestHub hub, byte[] body) {
        return postSoon(hub, "main", body, sign(MAIN, body), "application/json");
    }

    static CompletableFuture<Integer> postSoon(
            TestHub hub, String account, byte[] body, String signature, String contentType) {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(hub.base() + "/line/" + account))
                .POST(HttpRequest.BodyPublishers.ofByteArray(body));
        if (signature != null) {
            request.header("x-line-signature", signature);
        }
        if (contentType != null) {
            request.header("Content-Type", contentType);
        }
        return HTTP.sendAsync(request.build(), HttpResponse.BodyHandlers.discarding())
                .thenApply(HttpResponse::statusCode);
    }

    static String get(String address) {
        try {
            return HTTP.send(HttpRequest.newBuilder(URI.create(address)).build(), HttpResponse.BodyHandlers.ofString())
                    .body();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    static ObjectNode event(String user, String type) {
        ObjectNode event = JSON.createObjectNode();
        event.put("type", type);
        event.put("mode", "active");
        event.put("timestamp", System.currentTimeMillis());
        event.putObject("source").put("type", "user").put("userId", user);
        event.put(
                "webhookEventId",
                "01" + UUID.randomUUID().toString().replace("-", "").toUpperCase(java.util.Locale.ROOT));
        event.putObject("deliveryContext").put("isRedelivery", false);
        return event;
    }

    static ObjectNode text(String user, String text) {
        ObjectNode event = event(user, "message");
        event.put("replyToken", UUID.randomUUID().toString().replace("-", ""));
        event.putObject("message")
                .put("type", "text")
                .put("id", "5" + Math.abs(UUID.randomUUID().getMostSignificantBits()))
                .put("text", text);
        return event;
    }

    static byte[] body(Object... events) {
        StringBuilder body = new StringBuilder("{\"destination\":\"U00000000000000000000000000000a11\",\"events\":[");
        for (int i = 0; i < events.length; i++) {
            body.append(i == 0 ? "" : ",").append(events[i]);
        }
        return body.append("]}").toString().getBytes(StandardCharsets.UTF_8);
    }
}
