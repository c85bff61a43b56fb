package io.tsunagi.inquiry;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * An amount of money in a text, as people write it in Japanese and English: ¥64,800, 64,800円, 6万4800円, 五万円, JPY 64,800.
 *
 * @param from where it begins, in UTF-16 units
 * @param to where it ends
 */
record Amount(BigDecimal yen, int from, int to) {
    private static final String KANJI = "〇一二三四五六七八九";
    private static final String UNITS = "十百千万億";
    private static final String ANY = "[0-9,." + KANJI + UNITS + "]";
    private static final Pattern PLACES = Pattern.compile("(?:¥|\\\\|jpy) ?(?<before>[0-9]" + ANY + "*+)" + "|(?<!"
            + ANY + ")(?<after>" + ANY + "++) ?(?:円|yen|jpy)");
    private static final Map<Character, Long> SMALL = Map.of('十', 10L, '百', 100L, '千', 1000L);
    private static final Map<Character, Long> LARGE = Map.of('万', 10_000L, '億', 100_000_000L);

    /** Finds the amounts of a text in half width and small letters. */
    static List<Amount> in(String folded) {
        List<Amount> amounts = new ArrayList<>();
        Matcher places = PLACES.matcher(folded);
        while (places.find()) {
            String number = places.group("before") != null ? places.group("before") : places.group("after");
            amounts.add(new Amount(value(number), places.start(), places.end()));
        }
        return amounts;
    }

    private static BigDecimal value(String number) {
        BigDecimal all = BigDecimal.ZERO;
        BigDecimal part = BigDecimal.ZERO;
        StringBuilder digits = new StringBuilder();
        for (char letter : number.toCharArray()) {
            int kanji = KANJI.indexOf(letter);
            if (SMALL.containsKey(letter)) {
                part = part.add(of(digits, BigDecimal.ONE).multiply(BigDecimal.valueOf(SMALL.get(letter))));
                digits.setLength(0);
            } else if (LARGE.containsKey(letter)) {
                BigDecimal count = part.add(of(digits, part.signum() == 0 ? BigDecimal.ONE : BigDecimal.ZERO));
                all = all.add(count.multiply(BigDecimal.valueOf(LARGE.get(letter))));
                part = BigDecimal.ZERO;
                digits.setLength(0);
            } else if (kanji >= 0) {
                digits.append(kanji);
            } else if (letter != ',' && (letter != '.' || digits.indexOf(".") < 0)) {
                digits.append(letter);
            }
        }
        return all.add(part).add(of(digits, BigDecimal.ZERO));
    }

    private static BigDecimal of(StringBuilder digits, BigDecimal none) {
        String number = digits.toString().replaceFirst("\\.$", "");
        return number.isEmpty() ? none : new BigDecimal(number);
    }
}
