package io.tsunagi.sandbox.salesforce;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.LinkedHashMap;
import java.util.Map;

/** What the REST API answers: a status, headers, and JSON, bytes or nothing. */
record Answer(int status, JsonNode body, byte[] bytes, Map<String, String> headers) {

    static Answer json(int status, JsonNode body) {
        return new Answer(status, body, null, Map.of());
    }

    static Answer bytes(byte[] bytes) {
        return new Answer(200, null, bytes, Map.of("Content-Type", "application/octetstream"));
    }

    static Answer nothing() {
        return new Answer(204, null, null, Map.of());
    }

    static Answer refused(Refusal refusal) {
        Answer answer = json(refusal.status(), refusal.asBody());
        return refusal.status() == 401 ? answer.with("WWW-Authenticate", "Token") : answer;
    }

    Answer with(String name, String value) {
        Map<String, String> more = new LinkedHashMap<>(headers);
        more.put(name, value);
        return new Answer(status, body, bytes, more);
    }
}
