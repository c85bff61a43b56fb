package io.tsunagi.line;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.micrometer.core.instrument.MeterRegistry;
import io.tsunagi.store.Deliveries;
import io.tsunagi.store.Deliveries.Claim;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.apache.camel.Exchange;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes the bodies of LINE's send calls and reads their answers. The calls themselves are steps of the route {@code
 * deliver-to-line}. Decides by status only, because LINE changes its texts without notice; the one text that is looked
 * at tells the monthly limit from a busy hour.
 */
public final class LineCalls {
    private static final Logger LOG = LoggerFactory.getLogger(LineCalls.class);

    private final ObjectMapper json = new ObjectMapper();
    private final Deliveries deliveries;
    private final LineAccounts accounts;
    private final LinePace pace;
    private final MeterRegistry metrics;
    private final Clock clock;
    private volatile boolean leaving;

    public LineCalls(Deliveries deliveries, LineAccounts accounts, LinePace pace, MeterRegistry metrics, Clock clock) {
        this.deliveries = deliveries;
        this.accounts = accounts;
        this.pace = pace;
        this.metrics = metrics;
        this.clock = clock;
    }

    /** Takes the next due delivery of a lane, or nothing; nothing more once {@link #leave} was called. */
    public Claim next(UUID lane) {
        return leaving ? null : deliveries.next(lane);
    }

    /** Makes no further call: a delivery that is claimed when none can be made any more would look as if LINE had not answered. */
    public void leave() {
        leaving = true;
    }

    public String replyBody(Claim claim) throws JsonProcessingException {
        return body(claim, "replyToken", claim.replyToken());
    }

    public String pushBody(Claim claim) throws JsonProcessingException {
        return body(claim, "to", claim.recipient());
    }

    /** The last step before the call: here a thread that was frozen since the claim finds out. */
    private String body(Claim claim, String key, String value) throws JsonProcessingException {
        if (!deliveries.mayCall(claim)) {
            throw new TooLateException();
        }
        ObjectNode body = json.createObjectNode();
        body.put(key, value);
        body.set("messages", json.readTree(claim.payload()));
        return json.writeValueAsString(body);
    }

    /** Notes LINE's answer to the call that is the exchange's property {@code delivery}. */
    public void answered(Exchange exchange) {
        Claim claim = exchange.getProperty("delivery", Claim.class);
        int status = exchange.getMessage().getHeader(Exchange.HTTP_RESPONSE_CODE, 0, Integer.class);
        String requestId = exchange.getMessage().getHeader("x-line-request-id", String.class);
        String answer = exchange.getMessage().getBody(String.class);
        String call = claim.reply() ? "reply" : "push";
        metrics.counter("tsunagi.line.calls", "call", call, "status", String.valueOf(status))
                .increment();
        LOG.info("LINE {} of delivery {}: {} request {}", call, claim.id(), status, requestId);
        boolean tooMany = status == 429 && !monthlyLimit(claim, answer);
        if (tooMany) {
            pace.refused(claim.account(), claim.reply());
        } else {
            pace.answered(claim.account(), claim.reply());
        }
        if (status >= 200 && status < 300) {
            deliveries.sent(claim, requestId, shown(answer));
        } else if (status == 409 && !claim.reply()) {
            // The retry key was accepted before: the customer has it.
            deliveries.sent(claim, requestId, shown(answer));
        } else if (tooMany) {
            deliveries.busy(claim, "LINE is busy (429)");
        } else if (status == 429) {
            deliveries.needsQuota(claim, requestId);
        } else if (status == 401 && accounts.renewToken(claim.account())) {
            deliveries.busy(claim, "LINE no longer takes the old token (401)");
        } else if (status >= 500) {
            deliveries.unanswered(claim, "LINE answered " + status);
        } else if (status == 400 && claim.reply() && invalidToken(answer)) {
            tokenOver(claim, requestId);
        } else if (claim.reply() && claim.unanswered()) {
            deliveries.unclear(claim, requestId, "LINE did not answer the reply and then refused it (" + status + ")");
        } else {
            deliveries.refused(claim, requestId, "LINE refused it (" + status + "): " + message(answer));
        }
    }

    /** Notes that the call of the exchange had no answer: time-out, reset or refused connection. */
    public void noAnswer(Exchange exchange) {
        Claim claim = exchange.getProperty("delivery", Claim.class);
        Exception cause = exchange.getProperty(Exchange.EXCEPTION_CAUGHT, Exception.class);
        metrics.counter("tsunagi.line.calls", "call", claim.reply() ? "reply" : "push", "status", "none")
                .increment();
        pace.answered(claim.account(), claim.reply());
        LOG.warn(
                "LINE did not answer delivery {}: {}",
                claim.id(),
                cause == null ? "" : cause.getClass().getSimpleName());
        deliveries.unanswered(claim, "LINE did not answer");
    }

    /** Notes that the call of the exchange could not begin, because LINE issued no token for it. */
    public void noToken(Exchange exchange) {
        Claim claim = exchange.getProperty("delivery", Claim.class);
        pace.answered(claim.account(), claim.reply());
        deliveries.busy(claim, "LINE issues no token for the account");
    }

    /** Notes that the call of the exchange was not begun. */
    public void notCalled(Exchange exchange) {
        Claim claim = exchange.getProperty("delivery", Claim.class);
        LOG.warn("Delivery {} waited too long after its claim; whoever is next calls LINE", claim.id());
        deliveries.notCalled(claim);
    }

    /**
     * A token that is refused on the first call was never used by us: the words are pushed. After a call without answer
     * the refusal, inside the token's time, means that the first call was taken.
     */
    private void tokenOver(Claim claim, String requestId) {
        if (!claim.unanswered()) {
            deliveries.replyTokenOver(claim);
        } else if (clock.instant().isBefore(claim.replyUntil())) {
            deliveries.sent(claim, requestId, List.of());
        } else {
            deliveries.unclear(claim, requestId, "LINE did not answer the reply, and its token is over");
        }
    }

    private boolean monthlyLimit(Claim claim, String answer) {
        return !claim.reply()
                && message(answer).toLowerCase(java.util.Locale.ROOT).contains("monthly limit");
    }

    private boolean invalidToken(String answer) {
        return message(answer).toLowerCase(java.util.Locale.ROOT).contains("reply token");
    }

    /** LINE names what it shows, in the order of the call; an answer that cannot be read names nothing. */
    private List<Deliveries.Shown> shown(String answer) {
        List<Deliveries.Shown> shown = new ArrayList<>();
        try {
            for (JsonNode sent : json.readTree(answer == null ? "" : answer).path("sentMessages")) {
                if (sent.path("id").isTextual()) {
                    shown.add(new Deliveries.Shown(
                            sent.path("id").textValue(), sent.path("quoteToken").textValue()));
                }
            }
        } catch (JsonProcessingException e) {
            LOG.warn("LINE took a call but its answer is no JSON");
        }
        return shown;
    }

    private String message(String answer) {
        try {
            JsonNode tree = json.readTree(answer == null ? "" : answer);
            String text = tree.path("message").asText("");
            String detail = tree.path("details").path(0).path("message").asText("");
            return detail.isEmpty() ? text : text + " – " + detail;
        } catch (JsonProcessingException e) {
            // Gateways in front of LINE answer errors as HTML.
            return "no JSON answer";
        }
    }
}
