package io.tsunagi.scenario;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.Request;
import io.tsunagi.browser.InBrowser;
import io.tsunagi.browser.Window;
import io.tsunagi.inquiry.Office;
import io.tsunagi.store.Dialect;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * A history of two thousand messages and two hundred open inquiries on one screen: what is drawn and what is asked for does
 * not grow with them. Times are printed; they depend on the machine.
 */
@InBrowser
class LongListsInBrowserTest {
    private static final int MESSAGES = 2000;
    private static final int OPEN = 200;
    private static final String TALKER = "話 好子";
    private static final String OTHER = "短い 文子";
    private static final String USER = "U" + "%032x".formatted(0xb000);
    private static final String SECOND = "U" + "%032x".formatted(0xb001);

    /** Notes what keeps the page from drawing: work of more than 50 ms, and how far apart two frames were. */
    private static final String OBSERVE = """
            globalThis.seen = { tasks: [], frames: [] };
            new PerformanceObserver((list) => seen.tasks.push(...list.getEntries().map((each) => each.duration)))
              .observe({ type: 'longtask' });
            let before = null;
            const frame = (at) => {
              if (before !== null) seen.frames.push(at - before);
              before = at;
              requestAnimationFrame(frame);
            };
            requestAnimationFrame(frame);
            """;

    /**
     * Scrolls to the other end in steps of nearly a page. In the next frame after every step rows fill the box, and what was
     * in its middle has moved by just the step.
     */
    private static final String SCROLL = """
            async (up) => {
              const box = document.getElementById('log');
              const drawn = () => new Promise(requestAnimationFrame);
              const rows = () => [...box.children].filter((row) => !row.classList.contains('room'));
              const step = Math.round(box.clientHeight * 0.9) * (up ? -1 : 1);
              const told = { steps: 0, blank: 0, moved: 0, most: 0, words: new Set() };
              seen.tasks.length = seen.frames.length = 0;
              for (; told.steps < 4000; told.steps++) {
                const edge = box.getBoundingClientRect();
                const middle = rows().find((row) => row.getBoundingClientRect().bottom > edge.top + edge.height / 2);
                const from = middle.getBoundingClientRect().top;
                box.scrollTop += step;
                await drawn();
                const shown = rows();
                told.most = Math.max(told.most, shown.length);
                for (const row of shown) for (const each of row.textContent.match(/第[〇一二三四五六七八九]+便/g) ?? []) told.words.add(each);
                if (shown[0].getBoundingClientRect().top > edge.top + 24) told.blank++;
                if (shown.at(-1).getBoundingClientRect().bottom < edge.bottom - 24) told.blank++;
                const went = from - middle.getBoundingClientRect().top;
                const end = up ? box.scrollTop < 1 : box.scrollHeight - box.scrollTop - box.clientHeight < 1;
                if (!end && Math.abs(went - step) > 2) told.moved++;
                if (end) break;
              }
              const frames = [...seen.frames].sort((a, b) => a - b);
              return { ...told, words: told.words.size, frames: frames.length, slow: frames.filter((each) => each > 50).length,
                frame95: frames[Math.floor(frames.length * 0.95)], task: Math.max(0, ...seen.tasks), tasks: seen.tasks.length };
            }""";

    /** From the press on a slot to the frame after the one that holds its last words, in milliseconds. */
    private static final String OPEN_SLOT = """
            async ([name, words]) => {
              const slot = [...document.querySelectorAll('a.slot')].find((each) => each.textContent.includes(name));
              const from = performance.now();
              slot.click();
              while (!document.getElementById('log')?.textContent.includes(words)) await new Promise(requestAnimationFrame);
              await new Promise(requestAnimationFrame);
              return performance.now() - from;
            }""";

    private final TestHub hub = TestHub.start(
            Dialect.H2,
            Map.of(
                    "hub.dispatch.capacity",
                    "2",
                    "hub.dispatch.lost-after",
                    "PT2H",
                    "hub.line.quota-cron",
                    "0 0 0 1 1 ?"));
    private final Window window = new Window();

    @AfterEach
    void stop() {
        window.close();
        hub.close();
    }

    /** In numerals that are no digits: those that follow one another within minutes are looked through for numbers to mask. */
    private static String name(int number) {
        return String.valueOf(number)
                .chars()
                .mapToObj(digit -> "〇一二三四五六七八九".substring(digit - '0', digit - '0' + 1))
                .collect(Collectors.joining("", "第", "便"));
    }

