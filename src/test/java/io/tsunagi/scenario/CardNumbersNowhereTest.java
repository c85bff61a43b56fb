package io.tsunagi.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tsunagi.inquiry.CardScan;
import io.tsunagi.inquiry.InquiryVersions;
import io.tsunagi.inquiry.Messages;
import io.tsunagi.inquiry.Office;
import io.tsunagi.sandbox.translate.TranslationSimulator;
import io.tsunagi.store.CrmWork;
import io.tsunagi.store.Dialect;
import io.tsunagi.store.Signals;
import io.tsunagi.store.Store;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.text.Normalizer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * S02, S03, S38, scenario 56: card numbers, My Numbers, passwords and one-time codes come in by every entrance there is, a number
 * of its own by each; afterwards every byte the hub left behind is looked at, and what it told LINE, Salesforce and the
 * translation service. A leak names its entrance.
 */
@Timeout(300)
class CardNumbersNowhereTest {
    private static final String MISAKI = "U" + "7".repeat(32);
    private static final String TARO = "U" + "7".repeat(31) + "8";

    /** All card numbers begin so. */
    private static final String CARD = "45391488";

    private static final String MY_NUMBER = "98765432";
    private static final String PASSWORD = "Zx9!hi";
    private static final String CODE = "91827364";

    /** What a card number in the clear begins with, in the ways it is written here and in addresses. */
    private static final List<String> BEGINNINGS = List.of(
            CARD,
            "4539 1488",
            "4539-1488",
            "4539+1488",
            "4539%201488",
            "４５３９１４８８",
            "４５３９ １４８８",
            MY_NUMBER,
            PASSWORD,
            CODE);

    private static final List<Charset> WRITTEN =
            List.of(StandardCharsets.UTF_8, StandardCharsets.UTF_16BE, StandardCharsets.UTF_16LE);

    private static final int OK = 200;
    private static final int MADE = 201;
    private static final int TAKEN = 202;
    private static final int NOTHING = 204;
    private static final int NO_ID = 400;
    private static final int REFUSED = 422;

    /** The card number of each entrance. */
    private final Map<String, String> cards = new LinkedHashMap<>();
    /** Those that keep words: the last four stand there masked. */
    private final Set<String> kept = new TreeSet<>();
    /** Calls that were not answered as they should be. */
    private final List<String> wrong = new ArrayList<>();

    @ParameterizedTest
    @EnumSource(Dialect.class)
    void no_byte_that_the_hub_left_behind_shows_what_must_not_be_kept(Dialect dialect, @TempDir Path home)
            throws IOException {
        Path log = Path.of(System.getProperty("tests.log", "target/test.log"));
        long logFrom = Files.exists(log) ? Files.size(log) : 0;
        Files.createDirectories(home.resolve("config"));
        Files.writeString(
                home.resolve("config/approvals.yaml"),
                "rules:\n  - { id: compensation, name: { ja: 補償の話, en: Compensation }, words: [補償] }\n");
        try (TranslationSimulator service = TranslationSimulator.start(0);
                TestHub hub = TestHub.start(dialect, settings(service), line -> {}, home)) {
            String walFrom = SealedOnDiskTest.logFrom(hub);
            hub.customer(MISAKI, "みさき" + keptCard("display name"));
            hub.awaitKnowledge();
            Operator aoi = hub.operator("aoi");
            byCustomer(hub);
            String inquiry = await("an inquiry")
                    .atMost(TestHub.PATIENCE)
                    .until(
                            () -> aoi.workspace()
                                    .path("slots")
                                    .path(0)
                                    .path("id")
                                    .asText(null),
                            id -> id != null);
            inParts(hub, aoi, inquiry);
            byOperator(hub, aoi, inquiry);
            byOthers(hub, aoi, inquiry);
            inAddresses(hub);
            fromSalesforce(hub, inquiry);
            atTheEnd(hub, aoi, inquiry);
            assertThat(wrong).as("calls that were answered otherwise").isEmpty();

            assertThat(leaks(service.received().toString()))
                    .as("the translation service")
                    .isEmpty();
            assertThat(service.received()).isNotEmpty();
            lookAtSimulators(hub);
            hub.stopHub();
            lookAtWhatIsSealed(hub);
            int looked = 0;
            for (Path file : SealedOnDiskTest.files(hub, walFrom)) {
                assertThat(leaks(SealedOnDiskTest.bytes(file), 0))
                        .as("%s", file)
                        .isEmpty();
                looked++;
            }
            assertThat(looked)
                    .as("the database, its keys, the head of the audit")
                    .isGreaterThan(3);
            byte[] written = Files.readAllBytes(log);
            assertThat(written.length).as("the hub wrote to its log").isGreaterThan((int) logFrom);
            assertThat(leaks(written, (int) logFrom)).as("the log").isEmpty();
        }
    }

