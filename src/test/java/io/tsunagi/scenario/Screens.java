package io.tsunagi.scenario;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import io.tsunagi.browser.InBrowser;
import io.tsunagi.browser.Window;
import io.tsunagi.store.Dialect;
import java.awt.image.BufferedImage;
import java.awt.image.DataBuffer;
import java.awt.image.IndexColorModel;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Takes the pictures of {@code docs/screens} anew, of a hub with made-up customers; {@code make screens} runs it, no build does. */
@InBrowser
class Screens {
    private static final Path FOLDER = Path.of("docs", "screens");
    private static final List<String> CUSTOMERS =
            List.of("佐々木 美咲", "田村 健一", "中村 翔", "山口 恵", "Emma Wright", "林 匠", "三浦 芽衣");
    private static final List<String> QUESTIONS =
            List.of("残高の確認方法", "返金の日数", "パスワードを忘れた", "残高の確認方法", "How do I check my balance?", "返金の日数", "残高の確認方法");

    @TempDir
    private Path home;

    private TestHub hub;
    private final Window desk = new Window();
    private final Window house = new Window();

    @BeforeEach
    void start() throws IOException {
        Files.createDirectories(home.resolve("config"));
        Files.writeString(
                home.resolve("config/approvals.yaml"),
                "rules: [{ id: large-amount, name: { ja: 5万円超, en: \"Over ¥50,000\" }, amount-over: 50000 }]\n");
        Map<String, String> settings = Map.of("hub.dispatch.capacity", "5", "hub.dispatch.first-answer-goal", "PT30S");
        hub = TestHub.start(Dialect.H2, settings, line -> {}, home);
        hub.awaitKnowledge();
    }

    @AfterEach
    void stop() {
        desk.close();
        house.close();
        hub.close();
    }

    private static String user(int number) {
        return "U" + "0".repeat(31) + (number + 1);
    }

    private void asks(int number) {
        hub.customer(user(number), CUSTOMERS.get(number));
        hub.line.write(user(number), "main", QUESTIONS.get(number));
        hub.awaitBubble(user(number), text -> !text.isEmpty());
        boolean english = CUSTOMERS.get(number).equals("Emma Wright");
        hub.line.write(user(number), "main", english ? "I would like to talk to an operator" : "オペレーターと話したい");
    }

    private static void draft(Operator by, String inquiry, String text) {
        long version =
                by.get("/api/inquiries/" + inquiry + "/draft").path("version").asLong();
        by.put("/api/inquiries/" + inquiry + "/draft", Map.of("version", version, "text", text));
    }

    private static void picture(Page page, String name, String language, String theme) throws IOException {
        Window.dress(page, 1366, language, theme);
        keep(page, String.join("-", name, language, theme));
    }

    private static void keep(Page page, String name) throws IOException {
        BufferedImage taken = ImageIO.read(new ByteArrayInputStream(page.screenshot()));
        ImageIO.write(inFewColours(taken), "png", FOLDER.resolve(name + ".png").toFile());
    }

    /** The picture in its most frequent colours, and one of each further shade: a fraction of its size. */
    private static BufferedImage inFewColours(BufferedImage taken) {
        int width = taken.getWidth();
        int[] pixels = taken.getRGB(0, 0, width, taken.getHeight(), null, 0, width);
        Map<Integer, Long> colours = Arrays.stream(pixels)
                .boxed()
                .collect(Collectors.groupingBy(pixel -> pixel & 0xffffff, Collectors.counting()));
        List<Integer> frequent = colours.entrySet().stream()
                .sorted(Map.Entry.<Integer, Long>comparingByValue().reversed())
                .map(Map.Entry::getKey)
                .toList();
        Set<Integer> shades = new HashSet<>();
        int[] palette = Stream.concat(
                        frequent.stream().limit(64), frequent.stream().filter(colour -> shades.add(colour & 0xf0f0f0)))
                .distinct()
                .limit(256)
                .mapToInt(Integer::intValue)
                .toArray();
        Map<Integer, Byte> nearest = new HashMap<>();
        byte[] indexed = new byte[pixels.length];
        for (int i = 0; i < pixels.length; i++) {
            indexed[i] = nearest.computeIfAbsent(pixels[i] & 0xffffff, colour -> (byte) nearest(palette, colour));
        }
        BufferedImage small = new BufferedImage(
                width,
                taken.getHeight(),
                BufferedImage.TYPE_BYTE_INDEXED,
                new IndexColorModel(8, palette.length, palette, 0, false, -1, DataBuffer.TYPE_BYTE));
        small.getRaster().setDataElements(0, 0, width, taken.getHeight(), indexed);
        return small;
    }

    private static int nearest(int[] palette, int colour) {
        return IntStream.range(0, palette.length)
                .boxed()
                .min(Comparator.comparingInt(i -> distance(palette[i], colour)))
                .orElseThrow();
    }

    private static int distance(int one, int other) {
        return IntStream.of(16, 8, 0)
                .map(shift -> (one >> shift & 0xff) - (other >> shift & 0xff))
                .map(apart -> apart * apart)
                .sum();
    }

