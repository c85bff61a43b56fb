package io.tsunagi.scenario;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.microsoft.playwright.Locator;
import io.tsunagi.browser.InBrowser;
import io.tsunagi.browser.Window;
import io.tsunagi.inquiry.CardNumbers;
import io.tsunagi.store.Dialect;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** S10: whatever customers write and call themselves stays words on an operator's screen. */
@InBrowser
class HostileWordsInBrowserTest {
    private static final String USER = "U" + "7".repeat(31) + "a";
    private static final String DOES = "globalThis.ran=1";
    private static final int LINES = 10;

    private static final String[] BETWEEN = {"", " ", "-", "\n", "・"};

    private static final List<String> AROUND = List.of(
            "%s",
            "\"'>%s",
            "</title>%s",
            "</textarea>%s",
            "<!--%s-->",
            "<![CDATA[%s]]>",
            "<svg>%s</svg>",
            "<math>%s</math>",
            "<template>%s</template>",
            "${%s}");

    /** Each within each of {@link #AROUND}: two hundred. */
    private static final List<String> CORE = List.of(
            "<script>" + DOES + "</script>",
            "<script src=data:text/javascript," + DOES + "></script>",
            "<img src=x onerror=" + DOES + ">",
            "<img src=x:x onerror=\"" + DOES + "\"//",
            "<svg onload=" + DOES + ">",
            "<svg><animate onbegin=" + DOES + " attributeName=x dur=1s>",
            "<iframe srcdoc=\"<script>parent." + DOES + "</script>\">",
            "<iframe src=\"javascript:parent." + DOES + "\">",
            "<a href=\"javascript:" + DOES + "\">x</a>",
            "<a href=\"java\tscript:" + DOES + "\">x</a>",
            "<form action=javascript:" + DOES + "><button autofocus>x",
            "<input autofocus onfocus=" + DOES + ">",
            "<details open ontoggle=" + DOES + ">",
            "<video><source onerror=" + DOES + "></video>",
            "<body onload=" + DOES + ">",
            "<style>@import 'data:text/css,x';</style>",
            "<meta http-equiv=refresh content=\"0;url=javascript:" + DOES + "\">",
            "<object data=\"data:text/html,<script>" + DOES + "</script>\">",
            "<base href=//evil.example/>",
            "{{constructor.constructor('" + DOES + "')()}}");

    private static final String NO_MARKUP =
            "document.querySelectorAll('main script, main iframe, main object, main base,"
                    + " main meta, main style, main form[action], main [onerror], main [onload], main [onclick], main [srcdoc]').length";

    private static ObjectNode message(String type) {
        return Webhook.JSON.createObjectNode().put("account", "main").put("type", type);
    }

    @Test
    void two_hundred_ways_to_run_a_script_run_none_and_are_read_as_they_were_written() {
        List<String> all = new ArrayList<>();
        CORE.forEach(core -> AROUND.forEach(around -> all.add(around.replace("%s", core))));
        assertThat(all).hasSize(200).doesNotHaveDuplicates();
        try (TestHub hub = TestHub.start(Dialect.H2);
                Window window = new Window()) {
            String name = "<img src=x onerror=" + DOES + ">";
            Operator aoi = hub.operator("aoi");
            hub.askForPerson(USER, name, "残高の確認方法");
            String inquiry = aoi.awaitInquiry(name);
            for (int i = 0; i < all.size(); i += LINES) {
                hub.line.write(USER, "main", String.join("\n", all.subList(i, i + LINES)));
            }
            hub.line.write(
                    USER,
                    message("location")
                            .put("title", name)
                            .put("address", all.get(3))
                            .put("latitude", 35.6)
                            .put("longitude", 139.7));
            aoi.awaitMessage(inquiry, each -> each.path("type").asText().equals("location"));
            OperatorScreen screen =
                    new OperatorScreen(window.open(hub.base())).signIn("aoi").open(name);
            Locator log = screen.log();
            assertThat(log).containsText(name);

            // Long chats keep only what is in sight in the page: it is read from the end to the beginning.
            List<String> unread = new ArrayList<>(all);
            for (int turn = 0; turn < 200 && !unread.isEmpty(); turn++) {
                String seen = plain(log.evaluate("log => log.textContent").toString());
                unread.removeIf(words -> seen.contains(plain(words)));
                log.evaluate("log => new Promise(done => { log.scrollTop -= log.clientHeight / 2;"
                        + " requestAnimationFrame(() => requestAnimationFrame(done)); })");
            }

            assertThat(unread).as("are read as they were written").isEmpty();
            assertThat(screen.page.evaluate("globalThis.ran === undefined")).isEqualTo(true);
            assertThat(screen.page.evaluate(NO_MARKUP)).isEqualTo(0);
            assertThat(screen.page.locator(".ch h1")).containsText(name);
            assertThat(window.complaints()).isEmpty();
        }
    }

    /** What a page shows, and what stands in the attributes of its elements. */
    private static String shown(Locator within) {
        return plain(within.evaluate("""
                within => [within.textContent, ...[...within.querySelectorAll('*')]
                  .flatMap(each => each.getAttributeNames().map(name => each.getAttribute(name)))].join('\\n')
                """).toString());
    }

