package io.tsunagi.keeping;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.tsunagi.audit.Audit;
import io.tsunagi.audit.PurgeCertificates;
import io.tsunagi.config.Settings;
import io.tsunagi.config.SettingsException;
import io.tsunagi.inquiry.Drafts;
import io.tsunagi.inquiry.Erase;
import io.tsunagi.inquiry.InquiryVersions;
import io.tsunagi.inquiry.Messages;
import io.tsunagi.keeping.LegalHolds.Scope;
import io.tsunagi.media.DayKeys;
import io.tsunagi.media.Media;
import io.tsunagi.salesforce.SalesforceErasure;
import io.tsunagi.store.CrmWork;
import io.tsunagi.store.Dialect;
import io.tsunagi.store.SealedRows;
import io.tsunagi.store.SealedTable;
import io.tsunagi.store.Signals;
import io.tsunagi.store.Store;
import io.tsunagi.store.TestStores;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** S37: what happens while an erasure is on its way; {@code CustomerRightsTest} tells the whole story. */
@ParameterizedClass
@EnumSource(Dialect.class)
class CustomerErasureTest {
    private static final String MISAKI = "U" + "5".repeat(32);

    @Parameter
    Dialect dialect;

    private final List<String> asked = new CopyOnWriteArrayList<>();
    private HttpServer salesforce;
    private volatile Runnable meanwhile = () -> {};
    private Store store;
    private LegalHolds holds;
    private PurgeCertificates certificates;
    private CustomerErasure erasure;
    private UUID customer;
    private UUID inquiry;
    private UUID message;

