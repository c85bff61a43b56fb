package io.tsunagi.line;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tsunagi.store.Ledger;
import java.io.IOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;

/**
 * Takes a webhook body apart into the events it carries, each as received. New event types, message types and properties
 * are normal (LINE announces none of them); an event that is no object is skipped, because there is nothing in it.
 */
final class WebhookBody {
    private final ObjectMapper json;
    private final CardMask mask;

    WebhookBody(ObjectMapper json) {
        this.json = json;
        this.mask = new CardMask(json);
    }

    /**
     * @param now stands in where an event has no usable timestamp
     * @throws IOException when the body is no JSON object with an array of events
     */
    List<Ledger.Arrival> events(String account, byte[] body, Instant now) throws IOException {
        List<Ledger.Arrival> arrivals = new ArrayList<>();
        boolean found = false;
        try (JsonParser parser = json.getFactory().createParser(body)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                throw new IOException("The body is no JSON object");
            }
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                String field = parser.currentName();
                JsonToken value = parser.nextToken();
                if (field.equals("events") && value == JsonToken.START_ARRAY) {
                    found = true;
                    readEvents(account, body, parser, now, arrivals);
                } else {
                    parser.skipChildren();
                }
            }
        }
        if (!found) {
            throw new IOException("The body has no events");
        }
        return arrivals;
    }

    private void readEvents(String account, byte[] body, JsonParser parser, Instant now, List<Ledger.Arrival> arrivals)
            throws IOException {
        JsonToken token;
        while ((token = parser.nextToken()) != JsonToken.END_ARRAY) {
            if (token == null) {
                throw new IOException("The body ends within its events");
            }
            int start = (int) parser.currentTokenLocation().getByteOffset();
            parser.skipChildren();
            if (token == JsonToken.START_OBJECT) {
                int end = (int) parser.currentLocation().getByteOffset();
                arrivals.add(arrival(account, Arrays.copyOfRange(body, start, end), now));
            }
        }
    }

    private Ledger.Arrival arrival(String account, byte[] asReceived, Instant now) throws IOException {
        ObjectNode event = (ObjectNode) json.readTree(asReceived);
        JsonNode source = event.path("source");
        String kind = "account";
        String lane = account;
        for (String candidate : List.of("group", "room", "user")) {
            String id = source.path(candidate + "Id").asText("");
            if (!id.isEmpty() && id.length() <= 128) {
                kind = candidate;
                lane = id;
                break;
            }
        }
        JsonNode timestamp = event.path("timestamp");
        Instant at = timestamp.canConvertToLong()
                        && timestamp.longValue() > 0
                        && timestamp.longValue() < now.plusSeconds(86_400).toEpochMilli()
                ? Instant.ofEpochMilli(timestamp.longValue())
                : now;
        return new Ledger.Arrival(
                account,
                id(event, asReceived),
                kind,
                lane,
                event.path("type").asText("unknown"),
                at,
                mask.mask(event, asReceived));
    }

    /** Old or foreign senders may leave the id out; the same bytes are then the same event. */
    private static String id(ObjectNode event, byte[] asReceived) {
        String id = event.path("webhookEventId").asText("");
        if (!id.isEmpty()) {
            return id;
        }
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(asReceived);
            return "sha256:" + HexFormat.of().formatHex(hash);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every JDK has SHA-256", e);
        }
    }
}
