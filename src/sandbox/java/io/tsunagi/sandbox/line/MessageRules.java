package io.tsunagi.sandbox.line;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.URI;
import java.net.URISyntaxException;
import java.text.BreakIterator;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Checks message objects as the platform does before it accepts them. Collects every error, each with the path of
 * the property that is wrong.
 *
 * @see <a href="https://developers.line.biz/en/reference/messaging-api/#message-objects">Message objects</a>
 * @see <a href="https://developers.line.biz/en/docs/messaging-api/sticker-list/">List of available stickers</a>
 */
final class MessageRules {
    /** Package id → first and last sticker id that an account may send. */
    static final Map<String, long[]> SENDABLE_STICKERS = Map.ofEntries(
            Map.entry("446", new long[] {1988, 2027}),
            Map.entry("789", new long[] {10855, 10894}),
            Map.entry("1070", new long[] {17839, 17878}),
            Map.entry("6136", new long[] {10551376, 10551399}),
            Map.entry("6325", new long[] {10979904, 10979927}),
            Map.entry("6359", new long[] {11069848, 11069871}),
            Map.entry("6362", new long[] {11087920, 11087943}),
            Map.entry("6370", new long[] {11088016, 11088039}),
            Map.entry("6632", new long[] {11825374, 11825397}),
            Map.entry("8515", new long[] {16581242, 16581265}),
            Map.entry("8522", new long[] {16581266, 16581289}),
            Map.entry("8525", new long[] {16581290, 16581313}),
            Map.entry("11537", new long[] {52002734, 52002773}),
            Map.entry("11538", new long[] {51626494, 51626533}),
            Map.entry("11539", new long[] {52114110, 52114149}));

    private static final Set<String> TYPES = Set.of(
            "text",
            "textV2",
            "sticker",
            "image",
            "video",
            "audio",
            "location",
            "imagemap",
            "template",
            "flex",
            "coupon");
    private static final Set<String> ACTIONS = Set.of(
            "postback",
            "message",
            "uri",
            "datetimepicker",
            "camera",
            "cameraRoll",
            "location",
            "richmenuswitch",
            "clipboard");
    /** Product id → highest emoji id, of the emojis that an account may send. */
    private static final Map<String, Integer> SENDABLE_EMOJIS = Map.ofEntries(
            Map.entry("5ac1bfd5040ab15980c9b435", 250),
            Map.entry("5ac1de17040ab15980c9b438", 194),
            Map.entry("5ac21184040ab15980c9b43a", 234),
            Map.entry("5ac21542031a6752fb806d55", 248),
            Map.entry("5ac2173d031a6752fb806d56", 240),
            Map.entry("5ac21869040ab15980c9b43b", 199),
            Map.entry("5ac218e3040ab15980c9b43c", 221),
            Map.entry("5ac2197b040ab15980c9b43d", 201),
            Map.entry("5ac21a13031a6752fb806d57", 149),
            Map.entry("5ac21a18040ab15980c9b43e", 239),
            Map.entry("5ac21a8c040ab15980c9b43f", 149),
            Map.entry("5ac21ae3040ab15980c9b440", 149),
            Map.entry("5ac21b4f031a6752fb806d59", 149),
            Map.entry("5ac21ba5040ab15980c9b441", 161),
            Map.entry("5ac21bf9031a6752fb806d5a", 161),
            Map.entry("5ac21c46040ab15980c9b442", 221),
            Map.entry("5ac21c4e031a6752fb806d5b", 161),
            Map.entry("5ac21cc5031a6752fb806d5c", 170),
            Map.entry("5ac21cce040ab15980c9b443", 161),
            Map.entry("5ac21d59031a6752fb806d5d", 212),
            Map.entry("5ac21e6c040ab15980c9b444", 222),
            Map.entry("5ac21ef5031a6752fb806d5e", 150),
            Map.entry("5ac21f52040ab15980c9b445", 183),
            Map.entry("5ac21fda040ab15980c9b446", 140),
            Map.entry("5ac2206d031a6752fb806d5f", 252),
            Map.entry("5ac220c2031a6752fb806d60", 246),
            Map.entry("5ac2211e031a6752fb806d61", 250),
            Map.entry("5ac2213e040ab15980c9b447", 182),
            Map.entry("5ac2216f040ab15980c9b448", 188),
            Map.entry("5ac221ca040ab15980c9b449", 167),
            Map.entry("5ac22224031a6752fb806d62", 251),
            Map.entry("5ac22293031a6752fb806d63", 184),
            Map.entry("5ac222bf031a6752fb806d64", 250),
            Map.entry("5ac223c6040ab15980c9b44a", 157),
            Map.entry("5ac2264e040ab15980c9b44b", 252),
            Map.entry("5ac22775040ab15980c9b44c", 247),
            Map.entry("5ac2280f031a6752fb806d65", 250),
            Map.entry("5ac22a8c031a6752fb806d66", 210),
            Map.entry("5ac22b23040ab15980c9b44d", 247),
            Map.entry("5ac22bad031a6752fb806d67", 214),
            Map.entry("5ac22c9e031a6752fb806d68", 198),
            Map.entry("5ac22d62031a6752fb806d69", 196),
            Map.entry("5ac22def040ab15980c9b44e", 250),
            Map.entry("5ac22e85040ab15980c9b44f", 209),
            Map.entry("670e0cce840a8236ddd4ee4c", 211));

