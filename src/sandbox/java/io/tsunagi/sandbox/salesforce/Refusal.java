package io.tsunagi.sandbox.salesforce;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;

/** Salesforce says no: an HTTP status and one entry of the error array that every REST answer carries. */
final class Refusal extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final int status;
    private final String errorCode;
    private final transient List<String> fields;

    Refusal(int status, String errorCode, String message, String... fields) {
        super(message, null, false, false);
        this.status = status;
        this.errorCode = errorCode;
        this.fields = List.of(fields);
    }

    static Refusal notFound() {
        return new Refusal(404, "NOT_FOUND", "The requested resource does not exist");
    }

    static Refusal noColumn(String field, String sObject) {
        return new Refusal(400, "INVALID_FIELD", "No such column '" + field + "' on sobject of type " + sObject);
    }

    static Refusal unreadable(String message) {
        return new Refusal(400, "JSON_PARSER_ERROR", message);
    }

    static Refusal malformedQuery(String message) {
        return new Refusal(400, "MALFORMED_QUERY", message);
    }

    int status() {
        return status;
    }

    String errorCode() {
        return errorCode;
    }

    List<String> fields() {
        return fields;
    }

    /** The body of a REST answer: an array with this one error. */
    ArrayNode asBody() {
        ArrayNode body = JsonNodeFactory.instance.arrayNode();
        ObjectNode error = body.addObject().put("message", getMessage()).put("errorCode", errorCode);
        if (!fields.isEmpty()) {
            fields.forEach(error.putArray("fields")::add);
        }
        return body;
    }

    /** The entry that collections put into a row's {@code errors}. */
    ObjectNode asRowError() {
        ObjectNode error = JsonNodeFactory.instance
                .objectNode()
                .put("statusCode", errorCode)
                .put("message", getMessage());
        fields.forEach(error.putArray("fields")::add);
        return error;
    }
}
