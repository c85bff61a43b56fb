package io.tsunagi.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.tsunagi.store.Dialect;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** A customer who chats is offered a call, calls, and what became of it stands in the inquiry and in Salesforce. */
class CustomerCallsTest {
    private static final HttpClient PHONE = HttpClient.newHttpClient();
    private static final String NUMBER = "tel:+81312345678";

    private static TestHub hub;

    @BeforeAll
    static void start() {
        hub = TestHub.start(Dialect.H2);
        hub.awaitKnowledge();
    }

    @AfterAll
    static void stop() {
        hub.close();
    }

    /** The button of the newest card on the phone, as the path of the hub's that it opens. */
    private static JsonNode awaitButton(String user, String label) {
        return await("a button on the phone")
                .atMost(TestHub.PATIENCE)
                .until(
                        () -> hub.chat(user).stream()
                                .map(bubble ->
                                        bubble.path("template").path("actions").path(0))
                                .filter(action -> action.path("label").asText().equals(label))
                                .reduce((older, newer) -> newer)
                                .orElse(null),
                        found -> found != null);
    }

    private static HttpRequest.Builder page(JsonNode button) {
        String path = URI.create(button.path("uri").asText()).getPath();
        return HttpRequest.newBuilder(URI.create(hub.base() + path));
    }

    /** Opens the page behind the button without pressing on. */
    private static HttpResponse<String> look(JsonNode button) throws IOException, InterruptedException {
        return PHONE.send(page(button).build(), HttpResponse.BodyHandlers.ofString());
    }