    private static Map<String, String> settings(TranslationSimulator service) {
        Map<String, String> settings = new HashMap<>();
        settings.put("hub.translate.url", service.baseUri().toString());
        settings.put("hub.translate.key", "key-of-the-service");
        settings.put("hub.salesforce.events-channel", "");
        settings.put("hub.salesforce.changes-cron", "*/1 * * * * ?");
        settings.put("hub.access.people", "sakura,aoi,ren,mei,admin,kenji");
        settings.put("hub.access.person.kenji.display-name", "監査 健二");
        settings.put("hub.access.person.kenji.role", "auditor");
        settings.put("hub.access.person.kenji.password", Operator.PASSWORD);
        return settings;
    }

    // What is written

    /** Gives the entrance's own card number. */
    private String card(String entrance) {
        assertThat(cards).doesNotContainKey(entrance);
        int number = cards.size() + 1;
        String most = CARD + "%04d8%02d".formatted(number, number);
        String card = most + luhn(most);
        cards.put(entrance, card);
        return card;
    }

    private String keptCard(String entrance) {
        kept.add(entrance);
        return card(entrance);
    }

    /** Gives a sentence that holds all that must not be kept, of the entrance's own, where something of it is kept. */
    private String all(String entrance) {
        return sentence(keptCard(entrance));
    }

    private String sentence(String card) {
        return "控え " + card.replaceAll("(.{4})(?=.)", "$1 ") + " パスワードは " + PASSWORD + card.substring(10, 12)
                + " マイナンバー " + myNumber(MY_NUMBER + card.substring(9, 12)) + " 認証コード " + CODE;
    }

    private static int luhn(String most) {
        int sum = 0;
        for (int i = 0; i < most.length(); i++) {
            int digit = most.charAt(most.length() - 1 - i) - '0';
            int doubled = i % 2 == 0 ? digit * 2 : digit;
            sum += doubled > 9 ? doubled - 9 : doubled;
        }
        return (10 - sum % 10) % 10;
    }

    /** Ends eleven digits with the check digit of the ordinance on Individual Numbers. */
    private static String myNumber(String most) {
        int sum = 0;
        for (int n = 1; n <= most.length(); n++) {
            sum += (most.charAt(most.length() - n) - '0') * (n <= 6 ? n + 1 : n - 5);
        }
        int rest = sum % 11;
        return most + (rest <= 1 ? 0 : 11 - rest);
    }

    private static String wide(String digits) {
        StringBuilder wide = new StringBuilder();
        digits.chars().forEach(digit -> wide.append((char) ('０' + digit - '0')));
        return wide.toString();
    }

    // The entrances

