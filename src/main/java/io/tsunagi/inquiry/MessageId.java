package io.tsunagi.inquiry;

import java.util.Objects;
import java.util.UUID;

/** Names one bubble in an inquiry. */
public record MessageId(UUID value) {
    public MessageId {
        Objects.requireNonNull(value);
    }

    @Override
    public String toString() {
        return value.toString();
    }
}
