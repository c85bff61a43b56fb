package io.tsunagi.bot;

import java.util.List;

/**
 * What a question found.
 *
 * @param hits best first
 * @param confidence how likely the first hit is right; 0 without one
 * @param features what the confidence was made from; null when nothing was found by its words
 */
record Finding(List<Hit> hits, double confidence, Confidence.Features features) {
    static final Finding NOTHING = new Finding(List.of(), 0, null);

    List<Article> articles(int limit) {
        return hits.stream().limit(limit).map(Hit::article).toList();
    }
}