    private void byCustomer(TestHub hub) {
        List<ObjectNode> events = new ArrayList<>();
        events.add(Webhook.text(MISAKI, all("text") + " です"));
        events.add(Webhook.text(MISAKI, "番号" + wide(keptCard("text in wide digits"))));
        ObjectNode sticker = message("sticker");
        ((ObjectNode) sticker.path("message"))
                .put("packageId", "446")
                .put("stickerId", "1988")
                .put("text", all("a sticker's text"))
                .putArray("keywords")
                .add(all("a sticker's keyword"));
        events.add(sticker);
        ObjectNode file = message("file");
        ((ObjectNode) file.path("message"))
                .put("fileName", all("a file's name") + ".pdf")
                .put("fileSize", 10);
        events.add(file);
        ObjectNode place = message("location");
        ((ObjectNode) place.path("message"))
                .put("title", all("a place's title"))
                .put("address", all("a place's address"))
                .put("latitude", 35.0)
                .put("longitude", 139.0);
        events.add(place);
        ObjectNode press = Webhook.event(MISAKI, "postback");
        press.putObject("postback").put("data", "order?number=" + keptCard("postback data"));
        events.add(press);
        ObjectNode survey = Webhook.event(MISAKI, "postback");
        survey.putObject("postback")
                .put("data", "act=survey&inquiry=" + UUID.randomUUID() + "&reason=" + keptCard("a survey's reason"));
        events.add(survey);
        ObjectNode corrected = Webhook.text(MISAKI, "あとで直します");
        events.add(corrected);
        events.add(edited(corrected, all("an edited message")));
        for (ObjectNode event : events) {
            post(hub, Webhook.body(event));
        }
        String digits = keptCard("escaped digits");
        String escaped = Webhook.text(MISAKI, "ESCAPED")
                .toString()
                .replace("ESCAPED", "\\uff14\\u0035" + wide(digits.substring(2, 8)) + digits.substring(8));
        post(hub, Webhook.body(escaped));
    }

    private void post(TestHub hub, byte[] body) {
        int status = Webhook.post(hub, body);
        if (status != OK) {
            wrong.add(status + " for a webhook");
        }
    }

    private static ObjectNode message(String type) {
        ObjectNode event = Webhook.text(MISAKI, "");
        ObjectNode message = (ObjectNode) event.path("message");
        message.remove("text");
        message.put("type", type);
        return event;
    }

    private static ObjectNode edited(ObjectNode message, String text) {
        ObjectNode edit = Webhook.event(MISAKI, "messageEdited");
        edit.put("timestamp", message.path("timestamp").asLong() + 1);
        edit.put("replyToken", UUID.randomUUID().toString());
        edit.putObject("message")
                .put("type", "text")
                .put("id", message.path("message").path("id").asText())
                .put("text", text);
        return edit;
    }

    /** Numbers that two or three messages make together, the last time by an edit. Words in between keep them apart. */
    private void inParts(TestHub hub, Operator aoi, String inquiry) {
        String two = keptCard("two messages");
        says(hub, aoi, inquiry, two.substring(0, 4) + "-" + two.substring(4, 8));
        says(hub, aoi, inquiry, two.substring(8, 12) + " " + two.substring(12));
        says(hub, aoi, inquiry, "次の番号です");
        String three = card("three messages");
        says(hub, aoi, inquiry, three.substring(0, 4) + "-" + three.substring(4, 8) + "-");
        says(hub, aoi, inquiry, three.substring(8, 12));
        says(hub, aoi, inquiry, "- " + three.substring(12));
        says(hub, aoi, inquiry, "もう一つの番号です");
        says(hub, aoi, inquiry, "パスワード：");
        says(hub, aoi, inquiry, PASSWORD + "00");
        says(hub, aoi, inquiry, "マイナンバーは");
        says(hub, aoi, inquiry, myNumber(MY_NUMBER + "000"));
        String later = keptCard("a message and an edit");
        says(hub, aoi, inquiry, later.substring(0, 4) + " " + later.substring(4, 8));
        ObjectNode corrected = says(hub, aoi, inquiry, "残りはあとで");
        post(hub, Webhook.body(edited(corrected, later.substring(8, 12) + "-" + later.substring(12))));
    }

    private ObjectNode says(TestHub hub, Operator aoi, String inquiry, String words) {
        ObjectNode event = Webhook.text(MISAKI, words);
        // Before the next one comes each has had its effect, and went to Salesforce as it was.
        int before = aoi.newest(inquiry);
        post(hub, Webhook.body(event));
        await("the message is there").atMost(TestHub.PATIENCE).until(() -> aoi.newest(inquiry) > before);
        return event;
    }

