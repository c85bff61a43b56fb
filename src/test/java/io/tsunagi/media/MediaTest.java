package io.tsunagi.media;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tsunagi.inquiry.Customer;
import io.tsunagi.store.Dialect;
import io.tsunagi.store.Store;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** S01, S13 */
@ParameterizedClass
@EnumSource(Dialect.class)
class MediaTest {
    private static final int MEGABYTE = 1024 * 1024;

    @Parameter
    Dialect dialect;

    private TestMedia test;

    @BeforeEach
    void open() {
        test = new TestMedia(
                dialect,
                Clock.systemUTC(),
                Map.of("hub.media.limit-bytes", "" + 4 * MEGABYTE, "hub.media.fetch-tries", "3"));
    }

    @AfterEach
    void close() {
        test.close();
    }

    @Test
    void a_picture_comes_back_as_it_went_in() throws Exception {
        byte[] picture = SomeBytes.png(1080, 1920, 3 * MEGABYTE);

        MediaId id = test.ready("1", picture);

        assertThat(test.open(id)).isEqualTo(picture);
        MediaRow row = test.row(id);
        assertThat(row.state()).isEqualTo(MediaState.READY);
        assertThat(row.contentType()).isEqualTo("image/png");
        assertThat(row.size()).isEqualTo(picture.length);
        assertThat(row.width()).isEqualTo(1080);
        assertThat(row.height()).isEqualTo(1920);
        assertThat(row.inquiry()).isEqualTo(test.inquiry);
        assertThat(row.dueAt())
                .isBetween(
                        Instant.now().plus(Duration.ofDays(29)), Instant.now().plus(Duration.ofDays(31)));
    }

    /** S13 */
    @Test
    void what_a_picture_says_beside_its_pixels_is_not_kept() throws Exception {
        byte[] picture = SomeBytes.png(10, 10, 2 * MEGABYTE);
        byte[] place = SomeBytes.text("35.6586 N 139.7454 E");
        byte[] photo = java.util.Arrays.copyOf(picture, picture.length + place.length);
        System.arraycopy(place, 0, photo, picture.length, place.length);

        MediaId id = test.ready("1", photo);

        assertThat(test.open(id)).isEqualTo(picture);
        assertThat(test.row(id).size()).isEqualTo(picture.length);
    }

    @Test
    void a_picture_that_is_sent_as_a_file_stays_as_it_came() throws Exception {
        byte[] picture = SomeBytes.png(10, 10, 2 * MEGABYTE);
        byte[] file = java.util.Arrays.copyOf(picture, picture.length + 100);
        MediaId id = test.expect("1", "file", "plan.png", (long) file.length);

        test.fetch(id, 200, file);

        assertThat(test.open(id)).isEqualTo(file);
        assertThat(test.row(id).size()).isEqualTo(file.length);
        assertThat(test.row(id).width()).isEqualTo(10);
    }

    @Test
    void a_part_of_a_medium_is_the_same_bytes_wherever_it_begins() throws Exception {
        byte[] picture = SomeBytes.png(10, 10, 3 * MEGABYTE + 17);
        MediaId id = test.ready("1", picture);

        for (int from : new int[] {1, 4095, 4096, MEGABYTE - 1, MEGABYTE, 2 * MEGABYTE + 77_777, picture.length - 1}) {
            try (InputStream part = test.media.open(id, from)) {
                assertThat(part.readAllBytes())
                        .as("from %s on", from)
                        .isEqualTo(java.util.Arrays.copyOfRange(picture, from, picture.length));
            }
        }
        test.store.jdbc().sql("delete from media_chunks where part = 1").update();
        assertThatThrownBy(() -> {
                    try (InputStream part = test.media.open(id, MEGABYTE + 5000)) {
                        part.readAllBytes();
                    }
                })
                .isInstanceOfAny(IOException.class, MediaGoneException.class);
    }

