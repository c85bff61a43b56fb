package io.tsunagi.line;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.IntNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import io.tsunagi.inquiry.CardNumbers;
import io.tsunagi.store.Ledger;
import io.tsunagi.store.LedgerEvent;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/** Makes events to try routes with: of webhook bodies that somebody wrote, and of those that came, without their words. */
public final class SampleEvents {
    private static final ObjectMapper JSON = new ObjectMapper();

    /** What says what kind of thing an event is; all other words of an event that came are replaced. */
    private static final Set<String> KEPT = Set.of("type", "mode", "stickerResourceType", "packageId", "stickerId");

    /** What tells things apart; each gets another name, the same one everywhere in a body. */
    private static final Set<String> IDS = Set.of(
            "id",
            "userId",
            "groupId",
            "roomId",
            "webhookEventId",
            "messageId",
            "quotedMessageId",
            "replyToken",
            "quoteToken",
            "markAsReadToken");

    /** Numbers that say where somebody is. */
    private static final Set<String> PLACES = Set.of("latitude", "longitude");

    private SampleEvents() {}

    /**
     * Gives the events of a webhook's body with other ids, as of people and messages that nobody has seen yet.
     *
     * @throws IOException when the body is no JSON object with an array of events
     */
    public static List<Ledger.Arrival> arrivals(String account, byte[] body, Instant now) throws IOException {
        JsonNode tree = JSON.readTree(body);
        if (!(tree.path("events") instanceof ArrayNode events)) {
            throw new IOException("A sample is a webhook's body: {\"events\": […]}");
        }
        Map<String, String> names = new HashMap<>();
        int at = 0;
        for (JsonNode event : events) {
            if (event instanceof ObjectNode object) {
                object.put("timestamp", now.toEpochMilli() + at++);
                object.put("webhookEventId", UUID.randomUUID().toString());
                rename(object, names);
            }
        }
        return new ArrayList<>(
                new WebhookBody(CardNumbers::mask).events(account, JSON.writeValueAsBytes(tree), now.plusSeconds(60)));
    }

    private static void rename(JsonNode node, Map<String, String> names) {
        if (node instanceof ObjectNode object) {
            object.properties().forEach(field -> {
                if (IDS.contains(field.getKey()) && field.getValue().isTextual()) {
                    String old = field.getValue().asText();
                    field.setValue(new TextNode(names.computeIfAbsent(
                            field.getKey().endsWith("serId") ? "u" + old : old, other -> other(old))));
                } else {
                    rename(field.getValue(), names);
                }
            });
        } else {
            node.forEach(item -> rename(item, names));
        }
    }

    /** Keeps the form: LINE's user ids are U and 32 hexadecimal digits, its message ids are digits. */
    private static String other(String id) {
        String random = UUID.randomUUID().toString().replace("-", "");
        if (id.matches("[UCR][0-9a-f]{32}")) {
            return id.charAt(0) + random;
        }
        return id.matches("\\d+") ? String.valueOf(Math.abs(UUID.randomUUID().getMostSignificantBits())) : random;
    }

    /** Gives the body of a webhook with this event, every word in it replaced by filler of its length, every place by 0, 0. */
    public static byte[] body(LedgerEvent event) {
        try {
            JsonNode tree = JSON.readTree(event.json());
            fill(tree);
            return JSON.writeValueAsBytes(Map.of("events", List.of(tree)));
        } catch (IOException e) {
            throw new UncheckedIOException("Event " + event.id() + " cannot be read", e);
        }
    }

    private static void fill(JsonNode node) {
        if (node instanceof ObjectNode object) {
            object.properties().forEach(field -> {
                JsonNode value = field.getValue();
                if (PLACES.contains(field.getKey())) {
                    field.setValue(new IntNode(0));
                } else if (!value.isTextual()) {
                    fill(value);
                } else if (IDS.contains(field.getKey())) {
                    field.setValue(new TextNode(other(value.asText())));
                } else if (!KEPT.contains(field.getKey())) {
                    field.setValue(new TextNode(filler(value.asText())));
                }
            });
        } else if (node instanceof ArrayNode array) {
            for (int i = 0; i < array.size(); i++) {
                if (array.get(i).isTextual()) {
                    array.set(i, new TextNode(filler(array.get(i).asText())));
                } else {
                    fill(array.get(i));
                }
            }
        }
    }

    /** Keeps the length in UTF-16, which places of emojis and mentions count in. */
    private static String filler(String words) {
        StringBuilder filled = new StringBuilder(words.length());
        for (int i = 0; i < words.length(); i++) {
            char letter = words.charAt(i);
            filled.append(
                    Character.isDigit(letter) ? '0' : Character.isWhitespace(letter) ? ' ' : letter < 128 ? 'x' : 'あ');
        }
        return filled.toString();
    }
}
