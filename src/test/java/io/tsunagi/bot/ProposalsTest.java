package io.tsunagi.bot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tsunagi.access.OperatorId;
import io.tsunagi.access.Person;
import io.tsunagi.access.Role;
import io.tsunagi.audit.Audit;
import io.tsunagi.inquiry.InquiryId;
import io.tsunagi.inquiry.Office;
import io.tsunagi.store.Dialect;
import io.tsunagi.store.Store;
import io.tsunagi.store.TestStores;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** From questions nobody's article answers to what an editor sends to Salesforce. */
@ParameterizedClass
@EnumSource(Dialect.class)
class ProposalsTest {
    private static final Instant T0 = Instant.parse("2026-04-01T09:00:00Z");
    private static final String QUESTION = "海外の空港でポイントを両替できますか";
    private static final String ANSWER = "空港の両替所ではポイントをお使いいただけません。現金にお替えください。";
    private static final Person SAKURA =
            new Person(new OperatorId(UUID.randomUUID()), "sakura", "Sakura", Role.SUPERVISOR, "ja", "Asia/Tokyo");

    @Parameter
    Dialect dialect;

    private Store store;
    private ArticleIndex index;
    private Proposals proposals;

    @BeforeEach
    void open() {
        store = TestStores.open(dialect);
        index = new ArticleIndex(BotSettings.defaults());
        proposals = with(Clock.systemUTC());
    }

    private Proposals with(Clock clock) {
        return new Proposals(
                store,
                new Bot(
                        index,
                        HandOffRules.parse("rules: [{name: never, reason: never, phrases: {ja: [ぬるぽがっ]}}]"),
                        BotSettings.defaults()),
                Office.SENSITIVE,
                new Audit(store, Clock.systemUTC()),
                clock);
    }

    @AfterEach
    void close() {
        store.close();
    }

    /** An inquiry in which the bot was asked something. */
    private UUID asked(String words, String reason, String state, String closeReason) {
        UUID inquiry = UUID.randomUUID();
        store.jdbc()
                .sql("""
                        insert into inquiries (id, customer, account, state, version, last_seq, language, priority, weight,
                                               opened_at, changed_at, close_reason, read_seq, bot_misses, bot_prompts)
                        values (:id, :id, 'main', :state, 1, 0, 'ja', 3, 1, :at, :at, :reason, 0, 0, 0)
                        """)
                .param("id", inquiry)
                .param("state", state)
                .param("at", Store.at(T0))
                .param("reason", closeReason)
                .update();
        UUID question = UUID.randomUUID();
        store.jdbc()
                .sql("""
                        insert into questions (id, inquiry, language, question, decision, reason, confidence, candidates,
                                               asked_at)
                        values (?, ?, 'ja', ?, 'hand-off', ?, 0.1, '', ?)
                        """)
                .params(question, inquiry, store.sealing().seal("questions", question, words), reason, Store.at(T0))
                .update();
        return inquiry;
    }

    private void answered(UUID inquiry, String words, UUID author) {
        UUID id = UUID.randomUUID();
        store.jdbc()
                .sql("""
                        insert into messages (id, inquiry, seq, version, customer, sender, author, type, content, at, late)
                        values (?, ?, (select count(*) + 1 from messages where inquiry = ?), 1, ?, 'OPERATOR', ?, 'text',
                                ?, ?, false)
                        """)
                .params(
                        id,
                        inquiry,
                        inquiry,
                        inquiry,
                        author,
                        store.sealing()
                                .seal(
                                        "messages",
                                        id,
                                        ("{\"text\":\"" + words + "\"}").getBytes(StandardCharsets.UTF_8)),
                        Store.at(T0))
                .update();
    }

    private UUID solved(String words, String answer) {
        UUID inquiry = asked(words, "unsure", "CLOSED", "solved");
        answered(inquiry, "かしこまりました。", UUID.randomUUID());
        answered(inquiry, answer, UUID.randomUUID());
        return inquiry;
    }

    private List<Proposal> proposed() {
        while (proposals.propose() > 0) {
            // Until every question was looked at.
        }
        return proposals.all();
    }

