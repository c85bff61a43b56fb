package io.tsunagi.salesforce;

import static org.assertj.core.api.Assertions.assertThat;

import io.tsunagi.sandbox.salesforce.SalesforceSimulator;
import io.tsunagi.store.CrmWork.Kind;
import io.tsunagi.store.Dialect;
import io.tsunagi.store.Ids;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.camel.component.salesforce.api.SalesforceException;
import org.apache.camel.component.salesforce.api.dto.RestError;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;
import org.springframework.dao.EmptyResultDataAccessException;

@ParameterizedClass
@EnumSource(Dialect.class)
class CrmQueueTest {
    private static final Written.TheCase MADE =
            new Written.TheCase("500x", "00001001", "New", null, "Medium", null, null, "003x", null, null);
    private static final SalesforceException LOCKED =
            new SalesforceException(List.of(new RestError("UNABLE_TO_LOCK_ROW", "locked")), 400);
    private static final SalesforceException REFUSED =
            new SalesforceException(List.of(new RestError("STRING_TOO_LONG", "too long", List.of("Subject"))), 400);

    private static SalesforceSimulator salesforce;

    @Parameter
    Dialect dialect;

    private SalesforceBench bench;
    private CrmQueue queue;

    @BeforeAll
    static void startSimulator() {
        salesforce =
                new SalesforceSimulator(SalesforceSimulator.Config.standard().withSeed(false)).start();
    }

    @AfterAll
    static void stopSimulator() {
        salesforce.close();
    }

    @BeforeEach
    void open() {
        bench = new SalesforceBench(dialect, salesforce, Map.of());
        queue = bench.setup.queue();
    }

    @AfterEach
    void close() {
        bench.close();
        salesforce.reset();
    }

    @Test
    void the_case_comes_first_and_everything_else_in_its_order() {
        UUID inquiry = bench.inquiry();
        bench.add(inquiry, Kind.TRANSCRIPT, bench.text(inquiry, 1, "a"));
        bench.add(inquiry, Kind.TRANSCRIPT, bench.text(inquiry, 2, "b"));
        bench.add(inquiry, Kind.CASE_UPDATE);
        bench.add(inquiry, Kind.TRANSCRIPT, bench.text(inquiry, 3, "c"));
        assertThat(queue.take(List.of(inquiry))).as("no Case yet").isNull();
        bench.add(inquiry, Kind.CASE);
        bench.add(inquiry, Kind.CLOSE);

        List<String> taken = new ArrayList<>();
        for (Work work = queue.take(List.of(inquiry)); work != null; work = queue.take(List.of(inquiry))) {
            taken.add(work.kind() + "×" + work.rows().size());
            queue.done(work, made(work));
        }

        assertThat(taken).containsExactly("CASE×1", "TRANSCRIPT×2", "CASE_UPDATE×1", "TRANSCRIPT×1", "CLOSE×1");
    }

    @Test
    void transcript_rows_that_are_not_due_wait_and_hold_what_comes_after_them() {
        UUID inquiry = withCase();
        UUID message = bench.text(inquiry, 1, "a");
        bench.store.inTransaction(() -> bench.work.add(inquiry, Kind.TRANSCRIPT, message, "", Duration.ofSeconds(30)));
        bench.add(inquiry, Kind.CLOSE);

        assertThat(queue.take(List.of(inquiry))).isNull();
        assertThat(queue.due()).isEmpty();

        bench.clock.pass(Duration.ofSeconds(31));

        assertThat(queue.due()).containsExactly(inquiry);
        assertThat(queue.take(List.of(inquiry)).kind()).isEqualTo(Kind.TRANSCRIPT);
    }

    @Test
    void the_heads_of_many_lines_go_together_kind_by_kind() {
        List<UUID> all = Stream.generate(this::withCase).limit(4).toList();
        bench.add(all.get(0), Kind.CASE_UPDATE);
        for (UUID inquiry : all.subList(1, 4)) {
            bench.add(inquiry, Kind.TRANSCRIPT, bench.text(inquiry, 1, "a"));
            bench.add(inquiry, Kind.TRANSCRIPT, bench.text(inquiry, 2, "b"));
            bench.add(inquiry, Kind.CLOSE);
        }
        UUID fresh = bench.inquiry();
        bench.add(fresh, Kind.CLOSE);
        bench.add(fresh, Kind.CASE);
        List<UUID> woken = Stream.concat(all.stream(), Stream.of(fresh)).toList();

        List<String> taken = new ArrayList<>();
        for (Work work = queue.take(woken); work != null; work = queue.take(woken)) {
            taken.add(work.kind() + "×" + work.rows().size());
            queue.done(work, made(work));
        }

        assertThat(taken).containsExactly("CASE×1", "TRANSCRIPT×6", "CLOSE×4", "CASE_UPDATE×1");
    }

