package io.tsunagi.sandbox.line;

import java.security.SecureRandom;
import java.time.Clock;
import java.util.HexFormat;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Makes ids of the shapes LINE uses. They stay unique over restarts of the simulator, because a hub may keep its
 * database meanwhile. Safe for many threads.
 */
final class Ids {
    private static final char[] CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ".toCharArray();
    private static final String TOKEN_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";
    private static final long MESSAGE_EPOCH = 1_300_000_000_000L;

    private final SecureRandom random = new SecureRandom();
    private final Clock clock;
    private final AtomicLong lastMessage = new AtomicLong();

    Ids(Clock clock) {
        this.clock = clock;
    }

    /** A ULID: 48 bits of milliseconds, 80 random bits. */
    String event() {
        char[] ulid = new char[26];
        long millis = clock.millis();
        for (int i = 9; i >= 0; i--) {
            ulid[i] = CROCKFORD[(int) (millis & 31)];
            millis >>>= 5;
        }
        for (int i = 10; i < 26; i++) {
            ulid[i] = CROCKFORD[random.nextInt(32)];
        }
        return new String(ulid);
    }

    /** A message id: 18 digits, rising. */
    String message() {
        long now = (clock.millis() - MESSAGE_EPOCH) << 20 | random.nextInt(1 << 20);
        return Long.toString(lastMessage.accumulateAndGet(now, (last, next) -> Math.max(last + 1, next)));
    }

    /** 32 hexadecimal digits, the shape of a reply token and of the part of a user id after its letter. */
    String hex() {
        byte[] bytes = new byte[16];
        random.nextBytes(bytes);
        return HexFormat.of().formatHex(bytes);
    }

    /** A longer opaque token, as used for quoting, marking as read and linking. */
    String token(int length) {
        StringBuilder token = new StringBuilder(length);
        for (int i = 0; i < length; i++) {
            token.append(TOKEN_LETTERS.charAt(random.nextInt(TOKEN_LETTERS.length())));
        }
        return token.toString();
    }
}
