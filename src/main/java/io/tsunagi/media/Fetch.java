package io.tsunagi.media;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.UUID;

/**
 * The right to fetch one medium, until another attempt takes it over.
 *
 * @param attempt counts from 1; every write of the attempt asks whether it is still the newest one
 * @param unscanned how many attempts before it did not count, because no virus scanner answered
 */
public record Fetch(
        UUID media,
        int attempt,
        int unscanned,
        UUID inquiry,
        UUID customer,
        String account,
        String lineMessageId,
        String kind,
        Instant dueAt) {
    /** Gives LINE's id as a part of an address that cannot leave its place there. */
    public String addressPart() {
        return URLEncoder.encode(lineMessageId, StandardCharsets.UTF_8).replace(".", "%2E");
    }
}
