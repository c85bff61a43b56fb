package io.tsunagi.inquiry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tsunagi.access.Person;
import io.tsunagi.store.CrmWork;
import io.tsunagi.store.Dialect;
import io.tsunagi.store.Store;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** Which steps of an inquiry leave which work for Salesforce, in the same transaction. */
@ParameterizedClass
@EnumSource(Dialect.class)
class InquiryToSalesforceTest {
    @Parameter
    Dialect dialect;

    private Office office;
    private Person aoi;

    @BeforeEach
    void open() {
        office = Office.open(dialect);
        aoi = office.operator("aoi", 4);
    }

    @AfterEach
    void close() {
        office.close();
    }

    @Test
    void what_is_said_to_the_bot_waits_for_the_hand_off_and_then_follows_its_case() {
        Inquiry inquiry = office.withBot("misaki");
        office.writes("misaki", "二");
        assertThat(office.crm(inquiry)).isEmpty();

        office.atTurn("misaki", () -> {
            office.inquiries.queue(inquiry.id(), "support", null, null, 3, 1, "unsure");
            return null;
        });

        assertThat(office.crm(inquiry)).containsExactly("CASE", "TRANSCRIPT", "TRANSCRIPT");
        assertThat(subjects(inquiry))
                .containsExactlyElementsOf(office.messages.since(inquiry.id(), 0).stream()
                        .filter(m -> m.sender() == Message.Sender.CUSTOMER)
                        .map(m -> m.id().value())
                        .toList());
    }

    private List<UUID> subjects(Inquiry inquiry) {
        return office.store
                .jdbc()
                .sql("select subject from crm_work where inquiry = ? and kind = 'TRANSCRIPT' order by seq")
                .param(inquiry.id().value())
                .query(UUID.class)
                .list();
    }

    @Test
    void each_step_after_it_adds_its_own_work_and_notes_and_events_add_none() {
        Inquiry inquiry = office.waiting("misaki");
        office.dispatcher.assign();
        office.desk.note(aoi, inquiry.id(), "見えないメモ", note -> {});
        office.writes("misaki", "三");
        office.says(aoi, inquiry, "はい");
        office.desk.hold(aoi, inquiry.id(), "memo", null);
        office.desk.resume(aoi, inquiry.id());
        office.desk.close(aoi, inquiry.id(), "solved", () -> {});

        assertThat(office.crm(inquiry))
                .containsExactly(
                        "CASE",
                        "TRANSCRIPT",
                        "CASE_UPDATE",
                        "TRANSCRIPT",
                        "TRANSCRIPT",
                        "CASE_UPDATE",
                        "CASE_UPDATE",
                        "CLOSE");
    }

    @Test
    void a_transcript_waits_so_that_taking_back_comes_first_and_the_case_does_not() {
        Inquiry inquiry = office.waiting("misaki");

        assertThat(due(inquiry, "CASE")).isEqualTo(office.clock.instant());
        assertThat(due(inquiry, "TRANSCRIPT")).isEqualTo(office.clock.instant().plus(Office.TRANSCRIPT_DELAY));
    }

    private Instant due(Inquiry inquiry, String kind) {
        return office.store
                .jdbc()
                .sql("select due_at from crm_work where inquiry = ? and kind = ?")
                .params(inquiry.id().value(), kind)
                .query((row, i) -> Store.instant(row.getTimestamp("due_at")))
                .single();
    }

    @Test
    void an_edit_and_an_unsend_after_the_hand_off_are_written_again() {
        Inquiry inquiry = office.assigned("misaki", aoi);
        Message message = office.writes("misaki", "三", "line-3").message();
        office.atTurn("misaki", () -> {
            office.messages.edit(message, Content.ofText("さん"), office.clock.instant());
            return null;
        });
        office.atTurn("misaki", () -> {
            office.messages.unsend(message, office.clock.instant());
            return null;
        });

        assertThat(subjects(inquiry))
                .filteredOn(message.id().value()::equals)
                .as("said, edited, taken back")
                .hasSize(3);
    }

    /** Scenario 7 */
    @Test
    void what_is_taken_back_or_masked_is_overwritten_at_once_and_before_what_waits() {
        Inquiry inquiry = office.assigned("misaki", aoi);
        Message taken = office.writes("misaki", "三", "line-3").message();
        Message masked = office.writes("misaki", "四", "line-4").message();
        office.store
                .jdbc()
                .sql("update crm_work set state = 'DONE' where inquiry = ?")
                .param(inquiry.id().value())
                .update();
        Message waits = office.writes("misaki", "五", "line-5").message();
        office.atTurn("misaki", () -> {
            office.messages.mask(masked, Content.ofText("*"));
            office.messages.unsend(taken, office.clock.instant());
            return null;
        });

        assertThat(office.store
                        .jdbc()
                        .sql("select subject, due_at from crm_work where inquiry = ? and state = 'QUEUED' order by seq")
                        .param(inquiry.id().value())
                        .query((row, i) -> Map.entry(
                                row.getObject("subject", UUID.class), Store.instant(row.getTimestamp("due_at"))))
                        .list())
                .containsExactly(
                        Map.entry(taken.id().value(), office.clock.instant()),
                        Map.entry(inquiry.id().value(), office.clock.instant()),
                        Map.entry(masked.id().value(), office.clock.instant()),
                        Map.entry(inquiry.id().value(), office.clock.instant()),
                        Map.entry(waits.id().value(), office.clock.instant().plus(Office.TRANSCRIPT_DELAY)));
    }

