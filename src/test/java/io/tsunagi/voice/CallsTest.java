package io.tsunagi.voice;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tsunagi.access.Person;
import io.tsunagi.audit.Audit;
import io.tsunagi.bot.BotOutcome;
import io.tsunagi.config.Settings;
import io.tsunagi.config.SettingsException;
import io.tsunagi.inquiry.Inquiry;
import io.tsunagi.inquiry.InquiryState;
import io.tsunagi.inquiry.Message;
import io.tsunagi.inquiry.Office;
import io.tsunagi.inquiry.WrongStateException;
import io.tsunagi.line.LineAccounts;
import io.tsunagi.store.Dialect;
import io.tsunagi.store.TestStores;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Calls on a real database: who carries them, and how they end. */
class CallsTest {
    private static final Pattern TOKEN = Pattern.compile("/c/([A-Za-z0-9_-]{32})\"");

    private Office office;
    private Calls calls;
    private Person aoi;
    private Person ren;

    private void open(Dialect dialect, Map<String, String> more) {
        Map<String, String> all = new HashMap<>(Map.of(
                "hub.line.accounts", "main",
                "hub.line.account.main.secret", "secret",
                "hub.line.account.main.token", "token",
                "hub.line.account.main.call", "tel:+81312345678"));
        all.putAll(more);
        Settings settings = TestStores.settings(dialect, all);
        office = Office.open(settings);
        calls = new Calls(
                office.store,
                office.lanes,
                office.inquiries,
                office.messages,
                office.customers,
                office.outgoing,
                new LineAccounts(settings),
                Office.texts(),
                by -> Optional.empty(),
                Office.SENSITIVE,
                new Audit(office.store, office.clock),
                office.clock,
                settings);
        office.inquiries.listen(calls);
        aoi = office.operator("aoi", 6);
        ren = office.operator("ren", 6);
    }

    @AfterEach
    void close() {
        if (office != null) {
            office.close();
        }
    }

    /** What the button that waits for LINE opens. */
    private String token(String user) {
        String call = office.nextCall(user);
        Matcher found = TOKEN.matcher(call);
        assertThat(found.find()).as(call).isTrue();
        return found.group(1);
    }

    /** Scenario 36 */
    @ParameterizedTest
    @EnumSource(Dialect.class)
    void an_open_call_counts_in_its_operators_load_until_its_outcome_is_written_down(Dialect dialect) {
        open(dialect, Map.of("hub.voice.weight", "5"));
        Inquiry inquiry = office.assigned("U1", aoi);
        assertThat(office.load(aoi)).isEqualTo(1);

        calls.offer(aoi, inquiry.id());

        assertThat(office.load(aoi)).isEqualTo(6);
        office.clock.forward(Duration.ofSeconds(1));
        office.seats.present(ren.id(), "away");
        Inquiry next = office.waiting("U2");
        office.dispatcher.assign();
        assertThat(office.now(next).state())
                .as("nothing is given to who is in a call")
                .isEqualTo(InquiryState.WAITING);

        assertThat(calls.open(token("U1"))).isEqualTo(new Calls.Opening.To("ja", "tel:+81312345678"));
        calls.begin(aoi, inquiry.id());
        office.dispatcher.assign();
        assertThat(office.now(next).state()).isEqualTo(InquiryState.WAITING);
        office.clock.forward(Duration.ofSeconds(95));
        calls.end(aoi, inquiry.id(), "reached", "残高の確認方法をご案内。4111 1111 1111 1111");

        assertThat(office.load(aoi)).isEqualTo(1);
        office.dispatcher.assign();
        assertThat(office.now(next).operator()).isEqualTo(aoi.id());
        Message told = office.messages.since(inquiry.id(), 0).stream()
                .filter(message -> message.type().equals("call"))
                .findFirst()
                .orElseThrow();
        assertThat(told.content().call().outcome()).isEqualTo("reached");
        assertThat(told.content().call().seconds()).isEqualTo(95);
        assertThat(told.content().text()).contains("ご案内").doesNotContain("4111 1111");
        assertThat(office.crm(inquiry).get(office.crm(inquiry).size() - 1)).isEqualTo("TRANSCRIPT");
    }

