package io.tsunagi.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.tsunagi.store.Dialect;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the bot answers, when it gives way to a person, and that it is silent from then on. */
class BotAnswersFirstTest {
    private static final String HANDED_OFF = "オペレーターにおつなぎします";

    private static TestHub hub;
    private static Operator aoi;

    @BeforeAll
    static void start() {
        hub = TestHub.start(Dialect.H2, Map.of("hub.dispatch.capacity", "50"));
        hub.awaitKnowledge();
        aoi = hub.operator("aoi");
    }

    @AfterAll
    static void stop() {
        hub.close();
    }

    /** Scenario 22 */
    @ParameterizedTest
    @CsvSource({
        "U00000000000000000000000000000101, 残高を確認したい, 残高の確認方法",
        "U00000000000000000000000000000102, ｻﾞﾝﾀﾞｶ　ｶｸﾆﾝ, 残高の確認方法",
        "U00000000000000000000000000000103, ざんだかのかくにん, 残高の確認方法",
        "U00000000000000000000000000000104, 銀行口座からチャジする, 銀行口座からチャージする",
    })
    void a_question_in_any_width_and_kana_or_with_a_slip_finds_its_article(String user, String question, String title) {
        hub.line.write(user, "main", question);

        hub.awaitBubble(user, text -> text.startsWith("【" + title + "】"));
        JsonNode asked = hub.awaitBubble(user, text -> text.equals("解決しましたか？"));
        List<String> labels = new ArrayList<>();
        asked.path("quickReply")
                .path("items")
                .forEach(item -> labels.add(item.path("action").path("label").asText()));
        assertThat(labels).containsExactly("はい", "いいえ", "オペレーターと話す");
    }

    @Test
    void solved_by_the_bot_it_is_over_and_no_case_is_made() {
        String user = "U00000000000000000000000000000111";
        hub.customer(user, "解決 花子");
        hub.line.write(user, "main", "残高を確認したい");
        hub.awaitBubble(user, text -> text.equals("解決しましたか？"));

        hub.line.tap(user, "main", "はい");

        hub.awaitBubble(user, text -> text.startsWith("お役に立ててうれしいです"));
        assertThat(hub.salesforce.records("Contact"))
                .extracting(contact -> contact.path("LineUserId__c").asText())
                .doesNotContain(user);
    }

    /** S40 */
    @Test
    void of_a_hundred_messages_in_a_second_all_arrive_and_the_bot_answers_some() {
        String user = "U00000000000000000000000000000126";
        hub.customer(user, "連投 太郎");
        Object[] events = new Object[100];
        Arrays.setAll(events, i -> Webhook.text(user, "残高を確認したい"));

        assertThat(Webhook.post(hub, Webhook.body(events))).isEqualTo(200);

        String inquiry = aoi.awaitInquiry("連投 太郎");
        assertThat(aoi.inquiry(inquiry).path("handOff").path("reason").asText()).isEqualTo("too-many");
        try (Rows rows = new Rows(hub.settings())) {
            String of =
                    " from messages m join customers c on c.id = m.customer where c.line_user_id = ? and m.sender = ";
            await("all of them")
                    .atMost(TestHub.PATIENCE)
                    .until(() -> rows.count("select count(*)" + of + "'CUSTOMER'", user) == 100);
            assertThat(rows.count(
                            "select count(*) from questions q join inquiries i on i.id = q.inquiry"
                                    + " join customers c on c.id = i.customer where c.line_user_id = ? and q.decision = 'answer'",
                            user))
                    .as("a burst, and what came in the seconds that the turns took")
                    .isBetween(10L, 80L);
        }
    }

    /** Scenario 23 */
    @Test
    void who_asks_for_a_person_gets_one_who_reads_it_all_and_the_bot_says_no_more() {
        String user = "U00000000000000000000000000000121";
        hub.customer(user, "人間 希望");
        hub.line.write(user, "main", "残高を確認したい");
        hub.awaitBubble(user, text -> text.startsWith("【残高の確認方法】"));

        hub.line.write(user, "main", "オペレーターと話したい");

        hub.awaitBubble(user, text -> text.contains(HANDED_OFF));
        String inquiry = aoi.awaitInquiry("人間 希望");
        assertThat(texts(inquiry, "customer")).containsExactly("残高を確認したい", "オペレーターと話したい");
        assertThat(aoi.inquiry(inquiry).path("handOff").path("reason").asText()).isEqualTo("asked-for-person");
        assertThat(aoi.inquiry(inquiry).path("topic").asText()).isEqualTo("残高の確認方法");
        theBotIsSilent(user, inquiry);
    }

