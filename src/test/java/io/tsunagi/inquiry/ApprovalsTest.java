package io.tsunagi.inquiry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tsunagi.access.Person;
import io.tsunagi.inquiry.Approvals.Approval;
import io.tsunagi.inquiry.Approvals.State;
import io.tsunagi.inquiry.Desk.Sending;
import io.tsunagi.store.Dialect;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

@ParameterizedClass
@EnumSource(Dialect.class)
class ApprovalsTest {
    private static final String WORDS = "64,800円をお戻しします。";

    @Parameter
    Dialect dialect;

    private Office office;
    private Person aoi;
    private Person sakura;
    private Inquiry inquiry;

    @BeforeEach
    void open() {
        office = Office.open(dialect);
        aoi = office.operator("aoi", 3);
        sakura = office.operator("sakura", 3);
        inquiry = office.assigned("U1", aoi);
    }

    @AfterEach
    void close() {
        office.close();
    }

    private Approval asks(UUID press) {
        office.drafts(aoi, inquiry, WORDS);
        return pressesAgain(press);
    }

    private Approval pressesAgain(UUID press) {
        return ((Sending.AwaitsApproval) office.sends(aoi, inquiry, press, "needs-approval")).approval();
    }

    private Approval now(Approval asked) {
        return office.approvals.find(asked.id()).orElseThrow();
    }

    private Sending approves(Approval asked, Draft.Parts edited) {
        return office.desk.approve(
                sakura, inquiry.id(), asked.id(), office.drafts.of(inquiry.id()).version(), edited);
    }

    private long said() {
        return office.messages.since(inquiry.id(), 0).stream()
                .filter(message -> message.sender() == Message.Sender.OPERATOR)
                .count();
    }

    /** Scenario 51 */
    @Test
    void what_needs_approval_is_sent_once_as_its_operator_when_a_supervisor_approves() {
        office.drafts(aoi, inquiry, WORDS);
        UUID press = UUID.randomUUID();
        assertThat(office.sends(aoi, inquiry, press)).isInstanceOf(Sending.NeedsApproval.class);
        assertThat(office.approvals.count()).isZero();

        Approval asked = asks(press);
        assertThat(office.approvals.found(asked, office.drafts.of(inquiry.id()).parts()))
                .containsExactly("64,800円");
        assertThat(pressesAgain(press).id()).isEqualTo(asked.id());
        assertThat(said()).isZero();
        assertThat(office.nextCall("U1")).isNull();
        assertThat(office.now(inquiry).waitingSince()).isNotNull();

        Sending.Accepted sent = (Sending.Accepted) approves(asked, null);
        assertThat(sent.messages()).extracting(Message::author).containsExactly(aoi.id());
        assertThat(office.sends(aoi, inquiry, press)).isInstanceOf(Sending.Accepted.class);
        assertThatThrownBy(() -> approves(asked, null)).hasMessageContaining("any more");
        assertThat(said()).isEqualTo(1);
        assertThat(office.drafts.of(inquiry.id()).isEmpty()).isTrue();
        assertThat(now(asked).state()).isEqualTo(State.APPROVED);
        office.clock.forward(Office.UNDO);
        assertThat(office.nextCall("U1")).contains("64,800円");
    }

    @Test
    void of_supervisors_who_approve_at_once_one_sends() {
        Approval asked = asks(UUID.randomUUID());
        Person second = office.operator("yui", 3);
        long version = office.drafts.of(inquiry.id()).version();
        List<Callable<?>> both = List.of(
                () -> office.desk.approve(sakura, inquiry.id(), asked.id(), version, null),
                () -> office.desk.approve(second, inquiry.id(), asked.id(), version, null));

        List<Object> outcomes = Office.atOnce(both);

        assertThat(outcomes).hasAtLeastOneElementOfType(Sending.Accepted.class);
        assertThat(outcomes).hasAtLeastOneElementOfType(WrongStateException.class);
        assertThat(said()).isEqualTo(1);
    }

    @Test
    void a_supervisor_sends_other_words_but_no_card_number_and_not_another_customers_name() {
        Approval asked = asks(UUID.randomUUID());

        assertThat(approves(asked, Draft.Parts.ofText("4111 1111 1111 1111 へ")))
                .isEqualTo(new Sending.Refused("card-number"));
        assertThat(now(asked).state()).isEqualTo(State.WAITING);
        assertThat(office.drafts.of(inquiry.id()).text()).isEqualTo(WORDS);

        approves(asked, Draft.Parts.ofText("お調べします。"));
        office.clock.forward(Office.UNDO);
        assertThat(office.nextCall("U1")).isEqualTo("お調べします。");
        assertThat(now(asked).state()).isEqualTo(State.EDITED);
    }

    @Test
    void what_waits_does_not_change_and_comes_back_with_a_note() {
        Approval asked = asks(UUID.randomUUID());
        assertThatThrownBy(() -> office.drafts(aoi, inquiry, "ほかの言葉")).hasMessageContaining("meanwhile");
        assertThat(office.sends(aoi, inquiry, UUID.randomUUID(), "needs-approval"))
                .isEqualTo(new Sending.Refused("awaiting-approval"));

        office.desk.returnDraft(sakura, inquiry.id(), asked.id(), "日付を確かめて 4111 1111 1111 1111");

        assertThat(now(asked).note()).startsWith("日付を確かめて").doesNotContain("4111 1111");
        assertThat(office.drafts.of(inquiry.id()).text()).isEqualTo(WORDS);
        office.drafts(aoi, inquiry, "直しました。");
        assertThat(office.sends(aoi, inquiry, UUID.randomUUID())).isInstanceOf(Sending.Accepted.class);
    }

