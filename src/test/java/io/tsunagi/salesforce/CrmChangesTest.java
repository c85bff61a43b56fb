package io.tsunagi.salesforce;

import static org.assertj.core.api.Assertions.assertThat;

import io.tsunagi.inquiry.CaseNews;
import io.tsunagi.sandbox.salesforce.SalesforceSimulator;
import io.tsunagi.store.CrmWork;
import io.tsunagi.store.CrmWork.Kind;
import io.tsunagi.store.Dialect;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;
import org.apache.camel.Exchange;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.support.DefaultExchange;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Which events ask for a look, who looks, and what is told; without the wire. */
class CrmChangesTest {
    private static final String CASE = "500000000000001AAA";
    private static final String OTHER = "500000000000002AAA";

    private SalesforceSimulator salesforce;
    private SalesforceBench bench;
    private CrmChanges changes;

    @BeforeEach
    void startSimulator() {
        salesforce = new SalesforceSimulator().start();
    }

    @AfterEach
    void close() {
        bench.close();
        salesforce.close();
    }

    private void open(Dialect dialect) {
        bench = new SalesforceBench(dialect, salesforce, Map.of("hub.salesforce.changes", "take"))
                .start(java.nio.file.Path.of("routes"), false);
        changes = (CrmChanges) bench.setup.beans().get("crmChanges");
        ofCase(bench.inquiry(), CASE);
        ofCase(bench.inquiry(), OTHER);
    }

    private void ofCase(UUID inquiry, String record) {
        bench.store
                .jdbc()
                .sql("update inquiries set case_id = ? where id = ?")
                .params(record, inquiry)
                .update();
    }

    private static Exchange event(String key, String origin, String... records) {
        Exchange exchange = new DefaultExchange(new DefaultCamelContext());
        exchange.getMessage()
                .setHeaders(new java.util.HashMap<>(Map.of(
                        "CamelSalesforceEntityName",
                        "Case",
                        "CamelSalesforceChangeOrigin",
                        origin,
                        "CamelSalesforceTransactionKey",
                        key,
                        "CamelSalesforceSequenceNumber",
                        1,
                        "CamelSalesforceRecordIds",
                        (Object) records)));
        return exchange;
    }

    private List<String> heard() {
        return bench.store
                .jdbc()
                .sql("select record from crm_changes order by record")
                .query(String.class)
                .list();
    }

    @ParameterizedTest
    @EnumSource(Dialect.class)
    void an_event_counts_once_and_one_worker_has_it(Dialect dialect) {
        open(dialect);
        String client = "com/salesforce/api/rest/62.0;client=tsunagi";
        changes.heard(event("own", client, CASE));
        changes.heard(event("nobodys", "", "500000000000009AAA"));
        changes.heard(event("overflow", "", "000000000000000AAA"));
        assertThat(heard()).isEmpty();

        changes.heard(event("one", "com/salesforce/api/rest/62.0;client=tsunagi-other", CASE, OTHER));
        changes.heard(event("one", "", CASE, OTHER));
        changes.heard(event("two", "", CASE));
        assertThat(heard()).containsExactly(CASE, CASE, OTHER);

        assertThat(changes.waiting()).isTrue();
        CrmChanges.Look look = changes.take();
        assertThat(look.records()).containsExactlyInAnyOrder(CASE, OTHER);
        assertThat(look.in()).matches("\\('500[^']+','500[^']+'\\)");
        assertThat(changes.take()).as("another worker").isNull();
        assertThat(changes.waiting()).isFalse();

        changes.heard(event("three", "", CASE));
        changes.done(look);
        assertThat(changes.take().records()).as("heard meanwhile").containsExactly(CASE);
        bench.clock.pass(Duration.ofMinutes(5));
        CrmChanges.Look again = changes.take();
        assertThat(again.records()).as("left by who died").containsExactly(CASE);
        changes.putBack(again);
        assertThat(changes.take()).as("it waits a little").isNull();
        bench.clock.pass(CrmChanges.PAUSE.plusSeconds(1));
        CrmChanges.Look last = changes.take();
        assertThat(last.records()).containsExactly(CASE);
        bench.clock.pass(CrmChanges.PATIENCE);
        changes.putBack(last);
        assertThat(heard()).as("the look finds what no query by ids can").isEmpty();
    }

