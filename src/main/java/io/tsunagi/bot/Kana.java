package io.tsunagi.bot;

/** Ways in which one Japanese word is spelt differently, folded into one. */
final class Kana {
    private static final String SMALL = "ァィゥェォッャュョヮヵヶ";
    private static final String LARGE = "アイウエオツヤユヨワカケ";

    private Kana() {}

    /** Hiragana as katakana; everything else as it is. */
    static String katakana(String text) {
        StringBuilder folded = new StringBuilder(text.length());
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            folded.append(isHiragana(c) && c <= 'ゖ' ? (char) (c + ('ァ' - 'ぁ')) : c);
        }
        return folded.toString();
    }

    /**
     * The key under which careless spellings meet: katakana, small kana as large ones, without long
     * vowel marks, so that チャージ, ちゃーじ, チヤージ and チャジ are one.
     */
    static String loose(String text) {
        String katakana = katakana(text);
        StringBuilder folded = new StringBuilder(katakana.length());
        for (int i = 0; i < katakana.length(); i++) {
            char c = katakana.charAt(i);
            if (c == 'ー' || c == '~' || c == '〜') {
                continue;
            }
            int small = SMALL.indexOf(c);
            folded.append(small < 0 ? c : LARGE.charAt(small));
        }
        return folded.toString();
    }

    /** The plain verb of a "can" form, 引き継げる → 引き継ぐ; empty for a word that is none. */
    static String withoutPotential(String word) {
        int stem = word.length() - 2;
        if (stem < 1 || word.charAt(stem + 1) != 'る') {
            return "";
        }
        int row = "えけげせてねべめれ".indexOf(word.charAt(stem));
        return row < 0 ? "" : word.substring(0, stem) + "うくぐすつぬぶむる".charAt(row);
    }

    static boolean isHiragana(char c) {
        return c >= 'ぁ' && c <= 'ゖ';
    }

    static boolean isKatakana(char c) {
        return c >= 'ァ' && c <= 'ヺ' || c == 'ー';
    }

    /** Whether the word is written in kana only. */
    static boolean isKana(String word) {
        return !word.isEmpty() && word.chars().allMatch(c -> isHiragana((char) c) || isKatakana((char) c));
    }

    /** Whether the word holds kana or kanji. */
    static boolean isJapanese(String word) {
        return word.codePoints()
                .anyMatch(c -> Character.isIdeographic(c)
                        || c <= Character.MAX_VALUE && (isHiragana((char) c) || isKatakana((char) c)));
    }
}
