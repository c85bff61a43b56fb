package io.tsunagi.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tsunagi.store.Dialect;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What becomes of words on their way to a customer's phone. Every test uses customers of its own; calls are told apart
 * by their words.
 */
@ParameterizedClass
@EnumSource(Dialect.class)
class DeliveryTest {
    private static TestHub hub;
    private static Rows rows;
    private static Operator aoi;

    @Parameter
    Dialect dialect;

    @BeforeParameterizedClassInvocation(injectArguments = true)
    static void start(Dialect dialect) {
        hub = TestHub.start(
                dialect,
                Map.of(
                        "hub.line.call-timeout-millis",
                        "1500",
                        "hub.dispatch.capacity",
                        "50",
                        "hub.line.quota-cron",
                        "* * * * * ?",
                        "hub.line.quota-reserve",
                        "0.5"));
        rows = new Rows(hub.settings());
        aoi = hub.operator("aoi");
    }

    @AfterParameterizedClassInvocation(injectArguments = false)
    static void stop() {
        rows.close();
        hub.close();
    }

    @AfterEach
    void mend() {
        hub.line.clearFaults();
        hub.line.settings(Webhook.JSON.createObjectNode().put("quota", -1).put("replyTokenSeconds", 60));
    }

    /** A customer with an operator; the token of their first message was used up by the bot's words. */
    private record Chat(String user, String account, String name, String inquiry) {}

    private static Chat chat() {
        return chat("main");
    }

    private static Chat chat(String account) {
        String user = "U" + UUID.randomUUID().toString().replace("-", "");
        String name = "Kunde " + user.substring(1, 9);
        hub.customer(user, name);
        hub.line.write(user, account, account.equals("main") ? "オペレーターと話したい" : "I want to talk to a person");
        String inquiry = aoi.awaitInquiry(name);
        await("the bot's last words")
                .atMost(TestHub.PATIENCE)
                .until(() -> rows.count(
                                "select count(*) from deliveries where inquiry = ? and state <> 'SENT'",
                                UUID.fromString(inquiry))
                        == 0);
        return new Chat(user, account, name, inquiry);
    }

    private static void say(Chat chat, String text) {
        assertThat(aoi.say(chat.inquiry(), text).status()).isEqualTo(202);
    }

    /** The delivery as the screen shows it beside the words. */
    private static JsonNode delivery(Chat chat, String text) {
        return StreamSupport.stream(aoi.messages(chat.inquiry()).spliterator(), false)
                .filter(message -> message.path("text").asText().equals(text))
                .findFirst()
                .orElseThrow()
                .path("delivery");
    }

    private static JsonNode awaitState(Chat chat, String text, String state) {
        await(text + " is " + state)
                .atMost(TestHub.PATIENCE)
                .until(() -> delivery(chat, text).path("state").asText(), state::equals);
        return delivery(chat, text);
    }

    private static List<JsonNode> calls(String endpoint, String text) {
        return hub.line.calls(endpoint).stream()
                .filter(call -> call.path("body").path("messages").toString().contains(text))
                .toList();
    }

    private static List<String> phone(Chat chat) {
        return hub.chat(chat.user(), chat.account()).stream()
                .filter(bubble -> bubble.path("from").asText().equals("account"))
                .map(bubble -> bubble.path("text").asText(bubble.path("type").asText()))
                .toList();
    }

    private static void faults(ObjectNode... faults) {
        ArrayNode list = Webhook.JSON.createArrayNode();
        List.of(faults).forEach(list::add);
        hub.line.faults(list);
    }

    private static ObjectNode fault(String endpoint, int times) {
        return Webhook.JSON.createObjectNode().put("endpoint", endpoint).put("times", times);
    }

    private static String words(String what) {
        return what + " " + UUID.randomUUID().toString().substring(0, 8);
    }

