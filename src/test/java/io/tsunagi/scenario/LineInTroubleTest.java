package io.tsunagi.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tsunagi.store.Dialect;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** LINE limits, fails, loses answers and refuses tokens (F15, F17, F18); the truth is what the phones show. */
class LineInTroubleTest {
    @TempDir
    static Path folder;

    private static Path token;
    private static TestHub hub;
    private static Rows rows;

    @BeforeAll
    static void start() throws IOException {
        token = folder.resolve("token");
        Files.writeString(token, "sandbox-main-token");
        hub = TestHub.start(
                Dialect.H2,
                Map.of(
                        "hub.line.account.main.token-file",
                        token.toString(),
                        "hub.line.call-timeout-millis",
                        "1500",
                        // Nothing may become a push or expire while a slow machine takes its time.
                        "hub.line.reply-window",
                        "PT10M",
                        "hub.line.bot-words-keep",
                        "PT30M"));
        hub.line.settings(Webhook.JSON.createObjectNode().put("replyTokenSeconds", 600));
        rows = new Rows(hub.settings());
    }

    @AfterAll
    static void stop() {
        rows.close();
        hub.close();
    }

    @AfterEach
    void mend() throws IOException {
        hub.line.clearFaults();
        Files.writeString(token, "sandbox-main-token");
    }

    private static String customer() {
        return "U" + UUID.randomUUID().toString().replace("-", "");
    }

    private static void faults(ObjectNode... faults) {
        ArrayNode list = Webhook.JSON.createArrayNode();
        List.of(faults).forEach(list::add);
        hub.line.faults(list);
    }

    private static ObjectNode fault(String endpoint) {
        return Webhook.JSON.createObjectNode().put("endpoint", endpoint);
    }

    private static List<JsonNode> calls(String endpoint, String account) {
        return hub.line.calls(endpoint).stream()
                .filter(call -> call.path("account").asText().equals(account))
                .toList();
    }

    private static List<String> told(String user, String account) {
        return hub.chat(user, account).stream()
                .filter(bubble -> bubble.path("from").asText().equals("account"))
                .map(bubble -> bubble.path("text").asText())
                .toList();
    }

    private static String delivery(String user, String column) {
        return rows.store()
                .jdbc()
                .sql("select " + column + " from deliveries where recipient = ? order by seq limit 1")
                .param(user)
                .query(String.class)
                .optional()
                .orElse("");
    }

    /** F15, Scenario 15 */
    @Test
    void while_line_takes_no_more_calls_of_an_account_its_customers_wait_unasked_and_others_are_served() {
        int before = calls("reply", "main").size();
        faults(fault("reply").put("status", 429).put("account", "main"));
        List<String> users = IntStream.range(0, 20).mapToObj(i -> customer()).toList();

        users.forEach(user -> hub.line.write(user, "main", "オペレーターと話したい"));
        await("refused again after a pause")
                .atMost(TestHub.PATIENCE)
                .until(() -> calls("reply", "main").size() - before >= 5);
        await("everybody is asked to wait")
                .atMost(TestHub.PATIENCE)
                .until(() -> rows.count("select count(*) from deliveries where state = 'QUEUED' and error is not null")
                        >= users.size() - 1);
        assertThat(rows.count("select count(*) from deliveries where state = 'QUEUED' and tries = 0"
                        + " and error like 'LINE takes no more calls%'"))
                .as("most were never called for")
                .isGreaterThanOrEqualTo(8);
        String other = customer();
        hub.line.write(other, "global", "I want to talk to a person");
        await("another account is served").atMost(TestHub.PATIENCE).until(() -> !told(other, "global")
                .isEmpty());

        hub.line.clearFaults();

        for (String user : users) {
            await("words for " + user).atMost(TestHub.PATIENCE).until(() -> delivery(user, "state")
                    .equals("SENT"));
            assertThat(told(user, "main")).doesNotHaveDuplicates();
        }
        assertThat(calls("push", "main"))
                .extracting(call -> call.path("body").path("to").asText())
                .doesNotContainAnyElementsOf(users);
    }

    /** F17, Scenario 14: the call is the same each time, and the customer sees it once. */
    @Test
    void a_push_survives_errors_gateways_resets_and_silence_with_one_key_and_one_body() {
        String user = customer();
        hub.customer(user, "Mio");
        Operator aoi = hub.operator("aoi");
        hub.line.write(user, "main", "オペレーターと話したい");
        String inquiry = aoi.awaitInquiry("Mio");
        await().atMost(TestHub.PATIENCE).until(() -> delivery(user, "state").equals("SENT"));
        faults(
                fault("push").put("times", 1).put("status", 500).put("acts", true),
                fault("push").put("times", 1).put("status", 502).put("body", "<html>gateway</html>"),
                fault("push").put("times", 1).put("lostAnswer", true),
                fault("push").put("times", 1).put("delayMillis", 4000),
                fault("push").put("times", 1).put("status", 503));

        assertThat(aoi.say(inquiry, "すぐに確認します。").status()).isEqualTo(202);

        aoi.awaitMessage(
                inquiry,
                message -> message.path("text").asText().equals("すぐに確認します。")
                        && message.path("delivery").path("state").asText().equals("sent"));
        List<JsonNode> pushes = calls("push", "main").stream()
                .filter(call -> call.path("body").path("to").asText().equals(user))
                .toList();
        assertThat(pushes).hasSize(6);
        assertThat(pushes.get(5).path("status").asInt()).isEqualTo(409);
        assertThat(pushes)
                .extracting(
                        call -> call.path("headers").path("x-line-retry-key").asText() + call.path("body"))
                .as("key and body")
                .containsOnly(
                        pushes.get(0).path("headers").path("x-line-retry-key").asText()
                                + pushes.get(0).path("body"));
        assertThat(told(user, "main")).containsOnlyOnce("すぐに確認します。");
    }

    /** F18 */
    @Test
    void a_refused_token_is_read_again_from_its_file_and_the_call_repeated() throws IOException {
        String first = customer();
        Files.writeString(token, "issued-again");
        faults(fault("reply").put("status", 401).put("times", 1));
        hub.line.write(first, "main", "オペレーターと話したい");
        await("the other token is not known to LINE either")
                .atMost(TestHub.PATIENCE)
                .until(() -> delivery(first, "state").equals("FAILED"));
        assertThat(delivery(first, "error")).contains("401");
        assertThat(delivery(first, "tries")).as("asked once more, not for ever").isEqualTo("2");

        Files.writeString(token, "sandbox-main-token");
        String second = customer();
        hub.line.write(second, "main", "オペレーターと話したい");

        await().atMost(TestHub.PATIENCE).until(() -> delivery(second, "state").equals("SENT"));
        assertThat(delivery(second, "tries")).isEqualTo("2");
        assertThat(told(second, "main")).isNotEmpty();
    }

    /** F18 */
    @Test
    void what_line_refuses_is_not_repeated_and_says_why() {
        for (int status : new int[] {400, 403}) {
            String user = customer();
            faults(fault("reply").put("status", status));

            hub.line.write(user, "main", "オペレーターと話したい");

            await().atMost(TestHub.PATIENCE).until(() -> delivery(user, "state").equals("FAILED"));
            assertThat(delivery(user, "error")).contains(String.valueOf(status));
            assertThat(delivery(user, "tries")).isEqualTo("1");
        }
    }
}
