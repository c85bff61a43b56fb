package io.tsunagi.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.tsunagi.access.SettableClock;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.springframework.dao.DataAccessResourceFailureException;

/** F27: one time for all nodes, whatever their own clocks say. */
class DatabaseClockTest {
    private final SettableClock database = new SettableClock("2026-04-01T12:00:00Z");
    private final SettableClock wall = new SettableClock("2026-04-01T12:01:30Z");
    private final AtomicLong nanos = new AtomicLong(-7);
    private Supplier<Instant> asked = database::instant;
    private final DatabaseClock clock = new DatabaseClock(() -> asked.get(), wall, nanos::get);

    private void passes(Duration time) {
        database.forward(time);
        wall.forward(time);
        nanos.addAndGet(time.toNanos());
    }

    private void assertDatabaseTime() {
        assertThat(Duration.between(database.instant(), clock.instant()).abs()).isLessThan(Duration.ofMillis(1));
    }

    @Test
    void a_node_that_is_ninety_seconds_ahead_tells_the_database_s_time() {
        assertDatabaseTime();
        passes(Duration.ofSeconds(40));
        assertDatabaseTime();
        assertThat(clock.ahead()).isCloseTo(Duration.ofSeconds(90), Duration.ofMillis(1));
    }

    @Test
    void a_jump_of_the_machine_s_clock_changes_nothing() {
        for (Duration jump : new Duration[] {Duration.ofHours(2), Duration.ofHours(-4), Duration.ofSeconds(1)}) {
            wall.forward(jump);
            assertDatabaseTime();
            passes(Duration.ofSeconds(3));
            assertDatabaseTime();
        }
    }

    /** While a machine sleeps its uptime may stand still. */
    @Test
    void after_the_machine_slept_the_first_question_is_answered_right() {
        database.forward(Duration.ofMinutes(10));
        wall.forward(Duration.ofMinutes(10));

        assertDatabaseTime();
    }

    @Test
    void a_process_that_was_frozen_wakes_up_at_the_database_s_time() {
        passes(Duration.ofMinutes(2));

        assertDatabaseTime();
    }

    @Test
    void it_goes_on_while_the_database_cannot_be_asked() {
        asked = () -> {
            throw new DataAccessResourceFailureException("gone");
        };
        wall.forward(Duration.ofHours(1));
        passes(Duration.ofSeconds(20));
        assertDatabaseTime();

        asked = database::instant;
        clock.look();
        assertDatabaseTime();
    }

    @Test
    void a_look_that_took_long_makes_no_step_and_a_slow_drift_is_followed() {
        asked = () -> {
            Instant told = database.instant();
            passes(Duration.ofSeconds(4));
            return told;
        };
        clock.look();
        assertDatabaseTime();

        asked = database::instant;
        database.forward(Duration.ofMillis(30));
        clock.look();
        assertDatabaseTime();
    }
}
