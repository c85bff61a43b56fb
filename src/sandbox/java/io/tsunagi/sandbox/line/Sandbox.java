package io.tsunagi.sandbox.line;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/** Everything that can be done at the sandbox from outside, whether over HTTP or from Java. Safe for many threads. */
final class Sandbox {
    private static final Webhooks.Attempt HELD = new Webhooks.Attempt(0, 0, "held");

    private final Platform platform;
    private final Webhooks webhooks;
    private final Faults faults;
    private final CallLog calls;
    private final Stream stream;
    private final OpenedPages pages = new OpenedPages();

    Sandbox(Platform platform, Webhooks webhooks, Faults faults, CallLog calls, Stream stream) {
        this.platform = platform;
        this.webhooks = webhooks;
        this.faults = faults;
        this.calls = calls;
        this.stream = stream;
    }

    Platform platform() {
        return platform;
    }

    Faults faults() {
        return faults;
    }

    CallLog calls() {
        return calls;
    }

    /** What became of each event's webhooks. */
    WebhookLog posts() {
        return webhooks.log();
    }

    Stream stream() {
        return stream;
    }

    CompletableFuture<Sent> write(String userId, JsonNode body) {
        return deliver(platform.write(userId, body), body);
    }

    CompletableFuture<Sent> happen(String userId, JsonNode body) {
        return deliver(platform.happen(userId, body), body);
    }

    /** Somebody answers the customer on LINE's own screen: {@code text}. */
    CompletableFuture<ObjectNode> manager(String userId, JsonNode body) {
        Delivery taken = platform.manager(userId, body);
        if (taken == null) {
            return CompletableFuture.completedFuture(Json.object());
        }
        return webhooks.deliver(taken.account(), List.of(taken))
                .thenApply(attempt -> Sent.of(taken, attempt).json());
    }

    private CompletableFuture<Sent> deliver(Delivery delivery, JsonNode body) {
        if (!body.path("deliver").asBoolean(true)) {
            return CompletableFuture.completedFuture(Sent.of(delivery, HELD));
        }
        return webhooks.deliver(delivery.account(), List.of(delivery)).thenApply(attempt -> Sent.of(delivery, attempt));
    }

    CompletableFuture<Sent> redeliver(String userId, JsonNode body) {
        Delivery delivery = platform.made(
                Json.text(body, "account").orElse(null),
                userId,
                Json.text(body, "webhookEventId").orElse(null));
        return webhooks.redeliver(delivery).thenApply(attempt -> Sent.of(delivery, attempt));
    }

    /** The customer taps the button with this label: a message, a postback, or a page that would open. */
    CompletableFuture<ObjectNode> tap(String userId, JsonNode body) {
        String account =
                platform.account(Json.text(body, "account").orElse(null)).name();
        String label = Json.text(body, "label").orElseThrow(() -> new Refusal(400, "A tap needs the label"));
        ObjectNode action = platform.button(account, userId, label);
        String type = action.path("type").asText();
        switch (type) {
            case "message" -> {
                return write(userId, said(account, action.path("text").asText()))
                        .thenApply(Sent::json);
            }
            case "postback", "datetimepicker" -> {
                ObjectNode postback = Json.object()
                        .put("account", account)
                        .put("type", "postback")
                        .put("data", action.path("data").asText());
                Json.text(action, "displayText").ifPresent(text -> postback.put("displayText", text));
                if (body.has("params")) {
                    postback.set("params", body.get("params"));
                } else if (type.equals("datetimepicker")) {
                    throw new Refusal(400, "A date picker needs params");
                }
                CompletableFuture<Sent> sent = happen(userId, postback);
                if (action.has("text")) {
                    return sent.thenCompose(first -> write(
                                    userId, said(account, action.path("text").asText()))
                            .thenApply(second -> first.json()));
                }
                return sent.thenApply(Sent::json);
            }
            default -> {
                return opened(account, action);
            }
        }
    }

