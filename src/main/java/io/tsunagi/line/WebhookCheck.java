package io.tsunagi.line;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.tsunagi.store.Store;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.apache.camel.Exchange;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has LINE call each account's webhook, as LINE's console does with its button, and says in one sentence what came of it.
 * LINE allows 60 such calls an hour and channel. Safe for many threads and nodes; the newest outcome is kept.
 *
 * @see <a href="https://developers.line.biz/en/reference/messaging-api/#test-webhook-endpoint">Test webhook endpoint</a>
 */
public final class WebhookCheck {
    private static final Logger LOG = LoggerFactory.getLogger(WebhookCheck.class);

    /** What came of it. */
    public enum Outcome {
        /** LINE reaches this hub, and the signature is right. */
        OK,
        /** No address is set in LINE's console. */
        NOT_SET,
        /** LINE would reach the hub, but "Use webhook" is off. */
        OFF,
        /** LINE sends webhooks to an address that is not this hub's. */
        ELSEWHERE,
        /** The hub refused the signature: its channel secret is not the channel's. */
        WRONG_SECRET,
        /** LINE got no good answer from the address. */
        NOT_REACHED,
        /** LINE did not answer the question. */
        UNKNOWN
    }

    /**
     * The outcome for an account.
     *
     * @param endpoint the address LINE sends to, null when it did not tell one
     * @param status what that address answered, null when it was not called
     * @param reason LINE's word for what went wrong, null when nothing did
     */
    public record Report(
            String account, Outcome outcome, String endpoint, Integer status, String reason, Instant checkedAt) {

        /** Says it in one sentence, with what to do. */
        public String sentence(String wanted) {
            return switch (outcome) {
                case OK -> "LINE reaches the webhook of account " + account + " at " + endpoint + ".";
                case NOT_SET ->
                    "LINE has no webhook address for account " + account + ": set " + wanted + " in LINE's console.";
                case OFF ->
                    "LINE sends no webhooks for account " + account + ": switch on \"Use webhook\" in LINE's console.";
                case ELSEWHERE ->
                    "LINE sends the webhooks of account " + account + " to " + endpoint + ", not to " + wanted
                            + ": change it in LINE's console, or hub.http.public-url.";
                case WRONG_SECRET ->
                    "The webhook of account " + account
                            + " refused LINE's signature: the channel secret in hub.line.account." + account
                            + ".secret is not the channel's.";
                case NOT_REACHED ->
                    "LINE called " + endpoint + " for account " + account + " and got no good answer (" + reason
                            + "): look at the proxy, its certificate and hub.http.public-url.";
                case UNKNOWN -> "LINE does not tell whether it reaches account " + account + " (" + reason + ").";
            };
        }
    }

    private final ObjectMapper json = new ObjectMapper();
    private final Store store;
    private final LineAccounts accounts;
    private final Clock clock;
    private final String publicUrl;
    private final boolean atStart;

    /** @param atStart whether a node has the webhooks tested when it starts */
    public WebhookCheck(Store store, LineAccounts accounts, Clock clock, String publicUrl, boolean atStart) {
        this.store = store;
        this.accounts = accounts;
        this.clock = clock;
        this.publicUrl = publicUrl;
        this.atStart = atStart;
    }

    /** Names the accounts to be tested when a node starts. */
    public List<String> atStart() {
        return atStart ? accounts.all().keySet().stream().sorted().toList() : List.of();
    }

    /** Gives the address an account's webhooks should be sent to. */
    public String wanted(String account) {
        return publicUrl + "/line/" + account;
    }

