package io.tsunagi.inquiry;

import static org.assertj.core.api.Assertions.assertThat;

import io.tsunagi.access.Person;
import io.tsunagi.store.Dialect;
import io.tsunagi.store.Store;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** What customers do, and which inquiry it belongs to. */
@ParameterizedClass
@EnumSource(Dialect.class)
class CustomerTurnTest {
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
    void all_that_is_said_belongs_to_the_open_inquiry_whoever_has_it() {
        InquiryId first = office.writes("misaki", "一").inquiry().id();
        assertThat(office.writes("misaki", "二").inquiry().id()).isEqualTo(first);

        Inquiry inquiry = office.current("misaki");
        office.atTurn("misaki", () -> {
            office.inquiries.queue(first, "support", null, null, 3, 1, "unsure");
            return null;
        });
        assertThat(office.writes("misaki", "三").getState()).isEqualTo("WAITING");
        office.dispatcher.assign();
        assertThat(office.writes("misaki", "四").getState()).isEqualTo("ASSIGNED");
        office.desk.hold(aoi, first, "memo", null);
        assertThat(office.writes("misaki", "五").getState()).isEqualTo("HELD");

        assertThat(office.messages.since(inquiry.id(), 0))
                .filteredOn(m -> m.sender() == Message.Sender.CUSTOMER)
                .extracting(m -> m.content().text())
                .containsExactly("一", "二", "三", "四", "五");
    }

    /** Scenario 61 */
    @Test
    void a_plain_message_after_the_close_opens_a_new_inquiry_and_leaves_the_old_one_as_it_was() {
        Inquiry closed = office.closed("misaki", aoi);

        Received received = office.writes("misaki", "もうひとつ聞きたい");

        assertThat(received.inquiry().id()).isNotEqualTo(closed.id());
        assertThat(received.getState()).isEqualTo("BOT");
        assertThat(received.inquiry().number()).isGreaterThan(closed.number());
        assertThat(office.now(closed)).usingRecursiveComparison().isEqualTo(closed);
    }

    @Test
    void customers_and_accounts_are_kept_apart() {
        Inquiry misaki = office.withBot("misaki");
        Inquiry yuki = office.withBot("yuki");

        assertThat(yuki.id()).isNotEqualTo(misaki.id());
        assertThat(Customers.idOf("global", "user", "misaki")).isNotEqualTo(Customers.idOf("main", "user", "misaki"));
    }

    @Test
    void a_button_belongs_to_the_inquiry_it_was_shown_in_and_to_no_other() {
        Inquiry closed = office.closed("misaki", aoi);
        String data = Pressed.data("solved", Map.of("inquiry", closed.id().toString()));

        assertThat(office.presses("misaki", data).current()).as("nothing open").isFalse();

        Inquiry open = office.withBot("misaki");
        Pressed late = office.presses("misaki", data);
        assertThat(late.current()).as("another one open").isFalse();
        assertThat(late.act()).isEqualTo("solved");
        assertThat(office.presses(
                                "misaki",
                                Pressed.data(
                                        "solved", Map.of("inquiry", open.id().toString())))
                        .current())
                .isTrue();
    }

    @Test
    void a_button_of_another_customer_has_no_effect() {
        office.withBot("misaki");
        Inquiry yuki = office.withBot("yuki");

        assertThat(office.presses(
                                "misaki",
                                Pressed.data(
                                        "solved", Map.of("inquiry", yuki.id().toString())))
                        .current())
                .isFalse();
    }

    @Test
    void an_operators_clock_starts_with_the_first_message_that_has_no_answer() {
        Inquiry inquiry = office.assigned("misaki", aoi);
        office.says(aoi, inquiry, "はい");
        office.clock.forward(Duration.ofMinutes(1));
        office.writes("misaki", "一");
        Instant first = office.clock.instant();
        office.clock.forward(Duration.ofMinutes(1));
        office.writes("misaki", "二");

        assertThat(office.now(inquiry).waitingSince()).isEqualTo(first);
    }

    @Test
    void angry_words_and_hidden_numbers_are_told_of_once_a_person_has_the_inquiry() {
        office.withBot("misaki");
        office.writes("misaki", "いい加減にしてください");
        assertThat(signs(office.current("misaki"))).isNull();

        Inquiry inquiry = office.assigned("kenichi", office.operator("ren", 5));
        office.writes("kenichi", "いい加減にしてください");
        office.writes("kenichi", "いい加減にして");
        office.writes("kenichi", "4111 1111");
        office.writes("kenichi", "1111 1111");
        assertThat(signs(inquiry)).isEqualTo("anger,card-number");
    }

