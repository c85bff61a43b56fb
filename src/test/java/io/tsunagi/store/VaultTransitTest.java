package io.tsunagi.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tsunagi.config.Secret;
import io.tsunagi.config.SettingsException;
import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class VaultTransitTest {
    private VaultSimulator vault;

    @BeforeEach
    void begin() throws IOException {
        vault = new VaultSimulator();
    }

    @AfterEach
    void end() {
        vault.close();
    }

    private VaultTransit transit(String token, Duration longest) {
        return new VaultTransit(
                vault.master().substring(VaultTransit.SCHEME.length()), () -> new Secret(token), longest);
    }

    @Test
    @Timeout(30)
    void an_answer_that_begins_and_never_ends_is_given_up() {
        vault.stall();

        assertThatThrownBy(() ->
                        transit(VaultSimulator.TOKEN, Duration.ofMillis(500)).encrypt(new byte[8]))
                .isInstanceOf(SettingsException.class)
                .hasMessageContaining("no whole answer in 500 ms");
        assertThat(vault.calls()).containsExactly("encrypt");
    }

    /** Java's own message would repeat it. */
    @ParameterizedTest
    @ValueSource(strings = {"s.secret\nX-Vault-Token: other", "s.secret\u3042", "", " "})
    void what_is_no_token_is_sent_nowhere_and_not_repeated(String token) {
        assertThatThrownBy(() -> transit(token, Duration.ofSeconds(10)).encrypt(new byte[8]))
                .isInstanceOf(SettingsException.class)
                .hasMessageContaining("hub.keys.vault-token")
                .hasMessageNotContaining("secret");
        assertThat(vault.calls()).isEmpty();
    }

    @Test
    void a_token_may_have_white_space_around_it() {
        VaultTransit transit = transit(" " + VaultSimulator.TOKEN + "\n", Duration.ofSeconds(10));

        assertThat(transit.decrypt(transit.encrypt(new byte[] {1, 2}))).containsExactly(1, 2);
    }
}
