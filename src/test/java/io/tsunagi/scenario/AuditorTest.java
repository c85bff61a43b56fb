package io.tsunagi.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.assertions.PlaywrightAssertions;
import io.tsunagi.browser.InBrowser;
import io.tsunagi.browser.Window;
import io.tsunagi.store.Dialect;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URLEncoder;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What an auditor sees, what supervisors hold, and what becomes of identity documents, through the console's API. */
@InBrowser
class AuditorTest {
    private static final String MISAKI = "U" + "4".repeat(31) + "1";
    private static final String WORDS = "残高の確認方法";

    private static TestHub hub;
    private static Operator aoi;
    private static Operator ren;
    private static Operator sakura;
    private static Operator kenji;
    private static String inquiry;
    private static int revealedByScreen;

    @BeforeAll
    static void aoi_has_an_inquiry() {
        Map<String, String> auditor = new HashMap<>();
        auditor.put("hub.access.people", "aoi,ren,sakura,admin,kenji");
        auditor.put("hub.access.person.kenji.display-name", "監査 健二");
        auditor.put("hub.access.person.kenji.role", "auditor");
        auditor.put("hub.access.person.kenji.password", Operator.PASSWORD);
        auditor.put("hub.media.identity-reasons", "照合,苦情の調査");
        hub = TestHub.start(Dialect.H2, auditor);
        hub.awaitKnowledge();
        ren = hub.away("ren");
        sakura = hub.away("sakura");
        kenji = hub.away("kenji");
        aoi = hub.operator("aoi");
        hub.askForPerson(MISAKI, "みさき", WORDS);
        inquiry = aoi.awaitInquiry("みさき");
    }

    @AfterAll
    static void stop() {
        hub.close();
    }

    private static int status(Operator by, String method, String path, Object body) {
        return by.call(method, path, body).status();
    }

    @Test
    void an_auditor_reads_the_audit_and_nobody_else_does() {
        JsonNode rows = kenji.get("/api/audit?act=sign-in").path("rows");

        assertThat(rows).isNotEmpty().allMatch(row -> row.path("act").asText().equals("sign-in"));
        assertThat(rows).anyMatch(row -> row.path("actorName").asText().equals("監査 健二"));
        assertThat(kenji.get("/api/audit?act=view-audit").path("rows"))
                .as("the look before is there too")
                .isNotEmpty();
        for (Operator other : List.of(aoi, sakura, hub.away("admin"))) {
            assertThat(status(other, "GET", "/api/audit", null)).isEqualTo(403);
            assertThat(status(other, "GET", "/api/audit/inquiries/" + inquiry, null))
                    .isEqualTo(403);
        }
        for (String path : List.of(
                "/api/workspace",
                "/api/inquiries/" + inquiry,
                "/api/inquiries/" + inquiry + "/messages",
                "/api/admin/failed-work",
                "/api/admin/holds",
                "/api/canned")) {
            assertThat(status(kenji, "GET", path, null)).as(path).isEqualTo(403);
        }
        assertThat(status(kenji, "GET", "/api/audit?from=yesterday", null)).isEqualTo(422);
        assertThat(kenji.get("/api/audit?act=start-hub").path("rows"))
                .singleElement()
                .satisfies(row ->
                        assertThat(row.path("detail").path("settings").asText()).hasSize(64));
    }

    @Test
    void words_are_masked_for_an_auditor_until_a_reason_reveals_them_for_a_while() {
        String path = "/api/audit/inquiries/" + inquiry;
        JsonNode masked = kenji.get(path);

        assertThat(masked.path("messages").toString()).doesNotContain("残高").contains("•");
        assertThat(masked.path("revealedUntil").isNull()).isTrue();
        assertThat(status(kenji, "POST", path + "/reveal", Map.of("reason", "短い")))
                .isEqualTo(422);

        Operator.Reply revealed = kenji.call("POST", path + "/reveal", Map.of("reason", "苦情の調査のため全文を確認します"));

        assertThat(revealed.status()).isEqualTo(200);
        assertThat(revealed.body().path("messages").toString()).contains(WORDS);
        assertThat(revealed.body().path("revealedUntil").asText()).isNotEmpty();
        try (Rows rows = new Rows(hub.settings())) {
            assertThat(rows.count(
                            "select count(*) from audit where act = 'break-glass' and object = ?",
                            "inquiry/" + inquiry))
                    .isEqualTo(rows.count("select count(distinct id) from reveals") + revealedByScreen);
            assertThat(rows.placesOf("苦情の調査")).as("the reason is sealed").containsExactly("reveals.reason");
            rows.store().jdbc().sql("update reveals set until_at = at").update();
        }
        assertThat(kenji.get(path).path("messages").toString())
                .as("its time is over")
                .doesNotContain("残高");
        assertThat(status(kenji, "GET", "/api/audit/inquiries/" + UUID.randomUUID(), null))
                .isEqualTo(404);
    }