    @ParameterizedTest
    @EnumSource(Dialect.class)
    void an_address_opens_once_whoever_presses_it_how_often(Dialect dialect) {
        open(dialect, Map.of());
        Inquiry inquiry = office.assigned("U1", aoi);
        calls.offer(aoi, inquiry.id());
        String token = token("U1");

        List<Callable<?>> presses = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            presses.add(() -> calls.open(token));
        }
        List<Object> outcomes = Office.atOnce(presses);

        assertThat(outcomes)
                .filteredOn(each -> each instanceof Calls.Opening.To)
                .hasSize(1);
        assertThat(outcomes)
                .filteredOn(new Calls.Opening.Over("ja", true)::equals)
                .hasSize(5);
        assertThat(calls.open("x".repeat(32))).isEqualTo(new Calls.Opening.Unknown());
        assertThat(calls.inCall()).containsExactly(aoi.id());
    }

    @Test
    void an_offer_ends_by_itself_and_its_operator_is_free_again() {
        open(Dialect.H2, Map.of("hub.voice.offer-keep", "PT10M"));
        Inquiry inquiry = office.assigned("U1", aoi);
        calls.offer(aoi, inquiry.id());
        String token = token("U1");
        assertThatThrownBy(() -> calls.offer(aoi, inquiry.id()))
                .isInstanceOfSatisfying(
                        WrongStateException.class, e -> assertThat(e.code()).isEqualTo("call-open"));

        office.clock.forward(Duration.ofMinutes(9));
        assertThat(calls.expire()).isZero();
        office.clock.forward(Duration.ofMinutes(1));
        assertThat(calls.open(token)).isEqualTo(new Calls.Opening.Over("ja", false));
        assertThat(calls.expire()).isEqualTo(1);
        assertThat(calls.expire()).isZero();

        assertThat(office.load(aoi)).isEqualTo(1);
        assertThat(calls.openIn(inquiry.id())).isEmpty();
        calls.offer(aoi, inquiry.id());
        calls.withdraw(aoi, inquiry.id());
        assertThat(office.load(aoi)).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"withdraw", "begin", "close", "expire"})
    void a_button_that_still_waits_for_line_is_not_sent_once_it_leads_nowhere(String how) {
        open(Dialect.H2, Map.of());
        Inquiry inquiry = office.assigned("U1", aoi);
        calls.offer(aoi, inquiry.id());

        switch (how) {
            case "withdraw" -> calls.withdraw(aoi, inquiry.id());
            case "begin" -> calls.begin(aoi, inquiry.id());
            case "close" -> office.desk.close(aoi, inquiry.id(), "solved", () -> {});
            default -> {
                office.clock.forward(Duration.ofMinutes(15));
                assertThat(calls.expire()).isEqualTo(1);
            }
        }

        assertThat(office.store
                        .jdbc()
                        .sql("select state from deliveries where inquiry = ?")
                        .param(inquiry.id().value())
                        .query(String.class)
                        .list())
                .containsOnly("CANCELLED");
    }

    @Test
    void a_call_goes_with_its_inquiry_to_whoever_has_it_and_ends_with_it() {
        open(Dialect.H2, Map.of());
        Inquiry inquiry = office.assigned("U1", aoi);
        calls.offer(aoi, inquiry.id());

        office.atTurn("U1", () -> {
            office.inquiries.take(inquiry.id(), ren.id(), "ren", aoi.id());
            return null;
        });
        assertThat(office.load(aoi)).isZero();
        assertThat(office.load(ren)).isEqualTo(4);
        assertThatThrownBy(() -> calls.begin(aoi, inquiry.id()))
                .isInstanceOfSatisfying(
                        WrongStateException.class, e -> assertThat(e.code()).isEqualTo("not-owner"));
        office.desk.requeue(ren, inquiry.id());
        assertThat(office.load(ren)).isZero();
        assertThat(office.inquiries.line(null, 10).get(0).weight()).isEqualTo(1);
        assertThat(office.inquiries.line(null, 10).get(0).call()).isEqualTo(3);
        office.atTurn("U1", () -> {
            office.inquiries.take(inquiry.id(), aoi.id(), "aoi", null);
            return null;
        });
        assertThat(office.load(aoi)).isEqualTo(4);

        office.desk.close(aoi, inquiry.id(), "solved", () -> {});
        assertThat(office.load(aoi)).isZero();
        assertThat(calls.openIn(inquiry.id())).isEmpty();
        assertThat(office.now(inquiry).weight()).isEqualTo(1);
    }

    @ParameterizedTest
    @EnumSource(Dialect.class)
    void a_full_operator_may_offer_a_call_and_nobody_ever_has_more_inquiries_than_their_capacity(Dialect dialect) {
        open(dialect, Map.of());
        office.seats.present(aoi.id(), "away");
        office.seats.present(ren.id(), "away");
        Person mei = office.operator("mei", 2);
        Inquiry inquiry = office.assigned("U1", mei);
        Inquiry other = office.assigned("U2", mei);

        calls.offer(mei, inquiry.id());

        assertThat(office.load(mei)).isEqualTo(5);
        office.clock.forward(Duration.ofSeconds(1));
        Inquiry next = office.waiting("U3");
        office.desk.close(mei, other.id(), "solved", () -> {});
        office.dispatcher.assign();
        assertThat(office.now(next).state())
                .as("the call counts for what is to be given")
                .isEqualTo(InquiryState.WAITING);
        refused(
                "full",
                () -> office.atTurn("U3", () -> {
                    office.inquiries.take(next.id(), mei.id(), "mei", null);
                    return null;
                }));

        // An inquiry comes back by its own weight: who calls can be answered at once.
        office.desk.hold(mei, inquiry.id(), "電話待ち", office.clock.instant().plusSeconds(600));
        assertThat(office.load(mei)).isZero();
        office.dispatcher.assign();
        assertThat(office.now(next).operator()).isEqualTo(mei.id());
        assertThat(calls.open(token("U1"))).isInstanceOf(Calls.Opening.To.class);
        office.desk.resume(mei, inquiry.id());
        assertThat(office.load(mei)).isEqualTo(5);
        office.desk.hold(mei, inquiry.id(), "もう一度", office.clock.instant().plusSeconds(600));
        office.assigned("U4", mei);
        refused("full", () -> office.desk.resume(mei, inquiry.id()));
        assertThat(office.load(mei)).isEqualTo(2);
    }

    private static void refused(String code, Runnable act) {
        assertThatThrownBy(act::run).isInstanceOfSatisfying(WrongStateException.class, e -> assertThat(e.code())
                .isEqualTo(code));
    }

    @ParameterizedTest
    @EnumSource(Dialect.class)
    void a_button_that_did_not_arrive_is_sent_again_only_while_it_leads_somewhere(Dialect dialect) {
        open(dialect, Map.of("hub.voice.offer-keep", "PT10M"));
        Inquiry inquiry = office.assigned("U1", aoi);
        calls.offer(aoi, inquiry.id());
        Message button = office.messages.since(inquiry.id(), 0).stream()
                .filter(message -> message.delivery() != null)
                .findFirst()
                .orElseThrow();
        didNotArrive(button);
        office.desk.resend(aoi, inquiry.id(), button.id());

        didNotArrive(button);
        office.clock.forward(Duration.ofMinutes(10));
        refused("call-over", () -> office.desk.resend(aoi, inquiry.id(), button.id()));
        assertThat(office.deliveries.retry(button.delivery()))
                .as("nor by an administrator")
                .isFalse();
        assertThat(calls.expire()).isEqualTo(1);
        refused("call-over", () -> office.desk.resend(aoi, inquiry.id(), button.id()));

        calls.offer(aoi, inquiry.id());
        assertThat(office.store
                        .jdbc()
                        .sql("update deliveries set state = 'NEEDS_QUOTA' where state = 'QUEUED'")
                        .update())
                .isEqualTo(1);
        calls.withdraw(aoi, inquiry.id());
        assertThat(office.deliveries.retryQuota())
                .as("what waited for the month to turn does not go out then")
                .isZero();
    }

    private void didNotArrive(Message message) {
        int changed = office.store
                .jdbc()
                .sql("update deliveries set state = 'FAILED' where id = ? and state = 'QUEUED'")
                .param(message.delivery())
                .update();
        assertThat(changed).isEqualTo(1);
    }

    /** On a busy day nobody has room for an inquiry and its call at once, and those behind it are light. */
    @ParameterizedTest
    @EnumSource(Dialect.class)
    void who_was_offered_a_call_while_waiting_needs_no_more_room_than_others(Dialect dialect) {
        open(dialect, Map.of());
        office.seats.present(aoi.id(), "away");
        office.seats.present(ren.id(), "away");
        Person mei = office.operator("mei", 3);
        Inquiry first = office.assigned("U1", mei);
        Inquiry wantsCall = office.waiting("U2");
        office.atTurn("U2", () -> {
            calls.offerByRule(new BotOutcome(
                    office.customers.find(wantsCall.customer()).orElseThrow(),
                    wantsCall,
                    "asked-for-call",
                    null,
                    null));
            return null;
        });
        office.clock.forward(Duration.ofSeconds(1));
        Inquiry behind = office.waiting("U3");

        office.dispatcher.assign();

        assertThat(office.now(wantsCall).operator()).isEqualTo(mei.id());
        assertThat(office.load(mei)).isEqualTo(5);
        assertThat(office.now(behind).state()).isEqualTo(InquiryState.WAITING);
        office.desk.requeue(mei, wantsCall.id());
        assertThat(office.load(mei)).isEqualTo(1);
        office.atTurn("U2", () -> {
            office.inquiries.take(wantsCall.id(), mei.id(), "mei", null);
            return null;
        });
        assertThat(office.load(mei)).isEqualTo(5);
        calls.begin(mei, wantsCall.id());
        calls.end(mei, wantsCall.id(), "reached", "");
        assertThat(office.load(mei)).isEqualTo(2);
        office.dispatcher.assign();
        assertThat(office.now(behind).operator()).isEqualTo(mei.id());
        office.desk.close(mei, first.id(), "solved", () -> {});
        assertThat(office.load(mei)).isEqualTo(2);
    }

    @Test
    void the_bot_offers_a_call_where_there_is_a_number_and_nothing_where_there_is_none() {
        open(Dialect.H2, Map.of());
        Inquiry inquiry = office.waiting("U1");
        BotOutcome outcome = new BotOutcome(
                office.customers.find(inquiry.customer()).orElseThrow(), inquiry, "asked-for-call", null, null);
        office.atTurn("U1", () -> {
            calls.offerByRule(outcome);
            calls.offerByRule(outcome);
            return null;
        });
        assertThat(calls.openIn(inquiry.id()).orElseThrow().offeredBy()).isNull();
        assertThat(office.nextCall("U1")).contains("電話をかける");
        assertThat(office.count("calls")).isEqualTo(1);
        office.close();

        open(Dialect.H2, Map.of("hub.line.account.main.call", ""));
        Inquiry other = office.waiting("U1");
        office.atTurn("U1", () -> {
            calls.offerByRule(new BotOutcome(
                    office.customers.find(other.customer()).orElseThrow(), other, "asked-for-call", null, null));
            return null;
        });
        assertThat(office.count("calls")).isZero();
    }

    @Test
    void a_direct_button_carries_the_number_itself() {
        open(Dialect.H2, Map.of("hub.line.account.main.call-link", "direct"));
        Inquiry inquiry = office.assigned("U1", aoi);
        calls.offer(aoi, inquiry.id());
        assertThat(office.nextCall("U1"))
                .contains("\"uri\":\"tel:+81312345678\"")
                .doesNotContain("/c/");
    }

    @Test
    void where_seats_are_small_a_call_weighs_as_much_as_fits_beside_its_inquiry() {
        open(Dialect.H2, Map.of("hub.dispatch.capacity", "2"));
        Inquiry inquiry = office.assigned("U1", aoi);
        calls.offer(aoi, inquiry.id());
        assertThat(office.load(aoi)).isEqualTo(2);
    }

    @Test
    void settings_that_cannot_work_are_refused_in_words() {
        assertThatThrownBy(() -> open(Dialect.H2, Map.of("hub.line.account.main.call", "0312345678")))
                .isInstanceOf(SettingsException.class)
                .hasMessageContaining("hub.line.account.main.call must be a number such as tel:+81312345678");
        office.close();
        assertThatThrownBy(() -> open(Dialect.H2, Map.of("hub.voice.outcomes", "reached,Not reached")))
                .isInstanceOf(SettingsException.class)
                .hasMessageContaining("hub.voice.outcomes");
    }
}
