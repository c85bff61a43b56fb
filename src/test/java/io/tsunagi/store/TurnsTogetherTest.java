package io.tsunagi.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.tsunagi.access.SettableClock;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;
import org.springframework.dao.DataAccessException;

/** Lanes that wait at the same time take their turns in one transaction, and none pays for another. */
@ParameterizedClass
@EnumSource(value = Dialect.class, names = "POSTGRESQL") // on H2 each lane takes its turn alone
class TurnsTogetherTest {
    private static final Instant NOON = Instant.parse("2026-04-01T12:00:00Z");

    @Parameter
    Dialect dialect;

    private final SettableClock clock = new SettableClock("2026-04-01T12:00:10Z");
    private final List<UUID> waiting = new CopyOnWriteArrayList<>();
    private final List<UUID> woken = new ArrayList<>();
    private Store store;
    private Ledger ledger;
    private Turns turns;

    @BeforeEach
    void open() {
        store = TestStores.open(dialect);
        ledger = new Ledger(store, new Signals(), clock);
        turns = new Turns(store, clock, Duration.ofSeconds(30), 5);
        turns.together(
                most -> {
                    List<UUID> taken = List.copyOf(waiting.subList(0, Math.min(most, waiting.size())));
                    waiting.removeAll(taken);
                    return taken;
                },
                woken::add,
                (lanes, turnOf) -> {});
    }

    @AfterEach
    void close() {
        store.close();
    }

    @Test
    void what_waits_beside_a_lane_takes_effect_with_it_each_in_its_order() {
        arrive(3);
        List<String> effects = new ArrayList<>();

        Turns.Turn turn = turns.gather(lane(0));
        run(turn, event -> effects.add(event.source() + " " + new String(event.json(), StandardCharsets.UTF_8)));

        assertThat(effects).hasSize(6);
        IntStream.range(0, 3)
                .forEach(i -> assertThat(effects).containsSubsequence(List.of("U" + i + " first", "U" + i + " then")));
        assertThat(count("select count(*) from events where state = 'DONE' and attempts = 1"))
                .isEqualTo(6);
        assertThat(turns.again(turn)).isNull();
    }

    /** Statistics of a quiet day say that next to nothing waits; they stay for a while when a storm begins. */
    @Test
    void a_turn_in_a_storm_reads_its_own_lanes_and_not_all_that_waits() throws Exception {
        String rows = """
                insert into events (id, account, lane, kind, source, type, occurred_at, received_at, state, attempts, body)
                select gen_random_uuid(), 'main', gen_random_uuid(), 'user', 'U', 'message', now(), now(), ?, 0, 'x'
                  from generate_series(1, ?)
                """;
        store.jdbc().sql(rows).params("DONE", 20_000).update();
        store.jdbc().sql("analyze events").update();
        store.jdbc().sql(rows).params("WAITING", 5_000).update();
        arrive(8);
        List<String> effects = new ArrayList<>();

        run(turns.gather(lane(0)), event -> effects.add(event.source()));

        assertThat(effects).hasSize(16);
        assertThat(TestStores.entriesRead(store, "events_by_state")).isLessThan(1_000);
    }

    @Test
    void writes_that_wait_stand_in_the_order_of_their_lane_when_somebody_reads() {
        arrive(3);

        run(turns.gather(lane(0)), event -> {
            store.later("insert into unsent (id, customer, at) values (?, ?, ?)", event.id(), event.lane(), at(0));
            store.later("update unsent set at = ? where id = ?", at(1), event.id());
            store.later("update unsent set at = ? where customer = ?", at(2), event.lane());
        });

        assertThat(count("select count(*) from unsent")).isEqualTo(6);
        assertThat(store.jdbc()
                        .sql("select distinct at from unsent")
                        .query((row, i) -> Store.instant(row.getTimestamp("at")))
                        .list())
                .containsExactly(NOON.plusSeconds(2));
    }

    @Test
    void what_a_turn_holds_is_forgotten_once_somebody_writes_past_it() {
        arrive(2);

        run(turns.gather(lane(0)), event -> {
            store.hold("row", "held " + event.lane());
            store.reading().sql("select count(*) from lanes").query(Long.class).single();
            assertThat(store.held("row", String.class)).contains("held " + event.lane());
            store.jdbc().sql("select count(*) from lanes").query(Long.class).single();
            assertThat(store.held("row", String.class)).isEmpty();
        });

        assertThat(store.held("row", String.class)).as("after the turn").isEmpty();
    }

    @Test
    void one_that_fails_costs_its_neighbours_nothing_and_only_itself_a_try() {
        arrive(3);
        UUID poison = lane(1);

        Turns.Turn together = turns.gather(lane(0));
        runOrFail(together, poison);
        assertThat(count("select count(*) from events where state = 'DONE'")).isZero();
        for (Turns.Turn alone = turns.again(together); alone != null; alone = next(alone)) {
            assertThat(alone.toString()).startsWith("Turn of lane");
            runOrFail(alone, poison);
        }

        assertThat(count("select count(*) from events where state = 'DONE' and attempts = 1"))
                .isEqualTo(4);
        assertThat(count("select count(*) from events where state = 'WAITING' and first_failed_at is not null"))
                .isOne();
        assertThat(store.jdbc()
                        .sql("select sum(attempts) from events where lane = ?")
                        .param(poison)
                        .query(Long.class)
                        .single())
                .isOne();
    }