    private static final Pattern EMOJI = Pattern.compile("[0-9]{3}");

    /** LINE counts an emoji by its alternative text, and tells of none how long it is; one as "(thumbs up)" is taken for all. */
    private static final int EMOJI_UNITS = 11;

    private final List<Refusal.Detail> errors = new ArrayList<>();

    private MessageRules() {}

    /** Refuses with status 400 and all errors, or returns. */
    static void check(JsonNode body) {
        MessageRules rules = new MessageRules();
        rules.messages(body.path("messages"));
        rules.flag(body, "notificationDisabled");
        if (!rules.errors.isEmpty()) {
            throw Refusal.ofBody(rules.errors);
        }
    }

    private void messages(JsonNode messages) {
        if (!messages.isArray() || messages.isEmpty()) {
            error("messages", "May not be empty");
            return;
        }
        if (messages.size() > 5) {
            error("messages", "Size must be between 1 and 5");
            return;
        }
        for (int i = 0; i < messages.size(); i++) {
            message(messages.get(i), "messages[" + i + "]");
        }
    }

    private void message(JsonNode message, String at) {
        String type = message.path("type").asText("");
        if (!TYPES.contains(type)) {
            error(
                    at + ".type",
                    "Must be one of the following values: "
                            + TYPES.stream().sorted().toList());
            return;
        }
        switch (type) {
            case "text" -> {
                required(message, "text", at, 5000);
                emojis(message, at);
            }
            case "textV2" -> {
                required(message, "text", at, 5000);
                if (message.path("substitution").size() > 100) {
                    error(at + ".substitution", "Size must be between 0 and 100");
                }
            }
            case "sticker" -> sticker(message, at);
            case "image" -> {
                https(message, "originalContentUrl", at, true);
                https(message, "previewImageUrl", at, true);
            }
            case "video" -> {
                https(message, "originalContentUrl", at, true);
                https(message, "previewImageUrl", at, true);
                optional(message, "trackingId", at, 100);
            }
            case "audio" -> {
                https(message, "originalContentUrl", at, true);
                if (!message.path("duration").isNumber()
                        || message.path("duration").asLong() < 1) {
                    error(at + ".duration", "Must be greater than 0");
                }
            }
            case "location" -> {
                required(message, "title", at, 100);
                required(message, "address", at, 100);
                range(message, "latitude", at, 90);
                range(message, "longitude", at, 180);
            }
            case "template" -> {
                required(message, "altText", at, 1500);
                template(message.path("template"), at + ".template");
            }
            case "flex" -> {
                required(message, "altText", at, 1500);
                flex(message.path("contents"), at + ".contents");
            }
            case "imagemap" -> {
                https(message, "baseUrl", at, true);
                required(message, "altText", at, 1500);
                if (!message.path("actions").isArray()) {
                    error(at + ".actions", "May not be empty");
                }
            }
            default -> required(message, "couponId", at, 300);
        }
        quickReply(message, at);
        sender(message, at);
    }

