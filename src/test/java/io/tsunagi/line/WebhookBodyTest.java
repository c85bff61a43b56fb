package io.tsunagi.line;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tsunagi.inquiry.Office;
import io.tsunagi.store.Ledger.Arrival;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** S02, S03: what becomes of the events in a webhook body. */
class WebhookBodyTest {
    private static final Instant NOW = Instant.parse("2026-04-01T12:00:00Z");
    private static final String CARD = "4111111111111111";

    private final ObjectMapper json = new ObjectMapper();
    private final WebhookBody bodies = new WebhookBody(Office.SENSITIVE::mask);

    private List<Arrival> events(String body) throws IOException {
        return bodies.events("main", body.getBytes(StandardCharsets.UTF_8), NOW);
    }

    private Arrival event(String event) throws IOException {
        List<Arrival> found = events("{ \"destination\" : \"Ü\", \"events\" : [ " + event + " ] , \"more\":[{}]}");
        assertThat(found).hasSize(1);
        return found.get(0);
    }

    private String kept(String event) throws IOException {
        return new String(event(event).json(), StandardCharsets.UTF_8);
    }

    @Test
    void columns_are_read_wherever_they_stand() throws IOException {
        Arrival event = event("{\"x\":{\"type\":\"no\",\"timestamp\":1},\"timestamp\":1775000000123,"
                + "\"source\":{\"type\":\"user\",\"userId\":\"U1\",\"y\":[{\"userId\":\"U2\"}]},"
                + "\"type\":\"message\",\"message\":{\"type\":\"text\",\"timestamp\":7,\"text\":\"残高\"},"
                + "\"webhookEventId\":\"01A\"}");

        assertThat(event.account()).isEqualTo("main");
        assertThat(event.eventId()).isEqualTo("01A");
        assertThat(event.type()).isEqualTo("message");
        assertThat(event.kind()).isEqualTo("user");
        assertThat(event.source()).isEqualTo("U1");
        assertThat(event.occurredAt()).isEqualTo(Instant.ofEpochMilli(1775000000123L));
    }

