package io.tsunagi.line;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tsunagi.access.SettableClock;
import io.tsunagi.config.Settings;
import io.tsunagi.line.LineQuota.Alert;
import io.tsunagi.store.Deliveries.Origin;
import io.tsunagi.store.Dialect;
import io.tsunagi.store.Sends;
import io.tsunagi.store.Store;
import io.tsunagi.store.TestStores;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.UUID;
import org.apache.camel.Exchange;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.support.DefaultExchange;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** How an account's month is reckoned from what LINE tells and what the hub sent since. */
@ParameterizedClass
@EnumSource(Dialect.class)
class LineQuotaTest {
    @Parameter
    Dialect dialect;

    /** The 11th in Tokyo: ten of April's thirty days are over. */
    private final SettableClock clock = new SettableClock("2026-04-10T15:00:00Z");

    private Store store;
    private LineQuota quota;

    @BeforeEach
    void open() {
        store = TestStores.open(dialect);
        LineAccounts accounts = new LineAccounts(Settings.of(
                "",
                Map.of(
                        "hub.line.accounts", "main,shop",
                        "hub.line.account.main.secret", "s",
                        "hub.line.account.main.token", "t",
                        "hub.line.account.shop.secret", "s",
                        "hub.line.account.shop.token", "t",
                        "hub.line.account.shop.quota-reserve", "0.5",
                        "hub.line.quota-reserve", "0.1")));
        quota = new LineQuota(store, new Sends(store, clock), accounts, clock);
    }

    @AfterEach
    void close() {
        store.close();
    }

    private void told(String account, String limit, long used) throws IOException {
        Exchange exchange = answer(account, 200, limit);
        quota.limit(exchange);
        exchange.getMessage().setBody("{\"totalUsage\":" + used + "}");
        quota.consumption(exchange);
    }

    private static Exchange answer(String account, int status, String body) {
        Exchange exchange = new DefaultExchange(new DefaultCamelContext());
        exchange.setProperty("account", account);
        exchange.getMessage().setHeader(Exchange.HTTP_RESPONSE_CODE, status);
        exchange.getMessage().setBody(body);
        return exchange;
    }

    private static String limited(long value) {
        return "{\"type\":\"limited\",\"value\":" + value + "}";
    }

    private void paid(String account, int times) {
        for (int i = 0; i < times; i++) {
            store.jdbc()
                    .sql("insert into sends (id, delivery, account, origin, cost, counted, outcome, at)"
                            + " values (?, ?, ?, 'OPERATOR', 'PAID', 1, 'SENT', ?)")
                    .params(UUID.randomUUID(), UUID.randomUUID(), account, Store.at(clock.instant()))
                    .update();
        }
    }

    /** Scenario 16 */
    @Test
    void the_bot_pushes_until_only_the_reserve_is_left_and_operators_until_line_says_no() throws IOException {
        told("main", limited(100), 88);
        assertThat(quota.mayPush("main", Origin.BOT, 1)).isTrue();

        clock.forward(Duration.ofSeconds(2));
        paid("main", 2);

        assertThat(quota.mayPush("main", Origin.BOT, 1)).isFalse();
        assertThat(quota.mayPush("main", Origin.SYSTEM, 1)).isFalse();
        assertThat(quota.mayPush("main", Origin.OPERATOR, 1)).isTrue();
        assertThat(quota.recent("main").alert()).isEqualTo(Alert.RESERVE);
        assertThat(quota.recent("main").used()).isEqualTo(90);
        clock.forward(Duration.ofSeconds(2));
        paid("main", 10);
        assertThat(quota.recent("main").alert()).isEqualTo(Alert.SPENT);
    }

    @Test
    void a_push_into_a_group_is_refused_where_the_messages_it_counts_as_would_touch_the_reserve() throws IOException {
        told("main", limited(100), 80);

        assertThat(quota.mayPush("main", Origin.BOT, 10)).isTrue();
        assertThat(quota.mayPush("main", Origin.BOT, 11)).isFalse();
        assertThat(quota.mayPush("main", Origin.OPERATOR, 11)).isTrue();
    }

    @Test
    void an_account_may_keep_a_reserve_of_its_own() throws IOException {
        told("shop", limited(100), 50);

        assertThat(quota.mayPush("shop", Origin.BOT, 1)).isFalse();
        assertThat(quota.recent("shop").reserved()).isEqualTo(50);
    }

    @Test
    void the_month_is_forecast_from_the_days_that_are_over() throws IOException {
        told("main", limited(1000), 340);
        assertThat(quota.recent("main").forecast()).isEqualTo(1020);
        assertThat(quota.recent("main").alert()).isEqualTo(Alert.FORECAST);

        told("main", limited(1000), 330);
        assertThat(quota.recent("main").forecast()).isEqualTo(990);
        assertThat(quota.recent("main").alert()).isEqualTo(Alert.NONE);
    }

    @Test
    void what_line_told_of_last_month_says_nothing_of_this_one() throws IOException {
        told("main", limited(100), 100);
        assertThat(quota.mayPush("main", Origin.BOT, 1)).isFalse();

        clock.forward(Duration.between(clock.instant(), Instant.parse("2026-04-30T14:59:59Z")));
        assertThat(quota.mayPush("main", Origin.BOT, 1)).as("April in Tokyo").isFalse();
        clock.forward(Duration.ofSeconds(2));
        assertThat(quota.mayPush("main", Origin.BOT, 1)).as("May in Tokyo").isTrue();
        assertThat(quota.recent("main").used()).isZero();
    }

    @Test
    void without_a_limit_nobody_is_refused_and_before_line_told_the_own_count_is_shown() throws IOException {
        paid("main", 3);
        assertThat(quota.recent("main").used()).isEqualTo(3);
        assertThat(quota.recent("main").allowed()).isNull();
        assertThat(quota.mayPush("main", Origin.BOT, 1)).isTrue();

        told("main", "{\"type\":\"none\"}", 1_000_000);
        assertThat(quota.recent("main").allowed()).isNull();
        assertThat(quota.mayPush("main", Origin.BOT, 1)).isTrue();
    }

    @Test
    void an_account_line_says_nothing_of_for_long_is_told_of() {
        assertThat(quota.recent("main").alert()).isEqualTo(Alert.NONE);

        clock.forward(Duration.ofHours(3));

        assertThat(quota.recent("main").alert()).isEqualTo(Alert.UNREAD);
    }

    @Test
    void an_answer_that_tells_nothing_changes_nothing_and_names_the_account() throws IOException {
        told("main", limited(100), 7);

        assertThatThrownBy(() -> quota.limit(answer("main", 500, "{}")))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("account main (500)");
        assertThatThrownBy(() -> quota.consumption(answer("main", 200, "<html>")))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("no JSON");
        assertThat(quota.recent("main").used()).isEqualTo(7);
    }
}
