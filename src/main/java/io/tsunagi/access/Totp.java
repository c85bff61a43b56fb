package io.tsunagi.access;

import com.eatthepath.otp.TimeBasedOneTimePasswordGenerator;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.security.InvalidKeyException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.OptionalLong;
import javax.crypto.spec.SecretKeySpec;
import org.bouncycastle.util.encoders.Base32;

/**
 * Codes that change every 30 s (RFC 6238 with HMAC-SHA-1 and six digits, which every authenticator knows). Safe for many
 * threads.
 */
final class Totp {
    private static final int SECONDS = 30;
    private static final int DIGITS = 6;
    private static final int BYTES = 20;
    private static final TimeBasedOneTimePasswordGenerator CODES =
            new TimeBasedOneTimePasswordGenerator(Duration.ofSeconds(SECONDS), DIGITS);
    private static final SecureRandom RANDOM = new SecureRandom();

    /** A clock may be so many steps early or late (RFC 6238, 5.2). */
    private static final int DRIFT = 1;

    private Totp() {}

    /** Gives a fresh secret of 160 random bits, in base 32. */
    static String secret() {
        byte[] secret = new byte[BYTES];
        RANDOM.nextBytes(secret);
        return Base32.toBase32String(secret);
    }

    /** Gives the address that authenticators read: who issued it, whose it is, and the secret. */
    static String uri(String secret, String issuer, String name) {
        return "otpauth://totp/" + escaped(issuer) + ":" + escaped(name) + "?secret=" + secret + "&issuer="
                + escaped(issuer) + "&algorithm=SHA1&digits=" + DIGITS + "&period=" + SECONDS;
    }

    private static String escaped(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }

    /** Gives the step whose code this is, among those around now that came after a step. */
    static OptionalLong step(String secret, String code, Instant now, long after) {
        long here = now.getEpochSecond() / SECONDS;
        byte[] typed = code.getBytes(StandardCharsets.UTF_8);
        OptionalLong found = OptionalLong.empty();
        for (long step = here - DRIFT; step <= here + DRIFT; step++) {
            boolean same = MessageDigest.isEqual(code(secret, step).getBytes(StandardCharsets.UTF_8), typed);
            if (same && step > after) {
                found = OptionalLong.of(step);
            }
        }
        return found;
    }

    private static String code(String secret, long step) {
        return code(secret, Instant.ofEpochSecond(step * SECONDS));
    }

    /** Gives the code of a moment. */
    static String code(String secret, Instant at) {
        try {
            return CODES.generateOneTimePasswordString(
                    new SecretKeySpec(Base32.decode(secret), CODES.getAlgorithm()), at, Locale.ROOT);
        } catch (InvalidKeyException e) {
            throw new IllegalStateException("Every secret is a key of HMAC-SHA-1", e);
        }
    }
}
