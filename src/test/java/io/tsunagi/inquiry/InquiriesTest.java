package io.tsunagi.inquiry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

import io.tsunagi.access.Person;
import io.tsunagi.store.Dialect;
import io.tsunagi.store.TestStores;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** The ways between an inquiry's states: what is allowed happens whole, what is not changes nothing. */
@ParameterizedClass
@EnumSource(Dialect.class)
class InquiriesTest {
    @Parameter
    Dialect dialect;

    private Office office;
    private Person aoi;
    private Person ren;

    @BeforeEach
    void open() {
        office = Office.open(dialect);
        aoi = office.operator("aoi", 50);
        ren = office.operator("ren", 50);
    }

    @AfterEach
    void close() {
        office.close();
    }

    @FunctionalInterface
    private interface Act {
        void on(Inquiry inquiry);
    }

    /** Every act, as the owner aoi does it; queue, take and close by the hub stand for those without an owner. */
    private Map<String, Act> acts() {
        Inquiries inquiries = office.inquiries;
        Map<String, Act> acts = new LinkedHashMap<>();
        acts.put("queue", i -> inquiries.queue(i.id(), "support", null, null, 3, 1, "unsure"));
        acts.put("take", i -> inquiries.take(i.id(), aoi.id(), "aoi", null));
        acts.put("hold", i -> inquiries.hold(i.id(), aoi.id(), "memo", null));
        acts.put("resume", i -> inquiries.resume(i.id(), aoi.id()));
        acts.put("requeue", i -> inquiries.requeue(i.id(), aoi.id()));
        acts.put("hand-back", i -> inquiries.handBack(i.id(), aoi.id()));
        acts.put("close", i -> inquiries.close(i.id(), aoi.id(), "solved"));
        acts.put("close-by-hub", i -> inquiries.close(i.id(), "silent"));
        acts.put("reopen", i -> inquiries.reopen(i.id(), aoi.id()));
        return acts;
    }

    private static final Map<String, Map<InquiryState, InquiryState>> WAYS = Map.of(
            "queue", Map.of(InquiryState.BOT, InquiryState.WAITING),
            "take", Map.of(InquiryState.WAITING, InquiryState.ASSIGNED),
            "hold", Map.of(InquiryState.ASSIGNED, InquiryState.HELD),
            "resume", Map.of(InquiryState.HELD, InquiryState.ASSIGNED),
            "requeue", Map.of(InquiryState.ASSIGNED, InquiryState.WAITING, InquiryState.HELD, InquiryState.WAITING),
            "hand-back", Map.of(InquiryState.ASSIGNED, InquiryState.BOT),
            "close", Map.of(InquiryState.ASSIGNED, InquiryState.CLOSED, InquiryState.HELD, InquiryState.CLOSED),
            "close-by-hub",
                    Map.of(
                            InquiryState.BOT, InquiryState.CLOSED,
                            InquiryState.WAITING, InquiryState.CLOSED,
                            InquiryState.ASSIGNED, InquiryState.CLOSED,
                            InquiryState.HELD, InquiryState.CLOSED),
            "reopen", Map.of(InquiryState.CLOSED, InquiryState.ASSIGNED));

    private Inquiry inState(InquiryState state, String user) {
        return switch (state) {
            case BOT -> office.withBot(user);
            case WAITING -> office.waiting(user);
            case ASSIGNED -> office.assigned(user, aoi);
            case HELD -> office.held(user, aoi);
            case CLOSED -> office.closed(user, aoi);
        };
    }

    @Test
    void every_act_leads_where_the_design_says_and_every_other_one_is_refused_and_changes_nothing() {
        for (InquiryState from : InquiryState.values()) {
            acts().forEach((name, act) -> {
                String what = name + " from " + from;
                Inquiry before = inState(from, what);
                int load = office.load(aoi);
                List<Long> rows = rows();

                Throwable refused = catchThrowable(() -> office.store.inTransaction(() -> act.on(before)));

                Inquiry after = office.now(before);
                InquiryState to = WAYS.get(name).get(from);
                if (to == null) {
                    assertThat(refused).as(what).isInstanceOf(WrongStateException.class);
                    assertThat(after).as(what).usingRecursiveComparison().isEqualTo(before);
                    assertThat(rows()).as(what).isEqualTo(rows);
                    assertThat(office.load(aoi)).as(what).isEqualTo(load);
                } else {
                    assertThat(refused).as(what).isNull();
                    assertThat(after.state()).as(what).isEqualTo(to);
                    assertThat(after.version()).as(what).isGreaterThan(before.version());
                    int change = (to == InquiryState.ASSIGNED ? 1 : 0) - (from == InquiryState.ASSIGNED ? 1 : 0);
                    assertThat(office.load(aoi)).as(what).isEqualTo(load + change);
                    assertThat(after.slot() != null).as(what).isEqualTo(to == InquiryState.ASSIGNED);
                }
            });
        }
    }

