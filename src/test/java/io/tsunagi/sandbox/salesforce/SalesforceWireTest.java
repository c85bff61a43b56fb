package io.tsunagi.sandbox.salesforce;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What the simulator answers, byte by byte, to clients other than camel-salesforce, and when things go wrong. */
class SalesforceWireTest {
    private static final String API = "/services/data/v62.0";

    private final ObjectMapper json = new ObjectMapper();
    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(10))
            .build();
    private SalesforceSimulator salesforce = new SalesforceSimulator().start();
    private String token = login("client_id=sandbox-client&client_secret=sandbox-client-secret", "client_credentials")
            .path("access_token")
            .asText();

    @AfterEach
    void close() {
        salesforce.close();
    }

    private record Reply(int status, JsonNode body, HttpResponse<byte[]> raw) {}

    private Reply send(String method, String path, String body, String... headers) {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(salesforce.baseUri() + path))
                .timeout(Duration.ofSeconds(60))
                .method(method, body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
        if (headers.length > 0) {
            request.headers(headers);
        }
        try {
            HttpResponse<byte[]> raw = http.send(request.build(), BodyHandlers.ofByteArray());
            boolean isJson = raw.headers().firstValue("Content-Type").orElse("").startsWith("application/json");
            return new Reply(raw.statusCode(), isJson ? json.readTree(raw.body()) : null, raw);
        } catch (IOException broken) {
            throw new java.io.UncheckedIOException(broken);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(interrupted);
        }
    }

    private Reply call(String method, String path, String body) {
        return send(method, path, body, "Authorization", "Bearer " + token, "Content-Type", "application/json");
    }

    private JsonNode login(String form, String grantType) {
        return send(
                        "POST",
                        "/services/oauth2/token",
                        form + "&format=json&grant_type=" + URLEncoder.encode(grantType, StandardCharsets.UTF_8),
                        "Content-Type",
                        "application/x-www-form-urlencoded")
                .body();
    }

    private Reply query(String soql) {
        return call("GET", API + "/query?q=" + URLEncoder.encode(soql, StandardCharsets.UTF_8), null);
    }

    private Reply search(String sosl) {
        return call("GET", API + "/search/?q=" + URLEncoder.encode(sosl, StandardCharsets.UTF_8), null);
    }

    private static String error(Reply reply) {
        return reply.status() + " " + reply.body().path(0).path("errorCode").asText();
    }

    // ---- sign-in --------------------------------------------------------------------------------

    @Test
    void a_sign_in_names_the_instance_and_an_organisation_of_18_characters() {
        JsonNode answer = login("client_id=sandbox-client&client_secret=sandbox-client-secret", "client_credentials");

        assertThat(answer.path("instance_url").asText()).isEqualTo(salesforce.baseUri());
        assertThat(answer.path("id").asText()).matches(".*/id/00D\\w{15}/005\\w{15}");
        assertThat(answer.path("access_token").asText()).contains("!");
    }

    @Test
    void a_wrong_secret_is_answered_400_and_never_401() {
        Reply answer = send(
                "POST",
                "/services/oauth2/token",
                "grant_type=client_credentials&client_id=sandbox-client&client_secret=guess",
                "Content-Type",
                "application/x-www-form-urlencoded");

        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.body().path("error").asText()).isEqualTo("invalid_client");
    }

    @Test
    void a_signed_assertion_signs_in_and_a_forged_one_does_not() throws Exception {
        KeyPair keys = KeyPairGenerator.getInstance("RSA").generateKeyPair();
        KeyPair others = KeyPairGenerator.getInstance("RSA").generateKeyPair();
        salesforce.close();
        salesforce =
                new SalesforceSimulator(SalesforceSimulator.Config.standard().withJwtKey(keys.getPublic())).start();

        assertThat(login("assertion=" + assertion(keys), "urn:ietf:params:oauth:grant-type:jwt-bearer")
                        .has("access_token"))
                .isTrue();
        assertThat(login("assertion=" + assertion(others), "urn:ietf:params:oauth:grant-type:jwt-bearer")
                        .path("error")
                        .asText())
                .isEqualTo("invalid_grant");
    }

    private static String assertion(KeyPair keys) throws Exception {
        Base64.Encoder base64 = Base64.getUrlEncoder();
        String claims =
                "{\"iss\":\"sandbox-client\",\"sub\":\"integration@komorebi-pay.example\",\"aud\":\"login\",\"exp\":\""
                        + Instant.now().plusSeconds(120).getEpochSecond() + "\"}";
        String signed = base64.encodeToString("{\"alg\":\"RS256\"}".getBytes(StandardCharsets.UTF_8)) + "."
                + base64.encodeToString(claims.getBytes(StandardCharsets.UTF_8));
        Signature signature = Signature.getInstance("SHA256withRSA");
        signature.initSign(keys.getPrivate());
        signature.update(signed.getBytes(StandardCharsets.US_ASCII));
        return URLEncoder.encode(signed + "." + base64.encodeToString(signature.sign()), StandardCharsets.UTF_8);
    }

    @Test
    void a_new_token_leaves_the_older_one_good_and_revoking_ends_only_one() {
        String second = login("client_id=sandbox-client&client_secret=sandbox-client-secret", "client_credentials")
                .path("access_token")
                .asText();

        assertThat(call("GET", API + "/limits/", null).status()).isEqualTo(200);
        send("GET", "/services/oauth2/revoke?token=" + second, null);

        assertThat(call("GET", API + "/limits", null).status()).isEqualTo(200);
        assertThat(send("GET", API + "/limits", null, "Authorization", "Bearer " + second)
                        .status())
                .isEqualTo(401);
    }

    @Test
    void a_call_without_a_session_is_told_so_in_header_and_body() {
        Reply answer = send("GET", API + "/limits", null);

        assertThat(error(answer)).isEqualTo("401 INVALID_SESSION_ID");
        assertThat(answer.raw().headers().firstValue("WWW-Authenticate")).contains("Token");
    }

    @Test
    void user_info_and_double_slashes_work_as_the_command_line_tool_needs_them() {
        JsonNode me = call("GET", "/services/oauth2/userinfo", null).body();

        assertThat(me.path("preferred_username").asText()).isEqualTo("integration@komorebi-pay.example");
        assertThat(call(
                                "GET",
                                "//services/data/v62.0/sobjects/User/"
                                        + me.path("user_id").asText(),
                                null)
                        .body()
                        .path("Username"))
                .isEqualTo(me.path("preferred_username"));
        assertThat(send("GET", "//services/data/", null).body().isArray()).isTrue();
    }

    // ---- records --------------------------------------------------------------------------------

    @Test
    void a_row_salesforce_would_refuse_is_refused_with_the_same_code() {
        String contact = API + "/sobjects/Contact";
        String inquiry = API + "/sobjects/Case";

        assertThat(error(call("POST", contact, "{}"))).isEqualTo("400 REQUIRED_FIELD_MISSING");
        assertThat(error(call("POST", contact, "{\"LastName\":\"a\",\"Nope\":1}")))
                .isEqualTo("400 INVALID_FIELD");
        assertThat(error(call("POST", contact, "{\"LastName\":5}"))).isEqualTo("400 JSON_PARSER_ERROR");
        assertThat(error(call("POST", contact, "{\"LastName\""))).isEqualTo("400 JSON_PARSER_ERROR");
        assertThat(error(call("POST", inquiry, "{\"CaseNumber\":\"1\"}")))
                .isEqualTo("400 INVALID_FIELD_FOR_INSERT_UPDATE");
        assertThat(error(call("POST", inquiry, "{\"ContactId\":\"no\"}"))).isEqualTo("400 MALFORMED_ID");
        assertThat(error(call("POST", inquiry, "{\"ContactId\":\"" + Ids.of("003", 9_999) + "\"}")))
                .isEqualTo("400 INVALID_CROSS_REFERENCE_KEY");
        assertThat(error(call("GET", API + "/sobjects/Case/" + Ids.of("500", 9_999), null)))
                .isEqualTo("404 NOT_FOUND");
        assertThat(error(call("GET", API + "/sobjects/Nope__c/x/y", null))).isEqualTo("404 NOT_FOUND");
        assertThat(error(call("PATCH", API + "/sobjects/Contact/LineUserId__c/Ux", "{\"LineUserId__c\":\"Ux\"}")))
                .isEqualTo("400 INVALID_FIELD");
    }

    @Test
    void a_value_that_is_unique_is_taken_once() {
        assertThat(call("POST", API + "/sobjects/Contact", "{\"LastName\":\"a\",\"LineUserId__c\":\"U1\"}")
                        .status())
                .isEqualTo(201);

        Reply second = call("POST", API + "/sobjects/Contact", "{\"LastName\":\"b\",\"LineUserId__c\":\"U1\"}");

        assertThat(error(second)).isEqualTo("400 DUPLICATE_VALUE");
        assertThat(second.body().at("/0/message").asText())
                .startsWith("duplicate value found: LineUserId__c duplicates value on record with id: 003");
    }

    @Test
    void a_comment_is_measured_in_bytes() {
        String id = salesforce.createAsPerson("Case", Map.of("Subject", "x"));
        String comment = "{\"ParentId\":\"" + id + "\",\"CommentBody\":\"%s\"}";

        assertThat(call("POST", API + "/sobjects/CaseComment", comment.formatted("あ".repeat(1_333)))
                        .status())
                .isEqualTo(201);
        assertThat(error(call("POST", API + "/sobjects/CaseComment", comment.formatted("あ".repeat(1_334)))))
                .isEqualTo("400 STRING_TOO_LONG");
    }

    @Test
    void two_rows_with_one_external_id_are_answered_with_their_addresses() {
        send("PUT", "/sandbox/fields/Contact/Legacy__c", "{\"type\":\"string(20)\",\"flags\":\"external\"}");
        salesforce.createAsPerson("Contact", Map.of("LastName", "a", "Legacy__c", "L1"));
        salesforce.createAsPerson("Contact", Map.of("LastName", "b", "Legacy__c", "L1"));

        Reply answer = call("PATCH", API + "/sobjects/Contact/Legacy__c/L1", "{\"FirstName\":\"c\"}");

        assertThat(answer.status()).isEqualTo(300);
        assertThat(answer.body()).hasSize(2).allSatisfy(url -> assertThat(url.asText())
                .startsWith(API + "/sobjects/Contact/003"));
    }

    @Test
    void a_case_knows_when_it_was_closed_and_forgets_it_when_opened_again() {
        String id = salesforce.createAsPerson("Case", Map.of("Subject", "x"));
        String path = API + "/sobjects/Case/" + id;

        assertThat(call("PATCH", path, "{\"Status\":\"Closed\"}").status()).isEqualTo(204);
        JsonNode closed =
                call("GET", path + "?fields=IsClosed,ClosedDate", null).body();
        call("PATCH", path, "{\"Status\":\"Working\"}");
        JsonNode open = call("GET", path + "?fields=IsClosed,ClosedDate", null).body();

        assertThat(closed.path("IsClosed").asBoolean()).isTrue();
        assertThat(closed.path("ClosedDate").asText()).endsWith("+0000");
        assertThat(open.path("IsClosed").asBoolean()).isFalse();
        assertThat(open.path("ClosedDate").isNull()).isTrue();
    }

    @Test
    void a_deleted_row_is_gone_but_not_for_query_all() {
        String id = salesforce.createAsPerson("Contact", Map.of("LastName", "goes"));
        assertThat(call("DELETE", API + "/sobjects/Contact/" + id, null).status())
                .isEqualTo(204);

        assertThat(error(call("GET", API + "/sobjects/Contact/" + id, null))).isEqualTo("404 ENTITY_IS_DELETED");
        String soql = "SELECT+Id+FROM+Contact+WHERE+LastName='goes'";
        assertThat(call("GET", API + "/query/?q=" + soql, null)
                        .body()
                        .path("totalSize")
                        .asInt())
                .isZero();
        assertThat(call("GET", API + "/queryAll/?q=" + soql, null)
                        .body()
                        .path("totalSize")
                        .asInt())
                .isOne();
    }

    @Test
    void a_file_gives_its_bytes_back() {
        String id = call(
                        "POST",
                        API + "/sobjects/ContentVersion",
                        "{\"PathOnClient\":\"a.txt\",\"VersionData\":\"aGVsbG8=\"}")
                .body()
                .path("id")
                .asText();

        assertThat(call("GET", API + "/sobjects/ContentVersion/" + id + "/VersionData", null)
                        .raw()
                        .body())
                .asString(StandardCharsets.UTF_8)
                .isEqualTo("hello");
    }

    @Test
    void an_article_is_tied_to_a_case_once_however_often_it_is_asked() {
        String inquiry = salesforce.createAsPerson("Case", Map.of("Subject", "x"));
        String article =
                salesforce.records("KnowledgeArticle").get(0).path("Id").asText();
        String body = "{\"CaseId\":\"" + inquiry + "\",\"KnowledgeArticleId\":\"" + article + "\"}";

        JsonNode first = call("POST", API + "/sobjects/CaseArticle", body).body();

        assertThat(call("POST", API + "/sobjects/CaseArticle", body).body().path("id"))
                .isEqualTo(first.path("id"));
        assertThat(salesforce.records("CaseArticle")).hasSize(1);
    }

    // ---- queries --------------------------------------------------------------------------------

    @Test
    void a_long_answer_comes_in_batches() {
        List<JsonNode> rows = new ArrayList<>();
        Reply page = send(
                "GET",
                API + "/query?q=SELECT+Id+FROM+Knowledge__kav",
                null,
                "Authorization",
                "Bearer " + token,
                "Sforce-Query-Options",
                "batchSize=200");
        int total = page.body().path("totalSize").asInt();
        page.body().path("records").forEach(rows::add);
        assertThat(rows).hasSize(200);
        while (!page.body().path("done").asBoolean()) {
            page = call("GET", page.body().path("nextRecordsUrl").asText(), null);
            page.body().path("records").forEach(rows::add);
        }

        assertThat(rows).hasSize(total).doesNotHaveDuplicates();
        assertThat(total).isGreaterThan(240);
    }

    @Test
    void conditions_mean_what_soql_says() {
        salesforce.createAsPerson("Case", Map.of("Subject", "it's 100%", "Priority", "High", "Topic__c", "q1"));
        salesforce.createAsPerson("Case", Map.of("Subject", "plain", "Priority", "Low", "Topic__c", "q1"));
        salesforce.createAsPerson("Case", Map.of("Priority", "Low", "Topic__c", "q1"));

        assertThat(count("Subject = 'IT\\'S 100%'")).isOne();
        assertThat(count("Subject LIKE '%100\\%'")).isOne();
        assertThat(count("Subject LIKE '_lain'")).isOne();
        assertThat(count("Subject = null")).isOne();
        assertThat(count("Subject != 'plain'")).isEqualTo(2);
        assertThat(count("Priority IN ('High', 'Medium')")).isOne();
        assertThat(count("Priority NOT IN ('High')")).isEqualTo(2);
        assertThat(count("(Priority = 'High' OR Subject = 'plain') AND IsClosed = false"))
                .isEqualTo(2);
        assertThat(count("NOT (Priority = 'High')")).isEqualTo(2);
        assertThat(count("CreatedDate = TODAY AND CreatedDate > 2020-01-01T00:00:00Z"))
                .isEqualTo(3);
        assertThat(count("CreatedDate < LAST_N_DAYS:3")).isZero();
        assertThat(count("OwnerId IN (SELECT Id FROM User WHERE LastName = 'nobody')"))
                .isZero();
    }

    private int count(String condition) {
        Reply answer = query("SELECT COUNT() FROM Case WHERE Topic__c = 'q1' AND (" + condition + ")");
        assertThat(answer.status()).as(answer.body().toString()).isEqualTo(200);
        return answer.body().path("totalSize").asInt();
    }

    @Test
    void rows_are_counted_by_group() {
        JsonNode answer = query("SELECT Language, COUNT(Id) n FROM Knowledge__kav WHERE PublishStatus = 'Online'"
                        + " GROUP BY Language ORDER BY Language")
                .body();

        assertThat(answer.path("records"))
                .extracting(row -> row.path("Language").asText())
                .containsExactly("en_US", "ja");
        assertThat(answer.path("records"))
                .allSatisfy(row -> assertThat(row.path("n").asInt()).isGreaterThanOrEqualTo(124));
    }

    @Test
    void a_query_that_cannot_be_read_says_why() {
        assertThat(error(query("SELECT Id FROM Case WHERE"))).isEqualTo("400 MALFORMED_QUERY");
        assertThat(error(query("SELECT Id FROM Case WHERE Subject = 'a' AND Status = 'b' OR Status = 'c'")))
                .isEqualTo("400 MALFORMED_QUERY");
        assertThat(error(query("SELECT Nope FROM Case"))).isEqualTo("400 INVALID_FIELD");
        assertThat(error(query("SELECT Id FROM Case WHERE Description = 'a'"))).isEqualTo("400 INVALID_FIELD");
        assertThat(error(query("SELECT Id FROM Case WHERE CreatedDate > '2020-01-01'")))
                .isEqualTo("400 INVALID_FIELD");
        assertThat(error(query("SELECT Id FROM Nope__c"))).isEqualTo("400 INVALID_TYPE");
        assertThat(error(search("FIND {a} IN ALL FIELDS"))).isEqualTo("400 MALFORMED_SEARCH");
    }

    @Test
    void a_search_reads_width_phrases_wildcards_and_escapes() {
        String returning = " RETURNING Knowledge__kav(Title WHERE Language='%s' AND PublishStatus='Online' LIMIT 3)";

        assertThat(titles("FIND {ＳＭＳの認証番号が届かない}" + returning.formatted("ja"))).startsWith("SMS の認証番号が届かない");
        assertThat(titles("FIND {\"identity check\" AND documents}" + returning.formatted("en_US")))
                .startsWith("Documents for the identity check");
        assertThat(titles("FIND {refu* AND NOT bonus}" + returning.formatted("en_US")))
                .isNotEmpty()
                .noneMatch(title -> title.contains("bonus"));
        assertThat(titles("FIND {zzz\\{\\}\\?}" + returning.formatted("en_US"))).isEmpty();
    }

    private List<String> titles(String sosl) {
        Reply answer = search(sosl);
        assertThat(answer.status()).as(String.valueOf(answer.body())).isEqualTo(200);
        List<String> titles = new ArrayList<>();
        answer.body()
                .path("searchRecords")
                .forEach(row -> titles.add(row.path("Title").asText()));
        return titles;
    }

    // ---- limits and faults ----------------------------------------------------------------------

    @Test
    void too_much_in_one_call_is_refused() {
        String rows = String.join(
                ",",
                IntStream.range(0, 201)
                        .mapToObj(i -> "{\"attributes\":{\"type\":\"Contact\"},\"LastName\":\"n" + i + "\"}")
                        .toList());
        String parts = String.join(
                ",",
                IntStream.range(0, 26)
                        .mapToObj(i ->
                                "{\"method\":\"GET\",\"url\":\"" + API + "/limits\",\"referenceId\":\"r" + i + "\"}")
                        .toList());

        assertThat(call("POST", API + "/composite/sobjects", "{\"records\":[" + rows + "]}")
                        .status())
                .isEqualTo(400);
        assertThat(call("POST", API + "/composite", "{\"compositeRequest\":[" + parts + "]}")
                        .status())
                .isEqualTo(400);
    }

    @Test
    void a_day_without_calls_left_refuses_and_says_so() {
        salesforce.setApiUsage(100, 100);

        Reply answer = call("GET", API + "/limits", null);

        assertThat(error(answer)).isEqualTo("403 REQUEST_LIMIT_EXCEEDED");
        assertThat(answer.raw().headers().firstValue("Sforce-Limit-Info")).contains("api-usage=100/100");
    }

    @Test
    void a_fault_hits_its_kind_of_call_as_often_as_asked() {
        send("PUT", "/sandbox/faults", "{\"kind\":\"sobjects\",\"status\":503,\"times\":2}");

        assertThat(query("SELECT Id FROM Case LIMIT 1").status()).isEqualTo(200);
        assertThat(error(call("GET", API + "/sobjects", null))).isEqualTo("503 SERVER_UNAVAILABLE");
        assertThat(error(call("GET", API + "/sobjects", null))).isEqualTo("503 SERVER_UNAVAILABLE");
        assertThat(call("GET", API + "/sobjects", null).status()).isEqualTo(200);
    }

    @Test
    void a_lost_answer_means_that_it_was_done_all_the_same() {
        salesforce.addFault(Map.of("kind", "sobjects", "lostAnswer", true));

        assertThatThrownBy(() -> call("POST", API + "/sobjects/Contact", "{\"LastName\":\"lost and found\"}"))
                .isInstanceOf(java.io.UncheckedIOException.class);

        assertThat(salesforce.records("Contact"))
                .filteredOn(row -> row.path("LastName").asText().equals("lost and found"))
                .hasSize(1);
    }

    @Test
    void a_locked_row_fails_alone() {
        salesforce.addFault(Map.of("kind", "row", "sObject", "Contact", "errorCode", "UNABLE_TO_LOCK_ROW"));

        JsonNode answer = call("POST", API + "/composite/sobjects", """
                        {"allOrNone":false,"records":[
                          {"attributes":{"type":"Contact"},"LastName":"first"},
                          {"attributes":{"type":"Contact"},"LastName":"second"}]}
                        """).body();

        assertThat(answer.at("/0/errors/0/statusCode").asText()).isEqualTo("UNABLE_TO_LOCK_ROW");
        assertThat(answer.at("/1/success").asBoolean()).isTrue();
    }

    @Test
    void a_fault_that_makes_no_sense_is_refused() {
        assertThat(send("PUT", "/sandbox/faults", "{\"kind\":\"moon\"}").status())
                .isEqualTo(400);
        assertThat(send("GET", "/sandbox/faults", null).body()).isEmpty();
    }

    // ---- events ---------------------------------------------------------------------------------

    @Test
    void a_subscriber_that_comes_later_hears_what_was_kept_or_is_told_its_place_is_lost() {
        salesforce.publish("Signal__e", Map.of("Text__c", "before"));
        String client = bayeux("handshake", "").at("/0/clientId").asText();
        bayeux(
                "connect",
                ",\"connectionType\":\"long-polling\",\"advice\":{\"timeout\":0},\"clientId\":\"" + client + "\"");

        JsonNode lost = subscribe(client, 4_711);
        JsonNode kept = subscribe(client, -2);
        JsonNode heard = bayeux("connect", ",\"connectionType\":\"long-polling\",\"clientId\":\"" + client + "\"");

        assertThat(lost.at("/0/successful").asBoolean()).isFalse();
        assertThat(lost.at("/0/error").asText()).startsWith("400::The replayId");
        assertThat(kept.at("/0/successful").asBoolean()).isTrue();
        assertThat(heard.findValue("Text__c").asText()).isEqualTo("before");
        assertThat(heard.findValue("replayId").asLong()).isPositive();
    }

    @Test
    void a_subscriber_hears_what_changed_in_a_case() {
        String client = bayeux("handshake", "").at("/0/clientId").asText();
        bayeux(
                "connect",
                ",\"connectionType\":\"long-polling\",\"advice\":{\"timeout\":0},\"clientId\":\"" + client + "\"");
        subscribe(client, "/data/CaseChangeEvent", -1);

        String changed = salesforce.createAsPerson("Case", Map.of("Subject", "チャージ"));
        JsonNode heard = bayeux("connect", ",\"connectionType\":\"long-polling\",\"clientId\":\"" + client + "\"");

        JsonNode header = heard.findValue("ChangeEventHeader");
        assertThat(header.path("entityName").asText()).isEqualTo("Case");
        assertThat(header.path("changeType").asText()).isEqualTo("CREATE");
        assertThat(header.at("/recordIds/0").asText()).isEqualTo(changed);
    }

    private JsonNode subscribe(String client, long replayId) {
        return subscribe(client, "/event/Signal__e", replayId);
    }

    private JsonNode subscribe(String client, String channel, long replayId) {
        return bayeux(
                "subscribe",
                ",\"subscription\":\"" + channel + "\",\"ext\":{\"replay\":{\"" + channel + "\":" + replayId
                        + "}},\"clientId\":\"" + client + "\"");
    }

    private JsonNode bayeux(String kind, String more) {
        return call("POST", "/cometd/62.0/" + kind, "[{\"id\":\"1\",\"channel\":\"/meta/" + kind + "\"" + more + "}]")
                .body();
    }

    // ---- around ---------------------------------------------------------------------------------

    @Test
    void a_reset_brings_the_seed_back() {
        int contacts = salesforce.records("Contact").size();
        salesforce.createAsPerson("Contact", Map.of("LastName", "extra"));

        assertThat(send("POST", "/sandbox/reset", null).status()).isEqualTo(200);

        assertThat(salesforce.records("Contact")).hasSize(contacts);
        assertThat(salesforce.calls()).isEmpty();
    }

    @Test
    void the_page_allows_no_script_but_its_own() {
        Reply page = send("GET", "/", null);

        assertThat(page.status()).isEqualTo(200);
        assertThat(page.raw().headers().firstValue("Content-Security-Policy").orElse(""))
                .contains("default-src 'none'", "script-src 'self'");
        assertThat(send("GET", "/page/page.js", null).status()).isEqualTo(200);
        assertThat(send("GET", "/page/..%2Fbase.json", null).status()).isEqualTo(404);
    }

    @Test
    void every_article_has_both_languages_and_the_balance_is_among_them() {
        List<JsonNode> articles = salesforce.records("Knowledge__kav");

        assertThat(articles)
                .filteredOn(article -> article.path("PublishStatus").asText().equals("Online"))
                .filteredOn(article -> article.path("IsVisibleInPkb").asBoolean())
                .filteredOn(article -> article.path("Language").asText().equals("ja"))
                .hasSizeGreaterThanOrEqualTo(124)
                .allSatisfy(japanese -> assertThat(articles)
                        .filteredOn(
                                other -> other.path("KnowledgeArticleId").equals(japanese.path("KnowledgeArticleId")))
                        .extracting(other -> other.path("Language").asText())
                        .containsExactlyInAnyOrder("ja", "en_US"));
        assertThat(articles)
                .extracting(article -> article.path("Title").asText())
                .contains("残高の確認方法", "How to check your balance");
    }
}
