package io.tsunagi.inquiry;

import java.text.Normalizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Finds what must not stay in a chat, and masks it: card numbers always ({@link CardNumbers}), and what the rules of
 * {@code config/sensitive.yaml} name, such as My Number, passwords and one-time codes.
 *
 * <p>A rule looks at the words around a value, so that order numbers, amounts and telephone numbers stay as they are.
 * Masking keeps the length in UTF-16 units, as LINE's emoji and mention positions need. Immutable and safe for many threads.
 */
public final class SensitiveWords {
    /** Between two digits of one number. */
    private static final String BETWEEN = "[\\s\\-\u2010-\u2015\u2212\u30fb\u30fc._]";

    private static final String OPENING = "[\\s\"'\u201c\u201d\u2018\u2019「『【\\[(<〈《、,]{0,4}";
    private static final String CLOSING = "[\\s\"'\u201d\u2019」』】\\])>〉》]{0,3}";
    /** What stands between a word and the value it names. */
    private static final String SAYS = decomposed("(?:は|が|も|を|:|=|→|->|(?:is|was|are)(?![a-z]))");

    private static final String FOLLOWS = decomposed("(?:(?:以下|次)の?(?:通り|とおり)?(?:です|になります)?[:。]?)?");

    /** All that may stand between a word and what it names. */
    private static final String NAMING = CLOSING + "\\s{0,3}" + SAYS + "?[:=]?" + OPENING + FOLLOWS + OPENING;

    /** How a text may begin that goes on after such a word. */
    private static final Pattern NAMED = Pattern.compile(NAMING + "[!-~]");

    /** A number before one of these counts something. */
    private static final String UNIT = decomposed(
            "\\s{0,2}(?:[年月日時分秒円回個件桁文字歳人名¥%]|yen|minutes?|mins?|digits?|characters?|letters?|times|hours?|days?)");

    private static final Pattern DATE_OR_PHONE = Pattern.compile(
            "\\d{4}[-/.]\\d{1,2}[-/.]\\d{1,2}|0\\d{1,4}-\\d{1,4}-\\d{3,4}|\\+?\\d{1,3}(?:-\\d{2,4}){2,3}");
    private static final Pattern ADDRESS = Pattern.compile("(?:https?://|www\\.).*|[^@]+@[^@]+\\.[a-z]+");
    private static final Pattern SIGN = Pattern.compile("[!#$%&+@^~=?|\\\\]");
    private static final Pattern TAIL = Pattern.compile("[.,;:!?)\\]}\"'>]+$");
    private static final Pattern ALONE = Pattern.compile(decomposed("\\s*(?:$|\\R|です|でした|だ|。|、)"));
    private static final Pattern TO = Pattern.compile("[\\s\"'\u201d\u2019」』)]{0,3}に");
    private static final Pattern COUNTED = Pattern.compile(UNIT);
    private static final Pattern STARS = Pattern.compile("\\*+");

    /** How a value is told. */
    enum Kind {
        MY_NUMBER,
        DIGITS,
        PASSWORD
    }

    /**
     * One rule.
     *
     * @param from fewest letters or digits
     * @param within letters between a My Number and a word that says it is one
     * @param strict whether a My Number needs no such word
     */
    record Rule(String id, Kind kind, List<String> words, int from, int to, int within, boolean strict) {}

    /** Where a value stands in the folded text; of a number the digits only are hidden. */
    private record Span(int from, int to, boolean number, boolean masked) {}

    /**
     * A rule, ready to look for.
     *
     * @param parts of each word the longest part without a space or hyphen; nearly every text has none of them, and is not looked at
     *     any closer
     */
    private record Search(Rule rule, List<String> parts, Pattern word, Pattern value) {
        private boolean mayName(String folded) {
            return parts.stream().anyMatch(folded::contains);
        }

        private boolean mayHold(String folded) {
            return rule.kind() == Kind.MY_NUMBER ? hasDigits(folded, rule.from()) : mayName(folded);
        }

        /** Whether there are so many digits, or stars in their place. */
        private static boolean hasDigits(String folded, int least) {
            int found = 0;
            for (int i = 0; i < folded.length() && found < least; i++) {
                char unit = folded.charAt(i);
                found += unit >= '0' && unit <= '9' || unit == '*' ? 1 : 0;
            }
            return found >= least;
        }
    }

    private final List<Search> searches;

    SensitiveWords(List<Rule> rules) {
        this.searches = rules.stream().map(SensitiveWords::search).toList();
    }

    /**
     * Reads the rules.
     *
     * @throws IllegalArgumentException in a sentence that begins with the line
     */
    public static SensitiveWords read(String yaml) {
        return new SensitiveWords(SensitiveRules.read(yaml));
    }