    private CompletableFuture<ObjectNode> opened(String account, ObjectNode action) {
        ObjectNode tapped = Json.object();
        tapped.set("opens", action);
        URI page = action.has("uri") ? URI.create(action.path("uri").asText()) : null;
        boolean ofHub = page != null
                && platform.webhook(account)
                        .filter(hook -> OpenedPages.ofHub(page, hook))
                        .isPresent();
        if (!ofHub) {
            return CompletableFuture.completedFuture(tapped);
        }
        return pages.open(page, platform.account(account).language()).thenApply(shown -> tapped.set("page", shown));
    }

    private static ObjectNode said(String account, String text) {
        return Json.object().put("account", account).put("type", "text").put("text", text);
    }

    /**
     * Posts a webhook with full control over its bytes: {@code events} (ids of events made before, or whole events) or
     * {@code body} (any string), {@code signature} ({@code valid}, {@code wrong}, {@code missing} or the value itself),
     * {@code headers}, {@code times}.
     */
    CompletableFuture<ObjectNode> post(JsonNode wanted) {
        LineSimulator.Account account =
                platform.account(Json.text(wanted, "account").orElse(null));
        byte[] bytes;
        List<JsonNode> events = new ArrayList<>();
        if (wanted.path("body").isTextual()) {
            bytes = wanted.path("body").textValue().getBytes(StandardCharsets.UTF_8);
        } else {
            wanted.path("events")
                    .forEach(event -> events.add(
                            event.isTextual()
                                    ? platform.made(null, null, event.textValue())
                                            .event()
                                    : event));
            platform.leaving(events);
            bytes = webhooks.body(account.name(), events);
        }
        String signature = Json.text(wanted, "signature").orElse("valid");
        Map<String, String> headers = new LinkedHashMap<>();
        switch (signature) {
            case "valid" -> headers.put("x-line-signature", Signature.of(bytes, account.channelSecret()));
            case "wrong" -> headers.put("x-line-signature", Signature.of(bytes, "not " + account.channelSecret()));
            case "missing" -> headers.remove("x-line-signature");
            default -> headers.put("x-line-signature", signature);
        }
        wanted.path("headers")
                .fields()
                .forEachRemaining(
                        field -> headers.put(field.getKey(), field.getValue().asText()));
        int times = wanted.path("times").asInt(1);
        if (times < 1 || times > 1_000) {
            throw new Refusal(400, "times must be between 1 and 1000");
        }
        List<CompletableFuture<Webhooks.Attempt>> attempts = new ArrayList<>();
        for (int i = 0; i < times; i++) {
            attempts.add(webhooks.post(account.name(), bytes, events, headers));
        }
        return CompletableFuture.allOf(attempts.toArray(CompletableFuture[]::new))
                .thenApply(all -> {
                    ObjectNode answer = Json.object();
                    ArrayNode list = answer.putArray("attempts");
                    attempts.stream().map(CompletableFuture::join).forEach(attempt -> list.addObject()
                            .put("status", attempt.status())
                            .put("millis", attempt.millis())
                            .put("reason", attempt.reason()));
                    return answer;
                });
    }

    ArrayNode accountsJson() {
        ArrayNode list = Json.array();
        for (LineSimulator.Account account : platform.accounts()) {
            ObjectNode one = list.addObject()
                    .put("account", account.name())
                    .put("displayName", account.displayName())
                    .put("language", account.language())
                    .put("destination", account.destination());
            platform.webhook(account.name()).ifPresent(uri -> one.put("webhook", uri.toString()));
        }
        return list;
    }

    ObjectNode stats(String accountName, String userId) {
        LineSimulator.Account account = platform.account(accountName);
        ObjectNode stats = Json.object().put("account", account.name());
        stats.set("webhooks", webhooks.stats());
        stats.putObject("quota")
                .put("used", platform.used(account.name()))
                .put("value", platform.settings().quota());
        stats.put("sameTwice", platform.sameTwice());
        if (userId != null) {
            platform.replyTokenUntil(account.name(), userId)
                    .ifPresent(until -> stats.put("replyTokenUntil", until.toString()));
        }
        return stats.put("now", platform.now().toString());
    }

    void reset() {
        webhooks.reset();
        faults.clear();
        calls.clear();
        platform.reset();
        changed("reset");
    }

    void changed(String what) {
        stream.tell(Json.object().put("kind", what));
    }
}
