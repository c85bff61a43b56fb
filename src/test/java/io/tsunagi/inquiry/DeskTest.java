package io.tsunagi.inquiry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tsunagi.access.Person;
import io.tsunagi.inquiry.Desk.Sending;
import io.tsunagi.store.Dialect;
import io.tsunagi.store.Store;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** What stands between a draft and a customer, and the way back. */
@ParameterizedClass
@EnumSource(Dialect.class)
class DeskTest {
    @Parameter
    Dialect dialect;

    private final UUID press = UUID.randomUUID();
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

    private void nothingWasSent() {
        assertThat(office.count("deliveries")).isZero();
        assertThat(office.messages.since(inquiry.id(), 0))
                .extracting(Message::sender)
                .doesNotContain(Message.Sender.OPERATOR);
    }

    @Test
    void a_draft_with_a_sticker_becomes_two_bubbles_in_one_call_after_the_undo_time() {
        Content.Sticker sticker = new Content.Sticker("446", "1988", null, null);
        office.desk.save(aoi, inquiry.id(), 0, new Draft.Parts("お待たせしました", null, sticker, null, null, null, null));

        Sending.Accepted accepted = (Sending.Accepted) office.sends(aoi, inquiry, press);

        assertThat(accepted.messages()).extracting(Message::type).containsExactly("text", "sticker");
        assertThat(accepted.undoUntil()).isEqualTo(office.clock.instant().plus(Office.UNDO));
        assertThat(accepted.draft().isEmpty()).isTrue();
        assertThat(office.now(inquiry).waitingSince()).isNull();
        assertThat(office.nextCall("misaki")).as("within the undo time").isNull();
        office.clock.forward(Office.UNDO);
        assertThat(office.nextCall("misaki")).isEqualTo("お待たせしました|[sticker]");
        assertThat(office.nextCall("misaki")).isNull();
    }

    @Test
    void the_same_press_twice_sends_once_and_gives_the_same_answer() {
        office.drafts(aoi, inquiry, "はい");
        long version = office.drafts.of(inquiry.id()).version();
        int seen = office.now(inquiry).lastSeq();
        List<Callable<?>> presses = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            presses.add(() -> office.desk.send(aoi, inquiry.id(), press, version, seen, List.of()));
        }

        List<Object> outcomes = Office.atOnce(presses);

