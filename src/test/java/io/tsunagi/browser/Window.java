package io.tsunagi.browser;

import static org.assertj.core.api.Assertions.assertThat;

import com.deque.html.axecore.playwright.AxeBuilder;
import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.Frame;
import com.microsoft.playwright.Page;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * A window of a person of their own: cookies, storage and language are shared with no other. It notes every complaint of
 * its pages: errors and warnings on the console, exceptions, what the Content-Security-Policy refused.
 */
public final class Window implements AutoCloseable {
    private static final boolean PICTURES = Boolean.getBoolean("tests.pictures");

    private static final String AXE = AxeBuilder.getAxeScript();
    private static final List<String> WCAG = List.of("wcag2a", "wcag2aa", "wcag21aa", "wcag22aa");

    private static final Duration PATIENCE = Duration.ofSeconds(40);

    private final List<String> complaints = new CopyOnWriteArrayList<>();
    private final BrowserContext context;

    /** Opens a Japanese window of 1366×768. */
    public Window() {
        context = Chromium.browser()
                .newContext(new Browser.NewContextOptions()
                        .setLocale("ja-JP")
                        .setTimezoneId("Asia/Tokyo")
                        .setViewportSize(1366, 768));
        context.setDefaultTimeout(PATIENCE.toMillis());
        context.addInitScript("document.addEventListener('securitypolicyviolation',"
                + " e => console.error('CSP ' + e.violatedDirective + ' ' + e.blockedURI))");
        context.onConsoleMessage(message -> {
            if (message.type().matches("error|warning") && !asksWhoIsSignedIn(message.text(), message.location())) {
                complaints.add(message.text());
            }
        });
        context.onWebError(error -> complaints.add(error.error()));
    }

    /** A screen asks who is signed in before it knows; the answer "nobody" is 401, which the browser calls an error. */
    private static boolean asksWhoIsSignedIn(String text, String location) {
        return text.startsWith("Failed to load resource") && text.contains("401") && location.contains("/api/me");
    }

    /** Runs a script in every page of this window before the page's own. */
    public void onOpen(String script) {
        context.addInitScript(script);
    }

    public Page open(String url) {
        Page page = context.newPage();
        page.navigate(url);
        return page;
    }

    public List<String> complaints() {
        return complaints;
    }

    /** Checks the page as it stands against WCAG 2.2 AA. */
    public static void assertAccessible(Page page) {
        assertThat(broken(page, null)).isEmpty();
    }

    /** Checks what stands in these elements only, null for all; for a layer over a page that was checked. */
    public static void assertAccessible(Page page, String selector) {
        assertThat(broken(page, selector)).isEmpty();
    }

    /** What axe has against the page and the pages in its frames. */
    private static List<?> broken(Page page, String selector) {
        return page.frames().stream()
                .filter(frame -> selector == null || frame == page.mainFrame())
                .flatMap(frame -> broken(frame, selector).stream())
                .toList();
    }

    /**
     * Axe is loaded once a frame, and tells nothing of what is well: both take most of its time. While it looks, a colour does
     * not go slowly to another one.
     */
    private static List<?> broken(Frame frame, String selector) {
        if (frame.evaluate("typeof axe").equals("undefined")) {
            frame.evaluate("() => { " + AXE + " }");
        }
        return (List<?>) frame.evaluate(
                "async ([selector, values]) => {"
                        + " const still = new CSSStyleSheet();"
                        + " still.replaceSync('*, *::before, *::after { transition: none !important; }');"
                        + " document.adoptedStyleSheets.push(still);"
                        + " const told = await axe.run(selector ? { include: [[selector]] } : document,"
                        + "   { runOnly: { type: 'tag', values }, resultTypes: ['violations'], iframes: false })"
                        + "   .finally(() => document.adoptedStyleSheets = document.adoptedStyleSheets.filter((each) => each !== still));"
                        + " return told.violations.map((rule) => [rule.id, ...rule.nodes.map((node) => node.html + node.failureSummary)].join(' ')); }",
                Arrays.asList(selector, WCAG));
    }

    /** With {@code -Dtests.pictures=true}, keeps a picture of the page as {@code target/screens/NAME.png}, to be looked at by people. */
    public static void picture(Page page, String name) {
        if (PICTURES) {
            page.screenshot(new Page.ScreenshotOptions().setPath(Path.of("target", "screens", name + ".png")));
        }
    }

    /**
     * Checks both themes and languages of the page as it stands against WCAG 2.2 AA; afterwards it is small, Japanese and light
     * as before. With {@code -Dtests.pictures=true} pictures of its looks, large ones too, are kept in {@code target/screens}.
     */
    public static void looks(Page page, String name) {
        looks(page, name, null);
    }

    /** As {@link #looks(Page, String)}, but checks what stands in these elements only: most of axe's time goes into the rest. */
    public static void looks(Page page, String name, String selector) {
        if (PICTURES) {
            look(page, name, 1920, "en", "light");
            look(page, name, 1920, "ja", "dark");
        }
        look(page, name, 1366, "en", "dark");
        assertAccessible(page, selector);
        look(page, name, 1366, "ja", "light");
        assertAccessible(page, selector);
    }

    private static void look(Page page, String name, int width, String language, String theme) {
        dress(page, width, language, theme);
        picture(page, String.join("-", name, String.valueOf(width), language, theme));
    }

    /** Gives the page a width in CSS pixels, a language and a theme, and waits until it is drawn so. */
    public static void dress(Page page, int width, String language, String theme) {
        page.setViewportSize(width, width * 9 / 16);
        page.evaluate(
                "async ([language, theme]) => {"
                        + " document.documentElement.dataset.theme = theme;"
                        + " await (await import('/console/core/words.js')).speak(language);"
                        + " await new Promise(drawn => requestAnimationFrame(() => requestAnimationFrame(drawn)));"
                        + " await Promise.all(document.getAnimations().map(each => each.finished.catch(() => 0))); }",
                List.of(language, theme));
    }

    @Override
    public void close() {
        context.close();
    }
}
