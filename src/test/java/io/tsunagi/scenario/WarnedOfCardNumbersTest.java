package io.tsunagi.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.tsunagi.inquiry.Office;
import io.tsunagi.store.Dialect;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Scenario 56: who types a card number while a person has the inquiry is told, where that is free. */
class WarnedOfCardNumbersTest {
    private static final String USER = "U" + "6".repeat(32);
    private static final String NAME = "番号 太郎";
    private static final String WARNING = Office.texts().say("ja", "hand-off.card-number", Map.of());
    private static final String ANSWER = "番号はもうお送りにならないでください。";

    private static String openChat(TestHub hub, Operator aoi) {
        hub.customer(USER, NAME);
        hub.line.write(USER, "main", "オペレーターと話したい");
        return aoi.awaitInquiry(NAME);
    }

    private static List<String> phone(TestHub hub) {
        return hub.chat(USER).stream()
                .filter(bubble -> bubble.path("from").asText().equals("account"))
                .map(bubble -> bubble.path("text").asText())
                .toList();
    }

    private static boolean isMasked(JsonNode message, String lastFour) {
        return message.path("text").asText().endsWith("**** " + lastFour);
    }

    @ParameterizedTest
    @EnumSource(Dialect.class)
    void the_customer_is_warned_once_by_the_free_reply_and_the_operator_sees_it(Dialect dialect) {
        try (TestHub hub = TestHub.start(dialect)) {
            Operator aoi = hub.operator("aoi");
            String inquiry = openChat(hub, aoi);
            int pushes = hub.line.calls("push").size();

            hub.line.write(USER, "main", "4539 1488 0343 6467");
            hub.awaitBubble(USER, WARNING::equals);
            aoi.awaitMessage(inquiry, message -> message.path("text").asText().equals(WARNING));
            hub.line.write(USER, "main", "4111 1111 1111 1111");
            aoi.awaitMessage(inquiry, message -> isMasked(message, "1111"));
            assertThat(aoi.say(inquiry, ANSWER).status()).isEqualTo(202);
            hub.awaitBubble(USER, ANSWER::equals);

            assertThat(phone(hub)).containsOnlyOnce(WARNING);
            assertThat(hub.line.calls("push")).as("all was free").hasSize(pushes);
        }
    }

    @Test
    void who_was_warned_by_the_bot_is_not_warned_again_while_waiting() {
        try (TestHub hub = TestHub.start(Dialect.H2)) {
            hub.customer(USER, NAME);
            hub.line.write(USER, "main", "4539 1488 0343 6467");
            hub.awaitBubble(USER, WARNING::equals);
            hub.line.write(USER, "main", "4111 1111 1111 1111");

            Operator aoi = hub.operator("aoi");
            String inquiry = aoi.awaitInquiry(NAME);
            aoi.awaitMessage(inquiry, message -> isMasked(message, "1111"));
            assertThat(aoi.say(inquiry, ANSWER).status()).isEqualTo(202);
            hub.awaitBubble(USER, ANSWER::equals);
            assertThat(phone(hub)).containsOnlyOnce(WARNING);
        }
    }

    @Test
    void the_reply_is_left_to_the_operator_where_nobody_is_to_be_warned() {
        try (TestHub hub = TestHub.start(Dialect.H2, Map.of("hub.bot.warn-for-people", "false"))) {
            Operator aoi = hub.operator("aoi");
            String inquiry = openChat(hub, aoi);
            int pushes = hub.line.calls("push").size();

            hub.line.write(USER, "main", "4539 1488 0343 6467");
            aoi.awaitMessage(inquiry, message -> isMasked(message, "6467"));
            assertThat(aoi.say(inquiry, ANSWER).status()).isEqualTo(202);
            hub.awaitBubble(USER, ANSWER::equals);

            assertThat(phone(hub)).doesNotContain(WARNING);
            assertThat(hub.line.calls("push")).hasSize(pushes);
        }
    }
}
