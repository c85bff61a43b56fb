package io.tsunagi.sandbox.line;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Map;

/**
 * The answer to a retry key that was accepted before: 409 with the first request's id and, for a push, the messages
 * it sent.
 *
 * @see <a href="https://developers.line.biz/en/docs/messaging-api/retrying-api-request/">Retry failed API requests</a>
 */
final class AlreadyAccepted extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final String requestId;
    private final transient ArrayNode sentMessages;

    AlreadyAccepted(String requestId, ArrayNode sentMessages) {
        super("The retry key is already accepted", null, false, false);
        this.requestId = requestId;
        this.sentMessages = sentMessages;
    }

    Answer answer() {
        ObjectNode body = Json.object().put("message", getMessage());
        if (sentMessages != null) {
            body.set("sentMessages", sentMessages);
        }
        return Answer.json(409, body).with(Map.of("x-line-accepted-request-id", requestId));
    }
}
