package io.tsunagi.line;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.linecorp.bot.jackson.ModelObjectMapper;
import com.linecorp.bot.messaging.model.Message;
import com.linecorp.bot.messaging.model.PostbackAction;
import com.linecorp.bot.messaging.model.QuickReply;
import com.linecorp.bot.messaging.model.QuickReplyItem;
import com.linecorp.bot.messaging.model.Sender;
import com.linecorp.bot.messaging.model.StickerMessage;
import com.linecorp.bot.messaging.model.TextMessage;
import io.tsunagi.inquiry.Bubble;
import io.tsunagi.inquiry.BubbleFormat;
import java.util.List;

/** Writes bubbles as LINE message objects, with the SDK's model. Safe for many threads. */
public final class LineMessages implements BubbleFormat {
    /** LINE's limits: messages in a call, letters of a sender's name, letters of a label. */
    private static final int MESSAGES = 5;

    private static final int SENDER_NAME = 20;
    private static final int LABEL = 20;

    private final ObjectMapper json = ModelObjectMapper.createNewObjectMapper();

    @Override
    public String json(List<Bubble> bubbles, String senderName) {
        if (bubbles.isEmpty() || bubbles.size() > MESSAGES) {
            throw new IllegalArgumentException("LINE takes 1 to 5 messages a call");
        }
        Sender sender = senderName == null ? null : new Sender(first(senderName, SENDER_NAME), null);
        List<Message> messages =
                bubbles.stream().map(bubble -> message(bubble, sender)).toList();
        try {
            return json.writerFor(new TypeReference<List<Message>>() {}).writeValueAsString(messages);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("Messages can always be written", e);
        }
    }

    private static Message message(Bubble bubble, Sender sender) {
        QuickReply choices = choices(bubble);
        if (bubble.text() != null) {
            return new TextMessage.Builder(bubble.text())
                    .quickReply(choices)
                    .sender(sender)
                    .build();
        }
        return new StickerMessage.Builder(
                        bubble.sticker().packageId(), bubble.sticker().stickerId())
                .quickReply(choices)
                .sender(sender)
                .build();
    }

    private static QuickReply choices(Bubble bubble) {
        if (bubble.choices().isEmpty()) {
            return null;
        }
        return new QuickReply(bubble.choices().stream()
                .map(choice -> new QuickReplyItem(new PostbackAction.Builder()
                        .label(first(choice.label(), LABEL))
                        .data(choice.data())
                        .displayText(choice.label())
                        .build()))
                .toList());
    }

    /** LINE counts labels in grapheme clusters; whole code points are never cut. */
    private static String first(String text, int most) {
        return text.codePointCount(0, text.length()) <= most
                ? text
                : text.substring(0, text.offsetByCodePoints(0, most - 1)) + "…";
    }
}
