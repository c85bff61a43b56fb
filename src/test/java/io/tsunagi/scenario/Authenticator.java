package io.tsunagi.scenario;

import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.time.Instant;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.bouncycastle.util.encoders.Base32;

/** The app on somebody's phone that shows codes (RFC 6238). It shows each once: a second look is for the next one. */
final class Authenticator {
    private final SecretKeySpec key;
    private long shown;

    /** @param secret as it is shown, in groups of letters */
    Authenticator(String secret) {
        key = new SecretKeySpec(Base32.decode(secret.replaceAll("\\s", "")), "HmacSHA1");
    }

    /** Gives a code that was not shown before: that of now, or the next one, which is taken half a minute early. */
    String next() {
        shown = Math.max(Instant.now().getEpochSecond() / 30, shown + 1);
        try {
            Mac mac = Mac.getInstance("HmacSHA1");
            mac.init(key);
            byte[] hash = mac.doFinal(ByteBuffer.allocate(8).putLong(shown).array());
            int number = ByteBuffer.wrap(hash).getInt(hash[19] & 15) & Integer.MAX_VALUE;
            return "%06d".formatted(number % 1_000_000);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }
}
