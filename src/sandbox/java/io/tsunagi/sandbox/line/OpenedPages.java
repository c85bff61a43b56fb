package io.tsunagi.sandbox.line;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;

/**
 * Opens pages of the hub as a phone's browser does, and presses the button of a page that is a form: where that sends it is
 * told, not followed.
 */
final class OpenedPages {
    private final HttpClient client =
            HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(2)).build();

    /** Opens a page; gives its status, where it sends on ({@code location}) or what it says ({@code text}). */
    CompletableFuture<ObjectNode> open(URI page, String language) {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(page).timeout(Duration.ofSeconds(20)).header("Accept-Language", language);
        return send(request.build())
                .thenCompose(answer -> answer.body().contains("<form method=\"post\">")
                        ? send(request.POST(HttpRequest.BodyPublishers.noBody())
                                .header("Content-Type", "application/x-www-form-urlencoded")
                                .build())
                        : CompletableFuture.completedFuture(answer))
                .thenApply(OpenedPages::shown);
    }

    private CompletableFuture<HttpResponse<String>> send(HttpRequest request) {
        return client.sendAsync(request, HttpResponse.BodyHandlers.ofString());
    }

    private static ObjectNode shown(HttpResponse<String> answer) {
        ObjectNode shown = Json.object().put("status", answer.statusCode());
        answer.headers().firstValue("location").ifPresent(to -> shown.put("location", to));
        return shown.put(
                "text",
                answer.body()
                        .replaceAll("(?s)<head>.*?</head>", "")
                        .replaceAll("<[^>]+>", " ")
                        .strip());
    }

    /** Only pages of the hub itself are opened: of others the phone says what it would open. */
    static boolean ofHub(URI page, URI webhook) {
        return page.getHost() != null
                && page.getHost().equals(webhook.getHost())
                && page.getPort() == webhook.getPort()
                && String.valueOf(page.getScheme()).matches("https?");
    }
}
