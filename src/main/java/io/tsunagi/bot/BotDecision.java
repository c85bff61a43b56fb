package io.tsunagi.bot;

import java.util.List;

/** What the bot makes of one customer message. Confidence is a probability, 0 to 1. */
public sealed interface BotDecision {

    /** Give this article and ask whether it solved the matter. */
    record Answer(Article article, double confidence) implements BotDecision {}

    /** Offer these titles, best first, beside "none of these" and "talk to a person". */
    record Choose(List<Article> articles, double confidence) implements BotDecision {
        public Choose {
            articles = List.copyOf(articles);
        }
    }

    /** Ask once for (other) words. */
    record Rephrase() implements BotDecision {}

    /**
     * Give the inquiry to a person; the bot says nothing further.
     *
     * @param reason {@code asked-for-person}, {@code unsure}, {@code misses}, {@code media}, {@code
     *     card-number}, {@code bot-unavailable}, {@code too-many}, or the reason of the hand-off rule that spoke, such as {@code lost-phone}
     * @param skill what the operator should be able to do, or null
     * @param candidates articles the operator may find useful, best first; may be empty
     * @param confidence how likely the first candidate is right; 0 without one
     */
    record HandOff(String reason, String skill, List<Article> candidates, double confidence) implements BotDecision {
        public HandOff {
            candidates = List.copyOf(candidates);
        }
    }
}
