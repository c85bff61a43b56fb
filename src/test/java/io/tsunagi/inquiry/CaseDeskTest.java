package io.tsunagi.inquiry;

import static org.assertj.core.api.Assertions.assertThat;

import io.tsunagi.access.Person;
import io.tsunagi.audit.Audit;
import io.tsunagi.inquiry.CaseDesk.WhenClosed;
import io.tsunagi.inquiry.CaseNews.Comment;
import io.tsunagi.inquiry.CaseNews.Seen;
import io.tsunagi.store.Dialect;
import io.tsunagi.store.Store;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** What people in Salesforce do to an inquiry, told any number of times. */
@ParameterizedClass
@EnumSource(Dialect.class)
class CaseDeskTest {
    private static final Seen AS_MADE = new Seen("Working", false, "Medium", 3, "005A", "Integration", null);

    @Parameter
    Dialect dialect;

    private Office office;
    private Person aoi;
    private Inquiry inquiry;
    private CaseDesk desk;

    @BeforeEach
    void open() {
        office = Office.open(dialect);
        aoi = office.operator("aoi", 4);
        inquiry = office.assigned("misaki", aoi);
        written();
        desk = desk(WhenClosed.SHOW);
        desk.seen(inquiry.id(), AS_MADE);
        assertThat(told()).isEmpty();
    }

    @AfterEach
    void close() {
        office.close();
    }

    private CaseDesk desk(WhenClosed whenClosed) {
        return new CaseDesk(
                office.store,
                office.lanes,
                office.inquiries,
                office.customers,
                office.outgoing,
                Office.SENSITIVE,
                new Audit(office.store, office.clock),
                whenClosed,
                office.clock);
    }

    /** Everything the hub had for Salesforce is there. */
    private void written() {
        office.store.jdbc().sql("update crm_work set state = 'DONE'").update();
    }

    private List<String> told() {
        return office.messages.since(inquiry.id(), 0).stream()
                .filter(message -> message.sender() == Message.Sender.SYSTEM)
                .map(message -> message.content().text())
                .filter(text -> text.startsWith("case-"))
                .toList();
    }

    private Seen seen(String status, boolean closed, String priority, Integer urgency, String ownerId, String owner) {
        return new Seen(status, closed, priority, urgency, ownerId, owner, office.clock.instant());
    }

    private Comment comment(String id, String words) {
        return new Comment(id, "Sakura", words, office.clock.instant());
    }

    @Test
    void each_change_is_told_once_and_writes_nothing_back() {
        List<String> before = office.crm(inquiry);
        Seen changed = seen("Escalated", false, "High", 2, "00GB", "Fraud");
        for (int i = 0; i < 3; i++) {
            desk.seen(inquiry.id(), changed);
        }

        assertThat(told()).containsExactly("case-priority:High", "case-owner:Fraud");
        assertThat(office.now(inquiry).priority()).isEqualTo(2);
        assertThat(office.crm(inquiry)).isEqualTo(before);
    }

    @Test
    void of_many_who_tell_the_same_at_once_one_is_heard() {
        Seen changed = seen("Working", true, "Low", 4, "00GB", "Fraud");
        Callable<?> tell = () -> {
            desk.seen(inquiry.id(), changed);
            desk.said(inquiry.id(), comment("00a1", "hello"));
            return "told";
        };

        assertThat(Office.atOnce(
                        Stream.<Callable<?>>generate(() -> tell).limit(4).toList()))
                .containsOnly("told");

        assertThat(told())
                .containsExactlyInAnyOrder(
                        "case-closed", "case-priority:Low", "case-owner:Fraud", "case-comment:Sakura");
        assertThat(office.count("deliveries")).isOne();
    }

    @Test
    void what_a_person_set_is_taken_though_the_hub_is_about_to_write_the_case() {
        office.desk.hold(aoi, inquiry.id(), "later", office.clock.instant().plus(Duration.ofHours(1)));

        desk.seen(inquiry.id(), seen("Working", false, "High", 2, "005A", "Integration"));

        assertThat(told()).containsExactly("case-priority:High");
        assertThat(office.now(inquiry).priority()).isEqualTo(2);
    }

    @Test
    void a_priority_that_was_read_before_the_hub_wrote_another_comes_too_late() {
        Seen old = seen("Working", false, "High", 2, "005A", "Integration");
        office.store
                .jdbc()
                .sql("update inquiries set case_priority = 'Medium', case_written_at = ?")
                .param(Store.at(office.clock.instant().plusSeconds(1)))
                .update();

        desk.seen(inquiry.id(), old);

        assertThat(told()).isEmpty();
        assertThat(office.now(inquiry).priority()).isEqualTo(3);
    }

