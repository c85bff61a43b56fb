package io.tsunagi.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.tsunagi.line.TestKey;
import io.tsunagi.store.Dialect;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Two accounts whose tokens LINE issues to the hub, each in its own way, and what LINE says of their webhooks. */
class AccountsTest {
    private static TestHub hub;
    private static Operator sakura;

    private static int freePort() throws IOException {
        try (ServerSocket free = new ServerSocket(0)) {
            return free.getLocalPort();
        }
    }

    @BeforeAll
    static void start() throws IOException {
        TestKey key = new TestKey();
        int port = freePort();
        hub = TestHub.start(
                Dialect.H2,
                Map.of(
                        "hub.http.port", "" + port,
                        "hub.http.public-url", "http://127.0.0.1:" + port,
                        "hub.line.webhook-test", "true",
                        "hub.line.account.main.token-kind", "jwt",
                        "hub.line.account.main.channel-id", "main",
                        "hub.line.account.main.jwk", key.privateJwk().toString(),
                        "hub.line.account.main.sender-name", "こもれび",
                        "hub.line.account.global.token-kind", "stateless",
                        "hub.line.account.global.channel-id", "global",
                        "hub.line.quota-cron", "0 0 0 1 1 ? 2099"),
                line -> line.assertionKey("main", key.publicJwk()));
        sakura = hub.away("sakura");
    }

    @AfterAll
    static void stop() {
        hub.close();
    }

    private static String customer() {
        return "U" + UUID.randomUUID().toString().replace("-", "");
    }

    private static JsonNode account(JsonNode accounts, String name) {
        return StreamSupport.stream(accounts.spliterator(), false)
                .filter(row -> row.path("account").asText().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private static List<JsonNode> tokenCalls(String path) {
        return hub.line.calls("token").stream()
                .filter(call -> call.path("path").asText().equals(path))
                .toList();
    }

    private static void awaitWords(String user, String account) {
        await("words for " + user).atMost(TestHub.PATIENCE).until(() -> hub.chat(user, account).stream()
                .anyMatch(bubble -> bubble.path("from").asText().equals("account")));
    }

    @Test
    void each_account_gets_its_token_in_its_own_way_and_another_one_when_it_is_revoked() {
        String japanese = customer();
        String english = customer();
        hub.line.write(japanese, "main", "オペレーターと話したい");
        hub.line.write(english, "global", "I want to talk to a person");
        awaitWords(japanese, "main");
        awaitWords(english, "global");
        assertThat(tokenCalls("/oauth2/v2.1/token"))
                .singleElement()
                .satisfies(call -> assertThat(call.path("status").asInt()).isEqualTo(200));
        assertThat(tokenCalls("/oauth2/v3/token")).hasSize(1);
        assertThat(hub.chat(japanese, "main").toString()).contains("\"name\":\"こもれび\"");

        JsonNode accounts = sakura.get("/api/admin/accounts");
        assertThat(account(accounts, "main").path("tokenKind").asText()).isEqualTo("jwt");
        assertThat(account(accounts, "main").path("tokenEnd").asText()).isNotEmpty();
        assertThat(account(accounts, "global").path("tokenKind").asText()).isEqualTo("stateless");

        // A fresh token that is refused is not replaced at once: that would go on for ever.
        try (Rows rows = new Rows(hub.settings())) {
            rows.store()
                    .jdbc()
                    .sql("update account_tokens set issued_at = ? where account = 'global'")
                    .param(io.tsunagi.store.Store.at(java.time.Instant.now().minusSeconds(60)))
                    .update();
        }
        hub.line.revokeTokens("global");
        String later = customer();
        hub.line.write(later, "global", "I want to talk to a person");
        awaitWords(later, "global");
        assertThat(tokenCalls("/oauth2/v3/token")).hasSize(2);
    }

    @Test
    void line_calls_each_webhook_at_the_start_and_when_somebody_asks_for_it() {
        await("LINE has called the webhooks").atMost(TestHub.PATIENCE).until(() -> {
            JsonNode accounts = sakura.get("/api/admin/accounts");
            return List.of("main", "global").stream().allMatch(name -> account(accounts, name)
                    .path("webhook")
                    .path("outcome")
                    .asText()
                    .equals("ok"));
        });
        URI right = URI.create(hub.base() + "/line/main");
        URI wrong = URI.create(hub.base() + "/line/other");

        hub.line.webhook("main", wrong);
        JsonNode elsewhere = account(test(), "main").path("webhook");
        hub.line.webhook("main", right);

        assertThat(elsewhere.path("outcome").asText()).isEqualTo("elsewhere");
        assertThat(elsewhere.path("endpoint").asText()).isEqualTo(wrong.toString());
        assertThat(elsewhere.path("wanted").asText()).isEqualTo(right.toString());
        assertThat(account(test(), "main").path("webhook").path("outcome").asText())
                .isEqualTo("ok");
        assertThat(sakura.post("/api/admin/accounts/nobody/webhook-test", null).status())
                .isEqualTo(404);
        try (Rows rows = new Rows(hub.settings())) {
            assertThat(rows.count("select count(*) from audit where act = 'test-webhook'"))
                    .isEqualTo(2);
        }
    }

    private static JsonNode test() {
        Operator.Reply reply = sakura.post("/api/admin/accounts/main/webhook-test", null);
        assertThat(reply.status()).isEqualTo(200);
        return reply.body();
    }
}
