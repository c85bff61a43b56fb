package io.tsunagi.inquiry;

import static org.assertj.core.api.Assertions.assertThat;

import io.tsunagi.access.Person;
import io.tsunagi.store.Dialect;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

@ParameterizedClass
@EnumSource(Dialect.class)
class MessagesTest {
    @Parameter
    Dialect dialect;

    private Office office;

    @BeforeEach
    void open() {
        office = Office.open(dialect);
    }

    @AfterEach
    void close() {
        office.close();
    }

    @Test
    void messages_are_numbered_without_gaps_and_versions_only_grow_however_many_write_at_once() {
        Inquiry inquiry = office.withBot("misaki");
        List<Callable<?>> writers = new ArrayList<>();
        for (int writer = 0; writer < 8; writer++) {
            writers.add(() -> {
                for (int i = 0; i < 10; i++) {
                    office.writes("misaki", "もしもし");
                }
                return "done";
            });
        }

        assertThat(Office.atOnce(writers)).containsOnly("done");

        List<Message> all = office.messages.since(inquiry.id(), 0);
        assertThat(all)
                .extracting(Message::seq)
                .containsExactlyElementsOf(IntStream.rangeClosed(1, 81).boxed().toList());
        assertThat(all).extracting(Message::version).isSorted().doesNotHaveDuplicates();
        assertThat(office.now(inquiry).version()).isEqualTo(all.get(80).version());
    }

    @Test
    void a_customers_newest_are_given_newest_first_and_no_more_than_wanted() {
        for (String words : List.of("一", "二", "三")) {
            office.writes("misaki", words);
            office.writes("hana", "別のお客様");
            office.clock.forward(Duration.ofSeconds(1));
        }

        assertThat(office.messages.newestOf(office.customer("misaki"), 2))
                .extracting(message -> message.content().text())
                .containsExactly("三", "二");
    }

    @Test
    void of_a_burst_only_the_texts_right_beside_one_are_opened() {
        for (String words : List.of("一", "二", "三", "四", "五", "六", "七")) {
            office.writes("misaki", words);
            office.writes("hana", "別のお客様");
        }
        CustomerId misaki = office.customer("misaki");
        List<Message> all = office.messages.since(office.current("misaki").id(), 0).stream()
                .filter(message -> message.sender() == Message.Sender.CUSTOMER)
                .toList();

        assertThat(textsAround(misaki, all.get(3))).containsExactly("二", "三", "四", "五", "六");
        assertThat(textsAround(misaki, all.get(0))).containsExactly("一", "二", "三");
        assertThat(textsAround(misaki, all.get(6))).containsExactly("五", "六", "七");

        office.clock.forward(Duration.ofMinutes(9));
        Message later = office.writes("misaki", "八").message();
        office.clock.forward(Duration.ofMinutes(9));
        office.writes("misaki", "九");
        assertThat(textsAround(misaki, all.get(6))).as("at most ten minutes").containsExactly("五", "六", "七", "八");
        assertThat(textsAround(misaki, later)).containsExactly("六", "七", "八", "九");
    }

    private List<String> textsAround(CustomerId customer, Message text) {
        return office.messages.textsAround(customer, text, 2, Duration.ofMinutes(10)).stream()
                .map(message -> message.content().text())
                .toList();
    }

    @Test
    void what_was_said_last_and_how_much_is_unread_are_told_without_what_nobody_said() {
        Person aoi = office.operator("aoi", 3);
        Inquiry inquiry = office.assigned("misaki", aoi);
        Message first = office.writes("misaki", "一").message();
        office.writes("misaki", "二");
        office.desk.note(aoi, inquiry.id(), "メモ", kept -> {});

        assertThat(office.messages.newestSaid(inquiry.id(), 2))
                .extracting(message -> message.content().text())
                .containsExactly("二", "一");
        assertThat(office.messages.countFromCustomerAfter(inquiry.id(), first.seq()))
                .isEqualTo(1);
    }

    @Test
    void a_screen_that_asks_by_version_gets_exactly_what_is_new_or_changed() {
        Message first = office.writes("misaki", "一").message();
        Message second = office.writes("misaki", "二", "line-two").message();
        office.writes("misaki", "三");
        InquiryId inquiry = first.inquiry();
        long known = office.current("misaki").version();
        assertThat(office.messages.since(inquiry, known)).isEmpty();

        office.atTurn("misaki", () -> {
            office.messages.edit(second, Content.ofText("二番"), office.clock.instant());
            return null;
        });
        Message fourth = office.writes("misaki", "四").message();

        assertThat(office.messages.since(inquiry, known))
                .extracting(Message::id)
                .containsExactly(second.id(), fourth.id());
    }

    @Test
    void a_change_of_a_delivery_makes_a_new_version_of_its_bubbles_only() {
        Person aoi = office.operator("aoi", 4);
        Inquiry inquiry = office.assigned("misaki", aoi);
        Message said = office.says(aoi, inquiry, "お待たせしました").messages().get(0);
        long known = office.now(inquiry).version();
        office.clock.forward(Office.UNDO.plusMillis(1));

        office.deliveries.sent(office.deliveries.next(office.customer("misaki").value()), "request", List.of());

        assertThat(office.messages.since(inquiry.id(), known))
                .extracting(Message::id)
                .containsExactly(said.id());
    }

    @Test
    void an_edited_message_shows_the_new_words_and_remembers_all_earlier_ones() {
        Message message = office.writes("misaki", "残だか", "line-1").message();
        office.clock.forward(Duration.ofSeconds(3));
        edits("残だカ");
        office.clock.forward(Duration.ofSeconds(3));
        edits("残高");

        Message now = office.messages.find(message.id()).orElseThrow();
        assertThat(now.content().text()).isEqualTo("残高");
        assertThat(now.content().earlier())
                .extracting(Content.Version::text)
                .as("oldest first")
                .containsExactly("残だか", "残だカ");
        assertThat(now.editedAt()).isEqualTo(office.clock.instant());
        assertThat(now.seq()).isEqualTo(message.seq());
    }

    private void edits(String text) {
        Incoming edit = office.incoming("misaki", "messageEdited", text, "line-1", null, office.clock.instant(), null);
        office.atTurn("misaki", () -> {
            office.turn.edit(edit);
            return null;
        });
    }

    @Test
    void of_what_the_customer_took_back_a_tombstone_without_words_stays() {
        Message message = office.writes("misaki", "ひみつ", "line-1").message();
        Incoming unsend = office.incoming("misaki", "unsend", null, "line-1", null, office.clock.instant(), null);
        office.atTurn("misaki", () -> {
            office.turn.unsend(unsend);
            return null;
        });

        Message now = office.messages.find(message.id()).orElseThrow();
        assertThat(now.content().isEmpty()).isTrue();
        assertThat(now.content().earlier()).isNull();
        assertThat(now.unsentAt()).isEqualTo(office.clock.instant());
        assertThat(now.version()).isGreaterThan(message.version());
        assertThat(office.store
                        .jdbc()
                        .sql("select count(*) from messages where content is not null")
                        .query(Long.class)
                        .single())
                .isZero();
    }

    @Test
    void a_message_that_comes_late_says_so() {
        office.writes("misaki", "あと");
        Incoming older = office.incoming(
                "misaki",
                "message",
                "まえ",
                "line-old",
                null,
                office.clock.instant().minusSeconds(5),
                null);

        Message late = office.atTurn("misaki", () -> office.turn.receive(older)).message();

        assertThat(late.late()).isTrue();
        assertThat(late.seq()).isEqualTo(2);
    }
}
