package io.tsunagi.inquiry;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;

/**
 * Finds card numbers in what people write, and masks them all but the last four digits (PCI DSS 3.4.1).
 *
 * <p>A card number is 13 to 19 digits of any script or width that begin as a brand's numbers do, are as long as these are
 * and pass the Luhn check (ISO/IEC 7812-1, annex B). The beginnings are those of the issuer identification numbers of
 * ISO/IEC 7812 as the brands publish them: Visa's, Mastercard's (51–55 and the 2-series of 2017), American Express's,
 * Diners Club's and Discover's, JCB's, UnionPay's and Maestro's range tables for merchants and acquirers.
 *
 * <p>Between the digits a few spaces, line ends, hyphens or dots may stand, where people put them: after every fourth
 * digit or some of these, as on the card (4-6-5, 4-6-4, 6-13, 4-3-3-3), in groups of one length, or where a number goes on
 * in the next line or message. Digits without a sign between them belong together: nothing is cut out of a longer number.
 * Invisible signs separate nothing.
 *
 * <p>Masking keeps the length in UTF-16 units, because LINE's emoji and mention positions count them. The time it takes
 * grows as the text does.
 */
public final class CardNumbers {
    private static final int SHORTEST = 13;
    private static final int LONGEST = 19;

    private static final Pattern MASKED =
            Pattern.compile("(?:\\*[\\p{Z}\\p{Pd}.·ー−]?){9,15}(?:\\p{Nd}[\\p{Z}\\p{Pd}.·ー−]?){4}");

    /** "4111 - 1111" has three signs between its digits, a keycap emoji two behind each. */
    private static final int MOST_SEPARATORS = 3;

    /** A number is found over as many lines, as it is over as many messages. */
    private static final int MOST_LINES = 3;

    private static final String LINE_ENDS = "\n\r\u000b\f\u2028\u2029";

    /** Behind which digits a number of so many is broken: Amex, Diners, two parts, Visa of 13. */
    private static final Map<Integer, List<List<Integer>>> GROUPINGS = Map.of(
            13, List.of(List.of(4, 7, 10)),
            14, List.of(List.of(4, 10)),
            15, List.of(List.of(4, 10)),
            16, List.of(List.of(6)),
            19, List.of(List.of(6)));

    /** Groups of one length, the last of which may be shorter. */
    private static final int LONGEST_EQUAL = 6;

    /**
     * Numbers of a brand.
     *
     * @param first first four digits
     * @param shortest fewest digits
     */
    private record Range(int first, int last, int shortest, int longest) {
        boolean holds(int four, int length) {
            return four >= first && four <= last && length >= shortest && length <= longest;
        }
    }

    private static final List<Range> RANGES = List.of(
            // Visa
            new Range(4000, 4999, 13, 13),
            new Range(4000, 4999, 16, 16),
            new Range(4000, 4999, 19, 19),
            // Mastercard
            new Range(5100, 5599, 16, 16),
            new Range(2221, 2720, 16, 16),
            // American Express
            new Range(3400, 3499, 15, 15),
            new Range(3700, 3799, 15, 15),
            // Diners Club
            new Range(3000, 3059, 14, 14),
            new Range(3095, 3095, 14, 14),
            new Range(3600, 3699, 14, 19),
            new Range(3800, 3999, 14, 19),
            // JCB
            new Range(3528, 3589, 16, 19),
            // Discover
            new Range(6011, 6011, 16, 19),
            new Range(6440, 6599, 16, 19),
            // UnionPay
            new Range(6200, 6299, 16, 19),
            new Range(8100, 8199, 16, 19),
            // Maestro, whose other beginnings are too many to tell from other numbers
            new Range(5018, 5018, 13, 19),
            new Range(5020, 5020, 13, 19),
            new Range(5038, 5038, 13, 19),
            new Range(5893, 5893, 13, 19),
            new Range(6304, 6304, 13, 19),
            new Range(6759, 6759, 13, 19),
            new Range(6761, 6763, 13, 19));

    /** Visa may issue these lengths, but has not: such a number counts where nothing stands beside it. */
    private static final Range UNISSUED = new Range(4000, 4999, 14, 18);

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
        String masked = text;
        List<List<Digit>> numbers = find(masked);
        // What stood before a number may be one by itself once that is hidden.
        while (!numbers.isEmpty()) {
            masked = masked(masked, numbers);
            numbers = find(masked);
        }
        return masked;
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

    /**
     * Digits in a row with at most a few signs between two of them.
     *
     * @param starts at which digit each group begins
     * @param lines at which digit each line but the first begins
     */
    private record Run(List<Digit> digits, List<Integer> starts, List<Integer> lines) {
        static Run empty() {
            return new Run(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
        }

        void add(Digit digit, boolean separated, boolean nextLine) {
            if (digits.isEmpty() || separated) {
                starts.add(digits.size());
            }
            if (!digits.isEmpty() && nextLine) {
                lines.add(digits.size());
            }
            digits.add(digit);
        }

        /** At which digit a group ends, which the next one begins at. */
        int end(int group) {
            return group + 1 < starts.size() ? starts.get(group + 1) : digits.size();
        }

        /** Has a group begin at this digit, and gives which. */
        int begin(int digit) {
            int group = Collections.binarySearch(starts, digit);
            if (group < 0) {
                group = -group - 2;
                starts.set(group, digit);
            }
            return group;
        }

        /** Those places behind a digit to which a number that begins there may reach, counted from it. */
        List<Integer> behind(List<Integer> places, int digit) {
            List<Integer> behind = new ArrayList<>();
            int next = Collections.binarySearch(places, digit + 1);
            for (int i = next < 0 ? -next - 1 : next; i < places.size() && places.get(i) - digit <= LONGEST; i++) {
                behind.add(places.get(i) - digit);
            }
            return behind;
        }

        /**
         * Gives where the longest card number ends that begins with a group; -1 when none does.
         *
         * @param first the digit from which nothing is hidden yet
         */
        int endOfCard(int group, int first) {
            int from = starts.get(group);
            int last = group;
            while (last + 1 < starts.size() && end(last + 1) - from <= LONGEST) {
                last++;
            }
            for (; last >= group && end(last) - from >= SHORTEST; last--) {
                List<Integer> breaks = new ArrayList<>();
                for (int i = group + 1; i <= last; i++) {
                    breaks.add(starts.get(i) - from);
                }
                boolean alone = from == first && end(last) == digits.size();
                if (grouped(breaks, end(last) - from) && number(digits.subList(from, end(last)), alone)) {
                    return end(last);
                }
            }
            return -1;
        }
    }

