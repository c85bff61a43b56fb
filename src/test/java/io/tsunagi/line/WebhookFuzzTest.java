package io.tsunagi.line;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.tsunagi.config.Settings;
import io.tsunagi.inquiry.Office;
import io.tsunagi.store.Ledger.Arrival;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** What comes from outside, made up by a machine: {@code make fuzz} looks for more, {@code make test} replays what is there. */
class WebhookFuzzTest {
    private static final Instant NOW = Instant.parse("2026-04-01T12:00:00Z");
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final WebhookBody BODIES = new WebhookBody(Office.SENSITIVE::mask);
    private static final ChannelSignature SIGNATURE = ChannelSignature.of(new LineAccounts(Settings.of(
                    "",
                    Map.of(
                            "hub.line.accounts", "main",
                            "hub.line.account.main.secret", "fuzz-secret",
                            "hub.line.account.main.token", "fuzz-token",
                            "hub.line.account.main.display-name", "fuzz")))
            .get("main"));

    /** Either it is no webhook's body, or each event has an id, is JSON as it is kept, and what is masked stands in no text. */
    @FuzzTest(maxDuration = "5m")
    void body(byte[] body) throws IOException {
        List<Arrival> arrivals;
        try {
            arrivals = BODIES.events("main", body, NOW);
        } catch (IOException noBody) {
            return;
        }
        for (Arrival arrival : arrivals) {
            assertThat(arrival.eventId()).isNotEmpty();
            assertThat(arrival.source()).isNotEmpty();
            assertThat(arrival.type()).matches("[A-Za-z0-9_-]{1,40}");
            JsonNode kept = JSON.readTree(arrival.json());
            JsonNode text = kept.path("message").path("text");
            if (text.isTextual()) {
                assertThat(Office.SENSITIVE.mask(text.textValue())).isEqualTo(text.textValue());
            }
        }
    }

    /** The first byte says how many are the signature: nothing that is made up is one. */
    @FuzzTest(maxDuration = "2m")
    void signature(byte[] data) {
        int length = data.length == 0 ? 0 : Math.min(data.length - 1, data[0] & 0xff);
        int from = Math.min(1, data.length);
        String signature = new String(data, from, length, StandardCharsets.ISO_8859_1);
        byte[] body = Arrays.copyOfRange(data, from + length, data.length);

        assertThat(SIGNATURE.signs(body, signature, NOW)).isFalse();
    }
}