    /** Presses the button of the page, as its form does. */
    private static HttpResponse<String> press(JsonNode button) throws IOException, InterruptedException {
        return PHONE.send(
                page(button)
                        .header("Content-Type", "application/x-www-form-urlencoded")
                        .POST(HttpRequest.BodyPublishers.noBody())
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    /** Scenario 36 */
    @Test
    void an_offered_call_is_opened_once_counts_as_load_and_its_outcome_reaches_salesforce() throws Exception {
        String user = "U00000000000000000000000000000d01";
        Operator aoi = hub.operator("aoi");
        hub.askForPerson(user, "電話 みか", "残高の確認方法");
        String inquiry = aoi.awaitInquiry("電話 みか");
        assertThat(aoi.inquiry(inquiry).path("callPossible").asBoolean()).isTrue();

        JsonNode offered = aoi.act(inquiry, "call", Map.of());
        assertThat(offered.path("call").path("state").asText()).isEqualTo("offered");
        assertThat(aoi.workspace().path("me").path("load").asInt()).isEqualTo(4);
        assertThat(aoi.post("/api/inquiries/" + inquiry + "/call", Map.of())
                        .body()
                        .toString())
                .contains("call-open");

        JsonNode button = awaitButton(user, "電話をかける");
        for (int program = 0; program < 2; program++) {
            HttpResponse<String> looked = look(button);
            assertThat(looked.statusCode()).isEqualTo(200);
            assertThat(looked.body())
                    .contains("<html lang=\"ja\">", "<form method=\"post\"><button>電話をかける</button></form>")
                    .doesNotContain("12345678");
        }
        assertThat(aoi.inquiry(inquiry).path("call").path("state").asText())
                .as("a program that draws previews uses nothing up")
                .isEqualTo("offered");
        HttpResponse<String> first = press(button);
        assertThat(first.statusCode()).isEqualTo(303);
        assertThat(first.headers().firstValue("Location")).hasValue(NUMBER);
        assertThat(first.headers().firstValue("Cache-Control")).hasValue("no-store");
        assertThat(press(button).statusCode()).isEqualTo(410);
        HttpResponse<String> again = look(button);
        assertThat(again.statusCode()).isEqualTo(410);
        assertThat(again.body())
                .contains("<html lang=\"ja\">", "このボタンはすでに使われました")
                .doesNotContain("12345678");
        assertThat(aoi.inquiry(inquiry).path("call").path("state").asText()).isEqualTo("opened");
        Operator sakura = hub.away("sakura");
        assertThat(seat(sakura, "佐藤 葵").path("inCall").asBoolean()).isTrue();
        assertThat(seat(sakura, "佐藤 葵").path("load").asInt()).isEqualTo(4);
        assertThat(aoi.post("/api/inquiries/" + inquiry + "/close", Map.of("reason", "solved"))
                        .body()
                        .toString())
                .contains("call-running");

        aoi.act(inquiry, "call/begin", Map.of());
        assertThat(aoi.post("/api/inquiries/" + inquiry + "/call/end", Map.of("outcome", "lovely"))
                        .status())
                .isEqualTo(422);
        JsonNode ended = aoi.act(inquiry, "call/end", Map.of("outcome", "reached", "note", "残高の見方をご案内。"));
        assertThat(ended.path("call").isNull()).isTrue();
        assertThat(aoi.workspace().path("me").path("load").asInt()).isEqualTo(1);
        JsonNode told = aoi.awaitMessage(
                inquiry, message -> message.path("type").asText().equals("call"));
        assertThat(told.path("call").path("outcome").asText()).isEqualTo("reached");
        assertThat(told.path("text").asText()).isEqualTo("残高の見方をご案内。");

        await("the call stands in the Case")
                .atMost(TestHub.PATIENCE)
                .until(() -> hub.salesforce.records("LineMessage__c").stream()
                        .anyMatch(row -> "call".equals(row.path("Type__c").asText())
                                && row.path("Text__c").asText().startsWith("[call] reached, ")
                                && row.path("Text__c").asText().endsWith("残高の見方をご案内。")));
        aoi.act(inquiry, "close", Map.of("reason", "solved", "survey", false));
    }

    private static JsonNode seat(Operator supervisor, String name) {
        for (JsonNode seat : supervisor.get("/api/wall").path("seats")) {
            if (seat.path("displayName").asText().equals(name)) {
                return seat;
            }
        }
        throw new AssertionError("There is no seat of " + name);
    }

    @Test
    void the_bot_offers_a_call_to_who_asks_for_one_and_the_phone_follows_it() throws Exception {
        String user = "U00000000000000000000000000000d02";
        hub.customer(user, "電話 りん");
        hub.line.write(user, "main", "電話で話したいです");
        hub.awaitBubble(user, text -> text.contains("おつなぎします"));
        assertThat(press(awaitButton(user, "電話をかける")).statusCode()).isEqualTo(303);
        Operator aoi = hub.operator("aoi");
        String inquiry = aoi.awaitInquiry("電話 りん");
        assertThat(aoi.inquiry(inquiry).path("call").path("state").asText()).isEqualTo("opened");
        assertThat(aoi.workspace().path("me").path("load").asInt()).isGreaterThanOrEqualTo(4);
        aoi.act(inquiry, "call/end", Map.of("outcome", "not-reached"));
        aoi.act(inquiry, "close", Map.of("reason", "solved", "survey", false));
    }

    @Test
    void an_address_nobody_was_given_leads_nowhere() throws Exception {
        for (String token : List.of("x".repeat(32), "%27", "a")) {
            HttpResponse<String> answer = PHONE.send(
                    HttpRequest.newBuilder(URI.create(hub.base() + "/c/" + token))
                            .header("Accept-Language", "ja-JP,ja;q=0.9")
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
            assertThat(answer.statusCode()).isEqualTo(404);
            assertThat(answer.body()).contains("<html lang=\"ja\">", "ご利用いただけなくなりました");
        }
        for (Map.Entry<String, Integer> answer :
                Map.of("POST", 404, "PUT", 405, "HEAD", 405).entrySet()) {
            HttpResponse<String> got = PHONE.send(
                    HttpRequest.newBuilder(URI.create(hub.base() + "/c/abc"))
                            .method(answer.getKey(), HttpRequest.BodyPublishers.noBody())
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
            assertThat(got.statusCode()).as(answer.getKey()).isEqualTo(answer.getValue());
        }
    }
}
