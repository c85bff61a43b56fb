package io.tsunagi.dispatch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.tsunagi.access.OperatorId;
import io.tsunagi.access.Person;
import io.tsunagi.inquiry.Inquiry;
import io.tsunagi.inquiry.InquiryState;
import io.tsunagi.inquiry.Office;
import io.tsunagi.inquiry.WrongStateException;
import io.tsunagi.store.Dialect;
import io.tsunagi.store.Store;
import io.tsunagi.store.TestStores;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** Who gets the next inquiry. */
@ParameterizedClass
@EnumSource(Dialect.class)
class DispatcherTest {
    /** Longer than H2 waits for a lock in all tries together; PostgreSQL waits as long as it takes. */
    private static final Duration LONGEST_LOCK = Duration.ofSeconds(8);

    @Parameter
    Dialect dialect;

    private Office office;

    @BeforeEach
    void open() {
        office = Office.open(dialect);
    }

    @AfterEach
    void close() {
        office.close();
    }

    private OperatorId operatorOf(Inquiry inquiry) {
        return office.now(inquiry).operator();
    }

    /** Scenario 28 */
    @Test
    void the_less_loaded_operator_gets_the_inquiry_and_the_decision_is_kept_with_both() throws Exception {
        Person aoi = office.operator("aoi", 4);
        Person ren = office.operator("ren", 4);
        office.assigned("one", aoi);
        office.assigned("two", aoi);
        office.assigned("three", ren);
        Inquiry inquiry = office.waiting("misaki");
        office.clock.forward(Duration.ofSeconds(12));

        assertThat(office.dispatcher.assign()).isOne();

        assertThat(operatorOf(inquiry)).isEqualTo(ren.id());
        Map<String, Object> decision = office.store
                .jdbc()
                .sql("select operator, rule, candidates, waited_ms from assignments where inquiry = ?")
                .param(inquiry.id().value())
                .query()
                .singleRow();
        assertThat(decision.get("operator")).isEqualTo(ren.id().value());
        assertThat(decision.get("rule")).isEqualTo("least loaded, then longest idle");
        assertThat(decision.get("waited_ms")).isEqualTo(12_000L);
        JsonNode candidates = new ObjectMapper().readTree((String) decision.get("candidates"));
        assertThat(candidates)
                .extracting(
                        c -> c.path("operator").asText(), c -> c.path("load").asInt(), c -> c.path("verdict")
                                .asText())
                .containsExactly(
                        tuple(ren.id().toString(), 1, "chosen"), tuple(aoi.id().toString(), 2, "eligible"));
    }

    /** Scenario 29 */
    @Test
    void of_equally_loaded_operators_the_one_idle_the_longest_gets_it() {
        Person aoi = office.operator("aoi", 4);
        office.clock.forward(Duration.ofSeconds(60));
        office.operator("ren", 4);
        office.clock.forward(Duration.ofSeconds(30));

        Inquiry inquiry = office.waiting("misaki");
        office.dispatcher.assign();

        assertThat(operatorOf(inquiry)).isEqualTo(aoi.id());
    }

    /** Scenario 30 */
    @Test
    void a_place_that_becomes_free_goes_to_the_oldest_of_the_line_and_not_to_who_comes_at_that_moment() {
        Person aoi = office.operator("aoi", 1);
        Inquiry busy = office.assigned("busy", aoi);
        List<Inquiry> line = new ArrayList<>();
        for (String user : List.of("first", "second", "third")) {
            office.clock.forward(Duration.ofSeconds(1));
            line.add(office.waiting(user));
        }
        assertThat(office.dispatcher.assign()).isZero();
        office.clock.forward(Duration.ofSeconds(1));

        Office.atOnce(List.of(
                () -> {
                    office.desk.close(aoi, busy.id(), "solved", () -> {});
                    return office.dispatcher.assign();
                },
                () -> {
                    office.waiting("newcomer");
                    return office.dispatcher.assign();
                }));
        office.dispatcher.assign();

        assertThat(operatorOf(line.get(0))).isEqualTo(aoi.id());
        assertThat(office.inquiries.waiting())
                .extracting(Inquiry::id)
                .containsExactly(
                        line.get(1).id(),
                        line.get(2).id(),
                        office.current("newcomer").id());
    }

