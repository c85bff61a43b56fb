package io.tsunagi.store;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.UUID;

/**
 * Derives ids from what causes them (UUID version 5, RFC 9562), so that the same cause always makes the same row and a
 * repeated insert changes nothing.
 */
public final class Ids {
    private static final UUID ROOT = UUID.fromString("6f1f7f5e-2f0b-5c5a-9b53-7a1d0c6f2a11");

    /** Holds the root already; cloned for each id, which is cheaper than looking the algorithm up. */
    private static final MessageDigest SEED = seed();

    private Ids() {}

    private static MessageDigest seed() {
        try {
            MessageDigest sha1 = MessageDigest.getInstance("SHA-1");
            sha1.update(ByteBuffer.allocate(16)
                    .putLong(ROOT.getMostSignificantBits())
                    .putLong(ROOT.getLeastSignificantBits())
                    .array());
            return sha1;
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every JDK has SHA-1", e);
        }
    }

    /** Gives the id that these parts always have, in this order. */
    public static UUID derived(Object... parts) {
        MessageDigest sha1;
        try {
            sha1 = (MessageDigest) SEED.clone();
        } catch (CloneNotSupportedException e) {
            throw new IllegalStateException("The JDK's SHA-1 can be cloned", e);
        }
        for (Object part : parts) {
            byte[] bytes = part.toString().getBytes(StandardCharsets.UTF_8);
            sha1.update(ByteBuffer.allocate(4).putInt(bytes.length).array());
            sha1.update(bytes);
        }
        ByteBuffer hash = ByteBuffer.wrap(sha1.digest());
        long high = hash.getLong() & 0xffffffffffff0fffL | 0x5000L;
        long low = hash.getLong() & 0x3fffffffffffffffL | 0x8000000000000000L;
        return new UUID(high, low);
    }

    /** Names the lane of a customer, a group or room, or an account itself ({@code source} = the account's name). */
    public static UUID lane(String account, String kind, String source) {
        return derived("lane", account, kind, source);
    }
}
