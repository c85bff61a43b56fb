package io.tsunagi.inquiry;

import java.util.Objects;
import java.util.UUID;

/** Names a LINE user of one account; equal to the id of the lane. */
public record CustomerId(UUID value) {
    public CustomerId {
        Objects.requireNonNull(value);
    }

    @Override
    public String toString() {
        return value.toString();
    }
}
