package io.tsunagi.bot;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Finds the known words that a mistyped word may stand for. Immutable after construction. */
final class Spelling {
    private static final int MOST = 2;

    private final Map<Integer, List<String>> byLength = new HashMap<>();

    /** Takes the words worth correcting to: of Latin letters or katakana. */
    Spelling(Collection<String> words) {
        for (String word : words) {
            if (isCorrectable(word)) {
                byLength.computeIfAbsent(word.length(), length -> new ArrayList<>())
                        .add(word);
            }
        }
    }

    static boolean isCorrectable(String word) {
        return word.length() >= 3
                && (word.chars().allMatch(c -> c >= 'a' && c <= 'z')
                        || word.chars().allMatch(c -> Kana.isKatakana((char) c)));
    }

    /**
     * The nearest known words: one slip in words of four letters or more, two from eight on; the
     * first letter must be right. Katakana that differ only in long vowel marks or small kana are
     * the same word.
     */
    List<String> near(String word) {
        if (!isCorrectable(word)) {
            return List.of();
        }
        int allowed = word.length() >= 8 ? 2 : word.length() >= 4 ? 1 : 0;
        String loose = Kana.loose(word);
        List<String> nearest = new ArrayList<>();
        int best = allowed;
        for (int length = word.length() - 2; length <= word.length() + 2; length++) {
            for (String known : byLength.getOrDefault(length, List.of())) {
                if (known.charAt(0) != word.charAt(0)) {
                    continue;
                }
                int slips = loose.equals(Kana.loose(known)) ? 0 : allowed == 0 ? MOST + 1 : slips(word, known);
                if (slips < best) {
                    nearest.clear();
                    best = slips;
                }
                if (slips == best && nearest.size() < MOST) {
                    nearest.add(known);
                }
            }
        }
        return nearest;
    }

    /** Letters to add, drop, change or swap with their neighbour. */
    static int slips(String a, String b) {
        int[][] d = new int[a.length() + 1][b.length() + 1];
        for (int i = 0; i <= a.length(); i++) {
            d[i][0] = i;
        }
        for (int j = 0; j <= b.length(); j++) {
            d[0][j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            for (int j = 1; j <= b.length(); j++) {
                int change = a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1;
                d[i][j] = Math.min(Math.min(d[i - 1][j], d[i][j - 1]) + 1, d[i - 1][j - 1] + change);
                if (i > 1 && j > 1 && a.charAt(i - 1) == b.charAt(j - 2) && a.charAt(i - 2) == b.charAt(j - 1)) {
                    d[i][j] = Math.min(d[i][j], d[i - 2][j - 2] + 1);
                }
            }
        }
        return d[a.length()][b.length()];
    }
}
