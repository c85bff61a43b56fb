package io.tsunagi.inquiry;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;

/** Masking of texts that a machine makes up; each fuzz test is a class, because each needs a JVM of its own. */
class MaskingFuzzTest {

    /** Every unit stays as it was or is hidden, and hiding what was hidden changes nothing. */
    @FuzzTest
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
}