    private void byOperator(TestHub hub, Operator aoi, String inquiry) {
        String at = "/api/inquiries/" + inquiry;
        draft(aoi, at, sentence(card("a draft")), List.of(), null);
        Operator.Reply refused = aoi.sendAllTheSame(inquiry);
        expect(REFUSED, refused, "a draft is sent");
        draft(
                aoi,
                at,
                "",
                List.of(),
                Map.of(
                        "name",
                        "confirm",
                        "language",
                        "ja",
                        "values",
                        Map.of("確認したいこと", sentence(card("a card's place")))));
        expect(REFUSED, aoi.sendAllTheSame(inquiry), "a card is sent");
        draft(aoi, at, "お選びください", List.of(keptCard("a quick reply")), null);
        expect(TAKEN, aoi.sendAllTheSame(inquiry), "quick replies are sent");
        post(MADE, aoi, at + "/notes", Map.of("text", all("a note")));
        post(NOTHING, aoi, at + "/help", Map.of("words", sentence(card("a call for help"))));
        post(OK, aoi, at + "/article-proposals", Map.of("words", all("a proposal's question"), "language", "ja"));
        post(OK, aoi, at + "/hold", Map.of("memo", all("a hold's memo")));
        post(OK, aoi, at + "/resume", Map.of());
        post(OK, aoi, at + "/call", Map.of());
        post(OK, aoi, at + "/call/begin", Map.of());
        post(REFUSED, aoi, at + "/call/end", Map.of("outcome", card("a call's outcome"), "note", ""));
        post(OK, aoi, at + "/call/end", Map.of("outcome", "reached", "note", all("a call's note")));
        post(NO_ID, aoi, at + "/undo", Map.of("clientId", card("what is taken back")));
        List<String> ids = new ArrayList<>();
        aoi.messages(inquiry).forEach(message -> {
            if (message.path("sender").asText().equals("CUSTOMER") && ids.size() < 10) {
                ids.add(message.path("id").asText());
            }
        });
        post(OK, aoi, at + "/translations", Map.of("to", "en", "messages", ids, "again", true));
        post(OK, aoi, at + "/draft-translation", Map.of("text", sentence(card("words to translate")), "from", "ja"));
        call(409, aoi, "PUT", at + "/draft", Map.of("version", card("a draft's version")));
        call(
                REFUSED,
                aoi,
                "PUT",
                "/api/me/presence",
                Map.of("presence", "busy", "reason", card("a reason to be busy")));
        call(
                REFUSED,
                aoi,
                "PUT",
                "/api/me/shortcuts",
                Map.of("shortcuts", Map.of("chat.close", card("a shortcut's keys"))));
        post(REFUSED, aoi, at + "/close", Map.of("reason", card("a reason to close"), "survey", false));
        post(401, aoi, "/api/sign-in", Map.of("name", card("a name to sign in"), "password", card("a password")));
    }

    private void draft(Operator aoi, String at, String text, List<String> quickReplies, Map<String, ?> card) {
        Map<String, Object> draft = new HashMap<>();
        draft.put("version", aoi.get(at + "/draft").path("version").asLong());
        draft.put("text", text);
        draft.put("quickReplies", quickReplies);
        draft.put("card", card);
        call(OK, aoi, "PUT", at + "/draft", draft);
    }