    @BeforeEach
    void open() throws IOException {
        salesforce = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        salesforce.createContext("/", this::answer);
        salesforce.start();
        Settings settings = TestStores.settings(
                dialect,
                Map.of(
                        "hub.salesforce.login-url",
                        address(),
                        "hub.salesforce.client-id",
                        "hub",
                        "hub.salesforce.client-secret",
                        "secret"));
        store = Store.open(settings);
        Signals signals = new Signals();
        Audit audit = new Audit(store, store.clock());
        InquiryVersions versions = new InquiryVersions(store, signals, store.clock());
        Messages messages = new Messages(store, versions, new CrmWork(store, signals, store.clock()), Duration.ZERO);
        Media media = new Media(
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
        erasure = new CustomerErasure(
                store,
                new Erase(store, messages, new Drafts(store, store.clock()), media),
                media,
                new SalesforceErasure(settings),
                certificates,
                audit);
        customer = row("customers", Map.of("account", "main", "line_user_id", MISAKI));
        store.jdbc()
                .sql("insert into lanes (id, account, kind, source) values (?, 'main', 'user', ?)")
                .params(customer, MISAKI)
                .update();
        inquiry = inquiry();
        message = message(inquiry);
    }

    @AfterEach
    void close() {
        salesforce.stop(0);
        store.close();
    }

    private String address() {
        return "http://127.0.0.1:" + salesforce.getAddress().getPort();
    }

    /** An org that has the Contact; while the hub signs in, {@code meanwhile} happens to the customer here. */
    private void answer(HttpExchange call) throws IOException {
        String path = call.getRequestURI().getPath();
        asked.add(call.getRequestMethod() + " " + path);
        call.getRequestBody().readAllBytes();
        String body = path.endsWith("/query") ? "{\"records\":[]}" : "";
        if (path.endsWith("/token")) {
            meanwhile.run();
            body = "{\"access_token\":\"t\",\"instance_url\":\"" + address() + "\"}";
        }
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        call.sendResponseHeaders(bytes.length == 0 ? 204 : 200, bytes.length == 0 ? -1 : bytes.length);
        call.getResponseBody().write(bytes);
        call.close();
    }

    private UUID row(String table, Map<String, Object> columns) {
        SealedTable sealed = SealedTable.ALL.stream()
                .filter(any -> any.name().equals(table))
                .findFirst()
                .orElseThrow();
        UUID id = UUID.fromString(SealedRows.add(store, sealed, 1, "words")
                .keySet()
                .iterator()
                .next()
                .substring(0, 36));
        columns.forEach((column, value) -> store.jdbc()
                .sql("update " + table + " set " + column + " = ? where id = ?")
                .params(value, id)
                .update());
        return id;
    }

    private UUID inquiry() {
        return row("inquiries", Map.of("customer", customer, "account", "main", "state", "CLOSED"));
    }

    private UUID message(UUID of) {
        return row("messages", Map.of("inquiry", of, "customer", customer, "sender", "CUSTOMER"));
    }

    private UUID delivery(String state) {
        return row("deliveries", Map.of("lane", customer, "account", "main", "inquiry", inquiry, "state", state));
    }

    private UUID crmWork(Duration leasedFor) {
        UUID id = UUID.randomUUID();
        store.jdbc()
                .sql("insert into crm_work (id, inquiry, kind, subject, state, due_at, lease_until, tries, created_at)"
                        + " values (?, ?, 'TRANSCRIPT', ?, 'QUEUED', current_timestamp, ?, 1, current_timestamp)")
                .params(
                        id,
                        inquiry,
                        message,
                        leasedFor == null
                                ? null
                                : Store.at(store.clock().instant().plus(leasedFor)))
                .update();
        return id;
    }

    private String erase() {
        return erase(customer);
    }

    private String erase(UUID whom) {
        return erasure.erase(erasure.find(whom).orElseThrow(), "dpo", "asked to");
    }

    private void refused(String why) {
        assertThatThrownBy(this::erase).isInstanceOf(SettingsException.class).hasMessageContaining(why);
        assertThat(erasure.find(customer)).as("the person is still known").isPresent();
        assertThat(one("select count(*) from erasures where proof is not null")).isEqualTo(0L);
        assertThat(one("select outcome from audit where act = 'erase-customer'"))
                .isEqualTo("failed");
    }

    private Object one(String sql, Object... params) {
        return store.jdbc().sql(sql).params(params).query().singleValue();
    }

    private boolean hasWords(UUID of) {
        return one("select count(*) from messages where content is not null and id = ?", of)
                .equals(1L);
    }

    @Test
    void the_proof_is_kept_with_the_erasure_and_handed_out_again() {
        String proof = erase();

        assertThat(PurgeCertificates.verify(proof, certificates.publicKey())).isTrue();
        assertThat(proof).contains("\"messages\":1").contains("\"contact\":true");
        assertThat(hasWords(message)).isFalse();
        assertThat(one("select count(*) from erasures where customer is null")).isEqualTo(1L);
        UUID nobody = (UUID) one("select customer from inquiries where id = ?", inquiry);
        int calls = asked.size();

        assertThat(erase(nobody)).isEqualTo(proof);

        assertThat(asked).hasSize(calls);
        assertThat(store.jdbc()
                        .sql("select act || ' ' || outcome from audit order by seq")
                        .query(String.class)
                        .list())
                .containsExactly("begin-erasure ok", "erase-customer ok");
        store.jdbc().sql("delete from erasures").update();
        assertThatThrownBy(() -> erase(nobody)).hasMessageContaining("erased already");
    }

    @Test
    void withheld_words_that_no_purge_has_met_yet_go_too() {
        row("withheld_words", Map.of("inquiry", inquiry));

        assertThat(erase()).contains("\"withheld\":1");

        assertThat(one("select count(*) from withheld_words")).isEqualTo(0L);
    }

    @Test
    void a_hold_that_is_set_meanwhile_keeps_everything() {
        meanwhile = () -> holds.set(Scope.INQUIRY, inquiry, null, "court order 12", "aoi", null);

        refused("legal hold");

        assertThat(hasWords(message)).isTrue();
    }

    @Test
    void an_inquiry_that_is_opened_meanwhile_ends_it() {
        meanwhile = () -> row("inquiries", Map.of("customer", customer, "account", "main", "state", "BOT"));

        refused("is open");

        assertThat(hasWords(message)).isTrue();
    }

    @Test
    void a_new_inquiry_that_is_closed_already_needs_another_run() {
        meanwhile = this::inquiry;

        refused("Run the command again");
        meanwhile = () -> {};

        assertThat(erase()).contains("\"inquiriesWithoutPerson\":2");
    }

    @Test
    void what_somebody_has_in_hand_needs_another_run_that_counts_the_first_one_too() throws Exception {
        UUID inHand = inquiry();
        UUID kept = message(inHand);
        UUID medium =
                row("media", Map.of("customer", customer, "inquiry", inHand, "account", "main", "state", "READY"));
        try (Connection other = store.pool().getConnection();
                Statement statement = other.createStatement()) {
            other.setAutoCommit(false);
            meanwhile = () -> {
                try {
                    statement.executeQuery("select id from inquiries where id = '" + inHand + "' for update");
                } catch (SQLException e) {
                    throw new IllegalStateException(e);
                }
            };
            refused("in hand");
            other.rollback();
            other.setAutoCommit(true);
        }
        assertThat(hasWords(message)).isFalse();
        assertThat(hasWords(kept)).isTrue();
        assertThat(one("select customer from media where id = ?", medium)).isEqualTo(customer);
        meanwhile = () -> {};

        String proof = erase();

        assertThat(proof).contains("\"messages\":2").contains("\"media\":1");
        assertThat(one("select state from media where id = ?", medium)).isEqualTo("PURGED");
    }

    @Test
    void what_waits_for_line_is_cancelled_before_it_is_emptied() {
        UUID queued = delivery("QUEUED");
        UUID needsQuota = delivery("NEEDS_QUOTA");
        UUID unclear = delivery("UNCLEAR");

        erase();

        for (UUID delivery : List.of(queued, needsQuota)) {
            assertThat(one("select state from deliveries where id = ?", delivery))
                    .isEqualTo("CANCELLED");
        }
        assertThat(one("select state from deliveries where id = ?", unclear)).isEqualTo("UNCLEAR");
        assertThat(one("select count(*) from deliveries where payload is not null or recipient <> 'erased'"))
                .isEqualTo(0L);
    }

    @Test
    void while_line_is_called_nothing_is_erased_or_cancelled() {
        UUID queued = delivery("QUEUED");
        delivery("SENDING");

        refused("on its way");

        assertThat(asked).isEmpty();
        assertThat(one("select state from deliveries where id = ?", queued)).isEqualTo("QUEUED");
    }

    @Test
    void words_that_are_queued_meanwhile_need_another_run() {
        meanwhile = () -> delivery("QUEUED");

        refused("Run the command again");
    }

    @Test
    void while_salesforce_is_being_told_it_is_not_asked_to_erase() {
        UUID leased = crmWork(Duration.ofMinutes(2));

        refused("Salesforce is being told");

        assertThat(asked).isEmpty();
        assertThat(one("select state from crm_work where id = ?", leased)).isEqualTo("QUEUED");
    }

    @Test
    void what_waits_for_salesforce_is_not_sent_and_what_was_sent_meanwhile_needs_another_run() {
        UUID waiting = crmWork(null);
        meanwhile = () -> store.jdbc()
                .sql("update crm_work set state = 'DONE', done_at = ?, error = null where id = ?")
                .params(Store.at(store.clock().instant().plusSeconds(1)), crmWork(null))
                .update();

        refused("Run the command again");
        store.jdbc()
                .sql("update crm_work set done_at = current_timestamp - interval '1' day")
                .update();
        meanwhile = () -> {};
        erase();

        assertThat(one("select state from crm_work where id = ?", waiting)).isEqualTo("DONE");
        assertThat(one("select error from crm_work where id = ?", waiting)).isEqualTo("the customer is erased");
    }

    @Test
    void the_contact_stays_while_another_account_has_the_person_as_a_customer() {
        UUID other = row("customers", Map.of("account", "other", "line_user_id", MISAKI));

        String proof = erase();

        assertThat(proof).contains("\"contact\":false").contains("\"contactKept\"");
        assertThat(asked).noneMatch(call -> call.startsWith("DELETE"));
        assertThat(one("select line_user_id from customers where id = ?", other))
                .isEqualTo(MISAKI);

        assertThat(erase(other)).contains("\"contact\":true");
        assertThat(asked)
                .anyMatch(call -> call.startsWith("DELETE") && call.endsWith("/Contact/LineUserId__c/" + MISAKI));
    }
}
