package io.tsunagi.ops;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.core.Filter;
import org.apache.logging.log4j.core.impl.Log4jLogEvent;
import org.apache.logging.log4j.message.SimpleMessage;
import org.junit.jupiter.api.Test;

class RepeatedLinesTest {
    private final AtomicLong now = new AtomicLong(5);
    private final List<String> told = new ArrayList<>();
    private final RepeatedLines lines = new RepeatedLines(now::get, told::add);

    private boolean written(Level level, String text) {
        Log4jLogEvent event = Log4jLogEvent.newBuilder()
                .setLoggerName("io.tsunagi.Turns")
                .setLevel(level)
                .setMessage(new SimpleMessage(text))
                .build();
        return lines.filter(event) != Filter.Result.DENY;
    }

    private void after(long millis) {
        now.addAndGet(TimeUnit.MILLISECONDS.toNanos(millis));
    }

    @Test
    void lines_that_differ_in_ids_and_numbers_only_are_written_once_a_second_and_counted() {
        assertThat(written(Level.ERROR, "Turn of lane 47ebe2a8-20f7-505b-8e47-63509c619852 failed after 12 ms"))
                .isTrue();
        assertThat(written(Level.ERROR, "Turn of lane 0a1b2c3d-20f7-505b-8e47-63509c619852 failed after 7 ms"))
                .isFalse();
        assertThat(written(Level.ERROR, "Turn of lane 9f1b2c3d-20f7-505b-8e47-63509c619852 failed after 9 ms"))
                .isFalse();
        lines.tell();

        assertThat(told)
                .containsExactly("2 more like this: ERROR io.tsunagi.Turns Turn of lane"
                        + " 47ebe2a8-20f7-505b-8e47-63509c619852 failed after 12 ms");

        after(1_001);
        assertThat(written(Level.ERROR, "Turn of lane 47ebe2a8-20f7-505b-8e47-63509c619852 failed after 3 ms"))
                .isTrue();
        lines.tell();
        assertThat(told).hasSize(1);
    }

    @Test
    void what_was_held_back_is_told_even_when_the_next_one_is_written_first() {
        written(Level.WARN, "away");
        written(Level.WARN, "away");
        after(1_001);
        assertThat(written(Level.WARN, "away")).isTrue();

        lines.tell();

        assertThat(told).containsExactly("1 more like this: WARN io.tsunagi.Turns away");
    }

    @Test
    void different_causes_levels_and_mere_information_are_written_always() {
        assertThat(written(Level.ERROR, "away")).isTrue();
        assertThat(written(Level.WARN, "away")).isTrue();
        assertThat(written(Level.ERROR, "back")).isTrue();
        for (int i = 0; i < 3; i++) {
            assertThat(written(Level.INFO, "call 1")).isTrue();
        }
    }
}
