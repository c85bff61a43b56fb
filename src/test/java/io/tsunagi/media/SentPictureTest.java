package io.tsunagi.media;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;

/** S13 */
class SentPictureTest {
    private static final long PIXELS = 100_000_000;
    private static final String PLACE = "GPS 35.6586 N 139.7454 E";

    private static byte[] file(BufferedImage image, String format) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        assertThat(ImageIO.write(image, format, out)).isTrue();
        return out.toByteArray();
    }

    /** Red on the left, blue on the right. */
    private static BufferedImage twoColours(int width, int height) {
        BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        Graphics2D pen = image.createGraphics();
        pen.setColor(Color.RED);
        pen.fillRect(0, 0, width / 2, height);
        pen.setColor(Color.BLUE);
        pen.fillRect(width / 2, 0, width / 2, height);
        pen.dispose();
        return image;
    }

    /** Puts an EXIF part with an orientation, and the place where the picture was taken, behind a JPEG's first marker. */
    private static byte[] withExif(byte[] jpeg, int orientation) {
        byte[] place = PLACE.getBytes(StandardCharsets.US_ASCII);
        ByteBuffer exif = ByteBuffer.allocate(14 + 12 + 4 + place.length + 2);
        exif.put("Exif\0\0II".getBytes(StandardCharsets.US_ASCII)).put(new byte[] {42, 0, 8, 0, 0, 0});
        exif.put(new byte[] {1, 0, 0x12, 1, 3, 0, 1, 0, 0, 0, (byte) orientation, 0, 0, 0, 0, 0, 0, 0});
        exif.put(place);
        byte[] part = Arrays.copyOf(exif.array(), exif.position());
        return ByteBuffer.allocate(jpeg.length + part.length + 4)
                .put(jpeg, 0, 2)
                .put((byte) 0xff)
                .put((byte) 0xe1)
                .putShort((short) (part.length + 2))
                .put(part)
                .put(jpeg, 2, jpeg.length - 2)
                .array();
    }

    private static boolean holds(byte[] bytes, String text) {
        return new String(bytes, StandardCharsets.ISO_8859_1).contains(text);
    }

    /** Scenario 18 */
    @Test
    void nothing_but_the_pixels_goes_along_and_they_stand_upright() throws IOException {
        byte[] photo = withExif(file(twoColours(400, 200), "jpeg"), 6);
        assertThat(holds(photo, PLACE)).isTrue();

        SentPicture picture = SentPicture.of(photo, PIXELS);

        assertThat(holds(picture.bytes(), PLACE)).isFalse();
        assertThat(holds(picture.bytes(), "Exif")).isFalse();
        assertThat(holds(picture.preview(), "Exif")).isFalse();
        BufferedImage shown = ImageIO.read(new ByteArrayInputStream(picture.bytes()));
        assertThat(shown.getWidth()).isEqualTo(200).isEqualTo(picture.width());
        assertThat(shown.getHeight()).isEqualTo(400).isEqualTo(picture.height());
        assertThat(new Color(shown.getRGB(100, 50)).getRed()).as("left came up").isGreaterThan(200);
        assertThat(new Color(shown.getRGB(100, 350)).getBlue()).isGreaterThan(200);
    }

    @Test
    void every_way_a_camera_can_be_held_is_turned_upright() throws IOException {
        byte[] plain = file(twoColours(400, 200), "jpeg");
        for (int orientation = 1; orientation <= 8; orientation++) {
            SentPicture picture = SentPicture.of(withExif(plain, orientation), PIXELS);
            BufferedImage shown = ImageIO.read(new ByteArrayInputStream(picture.bytes()));
            boolean sideways = orientation >= 5;
            assertThat(shown.getWidth()).isEqualTo(sideways ? 200 : 400);
            // Where the red half is by the EXIF standard's table.
            boolean redFirst = orientation == 1 || orientation == 4 || orientation == 5 || orientation == 6;
            Color first = new Color(shown.getRGB(20, 20));
            assertThat(first.getRed() > first.getBlue())
                    .as("orientation " + orientation)
                    .isEqualTo(redFirst);
        }
    }

    /** Scenario 18 */
    @Test
    void original_and_preview_keep_to_lines_limits() throws IOException {
        BufferedImage noise = new BufferedImage(5000, 1000, BufferedImage.TYPE_INT_RGB);
        Random random = new Random(7);
        for (int y = 0; y < 1000; y++) {
            for (int x = 0; x < 5000; x++) {
                noise.setRGB(x, y, random.nextInt());
            }
        }

        SentPicture picture = SentPicture.of(file(noise, "png"), PIXELS);

        assertThat(picture.bytes()).hasSizeLessThanOrEqualTo(10 * 1024 * 1024);
        assertThat(picture.preview()).hasSizeLessThanOrEqualTo(1024 * 1024);
        assertThat(Math.max(picture.width(), picture.height())).isLessThanOrEqualTo(4096);
    }

    @Test
    void a_screenshot_stays_sharp_and_keeps_its_transparency() throws IOException {
        BufferedImage clear = new BufferedImage(40, 30, BufferedImage.TYPE_INT_ARGB);
        clear.setRGB(3, 3, 0x80ff0000);

        SentPicture picture = SentPicture.of(file(clear, "png"), PIXELS);

        assertThat(picture.contentType()).isEqualTo("image/png");
        assertThat(ImageIO.read(new ByteArrayInputStream(picture.bytes())).getRGB(0, 0) >>> 24)
                .isZero();
    }

    @Test
    void what_is_no_picture_or_is_too_large_or_damaged_is_refused_in_a_sentence() throws IOException {
        assertThatThrownBy(() -> SentPicture.of("%PDF-1.7".getBytes(StandardCharsets.US_ASCII), PIXELS))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("JPEG and PNG");
        byte[] png = file(twoColours(400, 200), "png");
        assertThatThrownBy(() -> SentPicture.of(png, 79_999)).hasMessageContaining("79999 pixels");
        assertThatThrownBy(() -> SentPicture.of(Arrays.copyOf(png, 60), PIXELS)).hasMessageContaining("damaged");
        byte[] jpeg = file(twoColours(400, 200), "jpeg");
        byte[] bad = jpeg.clone();
        Arrays.fill(bad, 20, 180, (byte) 0x5a);
        assertThatThrownBy(() -> SentPicture.of(bad, PIXELS)).isInstanceOf(IOException.class);
    }
}
