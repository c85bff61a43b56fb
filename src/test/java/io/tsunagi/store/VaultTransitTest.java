package io.tsunagi.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tsunagi.config.Secret;
import io.tsunagi.config.SettingsException;
import io.tsunagi.web.SelfSigned;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
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

    /** S07: over TLS to the right one, or not at all. */
    @Test
    void a_vault_whose_certificate_nobody_vouches_for_gets_no_token(@TempDir Path folder) throws Exception {
        String answer = "{\"data\":{\"ciphertext\":\"vault:v1:x\"}}";
        try (SelfSigned other = new SelfSigned(folder, answer)) {
            VaultTransit transit = new VaultTransit(
                    other.address() + "/v1/transit/keys/tsunagi",
                    () -> new Secret(VaultSimulator.TOKEN),
                    Duration.ofSeconds(20));

            assertThatThrownBy(() -> transit.encrypt(new byte[8]))
                    .isInstanceOf(SettingsException.class)
                    .hasMessageContaining("cannot be reached (PKIX");
            assertThat(other.asked()).isEmpty();
            assertThat(other.askTrusting("/x")).as("it does answer").isEqualTo(answer);
        }
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
