package io.tsunagi.sandbox.salesforce;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;

/**
 * What goes wrong on purpose. A fault stands for one kind of end point ({@code any} for all of them),
 * for the next {@code times} calls or a {@code share} of them. The kind {@code row} refuses single
 * records inside creates, upserts and collections. Guarded by the simulator's lock.
 */
final class Faults {
    static final Set<String> KINDS = Set.of(
            "any",
            "login",
            "sobjects",
            "query",
            "search",
            "composite",
            "collections",
            "limits",
            "apexrest",
            "streaming",
            "other",
            "row");

    private final List<Fault> faults = new ArrayList<>();
    private final Random chance = new Random(20260401);

    /**
     * One fault.
     *
     * @param status the HTTP status to answer; 0 leaves the answer as it is
     * @param delayMillis how long the answer waits
     * @param lostAnswer acts, then closes the connection without an answer
     * @param times how many calls are left; negative means no end
     * @param share the part of calls it hits, 0 to 1
     */
    record Fault(
            String kind,
            String sObject,
            int status,
            String errorCode,
            String message,
            long delayMillis,
            boolean lostAnswer,
            int times,
            double share) {

        /** @throws IllegalArgumentException naming what is wrong with the description */
        static Fault from(JsonNode description) {
            String kind = description.path("kind").asText("any");
            if (!KINDS.contains(kind)) {
                throw new IllegalArgumentException(
                        "kind must be one of " + KINDS.stream().sorted().toList());
            }
            String errorCode = description.path("errorCode").asText("");
            int status = description.path("status").asInt(0);
            double share = description.path("share").asDouble(1);
            int times = description.path("times").asInt(description.has("share") ? -1 : 1);
            if (status != 0 && (status < 200 || status > 599)) {
                throw new IllegalArgumentException("status must be an HTTP status");
            }
            if (share <= 0 || share > 1) {
                throw new IllegalArgumentException("share must be above 0 and at most 1");
            }
            if (status == 0 && kind.equals("row")) {
                status = 400;
            }
            if (errorCode.isEmpty()) {
                errorCode = switch (status) {
                    case 401 -> "INVALID_SESSION_ID";
                    case 403, 429 -> "REQUEST_LIMIT_EXCEEDED";
                    case 404 -> "NOT_FOUND";
                    case 503 -> "SERVER_UNAVAILABLE";
                    case 400 -> "UNABLE_TO_LOCK_ROW";
                    default -> "UNKNOWN_EXCEPTION";
                };
            }
            return new Fault(
                    kind,
                    description.path("sObject").asText(""),
                    status,
                    errorCode,
                    description.path("message").asText(standardMessage(errorCode)),
                    description.path("delayMillis").asLong(0),
                    description.path("lostAnswer").asBoolean(false),
                    times,
                    share);
        }

        private static String standardMessage(String errorCode) {
            return switch (errorCode) {
                case "INVALID_SESSION_ID" -> "Session expired or invalid";
                case "REQUEST_LIMIT_EXCEEDED" -> "TotalRequests Limit exceeded.";
                case "UNABLE_TO_LOCK_ROW" -> "unable to obtain exclusive access to this record";
                case "SERVER_UNAVAILABLE" -> "Server Unavailable";
                case "NOT_FOUND" -> "The requested resource does not exist";
                default -> "An unexpected error occurred";
            };
        }

        Refusal refusal() {
            return new Refusal(status, errorCode, message);
        }

        Fault once() {
            return new Fault(kind, sObject, status, errorCode, message, delayMillis, lostAnswer, times - 1, share);
        }

        ObjectNode shown() {
            return JsonNodeFactory.instance
                    .objectNode()
                    .put("kind", kind)
                    .put("sObject", sObject)
                    .put("status", status)
                    .put("errorCode", errorCode)
                    .put("message", message)
                    .put("delayMillis", delayMillis)
                    .put("lostAnswer", lostAnswer)
                    .put("times", times)
                    .put("share", share);
        }
    }

    void add(Fault fault) {
        faults.add(fault);
    }

    void clear() {
        faults.clear();
    }

    ArrayNode shown() {
        ArrayNode shown = JsonNodeFactory.instance.arrayNode();
        faults.forEach(fault -> shown.add(fault.shown()));
        return shown;
    }

    /** Takes the fault that hits this call, if any. */
    Optional<Fault> take(String kind) {
        return taken(fault -> fault.kind().equals(kind) || fault.kind().equals("any"));
    }

    /** Refuses a row when a fault of the kind {@code row} hits it. */
    void refuseRow(String sObject) {
        taken(fault -> fault.kind().equals("row")
                        && (fault.sObject().isEmpty() || fault.sObject().equalsIgnoreCase(sObject)))
                .ifPresent(fault -> {
                    throw fault.refusal();
                });
    }

    private Optional<Fault> taken(java.util.function.Predicate<Fault> hits) {
        for (Iterator<Fault> each = faults.iterator(); each.hasNext(); ) {
            Fault fault = each.next();
            if (!hits.test(fault) || chance.nextDouble() >= fault.share()) {
                continue;
            }
            if (fault.times() == 1) {
                each.remove();
            } else if (fault.times() > 1) {
                faults.set(faults.indexOf(fault), fault.once());
            }
            return Optional.of(fault);
        }
        return Optional.empty();
    }
}
