package io.tsunagi.console;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.tsunagi.access.OperatorId;
import io.tsunagi.access.Operators;
import io.tsunagi.access.Person;
import java.util.UUID;

/** Reads the bodies of requests, and who makes them. */
final class Requests {
    private static final ObjectMapper JSON = new ObjectMapper();

    private Requests() {}

    /** Gives the person whose session the gate found. */
    static Person person(Operators operators, String caller) {
        return operators
                .find(new OperatorId(UUID.fromString(caller)))
                .orElseThrow(() -> new BadRequestException(401, "not-signed-in", "Sign in first"));
    }

    /** Gives the JSON object of a body; an empty body is an empty object. */
    static JsonNode read(String body) {
        try {
            JsonNode tree = JSON.readTree(body == null || body.isBlank() ? "{}" : body);
            if (tree.isObject()) {
                return tree;
            }
        } catch (JsonProcessingException e) {
            throw new BadRequestException(400, "json", "The body is not JSON: " + e.getOriginalMessage());
        }
        throw new BadRequestException(400, "json", "The body must be a JSON object");
    }
}
