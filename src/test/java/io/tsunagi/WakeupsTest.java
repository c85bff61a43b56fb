package io.tsunagi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import io.tsunagi.store.Signals.Kind;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.impl.DefaultCamelContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Signals become exchanges of the routes they wake. */
class WakeupsTest {
    private final DefaultCamelContext camel = new DefaultCamelContext();
    private final Queue<Object> taken = new ConcurrentLinkedQueue<>();
    private Wakeups wakeups;

    @BeforeEach
    void start() throws Exception {
        wakeups = new Wakeups(camel, null);
        camel.addRoutes(new RouteBuilder() {
            @Override
            public void configure() {
                from("seda:turns?pollTimeout=50&concurrentConsumers=2")
                        .routeId("take-turn")
                        .autoStartup(false)
                        .process(exchange -> taken.add(exchange.getMessage().getBody()));
            }
        });
        camel.start();
    }

    @AfterEach
    void stop() throws Exception {
        camel.close();
    }

    @Test
    void a_route_that_waits_to_be_woken_ends_at_once_when_nobody_wakes_it_any_more() throws Exception {
        camel.addRoutes(new RouteBuilder() {
            @Override
            public void configure() {
                from("seda:deliveries?pollTimeout=600000&concurrentConsumers=3")
                        .routeId("deliver")
                        .process(exchange -> taken.add(exchange.getMessage().getBody()));
            }
        });
        wakeups.signal(Kind.DELIVERY, UUID.randomUUID());
        awaitTaken(1);

        wakeups.close();

        assertTimeoutPreemptively(
                Duration.ofSeconds(60), () -> camel.getRouteController().stopRoute("deliver"));
        assertThat(taken).hasSize(1);
    }

    @Test
    void a_lane_that_still_waits_is_not_queued_again_and_one_that_was_taken_is() throws Exception {
        UUID lane = UUID.randomUUID();
        UUID other = UUID.randomUUID();
        wakeups.signal(Kind.TURN, lane);
        wakeups.signal(Kind.TURN, other);
        wakeups.signal(Kind.TURN, lane);
        wakeups.signal(Kind.DELIVERY, lane);

        camel.getRouteController().startRoute("take-turn");
        awaitTaken(2);
        assertThat(taken).containsExactlyInAnyOrder(lane, other);

        wakeups.signal(Kind.TURN, lane);
        awaitTaken(3);
        assertThat(taken).last().isEqualTo(lane);
    }

    @Test
    void a_full_queue_drops_a_signal_and_takes_it_when_there_is_room_again() throws Exception {
        for (int i = 0; i < 20_000; i++) {
            wakeups.signal(Kind.TURN, new UUID(0, i));
        }
        UUID late = UUID.randomUUID();
        wakeups.signal(Kind.TURN, late);

        camel.getRouteController().startRoute("take-turn");
        awaitTaken(20_000);
        assertThat(taken).doesNotContain(late);

        wakeups.signal(Kind.TURN, late);
        awaitTaken(20_001);
        assertThat(taken).contains(late);
    }

    @Test
    void what_a_stopped_route_did_not_take_waits_for_its_start() throws Exception {
        UUID lane = UUID.randomUUID();
        camel.getRouteController().startRoute("take-turn");
        camel.getRouteController().stopRoute("take-turn");
        wakeups.signal(Kind.TURN, lane);
        assertThat(taken).isEmpty();

        camel.getRouteController().startRoute("take-turn");
        awaitTaken(1);
    }

    @Test
    void a_route_may_wake_another_with_the_same_queue() throws Exception {
        UUID lane = UUID.randomUUID();
        camel.getRouteController().startRoute("take-turn");
        try (var template = camel.createProducerTemplate()) {
            template.sendBody("seda:turns", lane);
            awaitTaken(1);
            template.sendBody("seda:turns", lane);
            awaitTaken(2);
        }
        assertThat(List.copyOf(taken)).containsOnly(lane);
    }

    @Test
    void nobody_is_woken_after_the_close() throws Exception {
        wakeups.close();
        wakeups.signal(Kind.TURN, UUID.randomUUID());

        assertThat(camel.getEndpoint("seda:turns", org.apache.camel.component.seda.SedaEndpoint.class)
                        .getQueue())
                .isEmpty();
    }

    private void awaitTaken(int count) {
        await().atMost(Duration.ofSeconds(20)).until(() -> taken.size() == count);
    }
}
