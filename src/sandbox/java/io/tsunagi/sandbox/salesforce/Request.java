package io.tsunagi.sandbox.salesforce;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * One call of the REST API, from the wire or from inside a composite. Double and trailing slashes
 * have no meaning; segments are decoded after the cut, so that a value may hold an escaped slash.
 */
record Request(
        String method, List<String> path, Map<String, String> query, byte[] rawBody, Function<String, String> header) {
    private static final ObjectMapper JSON = new ObjectMapper();

    static Request of(String method, String uri, byte[] body, Function<String, String> header) {
        int mark = uri.indexOf('?');
        String path = mark < 0 ? uri : uri.substring(0, mark);
        List<String> segments = new ArrayList<>();
        for (String segment : path.split("/")) {
            if (!segment.isEmpty()) {
                segments.add(decoded(segment.replace("+", "%2B")));
            }
        }
        Map<String, String> query = new LinkedHashMap<>();
        if (mark >= 0) {
            for (String pair : uri.substring(mark + 1).split("&")) {
                int equals = pair.indexOf('=');
                if (!pair.isEmpty()) {
                    query.put(
                            decoded(equals < 0 ? pair : pair.substring(0, equals)),
                            equals < 0 ? "" : decoded(pair.substring(equals + 1)));
                }
            }
        }
        return new Request(method, segments, query, body, header);
    }

    private static String decoded(String text) {
        try {
            return URLDecoder.decode(text, StandardCharsets.UTF_8);
        } catch (IllegalArgumentException broken) {
            return text;
        }
    }

    /** The JSON body, or the refusal of one that is not JSON. */
    JsonNode body() {
        if (rawBody.length == 0) {
            throw Refusal.unreadable("The HTTP entity body is required, but this request has no entity body.");
        }
        try {
            return JSON.readTree(rawBody);
        } catch (IOException noJson) {
            throw Refusal.unreadable(noJson.getMessage());
        }
    }

    String segment(int index) {
        return index < path.size() ? path.get(index) : "";
    }

    boolean is(String wanted) {
        return method.equals(wanted);
    }

    Optional<String> parameter(String name) {
        return Optional.ofNullable(query.get(name));
    }

    boolean flag(String name) {
        return "true".equalsIgnoreCase(query.get(name));
    }
}
