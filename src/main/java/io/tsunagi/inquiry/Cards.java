package io.tsunagi.inquiry;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/**
 * The cards the company has ready: messages with buttons, or drawn ones, whose places are filled in before they are sent.
 * Immutable and safe for many threads.
 */
public final class Cards {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Pattern NAME = Pattern.compile("[a-z0-9-]{1,40}");
    private static final Pattern PLACE = Pattern.compile("\\{\\{\\s*([^{}\\n]{1,60}?)\\s*}}");

    /** Filled in by the hub; every other place is the operator's. */
    public static final Set<String> KNOWN = Set.of("customer", "number", "operator");

    /**
     * One card.
     *
     * @param kind {@code buttons}, {@code confirm}, {@code carousel}, {@code image_carousel} or {@code flex}
     * @param altText what is shown where a card cannot be
     * @param labels the words on its buttons
     * @param places what the operator has to fill in
     */
    public record Card(
            String name,
            String language,
            String title,
            String kind,
            String altText,
            List<String> labels,
            List<String> places) {}

    private record Ready(Card card, JsonNode message) {}

    private final Map<String, Ready> cards = new LinkedHashMap<>();
    private final Consumer<JsonNode> rules;

    private Cards(Consumer<JsonNode> rules) {
        this.rules = rules;
    }

    /**
     * Reads cards from YAML.
     *
     * @param rules throws an {@link IllegalArgumentException} in a sentence when the channel would not take a message
     * @throws IllegalArgumentException in a sentence that names the card
     */
    public static Cards read(String yaml, Consumer<JsonNode> rules) {
        Object tree;
        try {
            tree = new Load(LoadSettings.builder().build()).loadFromString(yaml);
        } catch (YamlEngineException e) {
            throw new IllegalArgumentException("This is no YAML: " + e.getMessage(), e);
        }
        Cards cards = new Cards(rules);
        JsonNode list = JSON.valueToTree(tree);
        if (!list.isNull() && !list.isArray()) {
            throw new IllegalArgumentException("Cards are a list");
        }
        for (int i = 0; i < list.size(); i++) {
            try {
                cards.add(list.get(i));
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException(
                        "Card " + (i + 1) + " (" + list.get(i).path("name").asText("without a name") + "): "
                                + e.getMessage(),
                        e);
            }
        }
        return cards;
    }

    private void add(JsonNode entry) {
        String name = entry.path("name").asText("");
        String language = entry.path("language").asText("");
        String title = entry.path("title").asText("");
        JsonNode message = entry.path("message");
        if (!NAME.matcher(name).matches()) {
            throw new IllegalArgumentException("A name has 1 to 40 of a-z, 0-9 and -");
        }
        if (language.isEmpty() || title.isBlank() || title.length() > 120) {
            throw new IllegalArgumentException("A card has a language, and a title of 1 to 120 characters");
        }
        rules.accept(message);
        String type = message.path("type").asText();
        Set<String> places = new LinkedHashSet<>();
        words(message, text -> places(text, places));
        places.removeAll(KNOWN);
        Card card = new Card(
                name,
                language,
                title,
                type.equals("flex")
                        ? "flex"
                        : message.path("template").path("type").asText(),
                message.path("altText").asText(),
                labels(message),
                List.copyOf(places));
        if (cards.putIfAbsent(key(name, language), new Ready(card, message)) != null) {
            throw new IllegalArgumentException("There is another card of this name and language");
        }
    }

    private static void words(JsonNode node, Consumer<String> to) {
        if (node.isTextual()) {
            to.accept(node.textValue());
        }
        node.forEach(child -> words(child, to));
    }

    private static void places(String text, Set<String> into) {
        Matcher found = PLACE.matcher(text);
        while (found.find()) {
            into.add(found.group(1));
        }
    }

    private static List<String> labels(JsonNode message) {
        return message.findValues("label").stream().map(JsonNode::asText).toList();
    }

    /** Gives all cards, in the order they stand. */
    public List<Card> all() {
        return cards.values().stream().map(Ready::card).toList();
    }

    /** Says whether there is such a card. */
    public boolean has(Draft.Card wanted) {
        return cards.containsKey(key(wanted.name(), wanted.language()));
    }

    /** Says which places of a card nobody has filled in. */
    List<String> open(Draft.Card wanted, Map<String, String> known) {
        Ready ready = cards.get(key(wanted.name(), wanted.language()));
        Set<String> places = new LinkedHashSet<>();
        words(ready.message(), text -> places(text, places));
        return places.stream()
                .filter(place -> value(place, wanted, known).isBlank())
                .toList();
    }

    /**
     * Gives a card with its places filled in.
     *
     * @throws IllegalArgumentException in a sentence when the channel would not take it so
     */
    Bubble.Card fill(Draft.Card wanted, Map<String, String> known) {
        Ready ready = Optional.ofNullable(cards.get(key(wanted.name(), wanted.language())))
                .orElseThrow(() -> new IllegalArgumentException("There is no card " + wanted.name()));
        JsonNode message = filled(ready.message(), wanted, known);
        rules.accept(message);
        return new Bubble.Card(
                message.toString(), ready.card().kind(), message.path("altText").asText(), labels(message), wanted);
    }

    private static JsonNode filled(JsonNode node, Draft.Card wanted, Map<String, String> known) {
        if (node.isTextual()) {
            return TextNode.valueOf(PLACE.matcher(node.textValue())
                    .replaceAll(found -> Matcher.quoteReplacement(value(found.group(1), wanted, known))));
        }
        if (node.isArray()) {
            ArrayNode array = JSON.createArrayNode();
            node.forEach(child -> array.add(filled(child, wanted, known)));
            return array;
        }
        if (node.isObject()) {
            ObjectNode object = JSON.createObjectNode();
            node.properties().forEach(field -> object.set(field.getKey(), filled(field.getValue(), wanted, known)));
            return object;
        }
        return node;
    }

    private static String value(String place, Draft.Card wanted, Map<String, String> known) {
        String given = wanted.values().get(place);
        return given != null && !given.isBlank() ? given.strip() : known.getOrDefault(place, "");
    }

    private static String key(String name, String language) {
        return language + "/" + name;
    }

    /** No cards at all. */
    public static Cards none() {
        return new Cards(message -> {});
    }
}
