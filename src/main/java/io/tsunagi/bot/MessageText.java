package io.tsunagi.bot;

import java.text.Normalizer;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Brings a customer's words into the one form that rules and search work on, and tells their
 * language. All methods are pure and safe for many threads; none depends on the JVM's locale.
 */
public final class MessageText {
    /** Emoji and the invisible characters that glue them together; LINE's own emoji come as (name). */
    private static final Pattern EMOJI = Pattern.compile(
            "[\\x{1F000}-\\x{1FAFF}\\x{2600}-\\x{27BF}\\x{2B00}-\\x{2BFF}"
                    + "\\x{2190}-\\x{21FF}\\x{FE00}-\\x{FE0F}\\x{200D}\\x{20E3}\\x{E0020}-\\x{E007F}\\x{100000}-\\x{10FFFD}\\p{Co}\\p{Cs}]+");

    private static final Pattern UNSEEN = Pattern.compile("[\\p{Cf}\\p{Cc}&&[^\\n\\r\\t]]+");
    private static final Pattern SPACES = Pattern.compile("[\\s\\p{Z}]+");

    /** A dash or the character 一 typed where the long vowel mark ー belongs: パスワ一ド, ロ-ン. */
    private static final Pattern WRONG_LONG_VOWEL = Pattern.compile("(?<=[ァ-ヺー])[-一‐-―−─](?=[ァ-ヺー]|$|[^\\p{L}\\p{N}])");

    private static final Pattern GREETING_JA = Pattern.compile("(?:こんにち[はわ]|こんばん[はわ]|おはよう(?:ございます)?|はじめまして|初めまして"
            + "|お?世話に?なっ(?:て(?:い?ます|おります)|ております)|いつもお?世話に?なっ(?:て(?:い?ます|おります))"
            + "|お疲れ様です|お忙しいところ|すみませんが?|すいませんが?|恐れ入りますが?|失礼(?:い?た)?します"
            + "|よろしくお願い(?:いた|致)?します|宜しくお願い(?:いた|致)?します|お願い(?:いた|致)します|よろしくです"
            + "|ありがとうございます|ありがとうございました)[、。,.!?~〜ー…w\\s]*");

    private static final Pattern GREETING_EN =
            Pattern.compile("(?:^\\s*(?:hello|hi|hey|dear (?:team|support|sir|madam)|good (?:morning|afternoon|evening)"
                    + "|excuse me)(?: there| team| support)?\\b[\\s,.!]*)+|[\\s,.!]*\\b(?:many thanks|thank you(?: (?:so|very) much)?"
                    + "|thanks(?: in advance)?|best regards|kind regards|regards|cheers)\\b[\\s,.!]*$");

    /** Negations that deny nothing: polite requests, "I do not know", "must". */
    private static final Pattern NOT_DENIED_JA =
            Pattern.compile("(?:いただけ|頂け|もらえ|くれ|いただき|もらい)(?:ない|ません)(?:の?でしょう|です)?か|かも?(?:しれ|知れ)(?:ない|ません)"
                    + "|(?:分か|わか|判)(?:らない|りません|らなく(?:て|なり?))(?:ので|です|んです)?|(?:し)?なければ(?:なら|いけ)(?:ない|ません)"
                    + "|ないと(?:いけ|だめ|ダメ)(?:ない|ません)?|申し?訳(?:ござい|あり)?(?:ません|ない)|(?:知|し)り(?:ません|たい)|困って(?:い?ます|いる|る)?");

    private static final Pattern NOT_DENIED_EN = Pattern.compile(
            "\\b(?:do(?:n'?t| not)|did(?:n'?t| not)|can(?:'?t| not|not)) (?:know|understand|find|figure out)\\b|\\bwhy not\\b|\\bnot sure\\b");

    private static final Pattern DENIED_EN =
            Pattern.compile("\\b(?:can'?t|can ?not|unable to|(?:could|wo|does|do|did|is|are|was|has|have|had|would)n'?t"
                    + "|not|never|no longer|impossible)\\b");