    private List<Long> rows() {
        return List.of(office.count("messages"), office.count("crm_work"), office.count("holds"));
    }

    @Test
    void what_belongs_to_one_operator_is_refused_to_another() {
        Inquiry assigned = office.assigned("misaki", aoi);
        Inquiry held = office.held("yuki", aoi);

        for (Act act : List.<Act>of(
                i -> office.inquiries.hold(i.id(), ren.id(), "memo", null),
                i -> office.inquiries.requeue(i.id(), ren.id()),
                i -> office.inquiries.handBack(i.id(), ren.id()),
                i -> office.inquiries.close(i.id(), ren.id(), "solved"))) {
            refuses("not-owner", () -> act.on(assigned));
        }
        refuses("not-owner", () -> office.inquiries.resume(held.id(), ren.id()));
        assertThat(office.now(assigned)).usingRecursiveComparison().isEqualTo(assigned);
        assertThat(office.now(held)).usingRecursiveComparison().isEqualTo(held);
    }

    private void refuses(String code, Runnable act) {
        assertThatThrownBy(() -> office.store.inTransaction(act))
                .isInstanceOfSatisfying(
                        WrongStateException.class, e -> assertThat(e.code()).isEqualTo(code));
    }

    @Test
    void of_two_who_act_at_once_one_wins_and_the_room_is_given_back_once() {
        for (int round = 0; round < 8; round++) {
            Inquiry inquiry = office.assigned("misaki" + round, aoi);

            List<Object> outcomes = Office.atOnce(List.of(
                    () -> act(() -> office.desk.close(aoi, inquiry.id(), "solved", () -> {})),
                    () -> act(() -> office.desk.close(aoi, inquiry.id(), "other", () -> {}))));

            assertThat(outcomes).containsOnlyOnce("done");
            assertThat(outcomes)
                    .filteredOn(WrongStateException.class::isInstance)
                    .hasSize(1);
            assertThat(office.load(aoi)).isZero();
        }
    }

    private static Object act(Runnable work) {
        work.run();
        return "done";
    }

    @Test
    void of_a_supervisor_and_the_dispatcher_one_gets_the_waiting_inquiry() {
        Person sakura = office.operator("sakura", 50, "other-team", "", "ja");
        for (int round = 0; round < 8; round++) {
            Inquiry inquiry = office.waiting("misaki" + round);

            Office.atOnce(
                    List.of(() -> act(() -> office.desk.take(sakura, inquiry.id(), null)), office.dispatcher::assign));

            Inquiry after = office.now(inquiry);
            assertThat(after.state()).isEqualTo(InquiryState.ASSIGNED);
            assertThat(office.load(aoi) + office.load(ren) + office.load(sakura))
                    .isEqualTo(round + 1);
        }
    }

    @Test
    void what_line_answers_meanwhile_takes_no_inquiry_from_the_supervisor_who_takes_it() {
        Inquiry inquiry = office.waiting("misaki");

        CompletableFuture<Void> takes = office.store.inTransaction(() -> {
            // As an answer of LINE's is noted, without the lane.
            office.store
                    .jdbc()
                    .sql("update inquiries set version = version + 1 where id = ?")
                    .param(inquiry.id().value())
                    .update();
            CompletableFuture<Void> taking = CompletableFuture.runAsync(
                    () -> office.desk.take(aoi, inquiry.id(), null), work -> new Thread(work).start());
            await().until(() -> TestStores.somebodyWaitsForALock(office.store));
            return taking;
        });

        takes.join();
        assertThat(office.now(inquiry).operator()).isEqualTo(aoi.id());
    }

    @Test
    void of_two_supervisors_who_take_what_waited_on_their_screens_one_gets_it() {
        Person sakura = office.operator("sakura", 50, "other-team", "", "ja");
        Person hinata = office.operator("hinata", 50, "other-team", "", "ja");
        for (int round = 0; round < 8; round++) {
            Inquiry inquiry = office.waiting("misaki" + round);

            List<Object> ends = Office.atOnce(List.of(
                    () -> act(() -> office.desk.take(sakura, inquiry.id(), null)),
                    () -> act(() -> office.desk.take(hinata, inquiry.id(), null))));

            assertThat(ends).containsOnlyOnce("done");
            assertThat(office.load(sakura) + office.load(hinata)).isEqualTo(round + 1);
        }
    }

