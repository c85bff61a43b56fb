package io.tsunagi.line;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.tsunagi.store.Ledger;
import io.tsunagi.store.LedgerEvent;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** S19: events that try a changed route say nothing of those who wrote them. */
class SampleEventsTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Instant NOW = Instant.parse("2026-04-01T09:00:00Z");
    private static final String USER = "U4af4980629abcdef0123456789abcdef";
    private static final String EVENT = """
            {"type":"message","mode":"active","timestamp":1,"source":{"type":"user","userId":"%s"},
             "webhookEventId":"01J","replyToken":"secret-token","deliveryContext":{"isRedelivery":false},
             "message":{"type":"text","id":"123","quotedMessageId":"122","text":"山田 090-1234 yamada@acme.example 😀",
              "mention":{"mentionees":[{"index":0,"length":2,"type":"user","userId":"%s"}]},
              "keywords":["山田","cat"],"fileName":"山田.pdf","latitude":35.6852,"longitude":139.7528}}
            """.formatted(USER, USER);

    private static LedgerEvent event() {
        return new LedgerEvent(
                UUID.randomUUID(),
                "main",
                UUID.randomUUID(),
                "user",
                USER,
                "message",
                NOW,
                NOW,
                EVENT.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void no_word_and_no_id_of_a_recorded_event_is_left() throws IOException {
        String body = new String(SampleEvents.body(event()), StandardCharsets.UTF_8);

        assertThat(body)
                .doesNotContain(
                        "山田",
                        "yamada",
                        "acme",
                        "cat",
                        "pdf",
                        USER,
                        "secret-token",
                        "01J",
                        "\"123\"",
                        "\"122\"",
                        "35.6",
                        "139.7");
        JsonNode message = JSON.readTree(body).path("events").path(0).path("message");
        assertThat(message.path("type").asText()).isEqualTo("text");
        // The ids are made up, and may well hold these digits.
        assertThat(message.path("text").asText())
                .hasSize("山田 090-1234 yamada@acme.example 😀".length())
                .doesNotContain("090", "1234");
        assertThat(message.path("mention")
                        .path("mentionees")
                        .path(0)
                        .path("index")
                        .asInt(-1))
                .isZero();
    }

    @Test
    void a_sample_plays_as_somebody_new_each_time_and_keeps_who_is_the_same() throws IOException {
        byte[] body = ("{\"events\":[" + EVENT + "," + EVENT + "]}").getBytes(StandardCharsets.UTF_8);

        List<Ledger.Arrival> first = SampleEvents.arrivals("main", body, NOW);
        List<Ledger.Arrival> second = SampleEvents.arrivals("main", body, NOW);

        assertThat(first).hasSize(2);
        assertThat(first.get(0).source()).isEqualTo(first.get(1).source()).matches("U[0-9a-f]{32}");
        assertThat(first.get(0).eventId()).isNotEqualTo(first.get(1).eventId());
        assertThat(first.get(0).occurredAt()).isBefore(first.get(1).occurredAt());
        assertThat(second.get(0).source()).isNotEqualTo(first.get(0).source());
    }
}
