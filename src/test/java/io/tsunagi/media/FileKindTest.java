package io.tsunagi.media;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** S12 */
class FileKindTest {
    @ParameterizedTest
    @MethodSource
    void bytes_are_what_their_beginning_says(String kind, byte[] bytes, FileKind found) {
        assertThat(FileKind.of(kind, bytes)).contains(found);
    }

    static Stream<Arguments> bytes_are_what_their_beginning_says() {
        return Stream.of(
                Arguments.of("image", SomeBytes.png(1080, 1920, 100), new FileKind("image/png", 1080, 1920)),
                Arguments.of("image", SomeBytes.jpeg(4032, 3024), new FileKind("image/jpeg", 4032, 3024)),
                Arguments.of("image", SomeBytes.gif(300, 200), new FileKind("image/gif", 300, 200)),
                Arguments.of(
                        "image",
                        SomeBytes.webp("VP8X", 0, 0, 0, 0, 0x37, 0x04, 0, 0x7f, 0x07, 0),
                        new FileKind("image/webp", 1080, 1920)),
                Arguments.of(
                        "image",
                        SomeBytes.webp("VP8 ", 0, 0, 0, 0x9d, 0x01, 0x2a, 0x38, 0x04, 0x80, 0x07),
                        new FileKind("image/webp", 1080, 1920)),
                Arguments.of(
                        "image",
                        SomeBytes.webp("VP8L", 0x2f, 0x37, 0xc4, 0xdf, 0x01),
                        new FileKind("image/webp", 1080, 1920)),
                Arguments.of("video", SomeBytes.mp4("isom"), new FileKind("video/mp4", null, null)),
                Arguments.of("video", SomeBytes.mp4("mp42"), new FileKind("video/mp4", null, null)),
                Arguments.of("video", SomeBytes.mp4("qt  "), new FileKind("video/quicktime", null, null)),
                Arguments.of("audio", SomeBytes.mp4("M4A "), new FileKind("audio/mp4", null, null)),
                Arguments.of("audio", SomeBytes.mp4("mp42"), new FileKind("audio/mp4", null, null)),
                Arguments.of("audio", SomeBytes.text("ID3\4 song"), new FileKind("audio/mpeg", null, null)),
                Arguments.of("file", SomeBytes.text("%PDF-1.7"), new FileKind("application/pdf", null, null)),
                Arguments.of("file", SomeBytes.text("PK\3\4 sheet"), new FileKind("application/zip", null, null)),
                Arguments.of(
                        "file", SomeBytes.text("<html><script>"), new FileKind("application/octet-stream", null, null)),
                Arguments.of("file", new byte[0], new FileKind("application/octet-stream", null, null)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"<svg xmlns=", "<html>", "%PDF-1.7", "PK\3\4", "GIF8", "RIFF    WAVE", ""})
    void only_pictures_pass_for_a_picture(String beginning) {
        assertThat(FileKind.of("image", SomeBytes.text(beginning))).isEmpty();
    }

    @Test
    void a_recording_passes_for_no_video_and_a_picture_for_no_recording() {
        assertThat(FileKind.of("video", SomeBytes.mp4("M4A "))).isEmpty();
        assertThat(FileKind.of("video", SomeBytes.mp4("heic"))).isEmpty();
        assertThat(FileKind.of("audio", SomeBytes.png(1, 1, 50))).isEmpty();
    }

    @Test
    void a_jpeg_whose_size_stands_too_far_behind_is_one_of_unknown_size() {
        byte[] cut = Arrays.copyOf(SomeBytes.jpeg(4032, 3024), 50_000);

        assertThat(FileKind.of("image", cut)).contains(new FileKind("image/jpeg", null, null));
    }

    /** S13: else it would be shown, whatever its size, by a browser that finds it. */
    @Test
    void what_stands_between_the_segments_of_a_jpeg_hides_no_size() {
        byte[] plain = SomeBytes.jpeg(4032, 3024);
        byte[] between = {'n', 'o', 't', 'e', (byte) 0xff, 0, 1};
        int second = 60_006;
        byte[] odd = ByteBuffer.allocate(plain.length + between.length)
                .put(plain, 0, second)
                .put(between)
                .put(plain, second, plain.length - second)
                .array();

        assertThat(FileKind.of("image", odd)).contains(new FileKind("image/jpeg", 4032, 3024));
    }

    /** S13: whoever copies it leaves the second one out, and what is left is a whole picture. */
    @Test
    void a_second_start_of_a_jpeg_hides_no_size() {
        byte[] start = {(byte) 0xff, (byte) 0xd8};
        byte[] frame = {(byte) 0xff, (byte) 0xc0, 0, 17, 8, (byte) 0xfd, (byte) 0xe8, (byte) 0xfd, (byte) 0xe8};
        byte[] twice = ByteBuffer.allocate(100).put(start).put(start).put(frame).array();

        assertThat(FileKind.of("image", twice)).contains(new FileKind("image/jpeg", 65_000, 65_000));
    }

    @Test
    void no_bytes_break_the_reading_of_headers() {
        Random random = new Random(42);
        byte[][] beginnings = {
            SomeBytes.png(1, 1, 60),
            SomeBytes.jpeg(1, 1),
            SomeBytes.gif(1, 1),
            SomeBytes.webp("VP8X"),
            SomeBytes.webp("VP8 "),
            SomeBytes.webp("VP8L"),
            SomeBytes.mp4("isom")
        };
        for (int i = 0; i < 50_000; i++) {
            byte[] good = beginnings[i % beginnings.length];
            byte[] bytes = Arrays.copyOf(good, random.nextInt(Math.min(good.length, 80) + 1));
            for (int changes = random.nextInt(4); changes > 0 && bytes.length > 0; changes--) {
                bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
            }
            assertThat(FileKind.of("file", bytes)).isPresent();
        }
    }
}
