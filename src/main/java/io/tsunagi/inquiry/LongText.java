package io.tsunagi.inquiry;

import java.text.BreakIterator;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Cuts a text that is too long for one bubble. A cut falls behind a paragraph where one ends in the second half of what
 * fits, else behind a sentence, else between two characters as people see them (grapheme clusters, Unicode annex 29), so
 * that no emoji or accent is torn. The pieces put together are the text.
 *
 * @see <a href="https://developers.line.biz/en/docs/messaging-api/text-character-count/">Character counting in a text</a>
 */
final class LongText {
    /** LINE takes so many of its emojis in a text, and counts each by its alternative text, which it does not tell. */
    private static final int MOST_EMOJIS = 20;

    private static final int EMOJI_UNITS = 20;

    private static final Pattern GRAPHEME = Pattern.compile("\\X");

    /** A part of the text with the LINE emojis in it, at their places in the part. */
    record Piece(String text, List<Content.Emoji> emojis) {
        @Override
        public String toString() {
            return "[hidden]";
        }
    }

    private LongText() {}

    /** @param most UTF-16 units of a piece, for each emoji as many as its alternative text may have */
    static List<Piece> pieces(String text, List<Content.Emoji> emojis, int most) {
        List<Piece> pieces = new ArrayList<>();
        int from = 0;
        while (from < text.length()) {
            int fits = fits(text, emojis, from, most);
            int end = fits == text.length() ? fits : from + cut(text.substring(from, fits + 1));
            pieces.add(new Piece(text.substring(from, end), within(emojis, from, end)));
            from = end;
        }
        return pieces;
    }

    /** Gives the last place where a piece that begins at {@code from} can end. */
    private static int fits(String text, List<Content.Emoji> emojis, int from, int most) {
        int end = Math.min(text.length(), from + most);
        int held = 0;
        for (Content.Emoji emoji : within(emojis, from, end)) {
            int units = emoji.index() + 1 + (held + 1) * (EMOJI_UNITS - 1);
            if (held == MOST_EMOJIS || units > most) {
                return from + emoji.index();
            }
            held++;
        }
        return Math.min(end, from + most - held * (EMOJI_UNITS - 1));
    }

    private static List<Content.Emoji> within(List<Content.Emoji> emojis, int from, int end) {
        return emojis == null
                ? List.of()
                : emojis.stream()
                        .filter(emoji -> emoji.index() >= from && emoji.index() < end)
                        .map(emoji -> new Content.Emoji(
                                emoji.index() - from, emoji.length(), emoji.productId(), emoji.emojiId()))
                        .toList();
    }

    /** @param window what fits and one unit more, so that a border at its very end can be seen */
    private static int cut(String window) {
        int most = window.length() - 1;
        int paragraph = window.lastIndexOf('\n', most - 1) + 1;
        if (paragraph > most / 2) {
            return paragraph;
        }
        BreakIterator sentences = BreakIterator.getSentenceInstance(Locale.ROOT);
        sentences.setText(window);
        int sentence = sentences.preceding(window.length());
        if (sentence == window.length()) {
            sentence = sentences.previous();
        }
        if (sentence > most / 2) {
            return sentence;
        }
        int end = 0;
        Matcher graphemes = GRAPHEME.matcher(window);
        while (graphemes.find() && graphemes.end() <= most) {
            // The last one of the window may go on behind it.
            end = graphemes.end() < window.length() ? graphemes.end() : end;
        }
        if (end > 0) {
            return end;
        }
        return Character.isHighSurrogate(window.charAt(most - 1)) ? most - 1 : most;
    }
}
