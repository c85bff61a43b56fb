package io.tsunagi.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.tsunagi.audit.AuditCheck;
import io.tsunagi.store.Dialect;
import io.tsunagi.store.ReleasedData;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A hub goes on with what the release before left: closed and open inquiries, a draft, people, the audit. Scenario 72. */
class OldDataTest {
    private static final String MISAKI = "U" + "7".repeat(32);
    private static final String KEN = "U" + "8".repeat(32);

    @ParameterizedTest
    @EnumSource(Dialect.class)
    void what_was_said_is_read_and_the_chat_goes_on(Dialect dialect) throws Exception {
        try (TestHub hub = TestHub.start(dialect, ReleasedData.open(dialect), line -> {
                    // LINE forgot nobody.
                });
                Rows rows = new Rows(hub.settings())) {
            hub.customer(MISAKI, "みさき");
            hub.customer(KEN, "けん");
            Operator aoi = hub.operator("aoi");

            String open = aoi.awaitInquiry("けん");
            assertThat(texts(aoi, open)).contains("まだ待っています", "はい、承りました。");
            assertThat(aoi.get("/api/inquiries/" + open + "/draft").path("text").asText())
                    .isEqualTo("書きかけの返事");
            String closed = rows.text("select id from inquiries where state = 'CLOSED' fetch first 1 row only");
            assertThat(texts(hub.away("sakura"), closed))
                    .contains("確認いたします。少々お待ちください。")
                    .anyMatch(text -> text.startsWith("カード ") && text.endsWith(" が使えません"))
                    .noneMatch(text -> text.contains("4242 4242"));

            hub.line.write(KEN, "main", "続きです");
            aoi.awaitMessage(open, message -> message.path("text").asText().equals("続きです"));
            Operator.Reply said = aoi.say(open, "お待たせしました。");
            assertThat(said.body().path("error").path("code").asText())
                    .as("the draft was begun before the customer's last words")
                    .isEqualTo("newer-message");
            assertThat(aoi.sendAllTheSame(open).status()).isEqualTo(202);
            hub.awaitBubble(KEN, "お待たせしました。"::equals);
            assertThat(hub.chat(KEN).stream()
                            .filter(bubble -> bubble.path("from").asText().equals("account"))
                            .map(bubble -> bubble.path("text").asText()))
                    .as("nothing old is sent again")
                    .containsExactly("お待たせしました。");
            AuditCheck.Report audit = new AuditCheck(rows.store(), rows.store().clock(), hub.settings()).verify();
            assertThat(audit.broken()).isEmpty();
            assertThat(audit.sealed()).isGreaterThan(11);
        }
    }

    private static List<String> texts(Operator operator, String inquiry) {
        List<String> texts = new ArrayList<>();
        for (JsonNode message : operator.messages(inquiry)) {
            texts.add(message.path("text").asText());
        }
        return texts;
    }
}
