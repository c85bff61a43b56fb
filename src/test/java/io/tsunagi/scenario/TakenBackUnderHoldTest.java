package io.tsunagi.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tsunagi.access.Permissions;
import io.tsunagi.audit.Audit;
import io.tsunagi.audit.Reveals;
import io.tsunagi.config.SettingsException;
import io.tsunagi.inquiry.InquiryId;
import io.tsunagi.inquiry.InquiryVersions;
import io.tsunagi.inquiry.Messages;
import io.tsunagi.keeping.CustomerErasure;
import io.tsunagi.keeping.CustomerExport;
import io.tsunagi.keeping.WithheldExport;
import io.tsunagi.media.DayKeys;
import io.tsunagi.media.Media;
import io.tsunagi.store.CrmWork;
import io.tsunagi.store.Dialect;
import io.tsunagi.store.Signals;
import io.tsunagi.store.Store;
import java.io.IOException;
import java.net.URLEncoder;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** S36: what a customer takes back under a legal hold is kept, shown by no entrance, and handed to those who may have it. */
class TakenBackUnderHoldTest {
    private static final String MISAKI = "U" + "6".repeat(31) + "2";
    private static final String MARKER = "忘れな草";
    private static final String EDITED = "TAKENBACK 訂正 " + MARKER;
    private static final String ALLOWED = "裁判所の命令により確認します";

    @TempDir
    Path temp;

    private TestHub hub;
    private Rows rows;
    private String inquiry;
    private String customer;
    private String medium;

    /** Scenarios 7 and 55 */
    @ParameterizedTest
    @EnumSource(Dialect.class)
    void what_is_taken_back_under_a_hold_is_shown_by_no_entrance_and_opened_by_an_auditor_only(Dialect dialect)
            throws IOException {
        hub = TestHub.start(
                dialect,
                Map.of(
                        "hub.access.people", "aoi,ren,sakura,admin,kenji",
                        "hub.access.person.kenji.display-name", "監査 健二",
                        "hub.access.person.kenji.role", "auditor",
                        "hub.access.person.kenji.password", Operator.PASSWORD));
        rows = new Rows(hub.settings());
        try (TestHub running = hub;
                Rows open = rows) {
            tell();
        }
    }