    @Test
    void what_the_bot_could_not_answer_is_proposed_with_what_an_operator_answered() {
        solved(QUESTION, ANSWER);

        assertThat(proposed()).singleElement().satisfies(proposal -> {
            assertThat(proposal.state()).isEqualTo(Proposal.State.PROPOSED);
            assertThat(proposal.question()).isEqualTo(QUESTION);
            assertThat(proposal.answer()).isEqualTo(ANSWER);
            assertThat(proposal.asked()).isOne();
        });
        assertThat(proposed()).as("each question is looked at once").hasSize(1);
    }

    @Test
    void what_is_no_unanswered_question_of_a_closed_inquiry_is_left() {
        asked(QUESTION, "unsure", "ASSIGNED", null);
        asked("オペレーターと話したいのですが", "asked-for-person", "CLOSED", "solved");
        asked("はい", "unsure", "CLOSED", "solved");
        UUID gone = asked("消された質問はどこへ行きますか", "unsure", "CLOSED", "solved");
        store.jdbc()
                .sql("update questions set question = null where inquiry = ?")
                .param(gone)
                .update();

        assertThat(proposed()).isEmpty();
    }

    @Test
    void an_answer_that_did_not_help_is_not_proposed() {
        UUID unsolved = asked(QUESTION, "unsure", "CLOSED", "other");
        answered(unsolved, ANSWER, UUID.randomUUID());
        UUID unhappy = solved("口座の名義を家族に変えることはできますか", "名義は変えられませんのでご了承ください。");
        store.jdbc()
                .sql("insert into surveys (id, inquiry, customer, asked_at, expires_at, score, answered_at)"
                        + " values (?, ?, ?, ?, ?, 2, ?)")
                .params(UUID.randomUUID(), unhappy, unhappy, Store.at(T0), Store.at(T0), Store.at(T0))
                .update();

        assertThat(proposed()).hasSize(2).allSatisfy(proposal -> assertThat(proposal.answer())
                .isNull());
    }

    @Test
    void questions_that_are_alike_are_one_proposal_and_the_first_answer_comes_to_it() {
        asked(QUESTION, "unsure", "CLOSED", "other");
        solved("海外の空港で、ポイントを両替できますか？", ANSWER);
        asked("別の質問です。解約の手続きを教えてください", "misses", "CLOSED", "other");

        List<Proposal> all = proposed();

        assertThat(all).hasSize(2);
        assertThat(all.get(0).asked()).as("the most asked stands first").isEqualTo(2);
        assertThat(all.get(0).answer()).isEqualTo(ANSWER);
        assertThat(all.get(0).question())
                .as("question and answer are of one inquiry")
                .contains("、ポイント");
    }

    /** The clock is read after each question: an editor is quicker than the second one. */
    @Test
    void what_an_editor_decided_meanwhile_gets_no_customers_words_again() {
        asked(QUESTION, "unsure", "CLOSED", "other");
        UUID id = proposed().get(0).id();
        asked("別の質問です。解約の手続きを教えてください", "unsure", "CLOSED", "other");
        UUID later = solved("海外の空港で、ポイントを両替できますか？", ANSWER);
        store.jdbc()
                .sql("update questions set asked_at = ? where inquiry = ?")
                .params(Store.at(T0.plusSeconds(1)), later)
                .update();
        CompletableFuture<Boolean> decided = new CompletableFuture<>();
        Clock clock = new Clock() {
            @Override
            public Instant instant() {
                if (!decided.isDone()) {
                    decided.complete(
                            CompletableFuture.supplyAsync(() -> proposals.approve(SAKURA, id, "空港での両替", "できません。", true))
                                    .join());
                }
                return Clock.systemUTC().instant();
            }

            @Override
            public ZoneId getZone() {
                return ZoneOffset.UTC;
            }

            @Override
            public Clock withZone(ZoneId zone) {
                return this;
            }
        };
        // The first instant is that of the new proposal's row, after all proposals were read.
        with(clock).propose();

        assertThat(decided).isCompletedWithValue(true);
        assertThat(proposals.all())
                .filteredOn(proposal -> proposal.id().equals(id))
                .singleElement()
                .satisfies(proposal -> {
                    assertThat(proposal.state()).isEqualTo(Proposal.State.APPROVED);
                    assertThat(proposal.question()).isNull();
                    assertThat(proposal.answer()).isNull();
                    assertThat(proposal.asked()).isOne();
                });
    }

