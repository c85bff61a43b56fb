package io.tsunagi.media;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tsunagi.inquiry.Customer;
import io.tsunagi.store.Dialect;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** S12: nothing is kept in which the scanner finds a virus, and nothing shown that it has not seen. */
@ParameterizedClass
@EnumSource(Dialect.class)
class MediaScanTest {
    private static final int LIMIT = 1024 * 1024;

    @Parameter
    Dialect dialect;

    private TestClamd clamd;
    private TestMedia test;

    @BeforeEach
    void open() throws Exception {
        clamd = TestClamd.onPort(0, LIMIT);
        test = new TestMedia(
                dialect, Clock.systemUTC(), Map.of("hub.media.clamd", clamd.address(), "hub.media.fetch-tries", "2"));
    }

    @AfterEach
    void close() throws Exception {
        test.close();
        clamd.close();
    }

    private static byte[] infected() {
        byte[] bytes = SomeBytes.png(10, 10, 400_000);
        System.arraycopy(TestClamd.EICAR, 0, bytes, 300_000, TestClamd.EICAR.length);
        return bytes;
    }

    private void again(MediaId id, int status, byte[] bytes) {
        test.store
                .jdbc()
                .sql("update media set next_try_at = current_timestamp where id = ?")
                .param(id.value())
                .update();
        test.fetch(id, status, bytes);
    }

    private List<String> audited(String act) {
        return test.store
                .jdbc()
                .sql("select object, outcome, detail from audit where act = ?")
                .param(act)
                .query((row, i) -> row.getString(1) + " " + row.getString(2) + " " + row.getString(3))
                .list();
    }

    @Test
    void a_picture_the_scanner_has_seen_whole_is_shown() throws Exception {
        byte[] picture = SomeBytes.png(10, 10, 700_000);

        assertThat(test.open(test.ready("1", picture))).isEqualTo(picture);
        assertThat(clamd.sizes).containsExactly(picture.length);
        assertThat(test.media.scannerTrouble()).isEmpty();
    }

    @Test
    void what_carries_a_virus_is_destroyed_and_that_is_audited() {
        MediaId id = test.expect("1", "image", "invoice.png", null);

        test.fetch(id, 200, infected());

        assertThat(test.row(id).state()).isEqualTo(MediaState.INFECTED);
        assertThat(test.row(id).fileName()).isNull();
        assertThat(test.chunks(id)).isEmpty();
        assertThat(test.column(id).get("wrapped_key")).isNull();
        assertThat(test.messageVersion(id)).as("shown anew").isGreaterThan(1);
        assertThat(audited("destroy-infected"))
                .containsExactly("media/" + id.value() + " ok {\"inquiry\":\"" + test.inquiry
                        + "\",\"virus\":\"Eicar-Test-Signature\"}");
        assertThatThrownBy(() -> test.open(id)).isInstanceOf(MediaGoneException.class);
        assertThat(test.media.claim(id.value())).as("LINE is not asked again").isNull();
    }

    @Test
    void while_the_scanner_is_away_media_wait_however_often_they_are_tried() throws Exception {
        byte[] picture = SomeBytes.png(10, 10, 1000);
        int port = clamd.port();
        clamd.close();
        MediaId id = test.expect("1", "image");

        test.fetch(id, 200, picture);
        for (int i = 0; i < 4; i++) {
            again(id, 200, picture);
        }

        assertThat(test.row(id).state()).isEqualTo(MediaState.FETCHING);
        assertThat(test.chunks(id)).isEmpty();
        assertThatThrownBy(() -> test.open(id)).isInstanceOf(MediaGoneException.class);
        assertThat(test.media.scannerTrouble()).isPresent();

        clamd = TestClamd.onPort(port, LIMIT);
        again(id, 500, new byte[0]);
        assertThat(test.row(id).state()).as("LINE's own first failure").isEqualTo(MediaState.FETCHING);
        again(id, 200, picture);
        assertThat(test.open(id)).isEqualTo(picture);
    }

    @Test
    void what_the_scanner_refuses_to_look_at_is_given_up_like_what_line_refuses() {
        byte[] picture = SomeBytes.png(10, 10, LIMIT + 1000);
        MediaId id = test.expect("1", "image");

        test.fetch(id, 200, picture);
        assertThat(test.row(id).state()).isEqualTo(MediaState.FETCHING);
        again(id, 200, picture);

        assertThat(test.row(id).state()).isEqualTo(MediaState.FAILED);
        assertThat(test.chunks(id)).isEmpty();
    }

    @Test
    void a_busy_scanner_holds_few_uploads_and_the_next_is_refused_at_once() throws Exception {
        Customer misaki = misaki();
        clamd.getBusy();
        List<CompletableFuture<Class<?>>> held = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            held.add(CompletableFuture.supplyAsync(
                    () -> {
                        try {
                            test.media.upload(test.inquiry, misaki, new byte[10]);
                            return null;
                        } catch (IOException e) {
                            return e.getClass();
                        }
                    },
                    each -> new Thread(each).start()));
        }
        clamd.awaitLooks(3);

        assertThatThrownBy(() -> test.media.upload(test.inquiry, misaki, new byte[10]))
                .isInstanceOf(NotScannedException.class)
                .hasMessageContaining("other uploads");
        clamd.close();
        assertThat(held).allSatisfy(each -> assertThat((Object) each.join()).isEqualTo(NotScannedException.class));
    }

    private Customer misaki() {
        return new Customer(
                test.customer, "main", "user", "Umisaki", null, "ja", null, false, false, null, null, null, null, null);
    }

    @Test
    void an_upload_with_a_virus_is_refused_and_so_is_one_that_nobody_can_scan() throws Exception {
        Customer misaki = misaki();
        ByteArrayOutputStream picture = new ByteArrayOutputStream();
        ImageIO.write(new BufferedImage(40, 30, BufferedImage.TYPE_INT_RGB), "png", picture);
        byte[] clean = picture.toByteArray();
        picture.write(TestClamd.EICAR);
        byte[] infected = picture.toByteArray();

        assertThatThrownBy(() -> test.media.upload(test.inquiry, misaki, infected))
                .isInstanceOf(InfectedException.class);
        assertThatThrownBy(() -> test.media.uploadVideo(test.inquiry, misaki, infected))
                .isInstanceOf(InfectedException.class);
        MediaId sent = test.media.upload(test.inquiry, misaki, clean).id();
        assertThat(test.open(sent)).isNotEmpty();
        assertThatThrownBy(() -> test.media.uploadPreview(test.inquiry, misaki, sent, infected))
                .isInstanceOf(InfectedException.class);

        clamd.close();
        assertThatThrownBy(() -> test.media.upload(test.inquiry, misaki, clean))
                .isInstanceOf(NotScannedException.class);
        assertThatThrownBy(() -> test.media.uploadVideo(test.inquiry, misaki, Mp4.ofPhone(100)))
                .isInstanceOf(NotScannedException.class);
    }
}