    @Test
    void a_priority_without_a_meaning_here_is_told_and_changes_nothing() {
        desk.seen(inquiry.id(), seen("Working", false, "Board", null, "005A", "Integration"));

        assertThat(told()).containsExactly("case-priority:Board");
        assertThat(office.now(inquiry).priority()).isEqualTo(3);
    }

    @Test
    void a_case_that_closes_as_the_inquiry_did_is_no_news_and_one_that_opens_again_is() {
        office.desk.close(aoi, inquiry.id(), "solved", () -> {});
        written();

        desk.seen(inquiry.id(), seen("Closed", true, "Medium", 3, "005A", "Integration"));
        assertThat(told()).isEmpty();

        desk.seen(inquiry.id(), seen("New", false, "Medium", 3, "005A", "Integration"));
        assertThat(told()).containsExactly("case-reopened");
        assertThat(office.now(inquiry).state()).isEqualTo(InquiryState.CLOSED);
    }

    @Test
    void by_setting_the_inquiry_closes_with_its_case_and_makes_room() {
        assertThat(office.load(aoi)).isOne();

        desk(WhenClosed.CLOSE).seen(inquiry.id(), seen("Closed", true, "Medium", 3, "005A", "Integration"));

        assertThat(told()).containsExactly("case-closed");
        assertThat(office.now(inquiry).state()).isEqualTo(InquiryState.CLOSED);
        assertThat(office.now(inquiry).closeReason()).isEqualTo("salesforce");
        assertThat(office.load(aoi)).isZero();
    }

    @Test
    void a_comment_is_sent_once_and_answers_the_customer() {
        for (int i = 0; i < 3; i++) {
            desk.said(inquiry.id(), comment("00a1", "お待たせしました"));
        }

        assertThat(office.nextCall("misaki")).isEqualTo("お待たせしました");
        assertThat(office.nextCall("misaki")).isNull();
        assertThat(told()).containsExactly("case-comment:Sakura");
        assertThat(office.now(inquiry).waitingSince()).isNull();
        assertThat(office.crm(inquiry)).as("it is transcribed").contains("TRANSCRIPT");
    }

    @Test
    void what_must_not_be_sent_is_told_with_its_reason() {
        Comment old = new Comment(
                "00a1",
                "Sakura",
                "late",
                office.clock.instant().minus(CaseDesk.LATE).minusSeconds(1));
        desk.said(inquiry.id(), old);
        desk.said(inquiry.id(), comment("00a2", "4111 1111 1111 1111"));
        desk.said(inquiry.id(), comment("00a5", "パスワードは abc123 です"));
        desk.said(inquiry.id(), comment("00a3", "  "));
        Incoming unfollow = office.incoming("misaki", "unfollow", null, null, null, office.clock.instant(), null);
        office.atTurn("misaki", () -> {
            office.turn.unfollow(unfollow);
            return null;
        });
        desk.said(inquiry.id(), comment("00a4", "hello"));

        assertThat(told())
                .containsExactly(
                        "case-comment-late:Sakura",
                        "case-comment-card:Sakura",
                        "case-comment-sensitive-words:Sakura",
                        "case-comment-blocked:Sakura");
        assertThat(office.count("deliveries")).isZero();
    }

    @Test
    void an_inquiry_that_is_no_more_is_passed_over() {
        InquiryId gone = new InquiryId(java.util.UUID.randomUUID());

        desk.seen(gone, AS_MADE);
        desk.said(gone, comment("00a1", "hello"));

        assertThat(office.count("deliveries")).isZero();
    }

    @Test
    void what_was_read_before_a_change_that_was_taken_already_comes_too_late() {
        Seen old = seen("Working", false, "Medium", 3, "005A", "Integration");
        Seen later = new Seen(
                "Working",
                true,
                "High",
                2,
                "00GB",
                "Fraud",
                office.clock.instant().plusSeconds(1));
        desk.seen(inquiry.id(), later);
        desk.seen(inquiry.id(), old);
        desk.seen(inquiry.id(), later);

        assertThat(told()).containsExactly("case-closed", "case-priority:High", "case-owner:Fraud");
        assertThat(office.now(inquiry).priority()).isEqualTo(2);
    }

    @Test
    void values_as_long_as_salesforce_lets_them_be_are_taken() {
        String longest = "x".repeat(255);
        desk.seen(inquiry.id(), seen(longest, false, longest, null, "00GB", longest));

        assertThat(told()).containsExactly("case-priority:" + longest, "case-owner:" + longest);
    }

    @Test
    void of_somebody_who_was_erased_nothing_is_taken() {
        office.store.jdbc().sql("update customers set line_user_id = 'erased'").update();

        desk.seen(inquiry.id(), seen("Closed", true, "High", 2, "00GB", "Fraud"));
        desk.said(inquiry.id(), comment("00a1", "hello"));

        assertThat(told()).isEmpty();
        assertThat(office.count("deliveries")).isZero();
    }
}
