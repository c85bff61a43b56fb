package io.tsunagi.bot;

/**
 * How bold the bot is and how it weighs words. The keys are {@code hub.bot.*}.
 *
 * @param answerThreshold from this confidence on, one article is given as the answer
 * @param chooseThreshold from this confidence on, the best titles are offered
 * @param choices how many titles are offered, 1 to 10 (LINE shows 13 quick replies, two are ours)
 * @param maxMisses after so many misses a person takes over
 * @param synonymWeight what a synonym counts beside the customer's own word, 0 to 1
 * @param titleBoost weight of a word found in the title
 * @param bodyBoost weight of a word found in summary or body
 * @param phrasingBoost weight of a word found in an approved customer phrasing
 * @param maxCharacters a longer message is cut here before it is searched
 */
public record BotSettings(
        double answerThreshold,
        double chooseThreshold,
        int choices,
        int maxMisses,
        double synonymWeight,
        double titleBoost,
        double bodyBoost,
        double phrasingBoost,
        int maxCharacters) {
    public BotSettings {
        if (!(chooseThreshold >= 0 && chooseThreshold <= answerThreshold && answerThreshold <= 1)) {
            throw new IllegalArgumentException("Thresholds must satisfy 0 <= choose <= answer <= 1, not choose "
                    + chooseThreshold + ", answer " + answerThreshold);
        }
        if (choices < 1 || choices > 10) {
            throw new IllegalArgumentException("choices must be 1 to 10, not " + choices);
        }
        if (maxMisses < 1) {
            throw new IllegalArgumentException("maxMisses must be at least 1, not " + maxMisses);
        }
        if (!(synonymWeight >= 0 && synonymWeight <= 1)) {
            throw new IllegalArgumentException("synonymWeight must be 0 to 1, not " + synonymWeight);
        }
        if (!(titleBoost > 0 && bodyBoost > 0 && phrasingBoost > 0)) {
            throw new IllegalArgumentException("Boosts must be above 0");
        }
        if (maxCharacters < 1) {
            throw new IllegalArgumentException("maxCharacters must be at least 1, not " + maxCharacters);
        }
    }

    /** The values the hub ships with. */
    public static BotSettings defaults() {
        return new BotSettings(0.70, 0.25, 3, 2, 0.4, 1, 1, 1, 300);
    }

    /** These settings with another number of choices and of misses before a person is asked. */
    public BotSettings withLimits(int choices, int maxMisses) {
        return new BotSettings(
                answerThreshold,
                chooseThreshold,
                choices,
                maxMisses,
                synonymWeight,
                titleBoost,
                bodyBoost,
                phrasingBoost,
                maxCharacters);
    }

    /** These settings with other thresholds. */
    public BotSettings withThresholds(double answer, double choose) {
        return new BotSettings(
                answer, choose, choices, maxMisses, synonymWeight, titleBoost, bodyBoost, phrasingBoost, maxCharacters);
    }
}
