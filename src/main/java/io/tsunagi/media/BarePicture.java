package io.tsunagi.media;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Set;
import java.util.zip.CRC32;

/**
 * Copies a picture without what phones and programs write into it beside its pixels: place, device, times, persons, embedded
 * previews, what follows its end. The pixels are not decoded; colours, and how the camera was held, stay. What stands where
 * the format allows nothing is left out, and what is cut off ends where it is cut off, so that no damage takes anything past.
 *
 * <p>Reads the picture as it comes, in one pass, and holds 128 KB of it at most: what was read last, and a segment.
 */
final class BarePicture {
    private static final int MOST = 64 * 1024;
    private static final int NO_END = -1;

    /** Ancillary chunks that say how pixels look (PNG, third edition, 11.3; animations too). */
    private static final Set<String> PNG_KEPT = Set.of(
            "IHDR", "PLTE", "IDAT", "IEND", "tRNS", "cHRM", "gAMA", "iCCP", "sBIT", "sRGB", "cICP", "mDCV", "cLLI",
            "bKGD", "hIST", "pHYs", "acTL", "fcTL", "fdAT");

    private static final Set<String> WEBP_KEPT = Set.of("VP8 ", "VP8L", "VP8X", "ALPH", "ANIM", "ANMF", "ICCP");
    /** VP8X says by this bit that there is XMP. */
    private static final int WEBP_XMP = 0x04;

    private final InputStream in;
    private final OutputStream out;
    private final long limitPixels;
    private final byte[] block = new byte[MOST];
    private int at;
    private int end;
    private long written;
    private FileKind kind;

    private BarePicture(FileKind kind, long limitPixels, InputStream in, OutputStream out) {
        this.kind = kind;
        this.limitPixels = limitPixels;
        this.in = in;
        this.out = out;
    }

    /**
     * What was written.
     *
     * @param kind with the size that stands in what was written, whatever its beginning let expect; of a kind that is not
     *     looked into, as it was given
     * @param size in bytes
     */
    record Copy(FileKind kind, long size) {}

    /**
     * Copies bytes, those of JPEG, PNG and WebP without what is beside the pixels. Reads all there are.
     *
     * @param kind as {@link FileKind} recognised it
     * @param limitPixels the most pixels that any size in what is written may come to
     * @throws TooManyPixels when there are more; what was written until then is to be thrown away
     */
    static Copy copy(FileKind kind, long limitPixels, InputStream in, OutputStream out) throws IOException {
        FileKind unknown = new FileKind(kind.contentType());
        return switch (kind.contentType()) {
            case "image/jpeg" -> new BarePicture(unknown, limitPixels, in, out).copy(BarePicture::jpeg);
            case "image/png" -> new BarePicture(unknown, limitPixels, in, out).copy(BarePicture::png);
            case "image/webp" -> new BarePicture(unknown, limitPixels, in, out).copy(BarePicture::webp);
            default -> new Copy(kind, in.transferTo(out));
        };
    }

    private Copy copy(Format format) throws IOException {
        try {
            format.copy(this);
            while (fill()) {
                // What follows the end is read, so that whoever scans it sees all of it.
            }
        } catch (CutOff e) {
            // What ends before its own length says goes as far as it was copied.
            return new Copy(kind, written);
        }
        return new Copy(kind, written);
    }

    /** Takes a size that is about to be written; the first counts, and one of no pixels says nothing. */
    private void size(int width, int height) throws TooManyPixels {
        FileKind sized = new FileKind(kind.contentType(), width, height);
        if (sized.pixels() > limitPixels) {
            throw new TooManyPixels(sized.pixels());
        }
        if (sized.pixels() > 0 && kind.width() == null) {
            kind = sized;
        }
    }

