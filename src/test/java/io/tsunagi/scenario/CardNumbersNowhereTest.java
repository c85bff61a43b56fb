package io.tsunagi.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tsunagi.inquiry.CardScan;
import io.tsunagi.inquiry.InquiryVersions;
import io.tsunagi.inquiry.Messages;
import io.tsunagi.inquiry.Office;
import io.tsunagi.store.CrmWork;
import io.tsunagi.store.Dialect;
import io.tsunagi.store.Signals;
import io.tsunagi.store.Store;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** S03, S03b: card numbers and a password come in by every entrance there is; afterwards every byte the hub left behind is looked at. */
class CardNumbersNowhereTest {
    private static final String PLAIN = "4539148803436467";
    private static final String SPACED = "4539 1488 0343 6467";
    private static final String WIDE = "４５３９１４８８０３４３６４６７";
    private static final String PASSWORD = "Zx9!himitsu";
    private static final String MISAKI = "U" + "7".repeat(32);

    @Test
    void no_byte_that_the_hub_left_behind_shows_a_card_number_or_password() throws IOException {
        Path log = Path.of(System.getProperty("tests.log", "target/test.log"));
        long logFrom = Files.exists(log) ? Files.size(log) : 0;
        TestHub hub = TestHub.start(Dialect.H2);
        try {
            hub.customer(MISAKI, "みさき" + PLAIN);
            Operator sakura = hub.away("sakura");
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
            byPeople(aoi, sakura, inquiry);
            try (Rows rows = new Rows(hub.settings())) {
                await("all events and all of Salesforce's work")
                        .atMost(TestHub.PATIENCE)
                        .until(() -> rows.count("select count(*) from events where state <> 'DONE'") == 0
                                && rows.count("select count(*) from crm_work where state <> 'DONE'") == 0
                                && rows.count("select count(*) from messages where sender = 'CUSTOMER'") >= 7);
            }
            List<String> atSalesforce = new ArrayList<>();
            for (String object : List.of("Contact", "Case", "LineMessage__c")) {
                atSalesforce.add(hub.salesforce.records(object).toString());
            }
            assertThat(atSalesforce)
                    .anyMatch(records -> records.contains("6467"))
                    .noneMatch(this::shows);
            assertThat(hub.chat(MISAKI).stream()
                            .filter(bubble -> bubble.path("from").asText().equals("account"))
                            .map(Object::toString))
                    .noneMatch(this::shows);
            hub.stopHub();

            try (Store store = Store.open(hub.settings())) {
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
                        .as("in what is sealed")
                        .isEqualTo(new CardScan.Found(List.of(), List.of()));
            }
            Path data = Path.of(hub.settings().needed("hub.audit.head-file")).getParent();
            int looked = 0;
            try (Stream<Path> files = Files.walk(data)) {
                for (Path file : files.filter(Files::isRegularFile).toList()) {
                    assertThat(shows(Files.readAllBytes(file), 0))
                            .as(file.toString())
                            .isFalse();
                    looked++;
                }
            }
            assertThat(looked)
                    .as("the database, its keys, the head of the audit")
                    .isGreaterThan(3);
            byte[] written = Files.readAllBytes(log);
            assertThat(written.length).as("the hub wrote to its log").isGreaterThan((int) logFrom);
            assertThat(shows(written, (int) logFrom)).as("the log").isFalse();
        } finally {
            hub.close();
        }
    }

