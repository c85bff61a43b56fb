package io.tsunagi.inquiry;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class LongTextTest {
    private static final int MOST = 5000;

    private static List<String> pieces(String text, int most) {
        List<LongText.Piece> pieces = LongText.pieces(text, null, most);
        assertThat(pieces.stream().map(LongText.Piece::text).collect(Collectors.joining()))
                .as("nothing is lost or added")
                .isEqualTo(text);
        assertThat(pieces).allSatisfy(piece -> assertThat(piece.text().length()).isLessThanOrEqualTo(most));
        return pieces.stream().map(LongText.Piece::text).toList();
    }

    @Test
    void what_fits_stays_whole() {
        assertThat(pieces("あ".repeat(MOST), MOST)).hasSize(1);
    }

    /** Scenario 17 */
    @Test
    void nine_thousand_characters_are_cut_behind_a_sentence() {
        String sentence = "ご不便をおかけしております。";
        String text = sentence.repeat(9000 / sentence.length() + 1).substring(0, 9000);

        List<String> pieces = pieces(text, MOST);

        assertThat(pieces).hasSize(2);
        assertThat(pieces.get(0)).endsWith("。").hasSizeGreaterThan(MOST - 2 * sentence.length());
        assertThat(pieces.get(1)).startsWith("ご不便");
    }

    @Test
    void a_paragraph_is_the_better_border() {
        String text = "One sentence. And another one.\nA new paragraph. It goes on and on";

        assertThat(pieces(text, 50)).first().isEqualTo("One sentence. And another one.\n");
    }

    /** Scenario 17 */
    @Test
    void no_character_as_people_see_it_is_torn() {
        String family = "👨‍👩‍👧‍👦";
        String text = "a" + family.repeat(20);

        assertThat(pieces(text, 30))
                .allSatisfy(piece ->
                        assertThat(piece.replace("a", "").replace(family, "")).isEmpty());
        assertThat(pieces("が".repeat(10), 5))
                .allSatisfy(piece -> assertThat(piece).doesNotStartWith("\u3099"));
        assertThat(pieces("🇯🇵".repeat(10), 7))
                .allSatisfy(piece -> assertThat(piece.replace("🇯🇵", "")).isEmpty());
    }

    @Test
    void a_character_longer_than_a_bubble_is_cut_between_code_points() {
        String endless = "e" + "\u0301".repeat(40) + "👍".repeat(1);

        assertThat(pieces(endless, 10)).hasSizeGreaterThan(3);
    }

    @Test
    void an_emoji_of_lines_goes_with_its_piece() {
        String text = "一文目です。".repeat(10) + "$です";
        Content.Emoji emoji = new Content.Emoji(60, 1, "5ac1bfd5040ab15980c9b435", "001");

        List<LongText.Piece> pieces = LongText.pieces(text, List.of(emoji), 40);

        LongText.Piece last = pieces.get(pieces.size() - 1);
        assertThat(last.emojis()).hasSize(1);
        assertThat(last.text().charAt(last.emojis().get(0).index())).isEqualTo('$');
        assertThat(pieces.get(0).emojis()).isEmpty();
    }

    /** Scenario 5, 17 */
    @Test
    void line_counts_an_emoji_by_words_it_does_not_tell_and_takes_twenty_in_a_text() {
        List<Content.Emoji> many = IntStream.range(0, 45)
                .mapToObj(at -> new Content.Emoji(at, 1, "5ac1bfd5040ab15980c9b435", "001"))
                .toList();

        assertThat(LongText.pieces("$".repeat(45), many, MOST))
                .extracting(piece -> piece.emojis().size())
                .containsExactly(20, 20, 5);

        List<LongText.Piece> pieces = LongText.pieces("$$$" + "あ".repeat(MOST - 3), many.subList(0, 3), MOST);
        assertThat(pieces).extracting(piece -> piece.text().length()).containsExactly(MOST - 3 * 19, 3 * 19);
        assertThat(LongText.pieces("$$$" + "あ".repeat(MOST - 60), many.subList(0, 3), MOST))
                .hasSize(1);
        assertThat(LongText.pieces("$$$" + "あ".repeat(MOST - 59), many.subList(0, 3), MOST))
                .hasSize(2);
    }
}
