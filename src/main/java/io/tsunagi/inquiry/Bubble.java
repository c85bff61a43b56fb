package io.tsunagi.inquiry;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import java.util.UUID;

/**
 * What the hub says to a customer in one bubble: a text, a sticker, a picture or video, or a card.
 *
 * @param emojis LINE's own emojis in the text; a {@code $} stands at the place of each
 * @param quote the message it answers to, null for none
 * @param choices quick replies shown under it, at most 13 (LINE's limit)
 */
public record Bubble(
        String text,
        List<Content.Emoji> emojis,
        Content.Sticker sticker,
        Picture picture,
        Card card,
        Quote quote,
        List<Choice> choices) {

    /**
     * A quick reply. Pressed, it sends {@code data} back to the hub; without data it is said in the chat, as if the
     * customer had typed it.
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Choice(String label, String data) {
        @Override
        public String toString() {
            return "[hidden]";
        }
    }

    /** A picture or video kept by the hub, and where a phone loads it and its preview from. */
    public record Picture(UUID media, boolean video, String url, String previewUrl) {
        @Override
        public String toString() {
            return "Picture " + media;
        }
    }

    /**
     * A card with its places filled in.
     *
     * @param json the channel's own message object
     * @param labels the words on its buttons
     * @param from what the operator chose and filled in
     */
    public record Card(String json, String kind, String altText, List<String> labels, Draft.Card from) {
        @Override
        public String toString() {
            return "[hidden]";
        }
    }

    /** A message of the same chat: LINE's id of it, and the token that lets it be quoted. */
    public record Quote(String lineMessageId, String token) {
        @Override
        public String toString() {
            return "Quote " + lineMessageId;
        }
    }

    public Bubble {
        emojis = emojis == null ? List.of() : List.copyOf(emojis);
        choices = List.copyOf(choices);
        if ((text == null ? 0 : 1) + (sticker == null ? 0 : 1) + (picture == null ? 0 : 1) + (card == null ? 0 : 1)
                != 1) {
            throw new IllegalArgumentException("A bubble is a text, a sticker, a picture or a card");
        }
        if (choices.size() > 13) {
            throw new IllegalArgumentException("LINE shows at most 13 quick replies");
        }
    }

    public static Bubble text(String text, Choice... choices) {
        return text(text, List.of(choices));
    }

    public static Bubble text(String text, List<Choice> choices) {
        return new Bubble(text, null, null, null, null, null, choices);
    }

    static Bubble text(LongText.Piece piece) {
        return new Bubble(piece.text(), piece.emojis(), null, null, null, null, List.of());
    }

    public static Bubble sticker(String packageId, String stickerId) {
        return new Bubble(
                null, null, new Content.Sticker(packageId, stickerId, null, null), null, null, null, List.of());
    }

    public static Bubble picture(Picture picture) {
        return new Bubble(null, null, null, picture, null, null, List.of());
    }

    public static Bubble card(Card card) {
        return new Bubble(null, null, null, null, card, null, List.of());
    }

    public Bubble quoting(Quote answered) {
        return new Bubble(text, emojis, sticker, picture, card, answered, choices);
    }

    public Bubble offering(List<Choice> more) {
        return new Bubble(text, emojis, sticker, picture, card, quote, more);
    }

    String type() {
        return text != null
                ? "text"
                : sticker != null ? "sticker" : picture == null ? "card" : picture.video() ? "video" : "image";
    }

    UUID media() {
        return picture == null ? null : picture.media();
    }

    Content content() {
        return Content.NOTHING
                .change()
                .text(card == null ? text : card.altText())
                .emojis(emojis)
                .sticker(sticker)
                .card(card == null ? null : new Content.Shown(card.kind(), card.labels(), card.from()))
                .quoted(quote == null ? null : quote.lineMessageId())
                .choices(choices)
                .done();
    }

    @Override
    public String toString() {
        return "[hidden]";
    }
}