    private void emojis(JsonNode message, String at) {
        JsonNode emojis = message.path("emojis");
        if (emojis.size() > 20) {
            error(at + ".emojis", "Size must be between 0 and 20");
        }
        String text = message.path("text").asText("");
        for (int i = 0; i < emojis.size(); i++) {
            int index = emojis.get(i).path("index").asInt(-1);
            if (index < 0 || index >= text.length() || text.charAt(index) != '$') {
                error(at + ".emojis[" + i + "].index", "Must point at a $ character");
            }
            Integer last = SENDABLE_EMOJIS.get(emojis.get(i).path("productId").asText(""));
            String id = emojis.get(i).path("emojiId").asText("");
            if (last == null) {
                error(at + ".emojis[" + i + "].productId", "Invalid product ID");
            } else if (!EMOJI.matcher(id).matches() || Integer.parseInt(id) < 1 || Integer.parseInt(id) > last) {
                error(at + ".emojis[" + i + "].emojiId", "Invalid emoji ID");
            }
        }
        if (text.length() <= 5000 && text.length() + emojis.size() * (EMOJI_UNITS - 1) > 5000) {
            error(at + ".text", "Length must be between 0 and 5000");
        }
    }

    private void sticker(JsonNode message, String at) {
        long[] range = SENDABLE_STICKERS.get(message.path("packageId").asText(""));
        if (range == null) {
            error(at + ".packageId", "This sticker package cannot be sent");
            return;
        }
        long id = -1;
        String text = message.path("stickerId").asText("");
        if (text.matches("[0-9]{1,18}")) {
            id = Long.parseLong(text);
        }
        if (id < range[0] || id > range[1]) {
            error(at + ".stickerId", "This sticker cannot be sent");
        }
    }

    private void template(JsonNode template, String at) {
        String type = template.path("type").asText("");
        switch (type) {
            case "buttons" -> {
                boolean narrow = template.has("title") || template.has("thumbnailImageUrl");
                https(template, "thumbnailImageUrl", at, false);
                graphemes(template, "title", at, 40, false);
                graphemes(template, "text", at, narrow ? 60 : 160, true);
                actions(template.path("actions"), at + ".actions", 1, 4);
            }
            case "confirm" -> {
                graphemes(template, "text", at, 240, true);
                actions(template.path("actions"), at + ".actions", 2, 2);
            }
            case "carousel" -> {
                JsonNode columns = template.path("columns");
                if (columns.isEmpty() || columns.size() > 10) {
                    error(at + ".columns", "Size must be between 1 and 10");
                }
                for (int i = 0; i < columns.size(); i++) {
                    JsonNode column = columns.get(i);
                    String here = at + ".columns[" + i + "]";
                    boolean narrow = column.has("title") || column.has("thumbnailImageUrl");
                    https(column, "thumbnailImageUrl", here, false);
                    graphemes(column, "title", here, 40, false);
                    graphemes(column, "text", here, narrow ? 60 : 120, true);
                    actions(column.path("actions"), here + ".actions", 1, 3);
                    if (column.path("actions").size()
                            != columns.get(0).path("actions").size()) {
                        error(here + ".actions", "Every column must have the same number of actions");
                    }
                }
            }
            case "image_carousel" -> {
                JsonNode columns = template.path("columns");
                if (columns.isEmpty() || columns.size() > 10) {
                    error(at + ".columns", "Size must be between 1 and 10");
                }
                for (int i = 0; i < columns.size(); i++) {
                    https(columns.get(i), "imageUrl", at + ".columns[" + i + "]", true);
                    action(columns.get(i).path("action"), at + ".columns[" + i + "].action", 12, false);
                }
            }
            default ->
                error(
                        at + ".type",
                        "Must be one of the following values: [buttons, confirm, carousel," + " image_carousel]");
        }
    }