    @Test
    void an_event_that_was_tried_before_is_taken_alone() {
        arrive(3);
        store.jdbc()
                .sql("update events set attempts = 1 where lane = ?")
                .param(lane(1))
                .update();
        List<Set<UUID>> taken = new ArrayList<>();

        for (Turns.Turn turn = turns.gather(lane(0)); turn != null; turn = turns.again(turn)) {
            List<UUID> lanes = new ArrayList<>();
            run(turn, event -> lanes.add(event.lane()));
            taken.add(Set.copyOf(lanes));
        }

        assertThat(taken).first().isEqualTo(Set.of(lane(0), lane(2)));
        assertThat(taken.subList(1, taken.size())).containsOnly(Set.of(lane(1)));
        assertThat(count("select count(*) from events where state = 'DONE'")).isEqualTo(6);
    }

    @Test
    void lanes_go_back_uncounted_when_those_before_them_take_long() {
        arrive(3);

        run(turns.gather(lane(0)), event -> clock.forward(Duration.ofMillis(150)));

        assertThat(count("select count(distinct lane) from events where state = 'DONE'"))
                .isOne();
        assertThat(count(
                        "select count(*) from events where state = 'WAITING' and attempts = 0 and next_try_at is null"))
                .isEqualTo(4);
        assertThat(woken).hasSize(2).doesNotHaveDuplicates();
    }

    @Test
    void an_event_that_was_announced_is_given_whatever_time_has_passed() {
        arrive(2);
        Turns.Turn turn = turns.gather(lane(0));

        store.inTransaction(() -> {
            Iterator<LedgerEvent> events = turns.take(turn);
            for (int i = 0; i < 3; i++) {
                assertThat(events.hasNext()).isTrue();
                clock.forward(Duration.ofMillis(i == 2 ? 300 : 0));
                turns.done(turn, events.next());
            }
            assertThat(events.hasNext()).isTrue();
            turns.done(turn, events.next());
            assertThat(events.hasNext()).isFalse();
            turns.end(turn);
        });

        assertThat(count("select count(*) from events where state = 'DONE'")).isEqualTo(4);
    }

    @Test
    void nobody_else_plans_lanes_whose_turn_is_under_way() {
        arrive(2);

        turns.gather(lane(0));

        assertThat(turns.plan(lane(0))).isNull();
        assertThat(turns.plan(lane(1))).isNull();
    }

    @Test
    void a_turn_gives_its_room_back_however_it_ends() {
        arrive(5);
        waiting.clear();
        int all = turns.roomLeft();

        Turns.Turn taken = turns.gather(lane(0));
        assertThat(turns.roomLeft()).isEqualTo(all - 1);
        run(taken, event -> {});
        assertThat(turns.roomLeft()).as("after its end").isEqualTo(all);

        Turns.Turn broken = turns.gather(lane(1));
        turns.failed(broken, new IllegalStateException("no connection for its transaction"));
        assertThat(turns.roomLeft())
                .as("after a failure before its transaction")
                .isEqualTo(all);

        assertThat(turns.gather(lane(0))).isNull();
        assertThat(turns.roomLeft()).as("with nothing to do").isEqualTo(all);

        turns.gather(lane(2));
        Turns.Turn next = turns.gather(lane(3));
        assertThat(turns.roomLeft()).as("of a turn that was never taken").isEqualTo(all - 1);
        run(next, event -> {});
        assertThat(turns.roomLeft()).isEqualTo(all);
    }

    /** Its route was stopped before it took the turn, and the route's threads with it. */
    @Test
    void a_thread_that_is_gone_has_given_its_room_back_by_the_next_turn() throws InterruptedException {
        arrive(2);
        waiting.clear();
        int all = turns.roomLeft();
        Thread stopped = new Thread(() -> turns.gather(lane(0)));
        stopped.start();
        stopped.join();
        assertThat(turns.roomLeft()).isEqualTo(all - 1);

        run(turns.gather(lane(1)), event -> {});

        assertThat(turns.roomLeft()).isEqualTo(all);
    }

    @Test
    void lanes_whose_threads_wait_for_room_are_all_planned_once() {
        arrive(5);
        waiting.clear();
        Turns.Turn before = turns.gather(lane(0));

        List<CompletableFuture<Turns.Turn>> threads = IntStream.range(1, 5)
                .mapToObj(i ->
                        CompletableFuture.supplyAsync(() -> turns.gather(lane(i)), task -> new Thread(task).start()))
                .toList();
        run(before, event -> {});

        List<LedgerEvent> planned = new ArrayList<>();
        for (CompletableFuture<Turns.Turn> thread : threads) {
            Turns.Turn turn = thread.join();
            if (turn != null) {
                run(turn, planned::add);
            }
        }
        assertThat(planned).extracting(LedgerEvent::id).doesNotHaveDuplicates().hasSize(8);
        assertThat(planned).extracting(LedgerEvent::lane).contains(lane(1), lane(2), lane(3), lane(4));
    }

