package io.tsunagi.access;

import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Counts failed tries by a name or an address, in this node's memory. At most 10,000 are remembered; the longest unused
 * is forgotten first. Safe for many threads.
 */
final class Tries {
    private static final int MOST = 10_000;

    private record Count(int failures, Instant last, Instant closedUntil) {}

    private final int limit;
    private final Duration closedFor;
    private final Duration forgetAfter;
    private final Map<String, Count> counts = new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Count> eldest) {
            return size() > MOST;
        }
    };

    /**
     * @param closedFor how long nothing is let through once the limit is reached
     * @param forgetAfter a pause after which earlier failures no longer count
     */
    Tries(int limit, Duration closedFor, Duration forgetAfter) {
        this.limit = limit;
        this.closedFor = closedFor;
        this.forgetAfter = forgetAfter;
    }

    /** Says until when nothing is let through; empty when a try is allowed. */
    synchronized Optional<Instant> closed(String who, Instant now) {
        return Optional.ofNullable(counts.get(who)).map(Count::closedUntil).filter(now::isBefore);
    }

    /** Counts a try before its outcome is known, so that many at the same moment cannot slip through. */
    synchronized void take(String who, Instant now) {
        Count count = counts.get(who);
        boolean over = count == null
                || !now.isBefore(count.last().plus(forgetAfter))
                || (count.closedUntil() != null && !now.isBefore(count.closedUntil()));
        int failures = over ? 1 : count.failures() + 1;
        counts.put(who, new Count(failures, now, failures >= limit ? now.plus(closedFor) : null));
    }

    /** Takes back one counted try because it succeeded. */
    synchronized void giveBack(String who) {
        counts.computeIfPresent(
                who, (key, count) -> count.failures() > 1 ? new Count(count.failures() - 1, count.last(), null) : null);
    }
}
