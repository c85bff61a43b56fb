package io.tsunagi.media;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;

/** Pictures that a machine makes up, as strangers could send them. */
class BarePictureFuzzTest {
    /** The most that one orientation takes in place of what said it; a file may say it again and again. */
    private static final int ROOM = 36;

    /** What is bare stays as it is, and grows by nothing but how the camera was held. */
    @FuzzTest
    void copying(byte[] bytes) throws IOException {
        for (String contentType : new String[] {"image/jpeg", "image/png", "image/webp"}) {
            byte[] bare = bare(contentType, bytes);

            assertThat(bare.length).isLessThanOrEqualTo(bytes.length + ROOM * (1 + bytes.length / 12));
            assertThat(bare(contentType, bare)).as(contentType).isEqualTo(bare);
        }
    }

    private static byte[] bare(String contentType, byte[] bytes) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        BarePicture.copy(new FileKind(contentType), Long.MAX_VALUE, new ByteArrayInputStream(bytes), out);
        return out.toByteArray();
    }
}