    @Test
    void a_turn_that_takes_long_keeps_nobody_else_from_planning() {
        arrive(3);
        waiting.clear();
        Turns.Turn slow = turns.plan(lane(0));

        store.inTransaction(() -> {
            turns.take(slow);
            clock.forward(Duration.ofSeconds(6));
            // It waits for the row of the event that is taking effect.
            waiting.add(lane(0));
            CompletableFuture<Turns.Turn> behind =
                    CompletableFuture.supplyAsync(() -> turns.gather(lane(0)), task -> new Thread(task).start());
            await().until(() -> waiting.isEmpty() && TestStores.somebodyWaitsForALock(store));
            waiting.add(lane(2));

            CompletableFuture<Turns.Turn> others =
                    CompletableFuture.supplyAsync(() -> turns.gather(lane(1)), task -> new Thread(task).start());

            await().atMost(Duration.ofSeconds(5)).until(others::isDone);
            assertThat(others.join()).hasToString("Turn of 2 lanes");
            assertThat(behind).isNotDone();
        });
    }

    @Test
    void nothing_is_committed_after_a_write_that_waited_was_refused_even_when_somebody_swallows_it() {
        arrive(2);
        Turns.Turn turn = turns.gather(lane(0));

        assertThatThrownBy(() -> run(turn, event -> {
                    store.later("insert into unsent (id, customer, at) values (?, ?, ?)", lane(9), event.lane(), at(0));
                    try {
                        store.reading();
                    } catch (DataAccessException swallowed) {
                        store.later("update unsent set at = ? where id = ?", at(1), lane(9));
                    }
                }))
                .isInstanceOf(DataAccessException.class);

        assertThat(count("select count(*) from events where state = 'DONE'")).isZero();
        assertThat(count("select count(*) from unsent")).isZero();
    }

    @Test
    void lanes_that_were_let_go_are_uncounted_once_when_the_commit_was_not_heard_of() {
        arrive(3);
        Turns.Turn turn = turns.gather(lane(0));
        run(turn, event -> clock.forward(Duration.ofMillis(150)));

        turns.failed(turn, new IllegalStateException("the connection broke"));

        assertThat(count("select count(*) from events where state = 'WAITING' and attempts = 0"))
                .isEqualTo(4);
    }

    @Test
    void those_who_wait_for_a_lock_do_so_alone_and_leave_the_others_to_other_threads() {
        arrive(3);
        run(turns.plan(lane(0)), event -> {});
        ledger.append(List.of(event(0, "more", 3)));
        Turns.Turn together = turns.gather(lane(0));

        store.inTransaction(() -> {
            new Lanes(store).lock(lane(0));
            CompletableFuture<Void> failing = CompletableFuture.runAsync(
                    () -> assertThatThrownBy(() -> run(together, event -> {}))
                            .satisfies(e -> turns.failed(together, e)),
                    task -> new Thread(task).start());
            await().atMost(Duration.ofSeconds(8)).until(failing::isDone);
            failing.join();
        });
        Turns.Turn alone = turns.again(together);

        assertThat(alone).hasToString("Turn of lane " + lane(0));
        assertThat(woken).containsExactly(lane(1), lane(2));
    }

    /** As threads do: what the thread before has left for others is gathered anew. */
    private Turns.Turn next(Turns.Turn before) {
        Turns.Turn next = turns.again(before);
        while (next == null && !woken.isEmpty()) {
            next = turns.gather(woken.remove(0));
        }
        return next;
    }

    private void arrive(int customers) {
        for (int i = 0; i < customers; i++) {
            ledger.append(List.of(event(i, "then", 2), event(i, "first", 1)));
            if (i > 0) {
                waiting.add(lane(i));
            }
        }
    }

    private void runOrFail(Turns.Turn turn, UUID poison) {
        try {
            run(turn, event -> {
                store.later("insert into unsent (id, customer, at) values (?, ?, ?)", event.id(), event.lane(), at(0));
                if (event.lane().equals(poison)) {
                    throw new IllegalStateException("poison");
                }
            });
        } catch (IllegalStateException e) {
            turns.failed(turn, e);
        }
    }

    private void run(Turns.Turn turn, Consumer<LedgerEvent> effect) {
        store.inTransaction(() -> {
            for (Iterator<LedgerEvent> events = turns.take(turn); events.hasNext(); ) {
                LedgerEvent event = events.next();
                effect.accept(event);
                turns.done(turn, event);
            }
            turns.end(turn);
        });
    }

    private static Object at(int second) {
        return Store.at(NOON.plusSeconds(second));
    }

    private static UUID lane(int customer) {
        return Ids.lane("main", "user", "U" + customer);
    }

    private static Ledger.Arrival event(int customer, String words, int second) {
        return new Ledger.Arrival(
                "main",
                words + customer,
                "user",
                "U" + customer,
                "message",
                NOON.plusSeconds(second),
                words.getBytes(StandardCharsets.UTF_8));
    }

    private long count(String sql) {
        return store.jdbc().sql(sql).query(Long.class).single();
    }
}