    private static final Set<String> ENGLISH = Set.of(
            "the", "a", "an", "is", "are", "was", "do", "does", "did", "can", "could", "how", "what", "why", "where",
            "when", "who", "which", "i", "my", "me", "you", "your", "to", "of", "for", "in", "on", "it", "this", "that",
            "not", "have", "has", "with", "and", "or", "please", "want", "need", "would", "like", "cannot", "t", "m");

    private static final List<Character.UnicodeScript> JAPANESE =
            List.of(Character.UnicodeScript.HIRAGANA, Character.UnicodeScript.KATAKANA, Character.UnicodeScript.HAN);

    private MessageText() {}

    /**
     * Guesses the language of a message: {@code ja} with kana or kanji (kanji alone stay {@code
     * fallback} when that is a Chinese), {@code en} with at least two of English's small words and
     * no other script, otherwise {@code fallback}.
     */
    public static String languageOf(String text, String fallback) {
        String plain = Normalizer.normalize(text, Normalizer.Form.NFKC);
        boolean kana = plain.codePoints().anyMatch(c -> script(c) == JAPANESE.get(0) || script(c) == JAPANESE.get(1));
        boolean kanji = plain.codePoints().anyMatch(c -> script(c) == JAPANESE.get(2));
        if (kana || kanji && !"zh".equals(primary(fallback))) {
            return "ja";
        }
        boolean latinOnly = plain.codePoints()
                .filter(Character::isLetter)
                .allMatch(c -> script(c) == Character.UnicodeScript.LATIN);
        if (!kanji && latinOnly) {
            long small = Pattern.compile("[^a-z]+")
                    .splitAsStream(plain.toLowerCase(Locale.ROOT))
                    .filter(ENGLISH::contains)
                    .count();
            if (small >= 2) {
                return "en";
            }
        }
        return fallback;
    }

    private static Character.UnicodeScript script(int codePoint) {
        return Character.UnicodeScript.of(codePoint);
    }

    /** The key a language's articles and texts are kept under: {@code ja-JP} and {@code ja_JP} are {@code ja}. */
    static String primary(String language) {
        String tag = language.strip().replace('_', '-').toLowerCase(Locale.ROOT);
        int dash = tag.indexOf('-');
        return dash < 0 ? tag : tag.substring(0, dash);
    }

    /** Full width becomes half width, half-width kana full width, capitals small; emoji become spaces. */
    static String plain(String text, int maxCharacters) {
        String cut = text.length() <= maxCharacters * 4 ? text : text.substring(0, maxCharacters * 4);
        String plain = Normalizer.normalize(EMOJI.matcher(cut).replaceAll(" "), Normalizer.Form.NFKC)
                .toLowerCase(Locale.ROOT);
        plain = plain.replace('’', '\'').replace('‘', '\'');
        plain = UNSEEN.matcher(plain).replaceAll("");
        plain = WRONG_LONG_VOWEL.matcher(plain).replaceAll("ー");
        plain = SPACES.matcher(plain).replaceAll(" ").strip();
        if (plain.length() > maxCharacters) {
            int end = Character.isHighSurrogate(plain.charAt(maxCharacters - 1)) ? maxCharacters - 1 : maxCharacters;
            plain = plain.substring(0, end);
        }
        return plain;
    }

    /** {@link #plain} without greetings and thanks: what is left to search for. */
    static String question(String text, int maxCharacters) {
        String plain = plain(text, maxCharacters);
        plain = GREETING_JA.matcher(plain).replaceAll(" ");
        plain = GREETING_EN.matcher(plain).replaceAll(" ");
        plain = NOT_DENIED_JA.matcher(plain).replaceAll(" ");
        plain = NOT_DENIED_EN.matcher(plain).replaceAll(" ");
        return SPACES.matcher(plain).replaceAll(" ").strip();
    }

    /** English with one word, {@code cannot}, for every way of saying that something does not work. */
    static String withPlainNegation(String plain) {
        return DENIED_EN.matcher(plain).replaceAll("cannot");
    }
}