    @Test
    void the_auditors_screen_shows_rows_and_an_inquiry_masked_and_then_revealed() {
        kenji.get("/api/audit/inquiries/" + inquiry);
        try (Window window = new Window()) {
            Page page = window.open(hub.base() + "/");
            page.locator("#sign-name").fill("kenji");
            page.locator("#sign-password").fill(Operator.PASSWORD);
            page.locator("#sign-password").press("Enter");
            PlaywrightAssertions.assertThat(page.locator("#h-audit")).isVisible();
            page.locator("form.row input").first().fill("view-inquiry");
            page.locator("form.row button").click();
            page.locator("tbody tr")
                    .filter(new Locator.FilterOptions().setHasText("inquiry/" + inquiry))
                    .first()
                    .click();
            page.locator(".adetail button").click();
            PlaywrightAssertions.assertThat(page.locator(".adetail .cardbox").last())
                    .containsText("•••");
            PlaywrightAssertions.assertThat(page.locator(".adetail")).not().containsText("残高");
            Window.assertAccessible(page);
            page.locator("#audit-reason").fill("苦情の調査のため全文を確認します");
            page.locator(".adetail form button").click();
            PlaywrightAssertions.assertThat(page.locator(".adetail")).containsText(WORDS);
            Window.looks(page, "audit-revealed");
            assertThat(window.complaints()).isEmpty();
        }
        try (Rows rows = new Rows(hub.settings())) {
            revealedByScreen += rows.store().jdbc().sql("delete from reveals").update();
        }
    }

    @Test
    void the_auditors_screen_shows_withheld_words_when_they_are_revealed_and_says_what_they_are() {
        String said = "やっぱり取り消します";
        JsonNode hold = sakura.call(
                        "POST", "/api/admin/holds", Map.of("scope", "inquiry", "inquiry", inquiry, "reason", "裁判所の命令"))
                .body();
        String first = "振り込みました";
        String message = hub.line.write(MISAKI, "main", first).messageId();
        aoi.awaitMessage(inquiry, each -> each.path("text").asText().equals(first));
        hub.line.happen(
                MISAKI,
                com.fasterxml.jackson.databind.node.JsonNodeFactory.instance
                        .objectNode()
                        .put("account", "main")
                        .put("type", "messageEdited")
                        .put("messageId", message)
                        .put("text", said));
        aoi.awaitMessage(inquiry, each -> each.path("text").asText().equals(said));
        hub.line.happen(
                MISAKI,
                com.fasterxml.jackson.databind.node.JsonNodeFactory.instance
                        .objectNode()
                        .put("account", "main")
                        .put("type", "unsend")
                        .put("messageId", message));
        aoi.awaitMessage(inquiry, each -> each.path("unsent").asBoolean());
        kenji.get("/api/audit/inquiries/" + inquiry);
        try (Window window = new Window()) {
            Page page = window.open(hub.base() + "/");
            page.locator("#sign-name").fill("kenji");
            page.locator("#sign-password").fill(Operator.PASSWORD);
            page.locator("#sign-password").press("Enter");
            page.locator("form.row input").first().fill("withhold-words");
            page.locator("form.row button").click();
            page.locator("tbody tr")
                    .filter(new Locator.FilterOptions().setHasText("message/"))
                    .first()
                    .click();
            page.locator(".adetail button").click();
            PlaywrightAssertions.assertThat(page.locator(".adetail")).containsText("（送信取消）");
            PlaywrightAssertions.assertThat(page.locator(".adetail")).not().containsText(said);
            page.locator("#audit-reason").fill("裁判所の命令により確認します");
            page.locator(".adetail form button").click();
            PlaywrightAssertions.assertThat(page.locator(".adetail")).containsText("法的保全により保管中");
            PlaywrightAssertions.assertThat(page.locator(".adetail")).containsText(said);
            PlaywrightAssertions.assertThat(page.locator(".adetail")).containsText("編集前");
            PlaywrightAssertions.assertThat(page.locator(".adetail")).containsText(first);
            Window.assertAccessible(page);
            Window.looks(page, "audit-withheld");
            assertThat(window.complaints()).isEmpty();
        }
        try (Rows rows = new Rows(hub.settings())) {
            revealedByScreen += rows.store().jdbc().sql("delete from reveals").update();
        }
        assertThat(status(
                        hub.away("admin"),
                        "POST",
                        "/api/admin/holds/" + hold.path("id").asText() + "/lift",
                        Map.of("reason", "終わりました")))
                .isEqualTo(200);
    }

