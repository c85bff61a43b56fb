package io.tsunagi.ops;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicLong;
import org.apache.camel.health.HealthCheck.State;
import org.apache.camel.impl.DefaultCamelContext;
import org.junit.jupiter.api.Test;

/** S01 */
class RetentionTest {
    @Test
    void health_is_red_while_something_is_overdue_and_takes_no_work_away_from_the_node() throws Exception {
        AtomicLong overdue = new AtomicLong();
        try (DefaultCamelContext camel = new DefaultCamelContext()) {
            Retention check = new Retention(overdue::get);
            check.setCamelContext(camel);

            assertThat(check.call().getState()).isEqualTo(State.UP);
            overdue.set(3);
            assertThat(check.call().getState()).isEqualTo(State.DOWN);
            assertThat(check.isReadiness()).isFalse();
            assertThat(check.isLiveness()).isFalse();
        }
    }
}
