package io.tsunagi.bot;

import static org.assertj.core.api.Assertions.assertThat;

import io.tsunagi.access.Person;
import io.tsunagi.inquiry.Inquiry;
import io.tsunagi.inquiry.Message;
import io.tsunagi.inquiry.Office;
import io.tsunagi.inquiry.Received;
import io.tsunagi.store.Deliveries;
import io.tsunagi.store.Dialect;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** Scenario 56: who writes a card number or password to a person is warned, free of charge and not again and again. */
@ParameterizedClass
@EnumSource(Dialect.class)
class WarningTest {
    private static final String CARD = "番号は************6467です";
    private static final String OF_CARD = Office.texts().say("ja", "hand-off.card-number", Map.of());
    private static final String OF_WORDS = Office.texts().say("ja", "hand-off.sensitive-words", Map.of());

    @Parameter
    Dialect dialect;

    private Office office;
    private Inquiry inquiry;
    private int word;

    @BeforeEach
    void open() {
        office = Office.open(dialect);
        Person aoi = office.operator("aoi", 4);
        inquiry = office.assigned("misaki", aoi);
    }

    @AfterEach
    void close() {
        office.close();
    }

    @Test
    void a_card_number_for_a_person_is_warned_of_once_in_ten_minutes() {
        writes(CARD, "token-1", true);
        assertThat(warnings()).containsExactly(OF_CARD);
        Deliveries.Claim call = next();
        assertThat(call.replyToken()).isEqualTo("token-1");
        assertThat(call.payload()).isEqualTo(OF_CARD);
        office.deliveries.sent(call, "request", List.of());

        office.clock.forward(Duration.ofMinutes(9));
        writes(CARD, "token-2", true);
        assertThat(next()).as("the reply stays the operator's").isNull();
        assertThat(office.customers.find(inquiry.customer()).orElseThrow().replyToken())
                .isEqualTo("token-2");

        office.clock.forward(Duration.ofMinutes(2));
        writes(CARD, "token-3", true);
        assertThat(warnings()).containsExactly(OF_CARD, OF_CARD);
        assertThat(next().replyToken()).isEqualTo("token-3");
    }

    @Test
    void a_number_that_two_messages_make_is_warned_of_too() {
        writes("4539 1488", "token-1", true);
        assertThat(warnings()).isEmpty();

        writes("0343 6467", "token-2", true);

        assertThat(warnings()).containsExactly(OF_CARD);
    }

    @Test
    void a_password_has_a_warning_of_its_own() {
        writes("パスワードは***********です", "token-1", true);
        assertThat(warnings()).containsExactly(OF_WORDS);

        writes(CARD, "token-2", true);
        assertThat(warnings()).containsExactly(OF_WORDS, OF_CARD);
    }

    @Test
    void what_is_no_card_number_is_not_warned_of() {
        writes("注文番号は2026040100001234です", "token-1", true);

        assertThat(warnings()).isEmpty();
        assertThat(next()).isNull();
    }

    @Test
    void no_warning_is_pushed() {
        writes(CARD, null, true);
        assertThat(warnings()).as("without a free reply").isEmpty();
        assertThat(next()).isNull();

        writes(CARD, "token-1", true);
        office.deliveries.replyTokenOver(next());
        assertThat(next()).as("LINE does not take the reply").isNull();
        assertThat(office.deliveries.failed())
                .as("there is nothing to try again")
                .isEmpty();
    }

    @Test
    void a_warning_that_waited_too_long_for_its_reply_is_not_pushed() {
        writes(CARD, "token-1", true);
        office.clock.forward(Duration.ofSeconds(51));

        assertThat(next()).isNull();
        assertThat(office.store
                        .jdbc()
                        .sql("select state from deliveries")
                        .query(String.class)
                        .list())
                .containsExactly("FAILED");
    }

    @Test
    void nobody_is_warned_where_that_is_switched_off() {
        writes(CARD, "token-1", false);

        assertThat(warnings()).isEmpty();
        assertThat(office.customers.find(inquiry.customer()).orElseThrow().replyToken())
                .isEqualTo("token-1");
    }

    private void writes(String text, String replyToken, boolean on) {
        Received received = office.writes("misaki", text, "said-" + ++word, replyToken);
        Warning warning = new Warning(office.outgoing, office.messages, Office.texts(), office.clock, on);
        office.atTurn("misaki", () -> {
            warning.warn(received);
            return null;
        });
    }

    private List<String> warnings() {
        return office.messages.since(inquiry.id(), 0).stream()
                .filter(message -> message.sender() == Message.Sender.BOT)
                .map(message -> message.content().text())
                .toList();
    }

    private Deliveries.Claim next() {
        return office.deliveries.next(inquiry.customer().value());
    }
}
