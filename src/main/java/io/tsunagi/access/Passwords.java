package io.tsunagi.access;

import io.tsunagi.config.Secret;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Base64;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.bouncycastle.crypto.generators.Argon2BytesGenerator;
import org.bouncycastle.crypto.params.Argon2Parameters;

/**
 * Hashes and checks passwords with Argon2id (OWASP Password Storage Cheat Sheet: 19 MiB, 2 passes, 1 lane).
 *
 * <p>A check takes tens of milliseconds of one core and 19 MiB, so only a few run at a time; whoever signs in holds up nobody
 * who changes a password, as each has one of these. Never call it on an event loop. Safe for many threads.
 */
public final class Passwords {
    private static final int KILOBYTES = 19 * 1024;
    private static final Base64.Encoder ENCODER = Base64.getEncoder().withoutPadding();
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    private final SecureRandom random = new SecureRandom();

    private final Semaphore running;
    private final Duration patience;
    private final int kilobytes;
    private final String form;
    private final Pattern known;

    public Passwords() {
        this(KILOBYTES, Math.max(2, Runtime.getRuntime().availableProcessors()), PATIENCE);
    }

    /**
     * @param kilobytes what a hash costs; what is hashed at one cost is not known at another
     * @param atOnce how many checks run at a time
     * @param patience how long one more waits for that
     */
    Passwords(int kilobytes, int atOnce, Duration patience) {
        running = new Semaphore(atOnce, true);
        this.patience = patience;
        this.kilobytes = kilobytes;
        form = "$argon2id$v=19$m=" + kilobytes + ",t=2,p=1$";
        known = Pattern.compile(Pattern.quote(form) + "(?<salt>[A-Za-z0-9+/]{22})\\$(?<hash>[A-Za-z0-9+/]{43})");
    }

    /** What each of its hashes begins with. */
    String form() {
        return form;
    }

    /**
     * Nobody's hash, of a random password that was thrown away: checking a password of an unknown name against it costs
     * what a real check costs.
     */
    String nobodys() {
        return form + "YoQMQrr8ZbBHj5P1hYlgfw$RfPDSLON7jjD9TvoQZKpwKI95MIUFBoUt4Q4AKmMrpM";
    }

    /** Gives the hash with its parameters and a salt of its own, in the form the reference implementation of Argon2 prints. */
    String hash(Secret password) {
        byte[] salt = new byte[16];
        random.nextBytes(salt);
        return form + ENCODER.encodeToString(salt) + "$" + ENCODER.encodeToString(argon2id(password, salt));
    }

    private byte[] argon2id(Secret password, byte[] salt) {
        Argon2BytesGenerator argon2 = new Argon2BytesGenerator();
        argon2.init(new Argon2Parameters.Builder(Argon2Parameters.ARGON2_id)
                .withVersion(Argon2Parameters.ARGON2_VERSION_13)
                .withMemoryAsKB(kilobytes)
                .withIterations(2)
                .withParallelism(1)
                .withSalt(salt)
                .build());
        byte[] hash = new byte[32];
        argon2.generateBytes(password.reveal().getBytes(StandardCharsets.UTF_8), hash);
        return hash;
    }

    /**
     * Says whether the password belongs to the hash; {@code null} costs the same time and is always false.
     *
     * @throws BusyException when too many checks already wait
     * @throws IllegalArgumentException when the hash has another form than {@link #hash} gives
     */
    boolean match(Secret password, String hash) {
        if (password.reveal().length() > PasswordRule.MOST) {
            return false;
        }
        try {
            if (!running.tryAcquire(patience.toMillis(), TimeUnit.MILLISECONDS)) {
                throw new BusyException();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new BusyException();
        }
        try {
            Matcher parts = known.matcher(hash == null ? nobodys() : hash);
            if (!parts.matches()) {
                throw new IllegalArgumentException("A password's hash must begin with " + form);
            }
            byte[] salt = Base64.getDecoder().decode(parts.group("salt"));
            byte[] right = Base64.getDecoder().decode(parts.group("hash"));
            return MessageDigest.isEqual(argon2id(password, salt), right) && hash != null;
        } finally {
            running.release();
        }
    }

    /** Too many checks at the same moment. */
    static final class BusyException extends RuntimeException {
        BusyException() {
            super("Too many passwords are being checked");
        }
    }
}