        assertThat(outcomes).allSatisfy(outcome -> assertThat(outcome)
                .isInstanceOfSatisfying(Sending.Accepted.class, a -> assertThat(a.messages())
                        .extracting(m -> m.content().text())
                        .containsExactly("はい")));
        assertThat(office.count("deliveries")).isOne();
    }

    @Test
    void of_two_presses_at_once_for_the_same_draft_one_sends() {
        office.drafts(aoi, inquiry, "はい");
        long version = office.drafts.of(inquiry.id()).version();
        int seen = office.now(inquiry).lastSeq();

        List<Object> outcomes = Office.atOnce(List.of(
                () -> office.desk.send(aoi, inquiry.id(), UUID.randomUUID(), version, seen, List.of()),
                () -> office.desk.send(aoi, inquiry.id(), UUID.randomUUID(), version, seen, List.of())));

        assertThat(outcomes).hasAtLeastOneElementOfType(Sending.Accepted.class);
        assertThat(outcomes).hasAtLeastOneElementOfType(Sending.DraftChanged.class);
        assertThat(office.count("deliveries")).isOne();
    }

    @Test
    void a_message_that_came_after_the_draft_was_begun_stops_it_until_it_was_seen_and_confirmed() {
        office.drafts(aoi, inquiry, "残高は500円です");
        int seenBefore = office.now(inquiry).lastSeq();
        Message newer = office.writes("misaki", "やっぱり解約したい").message();

        assertThat(office.sends(aoi, inquiry, press))
                .isInstanceOfSatisfying(Sending.NewerMessages.class, stop -> assertThat(stop.messages())
                        .extracting(Message::id)
                        .containsExactly(newer.id()));
        assertThat(office.desk.send(
                        aoi,
                        inquiry.id(),
                        press,
                        office.drafts.of(inquiry.id()).version(),
                        seenBefore,
                        List.of("newer-message")))
                .as("nobody confirms what they have not seen")
                .isInstanceOf(Sending.NewerMessages.class);
        nothingWasSent();

        assertThat(office.sends(aoi, inquiry, press, "newer-message")).isInstanceOf(Sending.Accepted.class);
    }

    @Test
    void the_name_of_another_customer_in_the_same_hands_stops_the_draft() {
        named("misaki", "佐々木 美咲");
        office.assigned("yuki", aoi);
        named("yuki", "小川 雪");
        office.drafts(aoi, inquiry, "小川 雪様、お待たせしました");

        assertThat(office.sends(aoi, inquiry, press)).isEqualTo(new Sending.OtherCustomer("小川 雪"));
        nothingWasSent();

        assertThat(office.sends(aoi, inquiry, press, "other-customer")).isInstanceOf(Sending.Accepted.class);
    }

    @Test
    void the_customers_own_name_and_the_name_of_another_operators_customer_do_not_stop_it() {
        Person ren = office.operator("ren", 4);
        office.assigned("souta", ren);
        named("misaki", "佐々木 美咲");
        named("souta", "川口 颯太");
        office.drafts(aoi, inquiry, "佐々木 美咲様、川口 颯太様から承りました");

        assertThat(office.sends(aoi, inquiry, press)).isInstanceOf(Sending.Accepted.class);
    }

    private void named(String user, String name) {
        office.atTurn(user, () -> {
            office.turn.profile(office.customer(user), name, null);
            return null;
        });
    }

    @Test
    void a_card_number_is_not_sent_even_when_it_stands_in_the_draft() {
        office.drafts.save(inquiry.id(), aoi.id(), 0, Draft.Parts.ofText("4111111111111111"), 1);

        assertThat(office.sends(aoi, inquiry, press)).isEqualTo(new Sending.Refused("card-number"));
        nothingWasSent();
    }

    @Test
    void a_card_number_that_was_masked_when_the_draft_was_saved_stops_it_too() {
        for (String number : List.of("4111 1111 1111 1111", "４１１１１１１１１１１１１１１１", "4111ー1111ー1111ー1111")) {
            office.drafts(aoi, inquiry, "番号は" + number + "ですね");

            assertThat(office.sends(aoi, inquiry, press)).as(number).isEqualTo(new Sending.Refused("card-number"));
        }
        nothingWasSent();
    }

    @Test
    void a_password_or_code_is_masked_in_the_draft_and_stops_it() {
        for (String words : List.of("パスワードは abc123 です", "認証コードは 123456 です", "マイナンバー 123456789018")) {
            office.drafts(aoi, inquiry, words);

            assertThat(office.drafts.of(inquiry.id()).parts().text())
                    .contains("***")
                    .hasSameSizeAs(words);
            assertThat(office.sends(aoi, inquiry, press)).as(words).isEqualTo(new Sending.Refused("sensitive-words"));
        }
        office.drafts.save(inquiry.id(), aoi.id(), 3, Draft.Parts.ofText("PIN 1234"), 1);
        assertThat(office.sends(aoi, inquiry, press)).isEqualTo(new Sending.Refused("sensitive-words"));
        nothingWasSent();
    }

    @Test
    void five_bubbles_of_five_thousand_letters_are_sent_and_one_more_letter_is_too_long() {
        office.drafts(aoi, inquiry, "あ".repeat(25_001));
        assertThat(office.sends(aoi, inquiry, press)).isEqualTo(new Sending.Refused("too-long"));
        nothingWasSent();

        office.drafts(aoi, inquiry, "あ".repeat(25_000) + "\n\n");
        assertThat(office.sends(aoi, inquiry, press))
                .isInstanceOfSatisfying(Sending.Accepted.class, sent -> assertThat(sent.messages())
                        .hasSize(5));
    }

    @Test
    void an_empty_draft_is_not_sent() {
        assertThat(office.sends(aoi, inquiry, press)).isEqualTo(new Sending.Refused("empty"));
        office.drafts(aoi, inquiry, " \n　");
        assertThat(office.sends(aoi, inquiry, press)).isEqualTo(new Sending.Refused("empty"));
        nothingWasSent();
    }

    @Test
    void a_card_is_sent_when_its_places_are_filled_and_comes_back_whole_when_it_is_undone() {
        Draft.Card open = new Draft.Card("confirm", "ja", Map.of());
        Draft.Card filled = new Draft.Card("confirm", "ja", Map.of("what", "$1 ではい \\\"か\\\""));

        assertThat(sendCard(inquiry, open)).isEqualTo(new Sending.Refused("placeholder"));
        assertThat(sendCard(inquiry, new Draft.Card("gone", "ja", Map.of())))
                .isEqualTo(new Sending.Refused("card-gone"));
        assertThat(sendCard(inquiry, new Draft.Card("confirm", "ja", Map.of("what", "長".repeat(241)))))
                .isEqualTo(new Sending.Refused("card-too-long"));
        assertThat(sendCard(inquiry, new Draft.Card("confirm", "ja", Map.of("what", "4111 1111 1111 1111"))))
                .isEqualTo(new Sending.Refused("card-number"));
        Sending sent = sendCard(inquiry, filled);

        Message message = ((Sending.Accepted) sent).messages().get(0);
        assertThat(message.type()).isEqualTo("card");
        assertThat(message.content().text()).isEqualTo(filled.values().get("what"));
        assertThat(message.content().card().labels()).containsExactly("はい", "いいえ");
        assertThat(office.desk
                        .undo(aoi, inquiry.id(), message.id())
                        .orElseThrow()
                        .parts()
                        .card())
                .isEqualTo(filled);
    }

    private Sending sendCard(Inquiry inquiry, Draft.Card card) {
        long known = office.drafts.of(inquiry.id()).version();
        Draft saved = office.desk
                .save(aoi, inquiry.id(), known, new Draft.Parts("", null, null, null, card, null, null))
                .orElseThrow();
        return office.desk.send(
                aoi,
                inquiry.id(),
                UUID.randomUUID(),
                saved.version(),
                office.now(inquiry).lastSeq(),
                List.of());
    }

    @Test
    void nothing_is_sent_to_a_customer_who_blocked_the_account() {
        office.drafts(aoi, inquiry, "はい");
        Incoming unfollow = office.incoming("misaki", "unfollow", null, null, null, office.clock.instant(), null);
        office.atTurn("misaki", () -> {
            office.turn.unfollow(unfollow);
            return null;
        });

        assertThat(office.sends(aoi, inquiry, press)).isEqualTo(new Sending.Refused("blocked"));
        nothingWasSent();
    }

    @Test
    void nobody_but_the_owner_sends_and_not_from_a_hold() {
        Person ren = office.operator("ren", 4);
        office.drafts(aoi, inquiry, "はい");

        assertThat(office.sends(ren, inquiry, press)).isEqualTo(new Sending.Refused("not-owner"));
        office.desk.hold(aoi, inquiry.id(), "memo", null);
        assertThat(office.sends(aoi, inquiry, press)).isEqualTo(new Sending.Refused("wrong-state"));
        nothingWasSent();
    }

    @Test
    void an_older_version_of_the_draft_is_not_sent() {
        Draft old = office.drafts(aoi, inquiry, "古い");
        Draft fresh = office.drafts(aoi, inquiry, "新しい");

        Sending sending = office.desk.send(aoi, inquiry.id(), press, old.version(), 99, List.of());

        assertThat(sending).isEqualTo(new Sending.DraftChanged(fresh));
        nothingWasSent();
    }

    @Test
    void what_is_taken_back_in_time_never_reaches_line_and_returns_to_the_draft() {
        Instant waiting = inquiry.waitingSince();
        office.clock.forward(Duration.ofSeconds(20));
        Content.Sticker sticker = new Content.Sticker("446", "1988", null, null);
        office.desk.save(aoi, inquiry.id(), 0, new Draft.Parts("残高は500円です", null, sticker, null, null, null, null));
        Sending.Accepted sent = (Sending.Accepted) office.sends(aoi, inquiry, press);
        office.clock.forward(Office.UNDO.minusMillis(1));

        Draft draft =
                office.desk.undo(aoi, inquiry.id(), sent.messages().get(0).id()).orElseThrow();

        assertThat(draft.text()).isEqualTo("残高は500円です");
        assertThat(draft.sticker()).isEqualTo(sticker);
        assertThat(office.now(inquiry).waitingSince()).isEqualTo(waiting);
        assertThat(office.messages.since(inquiry.id(), 0))
                .filteredOn(m -> m.sender() == Message.Sender.OPERATOR)
                .hasSize(2)
                .allMatch(m -> m.content().isEmpty());
        office.clock.forward(Duration.ofMinutes(1));
        assertThat(office.nextCall("misaki")).isNull();
    }

    @Test
    void the_first_answer_is_the_first_that_was_not_taken_back() {
        Sending.Accepted wrong = office.says(aoi, inquiry, "まちがいです");
        office.desk.undo(aoi, inquiry.id(), wrong.messages().get(0).id());
        assertThat(firstAnswer()).isEmpty();

        office.clock.forward(Duration.ofMinutes(1));
        Instant answered = office.clock.instant();
        office.says(aoi, inquiry, "こちらです");
        office.clock.forward(Duration.ofMinutes(1));
        office.says(aoi, inquiry, "ほかにございますか");
        assertThat(firstAnswer()).contains(answered);
    }

    private Optional<Instant> firstAnswer() {
        return office.store
                .jdbc()
                .sql("select first_answered_at from inquiries where id = ?")
                .param(inquiry.id().value())
                .query((row, i) -> Optional.ofNullable(Store.instant(row.getTimestamp(1))))
                .single();
    }

    @Test
    void the_customer_waits_since_the_hand_off_again_and_not_since_they_spoke_with_the_bot() {
        office.withBot("yuki");
        office.clock.forward(Duration.ofMinutes(7));
        Inquiry yuki = office.assigned("yuki", aoi);
        assertThat(yuki.waitingSince()).isEqualTo(office.clock.instant());
        Sending.Accepted sent = office.says(aoi, yuki, "はい");

        office.desk.undo(aoi, yuki.id(), sent.messages().get(0).id());

        assertThat(office.now(yuki).waitingSince()).isEqualTo(yuki.waitingSince());
    }

    @Test
    void after_an_answer_that_stays_the_customer_waits_only_since_what_they_wrote_then() {
        office.says(aoi, inquiry, "一つ目");
        office.clock.forward(Duration.ofMinutes(2));
        office.writes("misaki", "続きは？");
        Instant asked = office.clock.instant();
        office.clock.forward(Duration.ofMinutes(1));
        Sending.Accepted second = office.says(aoi, inquiry, "二つ目");

        office.desk.undo(aoi, inquiry.id(), second.messages().get(0).id());

        assertThat(office.now(inquiry).waitingSince()).isEqualTo(asked);
    }

    @Test
    void words_taken_back_stand_before_those_written_meanwhile() {
        Sending.Accepted sent = office.says(aoi, inquiry, "一行目");
        office.drafts(aoi, inquiry, "二行目");

        assertThat(office.desk.undo(aoi, inquiry.id(), sent.messages().get(0).id()))
                .hasValueSatisfying(draft -> assertThat(draft.text()).isEqualTo("一行目\n二行目"));
    }

    @Test
    void once_line_was_called_nothing_is_taken_back() {
        Sending.Accepted sent = office.says(aoi, inquiry, "はい");
        office.clock.forward(Office.UNDO);
        assertThat(office.nextCall("misaki")).isEqualTo("はい");

        assertThat(office.desk.undo(aoi, inquiry.id(), sent.messages().get(0).id()))
                .isEmpty();
        assertThat(office.messages
                        .find(sent.messages().get(0).id())
                        .orElseThrow()
                        .content()
                        .text())
                .isEqualTo("はい");
    }

    @Test
    void what_is_taken_back_after_the_close_is_not_sent_and_nobody_waits() {
        Sending.Accepted sent = office.says(aoi, inquiry, "はい");
        office.desk.close(aoi, inquiry.id(), "solved", () -> {});

        assertThat(office.desk.undo(aoi, inquiry.id(), sent.messages().get(0).id()))
                .isPresent();

        assertThat(office.now(inquiry).waitingSince()).isNull();
        assertThat(office.now(inquiry).state()).isEqualTo(InquiryState.CLOSED);
        office.clock.forward(Duration.ofMinutes(1));
        assertThat(office.nextCall("misaki")).isNull();
    }

    @Test
    void nobody_takes_back_another_operators_words_or_a_customers() {
        Person ren = office.operator("ren", 4);
        Sending.Accepted sent = office.says(aoi, inquiry, "はい");
        MessageId customers = office.messages.since(inquiry.id(), 0).get(0).id();

        assertThatThrownBy(() -> office.desk.undo(
                        ren, inquiry.id(), sent.messages().get(0).id()))
                .isInstanceOfSatisfying(
                        WrongStateException.class, e -> assertThat(e.code()).isEqualTo("not-owner"));
        assertThatThrownBy(() -> office.desk.undo(aoi, inquiry.id(), customers))
                .isInstanceOfSatisfying(
                        WrongStateException.class, e -> assertThat(e.code()).isEqualTo("not-found"));
    }

    @Test
    void an_answer_taken_back_leaves_the_free_reply_to_the_next_one() {
        office.writes("misaki", "いま見られますか", "line-9", "token-9");
        Sending.Accepted sent = office.says(aoi, inquiry, "はい");
        office.desk.undo(aoi, inquiry.id(), sent.messages().get(0).id());
        office.sends(aoi, inquiry, UUID.randomUUID(), "newer-message");
        office.clock.forward(Office.UNDO);

        assertThat(office.deliveries.next(office.customer("misaki").value()).replyToken())
                .isEqualTo("token-9");
    }

    @Test
    void a_note_is_for_operators_only_and_every_act_is_audited() {
        office.desk.note(aoi, inquiry.id(), "要確認 4111 1111 1111 1111", note -> {});
        office.says(aoi, inquiry, "はい");
        office.desk.close(aoi, inquiry.id(), "solved", () -> {});

        assertThat(office.messages.since(inquiry.id(), 0))
                .filteredOn(m -> m.sender() == Message.Sender.NOTE)
                .extracting(m -> m.content().text())
                .containsExactly("要確認 **** **** **** 1111");
        assertThat(office.count("deliveries")).isOne();
        assertThat(office.store
                        .jdbc()
                        .sql("select act from audit where actor = ? order by seq")
                        .param(aoi.id().toString())
                        .query(String.class)
                        .list())
                .containsExactly("note", "send", "close");
    }
}
