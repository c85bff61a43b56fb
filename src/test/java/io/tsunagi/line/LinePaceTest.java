package io.tsunagi.line;

import static org.assertj.core.api.Assertions.assertThat;

import io.tsunagi.access.SettableClock;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

/** How fast the hub may call LINE; F15. */
class LinePaceTest {
    private static final Duration LONGEST_CALL = Duration.ofSeconds(10);

    private final SettableClock clock = new SettableClock("2026-04-01T12:00:00Z");
    private final LinePace pace = new LinePace(clock, 100, LONGEST_CALL);

    private boolean goes() {
        return pace.wait("main", false).isZero();
    }

    @Test
    void no_second_sees_more_calls_than_allowed_and_a_tenth_of_them_at_once() {
        Instant end = clock.instant().plusSeconds(10);
        int calls = 0;
        int atOnce = 0;
        while (clock.instant().isBefore(end)) {
            int now = 0;
            while (goes()) {
                now++;
            }
            atOnce = Math.max(atOnce, now);
            calls += now;
            clock.forward(Duration.ofMillis(1));
        }

        assertThat(atOnce).isBetween(1, 11);
        assertThat(calls).isBetween(995, 1011);
    }

    @Test
    void a_call_that_is_too_early_is_told_when_to_come() {
        while (goes()) {
            clock.forward(Duration.ofNanos(1));
        }

        Duration wait = pace.wait("main", false);

        assertThat(wait).isPositive().isLessThanOrEqualTo(Duration.ofMillis(10));
        clock.forward(wait);
        assertThat(goes()).isTrue();
    }

    @Test
    void a_refusal_stops_this_account_and_end_point_and_nobody_else() {
        pace.refused("main", false);

        assertThat(goes()).isFalse();
        assertThat(pace.wait("main", true)).isZero();
        assertThat(pace.wait("global", false)).isZero();
    }

    @Test
    void after_a_refusal_one_call_tries_and_the_others_wait_for_its_answer() {
        pace.refused("main", false);
        clock.forward(Duration.ofMillis(500));

        assertThat(goes()).isTrue();
        assertThat(goes()).isFalse();
        assertThat(goes()).isFalse();

        pace.answered("main", false);
        clock.forward(Duration.ofMillis(100));
        assertThat(goes()).isTrue();
        assertThat(goes()).isTrue();
    }

    @Test
    void a_try_that_nobody_ends_is_not_waited_for_for_ever() {
        pace.refused("main", false);
        clock.forward(Duration.ofMillis(500));
        assertThat(goes()).isTrue();

        clock.forward(LONGEST_CALL);

        assertThat(goes()).isTrue();
    }

    @Test
    void pauses_grow_but_everyone_is_let_go_within_five_seconds_after_line_takes_calls_again() {
        Duration last = Duration.ZERO;
        for (int i = 0; i < 20; i++) {
            pace.refused("main", false);
            Duration wait = pace.wait("main", false);
            assertThat(wait).isLessThan(Duration.ofSeconds(5));
            last = wait;
            while (!goes()) {
                clock.forward(Duration.ofMillis(10));
            }
        }
        assertThat(last).isGreaterThanOrEqualTo(Duration.ofSeconds(2));
    }

    @Test
    void answers_to_calls_made_before_the_refusal_neither_open_nor_close_the_way() {
        pace.refused("main", false);
        pace.refused("main", false);
        pace.refused("main", false);
        pace.answered("main", false);

        assertThat(goes()).isFalse();
        clock.forward(Duration.ofMillis(500));
        assertThat(goes()).as("three at once are one refusal").isTrue();
    }

    @Test
    void what_waited_does_not_come_in_a_burst() {
        pace.refused("main", false);
        clock.forward(Duration.ofMillis(500));
        goes();
        pace.answered("main", false);

        int atOnce = 0;
        while (goes()) {
            atOnce++;
        }

        assertThat(atOnce).isLessThanOrEqualTo(11);
    }
}
