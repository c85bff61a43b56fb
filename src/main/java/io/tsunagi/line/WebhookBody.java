package io.tsunagi.line;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.tsunagi.inquiry.CardNumbers;
import io.tsunagi.store.Ledger;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.function.UnaryOperator;

/**
 * Takes a webhook body apart into the events it carries, in one pass over its bytes. New event types, message types and
 * properties are normal (LINE announces none of them); an event that is no object is skipped, because there is nothing
 * in it. What becomes a column is checked, so that one odd event cannot keep its neighbours from being stored.
 *
 * <p>An event is kept byte for byte, but for card numbers and what the rules of {@code config/sensitive.yaml} name in
 * what a customer can write, which are masked in the decoded value, so that no way of escaping a digit hides one. Ids,
 * tokens and timestamps are never looked at: one in ten of LINE's ids passes the Luhn check. Safe for many threads.
 */
final class WebhookBody {
    private static final int LONGEST_TYPE = 40;
    private static final int LONGEST_SOURCE = 128;

    /** Types that begin so are the hub's own events; LINE has none of them. */
    private static final String OWN = "hub-";

    private final JsonFactory json = new JsonFactory();
    private final UnaryOperator<String> mask;

    /** @param mask hides what must not be kept in what a customer wrote; gives the same object when there is nothing of it */
    WebhookBody(UnaryOperator<String> mask) {
        this.mask = mask;
    }

    /**
     * @param now stands in where an event has no usable timestamp
     * @throws IOException when the body is no JSON object in UTF-8 with an array of events
     */
    List<Ledger.Arrival> events(String account, byte[] body, Instant now) throws IOException {
        List<Ledger.Arrival> arrivals = new ArrayList<>(1);
        requireUtf8(body);
        boolean found = false;
        try (JsonParser parser = json.createParser(body)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                throw new IOException("The body is no JSON object");
            }
            if (parser.currentTokenLocation().getByteOffset() < 0) {
                throw new IOException("The body is not UTF-8");
            }
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                String field = parser.currentName();
                if (parser.nextToken() == JsonToken.START_ARRAY && field.equals("events")) {
                    found = true;
                    for (JsonToken token = parser.nextToken();
                            token != JsonToken.END_ARRAY;
                            token = parser.nextToken()) {
                        if (token == JsonToken.START_OBJECT) {
                            arrivals.add(new Event(parser, body, mask).read(account, now));
                        } else {
                            parser.skipChildren();
                        }
                    }
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

    /**
     * The parser alone would let some through: it knows a field's name that it has met again by its four bytes, and
     * fills up shorter names with {@code 0xff}.
     */
    private static void requireUtf8(byte[] body) throws IOException {
        try {
            StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(body));
        } catch (CharacterCodingException e) {
            throw new IOException("The body is not UTF-8", e);
        }
    }

    /** One event under the parser, which stands at its beginning. */
    private static final class Event {
        private final JsonParser parser;
        private final UnaryOperator<String> mask;
        private final byte[] body;
        private final int start;
        private String id;
        private String type = "unknown";
        private String group;
        private String room;
        private String user;
        private long timestamp;
        /** What was masked so far: the event up to {@code written}; null while nothing was. */
        private ByteArrayOutputStream masked;

        private int written;

        private Event(JsonParser parser, byte[] body, UnaryOperator<String> mask) {
            this.mask = mask;
            this.parser = parser;
            this.body = body;
            this.start = (int) parser.currentTokenLocation().getByteOffset();
        }

        private Ledger.Arrival read(String account, Instant now) throws IOException {
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                String field = parser.currentName();
                JsonToken value = parser.nextToken();
                switch (field) {
                    case "webhookEventId" -> id = value == JsonToken.VALUE_STRING ? parser.getText() : id;
                    case "type" -> type = value == JsonToken.VALUE_STRING ? typeOf(parser.getText()) : type;
                    case "timestamp" -> timestamp = value == JsonToken.VALUE_NUMBER_INT ? number() : timestamp;
                    case "source" -> source(value);
                    case "message" -> message(value);
                    case "postback" -> postback(value);
                    default -> {
                        // Kept, not looked at.
                    }
                }
                parser.skipChildren();
            }
            int end = (int) parser.currentLocation().getByteOffset();
            byte[] kept = kept(end);
            String source = group != null ? group : room != null ? room : user;
            String kind = group != null ? "group" : room != null ? "room" : user != null ? "user" : "account";
            return new Ledger.Arrival(
                    account,
                    id == null || id.isEmpty() ? hash(end) : id,
                    kind,
                    source == null ? account : source,
                    type,
                    timestamp > 0 && timestamp < now.toEpochMilli() + 86_400_000
                            ? Instant.ofEpochMilli(timestamp)
                            : now,
                    kept);
        }

        private long number() throws IOException {
            return parser.getNumberType() == JsonParser.NumberType.BIG_INTEGER ? 0 : parser.getLongValue();
        }

        private void source(JsonToken value) throws IOException {
            if (value != JsonToken.START_OBJECT) {
                return;
            }
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                String field = parser.currentName();
                String id = parser.nextToken() == JsonToken.VALUE_STRING ? sourceOf(parser.getText()) : null;
                switch (field) {
                    case "groupId" -> group = id;
                    case "roomId" -> room = id;
                    case "userId" -> user = id;
                    default -> {
                        // The kind of a source is told by the id that is there.
                    }
                }
                parser.skipChildren();
            }
        }