    private static String text(int number) {
        return name(number) + " " + "お荷物がまだ届きません。".repeat(1 + number * 7 % 9);
    }

    @Test
    void two_thousand_messages_scroll_smoothly_and_two_hundred_open_inquiries_cost_no_delay() {
        Operator aoi = hub.operator("aoi");
        hub.customer(USER, TALKER);
        hub.customer(SECOND, OTHER);
        for (String user : List.of(USER, SECOND)) {
            hub.line.write(user, "main", "オペレーターと話したい");
        }
        String inquiry = aoi.awaitInquiry(TALKER);
        String other = aoi.awaitInquiry(OTHER);
        hub.line.write(SECOND, "main", "短い用件です");
        // A second node writes the history: the turns are the hub's own, without a webhook for each message.
        try (Office office = Office.open(hub.settings())) {
            office.clock.forward(Duration.between(office.clock.instant(), Instant.now()));
            for (int i = 1; i < MESSAGES; i += 100) {
                int from = i;
                office.store.inTransaction(() -> {
                    IntStream.range(from, Math.min(from + 100, MESSAGES))
                            .forEach(each -> office.writes(USER, text(each)));
                    return null;
                });
            }
        }
        hub.line.write(USER, "main", text(MESSAGES));
        for (int i = 2; i < OPEN; i++) {
            hub.line.write("U" + "%032x".formatted(0xc000 + i), "main", "オペレーターと話したい");
        }
        try (Rows rows = new Rows(hub.settings())) {
            await("every message is in the history")
                    .atMost(TestHub.PATIENCE.multipliedBy(3))
                    .until(() -> rows.count(
                                    "select count(*) from messages where inquiry in (select id from inquiries where state = 'ASSIGNED')")
                            >= MESSAGES);
            await("everybody is open")
                    .atMost(TestHub.PATIENCE.multipliedBy(2))
                    .until(() -> rows.count("select count(*) from inquiries where state in ('ASSIGNED', 'WAITING')")
                            == OPEN);
        }

        window.onOpen(OBSERVE);
        Page page = new OperatorScreen(window.open(hub.base())).signIn("aoi").page;
        assertThat(page.locator(".waiting .rows li")).hasCount(OPEN - 2);
        OperatorScreen screen = new OperatorScreen(page).open(OTHER);
        assertThat(screen.log()).containsText("短い用件です");
        page.waitForFunction("() => performance.getEntriesByType('resource').some((each) => each.name.includes('"
                + inquiry + "/messages') && each.responseEnd)");
        double opened = number(page.evaluate(OPEN_SLOT, List.of(TALKER, name(MESSAGES))));
        Map<?, ?> up = (Map<?, ?>) page.evaluate(SCROLL, true);
        Map<?, ?> down = (Map<?, ?>) page.evaluate(SCROLL, false);
        System.out.println("Open a chat of " + MESSAGES + " messages: " + Math.round(opened) + " ms; up: " + up
                + "; down: " + down);

        for (Map<?, ?> way : List.of(up, down)) {
            assertThat(number(way.get("words"))).isEqualTo(MESSAGES);
            assertThat(number(way.get("blank"))).isZero();
            // A step is looked at one frame later; a busy machine draws now and then one too late.
            assertThat(number(way.get("moved"))).isLessThan(number(way.get("steps")) / 100);
            assertThat(number(way.get("most"))).isLessThanOrEqualTo(80);
        }
        assertThat(number(page.evaluate("document.querySelectorAll('*').length")))
                .isLessThan(5000);

        List<String> asked = new CopyOnWriteArrayList<>();
        page.onRequest((Request request) -> asked.add(request.url().replaceFirst("^.*/api/", "")));
        page.evaluate("seen.tasks.length = 0");
        hub.line.write(SECOND, "main", "新しい一言");
        assertThat(screen.slot(OTHER)).containsText("新しい一言");
        hub.line.write(USER, "main", "最後の一言");
        assertThat(screen.log()).containsText("最後の一言");
        Object task = page.evaluate("Math.max(0, ...seen.tasks)");
        System.out.println(
                "Two messages among " + OPEN + " open inquiries: " + asked + "; longest task " + task + " ms");
        assertThat(asked.stream().filter(each -> !each.startsWith("knowledge")).toList())
                .hasSizeLessThan(20);
        assertThat(aoi.inquiry(other).path("state").asText()).isEqualTo("ASSIGNED");
        assertThat(window.complaints()).isEmpty();
    }

    private static double number(Object value) {
        return ((Number) value).doubleValue();
    }
}
