package io.tsunagi.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.tsunagi.store.Dialect;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** Salesforce cannot be reached, before the hub starts and while it runs; chats do not notice. */
class SalesforceInTroubleTest {
    private record Chat(String user, String name, String inquiry) {}

    private static String standing(Operator operator) {
        return operator.workspace().path("salesforce").path("state").asText();
    }

    /** F20, F48, Scenario 64 */
    @Test
    void chats_go_on_without_salesforce_and_everything_is_there_in_order_once_it_is_back() throws Exception {
        try (TcpProxy proxy = new TcpProxy();
                TestHub hub = TestHub.start(
                        Dialect.H2,
                        Map.of(
                                "hub.salesforce.login-url",
                                proxy.address(),
                                "hub.salesforce.call-timeout-millis",
                                "1500",
                                "hub.bot.patience",
                                "PT1M"));
                Rows rows = new Rows(hub.settings())) {
            Operator aoi = hub.operator("aoi");
            List<Chat> chats = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                String user = "U" + UUID.randomUUID().toString().replace("-", "");
                String name = "Kunde " + i;
                hub.customer(user, name);
                // A question for the bot, which has no article yet: nobody is asked to say it in other words.
                hub.line.write(user, "main", "残高の確認方法を教えてください");
                chats.add(new Chat(user, name, aoi.awaitInquiry(name)));
            }
            await("the screen says so").atMost(TestHub.PATIENCE).until(() -> standing(aoi), "away"::equals);
            talk(hub, aoi, chats, "断");
            assertThat(rows.count("select count(*) from crm_work where state = 'DONE'"))
                    .isZero();

            proxy.lead(hub.salesforce.port());
            drained(rows);
            await("the screen says so").atMost(TestHub.PATIENCE).until(() -> standing(aoi), "ok"::equals);
            told(hub, chats);

            proxy.is(TcpProxy.Line.SILENT);
            talk(hub, aoi, chats, "黙");
            await("a call without an end is one without an answer")
                    .atMost(TestHub.PATIENCE)
                    .until(() -> standing(aoi), "away"::equals);
            chats.forEach(chat -> aoi.act(chat.inquiry(), "close", Map.of("topic", "other", "survey", false)));
            proxy.is(TcpProxy.Line.REFUSED);
            proxy.is(TcpProxy.Line.WHOLE);
            drained(rows);
            told(hub, chats);
            assertThat(hub.salesforce.records("Case"))
                    .filteredOn(record -> record.hasNonNull("LineInquiryKey__c"))
                    .hasSize(3)
                    .allMatch(record -> record.path("Status").asText().equals("Closed"));
            assertThat(rows.count("select count(*) from crm_work where state = 'SET_ASIDE'"))
                    .isZero();
        }
    }

    private static void talk(TestHub hub, Operator aoi, List<Chat> chats, String mark) {
        for (Chat chat : chats) {
            for (int i = 1; i <= 3; i++) {
                String ask = mark + "問" + i;
                hub.line.write(chat.user(), "main", ask);
                aoi.awaitMessage(
                        chat.inquiry(), message -> message.path("text").asText().equals(ask));
                assertThat(aoi.say(chat.inquiry(), mark + "答" + i).status()).isEqualTo(202);
            }
            hub.awaitBubble(chat.user(), (mark + "答3")::equals);
        }
    }

    private static void drained(Rows rows) {
        await("the backlog is written")
                .atMost(Duration.ofMinutes(3))
                .until(() -> rows.count("select count(*) from crm_work where state = 'QUEUED'") == 0);
    }

    /** One Case an inquiry, and its rows arrived in the order of the chat. */
    private static void told(TestHub hub, List<Chat> chats) {
        for (Chat chat : chats) {
            List<JsonNode> cases = hub.salesforce.records("Case").stream()
                    .filter(record -> record.path("LineInquiryKey__c")
                            .asText()
                            .equals(chat.inquiry().replace("-", "")))
                    .toList();
            assertThat(cases).as(chat.name()).hasSize(1);
            List<String> times = hub.salesforce.records("LineMessage__c").stream()
                    .filter(record -> record.path("Case__c")
                            .asText()
                            .equals(cases.get(0).path("Id").asText()))
                    .sorted(java.util.Comparator.comparing(
                            record -> record.path("Id").asText()))
                    .map(record -> record.path("Text__c").asText())
                    .filter(text -> text.matches("[断黙][問答]\\d"))
                    .toList();
            assertThat(times).startsWith("断問1", "断答1", "断問2", "断答2", "断問3", "断答3");
            assertThat(times).doesNotHaveDuplicates();
        }
    }
}
