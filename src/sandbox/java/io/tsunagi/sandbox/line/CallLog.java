package io.tsunagi.sandbox.line;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/** Every API call received, oldest first; the newest {@value #KEPT} are kept. Safe for many threads. */
final class CallLog {
    static final int KEPT = 100_000;

    private final Deque<ObjectNode> calls = new ArrayDeque<>();
    private long count;

    synchronized void add(ObjectNode call) {
        call.put("n", ++count);
        calls.addLast(call);
        if (calls.size() > KEPT) {
            calls.removeFirst();
        }
    }

    /** Gives the calls to one end point (null: all) after call number {@code after}. */
    synchronized List<JsonNode> list(String endpoint, long after) {
        return calls.stream()
                .filter(call -> call.path("n").asLong() > after)
                .filter(call ->
                        endpoint == null || call.path("endpoint").asText().equals(endpoint))
                .<JsonNode>map(ObjectNode::deepCopy)
                .toList();
    }

    synchronized void clear() {
        calls.clear();
        count = 0;
    }
}
