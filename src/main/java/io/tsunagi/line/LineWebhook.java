package io.tsunagi.line;

import com.fasterxml.jackson.core.JacksonException;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.tsunagi.inquiry.SensitiveWords;
import io.tsunagi.store.GroupCommit;
import io.tsunagi.store.Ledger;
import io.vertx.core.Context;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.io.IOException;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes LINE's webhooks at {@code POST /line/{account}}: verifies the signature over the raw bytes, keeps the events
 * durably, then answers 200. Nothing else happens before the answer, which LINE awaits for two seconds.
 *
 * <p>Bad input is answered with a status and never an exception: 404 unknown account, 405 no POST, 415 no JSON, 413 too large, 401
 * wrong signature, 400 no webhook body; 503 soon when the events cannot be kept, so that LINE sends them again. The body is never logged. Runs on the server's event loop and holds no thread while the commit runs.
 */
public final class LineWebhook {
    private static final Logger LOG = LoggerFactory.getLogger(LineWebhook.class);
    private static final CharSequence SIGNATURE = HttpHeaders.createOptimized("x-line-signature");
    private static final String JSON = "application/json";

    private final Map<String, ChannelSignature> accounts;
    private final GroupCommit events;
    private final Clock clock;
    private final int limit;
    private final WebhookBody bodies;
    private final Map<Integer, Counter> answers;

    /** @param limitBytes the largest body that is read */
    public LineWebhook(
            LineAccounts accounts,
            GroupCommit events,
            SensitiveWords sensitive,
            MeterRegistry metrics,
            Clock clock,
            int limitBytes) {
        this.bodies = new WebhookBody(sensitive::mask);
        this.accounts = accounts.all().values().stream()
                .collect(Collectors.toMap(LineAccounts.LineAccount::name, ChannelSignature::of));
        this.events = events;
        this.clock = clock;
        this.limit = limitBytes;
        this.answers = Stream.of(200, 400, 401, 404, 405, 413, 415, 503)
                .collect(Collectors.toMap(
                        Function.identity(),
                        status -> metrics.counter("tsunagi.line.webhooks", "status", String.valueOf(status))));
    }

    public void mount(Router router) {
        router.post("/line/:account").handler(this::receive);
        router.route("/line/:account").handler(context -> answer(context, 405));
    }

    private void receive(RoutingContext context) {
        HttpServerRequest request = context.request();
        String account = context.pathParam("account");
        ChannelSignature signature = accounts.get(account);
        if (signature == null) {
            answer(context, 404);
        } else if (!isJson(request.getHeader(HttpHeaders.CONTENT_TYPE))) {
            answer(context, 415);
        } else if (isTooLong(request.getHeader(HttpHeaders.CONTENT_LENGTH))) {
            answer(context, 413);
        } else {
            Buffer body = Buffer.buffer();
            request.handler(chunk -> {
                // What comes after the answer is let go of unread.
                if (body.length() + chunk.length() <= limit) {
                    body.appendBuffer(chunk);
                } else if (!context.response().ended()) {
                    answer(context, 413);
                }
            });
            request.endHandler(end -> {
                if (!context.response().ended()) {
                    take(context, account, signature, body.getBytes());
                }
            });
            request.exceptionHandler(broken -> LOG.debug("A webhook broke off: {}", broken.toString()));
        }
    }

    private static boolean isJson(String type) {
        return type == null || type.isEmpty() || type.regionMatches(true, 0, JSON, 0, JSON.length());
    }

    private boolean isTooLong(String length) {
        try {
            return length != null && Long.parseLong(length) > limit;
        } catch (NumberFormatException e) {
            return true;
        }
    }

    private void take(RoutingContext context, String account, ChannelSignature signature, byte[] body) {
        String given = context.request().getHeader(SIGNATURE);
        if (given == null || !signature.signs(body, given, clock.instant())) {
            answer(context, 401);
            return;
        }
        List<Ledger.Arrival> arrivals;
        try {
            arrivals = bodies.events(account, body, clock.instant());
        } catch (IOException e) {
            // A parser's message may quote the body.
            LOG.warn(
                    "A signed webhook of account {} cannot be read: {}",
                    account,
                    e instanceof JacksonException ? e.getClass().getSimpleName() : e.getMessage());
            answer(context, 400);
            return;
        }
        if (arrivals.isEmpty()) {
            answer(context, 200);
            return;
        }
        Context loop = context.vertx().getOrCreateContext();
        events.keep(arrivals).thenAccept(kept -> loop.runOnContext(back -> answer(context, kept ? 200 : 503)));
    }

    private void answer(RoutingContext context, int status) {
        answers.get(status).increment();
        HttpServerResponse response = context.response();
        if (!response.closed()) {
            response.setStatusCode(status).end();
        }
    }
}
