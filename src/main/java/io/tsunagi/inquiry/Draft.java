package io.tsunagi.inquiry;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.UnaryOperator;

/**
 * What an operator prepares; it is no message until it is sent.
 *
 * @param version counts every save, 0 when nothing was ever saved
 * @param sinceSeq the newest message when the draft was begun
 */
public record Draft(@JsonUnwrapped Parts parts, long version, int sinceSeq, Instant savedAt) {
    /**
     * What a draft is made of.
     *
     * @param emojis LINE's own emojis; a {@code $} stands in the text at the place of each
     * @param image a picture or video that was uploaded for this inquiry
     * @param card a card the company has ready, with what was filled in
     * @param quote the message it answers to
     * @param quickReplies what the customer can tap instead of typing, at most 13 of at most 20 letters
     */
    public record Parts(
            String text,
            List<Content.Emoji> emojis,
            Content.Sticker sticker,
            Image image,
            Card card,
            UUID quote,
            List<String> quickReplies) {
        public static final Parts NOTHING = new Parts("", List.of(), null, null, null, null, List.of());

        public Parts {
            text = text == null ? "" : text;
            emojis = emojis == null ? List.of() : List.copyOf(emojis);
            quickReplies = quickReplies == null ? List.of() : List.copyOf(quickReplies);
        }

        public static Parts ofText(String text) {
            return new Parts(text, List.of(), null, null, null, null, List.of());
        }

        Parts reworded(String words, List<Content.Emoji> with) {
            return new Parts(words, with, sticker, image, card, quote, quickReplies);
        }

        Parts withoutQuote() {
            return new Parts(text, emojis, sticker, image, card, null, quickReplies);
        }

        /** Whether there is nothing to send; a quote or quick replies alone are nothing. */
        @JsonIgnore
        public boolean isEmpty() {
            return text.isBlank() && sticker == null && image == null && card == null;
        }

        @Override
        public String toString() {
            return "[hidden]";
        }
    }

    /** A card of the draft; {@code values} are the operator's words for its places. */
    public record Card(String name, String language, Map<String, String> values) {
        public Card {
            values = values == null ? Map.of() : Map.copyOf(values);
        }

        Card masked(UnaryOperator<String> mask) {
            Map<String, String> safe = new LinkedHashMap<>();
            values.forEach((place, words) -> safe.put(place, mask.apply(words)));
            return new Card(name, language, safe);
        }

        @Override
        public String toString() {
            return "[hidden]";
        }
    }

    /**
     * A picture or video of the draft.
     *
     * @param kind {@code image} or {@code video}
     * @param url where the console shows it from
     * @param preview where the console shows a video's picture from, null for a picture
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Image(UUID id, String kind, String url, String preview, Integer width, Integer height, Long size) {}

    /** What stands where there is no draft. */
    public static final Draft NONE = new Draft(Parts.NOTHING, 0, 0, null);

    public String text() {
        return parts.text();
    }

    public Content.Sticker sticker() {
        return parts.sticker();
    }

    @JsonIgnore
    public boolean isEmpty() {
        return parts.isEmpty();
    }

    @Override
    public String toString() {
        return "Draft v" + version;
    }
}
