package io.tsunagi.store;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;

/**
 * Tells the database's time, so that leases, deadlines and order by time mean the same on every node, whatever the
 * nodes' own clocks say.
 *
 * <p>Between two looks at the database it goes by the machine's uptime, which no change of the wall clock moves. A wall
 * clock that parts from the uptime means that somebody set it or that the whole machine slept: then the next question
 * looks again before it is answered. While the database cannot be asked, the last look holds. Safe for many threads.
 */
final class DatabaseClock extends Clock {
    private static final Logger LOG = LoggerFactory.getLogger(DatabaseClock.class);

    /** Wall clock and uptime part by less when time servers correct the wall clock. */
    private static final Duration PARTED = Duration.ofMillis(500);

    /** An answer that took longer says too little about when it was given. */
    private static final Duration SLOW = Duration.ofMillis(500);

    private record Look(Instant database, long nanos, Instant wall) {}

    private final Supplier<Instant> database;
    private final InstantSource wall;
    private final LongSupplier nanos;
    private volatile Look last;
    private boolean wrong;

    /**
     * @param database asks the database for its time
     * @param wall this machine's clock
     * @param nanos this machine's uptime, as {@link System#nanoTime}
     */
    DatabaseClock(Supplier<Instant> database, InstantSource wall, LongSupplier nanos) {
        this.database = database;
        this.wall = wall;
        this.nanos = nanos;
        look();
    }

    @Override
    public Instant instant() {
        Look look = last;
        if (parted(look)) {
            lookAfter(look);
            look = last;
        }
        return at(look);
    }

    private Instant at(Look look) {
        return look.database().plusNanos(nanos.getAsLong() - look.nanos());
    }

    private boolean parted(Look look) {
        Duration byUptime = Duration.ofNanos(nanos.getAsLong() - look.nanos());
        Duration byWall = Duration.between(look.wall(), wall.instant());
        return byWall.minus(byUptime).abs().compareTo(PARTED) > 0;
    }

    private synchronized void lookAfter(Look seen) {
        if (last == seen) {
            try {
                look();
            } catch (DataAccessException e) {
                LOG.warn("The database's time cannot be read: {}", e.getMessage());
                // The wall clock has a new relation to the uptime; what was known of the database's time still holds.
                last = new Look(at(seen), nanos.getAsLong(), wall.instant());
            }
        }
    }

    /**
     * Asks the database; to be called every few seconds, because no two clocks run equally fast.
     *
     * @throws DataAccessException when the database cannot be asked
     */
    synchronized void look() {
        long before = nanos.getAsLong();
        Instant told = database.get();
        long took = nanos.getAsLong() - before;
        Duration unsure = Duration.ofNanos(took / 2 + 1);
        Look seen = new Look(told.plus(unsure), before + took, wall.instant());
        if (last != null && !parted(last)) {
            Duration off = Duration.between(at(last), seen.database()).abs();
            if (off.compareTo(unsure) <= 0 || took > SLOW.toNanos()) {
                // Not known better than before: no step.
                seen = new Look(at(last), nanos.getAsLong(), wall.instant());
            }
        }
        last = seen;
        warn(Duration.between(seen.database(), seen.wall()));
    }

    private void warn(Duration ahead) {
        boolean now = ahead.abs().compareTo(Store.CLOCK_TOLERANCE) > 0;
        if (now && !wrong) {
            LOG.warn(
                    "This machine's clock is {} ms {} the database's. The hub goes by the database's; set the machine's right.",
                    ahead.abs().toMillis(),
                    ahead.isNegative() ? "behind" : "ahead of");
        }
        wrong = now;
    }

    /** Tells by how much this machine's clock is ahead of the database's; negative when it is behind. */
    Duration ahead() {
        return Duration.between(at(last), wall.instant());
    }

    @Override
    public ZoneId getZone() {
        return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
        return zone.equals(getZone())
                ? this
                : Clock.tick(this, Duration.ofNanos(1)).withZone(zone);
    }
}
