package io.tsunagi.sandbox.line;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.vertx.core.Context;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.RoutingContext;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Server-sent events for phone pages: says that something changed, the page fetches what it lacks. A page that does
 * not read is dropped; it comes back by itself. Safe for many threads.
 */
final class Stream {
    private static final int QUEUE_LIMIT = 256 * 1024;

    private final Map<HttpServerResponse, Context> watchers = new ConcurrentHashMap<>();

    void open(RoutingContext ctx) {
        HttpServerResponse response = ctx.response();
        response.setChunked(true)
                .setWriteQueueMaxSize(QUEUE_LIMIT)
                .putHeader("content-type", "text/event-stream; charset=utf-8")
                .putHeader("cache-control", "no-store");
        response.closeHandler(closed -> watchers.remove(response));
        response.exceptionHandler(failed -> watchers.remove(response));
        response.write(": open\n\n");
        watchers.put(response, ctx.vertx().getOrCreateContext());
    }

    void tell(ObjectNode news) {
        if (watchers.isEmpty()) {
            return;
        }
        String line = "data: " + new String(Json.bytes(news), StandardCharsets.UTF_8) + "\n\n";
        watchers.forEach((response, context) -> context.runOnContext(nothing -> write(response, line)));
    }

    /** Keeps quiet connections open and finds those that are gone. */
    void ping() {
        watchers.forEach((response, context) -> context.runOnContext(nothing -> write(response, ": ping\n\n")));
    }

    private void write(HttpServerResponse response, String line) {
        if (response.closed() || response.ended()) {
            watchers.remove(response);
        } else if (response.writeQueueFull()) {
            watchers.remove(response);
            response.close();
        } else {
            response.write(line);
        }
    }
}
