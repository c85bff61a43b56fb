package io.tsunagi.keeping;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.tsunagi.audit.Audit;
import io.tsunagi.audit.PurgeCertificates;
import io.tsunagi.config.Settings;
import io.tsunagi.inquiry.CustomerId;
import io.tsunagi.inquiry.Drafts;
import io.tsunagi.inquiry.Erase;
import io.tsunagi.inquiry.InquiryId;
import io.tsunagi.inquiry.InquiryVersions;
import io.tsunagi.inquiry.Messages;
import io.tsunagi.keeping.LegalHolds.Hold;
import io.tsunagi.keeping.LegalHolds.Scope;
import io.tsunagi.media.DayKeys;
import io.tsunagi.media.Media;
import io.tsunagi.media.MediaGoneException;
import io.tsunagi.media.MediaId;
import io.tsunagi.media.MediaState;
import io.tsunagi.store.CrmWork;
import io.tsunagi.store.Dialect;
import io.tsunagi.store.SealedRows;
import io.tsunagi.store.SealedTable;
import io.tsunagi.store.Signals;
import io.tsunagi.store.Store;
import io.tsunagi.store.TestStores;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import javax.imageio.ImageIO;
import org.apache.camel.ProducerTemplate;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.support.PluginHelper;
import org.apache.camel.support.ResourceHelper;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** S01, S36, F29 */
@ParameterizedClass
@EnumSource(Dialect.class)
class KeepingTest {
    private static final String WORDS = "口座の残高";

    @Parameter
    Dialect dialect;

    private Settings settings;
    private Store store;
    private LegalHolds holds;
    private Media media;
    private Keeping keeping;
    private PurgeCertificates certificates;
    private UUID customer;

    @BeforeEach
    void open() throws IOException {
        settings = TestStores.settings(dialect, Map.of());
        store = Store.open(settings);
        keeping = keeping(500);
        customer = only(table("customers"), 1).get(0);
        set("customers", customer, "account", "main");
    }

    private Keeping keeping(int batch) throws IOException {
        Signals signals = new Signals();
        Audit audit = new Audit(store, store.clock());
        InquiryVersions versions = new InquiryVersions(store, signals, store.clock());
        Messages messages = new Messages(store, versions, new CrmWork(store, signals, store.clock()), Duration.ZERO);
        media = new Media(
                store,
                signals,
                versions,
                DayKeys.in(
                        Path.of(settings.needed("hub.media.key-dir")),
                        store.sealing().master()),
                store.clock(),
                settings);
        holds = new LegalHolds(store, audit);
        certificates = new PurgeCertificates(store, Path.of(settings.needed("hub.store.key-dir")));
        return new Keeping(
                store,
                rules(),
                media,
                new Erase(store, messages, new Drafts(store, store.clock()), media),
                holds,
                certificates,
                audit,
                batch);
    }

    @AfterEach
    void close() {
        store.close();
    }

