package io.tsunagi.ops;

import static org.assertj.core.api.Assertions.assertThat;

import io.tsunagi.store.Dialect;
import io.tsunagi.store.Store;
import io.tsunagi.store.TestStores;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.camel.health.HealthCheck;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A store that answers reads and takes no writes is not healthy; a full disk itself is {@code DiskFullIT}'s. */
class StoreWritesTest {

    @ParameterizedTest
    @EnumSource(Dialect.class)
    void a_store_that_takes_no_writes_makes_the_hub_unready_but_is_no_reason_to_restart_it(Dialect dialect) {
        try (Store store = TestStores.open(dialect)) {
            AtomicLong now = new AtomicLong();
            AtomicBoolean refusing = new AtomicBoolean();
            StoreWrites check = new StoreWrites(store, refusing::get, now::get);
            assertThat(state(check)).isEqualTo(HealthCheck.State.UP);
            assertThat(check.isLiveness()).isFalse();
            assertThat(check.isReadiness()).isTrue();

            store.jdbc().sql("alter table store_check rename to away").update();
            assertThat(state(check)).as("not asked again at once").isEqualTo(HealthCheck.State.UP);
            now.addAndGet(Duration.ofSeconds(2).toNanos());
            assertThat(state(check)).isEqualTo(HealthCheck.State.DOWN);

            store.jdbc().sql("alter table away rename to store_check").update();
            now.addAndGet(Duration.ofSeconds(2).toNanos());
            assertThat(state(check)).isEqualTo(HealthCheck.State.UP);

            refusing.set(true);
            assertThat(state(check)).as("room for a row, not for events").isEqualTo(HealthCheck.State.DOWN);
        }
    }

    private static HealthCheck.State state(StoreWrites check) {
        return check.call(Map.of()).getState();
    }
}
