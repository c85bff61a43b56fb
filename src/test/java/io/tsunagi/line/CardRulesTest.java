package io.tsunagi.line;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tsunagi.inquiry.Cards;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What LINE takes of cards, at its limits and one beyond. */
class CardRulesTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    private static ObjectNode of(String json) throws IOException {
        return (ObjectNode) JSON.readTree(json);
    }

    private static ObjectNode message(JsonNode template) throws IOException {
        ObjectNode message = of("{\"type\":\"template\",\"altText\":\"a\"}");
        message.set("template", template);
        return message;
    }

    private static ObjectNode node(String type, String text, int actions) throws IOException {
        ObjectNode node = JSON.createObjectNode().put("type", type).put("text", text);
        ArrayNode list = node.putArray("actions");
        for (int i = 0; i < actions; i++) {
            list.add(of("{\"type\":\"message\",\"label\":\"l\",\"text\":\"t\"}"));
        }
        return node;
    }

    private static void taken(JsonNode message) {
        assertThatCode(() -> CardRules.check(message)).doesNotThrowAnyException();
    }

    private static void refused(JsonNode message, String words) {
        assertThatThrownBy(() -> CardRules.check(message))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(words);
    }

    @Test
    void letters_are_counted_as_people_see_them() throws IOException {
        String family = "👨‍👩‍👧";
        taken(message(node("buttons", family.repeat(160), 4)));
        refused(message(node("buttons", family.repeat(161), 4)), "at most 160 letters");
        taken(message(node("buttons", "x".repeat(60), 1).put("title", "t")));
        refused(message(node("buttons", "x".repeat(61), 1).put("title", "t")), "at most 60 letters");
        taken(message(node("confirm", "x".repeat(240), 2)));
        refused(message(node("confirm", "x".repeat(241), 2)), "at most 240 letters");
    }

    @Test
    void the_number_of_buttons_and_columns_has_its_limits() throws IOException {
        refused(message(node("buttons", "x", 0)), "1 to 4 actions");
        refused(message(node("buttons", "x", 5)), "1 to 4 actions");
        refused(message(node("confirm", "x", 1)), "2 to 2 actions");
        ObjectNode carousel = JSON.createObjectNode().put("type", "carousel");
        ArrayNode columns = carousel.putArray("columns");
        refused(message(carousel), "1 to 10 columns");
        for (int i = 0; i < 10; i++) {
            columns.add(node("column", "x", 2));
        }
        taken(message(carousel));
        columns.set(3, node("column", "x", 1));
        refused(message(carousel), "as many actions");
        columns.add(node("column", "x", 2));
        refused(message(carousel), "1 to 10 columns");
    }

    @Test
    void a_button_goes_where_line_lets_it_go() throws IOException {
        for (String uri : List.of("tel:0312345678", "https://example.com/%E3%81%82", "line://x")) {
            taken(message(withUri(uri)));
        }
        for (String uri : List.of("javascript:alert(1)", "https://example.com/あ", "ftp://x", "")) {
            refused(message(withUri(uri)), "uri");
        }
    }

    private static ObjectNode withUri(String uri) throws IOException {
        ObjectNode buttons = node("buttons", "x", 0);
        ((ArrayNode) buttons.path("actions"))
                .add(JSON.createObjectNode()
                        .put("type", "uri")
                        .put("label", "l")
                        .put("uri", uri));
        return buttons;
    }

    @Test
    void a_flex_message_has_its_size_and_its_actions_are_looked_at_wherever_they_stand() throws IOException {
        ObjectNode flex =
                of("{\"type\":\"flex\",\"altText\":\"a\",\"contents\":{\"type\":\"bubble\",\"body\":{\"type\":\"box\","
                        + "\"layout\":\"vertical\",\"contents\":[{\"type\":\"text\",\"text\":\"x\"}]}}}");
        taken(flex);
        ObjectNode text = (ObjectNode) flex.at("/contents/body/contents/0");
        text.set("action", of("{\"type\":\"uri\",\"label\":\"l\",\"uri\":\"javascript:1\"}"));
        refused(flex, "https, line or tel");
        text.remove("action");
        text.put("text", "x".repeat(31 * 1024));
        refused(flex, "30 KB");
        refused(flex.deepCopy().put("altText", "x".repeat(1501)), "altText");
        refused(of("{\"type\":\"text\",\"text\":\"x\"}"), "template or flex");
    }

    @Test
    void the_cards_that_are_shipped_are_taken_and_a_wrong_one_is_named() throws IOException {
        Cards shipped = Cards.read(Files.readString(Path.of("config/cards.yaml")), CardRules::check);
        assertThat(shipped.all()).extracting(Cards.Card::kind).contains("buttons", "confirm", "flex");

        assertThatThrownBy(() -> Cards.read(
                        "[{name: broken, language: ja, title: t, message: {type: flex, altText: a, contents: {type: box}}}]",
                        CardRules::check))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("Card 1 (broken): Flex contents must be");
    }
}
