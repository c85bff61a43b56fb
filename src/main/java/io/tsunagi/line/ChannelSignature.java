package io.tsunagi.line;

import io.tsunagi.config.Secret;
import io.tsunagi.line.LineAccounts.LineAccount;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Knows whether LINE signed a body for an account: the header {@code x-line-signature} is the Base64 of the body's
 * HMAC-SHA256 under the channel secret (Messaging API, "Verify webhook signature"). Safe for many threads.
 */
final class ChannelSignature {
    /** The Mac of one secret, a copy a thread: looking the algorithm up for every body would cost more than the hash. */
    private record Signer(ThreadLocal<Mac> mac, Instant until) {}

    private final List<Signer> signers;

    private ChannelSignature(List<Signer> signers) {
        this.signers = signers;
    }

    static ChannelSignature of(LineAccount account) {
        Signer current = signer(account.secret(), Instant.MAX);
        return new ChannelSignature(
                account.secretOld().isEmpty()
                        ? List.of(current)
                        : List.of(current, signer(account.secretOld(), account.secretOldUntil())));
    }

    private static Signer signer(Secret secret, Instant until) {
        SecretKeySpec key = new SecretKeySpec(secret.bytes(), "HmacSHA256");
        return new Signer(ThreadLocal.withInitial(() -> mac(key)), until);
    }

    private static Mac mac(SecretKeySpec key) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(key);
            return mac;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("Every JDK has HmacSHA256", e);
        }
    }

    /** Every secret in force is tried and every byte compared, so that the time tells nothing. */
    boolean signs(byte[] body, String signature, Instant now) {
        byte[] given = signature.getBytes(StandardCharsets.ISO_8859_1);
        boolean valid = false;
        for (Signer signer : signers) {
            if (now.isBefore(signer.until())) {
                byte[] right = Base64.getEncoder().encode(signer.mac().get().doFinal(body));
                valid |= MessageDigest.isEqual(right, given);
            }
        }
        return valid;
    }
}
