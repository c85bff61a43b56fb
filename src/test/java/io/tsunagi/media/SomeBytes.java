package io.tsunagi.media;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;

/** Files as small as their formats allow, made larger by what follows their header. */
final class SomeBytes {
    private SomeBytes() {}

    /** A PNG of this size in pixels whose picture is noise, as long as it takes for a length in bytes: 57 at least. */
    static byte[] png(int width, int height, int length) {
        ByteBuffer bytes = ByteBuffer.wrap(noise(Math.max(length, 57)));
        bytes.put(new byte[] {(byte) 0x89, 'P', 'N', 'G', 0x0d, 0x0a, 0x1a, 0x0a});
        bytes.putInt(13).put("IHDR".getBytes(StandardCharsets.US_ASCII));
        bytes.putInt(width).putInt(height);
        bytes.position(33);
        bytes.putInt(bytes.capacity() - 57).put("IDAT".getBytes(StandardCharsets.US_ASCII));
        bytes.position(bytes.capacity() - 12);
        bytes.putInt(0).put("IEND".getBytes(StandardCharsets.US_ASCII));
        return bytes.array();
    }

    /** A JPEG with a long first segment, as phones write it, before the segment that says its size. */
    static byte[] jpeg(int width, int height) {
        byte[] extra = new byte[60_000];
        return ByteBuffer.allocate(extra.length + 40)
                .put(new byte[] {(byte) 0xff, (byte) 0xd8, (byte) 0xff, (byte) 0xe1})
                .putShort((short) (extra.length + 2))
                .put(extra)
                .put(new byte[] {(byte) 0xff, (byte) 0xff, (byte) 0xc2, 0, 17, 8})
                .putShort((short) height)
                .putShort((short) width)
                .array();
    }

    static byte[] gif(int width, int height) {
        byte[] bytes = Arrays.copyOf("GIF89a".getBytes(StandardCharsets.US_ASCII), 40);
        bytes[6] = (byte) width;
        bytes[7] = (byte) (width >> 8);
        bytes[8] = (byte) height;
        bytes[9] = (byte) (height >> 8);
        return bytes;
    }

    static byte[] webp(String form, int... atOffset20) {
        byte[] bytes = Arrays.copyOf(("RIFF    WEBP" + form).getBytes(StandardCharsets.US_ASCII), 40);
        for (int i = 0; i < atOffset20.length; i++) {
            bytes[20 + i] = (byte) atOffset20[i];
        }
        return bytes;
    }

    static byte[] mp4(String brand) {
        return Arrays.copyOf(("\0\0\0\040ftyp" + brand).getBytes(StandardCharsets.ISO_8859_1), 64);
    }

    static byte[] text(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static byte[] noise(int length) {
        byte[] bytes = new byte[length];
        new Random(7).nextBytes(bytes);
        return bytes;
    }
}
