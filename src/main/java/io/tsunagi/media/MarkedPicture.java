package io.tsunagi.media;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.InputStream;
import java.util.Locale;
import java.util.Map;

/**
 * A picture as one person may see it: drawn anew from its pixels with words all over it that say whose eyes it was for, so
 * that a copy, however it was made, tells whom it came from. The words are in the bytes; no screen can leave them out.
 *
 * <p>Draws letters by itself: machines without fonts show the same. Letters and digits of ASCII, blanks and {@code . _ - :};
 * all else is left blank. Safe for many threads; at most two pictures are decoded at a time ({@link SentPicture}).
 */
final class MarkedPicture {
    private static final int LARGEST = 10 * 1024 * 1024;
    private static final int ROWS = 7;
    private static final int COLUMNS = 5;
    /** The words take so much of the picture's width, and each line of them so much of its height at most. */
    private static final double WIDTH = 0.62;

    private static final double HEIGHT = 0.05;
    private static final int LINES_APART = 4;
    private static final Color LIGHT = new Color(255, 255, 255, 120);
    private static final Color DARK = new Color(0, 0, 0, 120);

    /** Five columns a letter, the lowest bit on top. */
    private static final Map<Character, int[]> LETTERS = Map.ofEntries(
            letter('0', 0x3e, 0x51, 0x49, 0x45, 0x3e),
            letter('1', 0x00, 0x42, 0x7f, 0x40, 0x00),
            letter('2', 0x72, 0x49, 0x49, 0x49, 0x46),
            letter('3', 0x21, 0x41, 0x49, 0x4d, 0x33),
            letter('4', 0x18, 0x14, 0x12, 0x7f, 0x10),
            letter('5', 0x27, 0x45, 0x45, 0x45, 0x39),
            letter('6', 0x3c, 0x4a, 0x49, 0x49, 0x31),
            letter('7', 0x41, 0x21, 0x11, 0x09, 0x07),
            letter('8', 0x36, 0x49, 0x49, 0x49, 0x36),
            letter('9', 0x46, 0x49, 0x49, 0x29, 0x1e),
            letter('A', 0x7c, 0x12, 0x11, 0x12, 0x7c),
            letter('B', 0x7f, 0x49, 0x49, 0x49, 0x36),
            letter('C', 0x3e, 0x41, 0x41, 0x41, 0x22),
            letter('D', 0x7f, 0x41, 0x41, 0x41, 0x3e),
            letter('E', 0x7f, 0x49, 0x49, 0x49, 0x41),
            letter('F', 0x7f, 0x09, 0x09, 0x09, 0x01),
            letter('G', 0x3e, 0x41, 0x41, 0x51, 0x73),
            letter('H', 0x7f, 0x08, 0x08, 0x08, 0x7f),
            letter('I', 0x00, 0x41, 0x7f, 0x41, 0x00),
            letter('J', 0x20, 0x40, 0x41, 0x3f, 0x01),
            letter('K', 0x7f, 0x08, 0x14, 0x22, 0x41),
            letter('L', 0x7f, 0x40, 0x40, 0x40, 0x40),
            letter('M', 0x7f, 0x02, 0x1c, 0x02, 0x7f),
            letter('N', 0x7f, 0x04, 0x08, 0x10, 0x7f),
            letter('O', 0x3e, 0x41, 0x41, 0x41, 0x3e),
            letter('P', 0x7f, 0x09, 0x09, 0x09, 0x06),
            letter('Q', 0x3e, 0x41, 0x51, 0x21, 0x5e),
            letter('R', 0x7f, 0x09, 0x19, 0x29, 0x46),
            letter('S', 0x26, 0x49, 0x49, 0x49, 0x32),
            letter('T', 0x01, 0x01, 0x7f, 0x01, 0x01),
            letter('U', 0x3f, 0x40, 0x40, 0x40, 0x3f),
            letter('V', 0x1f, 0x20, 0x40, 0x20, 0x1f),
            letter('W', 0x3f, 0x40, 0x38, 0x40, 0x3f),
            letter('X', 0x63, 0x14, 0x08, 0x14, 0x63),
            letter('Y', 0x03, 0x04, 0x78, 0x04, 0x03),
            letter('Z', 0x61, 0x59, 0x49, 0x4d, 0x43),
            letter('.', 0x00, 0x60, 0x60, 0x00, 0x00),
            letter(':', 0x00, 0x36, 0x36, 0x00, 0x00),
            letter('-', 0x08, 0x08, 0x08, 0x08, 0x08),
            letter('_', 0x40, 0x40, 0x40, 0x40, 0x40));

    private MarkedPicture() {}

    private static Map.Entry<Character, int[]> letter(char letter, int... columns) {
        return Map.entry(letter, columns);
    }

    /**
     * Gives a picture as a JPEG with words over it.
     *
     * @param mark who sees it and when
     * @throws IOException in one sentence when it is no JPEG or PNG picture, is damaged, or has more pixels than allowed
     */
    static byte[] of(InputStream picture, String mark, long limitPixels) throws IOException {
        return SentPicture.decoding(() -> {
            BufferedImage image = SentPicture.upright(picture.readAllBytes(), limitPixels);
            Graphics2D pen = image.createGraphics();
            try {
                cover(pen, image.getWidth(), image.getHeight(), mark.toUpperCase(Locale.ROOT));
            } finally {
                pen.dispose();
            }
            return SentPicture.jpeg(image, LARGEST);
        });
    }

    private static void cover(Graphics2D pen, int width, int height, String words) {
        double dot = Math.max(1, Math.min(width * WIDTH / (words.length() * (COLUMNS + 1)), height * HEIGHT / ROWS));
        double length = words.length() * (COLUMNS + 1) * dot;
        double gap = length / 4;
        double apart = ROWS * dot * LINES_APART;
        int line = 0;
        for (double top = apart / 4; top < height; top += apart) {
            // Each line begins elsewhere, so that no column of the picture stays free.
            double left = -(line++ % 3) * (length + gap) / 3;
            for (; left < width; left += length + gap) {
                write(pen, words, left + dot / 2, top + dot / 2, dot, DARK);
                write(pen, words, left, top, dot, LIGHT);
            }
        }
    }

    private static void write(Graphics2D pen, String words, double left, double top, double dot, Color ink) {
        pen.setColor(ink);
        for (int i = 0; i < words.length(); i++) {
            int[] columns = LETTERS.get(words.charAt(i));
            for (int x = 0; columns != null && x < COLUMNS; x++) {
                for (int y = 0; y < ROWS; y++) {
                    if ((columns[x] >> y & 1) == 1) {
                        square(pen, left + (i * (COLUMNS + 1) + x) * dot, top + y * dot, dot);
                    }
                }
            }
        }
    }

    /** Neighbours share their edges: nothing overlaps and no gap is left. */
    private static void square(Graphics2D pen, double left, double top, double dot) {
        int x = (int) Math.floor(left);
        int y = (int) Math.floor(top);
        pen.fillRect(x, y, (int) Math.floor(left + dot) - x, (int) Math.floor(top + dot) - y);
    }
}