    @Test
    void what_is_uploaded_and_not_sent_goes_after_a_short_time_and_what_is_sent_stays_its_whole() throws Exception {
        Customer misaki = new Customer(
                test.customer, "main", "user", "Umisaki", null, "ja", null, false, false, null, null, null, null, null);
        ByteArrayOutputStream picture = new ByteArrayOutputStream();
        ImageIO.write(new BufferedImage(40, 30, BufferedImage.TYPE_INT_RGB), "png", picture);
        MediaId id =
                test.media.upload(test.inquiry, misaki, picture.toByteArray()).id();
        MediaId preview = Media.previewOf(id);
        Instant soon = Instant.now().plus(Duration.ofHours(25));
        assertThat(test.row(id).dueAt()).isBefore(soon);
        assertThat(test.row(preview).dueAt()).isBefore(soon);

        test.store.inTransaction(() -> test.media.offer(id.value()));
        assertThat(test.row(id).dueAt()).isAfter(Instant.now().plus(Duration.ofDays(29)));
        assertThat(test.row(preview).dueAt()).isAfter(Instant.now().plus(Duration.ofDays(29)));
        assertThat(test.open(id)).isNotEmpty();

        test.store.inTransaction(() -> test.media.withdraw(id.value()));
        assertThat(test.row(id).dueAt()).isBefore(soon);
        assertThat(test.open(id)).isNotEmpty();
    }

    @Test
    void what_is_sent_while_a_legal_hold_stands_is_held_from_its_first_moment() throws Exception {
        Customer misaki = new Customer(
                test.customer, "main", "user", "Umisaki", null, "ja", null, false, false, null, null, null, null, null);
        assertThat(held(test.media
                        .uploadVideo(test.inquiry, misaki, Mp4.ofPhone(100))
                        .id()))
                .isFalse();
        test.store
                .jdbc()
                .sql("insert into legal_holds (id, scope, subject, reason, set_by, set_at) values (?, ?, ?, ?, ?, ?)")
                .params(
                        UUID.randomUUID(),
                        "CUSTOMER",
                        test.customer.value(),
                        new byte[1],
                        "auditor",
                        Store.at(Instant.now()))
                .update();

        MediaId video =
                test.media.uploadVideo(test.inquiry, misaki, Mp4.ofPhone(100)).id();
        ByteArrayOutputStream picture = new ByteArrayOutputStream();
        ImageIO.write(new BufferedImage(10, 10, BufferedImage.TYPE_INT_RGB), "png", picture);
        test.media.uploadPreview(test.inquiry, misaki, video, picture.toByteArray());

        assertThat(held(video)).isTrue();
        assertThat(held(Media.previewOf(video))).isTrue();
    }

    @Test
    void what_is_taken_back_under_a_legal_hold_is_shown_to_nobody_and_goes_when_the_hold_ends() throws Exception {
        MediaId id = test.ready("1", SomeBytes.png(1, 1, 100));
        test.store.jdbc().sql("update media set held = true").update();

        test.unsend("1");
        test.unsend("1");

        assertThat(test.row(id).state()).isEqualTo(MediaState.UNSENT);
        assertThat(test.row(id).fileName()).isNull();
        assertThatThrownBy(() -> test.open(id)).isInstanceOf(MediaGoneException.class);
        try (InputStream bytes = test.media.openWithheld(id)) {
            assertThat(bytes.readAllBytes()).as("for who may have it").isEqualTo(SomeBytes.png(1, 1, 100));
        }
        assertThat(test.media.shredDue(10)).as("the hold wins").isZero();
        assertThat(test.chunks(id)).hasSize(1);
        assertThat(test.column(id).get("wrapped_key")).isNotNull();
        assertThat(test.store
                        .jdbc()
                        .sql("select act || ' ' || object from audit")
                        .query(String.class)
                        .list())
                .containsExactly("withhold-media media/" + id.value());

        test.store.jdbc().sql("update media set held = false").update();

        assertThatThrownBy(() -> test.media.openWithheld(id)).isInstanceOf(MediaGoneException.class);
        assertThat(test.media.shredDue(10)).isOne();
        assertThat(test.chunks(id)).isEmpty();
        assertThat(test.column(id)).containsEntry("state", "UNSENT").containsEntry("wrapped_key", null);
        assertThat(test.row(id).state()).isEqualTo(MediaState.UNSENT);
    }