    /** What supervisors, administrators and auditors write. */
    private void byOthers(TestHub hub, Operator aoi, String inquiry) {
        String at = "/api/inquiries/" + inquiry;
        Operator sakura = hub.away("sakura");
        Operator admin = hub.away("admin");
        Operator kenji = hub.away("kenji");
        post(NOTHING, sakura, at + "/advice", Map.of("words", all("advice")));
        post(NOTHING, sakura, "/api/notices", Map.of("team", "support", "words", all("a notice")));
        draft(aoi, at, "補償します", List.of(), null);
        Operator.Reply asked = aoi.post(
                at + "/send",
                Map.of(
                        "clientId",
                        UUID.randomUUID().toString(),
                        "draftVersion",
                        aoi.get(at + "/draft").path("version").asLong(),
                        "seenSeq",
                        aoi.newest(inquiry),
                        "confirm",
                        List.of("newer-message", "needs-approval")));
        expect(TAKEN, asked, "approval is asked for");
        String approval = asked.body().path("approval").asText();
        post(NOTHING, sakura, at + "/approvals/" + approval + "/return", Map.of("note", all("an approval's note")));
        call(
                OK,
                sakura,
                "PUT",
                "/api/canned",
                canned("moji", "ja", "", all("a canned answer's title"), all("its reading"), all("its words")));
        call(
                OK,
                sakura,
                "PUT",
                "/api/canned",
                canned("moji", "ja", keptCard("a canned answer's team"), "件名", "", "本文"));
        call(REFUSED, sakura, "PUT", "/api/canned", canned(card("its shortcut"), "ja", "", "件名", "", "本文"));
        call(REFUSED, sakura, "PUT", "/api/canned", canned("moji", "ja-" + card("its language"), "", "件名", "", "本文"));
        JsonNode proposal = sakura.get("/api/proposals").findParents("question").get(0);
        String decided = "/api/proposals/" + proposal.path("id").asText();
        for (Map<String, ?> article : List.of(
                Map.of("title", card("an article's title"), "body", "本文", "seen", true),
                Map.of("title", "件名", "body", sentence(card("an article's words")), "seen", true))) {
            post(REFUSED, sakura, decided + "/approve", article);
        }
        post(REFUSED, admin, "/api/admin/people", person(card("a person's sign-in"), "名前", "", "support", "words"));
        post(REFUSED, admin, "/api/admin/people", person("moji", card("a person's name"), "", "support", "words"));
        post(REFUSED, admin, "/api/admin/people", person("moji", "名前", card("a nickname"), "support", "words"));
        post(REFUSED, admin, "/api/admin/people", person("moji", "名前", "", card("a team"), "words"));
        post(REFUSED, admin, "/api/admin/people", person("moji", "名前", "", "support", card("a skill")));
        Operator.Reply held = admin.post(
                "/api/admin/holds",
                Map.of("scope", "inquiry", "inquiry", inquiry, "reason", all("a legal hold's reason")));
        expect(MADE, held, "a legal hold");
        post(
                OK,
                sakura,
                "/api/admin/holds/" + held.body().path("id").asText() + "/lift",
                Map.of("reason", all("a reason to lift it")));
        post(OK, kenji, "/api/audit/inquiries/" + inquiry + "/reveal", Map.of("reason", all("a reason to reveal")));
        call(
                OK,
                kenji,
                "GET",
                "/api/audit?act=" + keptCard("an act of the audit") + "&object="
                        + escaped(all("an object of the audit")),
                null);
    }

    private static Map<String, Object> canned(
            String shortcut, String language, String team, String title, String reading, String body) {
        return Map.of(
                "shortcut",
                shortcut,
                "language",
                language,
                "team",
                team,
                "title",
                title,
                "reading",
                reading,
                "body",
                body);
    }

    private static Map<String, Object> person(String name, String display, String nickname, String team, String skill) {
        Map<String, Object> person = new HashMap<>();
        person.put("name", name);
        person.put("displayName", display);
        person.put("nickname", nickname);
        person.put("role", "operator");
        person.put("team", team);
        person.put("skills", List.of(skill));
        person.put("languages", List.of("ja"));
        person.put("language", "ja");
        person.put("capacity", 3);
        return person;
    }

    /** What is searched for stands in the address. */
    private void inAddresses(TestHub hub) {
        Operator sakura = hub.away("sakura");
        for (String field : List.of("q", "topic", "team")) {
            call(OK, sakura, "GET", "/api/find?" + field + "=" + card("found by " + field), null);
        }
        call(NO_ID, sakura, "GET", "/api/find?operator=" + card("found by operator"), null);
        call(OK, sakura, "GET", "/api/knowledge?language=ja&q=" + escaped(sentence(card("an article's search"))), null);
        call(OK, sakura, "GET", "/api/canned?language=ja&team=" + card("a list of canned answers"), null);
        call(NO_ID, sakura, "GET", "/api/inquiries/" + card("an inquiry's id"), null);
        call(NO_ID, sakura, "GET", "/api/cases/" + card("a Case's key"), null);
    }

