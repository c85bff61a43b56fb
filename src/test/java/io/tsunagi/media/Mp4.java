package io.tsunagi.media;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Writes MP4 files as a phone does, box by box; their pictures are noise. */
public final class Mp4 {
    /** Where it was recorded, when, and how the phone was held at each moment: nobody's business. */
    public static final String PLACE = "+35.6586+139.7454/";

    public static final int RECORDED = 0x12345678;
    public static final String MEASURED = "MEASURED";

    private final List<byte[]> tracks = new ArrayList<>();
    private final ByteArrayOutputStream samples = new ByteArrayOutputStream();
    private boolean fragments;

    /** A video of 640×360 with sound, a place, and a track of measurements, in a file of at least so many bytes. */
    public static byte[] ofPhone(int length) {
        return new Mp4().picture(640, 360, false, length).sound().measurements().file();
    }

    public static byte[] box(String type, byte[]... parts) {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            body.writeBytes(part);
        }
        return ByteBuffer.allocate(8 + body.size())
                .putInt(8 + body.size())
                .put(type.getBytes(StandardCharsets.ISO_8859_1))
                .put(body.toByteArray())
                .array();
    }

    static byte[] ints(int... values) {
        ByteBuffer bytes = ByteBuffer.allocate(4 * values.length);
        for (int value : values) {
            bytes.putInt(value);
        }
        return bytes.array();
    }

    static byte[] text(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    Mp4 picture(int width, int height, boolean sideways, int length) {
        byte[] noise = new byte[length];
        new java.util.Random(length).nextBytes(noise);
        return track("vide", width, height, sideways, noise, noise.length);
    }

    Mp4 sound() {
        return track("soun", 0, 0, false, text("SOUNDSOUND"), 5);
    }

    Mp4 measurements() {
        return track("meta", 0, 0, false, text(MEASURED + MEASURED), MEASURED.length());
    }

    Mp4 inFragments() {
        fragments = true;
        return this;
    }

    /** Samples of equal size, all in one chunk; where it begins in the file is known at the end. */
    private Mp4 track(String kind, int width, int height, boolean sideways, byte[] data, int each) {
        int[] turn = sideways
                ? new int[] {0, 1 << 16, 0, -1 << 16, 0, 0, 0, 0, 1 << 30}
                : new int[] {1 << 16, 0, 0, 0, 1 << 16, 0, 0, 0, 1 << 30};
        byte[] head = box(
                "tkhd", ints(0, RECORDED, RECORDED, 1, 0, 0, 0, 0, 0, 0), ints(turn), ints(width << 16, height << 16));
        byte[] table = box(
                "stbl",
                box("stsz", ints(0, each, data.length / each)),
                box("stsc", ints(0, 1, 1, data.length / each, 1)),
                box("stco", ints(0, 1, samples.size())));
        tracks.add(box(
                "trak",
                head,
                box(
                        "mdia",
                        box("mdhd", ints(0, RECORDED, RECORDED, 1000, 1000, 0)),
                        box("hdlr", ints(0, 0), text(kind), ints(0, 0, 0, 0)),
                        box("minf", table))));
        samples.writeBytes(data);
        return this;
    }

    byte[] file() {
        byte[] begin = box("ftyp", text("isom"), ints(0), text("isommp42"));
        byte[] data = box("mdat", samples.toByteArray());
        for (byte[] track : tracks) {
            // The chunk's place is the last number of the track.
            ByteBuffer bytes = ByteBuffer.wrap(track);
            bytes.putInt(track.length - 4, bytes.getInt(track.length - 4) + begin.length + 8);
        }
        byte[] movie = box(
                "moov",
                box("mvhd", ints(0, RECORDED, RECORDED, 1000, 1000)),
                box("udta", box("\u00a9xyz", text(PLACE))),
                join(tracks));
        byte[] end = fragments ? box("moof", box("mfhd", ints(0, 1))) : new byte[0];
        return join(List.of(begin, data, movie, end, box("uuid", text("0123456789abcdef"), text(PLACE))));
    }

    static byte[] join(List<byte[]> parts) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        parts.forEach(all::writeBytes);
        return all.toByteArray();
    }
}