    @Test
    void a_group_and_a_room_are_lanes_before_the_user_who_spoke_there() throws IOException {
        assertThat(event("{\"source\":{\"userId\":\"U1\",\"groupId\":\"C1\"}}"))
                .extracting(Arrival::kind, Arrival::source)
                .containsExactly("group", "C1");
        assertThat(event("{\"source\":{\"roomId\":\"R1\",\"userId\":\"U1\"}}"))
                .extracting(Arrival::kind, Arrival::source)
                .containsExactly("room", "R1");
        assertThat(event("{\"source\":{\"groupId\":\"C 1\",\"userId\":\"U1\"}}"))
                .extracting(Arrival::kind, Arrival::source)
                .containsExactly("user", "U1");
        assertThat(event("{\"type\":\"module\"}"))
                .extracting(Arrival::kind, Arrival::source)
                .containsExactly("account", "main");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"type\":7,\"source\":7,\"webhookEventId\":7,\"timestamp\":\"yesterday\",\"message\":7}",
                "{\"type\":[],\"source\":[{}],\"webhookEventId\":{\"a\":1},\"timestamp\":1e3,\"postback\":[1]}",
                "{\"type\":null,\"source\":{\"userId\":{}},\"timestamp\":99999999999999999999,\"message\":[{}]}",
                "{\"type\":\"hub-profile\",\"source\":{\"userId\":\"\"},\"timestamp\":-5}",
                "{\"type\":\"a b\",\"source\":{\"userId\":\"\\u0000\"},\"timestamp\":4102444800000}",
            })
    void a_column_without_sense_is_as_if_it_were_not_there(String odd) throws IOException {
        Arrival event = event(odd);

        assertThat(event.type()).isEqualTo("unknown");
        assertThat(event.kind()).isEqualTo("account");
        assertThat(event.occurredAt()).isEqualTo(NOW);
        assertThat(event.eventId()).startsWith("sha256:");
        assertThat(kept(odd)).isEqualTo(odd);
    }

    @Test
    void without_an_id_the_same_bytes_are_the_same_event() throws IOException {
        assertThat(event("{\"type\":\"a\"}").eventId())
                .isEqualTo(event("{\"type\":\"a\"}").eventId())
                .isNotEqualTo(event("{\"type\":\"b\"}").eventId());
    }

    /** Jackson fills a short name up with 0xff, and finds it again by these four bytes. */
    @Test
    void bytes_that_are_no_utf8_are_refused_wherever_they_stand() {
        String body = "{\"S\":1,\"events\":[{\"\u00ff\u00ff\u00ffS\":1}]}";

        assertThatThrownBy(() -> bodies.events("main", body.getBytes(StandardCharsets.ISO_8859_1), NOW))
                .isInstanceOf(IOException.class)
                .hasMessage("The body is not UTF-8");
    }

    @Test
    void each_event_is_cut_out_byte_for_byte() throws IOException {
        String first = "{ \"type\" : \"message\" ,\n \"message\" : { \"text\" : \"\\u3042 😀 \\/\" } }";
        String second = "{\"a\":[[{\"}\":\"]\"}]]}";

        assertThat(events("\ufeff{\"events\":[7, " + first + " ,null,[{}]," + second + "],\"z\":\"ん\"}"))
                .extracting(event -> new String(event.json(), StandardCharsets.UTF_8))
                .containsExactly(first, second);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "[]",
                "null",
                "{}",
                "{\"events\":null}",
                "{\"events\":{}}",
                "{\"events\":[",
                "{\"events\":[{\"type\":",
                "{\"events\":[{\"message\":{\"text\":\"4111",
                "{\"events\":[{\"message\":{\"keywords\":[\"a\"",
                "{\"events\":[{\"source\":{\"userId\":\"U1\"]}]}",
                "{\"events\":[{\"message\":{\"text\":\"\\ud8\"}}]}",
            })
    void what_is_no_webhook_body_is_said_to_be_none(String body) {
        assertThatThrownBy(() -> events(body)).isInstanceOf(IOException.class);
    }

    @Test
    void no_depth_breaks_the_reader() {
        for (String open : List.of("[", "{\"a\":", "{\"message\":", "{\"source\":", "{\"message\":{\"keywords\":[")) {
            assertThatThrownBy(() -> events("{\"events\":[{\"message\":" + open.repeat(10_000)))
                    .isInstanceOf(IOException.class);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"type\":\"message\",\"message\":{\"type\":\"text\",\"text\":\"a 4111111111111111 b\"}}",
                "{\"type\":\"messageEdited\",\"message\":{\"type\":\"text\",\"text\":\"\\u0034111111111111111\"}}",
                "{\"type\":\"message\",\"message\":{\"type\":\"text\",\"text\":\"\\uFF14111111111111111\"}}",
                "{\"type\":\"message\",\"message\":{\"type\":\"text\",\"text\":\"\\ud835\\udfd2111111111111111\"}}",
                "{\"type\":\"message\",\"message\":{\"type\":\"text\",\"text\":\"\\ud800 \\\"\\n"
                        + "4111111111111111\\ud83d\"}}",
                "{\"type\":\"message\",\"message\":{\"type\":\"text\",\"t\\u0065xt\":\"4111111111111111\"}}",
                "{\"type\":\"message\",\"message\":{\"text\":\"4111111111111111\",\"text\":\"5555555555554444 1111\"}}",
                "{\"type\":\"message\",\"message\":{\"type\":\"file\",\"fileName\":\"4111111111111111.pdf\"}}",
                "{\"type\":\"message\",\"message\":{\"type\":\"location\",\"title\":\"4111111111111111\"}}",
                "{\"type\":\"message\",\"message\":{\"type\":\"location\",\"address\":\"4111111111111111\"}}",
                "{\"type\":\"message\",\"message\":{\"keywords\":[\"a\",[],\"4111111111111111\",7,\"4111111111111111\"]}}",
                "{\"type\":\"message\",\"message\":{\"type\":\"sticker\",\"text\":\"4111111111111111\"}}",
                "{\"type\":\"postback\",\"postback\":{\"params\":{\"data\":\"x\"},\"data\":\"card=4111111111111111\"}}",
            })
    void whatever_a_customer_can_write_is_masked(String event) throws IOException {
        JsonNode kept = json.readTree(kept(event));
        JsonNode sent = json.readTree(event);

        assertThat(kept(event)).doesNotContain(CARD).doesNotContain("5555555555554444");
        assertThat(kept.toString()).containsPattern("\\*{12,}1111|\\*{12}4444 1111");
        assertThat(kept.path("type")).isEqualTo(sent.path("type"));
        assertThat(kept.path("message").path("text").asText())
                .hasSameSizeAs(sent.path("message").path("text").asText());
    }

    @Test
    void around_a_masked_value_every_byte_stays() throws IOException {
        assertThat(kept("{ \"message\":{\"id\" : \"4111111111111111\",\"text\":\"あ\\t4111111111111111\" ,"
                        + "\"title\":\"\\/4111111111111111\"},\"replyToken\":\"4111111111111111\" }"))
                .isEqualTo("{ \"message\":{\"id\" : \"4111111111111111\",\"text\":\"あ\\u0009************1111\" ,"
                        + "\"title\":\"/************1111\"},\"replyToken\":\"4111111111111111\" }");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"message\":{\"type\":\"text\",\"text\":\"認証コードは \\uFF14\\uFF11\\uFF11\\uFF11 です\"}}",
                "{\"message\":{\"type\":\"text\",\"text\":\"\\u30d1スワードは\\u0061bc4111です\"}}",
                "{\"message\":{\"type\":\"file\",\"fileName\":\"password=abc4111\"}}",
                "{\"message\":{\"keywords\":[\"PIN 4111\"]}}",
            })
    void what_rules_name_is_masked_however_it_is_escaped(String event) throws IOException {
        assertThat(json.readTree(kept(event)).toString())
                .contains("***")
                .doesNotContain("4111")
                .doesNotContain("４１１１");
    }

    /** A property: of an event that holds everything that is masked everywhere, only what a customer writes changes. */
    @Test
    void masking_never_touches_another_field_or_an_id() throws IOException {
        Random random = new Random(5);
        List<String> values = List.of(
                "4111111111111111",
                "マイナンバー 123456789018",
                "password: abc123",
                "OTP 482913",
                "x",
                "",
                "１２３ 😀 認証コードは１２３４");
        List<String> written = List.of("text", "fileName", "title", "address");
        List<String> others = List.of("id", "quoteToken", "markAsReadToken", "type", "quotedMessageId", "packageId");
        for (int i = 0; i < 500; i++) {
            ObjectNode message = json.createObjectNode();
            ObjectNode untouched = json.createObjectNode();
            for (String field : written) {
                message.put(field, values.get(random.nextInt(values.size())));
            }
            for (String field : others) {
                String value = values.get(random.nextInt(values.size()));
                message.put(field, value);
                untouched.put(field, value);
            }
            message.putObject("emojis").put("text", "password: abc123");
            ObjectNode event = json.createObjectNode();
            event.put("webhookEventId", "password: abc123 4111111111111111").put("replyToken", "OTP 482913");
            event.putObject("source").put("userId", "U4111111111111111");
            event.putObject("postback").put("data", "password=abc123&inquiry=123456789018");
            event.set("message", message);

            ObjectNode kept = (ObjectNode) json.readTree(kept(json.writeValueAsString(event)));

            ObjectNode keptMessage = (ObjectNode) kept.remove("message");
            for (String field : written) {
                assertThat(keptMessage.path(field).asText())
                        .isEqualTo(Office.SENSITIVE.mask(message.path(field).asText()));
            }
            keptMessage.remove(written);
            assertThat(keptMessage.remove("emojis")).isEqualTo(message.path("emojis"));
            assertThat(keptMessage).isEqualTo(untouched);
            event.remove("message");
            assertThat(kept).isEqualTo(event);
        }
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
