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
import java.util.regex.Pattern;

/**
 * Takes a webhook body apart into the events it carries, each as received. New event types, message types and properties
 * are normal (LINE announces none of them); an event that is no object is skipped, because there is nothing in it. What
 * becomes a column is checked, so that one odd event cannot keep its neighbours from being stored.
 */
final class WebhookBody {
    private static final Pattern TYPE = Pattern.compile("[A-Za-z0-9_-]{1,40}");
    private static final Pattern SOURCE = Pattern.compile("[\\x21-\\x7e]{1,128}");

    /** Types that begin so are the hub's own events; LINE has none of them. */
    private static final String OWN = "hub-";

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
            if (parser.currentTokenLocation().getByteOffset() < 0) {
                throw new IOException("The body is not UTF-8");
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
            if (SOURCE.matcher(id).matches()) {
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
                account, id(event, asReceived), kind, lane, type(event), at, mask.mask(event, asReceived));
    }

    private static String type(ObjectNode event) {
        String type = event.path("type").asText("");
        return TYPE.matcher(type).matches() && !type.startsWith(OWN) ? type : "unknown";
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