    private void tell() throws IOException {
        Operator sakura = hub.away("sakura");
        Operator admin = hub.away("admin");
        Operator kenji = hub.away("kenji");
        Operator aoi = hub.operator("aoi");
        hub.askForPerson(MISAKI, "みさき", "残高の確認方法");
        inquiry = aoi.awaitInquiry("みさき");
        customer = rows.text("select cast(customer as varchar) from inquiries");
        List<ObjectNode> said = said();
        said.forEach(event -> assertThat(Webhook.post(hub, Webhook.body(event))).isEqualTo(200));
        String before = picture();
        aoi.awaitMessage(
                inquiry, message -> message.path("media").path("state").asText().equals("ready"));
        takesBack(before);
        aoi.awaitMessage(
                inquiry, message -> message.path("media").path("state").asText().equals("unsent"));
        String picture = picture();
        JsonNode shown = aoi.awaitMessage(
                inquiry, message -> message.path("media").path("state").asText().equals("ready"));
        medium = shown.path("media").path("id").asText();
        byte[] bytes = aoi.bytes("/api/media/" + medium);
        await("all of it on the screen and in Salesforce")
                .atMost(TestHub.PATIENCE)
                .until(() -> occurrences(aoi.messages(inquiry).toString()) >= said.size()
                        && occurrences(atSalesforce()) >= 2);
        for (Operator reader : List.of(aoi, sakura)) {
            assertThat(shownTo(reader, reader == aoi ? 12 : 15))
                    .as("while it stands")
                    .contains("/api/inquiries/{id}/messages", "/api/customers/{id}/inquiries");
        }
        assertThat(sakura.call(
                                "POST",
                                "/api/admin/holds",
                                Map.of("scope", "inquiry", "inquiry", inquiry, "reason", "裁判所の命令"))
                        .status())
                .isEqualTo(201);

        edits(said.get(0).path("message").path("id").asText());
        aoi.awaitMessage(inquiry, message -> message.path("text").asText().equals(EDITED));

        said.forEach(event -> takesBack(event.path("message").path("id").asText()));
        takesBack(picture);

        await("nowhere but where it is withheld").atMost(TestHub.PATIENCE).untilAsserted(() -> assertThat(
                        new TreeSet<>(Stream.of(rows.placesOf(MARKER), rows.placesOf("TAKENBACK"))
                                .flatMap(Set::stream)
                                .toList()))
                .containsExactly("withheld_words.content"));
        await("Salesforce").atMost(TestHub.PATIENCE).until(() -> occurrences(atSalesforce()) == 0);
        assertThat(rows.count("select count(*) from withheld_words")).isEqualTo(said.size());
        assertThat(rows.count("select count(*) from audit where act in ('withhold-words', 'withhold-media')"))
                .isEqualTo(said.size() + 1L);
        for (Operator anybody : List.of(aoi, sakura, admin, kenji)) {
            assertThat(shownTo(anybody, anybody == aoi ? 12 : anybody == sakura ? 15 : anybody == admin ? 8 : 3))
                    .isEmpty();
        }
        assertThat(aoi.messages(inquiry))
                .filteredOn(message -> message.path("unsent").asBoolean())
                .hasSize(said.size() + 2)
                .allMatch(message -> message.path("text").isNull());
        List<JsonNode> tombstones = new ArrayList<>();
        aoi.messages(inquiry).forEach(message -> {
            if (message.path("type").asText().equals("image")) {
                tombstones.add(((ObjectNode) message.path("media")).remove(List.of("id", "url")));
            }
        });
        assertThat(tombstones).hasSize(2);
        assertThat(tombstones.get(1)).as("as one that nobody keeps").isEqualTo(tombstones.get(0));
        for (Operator who : List.of(sakura, admin)) {
            assertThat(who.get("/api/admin/holds").toString())
                    .contains("hub.media.keep")
                    .doesNotContain("hub.taken-back");
        }
        assertThat(aoi.call("GET", "/api/media/" + medium, null).status()).isEqualTo(410);

        String path = "/api/audit/inquiries/" + inquiry;
        Parts parts = new Parts(rows.store(), hub);
        assertThatThrownBy(() -> parts.withheld(temp.resolve("alone")))
                .isInstanceOf(SettingsException.class)
                .hasMessageContaining("is not revealed to an auditor kenji");
        theCustomersOwn(parts, null, "without", 0, said.size() + 1);
        for (Operator other : List.of(aoi, sakura, admin)) {
            assertThat(other.call("POST", path + "/reveal", Map.of("reason", ALLOWED))
                            .status())
                    .isEqualTo(403);
        }

        JsonNode revealed =
                kenji.call("POST", path + "/reveal", Map.of("reason", ALLOWED)).body();

        assertThat(occurrences(revealed.path("messages").toString())).isEqualTo(said.size() + 1);
        assertThat(revealed.path("messages"))
                .filteredOn(message -> message.path("withheldMedia").asBoolean())
                .hasSize(1);
        assertThat(revealed.path("messages"))
                .filteredOn(message -> !message.path("earlier").isEmpty())
                .singleElement()
                .satisfies(message -> {
                    assertThat(message.path("text").asText()).isEqualTo(EDITED);
                    assertThat(message.path("earlier").path(0).path("text").asText())
                            .isEqualTo("TAKENBACK " + MARKER);
                    assertThat(Instant.parse(message.path("writtenAt").asText()))
                            .isAfter(Instant.parse(message.path("earlier")
                                    .path(0)
                                    .path("writtenAt")
                                    .asText()));
                });
        assertThat(rows.count(
                        "select count(*) from audit where act = 'view-inquiry' and detail like ?",
                        "%withheld\":\"" + said.size() + "\"%"))
                .isOne();
        assertThat(parts.withheld(temp.resolve("lawyers"))).isEqualTo(new WithheldExport.Written(said.size(), 1));
        assertThat(occurrences(Files.readString(temp.resolve("lawyers/withheld.json"))))
                .isGreaterThanOrEqualTo(said.size());
        JsonNode withheld = read("lawyers/withheld.json");
        assertThat(withheld.path("messages")).hasSize(said.size() + 1).allMatch(message -> !message.path("takenBackAt")
                .isMissingNode());
        assertThat(withheld.path("revealedTo").asText()).isEqualTo("監査 健二");
        assertThat(Files.readAllBytes(temp.resolve("lawyers")
                        .resolve(withheld.path("media").path(0).path("file").asText())))
                .isEqualTo(bytes);
        assertThat(rows.count("select count(*) from audit where act = 'export-withheld' and outcome = 'refused'"))
                .isOne();
        assertThat(rows.count("select count(*) from audit where act = 'export-withheld' and outcome = 'ok'"))
                .isOne();
        theCustomersOwn(parts, "kenji", "with", said.size() + 1, 0);
        rows.store().jdbc().sql("update reveals set until_at = at").update();
        assertThatThrownBy(() -> parts.customer(UUID.fromString(customer), "kenji", temp.resolve("late")))
                .isInstanceOf(SettingsException.class)
                .hasMessageContaining("is not revealed to an auditor kenji");
        assertThat(kenji.get(path).toString()).as("its time is over").doesNotContain(MARKER);

        String hold =
                sakura.get("/api/admin/holds").path("holds").path(0).path("id").asText();
        assertThat(admin.call("POST", "/api/admin/holds/" + hold + "/lift", Map.of("reason", "終わりました"))
                        .status())
                .isEqualTo(200);
        theCustomersOwn(parts, null, "after", 0, 0);
        for (String folder : List.of("lawyers", "without", "with")) {
            for (Path file : files(temp.resolve(folder))) {
                assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                        .as(file.toString())
                        .isEqualTo("rw-------");
            }
        }
    }

