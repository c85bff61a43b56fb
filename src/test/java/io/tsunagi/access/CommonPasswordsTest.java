package io.tsunagi.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import io.tsunagi.config.Secret;
import io.tsunagi.config.Settings;
import io.tsunagi.config.SettingsException;
import io.tsunagi.store.Dialect;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** S26 */
class CommonPasswordsTest {
    private final Settings settings =
            People.sandbox(Dialect.H2, Map.of("hub.http.public-url", "https://desk.hanamizuki-bank.example"));
    private final CommonPasswords common = new CommonPasswords(settings);

    @ParameterizedTest
    @ValueSource(
            strings = {
                "password1234567",
                "Passw0rdPassw0rd1",
                "qwertyuiop12345",
                "1q2w3e4r5t6y7u8i",
                "iloveyou12345678",
                "sakura1234567890",
                "a1a1a1a1a1a1a1a1",
                "tsunagi2026tsunagi",
                "hanamizuki202604",
                "yamada.hana12345",
                "TakahashiTakahashi1"
            })
    void what_everybody_tries_first_is_refused_though_it_keeps_the_rule_of_letters_and_digits(String password) {
        assertThat(new PasswordRule(settings).weak(new Secret(password))).isFalse();
        assertThat(common.easy(new Secret(password), "yamada.hana", "Hana Takahashi"))
                .isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"correct-horse-battery-1", "watashi-no-pasuwado1", "正しい-horse-battery-1", "x7Qm2vTz9LpR4wKd"})
    void what_nobody_guesses_is_taken(String password) {
        assertThat(common.easy(new Secret(password), "yamada.hana", "山田 花")).isFalse();
    }

    @Test
    void a_name_is_easy_for_its_own_person_only() {
        Secret password = new Secret("fujimoriharuko77");

        assertThat(common.easy(password, "fujimoriharuko", "藤森 春子")).isTrue();
        assertThat(common.easy(password, "aoi", "葵")).isFalse();
    }

    @Test
    void the_longest_password_is_judged_in_time() {
        Secret slow = new Secret("zZ2%7+1|!60$5[{(<@4".repeat(50));
        assertThat(assertTimeoutPreemptively(Duration.ofSeconds(30), () -> common.easy(slow, "aoi")))
                .isFalse();
    }

    @Test
    void a_setting_with_a_common_password_says_so() {
        assertThatThrownBy(() -> common.refuseEasy("hub.access.first-admin-password", new Secret("password1234567")))
                .isInstanceOf(SettingsException.class)
                .hasMessageContaining("hub.access.first-admin-password")
                .hasMessageContaining("tried first");
    }
}
