package io.tsunagi.bench;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.HdrHistogram.Histogram;

/**
 * Taking webhooks, all servers by turns, so that a machine whose load changes treats them alike. In each round every one
 * is given the events at each rate, then as many as it answers.
 */
final class Ingest {
    /** What it answered at one rate, over all rounds. */
    static final class AtRate {
        final Histogram micros = new Histogram(3);
        final List<Double> perSecond = new ArrayList<>();
        final List<Double> p99Millis = new ArrayList<>();
        final Map<String, Long> errors = new TreeMap<>();
    }

    /** One server's figures over all rounds. */
    static final class Side {
        final Target target;
        final CpuUse cpu;
        final Map<Integer, AtRate> atRate = new LinkedHashMap<>();
        final List<Double> most = new ArrayList<>();
        final Map<String, Long> errors = new TreeMap<>();

        Side(Target target, CpuUse cpu) {
            this.target = target;
            this.cpu = cpu;
        }

        private void rate(Load load, int perSecond, Duration length) throws InterruptedException {
            Load.Result result = load.atRate(target, perSecond, length);
            AtRate figures = atRate.computeIfAbsent(perSecond, rate -> new AtRate());
            figures.micros.add(result.micros());
            figures.perSecond.add(result.perSecond());
            figures.p99Millis.add(result.micros().getValueAtPercentile(99) / 1000.0);
            result.errors().forEach((error, count) -> figures.errors.merge(error, count, Long::sum));
        }

        private void most(Load load, Duration length, int expected) throws InterruptedException {
            cpu.begin();
            Load.Result result = load.asFastAsItAnswers(target, length, expected);
            cpu.end(result.answered());
            most.add(result.perSecond());
            result.errors().forEach((error, count) -> errors.merge(error, count, Long::sum));
        }
    }

    private final List<Side> sides;

    Ingest(List<Side> sides) {
        this.sides = sides;
    }

    void run(List<Integer> rates, Duration warmUp, Duration each, int rounds) throws InterruptedException {
        try (Load load = new Load()) {
            Map<Side, Double> expected = new LinkedHashMap<>();
            for (Side side : sides) {
                load.atRate(side.target, rates.get(0), warmUp.dividedBy(2));
                expected.put(
                        side, load.asFastAsItAnswers(side.target, warmUp, 0).perSecond());
            }
            for (int round = 0; round < rounds; round++) {
                for (int rate : rates) {
                    for (Side side : sides) {
                        side.rate(load, rate, each);
                    }
                }
                for (Side side : sides) {
                    // A warm server answers more than a cold one did.
                    side.most(load, each, (int) (1.5 * expected.get(side) * each.toMillis() / 1000));
                    expected.put(side, side.most.get(round));
                }
            }
        }
    }
}