    private static void inBothLanguages(Page page, String name) throws IOException {
        picture(page, name, "en", "dark");
        picture(page, name, "ja", "light");
    }

    @Test
    void main_screens() throws IOException {
        Operator aoi = hub.operator("aoi");
        for (int i = 0; i < 5; i++) {
            asks(i);
        }
        String misaki = aoi.awaitInquiry(CUSTOMERS.get(0));
        String tamura = aoi.awaitInquiry(CUSTOMERS.get(1));
        hub.line.write(user(0), "main", "ログインはできますが、残高が0円と表示されます。");
        aoi.awaitMessage(misaki, message -> message.path("text").asText().contains("0円"));
        aoi.say(misaki, "お待たせいたしました。さとうです。チャージされた日時をうかがえますか。");
        hub.awaitBubble(user(0), text -> text.contains("日時"));
        hub.line.write(user(0), "main", "昨日の夜、コンビニで5,000円チャージしました。");
        ObjectNode sticker = Webhook.JSON
                .createObjectNode()
                .put("account", "main")
                .put("type", "sticker")
                .put("packageId", "446")
                .put("stickerId", "1990");
        sticker.putArray("keywords").add("お願い");
        hub.line.write(user(0), sticker);
        aoi.awaitMessage(misaki, message -> message.path("type").asText().equals("sticker"));
        draft(aoi, misaki, "ありがとうございます。コンビニでのチャージは、反映まで最大30分かかることがございます。");
        draft(aoi, tamura, "キャンセルされたお買い物の代金64,800円は、11月25日(水)までに残高へお戻しします。");
        aoi.post(
                "/api/inquiries/" + tamura + "/send",
                Map.of(
                        "clientId", UUID.randomUUID().toString(),
                        "draftVersion", 1,
                        "seenSeq", aoi.newest(tamura),
                        "confirm", List.of("needs-approval")));
        asks(5);
        asks(6);
        aoi.post("/api/inquiries/" + aoi.awaitInquiry(CUSTOMERS.get(2)) + "/help", Map.of("words", "再発行してよいですか"));

        Page page = desk.open(hub.base());
        assertThat(page.locator("#sign-name")).isVisible();
        picture(page, "sign-in", "ja", "light");
        OperatorScreen screen = new OperatorScreen(page).signIn("aoi").open(CUSTOMERS.get(0));
        assertThat(screen.log()).containsText("5,000円");
        assertThat(screen.draft()).hasValue(Pattern.compile("コンビニ"));
        inBothLanguages(page, "operator");
        page.locator(".top .person").click();
        page.locator("[role=menuitem]")
                .filter(new Locator.FilterOptions().setHasText("引き継ぎ"))
                .click();
        assertThat(page.locator(".hrows li")).hasCount(5);
        picture(page, "hand-over", "ja", "light");
        page.keyboard().press("Escape");

        Page wall = new OperatorScreen(house.open(hub.base() + "/watch")).signIn("sakura").page;
        assertThat(wall.locator(".look")).containsText("目標超過");
        assertThat(wall.locator(".requested")).containsText(CUSTOMERS.get(1));
        inBothLanguages(wall, "wall");
        wall.keyboard().press("Alt+u");
        assertThat(wall.locator(".approval mark")).containsText("64,800円");
        picture(wall, "approval", "ja", "light");
        wall.navigate(hub.base() + "/admin/accounts");
        assertThat(wall.locator(".accounts tbody tr").first()).isVisible();
        picture(wall, "accounts", "ja", "light");

        Week.lived(hub.settings());
        wall.navigate(hub.base() + "/reports");
        assertThat(wall.locator(".people tbody tr").first()).isVisible();
        inBothLanguages(wall, "reports");
        wall.navigate(hub.base() + "/find?q=" + URLEncoder.encode("美咲", StandardCharsets.UTF_8));
        assertThat(wall.locator("ts-find tbody tr").first()).isVisible();
        picture(wall, "find", "ja", "light");
    }

    @Test
    void routes_in_hawtio() throws IOException {
        hub.operator("aoi");
        for (int i = 0; i < 4; i++) {
            asks(i);
        }
        HawtioScreen hawtio = HawtioScreen.open(house.open(hub.base()), hub, "admin");
        hawtio.page.locator("#vertical-nav-toggle").click();
        hawtio.drawing("bot", "answer-from-faq");
        assertThat(hawtio.page.locator(".camel-route-diagram .number").first()).hasText(Pattern.compile("[1-9]\\d*"));
        keep(hawtio.page, "hawtio-drawing");
        hawtio.routes();
        for (int i = 0; i < 2; i++) {
            hawtio.page.locator("[data-testid=completed-header] button").click();
        }
        assertThat(hawtio.page
                        .locator("#camel-routes-table td[data-label=Completed]")
                        .first())
                .hasText(Pattern.compile("[1-9]\\d*"));
        keep(hawtio.page, "hawtio-routes");
    }
}
