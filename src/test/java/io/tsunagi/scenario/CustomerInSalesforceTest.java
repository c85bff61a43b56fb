package io.tsunagi.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.tsunagi.store.Dialect;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What Salesforce holds of a customer stands beside the chat, with its age, and nobody waits for it. */
class CustomerInSalesforceTest {
    /** How long a call to Salesforce may take; an answer that waits for none comes sooner. */
    private static final Duration CALL = Duration.ofSeconds(5);

    private static JsonNode shown(Operator aoi, String inquiry) {
        return aoi.inquiry(inquiry).path("inSalesforce");
    }

    @ParameterizedTest
    @EnumSource(Dialect.class)
    void chosen_fields_and_earlier_cases_are_shown_refreshed_and_kept_while_salesforce_is_away(Dialect dialect)
            throws Exception {
        try (TcpProxy proxy = new TcpProxy();
                TestHub hub = TestHub.start(
                        dialect,
                        Map.of(
                                "hub.salesforce.login-url",
                                proxy.address(),
                                "hub.salesforce.call-timeout-millis",
                                String.valueOf(CALL.toMillis()),
                                "hub.salesforce.customer-age",
                                "PT2S"))) {
            proxy.lead(hub.salesforce.port());
            String user = "U" + UUID.randomUUID().toString().replace("-", "");
            String contact = hub.salesforce.createAsPerson(
                    "Contact",
                    Map.of("LastName", "山田", "FirstName", "花子", "LineUserId__c", user, "Email", "hanako@example.com"));
            hub.salesforce.createAsPerson(
                    "Case", Map.of("Subject", "前回のご相談", "ContactId", contact, "Status", "Closed", "Origin", "Phone"));
            Operator aoi = hub.operator("aoi");
            hub.customer(user, "はなちゃん");
            hub.line.write(user, "main", "オペレーターと話したい");
            String inquiry = aoi.awaitInquiry("はなちゃん");

            await("the screen has it").atMost(TestHub.PATIENCE).untilAsserted(() -> {
                JsonNode found = shown(aoi, inquiry);
                assertThat(found.path("fields").path("email").asText()).isEqualTo("hanako@example.com");
                assertThat(found.path("fields").path("name").asText()).contains("山田");
                assertThat(found.path("cases")).hasSize(1);
                assertThat(found.path("cases").get(0).path("subject").asText()).isEqualTo("前回のご相談");
            });

            hub.salesforce.changeAsPerson("Contact", contact, Map.of("Email", "new@example.com"));
            await("it is read again when it is old").atMost(TestHub.PATIENCE).until(() -> shown(aoi, inquiry)
                    .path("fields")
                    .path("email")
                    .asText()
                    .equals("new@example.com"));

            proxy.is(TcpProxy.Line.SILENT);
            await("Salesforce is away").atMost(TestHub.PATIENCE).until(() -> {
                shown(aoi, inquiry);
                return aoi.workspace().path("salesforce").path("state").asText().equals("away");
            });
            Instant begun = Instant.now();
            JsonNode kept = shown(aoi, inquiry);
            assertThat(Duration.between(begun, Instant.now()))
                    .as("it is shown without asking")
                    .isLessThan(CALL);
            assertThat(kept.path("fields").path("email").asText()).isEqualTo("new@example.com");
            assertThat(Instant.parse(kept.path("at").asText())).isBefore(begun);
        }
    }
}