    /** Gives the text with card numbers and what the rules name masked; the same object when there is nothing of it. */
    public String mask(String text) {
        String masked = text;
        // What was hidden may leave something else that a rule finds.
        for (String before = null; masked != before; ) {
            before = masked;
            masked = before == null ? null : maskByRules(CardNumbers.mask(before));
        }
        return masked;
    }

    /** Whether what a rule names, or what masking has left of it, stands in the text. Card numbers are not looked for. */
    public boolean in(String text) {
        return text != null && !find(new Folded(text)).isEmpty();
    }

    /** Whether what is masked may begin or go on in the text: it holds a rule's word, or begins as what one names. */
    boolean mayBePart(String text) {
        String folded = new Folded(text).text();
        return NAMED.matcher(folded).lookingAt()
                || searches.stream()
                        .anyMatch(search -> search.mayName(folded)
                                && search.word().matcher(folded).find());
    }

    /** As {@link CardNumbers#maskAcross}, for card numbers and what the rules name. */
    List<String> maskAcross(List<String> texts) {
        return CardNumbers.maskAcross(texts, this::mask);
    }

    private String maskByRules(String text) {
        Folded folded = new Folded(text);
        StringBuilder masked = null;
        for (Span span : find(folded)) {
            if (!span.masked()) {
                masked = masked == null ? new StringBuilder(text) : masked;
                folded.hide(span, masked);
            }
        }
        return masked == null ? text : masked.toString();
    }

    private List<Span> find(Folded folded) {
        List<Span> found = new ArrayList<>();
        String text = folded.text();
        for (Search search : searches) {
            if (!search.mayHold(text)) {
                continue;
            }
            Matcher matcher = search.value().matcher(text);
            for (int at = 0; at <= text.length() && matcher.find(at); ) {
                Optional<Span> span =
                        switch (search.rule().kind()) {
                            case MY_NUMBER -> myNumber(search, matcher, text);
                            case DIGITS -> digits(matcher);
                            case PASSWORD -> password(search.rule(), matcher, text);
                        };
                span.ifPresent(found::add);
                at = Math.max(matcher.start() + 1, span.map(Span::to).orElse(0));
            }
        }
        return found;
    }

    private static Optional<Span> myNumber(Search search, Matcher matcher, String text) {
        String digits = matcher.group().replaceAll("[^0-9*]", "");
        boolean masked = digits.startsWith("*");
        int from = Math.max(0, matcher.start() - search.rule().within());
        int to = Math.min(text.length(), matcher.end() + search.rule().within());
        boolean wanted = masked
                || MyNumber.valid(digits)
                        && (search.rule().strict()
                                || search.word().matcher(text).region(from, to).find());
        return wanted ? Optional.of(new Span(matcher.start(), matcher.end(), true, masked)) : Optional.empty();
    }

    private static Optional<Span> digits(Matcher matcher) {
        String value = matcher.group("value");
        return DATE_OR_PHONE.matcher(value).matches()
                ? Optional.empty()
                : Optional.of(new Span(matcher.start("value"), matcher.end("value"), true, value.startsWith("*")));
    }

    private static Optional<Span> password(Rule rule, Matcher matcher, String text) {
        String value = TAIL.matcher(matcher.group("value")).replaceFirst("");
        int from = matcher.start("value");
        int to = from + value.length();
        if (value.length() < rule.from()
                || value.length() > rule.to()
                || DATE_OR_PHONE.matcher(value).matches()
                || ADDRESS.matcher(value).matches()) {
            return Optional.empty();
        }
        if (STARS.matcher(value).matches()) {
            return Optional.of(new Span(from, to, false, true));
        }
        String says = matcher.group("says");
        boolean digit = value.chars().anyMatch(c -> c >= '0' && c <= '9');
        boolean letter = value.chars().anyMatch(c -> c >= 'a' && c <= 'z');
        boolean sign = SIGN.matcher(value).find();
        boolean alone = (says.contains(":") || says.contains("="))
                && ALONE.matcher(text).region(to, text.length()).lookingAt();
        // Nothing but a space between them: only what looks like a password is one.
        boolean named = !says.isBlank() || says.contains("\n");
        boolean counts =
                !letter && COUNTED.matcher(text).region(to, text.length()).lookingAt();
        // "を … に": what a password is changed to; otherwise it may be what it is changed with.
        boolean changed = !says.contains("を")
                || TO.matcher(text).region(to, text.length()).lookingAt();
        boolean wanted =
                !counts && changed && (named ? digit || sign || alone : digit && letter && value.length() >= 6);
        return wanted ? Optional.of(new Span(from, to, false, false)) : Optional.empty();
    }