    @Test
    void words_of_stickers_files_buttons_and_articles_stay_words_too() {
        String title = "灯台守の手当" + CORE.get(2);
        String[] answer = {CORE.get(0), CORE.get(4), "灯台守の手当は毎月支払われます。"};
        try (TestHub hub = TestHub.start(Dialect.H2, Map.of("hub.salesforce.knowledge-cron", "*/3 * * * * ?"));
                Window window = new Window()) {
            hub.salesforce.createAsPerson(
                    "Knowledge__kav",
                    Map.of(
                            "Title",
                            title,
                            "Summary",
                            CORE.get(5),
                            "Answer__c",
                            "<p>" + answer[2] + "</p>" + CORE.get(6) + "<p>" + escaped(answer[0]) + "</p><p>"
                                    + escaped(answer[1]) + "</p>",
                            "UrlName",
                            "lighthouse",
                            "Language",
                            "ja",
                            "PublishStatus",
                            "Online",
                            "IsLatestVersion",
                            true,
                            "IsVisibleInPkb",
                            true));
            Operator aoi = hub.operator("aoi");
            await("the article is here").atMost(Duration.ofSeconds(60)).until(() -> aoi.get(
                            "/api/knowledge?language=ja&q=" + URLEncoder.encode("灯台守の手当", StandardCharsets.UTF_8))
                    .toString()
                    .contains("灯台守の手当は毎月"));
            hub.customer(USER, "灯 みさき");
            hub.line.write(USER, "main", "オペレーターと話したい");
            String inquiry = aoi.awaitInquiry("灯 みさき");
            List<String> unread = new ArrayList<>();
            // Of a sticker's keywords three are shown.
            for (int i = 0; i < CORE.size(); i += 3) {
                ObjectNode sticker = message("sticker").put("packageId", "446").put("stickerId", "1988");
                List<String> keywords = CORE.subList(i, Math.min(CORE.size(), i + 3)).stream()
                        .map(core -> "スタンプ" + core)
                        .toList();
                keywords.forEach(sticker.putArray("keywords")::add);
                unread.addAll(keywords);
                hub.line.write(USER, sticker);
            }
            String file = CORE.get(2) + ".pdf";
            hub.line.write(USER, message("file").put("fileName", file));
            List<String> pressed = CORE.stream().map(core -> "ボタン" + core).toList();
            pressed.forEach(data -> hub.line.happen(USER, message("postback").put("data", data)));
            List<String> labels = List.of("<svg onload=ran=1>", "<b onclick=ran=1>x");
            String at = "/api/inquiries/" + inquiry + "/draft";
            aoi.put(
                    at,
                    Map.of("version", aoi.get(at).path("version").asLong(), "text", "お選びください", "quickReplies", labels));
            aoi.awaitMessage(inquiry, each -> each.path("text").asText().equals(pressed.get(pressed.size() - 1)));
            assertThat(aoi.sendAllTheSame(inquiry).status()).isEqualTo(202);
            OperatorScreen screen =
                    new OperatorScreen(window.open(hub.base())).signIn("aoi").open("灯 みさき");
            assertThat(screen.log()).containsText("お選びください");
            screen.page.locator("#knowledge-search").fill("灯台守の手当");
            Locator article = screen.page.locator("ts-knowledge .k.sel");
            assertThat(article).containsText(answer[2]);
            String found = shown(article);

            assertThat(found).contains(plain(title), plain(answer[0]), plain(answer[1]));
            article.locator(".kacts button").first().click();
            assertThat(screen.draft())
                    .hasValue(Pattern.compile(".*<script>globalThis\\.ran=1</script>.*", Pattern.DOTALL));
            unread.addAll(labels);
            unread.addAll(pressed);
            unread.add(file);
            for (int turn = 0; turn < 100 && !unread.isEmpty(); turn++) {
                String seen = shown(screen.log());
                unread.removeIf(words -> seen.contains(plain(words)));
                screen.log()
                        .evaluate("log => new Promise(done => { log.scrollTop -= log.clientHeight / 2;"
                                + " requestAnimationFrame(() => requestAnimationFrame(done)); })");
            }
            assertThat(unread).as("are read as they were written").isEmpty();
            assertThat(screen.page.evaluate("globalThis.ran === undefined")).isEqualTo(true);
            assertThat(screen.page.evaluate(NO_MARKUP)).isEqualTo(0);
            assertThat(window.complaints()).isEmpty();
        }
    }

    private static String escaped(String words) {
        return words.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
    }

    private static String plain(String words) {
        return words.replaceAll("\\s+", "");
    }

    /** S03: what this browser keeps and warns of is what the hub masks. */
    @Test
    void the_browser_finds_the_card_numbers_that_the_hub_finds() {
        Random random = new Random(17);
        List<String> texts = new ArrayList<>(List.of(
                "4111 11\n11 1111 1111 123",
                "411111\n1111111111 12/27",
                "4111111111111111",
                "４１１１ １１１１ １１１１ １１１１",
                "41111111 11111111",
                "注文 41111111111111110",
                "3782 822463 10005",
                "090-1234-5678 080-1234-5678"));
        for (int i = 0; i < 5_000; i++) {
            StringBuilder text = new StringBuilder(random.nextBoolean() ? "4" : "5" + (1 + random.nextInt(5)));
            int digits = 13 + random.nextInt(9);
            for (int at = 0; at < digits; at++) {
                text.append(at > 0 && at % 4 == 0 ? BETWEEN[random.nextInt(BETWEEN.length)] : "");
                text.append(random.nextInt(10));
            }
            texts.add(text.toString());
        }
        try (TestHub hub = TestHub.start(Dialect.H2);
                Window desk = new Window()) {
            Object found = desk.open(hub.base())
                    .evaluate(
                            "async (texts) => { const { holdsCard } = await import('/console/core/card.js'); return texts.map(holdsCard); }",
                            texts);

            assertThat(found).isEqualTo(texts.stream().map(CardNumbers::in).toList());
        }
        assertThat(texts).anyMatch(CardNumbers::in).anyMatch(text -> !CardNumbers.in(text));
    }
}
