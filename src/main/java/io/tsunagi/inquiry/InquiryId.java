package io.tsunagi.inquiry;

import java.util.Objects;
import java.util.UUID;

/** Names one support matter. */
public record InquiryId(UUID value) {
    public InquiryId {
        Objects.requireNonNull(value);
    }

    @Override
    public String toString() {
        return value.toString();
    }
}