    private static SealedTable table(String name) {
        return SealedTable.ALL.stream()
                .filter(table -> table.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    /** Adds rows and gives their ids. */
    private List<UUID> only(SealedTable table, int rows) {
        return SealedRows.add(store, table, rows, WORDS).keySet().stream()
                .map(key -> UUID.fromString(key.replaceFirst("/.*", "")))
                .distinct()
                .toList();
    }

    private void set(String table, UUID row, String column, Object value) {
        String key = table.equals("drafts") ? "inquiry" : "id";
        store.jdbc()
                .sql("update " + table + " set " + column + " = ? where " + key + " = ?")
                .params(value, row)
                .update();
    }

    private UUID inquiry(Duration closedAgo) {
        UUID inquiry = only(table("inquiries"), 1).get(0);
        set("inquiries", inquiry, "customer", customer);
        set("inquiries", inquiry, "account", "main");
        set("inquiries", inquiry, "state", closedAgo == null ? "ASSIGNED" : "CLOSED");
        if (closedAgo != null) {
            set("inquiries", inquiry, "closed_at", ago(closedAgo));
        }
        return inquiry;
    }

    private Object ago(Duration time) {
        return Store.at(store.clock().instant().minus(time));
    }

    private UUID row(String table, UUID inquiry, Map<String, Object> columns) {
        UUID row = only(table(table), 1).get(0);
        if (table.equals("drafts")) {
            set(table, row, "content", store.sealing().seal(table, inquiry, "{\"text\":\"" + WORDS + "\"}"));
        }
        if (inquiry != null && !table.equals("events")) {
            set(table, row, "inquiry", inquiry);
        }
        columns.forEach((column, value) -> set(table, table.equals("drafts") ? inquiry : row, column, value));
        return table.equals("drafts") ? inquiry : row;
    }

    private UUID message(UUID inquiry) {
        return row("messages", inquiry, Map.of("customer", customer, "sender", "CUSTOMER"));
    }

    private boolean empty(String table, UUID row, String column) {
        return store.jdbc()
                .sql("select " + column + " is null from " + table + " where "
                        + (table.equals("drafts") ? "inquiry" : "id") + " = ?")
                .param(row)
                .query(Boolean.class)
                .single();
    }

    private boolean there(String table, UUID row) {
        return store.jdbc()
                        .sql("select count(*) from " + table + " where id = ?")
                        .param(row)
                        .query(Long.class)
                        .single()
                > 0;
    }

    private long purge() {
        return purge(keeping);
    }

    private static long purge(Keeping keeping) {
        keeping.bringForward();
        long all = 0;
        int batch;
        do {
            batch = keeping.removeBatch();
            all += batch;
        } while (batch > 0);
        keeping.certify();
        return all;
    }

    /** As it is shipped: a name that two methods have would let Camel take the wrong one. */
    @Test
    void the_route_removes_what_is_past_its_rule_and_signs_it() throws Exception {
        UUID message = message(inquiry(Duration.ofDays(401)));
        try (DefaultCamelContext camel = new DefaultCamelContext()) {
            settings.placeholders().forEach(camel.getPropertiesComponent()::addOverrideProperty);
            camel.getRegistry().bind("keeping", keeping);
            for (String file : List.of(
                    "routes/common/on-error.camel.yaml",
                    "routes/common/leave-to-caller.camel.yaml",
                    "routes/keeping/purge-by-rule.camel.yaml",
                    "routes/keeping/verify-retention.camel.yaml")) {
                PluginHelper.getRoutesLoader(camel).loadRoutes(ResourceHelper.resolveResource(camel, "file:" + file));
            }
            camel.start();
            try (ProducerTemplate template = camel.createProducerTemplate()) {
                template.requestBody("direct:purge-what-is-due", (Object) null);
            }
        }

        assertThat(empty("messages", message, "content")).isTrue();
        assertThat(keeping.certify()).as("all of it is signed").isEqualTo("Nothing was due");
    }

    @Test
    void what_is_past_its_rule_is_gone_and_the_rest_stays() {
        UUID old = inquiry(Duration.ofDays(401));
        UUID young = inquiry(Duration.ofDays(399));
        UUID open = inquiry(null);
        UUID oldMessage = message(old);
        UUID youngMessage = message(young);
        UUID openMessage = message(open);
        UUID memo = row("holds", old, Map.of());
        UUID advice = row("advice", old, Map.of());
        UUID approval = row("approvals", old, Map.of());
        UUID youngMemo = row("holds", young, Map.of());
        UUID draft = row("drafts", old, Map.of());
        UUID openDraft = row("drafts", open, Map.of("saved_at", ago(Duration.ofDays(500))));
        UUID oldQuestion = row("questions", open, Map.of("asked_at", ago(Duration.ofDays(91))));
        UUID youngQuestion = row("questions", open, Map.of("asked_at", ago(Duration.ofDays(89))));
        UUID parked = row("events", null, Map.of("state", "PARKED", "received_at", ago(Duration.ofDays(31))));
        UUID parkedLately = row("events", null, Map.of("state", "PARKED", "received_at", ago(Duration.ofDays(29))));
        UUID waiting = row("events", null, Map.of("state", "WAITING", "received_at", ago(Duration.ofDays(31))));
        UUID sent = row("deliveries", open, Map.of("state", "SENT", "created_at", ago(Duration.ofDays(31))));
        UUID queued = row("deliveries", open, Map.of("state", "QUEUED", "created_at", ago(Duration.ofDays(31))));
        UUID oldProposal = row(
                "article_proposals",
                open,
                Map.of("state", "PROPOSED", "proposed_at", ago(Duration.ofDays(91)), "source", UUID.randomUUID()));
        UUID youngProposal = row(
                "article_proposals",
                open,
                Map.of("state", "PROPOSED", "proposed_at", ago(Duration.ofDays(89)), "source", UUID.randomUUID()));
        UUID created = row(
                "article_proposals",
                open,
                Map.of("state", "CREATED", "proposed_at", ago(Duration.ofDays(500)), "source", UUID.randomUUID()));
        UUID oldFacts = row("crm_customers", null, Map.of("looked_at", ago(Duration.ofDays(31))));
        UUID youngFacts = row("crm_customers", null, Map.of("looked_at", ago(Duration.ofDays(29))));
        long planned = keeping.plan().stream().mapToLong(Keeping.Plan::due).sum();

        long purged = purge();

        assertThat(purged).isEqualTo(planned).isPositive();
        assertThat(empty("messages", oldMessage, "content")).isTrue();
        assertThat(empty("messages", oldMessage, "purged_at")).isFalse();
        assertThat(empty("messages", youngMessage, "content")).isFalse();
        assertThat(empty("messages", openMessage, "content")).isFalse();
        assertThat(empty("holds", memo, "memo")).isTrue();
        assertThat(empty("advice", advice, "words")).isTrue();
        assertThat(empty("approvals", approval, "note")).isTrue();
        assertThat(empty("inquiries", old, "hold_memo")).isTrue();
        assertThat(empty("holds", youngMemo, "memo")).isFalse();
        assertThat(empty("drafts", draft, "content")).isTrue();
        assertThat(empty("drafts", openDraft, "content")).isFalse();
        assertThat(empty("questions", oldQuestion, "question")).isTrue();
        assertThat(empty("questions", youngQuestion, "question")).isFalse();
        assertThat(there("article_proposals", oldProposal)).isFalse();
        assertThat(empty("article_proposals", youngProposal, "question")).isFalse();
        assertThat(there("article_proposals", created))
                .as("it holds the editor's words")
                .isTrue();
        assertThat(there("crm_customers", oldFacts)).isFalse();
        assertThat(empty("crm_customers", youngFacts, "facts")).isFalse();
        assertThat(empty("events", parked, "body")).isTrue();
        assertThat(empty("events", parkedLately, "body")).isFalse();
        assertThat(empty("events", waiting, "body")).isFalse();
        assertThat(empty("deliveries", sent, "payload")).isTrue();
        assertThat(empty("deliveries", queued, "payload")).isFalse();
        assertThat(purge()).isZero();
        assertThat(keeping.verify()).isZero();
    }

    @Test
    void words_that_salesforce_holds_go_there_too_when_their_time_is_over() {
        UUID inquiry = inquiry(Duration.ofDays(401));
        set("inquiries", inquiry, "case_id", "500000000000001AAA");
        UUID written = message(inquiry);
        UUID never = message(inquiry);
        store.jdbc()
                .sql("insert into crm_work (id, inquiry, kind, subject, state, due_at, tries, created_at)"
                        + " values (?, ?, 'TRANSCRIPT', ?, 'DONE', ?, 1, ?)")
                .params(UUID.randomUUID(), inquiry, written, ago(Duration.ofDays(402)), ago(Duration.ofDays(402)))
                .update();

        purge();

        assertThat(empty("messages", never, "content")).isTrue();
        assertThat(store.jdbc()
                        .sql("select subject from crm_work where inquiry = ? and state = 'QUEUED' order by seq")
                        .param(inquiry)
                        .query(UUID.class)
                        .list())
                .as("the row, then the subject")
                .containsExactly(written, inquiry);
    }

    /** No table keeps what the message said. */
    @Test
    void words_of_a_purged_message_are_nowhere_and_do_not_go_to_salesforce() {
        UUID inquiry = inquiry(Duration.ofDays(401));
        Instant at = store.clock().instant().minus(Duration.ofDays(402));
        UUID delivery = row("deliveries", inquiry, Map.of("state", "SENT"));
        UUID message = message(inquiry);
        set("messages", message, "at", Store.at(at));
        set("messages", message, "delivery", delivery);
        row("events", null, Map.of("lane", customer, "state", "DONE", "occurred_at", Store.at(at)));
        row("questions", inquiry, Map.of("asked_at", Store.at(at)));
        set("inquiries", inquiry, "hold_memo", null);
        set("inquiries", inquiry, "help_words", null);
        UUID work = UUID.randomUUID();
        store.jdbc()
                .sql("insert into crm_work (id, inquiry, kind, subject, state, due_at, tries, created_at)"
                        + " values (?, ?, 'TRANSCRIPT', ?, 'SET_ASIDE', current_timestamp, 9, current_timestamp)")
                .params(work, inquiry, message)
                .update();
        store.jdbc().sql("delete from customers").update();

        purge();

        for (SealedTable table : SealedTable.ALL) {
            assertThat(SealedRows.open(store, table).values())
                    .as(table.name())
                    .noneMatch(text -> text != null && text.contains(WORDS));
        }
        assertThat(store.jdbc()
                        .sql("select state from crm_work where id = ?")
                        .param(work)
                        .query(String.class)
                        .single())
                .isEqualTo("DONE");
    }

    private Keeping.Plan ownTime() {
        List<Keeping.Plan> all = keeping.plan();
        return all.get(all.size() - 1);
    }

    @Test
    void the_plan_names_media_past_their_own_time_that_no_rule_names() throws Exception {
        UUID open = inquiry(null);
        UUID other = inquiry(null);
        MediaId due = image(open, false);
        MediaId kept = image(other, false);
        MediaId byRule = image(inquiry(Duration.ofDays(4)), true);
        image(open, false);
        for (MediaId past : List.of(due, kept, byRule)) {
            set("media", past.value(), "due_at", ago(Duration.ofMinutes(1)));
        }
        holds.set(Scope.INQUIRY, other, null, "court order 12", "aoi", "127.0.0.1");

        assertThat(ownTime().rule().id()).isEqualTo("hub.media.keep");
        assertThat(ownTime().due()).isOne();
        assertThat(ownTime().held()).isOne();

        assertThat(purge()).as("the document, by its rule").isOne();
        assertThat(media.shredDue(10)).as("as planned").isOne();
        keeping.certify();
        assertThat(state(due)).isEqualTo(MediaState.PURGED);
        assertThat(state(kept)).isEqualTo(MediaState.READY);
        assertThat(ownTime().due()).isZero();
        assertThat(certificates.newest(1)).singleElement().satisfies(signed -> assertThat(signed.text())
                .containsPattern("\"rule\":\"hub.media.keep\",\"says\":\"[^\"]*\",\"purged\":1,\"held\":1"));
    }

    @Test
    void reasons_of_legal_holds_keep_no_card_number() {
        Hold hold = holds.set(Scope.INQUIRY, inquiry(null), null, "court order on 4111 1111 1111 1111", "aoi", null);
        Hold lifted = holds.lift(hold.id(), "settled 4111111111111111", "ren", null);

        assertThat(lifted.reason()).isEqualTo("court order on **** **** **** 1111");
        assertThat(lifted.liftReason()).isEqualTo("settled ************1111");
    }

    /** Scenario 55 */
    @Test
    void a_legal_hold_wins_until_somebody_else_lifts_it() throws Exception {
        UUID held = inquiry(Duration.ofDays(500));
        UUID free = inquiry(Duration.ofDays(500));
        UUID heldMessage = message(held);
        UUID freeMessage = message(free);
        MediaId image = image(held, true);
        MediaId freeImage = image(free, true);
        Hold hold = holds.set(Scope.INQUIRY, held, null, "court order 12", "aoi", "127.0.0.1");
        assertThat(keeping.plan())
                .filteredOn(plan -> plan.rule().id().equals("messages"))
                .singleElement()
                .satisfies(plan -> {
                    assertThat(plan.due()).isOne();
                    assertThat(plan.held()).isOne();
                });

        purge();

        assertThat(empty("messages", heldMessage, "content")).isFalse();
        assertThat(empty("messages", freeMessage, "content")).isTrue();
        try (var bytes = media.open(image)) {
            assertThat(bytes.readAllBytes())
                    .as("past its time, a held one opens")
                    .isNotEmpty();
        }
        assertThatThrownBy(() -> media.open(freeImage)).isInstanceOf(MediaGoneException.class);
        assertThat(certificates.newest(1)).singleElement().satisfies(certificate -> assertThat(certificate.text())
                .contains("\"rule\":\"messages\",\"says\":\"message, closed, P400D\",\"purged\":1,\"held\":1"));
        assertThat(keeping.verify()).as("what is held is not overdue").isZero();
        assertThatThrownBy(() -> holds.lift(hold.id(), "over", "aoi", null))
                .isInstanceOf(LegalHolds.NotLiftedException.class)
                .hasMessageContaining("Somebody else");

        holds.lift(hold.id(), "the case is over", "sakura", null);
        purge();

        assertThat(empty("messages", heldMessage, "content")).isTrue();
        assertThatThrownBy(() -> media.open(image)).isInstanceOf(MediaGoneException.class);
        assertThat(holds.find(hold.id())).hasValueSatisfying(lifted -> {
            assertThat(lifted.reason()).isEqualTo("court order 12");
            assertThat(lifted.liftReason()).isEqualTo("the case is over");
            assertThat(lifted.liftedBy()).isEqualTo("sakura");
        });
        assertThat(acts()).contains("set-hold", "lift-hold", "purge");
        assertThatThrownBy(() -> holds.lift(hold.id(), "again", "sakura", null))
                .isInstanceOf(LegalHolds.NotLiftedException.class);
    }

    private List<Keeping.Planned> listed() {
        List<Keeping.Planned> rows = new ArrayList<>();
        keeping.list(rows::add);
        return rows;
    }

    private static Map<String, List<UUID>> byRule(List<Keeping.Planned> rows, boolean held) {
        Map<String, List<UUID>> ids = new TreeMap<>();
        rows.stream().filter(row -> row.held() == held).forEach(row -> ids.computeIfAbsent(
                        row.rule(), rule -> new ArrayList<>())
                .add(row.id()));
        return ids;
    }

    /** What a run removes in one batch by each rule: how many, and SHA-256 over 32 zeros and the ids in their order of text. */
    private static Map<String, String> asCertified(Map<String, List<UUID>> ids) throws Exception {
        Map<String, String> rules = new TreeMap<>();
        for (Map.Entry<String, List<UUID>> rule : ids.entrySet()) {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            digest.update(new byte[32]);
            rule.getValue().stream()
                    .map(UUID::toString)
                    .sorted()
                    .forEach(id -> digest.update(HexFormat.of().parseHex(id.replace("-", ""))));
            rules.put(
                    rule.getKey(), rule.getValue().size() + " " + HexFormat.of().formatHex(digest.digest()));
        }
        return rules;
    }

    /** The rules by which the newest certificate says that something went, as {@link #asCertified} writes them. */
    private Map<String, String> certified() throws IOException {
        Map<String, String> rules = new TreeMap<>();
        for (JsonNode rule : new ObjectMapper()
                .readTree(certificates.newest(1).get(0).text())
                .path("rules")) {
            if (rule.path("purged").asLong() > 0) {
                rules.put(
                        rule.path("rule").asText(),
                        rule.path("purged").asLong() + " " + rule.path("sha256").asText());
            }
        }
        return rules;
    }

    private void runWhole() {
        keeping.bringForward();
        int removed;
        do {
            removed = keeping.removeBatch() + media.shredDue(500);
        } while (removed > 0);
        keeping.certify();
    }

    /** One row of each kind past its time, and the name of the rule that removes it. */
    private Map<String, List<UUID>> oneOfEachKind() throws IOException {
        UUID closed = inquiry(Duration.ofDays(500));
        UUID open = inquiry(null);
        Map<String, List<UUID>> rows = new TreeMap<>();
        rows.put("messages", List.of(message(closed)));
        rows.put("drafts", List.of(row("drafts", closed, Map.of())));
        rows.put("memos", List.of(closed));
        rows.put("questions", List.of(row("questions", open, Map.of("asked_at", ago(Duration.ofDays(91))))));
        rows.put(
                "proposals",
                List.of(row(
                        "article_proposals",
                        open,
                        Map.of("state", "PROPOSED", "proposed_at", ago(Duration.ofDays(91))))));
        rows.put(
                "parked-events",
                List.of(row(
                        "events",
                        null,
                        Map.of("lane", customer, "state", "PARKED", "received_at", ago(Duration.ofDays(31))))));
        rows.put(
                "deliveries",
                List.of(row(
                        "deliveries",
                        open,
                        Map.of("lane", customer, "state", "SENT", "created_at", ago(Duration.ofDays(31))))));
        MediaId byTwoRules = image(closed, true);
        set("media", byTwoRules.value(), "received_at", ago(Duration.ofDays(31)));
        rows.put("identity-closed", List.of(byTwoRules.value()));
        MediaId byItsOwnTime = image(open, false);
        set("media", byItsOwnTime.value(), "due_at", ago(Duration.ofMinutes(1)));
        rows.put("hub.media.keep", List.of(byItsOwnTime.value()));
        rows.put("hub.taken-back", List.of(row("withheld_words", open, Map.of())));
        return rows;
    }

    /** Scenario 55 */
    @Test
    void the_list_beforehand_names_the_rows_that_the_next_run_destroys_and_signs_for() throws Exception {
        Map<String, List<UUID>> rows = oneOfEachKind();
        Hold hold = holds.set(Scope.CUSTOMER, customer, null, "court order 12", "aoi", null);

        List<Keeping.Planned> held = listed();
        assertThat(byRule(held, false)).isEmpty();
        assertThat(byRule(held, true)).isEqualTo(rows);
        runWhole();
        assertThat(certificates.newest(1)).as("all of it is kept").isEmpty();
        assertThat(listed()).as("and reported again").isEqualTo(held);

        holds.lift(hold.id(), "over", "sakura", null);
        List<Keeping.Planned> due = listed();
        assertThat(byRule(due, true)).isEmpty();
        assertThat(byRule(due, false)).isEqualTo(rows);
        assertThat(listed()).as("to look changes nothing").isEqualTo(due);
        assertThat(keeping.plan().stream().mapToLong(Keeping.Plan::due).sum()).isEqualTo(due.size());
        runWhole();

        assertThat(certified()).isEqualTo(asCertified(byRule(due, false)));
        assertThat(listed()).isEmpty();
    }

    @Test
    void the_list_beforehand_goes_on_over_as_many_pages_as_there_are() {
        UUID closed = inquiry(Duration.ofDays(500));
        List<UUID> messages = only(table("messages"), 2001);
        store.jdbc()
                .sql("update messages set inquiry = ?, customer = ?, sender = 'CUSTOMER'")
                .params(closed, customer)
                .update();

        Map<String, List<UUID>> listed = byRule(listed(), false);

        assertThat(listed.get("messages")).hasSize(2001).doesNotHaveDuplicates().containsAll(messages);
        assertThat(listed.get("memos")).containsExactly(closed);
    }

    @Test
    void withheld_words_go_with_the_next_purge_when_the_last_hold_is_lifted() {
        UUID inquiry = inquiry(null);
        UUID words = row("withheld_words", inquiry, Map.of());
        UUID picture = row("media", inquiry, Map.of("state", "WITHHELD", "customer", customer, "account", "main"));
        Hold hold = holds.set(Scope.INQUIRY, inquiry, null, "court order 12", "aoi", null);
        Hold other = holds.set(Scope.CUSTOMER, customer, null, "subpoena", "aoi", null);

        assertThat(takenBack())
                .extracting(Keeping.Plan::due, Keeping.Plan::held)
                .containsExactly(0L, 2L);
        assertThat(purge()).isZero();
        holds.lift(hold.id(), "over", "sakura", null);
        assertThat(purge()).as("another hold covers them").isZero();
        assertThat(there("withheld_words", words)).isTrue();
        holds.lift(other.id(), "over", "sakura", null);

        assertThat(takenBack())
                .extracting(Keeping.Plan::due, Keeping.Plan::held)
                .containsExactly(2L, 0L);
        assertThat(keeping.verify()).as("the hold was lifted just now").isZero();
        store.jdbc()
                .sql("update legal_holds set lifted_at = ?")
                .param(Store.at(store.clock().instant().minus(Keeping.GRACE).minusSeconds(60)))
                .update();
        assertThat(keeping.verify()).as("nobody is to forget them").isOne();
        assertThat(purge()).isOne();
        assertThat(there("withheld_words", words)).isFalse();
        assertThat(certificates.newest(1).get(0).text())
                .contains("\"hub.taken-back\"")
                .contains("\"purged\":1");
    }

    private Keeping.Plan takenBack() {
        return keeping.plan().stream()
                .filter(plan -> plan.rule().equals(Keeping.TAKEN_BACK))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void a_hold_on_a_customer_or_an_account_covers_what_comes_later_too() throws Exception {
        holds.set(Scope.CUSTOMER, customer, null, "subpoena", "aoi", null);
        UUID inquiry = inquiry(Duration.ofDays(500));
        UUID message = message(inquiry);
        UUID draft = row("drafts", inquiry, Map.of());
        UUID question = row("questions", inquiry, Map.of("asked_at", ago(Duration.ofDays(500))));
        UUID event = row(
                "events", null, Map.of("lane", customer, "state", "PARKED", "received_at", ago(Duration.ofDays(500))));
        UUID delivery = row(
                "deliveries",
                inquiry,
                Map.of("lane", customer, "state", "SENT", "created_at", ago(Duration.ofDays(500))));
        MediaId image = image(inquiry, true);

        assertThat(purge()).isZero();

        assertThat(empty("messages", message, "content")).isFalse();
        assertThat(empty("drafts", draft, "content")).isFalse();
        assertThat(empty("questions", question, "question")).isFalse();
        assertThat(empty("events", event, "body")).isFalse();
        assertThat(empty("deliveries", delivery, "payload")).isFalse();
        assertThat(empty("inquiries", inquiry, "hold_memo")).isFalse();
        assertThat(state(image)).isEqualTo(MediaState.READY);

        holds.lift(holds.all().get(0).id(), "over", "sakura", null);
        holds.set(Scope.ACCOUNT, null, "main", "authority", "aoi", null);
        assertThat(store.inTransaction(() -> keeping.removeBatch()))
                .as("only what has no account")
                .isLessThan(2);
        assertThat(empty("messages", message, "content")).isFalse();
        assertThat(state(image)).isEqualTo(MediaState.READY);
        assertThatThrownBy(() -> holds.set(Scope.ACCOUNT, null, "nobody", "x", "aoi", null))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> holds.set(Scope.CUSTOMER, customer, null, " ", "aoi", null))
                .hasMessageContaining("needs a reason");
    }

    @Test
    void an_identity_image_ends_three_days_after_the_close_and_its_key_with_it() throws Exception {
        UUID closed = inquiry(Duration.ofHours(1));
        MediaId identity = image(closed, true);
        MediaId other = image(closed, false);
        MediaId open = image(inquiry(null), true);
        MediaId over = image(inquiry(Duration.ofHours(73)), true);
        Instant end = store.clock().instant().plus(Duration.ofHours(71));

        purge();

        assertThat(state(over)).isEqualTo(MediaState.PURGED);
        assertThat(media.find(identity).orElseThrow().dueAt()).isBetween(end.minusSeconds(120), end.plusSeconds(5));
        assertThat(store.jdbc()
                        .sql("select key_day from media where id = ?")
                        .param(identity.value())
                        .query(String.class)
                        .single())
                .isEqualTo(media.find(identity)
                        .orElseThrow()
                        .dueAt()
                        .atOffset(ZoneOffset.UTC)
                        .toLocalDate()
                        .toString());
        try (var bytes = media.open(identity)) {
            assertThat(bytes.readAllBytes()).as("until then it opens").isEqualTo(picture());
        }
        Instant month = store.clock().instant().plus(Duration.ofDays(29));
        assertThat(media.find(other).orElseThrow().dueAt()).isAfter(month);
        assertThat(media.find(open).orElseThrow().dueAt()).isAfter(month);
    }

    @Test
    void a_decided_identity_image_is_gone_at_once_and_the_result_stays() throws Exception {
        UUID inquiry = inquiry(null);
        MediaId image = image(inquiry, true);
        MediaId other = image(inquiry, false);
        UUID aoi = UUID.randomUUID();

        assertThat(keeping.decide(image, aoi, "verified", "127.0.0.1")).isTrue();

        assertThatThrownBy(() -> media.open(image)).isInstanceOf(MediaGoneException.class);
        assertThat(count("media_chunks where media = '" + image.value() + "'")).isZero();
        assertThat(store.jdbc()
                        .sql("select verdict, decided_by, wrapped_key from media where id = ?")
                        .param(image.value())
                        .query()
                        .singleRow())
                .containsEntry("verdict", "verified")
                .containsEntry("decided_by", aoi)
                .containsEntry("wrapped_key", null);
        assertThat(acts()).contains("decide-identity");
        assertThat(keeping.decide(image, aoi, "refused", null))
                .as("the first decision counts")
                .isFalse();
        assertThat(keeping.decide(other, aoi, "verified", null))
                .as("it proves nobody")
                .isFalse();
        assertThat(keeping.decide(new MediaId(UUID.randomUUID()), aoi, "verified", null))
                .isFalse();
        keeping.certify();
        assertThat(certificates.newest(1).get(0).text())
                .contains("\"rule\":\"identity-decided\"")
                .contains("\"purged\":1");
    }

    @Test
    void under_a_hold_a_decided_image_stays_until_it_is_lifted() throws Exception {
        UUID inquiry = inquiry(null);
        MediaId image = image(inquiry, true);
        Hold hold = holds.set(Scope.INQUIRY, inquiry, null, "fraud case", "aoi", null);

        assertThat(keeping.decide(image, UUID.randomUUID(), "refused", null)).isTrue();

        assertThat(state(image)).isEqualTo(MediaState.READY);
        holds.lift(hold.id(), "over", "sakura", null);
        purge();
        assertThat(state(image)).isEqualTo(MediaState.PURGED);
    }

    @Test
    void killed_midway_the_next_run_goes_on_and_signs_for_all_of_it() throws Exception {
        UUID inquiry = inquiry(Duration.ofDays(401));
        set("inquiries", inquiry, "hold_memo", null);
        set("inquiries", inquiry, "help_words", null);
        for (int i = 0; i < 7; i++) {
            message(inquiry);
        }
        Keeping first = keeping(3);
        assertThat(first.removeBatch()).isEqualTo(3);
        // Killed here: nothing says that it ended.
        store.close();
        store = Store.open(settings);

        assertThat(purge(keeping(3))).isEqualTo(4);

        PurgeCertificates.Certificate certificate = certificates.newest(1).get(0);
        assertThat(certificate.text()).contains("\"rule\":\"messages\"").contains("\"purged\":7");
        assertThat(certificates.verifyAll()).isEmpty();
    }

    @Test
    void a_certificate_verifies_without_the_hub_and_a_changed_or_missing_one_is_found() {
        for (int i = 0; i < 3; i++) {
            message(inquiry(Duration.ofDays(401)));
            purge();
        }
        PurgeCertificates.Certificate second = certificates.newest(2).get(1);
        String key = certificates.publicKey();

        assertThat(PurgeCertificates.verify(second.file(), key)).isTrue();
        assertThat(PurgeCertificates.verify(second.file().replace("\"purged\":1", "\"purged\":2"), key))
                .isFalse();
        assertThat(PurgeCertificates.verify("nothing", key)).isFalse();
        assertThat(certificates.verifyAll()).isEmpty();

        store.jdbc().sql("delete from purge_runs where position = 2").update();
        assertThat(certificates.verifyAll()).singleElement().asString().contains("Certificate 2 is missing");
    }

    @Test
    void what_is_overdue_is_found_and_named_until_it_is_gone() {
        UUID message = message(inquiry(Duration.ofDays(401)));

        assertThat(keeping.verify()).isGreaterThan(1);

        assertThat(keeping.last())
                .hasValueSatisfying(found -> assertThat(found.what()).contains("messages: 1"));
        purge();
        assertThat(empty("messages", message, "content")).isTrue();
        assertThat(keeping.last())
                .hasValueSatisfying(found -> assertThat(found.overdue()).isZero());
    }

    private KeepingRules.Rule rule(String id) throws IOException {
        return rules().all().stream()
                .filter(rule -> rule.id().equals(id))
                .findFirst()
                .orElseThrow();
    }

    private static KeepingRules rules() throws IOException {
        return KeepingRules.parse(Files.readString(Path.of("config/keeping.yaml")));
    }

    /** What a purge had found before somebody else acted. */
    private List<UUID> found(String rule) throws IOException {
        List<UUID> found = new Due(store, rules().all()).some(rule(rule), 500);
        assertThat(found).as(rule).isNotEmpty();
        return found;
    }

    @Test
    void a_hold_that_is_set_while_a_purge_runs_keeps_what_the_purge_had_found() throws Exception {
        UUID inquiry = inquiry(Duration.ofDays(500));
        message(inquiry);
        row("drafts", inquiry, Map.of());
        row("questions", inquiry, Map.of("asked_at", ago(Duration.ofDays(500))));
        row("events", null, Map.of("lane", customer, "state", "PARKED", "received_at", ago(Duration.ofDays(500))));
        row("deliveries", inquiry, Map.of("state", "SENT", "created_at", ago(Duration.ofDays(500))));
        image(inquiry, true);
        Map<String, List<UUID>> found = new LinkedHashMap<>();
        for (String rule :
                List.of("identity-closed", "messages", "drafts", "memos", "questions", "parked-events", "deliveries")) {
            found.put(rule, found(rule));
        }

        holds.set(Scope.INQUIRY, inquiry, null, "court order 12", "aoi", null);

        for (Map.Entry<String, List<UUID>> due : found.entrySet()) {
            assertThat(keeping.remove(rule(due.getKey()), due.getValue()))
                    .as(due.getKey())
                    .isZero();
        }
    }

    @Test
    void an_inquiry_that_is_reopened_while_a_purge_runs_keeps_its_words_and_media() throws Exception {
        UUID inquiry = inquiry(Duration.ofDays(500));
        UUID message = message(inquiry);
        row("drafts", inquiry, Map.of());
        MediaId image = image(inquiry, true);
        Instant due = media.find(image).orElseThrow().dueAt();
        Map<String, List<UUID>> found = new LinkedHashMap<>();
        for (String rule : List.of("identity-closed", "messages", "drafts", "memos")) {
            found.put(rule, found(rule));
        }
        List<UUID> early = new Due(store, rules().all()).early(rule("identity-closed"), 500);
        assertThat(early).containsExactly(image.value());

        reopen(inquiry);

        for (Map.Entry<String, List<UUID>> was : found.entrySet()) {
            assertThat(keeping.remove(rule(was.getKey()), was.getValue()))
                    .as(was.getKey())
                    .isZero();
        }
        assertThat(keeping.bringForwardOf(rule("identity-closed"), early)).isZero();
        assertThat(empty("messages", message, "content")).isFalse();
        assertThat(media.find(image).orElseThrow().dueAt()).isEqualTo(due);
    }

    private void reopen(UUID inquiry) {
        store.inTransaction(() -> {
            set("inquiries", inquiry, "state", "ASSIGNED");
            set("inquiries", inquiry, "closed_at", null);
            keeping.reopened(new InquiryId(inquiry));
        });
    }

    @Test
    void a_hold_waits_for_the_batch_that_is_being_removed_and_a_batch_for_the_hold() throws Exception {
        UUID inquiry = inquiry(Duration.ofDays(500));
        message(inquiry);
        String lock = "select id from hold_lock where id = 1 for update";
        try (Connection other = store.connect("test", Duration.ofMillis(300));
                Statement statement = other.createStatement()) {
            assertThat(statement.executeQuery(lock).next()).as("nobody has it").isTrue();

            store.inTransaction(() -> {
                LegalHolds.standStill(store);
                assertThatThrownBy(() -> statement.executeQuery(lock)).isInstanceOf(SQLException.class);
            });
            store.inTransaction(() -> {
                holds.set(Scope.INQUIRY, inquiry, null, "court order 12", "aoi", null);
                assertThatThrownBy(() -> statement.executeQuery(lock)).isInstanceOf(SQLException.class);
            });
        }
    }

    @Test
    void media_of_a_reopened_inquiry_end_when_they_would_have_without_the_close() throws Exception {
        UUID inquiry = inquiry(Duration.ofHours(1));
        MediaId identity = image(inquiry, true);
        MediaId other = image(inquiry, false);
        Instant longest = media.find(other).orElseThrow().dueAt();
        assertThat(keeping.bringForward()).isPositive();
        Instant shortened = media.find(identity).orElseThrow().dueAt();
        assertThat(shortened).isBefore(store.clock().instant().plus(Duration.ofHours(72)));

        reopen(inquiry);

        Instant own = media.find(identity).orElseThrow().dueAt();
        assertThat(own)
                .as("30 days after the receipt")
                .isAfter(store.clock().instant().plus(Duration.ofDays(29)))
                .isBeforeOrEqualTo(store.clock().instant().plus(Duration.ofDays(30)));
        assertThat(media.find(other).orElseThrow().dueAt()).isEqualTo(longest);
        assertThat(keyDay(identity)).isEqualTo(day(own)).isNotEqualTo(day(shortened));
        Files.deleteIfExists(Path.of(settings.needed("hub.media.key-dir")).resolve(day(shortened) + ".json"));
        try (var bytes = media.open(identity)) {
            assertThat(bytes.readAllBytes())
                    .as("without the key of the day it was shortened to")
                    .isEqualTo(picture());
        }
        set("inquiries", inquiry, "state", "CLOSED");
        set("inquiries", inquiry, "closed_at", ago(Duration.ofMinutes(1)));
        assertThat(keeping.bringForward()).as("a new close counts anew").isPositive();
    }

    private String keyDay(MediaId id) {
        return store.jdbc()
                .sql("select key_day from media where id = ?")
                .param(id.value())
                .query(String.class)
                .single();
    }

    private static String day(Instant instant) {
        return instant.atOffset(ZoneOffset.UTC).toLocalDate().toString();
    }

    @ParameterizedTest
    @EnumSource(Scope.class)
    void a_hold_of_each_scope_keeps_rows_of_each_kind(Scope scope) throws Exception {
        UUID inquiry = inquiry(Duration.ofDays(500));
        message(inquiry);
        row("drafts", inquiry, Map.of());
        row("questions", inquiry, Map.of("asked_at", ago(Duration.ofDays(500))));
        row("article_proposals", inquiry, Map.of("state", "PROPOSED", "proposed_at", ago(Duration.ofDays(500))));
        UUID facts = row("crm_customers", null, Map.of("looked_at", ago(Duration.ofDays(500))));
        set("crm_customers", facts, "id", customer);
        UUID parked = row(
                "events",
                null,
                Map.of(
                        "lane",
                        customer,
                        "account",
                        "main",
                        "state",
                        "PARKED",
                        "received_at",
                        ago(Duration.ofDays(500))));
        row(
                "deliveries",
                inquiry,
                Map.of("lane", customer, "account", "main", "state", "SENT", "created_at", ago(Duration.ofDays(500))));
        image(inquiry, true);

        holds.set(scope, scope == Scope.INQUIRY ? inquiry : customer, "main", "authority", "aoi", null);

        for (String rule : List.of(
                "identity-closed",
                "messages",
                "drafts",
                "memos",
                "questions",
                "proposals",
                "customer-facts",
                "parked-events",
                "deliveries")) {
            assertThat(new Due(store, rules().all()).count(rule(rule), Duration.ZERO, true))
                    .as(rule)
                    .isOne();
        }
        purge();
        assertThat(empty("events", parked, "body")).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"SENT", "FAILED", "UNCLEAR", "EXPIRED", "CANCELLED"})
    void what_became_of_a_delivery_stays_when_its_words_go(String state) {
        UUID delivery =
                row("deliveries", inquiry(null), Map.of("state", state, "created_at", ago(Duration.ofDays(31))));

        purge();

        assertThat(empty("deliveries", delivery, "payload")).isTrue();
        assertThat(store.jdbc()
                        .sql("select state from deliveries where id = ?")
                        .param(delivery)
                        .query(String.class)
                        .single())
                .isEqualTo(state);
    }

    @Test
    void a_certificate_that_cannot_be_audited_is_not_signed() {
        message(inquiry(Duration.ofDays(401)));
        keeping.removeBatch();
        store.jdbc().sql("alter table audit rename to audit_away").update();

        assertThatThrownBy(keeping::certify).isInstanceOf(RuntimeException.class);

        store.jdbc().sql("alter table audit_away rename to audit").update();
        assertThat(certificates.newest(1)).isEmpty();
        assertThat(certificates.due()).isTrue();
    }

    @Test
    void words_that_are_being_written_to_salesforce_wait_for_the_next_run() {
        UUID inquiry = inquiry(Duration.ofDays(401));
        UUID message = message(inquiry);
        store.jdbc()
                .sql("insert into crm_work (id, inquiry, kind, subject, state, due_at, lease_until, tries, created_at)"
                        + " values (?, ?, 'TRANSCRIPT', ?, 'QUEUED', current_timestamp, ?, 1, current_timestamp)")
                .params(UUID.randomUUID(), inquiry, message, ago(Duration.ofMinutes(-2)))
                .update();

        purge();
        assertThat(empty("messages", message, "content")).isFalse();

        store.jdbc().sql("update crm_work set lease_until = null").update();
        purge();
        assertThat(empty("messages", message, "content")).isTrue();
    }

    @Test
    void who_looks_at_the_holds_is_audited() {
        assertThat(holds.show("aoi", "127.0.0.1")).isEmpty();

        assertThat(acts()).containsExactly("show-holds");
    }

    private MediaId image(UUID inquiry, boolean identity) throws IOException {
        byte[] picture = picture();
        MediaId id = store.inTransaction(() -> {
            MediaId expected = media.expect(
                    new InquiryId(inquiry),
                    new CustomerId(customer),
                    "main",
                    UUID.randomUUID().toString(),
                    "image",
                    null,
                    null);
            if (identity) {
                media.identity(expected.value());
            }
            return expected;
        });
        media.store(media.claim(id.value()), 200, (long) picture.length, new ByteArrayInputStream(picture));
        assertThat(state(id)).isEqualTo(MediaState.READY);
        return id;
    }

    private MediaState state(MediaId id) {
        return media.find(id).orElseThrow().state();
    }

    private static byte[] picture() throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ImageIO.write(new BufferedImage(3, 3, BufferedImage.TYPE_INT_RGB), "png", out);
        return out.toByteArray();
    }

    private List<String> acts() {
        return store.jdbc()
                .sql("select act from audit order by seq")
                .query(String.class)
                .list();
    }

    private long count(String of) {
        return store.jdbc().sql("select count(*) from " + of).query(Long.class).single();
    }
}