    private static List<Path> files(Path folder) throws IOException {
        try (Stream<Path> all = Files.list(folder)) {
            List<Path> files = all.toList();
            assertThat(files).isNotEmpty();
            return files;
        }
    }

    /** S37 */
    private void theCustomersOwn(Parts parts, String auditor, String folder, int withheld, int leftOut)
            throws IOException {
        int files = withheld == 0 ? 0 : 1;
        assertThat(parts.customer(UUID.fromString(customer), auditor, temp.resolve(folder)))
                .isEqualTo(new CustomerExport.Written(files, withheld, leftOut));

        JsonNode handed = read(folder + "/customer.json");
        List<JsonNode> messages = new ArrayList<>();
        handed.path("inquiries").path(0).path("messages").forEach(messages::add);
        assertThat(messages)
                .filteredOn(message -> message.has("takenBackAt"))
                .hasSize(said().size() + 2)
                .filteredOn(message -> message.toString().contains(MARKER))
                .hasSize(Math.max(0, withheld - 1));
        assertThat(messages)
                .filteredOn(
                        message -> message.path("content").path("text").asText().equals("残高の確認方法"))
                .noneMatch(message -> message.has("takenBackAt"));
        assertThat(handed.path("media")).hasSize(files).allMatch(each -> each.path("takenBack")
                .asBoolean());
    }

    private JsonNode read(String file) throws IOException {
        return Webhook.JSON.readTree(temp.resolve(file).toFile());
    }

    private static List<ObjectNode> said() {
        ObjectNode sticker = message("sticker");
        ((ObjectNode) sticker.path("message"))
                .put("packageId", "446")
                .put("stickerId", "1988")
                .putArray("keywords")
                .add("TAKENBACK " + MARKER);
        ObjectNode place = message("location");
        ((ObjectNode) place.path("message"))
                .put("title", MARKER)
                .put("address", "TAKENBACK")
                .put("latitude", 35.0)
                .put("longitude", 139.0);
        return List.of(
                Webhook.text(MISAKI, "TAKENBACK " + MARKER), Webhook.text(MISAKI, MARKER + "の件です"), sticker, place);
    }

    private static ObjectNode message(String type) {
        ObjectNode event = Webhook.text(MISAKI, "");
        ((ObjectNode) event.path("message")).put("type", type).remove("text");
        return event;
    }

    private String picture() {
        return hub.line
                .write(
                        MISAKI,
                        JsonNodeFactory.instance
                                .objectNode()
                                .put("account", "main")
                                .put("type", "image")
                                .put("sample", "card-front"))
                .messageId();
    }

    private void edits(String message) {
        ObjectNode edited = Webhook.event(MISAKI, "messageEdited");
        edited.putObject("message").put("id", message).put("type", "text").put("text", EDITED);
        assertThat(Webhook.post(hub, Webhook.body(edited))).isEqualTo(200);
    }

