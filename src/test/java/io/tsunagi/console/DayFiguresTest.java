package io.tsunagi.console;

import static org.assertj.core.api.Assertions.assertThat;

import io.tsunagi.access.SettableClock;
import io.tsunagi.store.Dialect;
import io.tsunagi.store.Store;
import io.tsunagi.store.TestStores;
import java.time.Duration;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

@ParameterizedClass
@EnumSource(Dialect.class)
class DayFiguresTest {
    @Parameter
    Dialect dialect;

    private final SettableClock clock = new SettableClock("2026-04-02T03:00:00Z");
    private Store store;
    private DayFigures figures;

    @BeforeEach
    void open() {
        store = TestStores.open(dialect);
        figures = new DayFigures(store, Duration.ofMinutes(2), clock);
    }

    @AfterEach
    void close() {
        store.close();
    }

    private void closed(String reason, Duration ago) {
        Object at = Store.at(clock.instant().minus(ago));
        store.jdbc()
                .sql("""
                        insert into inquiries (id, customer, account, state, version, last_seq, language, priority, weight,
                            opened_at, changed_at, read_seq, bot_misses, bot_prompts, closed_at, close_reason)
                        values (?, ?, 'main', 'CLOSED', 1, 1, 'ja', 3, 1, ?, ?, 0, 0, 0, ?, ?)
                        """)
                .params(UUID.randomUUID(), UUID.randomUUID(), at, at, at, reason)
                .update();
    }

    private void answeredFirst(Duration ago, Duration waited) {
        Object at = Store.at(clock.instant().minus(ago));
        store.jdbc()
                .sql("""
                        insert into inquiries (id, customer, account, state, version, last_seq, language, priority, weight,
                            opened_at, changed_at, read_seq, bot_misses, bot_prompts, handed_off_at, first_answered_at)
                        values (?, ?, 'main', 'ASSIGNED', 1, 1, 'ja', 3, 1, ?, ?, 0, 0, 0, ?, ?)
                        """)
                .params(
                        UUID.randomUUID(),
                        UUID.randomUUID(),
                        at,
                        at,
                        Store.at(clock.instant().minus(ago).minus(waited)),
                        at)
                .update();
    }

    private void asked(Integer score, Duration ago) {
        Object at = Store.at(clock.instant().minus(ago));
        store.jdbc()
                .sql(
                        "insert into surveys (id, inquiry, customer, asked_at, expires_at, score) values (?, ?, ?, ?, ?, ?)")
                .params(UUID.randomUUID(), UUID.randomUUID(), UUID.randomUUID(), at, at, score)
                .update();
    }

    @Test
    void the_last_day_counts_and_nothing_before_it() {
        assertThat(figures.day()).isEqualTo(new DayFigures.Day(0, 0, 0, 0, null, 0, 0, null));
        closed("solved-by-bot", Duration.ofHours(1));
        closed("solved", Duration.ofHours(23));
        closed("solved-by-bot", Duration.ofHours(25));
        asked(5, Duration.ofHours(1));
        asked(2, Duration.ofHours(2));
        asked(null, Duration.ofHours(3));
        asked(1, Duration.ofHours(25));
        answeredFirst(Duration.ofHours(1), Duration.ofMinutes(1));
        answeredFirst(Duration.ofHours(2), Duration.ofMinutes(2));
        answeredFirst(Duration.ofHours(23), Duration.ofMinutes(5));
        answeredFirst(Duration.ofHours(25), Duration.ofSeconds(1));

        // Counted a moment ago: many screens cost no more than one.
        assertThat(figures.day()).isEqualTo(new DayFigures.Day(0, 0, 0, 0, null, 0, 0, null));
        clock.forward(Duration.ofSeconds(10));
        assertThat(figures.day()).isEqualTo(new DayFigures.Day(2, 1, 3, 2, 3.5, 3, 2, 120.0));
    }
}
