package io.tsunagi.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.tsunagi.access.SettableClock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** What the outbox towards LINE promises: order, one caller at a time, and an end that is known. */
@ParameterizedClass
@EnumSource(Dialect.class)
class DeliveriesTest {
    private static final UUID LANE = Ids.lane("main", "user", "U1");

    @Parameter
    Dialect dialect;

    private final SettableClock clock = new SettableClock("2026-04-01T12:00:00Z");
    private Store store;
    private Deliveries deliveries;

    @BeforeEach
    void open() {
        store = TestStores.open(dialect);
        deliveries = new Deliveries(
                store, new Signals(), clock, Duration.ofSeconds(50), Duration.ofMinutes(2), Duration.ofHours(23));
    }

    @AfterEach
    void close() {
        store.close();
    }

    @Test
    void the_second_waits_until_the_first_has_ended() {
        UUID first = queue("first", null);
        UUID second = queue("second", null);

        Deliveries.Claim claim = deliveries.next(LANE);
        assertThat(claim.id()).isEqualTo(first);
        assertThat(deliveries.next(LANE)).isNull();

        deliveries.sent(claim, "request", List.of());
        assertThat(deliveries.next(LANE).id()).isEqualTo(second);
    }

    @Test
    void the_same_delivery_is_queued_once() {
        queue("first", null);
        queue("first", null);

        assertThat(store.jdbc()
                        .sql("select count(*) from deliveries")
                        .query(Long.class)
                        .single())
                .isOne();
    }

    @Test
    void an_answer_to_an_overtaken_attempt_changes_nothing() {
        UUID id = queue("first", null);
        Deliveries.Claim frozen = deliveries.next(LANE);
        clock.forward(Duration.ofSeconds(31));
        Deliveries.Claim newer = deliveries.next(LANE);
        assertThat(newer.id()).isEqualTo(id);

        deliveries.refused(frozen, "old", "too late");
        assertThat(state(id)).isEqualTo("SENDING");

        deliveries.sent(newer, "new", List.of());
        assertThat(state(id)).isEqualTo("SENT");
    }

    @Test
    void a_reply_without_an_answer_is_repeated_while_its_token_lasts_and_then_unclear() {
        UUID id = queue("first", clock.instant().plusSeconds(50));
        Deliveries.Claim first = deliveries.next(LANE);
        assertThat(first.reply()).isTrue();
        assertThat(first.unanswered()).isFalse();
        deliveries.unanswered(first, "reset");

        clock.forward(Duration.ofSeconds(5));
        Deliveries.Claim again = deliveries.next(LANE);
        assertThat(again.reply()).isTrue();
        assertThat(again.unanswered()).isTrue();
        deliveries.unanswered(again, "reset");

        clock.forward(Duration.ofSeconds(60));
        assertThat(deliveries.next(LANE)).isNull();
        assertThat(state(id)).isEqualTo("UNCLEAR");
    }

    @Test
    void a_reply_whose_token_was_never_used_is_pushed_with_its_id_as_key() {
        UUID id = queue("first", clock.instant().plusSeconds(50));
        deliveries.replyTokenOver(deliveries.next(LANE));

        Deliveries.Claim push = deliveries.next(LANE);
        assertThat(push.id()).isEqualTo(id);
        assertThat(push.reply()).isFalse();
    }

    /** Scenario 12, 12b, 13 */
    @Test
    void the_ledger_tells_what_was_free_what_was_paid_and_of_what_nobody_knows() {
        UUID inquiry = Ids.derived("inquiry", "ledger");
        queue("free", clock.instant().plusSeconds(50), inquiry);
        deliveries.sent(deliveries.next(LANE), "r1", List.of());
        queue("paid", null, inquiry);
        deliveries.unanswered(deliveries.next(LANE), "reset");
        clock.forward(Duration.ofSeconds(30));
        deliveries.sent(deliveries.next(LANE), "r2", List.of());
        queue("refused", null, inquiry);
        deliveries.refused(deliveries.next(LANE), "r3", "LINE refused it");
        UUID unclear = queue("unclear", clock.instant().plusSeconds(50), inquiry);
        deliveries.unclear(deliveries.next(LANE), "r4", "LINE did not answer");
        Sends sends = new Sends(store, clock);

        assertThat(sends.of(inquiry)).isEqualTo(new Sends.Tally(1, 1, 1));
        assertThat(sends.paid("main", Instant.EPOCH)).isOne();

        clock.forward(Duration.ofSeconds(1));
        deliveries.retry(unclear);
        deliveries.sent(deliveries.next(LANE), "r5", List.of());
        assertThat(sends.of(inquiry)).as("what was unclear stays so").isEqualTo(new Sends.Tally(1, 2, 1));
        assertThat(sends.of("main", Instant.EPOCH)).containsExactly(new Sends.Share(Deliveries.Origin.BOT, 1, 2, 1));
        assertThat(sends.of("main", clock.instant().plusSeconds(1))).isEmpty();
    }

    /** Scenario 16 */
    @Test
    void what_the_reserve_refuses_ends_without_a_call_and_lets_the_free_reply_behind_it_pass() {
        deliveries.spare((account, origin, messages) -> origin == Deliveries.Origin.OPERATOR);
        UUID refused = queue("refused", null);
        UUID free = queue("free", clock.instant().plusSeconds(50));

        assertThat(deliveries.next(LANE).id()).isEqualTo(free);
        assertThat(state(refused)).isEqualTo("FAILED");
        assertThat(deliveries.failed()).as("there is nothing to try again").isEmpty();
    }

