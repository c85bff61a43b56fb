package io.tsunagi.inquiry;

import java.util.List;

/**
 * What the hub says to a customer in one bubble.
 *
 * @param choices quick replies shown under it, at most 13 (LINE's limit)
 */
public record Bubble(String text, Content.Sticker sticker, List<Choice> choices) {

    /** A quick reply: pressed, it says {@code label} in the chat and sends {@code data} back to the hub. */
    public record Choice(String label, String data) {
        @Override
        public String toString() {
            return "[hidden]";
        }
    }

    public Bubble {
        if ((text == null) == (sticker == null)) {
            throw new IllegalArgumentException("A bubble is a text or a sticker");
        }
        if (choices.size() > 13) {
            throw new IllegalArgumentException("LINE shows at most 13 quick replies");
        }
    }

    public static Bubble text(String text, Choice... choices) {
        return new Bubble(text, null, List.of(choices));
    }

    public static Bubble text(String text, List<Choice> choices) {
        return new Bubble(text, null, List.copyOf(choices));
    }

    public static Bubble sticker(String packageId, String stickerId) {
        return new Bubble(null, new Content.Sticker(packageId, stickerId, null, null), List.of());
    }

    String type() {
        return text == null ? "sticker" : "text";
    }

    Content content() {
        Content content = text == null ? Content.ofSticker(sticker) : Content.ofText(text);
        return content.change().choices(choices).done();
    }

    @Override
    public String toString() {
        return "[hidden]";
    }
}