    @Test
    void what_is_withheld_looks_as_what_is_gone_before_and_after_the_purge() {
        MediaId gone = test.ready("1", SomeBytes.png(2, 3, 100));
        MediaId kept = test.ready("2", SomeBytes.png(4, 5, 200));
        test.unsend("1");
        test.store
                .jdbc()
                .sql("update media set held = true where id = ?")
                .param(kept.value())
                .update();

        test.unsend("2");

        assertThat(test.row(kept))
                .usingRecursiveComparison()
                .ignoringFields("id")
                .isEqualTo(test.row(gone));
        assertThat(test.row(kept).width()).isNull();
        assertThat(test.row(kept).dueAt()).isNull();
        test.store.jdbc().sql("update media set held = false").update();
        assertThat(test.media.shredDue(10)).isOne();
        assertThat(test.row(kept))
                .usingRecursiveComparison()
                .ignoringFields("id")
                .isEqualTo(test.row(gone));
        assertThat(test.column(kept))
                .containsEntry("content_type", null)
                .containsEntry("size", null)
                .containsEntry("width", null)
                .containsEntry("height", null);
        assertThat(test.store
                        .jdbc()
                        .sql("select rule from purge_counts")
                        .query(String.class)
                        .list())
                .containsExactly("hub.taken-back");
    }

    @Test
    void a_hold_that_was_set_while_a_medium_came_keeps_it_too() {
        MediaId id = test.ready("1", SomeBytes.png(1, 1, 100));
        test.store
                .jdbc()
                .sql("insert into legal_holds (id, scope, subject, reason, set_by, set_at) values (?, ?, ?, ?, ?, ?)")
                .params(
                        UUID.randomUUID(),
                        "CUSTOMER",
                        test.customer.value(),
                        new byte[1],
                        "auditor",
                        Store.at(Instant.now()))
                .update();
        assertThat(held(id)).isFalse();

        test.unsend("1");

        assertThat(test.column(id)).containsEntry("state", "WITHHELD");
        assertThat(held(id)).isTrue();
        assertThat(test.media.shredDue(10)).isZero();
    }

    @Test
    void what_is_not_here_yet_when_it_is_taken_back_is_not_fetched_for_a_legal_hold() {
        MediaId id = test.expect("1", "image");
        test.store.jdbc().sql("update media set held = true").update();

        test.unsend("1");

        assertThat(test.column(id)).containsEntry("state", "UNSENT");
        assertThat(test.media.claim(id.value())).isNull();
    }

    @Test
    void what_nobody_took_back_does_not_open_as_withheld() {
        MediaId id = test.ready("1", SomeBytes.png(1, 1, 100));

        assertThatThrownBy(() -> test.media.openWithheld(id)).isInstanceOf(MediaGoneException.class);
    }

    private boolean held(MediaId id) {
        return (boolean) test.column(id).get("held");
    }

    @Test
    void the_database_holds_no_byte_in_the_clear_and_no_large_piece() {
        byte[] picture = SomeBytes.png(10, 10, 3 * MEGABYTE);
        byte[] marker = "IN-THE-CLEAR-IN-THE-CLEAR".getBytes(StandardCharsets.UTF_8);
        for (int at : new int[] {100, MEGABYTE - 10, 2 * MEGABYTE + 5000}) {
            System.arraycopy(marker, 0, picture, at, marker.length);
        }

        List<byte[]> chunks = test.chunks(test.ready("1", picture));

        assertThat(chunks).hasSize(4).allSatisfy(chunk -> {
            assertThat(chunk).hasSizeLessThanOrEqualTo(MEGABYTE);
            assertThat(new String(chunk, StandardCharsets.ISO_8859_1)).doesNotContain("IN-THE-CLEAR", "IHDR");
        });
    }

