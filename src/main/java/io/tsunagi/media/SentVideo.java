package io.tsunagi.media;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A video as it is sent to a customer: an MP4 file whose picture and sound are as they were uploaded, while what a phone
 * wrote beside them (place, device, owner, time, tracks of measurements) is overwritten where it stands.
 *
 * @param width in pixels as it is shown, as {@code height}
 * @see <a href="https://developers.line.biz/en/reference/messaging-api/#video-message">Video message</a>
 * @see <a href="https://www.iso.org/standard/83102.html">ISO/IEC 14496-12, the boxes of the file</a>
 */
record SentVideo(int width, int height, byte[] bytes) {
    private static final Set<String> HOLD_BOXES =
            Set.of("moov", "trak", "mdia", "minf", "stbl", "edts", "mvex", "moof", "traf");
    private static final Set<String> TELL_MORE = Set.of("udta", "meta", "uuid", "free", "skip");
    /** What players look for in the file, the movie and a track; makers of cameras put boxes of their own beside these. */
    private static final Map<String, Set<String>> PLAYED = Map.of(
            "file", Set.of("ftyp", "styp", "pdin", "moov", "moof", "mdat", "mfra", "sidx", "ssix"),
            "moov", Set.of("mvhd", "trak", "mvex", "iods", "pssh"),
            "trak", Set.of("tkhd", "tref", "trgr", "edts", "tapt", "mdia"));

    private static final Set<String> DATED = Set.of("mvhd", "tkhd", "mdhd");
    /** Tracks hold tables five boxes down. */
    private static final int DEEPEST = 8;
    /** A film of hours in fragments of a second has fewer. */
    private static final int MOST_BOXES = 200_000;

    private static final Set<String> SHOWN = Set.of("vide", "soun");

    /**
     * Takes an uploaded video; its bytes are changed in place.
     *
     * @throws IOException in one sentence when it is no MP4 video, is damaged, or cannot be rid of what it tells
     */
    static SentVideo of(byte[] uploaded) throws IOException {
        FileKind.of("video", uploaded)
                .filter(kind -> kind.contentType().equals("video/mp4"))
                .orElseThrow(() -> new IOException("Only MP4 videos can be sent"));
        return new File(uploaded).read();
    }

    /** A box without its head: from here to there. */
    private record Box(String type, int head, int from, int to) {}

    private static final class File {
        private final ByteBuffer bytes;
        private int boxes;
        /** Samples and their tables lie in the file, each once: whoever wants more work than this means harm. */
        private long work;

        private boolean data;
        private boolean fragments;
        private boolean cut;
        private int width;
        private int height;

        private File(byte[] bytes) {
            this.bytes = ByteBuffer.wrap(bytes);
            this.work = 2L * bytes.length;
        }

        private SentVideo read() throws IOException {
            try {
                clean("file", boxes(0, bytes.capacity()), 0);
            } catch (IndexOutOfBoundsException | IllegalArgumentException | ArithmeticException e) {
                // Sizes and places that the file names lie outside of it.
                throw damaged();
            }
            if (!data || width < 1 || height < 1) {
                throw damaged();
            }
            if (fragments && cut) {
                throw new IOException("The video holds measurements that cannot be taken out: save it as a plain MP4");
            }
            return new SentVideo(width, height, bytes.array());
        }

        private static IOException damaged() {
            return new IOException("The video is damaged, or has no picture");
        }

        private List<Box> boxes(int from, int to) throws IOException {
            List<Box> found = new ArrayList<>();
            for (int at = from; at < to; ) {
                if (to - at < 8 || ++boxes > MOST_BOXES) {
                    throw damaged();
                }
                long size = Integer.toUnsignedLong(bytes.getInt(at));
                int head = 8;
                if (size == 1) {
                    size = bytes.getLong(at + 8);
                    head = 16;
                } else if (size == 0) {
                    size = to - at;
                }
                if (size < head || size > to - at) {
                    throw damaged();
                }
                found.add(new Box(text(at + 4), at, at + head, at + (int) size));
                at += (int) size;
            }
            return found;
        }

