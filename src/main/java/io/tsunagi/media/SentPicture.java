package io.tsunagi.media;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.geom.AffineTransform;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Duration;
import java.util.Iterator;
import java.util.Locale;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageReadParam;
import javax.imageio.ImageReader;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.stream.ImageInputStream;
import javax.imageio.stream.ImageOutputStream;

/**
 * A picture as it is sent to a customer: drawn anew from its pixels, so that nothing else the file carried (place, device,
 * an embedded preview) goes along; turned as the camera held it; within LINE's limits (JPEG or PNG, 10 MB, preview 1 MB).
 *
 * @param preview a small JPEG
 * @see <a href="https://developers.line.biz/en/reference/messaging-api/#image-message">Image message</a>
 */
record SentPicture(String contentType, int width, int height, byte[] bytes, byte[] preview) {
    private static final int LARGEST = 10 * 1024 * 1024;
    private static final int LARGEST_PREVIEW = 1024 * 1024;
    /** Sharp enough for a document on any phone, and small enough to be decoded in memory. */
    private static final int LONGEST_SIDE = 4096;

    private static final int PREVIEW_SIDE = 720;
    /** A decoded picture takes up to 64 MB; so many at a time. */
    private static final Semaphore DECODING = new Semaphore(2);

    private static final Duration PATIENCE = Duration.ofSeconds(10);

    /** Cameras write ten scans at most; each goes over every pixel again, so that a small file could keep a processor for hours. */
    private static final int MOST_SCANS = 64;

    /**
     * Draws an uploaded picture anew.
     *
     * @throws IOException in one sentence when it is no JPEG or PNG picture, is damaged, or has more pixels than allowed
     */
    static SentPicture of(byte[] uploaded, long limitPixels) throws IOException {
        return decoding(() -> {
            BufferedImage image = upright(uploaded, limitPixels);
            boolean png = FileKind.of("image", uploaded)
                    .filter(kind -> kind.contentType().equals("image/png"))
                    .isPresent();
            byte[] bytes = png ? png(image) : new byte[0];
            if (bytes.length == 0 || bytes.length > LARGEST) {
                png = false;
                bytes = jpeg(image, LARGEST);
            }
            return new SentPicture(
                    png ? "image/png" : "image/jpeg",
                    image.getWidth(),
                    image.getHeight(),
                    bytes,
                    jpeg(scaled(image, PREVIEW_SIDE), LARGEST_PREVIEW));
        });
    }

    /** Work on decoded pictures. */
    interface Drawing<T> {
        T draw() throws IOException;
    }

