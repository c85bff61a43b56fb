package io.tsunagi.line;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.tsunagi.config.Finding;
import io.tsunagi.config.Outgoing;
import io.tsunagi.config.Settings;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Asks LINE about the accounts without sending anything to anybody: whether it takes their tokens, and where it sends their
 * webhooks (Messaging API, {@code GET /v2/bot/info} and {@code GET /v2/bot/channel/webhook/endpoint}).
 */
public final class LineCheck {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Settings settings;
    private final LineAccounts accounts;
    private final HttpClient http;
    private final Duration patience;

    /** @throws io.tsunagi.config.SettingsException when an account lacks its secret or token */
    public LineCheck(Settings settings) {
        this.settings = settings;
        this.accounts = new LineAccounts(settings);
        this.patience = Duration.ofMillis(settings.whole("hub.line.call-timeout-millis", 100, 600_000));
        this.http = Outgoing.http(patience).build();
    }

    public List<Finding> look() throws InterruptedException {
        List<Finding> found = new ArrayList<>();
        if (accounts.all().isEmpty()) {
            found.add(Finding.note("hub.line.accounts names no LINE account: no customer can write."));
            return found;
        }
        for (String account : accounts.all().keySet()) {
            look(account, found);
        }
        found.add(Finding.note(
                "What the hub answers with 503 LINE sends again only where \"webhook redelivery\" is switched"
                        + " on in LINE's console, account by account. The hub cannot see that switch."));
        return found;
    }

    private void look(String account, List<Finding> found) throws InterruptedException {
        try {
            HttpResponse<String> info = ask(account, "/v2/bot/info");
            if (info.statusCode() == 401) {
                found.add(Finding.wrong("LINE refuses the token of the account " + account
                        + ". Issue a new one and set hub.line.account." + account + ".token."));
                return;
            }
            if (info.statusCode() != 200) {
                found.add(Finding.wrong("LINE answered " + info.statusCode() + " when asked about the account "
                        + account + ". Try again; nothing was changed."));
                return;
            }
            found.add(Finding.good("LINE takes the token of the account " + account + " ("
                    + JSON.readTree(info.body()).path("basicId").asText() + ")."));
            webhook(account, ask(account, "/v2/bot/channel/webhook/endpoint"), found);
        } catch (IOException e) {
            found.add(Finding.wrong("LINE cannot be asked about the account " + account + " at "
                    + settings.needed("hub.line.api") + ": " + e
                    + ". Check hub.line.api and what the network lets out."));
        }
    }

    private void webhook(String account, HttpResponse<String> answer, List<Finding> found) throws IOException {
        String wanted = settings.needed("hub.http.public-url") + "/line/" + account;
        if (answer.statusCode() == 404) {
            found.add(Finding.wrong("LINE has no webhook address for the account " + account + ". Set " + wanted
                    + " in LINE's console."));
            return;
        }
        JsonNode webhook = JSON.readTree(answer.body());
        if (answer.statusCode() != 200) {
            found.add(Finding.note("LINE answered " + answer.statusCode()
                    + " when asked for the webhook address of the account " + account + "."));
        } else if (!webhook.path("active").asBoolean()) {
            found.add(Finding.wrong("LINE sends no webhooks of the account " + account
                    + ": switch on \"Use webhook\" in LINE's console."));
        } else if (!webhook.path("endpoint").asText().equals(wanted)) {
            found.add(Finding.note("LINE sends the webhooks of the account " + account + " to "
                    + webhook.path("endpoint").asText() + ", not to " + wanted
                    + " as hub.http.public-url has it."));
        }
    }

    private HttpResponse<String> ask(String account, String path) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create(settings.needed("hub.line.api") + path))
                .timeout(patience)
                .header("Authorization", accounts.bearer(account))
                .build();
        return http.send(request, HttpResponse.BodyHandlers.ofString());
    }
}
