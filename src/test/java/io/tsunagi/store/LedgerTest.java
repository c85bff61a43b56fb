package io.tsunagi.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.tsunagi.access.SettableClock;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** What the ledger promises of events, and turns of their order. */
@ParameterizedClass
@EnumSource(Dialect.class)
class LedgerTest {
    private static final Instant NOON = Instant.parse("2026-04-01T12:00:00Z");

    @Parameter
    Dialect dialect;

    private final SettableClock clock = new SettableClock("2026-04-01T12:00:10Z");
    private final List<UUID> woken = new ArrayList<>();
    private Store store;
    private Ledger ledger;
    private Turns turns;

    @BeforeEach
    void open() {
        store = TestStores.open(dialect);
        Signals signals = new Signals();
        signals.listen((kind, id) -> woken.add(id));
        ledger = new Ledger(store, signals, clock);
        turns = new Turns(store, clock, Duration.ofSeconds(30), 5);
    }

    @AfterEach
    void close() {
        store.close();
    }

    @Test
    void an_event_that_comes_again_is_kept_once() {
        assertThat(ledger.append(List.of(event("e1", 0)))).isOne();
        assertThat(ledger.append(List.of(event("e1", 0), event("e2", 1)))).isOne();

        assertThat(woken).containsOnly(lane());
        assertThat(count("select count(*) from events")).isEqualTo(2);
    }

    @Test
    void recent_events_leave_out_those_that_no_key_opens() {
        ledger.append(List.of(event("first", 0), event("damaged", 1), event("last", 2)));
        store.jdbc().sql("update events set state = 'DONE'").update();
        store.jdbc()
                .sql("update events set body = ? where id = ?")
                .params(new byte[] {1, 2, 3}, event("damaged", 1).id())
                .update();

        assertThat(ledger.recent(10))
                .extracting(LedgerEvent::id)
                .containsExactlyInAnyOrder(
                        event("first", 0).id(), event("last", 2).id());
    }

    @Test
    void a_turn_takes_events_in_the_order_they_happened_not_in_which_they_came() {
        ledger.append(List.of(event("late", 5)));
        ledger.append(List.of(event("early", 1)));

        List<LedgerEvent> taken = take();

        assertThat(taken).extracting(LedgerEvent::occurredAt).containsExactly(NOON.plusSeconds(1), NOON.plusSeconds(5));
        assertThat(turns.plan(lane())).isNull();
    }

    @Test
    void the_words_of_an_event_are_forgotten_before_its_key() {
        ledger.append(List.of(event("e1", 0)));
        take();
        clock.forward(Duration.ofHours(25));

        assertThat(ledger.forget(Duration.ofHours(24), Duration.ofDays(35))).isOne();
        assertThat(count("select count(*) from events where body is null")).isOne();
        assertThat(ledger.append(List.of(event("e1", 0)))).isZero();

        clock.forward(Duration.ofDays(35));
        ledger.forget(Duration.ofHours(24), Duration.ofDays(35));
        assertThat(count("select count(*) from events")).isZero();
    }

    @Test
    void what_waits_is_never_forgotten_and_is_found_by_the_sweep() {
        ledger.append(List.of(event("e1", 0)));
        woken.clear();
        clock.forward(Duration.ofDays(40));

        ledger.forget(Duration.ofHours(24), Duration.ofDays(35));
        ledger.sweep();

        assertThat(woken).containsExactly(lane());
        assertThat(take()).hasSize(1);
    }

    private List<LedgerEvent> take() {
        Turns.Turn turn = turns.plan(lane());
        return store.inTransaction(() -> {
            List<LedgerEvent> events = turns.lock(turn);
            for (LedgerEvent event : events) {
                turns.begin(turn, event);
                turns.done(turn, event);
            }
            return events;
        });
    }

    private static UUID lane() {
        return Ids.lane("main", "user", "U1");
    }

    private static Ledger.Arrival event(String id, int second) {
        return new Ledger.Arrival(
                "main",
                id,
                "user",
                "U1",
                "message",
                NOON.plusSeconds(second),
                "{\"text\":\"残高\"}".getBytes(StandardCharsets.UTF_8));
    }

    private long count(String sql) {
        return store.jdbc().sql(sql).query(Long.class).single();
    }
}
