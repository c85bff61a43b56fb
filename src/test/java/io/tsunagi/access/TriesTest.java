package io.tsunagi.access;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

/** S25 */
class TriesTest {
    private static final Instant NOW = Instant.parse("2026-04-01T00:00:00Z");

    private final Tries tries = new Tries(2, Duration.ofMinutes(30), Duration.ofMinutes(10));

    @Test
    void the_limit_closes_for_a_while() {
        tries.take("a", NOW);
        assertThat(tries.closed("a", NOW)).isEmpty();
        tries.take("a", NOW);

        assertThat(tries.closed("a", NOW)).contains(NOW.plus(Duration.ofMinutes(30)));
        assertThat(tries.closed("b", NOW)).isEmpty();
        assertThat(tries.closed("a", NOW.plus(Duration.ofMinutes(30)))).isEmpty();
    }

    @Test
    void old_failures_are_forgotten_after_a_pause() {
        tries.take("a", NOW);
        Instant later = NOW.plus(Duration.ofMinutes(10));
        tries.take("a", later);

        assertThat(tries.closed("a", later)).isEmpty();
    }

    @Test
    void a_success_takes_back_its_own_try_only() {
        Tries three = new Tries(3, Duration.ofMinutes(30), Duration.ofMinutes(10));
        three.take("a", NOW);
        three.take("a", NOW);
        three.giveBack("a");
        three.take("a", NOW);
        assertThat(three.closed("a", NOW)).isEmpty();
        three.take("a", NOW);

        assertThat(three.closed("a", NOW)).isPresent();
    }

    @Test
    void the_memory_is_bounded_and_keeps_the_latest() {
        tries.take("old", NOW);
        tries.take("old", NOW);
        for (int i = 0; i < 10_000; i++) {
            tries.take("other" + i, NOW);
        }
        tries.take("other9999", NOW);

        assertThat(tries.closed("old", NOW)).isEmpty();
        assertThat(tries.closed("other9999", NOW)).isPresent();
    }
}
