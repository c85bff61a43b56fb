package io.tsunagi.inquiry;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;
import java.util.List;
import java.util.stream.Collectors;

/** Masking and cutting of texts that a machine makes up; see {@code make fuzz}. */
class WordsFuzzTest {

    /** Every unit stays as it was or is hidden, and hiding what was hidden changes nothing. */
    @FuzzTest(maxDuration = "5m")
    void masking(FuzzedDataProvider data) {
        String written = data.consumeRemainingAsString();

        String masked = Office.SENSITIVE.mask(written);

        assertThat(masked).hasSameSizeAs(written);
        for (int i = 0; i < written.length(); i++) {
            if (masked.charAt(i) != '*') {
                assertThat(masked.charAt(i)).isEqualTo(written.charAt(i));
            }
        }
        assertThat(CardNumbers.in(masked)).isFalse();
        assertThat(Office.SENSITIVE.mask(masked)).isEqualTo(masked);
    }

    /** The pieces put together are the text, and each fits. */
    @FuzzTest(maxDuration = "2m")
    void splitting(FuzzedDataProvider data) {
        int most = data.consumeInt(50, 5000);
        int times = data.consumeInt(1, 40);
        String text = data.consumeRemainingAsString().repeat(times);

        List<LongText.Piece> pieces = LongText.pieces(text, List.of(), most);

        assertThat(pieces)
                .allMatch(piece -> !piece.text().isEmpty() && piece.text().length() <= most);
        assertThat(pieces.stream().map(LongText.Piece::text).collect(Collectors.joining()))
                .isEqualTo(text);
    }
}
