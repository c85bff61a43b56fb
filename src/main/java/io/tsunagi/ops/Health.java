package io.tsunagi.ops;

import io.vertx.core.Future;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import java.util.Collection;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.apache.camel.CamelContext;
import org.apache.camel.health.HealthCheck;
import org.apache.camel.health.HealthCheckHelper;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers with the state of Camel's health checks: names and states only, since probes have no sign-in and a check's
 * message may hold an address or a foreign answer. Those who signed in read the message in Hawtio. A check that is UP and
 * wants to be looked at says WARN, which makes nothing red.
 *
 * <p>Checks of one kind run once at a time, however many probes ask: a check that hangs takes one thread, and every
 * probe is told DOWN after {@value #PATIENCE_SECONDS} s.
 */
final class Health {
    static final int PATIENCE_SECONDS = 5;

    /** Details by which a check that is UP shows as WARN, and by which it tells a figure. */
    static final String WARNING = "warning";

    static final String FIGURE = "figure";

    /** Camel leaves out checks that are UP unless it is told not to, and so those that warn. */
    private static final String EVERY_CHECK = "full";

    /** Somebody stopped a route: what is for it waits, and a node that took nothing any more would lose what comes. */
    private static final List<String> OF_A_ROUTE = List.of("consumer:", "route:");

    private static final int TRIES = 5;
    private static final long BREATH_NANOS = 200_000_000;

    private static final Logger LOG = LoggerFactory.getLogger(Health.class);

    private final CamelContext camel;
    private final Map<Kind, Future<JsonObject>> running = new EnumMap<>(Kind.class);

    Health(CamelContext camel) {
        this.camel = camel;
    }

    /** What a probe asks: restart me? give me work? how is everything? */
    enum Kind {
        LIVE,
        READY,
        ALL
    }

    void answer(RoutingContext context, Kind kind) {
        checks(context, kind)
                .timeout(PATIENCE_SECONDS, TimeUnit.SECONDS)
                .recover(failure -> {
                    LOG.warn("Health checks ({}) gave no answer: {}", kind, failure.toString());
                    return Future.succeededFuture(new JsonObject().put("status", "DOWN"));
                })
                .onSuccess(health -> context.response()
                        .setStatusCode("UP".equals(health.getString("status")) ? 200 : 503)
                        .putHeader(HttpHeaders.CONTENT_TYPE, "application/json")
                        .putHeader(HttpHeaders.CACHE_CONTROL, "no-store")
                        .end(health.encode()));
    }

    private synchronized Future<JsonObject> checks(RoutingContext context, Kind kind) {
        var known = running.get(kind);
        if (known != null && !known.isComplete()) {
            return known;
        }
        var fresh = context.vertx().executeBlocking(() -> report(settledResults(kind)), false);
        running.put(kind, fresh);
        return fresh;
    }

    /** A route that is being exchanged has no state for a moment, and Camel's check of it fails. */
    private Collection<HealthCheck.Result> settledResults(Kind kind) {
        for (int i = 1; i < TRIES; i++) {
            try {
                return results(kind);
            } catch (NullPointerException exchanged) {
                LOG.debug("Health checks ({}) are made again", kind, exchanged);
                LockSupport.parkNanos(BREATH_NANOS);
            }
        }
        return results(kind);
    }

    private Collection<HealthCheck.Result> results(Kind kind) {
        return switch (kind) {
            case LIVE -> HealthCheckHelper.invokeLiveness(camel, EVERY_CHECK);
            case READY ->
                HealthCheckHelper.invokeReadiness(camel, EVERY_CHECK).stream()
                        .filter(result ->
                                OF_A_ROUTE.stream().noneMatch(result.getCheck().getId()::startsWith))
                        .toList();
            case ALL -> HealthCheckHelper.invoke(camel, EVERY_CHECK);
        };
    }

    private JsonObject report(Collection<HealthCheck.Result> results) {
        var checks = new JsonArray();
        results.stream()
                .sorted(Comparator.comparing(result -> result.getCheck().getId()))
                .forEach(result -> checks.add(told(result)));
        // A context on its way up or down has checks that say UP; it takes no work all the same.
        var up = camel.isStarted() && HealthCheckHelper.isResultsUp(results, false);
        return new JsonObject().put("status", up ? "UP" : "DOWN").put("checks", checks);
    }

    private static JsonObject told(HealthCheck.Result result) {
        var warns =
                result.getState() == HealthCheck.State.UP && result.getDetails().containsKey(WARNING);
        var told = new JsonObject()
                .put("name", result.getCheck().getId())
                .put("status", warns ? "WARN" : result.getState().name());
        if (result.getDetails().get(FIGURE) instanceof Number figure) {
            told.put("millis", figure);
        }
        return told;
    }
}