        private void message(JsonToken value) throws IOException {
            if (value != JsonToken.START_OBJECT) {
                return;
            }
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                String field = parser.currentName();
                JsonToken token = parser.nextToken();
                switch (field) {
                    case "text", "fileName", "title", "address" -> hide(token, mask);
                    case "keywords" -> {
                        if (token == JsonToken.START_ARRAY) {
                            for (JsonToken word = parser.nextToken();
                                    word != JsonToken.END_ARRAY;
                                    word = parser.nextToken()) {
                                hide(word, mask);
                                parser.skipChildren();
                            }
                        }
                    }
                    default -> {
                        // Ids, tokens, positions.
                    }
                }
                parser.skipChildren();
            }
        }

        private void postback(JsonToken value) throws IOException {
            if (value != JsonToken.START_OBJECT) {
                return;
            }
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                String field = parser.currentName();
                JsonToken token = parser.nextToken();
                // The account's own words, such as "pin=1", which no rule may change; card numbers stay nowhere.
                if (field.equals("data")) {
                    hide(token, CardNumbers::mask);
                }
                parser.skipChildren();
            }
        }

        /** Looks at a value a customer wrote, and replaces it where it holds what must not be kept. */
        private void hide(JsonToken value, UnaryOperator<String> mask) throws IOException {
            if (value != JsonToken.VALUE_STRING) {
                return;
            }
            String text = parser.getText();
            String safe = mask.apply(text);
            if (safe != text) {
                int from = (int) parser.currentTokenLocation().getByteOffset();
                if (masked == null) {
                    masked = new ByteArrayOutputStream();
                    written = start;
                }
                masked.write(body, written, from - written);
                masked.writeBytes(quoted(safe));
                written = (int) parser.currentLocation().getByteOffset();
            }
        }

        private byte[] kept(int end) {
            if (masked == null) {
                return Arrays.copyOfRange(body, start, end);
            }
            masked.write(body, written, end - written);
            return masked.toByteArray();
        }

        /** Old or foreign senders may leave the id out; the same bytes are then the same event. */
        private String hash(int end) {
            try {
                MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
                sha256.update(body, start, end - start);
                return "sha256:" + HexFormat.of().formatHex(sha256.digest());
            } catch (NoSuchAlgorithmException e) {
                throw new IllegalStateException("Every JDK has SHA-256", e);
            }
        }
    }

    private static String typeOf(String type) {
        boolean odd = type.isEmpty()
                || type.length() > LONGEST_TYPE
                || type.startsWith(OWN)
                || !type.chars().allMatch(WebhookBody::isWordSign);
        return odd ? "unknown" : type;
    }

    private static boolean isWordSign(int c) {
        return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '-';
    }

    /** Gives the id of a user, group or room; null when it is none. */
    private static String sourceOf(String id) {
        boolean odd =
                id.isEmpty() || id.length() > LONGEST_SOURCE || !id.chars().allMatch(c -> c > ' ' && c < 0x7f);
        return odd ? null : id;
    }

    /** Writes a JSON string; half a surrogate pair can only be written escaped. */
    private static byte[] quoted(String text) {
        StringBuilder json = new StringBuilder(text.length() + 2).append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c < ' ' || c == '"' || c == '\\' || Character.isSurrogate(c)) {
                json.append(String.format(Locale.ROOT, "\\u%04x", (int) c));
            } else {
                json.append(c);
            }
        }
        return json.append('"').toString().getBytes(StandardCharsets.UTF_8);
    }
}
