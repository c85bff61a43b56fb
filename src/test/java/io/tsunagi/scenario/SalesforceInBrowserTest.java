package io.tsunagi.scenario;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import io.tsunagi.browser.InBrowser;
import io.tsunagi.browser.Window;
import io.tsunagi.store.Dialect;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What Salesforce holds, and what people change there, on the operator's screen. */
@InBrowser
class SalesforceInBrowserTest {
    private static final String USER = "U000000000000000000000000000000c1";
    private static final String CUSTOMER = "花ちゃん";

    @Test
    void the_operator_sees_what_salesforce_holds_and_what_changes_there() {
        try (TestHub hub = TestHub.start(Dialect.H2, Map.of("hub.salesforce.changes-cron", "*/2 * * * * ?"));
                Window window = new Window()) {
            String contact = hub.salesforce.createAsPerson(
                    "Contact",
                    Map.of(
                            "LastName", "山田",
                            "FirstName", "花子",
                            "LineUserId__c", USER,
                            "Email", "hanako@example.com",
                            "Phone", "03-0000-0000"));
            for (String subject : new String[] {"アプリにログインできない", "ポイントが付かない"}) {
                hub.salesforce.createAsPerson(
                        "Case",
                        Map.of("Subject", subject, "ContactId", contact, "Status", "Closed", "Origin", "Phone"));
            }
            Operator aoi = hub.operator("aoi");
            hub.customer(USER, CUSTOMER);
            hub.line.write(USER, "main", "オペレーターと話したい");
            String inquiry = aoi.awaitInquiry(CUSTOMER);
            OperatorScreen screen =
                    new OperatorScreen(window.open(hub.base())).signIn("aoi").open(CUSTOMER);
            Page page = screen.page;
            Locator held = page.locator("section[aria-labelledby=h-crm]");

            assertThat(held).containsText("hanako@example.com");
            assertThat(held).containsText("ポイントが付かない");
            assertThat(held.locator("li")).hasCount(2);

            await("the Case was seen").atMost(TestHub.PATIENCE).until(() -> {
                try (Rows rows = new Rows(hub.settings())) {
                    return rows.count("select count(*) from inquiries where case_owner_id is not null") == 1
                            && rows.count("select count(*) from crm_work where state = 'QUEUED'") == 0;
                }
            });
            String record = hub.salesforce.records("Case").stream()
                    .filter(each -> each.path("LineInquiryKey__c").asText().equals(inquiry.replace("-", "")))
                    .map((JsonNode each) -> each.path("Id").asText())
                    .findFirst()
                    .orElseThrow();
            String queue = hub.salesforce.records("Group").stream()
                    .filter(each -> each.path("DeveloperName").asText().equals("Fraud_Desk"))
                    .map((JsonNode each) -> each.path("Id").asText())
                    .findFirst()
                    .orElseThrow();
            hub.salesforce.changeAsPerson("Case", record, Map.of("Priority", "High", "OwnerId", queue));
            assertThat(screen.log()).containsText("Salesforceの優先度：High");
            assertThat(screen.log()).containsText("Salesforceの所有者：不正利用対策チーム");
            hub.salesforce.createAsPerson(
                    "CaseComment", Map.of("ParentId", record, "CommentBody", "#line 調査が終わりました。", "IsPublished", true));
            assertThat(screen.log()).containsText("調査が終わりました。");
            hub.salesforce.changeAsPerson("Case", record, Map.of("Status", "Closed"));
            assertThat(screen.log()).containsText("Salesforceでケースがクローズされました");
            assertThat(page.locator("section[aria-labelledby=h-case]")).containsText("不正利用対策チーム");

            Window.assertAccessible(page);
            Window.picture(page, "salesforce-beside-the-chat");
            assertThat(window.complaints()).isEmpty();
        }
    }
}
