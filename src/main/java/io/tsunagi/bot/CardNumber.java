package io.tsunagi.bot;

import java.text.Normalizer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Tells whether a message holds a payment card's number, in the clear or already masked: 13 to 19
 * digits that pass the Luhn check (ISO/IEC 7812-1), or a run of that length in which mask characters
 * took the place of at least six digits.
 */
final class CardNumber {
    private static final Pattern CANDIDATE =
            Pattern.compile("(?<![0-9A-Za-z])[0-9*•●■×✱█](?:[\\p{Pd}\\p{Z}.−ー]?[0-9*•●■×✱█]){12,18}(?![0-9A-Za-z])");

    private CardNumber() {}

    static boolean isIn(String text) {
        Matcher matcher = CANDIDATE.matcher(Normalizer.normalize(text, Normalizer.Form.NFKC));
        while (matcher.find()) {
            String run = matcher.group().replaceAll("[\\p{Pd}\\p{Z}.−ー]", "");
            long masked = run.chars().filter(c -> !Character.isDigit(c)).count();
            if (masked >= 6) {
                return true;
            }
            if (masked == 0 && passesLuhn(run)) {
                return true;
            }
        }
        return false;
    }

    private static boolean passesLuhn(String digits) {
        int sum = 0;
        for (int i = 0; i < digits.length(); i++) {
            int digit = digits.charAt(digits.length() - 1 - i) - '0';
            int value = i % 2 == 0 ? digit : digit * 2;
            sum += value > 9 ? value - 9 : value;
        }
        return sum % 10 == 0;
    }
}
