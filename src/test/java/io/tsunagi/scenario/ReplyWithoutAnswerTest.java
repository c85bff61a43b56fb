package io.tsunagi.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.tsunagi.store.Dialect;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** A reply has no retry key: when LINE never answers, nobody may guess. */
class ReplyWithoutAnswerTest {

    /** Scenario 12b */
    @Test
    void a_reply_that_stays_without_answer_is_unclear_and_never_pushed() {
        try (TestHub hub = TestHub.start(
                        Dialect.H2, Map.of("hub.line.reply-window", "PT4S", "hub.line.call-timeout-millis", "1000"));
                Rows rows = new Rows(hub.settings())) {
            String user = "U" + UUID.randomUUID().toString().replace("-", "");
            hub.customer(user, "Aya");
            hub.line.faults(
                    Webhook.JSON.createObjectNode().put("endpoint", "reply").put("lostAnswer", true));

            hub.line.write(user, "main", "オペレーターと話したい");

            await("nobody knows")
                    .atMost(TestHub.PATIENCE)
                    .until(() -> rows.count(
                                    "select count(*) from deliveries where recipient = ? and state = 'UNCLEAR'", user)
                            == 1);
            hub.line.clearFaults();
            List<JsonNode> replies = hub.line.calls("reply");
            assertThat(replies).hasSizeGreaterThanOrEqualTo(2);
            assertThat(replies)
                    .extracting(call -> call.path("body"))
                    .containsOnly(replies.get(0).path("body"));
            Operator aoi = hub.operator("aoi");
            String inquiry = aoi.awaitInquiry("Aya");
            assertThat(aoi.messages(inquiry))
                    .anyMatch(message -> message.path("delivery")
                                    .path("state")
                                    .asText()
                                    .equals("unclear")
                            && message.path("delivery").path("reason").asText().contains("did not answer"));

            String after = "後で " + user.substring(1, 9);
            assertThat(aoi.say(inquiry, after).status()).isEqualTo(202);
            hub.awaitBubble(user, after::equals);
            assertThat(hub.line.calls("push"))
                    .as("only the operator's own words are pushed")
                    .singleElement()
                    .satisfies(push -> assertThat(
                                    push.path("body").path("messages").toString())
                            .contains(after));
            assertThat(hub.chat(user).stream()
                            .filter(b -> b.path("via").asText().equals("reply"))
                            .count())
                    .as("the truth on the phone: one copy of the bot's words")
                    .isEqualTo(replies.get(0).path("body").path("messages").size());
        }
    }
}