    @Test
    void chunks_and_keys_of_one_medium_open_no_other() throws Exception {
        MediaId one = test.ready("1", SomeBytes.png(1, 1, 100));
        MediaId two = test.ready("2", SomeBytes.png(2, 2, 100));
        test.store
                .jdbc()
                .sql("update media_chunks set bytes = (select bytes from media_chunks where media = ?) where media = ?")
                .params(one.value(), two.value())
                .update();

        assertThatThrownBy(() -> test.open(two)).isInstanceOf(IOException.class);

        test.store
                .jdbc()
                .sql("update media set wrapped_key = (select wrapped_key from media where id = ?) where id = ?")
                .params(one.value(), two.value())
                .update();
        assertThatThrownBy(() -> test.open(two)).isInstanceOf(IllegalStateException.class);
        assertThat(test.open(one)).hasSize(100);
    }

    @Test
    void a_medium_that_lost_its_last_chunk_does_not_pass_for_a_shorter_one() {
        MediaId id = test.ready("1", SomeBytes.png(1, 1, 2 * MEGABYTE));
        test.store.jdbc().sql("delete from media_chunks where part = 2").update();

        assertThatThrownBy(() -> test.open(id)).isInstanceOf(IOException.class);
    }

    @Test
    void the_same_message_is_expected_once() {
        MediaId first = test.expect("1", "image");
        MediaId second = test.store.inTransaction(
                () -> test.media.expect(test.inquiry, test.customer, "main", "1", "image", null, null));

        assertThat(second).isEqualTo(first);
        assertThat(test.signals).containsOnly(first.value());
    }

    @Test
    void expecting_outside_a_transaction_is_refused() {
        assertThatThrownBy(() -> test.media.expect(test.inquiry, test.customer, "main", "1", "image", null, null))
                .isInstanceOf(IllegalStateException.class);
    }

    @Test
    void a_file_name_is_sealed() {
        MediaId id = test.expect("1", "file", "免許証.pdf", 100L);

        assertThat(test.row(id).fileName()).isEqualTo("免許証.pdf");
        assertThat(new String((byte[]) test.column(id).get("name"), StandardCharsets.UTF_8))
                .doesNotContain("免許証");
    }

    @Test
    void a_file_known_to_be_too_large_is_never_asked_for() {
        MediaId id = test.expect("1", "file", "film.mp4", 4L * MEGABYTE + 1);

        assertThat(test.row(id).state()).isEqualTo(MediaState.TOO_LARGE);
        assertThat(test.signals).isEmpty();
        assertThat(test.media.claim(id.value())).isNull();
    }

    @Test
    void an_answer_that_announces_too_much_is_not_read() {
        MediaId id = test.expect("1", "image");

        test.media.store(test.media.claim(id.value()), 200, 4L * MEGABYTE + 1, new InputStream() {
            @Override
            public int read() {
                throw new AssertionError("Nobody should read this");
            }
        });

        assertThat(test.row(id).state()).isEqualTo(MediaState.TOO_LARGE);
    }

    @Test
    void an_answer_without_end_stops_at_the_limit_and_leaves_nothing() {
        MediaId id = test.expect("1", "image");
        InputStream endless = new InputStream() {
            @Override
            public int read() {
                return 0;
            }
        };

        test.media.store(
                test.media.claim(id.value()),
                200,
                null,
                new SequenceInputStream(new ByteArrayInputStream(SomeBytes.png(1, 1, 100)), endless));

        assertThat(test.row(id).state()).isEqualTo(MediaState.TOO_LARGE);
        assertThat(test.chunks(id)).isEmpty();
    }

    @Test
    void a_picture_with_too_many_pixels_is_not_kept() {
        MediaId id = test.ready("1", SomeBytes.png(65_000, 65_000, 100));

        assertThat(test.row(id).state()).isEqualTo(MediaState.TOO_LARGE);
        assertThat(test.chunks(id)).isEmpty();
    }

    /** A JPEG that says its size behind more than is looked at before it is kept. */
    private static byte[] sizeFarBehind(int width, int height) {
        byte[] jpeg = SomeBytes.jpeg(width, height);
        int rounds = 6;
        int segment = 60_004;
        java.nio.ByteBuffer bytes = java.nio.ByteBuffer.allocate(jpeg.length + rounds * segment);
        bytes.put(jpeg, 0, 2);
        for (int i = 0; i < rounds; i++) {
            bytes.put(jpeg, 2, segment);
        }
        return bytes.put(jpeg, 2, jpeg.length - 2).array();
    }

