package io.tsunagi.inquiry;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;
import java.util.List;
import java.util.stream.Collectors;

/** Cutting of long texts that a machine makes up. */
class SplittingFuzzTest {

    /** The pieces put together are the text, and each fits. */
    @FuzzTest
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
