package io.tsunagi.media;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** S13 */
class SentVideoTest {
    private static String words(byte[] bytes) {
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    private static boolean holds(byte[] bytes, int number) {
        return words(bytes).contains(words(ByteBuffer.allocate(4).putInt(number).array()));
    }

    @Test
    void what_a_phone_wrote_beside_picture_and_sound_is_gone_and_every_byte_of_these_is_where_it_was()
            throws Exception {
        byte[] file = Mp4.ofPhone(100_000);
        byte[] before = file.clone();
        assertThat(words(before)).contains(Mp4.PLACE, Mp4.MEASURED);
        assertThat(holds(before, Mp4.RECORDED)).isTrue();

        SentVideo video = SentVideo.of(file);

        assertThat(video.width()).isEqualTo(640);
        assertThat(video.height()).isEqualTo(360);
        assertThat(words(video.bytes())).doesNotContain(Mp4.PLACE, Mp4.MEASURED);
        assertThat(holds(video.bytes(), Mp4.RECORDED)).isFalse();
        assertThat(video.bytes()).hasSameSizeAs(before);
        int data = words(before).indexOf("mdat") + 4;
        int end = words(before).indexOf("SOUNDSOUND") + 10;
        assertThat(Arrays.copyOfRange(video.bytes(), data, end)).isEqualTo(Arrays.copyOfRange(before, data, end));
        assertThat(words(video.bytes())).contains("vide", "soun");
    }

    @Test
    void a_video_held_upright_is_as_wide_as_it_is_shown() throws Exception {
        SentVideo video = SentVideo.of(new Mp4().picture(1920, 1080, true, 100).file());

        assertThat(video.width()).isEqualTo(1080);
        assertThat(video.height()).isEqualTo(1920);
    }

    @Test
    void what_is_no_mp4_video_is_refused_in_a_sentence() {
        for (byte[] other : new byte[][] {
            SomeBytes.png(10, 10, 100), SomeBytes.mp4("qt  "), SomeBytes.mp4("M4A "), SomeBytes.text("<html>"), {}
        }) {
            assertThatThrownBy(() -> SentVideo.of(other))
                    .isInstanceOf(IOException.class)
                    .hasMessage("Only MP4 videos can be sent");
        }
        for (byte[] hollow :
                new byte[][] {SomeBytes.mp4("isom"), new Mp4().sound().file()}) {
            assertThatThrownBy(() -> SentVideo.of(hollow))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("damaged");
        }
    }

    @Test
    void measurements_that_cannot_be_taken_out_keep_a_video_from_being_sent() throws Exception {
        byte[] plain = new Mp4().picture(64, 64, false, 100).inFragments().file();
        assertThat(SentVideo.of(plain).width()).isEqualTo(64);

        byte[] measured = new Mp4()
                .picture(64, 64, false, 100)
                .measurements()
                .inFragments()
                .file();
        assertThatThrownBy(() -> SentVideo.of(measured))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("plain MP4");
    }

    @Test
    void however_a_file_is_damaged_it_is_refused_or_taken_and_nothing_else() {
        Random random = new Random(7);
        byte[] whole = Mp4.ofPhone(500);
        for (int i = 0; i < 20_000; i++) {
            byte[] damaged = Arrays.copyOf(whole, random.nextInt(3) == 0 ? random.nextInt(whole.length) : whole.length);
            for (int hits = random.nextInt(4); hits >= 0 && damaged.length > 40; hits--) {
                damaged[32 + random.nextInt(damaged.length - 32)] = (byte) random.nextInt();
            }
            try {
                SentVideo.of(damaged);
            } catch (IOException refused) {
                assertThat(refused.getMessage()).isNotBlank();
            }
        }
    }

    @Test
    void what_the_maker_of_a_camera_put_beside_what_players_need_is_gone() throws Exception {
        byte[] file = Mp4.join(List.of(
                new Mp4().picture(64, 64, false, 100).file(), Mp4.box("gps ", Mp4.text("35.6586"), Mp4.ints(1, 2))));

        assertThat(words(SentVideo.of(file).bytes()))
                .doesNotContain("gps ", "35.6586")
                .contains("moov", "mdat");
    }

    @Test
    @Timeout(60)
    void a_small_file_that_names_endless_samples_costs_no_endless_work() {
        byte[] begin =
                Mp4.join(List.of(Mp4.box("ftyp", Mp4.text("isom"), Mp4.ints(0)), Mp4.box("mdat", new byte[4_000_000])));
        int[] chunks = new int[500_002];
        chunks[1] = 500_000;
        byte[] track = Mp4.box(
                "trak",
                Mp4.box(
                        "mdia",
                        Mp4.box("hdlr", Mp4.ints(0, 0), Mp4.text("meta"), Mp4.ints(0, 0, 0, 0)),
                        Mp4.box(
                                "minf",
                                Mp4.box(
                                        "stbl",
                                        Mp4.box("stsz", Mp4.ints(0, 4_000_000, 500_000)),
                                        Mp4.box("stsc", Mp4.ints(0, 1, 1, 1, 1)),
                                        Mp4.box("stco", Mp4.ints(chunks))))));

        assertThatThrownBy(() -> SentVideo.of(Mp4.join(List.of(begin, Mp4.box("moov", track)))))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("damaged");
    }

    @Test
    void a_file_of_empty_boxes_only_is_refused_before_they_fill_the_memory() {
        ByteBuffer boxes = ByteBuffer.allocate(8 * 1_000_000);
        while (boxes.hasRemaining()) {
            boxes.putInt(8).put(Mp4.text("mdat"));
        }
        byte[] file = Mp4.join(List.of(new Mp4().picture(64, 64, false, 100).file(), boxes.array()));

        assertThatThrownBy(() -> SentVideo.of(file)).isInstanceOf(IOException.class);
    }

    @Test
    void boxes_in_boxes_without_end_are_refused() {
        byte[] nested = new byte[1_600_000];
        ByteBuffer bytes = ByteBuffer.wrap(nested);
        bytes.put(Mp4.box("ftyp", Mp4.text("isom"), Mp4.ints(0)));
        while (bytes.remaining() >= 8) {
            bytes.putInt(bytes.remaining()).put(Mp4.text("moov"));
        }

        assertThatThrownBy(() -> SentVideo.of(nested)).isInstanceOf(IOException.class);
    }
}
