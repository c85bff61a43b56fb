package io.tsunagi.sandbox.line;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

/**
 * What can be turned at the platform while it runs.
 *
 * @param redelivery whether a webhook that got no 2xx comes again; LINE's default is off
 * @param redeliveryAttempts how often it comes again at most
 * @param redeliveryBackoffMillis pause before the first redelivery; doubles each time
 * @param webhookTimeoutMillis how long the platform waits for a webhook's answer
 * @param quota paid messages a month and account; negative means unlimited
 * @param replyTokenSeconds how long a reply token works after its webhook was sent last
 * @param sharedChats whether the channels are module channels beside others: what they have not acquired is standby
 * @param transcodingPolls how often video or audio answers "still preparing" before its bytes
 */
record Settings(
        boolean redelivery,
        long redeliveryAttempts,
        long redeliveryBackoffMillis,
        long webhookTimeoutMillis,
        long quota,
        long replyTokenSeconds,
        boolean sharedChats,
        long transcodingPolls) {

    static final Settings DEFAULT = new Settings(false, 3, 2_000, 2_000, 30_000, 60, false, 1);

    Settings {
        if (redeliveryAttempts < 0
                || redeliveryBackoffMillis < 1
                || webhookTimeoutMillis < 1
                || replyTokenSeconds < 0
                || transcodingPolls < 0) {
            throw new Refusal(400, "A setting is out of range");
        }
    }

    /** Gives these settings with what the JSON names changed; refuses a name that does not exist. */
    Settings with(JsonNode changes) {
        ObjectNode known = json();
        changes.fieldNames().forEachRemaining(name -> {
            if (!known.has(name)) {
                throw new Refusal(400, "No such setting: " + name);
            }
        });
        return new Settings(
                changes.path("redelivery").asBoolean(redelivery),
                changes.path("redeliveryAttempts").asLong(redeliveryAttempts),
                changes.path("redeliveryBackoffMillis").asLong(redeliveryBackoffMillis),
                changes.path("webhookTimeoutMillis").asLong(webhookTimeoutMillis),
                changes.path("quota").asLong(quota),
                changes.path("replyTokenSeconds").asLong(replyTokenSeconds),
                changes.path("sharedChats").asBoolean(sharedChats),
                changes.path("transcodingPolls").asLong(transcodingPolls));
    }

    ObjectNode json() {
        return Json.object()
                .put("redelivery", redelivery)
                .put("redeliveryAttempts", redeliveryAttempts)
                .put("redeliveryBackoffMillis", redeliveryBackoffMillis)
                .put("webhookTimeoutMillis", webhookTimeoutMillis)
                .put("quota", quota)
                .put("replyTokenSeconds", replyTokenSeconds)
                .put("sharedChats", sharedChats)
                .put("transcodingPolls", transcodingPolls);
    }
}