    @ParameterizedTest
    @EnumSource(Dialect.class)
    void a_look_goes_back_to_where_the_last_one_ended_and_further_for_what_is_committed_late(Dialect dialect) {
        open(dialect);
        String first = changes.since("cases");
        assertThat(changes.since("cases")).as("nothing was seen").isEqualTo(first);
        String newest = bench.clock.instant().plusSeconds(600).toString();
        changes.seenAll(
                "cases",
                List.of(
                        Map.of("SystemModstamp", newest),
                        Map.of("SystemModstamp", bench.clock.instant().toString())));

        assertThat(java.time.Instant.parse(changes.since("cases")))
                .isEqualTo(java.time.Instant.parse(newest)
                        .minus(CrmChanges.OVERLAP)
                        .truncatedTo(java.time.temporal.ChronoUnit.SECONDS));
        assertThat(changes.since("comments")).as("comments have their own").isNotEqualTo(changes.since("cases"));
    }

    @ParameterizedTest
    @EnumSource(Dialect.class)
    void a_look_that_fails_takes_nothing_and_the_next_one_takes_everything(Dialect dialect) {
        open(dialect);
        UUID inquiry = bench.inquiry();
        bench.setup.health().ready();
        bench.call("find-changes", null, Map.of());
        bench.told.clear();
        String record = salesforce.createAsPerson(
                "Case", Map.of("Subject", "x", "LineInquiryKey__c", SalesforceBench.key(inquiry), "Priority", "High"));
        salesforce.createAsPerson(
                "CaseComment", Map.of("ParentId", record, "CommentBody", "#line hello", "IsPublished", true));
        salesforce.addFault(Map.of("kind", "composite", "status", 500));
        bench.call("find-changes", null, Map.of());
        assertThat(bench.told).isEmpty();

        bench.clock.pass(Duration.ofMinutes(1));
        bench.call("find-changes", null, Map.of());
        assertThat(bench.told)
                .hasSize(2)
                .anySatisfy(news -> assertThat(news).isInstanceOfSatisfying(CaseNews.Seen.class, seen -> {
                    assertThat(seen.priority()).isEqualTo("High");
                    assertThat(seen.urgency()).isEqualTo(2);
                    assertThat(seen.closed()).isFalse();
                    assertThat(seen.owner()).isNotBlank();
                }))
                .anySatisfy(news -> assertThat(news).isInstanceOfSatisfying(CaseNews.Comment.class, comment -> {
                    assertThat(comment.words()).isEqualTo("hello");
                    assertThat(comment.author()).isNotBlank();
                }));
    }

    @ParameterizedTest
    @EnumSource(Dialect.class)
    void what_cannot_be_taken_holds_up_nothing_else(Dialect dialect) {
        open(dialect);
        bench.setup.health().ready();
        bench.call("find-changes", null, Map.of());
        bench.untakable = bench.inquiry();
        commented(bench.untakable, "#line first");
        commented(bench.inquiry(), "#line second");
        bench.call("find-changes", null, Map.of());

        assertThat(bench.told).hasSize(2).anySatisfy(news -> assertThat(news)
                .isInstanceOfSatisfying(CaseNews.Comment.class, comment -> assertThat(comment.words())
                        .isEqualTo("second")));
    }

    @ParameterizedTest
    @EnumSource(Dialect.class)
    void a_mark_ends_where_its_word_does(Dialect dialect) {
        open(dialect);
        bench.setup.health().ready();
        bench.call("find-changes", null, Map.of());
        UUID inquiry = bench.inquiry();
        commented(inquiry, "#linear algebra", "#line2 is down", "#lineお待たせしました", "#line: hello", " #line\nbye");
        bench.call("find-changes", null, Map.of());

        assertThat(bench.told.stream()
                        .filter(CaseNews.Comment.class::isInstance)
                        .map(news -> ((CaseNews.Comment) news).words()))
                .containsExactlyInAnyOrder("お待たせしました", ": hello", "bye");
    }

    @ParameterizedTest
    @EnumSource(Dialect.class)
    void a_look_is_one_call_and_seldom_while_nobody_talks_about_an_inquiry(Dialect dialect) {
        open(dialect);
        bench.setup.health().ready();
        int before = salesforce.calls().size();
        bench.call("find-changes", null, Map.of());
        assertThat(salesforce.calls()).hasSize(before + 1);

        assertThat(changes.timeToLook()).isTrue();
        assertThat(changes.timeToLook()).as("two inquiries are open").isTrue();
        closedAt(bench.clock.instant());
        assertThat(changes.timeToLook()).as("they were a moment ago").isTrue();
        closedAt(bench.clock.instant().minus(CrmChanges.WARM).minusSeconds(1));
        assertThat(changes.timeToLook()).isFalse();
        bench.clock.pass(CrmChanges.QUIET);
        assertThat(changes.timeToLook()).isTrue();
        assertThat(changes.timeToLook()).isFalse();
    }

