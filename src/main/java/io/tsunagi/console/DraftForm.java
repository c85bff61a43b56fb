package io.tsunagi.console;

import com.fasterxml.jackson.databind.JsonNode;
import io.tsunagi.inquiry.Content;
import io.tsunagi.inquiry.Draft;
import io.tsunagi.line.LineEmojis;
import io.tsunagi.line.StickerPackages;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.regex.Pattern;

/** Reads a draft as the screen sends it; what is absent is not in the draft. Refuses what LINE would refuse. */
final class DraftForm {
    private static final int MOST_QUICK_REPLIES = 13;
    private static final int LONGEST_LABEL = 20;
    /** LINE takes 20 in a text, and a draft becomes five texts at most. */
    private static final int MOST_EMOJIS = 100;

    private static final int LONGEST_PLACE = 60;
    private static final int LONGEST_VALUE = 300;
    private static final int MOST_PLACES = 40;
    private static final Pattern GRAPHEME = Pattern.compile("\\X");

    private DraftForm() {}

    static Draft.Parts read(JsonNode draft) {
        String text = draft.path("text").asText("");
        return new Draft.Parts(
                text,
                emojis(draft.path("emojis"), text),
                sticker(draft.path("sticker")),
                image(draft.path("image")),
                card(draft.path("card")),
                draft.path("quote").isTextual()
                        ? Requests.uuid(draft.path("quote").asText(), "quote")
                        : null,
                quickReplies(draft.path("quickReplies")));
    }

    private static List<Content.Emoji> emojis(JsonNode list, String text) {
        List<Content.Emoji> emojis = new ArrayList<>();
        Set<Integer> places = new HashSet<>();
        for (JsonNode emoji : list) {
            int index = emoji.path("index").asInt(-1);
            String product = emoji.path("productId").asText("");
            String id = emoji.path("emojiId").asText("");
            boolean placed = index >= 0 && index < text.length() && text.charAt(index) == '$';
            if (!placed || !places.add(index)) {
                throw new BadRequestException(
                        422, "emoji", "The index of each emoji points at a $ of its own in the text");
            }
            if (!LineEmojis.sendable(product, id)) {
                throw new BadRequestException(422, "emoji", "LINE does not let an account send this emoji");
            }
            emojis.add(new Content.Emoji(index, 1, product, id));
        }
        if (emojis.size() > MOST_EMOJIS) {
            throw new BadRequestException(422, "emoji", "A draft has at most 100 of LINE's emojis");
        }
        emojis.sort(Comparator.comparingInt(Content.Emoji::index));
        return emojis;
    }

    private static Content.Sticker sticker(JsonNode sticker) {
        if (!sticker.isObject()) {
            return null;
        }
        String packageId = sticker.path("packageId").asText();
        String stickerId = sticker.path("stickerId").asText();
        if (!StickerPackages.sendable(packageId, stickerId)) {
            throw new BadRequestException(422, "sticker", "LINE does not let an account send this sticker");
        }
        return new Content.Sticker(packageId, stickerId, null, null);
    }

    /** Only the id counts; the rest is known. */
    private static Draft.Image image(JsonNode image) {
        if (!image.isObject()) {
            return null;
        }
        UUID id = Requests.uuid(image.path("id").asText(), "image");
        return new Draft.Image(id, null, null, null, null, null, null);
    }

    private static Draft.Card card(JsonNode card) {
        if (!card.isObject()) {
            return null;
        }
        Map<String, String> values = new LinkedHashMap<>();
        card.path("values").properties().forEach(value -> {
            if (value.getKey().length() > LONGEST_PLACE
                    || value.getValue().asText("").length() > LONGEST_VALUE) {
                throw new BadRequestException(422, "card", "A place of a card has at most 300 characters");
            }
            values.put(value.getKey(), value.getValue().asText(""));
        });
        if (values.size() > MOST_PLACES) {
            throw new BadRequestException(422, "card", "A card has at most 40 places");
        }
        return new Draft.Card(
                card.path("name").asText(""), card.path("language").asText(""), values);
    }

    private static List<String> quickReplies(JsonNode list) {
        List<String> labels = new ArrayList<>();
        for (JsonNode entry : list) {
            String label = entry.asText("").strip();
            if (label.isEmpty() || GRAPHEME.matcher(label).results().count() > LONGEST_LABEL) {
                throw new BadRequestException(422, "quick-reply", "A quick reply has 1 to 20 letters");
            }
            labels.add(label);
        }
        if (labels.size() > MOST_QUICK_REPLIES) {
            throw new BadRequestException(422, "quick-reply", "LINE shows at most 13 quick replies");
        }
        return labels;
    }
}