    private String signs(Inquiry inquiry) {
        return office.store
                .jdbc()
                .sql("select signs from inquiries where id = ?")
                .param(inquiry.id().value())
                .query((row, i) -> row.getString(1))
                .list()
                .get(0);
    }

    @Test
    void a_message_taken_back_before_it_came_never_shows_its_words() {
        take("unsend", "line-1", null, office.clock.instant());
        Message message = office.writes("misaki", "ひみつ", "line-1").message();

        assertThat(message.unsentAt()).isNotNull();
        assertThat(message.content().isEmpty()).isTrue();
    }

    @Test
    void a_proposal_for_an_article_goes_with_the_message_it_is_from() {
        Message message = office.writes("misaki", "ひみつ", "line-1").message();
        Message other = office.writes("misaki", "公開", "line-2").message();
        propose(message);
        UUID kept = propose(other);

        take("unsend", "line-1", null, office.clock.instant());

        assertThat(proposals()).containsExactly(kept);
    }

    @Test
    void a_proposal_for_an_article_goes_when_its_message_is_masked() {
        propose(office.writes("misaki", "番号は 4111 1111").message());
        office.writes("misaki", "1111");
        assertThat(proposals()).hasSize(1);

        office.writes("misaki", "1111");

        assertThat(proposals()).isEmpty();
    }

    private UUID propose(Message source) {
        UUID id = UUID.randomUUID();
        office.store
                .jdbc()
                .sql("""
                        insert into article_proposals (id, language, state, asked, source, proposed_at, tries)
                        values (?, 'ja', 'PROPOSED', 1, ?, ?, 0)
                        """)
                .params(id, source.id().value(), Store.at(office.clock.instant()))
                .update();
        return id;
    }

    private List<UUID> proposals() {
        return office.store
                .jdbc()
                .sql("select id from article_proposals")
                .query(UUID.class)
                .list();
    }

    @Test
    void an_edit_that_overtakes_its_message_stands_alone() {
        office.withBot("misaki");
        take("messageEdited", "line-1", "新しい", office.clock.instant());

        Received older = office.writes("misaki", "古い", "line-1");

        assertThat(older.message().content().text()).as("what the bot answers").isEqualTo("新しい");
        assertThat(office.messages.since(older.inquiry().id(), 0))
                .extracting(m -> m.content().text())
                .containsExactly("こんにちは", "新しい");
    }

    @Test
    void an_older_edit_does_not_undo_a_newer_one_and_none_revives_what_was_taken_back() {
        office.writes("misaki", "一", "line-1");
        Instant now = office.clock.instant();
        take("messageEdited", "line-1", "三", now.plusSeconds(2));
        take("messageEdited", "line-1", "二", now.plusSeconds(1));
        assertThat(text("line-1")).isEqualTo("三");

        take("unsend", "line-1", null, now.plusSeconds(3));
        take("messageEdited", "line-1", "四", now.plusSeconds(4));
        assertThat(text("line-1")).isNull();
    }

    private String text(String lineMessageId) {
        return office.messages
                .byLineId(office.customer("misaki"), lineMessageId)
                .orElseThrow()
                .content()
                .text();
    }

    private void take(String type, String lineMessageId, String text, Instant at) {
        take("misaki", type, lineMessageId, text, at);
    }

    private void take(String user, String type, String lineMessageId, String text, Instant at) {
        Incoming incoming = office.incoming(user, type, text, lineMessageId, null, at, null);
        office.atTurn(user, () -> {
            switch (type) {
                case "unsend" -> office.turn.unsend(incoming);
                case "messageEdited" -> office.turn.edit(incoming);
                case "follow" -> office.turn.follow(incoming);
                case "unfollow" -> office.turn.unfollow(incoming);
                default -> throw new IllegalArgumentException(type);
            }
            return null;
        });
    }

    @Test
    void what_waits_for_a_customer_is_cancelled_when_they_block_the_account() {
        Inquiry inquiry = office.assigned("misaki", aoi);
        office.says(aoi, inquiry, "はい");

        take("unfollow", null, null, office.clock.instant());

        office.clock.forward(Duration.ofMinutes(1));
        assertThat(office.nextCall("misaki")).isNull();
        assertThat(blocked()).isTrue();

        take("follow", null, null, office.clock.instant());
        assertThat(blocked()).isFalse();
    }

    /** Scenario 9 */
    @Test
    void who_blocks_the_account_is_waited_for_no_more_but_an_operator_keeps_what_they_have() {
        Inquiry waiting = office.waiting("misaki");
        take("unfollow", null, null, office.clock.instant());
        assertThat(office.now(waiting).state()).isEqualTo(InquiryState.CLOSED);
        assertThat(office.now(waiting).closeReason()).isEqualTo("blocked");

        take("follow", null, null, office.clock.instant().plusSeconds(1));
        Inquiry assigned = office.assigned("misaki", aoi);
        take("unfollow", null, null, office.clock.instant().plusSeconds(2));
        assertThat(office.now(assigned).state()).isEqualTo(InquiryState.ASSIGNED);
    }

