package io.tsunagi.media;

import io.tsunagi.inquiry.InquiryId;
import java.time.Instant;

/**
 * What is known of a medium beside its bytes.
 *
 * @param kind {@code image}, {@code video}, {@code audio} or {@code file}
 * @param identity whether it proves who the customer is
 * @param preparing whether LINE is still preparing a video or a recording
 * @param contentType what the hub found in the bytes themselves, safe to answer with; null before it is ready
 * @param size in bytes; null when unknown
 * @param width in pixels, as {@code height}; null when it is no picture or its header does not say
 * @param fileName as the customer's phone said it, so never to be trusted; null when there is none
 * @param dueAt when it is destroyed; null when the customer took it back
 */
public record MediaRow(
        MediaId id,
        InquiryId inquiry,
        String kind,
        boolean identity,
        MediaState state,
        boolean preparing,
        String contentType,
        Long size,
        Integer width,
        Integer height,
        String fileName,
        Instant dueAt) {
    @Override
    public String toString() {
        return "MediaRow[" + id + ", " + kind + ", " + state + "]";
    }
}