    /**
     * Takes LINE's answer to the question for the address.
     *
     * @return whether there is an address worth calling; otherwise the outcome is noted
     */
    public boolean endpoint(Exchange exchange) {
        String account = exchange.getProperty("account", String.class);
        int status = status(exchange);
        JsonNode answer = answer(exchange);
        String endpoint = answer.path("endpoint").asText("");
        exchange.setProperty("endpoint", endpoint);
        if (status == 404 || status == 200 && endpoint.isEmpty()) {
            note(account, Outcome.NOT_SET, null, null, null);
        } else if (status != 200) {
            if (status == 401) {
                accounts.renewToken(account);
            }
            note(account, Outcome.UNKNOWN, null, null, "LINE answered " + status);
        } else if (!endpoint.equals(wanted(account))) {
            note(account, Outcome.ELSEWHERE, endpoint, null, null);
        } else if (!answer.path("active").asBoolean(true)) {
            note(account, Outcome.OFF, endpoint, null, null);
        } else {
            return true;
        }
        return false;
    }

    /** Takes LINE's answer to the call of the webhook. */
    public void tested(Exchange exchange) {
        String account = exchange.getProperty("account", String.class);
        String endpoint = exchange.getProperty("endpoint", String.class);
        int status = status(exchange);
        JsonNode answer = answer(exchange);
        if (status != 200) {
            note(account, Outcome.UNKNOWN, endpoint, null, "LINE answered " + status);
            return;
        }
        Integer got = answer.path("statusCode").canConvertToInt()
                ? answer.path("statusCode").asInt()
                : null;
        if (answer.path("success").asBoolean(false)) {
            note(account, Outcome.OK, endpoint, got, null);
        } else {
            String reason = answer.path("reason").asText("") + " "
                    + answer.path("detail").asText("");
            boolean refused = got != null && got == 401;
            note(account, refused ? Outcome.WRONG_SECRET : Outcome.NOT_REACHED, endpoint, got, reason.strip());
        }
    }

    /** Notes that LINE gave no answer at all. */
    public void noAnswer(Exchange exchange) {
        note(exchange.getProperty("account", String.class), Outcome.UNKNOWN, null, null, "LINE did not answer");
    }

    private void note(String account, Outcome outcome, String endpoint, Integer status, String reason) {
        Report report =
                new Report(account, outcome, shorten(endpoint, 1000), status, shorten(reason, 200), clock.instant());
        store.inTransaction(() -> {
            store.jdbc()
                    .sql(
                            "insert into webhook_checks (account, outcome, checked_at) values (?, ?, ?) on conflict do nothing")
                    .params(account, outcome.name(), Store.at(report.checkedAt()))
                    .update();
            store.jdbc()
                    .sql("""
                            update webhook_checks set outcome = :outcome, endpoint = :endpoint, status = :status,
                                reason = :reason, checked_at = :at
                            where account = :account
                            """)
                    .param("outcome", outcome.name())
                    .param("endpoint", report.endpoint())
                    .param("status", status, java.sql.Types.INTEGER)
                    .param("reason", report.reason())
                    .param("at", Store.at(report.checkedAt()))
                    .param("account", account)
                    .update();
        });
        if (outcome == Outcome.OK) {
            LOG.info(report.sentence(wanted(account)));
        } else {
            LOG.warn(report.sentence(wanted(account)));
        }
    }

    /** Gives the newest outcome for an account. */
    public Optional<Report> of(String account) {
        return store.jdbc()
                .sql("select * from webhook_checks where account = ?")
                .param(account)
                .query((row, i) -> new Report(
                        account,
                        Outcome.valueOf(row.getString("outcome")),
                        row.getString("endpoint"),
                        row.getObject("status", Integer.class),
                        row.getString("reason"),
                        Store.instant(row.getTimestamp("checked_at"))))
                .optional();
    }

    private static int status(Exchange exchange) {
        return exchange.getMessage().getHeader(Exchange.HTTP_RESPONSE_CODE, 0, Integer.class);
    }

    private JsonNode answer(Exchange exchange) {
        try {
            String body = exchange.getMessage().getBody(String.class);
            return json.readTree(body == null || body.isEmpty() ? "{}" : body);
        } catch (JsonProcessingException e) {
            // A gateway's page: the status tells.
            return json.createObjectNode();
        }
    }

    private static String shorten(String text, int most) {
        return text == null || text.length() <= most ? text : text.substring(0, most);
    }
}
