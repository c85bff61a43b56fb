package io.tsunagi.access;

import static org.assertj.core.api.Assertions.assertThat;

import io.tsunagi.config.Secret;
import org.junit.jupiter.api.Test;

class PasswordsTest {
    @Test
    void checking_nobodys_password_costs_what_a_real_check_costs() {
        String real = new Passwords().hash(new Secret("correct-horse-battery-1"));

        assertThat(cost(Passwords.NOBODYS)).isEqualTo(cost(real));
        assertThat(new Passwords().match(new Secret("correct-horse-battery-1"), null))
                .isFalse();
    }

    /** Version, memory, passes, lanes; then the lengths of salt and hash. */
    private static String cost(String hash) {
        String[] parts = hash.split("\\$");
        return parts[2] + " " + parts[3] + " " + parts[4].length() + " " + parts[5].length();
    }
}