    @Test
    void words_past_their_keeping_time_are_shown_as_gone() {
        try (Rows rows = new Rows(hub.settings())) {
            rows.store()
                    .jdbc()
                    .sql("update messages set content = null, purged_at = current_timestamp where sender = 'CUSTOMER'"
                            + " and seq = (select max(seq) from messages where sender = 'CUSTOMER' and type = 'text')")
                    .update();
        }

        assertThat(aoi.messages(inquiry))
                .filteredOn(message -> message.path("purged").asBoolean())
                .singleElement()
                .satisfies(message -> assertThat(message.path("text").isNull()).isTrue());
    }

    @Test
    void a_legal_hold_is_set_by_one_supervisor_and_lifted_by_another_person() {
        Map<String, String> hold = Map.of("scope", "inquiry", "inquiry", inquiry, "reason", "裁判所の命令");
        assertThat(status(aoi, "POST", "/api/admin/holds", hold)).isEqualTo(403);
        assertThat(status(sakura, "POST", "/api/admin/holds", Map.of("scope", "world", "reason", "x")))
                .isEqualTo(422);

        Operator.Reply set = sakura.call("POST", "/api/admin/holds", hold);

        assertThat(set.status()).isEqualTo(201);
        String lift = "/api/admin/holds/" + set.body().path("id").asText() + "/lift";
        assertThat(sakura.get("/api/admin/holds").path("holds"))
                .anyMatch(row -> row.path("reason").asText().equals("裁判所の命令"));
        assertThat(sakura.get("/api/admin/holds").path("rules")).isNotEmpty();
        assertThat(status(sakura, "POST", lift, Map.of("reason", "終わりました"))).isEqualTo(409);
        assertThat(status(hub.away("admin"), "POST", lift, Map.of("reason", "終わりました")))
                .isEqualTo(200);
    }

    @Test
    void a_reason_to_reveal_keeps_no_card_number() {
        Operator.Reply revealed = kenji.call(
                "POST", "/api/audit/inquiries/" + inquiry + "/reveal", Map.of("reason", "届け出の確認 4111 1111 1111 1111"));

        assertThat(revealed.status()).isEqualTo(200);
        assertThat(sakura.get("/api/reveals").path("reveals").findValuesAsText("reason"))
                .contains("届け出の確認 **** **** **** 1111");
        try (Rows rows = new Rows(hub.settings())) {
            revealedByScreen += rows.store().jdbc().sql("delete from reveals").update();
        }
    }

    @Test
    void a_canned_answer_keeps_no_card_number() {
        String card = "4111 1111 1111 1111";
        Operator.Reply saved = sakura.call(
                "PUT",
                "/api/canned",
                Map.of("shortcut", "card", "language", "ja", "title", card, "reading", card, "body", "例 " + card));

        assertThat(saved.status()).isEqualTo(200);
        assertThat(aoi.get("/api/canned").findValuesAsText("body")).contains("例 **** **** **** 1111");
        assertThat(aoi.get("/api/canned").toString()).doesNotContain(card);
    }

    private static String identityDocument() {
        assertThat(aoi.post("/api/inquiries/" + inquiry + "/identity-request", Map.of())
                        .status())
                .isEqualTo(200);
        hub.line.write(
                MISAKI,
                com.fasterxml.jackson.databind.node.JsonNodeFactory.instance
                        .objectNode()
                        .put("account", "main")
                        .put("type", "image")
                        .put("sample", "card-front"));
        JsonNode image = aoi.awaitMessage(
                inquiry, message -> message.path("media").path("state").asText().equalsIgnoreCase("ready"));
        return "/api/media/" + image.path("media").path("id").asText();
    }

    private static final String BECAUSE = "?reason=" + URLEncoder.encode("苦情の調査", StandardCharsets.UTF_8);

