package io.tsunagi.bench;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.HdrHistogram.Histogram;

/** How figures are put: medians with their range, latencies by percentile. */
final class Figures {
    private Figures() {}

    static double median(List<Double> values) {
        List<Double> sorted = new ArrayList<>(values);
        Collections.sort(sorted);
        int middle = sorted.size() / 2;
        return sorted.size() % 2 == 1 ? sorted.get(middle) : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
    }

    /** Gives each round's quotient. */
    static List<Double> ratios(List<Double> over, List<Double> under) {
        List<Double> ratios = new ArrayList<>();
        for (int i = 0; i < Math.min(over.size(), under.size()); i++) {
            ratios.add(over.get(i) / under.get(i));
        }
        return ratios;
    }

    /** Writes the median and, in brackets, the range. */
    static String spread(List<Double> values, String format) {
        return String.format(
                Locale.ROOT,
                format + " (" + format + "–" + format + ")",
                median(values),
                Collections.min(values),
                Collections.max(values));
    }

    static String latencies(Histogram micros) {
        return String.format(
                Locale.ROOT,
                "p50 %.1f p95 %.1f p99 %.1f max %.1f ms",
                Arrays.stream(new double[] {50, 95, 99, 100})
                        .mapToObj(p -> micros.getValueAtPercentile(p) / 1000.0)
                        .toArray());
    }

    static Map<String, Double> latencyMillis(Histogram micros) {
        Map<String, Double> figures = new LinkedHashMap<>();
        figures.put("p50", micros.getValueAtPercentile(50) / 1000.0);
        figures.put("p95", micros.getValueAtPercentile(95) / 1000.0);
        figures.put("p99", micros.getValueAtPercentile(99) / 1000.0);
        figures.put("p999", micros.getValueAtPercentile(99.9) / 1000.0);
        figures.put("max", micros.getMaxValue() / 1000.0);
        return figures;
    }
}