    /** Scenario 12 */
    @Test
    void fresh_words_are_answered_with_the_free_reply_in_one_call() {
        Chat chat = chat();
        String text = words("free");
        hub.line.write(chat.user(), "main", "まだいますか");
        await().atMost(TestHub.PATIENCE)
                .until(() -> aoi.messages(chat.inquiry()).toString().contains("まだいますか"));

        assertThat(aoi.say(chat.inquiry(), text, Map.of("packageId", "446", "stickerId", "1988"))
                        .status())
                .isEqualTo(202);

        JsonNode delivery = awaitState(chat, text, "sent");
        assertThat(delivery.path("cost").asText()).isEqualTo("free");
        assertThat(calls("reply", text)).singleElement().satisfies(call -> {
            assertThat(call.path("body").path("messages")).hasSize(2);
            assertThat(call.path("headers").has("x-line-retry-key")).isFalse();
        });
        assertThat(calls("push", text)).isEmpty();
        assertThat(phone(chat)).endsWith(text, "sticker");
    }

    /** Scenario 13 */
    @Test
    void words_whose_token_is_used_or_over_are_pushed_once_with_the_delivery_as_retry_key() {
        Chat chat = chat();
        String noToken = words("no token");
        say(chat, noToken);
        JsonNode delivery = awaitState(chat, noToken, "sent");
        assertThat(delivery.path("cost").asText()).isEqualTo("paid");
        assertThat(calls("reply", noToken)).isEmpty();
        assertThat(calls("push", noToken)).singleElement().satisfies(call -> assertThat(
                        call.path("headers").path("x-line-retry-key").asText())
                .isEqualTo(delivery.path("id").asText()));

        String tokenOver = words("token over");
        hub.line.write(chat.user(), "main", "もう一つ");
        await().atMost(TestHub.PATIENCE)
                .until(() -> aoi.messages(chat.inquiry()).toString().contains("もう一つ"));
        hub.line.settings(Webhook.JSON.createObjectNode().put("replyTokenSeconds", 0));
        say(chat, tokenOver);

        JsonNode pushed = awaitState(chat, tokenOver, "sent");
        assertThat(pushed.path("cost").asText()).isEqualTo("paid");
        assertThat(calls("reply", tokenOver))
                .singleElement()
                .satisfies(call -> assertThat(call.path("status").asInt()).isEqualTo(400));
        assertThat(calls("push", tokenOver)).singleElement().satisfies(call -> assertThat(
                        call.path("headers").path("x-line-retry-key").asText())
                .isEqualTo(pushed.path("id").asText()));
        assertThat(phone(chat)).containsOnlyOnce(noToken, tokenOver);
    }

    /** Scenario 12b */
    @Test
    void a_reply_whose_answer_was_lost_reaches_the_customer_once_and_is_never_pushed() {
        Chat chat = chat();
        String text = words("lost");
        hub.line.write(chat.user(), "main", "聞こえますか");
        await().atMost(TestHub.PATIENCE)
                .until(() -> aoi.messages(chat.inquiry()).toString().contains("聞こえますか"));
        faults(fault("reply", 1).put("lostAnswer", true));

        say(chat, text);

        JsonNode delivery = awaitState(chat, text, "sent");
        assertThat(delivery.path("cost").asText()).isEqualTo("free");
        List<JsonNode> replies = calls("reply", text);
        assertThat(replies).hasSize(2);
        assertThat(replies.get(0).path("body")).isEqualTo(replies.get(1).path("body"));
        assertThat(calls("push", text)).isEmpty();
        assertThat(phone(chat)).containsOnlyOnce(text);
    }

