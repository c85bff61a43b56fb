package io.tsunagi.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.tsunagi.store.Dialect;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** F11: the database fails over to a copy that never saw the last moment. */
class FailoverTest {
    private static final String USER = "U0000000000000000000000000000f111";

    @Test
    void what_a_failover_lost_is_not_sent_twice_and_is_named_by_the_nightly_comparison() {
        try (TestHub hub = TestHub.start(Dialect.POSTGRESQL, Map.of("hub.salesforce.drift-cron", "0/2 * * * * ?"))) {
            Operator aoi = hub.operator("aoi");
            hub.askForPerson(USER, "美咲", "残高の確認方法");
            String inquiry = aoi.awaitInquiry("美咲");
            assertThat(aoi.say(inquiry, "お調べします。").status()).isEqualTo(202);
            hub.awaitBubble(USER, "お調べします。"::equals);
            await("the Case")
                    .atMost(TestHub.PATIENCE)
                    .until(() -> !hub.salesforce.records("Case").isEmpty());
            long version = aoi.put(
                            "/api/inquiries/" + inquiry + "/draft",
                            Map.of("text", "届いたのは一度だけ。", "version", draftVersion(aoi, inquiry)))
                    .path("version")
                    .asLong();
            int seen = aoi.newest(inquiry);
            UUID press = UUID.randomUUID();

            TestHub.Copy copy = hub.copyDatabase();
            aoi = hub.away("aoi");
            assertThat(aoi.send(inquiry, version, seen, press).status()).isEqualTo(202);
            hub.awaitBubble(USER, "届いたのは一度だけ。"::equals);
            hub.line.write(USER, "main", "失われた言葉");
            JsonNode lost = await("the words in Salesforce")
                    .atMost(TestHub.PATIENCE)
                    .until(() -> rowOf(hub, "失われた言葉"), Objects::nonNull);

            hub.failOver(copy);
            aoi = hub.away("aoi");

            assertThat(aoi.messages(inquiry).toString())
                    .doesNotContain("失われた言葉")
                    .doesNotContain("届いたのは一度だけ。");
            assertThat(aoi.send(inquiry, version, seen, press).status()).isEqualTo(202);
            aoi.awaitMessage(
                    inquiry,
                    message -> message.path("text").asText().equals("届いたのは一度だけ。")
                            && message.path("delivery").path("state").asText().equals("sent"));
            assertThat(hub.chat(USER))
                    .extracting(bubble -> bubble.path("text").asText())
                    .containsOnlyOnce("届いたのは一度だけ。");

            // The comparison looks at what is older than an hour.
            hub.salesforce.changeAsPerson(
                    "LineMessage__c",
                    lost.path("Id").asText(),
                    Map.of("SentAt__c", Instant.now().minus(Duration.ofHours(3)).toString()));
            try (Rows rows = new Rows(hub.settings())) {
                await("the report")
                        .atMost(TestHub.PATIENCE)
                        .until(() -> rows.count(
                                        "select count(*) from crm_drift where ids like ?",
                                        "%U:" + lost.path("MessageKey__c").asText() + "%")
                                > 0);
            }
        }
    }

    private static long draftVersion(Operator operator, String inquiry) {
        return operator.get("/api/inquiries/" + inquiry + "/draft")
                .path("version")
                .asLong();
    }

    private static JsonNode rowOf(TestHub hub, String text) {
        return hub.salesforce.records("LineMessage__c").stream()
                .filter(row -> row.path("Text__c").asText().equals(text))
                .findFirst()
                .orElse(null);
    }
}
