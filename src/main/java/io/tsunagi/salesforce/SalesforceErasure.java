package io.tsunagi.salesforce;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tsunagi.config.Outgoing;
import io.tsunagi.config.Settings;
import io.tsunagi.config.SettingsException;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * Takes one customer out of Salesforce: transcripts, the hub's comments of them, and contact are deleted, Cases stay for the statistics without words
 * and without the contact. Repeating it changes nothing.
 *
 * <p>Knows the objects and fields of {@code src/main/salesforce}; whoever maps further fields of a person erases those.
 */
public final class SalesforceErasure {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int MOST_IDS = 200;

    /** What was removed. */
    public record Removed(int transcripts, int cases, boolean contact) {}

    private final SalesforceSettings settings;
    private final HttpClient http;

    /** @throws SettingsException when a setting of {@code hub.salesforce} cannot be used */
    public SalesforceErasure(Settings settings) {
        this.settings = SalesforceSettings.of(settings);
        this.http = Outgoing.http(this.settings.callTimeout()).build();
    }

    /**
     * Erases a customer.
     *
     * @param contact whether the Contact goes too; it stays while another LINE account has the person as a customer
     * @return empty when the hub runs without Salesforce
     * @throws SettingsException in one sentence when Salesforce cannot be reached or refuses; run it again then
     */
    public Optional<Removed> erase(String lineUserId, List<UUID> inquiries, boolean contact) {
        if (settings.off()) {
            return Optional.empty();
        }
        try {
            Session session = signIn();
            int transcripts = 0;
            int cases = 0;
            for (UUID inquiry : inquiries) {
                String key = inquiry.toString().replace("-", "");
                for (String caseId : ids(session, "select Id from Case where LineInquiryKey__c = '" + key + "'")) {
                    List<String> lines = ids(session, "select Id from LineMessage__c where Case__c = '" + caseId + "'");
                    delete(session, lines);
                    transcripts += lines.size();
                    delete(session, ownComments(session, caseId));
                    ObjectNode empty = JSON.createObjectNode()
                            .put("Subject", "-")
                            .putNull("Description")
                            .putNull("ContactId");
                    if (settings.customer() == SalesforceSettings.Customer.PERSON_ACCOUNT) {
                        empty.putNull("AccountId");
                    }
                    refuseFailed(send(session, "PATCH", "/sobjects/Case/" + caseId, empty.toString()));
                    cases++;
                }
            }
            return Optional.of(new Removed(transcripts, cases, contact && deleteContact(session, lineUserId)));
        } catch (IOException e) {
            throw new SettingsException(
                    "Salesforce could not be asked to erase the customer: " + e
                            + ". If another record there still refers to the Contact, take that off it; then run the command again.");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new SettingsException("The erasure was stopped; run the command again.");
        }
    }

    private void delete(Session session, List<String> ids) throws IOException, InterruptedException {
        for (int i = 0; i < ids.size(); i += MOST_IDS) {
            List<String> some = ids.subList(i, Math.min(ids.size(), i + MOST_IDS));
            refuseFailed(
                    send(session, "DELETE", "/composite/sobjects?allOrNone=false&ids=" + String.join(",", some), null));
        }
    }

    /** Gives the hub's own comments of a Case; those of people are theirs. */
    private List<String> ownComments(Session session, String caseId) throws IOException, InterruptedException {
        return records(session, "select Id, CommentBody from CaseComment where ParentId = '" + caseId + "'").stream()
                .filter(comment -> comment.path("CommentBody").asText().startsWith(CrmSummary.MARK))
                .map(comment -> comment.path("Id").asText())
                .toList();
    }

    private boolean deleteContact(Session session, String lineUserId) throws IOException, InterruptedException {
        HttpResponse<String> answer = send(
                session,
                "DELETE",
                "/sobjects/" + settings.customer().object() + "/LineUserId__c/"
                        + URLEncoder.encode(lineUserId, StandardCharsets.UTF_8),
                null);
        if (answer.statusCode() == 404) {
            return false;
        }
        refuseFailed(answer);
        return true;
    }

    private record Session(String address, String token) {}

    private Session signIn() throws IOException, InterruptedException {
        HttpResponse<String> answer = http.send(
                HttpRequest.newBuilder(URI.create(settings.loginUrl() + "/services/oauth2/token"))
                        .timeout(settings.callTimeout())
                        .header("Content-Type", "application/x-www-form-urlencoded")
                        .POST(HttpRequest.BodyPublishers.ofString(
                                settings.credentials().form(Clock.systemUTC().instant())))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
        if (answer.statusCode() != 200) {
            throw new IOException("the sign-in was answered " + answer.statusCode());
        }
        JsonNode session = JSON.readTree(answer.body());
        return new Session(
                session.path("instance_url").asText(),
                session.path("access_token").asText());
    }

    private List<String> ids(Session session, String soql) throws IOException, InterruptedException {
        return records(session, soql).stream()
                .map(record -> record.path("Id").asText())
                .toList();
    }

    /** Gives what a query finds; the keys in it are the hub's own and hold no quotes. */
    private List<JsonNode> records(Session session, String soql) throws IOException, InterruptedException {
        List<JsonNode> records = new ArrayList<>();
        String next = "/query?q=" + URLEncoder.encode(soql, StandardCharsets.UTF_8);
        while (next != null) {
            HttpResponse<String> answer = send(session, "GET", next, null);
            refuseFailed(answer);
            JsonNode page = JSON.readTree(answer.body());
            page.path("records").forEach(records::add);
            String more = page.path("nextRecordsUrl").asText("");
            next = more.isEmpty() ? null : more.replaceFirst("^/services/data/v[0-9.]+", "");
        }
        return records;
    }

    private HttpResponse<String> send(Session session, String method, String path, String body)
            throws IOException, InterruptedException {
        return http.send(
                HttpRequest.newBuilder(URI.create(
                                session.address() + "/services/data/v" + SalesforceSettings.API_VERSION + path))
                        .timeout(settings.callTimeout())
                        .header("Authorization", "Bearer " + session.token())
                        .header("Content-Type", "application/json")
                        .method(
                                method,
                                body == null
                                        ? HttpRequest.BodyPublishers.noBody()
                                        : HttpRequest.BodyPublishers.ofString(body))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    private static void refuseFailed(HttpResponse<String> answer) throws IOException {
        boolean rows = answer.body() != null && answer.body().startsWith("[");
        if (answer.statusCode() >= 300) {
            throw new IOException("Salesforce answered " + answer.statusCode() + codes(answer.body()));
        }
        if (rows) {
            for (JsonNode row : JSON.readTree(answer.body())) {
                boolean gone =
                        row.path("success").asBoolean(true) || row.toString().contains("ENTITY_IS_DELETED");
                if (!gone) {
                    throw new IOException("Salesforce refused a row"
                            + codes(row.path("errors").toString()));
                }
            }
        }
    }

    /** Only the codes: an error's words may repeat what was sent. */
    private static String codes(String body) throws IOException {
        List<String> codes = new ArrayList<>();
        if (body != null && body.startsWith("[")) {
            JSON.readTree(body)
                    .forEach(error -> codes.add(error.path("errorCode")
                            .asText(error.path("statusCode").asText())));
        }
        return codes.isEmpty() ? "" : " (" + String.join(", ", codes) + ")";
    }
}
