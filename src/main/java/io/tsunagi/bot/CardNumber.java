package io.tsunagi.bot;

import io.tsunagi.inquiry.CardNumbers;
import java.text.Normalizer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Tells whether a message holds a payment card's number: in the clear, as {@link CardNumbers} finds it, or already masked,
 * which is a run of 13 to 19 digits in which mask characters took the place of at least six.
 */
final class CardNumber {
    private static final Pattern CANDIDATE =
            Pattern.compile("(?<![0-9A-Za-z])[0-9*•●■×✱█](?:[\\p{Pd}\\p{Z}.−ー]?[0-9*•●■×✱█]){12,18}(?![0-9A-Za-z])");

    private CardNumber() {}

    static boolean isIn(String text) {
        return CardNumbers.in(text) || maskedIn(text);
    }

    private static boolean maskedIn(String text) {
        Matcher matcher = CANDIDATE.matcher(Normalizer.normalize(text, Normalizer.Form.NFKC));
        while (matcher.find()) {
            String run = matcher.group().replaceAll("[\\p{Pd}\\p{Z}.−ー]", "");
            if (run.chars().filter(c -> !Character.isDigit(c)).count() >= 6) {
                return true;
            }
        }
        return false;
    }
}
