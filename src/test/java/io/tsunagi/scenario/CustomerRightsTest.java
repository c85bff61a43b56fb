package io.tsunagi.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.tsunagi.audit.Audit;
import io.tsunagi.audit.PurgeCertificates;
import io.tsunagi.audit.Reveals;
import io.tsunagi.config.SettingsException;
import io.tsunagi.inquiry.Drafts;
import io.tsunagi.inquiry.Erase;
import io.tsunagi.inquiry.InquiryVersions;
import io.tsunagi.inquiry.Messages;
import io.tsunagi.keeping.CustomerErasure;
import io.tsunagi.keeping.CustomerExport;
import io.tsunagi.keeping.LegalHolds;
import io.tsunagi.media.DayKeys;
import io.tsunagi.media.Media;
import io.tsunagi.salesforce.SalesforceErasure;
import io.tsunagi.store.CrmWork;
import io.tsunagi.store.Dialect;
import io.tsunagi.store.Signals;
import io.tsunagi.store.Store;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** S37: what is kept of a customer is handed out, and erased everywhere, Salesforce included. */
class CustomerRightsTest {
    private static final String MISAKI = "U" + "3".repeat(31) + "9";
    private static final String MARKER = "わすれな草のお知らせ";

    @TempDir
    Path temp;

    /** Scenario 58 */
    @Test
    void a_customer_is_handed_out_and_then_erased_everywhere_and_comes_back_as_a_stranger() throws IOException {
        try (TestHub hub = TestHub.start(
                        Dialect.H2,
                        Map.of(
                                "hub.salesforce.case-opens", "first-message",
                                "hub.salesforce.close-comment", "transcript"));
                Rows rows = new Rows(hub.settings())) {
            hub.customer(MISAKI, "みさき" + MARKER);
            Operator aoi = hub.operator("aoi");
            hub.line.write(MISAKI, "main", "オペレーターと話したい " + MARKER);
            String inquiry = aoi.awaitInquiry("みさき" + MARKER);
            hub.line.write(
                    MISAKI,
                    JsonNodeFactory.instance
                            .objectNode()
                            .put("account", "main")
                            .put("type", "image")
                            .put("sample", "card-front"));
            aoi.awaitMessage(
                    inquiry,
                    message -> message.path("media").path("state").asText().equals("ready"));
            aoi.say(inquiry, "承知しました " + MARKER);
            hub.awaitBubble(MISAKI, text -> text.contains("承知しました"));
            aoi.call("POST", "/api/inquiries/" + inquiry + "/hold", Map.of("memo", MARKER));
            aoi.call("POST", "/api/inquiries/" + inquiry + "/resume", Map.of());
            UUID customer = customerOf(rows.store(), inquiry);
            Parts parts = new Parts(rows.store(), hub);
            CustomerErasure.Person person = parts.erasure.find(customer).orElseThrow();

            assertThatThrownBy(() -> parts.erasure.erase(person, "dpo", "asked to"))
                    .isInstanceOf(SettingsException.class)
                    .hasMessageContaining("is open");
            aoi.act(inquiry, "close", Map.of("reason", "solved", "survey", false));
            String due = rows.text("select cast(due_at as varchar) from media");
            rows.store()
                    .jdbc()
                    .sql("update media set due_at = due_at - interval '20' day")
                    .update();
            aoi.act(inquiry, "reopen", Map.of());
            assertThat(rows.text("select cast(due_at as varchar) from media"))
                    .as("reopened, media end at their own time again")
                    .isEqualTo(due);
            aoi.act(inquiry, "close", Map.of("reason", "solved", "survey", false));
            await("Salesforce has everything")
                    .atMost(TestHub.PATIENCE)
                    .until(() -> rows.count("select count(*) from crm_work where state <> 'DONE'") == 0
                            && rows.count("select count(*) from events where state <> 'DONE'") == 0);
            assertThat(atSalesforce(hub)).contains(MARKER).contains(MISAKI);
            assertThat(rows.count("select count(*) from inquiries where case_early and case_id is not null"))
                    .as("the Case was asked for by the message, before the hand-off")
                    .isOne();
            assertThat(comments(hub)).contains("[LINE chat ").contains("承知しました " + MARKER);

            assertThat(parts.export.write(
                            person, null, temp.resolve("export"), "dpo", "asked for in letter 12", words -> {}))
                    .isEqualTo(new CustomerExport.Written(1, 0, 0));
            JsonNode handed = new ObjectMapper()
                    .readTree(temp.resolve("export/customer.json").toFile());
            assertThat(handed.path("name").asText()).isEqualTo("みさき" + MARKER);
            assertThat(handed.path("inquiries").path(0).path("messages").toString())
                    .contains("オペレーターと話したい " + MARKER)
                    .contains("承知しました");
            assertThat(Files.size(temp.resolve("export")
                            .resolve(handed.path("media").path(0).path("file").asText())))
                    .isPositive();

            LegalHolds.Hold hold = parts.holds.set(LegalHolds.Scope.CUSTOMER, customer, null, "court", "aoi", null);
            assertThatThrownBy(() -> parts.erasure.erase(person, "dpo", "asked to"))
                    .hasMessageContaining("legal hold");
            parts.holds.lift(hold.id(), "over", "sakura", null);

            String proof = parts.erasure.erase(person, "dpo", "asked to");

            assertThat(PurgeCertificates.verify(proof, parts.certificates.publicKey()))
                    .isTrue();
            assertThat(parts.erasure.erase(
                            parts.erasure
                                    .find(customerOf(rows.store(), inquiry))
                                    .orElseThrow(),
                            "dpo",
                            "asked to"))
                    .as("run again, it hands the same proof out")
                    .isEqualTo(proof);
            assertThat(proof).contains("\"contact\":true").contains("\"casesEmptied\":1");
            assertThat(rows.placesOf(MARKER)).as("words and name").isEmpty();
            assertThat(rows.placesOf(MISAKI)).as("the LINE user id").isEmpty();
            assertThat(atSalesforce(hub)).doesNotContain(MARKER).doesNotContain(MISAKI);
            assertThat(hub.salesforce.records("Case"))
                    .as("for the statistics")
                    .anyMatch(row -> row.path("LineInquiryKey__c").asText().equals(inquiry.replace("-", "")));
            assertThat(rows.count("select count(*) from inquiries where state = 'CLOSED'"))
                    .isOne();
            assertThat(rows.count("select count(*) from media_chunks")).isZero();
            assertThat(parts.erasure.find(customer)).isEmpty();

            hub.line.write(MISAKI, "main", "オペレーターと話したい");
            assertThat(aoi.awaitInquiry("みさき" + MARKER)).isNotEqualTo(inquiry);
            assertThat(rows.count("select count(*) from customers")).isEqualTo(2);
        }
    }

