package io.tsunagi.media;

import java.util.Objects;
import java.util.UUID;

/** Names one picture, video, recording or file of a customer. */
public record MediaId(UUID value) {
    public MediaId {
        Objects.requireNonNull(value);
    }

    @Override
    public String toString() {
        return value.toString();
    }
}
