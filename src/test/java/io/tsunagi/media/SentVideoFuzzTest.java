package io.tsunagi.media;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.IOException;

/** Videos that a machine makes up, as somebody could upload them. */
class SentVideoFuzzTest {

    /** It is refused in a sentence, or is as long as it was and has a size. */
    @FuzzTest
    void cleaning(byte[] bytes) {
        SentVideo video;
        try {
            video = SentVideo.of(bytes.clone());
        } catch (IOException refused) {
            assertThat(refused).hasMessageMatching("(Only|The) .*").hasNoCause();
            return;
        }
        assertThat(video.bytes()).hasSameSizeAs(bytes);
        assertThat(video.width()).isPositive();
        assertThat(video.height()).isPositive();
    }
}
