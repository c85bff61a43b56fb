package io.tsunagi.scenario;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.microsoft.playwright.Locator;
import io.tsunagi.browser.InBrowser;
import io.tsunagi.browser.Window;
import io.tsunagi.inquiry.CardNumbers;
import io.tsunagi.store.Dialect;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
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
            assertThat(
                            screen.page.evaluate(
                                    "document.querySelectorAll('main script, main iframe, main object, main base,"
                                            + " main meta, main style, main form[action], main [onerror], main [onload]').length"))
                    .isEqualTo(0);
            assertThat(screen.page.locator(".ch h1")).containsText(name);
            assertThat(window.complaints()).isEmpty();
        }
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
