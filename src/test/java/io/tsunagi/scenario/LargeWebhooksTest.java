package io.tsunagi.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tsunagi.store.Dialect;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** Scenario 10: many bodies at once that are too large, no JSON, or full of events; memory is that of a few of them. */
class LargeWebhooksTest {
    private static final int LIMIT = 1_048_576;
    private static final int ROUNDS = 10;
    private static final int AT_ONCE = 8;
    private static final long MEGABYTE = 1_048_576;

    private static byte[] tooLarge() {
        byte[] body = new byte[LIMIT + 1];
        Arrays.fill(body, (byte) ' ');
        return body;
    }

    private static byte[] noJson() {
        byte[] body = new byte[LIMIT];
        Arrays.fill(body, (byte) '[');
        byte[] start = "{\"events\":[".getBytes(StandardCharsets.UTF_8);
        System.arraycopy(start, 0, body, 0, start.length);
        return body;
    }

    /** 500 events of nearly a megabyte together, one of them without any sense. */
    private static byte[] fullOfEvents(String base) {
        Object[] events = new Object[500];
        for (int i = 0; i < events.length; i++) {
            ObjectNode event =
                    Webhook.event("U" + base + String.format("%03d", i % 50), i % 2 == 0 ? "follow" : "later");
            event.put("filler", "x".repeat(1_600));
            events[i] = i == 250 ? Webhook.JSON.createArrayNode() : event;
        }
        byte[] body = Webhook.body(events);
        assertThat(body.length).isBetween(900_000, LIMIT);
        return body;
    }

    private static long used() {
        System.gc();
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed() / MEGABYTE;
    }

    @Test
    void each_gets_its_status_memory_stays_bounded_and_the_rest_takes_effect() {
        String base = UUID.randomUUID().toString().replace("-", "").substring(0, 28);
        byte[] large = tooLarge();
        byte[] bad = noJson();
        try (TestHub hub = TestHub.start(Dialect.H2);
                Rows rows = new Rows(hub.settings())) {
            hub.awaitKnowledge();
            assertThat(Webhook.post(hub, bad)).isEqualTo(400);
            assertThat(Webhook.post(hub, large)).isEqualTo(413);
            long before = used();

            for (int round = 0; round < ROUNDS; round++) {
                List<CompletableFuture<Integer>> answers = new ArrayList<>();
                for (int i = 0; i < AT_ONCE; i++) {
                    answers.add(Webhook.postSoon(hub, bad));
                    answers.add(Webhook.postSoon(hub, large));
                }
                assertThat(answers.stream().map(CompletableFuture::join))
                        .containsOnly(400, 413)
                        .hasSize(2 * AT_ONCE);
            }
            assertThat(Webhook.post(hub, fullOfEvents(base))).isEqualTo(200);

            await().atMost(TestHub.PATIENCE).untilAsserted(() -> assertThat(rows.count(
                            "select count(*) from events where source like ? and type in ('follow', 'later')"
                                    + " and state = 'DONE'",
                            "U" + base + "%"))
                    .isEqualTo(499));
            assertThat(rows.count(
                            "select count(*) from customers where line_user_id like ? and followed_at is not null",
                            "U" + base + "%"))
                    .isEqualTo(25);
            await("of 160 MB that came, nothing is held on to")
                    .atMost(TestHub.PATIENCE)
                    .untilAsserted(() -> assertThat(used() - before).isLessThan(48));
        }
    }
}