    @Test
    void a_size_that_stands_far_behind_counts_as_any() {
        MediaId huge = test.ready("1", sizeFarBehind(65_000, 65_000));
        assertThat(test.row(huge).state()).isEqualTo(MediaState.TOO_LARGE);
        assertThat(test.column(huge).get("error")).isEqualTo("4225000000 pixels");
        assertThat(test.chunks(huge)).isEmpty();

        MediaId small = test.ready("2", sizeFarBehind(4032, 3024));
        assertThat(test.row(small).state()).isEqualTo(MediaState.READY);
        assertThat(test.row(small).width()).isEqualTo(4032);
        assertThat(test.row(small).height()).isEqualTo(3024);
    }

    @Test
    void a_picture_that_says_no_size_is_none() {
        MediaId id = test.ready("1", java.util.Arrays.copyOf(SomeBytes.jpeg(4032, 3024), 60_004));

        assertThat(test.row(id).state()).isEqualTo(MediaState.FAILED);
        assertThat(test.chunks(id)).isEmpty();
        assertThat(test.column(id).get("wrapped_key")).isNull();
    }

    @Test
    void bytes_that_are_not_what_the_message_says_are_not_kept() {
        MediaId id = test.expect("1", "image");

        test.fetch(id, 200, SomeBytes.text("<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"));

        assertThat(test.row(id).state()).isEqualTo(MediaState.FAILED);
        assertThat(test.chunks(id)).isEmpty();
        assertThat(test.column(id).get("wrapped_key")).isNull();
    }

    @ParameterizedTest
    @CsvSource({
        "202, FETCHING",
        "401, FETCHING",
        "429, FETCHING",
        "500, FETCHING",
        "503, FETCHING",
        "302, FAILED",
        "400, FAILED",
        "404, EXPIRED",
        "410, UNSENT"
    })
    void what_line_answers_decides_what_becomes_of_a_medium(int status, MediaState state) {
        MediaId id = test.expect("1", "video");
        long before = test.messageVersion(id);

        test.fetch(id, status, new byte[0]);

        assertThat(test.row(id).state()).isEqualTo(state);
        assertThat(test.messageVersion(id) > before)
                .as("a film that LINE prepares is shown as such")
                .isEqualTo(state != MediaState.FETCHING || status == 202);
        assertThatThrownBy(() -> test.open(id)).isInstanceOf(MediaGoneException.class);
    }

    @Test
    void the_message_shows_a_new_version_when_its_picture_is_there() {
        MediaId id = test.expect("1", "image");

        test.fetch(id, 200, SomeBytes.png(1, 1, 100));

        assertThat(test.messageVersion(id)).isEqualTo(2);
    }

    @Test
    void another_try_waits_its_time_and_the_last_one_ends_it() {
        MediaId id = test.expect("1", "image");

        for (int attempt = 1; attempt <= 3; attempt++) {
            assertThat(test.row(id).state()).isEqualTo(MediaState.FETCHING);
            test.fetch(id, 500, new byte[0]);
            assertThat(test.media.claim(id.value())).isNull();
            makeDue(id);
        }

        assertThat(test.row(id).state()).isEqualTo(MediaState.FAILED);
    }

    @Test
    void bytes_that_stop_coming_are_fetched_again_from_the_start() throws Exception {
        MediaId id = test.expect("1", "image");
        byte[] picture = SomeBytes.png(1, 1, 3 * MEGABYTE);
        test.media.store(
                test.media.claim(id.value()),
                200,
                null,
                new FilterInputStream(new ByteArrayInputStream(picture, 0, 2 * MEGABYTE)) {
                    @Override
                    public int read(byte[] into, int offset, int length) throws IOException {
                        int count = super.read(into, offset, length);
                        if (count < 0) {
                            throw new IOException("Premature end");
                        }
                        return count;
                    }
                });
        assertThat(test.row(id).state()).isEqualTo(MediaState.FETCHING);
        assertThat(test.chunks(id)).isEmpty();

        makeDue(id);
        test.fetch(id, 200, picture);

        assertThat(test.open(id)).isEqualTo(picture);
    }