    /** ITU-T T.81, annex B: markers, most with a length, and after a start of scan data in which FF is followed by 00. */
    private void jpeg() throws IOException {
        write(bytes(2));
        boolean held = false;
        int width = 0;
        int marker = nextMarker();
        while (marker != NO_END && marker != 0xd9) {
            if (marker >= 0xd0 && marker <= 0xd8 || marker <= 0x01) {
                marker = nextMarker();
                continue;
            }
            int length = number(bytes(2), 0, 2, false);
            if (length < 2) {
                return;
            }
            byte[] content = bytes(length - 2);
            if (FileKind.startsFrame(marker) && content.length >= 5) {
                width = number(content, 3, 2, false);
                size(width, number(content, 1, 2, false));
            } else if (marker == 0xdc && content.length >= 2) {
                // A frame may leave its height to what follows its first scan (B.2.5).
                size(width, number(content, 0, 2, false));
            }
            if (marker == 0xe1 && !held && starts(content, "Exif\0\0")) {
                held = true;
                int orientation = SentPicture.orientation(content, 6, content.length);
                if (orientation >= 2 && orientation <= 8) {
                    segment(marker, joined("Exif\0\0".getBytes(StandardCharsets.US_ASCII), tiff(orientation)));
                }
            } else if (marker == 0xe0 && starts(content, "JFIF\0") && content.length >= 14) {
                byte[] withoutPreview = Arrays.copyOf(content, 14);
                withoutPreview[12] = 0;
                withoutPreview[13] = 0;
                segment(marker, withoutPreview);
            } else if (marker >= 0xc0 && marker <= 0xcf
                    || marker >= 0xda && marker <= 0xdf
                    || marker == 0xe2 && starts(content, "ICC_PROFILE\0")
                    || marker == 0xee && starts(content, "Adobe")) {
                segment(marker, content);
            }
            marker = marker == 0xda ? scan() : nextMarker();
        }
        if (marker == 0xd9) {
            write(new byte[] {(byte) 0xff, (byte) 0xd9});
        }
    }

    private void segment(int marker, byte[] content) throws IOException {
        int length = content.length + 2;
        write(new byte[] {(byte) 0xff, (byte) marker, (byte) (length >> 8), (byte) length});
        write(content);
    }

    /**
     * Copies the data of a scan; gives the marker that ends it. What the standard leaves without a meaning (table B.1) ends
     * none: it is a damage, behind which decoders go on at the next restart.
     */
    private int scan() throws IOException {
        int from = at;
        while (true) {
            if (at == end) {
                write(block, from, at - from);
                if (!fill()) {
                    return NO_END;
                }
                from = at;
            }
            if (block[at++] != (byte) 0xff) {
                continue;
            }
            write(block, from, at - 1 - from);
            int next = read();
            while (next == 0xff) {
                next = read();
            }
            if (next == NO_END || next >= 0xc0 && (next < 0xd0 || next > 0xd7)) {
                return next;
            }
            write(new byte[] {(byte) 0xff, (byte) next});
            from = at;
        }
    }

    private int nextMarker() throws IOException {
        int next = read();
        while (next != NO_END && next != 0xff) {
            next = read();
        }
        while (next == 0xff) {
            next = read();
        }
        return next;
    }

    /** Chunks with their length, name, content and check. */
    private void png() throws IOException {
        write(bytes(8));
        String name = "";
        while (!name.equals("IEND")) {
            byte[] head = bytes(8);
            int length = number(head, 0, 4, false);
            name = new String(head, 4, 4, StandardCharsets.ISO_8859_1);
            if (length < 0) {
                return;
            }
            if (name.equals("IHDR") && length >= 8) {
                byte[] size = bytes(8);
                size(number(size, 0, 4, false), number(size, 4, 4, false));
                write(head);
                write(size);
                pass(length - 8 + 4L, true);
            } else if (PNG_KEPT.contains(name)) {
                write(head);
                pass(length + 4L, true);
            } else if (name.equals("eXIf")) {
                byte[] exif = bytes(Math.min(length, MOST));
                pass(length - exif.length + 4L, false);
                int orientation = SentPicture.orientation(exif, 0, exif.length);
                if (orientation >= 2 && orientation <= 8) {
                    chunk(head, tiff(orientation));
                }
            } else {
                pass(length + 4L, false);
            }
        }
    }

    private void chunk(byte[] head, byte[] content) throws IOException {
        CRC32 check = new CRC32();
        check.update(head, 4, 4);
        check.update(content);
        write(ByteBuffer.allocate(content.length + 12)
                .putInt(content.length)
                .put(head, 4, 4)
                .put(content)
                .putInt((int) check.getValue())
                .array());
    }

