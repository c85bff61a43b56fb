package io.tsunagi.access;

import io.tsunagi.config.Secret;
import io.tsunagi.config.Settings;
import io.tsunagi.config.SettingsException;

/**
 * How long a password must be, and of what: 15 characters or more, and, unless {@code hub.access.letters-and-digits} is
 * switched off, letters and digits among them. PCI DSS v4.0.1, 8.3.6 asks for 12 with both; NIST SP 800-63B, 5.1.1.2 for
 * length only. Safe for many threads.
 */
final class PasswordRule {
    static final int LEAST = 15;
    static final int MOST = 200;

    private final boolean mixed;

    PasswordRule(Settings settings) {
        this.mixed = settings.flag("hub.access.letters-and-digits");
    }

    /** Says whether letters and digits must both be there. */
    boolean lettersAndDigits() {
        return mixed;
    }

    /** Says what a password must be, after "The password". */
    String words() {
        return "must have " + LEAST + " to " + MOST + " characters"
                + (mixed ? ", letters and digits among them." : ".");
    }

    boolean weak(Secret password) {
        String text = password.reveal();
        boolean both =
                text.chars().anyMatch(Character::isLetter) && text.chars().anyMatch(Character::isDigit);
        return text.length() < LEAST || text.length() > MOST || mixed && !both;
    }

    /** @throws SettingsException when the password in a setting is weak */
    void refuseWeak(String key, Secret password) {
        if (weak(password)) {
            throw new SettingsException("The password in " + key + " " + words());
        }
    }
}
