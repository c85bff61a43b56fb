package io.tsunagi.sandbox.line;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.LinkedHashMap;
import java.util.Map;

/** One HTTP answer of the platform before it is sent. */
record Answer(int status, Map<String, String> headers, String contentType, byte[] body) {

    static Answer json(int status, JsonNode body) {
        return new Answer(status, Map.of(), "application/json", Json.bytes(body));
    }

    static Answer ok() {
        return json(200, Json.object());
    }

    static Answer bytes(int status, String contentType, byte[] body) {
        return new Answer(status, Map.of(), contentType, body);
    }

    Answer with(Map<String, String> more) {
        Map<String, String> all = new LinkedHashMap<>(headers);
        all.putAll(more);
        return new Answer(status, all, contentType, body);
    }
}