    @Test
    void an_unfollow_that_comes_after_a_later_follow_is_void() {
        Instant now = office.clock.instant();
        office.withBot("misaki");
        take("follow", null, null, now.plusSeconds(5));
        take("unfollow", null, null, now);

        assertThat(blocked()).isFalse();
    }

    private boolean blocked() {
        return office.customers.find(office.customer("misaki")).orElseThrow().blocked();
    }

    @Test
    void the_free_reply_goes_to_whoever_speaks_first_and_once() {
        office.writes("misaki", "一", "line-1", "token-1");
        office.writes("misaki", "二", "line-2", "token-2");
        Inquiry inquiry = office.current("misaki");
        for (String words : List.of("はい", "もうひとつ")) {
            office.atTurn(
                    "misaki",
                    () -> office.outgoing.say(
                            inquiry, Outgoing.Speaker.BOT, words, Duration.ZERO, List.of(Bubble.text(words))));
        }

        assertThat(office.store
                        .jdbc()
                        .sql("select count(*) from deliveries where reply_token is not null")
                        .query(Long.class)
                        .single())
                .isOne();
        assertThat(office.deliveries.next(office.customer("misaki").value()).replyToken())
                .isEqualTo("token-2");
    }

    private List<String> said(String user) {
        return office.messages.since(office.current(user).id(), 0).stream()
                .filter(m -> m.sender() == Message.Sender.CUSTOMER)
                .map(m -> m.content().text())
                .toList();
    }

    /** PCI DSS 3.4.1: the turn that completes the number masks all parts. */
    @Test
    void a_card_number_split_over_three_messages_is_masked_in_all_of_them() {
        assertThat(office.writes("misaki", "番号は 4111 1111").cardNumber()).isFalse();
        office.clock.forward(Duration.ofMinutes(4));
        assertThat(office.writes("misaki", "1111").cardNumber()).isFalse();
        office.clock.forward(Duration.ofMinutes(5));

        Received last = office.writes("misaki", "１１１１ です");

        assertThat(last.cardNumber()).isTrue();
        assertThat(last.message().content().text()).isEqualTo("１１１１ です");
        assertThat(said("misaki")).containsExactly("番号は **** ****", "****", "１１１１ です");
    }

    @Test
    void a_card_number_whose_middle_comes_late_is_masked_amid_a_burst() {
        List<String> burst = Collections.nCopies(10, "7");
        burst.forEach(words -> office.writes("misaki", words));
        office.writes("misaki", "4111 1111");
        office.writes("misaki", "どうぞ", "middle");
        office.writes("misaki", "1111");
        burst.forEach(words -> office.writes("misaki", words));

        take("messageEdited", "middle", "1111", office.clock.instant().plusSeconds(1));

        assertThat(said("misaki")).containsSequence("7", "**** ****", "****", "1111", "7");
    }

    @Test
    void the_operator_is_told_and_salesforce_gets_the_masked_parts_again() {
        Inquiry inquiry = office.assigned("misaki", aoi);
        office.writes("misaki", "5555 5555");
        long before = transcripts(inquiry);

        office.writes("misaki", "5555 4444");

        assertThat(said("misaki")).endsWith("**** ****", "**** 4444");
        assertThat(office.messages.since(inquiry.id(), 0))
                .filteredOn(m -> m.type().equals("event"))
                .extracting(m -> m.content().text())
                .contains("card-number");
        assertThat(transcripts(inquiry)).as("one new message, both masked").isEqualTo(before + 3);
    }

    @Test
    void what_rules_name_is_masked_over_messages_too_and_the_operator_is_told() {
        Inquiry inquiry = office.assigned("misaki", aoi);
        assertThat(office.writes("misaki", "パスワードは").sensitive()).isFalse();

        Received last = office.writes("misaki", "abc123 です");

        assertThat(last.sensitive()).isTrue();
        assertThat(last.cardNumber()).isFalse();
        assertThat(said("misaki")).endsWith("パスワードは", "****** です");
        assertThat(office.messages.since(inquiry.id(), 0))
                .filteredOn(m -> m.type().equals("event"))
                .extracting(m -> m.content().text())
                .contains("sensitive-words")
                .doesNotContain("card-number");
    }

