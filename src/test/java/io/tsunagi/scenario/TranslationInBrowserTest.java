package io.tsunagi.scenario;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import io.tsunagi.browser.InBrowser;
import io.tsunagi.browser.Window;
import io.tsunagi.sandbox.line.Sent;
import io.tsunagi.sandbox.translate.TranslationSimulator;
import io.tsunagi.store.Dialect;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Customers and operators of two languages, in a browser. */
@InBrowser
class TranslationInBrowserTest {
    private static final String USER = "U00000000000000000000000000000e01";
    private static final String CUSTOMER = "Emma Clarke";
    private static final String BALANCE = "Where can I see the balance of my account?";

    private final TranslationSimulator service = TranslationSimulator.start(0);
    private final Window window = new Window();
    private final TestHub hub = TestHub.start(
            Dialect.H2,
            Map.of(
                    "hub.translate.url",
                    service.baseUri().toString(),
                    "hub.translate.key",
                    "key-of-the-service",
                    "hub.translate.call-timeout-millis",
                    "1500"));

    @AfterEach
    void stop() {
        window.close();
        hub.close();
        service.close();
    }

    private List<String> sent() {
        return service.received().stream().map(call -> call.path("q").asText()).toList();
    }

    private static Locator below(Page page, String words) {
        return page.locator("#log .b")
                .filter(new Locator.FilterOptions().setHasText(words))
                .locator(".translated");
    }

    @Test
    void an_operator_reads_and_answers_in_their_own_language() {
        hub.line.put(
                USER,
                Webhook.JSON.createObjectNode().put("displayName", CUSTOMER).put("language", "en"));
        Operator api = hub.operator("aoi");
        hub.line.write(USER, "main", "operator please, I want to talk to a person");
        String inquiry = api.awaitInquiry(CUSTOMER);
        OperatorScreen screen =
                new OperatorScreen(window.open(hub.base())).signIn("aoi").open(CUSTOMER);
        Page page = screen.page;

        Sent first = hub.line.write(USER, "main", BALANCE);
        assertThat(below(page, BALANCE).locator(".words")).hasText("[en→ja] " + BALANCE);
        assertThat(below(page, BALANCE)).containsText("英語から");
        hub.line.write(USER, "main", "My card is 4111 1111 1111 1111, is that right?");
        assertThat(below(page, "is that right?").locator(".words")).containsText("[en→ja] My card is");
        hub.line.write(USER, "main", "日本語でも大丈夫です");
        api.awaitMessage(inquiry, message -> message.path("text").asText().contains("大丈夫"));
        api.post("/api/inquiries/" + inquiry + "/notes", Map.of("text", "please check with Mei"));
        assertThat(page.locator("#log .notebox")).containsText("check with Mei");
        assertThat(sent()).noneMatch(words -> words.matches("(?s).*(4111 1111 1111|大丈夫|Mei|Clarke|" + USER + ").*"));
        assertThat(service.received()).allSatisfy(call -> {
            assertThat(call.path("api_key").asText()).isEqualTo("key-of-the-service");
            assertThat(call.path("source").asText()).isEqualTo("auto");
        });

        screen.write("ホーム画面でご覧いただけます。");
        page.locator("#tab-preview").click();
        page.locator(".theirs button").click();
        assertThat(page.locator(".theirs .words").first()).hasText("[ja→en] ホーム画面でご覧いただけます。");
        assertThat(page.locator(".theirs .words").last()).hasText("[en→ja] [ja→en] ホーム画面でご覧いただけます。");
        Window.looks(page, "translation");
        assertThat(hub.chat(USER).toString()).doesNotContain("ホーム画面");
        assertThat(api.get("/api/inquiries/" + inquiry + "/draft").path("text").asText())
                .isEqualTo("ホーム画面でご覧いただけます。");
        page.locator(".theirs button").click();
        assertThat(page.locator(".preview .b")).hasText("[ja→en] ホーム画面でご覧いただけます。");
        assertThat(page.locator(".theirs")).containsText("[en→ja] [ja→en]");
        page.locator("#tab-draft").click();
        assertThat(screen.draft()).hasValue("[ja→en] ホーム画面でご覧いただけます。");
        screen.send().click();
        hub.awaitBubble(USER, text -> text.equals("[ja→en] ホーム画面でご覧いただけます。"));

        hub.line.happen(
                USER,
                Webhook.JSON
                        .createObjectNode()
                        .put("account", "main")
                        .put("type", "unsend")
                        .put("messageId", first.messageId()));
        assertThat(page.locator("#log .tomb")).isVisible();
        assertThat(page.locator("#log")).not().containsText(BALANCE);
        try (Rows rows = new Rows(hub.settings())) {
            assertThat(rows.count("select count(*) from audit where act = ?", "translate-draft"))
                    .isEqualTo(1);
            assertThat(rows.count("select count(*) from audit where act = ?", "translate-messages"))
                    .isPositive();
            assertThat(rows.count("select count(*) from translations t where not exists"
                            + " (select 1 from messages m where m.id = t.message and m.content is not null)"))
                    .isZero();
        }
        assertThat(window.complaints()).isEmpty();
    }

