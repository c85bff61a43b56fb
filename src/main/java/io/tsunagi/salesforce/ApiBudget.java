package io.tsunagi.salesforce;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Knows how many of the org's API calls are left and who may make them. Salesforce counts calls of the last 24 h and says
 * so with every answer ({@code Sforce-Limit-Info: api-usage=18/100000}; REST API Developer Guide, "Limit Info Header").
 *
 * <p>The last tenth is kept for opening Cases: everything else then waits. When Salesforce refuses calls
 * ({@code REQUEST_LIMIT_EXCEEDED}) all wait. What waits sends one call a minute to see whether it may go on. Safe for many
 * threads; each node looks for itself.
 */
final class ApiBudget {
    private static final Logger LOG = LoggerFactory.getLogger(ApiBudget.class);

    static final Duration BETWEEN_LOOKS = Duration.ofMinutes(1);

    /** The part of the calls that is kept for opening Cases. */
    private static final double RESERVE = 0.10;

    private static final Pattern USAGE = Pattern.compile("api-usage\\s*=\\s*(\\d{1,12})\\s*/\\s*(\\d{1,12})");

    private final Clock clock;
    private long used;
    private long limit;
    private boolean spent;
    private Instant nextLook = Instant.EPOCH;

    ApiBudget(Clock clock) {
        this.clock = clock;
    }

    /** Notes what Salesforce said with the answer to a call that it took; null when it said nothing. */
    synchronized void told(String limitInfo) {
        spent = false;
        Matcher usage = USAGE.matcher(limitInfo == null ? "" : limitInfo);
        if (usage.find()) {
            boolean before = keptForCases();
            used = Long.parseLong(usage.group(1));
            limit = Long.parseLong(usage.group(2));
            if (keptForCases() && !before) {
                LOG.warn(
                        "Salesforce has {} of {} API calls left: they are kept for opening Cases", limit - used, limit);
            }
        }
    }

    /** Notes that Salesforce refused a call for want of calls. */
    synchronized void refused() {
        spent = true;
        nextLook = clock.instant().plus(BETWEEN_LOOKS);
    }

    /** Says whether a call may be worth preparing; counts nothing. */
    synchronized boolean open(boolean opensCase) {
        return free(opensCase) || !clock.instant().isBefore(nextLook);
    }

    /** Says whether a call may be made now; who asks makes it. */
    synchronized boolean admits(boolean opensCase) {
        if (free(opensCase)) {
            return true;
        }
        Instant now = clock.instant();
        if (now.isBefore(nextLook)) {
            return false;
        }
        nextLook = now.plus(BETWEEN_LOOKS);
        return true;
    }

    synchronized boolean spent() {
        return spent;
    }

    synchronized long used() {
        return used;
    }

    synchronized long limit() {
        return limit;
    }

    private boolean free(boolean opensCase) {
        return !spent && (opensCase || !keptForCases());
    }

    private boolean keptForCases() {
        return limit > 0 && limit - used < limit * RESERVE;
    }
}
