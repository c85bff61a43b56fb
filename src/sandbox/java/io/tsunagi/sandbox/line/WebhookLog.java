package io.tsunagi.sandbox.line;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What became of each webhook event, in the order of their first posts: how often it was posted, when first, and when
 * the hub first answered 2xx. The newest {@value #KEPT} are kept. Safe for many threads.
 */
final class WebhookLog {
    static final int KEPT = 100_000;

    private final Map<String, ObjectNode> events = new LinkedHashMap<>();
    private long count;

    synchronized void posted(Collection<? extends JsonNode> leaving, String account, Instant at) {
        for (JsonNode event : leaving) {
            String id = event.path("webhookEventId").asText();
            ObjectNode line = events.computeIfAbsent(id, fresh -> line(event, account, at));
            line.put("posts", line.path("posts").asInt() + 1);
        }
        if (events.size() > KEPT) {
            var oldest = events.keySet().iterator();
            oldest.next();
            oldest.remove();
        }
    }

    private ObjectNode line(JsonNode event, String account, Instant at) {
        return Json.object()
                .put("n", ++count)
                .put("webhookEventId", event.path("webhookEventId").asText())
                .put("account", account)
                .put("userId", event.path("source").path("userId").asText())
                .put("type", event.path("type").asText())
                .put("messageId", event.path("message").path("id").asText())
                .put("timestamp", event.path("timestamp").asLong())
                .put("firstPostedAt", at.toString());
    }

    synchronized void answered(Collection<? extends JsonNode> left, int status, Instant at) {
        for (JsonNode event : left) {
            ObjectNode line = events.get(event.path("webhookEventId").asText());
            if (line == null) {
                continue; // so old that it is forgotten
            }
            line.put("lastStatus", status);
            if (status / 100 == 2) {
                line.put("accepted", line.path("accepted").asInt() + 1);
                if (!line.has("acceptedAt")) {
                    line.put("acceptedAt", at.toString());
                }
            }
        }
    }

    /** Gives what became of the events after number {@code after}. */
    synchronized List<JsonNode> list(long after) {
        return events.values().stream()
                .filter(line -> line.path("n").asLong() > after)
                .<JsonNode>map(ObjectNode::deepCopy)
                .toList();
    }

    synchronized void clear() {
        events.clear();
        count = 0;
    }
}
