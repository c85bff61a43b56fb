package io.tsunagi.inquiry;

import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;

/**
 * Finds card numbers in what people write, and masks them all but the last four digits (PCI DSS 3.4.1).
 *
 * <p>A card number is 13 to 19 digits of any script or width, with a few spaces, line ends, hyphens, dots or invisible
 * signs between them, that begins as the card brands' numbers do and passes the Luhn check. Masking keeps the length in UTF-16 units, because LINE's
 * emoji and mention positions count them.
 */
public final class CardNumbers {
    private static final int SHORTEST = 13;
    private static final int LONGEST = 19;

    private static final Pattern MASKED =
            Pattern.compile("(?:\\*[\\p{Z}\\p{Pd}.·ー−]?){9,15}(?:\\p{Nd}[\\p{Z}\\p{Pd}.·ー−]?){4}");

    /** "4111 - 1111" has three signs between its digits, a keycap emoji two behind each. */
    private static final int MOST_SEPARATORS = 3;

    private CardNumbers() {}

    /** Whether the text holds what is left of a masked card number. */
    static boolean maskedIn(String text) {
        return MASKED.matcher(text).find();
    }

    public static boolean in(String text) {
        return text != null && !find(text).isEmpty();
    }

    /** Gives the text with every card number's digits but the last four as {@code *}; the same object when there is none. */
    public static String mask(String text) {
        if (text == null) {
            return null;
        }
        List<List<Digit>> numbers = find(text);
        if (numbers.isEmpty()) {
            return text;
        }
        // The last four of one may begin another with what follows them.
        return mask(masked(text, numbers));
    }

    private static String masked(String text, List<List<Digit>> numbers) {
        StringBuilder masked = new StringBuilder(text);
        for (List<Digit> number : numbers) {
            for (Digit digit : number.subList(0, number.size() - 4)) {
                for (int i = digit.at(); i < digit.end(); i++) {
                    masked.setCharAt(i, '*');
                }
            }
        }
        return masked.toString();
    }

    /**
     * Masks a card number whose digits stand at the end of one text and go on at the beginning of the next. The texts keep
     * their lengths.
     *
     * @return the texts, the same objects where nothing changed
     */
    static List<String> maskAcross(List<String> texts) {
        return maskAcross(texts, CardNumbers::mask);
    }

    static List<String> maskAcross(List<String> texts, UnaryOperator<String> mask) {
        String joined = String.join("\n", texts);
        String masked = mask.apply(joined);
        List<String> parts = new ArrayList<>();
        int at = 0;
        for (String text : texts) {
            String part = masked.substring(at, at + text.length());
            parts.add(part.equals(text) ? text : part);
            at += text.length() + 1;
        }
        return parts;
    }

    /** Gives the text with what either of two maskings of it hides. */
    static String both(String masked, String alsoMasked) {
        StringBuilder both = new StringBuilder(masked);
        for (int i = 0; i < both.length(); i++) {
            if (alsoMasked.charAt(i) == '*') {
                both.setCharAt(i, '*');
            }
        }
        return both.toString();
    }

    private record Digit(int value, int at, int end) {}

    /** Most texts hold few digits: a look at each unit is all they cost. A pair of surrogates may be a digit too. */
    private static boolean mayHoldOne(String text) {
        int digits = 0;
        for (int i = 0; i < text.length(); i++) {
            char unit = text.charAt(i);
            if (Character.isDigit(unit) || Character.isHighSurrogate(unit)) {
                digits++;
            }
        }
        return digits >= SHORTEST;
    }

    private static List<List<Digit>> find(String text) {
        if (!mayHoldOne(text)) {
            return List.of();
        }
        List<List<Digit>> found = new ArrayList<>();
        List<Digit> run = new ArrayList<>();
        int separators = 0;
        int at = 0;
        while (at < text.length()) {
            int point = text.codePointAt(at);
            int end = at + Character.charCount(point);
            int value = Character.isDigit(point) ? Character.digit(point, 10) : -1;
            if (value >= 0) {
                run.add(new Digit(value, at, end));
                separators = 0;
            } else if (!run.isEmpty() && separators < MOST_SEPARATORS && separates(point)) {
                separators++;
            } else {
                cards(run, found);
                run.clear();
                separators = 0;
            }
            at = end;
        }
        cards(run, found);
        return found;
    }

    private static boolean separates(int point) {
        return switch (Character.getType(point)) {
            case Character.DASH_PUNCTUATION,
                    Character.CONNECTOR_PUNCTUATION,
                    Character.FORMAT,
                    Character.NON_SPACING_MARK,
                    Character.ENCLOSING_MARK -> true;
            default ->
                Character.isSpaceChar(point) || Character.isWhitespace(point) || ".．。·・･ー\uff70−".indexOf(point) >= 0;
        };
    }

    /** Takes the longest card numbers of a run of digits from the left. */
    private static void cards(List<Digit> run, List<List<Digit>> found) {
        int from = 0;
        while (run.size() - from >= SHORTEST) {
            int length = lengthOfCard(run, from);
            if (length > 0) {
                found.add(List.copyOf(run.subList(from, from + length)));
                from += length;
            } else {
                from++;
            }
        }
    }

    private static int lengthOfCard(List<Digit> run, int from) {
        for (int length = Math.min(LONGEST, run.size() - from); length >= SHORTEST; length--) {
            List<Digit> digits = run.subList(from, from + length);
            if (brand(digits) && luhn(digits)) {
                return length;
            }
        }
        return 0;
    }

    /** First digits in use: Visa 4, Mastercard 51–55 and 2221–2720, Amex 34 and 37, JCB 3528–3589, Diners 30, 36, 38, 39, Discover and UnionPay 6. */
    private static boolean brand(List<Digit> digits) {
        int four = digits.get(0).value() * 1000
                + digits.get(1).value() * 100
                + digits.get(2).value() * 10
                + digits.get(3).value();
        int two = four / 100;
        return two / 10 == 4
                || two / 10 == 6
                || two >= 51 && two <= 55
                || four >= 2221 && four <= 2720
                || two == 34
                || two == 37
                || four >= 3528 && four <= 3589
                || two == 30
                || two == 36
                || two == 38
                || two == 39;
    }

    private static boolean luhn(List<Digit> digits) {
        int sum = 0;
        for (int i = 0; i < digits.size(); i++) {
            int value = digits.get(digits.size() - 1 - i).value();
            int doubled = i % 2 == 0 ? value : value * 2;
            sum += doubled > 9 ? doubled - 9 : doubled;
        }
        return sum % 10 == 0;
    }
}