    private static Search search(Rule rule) {
        String words = rule.words().stream().map(SensitiveWords::pattern).collect(Collectors.joining("|", "(?:", ")"));
        String value =
                switch (rule.kind()) {
                    case MY_NUMBER ->
                        "(?<![0-9a-z*+])(?<![0-9a-z]-)(?<![0-9*]" + BETWEEN + ")(?:" + run("[0-9]", 12, 12) + "|"
                                + run("\\*", 12, 12) + ")(?!" + BETWEEN + "{0,3}[0-9*])(?![a-z])";
                    case DIGITS ->
                        words + CLOSING + decomposed("(?:番号)?") + "\\s{0,3}" + SAYS + "?[:=]?" + OPENING + FOLLOWS
                                + OPENING
                                + "(?<value>" + run("[0-9]", rule.from(), rule.to()) + "|"
                                + run("\\*", rule.from(), rule.to()) + ")(?!" + BETWEEN + "?[0-9*])(?!" + UNIT
                                + ")(?![a-z])";
                    case PASSWORD -> words + "(?<says>" + NAMING + ")(?<value>[!-~]+)";
                };
        return new Search(
                rule,
                rule.words().stream().map(SensitiveWords::longestPart).toList(),
                Pattern.compile(words),
                Pattern.compile(value));
    }

    private static String run(String digit, int from, int to) {
        return digit + "(?:" + BETWEEN + "{0,3}" + digit + "){" + (from - 1) + "," + (to - 1) + "}";
    }

    private static String[] parts(String folded) {
        return folded.split("[\\s-]+");
    }

    private static String longestPart(String word) {
        return Arrays.stream(parts(new Folded(word).text()))
                .max(Comparator.comparingInt(String::length))
                .orElseThrow();
    }

    private static String pattern(String word) {
        String folded = new Folded(word).text();
        String pattern = Arrays.stream(parts(folded)).map(Pattern::quote).collect(Collectors.joining("[\\s\\-]{0,2}"));
        boolean latinStart = isLatin(folded.charAt(0));
        boolean latinEnd = isLatin(folded.charAt(folded.length() - 1));
        return (latinStart ? "(?<![a-z0-9])" : "") + pattern + (latinEnd ? "(?![a-z])" : "");
    }

    private static boolean isLatin(char c) {
        return c >= 'a' && c <= 'z' || c >= '0' && c <= '9';
    }

    private static String decomposed(String pattern) {
        return Normalizer.normalize(pattern, Normalizer.Form.NFKD);
    }

    /** A text in one form of each letter, which knows where in the original each of its units stands. */
    private static final class Folded {
        private final StringBuilder units = new StringBuilder();
        private final String original;
        private int[] from;
        private int[] to;

        Folded(String original) {
            this.original = original;
            this.from = new int[original.length() + 8];
            this.to = new int[original.length() + 8];
            for (int at = 0; at < original.length(); ) {
                int point = original.codePointAt(at);
                int end = at + Character.charCount(point);
                fold(point, at, end);
                at = end;
            }
        }

        private void fold(int point, int at, int end) {
            if (Character.isDigit(point)) {
                add((char) ('0' + Character.digit(point, 10)), at, end);
            } else if (point < 0x80) {
                add((char) (point >= 'A' && point <= 'Z' ? point + 0x20 : point), at, end);
            } else if (point >= 0x4e00 && point <= 0x9fff) {
                add((char) point, at, end);
            } else if (!invisible(point)) {
                String form = Normalizer.normalize(Character.toString(point), Normalizer.Form.NFKD)
                        .toLowerCase(Locale.ROOT);
                for (int i = 0; i < form.length(); i++) {
                    add(form.charAt(i), at, end);
                }
            }
        }

        /** Signs behind a letter hide nothing; those that make another kana of one stay. */
        private static boolean invisible(int point) {
            return switch (Character.getType(point)) {
                case Character.FORMAT, Character.ENCLOSING_MARK -> true;
                case Character.NON_SPACING_MARK -> point != 0x3099 && point != 0x309a;
                default -> false;
            };
        }

        private void add(char unit, int at, int end) {
            int i = units.length();
            if (i == from.length) {
                from = Arrays.copyOf(from, 2 * i);
                to = Arrays.copyOf(to, 2 * i);
            }
            units.append(unit);
            from[i] = at;
            to[i] = end;
        }

        String text() {
            return units.toString();
        }

        void hide(Span span, StringBuilder in) {
            for (int i = span.from(); i < span.to(); i++) {
                char unit = units.charAt(i);
                if (span.number() ? unit >= '0' && unit <= '9' : !Character.isWhitespace(unit)) {
                    for (int at = from[i]; at < to[i]; at++) {
                        in.setCharAt(at, '*');
                    }
                }
            }
        }
    }
}
