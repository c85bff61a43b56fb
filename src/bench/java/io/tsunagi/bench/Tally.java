package io.tsunagi.bench;

import java.util.Arrays;
import java.util.BitSet;

/** How often something happened to each number. For one thread at a time. */
final class Tally {
    private int[] times = new int[1_024];
    private int numbers;

    /** Gives one for each number that is in the set. */
    static Tally of(BitSet once) {
        Tally tally = new Tally();
        once.stream().forEach(tally::add);
        return tally;
    }

    void add(int number) {
        if (number >= times.length) {
            times = Arrays.copyOf(times, Math.max(number + 1, 2 * times.length));
        }
        times[number]++;
        numbers = Math.max(numbers, number + 1);
    }

    int of(int number) {
        return number < numbers ? times[number] : 0;
    }

    /** One more than the highest number to which it happened. */
    int numbers() {
        return numbers;
    }

    int total() {
        return Arrays.stream(times, 0, numbers).sum();
    }

    /** How much of this is beyond the other, added up over the numbers. */
    int beyond(Tally other) {
        int beyond = 0;
        for (int number = 0; number < numbers; number++) {
            beyond += Math.max(0, times[number] - other.of(number));
        }
        return beyond;
    }
}
