package io.tsunagi.web;

import io.github.bucket4j.Bucket;
import io.github.bucket4j.ConsumptionProbe;
import io.tsunagi.config.Settings;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Counts the calls of a person or an address, each node for itself: so many a second, and ten seconds' worth at once. At
 * most 10,000 are remembered; the longest unused is forgotten first. Safe for many threads.
 */
public final class CallLimits {
    private static final int MOST = 10_000;
    private static final int BURST_SECONDS = 10;

    private final int aSecond;
    private final Map<String, Bucket> buckets = new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Bucket> eldest) {
            return size() > MOST;
        }
    };

    private CallLimits(int aSecond) {
        this.aSecond = aSecond;
    }

    /** @param key the setting that says how many calls a second; 0 is any number */
    public static CallLimits of(Settings settings, String key) {
        return new CallLimits(settings.whole(key, 0, 1_000_000));
    }

    /** Counts a call; gives the seconds until the next one is allowed, 0 when this one is. */
    public long take(String who) {
        if (aSecond == 0) {
            return 0;
        }
        Bucket bucket;
        synchronized (buckets) {
            bucket = buckets.computeIfAbsent(who, fresh -> Bucket.builder()
                    .addLimit(limit ->
                            limit.capacity((long) aSecond * BURST_SECONDS).refillGreedy(aSecond, Duration.ofSeconds(1)))
                    .build());
        }
        ConsumptionProbe probe = bucket.tryConsumeAndReturnRemaining(1);
        return probe.isConsumed() ? 0 : 1 + TimeUnit.NANOSECONDS.toSeconds(probe.getNanosToWaitForRefill());
    }
}