        private void clean(String outer, List<Box> inside, int depth) throws IOException {
            if (depth > DEEPEST) {
                throw damaged();
            }
            Set<String> played = PLAYED.get(outer);
            for (Box box : inside) {
                data |= box.type().equals("mdat");
                fragments |= box.type().equals("moof");
                if (TELL_MORE.contains(box.type()) || played != null && !played.contains(box.type())) {
                    blank(box);
                } else if (DATED.contains(box.type())) {
                    int sizeOfBoth = bytes.get(box.from()) == 1 ? 16 : 8;
                    zero(box.from() + 4, sizeOfBoth);
                } else if (box.type().equals("trak") && !isShown(box)) {
                    cutOut(box);
                } else if (HOLD_BOXES.contains(box.type())) {
                    clean(box.type(), boxes(box.from(), box.to()), depth + 1);
                }
            }
        }

        /** Whether a track is picture or sound; the first picture says how large the video is. */
        private boolean isShown(Box track) throws IOException {
            Map<String, Box> inside = named(track);
            Map<String, Box> medium = named(needed(inside, "mdia"));
            String kind = text(needed(medium, "hdlr").from() + 8);
            if (kind.equals("vide") && width == 0) {
                int end = needed(inside, "tkhd").to();
                // The transformation's first number is 0 when the phone was held upright.
                boolean sideways = bytes.getInt(end - 44) == 0;
                int first = bytes.getInt(end - 8) >>> 16;
                int second = bytes.getInt(end - 4) >>> 16;
                width = sideways ? second : first;
                height = sideways ? first : second;
            }
            return SHOWN.contains(kind);
        }

        /** Overwrites a track's samples, wherever they lie, and the track itself. */
        private void cutOut(Box track) throws IOException {
            cut = true;
            Map<String, Box> table = named(needed(named(needed(named(needed(named(track), "mdia")), "minf")), "stbl"));
            int sizes = needed(table, "stsz").from() + 4;
            int runs = needed(table, "stsc").from() + 4;
            boolean wide = table.containsKey("co64");
            int chunks = needed(table, wide ? "co64" : "stco").from() + 4;
            int sample = 0;
            int run = 0;
            for (int chunk = 0; chunk < bytes.getInt(chunks); chunk++) {
                spend(1);
                while (run + 1 < bytes.getInt(runs) && bytes.getInt(runs + 4 + (run + 1) * 12) <= chunk + 1) {
                    spend(1);
                    run++;
                }
                long at = wide
                        ? bytes.getLong(chunks + 4 + chunk * 8)
                        : Integer.toUnsignedLong(bytes.getInt(chunks + 4 + chunk * 4));
                for (int i = 0; i < bytes.getInt(runs + 4 + run * 12 + 4); i++, sample++) {
                    int each = bytes.getInt(sizes);
                    int size = each != 0 ? each : bytes.getInt(sizes + 8 + sample * 4);
                    spend(Math.max(1, size));
                    zero(Math.toIntExact(at), size);
                    at += size;
                }
            }
            blank(track);
        }

        private void spend(int some) throws IOException {
            work -= some;
            if (work < 0) {
                throw damaged();
            }
        }

        private Map<String, Box> named(Box outer) throws IOException {
            Map<String, Box> named = new LinkedHashMap<>();
            for (Box box : boxes(outer.from(), outer.to())) {
                named.putIfAbsent(box.type(), box);
            }
            return named;
        }

        private static Box needed(Map<String, Box> boxes, String type) throws IOException {
            Box box = boxes.get(type);
            if (box == null) {
                throw damaged();
            }
            return box;
        }

        private void blank(Box box) {
            zero(box.from(), box.to() - box.from());
            bytes.put(box.head() + 4, "free".getBytes(StandardCharsets.US_ASCII));
        }

        private void zero(int from, int length) {
            Arrays.fill(bytes.array(), from, Math.addExact(from, length), (byte) 0);
        }

        private String text(int at) {
            byte[] four = new byte[4];
            bytes.get(at, four);
            return new String(four, StandardCharsets.ISO_8859_1);
        }
    }

    @Override
    public String toString() {
        return "SentVideo[" + width + "×" + height + "]";
    }
}
