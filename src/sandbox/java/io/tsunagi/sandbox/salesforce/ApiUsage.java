package io.tsunagi.sandbox.salesforce;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Counts API calls against the day's limit. Guarded by the simulator's lock. */
final class ApiUsage {
    static final int STANDARD_LIMIT = 100_000;

    private static final Pattern CLIENT = Pattern.compile("client\\s*=\\s*([^,;\\s]+)");

    private int used;
    private int limit = STANDARD_LIMIT;

    /** The name a caller gives itself in {@code Sforce-Call-Options}; empty if none. */
    static String client(Request request) {
        String options = request.header().apply("Sforce-Call-Options");
        Matcher matcher = CLIENT.matcher(options == null ? "" : options);
        return matcher.find() ? matcher.group(1) : "";
    }

    void count() {
        if (used >= limit) {
            throw new Refusal(403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.");
        }
        used++;
    }

    void set(int used, int limit) {
        this.used = used;
        this.limit = limit;
    }

    int used() {
        return used;
    }

    int limit() {
        return limit;
    }

    /** The value of {@code Sforce-Limit-Info}. */
    String header() {
        return "api-usage=" + used + "/" + limit;
    }

    ObjectNode limits() {
        ObjectNode limits = JsonNodeFactory.instance.objectNode();
        limits.putObject("DailyApiRequests").put("Max", limit).put("Remaining", Math.max(0, limit - used));
        limits.putObject("DailyBulkV2QueryJobs").put("Max", 10_000).put("Remaining", 10_000);
        limits.putObject("DailyStreamingApiEvents").put("Max", 200_000).put("Remaining", 200_000);
        limits.putObject("HourlyPublishedPlatformEvents").put("Max", 50_000).put("Remaining", 50_000);
        limits.putObject("DataStorageMB").put("Max", 1024).put("Remaining", 1000);
        limits.putObject("FileStorageMB").put("Max", 1024).put("Remaining", 1000);
        return limits;
    }
}