    @Test
    void the_chat_goes_on_and_says_so_while_the_service_is_slow_or_down() {
        hub.line.put(
                USER,
                Webhook.JSON.createObjectNode().put("displayName", CUSTOMER).put("language", "en"));
        Operator api = hub.operator("aoi");
        hub.line.write(USER, "main", "operator please, I want to talk to a person");
        String inquiry = api.awaitInquiry(CUSTOMER);
        OperatorScreen screen =
                new OperatorScreen(window.open(hub.base())).signIn("aoi").open(CUSTOMER);
        Page page = screen.page;

        assertThat(below(page, "operator please").locator(".words")).isVisible();
        assertThat(below(page, "We are connecting").locator(".words")).isVisible();
        service.hold();
        hub.line.write(USER, "main", BALANCE);
        await("the call to the service").atMost(TestHub.PATIENCE).until(() -> sent().contains(BALANCE));
        screen.write("しばらくお待ちください。");
        screen.send().click();
        hub.awaitBubble(USER, text -> text.equals("しばらくお待ちください。"));
        assertThat(below(page, BALANCE)).containsText("翻訳サービスにつながりません");
        Window.looks(page, "translation-away");
        await("health says so").atMost(TestHub.PATIENCE).until(() -> TestHub.get(hub.management() + "/observe/health")
                .contains("{\"name\":\"translation\",\"status\":\"WARN\"}"));

        service.release();
        service.answer(500);
        page.waitForResponse(
                answer -> answer.url().endsWith("/translations"),
                () -> below(page, BALANCE).locator("button").click());
        assertThat(below(page, BALANCE)).containsText("翻訳サービスにつながりません");
        service.answer(200);
        below(page, BALANCE).locator("button").click();
        assertThat(below(page, BALANCE).locator(".words")).hasText("[en→ja] " + BALANCE);
        assertThat(window.complaints()).isEmpty();

        String draft = "/api/inquiries/" + inquiry + "/draft-translation";
        service.answer(503);
        // More often than calls may be under way at once: each gives its room back.
        for (int i = 0; i < 8; i++) {
            assertThat(api.post(draft, Map.of("text", "はい", "from", "ja")))
                    .satisfies(answer -> assertThat(answer.status()).isEqualTo(503))
                    .satisfies(answer -> assertThat(
                                    answer.body().path("error").path("code").asText())
                            .isEqualTo("away"));
        }
        service.answer(400);
        assertThat(api.post(draft, Map.of("text", "はい", "from", "ja")))
                .satisfies(answer -> assertThat(answer.status()).isEqualTo(422))
                .satisfies(answer -> assertThat(
                                answer.body().path("error").path("code").asText())
                        .isEqualTo("refused"));
        await("health says so").atMost(TestHub.PATIENCE).until(() -> TestHub.get(hub.management() + "/observe/health")
                .contains("{\"name\":\"translation\",\"status\":\"WARN\"}"));
        String path = "/api/inquiries/" + inquiry + "/translations";
        assertThat(api.post(path, Map.of("to", "no language", "messages", List.of()))
                        .status())
                .isEqualTo(422);
        assertThat(api.post("/api/inquiries/" + UUID.randomUUID() + "/translations", Map.of("to", "ja"))
                        .status())
                .isEqualTo(404);
        assertThat(hub.operator("ren")
                        .post("/api/inquiries/" + inquiry + "/draft-translation", Map.of("text", "はい", "from", "ja"))
                        .body()
                        .path("error")
                        .path("code")
                        .asText())
                .isEqualTo("not-owner");
    }
}
