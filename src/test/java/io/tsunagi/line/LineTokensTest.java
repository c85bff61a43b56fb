package io.tsunagi.line;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tsunagi.access.SettableClock;
import io.tsunagi.config.Settings;
import io.tsunagi.config.SettingsException;
import io.tsunagi.store.Dialect;
import io.tsunagi.store.Store;
import io.tsunagi.store.TestStores;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.apache.camel.Exchange;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.support.DefaultExchange;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** Tokens that LINE issues to the hub: asked for once, renewed early, shared by all nodes. */
@ParameterizedClass
@EnumSource(Dialect.class)
class LineTokensTest {
    @Parameter
    Dialect dialect;

    private final SettableClock clock = new SettableClock("2026-04-01T00:00:00Z");
    private final AtomicInteger asked = new AtomicInteger();
    private volatile int status = 200;
    private Store store;

    @BeforeEach
    void open() {
        store = TestStores.open(dialect);
    }

    @AfterEach
    void close() {
        store.close();
    }

    private static Map<String, String> stateless() {
        return new HashMap<>(Map.of(
                "hub.line.accounts", "main",
                "hub.line.account.main.secret", "channel secret",
                "hub.line.account.main.token-kind", "stateless",
                "hub.line.account.main.channel-id", "12345"));
    }

    /** What one node has: its accounts and its tokens. */
    private record Node(LineAccounts accounts, LineTokens tokens) {
        private String bearer() {
            return accounts.bearer("main");
        }
    }

    private Node node() {
        LineAccounts accounts = new LineAccounts(Settings.of("", stateless()));
        LineTokens tokens = new LineTokens(store, accounts, clock);
        tokens.calledBy(account -> {
            Exchange answer = new DefaultExchange(new DefaultCamelContext());
            answer.getMessage().setHeader(Exchange.HTTP_RESPONSE_CODE, status);
            answer.getMessage()
                    .setBody(
                            status == 200
                                    ? "{\"access_token\":\"t" + asked.incrementAndGet() + "\",\"expires_in\":900}"
                                    : "{\"error\":\"invalid_client\",\"error_description\":\"no\"}");
            return answer;
        });
        return new Node(accounts, tokens);
    }

    @Test
    void many_threads_that_need_a_token_at_once_ask_for_one() throws Exception {
        Node node = node();
        CyclicBarrier together = new CyclicBarrier(16);
        ExecutorService threads = Executors.newFixedThreadPool(16);
        try {
            List<Future<String>> all = IntStream.range(0, 16)
                    .mapToObj(i -> threads.submit(() -> {
                        together.await();
                        return node.bearer();
                    }))
                    .toList();
            for (Future<String> one : all) {
                assertThat(one.get()).isEqualTo("Bearer t1");
            }
        } finally {
            threads.shutdownNow();
        }
        assertThat(asked).hasValue(1);
    }

    @Test
    void a_token_is_renewed_by_the_schedule_long_before_its_end_and_other_nodes_follow() {
        Node one = node();
        Node other = node();
        assertThat(one.bearer()).isEqualTo("Bearer t1");
        assertThat(other.bearer()).as("of the other node").isEqualTo("Bearer t1");
        assertThat(one.tokens().due()).isEmpty();
        assertThat(one.tokens().endOf("main")).contains(Instant.parse("2026-04-01T00:15:00Z"));

        clock.forward(Duration.ofMinutes(10));
        assertThat(one.tokens().due()).containsExactly("main");
        one.tokens().renew("main");
        one.tokens().renew("main");

        assertThat(asked).hasValue(2);
        assertThat(one.bearer()).isEqualTo("Bearer t2");
        assertThat(other.bearer()).isEqualTo("Bearer t2");
        assertThat(one.tokens().due()).isEmpty();
    }

    @Test
    void while_line_issues_none_the_one_there_is_serves_to_its_end_and_then_no_call_begins() {
        Node node = node();
        node.bearer();
        status = 400;

        clock.forward(Duration.ofMinutes(12));
        assertThatThrownBy(() -> node.tokens().renew("main"))
                .isInstanceOf(NoTokenException.class)
                .hasMessage("LINE issues no token for account main: 400 invalid_client no");
        assertThat(node.bearer()).isEqualTo("Bearer t1");

        clock.forward(Duration.ofMinutes(4));
        assertThatThrownBy(node::bearer).isInstanceOf(NoTokenException.class);
        status = 200;
        assertThat(node.bearer()).isEqualTo("Bearer t2");
    }

    @Test
    void a_token_that_line_refuses_is_replaced_once_and_not_over_and_over() {
        Node node = node();
        node.bearer();
        clock.forward(Duration.ofMinutes(1));

        assertThat(node.accounts().renewToken("main")).isTrue();
        assertThat(node.bearer()).isEqualTo("Bearer t2");
        assertThat(node.accounts().renewToken("main"))
                .as("the new one is refused too")
                .isFalse();
        assertThat(asked).hasValue(2);
    }

    @Test
    void another_nodes_newer_token_is_taken_before_line_is_asked() {
        Node one = node();
        Node other = node();
        one.bearer();
        other.bearer();
        clock.forward(Duration.ofMinutes(1));
        one.accounts().renewToken("main");

        assertThat(other.accounts().renewToken("main")).isTrue();
        assertThat(other.bearer()).isEqualTo("Bearer t2");
        assertThat(asked).hasValue(2);
    }

    @Test
    void the_token_lies_sealed_in_the_database() {
        node().bearer();

        byte[] kept = store.jdbc()
                .sql("select token from account_tokens")
                .query(byte[].class)
                .single();
        assertThat(new String(kept, java.nio.charset.StandardCharsets.ISO_8859_1))
                .doesNotContain("t1");
    }

    @Test
    void what_is_missing_or_wrong_for_a_kind_is_said_at_the_start() {
        Map<String, String> settings = stateless();
        settings.remove("hub.line.account.main.channel-id");
        assertThatThrownBy(() -> new LineAccounts(Settings.of("", settings)))
                .isInstanceOf(SettingsException.class)
                .hasMessageContaining("hub.line.account.main.channel-id");

        settings.put("hub.line.account.main.channel-id", "12345");
        settings.put("hub.line.account.main.token-kind", "jwt");
        settings.put("hub.line.account.main.jwk", "{\"kty\":\"EC\"}");
        assertThatThrownBy(() -> new LineAccounts(Settings.of("", settings)))
                .isInstanceOf(SettingsException.class)
                .hasMessageContaining("hub.line.account.main.jwk")
                .hasMessageContaining("kid");

        settings.put(
                "hub.line.account.main.jwk",
                new TestKey().privateJwk().without(List.of("qi")).toString());
        assertThatThrownBy(() -> new LineAccounts(Settings.of("", settings)))
                .isInstanceOf(SettingsException.class)
                .hasMessageContaining("lacks a part");

        settings.put("hub.line.account.main.token-kind", "eternal");
        assertThatThrownBy(() -> new LineAccounts(Settings.of("", settings)))
                .isInstanceOf(SettingsException.class)
                .hasMessageContaining("long-lived");
    }
}