    /** Scenario 14 */
    @Test
    void a_push_that_line_took_without_saying_so_is_shown_as_sent_and_arrives_once() {
        Chat chat = chat();
        for (ObjectNode trouble : List.of(
                fault("push", 1).put("status", 500).put("acts", true),
                fault("push", 1).put("lostAnswer", true),
                fault("push", 1).put("delayMillis", 3000))) {
            String text = words("taken");
            faults(trouble);

            say(chat, text);

            awaitState(chat, text, "sent");
            List<JsonNode> pushes = calls("push", text);
            assertThat(pushes).as("%s", trouble).hasSizeGreaterThanOrEqualTo(2);
            assertThat(pushes.get(pushes.size() - 1).path("status").asInt()).isEqualTo(409);
            assertThat(pushes)
                    .extracting(call ->
                            call.path("headers").path("x-line-retry-key").asText())
                    .containsOnly(delivery(chat, text).path("id").asText());
            assertThat(pushes)
                    .extracting(call -> call.path("body"))
                    .containsOnly(pushes.get(0).path("body"));
            assertThat(phone(chat)).containsOnlyOnce(text);
        }
    }

    /** Scenario 14 */
    @Test
    void a_push_that_line_did_not_take_is_repeated_until_it_does() {
        Chat chat = chat();
        String text = words("not taken");
        faults(fault("push", 2).put("status", 503).put("body", "<html>gateway</html>"));

        say(chat, text);

        awaitState(chat, text, "sent");
        assertThat(calls("push", text))
                .extracting(call -> call.path("status").asInt())
                .containsExactly(503, 503, 200);
        assertThat(phone(chat)).containsOnlyOnce(text);
    }

    /** Scenario 15 */
    @Test
    void a_busy_line_is_asked_again_later_in_order_and_holds_nobody_else_up() {
        Chat chat = chat();
        Chat other = chat("global");
        String first = words("first");
        String second = words("second");
        String others = words("others");
        faults(fault("push", -1).put("status", 429).put("account", "main"));

        say(chat, first);
        say(chat, second);
        await("told to wait, twice")
                .atMost(TestHub.PATIENCE)
                .until(() -> calls("push", first).size() >= 2);
        say(other, others);

        awaitState(other, others, "sent");
        await("the operator sees that it waits and why")
                .atMost(TestHub.PATIENCE)
                .until(() -> {
                    JsonNode waiting = delivery(chat, first);
                    return waiting.path("state").asText().equals("queued")
                            && waiting.path("reason").asText().startsWith("LINE");
                });
        hub.line.clearFaults();
        awaitState(chat, second, "sent");
        awaitState(chat, first, "sent");
        assertThat(phone(chat)).endsWith(first, second);
        List<JsonNode> tries = calls("push", first);
        int taken = tries.size() - 1;
        assertThat(tries.get(taken).path("status").asInt()).isEqualTo(200);
        assertThat(tries.subList(0, taken))
                .extracting(call -> call.path("status").asInt())
                .containsOnly(429);
        for (int i = 1; i < tries.size(); i++) {
            assertThat(java.time.Duration.between(at(tries.get(i - 1)), at(tries.get(i))))
                    .as("back-off before try %d", i + 1)
                    .isGreaterThanOrEqualTo(java.time.Duration.ofMillis(Math.min(2000, 250L << i)));
        }
        assertThat(calls("push", second)).hasSize(1);
    }

    private static Instant at(JsonNode call) {
        return Instant.parse(call.path("at").asText());
    }

    /** Scenario 16 */
    @Test
    void at_the_monthly_limit_a_push_waits_for_quota_and_a_free_reply_overtakes_it() {
        Operator sakura = hub.away("sakura");
        Chat chat = chat();
        String waits = words("waits");
        String free = words("free");
        hub.line.settings(Webhook.JSON.createObjectNode().put("quota", 0));

        say(chat, waits);

        assertThat(awaitState(chat, waits, "needs-quota").path("reason").asText())
                .contains("monthly limit");
        assertThat(calls("push", waits)).hasSize(1);
        hub.line.write(chat.user(), "main", "返事は？");
        await().atMost(TestHub.PATIENCE)
                .until(() -> aoi.messages(chat.inquiry()).toString().contains("返事は？"));
        say(chat, free);
        awaitState(chat, free, "sent");
        assertThat(phone(chat)).contains(free).doesNotContain(waits);

        hub.line.settings(Webhook.JSON.createObjectNode().put("quota", -1));
        String id = delivery(chat, waits).path("id").asText();
        assertThat(sakura.get("/api/admin/failed-work").toString()).contains(id).contains("needs-quota");
        assertThat(sakura.post("/api/admin/failed-work/delivery/" + id + "/retry", null)
                        .status())
                .isEqualTo(204);
        awaitState(chat, waits, "sent");
        assertThat(phone(chat)).containsOnlyOnce(waits);
    }

