package io.tsunagi.sandbox.salesforce;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.List;
import java.util.Map;
import org.apache.camel.CamelExecutionException;
import org.apache.camel.Exchange;
import org.apache.camel.ProducerTemplate;
import org.apache.camel.component.salesforce.AuthenticationType;
import org.apache.camel.component.salesforce.SalesforceComponent;
import org.apache.camel.component.salesforce.SalesforceEndpointConfig;
import org.apache.camel.component.salesforce.api.SalesforceException;
import org.apache.camel.impl.DefaultCamelContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** camel-salesforce, as the hub uses it, finds in the simulator what it expects of Salesforce. */
class SalesforceSimulatorTest {
    private static final String API = "/services/data/v62.0";

    private final ObjectMapper json = new ObjectMapper();
    private final SalesforceSimulator salesforce = new SalesforceSimulator();
    private final DefaultCamelContext camel = new DefaultCamelContext();
    private ProducerTemplate routes;

    @BeforeEach
    void connect() {
        salesforce.start();
        camel.addComponent("salesforce", component());
        camel.start();
        routes = camel.createProducerTemplate();
    }

    @AfterEach
    void disconnect() {
        camel.stop();
        salesforce.close();
    }

    private SalesforceComponent component() {
        SalesforceComponent component = new SalesforceComponent();
        component.setAuthenticationType(AuthenticationType.CLIENT_CREDENTIALS);
        component.setLoginUrl(salesforce.baseUri());
        component.setClientId("sandbox-client");
        component.setClientSecret("sandbox-client-secret");
        component.setLazyLogin(true);
        SalesforceEndpointConfig config = new SalesforceEndpointConfig();
        config.setApiVersion("62.0");
        component.setConfig(config);
        return component;
    }

    private JsonNode call(String endpoint, Object body, Map<String, Object> headers) throws Exception {
        String answer = routes.requestBodyAndHeaders("salesforce:" + endpoint, body, headers, String.class);
        return json.readTree(answer == null ? "null" : answer);
    }

    private JsonNode call(String endpoint, Object body) throws Exception {
        return call(endpoint, body, Map.of());
    }

    private String upsertContact(String lineUserId, String lastName) throws Exception {
        return call(
                        "upsertSObject?sObjectName=Contact&sObjectIdName=LineUserId__c&rawPayload=true",
                        "{\"LastName\":\"" + lastName + "\"}",
                        Map.of("sObjectIdValue", lineUserId))
                .path("id")
                .asText();
    }

    @Test
    void an_upsert_by_external_id_creates_once_and_updates_afterwards() throws Exception {
        String first = upsertContact("Uaaa1", "森");
        String second = upsertContact("Uaaa1", "森田");

        assertThat(second).isEqualTo(first).hasSize(18).startsWith("003");
        assertThat(salesforce.records("Contact"))
                .filteredOn(contact -> contact.path("LineUserId__c").asText().equals("Uaaa1"))
                .singleElement()
                .satisfies(
                        contact -> assertThat(contact.path("LastName").asText()).isEqualTo("森田"));
    }

    @Test
    void a_composite_refers_to_what_an_earlier_part_made() throws Exception {
        JsonNode answer = call("composite?rawPayload=true", """
                {"allOrNone":true,"compositeRequest":[
                  {"method":"PATCH","url":"%1$s/sobjects/Contact/LineUserId__c/Ubbb1","referenceId":"c",
                   "body":{"LastName":"木村"}},
                  {"method":"PATCH","url":"%1$s/sobjects/Case/LineInquiryKey__c/inq-1","referenceId":"k",
                   "body":{"Subject":"残高が合わない","Origin":"LINE","ContactId":"@{c.id}"}},
                  {"method":"POST","url":"%1$s/sobjects/CaseComment","referenceId":"m",
                   "body":{"ParentId":"@{k.id}","CommentBody":"引き継ぎ"}}]}
                """.formatted(API));

        assertThat(answer.path("compositeResponse"))
                .extracting(part -> part.path("httpStatusCode").asInt())
                .containsExactly(201, 201, 201);
        JsonNode inquiry = only("Case", "LineInquiryKey__c", "inq-1");
        assertThat(inquiry.path("ContactId"))
                .isEqualTo(only("Contact", "LineUserId__c", "Ubbb1").path("Id"));
        assertThat(inquiry.path("CaseNumber").asText()).matches("\\d{8}");
        assertThat(only("CaseComment", "CommentBody", "引き継ぎ").path("ParentId")).isEqualTo(inquiry.path("Id"));
    }

    private JsonNode only(String sObject, String field, String value) {
        List<JsonNode> found = salesforce.records(sObject).stream()
                .filter(row -> row.path(field).asText().equals(value))
                .toList();
        assertThat(found).as("%s with %s = %s", sObject, field, value).hasSize(1);
        return found.get(0);
    }

    @Test
    void a_composite_that_is_all_or_none_leaves_nothing_when_one_part_fails() throws Exception {
        JsonNode answer = call("composite?rawPayload=true", """
                {"allOrNone":true,"compositeRequest":[
                  {"method":"PATCH","url":"%1$s/sobjects/Contact/LineUserId__c/Uccc1","referenceId":"c",
                   "body":{"LastName":"木村"}},
                  {"method":"POST","url":"%1$s/sobjects/Case","referenceId":"k",
                   "body":{"Subject":"x","NoSuchField__c":"y"}}]}
                """.formatted(API));

        assertThat(answer.at("/compositeResponse/0/body/0/errorCode").asText()).isEqualTo("PROCESSING_HALTED");
        assertThat(answer.at("/compositeResponse/1/body/0/errorCode").asText()).isEqualTo("INVALID_FIELD");
        assertThat(salesforce.records("Contact"))
                .noneMatch(contact -> contact.path("LineUserId__c").asText().equals("Uccc1"));
    }

