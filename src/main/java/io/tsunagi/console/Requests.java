package io.tsunagi.console;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.TextNode;
import io.tsunagi.access.OperatorId;
import io.tsunagi.access.Operators;
import io.tsunagi.access.Person;
import io.tsunagi.inquiry.InquiryId;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.util.UUID;
import java.util.regex.Pattern;

/** Reads the bodies of requests, and who makes them. */
final class Requests {
    /** The plane of Unicode whose characters stand for LINE's emojis in the console's draft field, and nowhere else. */
    private static final Pattern EMOJI_OF_THE_FIELD = Pattern.compile("[\\x{F0000}-\\x{FFFFF}]");

    /** What the field shows for each; as long in UTF-16 units, so that what stands behind it keeps its place. */
    private static final String SHOWN = "\ud83d\ude42";

    /** Stands for a zero, which PostgreSQL keeps in no text. */
    private static final char UNKNOWN = '\ufffd';

    /** How many UTF-16 units a note, a memo or a summary has at most. */
    static final int LONGEST_NOTE = 5000;

    private static final ObjectMapper JSON = new ObjectMapper().setNodeFactory(new JsonNodeFactory() {
        @Override
        public TextNode textNode(String text) {
            return super.textNode(
                    text == null
                            ? null
                            : EMOJI_OF_THE_FIELD
                                    .matcher(text.replace('\0', UNKNOWN))
                                    .replaceAll(SHOWN));
        }
    });

    private static final Pattern UUID_FORM =
            Pattern.compile("[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}");

    private Requests() {}

    /** Gives the person whose session the gate found. */
    static Person person(Operators operators, String caller) {
        return operators
                .find(new OperatorId(UUID.fromString(caller)))
                .orElseThrow(() -> new BadRequestException(401, "not-signed-in", "Sign in first"));
    }

    /**
     * Gives the JSON object of a body; an empty body is an empty object. A character that means something to one browser's
     * draft only, as dragged from there into a note, comes in as the sign that the field shows: nobody else could read it. A zero
     * comes in as U+FFFD.
     */
    static JsonNode read(String body) {
        try {
            JsonNode tree = JSON.readTree(body == null || body.isBlank() ? "{}" : body);
            if (tree.isObject()) {
                return tree;
            }
        } catch (JsonProcessingException e) {
            throw new BadRequestException(400, "json", "The body is not JSON: " + e.getOriginalMessage());
        }
        throw new BadRequestException(400, "json", "The body must be a JSON object");
    }

    /** Gives a line of the request without blanks around it; what is too short or too long is said under its key. */
    static String line(JsonNode request, String key, int least, int most) {
        String words = request.path(key).asText("").strip();
        if (words.length() < least || words.length() > most) {
            throw new BadRequestException(422, key, "It has " + least + " to " + most + " characters");
        }
        return words;
    }

    static boolean given(String value) {
        return value != null && !value.isBlank();
    }

    /** Gives a day, such as {@code 2026-04-01}; what is none is said under its key. */
    static LocalDate day(String key, String value) {
        try {
            return LocalDate.parse(value.strip());
        } catch (DateTimeException e) {
            throw new BadRequestException(422, key, "A day is written as in 2026-04-01");
        }
    }

    static InquiryId inquiryId(String id) {
        return new InquiryId(uuid(id, "inquiry"));
    }

    /** Gives a UUID in the one way to write it: Java's own takes shorter parts, and digits of other scripts, too. */
    static UUID uuid(String text, String what) {
        if (text == null || !UUID_FORM.matcher(text).matches()) {
            throw new BadRequestException(400, "id", "The " + what + " must be a UUID");
        }
        return UUID.fromString(text);
    }
}