    @Test
    void calls_that_break_down_are_halved_until_they_do_not() {
        List<UUID> all = Stream.generate(bench::inquiry).limit(120).toList();
        all.forEach(inquiry -> bench.add(inquiry, Kind.CASE));
        List<Integer> sizes = new ArrayList<>();
        for (Exception breakdown : List.of(new IOException("no answer"), new SalesforceException(List.of(), 500))) {
            Work work = queue.take(all);
            sizes.add(work.rows().size());
            queue.failed(work, breakdown);
            bench.clock.pass(Duration.ofMinutes(1));
        }
        for (int i = 0; i < 3; i++) {
            Work work = queue.take(all);
            sizes.add(work.rows().size());
            queue.done(work, made(work));
        }

        assertThat(sizes).containsExactly(100, 50, 25, 50, 45);
    }

    @Test
    void what_fails_the_database_again_and_again_is_parted_from_its_neighbours() {
        List<UUID> all = Stream.generate(bench::inquiry).limit(4).toList();
        all.forEach(inquiry -> bench.add(inquiry, Kind.CASE));
        Exception failure = new EmptyResultDataAccessException(1);
        for (int i = 0; i < 2; i++) {
            assertThat(queue.failed(queue.take(all), failure)).as("it may pass").isEmpty();
            bench.clock.pass(Duration.ofMinutes(1));
        }

        List<Work> halves = queue.failed(queue.take(all), failure);

        assertThat(halves).extracting(half -> half.rows().size()).containsExactly(2, 2);
        queue.done(halves.get(1), made(halves.get(1)));
        List<Work> single = queue.failed(halves.get(0), failure);
        assertThat(queue.failed(single.get(0), failure)).isEmpty();
        queue.done(single.get(1), made(single.get(1)));
        assertThat(all.stream().map(bench::states).filter(List.of("DONE")::equals))
                .hasSize(3);
    }

    @Test
    void what_is_refused_as_a_whole_is_tried_in_halves() {
        List<UUID> all = Stream.generate(bench::inquiry).limit(3).toList();
        all.forEach(inquiry -> bench.add(inquiry, Kind.CASE));
        Work work = queue.take(all);

        List<Work> halves = queue.failed(work, REFUSED);

        assertThat(halves).extracting(half -> half.rows().size()).containsExactly(1, 2);
        assertThat(queue.take(all)).as("they are still in hand").isNull();
        assertThat(queue.failed(halves.get(0), REFUSED)).isEmpty();
        assertThat(bench.states(work.rows().get(0).inquiry())).containsExactly("SET_ASIDE");
        assertThat(bench.states(work.rows().get(1).inquiry())).containsExactly("QUEUED");
    }

    @Test
    void what_is_to_be_gone_from_salesforce_overtakes_what_waits_and_holds_nothing() {
        UUID inquiry = withCase();
        UUID said = bench.text(inquiry, 1, "a");
        UUID waits = bench.text(inquiry, 2, "b");
        bench.store.inTransaction(() -> {
            bench.work.add(inquiry, Kind.TRANSCRIPT, waits, "", Duration.ofSeconds(30));
            bench.work.addFirst(inquiry, Kind.TRANSCRIPT, said, "unsent");
            bench.work.addFirst(inquiry, Kind.TRANSCRIPT, said, "unsent");
        });

        assertThat(queue.due()).containsExactly(inquiry);
        Work work = queue.take(List.of(inquiry));
        assertThat(work.rows()).extracting(Work.Row::subject).containsExactly(said);
        queue.done(work, made(work));
        assertThat(queue.take(List.of(inquiry))).isNull();
        bench.clock.pass(Duration.ofSeconds(31));
        assertThat(queue.take(List.of(inquiry)).rows())
                .extracting(Work.Row::subject)
                .containsExactly(waits);
    }

    @Test
    void notes_and_purged_messages_end_without_a_call() {
        UUID inquiry = withCase();
        UUID purged = bench.text(inquiry, 2, "b");
        bench.store
                .jdbc()
                .sql("update messages set content = null where id = ?")
                .param(purged)
                .update();
        bench.add(inquiry, Kind.TRANSCRIPT, bench.message(inquiry, 1, "NOTE", "text", "{\"text\":\"n\"}"));
        bench.add(inquiry, Kind.TRANSCRIPT, purged);
        bench.add(inquiry, Kind.TRANSCRIPT, Ids.derived("erased"));

        assertThat(queue.take(List.of(inquiry))).isNull();

        assertThat(bench.states(inquiry)).containsExactly("DONE", "DONE", "DONE", "DONE");
    }