    @Test
    void words_of_the_bot_that_waited_too_long_are_not_said() {
        UUID id = queue("first", null);
        clock.forward(Duration.ofMinutes(3));

        assertThat(deliveries.next(LANE)).isNull();
        assertThat(state(id)).isEqualTo("EXPIRED");
    }

    /** F17: the retry key makes each call the same one, and after the words' time nobody calls any more. */
    @Test
    void a_push_that_line_never_answers_is_repeated_with_its_key_until_its_words_are_over_and_then_unclear() {
        UUID id = queue("first", null);
        Duration waited = Duration.ZERO;
        int calls = 0;
        for (Deliveries.Claim claim = deliveries.next(LANE);
                waited.compareTo(Duration.ofMinutes(10)) < 0;
                claim = deliveries.next(LANE)) {
            if (claim != null) {
                assertThat(claim.id()).isEqualTo(id);
                assertThat(claim.reply()).isFalse();
                assertThat(claim.payload()).isEqualTo("[]");
                deliveries.unanswered(claim, "reset");
                calls++;
            }
            clock.forward(Duration.ofSeconds(1));
            waited = waited.plusSeconds(1);
        }

        assertThat(calls).isBetween(5, 9);
        assertThat(state(id)).isEqualTo("UNCLEAR");
    }

    @Test
    void what_must_wait_for_line_keeps_its_place_and_is_not_counted_as_a_try() {
        UUID first = queue("first", null);
        queue("second", null);
        deliveries.keep((account, reply) -> Duration.ofSeconds(3));

        assertThat(deliveries.next(LANE)).isNull();
        clock.forward(Duration.ofSeconds(2));
        deliveries.keep((account, reply) -> Duration.ZERO);
        assertThat(deliveries.next(LANE)).isNull();

        clock.forward(Duration.ofSeconds(1));
        Deliveries.Claim claim = deliveries.next(LANE);
        assertThat(claim.id()).isEqualTo(first);
        assertThat(claim.tries()).isOne();
        assertThat(claim.unanswered()).isFalse();
    }

    @Test
    void what_needs_quota_lets_later_ones_pass_and_can_try_again() {
        UUID first = queue("first", null);
        UUID second = queue("second", clock.instant().plusSeconds(50));
        deliveries.needsQuota(deliveries.next(LANE), "request");

        Deliveries.Claim free = deliveries.next(LANE);
        assertThat(free.id()).isEqualTo(second);
        assertThat(free.reply()).isTrue();
        deliveries.sent(free, "request", List.of());

        assertThat(deliveries.retryQuota()).isOne();
        assertThat(deliveries.next(LANE).id()).isEqualTo(first);
    }

    @Test
    void words_that_are_past_their_time_are_not_tried_again() {
        UUID first = queue("first", null);
        deliveries.refused(deliveries.next(LANE), "request", "LINE answered 400");
        store.jdbc().sql("update deliveries set payload = null").update();

        assertThat(deliveries.retry(first)).isFalse();
        assertThat(state(first)).isEqualTo("FAILED");
    }

    @Test
    void it_can_be_taken_back_until_line_is_called() {
        UUID first = queue("first", null);
        assertThat(store.inTransaction(() -> deliveries.cancel(first))).isTrue();

        UUID second = queue("second", null);
        deliveries.next(LANE);
        assertThat(store.inTransaction(() -> deliveries.cancel(second))).isFalse();
        assertThat(state(first)).isEqualTo("CANCELLED");
    }

    @Test
    void what_one_waits_for_holds_up_no_other() {
        UUID held = queue("held", null);
        Deliveries.Claim first = deliveries.next(LANE);
        UUID neighbour = Ids.lane("main", "user", "U2");
        queue("passes", null, null, neighbour);
        Deliveries.Claim second = deliveries.next(neighbour);

        store.inTransaction(() -> {
            store.jdbc()
                    .sql("update deliveries set error = 'held' where id = ?")
                    .param(held)
                    .update();
            CompletableFuture<Void> waits = sent(first);
            await().until(() -> TestStores.somebodyWaitsForALock(store));
            CompletableFuture<Void> passes = sent(second);

            await().atMost(Duration.ofSeconds(8)).until(passes::isDone);
            assertThat(waits).isNotDone();
        });
        await().until(() -> state(held).equals("SENT"));
    }

    private CompletableFuture<Void> sent(Deliveries.Claim claim) {
        return CompletableFuture.runAsync(
                () -> deliveries.sent(claim, "request", List.of()), task -> new Thread(task).start());
    }

    private UUID queue(String name, Instant replyUntil) {
        return queue(name, replyUntil, null);
    }

    private UUID queue(String name, Instant replyUntil, UUID inquiry) {
        return queue(name, replyUntil, inquiry, LANE);
    }

    private UUID queue(String name, Instant replyUntil, UUID inquiry, UUID lane) {
        UUID id = Ids.derived("delivery", name);
        store.inTransaction(() -> deliveries.add(new Deliveries.Order(
                id,
                "main",
                lane,
                "U1",
                inquiry,
                Deliveries.Origin.BOT,
                "[]",
                replyUntil == null ? null : "token",
                replyUntil,
                false,
                Duration.ZERO)));
        return id;
    }

    private String state(UUID id) {
        return store.jdbc()
                .sql("select state from deliveries where id = ?")
                .param(id)
                .query(String.class)
                .single();
    }
}
