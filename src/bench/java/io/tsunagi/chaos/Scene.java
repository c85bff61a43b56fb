package io.tsunagi.chaos;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.locks.LockSupport;

/** What a fault has to work with while customers write and operators answer. For one thread. */
final class Scene {
    final World world;
    final Random random;
    final Customers customers;

    /** The number of the last event that LINE posted before this run. */
    final long firstPost;

    /** How many times the fault shall happen where that is a matter of taste. */
    final int times;

    private final Map<String, Object> done = new TreeMap<>();
    private final List<Oracle.Violation> unmet = new ArrayList<>();

    Scene(World world, Random random, Customers customers, long firstPost, int times) {
        this.world = world;
        this.random = random;
        this.customers = customers;
        this.firstPost = firstPost;
        this.times = times;
    }

    /** Counts something that was done. */
    void did(String what) {
        done.merge(what, 1, (a, b) -> (int) a + (int) b);
    }

    /** Keeps the longest time something took. */
    void took(String what, Duration time) {
        done.merge(what + " ms, longest", time.toMillis(), (a, b) -> Math.max((long) a, (long) b));
    }

    void note(String what, Object value) {
        done.put(what, value);
    }

    /** Notes what the fault itself promises beside the common promises. */
    void expect(String promise, boolean met, String what) {
        if (!met) {
            unmet.add(new Oracle.Violation(promise, what));
        }
    }

    /** Lets a random time pass under load: a fault strikes whenever it likes. */
    void aWhile(int leastMillis, int mostMillis) {
        LockSupport.parkNanos(
                Duration.ofMillis(random.nextInt(leastMillis, mostMillis)).toNanos());
    }

    Node anyNode() {
        return world.nodes().get(random.nextInt(world.nodes().size()));
    }

    Map<String, Object> done() {
        return done;
    }

    List<Oracle.Violation> unmet() {
        return unmet;
    }
}
