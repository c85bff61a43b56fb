package io.tsunagi.scenario;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import io.tsunagi.browser.InBrowser;
import io.tsunagi.browser.Window;
import io.tsunagi.store.Dialect;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What the bot did not know becomes an article, after an editor's yes. */
@InBrowser
class KnowledgeLoopInBrowserTest {
    private static final String QUESTION = "深海の沈没船から引き揚げた古銭を買い取ってもらえますか、電話は090-1234-5678です";
    private static final String ANSWER = "古銭の買い取りは行っておりません。お近くの古物商にご相談ください。";

    @Test
    void an_unanswered_question_becomes_a_draft_article_after_an_editors_yes() {
        try (TestHub hub = TestHub.start(Dialect.H2, Map.of("hub.bot.proposals-cron", "*/1 * * * * ?"));
                Window window = new Window()) {
            hub.awaitKnowledge();
            Operator aoi = hub.operator("aoi");
            String user = "U000000000000000000000000000000d1";
            hub.customer(user, "古銭 太郎");
            hub.line.write(user, "main", QUESTION);
            String inquiry = aoi.awaitInquiry("古銭 太郎");
            assertThat(aoi.say(inquiry, ANSWER).status()).isLessThan(300);
            hub.awaitBubble(user, ANSWER::equals);
            aoi.act(inquiry, "close", Map.of("reason", "solved", "survey", false));

            OperatorScreen sakura = new OperatorScreen(window.open(hub.base())).signIn("sakura");
            Page page = sakura.page;
            await("it is proposed").atMost(TestHub.PATIENCE).until(() -> {
                page.navigate(hub.base() + "/admin/proposals");
                assertThat(page.locator("ts-proposals h1")).isVisible();
                return page.locator("ts-proposals tbody tr").count() == 1;
            });
            Locator row = page.locator("ts-proposals tbody tr");
            assertThat(row).containsText("沈没船");
            assertThat(row).not().containsText("1234");
            row.locator("button").click();
            assertThat(page.locator("#proposal-body")).hasValue(ANSWER);
            Window.looks(page, "article-proposals");

            page.locator("#proposal-title").fill("古銭の買い取り");
            page.locator(".aform .primary").click();
            assertThat(page.locator(".said")).containsText("チェックを付けてください");
            assertThat(drafts(hub)).isEmpty();
            page.locator("#proposal-seen").check();
            page.locator(".aform .primary").click();
            assertThat(page.locator(".said")).containsText("Salesforceに下書きを作ります");

            await("the draft is there").atMost(TestHub.PATIENCE).until(() -> drafts(hub)
                    .equals(List.of("Draft")));
            await("the screen says so").atMost(TestHub.PATIENCE).until(() -> {
                page.reload();
                assertThat(page.locator("ts-proposals h1")).isVisible();
                return page.locator("ts-proposals tbody tr").innerText().contains("下書き済み");
            });
            assertThat(aoi.call("GET", "/api/proposals", null).status())
                    .as("operators do not decide")
                    .isEqualTo(403);
            try (Rows rows = new Rows(hub.settings())) {
                assertThat(rows.count("select count(*) from audit where act in ('view-proposals', 'approve-article')"))
                        .isGreaterThanOrEqualTo(2);
            }
            assertThat(window.complaints()).isEmpty();
        }
    }

    private static List<String> drafts(TestHub hub) {
        return hub.salesforce.records("Knowledge__kav").stream()
                .filter(article -> article.path("Title").asText().equals("古銭の買い取り"))
                .map(article -> article.path("PublishStatus").asText())
                .toList();
    }
}