    private void takesBack(String message) {
        ObjectNode unsend = Webhook.event(MISAKI, "unsend");
        unsend.putObject("unsend").put("messageId", message);
        assertThat(Webhook.post(hub, Webhook.body(unsend))).isEqualTo(200);
    }

    private static int occurrences(String text) {
        return text.split(MARKER, -1).length - 1;
    }

    private String atSalesforce() {
        StringBuilder all = new StringBuilder();
        for (String object : List.of("Contact", "Case", "LineMessage__c", "CaseComment")) {
            all.append(hub.salesforce.records(object));
        }
        return all.toString();
    }

    /** Asks every address there is for what it shows, and gives those that show the words. */
    private Set<String> shownTo(Operator operator, int least) {
        Set<String> showing = new TreeSet<>();
        String query = "?q=" + URLEncoder.encode(MARKER, StandardCharsets.UTF_8) + "&text="
                + URLEncoder.encode(MARKER, StandardCharsets.UTF_8) + "&from=2020-01-01&until=2030-01-01";
        int answered = 0;
        for (Permissions.Rule rule : Permissions.all()) {
            // The feed tells ids and versions and never ends; pictures have no words.
            if (!rule.method().equals("GET")
                    || rule.path().equals("/api/feed")
                    || rule.path().endsWith("/picture")) {
                continue;
            }
            for (String id : ids(rule.path())) {
                for (String asked : List.of("", query)) {
                    HttpResponse<byte[]> answer =
                            operator.part(rule.path().replaceAll("\\{\\w+}", id) + asked, "bytes=0-");
                    answered += answer.statusCode() == 200 ? 1 : 0;
                    if (new String(answer.body(), StandardCharsets.UTF_8).contains(MARKER)) {
                        showing.add(rule.path());
                    }
                }
            }
        }
        assertThat(answered).as(operator.toString()).isGreaterThan(least);
        return showing;
    }

    /** What a path's value may name. */
    private List<String> ids(String path) {
        if (!path.contains("{")) {
            return List.of("");
        }
        if (path.startsWith("/api/media/")) {
            return List.of(medium);
        }
        if (path.startsWith("/api/customers/")) {
            return List.of(customer);
        }
        if (path.startsWith("/api/operators/")) {
            return List.of(rows.text("select cast(id as varchar) from operators where name = 'aoi'"));
        }
        return path.startsWith("/api/cases/")
                ? List.of(inquiry, rows.text("select coalesce(max(case_number), 'none') from inquiries"))
                : List.of(inquiry);
    }

    /** What the commands stand on. */
    private final class Parts {
        private final Store store;
        private final WithheldExport withheld;
        private final CustomerExport customers;

        private Parts(Store store, TestHub hub) {
            this.store = store;
            Signals signals = new Signals();
            Audit audit = new Audit(store, store.clock());
            InquiryVersions versions = new InquiryVersions(store, signals, store.clock());
            Messages messages =
                    new Messages(store, versions, new CrmWork(store, signals, store.clock()), Duration.ZERO);
            Media media = new Media(
                    store,
                    signals,
                    versions,
                    DayKeys.in(
                            Path.of(hub.settings().needed("hub.media.key-dir")),
                            store.sealing().master()),
                    store.clock(),
                    hub.settings());
            Reveals reveals = new Reveals(store, audit, Duration.ofMinutes(15));
            withheld = new WithheldExport(store, messages, media, reveals, audit);
            customers = new CustomerExport(store, messages, media, reveals, audit);
        }

        private WithheldExport.Written withheld(Path folder) {
            long number = rows.count("select number from inquiries where id = ?", UUID.fromString(inquiry));
            return withheld.write(
                    new InquiryId(UUID.fromString(inquiry)), number, "kenji", folder, "command-line/hiro", words -> {});
        }

        private CustomerExport.Written customer(UUID id, String auditor, Path folder) {
            return customers.write(
                    store.jdbc()
                            .sql("select account, line_user_id from customers where id = ?")
                            .param(id)
                            .query((row, i) -> new CustomerErasure.Person(
                                    id, row.getString("account"), row.getString("line_user_id")))
                            .single(),
                    auditor,
                    folder,
                    "dpo",
                    "asked for in letter 12",
                    words -> {});
        }
    }
}