    @Test
    void comments_of_what_was_said_follow_what_is_taken_back_masked_or_past_its_time() {
        Inquiry inquiry = office.assigned("misaki", aoi);
        Message taken = office.writes("misaki", "三", "line-3").message();
        Message masked = office.writes("misaki", "四", "line-4").message();
        Message old = office.writes("misaki", "五", "line-5").message();
        office.desk.close(aoi, inquiry.id(), "solved", () -> {});
        assertThat(office.crm(inquiry)).as("none by itself").doesNotContain("SUMMARY");
        UUID id = inquiry.id().value();
        List<Runnable> changes = List.of(
                () -> office.crm.add(id, CrmWork.Kind.SUMMARY, id, "closed", Duration.ZERO),
                () -> office.messages.unsend(taken, office.clock.instant()),
                () -> office.messages.mask(masked, Content.ofText("*")),
                () -> office.messages.emptyInSalesforce(List.of(old.id().value())));

        for (int i = 0; i < changes.size(); i++) {
            Runnable change = changes.get(i);
            office.atTurn("misaki", () -> {
                change.run();
                return null;
            });

            assertThat(office.crm(inquiry)).filteredOn("SUMMARY"::equals).hasSize(i + 1);
        }
        assertThat(office.crm(inquiry))
                .as("what is to be gone, masked last, overtakes all that waits")
                .startsWith("SUMMARY", "TRANSCRIPT", "CASE_UPDATE", "SUMMARY", "TRANSCRIPT", "CASE_UPDATE");
    }

    @Test
    void a_second_hand_off_makes_no_second_case() {
        Inquiry inquiry = office.assigned("misaki", aoi);
        office.desk.handBack(aoi, inquiry.id());
        office.writes("misaki", "やっぱり人と");
        office.atTurn("misaki", () -> {
            office.inquiries.queue(inquiry.id(), "support", null, null, 3, 1, "asked-for-person");
            return null;
        });

        assertThat(office.crm(inquiry)).containsOnlyOnce("CASE");
        assertThat(subjects(inquiry)).doesNotHaveDuplicates().hasSize(2);
    }

    @Test
    void an_inquiry_that_the_bot_solved_leaves_nothing_and_gets_its_case_when_it_is_reopened() {
        Inquiry inquiry = office.withBot("misaki");
        office.atTurn("misaki", () -> {
            office.inquiries.close(inquiry.id(), "solved-by-bot");
            return null;
        });
        assertThat(office.crm(inquiry)).isEmpty();

        office.desk.reopen(aoi, inquiry.id());
        assertThat(office.crm(inquiry)).containsExactly("CASE", "TRANSCRIPT", "CASE_UPDATE");
    }

    @Test
    void a_case_may_be_made_before_the_hand_off_and_then_follows_it() {
        Inquiry inquiry = office.withBot("early");
        for (int i = 0; i < 2; i++) {
            office.atTurn("early", () -> {
                office.inquiries.openCase(inquiry.id());
                return null;
            });
        }
        assertThat(office.crm(inquiry)).containsExactly("CASE", "TRANSCRIPT");
        office.writes("early", "まだです");
        assertThat(office.crm(inquiry)).containsExactly("CASE", "TRANSCRIPT", "TRANSCRIPT");

        office.atTurn("early", () -> {
            office.inquiries.queue(inquiry.id(), "support", null, "残高", 2, 1, "asked-for-person");
            return null;
        });
        assertThat(office.crm(inquiry)).containsExactly("CASE", "TRANSCRIPT", "TRANSCRIPT", "CASE_UPDATE");
        Inquiry alone = office.withBot("alone");
        office.atTurn("alone", () -> {
            office.inquiries.openCase(alone.id());
            office.inquiries.close(alone.id(), "solved");
            return null;
        });
        assertThat(office.crm(alone)).containsExactly("CASE", "TRANSCRIPT", "CLOSE");
    }

    @Test
    void a_step_that_is_refused_leaves_no_work() {
        Inquiry inquiry = office.waiting("misaki");
        List<String> before = office.crm(inquiry);

        assertThatThrownBy(() -> office.desk.close(aoi, inquiry.id(), "solved", () -> {}))
                .isInstanceOf(WrongStateException.class);

        assertThat(office.crm(inquiry)).isEqualTo(before);
    }
}
