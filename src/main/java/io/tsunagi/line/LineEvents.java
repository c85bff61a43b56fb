package io.tsunagi.line;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.linecorp.bot.jackson.ModelObjectMapper;
import com.linecorp.bot.webhook.model.AudioMessageContent;
import com.linecorp.bot.webhook.model.ContentProvider;
import com.linecorp.bot.webhook.model.Event;
import com.linecorp.bot.webhook.model.FileMessageContent;
import com.linecorp.bot.webhook.model.ImageMessageContent;
import com.linecorp.bot.webhook.model.LocationMessageContent;
import com.linecorp.bot.webhook.model.MessageContent;
import com.linecorp.bot.webhook.model.MessageEvent;
import com.linecorp.bot.webhook.model.StickerMessageContent;
import com.linecorp.bot.webhook.model.TextMessageContent;
import com.linecorp.bot.webhook.model.VideoMessageContent;
import io.tsunagi.bot.MessageText;
import io.tsunagi.inquiry.Content;
import io.tsunagi.inquiry.Incoming;
import io.tsunagi.store.LedgerEvent;
import java.io.IOException;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads a ledger event into the hub's own words, through the SDK's model where it knows the event and from the JSON
 * where it does not ({@code messageEdited}, anything new).
 */
public final class LineEvents {
    private static final Logger LOG = LoggerFactory.getLogger(LineEvents.class);

    private final ObjectMapper json = ModelObjectMapper.createNewObjectMapper();
    private final LineAccounts accounts;

    public LineEvents(LineAccounts accounts) {
        this.accounts = accounts;
    }

    /** What was said: type, words, LINE's id, and whether LINE holds bytes of it. */
    private record Said(String type, Content content, String id, boolean media) {
        private static final Said NOTHING = new Said(null, Content.ofText(null), null, false);
    }

    /**
     * @return the event for the routes; its {@code type} is {@code ignored} where no customer can be meant, or nothing
     * @throws IOException when the stored JSON is damaged
     */
    public Incoming read(LedgerEvent event) throws IOException {
        JsonNode tree = tree(event);
        Event model = event.kind().equals("user") ? model(tree) : null;
        boolean silent = tree.path("mode").asText("").equals("standby");
        Said said = said(model, tree);
        return new Incoming(
                event.id(),
                event.account(),
                event.source(),
                event.kind().equals("user") && saysEnough(event.type(), said) ? event.type() : "ignored",
                event.occurredAt(),
                event.receivedAt(),
                tree.path("replyToken").asText(null),
                silent,
                said.type(),
                said.content(),
                said.id(),
                said.media(),
                tree.path("postback").path("data").asText(null),
                said.content().text() == null
                        ? null
                        : MessageText.languageOf(
                                said.content().text(),
                                accounts.get(event.account()).language()));
    }

    private static boolean saysEnough(String type, Said said) {
        return switch (type) {
            case "message" -> said.type() != null;
            case "messageEdited" -> said.type() != null && said.id() != null;
            case "unsend" -> said.id() != null;
            default -> true;
        };
    }

    /** Says where the JSON is broken, without a word of it: the reason is shown and logged. */
    private JsonNode tree(LedgerEvent event) throws IOException {
        try {
            return json.readTree(event.json());
        } catch (JsonProcessingException e) {
            throw new IOException(
                    "The stored event is no JSON from byte " + e.getLocation().getByteOffset() + " on");
        }
    }

    /** Gives what the SDK makes of the event, or null where LINE writes something the SDK does not expect. */
    private Event model(JsonNode tree) {
        try {
            return json.treeToValue(tree, Event.class);
        } catch (JsonProcessingException e) {
            LOG.debug("The SDK does not know this shape: {}", e.getClass().getSimpleName());
            return null;
        }
    }

    private static Said said(Event model, JsonNode tree) {
        if (model instanceof MessageEvent event && event.message() != null) {
            return said(event.message(), tree.path("message"));
        }
        JsonNode unsent = tree.path("unsend").path("messageId");
        if (unsent.isTextual()) {
            return new Said(null, Content.ofText(null), unsent.textValue(), false);
        }
        JsonNode message = tree.path("message");
        if (message.isObject()) {
            String type = message.path("type").asText("unknown");
            return new Said(
                    type.length() > 16 ? "unknown" : type,
                    Content.ofText(message.path("text").asText(null)),
                    message.path("id").asText(null),
                    false);
        }
        return Said.NOTHING;
    }

    private static Said said(MessageContent message, JsonNode tree) {
        String type = tree.path("type").asText("unknown");
        if (message instanceof TextMessageContent text) {
            return new Said(type, Content.ofText(text.text()).withQuoted(text.quotedMessageId()), text.id(), false);
        }
        if (message instanceof StickerMessageContent sticker) {
            Content.Sticker shown = new Content.Sticker(
                    sticker.packageId(),
                    sticker.stickerId(),
                    sticker.keywords() == null ? List.of() : sticker.keywords(),
                    sticker.text());
            return new Said(type, Content.ofSticker(shown).withQuoted(sticker.quotedMessageId()), sticker.id(), false);
        }
        if (message instanceof ImageMessageContent image) {
            return new Said(type, Content.ofText(null), image.id(), atLine(image.contentProvider()));
        }
        if (message instanceof VideoMessageContent video) {
            return new Said(type, Content.ofText(null), video.id(), atLine(video.contentProvider()));
        }
        if (message instanceof AudioMessageContent audio) {
            return new Said(type, Content.ofText(null), audio.id(), atLine(audio.contentProvider()));
        }
        if (message instanceof FileMessageContent file) {
            Content.Attachment attachment = new Content.Attachment(
                    file.fileName(), tree.path("fileSize").asLong(0));
            return new Said(type, new Content(null, null, null, attachment, null, null, null), file.id(), true);
        }
        if (message instanceof LocationMessageContent place) {
            Content.Place where = new Content.Place(
                    place.title(),
                    place.address(),
                    tree.path("latitude").asDouble(),
                    tree.path("longitude").asDouble());
            return new Said(type, new Content(null, null, where, null, null, null, null), place.id(), false);
        }
        String shortType = type.length() > 16 ? "unknown" : type;
        return new Said(shortType, Content.ofText(null), tree.path("id").asText(null), false);
    }

    /** Content that another party provides lies at an address of the sender's choice: it is never fetched. */
    private static boolean atLine(ContentProvider provider) {
        return provider == null || provider.type() == ContentProvider.Type.LINE;
    }
}
