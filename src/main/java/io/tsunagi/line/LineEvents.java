package io.tsunagi.line;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.tsunagi.bot.MessageText;
import io.tsunagi.inquiry.Content;
import io.tsunagi.inquiry.Incoming;
import io.tsunagi.store.LedgerEvent;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Reads a ledger event into the hub's own words. Reads the JSON as it is: LINE adds events, types and properties without
 * notice, and what is absent or of another shape than expected counts as not said.
 */
public final class LineEvents {
    private static final String IGNORED = "ignored";
    private static final Set<String> OF_ACCOUNT = Set.of("botSuspended", "botResumed");
    private static final Set<String> OF_GROUP =
            Set.of("message", "messageEdited", "unsend", "postback", "join", "leave", "memberJoined", "memberLeft");
    private static final Set<String> WITH_BYTES = Set.of("image", "video", "audio", "file");

    private static final int LONGEST_ID = 64;

    private final ObjectMapper json = new ObjectMapper();
    private final LineAccounts accounts;

    public LineEvents(LineAccounts accounts) {
        this.accounts = accounts;
    }

    /** What was said: type, words, LINE's id, and whether LINE holds bytes of it. */
    private record Said(String type, Content content, String id, boolean media) {
        private static final Said NOTHING = new Said(null, Content.NOTHING, null, false);
    }

    /**
     * @return the event for the routes; its {@code type} is {@code ignored} where nobody we answer can be meant, or nothing
     * @throws IOException when the stored JSON is damaged
     */
    public Incoming read(LedgerEvent event) throws IOException {
        JsonNode tree = tree(event);
        Said said = said(tree);
        String spoken = said.content().spoken();
        return new Incoming(
                event.id(),
                event.account(),
                event.kind(),
                event.source(),
                concernsUs(event, said) ? event.type() : IGNORED,
                event.occurredAt(),
                event.receivedAt(),
                text(tree, "replyToken"),
                tree.path("mode").asText("").equals("standby"),
                said.type(),
                said.content(),
                said.id(),
                said.media(),
                data(tree),
                spoken == null
                        ? null
                        : MessageText.languageOf(
                                spoken, accounts.get(event.account()).language()));
    }

    private boolean concernsUs(LedgerEvent event, Said said) {
        boolean meant =
                switch (event.kind()) {
                    case "user" -> !OF_ACCOUNT.contains(event.type());
                    case "account" -> OF_ACCOUNT.contains(event.type());
                    default -> inGroup(event, said);
                };
        return meant && saysEnough(event.type(), said);
    }

    private boolean inGroup(LedgerEvent event, Said said) {
        String type = event.type();
        if (accounts.get(event.account()).groups() == LineAccounts.Groups.IGNORE || !OF_GROUP.contains(type)) {
            return false;
        }
        return !type.equals("message")
                || said.content().mentions() != null
                        && said.content().mentions().stream().anyMatch(Content.Mention::self);
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

    private static Said said(JsonNode tree) {
        String unsent = id(tree.path("unsend"), "messageId");
        if (unsent != null) {
            return new Said(null, Content.NOTHING, unsent, false);
        }
        JsonNode postback = tree.path("postback");
        if (postback.isObject()) {
            return new Said(
                    null,
                    Content.NOTHING
                            .change()
                            .params(params(postback.path("params")))
                            .done(),
                    null,
                    false);
        }
        JsonNode message = tree.path("message");
        if (!message.isObject()) {
            return Said.NOTHING;
        }
        String type = message.path("type").asText("unknown");
        boolean external =
                message.path("contentProvider").path("type").asText("").equals("external");
        Content.Change content = Content.NOTHING
                .change()
                .quoted(id(message, "quotedMessageId"))
                .quoteToken(text(message, "quoteToken"))
                .readToken(text(message, "markAsReadToken"));
        switch (type) {
            case "sticker" -> content.sticker(sticker(message));
            case "location" -> content.location(place(message));
            case "file" ->
                content.file(new Content.Attachment(
                        text(message, "fileName"), message.path("fileSize").asLong(0)));
            case "image", "video", "audio" -> {
                // Content that another party provides lies at an address of the sender's choice: it is never fetched.
                content.external(external).set(set(message.path("imageSet")));
                if (message.path("duration").canConvertToLong()) {
                    content.duration(message.path("duration").asLong());
                }
            }
            default -> words(message, content);
        }
        String id = id(message, "id");
        return new Said(
                type.length() > 16 ? "unknown" : type,
                content.done(),
                id,
                WITH_BYTES.contains(type) && !external && id != null);
    }

    private static void words(JsonNode message, Content.Change content) {
        String text = text(message, "text");
        content.text(text);
        if (text == null) {
            return;
        }
        List<Content.Emoji> emojis = new ArrayList<>();
        for (JsonNode emoji : message.path("emojis")) {
            if (within(emoji, text)) {
                emojis.add(new Content.Emoji(
                        emoji.path("index").asInt(),
                        emoji.path("length").asInt(),
                        emoji.path("productId").asText(""),
                        emoji.path("emojiId").asText("")));
            }
        }
        List<Content.Mention> mentions = new ArrayList<>();
        for (JsonNode mention : message.path("mention").path("mentionees")) {
            if (within(mention, text)) {
                mentions.add(new Content.Mention(
                        mention.path("index").asInt(),
                        mention.path("length").asInt(),
                        mention.path("isSelf").asBoolean(false)));
            }
        }
        content.emojis(emojis).mentions(mentions);
    }

    private static boolean within(JsonNode part, String text) {
        long index = part.path("index").asLong(-1);
        long length = part.path("length").asLong(0);
        return index >= 0 && length > 0 && index + length <= text.length();
    }

    private static Content.Sticker sticker(JsonNode message) {
        List<String> keywords = new ArrayList<>();
        message.path("keywords").forEach(word -> keywords.add(word.asText()));
        return new Content.Sticker(
                text(message, "packageId"), text(message, "stickerId"), keywords, text(message, "text"));
    }

    private static Content.Place place(JsonNode message) {
        return new Content.Place(
                text(message, "title"),
                text(message, "address"),
                message.path("latitude").asDouble(),
                message.path("longitude").asDouble());
    }

    private static Content.PictureSet set(JsonNode set) {
        return set.path("id").isTextual()
                ? new Content.PictureSet(set.path("id").textValue(), whole(set, "index"), whole(set, "total"))
                : null;
    }

    private static Integer whole(JsonNode parent, String field) {
        return parent.path(field).canConvertToInt() ? parent.path(field).intValue() : null;
    }

    private static Map<String, String> params(JsonNode params) {
        Map<String, String> picked = new LinkedHashMap<>();
        params.properties()
                .forEach(param -> picked.put(param.getKey(), param.getValue().asText()));
        return picked;
    }

    /** What is told apart within a type: the button's data, the kind of a membership, a beacon or a linking. */
    private static String data(JsonNode tree) {
        for (String[] place :
                new String[][] {{"postback", "data"}, {"membership", "type"}, {"beacon", "type"}, {"link", "result"}}) {
            String found = text(tree.path(place[0]), place[1]);
            if (found != null) {
                return found;
            }
        }
        return null;
    }

    /** Gives what LINE calls a message by, null for what no database could look up: its ids are digits today. */
    private static String id(JsonNode parent, String field) {
        String id = text(parent, field);
        return id == null || id.length() > LONGEST_ID || !id.chars().allMatch(c -> c > ' ' && c < 0x7f) ? null : id;
    }

    private static String text(JsonNode parent, String field) {
        JsonNode value = parent.path(field);
        return value.isTextual() ? value.textValue() : null;
    }
}
