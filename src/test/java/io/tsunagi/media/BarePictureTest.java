package io.tsunagi.media;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.awt.Color;
import java.awt.image.BufferedImage;
import java.awt.image.DataBuffer;
import java.awt.image.Raster;
import java.awt.image.WritableRaster;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.SequenceInputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.zip.CRC32;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageTypeSpecifier;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.metadata.IIOMetadata;
import javax.imageio.metadata.IIOMetadataNode;
import javax.imageio.stream.ImageOutputStream;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Node;

/** S13 */
class BarePictureTest {
    private static final String PLACE = "35.6586 N 139.7454 E";
    private static final byte[] WEBP =
            Base64.getDecoder().decode("UklGRiIAAABXRUJQVlA4IBYAAAAwAQCdASoBAAEADsD+JaQAA3AAAAAA");

    private static final int PIXELS = 100_000_000;

    private static byte[] bare(String contentType, byte[] picture) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        assertThat(copy(contentType, new ByteArrayInputStream(picture), out).size())
                .isEqualTo(out.size());
        return out.toByteArray();
    }

    /** What its beginning says of the size is not told, so that only the copy can know it. */
    private static BarePicture.Copy copy(String contentType, InputStream picture, OutputStream out) throws IOException {
        return BarePicture.copy(new FileKind(contentType), PIXELS, picture, out);
    }

    private static FileKind found(String contentType, byte[] picture) throws IOException {
        return copy(contentType, new ByteArrayInputStream(picture), OutputStream.nullOutputStream())
                .kind();
    }

    private static BufferedImage noise() {
        BufferedImage image = new BufferedImage(160, 90, BufferedImage.TYPE_INT_RGB);
        Random random = new Random(7);
        for (int i = 0; i < 160 * 90; i++) {
            image.setRGB(i % 160, i / 160, random.nextInt());
        }
        return image;
    }

    private static byte[] file(String format) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        assertThat(ImageIO.write(noise(), format, out)).isTrue();
        return out.toByteArray();
    }

    private static byte[] progressive() throws IOException {
        ImageWriter writer = ImageIO.getImageWritersByFormatName("jpeg").next();
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (ImageOutputStream to = ImageIO.createImageOutputStream(out)) {
            writer.setOutput(to);
            ImageWriteParam param = writer.getDefaultWriteParam();
            param.setProgressiveMode(ImageWriteParam.MODE_DEFAULT);
            writer.write(null, new IIOImage(noise(), null, null), param);
        } finally {
            writer.dispose();
        }
        return out.toByteArray();
    }

    private static byte[] joined(byte[]... parts) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            all.writeBytes(part);
        }
        return all.toByteArray();
    }

    private static byte[] text(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    private static boolean holds(byte[] bytes, String text) {
        return new String(bytes, StandardCharsets.ISO_8859_1).contains(text);
    }

    /** As a phone writes it: maker, how it was held, when, and a directory of GPS with latitude and longitude (Exif 2.32, 4.6). */
    private static byte[] exif(int orientation) {
        return ByteBuffer.allocate(400)
                .put(text("MM\0*"))
                .putInt(8)
                .putShort((short) 4)
                .put(entry(0x010f, 2, 8, 62))
                .put(entry(0x0112, 3, 1, orientation << 16))
                .put(entry(0x0132, 2, 20, 70))
                .put(entry(0x8825, 4, 1, 92))
                .putInt(0)
                .put(text("Phone-8\0"))
                .put(text("2026:11:30 12:34:56\0\0\0"))
                .putShort((short) 4)
                .put(entry(1, 2, 2, 'N' << 24))
                .put(entry(2, 5, 3, 146))
                .put(entry(3, 2, 2, 'E' << 24))
                .put(entry(4, 5, 3, 170))
                .putInt(0)
                .put(ratios(35, 1, 39, 1, 3096, 100))
                .put(ratios(139, 1, 44, 1, 4344, 100))
                .put(text(PLACE))
                .array();
    }

    private static byte[] entry(int tag, int type, int count, int value) {
        return ByteBuffer.allocate(12)
                .putShort((short) tag)
                .putShort((short) type)
                .putInt(count)
                .putInt(value)
                .array();
    }

    private static byte[] ratios(int... numbers) {
        ByteBuffer bytes = ByteBuffer.allocate(4 * numbers.length);
        Arrays.stream(numbers).forEach(bytes::putInt);
        return bytes.array();
    }

    private static byte[] segment(int marker, byte[] content) {
        return ByteBuffer.allocate(content.length + 4)
                .put((byte) 0xff)
                .put((byte) marker)
                .putShort((short) (content.length + 2))
                .put(content)
                .array();
    }

    /** All that phones and programs put into a JPEG, behind its first marker and its end. */
    private static byte[] fromAPhone(byte[] jpeg, int orientation) {
        return joined(
                Arrays.copyOf(jpeg, 2),
                segment(0xe1, joined(text("Exif\0\0"), exif(orientation))),
                segment(0xe1, text("http://ns.adobe.com/xap/1.0/\0<x:xmpmeta>" + PLACE)),
                segment(0xe2, text("MPF\0" + PLACE)),
                segment(0xed, text("Photoshop 3.0\0" + PLACE)),
                segment(0xfe, text(PLACE)),
                text(PLACE),
                Arrays.copyOfRange(jpeg, 2, jpeg.length),
                segment(0xe1, text(PLACE)),
                text("ftyp" + PLACE));
    }

    @Test
    void a_photo_is_kept_to_the_byte_without_what_a_phone_puts_beside_its_pixels() throws IOException {
        for (byte[] plain : List.of(file("jpeg"), progressive())) {
            byte[] photo = fromAPhone(plain, 1);
            assertThat(holds(photo, PLACE)).isTrue();

            assertThat(bare("image/jpeg", photo)).isEqualTo(plain);
            assertThat(bare("image/jpeg", plain)).as("nothing to leave out").isEqualTo(plain);
        }
    }

    @Test
    void how_the_camera_was_held_stays() throws IOException {
        byte[] plain = file("jpeg");
        for (int orientation = 2; orientation <= 8; orientation++) {
            byte[] photo = fromAPhone(plain, orientation);
            byte[] bare = bare("image/jpeg", photo);

            assertThat(bare).hasSize(plain.length + 36);
            assertThat(holds(bare, "Phone") || holds(bare, PLACE) || holds(bare, "2026"))
                    .isFalse();
            assertThat(SentPicture.of(bare, 1_000_000).bytes())
                    .as("orientation %s", orientation)
                    .isEqualTo(SentPicture.of(photo, 1_000_000).bytes());
        }
    }

    @Test
    void colours_stay_and_a_preview_goes() throws IOException {
        byte[] plain = file("jpeg");
        byte[] colours =
                joined(segment(0xe2, text("ICC_PROFILE\0\1\1colours")), segment(0xee, text("Adobe\0\144\0\0\0\0\1")));
        byte[] rest = Arrays.copyOfRange(plain, 20, plain.length);
        assertThat(holds(Arrays.copyOf(plain, 20), "JFIF")).isTrue();
        byte[] head = Arrays.copyOfRange(plain, 6, 18);
        byte[] preview = segment(0xe0, joined(head, new byte[] {1, 1}, text("RGB")));
        byte[] other = segment(0xe0, text("JFXX\0\20" + PLACE));

        assertThat(bare("image/jpeg", joined(Arrays.copyOf(plain, 2), preview, other, colours, rest)))
                .isEqualTo(joined(Arrays.copyOf(plain, 20), colours, rest));
    }

    /** A marker RSTn after every second MCU. */
    private static byte[] withRestarts() throws IOException {
        ImageWriter writer = ImageIO.getImageWritersByFormatName("jpeg").next();
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (ImageOutputStream to = ImageIO.createImageOutputStream(out)) {
            writer.setOutput(to);
            IIOMetadata metadata = writer.getDefaultImageMetadata(
                    ImageTypeSpecifier.createFromBufferedImageType(BufferedImage.TYPE_INT_RGB), null);
            IIOMetadataNode tree = (IIOMetadataNode) metadata.getAsTree(metadata.getNativeMetadataFormatName());
            IIOMetadataNode interval = new IIOMetadataNode("dri");
            interval.setAttribute("interval", "2");
            Node start = tree.getElementsByTagName("sos").item(0);
            start.getParentNode().insertBefore(interval, start);
            metadata.setFromTree(metadata.getNativeMetadataFormatName(), tree);
            writer.write(null, new IIOImage(noise(), null, metadata), null);
        } finally {
            writer.dispose();
        }
        return out.toByteArray();
    }

    /** Behind a damage decoders go on at the next restart, so that all but a strip is still seen. */
    @Test
    void a_byte_that_was_damaged_within_a_scan_takes_nothing_with_it() throws IOException {
        byte[] plain = withRestarts();
        String text = new String(plain, StandardCharsets.ISO_8859_1);
        assertThat(text).contains("\u00ff\u00dd\0\4\0\2", "\u00ff\u00d0", "\u00ff\u00d7");
        int scan = text.indexOf("\u00ff\u00da");
        List<Integer> stuffed = IntStream.range(scan, plain.length - 1)
                .filter(i -> plain[i] == (byte) 0xff && plain[i + 1] == 0)
                .boxed()
                .toList();
        assertThat(stuffed).hasSizeGreaterThan(10);

        for (int at : stuffed) {
            for (int damage : new int[] {0x01, 0x02, 0x40, 0xbf}) {
                byte[] damaged = plain.clone();
                damaged[at + 1] = (byte) damage;
                assertThat(bare("image/jpeg", fromAPhone(damaged, 1))).isEqualTo(damaged);
            }
        }
    }

    @Test
    void four_inks_stay_as_adobe_writes_them() throws IOException {
        WritableRaster inks = Raster.createInterleavedRaster(DataBuffer.TYPE_BYTE, 32, 24, 4, null);
        for (int i = 0; i < 32 * 24; i++) {
            inks.setPixel(i % 32, i / 32, new int[] {i % 256, 255 - i % 256, i / 3 % 256, 40});
        }
        ImageWriter writer = ImageIO.getImageWritersByFormatName("jpeg").next();
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (ImageOutputStream to = ImageIO.createImageOutputStream(out)) {
            writer.setOutput(to);
            writer.write(null, new IIOImage(inks, null, null), null);
        } finally {
            writer.dispose();
        }
        byte[] file = out.toByteArray();
        byte[] adobe = segment(0xee, new byte[] {'A', 'd', 'o', 'b', 'e', 0, 100, 0, 0, 0, 0, 2});
        byte[] plain = joined(Arrays.copyOf(file, 2), adobe, Arrays.copyOfRange(file, 2, file.length));

        assertThat(bare("image/jpeg", fromAPhone(plain, 1))).isEqualTo(plain);
        assertThat(found("image/jpeg", plain)).isEqualTo(new FileKind("image/jpeg", 32, 24));
    }

    /** ITU-T T.81, B.2.5: a camera that does not know the height yet says it behind the first scan. */
    private static byte[] heightBehind(byte[] jpeg, int height) {
        int frame = new String(jpeg, StandardCharsets.ISO_8859_1).indexOf("\u00ff\u00c0");
        byte[] without = Arrays.copyOf(jpeg, jpeg.length - 2);
        without[frame + 5] = 0;
        without[frame + 6] = 0;
        byte[] end = {(byte) 0xff, (byte) 0xd9};
        return joined(without, segment(0xdc, new byte[] {(byte) (height >> 8), (byte) height}), end);
    }

    @Test
    void a_height_that_stands_behind_the_pixels_stays() throws IOException {
        byte[] plain = heightBehind(file("jpeg"), 90);

        assertThat(bare("image/jpeg", fromAPhone(plain, 1))).isEqualTo(plain);
        assertThat(found("image/jpeg", plain)).isEqualTo(new FileKind("image/jpeg", 160, 90));
    }

    private static byte[] frame(int width, int height) {
        return segment(0xc0, new byte[] {
            8, (byte) (height >> 8), (byte) height, (byte) (width >> 8), (byte) width, 3, 1, 34, 0, 2, 17, 1, 3, 17, 1
        });
    }

    /** As much as no beginning of a file holds ({@link FileKind#HEAD}). */
    private static byte[] before(byte[] frame) {
        byte[] profile = segment(0xe2, Arrays.copyOf(text("ICC_PROFILE\0"), 65_000));
        byte[] start = {(byte) 0xff, (byte) 0xd8};
        return joined(start, profile, profile, profile, profile, profile, frame);
    }

    @Test
    void the_size_is_the_one_that_is_written_wherever_it_stands() throws IOException {
        byte[] behind = before(frame(4032, 3024));
        assertThat(FileKind.of("image", Arrays.copyOf(behind, FileKind.HEAD)))
                .contains(new FileKind("image/jpeg", null, null));

        assertThat(found("image/jpeg", behind)).isEqualTo(new FileKind("image/jpeg", 4032, 3024));
        assertThat(found("image/jpeg", joined(behind, frame(10, 10))))
                .as("the first counts")
                .isEqualTo(new FileKind("image/jpeg", 4032, 3024));
        assertThat(found("image/jpeg", progressive())).isEqualTo(new FileKind("image/jpeg", 160, 90));
        assertThat(found("image/png", file("png"))).isEqualTo(new FileKind("image/png", 160, 90));
        assertThat(found("image/webp", WEBP)).isEqualTo(new FileKind("image/webp", 1, 1));
        assertThat(found("image/webp", webp(0x0c, riff("EXIF", exif(3))))).isEqualTo(new FileKind("image/webp", 1, 1));
    }

    @Test
    void what_says_no_size_or_one_of_no_pixels_is_of_unknown_size() throws IOException {
        byte[] start = {(byte) 0xff, (byte) 0xd8};
        FileKind expected = new FileKind("image/jpeg", 160, 90);
        byte[] none = joined(start, new byte[] {(byte) 0xff, (byte) 0xe0, 0, 0}, frame(160, 90));

        assertThat(BarePicture.copy(expected, PIXELS, new ByteArrayInputStream(none), OutputStream.nullOutputStream())
                        .kind())
                .as("the beginning said one")
                .isEqualTo(new FileKind("image/jpeg", null, null));
        assertThat(found("image/jpeg", joined(start, frame(160, 0)))).isEqualTo(new FileKind("image/jpeg", null, null));
        assertThat(found("image/png", SomeBytes.png(0, 90, 100))).isEqualTo(new FileKind("image/png", null, null));
    }

    private static void tooLarge(String contentType, byte[] picture, String pixels) {
        assertThatThrownBy(() -> found(contentType, picture))
                .isInstanceOf(BarePicture.TooManyPixels.class)
                .hasMessage(pixels + " pixels");
    }

    /** Decoders would make room for them. */
    @Test
    void no_size_beyond_the_limit_is_written_wherever_it_stands() throws IOException {
        byte[] start = {(byte) 0xff, (byte) 0xd8};
        byte[] huge = frame(65_000, 65_000);

        tooLarge("image/jpeg", joined(start, start, huge), "4225000000");
        tooLarge("image/jpeg", before(huge), "4225000000");
        tooLarge("image/jpeg", joined(start, frame(10, 10), huge), "4225000000");
        tooLarge(
                "image/jpeg",
                joined(start, frame(65_000, 0), segment(0xdc, new byte[] {(byte) 0xfd, (byte) 0xe8})),
                "4225000000");
        tooLarge("image/png", SomeBytes.png(65_000, 65_000, 100), "4225000000");
        tooLarge("image/webp", webp("VP8X", 0, 0, 0, 0, 0xe7, 0xfd, 0, 0xe7, 0xfd, 0), "4225000000");
        tooLarge("image/webp", webp("VP8 ", 0, 0, 0, 0x9d, 0x01, 0x2a, 0xff, 0x3f, 0xff, 0x3f), "268402689");
        tooLarge("image/webp", webp("VP8L", 0x2f, 0xff, 0xff, 0xff, 0x0f), "268435456");
    }

    private static byte[] chunk(String name, byte[] content) {
        CRC32 check = new CRC32();
        check.update(text(name));
        check.update(content);
        return ByteBuffer.allocate(content.length + 12)
                .putInt(content.length)
                .put(text(name))
                .put(content)
                .putInt((int) check.getValue())
                .array();
    }

    @Test
    void a_png_keeps_how_it_looks_and_how_it_was_held() throws IOException {
        byte[] plain = file("png");
        byte[] head = Arrays.copyOf(plain, 33);
        byte[] pixels = Arrays.copyOfRange(plain, 33, plain.length);
        byte[] looks = joined(chunk("gAMA", new byte[] {0, 0, (byte) 0xb1, (byte) 0x8f}), chunk("pHYs", new byte[9]));
        byte[] beside = joined(
                chunk("tEXt", text("Comment\0" + PLACE)),
                chunk("iTXt", text("XML:com.adobe.xmp\0\0\0\0\0" + PLACE)),
                chunk("zTXt", text(PLACE)),
                chunk("tIME", new byte[7]),
                chunk("prVt", text(PLACE)));

        assertThat(bare("image/png", joined(head, chunk("eXIf", exif(1)), looks, beside, pixels, text(PLACE))))
                .isEqualTo(joined(head, looks, pixels));
        byte[] turned = bare("image/png", joined(head, chunk("eXIf", exif(6)), pixels));
        byte[] kept = Arrays.copyOfRange(turned, 33, 33 + 38);
        assertThat(turned).isEqualTo(joined(head, kept, pixels));
        byte[] tiff = Arrays.copyOfRange(kept, 8, 34);
        assertThat(kept).isEqualTo(chunk("eXIf", tiff));
        assertThat(SentPicture.orientation(tiff, 0, tiff.length)).isEqualTo(6);
        assertThat(new Color(ImageIO.read(new ByteArrayInputStream(turned)).getRGB(9, 9)))
                .isEqualTo(new Color(noise().getRGB(9, 9)));
    }

    private static byte[] riff(String name, byte[] content) {
        return ByteBuffer.allocate(8 + content.length + content.length % 2)
                .put(text(name))
                .putInt(Integer.reverseBytes(content.length))
                .put(content)
                .array();
    }

    private static byte[] webp(int flags, byte[]... chunks) {
        byte[] pixels = Arrays.copyOfRange(WEBP, 12, WEBP.length);
        byte[] all = joined(riff("VP8X", new byte[] {(byte) flags, 0, 0, 0, 0, 0, 0, 0, 0, 0}), pixels, joined(chunks));
        return container(all);
    }

    private static byte[] container(byte[] chunks) {
        return ByteBuffer.allocate(12 + chunks.length)
                .put(text("RIFF"))
                .putInt(Integer.reverseBytes(chunks.length + 4))
                .put(text("WEBP"))
                .put(chunks)
                .array();
    }

    @Test
    void a_webp_holds_zeros_in_the_place_of_what_goes() throws IOException {
        byte[] odd = Arrays.copyOf(exif(8), 401);
        byte[] photo = joined(
                webp(0x0c, riff("EXIF", odd), riff("XMP ", text(PLACE)), riff("note", text(PLACE + "!"))), text(PLACE));
        byte[] tiff =
                Arrays.copyOf(new byte[] {'M', 'M', 0, 42, 0, 0, 0, 8, 0, 1, 1, 0x12, 0, 3, 0, 0, 0, 1, 0, 8}, 401);

        assertThat(bare("image/webp", photo))
                .isEqualTo(webp(
                        0x08,
                        riff("EXIF", tiff),
                        riff("JUNK", new byte[PLACE.length()]),
                        riff("JUNK", new byte[PLACE.length() + 1])));
        assertThat(bare("image/webp", WEBP)).isEqualTo(WEBP);
    }

    /** A whole file of one chunk. */
    private static byte[] webp(String chunk, int... content) {
        byte[] bytes = new byte[content.length];
        for (int i = 0; i < content.length; i++) {
            bytes[i] = (byte) content[i];
        }
        return container(riff(chunk, bytes));
    }

    @Test
    void the_pictures_of_an_animation_stay() throws IOException {
        byte[] frame = joined(new byte[16], Arrays.copyOfRange(WEBP, 12, WEBP.length));
        byte[] canvas = riff("VP8X", new byte[] {0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0});
        byte[] moving = joined(riff("ANIM", new byte[6]), riff("ANMF", frame), riff("ANMF", frame));
        byte[] webp = container(joined(canvas, moving, riff("note", text(PLACE))));
        assertThat(bare("image/webp", webp))
                .isEqualTo(container(joined(canvas, moving, riff("JUNK", new byte[PLACE.length()]))));

        byte[] png = file("png");
        byte[] head = joined(Arrays.copyOf(png, 33), chunk("acTL", new byte[8]), chunk("fcTL", new byte[26]));
        byte[] next = joined(chunk("fcTL", new byte[26]), chunk("fdAT", new byte[50]));
        byte[] first = Arrays.copyOfRange(png, 33, png.length - 12);
        byte[] end = Arrays.copyOfRange(png, png.length - 12, png.length);
        byte[] note = chunk("tEXt", text(PLACE));
        assertThat(bare("image/png", joined(head, note, first, note, next, note, next, end)))
                .isEqualTo(joined(head, first, next, next, end));
    }

    @Test
    void what_is_too_short_for_a_chunk_becomes_zeros() throws IOException {
        byte[] pixels = Arrays.copyOfRange(WEBP, 12, WEBP.length);

        assertThat(bare("image/webp", container(joined(pixels, text("35.6 N!")))))
                .isEqualTo(container(joined(pixels, new byte[7])));
    }

    /** It is kept as far as it is whole, so that a fault takes nothing past. */
    @Test
    void of_a_picture_that_is_cut_off_anywhere_the_beginning_is_kept_and_nothing_else() throws IOException {
        byte[] jpeg = file("jpeg");
        byte[] photo = fromAPhone(jpeg, 1);
        byte[] png = file("png");
        byte[] picture =
                joined(Arrays.copyOf(png, 33), chunk("tEXt", text(PLACE)), Arrays.copyOfRange(png, 33, png.length));
        for (int length = 0; length < photo.length; length++) {
            byte[] kept = bare("image/jpeg", Arrays.copyOf(photo, length));
            assertThat(kept).isEqualTo(Arrays.copyOf(jpeg, kept.length));
        }
        for (int length = 0; length < picture.length; length++) {
            byte[] kept = bare("image/png", Arrays.copyOf(picture, length));
            assertThat(kept).isEqualTo(Arrays.copyOf(png, kept.length));
        }
        byte[] whole = webp(0x0c, riff("EXIF", exif(3)), riff("XMP ", text(PLACE)));
        for (int length = 0; length < whole.length; length++) {
            assertThat(holds(bare("image/webp", Arrays.copyOf(whole, length)), PLACE))
                    .isFalse();
        }
    }

    @Test
    void a_length_that_is_none_ends_what_is_kept() throws IOException {
        byte[] png = file("png");
        byte[] endless = joined(Arrays.copyOf(png, 33), new byte[] {-1, -1, -1, -1}, text("tEXt" + PLACE));
        byte[] jpeg = joined(new byte[] {-1, (byte) 0xd8, -1, (byte) 0xdb, 0, 1}, text(PLACE));

        assertThat(bare("image/png", endless)).isEqualTo(Arrays.copyOf(png, 33));
        assertThat(bare("image/jpeg", jpeg)).isEqualTo(Arrays.copyOf(jpeg, 2));
    }

    /** One byte at a time, as a slow network gives them, and at times none. */
    @Test
    void it_does_not_matter_in_what_pieces_a_picture_comes() throws IOException {
        byte[] plain = file("jpeg");
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        InputStream dripping = new FilterInputStream(new ByteArrayInputStream(fromAPhone(plain, 1))) {
            private boolean none;

            @Override
            public int read(byte[] into, int offset, int length) throws IOException {
                none = !none;
                return none ? 0 : super.read(into, offset, Math.min(1, length));
            }
        };

        copy("image/jpeg", dripping, out);

        assertThat(out.toByteArray()).isEqualTo(plain);
    }

    @Test
    void what_fails_while_it_comes_in_is_not_taken_for_its_end() throws IOException {
        InputStream failing = new InputStream() {
            @Override
            public int read() throws IOException {
                throw new EOFException("the connection ended");
            }
        };
        InputStream photo =
                new SequenceInputStream(new ByteArrayInputStream(Arrays.copyOf(file("jpeg"), 500)), failing);

        assertThatThrownBy(() -> copy("image/jpeg", photo, OutputStream.nullOutputStream()))
                .isInstanceOf(EOFException.class);
    }

    @Test
    void other_kinds_are_copied_as_they_are() throws IOException {
        for (byte[] bytes : List.of(SomeBytes.gif(3, 3), SomeBytes.mp4("isom"), new byte[300_000])) {
            assertThat(bare("video/mp4", bytes)).isEqualTo(bytes);
        }
    }
}