    @Test
    void what_was_said_to_the_bot_alone_ends_with_the_inquiry() {
        UUID inquiry = bench.inquiry();
        bench.store
                .jdbc()
                .sql("update inquiries set handed_off_at = null, state = 'BOT' where id = ?")
                .param(inquiry)
                .update();
        bench.add(inquiry, Kind.TRANSCRIPT, bench.text(inquiry, 1, "a"));
        assertThat(queue.take(List.of(inquiry))).isNull();
        assertThat(queue.due()).isEmpty();
        assertThat(bench.states(inquiry)).containsExactly("QUEUED");

        bench.state(inquiry, "CLOSED");

        assertThat(queue.due()).containsExactly(inquiry);
        assertThat(queue.take(List.of(inquiry))).isNull();
        assertThat(bench.states(inquiry)).containsExactly("DONE");
    }

    @Test
    void nobody_takes_an_inquirys_work_while_another_has_some() {
        UUID inquiry = withCase();
        bench.add(inquiry, Kind.CASE_UPDATE);
        bench.add(inquiry, Kind.CLOSE);
        Work first = queue.take(List.of(inquiry));

        assertThat(queue.take(List.of(inquiry))).isNull();
        assertThat(queue.due()).isEmpty();

        queue.done(first, made(first));

        assertThat(queue.take(List.of(inquiry)).kind()).isEqualTo(Kind.CLOSE);
    }

    @Test
    void many_workers_do_each_piece_once_and_in_order() throws Exception {
        List<UUID> inquiries = IntStream.range(0, 6).mapToObj(i -> withCase()).toList();
        for (UUID inquiry : inquiries) {
            for (int i = 0; i < 8; i++) {
                bench.add(inquiry, i % 2 == 0 ? Kind.CASE_UPDATE : Kind.SURVEY);
            }
        }
        Map<UUID, List<Kind>> done = new java.util.concurrent.ConcurrentHashMap<>();
        Map<UUID, AtomicInteger> inHand = new java.util.concurrent.ConcurrentHashMap<>();
        AtomicInteger together = new AtomicInteger();
        Callable<Void> worker = () -> {
            while (true) {
                List<UUID> due = queue.due();
                if (due.isEmpty()
                        && bench.store
                                        .jdbc()
                                        .sql("select count(*) from crm_work where state = 'QUEUED'")
                                        .query(Long.class)
                                        .single()
                                == 0) {
                    return null;
                }
                for (UUID inquiry : due) {
                    Work work = queue.take(List.of(inquiry));
                    if (work == null) {
                        continue;
                    }
                    AtomicInteger holders = inHand.computeIfAbsent(inquiry, i -> new AtomicInteger());
                    together.accumulateAndGet(holders.incrementAndGet(), Math::max);
                    done.computeIfAbsent(inquiry, i -> new java.util.concurrent.CopyOnWriteArrayList<>())
                            .add(work.kind());
                    holders.decrementAndGet();
                    queue.done(work, made(work));
                }
            }
        };
        ExecutorService workers = Executors.newFixedThreadPool(4);
        try {
            for (Future<Void> each : workers.invokeAll(List.of(worker, worker, worker, worker))) {
                each.get();
            }
        } finally {
            workers.shutdownNow();
        }

        assertThat(together.get()).isOne();
        assertThat(done.keySet()).containsExactlyInAnyOrderElementsOf(inquiries);
        assertThat(done.values()).allSatisfy(kinds -> assertThat(kinds)
                .containsExactly(
                        Kind.CASE_UPDATE,
                        Kind.SURVEY,
                        Kind.CASE_UPDATE,
                        Kind.SURVEY,
                        Kind.CASE_UPDATE,
                        Kind.SURVEY,
                        Kind.CASE_UPDATE,
                        Kind.SURVEY));
    }

    @Test
    void the_work_of_a_worker_that_died_goes_to_another_and_the_late_one_changes_nothing() {
        UUID inquiry = withCase();
        bench.add(inquiry, Kind.CLOSE);
        Work lost = queue.take(List.of(inquiry));

        bench.clock.pass(Duration.ofMinutes(3));
        assertThat(queue.due()).containsExactly(inquiry);
        Work again = queue.take(List.of(inquiry));
        queue.failed(lost, REFUSED);

        assertThat(again.rows().get(0).id()).isEqualTo(lost.rows().get(0).id());
        assertThat(bench.states(inquiry)).containsExactly("DONE", "QUEUED");
        queue.done(again, made(again));
        assertThat(bench.states(inquiry)).containsExactly("DONE", "DONE");
    }