    @ParameterizedTest
    @EnumSource(Dialect.class)
    void while_the_hub_catches_up_it_looks_once_a_minute(Dialect dialect) {
        open(dialect);
        bench.setup.health().ready();
        List<CrmWork.Order> left = Stream.generate(UUID::randomUUID)
                .limit(1000)
                .map(id -> new CrmWork.Order(id, id, ""))
                .toList();
        bench.store.inTransaction(() -> bench.work.add(Kind.CASE, left, Duration.ZERO));
        assertThat(changes.timeToLook()).isTrue();

        bench.setup.queue().due();
        assertThat(changes.timeToLook()).as("it would read its own changes").isFalse();
        bench.clock.pass(CrmChanges.QUIET);
        assertThat(changes.timeToLook()).isTrue();

        UUID first = left.get(0).inquiry();
        bench.store
                .jdbc()
                .sql("update crm_work set state = 'DONE' where inquiry = ?")
                .param(first)
                .update();
        bench.setup.queue().due();
        assertThat(changes.timeToLook()).as("little is left").isTrue();
    }

    @ParameterizedTest
    @EnumSource(Dialect.class)
    void after_a_look_that_reads_more_than_a_page_it_looks_once_a_minute(Dialect dialect) {
        open(dialect);
        changes.since("cases");
        Map<String, String> record = Map.of("SystemModstamp", "2026-04-01T09:00:00.000+0000");
        assertThat(changes.timeToLook()).isTrue();

        changes.seenAll("cases", Collections.nCopies(CrmChanges.PAGE + 1, record));
        assertThat(changes.timeToLook())
                .as("the next would read the same again")
                .isFalse();
        bench.clock.pass(CrmChanges.QUIET);
        assertThat(changes.timeToLook()).isTrue();

        changes.seenAll("cases", Collections.nCopies(CrmChanges.PAGE, record));
        assertThat(changes.timeToLook()).as("little changes again").isTrue();
    }

    @ParameterizedTest
    @EnumSource(Dialect.class)
    void a_priority_the_hub_sent_is_no_news_though_the_answer_was_lost(Dialect dialect) {
        open(dialect);
        changes.since("cases");
        UUID inquiry = bench.inquiry();
        bench.add(inquiry, Kind.CASE);
        bench.write(inquiry);
        bench.store
                .jdbc()
                .sql("update inquiries set priority = 2 where id = ?")
                .param(inquiry)
                .update();
        bench.add(inquiry, Kind.CASE_UPDATE);
        salesforce.addFault(Map.of("kind", "composite", "lostAnswer", true, "times", 1));
        bench.write(inquiry);
        assertThat(bench.cases(inquiry).get(0).path("Priority").asText()).isEqualTo("High");
        bench.clock.pass(Duration.ofSeconds(5));

        assertThat(priorities()).containsOnlyNulls();
        salesforce.changeAsPerson("Case", bench.cases(inquiry).get(0).path("Id").asText(), Map.of("Priority", "Low"));
        assertThat(priorities()).as("a person's").containsOnly("Low");
    }

    /** What is told of the priority of the inquiry's Case. */
    private List<String> priorities() {
        bench.told.clear();
        bench.setup.health().ready();
        bench.call("find-changes", null, Map.of());
        return bench.told.stream()
                .map(told -> ((CaseNews.Seen) told).priority())
                .toList();
    }

    private void closedAt(java.time.Instant at) {
        bench.store
                .jdbc()
                .sql("update inquiries set state = 'CLOSED', closed_at = ?")
                .param(io.tsunagi.store.Store.at(at))
                .update();
    }

    private String commented(UUID inquiry, String... comments) {
        String record = salesforce.createAsPerson(
                "Case", Map.of("Subject", "x", "LineInquiryKey__c", SalesforceBench.key(inquiry)));
        for (String words : comments) {
            salesforce.createAsPerson(
                    "CaseComment", Map.of("ParentId", record, "CommentBody", words, "IsPublished", true));
        }
        return record;
    }
}
