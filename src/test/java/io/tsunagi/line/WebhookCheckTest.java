package io.tsunagi.line;

import static org.assertj.core.api.Assertions.assertThat;

import io.tsunagi.access.SettableClock;
import io.tsunagi.config.Settings;
import io.tsunagi.line.WebhookCheck.Outcome;
import io.tsunagi.store.Dialect;
import io.tsunagi.store.Store;
import io.tsunagi.store.TestStores;
import java.util.Map;
import org.apache.camel.Exchange;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.support.DefaultExchange;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** Each answer of LINE's about a webhook ends in a sentence that says what to do. */
@ParameterizedClass
@EnumSource(Dialect.class)
class WebhookCheckTest {
    private static final String HERE = "https://hub.example/line/main";

    @Parameter
    Dialect dialect;

    private Store store;
    private WebhookCheck check;

    @BeforeEach
    void open() {
        store = TestStores.open(dialect);
        LineAccounts accounts = new LineAccounts(Settings.of(
                "",
                Map.of(
                        "hub.line.accounts", "main",
                        "hub.line.account.main.secret", "s",
                        "hub.line.account.main.token", "t")));
        check = new WebhookCheck(
                store, accounts, new SettableClock("2026-04-01T00:00:00Z"), "https://hub.example", true);
    }

    @AfterEach
    void close() {
        store.close();
    }

    private static Exchange answer(int status, String body) {
        Exchange exchange = new DefaultExchange(new DefaultCamelContext());
        exchange.setProperty("account", "main");
        exchange.getMessage().setHeader(Exchange.HTTP_RESPONSE_CODE, status);
        exchange.getMessage().setBody(body);
        return exchange;
    }

    private boolean set(int status, String endpoint, boolean active) {
        return check.endpoint(answer(status, "{\"endpoint\":\"" + endpoint + "\",\"active\":" + active + "}"));
    }

    private void called(int status, String body) {
        Exchange exchange = answer(status, body);
        exchange.setProperty("endpoint", HERE);
        check.tested(exchange);
    }

    private void assertSaid(Outcome outcome, String... words) {
        WebhookCheck.Report report = check.of("main").orElseThrow();
        assertThat(report.outcome()).isEqualTo(outcome);
        assertThat(report.sentence(check.wanted("main"))).contains(words).endsWith(".");
    }

    @Test
    void the_address_is_looked_at_before_it_is_called() {
        assertThat(set(404, "", true)).isFalse();
        assertSaid(Outcome.NOT_SET, HERE, "LINE's console");
        assertThat(set(200, "https://old.example/line/main", true)).isFalse();
        assertSaid(Outcome.ELSEWHERE, "https://old.example/line/main", HERE, "hub.http.public-url");
        assertThat(set(200, HERE, false)).isFalse();
        assertSaid(Outcome.OFF, "Use webhook");
        assertThat(set(503, "", true)).isFalse();
        assertSaid(Outcome.UNKNOWN, "503");
        assertThat(set(200, HERE, true)).isTrue();
    }

    @Test
    void what_the_call_brought_is_told() {
        called(200, "{\"success\":true,\"statusCode\":200,\"reason\":\"OK\",\"detail\":\"200\"}");
        assertSaid(Outcome.OK, HERE);
        called(200, "{\"success\":false,\"statusCode\":401,\"reason\":\"ERROR_STATUS_CODE\",\"detail\":\"401\"}");
        assertSaid(Outcome.WRONG_SECRET, "hub.line.account.main.secret");
        called(200, "{\"success\":false,\"statusCode\":0,\"reason\":\"COULD_NOT_CONNECT\",\"detail\":\"TLS\"}");
        assertSaid(Outcome.NOT_REACHED, HERE, "COULD_NOT_CONNECT TLS", "certificate");
        called(429, "<html>");
        assertSaid(Outcome.UNKNOWN, "429");
        check.noAnswer(answer(0, null));
        assertSaid(Outcome.UNKNOWN, "LINE did not answer");
    }
}
