package io.tsunagi.salesforce;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.tsunagi.sandbox.salesforce.SalesforceSimulator;
import io.tsunagi.store.CrmWork.Kind;
import io.tsunagi.store.Dialect;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** Salesforce was away for a day: everything is written afterwards, in its order, once. */
class DrainAfterADayTest {
    private static final int INQUIRIES = 100;

    @Test
    void a_days_work_is_written_in_order_and_nothing_is_lost() {
        try (SalesforceSimulator salesforce = new SalesforceSimulator().start();
                SalesforceBench bench = new SalesforceBench(Dialect.H2, salesforce, Map.of())) {
            salesforce.addFault(Map.of("kind", "any", "status", 503, "times", -1));
            bench.start(Path.of("routes"), true);
            List<UUID> inquiries = new ArrayList<>();
            for (int i = 0; i < INQUIRIES; i++) {
                UUID inquiry = bench.inquiry();
                inquiries.add(inquiry);
                bench.add(inquiry, Kind.CASE);
                bench.add(inquiry, Kind.TRANSCRIPT, bench.text(inquiry, 1, "first"));
                bench.add(inquiry, Kind.TRANSCRIPT, bench.text(inquiry, 2, "second"));
                bench.state(inquiry, "CLOSED");
                bench.add(inquiry, Kind.CLOSE);
            }
            await("it is away").until(() -> bench.setup.health().standing().state() == SalesforceHealth.State.AWAY);
            bench.clock.pass(Duration.ofHours(24));

            salesforce.clearFaults();
            bench.clock.pass(Duration.ofMinutes(6));
            await("all is written")
                    .atMost(Duration.ofMinutes(5))
                    .until(() -> bench.store
                                    .jdbc()
                                    .sql("select count(*) from crm_work where state <> 'DONE'")
                                    .query(Long.class)
                                    .single()
                            == 0);
            Map<String, Integer> cases = new HashMap<>();
            for (JsonNode record : salesforce.records("Case")) {
                if (record.hasNonNull("LineInquiryKey__c")) {
                    cases.merge(record.path("LineInquiryKey__c").asText(), 1, Integer::sum);
                    assertThat(record.path("Status").asText()).isEqualTo("Closed");
                }
            }
            assertThat(cases).hasSize(INQUIRIES).allSatisfy((key, times) -> assertThat(times)
                    .isOne());
            assertThat(salesforce.records("LineMessage__c")).hasSize(2 * INQUIRIES);
            assertThat(inquiries).allSatisfy(inquiry -> assertThat(bench.store
                            .jdbc()
                            .sql("select kind from crm_work where inquiry = ? order by done_at, seq")
                            .param(inquiry)
                            .query(String.class)
                            .list())
                    .containsExactly("CASE", "TRANSCRIPT", "TRANSCRIPT", "CLOSE"));
        }
    }
}