    private static String escaped(String words) {
        return URLEncoder.encode(words, StandardCharsets.UTF_8);
    }

    private void fromSalesforce(TestHub hub, String inquiry) {
        JsonNode record = await("the Case was seen")
                .atMost(TestHub.PATIENCE)
                .until(
                        () -> {
                            try (Rows rows = new Rows(hub.settings())) {
                                return rows.count("select count(*) from inquiries where case_owner_id is not null") == 0
                                        ? null
                                        : hub.salesforce.records("Case").stream()
                                                .filter(c -> c.path("LineInquiryKey__c")
                                                        .asText()
                                                        .equals(inquiry.replace("-", "")))
                                                .findFirst()
                                                .orElse(null);
                            }
                        },
                        found -> found != null);
        List<String> comments = List.of(
                "#line " + card("a comment of the Case"),
                "#line パスワードは " + PASSWORD + "99",
                "to us only: " + card("an inner comment of the Case"));
        comments.forEach(words -> hub.salesforce.createAsPerson(
                "CaseComment",
                Map.of("ParentId", record.path("Id").asText(), "CommentBody", words, "IsPublished", true)));
        try (Rows rows = new Rows(hub.settings())) {
            await("both comments are refused")
                    .atMost(TestHub.PATIENCE)
                    .until(() -> rows.count("select count(*) from audit where act = 'send-case-comment'") == 2);
            assertThat(rows.count(
                            "select count(*) from audit where act = 'send-case-comment' and outcome <> 'refused'"))
                    .isZero();
        }
    }

    /** What ends an operator's part: the customer's next words begin another inquiry. */
    private void atTheEnd(TestHub hub, Operator aoi, String inquiry) {
        String at = "/api/inquiries/" + inquiry;
        post(OK, aoi, at + "/transfer", Map.of("team", "support", "summary", all("a transfer's summary")));
        post(hub, Webhook.body(Webhook.text(TARO, all("the first words to the bot"))));
        try (Rows rows = new Rows(hub.settings())) {
            await("all events and all of Salesforce's work")
                    .atMost(TestHub.PATIENCE)
                    .until(() -> rows.count("select count(*) from events where state <> 'DONE'") == 0
                            && rows.count("select count(*) from crm_work where state <> 'DONE'") == 0
                            && rows.count("select count(*) from deliveries where state in ('QUEUED', 'SENDING')") == 0);
        }
    }

    private void post(int status, Operator who, String path, Object body) {
        call(status, who, "POST", path, body);
    }

    private void call(int status, Operator who, String method, String path, Object body) {
        expect(status, who.call(method, path, body), method + " " + path);
    }

    private void expect(int status, Operator.Reply reply, String what) {
        if (reply.status() != status) {
            wrong.add(reply.status() + ", not " + status + ": " + what + ": " + reply.body());
        }
    }

    // What is left

    private void lookAtSimulators(TestHub hub) {
        StringBuilder atSalesforce = new StringBuilder();
        for (String object : List.of("Contact", "Case", "LineMessage__c")) {
            atSalesforce.append(hub.salesforce.records(object));
        }
        assertThat(masked(atSalesforce.toString(), "text"))
                .as("Salesforce holds what is left of it")
                .isTrue();
        assertThat(begun(atSalesforce.toString())).as("Salesforce's records").isFalse();
        assertThat(leaks(hub.salesforce.calls().toString()))
                .as("calls to Salesforce")
                .isEmpty();
        // A profile is what LINE itself says.
        String toLine = hub.line.calls().stream()
                .filter(call -> !call.path("endpoint").asText().equals("profile"))
                .toList()
                .toString();
        assertThat(toLine).contains("お選びください");
        assertThat(leaks(toLine)).as("calls to LINE").isEmpty();
    }

