package io.tsunagi.line;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.tsunagi.inquiry.Office;
import io.tsunagi.store.Ledger.Arrival;
import java.io.IOException;
import java.time.Instant;
import java.util.List;

/** What comes from outside, made up by a machine: {@code make fuzz} looks long, {@code make test} briefly. */
class WebhookFuzzTest {
    private static final Instant NOW = Instant.parse("2026-04-01T12:00:00Z");
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final WebhookBody BODIES = new WebhookBody(Office.SENSITIVE::mask);

    /** Either it is no webhook's body, or each event has an id, is JSON as it is kept, and what is masked stands in no text. */
    @FuzzTest
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
}
