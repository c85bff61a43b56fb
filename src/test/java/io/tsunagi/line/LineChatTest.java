package io.tsunagi.line;

import static org.assertj.core.api.Assertions.assertThat;

import io.tsunagi.access.Person;
import io.tsunagi.config.Settings;
import io.tsunagi.inquiry.Content;
import io.tsunagi.inquiry.Incoming;
import io.tsunagi.inquiry.Inquiry;
import io.tsunagi.inquiry.Office;
import io.tsunagi.store.Dialect;
import io.tsunagi.store.TestStores;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** When a customer is told that their messages were read. */
class LineChatTest {
    private Office office;
    private LineChat chat;
    private Person aoi;
    private Inquiry inquiry;

    private void open(String policy) {
        Settings settings = TestStores.settings(
                Dialect.H2,
                Map.of(
                        "hub.line.accounts", "main",
                        "hub.line.account.main.secret", "secret",
                        "hub.line.account.main.token", "token",
                        "hub.line.account.main.mark-as-read", policy));
        office = Office.open(settings);
        chat = new LineChat(office.inquiries, office.messages, office.customers, new LineAccounts(settings));
        aoi = office.operator("aoi", 6);
        inquiry = office.assigned("U1", aoi);
    }

    @AfterEach
    void close() {
        office.close();
    }

    /** Scenario 20 */
    @ParameterizedTest
    @CsvSource({"never,,", "on-read,first,second", "on-answer,,second"})
    void a_customer_is_told_by_policy_and_once(String policy, String whenLookedAt, String whenAnswered) {
        open(policy);
        writes("first");
        assertThat(told()).as("nobody has looked").isNull();
        office.desk.read(aoi, inquiry.id(), office.now(inquiry).lastSeq());
        assertThat(told()).as("looked at").isEqualTo(whenLookedAt);
        assertThat(told()).isNull();

        writes("second");
        assertThat(told()).isNull();
        office.desk.read(aoi, inquiry.id(), office.now(inquiry).lastSeq());
        office.says(aoi, inquiry, "かしこまりました");
        assertThat(told()).as("answered").isEqualTo(whenAnswered);
        assertThat(told()).isNull();
    }

    private String told() {
        LineChat.Call call = chat.read(inquiry.id().value());
        return call == null ? null : call.body().replaceAll(".*\"markAsReadToken\":\"([a-z]+)\".*", "$1");
    }

    private void writes(String token) {
        Incoming plain = office.incoming("U1", "message", token, "line-" + token, null, office.clock.instant(), null);
        office.atTurn(
                "U1",
                () -> office.turn.receive(new Incoming(
                        UUID.randomUUID(),
                        plain.account(),
                        plain.kind(),
                        plain.lineUserId(),
                        plain.type(),
                        plain.at(),
                        plain.receivedAt(),
                        plain.replyToken(),
                        plain.silent(),
                        plain.messageType(),
                        Content.ofText(token).change().readToken(token).done(),
                        plain.lineMessageId(),
                        plain.media(),
                        plain.data(),
                        plain.language())));
    }
}
