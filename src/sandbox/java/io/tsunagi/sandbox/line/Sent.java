package io.tsunagi.sandbox.line;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

/**
 * One webhook event and how its first post ended.
 *
 * @param status the hub's HTTP status; 0 when the hub gave no answer in time
 * @param millis how long the hub took
 * @param reason {@code ok}, {@code held}, or the platform's word for the failure
 * @param event the event as it was put into the body
 */
public record Sent(int status, long millis, String reason, JsonNode event) {

    static Sent of(Delivery delivery, Webhooks.Attempt attempt) {
        return new Sent(
                attempt.status(),
                attempt.millis(),
                attempt.reason(),
                delivery.event().deepCopy());
    }

    /** The id of the message, or null when the event is about none. */
    public String messageId() {
        String unsent = event.path("unsend").path("messageId").asText(null);
        return event.path("message").path("id").asText(unsent);
    }

    public String webhookEventId() {
        return event.path("webhookEventId").asText();
    }

    /** The reply token, or null when this kind of event has none. */
    public String replyToken() {
        return event.path("replyToken").asText(null);
    }

    ObjectNode json() {
        ObjectNode json = Json.object();
        if (messageId() != null) {
            json.put("messageId", messageId());
        }
        json.put("webhookEventId", webhookEventId());
        if (replyToken() != null) {
            json.put("replyToken", replyToken());
        }
        if (status == 0) {
            json.putNull("status");
        } else {
            json.put("status", status);
        }
        json.put("millis", millis).put("reason", reason);
        json.set("event", event);
        return json;
    }
}
