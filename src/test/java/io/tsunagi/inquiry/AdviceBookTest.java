package io.tsunagi.inquiry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tsunagi.access.Person;
import io.tsunagi.audit.Audit;
import io.tsunagi.inquiry.AdviceBook.Advice;
import io.tsunagi.inquiry.AdviceBook.Outcome;
import io.tsunagi.store.Dialect;
import io.tsunagi.store.Signals;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

@ParameterizedClass
@EnumSource(Dialect.class)
class AdviceBookTest {
    @Parameter
    Dialect dialect;

    private Office office;
    private AdviceBook book;
    private Person aoi;
    private Person sakura;
    private Inquiry inquiry;

    @BeforeEach
    void open() {
        office = Office.open(dialect);
        Signals signals = new Signals();
        book = new AdviceBook(
                office.store,
                office.inquiries,
                new InquiryVersions(office.store, signals, office.clock),
                signals,
                Office.SENSITIVE,
                new Audit(office.store, office.clock),
                office.clock);
        aoi = office.operator("aoi", 3);
        sakura = office.operator("sakura", 3);
        inquiry = office.assigned("U1", aoi);
    }

    @AfterEach
    void close() {
        office.close();
    }

    /** Scenario 50 */
    @Test
    void advice_is_the_owners_to_decide_once_and_no_message_to_the_customer() {
        int said = office.messages.since(inquiry.id(), 0).size();
        long version = office.now(inquiry).version();
        book.give(sakura, inquiry.id(), "4111 1111 1111 1111 は伏せて");
        Advice advice = book.of(inquiry.id()).get(0);

        assertThat(advice.words()).doesNotContain("4111 1111 1111 1111");
        assertThat(office.now(inquiry).version()).isGreaterThan(version);
        assertThat(book.decide(sakura, inquiry.id(), advice.id(), Outcome.TAKEN))
                .isFalse();
        assertThat(book.decide(aoi, inquiry.id(), advice.id(), Outcome.TAKEN)).isTrue();
        assertThat(book.decide(aoi, inquiry.id(), advice.id(), Outcome.REFUSED)).isFalse();
        assertThat(book.of(inquiry.id())).extracting(Advice::outcome).containsExactly(Outcome.TAKEN);
        assertThat(office.messages.since(inquiry.id(), 0)).hasSize(said);
        assertThat(office.nextCall("U1")).isNull();
    }

    @Test
    void nobody_advises_themselves_or_an_inquiry_without_an_operator() {
        assertThatThrownBy(() -> book.give(aoi, inquiry.id(), "自分へ")).isInstanceOf(WrongStateException.class);
        Inquiry waiting = office.waiting("U2");
        assertThatThrownBy(() -> book.give(sakura, waiting.id(), "だれへ")).isInstanceOf(WrongStateException.class);
    }

    @Test
    void a_raised_hand_stays_up_until_it_is_lowered_or_answered() {
        book.raiseHand(aoi, inquiry.id(), "返金できますか");
        assertThat(book.help(inquiry.id()).orElseThrow().words()).isEqualTo("返金できますか");
        book.lowerHand(aoi, inquiry.id());
        assertThat(book.help(inquiry.id())).isEmpty();

        book.raiseHand(aoi, inquiry.id(), "");
        book.give(sakura, inquiry.id(), "できます");
        assertThat(book.help(inquiry.id())).isEmpty();
        assertThatThrownBy(() -> book.raiseHand(sakura, inquiry.id(), "")).isInstanceOf(WrongStateException.class);
    }

    @Test
    void a_raised_hand_falls_when_the_inquiry_leaves_the_operator() {
        book.raiseHand(aoi, inquiry.id(), "返金できますか");
        office.desk.take(sakura, inquiry.id(), aoi.id());
        assertThat(book.help(inquiry.id())).isEmpty();

        book.raiseHand(sakura, inquiry.id(), "");
        office.desk.requeue(sakura, inquiry.id());
        assertThat(book.help(inquiry.id())).isEmpty();
    }

    @Test
    void asking_advising_and_deciding_are_audited() {
        book.raiseHand(aoi, inquiry.id(), "");
        book.lowerHand(aoi, inquiry.id());
        book.give(sakura, inquiry.id(), "できます");
        Advice advice = book.of(inquiry.id()).get(0);
        book.decide(aoi, inquiry.id(), advice.id(), Outcome.EDITED);
        book.decide(aoi, inquiry.id(), advice.id(), Outcome.TAKEN);

        assertThat(office.store
                        .jdbc()
                        .sql("select act from audit where object = ?")
                        .param("inquiry/" + inquiry.id())
                        .query(String.class)
                        .list())
                .containsOnlyOnce("ask-help", "need-no-help", "advise", "advice-edited")
                .doesNotContain("advice-taken");
    }
}
