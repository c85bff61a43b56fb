package io.tsunagi.bot;

import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * What a customer asks, cut into things meant, each with the words that may stand for it.
 *
 * @param plain the words as {@link MessageText#question} left them
 * @param words all that may stand for anything meant
 * @param idf how telling all of it is
 */
record Question(String plain, List<Term> terms, Set<String> words, double idf) {
    static Question of(String plain, List<Term> terms) {
        Set<String> words = new HashSet<>();
        double idf = 0;
        for (Term term : terms) {
            words.addAll(term.words());
            term.others().forEach(other -> words.addAll(other.words()));
            idf += term.idf();
        }
        return new Question(plain, terms, words, idf);
    }

    /**
     * One thing meant.
     *
     * @param words the customer's own, usually one
     * @param idf how telling it is in this index; an unknown word is as telling as can be
     * @param known whether any article holds it or one of the others
     */
    record Term(List<String> words, List<Other> others, double idf, boolean known) {

        /** How well these words hold it: 1 its own words, less for another spelling or a synonym, 0 not. */
        double in(Set<String> found) {
            if (found.containsAll(words)) {
                return 1;
            }
            double best = 0;
            for (Other other : others) {
                if (other.likeness() > best && found.containsAll(other.words())) {
                    best = other.likeness();
                }
            }
            return best;
        }
    }

    /**
     * Other words for the same.
     *
     * @param weight in the search
     * @param likeness how sure it is that the customer means this, 0 to 1
     */
    record Other(List<String> words, double weight, double likeness) {}

    /** Prints without the customer's words. */
    @Override
    public String toString() {
        return "Question[" + terms.size() + " terms, hidden]";
    }

    boolean isEmpty() {
        return terms.isEmpty();
    }
}
