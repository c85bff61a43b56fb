package io.tsunagi.media;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Whoever copies an identity document copies who looked at it. */
class MarkedPictureTest {
    private static final long PIXELS = 100_000_000;
    private static final String AOI = "aoi 2026-11-30 09:05 UTC";

    private static byte[] plain(int width, int height, Color colour, String format) throws IOException {
        BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        Graphics2D pen = image.createGraphics();
        pen.setColor(colour);
        pen.fillRect(0, 0, width, height);
        pen.dispose();
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        assertThat(ImageIO.write(image, format, out)).isTrue();
        return out.toByteArray();
    }

    private static BufferedImage read(byte[] picture) throws IOException {
        return ImageIO.read(new ByteArrayInputStream(picture));
    }

    /** Counts pixels of a part that are clearly not of the colour. */
    private static int marked(BufferedImage image, Color colour, int left, int top, int width, int height) {
        int marked = 0;
        for (int x = left; x < left + width; x++) {
            for (int y = top; y < top + height; y++) {
                Color seen = new Color(image.getRGB(x, y));
                int apart = Math.abs(seen.getRed() - colour.getRed())
                        + Math.abs(seen.getGreen() - colour.getGreen())
                        + Math.abs(seen.getBlue() - colour.getBlue());
                marked += apart > 60 ? 1 : 0;
            }
        }
        return marked;
    }

    @ParameterizedTest
    @CsvSource({"1200,800,png", "800,1200,jpeg", "4000,3000,jpeg", "300,200,png"})
    void no_sixth_of_a_picture_is_without_it_whatever_its_colour(int width, int height, String format)
            throws IOException {
        for (Color colour : new Color[] {Color.WHITE, Color.BLACK, Color.GRAY}) {
            BufferedImage shown = read(marked(plain(width, height, colour, format), AOI, PIXELS));

            assertThat(shown.getWidth()).isEqualTo(width);
            int part = width / 6;
            int high = height / 6;
            for (int x = 0; x < 6; x++) {
                for (int y = 0; y < 6; y++) {
                    assertThat(marked(shown, colour, x * part, y * high, part, high))
                            .as("part %d, %d in %s", x, y, colour)
                            .isGreaterThan(part * high / 100);
                }
            }
        }
    }

    @Test
    void the_words_tell_who_and_when_and_leave_most_of_the_picture_as_it_was() throws IOException {
        byte[] picture = plain(1200, 800, Color.GRAY, "png");

        byte[] aoi = marked(picture, AOI, PIXELS);

        assertThat(aoi).isEqualTo(marked(picture, AOI, PIXELS));
        assertThat(aoi).isNotEqualTo(marked(picture, AOI.replace("aoi", "ren"), PIXELS));
        assertThat(aoi).isNotEqualTo(marked(picture, AOI.replace("09:05", "09:06"), PIXELS));
        assertThat(marked(read(aoi), Color.GRAY, 0, 0, 1200, 800)).isLessThan(1200 * 800 / 5);
    }

    @Test
    void what_else_the_file_carried_does_not_go_along() throws IOException {
        byte[] jpeg = plain(1200, 800, new Color(214, 226, 240), "jpeg");
        byte[] place = "GPS 35.6586 N 139.7454 E".getBytes(StandardCharsets.US_ASCII);
        byte[] whole = Arrays.copyOf(jpeg, jpeg.length + place.length);
        System.arraycopy(place, 0, whole, jpeg.length, place.length);

        byte[] shown = marked(whole, AOI, PIXELS);

        assertThat(new String(shown, StandardCharsets.ISO_8859_1)).doesNotContain("GPS");
    }

    @Test
    void what_cannot_be_drawn_is_not_shown_at_all() throws IOException {
        byte[] picture = plain(1200, 800, Color.GRAY, "jpeg");

        assertThatThrownBy(() -> marked("RIFF....WEBPVP8 ".getBytes(StandardCharsets.US_ASCII), AOI, PIXELS))
                .isInstanceOf(IOException.class);
        assertThatThrownBy(() -> marked(Arrays.copyOf(picture, 100), AOI, PIXELS))
                .isInstanceOf(IOException.class);
        assertThatThrownBy(() -> marked(picture, AOI, 1200 * 800 - 1)).isInstanceOf(IOException.class);
    }

    /** A small file that would keep a processor for hours. */
    @Test
    void a_picture_of_too_many_scans_is_refused_before_it_is_drawn() throws IOException {
        byte[] whole = plain(64, 64, Color.GRAY, "jpeg");
        byte[] many = Arrays.copyOf(whole, whole.length + 200);
        for (int i = whole.length; i < many.length; i += 2) {
            many[i] = (byte) 0xff;
            many[i + 1] = (byte) 0xda;
        }

        assertThatThrownBy(() -> marked(many, AOI, PIXELS)).hasMessageContaining("scans");
    }

    private static byte[] marked(byte[] picture, String mark, long pixels) throws IOException {
        return MarkedPicture.of(new ByteArrayInputStream(picture), mark, pixels);
    }
}
