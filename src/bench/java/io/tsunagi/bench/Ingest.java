package io.tsunagi.bench;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.HdrHistogram.Histogram;

/**
 * Taking webhooks, the hub and the reference by turns, so that a machine whose load changes treats both alike. In each
 * round either is given the events at a rate, then as many as it answers.
 */
final class Ingest {
    /** One server's figures over all rounds. */
    static final class Side {
        final Target target;
        private final Supplier<Duration> serverCpu;
        private final Supplier<Duration> databaseCpu;
        final Histogram micros = new Histogram(3);
        final Map<String, Long> errors = new TreeMap<>();
        final List<Double> most = new ArrayList<>();
        final List<Double> atRate = new ArrayList<>();
        final List<Double> p99Millis = new ArrayList<>();
        private Duration serverUsed = Duration.ZERO;
        private Duration databaseUsed = Duration.ZERO;
        private long cpuEvents;

        /** The suppliers give the CPU time used so far; that of an embedded database is the server's. */
        Side(Target target, Supplier<Duration> serverCpu, Supplier<Duration> databaseCpu) {
            this.target = target;
            this.serverCpu = serverCpu;
            this.databaseCpu = databaseCpu;
        }

        private void rate(Load load, int perSecond, Duration length) throws InterruptedException {
            Load.Result result = load.atRate(target, perSecond, length);
            micros.add(result.micros());
            atRate.add(result.perSecond());
            p99Millis.add(result.micros().getValueAtPercentile(99) / 1000.0);
            result.errors().forEach((error, count) -> errors.merge(error, count, Long::sum));
        }

        private void most(Load load, Duration length) throws InterruptedException {
            Duration server = serverCpu.get();
            Duration database = databaseCpu.get();
            Load.Result result = load.asFastAsItAnswers(target, length);
            serverUsed = serverUsed.plus(serverCpu.get().minus(server));
            databaseUsed = databaseUsed.plus(databaseCpu.get().minus(database));
            cpuEvents += result.answered();
            most.add(result.perSecond());
            result.errors().forEach((error, count) -> errors.merge(error, count, Long::sum));
        }

        double serverMicrosAnEvent() {
            return anEvent(serverUsed);
        }

        double databaseMicrosAnEvent() {
            return anEvent(databaseUsed);
        }

        private double anEvent(Duration used) {
            return cpuEvents == 0 ? 0 : used.toNanos() / 1000.0 / cpuEvents;
        }
    }

    final Side hub;
    final Side reference;

    Ingest(Side hub, Side reference) {
        this.hub = hub;
        this.reference = reference;
    }

    void run(int perSecond, Duration warmUp, Duration each, int rounds) throws InterruptedException {
        try (Load load = new Load()) {
            for (Side side : List.of(hub, reference)) {
                load.atRate(side.target, perSecond, warmUp);
                load.asFastAsItAnswers(side.target, warmUp);
            }
            for (int round = 0; round < rounds; round++) {
                hub.rate(load, perSecond, each);
                reference.rate(load, perSecond, each);
                hub.most(load, each);
                reference.most(load, each);
            }
        }
    }

    /** Gives each round's hub/reference. */
    List<Double> throughputRatios() {
        return ratios(hub.most, reference.most);
    }

    List<Double> p99Ratios() {
        return ratios(hub.p99Millis, reference.p99Millis);
    }

    private static List<Double> ratios(List<Double> over, List<Double> under) {
        List<Double> ratios = new ArrayList<>();
        for (int i = 0; i < over.size(); i++) {
            ratios.add(over.get(i) / under.get(i));
        }
        return ratios;
    }

    static double median(List<Double> values) {
        List<Double> sorted = new ArrayList<>(values);
        Collections.sort(sorted);
        int middle = sorted.size() / 2;
        return sorted.size() % 2 == 1 ? sorted.get(middle) : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
    }
}
