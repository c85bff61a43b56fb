package io.tsunagi.media;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;

/**
 * What bytes are, by their own first bytes; what LINE or a phone calls them is not asked.
 *
 * @param contentType one of a short list the hub itself makes, so that nothing a browser would run is ever named
 * @param width in pixels, read from the picture's header without decoding it; null when unknown
 */
record FileKind(String contentType, Integer width, Integer height) {
    /** As much of the beginning as is looked at: a phone's JPEG may carry a preview and colours before its size. */
    static final int HEAD = 256 * 1024;

    /** As much of a chunk of WebP as says the picture's size. */
    static final int WEBP_SIZE = 10;

    private static final FileKind UNKNOWN = new FileKind("application/octet-stream", null, null);

    FileKind(String contentType) {
        this(contentType, null, null);
    }

    /** 0 when unknown. */
    long pixels() {
        if (width == null) {
            return 0;
        }
        long pixels = Integer.toUnsignedLong(width) * Integer.toUnsignedLong(height);
        return pixels < 0 ? Long.MAX_VALUE : pixels;
    }

    /**
     * Recognises bytes, if they are what the message says.
     *
     * @param kind {@code image}, {@code video}, {@code audio}, or {@code file}, which may be anything
     * @param head the first {@link #HEAD} bytes, fewer when there are no more
     */
    static Optional<FileKind> of(String kind, byte[] head) {
        FileKind found = recognise(new Head(head));
        return switch (kind) {
            case "image" -> Optional.of(found).filter(f -> f.contentType.startsWith("image/"));
            case "video" -> Optional.of(found).filter(f -> f.contentType.startsWith("video/"));
            case "audio" ->
                // A recording in an MP4 file without a brand of its own looks like a video.
                found.contentType.equals("video/mp4")
                        ? Optional.of(new FileKind("audio/mp4"))
                        : Optional.of(found).filter(f -> f.contentType.startsWith("audio/"));
            default -> Optional.of(found);
        };
    }

    private static FileKind recognise(Head head) {
        if (head.is(0, 0xff, 0xd8, 0xff)) {
            return jpeg(head);
        }
        if (head.is(0, 0x89, 'P', 'N', 'G', 0x0d, 0x0a, 0x1a, 0x0a) && head.text(12, "IHDR") && head.has(24)) {
            return new FileKind("image/png", head.big(16, 4), head.big(20, 4));
        }
        if ((head.text(0, "GIF87a") || head.text(0, "GIF89a")) && head.has(10)) {
            return new FileKind("image/gif", head.little(6, 2), head.little(8, 2));
        }
        if (head.text(0, "RIFF") && head.text(8, "WEBP")) {
            int length = head.bytes.length;
            byte[] content = Arrays.copyOfRange(head.bytes, Math.min(20, length), Math.min(20 + WEBP_SIZE, length));
            return webp(new String(head.bytes, 12, Math.min(4, length - 12), StandardCharsets.ISO_8859_1), content);
        }
        if (head.text(4, "ftyp")) {
            return brand(head);
        }
        if (head.text(0, "ID3") || head.is(0, 0xff, 0xfb) || head.is(0, 0xff, 0xf3) || head.is(0, 0xff, 0xf2)) {
            return new FileKind("audio/mpeg");
        }
        if (head.text(0, "%PDF-")) {
            return new FileKind("application/pdf");
        }
        if (head.is(0, 'P', 'K', 3, 4)) {
            return new FileKind("application/zip");
        }
        return UNKNOWN;
    }

    /** ISO/IEC 14496-12: the major brand says which of the family it is. */
    private static FileKind brand(Head head) {
        if (head.text(8, "M4A") || head.text(8, "M4B")) {
            return new FileKind("audio/mp4");
        }
        if (head.text(8, "qt  ")) {
            return new FileKind("video/quicktime");
        }
        if (head.text(8, "3gp")) {
            return new FileKind("video/3gpp");
        }
        for (String brand : new String[] {"isom", "iso", "mp4", "avc1", "M4V", "MSNV", "dash"}) {
            if (head.text(8, brand)) {
                return new FileKind("video/mp4");
            }
        }
        return UNKNOWN;
    }

    /** ITU-T T.81 annex B: segments with their length, until a start of frame says the size. */
    private static FileKind jpeg(Head head) {
        int at = 2;
        while (head.has(at + 9)) {
            int marker = head.at(at + 1);
            // Decoders pass over what stands where a marker must, so that it hides no size from them.
            if (head.at(at) != 0xff || marker == 0xff) {
                at++;
            } else if (marker <= 0x01 || marker >= 0xd0 && marker <= 0xd8) {
                at += 2;
            } else if (startsFrame(marker)) {
                return new FileKind("image/jpeg", head.big(at + 7, 2), head.big(at + 5, 2));
            } else if (marker == 0xda || marker == 0xd9) {
                break;
            } else {
                at += 2 + head.big(at + 2, 2);
            }
        }
        return new FileKind("image/jpeg");
    }

    /** Whether a JPEG's marker is one of a frame, whose header says the size (ITU-T T.81, table B.1). */
    static boolean startsFrame(int marker) {
        return marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc;
    }

    /**
     * The WebP container's three forms: extended, lossy (RFC 6386, 9.1), lossless.
     *
     * @param chunk its name
     * @param content the first {@link #WEBP_SIZE} bytes behind name and length, fewer when there are no more
     */
    static FileKind webp(String chunk, byte[] content) {
        Head head = new Head(content);
        if (chunk.equals("VP8X") && head.has(10)) {
            return new FileKind("image/webp", head.little(4, 3) + 1, head.little(7, 3) + 1);
        }
        if (chunk.equals("VP8 ") && head.has(10)) {
            return new FileKind("image/webp", head.little(6, 2) & 0x3fff, head.little(8, 2) & 0x3fff);
        }
        if (chunk.equals("VP8L") && head.has(5)) {
            int sizes = head.little(1, 4);
            return new FileKind("image/webp", (sizes & 0x3fff) + 1, (sizes >>> 14 & 0x3fff) + 1);
        }
        return new FileKind("image/webp");
    }

    private record Head(byte[] bytes) {
        boolean has(int count) {
            return bytes.length >= count;
        }

        int at(int index) {
            return bytes[index] & 0xff;
        }

        boolean is(int from, int... expected) {
            if (!has(from + expected.length)) {
                return false;
            }
            for (int i = 0; i < expected.length; i++) {
                if (at(from + i) != expected[i]) {
                    return false;
                }
            }
            return true;
        }

        boolean text(int from, String expected) {
            return has(from + expected.length())
                    && new String(bytes, from, expected.length(), StandardCharsets.ISO_8859_1).equals(expected);
        }

        int big(int from, int count) {
            int value = 0;
            for (int i = 0; i < count; i++) {
                value = value << 8 | at(from + i);
            }
            return value;
        }

        int little(int from, int count) {
            int value = 0;
            for (int i = count - 1; i >= 0; i--) {
                value = value << 8 | at(from + i);
            }
            return value;
        }
    }
}
