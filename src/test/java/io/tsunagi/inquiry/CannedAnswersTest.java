package io.tsunagi.inquiry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tsunagi.access.Person;
import io.tsunagi.audit.Audit;
import io.tsunagi.store.Dialect;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
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
class CannedAnswersTest {
    @Parameter
    Dialect dialect;

    private Office office;
    private CannedAnswers answers;
    private Person sakura;

    @BeforeEach
    void open() {
        office = Office.open(dialect);
        answers = new CannedAnswers(office.store, new Audit(office.store, office.clock), office.clock);
        sakura = office.operator("sakura", 5);
    }

    @AfterEach
    void close() {
        office.close();
    }

    private static CannedAnswer answer(String shortcut, String language, String team) {
        return CannedAnswers.answer(shortcut, language, team, "題", "", "本文");
    }

    @Test
    void what_people_changed_or_removed_stays_so_when_the_hub_starts_again() {
        List<CannedAnswer> seeds = List.of(answer("a", "ja", null), answer("b", "ja", null));
        answers.seed(seeds);
        answers.save(sakura, CannedAnswers.answer("a", "ja", null, "題", "よみ", "新しい本文"));
        assertThat(answers.remove(sakura, seeds.get(1).id())).isTrue();
        assertThat(answers.remove(sakura, seeds.get(1).id())).isFalse();
        answers.seed(seeds);

        assertThat(answers.all()).extracting(CannedAnswer::body).containsExactly("新しい本文");
        answers.save(sakura, seeds.get(1));
        assertThat(answers.all()).hasSize(2);
    }

    @Test
    void an_operator_sees_the_words_of_their_team_and_everybodys_the_most_used_first() {
        answers.seed(List.of(
                answer("a", "ja", null),
                answer("b", "ja", "support"),
                answer("c", "ja", "payments"),
                answer("d", "en", null)));
        assertThat(answers.used(answer("b", "ja", "support").id())).isTrue();
        assertThat(answers.used(UUID.randomUUID())).isFalse();

        assertThat(answers.of("ja", "support"))
                .extracting(CannedAnswer::shortcut)
                .containsExactly("b", "a");
        assertThat(answers.of("ja", "support").get(0).uses()).isEqualTo(1);
    }

    @Test
    void the_file_of_the_hub_reads_and_a_mistake_is_named_with_its_place() throws IOException {
        assertThat(CannedAnswers.read(Files.readString(Path.of("config/canned-answers.yaml"))))
                .hasSizeGreaterThan(4);
        assertThatThrownBy(() -> CannedAnswers.read("- shortcut: a b\n  language: ja\n  title: x\n  text: y"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("Canned answer 1: A shortcut");
        assertThatThrownBy(() -> CannedAnswers.read("shortcut: a")).hasMessage("Canned answers are a list");
    }

    @Test
    void a_draft_with_a_place_that_is_not_filled_in_is_not_sent() {
        Inquiry inquiry = office.assigned("U1", sakura);
        office.drafts(sakura, inquiry, "{{日時}}にご連絡します。");
        assertThat(office.sends(sakura, inquiry, UUID.randomUUID())).isEqualTo(new Desk.Sending.Refused("placeholder"));

        office.drafts(sakura, inquiry, "9時にご連絡します。");
        assertThat(office.sends(sakura, inquiry, UUID.randomUUID())).isInstanceOf(Desk.Sending.Accepted.class);
    }

    @Test
    void only_what_surely_did_not_arrive_is_sent_again() {
        Inquiry inquiry = office.assigned("U1", sakura);
        Message said = office.says(sakura, inquiry, "お待たせしました。").messages().get(0);
        for (String state : List.of("QUEUED", "UNCLEAR", "SENT")) {
            deliveryIs(said, state);
            assertThatThrownBy(() -> office.desk.resend(sakura, inquiry.id(), said.id()))
                    .as(state)
                    .isInstanceOfSatisfying(WrongStateException.class, refused -> assertThat(refused.code())
                            .isEqualTo("not-failed"));
        }
        deliveryIs(said, "FAILED");
        office.desk.resend(sakura, inquiry.id(), said.id());
        assertThat(office.nextCall("U1")).isEqualTo("お待たせしました。");
    }

    private void deliveryIs(Message said, String state) {
        office.store
                .jdbc()
                .sql("update deliveries set state = ? where id = ?")
                .params(state, said.delivery())
                .update();
    }
}
