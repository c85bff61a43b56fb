package io.tsunagi.inquiry;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.List;

/**
 * The words of one message, as they are sealed. Every part may be absent.
 *
 * @param earlier what the customer wrote before editing
 * @param quoted LINE's id of the message it quotes
 * @param choices labels of the quick replies shown with it
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Content(
        String text,
        Sticker sticker,
        Place location,
        Attachment file,
        String earlier,
        String quoted,
        List<String> choices) {

    /** A sticker: LINE's ids, the words LINE gives with it, and the text on it. */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Sticker(String packageId, String stickerId, List<String> keywords, String text) {
        @Override
        public String toString() {
            return "[hidden]";
        }
    }

    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Place(String title, String address, double latitude, double longitude) {
        @Override
        public String toString() {
            return "[hidden]";
        }
    }

    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Attachment(String name, long size) {
        @Override
        public String toString() {
            return "[hidden]";
        }
    }

    private static final ObjectMapper JSON =
            new ObjectMapper().configure(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES, false);

    public static Content ofText(String text) {
        return new Content(text, null, null, null, null, null, null);
    }

    public static Content ofSticker(Sticker sticker) {
        return new Content(null, sticker, null, null, null, null, null);
    }

    public Content withChoices(List<String> labels) {
        return new Content(text, sticker, location, file, earlier, quoted, labels.isEmpty() ? null : labels);
    }

    public Content withQuoted(String lineMessageId) {
        return new Content(text, sticker, location, file, earlier, lineMessageId, choices);
    }

    /** Gives the content after the customer edited it, remembering what stood there first. */
    Content edited(String newText) {
        return new Content(newText, sticker, location, file, earlier == null ? text : earlier, quoted, choices);
    }

    /** Gives the content of an edit with what stood there first. */
    Content before(String firstText) {
        return new Content(text, sticker, location, file, firstText, quoted, choices);
    }

    /** Whether nothing is left of what was said. */
    @com.fasterxml.jackson.annotation.JsonIgnore
    public boolean isEmpty() {
        return text == null && sticker == null && location == null && file == null;
    }

    byte[] json() {
        try {
            return JSON.writeValueAsBytes(this);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("A message's content can always be written", e);
        }
    }

    static Content read(byte[] json) {
        try {
            return json == null
                    ? new Content(null, null, null, null, null, null, null)
                    : JSON.readValue(json, Content.class);
        } catch (IOException e) {
            throw new IllegalStateException("A stored message cannot be read", e);
        }
    }

    @Override
    public String toString() {
        return "[hidden]";
    }
}