    private void flex(JsonNode contents, String at) {
        String type = contents.path("type").asText("");
        if (type.equals("bubble")) {
            bubble(contents, at);
        } else if (type.equals("carousel")) {
            JsonNode bubbles = contents.path("contents");
            if (bubbles.isEmpty() || bubbles.size() > 12) {
                error(at + ".contents", "Size must be between 1 and 12");
            }
            if (Json.bytes(contents).length > 50 * 1024) {
                error(at, "Must be at most 50 KB");
            }
            for (int i = 0; i < bubbles.size(); i++) {
                bubble(bubbles.get(i), at + ".contents[" + i + "]");
            }
        } else {
            error(at + ".type", "Must be one of the following values: [bubble, carousel]");
        }
    }

    private void bubble(JsonNode bubble, String at) {
        if (Json.bytes(bubble).length > 30 * 1024) {
            error(at, "Must be at most 30 KB");
        }
        flexActions(bubble, at);
    }

    private void flexActions(JsonNode node, String at) {
        if (node.isObject()) {
            node.fields().forEachRemaining(field -> {
                if (field.getKey().equals("action") && field.getValue().isObject()) {
                    action(field.getValue(), at + ".action", 20, false);
                } else {
                    flexActions(field.getValue(), at + "." + field.getKey());
                }
            });
        } else if (node.isArray()) {
            for (int i = 0; i < node.size(); i++) {
                flexActions(node.get(i), at + "[" + i + "]");
            }
        }
    }

    private void actions(JsonNode actions, String at, int min, int max) {
        if (actions.size() < min || actions.size() > max) {
            error(at, "Size must be between " + min + " and " + max);
            return;
        }
        for (int i = 0; i < actions.size(); i++) {
            action(actions.get(i), at + "[" + i + "]", 20, true);
        }
    }

    private void quickReply(JsonNode message, String at) {
        JsonNode quickReply = message.get("quickReply");
        if (quickReply == null || quickReply.isNull()) {
            return;
        }
        JsonNode items = quickReply.path("items");
        if (items.isEmpty() || items.size() > 13) {
            error(at + ".quickReply.items", "Size must be between 1 and 13");
            return;
        }
        for (int i = 0; i < items.size(); i++) {
            String here = at + ".quickReply.items[" + i + "]";
            https(items.get(i), "imageUrl", here, false);
            action(items.get(i).path("action"), here + ".action", 20, true);
        }
    }

    private void action(JsonNode action, String at, int labelLimit, boolean labelNeeded) {
        String type = action.path("type").asText("");
        if (!ACTIONS.contains(type)) {
            error(
                    at + ".type",
                    "Must be one of the following values: "
                            + ACTIONS.stream().sorted().toList());
            return;
        }
        graphemes(action, "label", at, labelLimit, labelNeeded);
        switch (type) {
            case "postback" -> {
                required(action, "data", at, 300);
                optional(action, "displayText", at, 300);
                optional(action, "text", at, 300);
                if (action.has("displayText") && action.has("text")) {
                    error(at + ".displayText", "Cannot be used together with text");
                }
                optional(action, "fillInText", at, 300);
            }
            case "message" -> required(action, "text", at, 300);
            case "uri" -> uri(action, at);
            case "datetimepicker" -> {
                required(action, "data", at, 300);
                if (!Set.of("date", "time", "datetime")
                        .contains(action.path("mode").asText(""))) {
                    error(at + ".mode", "Must be one of the following values: [date, time, datetime]");
                }
            }
            case "richmenuswitch" -> {
                required(action, "richMenuAliasId", at, 32);
                required(action, "data", at, 300);
            }
            case "clipboard" -> required(action, "clipboardText", at, 1000);
            default -> {
                // camera, cameraRoll and location carry a label only
            }
        }
    }

