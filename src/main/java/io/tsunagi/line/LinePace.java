package io.tsunagi.line;

import io.tsunagi.store.Deliveries;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Keeps the hub's send calls inside LINE's rate limits, which hold for each channel and end point (Messaging API
 * reference, "Rate limits").
 *
 * <p>Calls of one account to one end point are let go evenly, a tenth of a second's worth at once at most. When LINE
 * refuses one as too many (429), all of them wait: half a second first, twice as long after each further refusal, never
 * more than 4 s, with up to half of it left to chance so that nodes do not come back together. Then one call tries, and
 * its answer opens the way or closes it again; other accounts and end points go on meanwhile. A call that waits keeps its
 * place before the customer's later ones. Safe for many threads; each node keeps its own pace, so the limit of a node is
 * the channel's divided by the nodes.
 */
public final class LinePace implements Deliveries.Pace {
    /** Every call that waits is let go at most so long after LINE takes calls again. */
    static final Duration LONGEST_PAUSE = Duration.ofSeconds(4);

    private static final Duration FIRST_PAUSE = Duration.ofMillis(500);
    private static final Duration BURST = Duration.ofMillis(100);
    private static final Duration BEHIND_A_TRIAL = Duration.ofMillis(400);

    private record Way(String account, boolean reply) {}

    private static final class Traffic {
        /** When the next call would go if all went evenly. */
        private Instant next = Instant.EPOCH;

        private Instant closedUntil = Instant.EPOCH;
        private int refusals;

        /** Until when the answer of the one call that tries is waited for; null while none does. */
        private Instant trialUntil;
    }

    private final Clock clock;
    private final Duration apart;
    private final Duration longestCall;
    private final Map<Way, Traffic> ways = new HashMap<>();

    /**
     * @param callsASecond of one account to one end point, from this node
     * @param longestCall after which a call that tries is given up
     */
    public LinePace(Clock clock, int callsASecond, Duration longestCall) {
        this.clock = clock;
        this.apart = Duration.ofSeconds(1).dividedBy(callsASecond);
        this.longestCall = longestCall;
    }

    @Override
    public synchronized Duration wait(String account, boolean reply) {
        Instant now = clock.instant();
        Traffic traffic = traffic(account, reply);
        if (now.isBefore(traffic.closedUntil)) {
            return Duration.between(now, traffic.closedUntil).plus(upTo(BEHIND_A_TRIAL));
        }
        if (traffic.refusals > 0) {
            if (traffic.trialUntil != null && now.isBefore(traffic.trialUntil)) {
                return BEHIND_A_TRIAL.dividedBy(2).plus(upTo(BEHIND_A_TRIAL));
            }
            traffic.trialUntil = now.plus(longestCall);
        }
        Instant earliest = traffic.next.minus(BURST);
        if (now.isBefore(earliest)) {
            return Duration.between(now, earliest);
        }
        traffic.next = (traffic.next.isBefore(now) ? now : traffic.next).plus(apart);
        return Duration.ZERO;
    }

    /** Notes that LINE refused a call as too many. */
    synchronized void refused(String account, boolean reply) {
        Instant now = clock.instant();
        Traffic traffic = traffic(account, reply);
        if (now.isBefore(traffic.closedUntil)) {
            // Was on its way when the one before it was refused: the same refusal.
            return;
        }
        long pause = Math.min(LONGEST_PAUSE.toMillis(), FIRST_PAUSE.toMillis() << Math.min(traffic.refusals, 10));
        traffic.refusals++;
        traffic.trialUntil = null;
        traffic.closedUntil = now.plusMillis(pause / 2).plus(upTo(Duration.ofMillis(pause / 2)));
        traffic.next = traffic.closedUntil.plus(BURST);
    }

    /** Notes that LINE answered a call anything else, or not at all: nothing says that there are too many. */
    synchronized void answered(String account, boolean reply) {
        Traffic traffic = traffic(account, reply);
        if (!clock.instant().isBefore(traffic.closedUntil)) {
            traffic.refusals = 0;
            traffic.trialUntil = null;
        }
    }

    private Traffic traffic(String account, boolean reply) {
        return ways.computeIfAbsent(new Way(account, reply), way -> new Traffic());
    }

    private static Duration upTo(Duration most) {
        return Duration.ofMillis(ThreadLocalRandom.current().nextLong(most.toMillis() + 1));
    }
}