    /**
     * Does such work; waits while others do as much of it as memory bears.
     *
     * @throws IOException also when it is not this one's turn within {@link #PATIENCE}
     */
    static <T> T decoding(Drawing<T> work) throws IOException {
        try {
            if (!DECODING.tryAcquire(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
                throw new IOException("Too many pictures are being drawn; try again");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("The picture was not drawn: the hub stops", e);
        }
        try {
            return work.draw();
        } finally {
            DECODING.release();
        }
    }

    /**
     * Gives a picture's pixels, turned as the camera held it; at most {@link #LONGEST_SIDE} a side. Within {@link #decoding} only.
     *
     * @throws IOException in one sentence when it is no JPEG or PNG picture, is damaged, or has more pixels than allowed
     */
    static BufferedImage upright(byte[] picture, long limitPixels) throws IOException {
        FileKind kind = FileKind.of("image", picture)
                .filter(found -> found.contentType().matches("image/(jpeg|png)"))
                .orElseThrow(() -> new IOException("Only JPEG and PNG pictures can be taken"));
        if (kind.width() == null || kind.width() < 1 || kind.height() < 1) {
            throw new IOException("The picture is damaged");
        }
        if ((long) kind.width() * kind.height() > limitPixels) {
            throw new IOException("The picture has more than " + limitPixels + " pixels");
        }
        if (kind.contentType().equals("image/jpeg") && scans(picture) > MOST_SCANS) {
            throw new IOException("The picture has more than " + MOST_SCANS + " scans");
        }
        return turned(decode(picture, kind), orientation(picture));
    }

    /** Counts JPEG's markers SOS (ITU-T T.81, B.1.1.2): within the data of a picture no other byte follows FF as this one does. */
    private static int scans(byte[] jpeg) {
        int scans = 0;
        for (int i = 1; i < jpeg.length; i++) {
            if (jpeg[i - 1] == (byte) 0xff && jpeg[i] == (byte) 0xda) {
                scans++;
            }
        }
        return scans;
    }

    private static BufferedImage decode(byte[] bytes, FileKind kind) throws IOException {
        String format = kind.contentType().substring("image/".length());
        Iterator<ImageReader> readers = ImageIO.getImageReadersByFormatName(format);
        ImageReader reader = readers.next();
        try (ImageInputStream in = ImageIO.createImageInputStream(new ByteArrayInputStream(bytes))) {
            reader.setInput(in, true, true);
            ImageReadParam param = reader.getDefaultReadParam();
            int step = Math.max(1, (Math.max(kind.width(), kind.height()) + LONGEST_SIDE - 1) / LONGEST_SIDE);
            param.setSourceSubsampling(step, step, 0, 0);
            return reader.read(0, param);
        } catch (IOException | RuntimeException e) {
            // Readers throw all kinds of exceptions for damaged files.
            throw new IOException("The picture is damaged", e);
        } finally {
            reader.dispose();
        }
    }

    private static BufferedImage scaled(BufferedImage image, int side) {
        double scale = Math.min(1, (double) side / Math.max(image.getWidth(), image.getHeight()));
        int width = Math.max(1, (int) Math.round(image.getWidth() * scale));
        int height = Math.max(1, (int) Math.round(image.getHeight() * scale));
        return drawn(
                image,
                width,
                height,
                AffineTransform.getScaleInstance(
                        (double) width / image.getWidth(), (double) height / image.getHeight()),
                false);
    }

    /** Turns and mirrors as EXIF's eight orientations ask. */
    private static BufferedImage turned(BufferedImage image, int orientation) {
        int w = image.getWidth();
        int h = image.getHeight();
        AffineTransform turn =
                switch (orientation) {
                    case 2 -> new AffineTransform(-1, 0, 0, 1, w, 0);
                    case 3 -> new AffineTransform(-1, 0, 0, -1, w, h);
                    case 4 -> new AffineTransform(1, 0, 0, -1, 0, h);
                    case 5 -> new AffineTransform(0, 1, 1, 0, 0, 0);
                    case 6 -> new AffineTransform(0, 1, -1, 0, h, 0);
                    case 7 -> new AffineTransform(0, -1, -1, 0, h, w);
                    case 8 -> new AffineTransform(0, -1, 1, 0, 0, w);
                    default -> new AffineTransform();
                };
        boolean sideways = orientation >= 5 && orientation <= 8;
        return drawn(
                image,
                sideways ? h : w,
                sideways ? w : h,
                turn,
                image.getColorModel().hasAlpha());
    }

    private static BufferedImage drawn(BufferedImage image, int width, int height, AffineTransform how, boolean alpha) {
        BufferedImage result =
                new BufferedImage(width, height, alpha ? BufferedImage.TYPE_INT_ARGB : BufferedImage.TYPE_INT_RGB);
        Graphics2D pen = result.createGraphics();
        pen.setRenderingHint(RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BILINEAR);
        pen.setRenderingHint(RenderingHints.KEY_RENDERING, RenderingHints.VALUE_RENDER_QUALITY);
        if (!alpha) {
            pen.setColor(Color.WHITE);
            pen.fillRect(0, 0, width, height);
        }
        pen.drawImage(image, how, null);
        pen.dispose();
        return result;
    }

    private static byte[] png(BufferedImage image) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ImageIO.write(image, "png", out);
        return out.toByteArray();
    }

    static byte[] jpeg(BufferedImage image, int most) throws IOException {
        BufferedImage opaque = image.getColorModel().hasAlpha()
                ? drawn(image, image.getWidth(), image.getHeight(), new AffineTransform(), false)
                : image;
        byte[] bytes = new byte[0];
        for (float quality : new float[] {0.9f, 0.75f, 0.5f}) {
            bytes = jpeg(opaque, quality);
            if (bytes.length <= most) {
                return bytes;
            }
        }
        return jpeg(scaled(opaque, Math.max(opaque.getWidth(), opaque.getHeight()) / 2), most);
    }

    private static byte[] jpeg(BufferedImage image, float quality) throws IOException {
        ImageWriter writer = ImageIO.getImageWritersByFormatName("jpeg").next();
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (ImageOutputStream to = ImageIO.createImageOutputStream(out)) {
            writer.setOutput(to);
            ImageWriteParam param = writer.getDefaultWriteParam();
            param.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
            param.setCompressionQuality(quality);
            writer.write(null, new IIOImage(image, null, null), param);
        } finally {
            writer.dispose();
        }
        return out.toByteArray();
    }

    /** Reads how the camera was held from a JPEG's EXIF part (TIFF tag 0x0112); 1 where it does not say. */
    private static int orientation(byte[] jpeg) {
        int at = 2;
        while (at + 10 < jpeg.length && (jpeg[at] & 0xff) == 0xff) {
            int marker = jpeg[at + 1] & 0xff;
            int length = number(jpeg, at + 2, 2, false);
            if (marker == 0xda || length < 2) {
                break;
            }
            boolean exif = marker == 0xe1
                    && at + 10 <= jpeg.length
                    && new String(jpeg, at + 4, 4, java.nio.charset.StandardCharsets.US_ASCII)
                            .toLowerCase(Locale.ROOT)
                            .equals("exif");
            if (exif) {
                return orientation(jpeg, at + 10, Math.min(jpeg.length, at + 2 + length));
            }
            at += 2 + length;
        }
        return 1;
    }

    /** Reads the tag out of the bytes from {@code tiff} to {@code end}, whatever stands there. */
    static int orientation(byte[] jpeg, int tiff, int end) {
        if (tiff + 8 > end) {
            return 1;
        }
        boolean little = jpeg[tiff] == 'I';
        long directory = tiff + Integer.toUnsignedLong(number(jpeg, tiff + 4, 4, little));
        if (directory + 2 > end) {
            return 1;
        }
        int entries = number(jpeg, (int) directory, 2, little);
        for (int i = 0; i < entries; i++) {
            long entry = directory + 2 + 12L * i;
            if (entry + 12 > end) {
                break;
            }
            if (number(jpeg, (int) entry, 2, little) == 0x0112) {
                return number(jpeg, (int) entry + 8, 2, little);
            }
        }
        return 1;
    }

    static int number(byte[] bytes, int at, int count, boolean little) {
        int value = 0;
        for (int i = 0; i < count; i++) {
            value = value << 8 | bytes[little ? at + count - 1 - i : at + i] & 0xff;
        }
        return value;
    }

    @Override
    public String toString() {
        return "SentPicture[" + contentType + ", " + width + "×" + height + "]";
    }
}
