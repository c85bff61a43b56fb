package io.tsunagi.survey;

import static org.assertj.core.api.Assertions.assertThat;

import io.tsunagi.access.Person;
import io.tsunagi.inquiry.Inquiry;
import io.tsunagi.inquiry.Office;
import io.tsunagi.inquiry.Pressed;
import io.tsunagi.store.Dialect;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

@ParameterizedClass
@EnumSource(Dialect.class)
class SurveyTest {
    private static final String QUESTION = "今回の対応はいかがでしたか？5段階でお選びください（5が最高）。";
    private static final String THANKS = "ご回答ありがとうございました。";
    private static final String WHY = "ご回答ありがとうございました。よろしければ、理由をお聞かせください。";
    private static final String ALREADY = "すでにご回答いただいています。ありがとうございました。";

    @Parameter
    Dialect dialect;

    private Office office;
    private Person aoi;
    private Inquiry inquiry;

    @BeforeEach
    void open() {
        office = Office.open(dialect);
        aoi = office.operator("aoi", 4);
        inquiry = office.assigned("misaki", aoi);
    }

    @AfterEach
    void close() {
        office.close();
    }

    private void closeAndAsk() {
        office.desk.close(aoi, inquiry.id(), "solved", () -> office.survey.ask(inquiry));
    }

    private void taps(String user, String inquiry, String score) {
        Pressed pressed = office.presses(user, Pressed.data("survey", Map.of("inquiry", inquiry, "score", score)));
        office.atTurn(user, () -> {
            office.survey.answer(pressed);
            return null;
        });
    }

    private List<Integer> scores() {
        return office.store
                .jdbc()
                .sql("select score from surveys where score is not null")
                .query(Integer.class)
                .list();
    }

    @Test
    void the_question_is_asked_once_and_is_no_part_of_the_transcript() {
        int said = office.messages.since(inquiry.id(), 0).size();
        closeAndAsk();
        office.desk.reopen(aoi, inquiry.id());
        closeAndAsk();

        assertThat(office.nextCall("misaki")).isEqualTo(QUESTION);
        assertThat(office.count("deliveries")).isOne();
        assertThat(office.messages.since(inquiry.id(), 0))
                .as("closed, reopened, closed are all that was added")
                .hasSize(said + 3);
    }

    @Test
    void one_tap_counts_and_goes_to_salesforce_and_a_second_one_changes_nothing() {
        closeAndAsk();
        long version = office.now(inquiry).version();
        taps("misaki", inquiry.id().toString(), "4");
        assertThat(office.now(inquiry).version()).as("the screen shows it").isGreaterThan(version);
        taps("misaki", inquiry.id().toString(), "1");

        assertThat(scores()).containsExactly(4);
        assertThat(office.crm(inquiry)).containsOnlyOnce("SURVEY");
        assertThat(calls()).containsExactly(QUESTION, THANKS, ALREADY);
    }

    @Test
    void a_low_score_is_asked_why_once_and_a_high_one_is_not() {
        closeAndAsk();
        reasons("slow");
        taps("misaki", inquiry.id().toString(), "2");
        reasons("nonsense");
        long version = office.now(inquiry).version();
        reasons("slow");
        assertThat(office.now(inquiry).version()).as("the screen shows it").isGreaterThan(version);
        reasons("manner");

        assertThat(scores()).containsExactly(2);
        assertThat(office.store
                        .jdbc()
                        .sql("select reason from surveys")
                        .query(String.class)
                        .list())
                .containsExactly("slow");
        assertThat(calls()).containsExactly(QUESTION, ALREADY, WHY, THANKS, ALREADY);
    }

    private void reasons(String reason) {
        Pressed pressed = office.presses(
                "misaki", Pressed.data("survey", Map.of("inquiry", inquiry.id().toString(), "reason", reason)));
        office.atTurn("misaki", () -> {
            office.survey.answer(pressed);
            return null;
        });
    }

    private List<String> calls() {
        return office.store
                .jdbc()
                .sql("select id, payload from deliveries order by seq")
                .query((row, i) -> office.store
                        .sealing()
                        .openText("deliveries", row.getObject("id", UUID.class), row.getBytes("payload")))
                .list();
    }

    @Test
    void of_two_taps_at_once_one_counts() {
        closeAndAsk();
        Pressed five = office.presses("misaki", data("5"));
        Pressed one = office.presses("misaki", data("1"));

        Office.atOnce(List.of(() -> answer(five), () -> answer(one)));

        assertThat(scores()).hasSize(1);
        assertThat(office.crm(inquiry)).containsOnlyOnce("SURVEY");
    }

    private String data(String score) {
        return Pressed.data("survey", Map.of("inquiry", inquiry.id().toString(), "score", score));
    }

    private Object answer(Pressed pressed) {
        office.store.inTransaction(() -> office.survey.answer(pressed));
        return "done";
    }

    @Test
    void a_late_tap_changes_nothing() {
        closeAndAsk();
        office.clock.forward(Duration.ofHours(24));

        taps("misaki", inquiry.id().toString(), "5");

        assertThat(scores()).isEmpty();
        assertThat(office.crm(inquiry)).doesNotContain("SURVEY");
    }

    @Test
    void another_customers_tap_and_made_up_scores_change_nothing() {
        closeAndAsk();
        taps("yuki", inquiry.id().toString(), "1");
        for (String score : List.of("0", "6", "-1", "five", "")) {
            taps("misaki", inquiry.id().toString(), score);
        }
        taps("misaki", "not-an-id", "5");

        assertThat(scores()).isEmpty();
        assertThat(office.now(inquiry).operator()).isEqualTo(aoi.id());
    }

    @Test
    void a_tap_opens_no_inquiry_and_a_plain_message_does() {
        closeAndAsk();
        taps("misaki", inquiry.id().toString(), "5");
        assertThat(office.inquiries.current(inquiry.customer())).isEmpty();

        assertThat(office.writes("misaki", "ところで").inquiry().id()).isNotEqualTo(inquiry.id());
    }

    @Test
    void nobody_who_blocked_the_account_is_asked() {
        office.atTurn("misaki", () -> {
            office.turn.unfollow(office.incoming("misaki", "unfollow", null, null, null, office.clock.instant(), null));
            return null;
        });

        closeAndAsk();

        assertThat(office.count("deliveries")).isZero();
        assertThat(office.count("surveys")).isZero();
    }
}
