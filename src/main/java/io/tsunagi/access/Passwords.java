package io.tsunagi.access;

import com.password4j.Argon2Function;
import com.password4j.Password;
import com.password4j.types.Argon2;
import io.tsunagi.config.Secret;
import io.tsunagi.config.SettingsException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * Hashes and checks passwords with Argon2id (OWASP Password Storage Cheat Sheet: 19 MiB, 2 passes, 1 lane).
 *
 * <p>A check takes tens of milliseconds of one core and 19 MiB, so only a few run at a time; never call it on an event
 * loop. Safe for many threads.
 */
final class Passwords {
    private static final int LEAST = 15;
    private static final int MOST = 200;
    private static final Argon2Function ARGON2 = Argon2Function.getInstance(19 * 1024, 2, 1, 32, Argon2.ID);
    private static final long PATIENCE_SECONDS = 5;

    private final Semaphore running =
            new Semaphore(Math.max(2, Runtime.getRuntime().availableProcessors()), true);

    /**
     * Nobody's hash, of a random password that was thrown away: checking a password of an unknown name against it costs
     * what a real check costs. Its parameters are those of {@link #ARGON2}.
     */
    static final String NOBODYS =
            "$argon2id$v=19$m=19456,t=2,p=1$YoQMQrr8ZbBHj5P1hYlgfw$RfPDSLON7jjD9TvoQZKpwKI95MIUFBoUt4Q4AKmMrpM";

    String hash(Secret password) {
        return Password.hash(password.reveal()).addRandomSalt(16).with(ARGON2).getResult();
    }

    /**
     * Says whether the password belongs to the hash; {@code null} costs the same time and is always false.
     *
     * @throws BusyException when too many checks already wait
     */
    boolean match(Secret password, String hash) {
        if (password.reveal().length() > MOST) {
            return false;
        }
        try {
            if (!running.tryAcquire(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                throw new BusyException();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new BusyException();
        }
        try {
            boolean same = Password.check(password.reveal(), hash == null ? NOBODYS : hash)
                    .with(ARGON2);
            return same && hash != null;
        } finally {
            running.release();
        }
    }

    /** PCI DSS v4.0.1, 8.3.6 asks for 12 characters with letters and digits; the hub for 15. */
    static void refuseWeak(String key, Secret password) {
        String text = password.reveal();
        boolean mixed =
                text.chars().anyMatch(Character::isLetter) && text.chars().anyMatch(Character::isDigit);
        if (text.length() < LEAST || text.length() > MOST || !mixed) {
            throw new SettingsException("The password in " + key + " must have " + LEAST + " to " + MOST
                    + " characters, letters and digits among them.");
        }
    }

    /** Too many sign-ins at the same moment. */
    static final class BusyException extends RuntimeException {
        BusyException() {
            super("Too many sign-ins at the same moment");
        }
    }
}
