package io.tsunagi.bot;

/**
 * How likely the best article is the right one: a logistic function over what the search saw.
 *
 * <p>The weights were fitted on written examples with off-topic messages among them, see {@code
 * FitConfidence} beside the tests. No feature depends on how many articles there are.
 */
final class Confidence {
    /** Found by pairs of characters only, an article may be offered, never given. */
    static final double MOST_BY_PAIRS = 0.5;

    private static final double BIAS = -3.95;
    private static final double[] WEIGHTS = {0.5, 0.4, 0.6, 1.8, 0.65, 1.25, -2.85, 1.5, 0.3, 0.05, 1.1};

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
            double length) {
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
                length
            };
        }
    }

    static double of(Features features) {
        return logistic(BIAS, WEIGHTS, features.values());
    }

    static double logistic(double bias, double[] weights, double[] values) {
        double sum = bias;
        for (int i = 0; i < values.length; i++) {
            sum += weights[i] * values[i];
        }
        return 1 / (1 + Math.exp(-sum));
    }
}
