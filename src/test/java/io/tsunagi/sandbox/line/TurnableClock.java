package io.tsunagi.sandbox.line;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;

/** A clock that stands still until a test turns it. */
final class TurnableClock extends Clock {
    private volatile Instant now = Instant.parse("2026-04-01T09:00:00Z");

    void turn(Duration forward) {
        now = now.plus(forward);
    }

    @Override
    public ZoneId getZone() {
        return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
        return this;
    }

    @Override
    public Instant instant() {
        return now;
    }
}
