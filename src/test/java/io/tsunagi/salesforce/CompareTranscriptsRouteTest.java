package io.tsunagi.salesforce;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.tsunagi.sandbox.salesforce.SalesforceSimulator;
import io.tsunagi.store.CrmWork.Kind;
import io.tsunagi.store.Dialect;
import io.tsunagi.store.Store;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The nightly report is 0, or names exactly what differs. */
class CompareTranscriptsRouteTest {
    private SalesforceSimulator salesforce;
    private SalesforceBench bench;

    @BeforeEach
    void startSimulator() {
        salesforce = new SalesforceSimulator().start();
    }

    @AfterEach
    void close() {
        bench.close();
        salesforce.close();
    }

    private Map<String, Object> report() {
        bench.call("compare-day", null, Map.of());
        return bench.store
                .jdbc()
                .sql("select * from crm_drift order by ran_at desc limit 1")
                .query()
                .singleRow();
    }

    private static List<String> ids(Map<String, Object> report) {
        return String.valueOf(report.get("ids")).lines().sorted().toList();
    }

    private void writeAll(UUID inquiry) {
        for (int i = 0; i < 10 && bench.states(inquiry).contains("QUEUED"); i++) {
            bench.write(inquiry);
        }
        assertThat(bench.states(inquiry)).containsOnly("DONE");
    }

    /** Says something some hours ago, at a time with a fraction that Salesforce may not keep. */
    private UUID said(UUID inquiry, int seq, Duration ago) {
        UUID message = bench.text(inquiry, seq, "word " + seq);
        bench.store
                .jdbc()
                .sql("update messages set at = ? where id = ?")
                .params(Store.at(Instant.now().minus(ago).plusNanos(999_600_000L)), message)
                .update();
        return message;
    }

    /** Scenario 66 */
    @ParameterizedTest
    @EnumSource(Dialect.class)
    void a_report_is_zero_or_the_exact_ids_and_what_is_missing_is_written_again(Dialect dialect) {
        bench = SalesforceBench.byHand(dialect, salesforce);
        UUID inquiry = bench.inquiry();
        bench.add(inquiry, Kind.CASE);
        List<UUID> messages = java.util.stream.IntStream.rangeClosed(1, 6)
                .mapToObj(seq -> said(inquiry, seq, Duration.ofHours(2 + 3L * seq)))
                .toList();
        messages.forEach(message -> bench.add(inquiry, Kind.TRANSCRIPT, message));
        writeAll(inquiry);

        Map<String, Object> nothing = report();
        assertThat(nothing.get("compared")).isEqualTo(6);
        assertThat(ids(nothing)).isEmpty();
        assertThat(bench.setup.drift().trouble()).isEmpty();

        UUID lost = messages.get(1);
        UUID takenBack = messages.get(3);
        UUID neverSent = said(inquiry, 8, Duration.ofHours(5));
        bench.add(inquiry, Kind.TRANSCRIPT, neverSent);
        bench.store
                .jdbc()
                .sql("update messages set content = null where id = ?")
                .param(neverSent)
                .update();
        writeAll(inquiry);
        UUID onItsWay = said(inquiry, 7, Duration.ofHours(5));
        bench.add(inquiry, Kind.TRANSCRIPT, onItsWay);
        salesforce.deleteAsPerson("LineMessage__c", record(lost));
        bench.store
                .jdbc()
                .sql("update messages set content = null, unsent_at = at where id = ?")
                .param(takenBack)
                .update();
        String nobodys = "0123456789abcdef0123456789abcdef";
        salesforce.createAsPerson(
                "LineMessage__c",
                Map.of(
                        "MessageKey__c",
                        nobodys,
                        "SentAt__c",
                        Instant.now().minus(Duration.ofHours(6)).toString(),
                        "Type__c",
                        "text"));

        assertThat(ids(report())).containsExactly("M:" + lost, "S:" + takenBack, "U:" + nobodys);
        assertThat(bench.setup.drift().trouble().orElseThrow()).contains("1 were missing");

        writeAll(inquiry);
        assertThat(ids(report())).containsExactly("U:" + nobodys);
    }

    private String record(UUID message) {
        return salesforce.records("LineMessage__c").stream()
                .filter(row -> row.path("MessageKey__c").asText().equals(SalesforceBench.key(message)))
                .map((JsonNode row) -> row.path("Id").asText())
                .findFirst()
                .orElseThrow();
    }
}
