package io.tsunagi.chaos;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/** Waits for a condition, never for a time. */
final class Await {
    private static final long GLANCE_NANOS = Duration.ofMillis(200).toNanos();

    private Await() {}

    /** What may not be so yet. */
    interface Condition {
        boolean holds() throws IOException;
    }

    /**
     * @return how long it took
     * @throws IllegalStateException when it does not come true in time, or this thread is interrupted
     */
    static Duration until(String what, Duration patience, Condition condition) throws IOException {
        long start = System.nanoTime();
        while (!condition.holds()) {
            if (System.nanoTime() - start > patience.toNanos()) {
                throw new IllegalStateException("Not within " + patience.toSeconds() + " s: " + what);
            }
            if (Thread.interrupted()) {
                throw new IllegalStateException("Stopped while waiting: " + what);
            }
            LockSupport.parkNanos(GLANCE_NANOS);
        }
        return Duration.ofNanos(System.nanoTime() - start);
    }
}