    private static List<List<Digit>> find(String text) {
        if (!mayHoldOne(text)) {
            return List.of();
        }
        List<List<Digit>> found = new ArrayList<>();
        Run run = Run.empty();
        int signs = 0;
        boolean separated = false;
        boolean nextLine = false;
        int at = 0;
        while (at < text.length()) {
            int point = text.codePointAt(at);
            int end = at + Character.charCount(point);
            int value = Character.isDigit(point) ? Character.digit(point, 10) : -1;
            boolean between = !run.digits().isEmpty() && signs < MOST_SEPARATORS;
            if (value >= 0) {
                run.add(new Digit(value, at, end), separated, nextLine);
                signs = 0;
                separated = false;
                nextLine = false;
            } else if (between && invisible(point)) {
                signs++;
            } else if (between && separates(point)) {
                signs++;
                separated = true;
                nextLine |= LINE_ENDS.indexOf(point) >= 0;
            } else {
                cards(run, found);
                run = run.digits().isEmpty() ? run : Run.empty();
                signs = 0;
                separated = false;
                nextLine = false;
            }
            at = end;
        }
        cards(run, found);
        return found;
    }

    private static boolean invisible(int point) {
        return switch (Character.getType(point)) {
            case Character.FORMAT, Character.NON_SPACING_MARK, Character.ENCLOSING_MARK -> true;
            default -> false;
        };
    }

    private static boolean separates(int point) {
        return switch (Character.getType(point)) {
            case Character.DASH_PUNCTUATION, Character.CONNECTOR_PUNCTUATION -> true;
            default ->
                Character.isSpaceChar(point) || Character.isWhitespace(point) || ".．。·・･ー\uff70−".indexOf(point) >= 0;
        };
    }

    /** Takes the longest card numbers of a run from the left; each begins and ends where a group does. */
    private static void cards(Run run, List<List<Digit>> found) {
        if (run.digits().size() < SHORTEST) {
            return;
        }
        int first = 0;
        int group = 0;
        while (group < run.starts().size()) {
            int from = run.starts().get(group);
            int end = Math.max(from == first ? endOverLines(run, first) : -1, run.endOfCard(group, first));
            if (end > from) {
                found.add(List.copyOf(run.digits().subList(from, end)));
                // The last four of one stay, and may begin another with what follows them.
                first = end - 4;
                group = run.begin(first);
            } else {
                group++;
            }
        }
    }

    /**
     * Gives where a number ends that stands in two or three lines or messages, broken anywhere, and with nothing else but
     * what follows it in the last; -1 when none does. Two telephone numbers are none: neither begins as a card does.
     */
    private static int endOverLines(Run run, int first) {
        List<Integer> lines = run.behind(run.lines(), first);
        if (lines.isEmpty()
                || lines.size() >= MOST_LINES
                || !lines.get(lines.size() - 1)
                        .equals(run.lines().get(run.lines().size() - 1) - first)) {
            return -1;
        }
        int longest = -1;
        for (int group = run.begin(first + lines.get(lines.size() - 1));
                group < run.starts().size();
                group++) {
            int end = run.end(group);
            if (end - first > LONGEST) {
                break;
            }
            boolean alone = end == run.digits().size();
            if (end - first >= SHORTEST && number(run.digits().subList(first, end), alone)) {
                List<Integer> breaks = run.behind(run.starts(), first);
                breaks.removeAll(lines);
                breaks.removeIf(at -> at >= end - first);
                longest = grouped(breaks, end - first) ? end : longest;
            }
        }
        return longest;
    }

    /** Whether people break a number of so many digits at these places. */
    private static boolean grouped(List<Integer> breaks, int length) {
        if (breaks.isEmpty()
                || breaks.stream().allMatch(at -> at % 4 == 0)
                || GROUPINGS.getOrDefault(length, List.of()).stream().anyMatch(all -> all.containsAll(breaks))) {
            return true;
        }
        int each = breaks.get(0);
        for (int i = 0; i < breaks.size(); i++) {
            if (breaks.get(i) != (i + 1) * each) {
                return false;
            }
        }
        return each <= LONGEST_EQUAL && length - breaks.get(breaks.size() - 1) <= each;
    }

    private static boolean number(List<Digit> digits, boolean alone) {
        return digits.size() <= LONGEST && brand(digits, alone) && luhn(digits);
    }

    private static boolean brand(List<Digit> digits, boolean alone) {
        int four = 0;
        for (Digit digit : digits.subList(0, 4)) {
            four = four * 10 + digit.value();
        }
        for (Range range : RANGES) {
            if (range.holds(four, digits.size())) {
                return true;
            }
        }
        return alone && UNISSUED.holds(four, digits.size());
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
