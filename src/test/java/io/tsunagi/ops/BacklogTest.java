package io.tsunagi.ops;

import static org.assertj.core.api.Assertions.assertThat;

import io.tsunagi.access.SettableClock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.camel.health.HealthCheck.Result;
import org.apache.camel.health.HealthCheck.State;
import org.apache.camel.impl.DefaultCamelContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class BacklogTest {
    private final SettableClock clock = new SettableClock("2026-04-01T12:00:00Z");
    private final AtomicReference<Instant> oldest = new AtomicReference<>();
    private final DefaultCamelContext camel = new DefaultCamelContext();
    private final Backlog backlog =
            new Backlog(Duration.ofMinutes(5), clock).of("events", () -> Optional.ofNullable(oldest.get()));

    @BeforeEach
    void register() {
        backlog.setCamelContext(camel);
    }

    @AfterEach
    void close() throws Exception {
        camel.close();
    }

    @Test
    void health_is_red_once_the_oldest_has_waited_for_too_long_and_takes_no_work_away_from_the_node() {
        assertThat(backlog.call().getState()).isEqualTo(State.UP);
        oldest.set(clock.instant().plusSeconds(10));
        assertThat(backlog.seconds("events")).isZero();

        oldest.set(clock.instant());
        clock.forward(Duration.ofMinutes(5));
        assertThat(backlog.call().getState()).isEqualTo(State.UP);
        clock.forward(Duration.ofSeconds(1));

        Result late = backlog.call();
        assertThat(late.getState()).isEqualTo(State.DOWN);
        assertThat(late.getMessage()).hasValue("Work waits: events for 301 s");
        assertThat(backlog.seconds("events")).isEqualTo(301);
        assertThat(backlog.isReadiness()).isFalse();
        assertThat(backlog.isLiveness()).isFalse();
    }

    @Test
    void a_database_that_is_away_is_told_and_does_not_hide_what_other_checks_say() {
        backlog.of("deliveries", () -> {
            throw new IllegalStateException("The database is away");
        });

        Result away = backlog.call();
        assertThat(away.getState()).isEqualTo(State.DOWN);
        assertThat(away.getMessage()).hasValue("The database does not say what waits");
    }
}
