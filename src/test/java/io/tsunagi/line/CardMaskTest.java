package io.tsunagi.line;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CardMaskTest {
    private static final String CARD = "4111111111111111";

    private final ObjectMapper json = new ObjectMapper();
    private final CardMask mask = new CardMask(json);

    private String kept(String event) throws IOException {
        return new String(
                mask.mask((ObjectNode) json.readTree(event), event.getBytes(StandardCharsets.UTF_8)),
                StandardCharsets.UTF_8);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"type\":\"message\",\"message\":{\"type\":\"text\",\"text\":\"a 4111111111111111 b\"}}",
                "{\"type\":\"messageEdited\",\"message\":{\"type\":\"text\",\"text\":\"\\u0034111111111111111\"}}",
                "{\"type\":\"message\",\"message\":{\"type\":\"file\",\"fileName\":\"4111111111111111.pdf\"}}",
                "{\"type\":\"message\",\"message\":{\"type\":\"location\",\"title\":\"4111111111111111\"}}",
                "{\"type\":\"message\",\"message\":{\"type\":\"location\",\"address\":\"4111111111111111\"}}",
                "{\"type\":\"message\",\"message\":{\"type\":\"sticker\",\"keywords\":[\"a\",\"4111111111111111\"]}}",
                "{\"type\":\"message\",\"message\":{\"type\":\"sticker\",\"text\":\"4111111111111111\"}}",
                "{\"type\":\"postback\",\"postback\":{\"data\":\"card=4111111111111111\"}}",
            })
    void whatever_a_customer_can_write_is_masked(String event) throws IOException {
        JsonNode kept = json.readTree(kept(event));

        assertThat(kept.toString()).doesNotContain(CARD).contains("************1111");
        assertThat(kept.path("type")).isEqualTo(json.readTree(event).path("type"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{ \"type\" : \"message\" ,\"message\":{\"id\":\"4111111111111111\",\"text\":\"\\u3042\"} }",
                "{\"replyToken\":\"4111111111111111\",\"timestamp\":4111111111111111}",
                "{\"webhookEventId\":\"4111111111111111\",\"source\":{\"userId\":\"4111111111111111\"}}",
                "{\"message\":{\"quoteToken\":\"4111111111111111\",\"quotedMessageId\":\"4111111111111111\"}}",
                "{\"unsend\":{\"messageId\":\"4111111111111111\"}}",
                "{\"message\":7,\"postback\":\"4111111111111111\"}",
            })
    void ids_and_tokens_are_never_touched_and_the_event_stays_byte_for_byte(String event) throws IOException {
        assertThat(kept(event)).isEqualTo(event);
    }
}
