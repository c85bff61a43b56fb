package io.tsunagi.line;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.linecorp.bot.jackson.ModelObjectMapper;
import com.linecorp.bot.messaging.model.Action;
import com.linecorp.bot.messaging.model.Emoji;
import com.linecorp.bot.messaging.model.ImageMessage;
import com.linecorp.bot.messaging.model.Message;
import com.linecorp.bot.messaging.model.MessageAction;
import com.linecorp.bot.messaging.model.PostbackAction;
import com.linecorp.bot.messaging.model.QuickReply;
import com.linecorp.bot.messaging.model.QuickReplyItem;
import com.linecorp.bot.messaging.model.Sender;
import com.linecorp.bot.messaging.model.StickerMessage;
import com.linecorp.bot.messaging.model.TextMessage;
import com.linecorp.bot.messaging.model.VideoMessage;
import io.tsunagi.access.Face;
import io.tsunagi.inquiry.Bubble;
import io.tsunagi.inquiry.BubbleFormat;
import io.tsunagi.inquiry.Content;
import java.net.URI;
import java.util.List;
import java.util.function.Function;

/**
 * Writes bubbles as LINE message objects, with the SDK's model, and refuses what LINE would refuse. Safe for many threads.
 *
 * @see <a href="https://developers.line.biz/en/reference/messaging-api/#message-objects">Message objects</a>
 */
public final class LineMessages implements BubbleFormat {
    /** LINE's limits: messages in a call, UTF-16 units of a text, emojis in it, letters of a label, units of an address. */
    private static final int MESSAGES = 5;

    private static final int TEXT = 5000;
    private static final int EMOJIS = 20;
    private static final int LABEL = 20;
    private static final int ADDRESS = 2000;

    private final ObjectMapper json = ModelObjectMapper.createNewObjectMapper();

    private final Function<String, Face> senders;

    /** @param senders gives what customers see where nobody in person speaks; null for the account itself */
    public LineMessages(Function<String, Face> senders) {
        this.senders = senders;
    }

    @Override
    public String json(String account, List<Bubble> bubbles, Face speaker) {
        if (bubbles.isEmpty() || bubbles.size() > MESSAGES) {
            throw new IllegalArgumentException("LINE takes 1 to 5 messages a call");
        }
        Face face = speaker == null ? senders.apply(account) : speaker;
        Sender sender = face == null
                ? null
                : new Sender(face.nickname(), face.iconUrl() == null ? null : URI.create(face.iconUrl()));
        ArrayNode messages = json.createArrayNode();
        try {
            for (Bubble bubble : bubbles) {
                messages.add(
                        bubble.card() == null
                                ? json.readTree(
                                        json.writerFor(Message.class).writeValueAsString(message(bubble, sender)))
                                : card(bubble, sender));
            }
            return messages.toString();
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("Messages can always be written", e);
        }
    }

    /** A card is LINE's own message object already, checked by {@link CardRules}. */
    private ObjectNode card(Bubble bubble, Sender sender) throws JsonProcessingException {
        ObjectNode card = (ObjectNode) json.readTree(bubble.card().json());
        CardRules.check(card);
        if (sender != null) {
            card.set("sender", json.valueToTree(sender));
        }
        QuickReply choices = choices(bubble);
        if (choices != null) {
            card.set("quickReply", json.readTree(json.writeValueAsString(choices)));
        }
        return card;
    }

    private static Message message(Bubble bubble, Sender sender) {
        QuickReply choices = choices(bubble);
        String quote = bubble.quote() == null ? null : bubble.quote().token();
        if (bubble.text() != null) {
            return text(bubble)
                    .quoteToken(quote)
                    .quickReply(choices)
                    .sender(sender)
                    .build();
        }
        if (bubble.picture() != null && bubble.picture().video()) {
            return new VideoMessage.Builder(
                            address(bubble.picture().url()),
                            address(bubble.picture().previewUrl()))
                    .quickReply(choices)
                    .sender(sender)
                    .build();
        }
        if (bubble.picture() != null) {
            return new ImageMessage.Builder(
                            address(bubble.picture().url()),
                            address(bubble.picture().previewUrl()))
                    .quickReply(choices)
                    .sender(sender)
                    .build();
        }
        Content.Sticker sticker = bubble.sticker();
        if (!StickerPackages.sendable(sticker.packageId(), sticker.stickerId())) {
            throw new IllegalArgumentException("LINE does not let an account send this sticker");
        }
        return new StickerMessage.Builder(sticker.packageId(), sticker.stickerId())
                .quoteToken(quote)
                .quickReply(choices)
                .sender(sender)
                .build();
    }

    private static TextMessage.Builder text(Bubble bubble) {
        String text = bubble.text().stripTrailing();
        if (text.isEmpty() || text.length() > TEXT) {
            throw new IllegalArgumentException("LINE takes texts of 1 to 5000 characters");
        }
        if (bubble.emojis().size() > EMOJIS) {
            throw new IllegalArgumentException("LINE takes at most 20 of its emojis in a text");
        }
        List<Emoji> emojis = bubble.emojis().stream()
                .map(emoji -> {
                    if (emoji.index() < 0 || emoji.index() >= text.length() || text.charAt(emoji.index()) != '$') {
                        throw new IllegalArgumentException("At the place of a LINE emoji stands a $");
                    }
                    return new Emoji(emoji.index(), emoji.productId(), emoji.emojiId());
                })
                .toList();
        return new TextMessage.Builder(text).emojis(emojis.isEmpty() ? null : emojis);
    }

    private static URI address(String url) {
        if (url.length() > ADDRESS) {
            throw new IllegalArgumentException("LINE takes addresses of at most 2000 characters");
        }
        return URI.create(url);
    }

    private static QuickReply choices(Bubble bubble) {
        if (bubble.choices().isEmpty()) {
            return null;
        }
        return new QuickReply(bubble.choices().stream()
                .map(choice -> new QuickReplyItem(action(choice)))
                .toList());
    }

    private static Action action(Bubble.Choice choice) {
        return choice.data() == null
                ? new MessageAction(first(choice.label(), LABEL), choice.label())
                : new PostbackAction.Builder()
                        .label(first(choice.label(), LABEL))
                        .data(choice.data())
                        .displayText(choice.label())
                        .build();
    }

    /** LINE counts labels in grapheme clusters; whole code points are never cut. */
    private static String first(String text, int most) {
        return text.codePointCount(0, text.length()) <= most
                ? text
                : text.substring(0, text.offsetByCodePoints(0, most - 1)) + "…";
    }
}
