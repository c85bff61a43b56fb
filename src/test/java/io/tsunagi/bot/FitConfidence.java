package io.tsunagi.bot;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * Fits the weights of {@link Confidence} on {@code queries-tune.tsv} and prints them.
 *
 * <p>Logistic regression by gradient descent with weights held small and to the sign that makes
 * sense: a better match never lowers the confidence. Off-topic messages count double, because a wrong
 * answer costs more than a question asked back.
 */
final class FitConfidence {
    private static final double OFF_TOPIC_COUNTS = 2;
    private static final double SHRINK = 0.004;
    private static final int ROUNDS = 60_000;
    private static final double STEP = 0.3;

    /** Which way each feature may pull, in the order of {@link Confidence.Features#values}; 0 is either. */
    private static final int[] SIGNS = {1, 1, 1, 1, 1, 1, -1, 1, 1, 1, 0, 1, 1};

    private FitConfidence() {}

    private record Example(double[] features, boolean right, double weight) {}

    public static void main(String[] args) {
        List<Example> examples = new ArrayList<>();
        try (ArticleIndex index = new ArticleIndex(BotSettings.defaults())) {
            index.replace(TestFaq.articles());
            for (TestFaq.Query query : TestFaq.queries("queries-tune.tsv")) {
                Shelf shelf = index.shelf(query.language()).orElseThrow();
                Finding finding = shelf.find(shelf.question(query.text()), 1);
                if (finding.features() != null) {
                    boolean right =
                            query.isRight(finding.hits().get(0).article().id());
                    examples.add(
                            new Example(finding.features().values(), right, query.isOffTopic() ? OFF_TOPIC_COUNTS : 1));
                }
            }
        }
        double[] weights = new double[SIGNS.length];
        double bias = 0;
        double total = examples.stream().mapToDouble(Example::weight).sum();
        for (int round = 0; round < ROUNDS; round++) {
            double[] slope = new double[weights.length];
            double biasSlope = 0;
            for (Example example : examples) {
                double error = example.weight()
                        * ((example.right() ? 1 : 0) - Confidence.logistic(bias, weights, example.features()));
                biasSlope += error;
                for (int i = 0; i < slope.length; i++) {
                    slope[i] += error * example.features()[i];
                }
            }
            bias += STEP * biasSlope / total;
            for (int i = 0; i < weights.length; i++) {
                double next = weights[i] + STEP * (slope[i] / total - SHRINK * weights[i]);
                weights[i] = SIGNS[i] * next < 0 ? 0 : next;
            }
        }
        System.out.printf(
                Locale.ROOT, "%d examples%nBIAS = %.2f%nWEIGHTS = %s%n", examples.size(), bias, printed(weights));
    }

    private static String printed(double[] weights) {
        return Arrays.stream(weights)
                .mapToObj(weight -> String.format(Locale.ROOT, "%.2f", weight))
                .toList()
                .toString();
    }
}
