package io.tsunagi.salesforce;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.tsunagi.config.Finding;
import io.tsunagi.config.Outgoing;
import io.tsunagi.config.Settings;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Clock;

/** Tries to sign in to Salesforce by the configured kind of sign-in, and reads and writes nothing. */
public final class SalesforceCheck {
    private static final ObjectMapper JSON = new ObjectMapper();

    private SalesforceCheck() {}

    /** @throws io.tsunagi.config.SettingsException when a setting of {@code hub.salesforce} cannot be used */
    public static Finding look(Settings settings) throws InterruptedException {
        SalesforceSettings salesforce = SalesforceSettings.of(settings);
        if (salesforce.replaced()) {
            return Finding.note("hub.salesforce.replaced is true: routes of your own write to another system.");
        }
        if (salesforce.off()) {
            return Finding.note("hub.salesforce.login-url is empty: the hub runs without Salesforce.");
        }
        HttpRequest request = HttpRequest.newBuilder(URI.create(salesforce.loginUrl() + "/services/oauth2/token"))
                .timeout(salesforce.callTimeout())
                .header("Content-Type", "application/x-www-form-urlencoded")
                .POST(HttpRequest.BodyPublishers.ofString(
                        salesforce.credentials().form(Clock.systemUTC().instant())))
                .build();
        try {
            HttpResponse<String> answer =
                    Outgoing.http(salesforce.callTimeout()).build().send(request, HttpResponse.BodyHandlers.ofString());
            return answer.statusCode() == 200
                    ? Finding.good("Salesforce at " + salesforce.loginUrl() + " lets the hub in.")
                    : Finding.wrong("Salesforce at " + salesforce.loginUrl() + " does not let the hub in ("
                            + answer.statusCode() + reason(answer.body())
                            + "). Check hub.salesforce.sign-in, "
                            + salesforce.credentials().needs()
                            + ", and that the app in Salesforce allows this kind of sign-in.");
        } catch (IOException e) {
            return Finding.wrong("Salesforce at " + salesforce.loginUrl() + " cannot be reached: " + e
                    + ". Check hub.salesforce.login-url and what the network lets out.");
        }
    }

    private static String reason(String body) {
        try {
            JsonNode error = JSON.readTree(body);
            return error.path("error").isTextual()
                    ? ", " + error.path("error").asText() + ": "
                            + error.path("error_description").asText()
                    : "";
        } catch (JsonProcessingException e) {
            // A proxy's page says nothing that helps.
            return "";
        }
    }
}