    /** Scenario 16 */
    @Test
    void when_only_the_reserve_is_left_the_bots_words_are_not_pushed_operators_are_and_supervisors_know() {
        Operator sakura = hub.away("sakura");
        Chat chat = chat();
        String first = words("first");
        say(chat, first);
        awaitState(chat, first, "sent");
        String paid = words("paid");
        long used = hub.line.stats("main").path("quota").path("used").asLong();
        hub.line.settings(Webhook.JSON.createObjectNode().put("quota", used + 2));
        await("supervisors are told")
                .atMost(TestHub.PATIENCE)
                .until(() -> sakura.workspace().path("quota").toString(), alerts -> alerts.contains("\"reserve\""));
        assertThat(aoi.workspace().path("quota")).isEmpty();

        say(chat, paid);
        awaitState(chat, paid, "sent");
        assertThat(aoi.get("/api/inquiries/" + chat.inquiry())
                        .path("sends")
                        .path("paid")
                        .asInt())
                .isEqualTo(2);
        assertThat(aoi.post("/api/inquiries/" + chat.inquiry() + "/close", Map.of("reason", "solved", "survey", true))
                        .status())
                .isEqualTo(200);

        await("the survey is refused")
                .atMost(TestHub.PATIENCE)
                .until(() -> rows.count(
                                "select count(*) from deliveries where inquiry = ? and origin = 'SYSTEM' and state = 'FAILED'"
                                        + " and error = 'The rest of this month''s quota is kept for operators'",
                                UUID.fromString(chat.inquiry()))
                        == 1);
        assertThat(hub.line.stats("main").path("quota").path("used").asLong()).isEqualTo(used + 1);
        JsonNode main = StreamSupport.stream(sakura.get("/api/admin/accounts").spliterator(), false)
                .filter(row -> row.path("account").asText().equals("main"))
                .findFirst()
                .orElseThrow();
        assertThat(main.path("allowed").asLong()).isEqualTo(used + 2);
        assertThat(main.path("alert").asText()).isEqualTo("reserve");
        assertThat(main.path("sends").toString()).contains("\"origin\":\"operator\"");
        assertThat(sakura.get("/api/admin/failed-work").toString()).doesNotContain("kept for operators");
    }

    @Test
    void words_that_line_refuses_fail_with_its_reason_and_let_the_next_ones_pass() {
        Chat chat = chat();
        String refused = words("refused");
        String next = words("next");
        faults(fault("push", 1)
                .put("status", 400)
                .set("body", Webhook.JSON.createObjectNode().put("message", "Failed to send messages")));

        say(chat, refused);
        assertThat(awaitState(chat, refused, "failed").path("reason").asText())
                .contains("400")
                .contains("Failed to send messages");
        say(chat, next);

        awaitState(chat, next, "sent");
        assertThat(calls("push", refused)).hasSize(1);
        assertThat(phone(chat)).contains(next).doesNotContain(refused);
    }

    /** Scenario 9 */
    @Test
    void nothing_is_sent_to_somebody_who_blocked_the_account() {
        Chat chat = chat();
        hub.line.happen(
                chat.user(),
                Webhook.JSON.createObjectNode().put("account", "main").put("type", "unfollow"));
        await().atMost(TestHub.PATIENCE).until(() -> aoi.get("/api/inquiries/" + chat.inquiry())
                .path("customer")
                .path("blocked")
                .asBoolean());
        String text = words("blocked");

        assertThat(aoi.say(chat.inquiry(), text).status()).isEqualTo(409);

        assertThat(calls("push", text)).isEmpty();
        assertThat(calls("reply", text)).isEmpty();
    }
}