    @Test
    void what_the_bot_answered_with_is_counted_and_linked_with_the_case() {
        String user = "U00000000000000000000000000000124";
        hub.customer(user, "数える 花子");
        int before = found("残高の確認方法").path("botUses").asInt();
        for (int i = 0; i < 2; i++) {
            hub.line.write(user, "main", "残高を確認したい");
            hub.awaitBubble(user, text -> text.equals("解決しましたか？"));
        }
        hub.line.write(user, "main", "オペレーターと話したい");
        String inquiry = aoi.awaitInquiry("数える 花子");

        JsonNode article = found("残高の確認方法");
        assertThat(article.path("botUses").asInt()).isEqualTo(before + 1);
        assertThat(article.path("uses").asInt()).isZero();
        await("it is linked with the Case")
                .atMost(TestHub.PATIENCE)
                .until(() -> hub.salesforce.records("CaseArticle").stream()
                        .anyMatch(link -> link.path("KnowledgeArticleId")
                                        .asText()
                                        .equals(article.path("id").asText())
                                && link.path("CaseId").asText().equals(caseOf(inquiry))));
    }

    private static JsonNode found(String words) {
        return aoi.get("/api/knowledge?language=ja&q="
                        + java.net.URLEncoder.encode(words, java.nio.charset.StandardCharsets.UTF_8))
                .get(0);
    }

    private static String caseOf(String inquiry) {
        return hub.salesforce.records("Case").stream()
                .filter(record -> record.path("LineInquiryKey__c").asText().equals(inquiry.replace("-", "")))
                .findFirst()
                .orElseThrow()
                .path("Id")
                .asText();
    }

    /** Scenario 23 */
    @Test
    void after_two_misses_a_person_takes_over() {
        String user = "U00000000000000000000000000000122";
        hub.customer(user, "二度 外れ");
        hub.line.write(user, "main", "残高を確認したい");
        hub.awaitBubble(user, text -> text.equals("解決しましたか？"));
        hub.line.tap(user, "main", "いいえ");
        hub.awaitBubble(user, text -> text.startsWith("お役に立てず申し訳ありません"));
        hub.line.write(user, "main", "銀行口座からチャージする");
        hub.awaitBubble(user, text -> text.startsWith("【銀行口座からチャージする】"));
        hub.line.tap(user, "main", "いいえ");

        hub.awaitBubble(user, text -> text.contains(HANDED_OFF));
        String inquiry = aoi.awaitInquiry("二度 外れ");
        assertThat(aoi.inquiry(inquiry).path("handOff").path("reason").asText()).isEqualTo("misses");
        theBotIsSilent(user, inquiry);
    }

    /** Scenario 23 */
    @Test
    void angry_words_go_to_a_person_before_others() {
        String user = "U00000000000000000000000000000123";
        hub.customer(user, "怒り 太郎");
        hub.line.write(user, "main", "ふざけるな！責任者を出せ");

        String inquiry = aoi.awaitInquiry("怒り 太郎");
        assertThat(aoi.inquiry(inquiry).path("handOff").path("reason").asText()).isEqualTo("anger");
        assertThat(aoi.inquiry(inquiry).path("priority").asInt()).isEqualTo(2);
        assertThat(aoi.inquiry(inquiry).path("topic").isNull())
                .as("nothing was asked yet")
                .isTrue();
        theBotIsSilent(user, inquiry);
    }

    /** The bot's words are written in the turn of the message they answer: once that one is shown, it has kept silent. */
    private void theBotIsSilent(String user, String inquiry) {
        int before = texts(inquiry, "bot").size();
        hub.line.write(user, "main", "残高を確認したいのですが、まだですか");
        aoi.awaitMessage(inquiry, message -> message.path("text").asText().endsWith("まだですか"));
        assertThat(texts(inquiry, "bot")).hasSize(before);
        aoi.act(inquiry, "close", Map.of("reason", "solved", "survey", false));
    }

    private static List<String> texts(String inquiry, String from) {
        List<String> texts = new ArrayList<>();
        aoi.messages(inquiry).forEach(message -> {
            if (message.path("from").asText().equals(from)) {
                texts.add(message.path("text").asText());
            }
        });
        return texts;
    }

    /** Scenario 27 */
    @Test
    void handed_back_the_bot_answers_again_and_the_operator_has_room() {
        String user = "U00000000000000000000000000000131";
        hub.customer(user, "戻り 次郎");
        hub.line.write(user, "main", "オペレーターと話したい");
        String inquiry = aoi.awaitInquiry("戻り 次郎");
        int load = aoi.workspace().path("me").path("load").asInt();

        aoi.act(inquiry, "hand-back", Map.of());

        assertThat(aoi.workspace().path("me").path("load").asInt()).isEqualTo(load - 1);
        hub.line.write(user, "main", "残高を確認したい");
        hub.awaitBubble(user, text -> text.startsWith("【残高の確認方法】"));
        assertThat(aoi.inquiry(inquiry).path("state").asText()).isEqualTo("BOT");
    }
}