    @Test
    void a_failure_that_passes_keeps_its_place_and_waits_ever_longer() {
        UUID inquiry = withCase();
        bench.add(inquiry, Kind.CASE_UPDATE);
        bench.add(inquiry, Kind.CLOSE);

        queue.failed(queue.take(List.of(inquiry)), LOCKED);

        assertThat(queue.take(List.of(inquiry))).as("CLOSE waits behind it").isNull();
        bench.clock.pass(Duration.ofMillis(1300));
        Work second = queue.take(List.of(inquiry));
        assertThat(second.kind()).isEqualTo(Kind.CASE_UPDATE);
        assertThat(second.rows().get(0).tries()).isEqualTo(2);
        assertThat(CrmQueue.wait(1)).isBetween(Duration.ofMillis(1000), Duration.ofMillis(1200));
        assertThat(CrmQueue.wait(4)).isBetween(Duration.ofMillis(8000), Duration.ofMillis(9600));
        assertThat(CrmQueue.wait(90)).isEqualTo(Duration.ofMinutes(5));
    }

    @Test
    void a_case_set_aside_holds_the_rest_and_anything_else_does_not() {
        UUID held = bench.inquiry();
        bench.add(held, Kind.CASE);
        bench.add(held, Kind.CLOSE);
        UUID passing = withCase();
        bench.add(passing, Kind.SURVEY);
        bench.add(passing, Kind.CLOSE);

        queue.failed(queue.take(List.of(held)), REFUSED);
        queue.failed(queue.take(List.of(passing)), REFUSED);

        assertThat(queue.take(List.of(held))).isNull();
        assertThat(queue.due()).containsExactly(passing);
        assertThat(queue.take(List.of(passing)).kind()).isEqualTo(Kind.CLOSE);
        assertThat(queue.failed())
                .extracting(CrmQueue.FailedWork::kind, CrmQueue.FailedWork::error)
                .containsExactlyInAnyOrder(
                        org.assertj.core.groups.Tuple.tuple(Kind.CASE, "STRING_TOO_LONG (Subject)"),
                        org.assertj.core.groups.Tuple.tuple(Kind.SURVEY, "STRING_TOO_LONG (Subject)"));
    }

    @Test
    void work_tried_again_by_a_person_goes_first_when_it_is_older() {
        UUID inquiry = withCase();
        bench.add(inquiry, Kind.CASE_UPDATE);
        queue.failed(queue.take(List.of(inquiry)), REFUSED);
        bench.add(inquiry, Kind.CLOSE);

        assertThat(queue.retry(queue.failed().get(0).id())).isTrue();

        assertThat(queue.take(List.of(inquiry)).kind()).isEqualTo(Kind.CASE_UPDATE);
    }

    @Test
    void an_answer_that_never_came_makes_salesforce_away_until_the_sign_in_works() {
        UUID inquiry = withCase();
        bench.add(inquiry, Kind.CLOSE);
        queue.failed(queue.take(List.of(inquiry)), new RuntimeException(new IOException("reset by peer")));

        assertThat(bench.setup.health().standing().state()).isEqualTo(SalesforceHealth.State.AWAY);
        assertThat(bench.setup.health().standing().reason()).isEqualTo("No answer (IOException)");
        salesforce.addFault(Map.of("kind", "login", "status", 503, "times", -1));
        bench.clock.pass(Duration.ofSeconds(5));
        assertThat(queue.take(List.of(inquiry))).as("away").isNull();

        salesforce.clearFaults();
        assertThat(queue.take(List.of(inquiry))).as("not asked again at once").isNull();
        bench.clock.pass(Duration.ofSeconds(5));

        assertThat(queue.take(List.of(inquiry))).isNotNull();
    }

    @Test
    void what_salesforce_says_about_the_case_is_kept_with_a_new_version() {
        UUID inquiry = withCase();

        assertThat(bench.row(inquiry))
                .containsEntry("case_id", "500x")
                .containsEntry("case_number", "00001001")
                .containsEntry("case_status", "New")
                .containsEntry("version", 2L);
        assertThat(bench.store
                        .jdbc()
                        .sql("select contact_id from customers where id = ?")
                        .param(bench.row(inquiry).get("customer"))
                        .query(String.class)
                        .single())
                .isEqualTo("003x");
    }

    private UUID withCase() {
        UUID inquiry = bench.inquiry();
        bench.add(inquiry, Kind.CASE);
        Work work = queue.take(List.of(inquiry));
        queue.done(work, made(work));
        return inquiry;
    }

    private static Written made(Work work) {
        return new Written(work.rows().stream()
                .map(row -> new Written.Result(null, work.kind() == Kind.TRANSCRIPT ? null : MADE))
                .toList());
    }
}
