package io.tsunagi.inquiry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tsunagi.access.Person;
import io.tsunagi.store.Dialect;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

@ParameterizedClass
@EnumSource(Dialect.class)
class TransferTest {
    private static final String MISAKI = "U1";
    private static final String KENICHI = "U2";

    @Parameter
    Dialect dialect;

    private Office office;
    private Person aoi;
    private Person ren;

    @BeforeEach
    void open() {
        office = Office.open(dialect);
        aoi = office.operator("aoi", 2);
        ren = office.operator("ren", 1, "payments", "", "ja");
    }

    @AfterEach
    void close() {
        office.close();
    }

    private void pass(Person by, boolean any, Inquiry inquiry, Person to, String summary) {
        office.desk.transfer(
                by,
                any ? null : by.id(),
                inquiry.id(),
                new Desk.Destination(to == ren ? "payments" : "support", to),
                summary);
    }

    @Test
    void the_new_operator_has_the_inquiry_its_room_its_draft_and_a_summary() {
        Inquiry inquiry = office.assigned(MISAKI, aoi);
        office.drafts(aoi, inquiry, "お調べしています。");
        pass(aoi, false, inquiry, ren, "返金の確認をお願いします。");

        Inquiry passed = office.now(inquiry);
        assertThat(passed.operator()).isEqualTo(ren.id());
        assertThat(passed.state()).isEqualTo(InquiryState.ASSIGNED);
        assertThat(passed.team()).isEqualTo("payments");
        assertThat(passed.slot()).isEqualTo(1);
        assertThat(office.load(aoi)).isZero();
        assertThat(office.load(ren)).isEqualTo(1);
        assertThat(office.drafts.of(inquiry.id()).text()).isEqualTo("お調べしています。");
        assertThat(office.messages.since(inquiry.id(), 0))
                .filteredOn(message -> message.sender() == Message.Sender.NOTE)
                .extracting(message -> message.content().text())
                .containsExactly("返金の確認をお願いします。");
        assertThat(office.crm(inquiry)).contains("CASE_UPDATE");
    }

    @Test
    void an_operator_without_room_gets_nothing_and_nothing_changes() {
        Inquiry inquiry = office.assigned(MISAKI, aoi);
        office.assigned(KENICHI, ren);

        assertThatThrownBy(() -> pass(aoi, false, inquiry, ren, "お願いします。"))
                .isInstanceOfSatisfying(WrongStateException.class, refused -> assertThat(refused.code())
                        .isEqualTo("full"));
        assertThat(office.now(inquiry).operator()).isEqualTo(aoi.id());
        assertThat(office.load(aoi)).isEqualTo(1);
        assertThat(office.load(ren)).isEqualTo(1);
        assertThat(office.messages.since(inquiry.id(), 0))
                .noneMatch(message -> message.sender() == Message.Sender.NOTE);
    }

    @Test
    void a_teams_waiting_line_takes_the_inquiry_with_its_age_and_gives_it_to_the_team() {
        Inquiry inquiry = office.assigned(MISAKI, aoi);
        Instant queued = inquiry.queuedAt();
        office.clock.forward(Duration.ofMinutes(9));
        office.desk.transfer(aoi, aoi.id(), inquiry.id(), new Desk.Destination("payments", null), "");

        assertThat(office.now(inquiry).queuedAt()).isEqualTo(queued);
        assertThat(office.dispatcher.assign()).isEqualTo(1);
        assertThat(office.now(inquiry).operator()).isEqualTo(ren.id());
    }

    @Test
    void only_a_supervisor_passes_on_what_somebody_else_has_and_what_waits() {
        Inquiry inquiry = office.assigned(MISAKI, aoi);
        Inquiry waiting = office.waiting(KENICHI);

        assertThatThrownBy(() -> pass(ren, false, inquiry, ren, ""))
                .isInstanceOfSatisfying(WrongStateException.class, refused -> assertThat(refused.code())
                        .isEqualTo("not-owner"));
        assertThatThrownBy(() -> pass(ren, false, waiting, ren, "")).isInstanceOf(WrongStateException.class);
        pass(ren, true, waiting, ren, "");
        assertThat(office.now(waiting).operator()).isEqualTo(ren.id());
        assertThat(office.now(waiting).team()).isEqualTo("payments");
    }

    /** Scenario 52 */
    @Test
    void who_takes_an_inquiry_over_has_owner_room_and_case_and_the_other_can_send_no_more() {
        Inquiry inquiry = office.assigned(MISAKI, aoi);
        office.drafts(aoi, inquiry, "もうすぐ送ります。");
        office.desk.take(ren, inquiry.id(), aoi.id());

        assertThat(office.now(inquiry).operator()).isEqualTo(ren.id());
        assertThat(office.load(aoi)).isZero();
        assertThat(office.load(ren)).isEqualTo(1);
        assertThat(office.sends(aoi, inquiry, UUID.randomUUID())).isEqualTo(new Desk.Sending.Refused("not-owner"));
        assertThat(office.crm(inquiry)).contains("CASE_UPDATE");
    }

    @Test
    void inquiries_that_cross_each_other_on_the_way_both_arrive_or_find_no_room() {
        Person mei = office.operator("mei", 1, "payments", "", "ja");
        Inquiry first = office.assigned(MISAKI, ren);
        Inquiry second = office.assigned(KENICHI, mei);

        List<Object> outcomes = Office.atOnce(List.of(
                () -> {
                    pass(ren, true, first, mei, "");
                    return true;
                },
                () -> {
                    pass(mei, true, second, ren, "");
                    return true;
                }));

        assertThat(outcomes)
                .allMatch(outcome -> outcome.equals(true)
                        || outcome instanceof WrongStateException refused
                                && refused.code().equals("full"));
        assertThat(office.load(ren) + office.load(mei)).isEqualTo(2);
    }
}
