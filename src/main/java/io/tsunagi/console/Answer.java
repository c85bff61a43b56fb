package io.tsunagi.console;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;

/** What the API answers: a status and what becomes the JSON body, null for none. */
public record Answer(int status, Object content) {
    static Answer ok(Object content) {
        return new Answer(200, content);
    }

    static Answer nothing() {
        return new Answer(204, null);
    }

    /** An answer that says what was wrong; {@code more} stands beside the error and in it. */
    static Answer error(int status, String code, String message, Map<String, Object> more) {
        Map<String, Object> error = Answers.error(UUID.randomUUID().toString().substring(0, 8), code, message);
        error.putAll(more);
        Map<String, Object> answer = new LinkedHashMap<>(more);
        answer.put("error", error);
        return new Answer(status, answer);
    }
}