    @Test
    void a_password_without_digits_is_masked_in_the_message_after_its_word_too() {
        office.writes("misaki", "パスワード：");

        assertThat(office.writes("misaki", "correcthorse").sensitive()).isTrue();

        assertThat(said("misaki")).containsExactly("パスワード：", "************");
    }

    @Test
    void a_word_that_an_edit_put_into_the_history_still_names_what_follows() {
        office.writes("misaki", "パスワードは", "line-1");
        take("messageEdited", "line-1", "1時間前です", office.clock.instant().plusSeconds(1));
        office.clock.forward(Duration.ofMinutes(1));

        assertThat(office.writes("misaki", "abc#defg").sensitive()).isTrue();

        assertThat(said("misaki")).containsExactly("1時間前です", "********");
    }

    private long transcripts(Inquiry inquiry) {
        return office.store
                .jdbc()
                .sql("select count(*) from crm_work where kind = 'TRANSCRIPT' and inquiry = ?")
                .param(inquiry.id().value())
                .query(Long.class)
                .single();
    }

    @Test
    void digits_far_apart_in_time_or_that_make_no_card_stay_as_they_are() {
        office.writes("misaki", "4111 1111");
        office.clock.forward(Duration.ofMinutes(11));
        assertThat(office.writes("misaki", "1111 1111").cardNumber()).isFalse();
        assertThat(office.writes("yuki", "4111 1111 1111").cardNumber()).isFalse();
        assertThat(office.writes("yuki", "1112").cardNumber()).as("no Luhn").isFalse();
        assertThat(office.writes("ren", "41").cardNumber()).isFalse();
        assertThat(office.writes("ren", "11111").cardNumber()).isFalse();
        assertThat(office.writes("ren", "1111").cardNumber()).isFalse();
        assertThat(office.writes("ren", "11111").cardNumber())
                .as("a fourth part")
                .isFalse();

        assertThat(said("misaki")).containsExactly("4111 1111", "1111 1111");
        assertThat(said("yuki")).containsExactly("4111 1111 1111", "1112");
    }

    /** What each message says and said, newest words first. */
    private List<List<String>> everything(String user) {
        return office.messages.since(office.current(user).id(), 0).stream()
                .filter(m -> m.sender() == Message.Sender.CUSTOMER)
                .map(m -> m.content().everyText())
                .toList();
    }

    @Test
    void a_part_that_an_edit_put_into_the_history_is_masked_with_the_part_that_completes_it() {
        office.writes("misaki", "4111 1111", "line-1");
        office.clock.forward(Duration.ofMinutes(1));
        take("messageEdited", "line-1", "ごめんなさい", office.clock.instant());

        assertThat(office.writes("misaki", "1111 1111").cardNumber()).isTrue();

        assertThat(everything("misaki")).containsExactly(List.of("ごめんなさい", "**** ****"), List.of("**** 1111"));
    }

    @Test
    void a_masked_part_is_masked_in_its_history_too() {
        office.writes("misaki", "4111 1111", "line-1");
        office.clock.forward(Duration.ofMinutes(1));
        take("messageEdited", "line-1", "はい 4111 1111", office.clock.instant());

        office.writes("misaki", "1111 1111");

        assertThat(everything("misaki")).containsExactly(List.of("はい **** ****", "**** ****"), List.of("**** 1111"));
    }

    @Test
    void an_older_edit_and_an_original_that_come_late_complete_a_number_too() {
        Instant start = office.clock.instant();
        office.writes("misaki", "一", "line-1");
        office.clock.forward(Duration.ofMinutes(1));
        office.writes("misaki", "1111 1111");
        take("messageEdited", "line-1", "三", start.plusSeconds(3));
        take("messageEdited", "line-1", "4111 1111", start.plusSeconds(2));
        assertThat(everything("misaki")).containsExactly(List.of("三", "一", "**** ****"), List.of("**** 1111"));

        take("yuki", "messageEdited", "line-2", "やめます", office.clock.instant());
        office.clock.forward(Duration.ofSeconds(5));
        office.writes("yuki", "5555 4444");
        Incoming original = office.incoming("yuki", "message", "5555 5555", "line-2", null, start, null);
        assertThat(office.atTurn("yuki", () -> office.turn.receive(original)).cardNumber())
                .isTrue();
        assertThat(everything("yuki")).containsExactly(List.of("やめます", "**** ****"), List.of("**** 4444"));
    }

    @Test
    void a_number_that_was_typed_and_put_right_is_no_card() {
        office.writes("misaki", "4111 1111", "line-1");
        take("messageEdited", "line-1", "1111 1111", office.clock.instant().plusSeconds(1));

        assertThat(everything("misaki")).containsExactly(List.of("1111 1111", "4111 1111"));
    }
}
