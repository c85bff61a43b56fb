package io.tsunagi.sandbox.line;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Map;

/** An answer that says no, in LINE's form: a status and {@code {message, details}}. */
final class Refusal extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** One wrong property of a request. */
    record Detail(String message, String property) {}

    private final int status;
    private final transient List<Detail> details;
    private final transient Map<String, String> headers;

    Refusal(int status, String message) {
        this(status, message, List.of(), Map.of());
    }

    Refusal(int status, String message, List<Detail> details, Map<String, String> headers) {
        super(message, null, false, false);
        this.status = status;
        this.details = List.copyOf(details);
        this.headers = Map.copyOf(headers);
    }

    static Refusal ofBody(List<Detail> details) {
        return new Refusal(400, "The request body has " + details.size() + " error(s)", details, Map.of());
    }

    Answer answer() {
        ObjectNode body = Json.object().put("message", getMessage());
        if (!details.isEmpty()) {
            var array = body.putArray("details");
            for (Detail detail : details) {
                array.addObject().put("message", detail.message()).put("property", detail.property());
            }
        }
        return Answer.json(status, body).with(headers);
    }
}