    /** Who may not see it is refused and audited (Scenario 39), and who may gets it with their name in it, for a reason. */
    @Test
    void an_identity_document_is_shown_to_its_owner_and_supervisors_for_a_reason_and_with_their_names_in_it()
            throws IOException {
        String path = identityDocument();

        assertThat(status(aoi, "GET", path, null)).as("no reason").isEqualTo(422);
        assertThat(status(aoi, "GET", path + "?reason=fun", null))
                .as("none of them")
                .isEqualTo(422);
        assertThat(status(ren, "GET", path + BECAUSE, null)).isEqualTo(403);
        HttpResponse<byte[]> toAoi = aoi.part(path + BECAUSE, "bytes=0-1");
        byte[] toSakura = sakura.bytes(path + BECAUSE);

        assertThat(toAoi.statusCode()).as("as a whole").isEqualTo(200);
        assertThat(toAoi.headers().firstValue("Cache-Control")).contains("no-store");
        BufferedImage one = ImageIO.read(new ByteArrayInputStream(toAoi.body()));
        BufferedImage other = ImageIO.read(new ByteArrayInputStream(toSakura));
        assertThat(one.getWidth()).isEqualTo(other.getWidth()).isGreaterThan(100);
        assertThat(toAoi.body()).as("each with their own name").isNotEqualTo(toSakura);
        assertThat(kenji.get("/api/audit?act=view-media&object=" + path.substring("/api/".length()))
                        .path("rows"))
                .extracting(row -> row.path("actorName").asText() + " "
                        + row.path("outcome").asText() + " "
                        + row.path("detail").path("reason").asText() + " "
                        + !row.path("origin").asText().isEmpty())
                .containsExactlyInAnyOrder("木村 蓮 refused  true", "佐藤 葵 ok 苦情の調査 true", "高橋 さくら ok 苦情の調査 true");
        assertThat(status(aoi, "POST", path + "/decision", Map.of("verdict", "refused")))
                .isEqualTo(204);
    }

    @Test
    void the_screen_asks_why_before_it_fetches_an_identity_document() {
        String path = identityDocument();
        try (Window window = new Window()) {
            OperatorScreen screen =
                    new OperatorScreen(window.open(hub.base())).signIn("aoi").open("みさき");
            screen.log().locator("button.tile.identity").click();
            Locator viewer = screen.page.locator("dialog.viewer");
            PlaywrightAssertions.assertThat(viewer.locator(".vwhy button")).hasCount(2);
            PlaywrightAssertions.assertThat(viewer.locator("img")).hasCount(0);
            Window.looks(screen.page, "identity-reason", "dialog.viewer");
            viewer.getByText("照合").click();
            PlaywrightAssertions.assertThat(viewer.locator("img")).isVisible();
            Object width = viewer.locator("img").evaluate("image => image.decode().then(() => image.naturalWidth)");
            assertThat((Integer) width).isGreaterThan(100);
            Window.looks(screen.page, "identity-marked", "dialog.viewer");
            screen.page.keyboard().press("Escape");
            PlaywrightAssertions.assertThat(viewer).hasCount(0);
            screen.log().locator("button.tile.identity").click();
            PlaywrightAssertions.assertThat(viewer.locator(".vwhy")).isVisible();
            assertThat(window.complaints()).isEmpty();
        }
        assertThat(kenji.get("/api/audit?act=view-media&object=" + path.substring("/api/".length()))
                        .path("rows"))
                .singleElement()
                .satisfies(row ->
                        assertThat(row.path("detail").path("reason").asText()).isEqualTo("照合"));
        assertThat(status(aoi, "POST", path + "/decision", Map.of("verdict", "refused")))
                .isEqualTo(204);
    }

    /** Scenario 54: verified or refused, the image goes at once; the result stays. Scenario 39: nobody else decides. */
    @Test
    void an_identity_document_that_was_decided_is_gone_and_only_its_owner_decides() {
        String path = identityDocument();
        assertThat(aoi.bytes(path + BECAUSE)).isNotEmpty();

        assertThat(status(ren, "POST", path + "/decision", Map.of("verdict", "verified")))
                .isEqualTo(409);
        assertThat(status(aoi, "POST", path + "/decision", Map.of("verdict", "maybe")))
                .isEqualTo(422);
        assertThat(status(aoi, "POST", path + "/decision", Map.of("verdict", "verified")))
                .isEqualTo(204);

        assertThat(status(aoi, "GET", path, null)).isEqualTo(410);
        assertThat(status(aoi, "POST", path + "/decision", Map.of("verdict", "refused")))
                .isEqualTo(409);
        try (Rows rows = new Rows(hub.settings())) {
            assertThat(rows.count("select count(*) from media where verdict = 'verified' and state = 'PURGED'"))
                    .isOne();
            assertThat(rows.count("select count(*) from audit where act = 'decide-identity'"))
                    .isOne();
            assertThat(rows.count(
                            "select count(*) from audit where act = 'call' and outcome = 'refused' and actor = ? and object = ?",
                            ren.me().path("id").asText(),
                            path.substring("/api/".length())))
                    .isOne();
        }
    }
}