    @Test
    void its_author_takes_it_back_and_nobody_else() {
        Approval asked = asks(UUID.randomUUID());
        assertThatThrownBy(() -> office.desk.withdraw(sakura, inquiry.id(), asked.id()))
                .isInstanceOf(WrongStateException.class);
        assertThatThrownBy(() -> office.desk.approve(aoi, inquiry.id(), asked.id(), 1, null))
                .hasMessageContaining("themselves");

        office.desk.withdraw(aoi, inquiry.id(), asked.id());

        assertThat(now(asked).state()).isEqualTo(State.WITHDRAWN);
        office.drafts(aoi, inquiry, "はい。");
        assertThatThrownBy(() -> approves(asked, null)).isInstanceOf(WrongStateException.class);
    }

    @Test
    void a_request_ends_when_the_customer_writes_or_the_inquiry_leaves_its_operator() {
        Approval first = asks(UUID.randomUUID());
        office.writes("U1", "やっぱり結構です");
        assertThat(now(first)).extracting(Approval::state, Approval::why).containsExactly(State.VOID, "newer-message");
        assertThatThrownBy(() -> approves(first, null)).isInstanceOf(WrongStateException.class);

        List<Runnable> leaving = List.of(
                () -> office.desk.take(sakura, inquiry.id(), aoi.id()),
                () -> office.desk.hold(aoi, inquiry.id(), "折り返し", null),
                () -> office.desk.requeue(aoi, inquiry.id()),
                () -> office.desk.handBack(aoi, inquiry.id()),
                () -> office.desk.close(aoi, inquiry.id(), "solved", () -> {}));
        int user = 2;
        for (Runnable leave : leaving) {
            inquiry = office.assigned("V" + user++, aoi);
            Approval asked = asks(UUID.randomUUID());
            leave.run();
            assertThat(now(asked)).extracting(Approval::state, Approval::why).containsExactly(State.VOID, "owner");
            assertThat(said()).isZero();
        }
        assertThat(office.approvals.count()).isZero();
    }

    @Test
    void what_is_taken_back_meanwhile_is_not_approved_with_it() {
        Message sent = office.says(aoi, inquiry, "はい。").messages().get(0);
        Approval asked = asks(UUID.randomUUID());

        assertThat(office.desk.undo(aoi, inquiry.id(), sent.id())).isPresent();

        assertThat(now(asked).state()).isEqualTo(State.WITHDRAWN);
        assertThat(office.drafts.of(inquiry.id()).text()).contains("はい。", WORDS);
        assertThat(said()).as("emptied, not sent").isEqualTo(1);
        assertThatThrownBy(() -> approves(asked, null)).isInstanceOf(WrongStateException.class);
    }

    @Test
    void what_came_back_is_told_until_the_customer_has_an_answer() {
        Approval asked = asks(UUID.randomUUID());
        office.desk.returnDraft(sakura, inquiry.id(), asked.id(), "日付を確かめて");
        assertThat(office.approvals.latest(inquiry.id())).contains(now(asked));

        office.clock.forward(Duration.ofSeconds(1));
        office.says(aoi, inquiry, "お調べします。");

        assertThat(office.approvals.latest(inquiry.id())).isEmpty();
        office.clock.forward(Duration.ofSeconds(1));
        Approval next = asks(UUID.randomUUID());
        assertThat(office.approvals.latest(inquiry.id())).contains(next);
    }

    @Test
    void of_what_its_author_confirmed_only_what_is_asked_again_is_kept() {
        office.drafts(aoi, inquiry, WORDS);
        Sending sending = office.sends(
                aoi, inquiry, UUID.randomUUID(), "needs-approval", "other-customer", "美咲さんの住所".repeat(100));

        assertThat(((Sending.AwaitsApproval) sending).approval().confirmed()).containsExactly("other-customer");
    }

    @Test
    void what_a_trainee_writes_waits_whatever_it_says() {
        Person nakata = office.operator("nakata", 3, "support", "care, trainee", "ja");
        Inquiry theirs = office.assigned("U9", nakata);
        office.drafts(nakata, theirs, "こんにちは。");

        assertThat(office.sends(nakata, theirs, UUID.randomUUID())).isInstanceOf(Sending.NeedsApproval.class);
    }

    @Test
    void every_step_is_audited() {
        Approval asked = asks(UUID.randomUUID());
        office.desk.returnDraft(sakura, inquiry.id(), asked.id(), "日付を");
        approves(asks(UUID.randomUUID()), null);
        office.desk.withdraw(aoi, inquiry.id(), asks(UUID.randomUUID()).id());
        asks(UUID.randomUUID());
        office.writes("U1", "新しい言葉");

        assertThat(office.store
                        .jdbc()
                        .sql("select act from audit where object = ?")
                        .param("inquiry/" + inquiry.id())
                        .query(String.class)
                        .list())
                .contains(
                        "ask-approval",
                        "approval-returned",
                        "approval-approved",
                        "approval-withdrawn",
                        "approval-void");
    }
}
