package io.tsunagi.line;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.tsunagi.config.Settings;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.Map;

/** Signatures of webhooks that a machine makes up. */
class SignatureFuzzTest {
    private static final Instant NOW = Instant.parse("2026-04-01T12:00:00Z");
    private static final ChannelSignature SIGNATURE = ChannelSignature.of(new LineAccounts(Settings.of(
                    "",
                    Map.of(
                            "hub.line.accounts", "main",
                            "hub.line.account.main.secret", "fuzz-secret",
                            "hub.line.account.main.token", "fuzz-token",
                            "hub.line.account.main.display-name", "fuzz")))
            .get("main"));

    /** The first byte says how many are the signature: nothing that is made up is one. */
    @FuzzTest
    void signature(byte[] data) {
        int length = data.length == 0 ? 0 : Math.min(data.length - 1, data[0] & 0xff);
        int from = Math.min(1, data.length);
        String signature = new String(data, from, length, StandardCharsets.ISO_8859_1);
        byte[] body = Arrays.copyOfRange(data, from + length, data.length);

        assertThat(SIGNATURE.signs(body, signature, NOW)).isFalse();
    }
}
