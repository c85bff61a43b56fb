package io.tsunagi.sandbox.line;

import com.fasterxml.jackson.databind.node.ObjectNode;

/** One webhook event the platform made, kept for redelivery. */
record Delivery(String account, String chat, ObjectNode event) {

    String eventId() {
        return event.path("webhookEventId").asText();
    }

    String kind() {
        String type = event.path("type").asText();
        return type.equals("message") ? event.path("message").path("type").asText() : type;
    }
}
