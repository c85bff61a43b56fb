package io.tsunagi.line;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.linecorp.bot.jackson.ModelObjectMapper;
import com.linecorp.bot.parser.LineSignatureValidator;
import io.micrometer.core.instrument.MeterRegistry;
import io.tsunagi.config.Secret;
import io.tsunagi.line.LineAccounts.LineAccount;
import io.tsunagi.store.Ledger;
import java.io.IOException;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.apache.camel.Exchange;
import org.apache.camel.Message;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;
import org.springframework.transaction.TransactionException;

/**
 * Takes LINE's webhooks: verifies the signature over the raw bytes, keeps the events durably, then answers 200. Nothing
 * else happens before the answer, which LINE awaits for two seconds.
 *
 * <p>Bad input is answered with a status and never an exception: 401 wrong signature, 404 unknown account, 400 no
 * webhook body, 413 too large, 415 no JSON; 503 when the store cannot take the events, so that LINE sends them again.
 * The body is never logged. Safe for many threads.
 */
public final class LineWebhook {
    private static final Logger LOG = LoggerFactory.getLogger(LineWebhook.class);

    private final LineAccounts accounts;
    private final Ledger ledger;
    private final MeterRegistry metrics;
    private final Clock clock;
    private final int limit;
    private final WebhookBody bodies;
    private volatile Instant refusedAt;

    public LineWebhook(LineAccounts accounts, Ledger ledger, MeterRegistry metrics, Clock clock, int limitBytes) {
        this.accounts = accounts;
        this.ledger = ledger;
        this.metrics = metrics;
        this.clock = clock;
        this.limit = limitBytes;
        ObjectMapper json = ModelObjectMapper.createNewObjectMapper();
        this.bodies = new WebhookBody(json);
    }

    /** Takes the request of the exchange and sets its answer. */
    public void receive(Exchange exchange) {
        Message message = exchange.getMessage();
        String account = message.getHeader("account", "", String.class);
        int status = take(
                account,
                message.getHeader(Exchange.CONTENT_TYPE, "", String.class),
                message.getHeader("x-line-signature", String.class),
                message.getBody(byte[].class));
        metrics.counter("tsunagi.line.webhooks", "status", String.valueOf(status))
                .increment();
        message.removeHeaders("*");
        message.setHeader(Exchange.HTTP_RESPONSE_CODE, status);
        message.setBody(null);
    }

    private int take(String name, String contentType, String signature, byte[] body) {
        Optional<LineAccount> account = accounts.find(name);
        if (account.isEmpty()) {
            return 404;
        }
        if (!contentType.isEmpty()
                && !contentType.toLowerCase(java.util.Locale.ROOT).startsWith("application/json")) {
            return 415;
        }
        if (body != null && body.length > limit) {
            return 413;
        }
        if (body == null || signature == null || !signed(account.get(), body, signature)) {
            return 401;
        }
        List<Ledger.Arrival> events;
        try {
            events = bodies.events(name, body, clock.instant());
        } catch (IOException e) {
            LOG.warn(
                    "A signed webhook of account {} cannot be read: {}",
                    name,
                    e.getClass().getSimpleName());
            return 400;
        }
        try {
            int fresh = ledger.append(events);
            refusedAt = null;
            metrics.counter("tsunagi.line.events", "fresh", "true").increment(fresh);
            metrics.counter("tsunagi.line.events", "fresh", "false").increment(events.size() - fresh);
            return 200;
        } catch (DataAccessException | TransactionException e) {
            refusedAt = clock.instant();
            LOG.error(
                    "The store cannot keep {} events: {}",
                    events.size(),
                    e.getMostSpecificCause().getMessage());
            return 503;
        }
    }

    /**
     * Says whether the store lately could not keep the events of a webhook and has kept none since. After half a minute
     * it is worth another one: a node that gets no webhooks could never show that it takes them again.
     */
    public boolean refuses() {
        Instant at = refusedAt;
        return at != null && clock.instant().isBefore(at.plusSeconds(30));
    }

    /** Every secret is tried, so that the time does not tell which one signs. */
    private boolean signed(LineAccount account, byte[] body, String signature) {
        boolean valid = false;
        for (Secret secret : account.secrets(clock.instant())) {
            try {
                valid |= new LineSignatureValidator(secret.bytes()).validateSignature(body, signature);
            } catch (IllegalArgumentException e) {
                // The SDK throws when the header is not Base64: a wrong signature like any other.
                LOG.debug("The signature is not Base64");
            }
        }
        return valid;
    }
}