    private static UUID customerOf(Store store, String inquiry) {
        return store.jdbc()
                .sql("select customer from inquiries where id = ?")
                .param(UUID.fromString(inquiry))
                .query(UUID.class)
                .single();
    }

    private static String comments(TestHub hub) {
        return hub.salesforce.records("CaseComment").toString();
    }

    private static String atSalesforce(TestHub hub) {
        StringBuilder all = new StringBuilder();
        for (String object : List.of("Contact", "Case", "LineMessage__c", "CaseComment")) {
            all.append(hub.salesforce.records(object));
        }
        return all.toString();
    }

    /** What the commands stand on. */
    private static final class Parts {
        final LegalHolds holds;
        final PurgeCertificates certificates;
        final CustomerErasure erasure;
        final CustomerExport export;

        Parts(Store store, TestHub hub) {
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
            holds = new LegalHolds(store, audit);
            certificates = new PurgeCertificates(store, Path.of(hub.settings().needed("hub.store.key-dir")));
            erasure = new CustomerErasure(
                    store,
                    new Erase(store, messages, new Drafts(store, store.clock()), media),
                    media,
                    new SalesforceErasure(hub.settings()),
                    certificates,
                    audit);
            export = new CustomerExport(
                    store, messages, media, new Reveals(store, audit, Duration.ofMinutes(15)), audit);
        }
    }
}