    @Test
    void what_the_bot_answers_by_now_and_what_was_decided_is_not_proposed_again() {
        solved(QUESTION, ANSWER);
        Proposal first = proposed().get(0);
        assertThat(proposals.reject(SAKURA, first.id())).isTrue();
        solved(QUESTION + "。", ANSWER);
        assertThat(proposed()).singleElement().satisfies(proposal -> assertThat(proposal.state())
                .isEqualTo(Proposal.State.REJECTED));

        index.replace(List.of(new Article(
                "kA1", "000001", "ja", "解約の手続き", "解約できます", "アプリから解約できます", null, false, List.of("解約の手続きを教えてください"))));
        solved("解約の手続きを教えてください", "アプリから解約できます。");
        assertThat(proposed()).hasSize(1);
        assertThat(proposals.reject(SAKURA, first.id())).as("it is decided").isFalse();
        assertThat(proposals.approve(SAKURA, first.id(), "t", "b", true)).isFalse();
    }

    @Test
    void numbers_and_addresses_of_a_customer_are_hidden_from_the_beginning() {
        solved(
                "090-1234-5678 か hana@example.com に届いた通知は何でしょうか",
                "カード 4111 1111 1111 1111 と口座 12345678 の通知です。3営業日お待ちください。");

        Proposal proposal = proposed().get(0);

        assertThat(proposal.question()).doesNotContain("1234", "hana").contains("＊＊＊", "通知は何でしょうか");
        assertThat(proposal.answer()).doesNotContain("4111", "12345678").contains("3営業日");
    }

    @Test
    void numbers_and_addresses_are_hidden_in_every_width_and_with_every_sign_between() {
        for (String number : List.of(
                "０９０－１２３４－５６７８",
                "(03)1234-5678",
                "03（1234）5678",
                "03–1234–5678",
                "090.1234.5678",
                "+81 90 1234 5678")) {
            assertThat(proposals.hidden("電話は" + number + "です。"))
                    .as(number)
                    .doesNotContain("234", "２３４")
                    .doesNotContain("678", "６７８");
        }
        assertThat(proposals.hidden("宛先はｈａｎａ＠ｅｘａｍｐｌｅ．ｃｏｍです")).doesNotContain("ｈａｎａ", "ｅｘａｍｐｌｅ");
        assertThat(proposals.hidden("１月、2月、3月は 1,000 円です（10時〜17時30分）")).doesNotContain("＊");
    }

