package io.tsunagi.bot;

/**
 * How likely the best article is the right one: a logistic function over what the search saw.
 *
 * <p>The weights began as a fit on written examples with off-topic messages among them ({@code
 * FitConfidence} beside the tests) and were then moved towards caution: an unknown word counts for
 * more than the examples ask, a title that says just what was asked counts for more than a high score. No feature depends on how many articles there are.
 */
final class Confidence {
    /** Found by pairs of characters only, an article may be offered, never given. */
    static final double MOST_BY_PAIRS = 0.5;

    /** Two articles that both say just what was asked are offered side by side. */
    static final double MOST_WHEN_TIED = 0.5;

    /** From this share of the question in its title on, an article is worth offering whatever else was found. */
    private static final double NAMED = 0.8;

    private static final double WORTH_OFFERING = 0.3;

    private static final double BIAS = -4.4;
    private static final double[] WEIGHTS = {0.9, 0.1, 0.8, 1.2, 0.2, 0.6, -3.8, 1.7, 0.1, 0.0, 1.6, 0.6, 1.2};

    private Confidence() {}

    /**
     * What the search saw; shares are of the inverse document frequency.
     *
     * @param strength log of the top score, measured in the idf of a rare word
     * @param ofOwn top score as a share of what the question could score at most
     * @param gapToSecond how far the top stands above the second, share of the top, times the share
     *     of the question that the top article holds: standing alone with little is no merit
     * @param gapToFifth the same for the fifth
     * @param inQuestion share of the question found in the title or one phrasing
     * @param inBody share of the question found in summary and body
     * @param unknown share of the question in words no article holds
     * @param ofQuestion share of the title or one phrasing that the question holds
     * @param rankByQuestion 1 / rank by titles and phrasings alone
     * @param rankByBody 1 / rank by bodies alone
     * @param length number of words, 8 and more being 1
     * @param clear how much more the top's title says what was asked than any other title, share
     * @param alike how alike question and title are in both directions, squared
     */
    record Features(
            double strength,
            double ofOwn,
            double gapToSecond,
            double gapToFifth,
            double inQuestion,
            double inBody,
            double unknown,
            double ofQuestion,
            double rankByQuestion,
            double rankByBody,
            double length,
            double clear,
            double alike) {
        double[] values() {
            return new double[] {
                strength,
                ofOwn,
                gapToSecond,
                gapToFifth,
                inQuestion,
                inBody,
                unknown,
                ofQuestion,
                rankByQuestion,
                rankByBody,
                length,
                clear,
                alike
            };
        }
    }

    static double of(Features features) {
        double confidence = logistic(BIAS, WEIGHTS, features.values());
        boolean named = features.unknown() == 0 && features.inQuestion() >= NAMED;
        return named ? Math.max(confidence, WORTH_OFFERING) : confidence;
    }

    static double logistic(double bias, double[] weights, double[] values) {
        double sum = bias;
        for (int i = 0; i < values.length; i++) {
            sum += weights[i] * values[i];
        }
        return 1 / (1 + Math.exp(-sum));
    }
}
