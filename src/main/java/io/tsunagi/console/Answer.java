package io.tsunagi.console;

/** What the API answers: a status and what becomes the JSON body, null for none. */
public record Answer(int status, Object content) {
    static Answer ok(Object content) {
        return new Answer(200, content);
    }

    static Answer nothing() {
        return new Answer(204, null);
    }
}
