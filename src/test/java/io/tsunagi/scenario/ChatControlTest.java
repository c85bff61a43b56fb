package io.tsunagi.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tsunagi.store.Dialect;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** An account whose chats are shared with other systems: the hub takes the word for its operators and gives it back. */
class ChatControlTest {
    private static final String USER = "U00000000000000000000000000000e01";
    private static final String CUSTOMER = "共有 なぎさ";

    private TestHub hub;

    @AfterEach
    void stop() {
        hub.close();
    }

    private void start(String policy) {
        hub = TestHub.start(
                Dialect.H2,
                Map.of("hub.line.account.main.chat-control", policy, "hub.line.chat-control-millis", "100"),
                line -> line.settings(Webhook.JSON.createObjectNode().put("sharedChats", policy.equals("module"))));
        hub.customer(USER, CUSTOMER);
    }

    private List<JsonNode> asked(String what) {
        return hub.line.calls().stream()
                .filter(call -> call.path("path").asText().endsWith("/control/" + what))
                .toList();
    }

    private List<JsonNode> sent() {
        return hub.line.calls().stream()
                .filter(call -> call.path("endpoint").asText().matches("push|reply"))
                .toList();
    }

    private static boolean says(JsonNode message, String code) {
        return message.path("type").asText().equals("event")
                && message.path("text").asText().equals(code);
    }

    @Test
    void a_chat_is_taken_at_the_hand_off_and_given_back_when_all_was_said() {
        start("module");
        Operator aoi = hub.operator("aoi");
        hub.line.write(USER, "main", "残高を確認したいです");
        await("heard, in standby").atMost(TestHub.PATIENCE).until(() -> {
            try (Rows rows = new Rows(hub.settings())) {
                return rows.count("select count(*) from customers where standby") == 1;
            }
        });
        hub.line.write(USER, "main", "オペレーターと話したい");

        hub.awaitBubble(USER, text -> text.contains("おつなぎします"));
        assertThat(asked("acquire")).hasSize(1);
        assertThat(asked("acquire").get(0).path("path").asText()).contains(USER);
        assertThat(asked("acquire").get(0).path("body").path("ttl").asInt()).isEqualTo(3600);
        assertThat(hub.chat(USER).stream()
                        .filter(bubble -> bubble.path("from").asText().equals("account")))
                .as("the bot said nothing while another system had the chat")
                .hasSize(1);
        String inquiry = aoi.awaitInquiry(CUSTOMER);
        aoi.awaitMessage(inquiry, message -> says(message, "chat-returned"));
        assertThat(aoi.say(inquiry, "お待たせしました。").status()).isEqualTo(202);
        hub.awaitBubble(USER, text -> text.equals("お待たせしました。"));

        aoi.act(inquiry, "close", Map.of("reason", "solved", "survey", true));
        await("given back")
                .atMost(TestHub.PATIENCE)
                .until(() -> asked("release").size() == 1);
        hub.awaitBubble(USER, text -> text.contains("対応はいかがでしたか"));
        try (Rows rows = new Rows(hub.settings())) {
            await("nothing left to ask")
                    .atMost(TestHub.PATIENCE)
                    .until(() -> rows.count("select count(*) from chat_controls") == 0);
        }
    }

    @Test
    void who_answers_on_lines_own_screen_is_seen_and_the_chat_can_be_asked_for_again() {
        start("module");
        Operator aoi = hub.operator("aoi");
        hub.line.write(USER, "main", "オペレーターと話したい");
        hub.awaitBubble(USER, text -> text.contains("おつなぎします"));
        String inquiry = aoi.awaitInquiry(CUSTOMER);
        aoi.awaitMessage(inquiry, message -> says(message, "chat-returned"));
        int before = sent().size();

        hub.line.answerFromManager(USER, "main", "こちらでお答えします。");

        aoi.awaitMessage(inquiry, message -> says(message, "chat-taken"));
        JsonNode shown = aoi.inquiry(inquiry);
        assertThat(shown.path("customer").path("standby").asBoolean()).isTrue();
        assertThat(shown.path("chatShared").asBoolean()).isTrue();
        assertThat(aoi.say(inquiry, "こちらからも。").body().path("error").path("code").asText())
                .isEqualTo("standby");
        assertThat(sent()).hasSize(before);

        // The other channel took it just now: LINE says 423 at first.
        aoi.act(inquiry, "chat-control", Map.of());
        aoi.awaitMessage(inquiry, message -> says(message, "chat-busy"));
        await("the chat is ours again")
                .atMost(TestHub.PATIENCE)
                .until(() ->
                        !aoi.inquiry(inquiry).path("customer").path("standby").asBoolean());
        assertThat(asked("acquire").stream().map(call -> call.path("status").asInt()))
                .contains(423)
                .endsWith(200);
        assertThat(aoi.say(inquiry, "引き継ぎました。").status()).isEqualTo(202);
        hub.awaitBubble(USER, text -> text.equals("引き継ぎました。"));
    }

    @Test
    void what_waits_for_line_is_not_sent_in_standby_and_goes_when_the_chat_is_back() {
        start("off");
        Operator aoi = hub.operator("aoi");
        hub.askForPerson(USER, CUSTOMER, "残高の確認方法");
        String inquiry = aoi.awaitInquiry(CUSTOMER);
        hub.line.faults(Webhook.JSON
                .createArrayNode()
                .add(Webhook.JSON.createObjectNode().put("endpoint", "push").put("status", 500))
                .add(Webhook.JSON.createObjectNode().put("endpoint", "reply").put("status", 500)));
        assertThat(aoi.say(inquiry, "ただいま確認しています。").status()).isEqualTo(202);
        hub.line.happen(USER, event("deactivated"));
        aoi.awaitMessage(inquiry, message -> says(message, "chat-taken"));
        hub.line.clearFaults();
        try (Rows rows = new Rows(hub.settings())) {
            assertThat(rows.count("select count(*) from deliveries where state in ('QUEUED', 'SENDING')"))
                    .isEqualTo(1);
        }
        hub.line.happen(USER, event("activated"));

        hub.awaitBubble(USER, text -> text.equals("ただいま確認しています。"));
        assertThat(asked("acquire")).as("off asks for nothing").isEmpty();
        assertThat(aoi.post("/api/inquiries/" + inquiry + "/chat-control", Map.of())
                        .body()
                        .toString())
                .contains("not-shared");
    }

    private static ObjectNode event(String type) {
        ObjectNode event =
                Webhook.JSON.createObjectNode().put("account", "main").put("type", type);
        if (type.equals("activated")) {
            event.putObject("chatControl").put("expireAt", 4_102_444_800_000L);
        }
        return event;
    }

    @Test
    void a_chat_that_line_does_not_give_is_told_to_the_operator_and_not_asked_for_for_ever() {
        start("module");
        Operator aoi = hub.operator("aoi");
        hub.line.write(USER, "main", "こんにちは");
        hub.line.faults(Webhook.JSON
                .createArrayNode()
                .add(Webhook.JSON.createObjectNode().put("endpoint", "control").put("status", 404)));
        hub.line.write(USER, "main", "オペレーターと話したい");
        String inquiry = aoi.awaitInquiry(CUSTOMER);
        aoi.awaitMessage(inquiry, message -> says(message, "chat-refused"));
        try (Rows rows = new Rows(hub.settings())) {
            assertThat(rows.count("select count(*) from chat_controls")).isZero();
        }
        assertThat(sent()).isEmpty();
    }
}