    /** RIFF says its whole size first, so what is left out keeps its place, as zeros under a name that readers pass over. */
    private void webp() throws IOException {
        byte[] riff = bytes(12);
        write(riff);
        long left = Integer.toUnsignedLong(number(riff, 4, 4, true)) - 4;
        while (left >= 8) {
            byte[] head = bytes(8);
            long size = Integer.toUnsignedLong(number(head, 4, 4, true));
            long whole = Math.min(size + (size & 1), left - 8);
            String name = new String(head, 0, 4, StandardCharsets.ISO_8859_1);
            if (WEBP_KEPT.contains(name)) {
                byte[] first = bytes((int) Math.min(whole, FileKind.WEBP_SIZE));
                FileKind sized = FileKind.webp(name, first);
                if (sized.width() != null) {
                    size(sized.width(), sized.height());
                }
                if (name.equals("VP8X") && whole >= 1) {
                    first[0] &= ~WEBP_XMP;
                }
                write(head);
                write(first);
                pass(whole - first.length, true);
            } else if (name.equals("EXIF") && whole >= 26) {
                byte[] exif = bytes((int) Math.min(whole, MOST));
                pass(whole - exif.length, false);
                int tiff = starts(exif, "Exif\0\0") ? 6 : 0;
                write(head);
                write(tiff(Math.max(1, SentPicture.orientation(exif, tiff, exif.length))));
                zeros(whole - 26);
            } else {
                pass(whole, false);
                write("JUNK".getBytes(StandardCharsets.US_ASCII));
                write(head, 4, 4);
                zeros(whole);
            }
            left -= 8 + whole;
        }
        if (left > 0) {
            pass(left, false);
            zeros(left);
        }
    }

    /** TIFF 6.0, big-endian: one directory of one entry, the tag 0x0112. */
    private static byte[] tiff(int orientation) {
        return ByteBuffer.allocate(26)
                .order(ByteOrder.BIG_ENDIAN)
                .put(new byte[] {'M', 'M'})
                .putShort((short) 42)
                .putInt(8)
                .putShort((short) 1)
                .putShort((short) 0x0112)
                .putShort((short) 3)
                .putInt(1)
                .putShort((short) orientation)
                .putShort((short) 0)
                .putInt(0)
                .array();
    }

    private static byte[] joined(byte[] one, byte[] other) {
        ByteArrayOutputStream both = new ByteArrayOutputStream();
        both.writeBytes(one);
        both.writeBytes(other);
        return both.toByteArray();
    }

    private static boolean starts(byte[] bytes, String with) {
        byte[] expected = with.getBytes(StandardCharsets.US_ASCII);
        return bytes.length >= expected.length
                && Arrays.equals(bytes, 0, expected.length, expected, 0, expected.length);
    }

    private static int number(byte[] bytes, int from, int count, boolean little) {
        return SentPicture.number(bytes, from, count, little);
    }

    private boolean fill() throws IOException {
        at = 0;
        int count = in.read(block);
        while (count == 0) {
            count = in.read(block);
        }
        end = Math.max(0, count);
        return count > 0;
    }

    private int read() throws IOException {
        return at < end || fill() ? block[at++] & 0xff : NO_END;
    }

    /** @throws CutOff when there are fewer */
    private byte[] bytes(int count) throws IOException {
        byte[] bytes = new byte[count];
        int have = 0;
        while (have < count) {
            if (at == end && !fill()) {
                throw new CutOff();
            }
            int some = Math.min(count - have, end - at);
            System.arraycopy(block, at, bytes, have, some);
            at += some;
            have += some;
        }
        return bytes;
    }

    private void pass(long count, boolean copy) throws IOException {
        long left = count;
        while (left > 0) {
            if (at == end && !fill()) {
                throw new CutOff();
            }
            int some = (int) Math.min(left, end - at);
            if (copy) {
                write(block, at, some);
            }
            at += some;
            left -= some;
        }
    }

    private void zeros(long count) throws IOException {
        byte[] zeros = new byte[(int) Math.min(count, MOST)];
        for (long left = count; left > 0; left -= zeros.length) {
            write(zeros, 0, (int) Math.min(left, zeros.length));
        }
    }

    private void write(byte[] bytes) throws IOException {
        write(bytes, 0, bytes.length);
    }

    private void write(byte[] bytes, int from, int count) throws IOException {
        out.write(bytes, from, count);
        written += count;
    }

    private interface Format {
        void copy(BarePicture picture) throws IOException;
    }

    /** Whoever shows the picture would have to hold more than is allowed. */
    static final class TooManyPixels extends IOException {
        private TooManyPixels(long pixels) {
            super(pixels + " pixels");
        }
    }

    /** There are fewer bytes than the picture says; whoever gives them has said that it is all of them. */
    private static final class CutOff extends IOException {}
}
