package io.tsunagi.line;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tsunagi.config.Secret;
import io.tsunagi.config.Settings;
import io.tsunagi.config.SettingsException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LineAccountsTest {
    private static LineAccounts accounts(Map<String, String> more) {
        Map<String, String> settings = new HashMap<>(Map.of(
                "hub.line.accounts", "main",
                "hub.line.account.main.secret", "new",
                "hub.line.account.main.token", "token"));
        settings.putAll(more);
        return new LineAccounts(Settings.of("", settings));
    }

    private static List<String> secrets(LineAccounts accounts, String at) {
        return accounts.get("main").secrets(Instant.parse(at)).stream()
                .map(Secret::reveal)
                .toList();
    }

    /** F35 */
    @Test
    void the_old_secret_signs_until_its_time_is_over() {
        LineAccounts accounts = accounts(Map.of(
                "hub.line.account.main.secret-old", "old",
                "hub.line.account.main.secret-old-until", "2026-04-01T09:00:00+09:00"));

        assertThat(secrets(accounts, "2026-03-31T23:59:59Z")).containsExactly("new", "old");
        assertThat(secrets(accounts, "2026-04-01T00:00:00Z")).containsExactly("new");
    }

    @Test
    void without_an_end_the_old_secret_signs_until_it_is_taken_away() {
        assertThat(secrets(accounts(Map.of("hub.line.account.main.secret-old", "old")), "2099-01-01T00:00:00Z"))
                .containsExactly("new", "old");
        assertThat(secrets(accounts(Map.of()), "2026-04-01T00:00:00Z")).containsExactly("new");
    }

    @Test
    void an_end_that_is_no_time_is_refused_in_a_sentence() {
        assertThatThrownBy(() -> accounts(Map.of("hub.line.account.main.secret-old-until", "tomorrow")))
                .isInstanceOf(SettingsException.class)
                .hasMessageContaining("hub.line.account.main.secret-old-until is 'tomorrow'")
                .hasMessageContaining("2026-04-01T09:00:00+09:00");
    }

    /** F18 */
    @Test
    void a_token_in_a_file_is_read_again_and_one_that_did_not_change_is_not_worth_another_call(@TempDir Path folder)
            throws IOException {
        Path file = folder.resolve("token");
        Files.writeString(file, "first\n");
        LineAccounts accounts = accounts(Map.of("hub.line.account.main.token-file", file.toString()));
        assertThat(accounts.bearer("main")).isEqualTo("Bearer first");

        assertThat(accounts.renewToken("main")).isFalse();
        Files.writeString(file, "second\n");
        assertThat(accounts.renewToken("main")).isTrue();
        assertThat(accounts.bearer("main")).isEqualTo("Bearer second");
        assertThat(accounts.renewToken("main")).isFalse();

        Files.delete(file);
        assertThat(accounts.renewToken("main")).isFalse();
        assertThat(accounts.bearer("main")).isEqualTo("Bearer second");
    }
}