    /** Scenario 31 */
    @Test
    void many_threads_on_two_nodes_give_each_inquiry_to_one_operator_and_nobody_too_many() {
        int inquiries = 200;
        List<Person> people = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            people.add(office.operator("operator" + i, 3));
        }
        for (int i = 0; i < inquiries; i++) {
            office.waiting("customer" + i);
        }
        try (Office second = office.secondNode()) {
            Set<UUID> handled = new HashSet<>();
            while (handled.size() < inquiries) {
                List<Callable<?>> deciders = new ArrayList<>();
                for (int i = 0; i < 6; i++) {
                    Office node = i % 2 == 0 ? office : second;
                    deciders.add(node.dispatcher::assign);
                }
                List<Object> given = Office.atOnce(deciders);

                assertThat(given).allMatch(Integer.class::isInstance);
                List<Inquiry> taken = people.stream()
                        .flatMap(p -> office.inquiries.of(p.id(), InquiryState.ASSIGNED).stream())
                        .toList();
                assertThat(given.stream().mapToInt(Integer.class::cast).sum())
                        .isEqualTo(taken.size())
                        .isEqualTo(Math.min(60, inquiries - handled.size()));
                for (Person person : people) {
                    List<Inquiry> theirs = office.inquiries.of(person.id(), InquiryState.ASSIGNED);
                    assertThat(theirs).hasSizeLessThanOrEqualTo(3);
                    assertThat(office.load(person)).isEqualTo(theirs.size());
                    assertThat(theirs).extracting(Inquiry::slot).doesNotHaveDuplicates();
                    theirs.forEach(i -> office.desk.close(person, i.id(), "solved", () -> {}));
                }
                taken.forEach(i ->
                        assertThat(handled.add(i.id().value())).as("given once").isTrue());
            }
        }
        assertThat(office.inquiries.waiting()).isEmpty();
        assertThat(office.store
                        .jdbc()
                        .sql("select count(distinct inquiry) from assignments")
                        .query(Integer.class)
                        .single())
                .isEqualTo(inquiries);
        assertThat(office.count("assignments")).isEqualTo(inquiries);
        assertThat(people).allMatch(p -> office.load(p) == 0);
    }

    @Test
    void a_decider_that_finds_another_at_work_for_long_gives_way() {
        office.operator("aoi", 3);
        Inquiry inquiry = office.waiting("misaki");
        CountDownLatch locked = new CountDownLatch(1);
        CountDownLatch gaveWay = new CountDownLatch(1);

        List<Object> outcomes = Office.atOnce(List.of(
                () -> office.store.inTransaction(() -> {
                    office.store
                            .jdbc()
                            .sql("insert into dispatch_lanes (pool) values ('all')")
                            .update();
                    locked.countDown();
                    return await(gaveWay, LONGEST_LOCK);
                }),
                () -> {
                    await(locked, LONGEST_LOCK);
                    int given = office.dispatcher.assign();
                    gaveWay.countDown();
                    return given;
                }));

        assertThat(outcomes).noneMatch(Throwable.class::isInstance);
        office.dispatcher.assign();
        assertThat(office.now(inquiry).state()).isEqualTo(InquiryState.ASSIGNED);
    }

    private static boolean await(CountDownLatch latch, Duration longest) {
        try {
            return latch.await(longest.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    @Test
    void operators_who_hold_resume_and_close_meanwhile_never_get_too_many_either() {
        Person aoi = office.operator("aoi", 3);
        for (int i = 0; i < 30; i++) {
            office.waiting("customer" + i);
        }
        List<Callable<?>> works = new ArrayList<>();
        for (int thread = 0; thread < 3; thread++) {
            works.add(() -> {
                for (int i = 0; i < 8; i++) {
                    office.dispatcher.assign();
                    for (Inquiry mine : office.inquiries.of(aoi.id(), InquiryState.ASSIGNED)) {
                        tolerate(() -> office.desk.hold(aoi, mine.id(), "memo", null));
                    }
                    for (Inquiry held : office.inquiries.of(aoi.id(), InquiryState.HELD)) {
                        tolerate(() -> office.desk.resume(aoi, held.id()));
                    }
                    assertThat(office.load(aoi)).isBetween(0, 3);
                }
                return "done";
            });
        }

        assertThat(Office.atOnce(works)).containsOnly("done");

        List<Inquiry> mine = office.inquiries.of(aoi.id(), InquiryState.ASSIGNED);
        assertThat(office.load(aoi)).isEqualTo(mine.size());
        assertThat(mine).extracting(Inquiry::slot).doesNotHaveDuplicates().doesNotContainNull();
    }

    /** Another thread may have been first, or the seat may be full: both are answers, not failures. */
    private static void tolerate(Runnable act) {
        try {
            act.run();
        } catch (WrongStateException e) {
            assertThat(e.code()).isIn("wrong-state", "full");
        }
    }

    @Test
    void an_inquiry_waits_for_somebody_of_its_team_with_its_skill_and_language() {
        office.operator("other-team", 4, "kyc", "security", "ja");
        office.operator("no-skill", 4, "support", "", "ja");
        office.operator("no-japanese", 4, "support", "security", "en");
        Inquiry inquiry = office.waiting("misaki", "support", "security", 3, 1);

        assertThat(office.dispatcher.assign()).isZero();
        assertThat(office.now(inquiry)).usingRecursiveComparison().isEqualTo(inquiry);

        Person right = office.operator("right", 4, "support", "care, security", "en, ja");
        assertThat(office.dispatcher.assign()).isOne();
        assertThat(operatorOf(inquiry)).isEqualTo(right.id());
        String candidates = office.store
                .jdbc()
                .sql("select candidates from assignments")
                .query(String.class)
                .single();
        assertThat(candidates).contains("other team", "lacks skill security", "does not speak ja", "chosen");
    }

    @Test
    void one_that_nobody_can_take_does_not_stop_those_behind_it() {
        Person aoi = office.operator("aoi", 4);
        Inquiry impossible = office.waiting("misaki", "support", "kyc", 1, 1);
        Inquiry behind = office.waiting("yuki");

        assertThat(office.dispatcher.assign()).isOne();

        assertThat(operatorOf(behind)).isEqualTo(aoi.id());
        assertThat(office.now(impossible).state()).isEqualTo(InquiryState.WAITING);
    }

    @Test
    void the_most_urgent_comes_first_and_a_heavy_one_takes_the_room_it_weighs() {
        Person aoi = office.operator("aoi", 3);
        Inquiry usual = office.waiting("usual");
        office.clock.forward(Duration.ofMinutes(5));
        Inquiry urgent = office.waiting("urgent", "support", null, 1, 3);

        assertThat(office.dispatcher.assign()).isOne();

        assertThat(operatorOf(urgent)).isEqualTo(aoi.id());
        assertThat(office.load(aoi)).isEqualTo(3);
        assertThat(office.now(usual).state()).isEqualTo(InquiryState.WAITING);

        office.desk.close(aoi, urgent.id(), "solved", () -> {});
        assertThat(office.load(aoi)).isZero();
        assertThat(office.dispatcher.assign()).isOne();
    }

    @Test
    void one_batch_is_spread_over_the_operators() {
        List<Person> people = List.of(office.operator("aoi", 4), office.operator("ren", 4), office.operator("mei", 4));
        for (int i = 0; i < 6; i++) {
            office.waiting("customer" + i);
        }

        assertThat(office.dispatcher.assign()).isEqualTo(6);

        assertThat(people.stream().map(office::load).collect(Collectors.toList()))
                .containsOnly(2);
    }

    @Test
    void a_hold_makes_room_for_the_next_one_and_a_requeued_one_is_served_by_its_old_age() {
        Person aoi = office.operator("aoi", 1);
        Inquiry first = office.assigned("first", aoi);
        office.clock.forward(Duration.ofMinutes(1));
        Inquiry second = office.waiting("second");
        office.clock.forward(Duration.ofMinutes(1));

        office.desk.hold(aoi, first.id(), "memo", null);
        office.dispatcher.assign();
        assertThat(operatorOf(second)).isEqualTo(aoi.id());

        Inquiry third = office.waiting("third");
        office.desk.requeue(aoi, first.id());
        assertThat(office.inquiries.waiting()).extracting(Inquiry::id).containsExactly(first.id(), third.id());
    }

    @Test
    void nobody_who_is_away_or_busy_is_given_work() {
        Person aoi = office.operator("aoi", 4);
        office.seats.present(aoi.id(), "away");
        office.waiting("misaki");
        assertThat(office.dispatcher.assign()).isZero();

        office.seats.present(aoi.id(), "available");
        assertThat(office.dispatcher.assign()).isOne();
    }

    /** More operators than the statement for their slots names. */
    @Test
    void each_of_many_operators_gets_the_next_free_slot() {
        for (int i = 0; i < 60; i++) {
            office.operator("operator" + i, i < 55 ? 2 : 1);
        }
        for (int i = 0; i < 60; i++) {
            office.waiting("first" + i);
        }
        assertThat(office.dispatcher.assign()).isEqualTo(60);
        for (int i = 0; i < 55; i++) {
            office.waiting("second" + i);
        }
        assertThat(office.dispatcher.assign()).isEqualTo(55);

        assertThat(office.store
                        .jdbc()
                        .sql("select operator, slot from inquiries where state = 'ASSIGNED'")
                        .query((row, i) -> row.getString("operator") + " " + row.getInt("slot"))
                        .list())
                .hasSize(115)
                .doesNotHaveDuplicates()
                .allMatch(seat -> seat.matches(".* [12]"));
    }

    /** Statistics of a quiet day say that next to nothing waits; they stay for a while when a storm begins. */
    @Test
    void a_round_in_a_storm_reads_the_head_of_the_line_and_not_all_that_waits() throws Exception {
        assumeTrue(dialect == Dialect.POSTGRESQL);
        inquiries(5_000, "CLOSED");
        office.store.jdbc().sql("analyze inquiries").update();
        inquiries(5_000, "WAITING");
        for (int i = 0; i < 4; i++) {
            office.operator("operator" + i, 1);
        }

        assertThat(office.dispatcher.assign()).isEqualTo(4);

        assertThat(TestStores.entriesRead(office.store, "inquiries_by_state", "inquiries_in_line"))
                .isLessThan(3_000);
    }

    private void inquiries(int count, String state) {
        office.store
                .jdbc()
                .sql("""
                        with made as (
                            insert into customers (id, account, line_user_id, language, blocked, first_seen, last_seen)
                            select gen_random_uuid(), 'main', gen_random_uuid(), 'ja', false, :now, :now
                              from generate_series(1, :count) returning id),
                        lane as (insert into lanes (id, account, kind, source) select id, 'main', 'user', id from made)
                        insert into inquiries (id, customer, account, state, version, last_seq, language, team, priority,
                            weight, opened_at, changed_at, handed_off_at, hand_off_reason, queued_at, waiting_since,
                            read_seq, bot_misses, bot_prompts)
                        select gen_random_uuid(), id, 'main', :state, 1, 0, 'ja', 'support', 0, 1, :now, :now, :now,
                               'asked', :now, :now, 0, 0, 0
                          from made
                        """)
                .param("now", Store.at(office.clock.instant()))
                .param("count", count)
                .param("state", state)
                .update();
    }
}
