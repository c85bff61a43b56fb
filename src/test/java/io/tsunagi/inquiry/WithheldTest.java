package io.tsunagi.inquiry;

import static org.assertj.core.api.Assertions.assertThat;

import io.tsunagi.audit.Audit;
import io.tsunagi.keeping.LegalHolds;
import io.tsunagi.keeping.LegalHolds.Scope;
import io.tsunagi.store.Dialect;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** S36: what a customer takes back under a legal hold. */
@ParameterizedClass
@EnumSource(Dialect.class)
class WithheldTest {
    private static final String MISAKI = "misaki";

    @Parameter
    Dialect dialect;

    private Office office;
    private LegalHolds holds;
    private Withheld withheld;
    private Inquiry inquiry;

    @BeforeEach
    void open() {
        office = Office.open(dialect);
        holds = new LegalHolds(office.store, new Audit(office.store, office.clock));
        withheld = new Withheld(office.store);
        inquiry = office.withBot(MISAKI);
    }

    @AfterEach
    void close() {
        office.close();
    }

    private LegalHolds.Hold hold(Scope scope) {
        UUID subject = scope == Scope.INQUIRY
                ? inquiry.id().value()
                : inquiry.customer().value();
        return holds.set(scope, subject, "main", "court order 12", "aoi", null);
    }

    private void take(String type, String lineMessageId, Content content, Instant at) {
        Incoming incoming = new Incoming(
                UUID.randomUUID(),
                "main",
                "user",
                MISAKI,
                type,
                at,
                at,
                null,
                false,
                "text",
                content,
                lineMessageId,
                false,
                null,
                null);
        office.atTurn(MISAKI, () -> {
            switch (type) {
                case "unsend" -> office.turn.unsend(incoming);
                case "messageEdited" -> office.turn.edit(incoming);
                default -> office.turn.receive(incoming);
            }
            return null;
        });
    }

    private void unsend(String lineMessageId) {
        take("unsend", lineMessageId, Content.NOTHING, office.clock.instant());
    }

    private Message message(String lineMessageId) {
        return office.messages.byLineId(inquiry.customer(), lineMessageId).orElseThrow();
    }

    private Withheld.Words words(String lineMessageId) {
        return withheld.of(inquiry.id()).get(message(lineMessageId).id().value());
    }

    private Content kept(String lineMessageId) {
        return words(lineMessageId) == null ? null : words(lineMessageId).content();
    }

    private List<String> acts() {
        return office.store
                .jdbc()
                .sql("select act || ' ' || object || ' ' || coalesce(detail, '') from audit where act like 'withhold%'")
                .query(String.class)
                .list();
    }

    @ParameterizedTest
    @EnumSource(Scope.class)
    void words_taken_back_under_a_hold_are_kept_and_leave_the_tombstone_that_others_leave(Scope scope) {
        office.writes(MISAKI, "ひみつ", "line-1");
        office.writes(MISAKI, "公開", "line-2");
        hold(scope);

        unsend("line-1");
        unsend("line-1");

        Message shown = message("line-1");
        assertThat(shown.unsentAt()).isNotNull();
        assertThat(shown.content()).isEqualTo(Content.NOTHING);
        assertThat(kept("line-1").text()).isEqualTo("ひみつ");
        assertThat(withheld.of(inquiry.customer()))
                .isEqualTo(withheld.of(inquiry.id()))
                .hasSize(1);
        assertThat(acts()).singleElement().asString().contains("withhold-words message/" + shown.id());
        assertThat(acts().toString()).contains(inquiry.id().toString()).doesNotContain("ひみつ");
    }

    @Test
    void without_a_hold_nothing_is_kept_nor_under_one_that_is_lifted_or_another_customers() {
        LegalHolds.Hold lifted = hold(Scope.INQUIRY);
        holds.lift(lifted.id(), "over", "sakura", null);
        Inquiry other = office.withBot("haruto");
        holds.set(Scope.CUSTOMER, other.customer().value(), null, "subpoena", "aoi", null);
        office.writes(MISAKI, "ひみつ", "line-1");

        unsend("line-1");

        assertThat(office.store
                        .jdbc()
                        .sql("select count(*) from withheld_words")
                        .query(Long.class)
                        .single())
                .isZero();
        assertThat(acts()).isEmpty();
    }

    @Test
    void every_version_of_an_edited_message_is_kept() {
        Instant now = office.clock.instant();
        office.writes(MISAKI, "一", "line-1");
        take("messageEdited", "line-1", Content.ofText("三"), now.plusSeconds(2));
        hold(Scope.CUSTOMER);

        unsend("line-1");
        assertThat(words("line-1").writtenAt()).isEqualTo(now.plusSeconds(2));
        take("messageEdited", "line-1", Content.ofText("四"), now.plusSeconds(3));
        take("messageEdited", "line-1", Content.ofText("二"), now.plusSeconds(1));

        assertThat(message("line-1").content()).isEqualTo(Content.NOTHING);
        assertThat(kept("line-1").everyText()).containsExactly("四", "一", "二", "三");
        assertThat(words("line-1").writtenAt()).isEqualTo(now.plusSeconds(3));
        assertThat(kept("line-1").earlier())
                .extracting(version -> Instant.ofEpochMilli(version.at()))
                .containsExactly(now, now.plusSeconds(1), now.plusSeconds(2));
        assertThat(acts()).hasSize(1);
    }

    @Test
    void words_that_come_after_they_were_taken_back_are_kept_too() {
        hold(Scope.CUSTOMER);
        unsend("line-1");

        take("message", "line-1", Content.ofText("ひみつ"), office.clock.instant());

        assertThat(message("line-1").unsentAt()).isNotNull();
        assertThat(message("line-1").content()).isEqualTo(Content.NOTHING);
        assertThat(kept("line-1").text()).isEqualTo("ひみつ");
    }

    @Test
    void what_says_something_without_a_text_is_kept_too_and_what_says_nothing_is_not() {
        Map<String, Content> said = Map.of(
                "sticker", Content.ofSticker(new Content.Sticker("446", "1988", List.of("ありがとう"), null)),
                "place",
                        Content.NOTHING
                                .change()
                                .location(new Content.Place("本店", "東京都千代田区", 35, 139))
                                .done(),
                "file",
                        Content.NOTHING
                                .change()
                                .file(new Content.Attachment("契約書.pdf", 10))
                                .done(),
                "picture", Content.NOTHING.change().quoteToken("q").done());
        said.forEach((id, content) -> take("message", id, content, office.clock.instant()));
        hold(Scope.ACCOUNT);

        said.keySet().forEach(this::unsend);

        assertThat(said.keySet()).allMatch(id -> message(id).content().equals(Content.NOTHING));
        for (String id : List.of("sticker", "place", "file")) {
            assertThat(kept(id)).as(id).isEqualTo(said.get(id));
        }
        assertThat(kept("picture")).isNull();
    }

    @Test
    void nobody_is_given_withheld_words_any_more_when_the_last_hold_is_lifted() {
        office.writes(MISAKI, "ひみつ", "line-1");
        LegalHolds.Hold one = hold(Scope.INQUIRY);
        LegalHolds.Hold other = hold(Scope.CUSTOMER);
        unsend("line-1");

        holds.lift(one.id(), "over", "sakura", null);
        assertThat(kept("line-1").text()).isEqualTo("ひみつ");
        holds.lift(other.id(), "over", "sakura", null);

        assertThat(withheld.of(inquiry.id())).isEmpty();
        assertThat(withheld.of(inquiry.customer())).isEmpty();
    }
}