    @Test
    void transcript_rows_go_in_one_call_and_find_their_case_by_its_key() throws Exception {
        salesforce.createAsPerson("Case", Map.of("Subject", "登録", "LineInquiryKey__c", "inq-2"));
        Object rows = List.of(row("m1", "こんにちは"), row("m2", "x".repeat(40_000)), row("m3", "ありがとう"));
        String endpoint = "compositeUpsertSObjectCollections?sObjectName=LineMessage__c&sObjectIdName=MessageKey__c"
                + "&allOrNone=false";

        List<?> first = routes.requestBody("salesforce:" + endpoint, rows, List.class);
        routes.requestBody("salesforce:" + endpoint, rows, List.class);

        assertThat(first).hasSize(3);
        JsonNode answer = json.valueToTree(first);
        assertThat(answer.findValues("success")).extracting(JsonNode::asBoolean).containsExactly(true, false, true);
        assertThat(answer.at("/1/errors/0/errorCode").asText()).isEqualTo("STRING_TOO_LONG");
        String caseId = only("Case", "LineInquiryKey__c", "inq-2").path("Id").asText();
        assertThat(salesforce.records("LineMessage__c"))
                .extracting(row -> row.path("MessageKey__c").asText(), row -> row.path("Case__c")
                        .asText())
                .containsExactly(
                        org.assertj.core.groups.Tuple.tuple("m1", caseId),
                        org.assertj.core.groups.Tuple.tuple("m3", caseId));
    }

    private static Map<String, Object> row(String key, String text) {
        return Map.of(
                "attributes",
                Map.of("type", "LineMessage__c"),
                "MessageKey__c",
                key,
                "Text__c",
                text,
                "SentAt__c",
                "2026-04-01T09:00:00Z",
                "Case__r",
                Map.of("LineInquiryKey__c", "inq-2"));
    }

    @Test
    void a_query_follows_parents_and_counts() throws Exception {
        JsonNode found = call(
                "query?rawPayload=true",
                null,
                Map.of(
                        "sObjectQuery",
                        "SELECT CaseNumber, Contact.Name FROM Case WHERE Contact.Name = '佐々木 美咲' AND IsClosed = true"
                                + " ORDER BY CaseNumber DESC LIMIT 1"));
        JsonNode count =
                call("query?rawPayload=true", null, Map.of("sObjectQuery", "SELECT COUNT() FROM Knowledge__kav"));

        assertThat(found.at("/records/0/Contact/Name").asText()).isEqualTo("佐々木 美咲");
        assertThat(count.path("totalSize").asInt())
                .isEqualTo(salesforce.records("Knowledge__kav").size());
    }

    @Test
    void a_search_finds_the_article_on_the_balance_in_the_wanted_language() throws Exception {
        JsonNode japanese = search("残高 確認", "ja");
        JsonNode english = search("check balance", "en_US");

        assertThat(japanese.at("/searchRecords/0/Title").asText()).isEqualTo("残高の確認方法");
        assertThat(english.at("/searchRecords/0/Title").asText()).isEqualTo("How to check your balance");
    }

    private JsonNode search(String words, String language) throws Exception {
        return call(
                "search?rawPayload=true",
                null,
                Map.of(
                        "sObjectSearch",
                        "FIND {" + words
                                + "} IN ALL FIELDS RETURNING Knowledge__kav(Id,KnowledgeArticleId,Title,Summary"
                                + " WHERE PublishStatus='Online' AND Language='" + language + "') LIMIT 5"));
    }

    @Test
    void an_expired_session_is_renewed_without_the_route_noticing() throws Exception {
        upsertContact("Uddd1", "林");
        salesforce.expireSessions();

        upsertContact("Uddd2", "林");

        assertThat(salesforce.calls())
                .extracting(call ->
                        call.path("kind").asText() + " " + call.path("status").asInt())
                .containsExactly("login 200", "sobjects 201", "sobjects 401", "login 200", "sobjects 201");
    }

    @Test
    void a_refused_row_arrives_as_an_exception_with_its_code() {
        assertThatThrownBy(() -> call(
                        "createSObject?sObjectName=Case&rawPayload=true", "{\"Subject\":\"" + "長".repeat(256) + "\"}"))
                .isInstanceOf(CamelExecutionException.class)
                .cause()
                .isInstanceOfSatisfying(SalesforceException.class, refused -> {
                    assertThat(refused.getStatusCode()).isEqualTo(400);
                    assertThat(refused.getErrors().get(0).getErrorCode()).isEqualTo("STRING_TOO_LONG");
                });
    }

    @Test
    void the_answer_tells_how_many_calls_are_used() {
        salesforce.setApiUsage(17, 100_000);

        Exchange answer = routes.request("salesforce:limits?rawPayload=true", exchange -> exchange.getMessage()
                .setBody(null));

        assertThat(answer.getMessage().getHeader("Sforce-Limit-Info")).isEqualTo("api-usage=18/100000");
    }
}
