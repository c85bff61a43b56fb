package io.tsunagi.sandbox.salesforce;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;

/** The calls of the API, the newest {@value #KEPT} of them. Guarded by the simulator's lock. */
final class Calls {
    private static final int KEPT = 5000;
    private static final int BODY_KEPT = 16 * 1024;

    private final Deque<ObjectNode> calls = new ArrayDeque<>();
    private long count;

    /** Notes a call; the node it returns gets the status when there is one. */
    ObjectNode begin(Instant at, String kind, Request request, String uri) {
        ObjectNode call = JsonNodeFactory.instance
                .objectNode()
                .put("number", ++count)
                .put("at", at.toString())
                .put("kind", kind)
                .put("method", request.method())
                .put("uri", kind.equals("login") ? uri.replaceFirst("\\?.*", "") : uri)
                .put("client", ApiUsage.client(request))
                .put("userAgent", request.header().apply("User-Agent"))
                .putNull("status")
                .putNull("errorCode")
                .putNull("fault");
        // a login's body holds secrets
        if (request.rawBody().length > 0 && !kind.equals("login")) {
            String body = new String(request.rawBody(), StandardCharsets.UTF_8);
            call.put("body", body.length() > BODY_KEPT ? body.substring(0, BODY_KEPT) : body);
        }
        calls.addLast(call);
        if (calls.size() > KEPT) {
            calls.removeFirst();
        }
        return call;
    }

    void clear() {
        calls.clear();
    }

    long count() {
        return count;
    }

    /** The newest {@code limit} calls, oldest first, as copies. */
    ArrayNode shown(int limit) {
        ArrayNode shown = JsonNodeFactory.instance.arrayNode();
        calls.stream()
                .skip(Math.max(0, calls.size() - limit))
                .map(ObjectNode::deepCopy)
                .forEach(shown::add);
        return shown;
    }
}
