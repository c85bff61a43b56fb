package io.tsunagi.bot;

import java.util.List;
import java.util.Set;

/**
 * What a customer asks, cut into things meant, each with the words that may stand for it.
 *
 * @param plain the words as {@link MessageText#question} left them
 */
record Question(String plain, List<Term> terms) {

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
            return others.stream()
                    .filter(other -> found.containsAll(other.words()))
                    .mapToDouble(Other::likeness)
                    .max()
                    .orElse(0);
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

    double idf() {
        return terms.stream().mapToDouble(Term::idf).sum();
    }
}