    @Test
    void a_hold_gives_its_room_back_and_keeps_its_memo_until_it_is_resumed() {
        Inquiry inquiry = office.held("misaki", aoi);

        assertThat(inquiry.holdMemo()).isEqualTo("折り返し待ち");
        assertThat(office.load(aoi)).isZero();

        office.desk.resume(aoi, inquiry.id());
        assertThat(office.now(inquiry).holdMemo()).isNull();
        assertThat(office.load(aoi)).isOne();
        assertThat(office.count("holds")).as("the memo's history stays").isOne();
    }

    @Test
    void a_held_inquiry_is_not_resumed_into_a_full_seat() {
        Person mei = office.operator("mei", 1);
        Inquiry held = office.held("misaki", mei);
        office.assigned("yuki", mei);

        refuses("full", () -> office.desk.resume(mei, held.id()));

        assertThat(office.now(held)).usingRecursiveComparison().isEqualTo(held);
        assertThat(office.load(mei)).isOne();
    }

    @Test
    void a_requeued_inquiry_keeps_its_age() {
        Inquiry inquiry = office.assigned("misaki", aoi);
        office.clock.forward(Duration.ofMinutes(10));

        office.desk.requeue(aoi, inquiry.id());

        Inquiry waiting = office.now(inquiry);
        assertThat(waiting.state()).isEqualTo(InquiryState.WAITING);
        assertThat(waiting.operator()).isNull();
        assertThat(waiting.queuedAt()).isEqualTo(inquiry.queuedAt());
    }

    @Test
    void an_inquiry_that_only_the_bot_had_can_be_reopened_and_put_into_the_line() {
        Inquiry inquiry = office.withBot("misaki");
        office.store.inTransaction(() -> office.inquiries.close(inquiry.id(), "solved-by-bot"));
        office.desk.reopen(aoi, inquiry.id());
        office.clock.forward(Duration.ofMinutes(1));
        office.desk.requeue(aoi, inquiry.id());

        assertThat(office.now(inquiry).queuedAt()).isEqualTo(office.clock.instant());
        assertThat(office.dispatcher.assign()).isOne();
        assertThat(office.now(inquiry).state()).isEqualTo(InquiryState.ASSIGNED);
    }

    @Test
    void whoever_listens_is_told_of_a_reopening_in_its_transaction() {
        Inquiry inquiry = office.closed("misaki", aoi);
        office.inquiries.listen(new Inquiries.Listener() {
            @Override
            public void reopened(Inquiry reopened) {
                assertThat(reopened.id()).isEqualTo(inquiry.id());
                throw new IllegalStateException("the media cannot be changed");
            }
        });

        assertThatThrownBy(() -> office.desk.reopen(aoi, inquiry.id())).hasMessage("the media cannot be changed");

        assertThat(office.now(inquiry).state()).isEqualTo(InquiryState.CLOSED);
    }

    @Test
    void a_closed_inquiry_is_not_reopened_beside_a_newer_one() {
        Inquiry closed = office.closed("misaki", aoi);
        Inquiry newer = office.withBot("misaki");

        refuses("newer-inquiry", () -> office.desk.reopen(aoi, closed.id()));

        assertThat(newer.id()).isNotEqualTo(closed.id());
        assertThat(office.now(closed).state()).isEqualTo(InquiryState.CLOSED);
    }

    @Test
    void inquiries_of_one_operator_never_share_a_slot() {
        for (int round = 0; round < 6; round++) {
            Person busy = office.operator("busy" + round, 4);
            Inquiry first = office.held("first" + round, busy);
            Inquiry second = office.held("second" + round, busy);
            Inquiry third = office.held("third" + round, busy);
            List<Callable<?>> resumes = List.of(
                    () -> act(() -> office.desk.resume(busy, first.id())),
                    () -> act(() -> office.desk.resume(busy, second.id())),
                    () -> act(() -> office.desk.resume(busy, third.id())));

            assertThat(Office.atOnce(resumes)).containsOnly("done");

            assertThat(office.inquiries.of(busy.id(), InquiryState.ASSIGNED))
                    .extracting(Inquiry::slot)
                    .containsExactly(1, 2, 3);
        }
    }

    @Test
    void nothing_happens_outside_a_transaction() {
        Inquiry inquiry = office.withBot("misaki");

        assertThatThrownBy(() -> office.inquiries.queue(inquiry.id(), "support", null, null, 3, 1, "unsure"))
                .isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> office.inquiries.close(inquiry.id(), "silent"))
                .isInstanceOf(IllegalStateException.class);

        assertThat(office.now(inquiry)).usingRecursiveComparison().isEqualTo(inquiry);
    }
}
