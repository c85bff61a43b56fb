package io.tsunagi.access;

import java.util.Objects;
import java.util.UUID;

/** Names a person who signs in: an operator, a supervisor or an administrator. */
public record OperatorId(UUID value) {
    public OperatorId {
        Objects.requireNonNull(value);
    }

    @Override
    public String toString() {
        return value.toString();
    }
}
