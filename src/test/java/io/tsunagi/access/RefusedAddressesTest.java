package io.tsunagi.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tsunagi.audit.Audit;
import io.tsunagi.store.Dialect;
import io.tsunagi.store.Store;
import io.tsunagi.store.TestStores;
import java.time.Duration;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class RefusedAddressesTest {
    private static final String SOMEWHERE = "198.51.100.9";

    private final SettableClock clock = new SettableClock("2026-04-01T00:00:00Z");
    private final Store store = TestStores.open(Dialect.H2);
    private final RefusedAddresses refused = new RefusedAddresses(store, new Audit(store, clock), clock);

    @AfterEach
    void close() {
        store.close();
    }

    @Test
    void an_address_is_told_once_in_ten_minutes() {
        assertThat(refused.wanted(SOMEWHERE)).isTrue();
        clock.forward(Duration.ofMinutes(10).minusSeconds(1));
        assertThat(refused.wanted(SOMEWHERE)).isFalse();

        clock.forward(Duration.ofSeconds(1));

        assertThat(refused.wanted(SOMEWHERE)).isTrue();
    }

    @Test
    void a_hundred_addresses_are_told_and_no_more() {
        assertThat(IntStream.range(0, 1_000)
                        .filter(i -> refused.wanted("2001:db8:0:%x::1".formatted(i)))
                        .count())
                .isEqualTo(100);
    }

    @Test
    void a_row_that_cannot_be_written_is_no_secret() {
        refused.write(SOMEWHERE);
        assertThat(store.jdbc()
                        .sql("select count(*) from audit where act = 'call' and origin = ?")
                        .param(SOMEWHERE)
                        .query(Long.class)
                        .single())
                .isOne();
        store.close();

        assertThatThrownBy(() -> refused.write(SOMEWHERE)).isInstanceOf(RuntimeException.class);
    }
}
