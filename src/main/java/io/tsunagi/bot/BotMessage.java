package io.tsunagi.bot;

import java.util.Objects;

/**
 * What a customer sent, as far as the bot cares.
 *
 * @param text the customer's words for {@link Kind#TEXT}, otherwise whatever stands in for them;
 *     never null
 */
public record BotMessage(Kind kind, String text) {
    /** What sort of message it is. */
    public enum Kind {
        TEXT,
        STICKER,
        /** An image, video, audio or file: only a person can look at it. */
        MEDIA,
        /** A location, or a kind the bot does not know. */
        OTHER
    }

    public BotMessage {
        Objects.requireNonNull(kind, "kind");
        text = text == null ? "" : text;
    }

    /** Prints without the customer's words. */
    @Override
    public String toString() {
        return "BotMessage[" + kind + ", hidden]";
    }
}
