package io.tsunagi.line;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * LINE's limits of template and flex messages: what breaks one is refused here, in a sentence, before LINE is called. Letters
 * are counted as LINE counts them, in grapheme clusters for what stands in a template and in UTF-16 units elsewhere.
 *
 * @see <a href="https://developers.line.biz/en/reference/messaging-api/#template-messages">Template messages</a>
 * @see <a href="https://developers.line.biz/en/reference/messaging-api/#flex-message">Flex message</a>
 */
public final class CardRules {
    private static final Pattern GRAPHEME = Pattern.compile("\\X");
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
    private static final Set<String> SCHEMES = Set.of("http", "https", "line", "tel");
    private static final int BUBBLE = 30 * 1024;
    private static final int CAROUSEL = 50 * 1024;

    private CardRules() {}

    /** @throws IllegalArgumentException in one sentence when LINE would not take the message */
    public static void check(JsonNode message) {
        String type = message.path("type").asText("");
        refuseUnless(type.equals("template") || type.equals("flex"), "Its message must be of type template or flex");
        String altText = message.path("altText").asText("");
        refuseUnless(!altText.isBlank() && altText.length() <= 1500, "Its altText must have 1 to 1500 characters");
        if (type.equals("template")) {
            template(message.path("template"));
        } else {
            flex(message.path("contents"));
        }
    }

    private static void template(JsonNode template) {
        switch (template.path("type").asText("")) {
            case "buttons" -> {
                text(template, 160, 60);
                actions(template, 1, 4);
            }
            case "confirm" -> {
                letters(template, "text", 240, true);
                actions(template, 2, 2);
            }
            case "carousel" -> {
                JsonNode columns = columns(template);
                int buttons = columns.get(0).path("actions").size();
                for (JsonNode column : columns) {
                    text(column, 120, 60);
                    actions(column, 1, 3);
                    refuseUnless(column.path("actions").size() == buttons, "All its columns must have as many actions");
                }
            }
            case "image_carousel" -> {
                for (JsonNode column : columns(template)) {
                    https(column, "imageUrl", true);
                    action(column.path("action"), 12);
                }
            }
            default ->
                throw new IllegalArgumentException(
                        "Its template must be of type buttons, confirm, carousel or image_carousel");
        }
    }

    private static JsonNode columns(JsonNode template) {
        JsonNode columns = template.path("columns");
        refuseUnless(columns.isArray() && columns.size() >= 1 && columns.size() <= 10, "It must have 1 to 10 columns");
        return columns;
    }

    /** With a title or a picture there is less room for the text. */
    private static void text(JsonNode node, int alone, int beside) {
        https(node, "thumbnailImageUrl", false);
        letters(node, "title", 40, false);
        letters(node, "text", node.has("title") || node.has("thumbnailImageUrl") ? beside : alone, true);
    }

    private static void actions(JsonNode node, int least, int most) {
        JsonNode actions = node.path("actions");
        refuseUnless(
                actions.isArray() && actions.size() >= least && actions.size() <= most,
                "A " + node.path("type").asText("column") + " must have " + least + " to " + most + " actions");
        for (JsonNode action : actions) {
            refuseUnless(!action.path("label").asText("").isEmpty(), "Every action of a template must have a label");
            action(action, 20);
        }
    }

    private static void action(JsonNode action, int longestLabel) {
        String type = action.path("type").asText("");
        refuseUnless(
                ACTIONS.contains(type),
                "An action must be one of " + ACTIONS.stream().sorted().toList());
        letters(action, "label", longestLabel, false);
        switch (type) {
            case "postback" -> {
                units(action, "data", 300, true);
                units(action, "displayText", 300, false);
            }
            case "message" -> units(action, "text", 300, true);
            case "datetimepicker", "richmenuswitch" -> units(action, "data", 300, true);
            case "clipboard" -> units(action, "clipboardText", 1000, true);
            case "uri" -> {
                units(action, "uri", 1000, true);
                refuseUnless(
                        SCHEMES.contains(scheme(action.path("uri").asText())),
                        "The uri of an action must begin with " + "http, https, line or tel and be percent-encoded");
            }
            default -> {
                // A label is all they have.
            }
        }
    }

    private static void flex(JsonNode contents) {
        String type = contents.path("type").asText("");
        if (type.equals("carousel")) {
            JsonNode bubbles = contents.path("contents");
            refuseUnless(
                    bubbles.isArray() && bubbles.size() >= 1 && bubbles.size() <= 12,
                    "A flex carousel must have 1 to 12 bubbles");
            refuseUnless(size(contents) <= CAROUSEL, "A flex carousel must have at most 50 KB");
            bubbles.forEach(CardRules::bubble);
        } else {
            bubble(contents);
        }
    }

    private static void bubble(JsonNode bubble) {
        refuseUnless(
                bubble.path("type").asText("").equals("bubble"), "Flex contents must be of type bubble or carousel");
        refuseUnless(size(bubble) <= BUBBLE, "A flex bubble must have at most 30 KB");
        for (JsonNode action : bubble.findValues("action")) {
            action(action, 20);
        }
    }

    private static int size(JsonNode node) {
        return node.toString().getBytes(StandardCharsets.UTF_8).length;
    }

    private static void letters(JsonNode node, String field, int most, boolean needed) {
        String text = node.path(field).asText("");
        refuseUnless(!needed || !text.isEmpty(), "It lacks " + field);
        refuseUnless(
                GRAPHEME.matcher(text).results().count() <= most,
                "Its " + field + " must have at most " + most + " letters");
    }

    private static void units(JsonNode node, String field, int most, boolean needed) {
        String text = node.path(field).asText("");
        refuseUnless(!needed || !text.isEmpty(), "An action lacks " + field);
        refuseUnless(text.length() <= most, "The " + field + " of an action must have at most " + most + " characters");
    }

    private static void https(JsonNode node, String field, boolean needed) {
        String url = node.path(field).asText("");
        refuseUnless(!needed || !url.isEmpty(), "It lacks " + field);
        refuseUnless(
                url.isEmpty() || url.length() <= 2000 && scheme(url).equals("https"),
                "Its " + field + " must be an https address");
    }

    /** A place that is filled in later stands for letters. */
    private static String scheme(String uri) {
        try {
            String plain = uri.replaceAll("\\{\\{[^{}]*}}", "x");
            String scheme = new URI(plain).getScheme();
            return scheme == null || !plain.chars().allMatch(c -> c > ' ' && c < 0x7f)
                    ? ""
                    : scheme.toLowerCase(Locale.ROOT);
        } catch (URISyntaxException e) {
            return "";
        }
    }

    private static void refuseUnless(boolean right, String sentence) {
        if (!right) {
            throw new IllegalArgumentException(sentence);
        }
    }
}
