package io.tsunagi.line;

import static org.assertj.core.api.Assertions.assertThat;

import io.tsunagi.access.Person;
import io.tsunagi.config.Settings;
import io.tsunagi.inquiry.Customer;
import io.tsunagi.inquiry.Inquiry;
import io.tsunagi.inquiry.Office;
import io.tsunagi.store.Dialect;
import io.tsunagi.store.TestStores;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Consumer;
import org.apache.camel.Exchange;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.support.DefaultExchange;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The moments in which a chat is given back and wanted again, on a real database. */
class LineChatControlTest {
    private static final Duration TTL = Duration.ofHours(1);

    private Office office;
    private LineChatControl control;
    private LineChatControl otherNode;
    private Person aoi;
    private Inquiry inquiry;
    private UUID chat;

    private void open(Dialect dialect) {
        Settings settings = TestStores.settings(
                dialect,
                Map.of(
                        "hub.line.accounts", "main",
                        "hub.line.account.main.secret", "secret",
                        "hub.line.account.main.token", "token",
                        "hub.line.account.main.chat-control", "module"));
        office = Office.open(settings);
        control = control(settings);
        otherNode = control(settings);
        office.inquiries.listen(control);
        aoi = office.operator("aoi", 6);
        inquiry = office.assigned("U1", aoi);
        chat = inquiry.customer().value();
        delivered();
    }

    private LineChatControl control(Settings settings) {
        return new LineChatControl(
                office.store,
                office.lanes,
                office.inquiries,
                office.customers,
                new LineAccounts(settings),
                office.clock,
                TTL);
    }

    @AfterEach
    void close() {
        office.close();
    }

    /** A chat is given back when nothing is left to be sent. */
    private void delivered() {
        office.store.jdbc().sql("update deliveries set state = 'SENT'").update();
    }

    private LineChatControl.Ask claim(LineChatControl node) {
        List<UUID> due = node.due();
        return due.isEmpty() ? null : node.claim(due.get(0));
    }

    private void answered(LineChatControl.Ask ask, int status) {
        Exchange exchange = exchange(ask);
        exchange.getMessage().setHeader(Exchange.HTTP_RESPONSE_CODE, status);
        control.answered(exchange);
    }

    private static Exchange exchange(LineChatControl.Ask ask) {
        Exchange exchange = new DefaultExchange(new DefaultCamelContext());
        exchange.setProperty("ask", ask);
        return exchange;
    }

    private void closed() {
        office.desk.close(aoi, inquiry.id(), "solved", () -> {});
        delivered();
    }

    private void reopened() {
        office.desk.reopen(aoi, inquiry.id());
    }

    private void atTurn(Consumer<Customer> work) {
        office.atTurn("U1", () -> {
            work.accept(office.customers.find(inquiry.customer()).orElseThrow());
            return null;
        });
    }

    @ParameterizedTest
    @EnumSource(Dialect.class)
    void a_chat_that_is_wanted_again_while_it_is_given_back_is_asked_for_after_the_answer(Dialect dialect) {
        open(dialect);
        LineChatControl.Ask taken = claim(control);
        assertThat(taken.acquire()).isTrue();
        answered(taken, 200);
        closed();
        LineChatControl.Ask release = claim(control);
        assertThat(release.acquire()).isFalse();

        reopened();
        assertThat(claim(control)).as("the release is under way").isNull();
        assertThat(claim(otherNode)).as("for every node").isNull();
        assertThat(control.claim(chat)).as("also for who looked before").isNull();
        answered(release, 200);

        LineChatControl.Ask again = claim(otherNode);
        assertThat(again.acquire()).isTrue();
        answered(again, 200);
        assertThat(control.due()).isEmpty();
        office.clock.forward(TTL.multipliedBy(2).dividedBy(3));
        assertThat(claim(control).acquire()).as("and kept").isTrue();
    }

    @ParameterizedTest
    @EnumSource(Dialect.class)
    void a_call_whose_end_nobody_saw_holds_the_next_one_back_until_it_is_surely_over(Dialect dialect) {
        open(dialect);
        answered(claim(control), 200);
        closed();
        LineChatControl.Ask release = claim(control);
        reopened();

        // The node dies before the answer.
        office.clock.forward(Duration.ofSeconds(59));
        assertThat(claim(otherNode)).isNull();
        office.clock.forward(Duration.ofSeconds(2));
        LineChatControl.Ask again = claim(otherNode);
        assertThat(again.acquire()).isTrue();
        answered(release, 200);
        assertThat(claim(control)).as("an answer that late changes nothing").isNull();

        control.noAnswer(exchange(again));
        closed();
        assertThat(claim(control)).isNull();
        office.clock.forward(Duration.ofSeconds(5));
        assertThat(claim(control).acquire()).isFalse();
    }

    @ParameterizedTest
    @EnumSource(Dialect.class)
    void a_chat_that_another_channel_took_meanwhile_is_not_fought_for_and_one_that_comes_back_is_kept(Dialect dialect) {
        open(dialect);
        LineChatControl.Ask ask = claim(control);
        atTurn(control::lost);
        closed();
        assertThat(claim(control)).as("the first call is under way").isNull();
        answered(ask, 423);
        LineChatControl.Ask release = claim(control);
        assertThat(release.acquire()).isFalse();
        answered(release, 423);
        assertThat(claim(control)).isNull();
        office.clock.forward(Duration.ofSeconds(2));
        answered(claim(control), 200);
        assertThat(office.count("chat_controls")).isZero();

        reopened();
        answered(claim(control), 200);
        atTurn(control::lost);
        assertThat(control.due()).isEmpty();
        assertThat(office.count("chat_controls")).as("nothing is wanted").isZero();
        atTurn(control::returned);
        assertThat(control.due()).as("it is ours without asking").isEmpty();
        office.clock.forward(TTL.multipliedBy(2).dividedBy(3));
        assertThat(claim(control).acquire())
                .as("and asked for before its time is over")
                .isTrue();
    }
}
