package io.tsunagi.sandbox.line;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;

/**
 * The faults that are switched on. For each call the first that matches takes effect, so an array of faults plays
 * one after another. Safe for many threads.
 */
final class Faults {

    /** One fault as it was asked for, with the calls it still has left (negative: no end). */
    private static final class Armed {
        final Fault fault;
        long left;

        Armed(Fault fault) {
            this.fault = fault;
            this.left = fault.times;
        }
    }

    /**
     * What goes wrong with one call.
     *
     * @param endpoint the end point's short name ({@code push}, {@code reply}, {@code content}, {@code webhook}, …)
     *     or {@code *} for every call a hub makes
     * @param account only this account's calls; null for all
     * @param status answered instead of the real status; 0 leaves the answer as it is
     * @param acts whether the call takes effect although {@code status} says otherwise
     * @param body what is answered with {@code status}: JSON, or a string sent as it is; null for LINE's own words
     * @param delayMillis how long the answer is held back after the call took effect
     * @param lostAnswer the call takes effect, then the connection is closed without an answer
     * @param stallMillis the answer's first half is sent, the second after this pause
     * @param duplicate webhooks only: the same body is posted twice
     */
    record Fault(
            String endpoint,
            String account,
            int status,
            boolean acts,
            JsonNode body,
            long delayMillis,
            long stallMillis,
            boolean lostAnswer,
            boolean duplicate,
            long times,
            double share) {

        static Fault of(JsonNode json) {
            String endpoint = Json.text(json, "endpoint").orElse("*");
            int status = json.path("status").asInt(0);
            long delay = json.path("delayMillis").asLong(0);
            long stall = json.path("stallMillis").asLong(0);
            boolean lost = json.path("lostAnswer").asBoolean(false);
            boolean twice = json.path("duplicate").asBoolean(false);
            double share = json.path("share").asDouble(1);
            if (status == 0 && delay == 0 && stall == 0 && !lost && !twice) {
                throw new Refusal(400, "A fault needs status, delayMillis, stallMillis, lostAnswer or duplicate");
            }
            if (status != 0 && (status < 200 || status > 599) || delay < 0 || stall < 0 || share < 0 || share > 1) {
                throw new Refusal(400, "A fault's status, delayMillis or share is out of range");
            }
            return new Fault(
                    endpoint,
                    Json.text(json, "account").orElse(null),
                    status,
                    json.path("acts").asBoolean(false),
                    json.get("body"),
                    delay,
                    stall,
                    lost,
                    twice,
                    json.path("times").asLong(-1),
                    share);
        }

        /** Whether the call itself still takes effect. */
        boolean takesEffect() {
            return status == 0 || acts || lostAnswer;
        }

        Answer answer() {
            if (body == null) {
                return Answer.json(status, Json.object().put("message", words(status)));
            }
            if (body.isTextual()) {
                return Answer.bytes(
                        status, "text/plain; charset=utf-8", body.textValue().getBytes(StandardCharsets.UTF_8));
            }
            return Answer.json(status, body);
        }

        private static String words(int status) {
            return Map.of(
                            400, "The request body has 1 error(s)",
                            401,
                                    "Authentication failed. Confirm that the access token in the authorization header"
                                            + " is valid.",
                            403, "Access to this API is not available for your account",
                            404, "Not found",
                            429, "The API rate limit has been exceeded. Try again later.",
                            500, "Internal server error",
                            503, "Service unavailable")
                    .getOrDefault(status, "Fault " + status);
        }

        ObjectNode json(long left) {
            ObjectNode json = Json.object().put("endpoint", endpoint);
            if (account != null) {
                json.put("account", account);
            }
            if (status != 0) {
                json.put("status", status);
            }
            if (acts) {
                json.put("acts", true);
            }
            if (body != null) {
                json.set("body", body);
            }
            if (delayMillis > 0) {
                json.put("delayMillis", delayMillis);
            }
            if (stallMillis > 0) {
                json.put("stallMillis", stallMillis);
            }
            if (lostAnswer) {
                json.put("lostAnswer", true);
            }
            if (duplicate) {
                json.put("duplicate", true);
            }
            if (left >= 0) {
                json.put("times", left);
            }
            if (share < 1) {
                json.put("share", share);
            }
            return json;
        }
    }

    private final List<Armed> armed = new ArrayList<>();
    private final Random random = new Random(20_260_401);

    /** One object replaces the faults of its end point; an array replaces all. */
    synchronized void put(JsonNode wanted) {
        List<Fault> faults = new ArrayList<>();
        if (wanted.isArray()) {
            wanted.forEach(one -> faults.add(Fault.of(one)));
            armed.clear();
        } else {
            Fault fault = Fault.of(wanted);
            faults.add(fault);
            armed.removeIf(old -> old.fault.endpoint.equals(fault.endpoint));
        }
        faults.forEach(fault -> armed.add(new Armed(fault)));
    }

    synchronized void clear() {
        armed.clear();
    }

    synchronized void clear(String endpoint) {
        armed.removeIf(old -> old.fault.endpoint.equals(endpoint));
    }

    /** Gives the fault this call meets, and counts it. {@code account} may be unknown (null). */
    synchronized Optional<Fault> meet(String endpoint, String account) {
        for (Armed one : armed) {
            Fault fault = one.fault;
            boolean here = fault.endpoint.equals(endpoint) || fault.endpoint.equals("*") && !endpoint.equals("webhook");
            boolean who = fault.account == null || fault.account.equals(account);
            if (here && who && one.left != 0 && (fault.share >= 1 || random.nextDouble() < fault.share)) {
                if (one.left > 0) {
                    one.left--;
                }
                return Optional.of(fault);
            }
        }
        return Optional.empty();
    }

    synchronized JsonNode json() {
        return Json.array(armed.stream()
                .filter(one -> one.left != 0)
                .map(one -> one.fault.json(one.left))
                .toList());
    }
}
