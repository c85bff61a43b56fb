package io.tsunagi.chaos;

import com.fasterxml.jackson.databind.JsonNode;
import io.tsunagi.bench.HubProgram;
import io.tsunagi.bench.Program;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/** The LINE simulator as a process of its own, with redelivery on: it repeats what is not answered 2xx. */
final class Line implements AutoCloseable {
    private static final int ATTEMPTS = 6;
    private static final int BACKOFF_MILLIS = 500;

    /**
     * What became of one event's webhooks.
     *
     * @param at LINE's time, milliseconds
     * @param accepted when it was first answered 2xx; null when never
     */
    record Posted(
            long number,
            String eventId,
            String messageId,
            String user,
            long at,
            int posts,
            int acceptedPosts,
            Instant firstPosted,
            Instant accepted) {}

    /** A bubble of the account on a customer's phone. */
    record Shown(String requestId, String text) {}

    private final int port = HubProgram.freePort();
    private final Json control;
    private final Program program;

    /** @param hub where its webhooks go */
    Line(Path folder, List<Path> jars, URI hub) throws IOException {
        control = new Json(URI.create("http://127.0.0.1:" + port));
        program = Program.start(
                folder.toAbsolutePath(),
                "line.log",
                Map.of(),
                List.of(
                        Program.java().toString(),
                        "-Xmx1g",
                        "-XX:+UseSerialGC",
                        "-cp",
                        Salesforce.classPath(jars),
                        "io.tsunagi.sandbox.line.LineSimulatorMain",
                        String.valueOf(port),
                        hub.toString()));
        Await.until("the LINE simulator answers", Duration.ofSeconds(60), () -> {
            program.assertRunning();
            return control.answers("/sandbox/settings");
        });
        control.call(
                "PUT",
                "/sandbox/settings",
                Map.of(
                        "redelivery",
                        true,
                        "redeliveryAttempts",
                        ATTEMPTS,
                        "redeliveryBackoffMillis",
                        BACKOFF_MILLIS,
                        "quota",
                        -1));
    }

    int port() {
        return port;
    }

    Json control() {
        return control;
    }

    CompletableFuture<JsonNode> write(String user, Map<String, ?> message) {
        return control.soon("POST", "/sandbox/users/" + user + "/messages", message);
    }

    /** Posts an event so often at the same time. */
    CompletableFuture<JsonNode> post(String eventId, int times) {
        return control.soon(
                "POST",
                "/sandbox/webhooks",
                Map.of("account", HubProgram.ACCOUNT, "events", List.of(eventId), "times", times));
    }

    CompletableFuture<JsonNode> redeliver(Posted event) {
        return control.soon(
                "POST",
                "/sandbox/users/" + event.user() + "/redeliver",
                Map.of("account", HubProgram.ACCOUNT, "webhookEventId", event.eventId()));
    }

    /** Replaces what goes wrong. */
    void faults(Object faults) {
        control.call("PUT", "/sandbox/faults", faults);
    }

    void noFaults() {
        control.call("DELETE", "/sandbox/faults", null);
    }

    /** Gives what became of the events after number {@code after}, in the order of their first posts. */
    List<Posted> posts(long after) {
        List<Posted> posts = new ArrayList<>();
        control.call("GET", "/sandbox/posts?after=" + after, null)
                .forEach(line -> posts.add(new Posted(
                        line.path("n").asLong(),
                        line.path("webhookEventId").asText(),
                        line.path("messageId").asText(),
                        line.path("userId").asText(),
                        line.path("timestamp").asLong(),
                        line.path("posts").asInt(),
                        line.path("accepted").asInt(),
                        Instant.parse(line.path("firstPostedAt").asText()),
                        line.has("acceptedAt")
                                ? Instant.parse(line.path("acceptedAt").asText())
                                : null)));
        return posts;
    }

    /** Gives the number of the newest event that was posted; 0 when there is none. */
    long lastPost() {
        List<Posted> posts = posts(0);
        return posts.isEmpty() ? 0 : posts.get(posts.size() - 1).number();
    }

    /** What these customers' phones show of the account, oldest first. */
    Map<String, List<Shown>> phones(Collection<String> users) {
        Map<String, CompletableFuture<JsonNode>> asked = new LinkedHashMap<>();
        users.forEach(user -> asked.put(
                user, control.soon("GET", "/sandbox/users/" + user + "/chat?account=" + HubProgram.ACCOUNT, null)));
        Map<String, List<Shown>> phones = new LinkedHashMap<>();
        asked.forEach((user, chat) -> {
            List<Shown> shown = new ArrayList<>();
            chat.join().forEach(bubble -> {
                if (bubble.path("from").asText().equals("account")) {
                    shown.add(new Shown(
                            bubble.path("requestId").asText(),
                            bubble.path("text").asText()));
                }
            });
            phones.put(user, shown);
        });
        return phones;
    }

    /** Every call of the API after call number {@code after}. */
    JsonNode calls(long after) {
        return control.call("GET", "/sandbox/calls?after=" + after, null);
    }

    @Override
    public void close() {
        program.close();
    }
}
