package io.tsunagi.packaging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** The standalone jar, started the way its users start it. */
class StandaloneIT extends RunsTheJar {
    private static final ObjectMapper JSON = new ObjectMapper();

    @Test
    void java_jar_answers_a_customer_and_ends_when_told() throws Exception {
        try (var hub = jar()) {
            hub.awaitOk(surroundings.management() + "/observe/health", PATIENCE);

            surroundings.assertThatACustomerIsAnswered(hub::output);
            assertThat(Program.get(surroundings.management() + "/observe/metrics")
                            .body())
                    .contains("camel_exchanges_total");
            assertThat(Program.status(surroundings.management() + "/hawtio/")).isEqualTo(401);
            assertThat(Program.get(surroundings.hub() + "/").body()).contains("<html");

            hub.terminate();
            // 143 is how a JVM ends that was told to by a signal.
            assertThat(hub.awaitEnd(Duration.ofSeconds(30))).as(hub.output()).isIn(0, 143);
            assertThat(hub.output()).as("the database is there to the end").doesNotContain("already closed");
        }
    }

    /** LINE took the answers and does not say so: the worst moment for a stop. */
    @Test
    void a_stop_takes_ten_seconds_at_most_and_loses_nothing_whatever_is_under_way() throws Exception {
        List<String> customers = IntStream.rangeClosed(1, 20)
                .mapToObj(i -> "U" + "%032d".formatted(i))
                .toList();
        try (var hub = jar()) {
            hub.awaitOk(surroundings.management() + "/observe/health", PATIENCE);
            surroundings
                    .line()
                    .faults(JSON.createArrayNode()
                            .add(JSON.createObjectNode()
                                    .put("endpoint", "reply")
                                    .put("delayMillis", 60_000)));
            customers.forEach(customer -> surroundings.line().write(customer, "main", "オペレーターと話したい"));
            await().atMost(PATIENCE)
                    .until(() -> !surroundings.line().calls("reply").isEmpty());

            long told = System.nanoTime();
            hub.terminate();
            assertThat(hub.awaitEnd(PATIENCE)).as(hub.output()).isIn(0, 143);
            assertThat(Duration.ofNanos(System.nanoTime() - told))
                    .as(hub.output())
                    .isLessThan(Duration.ofSeconds(10));
        }
        surroundings.line().clearFaults();
        try (var hub = jar()) {
            hub.awaitOk(surroundings.management() + "/observe/health", PATIENCE);
            customers.forEach(
                    customer -> await(customer).atMost(PATIENCE).untilAsserted(() -> assertThat(handOffs(customer))
                            .isOne()));
            hub.terminate();
            hub.awaitEnd(PATIENCE);
        }
        assertThat(customers)
                .allSatisfy(customer -> assertThat(handOffs(customer)).isOne());
    }

    private long handOffs(String customer) {
        return surroundings.line().chat(customer, "main").stream()
                .filter(shown -> shown.path("text").asText().contains("おつなぎします"))
                .count();
    }

    @Test
    void a_taken_port_is_one_clear_sentence() throws Exception {
        try (var taken = new ServerSocket(surroundings.hubPort(), 1, InetAddress.getLoopbackAddress());
                var hub = jar()) {
            assertThat(hub.awaitEnd(PATIENCE)).isEqualTo(1);

            assertThat(hub.output()).contains(String.valueOf(taken.getLocalPort()));
            assertThat(hub.output()).doesNotContain("\tat ");
        }
    }

    @Test
    void a_wrong_setting_is_one_clear_sentence() throws Exception {
        settings.put("HUB_STORE_URL", "jdbc:h2:file:./data/lossy;MODE=PostgreSQL");
        try (var hub = jar()) {
            assertThat(hub.awaitEnd(PATIENCE)).isEqualTo(1);

            assertThat(hub.output()).contains("jdbc:h2:async:").doesNotContain("\tat ");
        }
    }

    @Test
    void a_broken_route_file_stops_the_start_with_its_name() throws Exception {
        var routes = Files.createDirectories(temp.resolve("run/routes/custom"));
        Files.writeString(
                routes.resolve("half.camel.yaml"), "- route:\n    id: half\n    from:\n      uri: nothing:there\n");
        try (var hub = jar()) {
            assertThat(hub.awaitEnd(PATIENCE)).isEqualTo(1);

            assertThat(hub.output()).contains("half.camel.yaml").doesNotContain("\tat ");
        }
    }
}
