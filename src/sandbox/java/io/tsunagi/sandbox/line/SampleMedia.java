package io.tsunagi.sandbox.line;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import javax.imageio.ImageIO;

/**
 * Bytes for a customer who has no file at hand. Images are drawn cards without any writing: {@code card-front},
 * {@code card-back}, {@code receipt}. Video and audio are well-formed MP4 containers without a track: enough to be
 * fetched, not to be played.
 */
final class SampleMedia {

    record Sample(String contentType, byte[] bytes) {}

    private static final Map<String, byte[]> DRAWN = new ConcurrentHashMap<>();

    private SampleMedia() {}

    static Sample of(String type, String name) {
        return switch (type) {
            case "image" -> new Sample("image/jpeg", DRAWN.computeIfAbsent(name, SampleMedia::draw));
            case "video" -> new Sample("video/mp4", mp4("isom"));
            case "audio" -> new Sample("audio/x-m4a", mp4("M4A "));
            default ->
                new Sample(
                        "application/pdf",
                        "%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n".getBytes(StandardCharsets.US_ASCII));
        };
    }

    /** What LINE would call these bytes: it looks at the kind of message and at the first bytes. */
    static String contentType(String type, byte[] bytes) {
        if (type.equals("image")) {
            boolean png = bytes.length > 3 && (bytes[0] & 0xFF) == 0x89 && bytes[1] == 'P';
            return png ? "image/png" : "image/jpeg";
        }
        return switch (type) {
            case "video" -> "video/mp4";
            case "audio" -> "audio/x-m4a";
            default -> "application/octet-stream";
        };
    }

    private static byte[] draw(String name) {
        BufferedImage image = new BufferedImage(640, 404, BufferedImage.TYPE_INT_RGB);
        Graphics2D pen = image.createGraphics();
        pen.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
        boolean back = name.equals("card-back");
        boolean receipt = name.equals("receipt");
        pen.setColor(receipt ? new Color(0xF4F1EA) : new Color(0xDDE6DC));
        pen.fillRect(0, 0, 640, 404);
        pen.setColor(receipt ? new Color(0xE6DFD0) : new Color(0xD6E0EA));
        pen.fillOval(260, -160, 560, 560);
        pen.setColor(new Color(0x8D99A8));
        pen.fillRoundRect(50, 50, back ? 540 : 300, 34, 8, 8);
        for (int row = 0; row < (receipt ? 6 : 3); row++) {
            pen.fillRoundRect(50, 120 + row * 44, back ? 500 - row * 70 : 260 - row * 20, 20, 6, 6);
        }
        pen.setColor(new Color(0xC8A94E));
        pen.fillRoundRect(50, 320, 190, 38, 8, 8);
        if (!back && !receipt) {
            pen.setColor(new Color(0xA9B5C6));
            pen.fillRoundRect(430, 110, 160, 220, 10, 10);
            pen.setColor(new Color(0x8D99A8));
            pen.fillOval(475, 145, 70, 70);
            pen.fillRoundRect(455, 230, 110, 100, 50, 50);
        }
        pen.dispose();
        try (ByteArrayOutputStream out = new ByteArrayOutputStream()) {
            if (!ImageIO.write(image, "jpeg", out)) {
                throw new IllegalStateException("This JDK writes no JPEG");
            }
            return out.toByteArray();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Art of our own in a sticker's place: LINE's is not ours to ship. Its colour goes by the number. */
    static byte[] sticker(String id) {
        BufferedImage image = new BufferedImage(148, 134, BufferedImage.TYPE_INT_ARGB);
        Graphics2D pen = image.createGraphics();
        pen.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
        pen.setColor(Color.getHSBColor(Math.floorMod(id.hashCode(), 360) / 360f, 0.35f, 0.9f));
        pen.fillOval(14, 7, 120, 120);
        pen.setColor(new Color(0x4A4A4A));
        pen.fillOval(50, 50, 12, 16);
        pen.fillOval(86, 50, 12, 16);
        pen.drawArc(52, 66, 44, 30, 200, 140);
        pen.dispose();
        try (ByteArrayOutputStream out = new ByteArrayOutputStream()) {
            ImageIO.write(image, "png", out);
            return out.toByteArray();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static byte[] mp4(String brand) {
        byte[] header = box("ftyp", (brand + "\0\0\0\1" + brand + "mp42").getBytes(StandardCharsets.ISO_8859_1));
        byte[] movie = box("moov", box("mvhd", new byte[100]));
        byte[] data = box("mdat", new byte[2048]);
        return ByteBuffer.allocate(header.length + movie.length + data.length)
                .put(header)
                .put(movie)
                .put(data)
                .array();
    }

    private static byte[] box(String type, byte[] body) {
        return ByteBuffer.allocate(8 + body.length)
                .putInt(8 + body.length)
                .put(type.getBytes(StandardCharsets.US_ASCII))
                .put(body)
                .array();
    }
}
