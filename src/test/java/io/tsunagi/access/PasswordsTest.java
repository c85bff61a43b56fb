package io.tsunagi.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tsunagi.config.Secret;
import io.tsunagi.config.Settings;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** S24 */
class PasswordsTest {
    @Test
    void checking_nobodys_password_costs_what_a_real_check_costs() {
        String real = new Passwords().hash(new Secret("correct-horse-battery-1"));

        assertThat(cost(real)).isEqualTo("v=19 m=19456,t=2,p=1 22 43");
        assertThat(cost(new Passwords().nobodys())).isEqualTo(cost(real));
        assertThat(new Passwords().match(new Secret("correct-horse-battery-1"), null))
                .isFalse();
    }

    /** The hash is what the reference implementation's {@code argon2} prints for this password, salt and cost. */
    @Test
    void a_hash_of_the_reference_implementation_is_known() {
        String hash =
                "$argon2id$v=19$m=19456,t=2,p=1$MDEyMzQ1Njc4OWFiY2RlZg$B+poGQgGLLgArVThFOhUhp6N57F8fw2ihn24DOA3Doo";

        assertThat(new Passwords().match(new Secret("正しい-horse-battery-1"), hash))
                .isTrue();
        assertThat(new Passwords().match(new Secret("正しい-horse-battery-2"), hash))
                .isFalse();
    }

    @Test
    void a_password_belongs_to_its_own_hashes_which_differ_by_salt() {
        Passwords passwords = new Passwords();
        Secret password = new Secret("correct-horse-battery-1");
        String first = passwords.hash(password);
        String second = passwords.hash(password);

        assertThat(first).isNotEqualTo(second);
        assertThat(passwords.match(password, first)).isTrue();
        assertThat(passwords.match(password, second)).isTrue();
    }

    @Test
    void letters_and_digits_are_needed_unless_that_is_switched_off_and_fifteen_characters_always() {
        PasswordRule both = new PasswordRule(Settings.of("", Map.of()));
        PasswordRule length = new PasswordRule(Settings.of("", Map.of("hub.access.letters-and-digits", "false")));
        Secret letters = new Secret("correct-horse-battery");

        assertThat(both.weak(letters)).isTrue();
        assertThat(both.weak(new Secret("1234567890123456"))).isTrue();
        assertThat(both.weak(new Secret("correct-horse-1"))).isFalse();
        assertThat(both.words()).contains("letters and digits");
        assertThat(length.weak(letters)).isFalse();
        assertThat(length.words()).doesNotContain("digits");
        for (PasswordRule rule : List.of(both, length)) {
            assertThat(rule.weak(new Secret("correct-horse1"))).as("14").isTrue();
            assertThat(rule.weak(new Secret("a1".repeat(101)))).as("202").isTrue();
        }
    }

    @Test
    void a_hash_of_another_form_is_an_error_and_not_a_wrong_password() {
        assertThatThrownBy(() -> new Passwords().match(new Secret("correct-horse-battery-1"), "$2a$10$abc"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("must begin with $argon2id$");
    }

    /** Version, memory, passes, lanes; then the lengths of salt and hash. */
    private static String cost(String hash) {
        String[] parts = hash.split("\\$");
        return parts[2] + " " + parts[3] + " " + parts[4].length() + " " + parts[5].length();
    }
}