    private void uri(JsonNode action, String at) {
        String uri = action.path("uri").asText("");
        if (uri.isEmpty() || uri.length() > 1000) {
            error(at + ".uri", "Length must be between 1 and 1000");
            return;
        }
        String scheme = scheme(uri);
        if (!Set.of("http", "https", "line", "tel").contains(scheme)) {
            error(at + ".uri", "invalid uri scheme");
        }
    }

    private void sender(JsonNode message, String at) {
        JsonNode sender = message.get("sender");
        if (sender == null || sender.isNull()) {
            return;
        }
        optional(sender, "name", at + ".sender", 20);
        if (sender.path("name").asText("").strip().equalsIgnoreCase("line")) {
            error(at + ".sender.name", "The name cannot be used");
        }
        https(sender, "iconUrl", at + ".sender", false);
    }

    private void https(JsonNode node, String field, String at, boolean needed) {
        JsonNode value = node.get(field);
        if (value == null || value.isNull()) {
            if (needed) {
                error(at + "." + field, "May not be empty");
            }
            return;
        }
        String url = value.asText("");
        if (url.isEmpty() || url.length() > 2000) {
            error(at + "." + field, "Length must be between 1 and 2000");
        } else if (!"https".equals(scheme(url)) && !onThisMachine(url)) {
            error(at + "." + field, "Must be a valid HTTPS URL");
        }
    }

    /** The one kindness beyond LINE's rules: a sandbox has no certificate, so plain HTTP works on this machine. */
    private static boolean onThisMachine(String url) {
        return url.startsWith("http://localhost:") || url.startsWith("http://127.0.0.1:");
    }

    private static String scheme(String url) {
        try {
            String scheme = new URI(url).getScheme();
            boolean ascii = url.chars().allMatch(c -> c > 0x20 && c < 0x7F);
            return scheme == null || !ascii ? "" : scheme.toLowerCase(Locale.ROOT);
        } catch (URISyntaxException notPercentEncoded) {
            return "";
        }
    }

    private void range(JsonNode node, String field, String at, int limit) {
        JsonNode value = node.path(field);
        if (!value.isNumber() || Math.abs(value.asDouble()) > limit) {
            error(at + "." + field, "Must be between -" + limit + " and " + limit);
        }
    }

    private void flag(JsonNode node, String field) {
        JsonNode value = node.get(field);
        if (value != null && !value.isBoolean()) {
            error(field, "Must be a boolean");
        }
    }

    private void required(JsonNode node, String field, String at, int limit) {
        JsonNode value = node.path(field);
        if (!value.isTextual() || value.textValue().isEmpty()) {
            error(at + "." + field, "May not be empty");
        } else if (value.textValue().length() > limit) {
            error(at + "." + field, "Length must be between 0 and " + limit);
        }
    }

    private void optional(JsonNode node, String field, String at, int limit) {
        JsonNode value = node.get(field);
        if (value != null && !value.isNull()) {
            required(node, field, at, limit);
        }
    }

    private void graphemes(JsonNode node, String field, String at, int limit, boolean needed) {
        JsonNode value = node.get(field);
        if (value == null || value.isNull() || value.asText("").isEmpty()) {
            if (needed) {
                error(at + "." + field, "May not be empty");
            }
            return;
        }
        BreakIterator clusters = BreakIterator.getCharacterInstance(Locale.ROOT);
        clusters.setText(value.asText());
        int count = 0;
        while (clusters.next() != BreakIterator.DONE) {
            count++;
        }
        if (count > limit) {
            error(at + "." + field, "Length must be between 0 and " + limit);
        }
    }

    private void error(String property, String message) {
        errors.add(new Refusal.Detail(message, property));
    }
}
