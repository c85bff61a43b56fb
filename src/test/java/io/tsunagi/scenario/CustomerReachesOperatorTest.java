package io.tsunagi.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.tsunagi.store.Dialect;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** The main job, end to end. */
@ParameterizedClass
@EnumSource(Dialect.class)
class CustomerReachesOperatorTest {
    private static final String MISAKI = "U00000000000000000000000000000001";

    @Parameter
    Dialect dialect;

    private TestHub hub;

    @BeforeEach
    void start() {
        hub = TestHub.start(dialect);
        hub.awaitKnowledge();
    }

    @AfterEach
    void stop() {
        hub.close();
    }

    @Test
    void a_customer_is_answered_by_the_bot_then_by_an_operator_and_salesforce_knows() {
        Operator aoi = hub.operator("aoi");
        hub.customer(MISAKI, "みさき");
        hub.line.write(MISAKI, "main", "残高を確認したい");
        hub.awaitBubble(MISAKI, text -> text.contains("残高の確認方法"));

        hub.line.write(MISAKI, "main", "オペレーターと話したい");
        String inquiry = aoi.awaitInquiry("みさき");

        assertThat(aoi.say(inquiry, "お待たせしました。", Map.of("packageId", "446", "stickerId", "1988"))
                        .status())
                .isEqualTo(202);
        hub.awaitBubble(MISAKI, text -> text.equals("お待たせしました。"));
        await().atMost(TestHub.PATIENCE).untilAsserted(() -> assertThat(hub.chat(MISAKI))
                .anyMatch(bubble -> bubble.path("type").asText().equals("sticker")));

        assertThat(aoi.post("/api/inquiries/" + inquiry + "/close", Map.of("reason", "solved"))
                        .status())
                .isEqualTo(200);
        await().atMost(TestHub.PATIENCE).untilAsserted(() -> {
            JsonNode salesforceCase = hub.salesforce.records("Case").stream()
                    .filter(c -> c.path("LineInquiryKey__c").asText().equals(inquiry.replace("-", "")))
                    .findFirst()
                    .orElseThrow();
            assertThat(salesforceCase.path("Status").asText()).isEqualTo("Closed");
            assertThat(hub.salesforce.records("LineMessage__c"))
                    .filteredOn(m -> m.path("Case__c")
                            .asText()
                            .equals(salesforceCase.path("Id").asText()))
                    .extracting(m -> m.path("Text__c").asText())
                    .contains("残高を確認したい", "お待たせしました。");
        });
    }
}