    @Test
    void what_an_operator_looked_for_in_vain_is_proposed_once_and_knows_the_message_it_is_from() {
        UUID inquiry = asked("はい", "unsure", "ASSIGNED", null);
        UUID message = UUID.randomUUID();
        store.jdbc()
                .sql("""
                        insert into messages (id, inquiry, seq, version, customer, sender, type, content, at, late)
                        values (?, ?, 1, 1, ?, 'CUSTOMER', 'text', ?, ?, false)
                        """)
                .params(
                        message,
                        inquiry,
                        inquiry,
                        store.sealing()
                                .seal(
                                        "messages",
                                        message,
                                        ("{\"text\":\"" + QUESTION + "、至急です\"}").getBytes(StandardCharsets.UTF_8)),
                        Store.at(T0))
                .update();

        assertThat(proposals.add(SAKURA, new InquiryId(inquiry), null, QUESTION.replace("海外の", "")))
                .as("changed a little by the operator")
                .isTrue();
        assertThat(proposals.add(SAKURA, new InquiryId(inquiry), null, QUESTION + "？"))
                .isTrue();
        assertThat(proposals.add(SAKURA, new InquiryId(inquiry), null, "深夜の電話 090-1234-5678 の受付時間"))
                .isTrue();
        assertThatThrownBy(() -> proposals.add(SAKURA, new InquiryId(inquiry), null, "はい"))
                .isInstanceOf(Proposals.RefusedException.class);
        assertThatThrownBy(() -> proposals.add(SAKURA, new InquiryId(UUID.randomUUID()), null, QUESTION))
                .isInstanceOf(Proposals.RefusedException.class)
                .hasMessageContaining("no such inquiry");

        assertThat(proposals.all()).hasSize(2);
        Proposal first = proposals.all().get(0);
        assertThat(first.question()).isEqualTo(QUESTION.replace("海外の", ""));
        assertThat(first.asked()).isEqualTo(2);
        assertThat(proposals.all().get(1).question()).doesNotContain("1234").contains("受付時間");
        assertThat(store.jdbc()
                        .sql("select id from article_proposals where source = ?")
                        .param(message)
                        .query(UUID.class)
                        .list())
                .containsExactly(first.id());
        proposals.reject(SAKURA, first.id());
        assertThat(proposals.add(SAKURA, new InquiryId(inquiry), null, QUESTION))
                .isFalse();
        assertThat(store.jdbc()
                        .sql("select count(*) from audit where act = 'propose-article'")
                        .query(Integer.class)
                        .single())
                .isEqualTo(3);
    }

    @Test
    void an_editor_sends_their_own_text_once_it_was_read_and_holds_no_card_number() {
        solved(QUESTION, ANSWER);
        UUID id = proposed().get(0).id();

        refused("unseen", id, "両替", "できません。", false);
        refused("card", id, "両替", "4111 1111 1111 1111", true);
        refused("sensitive-words", id, "両替", "パスワードは abc123 です。", true);
        refused("title", id, " ", "できません。", true);
        refused("title", id, "x".repeat(256), "できません。", true);
        refused("body", id, "両替", "", true);
        assertThat(proposals.waiting()).isFalse();
        assertThat(proposals.approve(SAKURA, id, "空港での両替", "ポイントは両替できません。", true))
                .isTrue();

        Proposal approved = proposals.all().get(0);
        assertThat(approved.question()).as("the customer's words are gone").isNull();
        assertThat(approved.answer()).isNull();
        assertThat(approved.title()).isEqualTo("空港での両替");
        assertThat(proposals.take().body()).isEqualTo("ポイントは両替できません。");
        assertThat(proposals.take()).as("one node has it").isNull();
        proposals.created(approved, "ka0000000000001AAA");
        proposals.created(approved, "ka0000000000001AAA");
        assertThat(proposals.all().get(0).state()).isEqualTo(Proposal.State.CREATED);
        assertThat(store.jdbc()
                        .sql("select act from audit order by at")
                        .query(String.class)
                        .list())
                .containsExactly("approve-article", "create-article");
    }

    private void refused(String code, UUID id, String title, String body, boolean seen) {
        assertThatThrownBy(() -> proposals.approve(SAKURA, id, title, body, seen))
                .isInstanceOfSatisfying(Proposals.RefusedException.class, refusal -> assertThat(refusal.code())
                        .isEqualTo(code));
    }

    @Test
    void what_salesforce_refuses_comes_back_to_the_editor_and_what_failed_waits() {
        solved(QUESTION, ANSWER);
        UUID id = proposed().get(0).id();
        proposals.approve(SAKURA, id, "両替", "できません。", true);

        proposals.failed(proposals.take(), true, "SERVER_UNAVAILABLE");
        assertThat(proposals.all().get(0).state()).isEqualTo(Proposal.State.APPROVED);
        assertThat(proposals.waiting()).as("not at once").isFalse();
        proposals.failed(proposals.all().get(0), false, "REQUIRED_FIELD_MISSING");

        assertThat(proposals.all().get(0).state()).isEqualTo(Proposal.State.REFUSED);
        assertThat(proposals.all().get(0).error()).isEqualTo("REQUIRED_FIELD_MISSING");
        assertThat(proposals.approve(SAKURA, id, "両替", "できません。", true)).isTrue();
    }
}
