package io.tsunagi.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.tsunagi.store.Dialect;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Contacts are matched by LINE's user id only, and nothing is made twice although answers get lost. */
class SalesforceLearnsOnceTest {
    private static TestHub hub;
    private static Operator aoi;

    @BeforeAll
    static void start() {
        hub = TestHub.start(Dialect.H2, Map.of("hub.dispatch.capacity", "50"));
        aoi = hub.operator("aoi");
    }

    @AfterAll
    static void stop() {
        hub.close();
    }

    @AfterEach
    void mend() {
        hub.salesforce.clearFaults();
    }

    private static String inquiryOf(String user, String name) {
        hub.customer(user, name);
        hub.line.write(user, "main", "オペレーターと話したい");
        return aoi.awaitInquiry(name);
    }

    private static List<JsonNode> cases(String inquiry) {
        return hub.salesforce.records("Case").stream()
                .filter(c -> c.path("LineInquiryKey__c").asText().equals(inquiry.replace("-", "")))
                .toList();
    }

    private static void awaitCaseNumber(String inquiry) {
        await("the Case's number on the screen")
                .atMost(TestHub.PATIENCE)
                .until(() -> !aoi.inquiry(inquiry).path("caseNumber").asText("").isEmpty()
                        && !aoi.inquiry(inquiry).path("caseNumber").isNull());
    }

    /** Scenario 63 */
    @Test
    void two_customers_of_one_name_are_two_contacts_and_a_contact_of_that_name_stays_untouched() {
        String name = "同姓 同名";
        String there = hub.salesforce.createAsPerson("Contact", Map.of("LastName", name));
        String first = inquiryOf("U00000000000000000000000000000301", name);
        awaitCaseNumber(first);
        aoi.act(first, "close", Map.of("reason", "solved", "survey", false));
        String second = inquiryOf("U00000000000000000000000000000302", name);
        awaitCaseNumber(second);

        List<JsonNode> contacts = hub.salesforce.records("Contact").stream()
                .filter(c -> c.path("LineUserId__c").asText().startsWith("U0000000000000000000000000000030"))
                .toList();
        assertThat(contacts)
                .extracting(c -> c.path("LineUserId__c").asText())
                .containsExactlyInAnyOrder("U00000000000000000000000000000301", "U00000000000000000000000000000302");
        assertThat(contacts).extracting(c -> c.path("Id").asText()).doesNotContain(there);
        assertThat(cases(first).get(0).path("ContactId"))
                .isNotEqualTo(cases(second).get(0).path("ContactId"));
    }

    @Test
    void the_same_customer_again_is_the_same_contact_with_another_case() {
        String user = "U00000000000000000000000000000311";
        String first = inquiryOf(user, "再訪 花子");
        awaitCaseNumber(first);
        aoi.act(first, "close", Map.of("reason", "solved", "survey", false));
        String second = inquiryOf(user, "再訪 花子");
        awaitCaseNumber(second);

        assertThat(hub.salesforce.records("Contact"))
                .filteredOn(c -> c.path("LineUserId__c").asText().equals(user))
                .hasSize(1);
        assertThat(cases(first).get(0).path("ContactId"))
                .isEqualTo(cases(second).get(0).path("ContactId"));
        assertThat(cases(first).get(0).path("Id"))
                .isNotEqualTo(cases(second).get(0).path("Id"));
    }

    /** Scenario 63 */
    @Test
    void a_case_is_made_once_although_the_answer_to_its_creation_was_lost() {
        String user = "U00000000000000000000000000000321";
        hub.salesforce.addFault(Map.of("kind", "composite", "lostAnswer", true, "times", 2));

        String inquiry = inquiryOf(user, "応答 喪失");
        awaitCaseNumber(inquiry);

        assertThat(hub.salesforce.calls())
                .filteredOn(call -> call.toString().contains("composite"))
                .as("it was asked more than once")
                .hasSizeGreaterThan(1);
        assertThat(cases(inquiry)).hasSize(1);
        assertThat(hub.salesforce.records("Contact"))
                .filteredOn(c -> c.path("LineUserId__c").asText().equals(user))
                .hasSize(1);
        await().atMost(TestHub.PATIENCE).untilAsserted(() -> assertThat(hub.salesforce.records("LineMessage__c"))
                .filteredOn(m -> m.path("Text__c").asText().equals("オペレーターと話したい")
                        && m.path("Case__c").equals(cases(inquiry).get(0).path("Id")))
                .hasSize(1));
    }
}