    private void byCustomer(TestHub hub) {
        List<ObjectNode> events = new ArrayList<>();
        events.add(Webhook.text(MISAKI, "番号は" + SPACED + "です"));
        events.add(Webhook.text(MISAKI, WIDE));
        // In two messages, which the second one completes.
        events.add(Webhook.text(MISAKI, "4539 1488"));
        events.add(Webhook.text(MISAKI, "0343-6467"));
        events.add(Webhook.text(MISAKI, "パスワードは" + PASSWORD + "です"));
        events.add(Webhook.text(MISAKI, "パスワード："));
        events.add(Webhook.text(MISAKI, PASSWORD));
        ObjectNode sticker = message("sticker");
        ((ObjectNode) sticker.path("message"))
                .put("packageId", "446")
                .put("stickerId", "1988")
                .put("text", PLAIN)
                .putArray("keywords")
                .add("card " + SPACED);
        events.add(sticker);
        ObjectNode file = message("file");
        ((ObjectNode) file.path("message"))
                .put("fileName", PLAIN + " pw=" + PASSWORD)
                .put("fileSize", 10);
        events.add(file);
        ObjectNode place = message("location");
        ((ObjectNode) place.path("message"))
                .put("title", SPACED)
                .put("address", WIDE)
                .put("latitude", 35.0)
                .put("longitude", 139.0);
        events.add(place);
        ObjectNode press = Webhook.event(MISAKI, "postback");
        press.putObject("postback").put("data", "order?number=" + PLAIN);
        events.add(press);
        for (ObjectNode event : events) {
            assertThat(Webhook.post(hub, Webhook.body(event))).isEqualTo(200);
        }
        ObjectNode escaped = Webhook.text(MISAKI, "ESCAPED");
        String json = escaped.toString().replace("ESCAPED", "\\uff14\\u0035３９1488０３４３ 64\\u0036７");
        assertThat(Webhook.post(hub, Webhook.body(json))).isEqualTo(200);
    }

    private static ObjectNode message(String type) {
        ObjectNode event = Webhook.text(MISAKI, "");
        ObjectNode message = (ObjectNode) event.path("message");
        message.remove("text");
        message.put("type", type);
        return event;
    }

    private void byPeople(Operator aoi, Operator sakura, String inquiry) {
        String at = "/api/inquiries/" + inquiry;
        long version = aoi.get(at + "/draft").path("version").asLong();
        aoi.call("PUT", at + "/draft", Map.of("version", version, "text", "控え " + SPACED + " パスワードは " + PASSWORD));
        aoi.call(
                "POST",
                at + "/send",
                Map.of(
                        "clientId", UUID.randomUUID().toString(),
                        "draftVersion", aoi.get(at + "/draft").path("version").asLong(),
                        "seenSeq", aoi.newest(inquiry)));
        aoi.call("POST", at + "/notes", Map.of("text", "メモ " + PLAIN + " パスワード：" + PASSWORD));
        aoi.call("POST", at + "/help", Map.of("words", SPACED + " と pw " + PASSWORD + " は?"));
        sakura.call("POST", at + "/advice", Map.of("words", "読み返して " + WIDE + " password: " + PASSWORD));
        aoi.call("POST", at + "/hold", Map.of("memo", "待ち " + PLAIN + " PW=" + PASSWORD));
        aoi.call("POST", at + "/resume", Map.of());
        aoi.call("POST", at + "/transfer", Map.of("team", "support", "summary", "要約 " + SPACED + " パスワード：" + PASSWORD));
        aoi.call("GET", "/api/knowledge?language=ja&q=" + PLAIN, null);
        aoi.call("POST", "/api/sign-in", Map.of("name", PLAIN, "password", SPACED));
        aoi.call("PUT", at + "/draft", Map.of("version", PLAIN));
        aoi.call("POST", at + "/undo", Map.of("clientId", PLAIN));
    }

    private boolean shows(String text) {
        return shows(text.getBytes(StandardCharsets.UTF_8), 0);
    }

    private boolean shows(byte[] bytes, int from) {
        for (String form : List.of(PLAIN, SPACED, WIDE, PLAIN.substring(0, 12), SPACED.substring(0, 14), PASSWORD)) {
            for (Charset charset :
                    List.of(StandardCharsets.UTF_8, StandardCharsets.UTF_16BE, StandardCharsets.UTF_16LE)) {
                if (holds(bytes, from, form.getBytes(charset))) {
                    return true;
                }
            }
        }
        return false;
    }

    static boolean holds(byte[] bytes, int from, byte[] part) {
        for (int i = from; i <= bytes.length - part.length; i++) {
            int j = 0;
            while (j < part.length && bytes[i + j] == part[j]) {
                j++;
            }
            if (j == part.length) {
                return true;
            }
        }
        return false;
    }
}