    @Test
    void only_one_attempt_at_a_time_fetches_a_medium() {
        MediaId id = test.expect("1", "image");

        assertThat(test.media.claim(id.value())).isNotNull();
        assertThat(test.media.claim(id.value())).isNull();
    }

    @Test
    void an_attempt_that_was_taken_over_changes_nothing() throws Exception {
        MediaId id = test.expect("1", "image");
        Fetch frozen = test.media.claim(id.value());
        test.store
                .jdbc()
                .sql("update media set lease_until = ?")
                .param(Store.at(Instant.now().minusSeconds(1)))
                .update();
        byte[] picture = SomeBytes.png(2, 2, 2 * MEGABYTE);
        test.fetch(id, 200, picture);

        test.media.store(frozen, 200, null, new ByteArrayInputStream(SomeBytes.png(3, 3, 3 * MEGABYTE)));
        test.media.store(frozen, 404, null, null);
        test.media.noAnswer(frozen, "late");

        assertThat(test.row(id).state()).isEqualTo(MediaState.READY);
        assertThat(test.open(id)).isEqualTo(picture);
        assertThat(test.chunks(id)).hasSize(3);
    }

    @Test
    void what_is_taken_back_is_gone() {
        MediaId id = test.ready("1", SomeBytes.png(1, 1, 100));

        test.unsend("1");

        assertThat(test.row(id).state()).isEqualTo(MediaState.UNSENT);
        assertThat(test.chunks(id)).isEmpty();
        assertThat(test.column(id).get("wrapped_key")).isNull();
        assertThat(test.messageVersion(id)).isEqualTo(3);
        assertThatThrownBy(() -> test.open(id))
                .isInstanceOf(MediaGoneException.class)
                .hasMessageContaining("UNSENT");
    }

    @Test
    void what_is_taken_back_while_it_is_being_fetched_is_not_kept() {
        MediaId id = test.expect("1", "image");
        Fetch fetch = test.media.claim(id.value());

        test.media.store(
                fetch, 200, null, new FilterInputStream(new ByteArrayInputStream(SomeBytes.png(1, 1, 3 * MEGABYTE))) {
                    private int reads;

                    @Override
                    public int read(byte[] into, int offset, int length) throws IOException {
                        // The first chunk is in the database by now.
                        if (++reads == 200) {
                            assertThat(test.chunks(id)).isNotEmpty();
                            test.unsend("1");
                        }
                        return super.read(into, offset, Math.min(length, 8192));
                    }
                });

        assertThat(test.row(id).state()).isEqualTo(MediaState.UNSENT);
        assertThat(test.chunks(id)).isEmpty();
        assertThat(test.column(id).get("wrapped_key")).isNull();
    }

    @Test
    void taking_back_what_never_came_does_nothing() {
        test.unsend("unknown");

        assertThat(test.store
                        .jdbc()
                        .sql("select count(*) from media")
                        .query(Long.class)
                        .single())
                .isZero();
    }

    @Test
    void a_medium_past_its_time_does_not_open_even_before_the_purge() throws Exception {
        MediaId id = test.ready("1", SomeBytes.png(1, 1, 100));
        test.store
                .jdbc()
                .sql("update media set due_at = ?")
                .param(Store.at(Instant.now().minusSeconds(1)))
                .update();

        assertThatThrownBy(() -> test.open(id)).isInstanceOf(MediaGoneException.class);

        test.store.jdbc().sql("update media set held = true").update();
        assertThat(test.open(id)).hasSize(100);
    }

    @Test
    void the_key_of_a_day_is_a_file_only_its_owner_reads() throws Exception {
        MediaId id = test.ready("1", SomeBytes.png(1, 1, 100));
        String day = test.row(id).dueAt().atOffset(ZoneOffset.UTC).toLocalDate().toString();

        assertThat(test.column(id).get("key_day")).isEqualTo(day);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(test.keyFolder.resolve(day + ".json"))))
                .isEqualTo("rw-------");
    }

    private void makeDue(MediaId id) {
        test.store
                .jdbc()
                .sql("update media set next_try_at = ? where id = ?")
                .params(Store.at(Instant.now().minusSeconds(1)), id.value())
                .update();
    }
}
