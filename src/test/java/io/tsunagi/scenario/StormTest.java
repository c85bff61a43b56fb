package io.tsunagi.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.tsunagi.store.Dialect;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Everybody writes at once; F49. */
class StormTest {
    private static final int CUSTOMERS = 100;
    private static final int EACH = 20;
    private static final int AT_ONCE = 500;

    /** One connection a request under way, as a proxy in front opens them. */
    private static final HttpClient HTTP =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    private static CompletableFuture<Integer> post(TestHub hub, byte[] body) {
        HttpRequest request = HttpRequest.newBuilder(URI.create(hub.base() + "/line/main"))
                .header("Content-Type", "application/json")
                .header("x-line-signature", Webhook.sign(Webhook.MAIN, body))
                .POST(HttpRequest.BodyPublishers.ofByteArray(body))
                .build();
        return HTTP.sendAsync(request, HttpResponse.BodyHandlers.discarding()).thenApply(HttpResponse::statusCode);
    }

    /**
     * Two thousand messages as fast as they go, five hundred of them under way at once: each is answered 200 or 503, what was
     * answered 200 takes effect once, and nothing is left over.
     */
    @Test
    void in_a_storm_every_webhook_is_answered_and_what_was_accepted_takes_effect_once() throws Exception {
        try (TestHub hub = TestHub.start(Dialect.H2, Map.of());
                Rows rows = new Rows(hub.settings())) {
            List<String> users = IntStream.range(0, CUSTOMERS)
                    .mapToObj(i -> "U" + UUID.randomUUID().toString().replace("-", ""))
                    .toList();
            Map<String, List<CompletableFuture<Integer>>> answers = new HashMap<>();
            Semaphore room = new Semaphore(AT_ONCE);
            long at = System.currentTimeMillis();
            for (int i = 0; i < EACH; i++) {
                for (String user : users) {
                    byte[] body = Webhook.body(Webhook.text(user, "嵐 " + i).put("timestamp", at + i));
                    room.acquire();
                    CompletableFuture<Integer> answer = post(hub, body);
                    answer.whenComplete((status, failure) -> room.release());
                    answers.computeIfAbsent(user, key -> new ArrayList<>()).add(answer);
                }
            }
            Map<String, List<String>> accepted = new HashMap<>();
            for (String user : users) {
                List<String> taken = new ArrayList<>();
                for (int i = 0; i < EACH; i++) {
                    int status = answers.get(user).get(i).get(2, TimeUnit.MINUTES);
                    assertThat(status).isIn(200, 503);
                    if (status == 200) {
                        taken.add("嵐 " + i);
                    }
                }
                accepted.put(user, taken);
            }
            long taken = accepted.values().stream().mapToLong(List::size).sum();
            assertThat(taken).as("most of them").isGreaterThan(CUSTOMERS * EACH / 2);

            await("drained")
                    .atMost(Duration.ofMinutes(3))
                    .until(() -> rows.count("select count(*) from events where state = 'WAITING' and type = 'message'")
                            == 0);
            assertThat(rows.count("select count(*) from events where type = 'message' and state = 'DONE'"))
                    .isEqualTo(taken);
            assertThat(rows.count("select count(*) from messages where sender = 'CUSTOMER'"))
                    .isEqualTo(taken);
            assertThat(rows.count("select count(distinct inquiry) from messages where sender = 'CUSTOMER'"))
                    .isEqualTo(accepted.values().stream()
                            .filter(list -> !list.isEmpty())
                            .count());
        }
    }
}