    private void lookAtWhatIsSealed(TestHub hub) {
        try (Rows rows = new Rows(hub.settings())) {
            Set<String> shown = new TreeSet<>();
            assertThat(rows.placesOf(text -> {
                        cards.keySet().stream()
                                .filter(entrance -> masked(text, entrance))
                                .forEach(shown::add);
                        return begun(text);
                    }))
                    .as("in the clear, or sealed")
                    .isEmpty();
            assertThat(shown).as("entrances whose words are kept").containsAll(kept);
            Store store = rows.store();
            Signals signals = new Signals();
            CardScan scan = new CardScan(
                    store,
                    new Messages(
                            store,
                            new InquiryVersions(store, signals, store.clock()),
                            new CrmWork(store, signals, store.clock()),
                            Duration.ZERO),
                    Office.SENSITIVE::mask);
            assertThat(scan.scan(false))
                    .as("what the command finds")
                    .isEqualTo(new CardScan.Found(List.of(), List.of()));
        }
    }

    private static String plain(String text) {
        return Normalizer.normalize(text, Normalizer.Form.NFKC).replaceAll("[\\s-]+", "");
    }

    /** Whether the last four of an entrance's number stand behind a mask. */
    private boolean masked(String text, String entrance) {
        return plain(text).contains("*" + cards.get(entrance).substring(12));
    }

    /** Whether even a beginning stands in the text, such as a part of a number. */
    private static boolean begun(String text) {
        String plain = plain(text);
        return plain.contains(CARD) || plain.contains(MY_NUMBER) || plain.contains(PASSWORD) || plain.contains(CODE);
    }

    private Set<String> leaks(String text) {
        return leaks(text.getBytes(StandardCharsets.UTF_8), 0);
    }

    /** Gives the entrances of the numbers in the clear; a part of a number, as it stands in one message, is none. */
    private Set<String> leaks(byte[] bytes, int from) {
        Set<String> leaks = new TreeSet<>();
        for (int at = from; at < bytes.length; at++) {
            for (Beginning beginning : BY_FIRST_BYTE[bytes[at] & 0xff]) {
                if (stands(beginning.bytes(), bytes, at)) {
                    String found = new String(bytes, at, Math.min(80, bytes.length - at), beginning.charset());
                    leak(found, leaks);
                }
            }
        }
        return leaks;
    }

    /** How something that must not be kept begins in one encoding. */
    private record Beginning(byte[] bytes, Charset charset) {}

    /** Files are looked through once, for all of them. */
    private static final Beginning[][] BY_FIRST_BYTE = IntStream.range(0, 256)
            .mapToObj(first -> BEGINNINGS.stream()
                    .flatMap(words -> WRITTEN.stream().map(charset -> new Beginning(words.getBytes(charset), charset)))
                    .filter(beginning -> (beginning.bytes()[0] & 0xff) == first)
                    .toArray(Beginning[]::new))
            .toArray(Beginning[][]::new);

    private static final Pattern DIGITS = Pattern.compile("^[0-9]{12,}");

    private void leak(String found, Set<String> leaks) {
        String plain = plain(found.replace("%20", "").replace("+", ""));
        if (!plain.startsWith(CARD)) {
            leaks.add(plain.substring(0, Math.min(12, plain.length())));
        } else if (DIGITS.matcher(plain).find()) {
            leaks.add(cards.entrySet().stream()
                    .filter(entrance -> plain.startsWith(entrance.getValue().substring(0, 12)))
                    .map(Map.Entry::getKey)
                    .findFirst()
                    .orElse("no entrance of this test"));
        }
    }

    static boolean holds(byte[] bytes, int from, byte[] part) {
        for (int at = from; at <= bytes.length - part.length; at++) {
            if (bytes[at] == part[0] && stands(part, bytes, at)) {
                return true;
            }
        }
        return false;
    }

    private static boolean stands(byte[] part, byte[] bytes, int at) {
        int same = 0;
        while (same < part.length && at + same < bytes.length && bytes[at + same] == part[same]) {
            same++;
        }
        return same == part.length;
    }
}
