package io.tsunagi.salesforce;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.tsunagi.sandbox.salesforce.SalesforceSimulator;
import io.tsunagi.store.CrmWork.Kind;
import io.tsunagi.store.Dialect;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SyncToSalesforceRouteTest {
    private static SalesforceSimulator salesforce;

    private SalesforceBench bench;

    @BeforeAll
    static void startSimulator() {
        salesforce = new SalesforceSimulator().start();
    }

    @AfterAll
    static void stopSimulator() {
        salesforce.close();
    }

    @BeforeEach
    void reset() {
        salesforce.reset();
    }

    @AfterEach
    void close() {
        bench.close();
    }

    @Test
    void an_inquiry_becomes_a_case_with_its_customer_and_transcript_and_is_closed() {
        bench = SalesforceBench.running(Dialect.H2, salesforce);
        UUID customer = bench.customer("U" + "a".repeat(32), "Misaki 🌸");
        UUID inquiry = bench.inquiry(customer, null);
        UUID asked = bench.text(inquiry, 1, "残高はどこで見られますか");
        UUID answered = bench.message(inquiry, 2, "OPERATOR", "text", "{\"text\":\"ホーム画面です\"}");
        UUID sticker = bench.message(
                inquiry,
                3,
                "CUSTOMER",
                "sticker",
                "{\"sticker\":{\"packageId\":\"1\",\"stickerId\":\"2\",\"keywords\":[\"thanks\"]}}");
        UUID picture = bench.message(inquiry, 4, "CUSTOMER", "image", "{}");
        UUID note = bench.message(inquiry, 5, "NOTE", "text", "{\"text\":\"between us\"}");
        for (UUID message : List.of(asked, answered, sticker, picture, note)) {
            bench.add(inquiry, Kind.TRANSCRIPT, message);
        }
        bench.add(inquiry, Kind.CASE);
        bench.add(inquiry, Kind.CLOSE);

        await().until(() -> bench.states(inquiry).stream().allMatch("DONE"::equals));

        JsonNode record = bench.cases(inquiry).get(0);
        assertThat(record.path("Subject").asText()).isEqualTo("残高はどこで見られますか");
        assertThat(record.path("Origin").asText()).isEqualTo("LINE");
        assertThat(record.path("Priority").asText()).isEqualTo("Medium");
        assertThat(record.path("Status").asText()).isEqualTo("Closed");
        assertThat(record.path("HandedOffAt__c").asText()).startsWith("2026-04-01T09:00:00");
        assertThat(record.path("Description").asText()).isEqualTo("Reason: asked\nLanguage: ja\nAccount: main");
        JsonNode contact = salesforce.records("Contact").stream()
                .filter(c -> c.path("LineUserId__c").asText().equals("U" + "a".repeat(32)))
                .findFirst()
                .orElseThrow();
        assertThat(contact.path("LastName").asText()).isEqualTo("Misaki 🌸");
        assertThat(record.path("ContactId").asText())
                .isEqualTo(contact.path("Id").asText());
        assertThat(bench.transcript(inquiry))
                .extracting(
                        m -> m.path("MessageKey__c").asText(),
                        m -> m.path("Direction__c").asText(),
                        m -> m.path("Type__c").asText(),
                        m -> m.path("Text__c").asText(),
                        m -> m.path("LineMessageId__c").asText())
                .containsExactlyInAnyOrder(
                        org.assertj.core.groups.Tuple.tuple(
                                SalesforceBench.key(asked), "Inbound", "text", "残高はどこで見られますか", "51"),
                        org.assertj.core.groups.Tuple.tuple(
                                SalesforceBench.key(answered), "Outbound", "text", "ホーム画面です", "52"),
                        org.assertj.core.groups.Tuple.tuple(
                                SalesforceBench.key(sticker), "Inbound", "sticker", "[sticker] thanks", "53"),
                        org.assertj.core.groups.Tuple.tuple(
                                SalesforceBench.key(picture), "Inbound", "image", "[image]", "54"));
        Map<String, Object> row = bench.row(inquiry);
        assertThat(row.get("case_id")).isEqualTo(record.path("Id").asText());
        assertThat(row.get("case_number")).isEqualTo(record.path("CaseNumber").asText());
        assertThat(row.get("case_status")).isEqualTo("Closed");
        assertThat(row.get("case_synced_at")).isNotNull();
        assertThat(((Number) row.get("version")).longValue()).isGreaterThanOrEqualTo(3);
        assertThat(bench.calls("composite")).as("Case, transcript, close").hasSize(3);
    }

    @Test
    void the_work_of_many_inquiries_goes_in_few_calls_and_each_gets_its_own_answer() {
        bench = SalesforceBench.byHand(Dialect.H2, salesforce);
        UUID customer = bench.customer("U" + "9".repeat(32), "美咲");
        UUID[] inquiries = Stream.concat(
                        Stream.of(bench.inquiry(customer, "残高"), bench.inquiry(customer, "送金")),
                        Stream.generate(() -> bench.inquiry()).limit(28))
                .toArray(UUID[]::new);
        for (UUID inquiry : inquiries) {
            bench.add(inquiry, Kind.CASE);
            bench.add(inquiry, Kind.TRANSCRIPT, bench.text(inquiry, 1, "一"));
            bench.add(inquiry, Kind.TRANSCRIPT, bench.text(inquiry, 2, "二"));
            bench.add(inquiry, Kind.CLOSE);
            bench.state(inquiry, "CLOSED");
        }

        for (int i = 0; i < 3; i++) {
            bench.write(inquiries);
        }

        assertThat(bench.calls("composite")).as("Cases, transcripts, closes").hasSize(3);
        assertThat(bench.calls("query")).as("one look before the closes").hasSize(1);
        assertThat(inquiries).allSatisfy(inquiry -> {
            assertThat(bench.states(inquiry)).containsOnly("DONE");
            assertThat(bench.cases(inquiry)).singleElement().satisfies(record -> {
                assertThat(record.path("Status").asText()).isEqualTo("Closed");
                assertThat(bench.row(inquiry))
                        .containsEntry("case_id", record.path("Id").asText())
                        .containsEntry("case_number", record.path("CaseNumber").asText())
                        .containsEntry("case_status", "Closed");
            });
            assertThat(bench.transcript(inquiry))
                    .extracting(row -> row.path("Text__c").asText())
                    .containsExactly("一", "二");
        });
        assertThat(Stream.of(inquiries).limit(2))
                .extracting(
                        inquiry -> bench.cases(inquiry).get(0).path("ContactId").asText())
                .as("two inquiries of one customer")
                .allMatch(contact -> contact.startsWith("003"))
                .containsOnly(bench.cases(inquiries[0]).get(0).path("ContactId").asText());
    }

    @Test
    void what_was_mapped_for_one_inquiry_reaches_no_other_that_is_woken_with_it() {
        bench = SalesforceBench.byHand(Dialect.H2, salesforce);
        UUID closed = bench.inquiry(bench.customer("U" + "8".repeat(32), "美咲"), "残高");
        bench.add(closed, Kind.CASE);
        bench.writeAll(closed);
        UUID opened = bench.inquiry(bench.customer("U" + "9".repeat(32), "健太"), "送金");
        String contact = bench.cases(closed).get(0).path("ContactId").asText();
        bench.add(opened, Kind.CASE);
        bench.add(closed, Kind.CLOSE);
        bench.state(closed, "CLOSED");

        bench.writeAll(opened, closed);

        assertThat(bench.states(closed)).containsOnly("DONE");
        assertThat(bench.states(opened)).containsOnly("DONE");
        assertThat(bench.cases(closed).get(0).path("Status").asText()).isEqualTo("Closed");
        assertThat(bench.cases(closed).get(0).path("ContactId").asText()).isEqualTo(contact);
        assertThat(bench.cases(opened).get(0).path("ContactId").asText())
                .startsWith("003")
                .isNotEqualTo(contact);
    }

    @Test
    void a_refused_record_sets_aside_the_work_of_its_own_inquiry_only() {
        bench = SalesforceBench.byHand(Dialect.H2, salesforce);
        UUID[] inquiries = Stream.generate(() -> bench.inquiry()).limit(10).toArray(UUID[]::new);
        for (UUID inquiry : inquiries) {
            bench.add(inquiry, Kind.CASE);
            bench.add(inquiry, Kind.TRANSCRIPT, bench.text(inquiry, 1, "a"));
        }
        salesforce.addFault(Map.of("kind", "row", "sObject", "Case", "errorCode", "STRING_TOO_LONG", "message", "x"));
        bench.write(inquiries);
        bench.write(inquiries);

        assertThat(Stream.of(inquiries).map(bench::states))
                .filteredOn(states -> states.equals(List.of("SET_ASIDE", "QUEUED")))
                .hasSize(1);
        assertThat(Stream.of(inquiries).map(bench::states))
                .filteredOn(states -> states.equals(List.of("DONE", "DONE")))
                .hasSize(9);

        bench.setup.queue().retry(bench.setup.queue().failed().get(0).id());
        bench.write(inquiries);
        bench.write(inquiries);

        assertThat(Stream.of(inquiries).map(bench::states)).containsOnly(List.of("DONE", "DONE"));
        assertThat(inquiries)
                .allSatisfy(inquiry -> assertThat(bench.cases(inquiry)).hasSize(1));
    }

    @Test
    void what_fails_before_the_call_is_found_by_halves_and_its_neighbours_are_written(@TempDir Path folder)
            throws IOException {
        addLine(folder, "open-case", "Case.Origin", "- { name: Case.Description.Inner, simple: \"${body[skill]}\" }");
        bench = new SalesforceBench(Dialect.H2, salesforce, Map.of()).start(folder, false);
        UUID[] inquiries = Stream.generate(() -> bench.inquiry()).limit(9).toArray(UUID[]::new);
        for (UUID inquiry : inquiries) {
            bench.add(inquiry, Kind.CASE);
        }
        bench.store
                .jdbc()
                .sql("update inquiries set skill = 'x' where id = ?")
                .param(inquiries[4])
                .update();

        bench.write(inquiries);

        assertThat(bench.setup.queue().failed()).singleElement().satisfies(failed -> {
            assertThat(failed.inquiry()).isEqualTo(inquiries[4]);
            assertThat(failed.error()).contains("Case.Description.Inner");
        });
        assertThat(inquiries)
                .filteredOn(inquiry -> bench.states(inquiry).equals(List.of("DONE")))
                .hasSize(8);
    }

    @Test
    void a_message_that_waits_twice_is_written_once_as_it_is_now() {
        bench = SalesforceBench.byHand(Dialect.H2, salesforce);
        UUID inquiry = bench.inquiry();
        UUID message = bench.text(inquiry, 1, "ないしょ");
        bench.add(inquiry, Kind.CASE);
        bench.add(inquiry, Kind.TRANSCRIPT, message);
        bench.store
                .jdbc()
                .sql("update messages set content = null, unsent_at = at where id = ?")
                .param(message)
                .update();
        bench.add(inquiry, Kind.TRANSCRIPT, message);

        bench.write(inquiry);
        bench.write(inquiry);

        assertThat(bench.states(inquiry)).containsExactly("DONE", "DONE", "DONE");
        assertThat(bench.transcript(inquiry))
                .singleElement()
                .satisfies(row -> assertThat(row.path("Type__c").asText()).isEqualTo("unsent"));
    }

    @Test
    void a_case_written_by_a_hub_that_kept_no_values_loses_nothing_to_the_first_update() {
        bench = SalesforceBench.byHand(Dialect.H2, salesforce);
        UUID inquiry = bench.inquiry();
        bench.add(inquiry, Kind.CASE);
        bench.write(inquiry);
        // As the migration that added the column left every inquiry of then.
        bench.store
                .jdbc()
                .sql("update inquiries set case_written = null, case_written_at = null where id = ?")
                .param(inquiry)
                .update();
        person(inquiry, Map.of("Status", "Escalated", "Priority", "High", "Subject", "Wrong charge"));
        bench.store
                .jdbc()
                .sql("update inquiries set priority = 5, topic = '手数料'")
                .update();
        bench.state(inquiry, "ASSIGNED");
        bench.add(inquiry, Kind.CASE_UPDATE);
        bench.write(inquiry);

        assertThat(bench.cases(inquiry)).singleElement().satisfies(record -> {
            assertThat(record.path("Status").asText()).isEqualTo("Escalated");
            assertThat(record.path("Priority").asText()).isEqualTo("High");
            assertThat(record.path("Subject").asText()).isEqualTo("Wrong charge");
        });

        bench.state(inquiry, "CLOSED");
        bench.store
                .jdbc()
                .sql("update inquiries set close_reason = 'solved', closed_at = opened_at")
                .update();
        bench.add(inquiry, Kind.CLOSE);
        bench.write(inquiry);

        assertThat(bench.states(inquiry)).containsOnly("DONE");
        assertThat(bench.cases(inquiry)).singleElement().satisfies(record -> {
            assertThat(record.path("Status").asText()).isEqualTo("Closed");
            assertThat(record.path("CloseReason__c").asText())
                    .as("what nobody filled")
                    .isEqualTo("solved");
            assertThat(record.path("Priority").asText()).isEqualTo("High");
        });
    }

    @Test
    void what_was_said_becomes_private_comments_that_follow_what_is_taken_back() {
        bench = SalesforceBench.byHand(Dialect.H2, salesforce);
        UUID inquiry = bench.inquiry();
        UUID secret = bench.text(inquiry, 1, "ないしょ" + "あ".repeat(1500));
        bench.message(inquiry, 2, "CUSTOMER", "image", "{}");
        bench.message(inquiry, 3, "OPERATOR", "text", "{\"text\":\"ホーム画面です\"}");
        bench.message(inquiry, 4, "NOTE", "text", "{\"text\":\"between us\"}");
        bench.add(inquiry, Kind.CASE);
        bench.write(inquiry);
        salesforce.createAsPerson(
                "CaseComment",
                Map.of("ParentId", bench.cases(inquiry).get(0).path("Id").asText(), "CommentBody", "by hand"));
        for (int i = 0; i < 2; i++) {
            bench.add(inquiry, Kind.SUMMARY);
            bench.write(inquiry);
        }

        assertThat(bench.states(inquiry)).containsOnly("DONE");
        List<JsonNode> own = ownComments();
        assertThat(own).as("once, though written twice").hasSize(2).allSatisfy(comment -> {
            assertThat(comment.path("IsPublished").asBoolean()).isFalse();
            assertThat(comment.path("CommentBody").asText().getBytes(java.nio.charset.StandardCharsets.UTF_8).length)
                    .isLessThanOrEqualTo(4000);
        });
        assertThat(own.stream()
                        .map(comment -> comment.path("CommentBody").asText())
                        .reduce("", String::concat))
                .contains("ないしょ", "[image]", "ホーム画面です")
                .doesNotContain("between us");

        bench.store
                .jdbc()
                .sql("update messages set content = null, unsent_at = at where id = ?")
                .param(secret)
                .update();
        bench.add(inquiry, Kind.SUMMARY);
        bench.write(inquiry);

        assertThat(ownComments()).singleElement().satisfies(comment -> assertThat(
                        comment.path("CommentBody").asText())
                .doesNotContain("ないしょ")
                .contains("ホーム画面です"));
        assertThat(salesforce.records("CaseComment"))
                .extracting(comment -> comment.path("CommentBody").asText())
                .contains("by hand");
    }

    private static List<JsonNode> ownComments() {
        return salesforce.records("CaseComment").stream()
                .filter(comment -> comment.path("CommentBody").asText().startsWith(CrmSummary.MARK))
                .toList();
    }

    @Test
    void an_article_that_was_used_is_linked_with_its_case_once() {
        bench = SalesforceBench.running(Dialect.H2, salesforce);
        UUID inquiry = bench.inquiry();
        String article =
                salesforce.records("KnowledgeArticle").get(0).path("Id").asText();
        UUID use = UUID.randomUUID();
        bench.store
                .jdbc()
                .sql("insert into article_uses (id, article, inquiry, used_at) values (?, ?, ?, ?)")
                .params(use, article, inquiry, io.tsunagi.store.Store.at(SalesforceBench.T0))
                .update();
        bench.add(inquiry, Kind.CASE);
        bench.add(inquiry, Kind.ARTICLE, use);
        bench.add(inquiry, Kind.ARTICLE, use);

        await().until(() -> bench.states(inquiry).equals(List.of("DONE", "DONE", "DONE")));

        String record = bench.cases(inquiry).get(0).path("Id").asText();
        assertThat(salesforce.records("CaseArticle"))
                .filteredOn(link -> link.path("CaseId").asText().equals(record))
                .hasSize(1)
                .allMatch(link -> link.path("KnowledgeArticleId").asText().equals(article));
        assertThat(bench.row(inquiry).get("case_id")).isEqualTo(record);
    }

    @Test
    void one_case_is_made_though_the_answer_was_lost() {
        bench = SalesforceBench.running(Dialect.H2, salesforce);
        salesforce.addFault(Map.of("kind", "composite", "lostAnswer", true, "times", 2));
        UUID inquiry = bench.inquiry();

        bench.add(inquiry, Kind.CASE);

        await().atMost(Duration.ofSeconds(60)).until(() -> bench.states(inquiry).equals(List.of("DONE")));
        assertThat(bench.calls("composite").size()).isGreaterThanOrEqualTo(3);
        assertThat(bench.cases(inquiry)).hasSize(1);
        assertThat(bench.row(inquiry).get("case_id"))
                .isEqualTo(bench.cases(inquiry).get(0).path("Id").asText());
    }

    @Test
    void one_case_is_made_though_the_call_timed_out() {
        bench = SalesforceBench.running(Dialect.H2, salesforce);
        salesforce.addFault(Map.of("kind", "composite", "delayMillis", 4500));
        UUID inquiry = bench.inquiry();

        bench.add(inquiry, Kind.CASE);

        await().atMost(Duration.ofSeconds(60)).until(() -> bench.states(inquiry).equals(List.of("DONE")));
        assertThat(bench.calls("composite")).hasSize(2);
        assertThat(bench.cases(inquiry)).hasSize(1);
    }

    @Test
    void a_customer_is_known_by_the_line_user_id_and_never_by_the_name() {
        bench = SalesforceBench.running(Dialect.H2, salesforce);
        String known = salesforce.createAsPerson(
                "Contact", Map.of("LastName", "佐藤", "FirstName", "美咲", "LineUserId__c", "U" + "b".repeat(32)));
        salesforce.createAsPerson("Contact", Map.of("LastName", "みさき"));
        UUID sameName = bench.inquiry(bench.customer("U" + "c".repeat(32), "みさき"), "残高");
        UUID sameId = bench.inquiry(bench.customer("U" + "b".repeat(32), "みさき"), "残高");

        bench.add(sameName, Kind.CASE);
        bench.add(sameId, Kind.CASE);

        await().until(() -> bench.states(sameName).equals(List.of("DONE"))
                && bench.states(sameId).equals(List.of("DONE")));
        assertThat(bench.cases(sameId).get(0).path("ContactId").asText()).isEqualTo(known);
        assertThat(salesforce.records("Contact").stream()
                        .filter(c -> c.path("Id").asText().equals(known))
                        .findFirst()
                        .orElseThrow()
                        .path("LastName")
                        .asText())
                .as("a Contact that was there keeps its name")
                .isEqualTo("佐藤");
        assertThat(salesforce.records("Contact").stream()
                        .filter(c -> c.path("LastName").asText().equals("みさき")))
                .as("the stranger with the same name stays a stranger")
                .hasSize(2);
    }

    @Test
    void by_setting_a_customer_is_a_person_account_known_by_the_line_user_id_only() {
        String user = "U" + "d".repeat(32);
        String known = salesforce.createAsPerson(
                "Account", Map.of("LastName", "佐藤", "FirstName", "美咲", "LineUserId__c", user));
        salesforce.createAsPerson("Account", Map.of("LastName", "みさき"));
        bench = new SalesforceBench(Dialect.H2, salesforce, Map.of("hub.salesforce.customer", "person-account"))
                .start(Path.of("routes"), false);
        UUID sameId = bench.inquiry(bench.customer(user, "みさき"), "残高");
        UUID sameName = bench.inquiry(bench.customer("U" + "e".repeat(32), "みさき"), "残高");
        for (UUID inquiry : List.of(sameId, sameName)) {
            bench.add(inquiry, Kind.CASE);
            bench.write(inquiry);
            assertThat(bench.states(inquiry)).containsExactly("DONE");
        }

        JsonNode person = account(known);
        assertThat(person.path("LastName").asText()).as("it keeps its name").isEqualTo("佐藤");
        assertThat(person.path("LineDisplayName__c").asText()).isEqualTo("みさき");
        JsonNode record = bench.cases(sameId).get(0);
        assertThat(record.path("ContactId").asText())
                .isEqualTo(person.path("PersonContactId").asText());
        assertThat(record.path("AccountId").asText()).isEqualTo(known);
        assertThat(salesforce.records("Account"))
                .filteredOn(account -> account.path("LastName").asText().equals("みさき"))
                .as("the stranger with the same name stays a stranger")
                .hasSize(2);
        bench.store
                .jdbc()
                .sql("insert into crm_customers (id, asked_at) select customer, opened_at from inquiries where id = ?")
                .param(sameId)
                .update();
        UUID customer = (UUID) bench.row(sameId).get("customer");
        bench.call("load-customer", customer, Map.of());
        CrmCustomers.Facts facts = bench.setup
                .customers()
                .of(new io.tsunagi.inquiry.CustomerId(customer))
                .orElseThrow();
        assertThat(facts.fields()).containsEntry("name", "佐藤 美咲");
        assertThat(facts.cases()).singleElement().satisfies(earlier -> assertThat(earlier.subject())
                .isEqualTo("残高"));
    }

    private static JsonNode account(String id) {
        return salesforce.records("Account").stream()
                .filter(account -> account.path("Id").asText().equals(id))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void a_custom_field_is_one_line_in_a_route(@TempDir Path folder) throws IOException {
        SalesforceBench.addField(salesforce, "Case", "Store__c");
        SalesforceBench.addField(salesforce, "LineMessage__c", "Channel__c");
        addLine(
                folder,
                "open-case",
                "Case.Origin",
                "- { name: Case.Store__c, simple: \"${body[account]}/${body[team]}\" }");
        addLine(
                folder,
                "write-transcript",
                "LineMessage__c.Type__c",
                "- { name: LineMessage__c.Channel__c, constant: LINE }");
        bench = new SalesforceBench(Dialect.H2, salesforce, Map.of()).start(folder, true);
        UUID inquiry = bench.inquiry();

        bench.add(inquiry, Kind.CASE);
        bench.add(inquiry, Kind.TRANSCRIPT, bench.text(inquiry, 1, "a"));

        await().until(() -> bench.states(inquiry).equals(List.of("DONE", "DONE")));
        assertThat(bench.cases(inquiry).get(0).path("Store__c").asText()).isEqualTo("main/care");
        assertThat(bench.transcript(inquiry).get(0).path("Channel__c").asText()).isEqualTo("LINE");
    }

    @Test
    void a_field_that_salesforce_does_not_have_is_named_in_the_list_of_failed_work(@TempDir Path folder)
            throws IOException {
        addLine(folder, "open-case", "Case.Origin", "- { name: Case.Unknown__c, constant: x }");
        bench = new SalesforceBench(Dialect.H2, salesforce, Map.of()).start(folder, false);
        UUID inquiry = bench.inquiry();
        bench.add(inquiry, Kind.CASE);

        bench.write(inquiry);

        assertThat(bench.setup.queue().failed()).singleElement().satisfies(failed -> assertThat(failed.error())
                .contains("INVALID_FIELD", "Unknown__c"));
    }

    @Test
    void a_step_of_a_route_that_fails_sets_the_work_aside_with_the_reason(@TempDir Path folder) throws IOException {
        addLine(folder, "open-case", "Case.Origin", "- { name: Case.Description.Inner, constant: x }");
        bench = new SalesforceBench(Dialect.H2, salesforce, Map.of()).start(folder, false);
        UUID inquiry = bench.inquiry();
        bench.add(inquiry, Kind.CASE);

        bench.write(inquiry);

        assertThat(bench.setup.queue().failed()).singleElement().satisfies(failed -> assertThat(failed.error())
                .contains("Case.Description.Inner"));
    }

    @Test
    void the_daily_limit_of_calls_makes_work_wait_until_there_are_calls_again() {
        bench = SalesforceBench.running(Dialect.H2, salesforce);
        salesforce.setApiUsage(100, 100);
        UUID inquiry = bench.inquiry();
        bench.add(inquiry, Kind.CASE);
        await().until(() -> bench.setup.health().standing().state() == SalesforceHealth.State.AWAY);
        assertThat(bench.setup.health().standing().reason()).startsWith("REQUEST_LIMIT_EXCEEDED");

        salesforce.setApiUsage(0, 100);

        await().atMost(Duration.ofSeconds(60)).until(() -> {
            bench.clock.pass(Duration.ofSeconds(5));
            return bench.states(inquiry).equals(List.of("DONE"));
        });
    }

    /** F22, Scenario 64 */
    @Test
    void at_the_limit_one_call_a_minute_looks_whether_there_are_calls_again() {
        bench = SalesforceBench.byHand(Dialect.H2, salesforce);
        salesforce.setApiUsage(100, 100);
        List<UUID> inquiries = Stream.generate(() -> bench.inquiry()).limit(10).toList();
        inquiries.forEach(inquiry -> bench.add(inquiry, Kind.CASE));

        for (int minute = 0; minute < 3; minute++) {
            for (int second = 0; second < 60; second += 5) {
                assertThat(bench.setup.queue().due()).hasSizeLessThanOrEqualTo(10);
                inquiries.forEach(bench::write);
                bench.clock.pass(Duration.ofSeconds(5));
            }
        }

        assertThat(salesforce.calls())
                .filteredOn(call -> call.path("status").asInt() == 403)
                .hasSize(3);
        assertThat(bench.calls("login")).as("the session is good").hasSizeLessThanOrEqualTo(2);
        salesforce.setApiUsage(0, 100);
        for (int round = 0; round < 3; round++) {
            bench.clock.pass(Duration.ofMinutes(6));
            inquiries.forEach(bench::write);
        }
        assertThat(inquiries)
                .allSatisfy(inquiry -> assertThat(bench.states(inquiry)).containsExactly("DONE"));
    }

    /** F22, Scenario 64 */
    @Test
    void the_last_tenth_of_the_calls_is_kept_for_opening_cases() {
        bench = SalesforceBench.byHand(Dialect.H2, salesforce);
        UUID known = bench.inquiry();
        bench.add(known, Kind.CASE);
        salesforce.setApiUsage(94, 100);
        bench.write(known);
        UUID message = bench.text(known, 1, "もしもし");
        bench.add(known, Kind.TRANSCRIPT, message);
        bench.write(known);
        assertThat(bench.states(known)).as("one look a minute").containsExactly("DONE", "DONE");
        bench.add(known, Kind.CASE_UPDATE);
        UUID fresh = bench.inquiry();
        bench.add(fresh, Kind.CASE);

        bench.write(known);
        bench.write(fresh);

        assertThat(bench.setup.queue().due()).isEmpty();
        assertThat(bench.states(known)).containsExactly("DONE", "DONE", "QUEUED");
        assertThat(bench.states(fresh)).containsExactly("DONE");
        assertThat(bench.setup.health().standing().state()).isEqualTo(SalesforceHealth.State.OK);
        salesforce.setApiUsage(10, 100);
        bench.clock.pass(ApiBudget.BETWEEN_LOOKS);
        assertThat(bench.setup.queue().due()).containsExactly(known);
        bench.write(known);
        assertThat(bench.states(known)).containsExactly("DONE", "DONE", "DONE");
    }

    /** F21 */
    @Test
    void a_session_that_is_over_is_renewed_once_for_twenty_calls_in_flight() throws Exception {
        bench = SalesforceBench.byHand(Dialect.H2, salesforce);
        List<UUID> inquiries = Stream.generate(() -> bench.inquiry()).limit(21).toList();
        inquiries.forEach(inquiry -> bench.add(inquiry, Kind.CASE));
        bench.write(inquiries.get(0));
        int signIns = bench.calls("login").size();
        salesforce.expireSessions();
        CyclicBarrier together = new CyclicBarrier(20);
        ExecutorService threads = Executors.newFixedThreadPool(20);
        try {
            List<Future<?>> writes = new ArrayList<>();
            for (UUID inquiry : inquiries.subList(1, 21)) {
                writes.add(threads.submit(() -> {
                    together.await();
                    bench.write(inquiry);
                    return null;
                }));
            }
            for (Future<?> write : writes) {
                write.get(2, TimeUnit.MINUTES);
            }
        } finally {
            threads.shutdownNow();
        }

        assertThat(inquiries)
                .allSatisfy(inquiry -> assertThat(bench.states(inquiry)).containsExactly("DONE"));
        assertThat(bench.calls("login")).hasSize(signIns + 1);
        assertThat(inquiries)
                .allSatisfy(inquiry -> assertThat(bench.cases(inquiry)).hasSize(1));
    }

    /** F23 */
    @Test
    void rows_that_are_locked_now_and_then_are_written_once_each_and_only_they_are_sent_again() {
        bench = SalesforceBench.byHand(Dialect.H2, salesforce);
        UUID inquiry = bench.inquiry();
        bench.add(inquiry, Kind.CASE);
        bench.write(inquiry);
        for (int i = 1; i <= 40; i++) {
            bench.add(inquiry, Kind.TRANSCRIPT, bench.text(inquiry, i, "言葉" + i));
        }
        salesforce.addFault(Map.of("kind", "row", "sObject", "LineMessage__c", "share", 0.3));

        for (int round = 0; round < 40 && bench.states(inquiry).contains("QUEUED"); round++) {
            bench.write(inquiry);
            bench.clock.pass(Duration.ofMinutes(6));
        }

        assertThat(bench.states(inquiry)).containsOnly("DONE");
        assertThat(bench.transcript(inquiry)).hasSize(40);
        List<Integer> sent = bench.calls("composite").stream()
                .map(call -> call.path("body").asText().split("\"MessageKey__c", -1).length - 1)
                .filter(rows -> rows > 0)
                .toList();
        assertThat(sent.get(0)).isEqualTo(40);
        assertThat(sent.size()).isGreaterThan(1);
        for (int i = 1; i < sent.size(); i++) {
            assertThat(sent.get(i)).isLessThan(40).isLessThanOrEqualTo(sent.get(i - 1));
        }
    }

    @Test
    void work_waits_while_salesforce_is_away_and_is_all_there_afterwards() {
        bench = SalesforceBench.running(Dialect.H2, salesforce);
        salesforce.addFault(Map.of("kind", "any", "status", 503, "times", -1));
        UUID inquiry = bench.inquiry();
        UUID message = bench.text(inquiry, 1, "もしもし");
        bench.add(inquiry, Kind.CASE);
        bench.add(inquiry, Kind.TRANSCRIPT, message);

        await().until(() -> bench.setup.health().standing().state() == SalesforceHealth.State.AWAY);
        assertThat(bench.states(inquiry)).containsExactly("QUEUED", "QUEUED");
        assertThat(bench.setup.health().standing().reason()).contains("503");

        salesforce.clearFaults();

        await().atMost(Duration.ofSeconds(60)).until(() -> bench.states(inquiry).equals(List.of("DONE", "DONE")));
        await().until(() -> bench.setup.health().standing().state() == SalesforceHealth.State.OK);
        assertThat(bench.transcript(inquiry)).hasSize(1);
    }

    @Test
    void a_refused_login_keeps_work_waiting_and_nothing_hangs() {
        bench = new SalesforceBench(Dialect.H2, salesforce, Map.of("hub.salesforce.client-secret", "wrong"))
                .start(Path.of("routes"), true);
        UUID inquiry = bench.inquiry();

        bench.add(inquiry, Kind.CASE);

        await().until(() -> bench.setup.health().standing().state() == SalesforceHealth.State.AWAY);
        assertThat(bench.setup.health().standing().reason()).isEqualTo("sign-in refused with 400 invalid_client");
        assertThat(bench.states(inquiry)).containsExactly("QUEUED");
    }

    @Test
    void an_expired_session_is_renewed_without_anybody_noticing() {
        bench = SalesforceBench.running(Dialect.H2, salesforce);
        UUID before = bench.inquiry();
        bench.add(before, Kind.CASE);
        await().until(() -> bench.states(before).equals(List.of("DONE")));
        salesforce.expireSessions();
        UUID after = bench.inquiry();

        bench.add(after, Kind.CASE);

        await().until(() -> bench.states(after).equals(List.of("DONE")));
        assertThat(bench.setup.health().standing().state()).isEqualTo(SalesforceHealth.State.OK);
    }

    @Test
    void a_locked_row_is_tried_again_in_its_place() {
        bench = SalesforceBench.byHand(Dialect.H2, salesforce);
        UUID inquiry = bench.inquiry();
        bench.add(inquiry, Kind.CASE);
        bench.add(inquiry, Kind.CASE_UPDATE);
        bench.write(inquiry);
        salesforce.addFault(Map.of("kind", "row", "sObject", "Case"));
        bench.state(inquiry, "ASSIGNED");
        bench.write(inquiry);

        assertThat(bench.states(inquiry)).containsExactly("DONE", "QUEUED");
        assertThat(bench.errors(inquiry)).allMatch(error -> error.startsWith("UNABLE_TO_LOCK_ROW"));
        bench.write(inquiry);
        assertThat(bench.states(inquiry)).as("not before its time").containsExactly("DONE", "QUEUED");

        bench.clock.pass(Duration.ofSeconds(2));
        bench.write(inquiry);

        assertThat(bench.states(inquiry)).containsExactly("DONE", "DONE");
        assertThat(bench.cases(inquiry).get(0).path("Status").asText()).isEqualTo("Working");
    }

    @Test
    void a_refused_case_holds_the_inquirys_work_until_someone_tries_it_again() {
        bench = SalesforceBench.byHand(Dialect.H2, salesforce);
        UUID inquiry = bench.inquiry();
        UUID message = bench.text(inquiry, 1, "もしもし");
        salesforce.addFault(Map.of(
                "kind", "row", "sObject", "Case", "errorCode", "FIELD_CUSTOM_VALIDATION_EXCEPTION", "message", "No."));
        bench.add(inquiry, Kind.CASE);
        bench.add(inquiry, Kind.TRANSCRIPT, message);

        bench.write(inquiry);
        bench.write(inquiry);

        assertThat(bench.states(inquiry)).containsExactly("SET_ASIDE", "QUEUED");
        CrmQueue.FailedWork failed = bench.setup.queue().failed().get(0);
        assertThat(failed.inquiry()).isEqualTo(inquiry);
        assertThat(failed.kind()).isEqualTo(Kind.CASE);
        assertThat(failed.error()).isEqualTo("FIELD_CUSTOM_VALIDATION_EXCEPTION: No.");

        assertThat(bench.setup.queue().retry(failed.id())).isTrue();
        bench.write(inquiry);
        bench.write(inquiry);

        assertThat(bench.states(inquiry)).containsExactly("DONE", "DONE");
        assertThat(bench.setup.queue().failed()).isEmpty();
        assertThat(bench.setup.queue().retry(failed.id())).isFalse();
    }

    @Test
    void a_refused_transcript_row_lets_its_neighbours_and_later_work_pass() {
        bench = SalesforceBench.byHand(Dialect.H2, salesforce);
        UUID inquiry = bench.inquiry();
        bench.add(inquiry, Kind.CASE);
        bench.write(inquiry);
        UUID first = bench.text(inquiry, 1, "ひとつ");
        UUID second = bench.text(inquiry, 2, "ふたつ");
        bench.add(inquiry, Kind.TRANSCRIPT, first);
        bench.add(inquiry, Kind.TRANSCRIPT, second);
        bench.add(inquiry, Kind.CLOSE);
        salesforce.addFault(Map.of(
                "kind", "row", "sObject", "LineMessage__c", "errorCode", "STRING_TOO_LONG", "message", "Text: ひとつ"));

        bench.write(inquiry);
        bench.write(inquiry);

        assertThat(bench.states(inquiry)).containsExactly("DONE", "SET_ASIDE", "DONE", "DONE");
        assertThat(bench.errors(inquiry)).as("customer words stay out").containsExactly("STRING_TOO_LONG");
        assertThat(bench.transcript(inquiry))
                .extracting(m -> m.path("Text__c").asText())
                .containsExactly("ふたつ");
    }

    @Test
    void a_transcript_goes_two_hundred_rows_a_call_and_in_order() {
        bench = SalesforceBench.byHand(Dialect.H2, salesforce);
        UUID inquiry = bench.inquiry();
        bench.add(inquiry, Kind.CASE);
        bench.write(inquiry);
        IntStream.rangeClosed(1, 250)
                .forEach(i -> bench.add(inquiry, Kind.TRANSCRIPT, bench.text(inquiry, i, "メッセージ" + i)));
        bench.add(inquiry, Kind.CLOSE);

        bench.write(inquiry);
        assertThat(bench.transcript(inquiry)).hasSize(200);
        bench.write(inquiry);
        assertThat(bench.transcript(inquiry)).hasSize(250);
        assertThat(bench.cases(inquiry).get(0).path("Status").asText()).isNotEqualTo("Closed");
        bench.write(inquiry);

        assertThat(bench.cases(inquiry).get(0).path("Status").asText()).isEqualTo("Closed");
        assertThat(bench.calls("composite"))
                .as("Case, 200 rows, 50 rows, close")
                .hasSize(4);
        assertThat(bench.transcript(inquiry))
                .extracting(m -> m.path("Text__c").asText())
                .startsWith("メッセージ1", "メッセージ2")
                .endsWith("メッセージ250");
    }

    @Test
    void what_a_customer_took_back_is_emptied_in_salesforce() {
        bench = SalesforceBench.byHand(Dialect.H2, salesforce);
        UUID inquiry = bench.inquiry();
        UUID message = bench.text(inquiry, 1, "ないしょ");
        bench.add(inquiry, Kind.CASE);
        bench.add(inquiry, Kind.TRANSCRIPT, message);
        bench.write(inquiry);
        bench.write(inquiry);
        assertThat(bench.transcript(inquiry).get(0).path("Text__c").asText()).isEqualTo("ないしょ");

        bench.store
                .jdbc()
                .sql("update messages set content = null, unsent_at = at where id = ?")
                .param(message)
                .update();
        bench.add(inquiry, Kind.TRANSCRIPT, message);
        bench.write(inquiry);

        assertThat(bench.transcript(inquiry)).hasSize(1);
        assertThat(bench.transcript(inquiry).get(0).path("Text__c").asText("")).isIn("", "null");
        assertThat(bench.transcript(inquiry).get(0).path("Type__c").asText()).isEqualTo("unsent");
    }

    @Test
    void words_that_are_past_their_time_are_emptied_in_the_transcript_and_the_subject() {
        bench = SalesforceBench.byHand(Dialect.H2, salesforce);
        UUID inquiry = bench.inquiry(bench.customer("U" + "f".repeat(32), "美咲"), null);
        UUID message = bench.text(inquiry, 1, "私の口座を見てください");
        bench.add(inquiry, Kind.CASE);
        bench.add(inquiry, Kind.TRANSCRIPT, message);
        bench.write(inquiry);
        bench.write(inquiry);
        assertThat(bench.cases(inquiry).get(0).path("Subject").asText()).isEqualTo("私の口座を見てください");
        bench.store
                .jdbc()
                .sql("update messages set content = null, purged_at = at where id = ?")
                .param(message)
                .update();

        bench.add(inquiry, Kind.TRANSCRIPT, message);
        bench.add(inquiry, Kind.CASE_UPDATE);
        bench.write(inquiry);
        bench.write(inquiry);

        assertThat(bench.transcript(inquiry)).singleElement().satisfies(row -> {
            assertThat(row.path("Text__c").asText("")).isEmpty();
            assertThat(row.path("Type__c").asText()).isEqualTo("text");
        });
        assertThat(bench.cases(inquiry).get(0).path("Subject").asText()).startsWith("LINE ");
    }

    @Test
    void a_case_is_closed_last_though_the_inquiry_was_closed_long_before() {
        bench = SalesforceBench.byHand(Dialect.H2, salesforce);
        UUID inquiry = bench.inquiry();
        bench.add(inquiry, Kind.CASE);
        bench.add(inquiry, Kind.TRANSCRIPT, bench.text(inquiry, 1, "a"));
        bench.add(inquiry, Kind.CASE_UPDATE);
        bench.add(inquiry, Kind.CLOSE);
        bench.state(inquiry, "CLOSED");

        List<String> seen = new java.util.ArrayList<>();
        for (int i = 0; i < 4; i++) {
            bench.write(inquiry);
            seen.add(bench.cases(inquiry).get(0).path("Status").asText());
        }

        assertThat(seen).containsExactly("Working", "Working", "Working", "Closed");
    }

    @Test
    void a_change_tried_again_after_the_close_does_not_open_the_case() {
        bench = SalesforceBench.byHand(Dialect.H2, salesforce);
        UUID inquiry = bench.inquiry();
        bench.add(inquiry, Kind.CASE);
        bench.write(inquiry);
        salesforce.addFault(Map.of("kind", "row", "sObject", "Case", "errorCode", "STRING_TOO_LONG"));
        bench.add(inquiry, Kind.CASE_UPDATE);
        bench.add(inquiry, Kind.CLOSE);
        bench.state(inquiry, "CLOSED");
        bench.write(inquiry);
        bench.write(inquiry);
        assertThat(bench.cases(inquiry).get(0).path("Status").asText()).isEqualTo("Closed");

        bench.setup.queue().retry(bench.setup.queue().failed().get(0).id());
        bench.write(inquiry);

        assertThat(bench.states(inquiry)).containsExactly("DONE", "DONE", "DONE");
        assertThat(bench.cases(inquiry).get(0).path("Status").asText()).isEqualTo("Closed");
    }

    @Test
    void a_field_a_person_changed_keeps_its_value_when_the_hub_has_nothing_new_to_say_of_it() {
        bench = SalesforceBench.byHand(Dialect.H2, salesforce);
        UUID inquiry = bench.inquiry();
        bench.add(inquiry, Kind.CASE);
        bench.write(inquiry);
        person(inquiry, Map.of("Priority", "High", "Subject", "Wrong charge", "Topic__c", "fees"));
        bench.state(inquiry, "ASSIGNED");
        bench.add(inquiry, Kind.CASE_UPDATE);
        bench.write(inquiry);

        JsonNode record = bench.cases(inquiry).get(0);
        assertThat(record.path("Status").asText()).as("the hub's news").isEqualTo("Working");
        assertThat(record.path("Priority").asText()).isEqualTo("High");
        assertThat(record.path("Subject").asText()).isEqualTo("Wrong charge");
        assertThat(record.path("Topic__c").asText()).isEqualTo("fees");
        assertThat(bench.row(inquiry).get("case_priority"))
                .as("the person's priority is still news")
                .isEqualTo("Medium");
    }

    @Test
    void a_priority_that_both_changed_stays_the_persons() {
        bench = SalesforceBench.byHand(Dialect.H2, salesforce);
        UUID inquiry = bench.inquiry();
        bench.add(inquiry, Kind.CASE);
        bench.write(inquiry);
        bench.store.jdbc().sql("update inquiries set priority = 5").update();
        bench.add(inquiry, Kind.CASE_UPDATE);
        person(inquiry, Map.of("Priority", "High"));
        bench.write(inquiry);
        assertThat(bench.cases(inquiry).get(0).path("Priority").asText()).isEqualTo("High");

        // Once it was taken here, the hub may change it again.
        bench.store.jdbc().sql("update inquiries set priority = 2").update();
        bench.add(inquiry, Kind.CASE_UPDATE);
        bench.write(inquiry);
        bench.store.jdbc().sql("update inquiries set priority = 5").update();
        bench.add(inquiry, Kind.CASE_UPDATE);
        bench.write(inquiry);

        assertThat(bench.cases(inquiry).get(0).path("Priority").asText()).isEqualTo("Low");
        assertThat(bench.row(inquiry).get("case_priority")).isEqualTo("Low");
        assertThat(bench.row(inquiry).get("case_written_at")).isNotNull();
    }

    @Test
    void a_case_that_a_person_closed_stays_closed_until_the_inquiry_is_reopened() {
        bench = SalesforceBench.byHand(Dialect.H2, salesforce);
        UUID inquiry = bench.inquiry();
        bench.add(inquiry, Kind.CASE);
        bench.write(inquiry);
        person(inquiry, Map.of("Status", "Closed"));
        for (String state : List.of("ASSIGNED", "HELD", "WAITING")) {
            bench.state(inquiry, state);
            bench.add(inquiry, Kind.CASE_UPDATE);
            bench.write(inquiry);
            assertThat(bench.cases(inquiry).get(0).path("Status").asText())
                    .as(state)
                    .isEqualTo("Closed");
        }
        bench.state(inquiry, "CLOSED");
        bench.add(inquiry, Kind.CLOSE);
        bench.write(inquiry);
        assertThat(bench.cases(inquiry).get(0).path("Status").asText()).isEqualTo("Closed");

        bench.state(inquiry, "ASSIGNED");
        bench.add(inquiry, Kind.CASE_UPDATE);
        bench.write(inquiry);

        assertThat(bench.cases(inquiry).get(0).path("Status").asText()).isEqualTo("Working");
        assertThat(bench.states(inquiry)).containsOnly("DONE");
    }

    @Test
    void a_status_a_person_set_stays_until_the_inquiry_is_closed() {
        bench = SalesforceBench.byHand(Dialect.H2, salesforce);
        UUID inquiry = bench.inquiry();
        bench.add(inquiry, Kind.CASE);
        bench.write(inquiry);
        person(inquiry, Map.of("Status", "Escalated"));
        bench.state(inquiry, "ASSIGNED");
        bench.add(inquiry, Kind.CASE_UPDATE);
        bench.write(inquiry);
        assertThat(bench.cases(inquiry).get(0).path("Status").asText()).isEqualTo("Escalated");

        bench.state(inquiry, "CLOSED");
        bench.add(inquiry, Kind.CLOSE);
        bench.write(inquiry);
        assertThat(bench.cases(inquiry).get(0).path("Status").asText()).isEqualTo("Closed");
    }

    @Test
    void a_case_whose_first_answer_was_lost_is_not_written_over_by_the_next_try() {
        bench = SalesforceBench.byHand(Dialect.H2, salesforce);
        salesforce.addFault(Map.of("kind", "composite", "lostAnswer", true, "times", 1));
        UUID inquiry = bench.inquiry();
        bench.add(inquiry, Kind.CASE);
        bench.write(inquiry);
        assertThat(bench.row(inquiry).get("case_id")).isNull();
        person(inquiry, Map.of("Priority", "High", "Status", "Closed", "Subject", "Wrong charge"));

        bench.clock.pass(Duration.ofSeconds(5));
        bench.write(inquiry);
        bench.state(inquiry, "ASSIGNED");
        bench.add(inquiry, Kind.CASE_UPDATE);
        bench.write(inquiry);

        JsonNode record = bench.cases(inquiry).get(0);
        assertThat(bench.row(inquiry).get("case_id"))
                .isEqualTo(record.path("Id").asText());
        assertThat(record.path("Priority").asText()).isEqualTo("High");
        assertThat(record.path("Status").asText()).isEqualTo("Closed");
        assertThat(bench.states(inquiry)).containsOnly("DONE");
    }

    @Test
    void what_the_hub_wrote_itself_is_no_persons_doing_though_the_answer_was_lost() {
        bench = SalesforceBench.byHand(Dialect.H2, salesforce);
        UUID inquiry = bench.inquiry();
        bench.add(inquiry, Kind.CASE);
        bench.write(inquiry);
        bench.state(inquiry, "ASSIGNED");
        bench.store.jdbc().sql("update inquiries set priority = 2").update();
        bench.add(inquiry, Kind.CASE_UPDATE);
        salesforce.addFault(Map.of("kind", "composite", "lostAnswer", true, "times", 1));
        bench.write(inquiry);
        assertThat(bench.cases(inquiry).get(0).path("Status").asText()).isEqualTo("Working");
        assertThat(bench.states(inquiry)).containsExactly("DONE", "QUEUED");

        // The next try finds the inquiry as it was at first, and with a priority it never had.
        bench.state(inquiry, "WAITING");
        bench.store.jdbc().sql("update inquiries set priority = 5").update();
        bench.clock.pass(Duration.ofSeconds(5));
        bench.write(inquiry);

        JsonNode record = bench.cases(inquiry).get(0);
        assertThat(record.path("Status").asText()).isEqualTo("New");
        assertThat(record.path("Priority").asText()).isEqualTo("Low");
        assertThat(bench.states(inquiry)).containsOnly("DONE");
    }

    /** camel-salesforce takes its options from headers before it looks at the route's. */
    @Test
    void headers_from_outside_change_no_call() {
        bench = SalesforceBench.byHand(Dialect.H2, salesforce);
        UUID inquiry = bench.inquiry();
        UUID message = bench.text(inquiry, 1, "もしもし");
        bench.add(inquiry, Kind.CASE);
        bench.add(inquiry, Kind.TRANSCRIPT, message);
        Map<String, Object> strange = Map.of(
                "sObjectName", "User",
                "sObjectIdName", "Username",
                "sObjectIdValue", "x",
                "sObjectQuery", "SELECT Id FROM User",
                "sObjectSearch", "FIND {admin} RETURNING User(Id)",
                "allOrNone", "true",
                "rawMethod", "DELETE",
                "Sforce-Call-Options", "client=somebody");
        bench.call("write-to-salesforce", List.of(inquiry), strange);
        bench.call("write-to-salesforce", List.of(inquiry), strange);
        assertThat(bench.states(inquiry)).containsExactly("DONE", "DONE");
        assertThat(bench.cases(inquiry)).hasSize(1);
        assertThat(bench.transcript(inquiry)).hasSize(1);
        List<?> records =
                (List<?>) bench.call("query-salesforce", "SELECT Id FROM Case WHERE Origin = 'LINE'", strange);
        assertThat(records).isNotEmpty().allSatisfy(record -> assertThat(String.valueOf(((Map<?, ?>) record).get("Id")))
                .startsWith("500"));
        assertThat(salesforce.calls())
                .filteredOn(call -> call.path("client").isTextual()
                        && !call.path("client").asText().isEmpty())
                .isNotEmpty()
                .allSatisfy(call -> assertThat(call.path("client").asText()).isEqualTo("tsunagi"));
    }

    @Test
    void what_is_no_news_to_salesforce_costs_no_call() {
        bench = SalesforceBench.byHand(Dialect.H2, salesforce);
        UUID inquiry = bench.inquiry();
        bench.add(inquiry, Kind.CASE);
        bench.write(inquiry);
        int before = salesforce.calls().size();
        for (int i = 0; i < 3; i++) {
            bench.add(inquiry, Kind.CASE_UPDATE);
            bench.write(inquiry);
        }

        assertThat(bench.states(inquiry)).containsExactly("DONE", "DONE", "DONE", "DONE");
        assertThat(salesforce.calls()).hasSize(before);
    }

    private void person(UUID inquiry, Map<String, ?> fields) {
        salesforce.changeAsPerson("Case", bench.cases(inquiry).get(0).path("Id").asText(), fields);
    }

    @Test
    void a_sign_in_answered_with_401_keeps_no_worker_and_is_tried_again() {
        salesforce.addFault(Map.of("kind", "login", "status", 401, "times", 2));
        bench = SalesforceBench.running(Dialect.H2, salesforce);
        UUID inquiry = bench.inquiry();

        bench.add(inquiry, Kind.CASE);

        await().until(() -> bench.setup.health().standing().state() == SalesforceHealth.State.AWAY);
        await().atMost(Duration.ofSeconds(30)).until(() -> bench.states(inquiry).equals(List.of("DONE")));
    }

    @Test
    void the_components_own_sign_in_answered_with_401_ends_and_is_tried_again() {
        bench = SalesforceBench.byHand(Dialect.H2, salesforce);
        UUID inquiry = bench.inquiry();
        bench.add(inquiry, Kind.CASE);
        // The first sign-in is the hub's own look; the second is the component's.
        salesforce.addFault(Map.of("kind", "login", "delayMillis", 1));
        salesforce.addFault(Map.of("kind", "login", "status", 401));

        bench.write(inquiry);
        assertThat(bench.states(inquiry)).containsExactly("QUEUED");
        assertThat(bench.setup.health().standing().reason()).isEqualTo("HTTP 401");
        bench.clock.pass(Duration.ofSeconds(2));
        bench.write(inquiry);

        assertThat(bench.states(inquiry)).containsExactly("DONE");
    }

    @Test
    void a_session_that_cannot_be_renewed_makes_work_wait_until_it_can() {
        bench = SalesforceBench.running(Dialect.H2, salesforce);
        UUID before = bench.inquiry();
        bench.add(before, Kind.CASE);
        await().until(() -> bench.states(before).equals(List.of("DONE")));
        salesforce.addFault(Map.of("kind", "login", "status", 401, "times", 3));
        salesforce.expireSessions();
        UUID after = bench.inquiry();

        bench.add(after, Kind.CASE);

        await().atMost(Duration.ofSeconds(60)).until(() -> bench.states(after).equals(List.of("DONE")));
        assertThat(bench.cases(after)).hasSize(1);
    }

    @Test
    void the_surveys_score_reaches_the_case() {
        bench = SalesforceBench.byHand(Dialect.H2, salesforce);
        UUID inquiry = bench.inquiry();
        bench.add(inquiry, Kind.CASE);
        bench.write(inquiry);
        bench.store.jdbc().sql("""
                        insert into surveys (id, inquiry, customer, asked_at, expires_at, score, answered_at)
                        select id, id, customer, opened_at, opened_at, 4, opened_at from inquiries where id = ?
                        """).param(inquiry).update();
        bench.add(inquiry, Kind.SURVEY);

        bench.write(inquiry);

        assertThat(bench.cases(inquiry).get(0).path("SurveyScore__c").asDouble())
                .isEqualTo(4.0);
    }

    @Test
    void without_salesforce_configured_work_waits_quietly() {
        bench = new SalesforceBench(Dialect.H2, salesforce, Map.of("hub.salesforce.login-url", ""))
                .start(Path.of("routes"), true);
        UUID inquiry = bench.inquiry();

        bench.add(inquiry, Kind.CASE);
        bench.write(inquiry);

        assertThat(bench.setup.health().standing().state()).isEqualTo(SalesforceHealth.State.OFF);
        assertThat(bench.states(inquiry)).containsExactly("QUEUED");
        assertThat(salesforce.calls()).isEmpty();
    }

    /** Puts a copy of a shipped route file, with a line more behind another field's line, into a folder. */
    private static void addLine(Path folder, String file, String after, String line) throws IOException {
        String name = "salesforce/" + file + ".camel.yaml";
        List<String> lines = new java.util.ArrayList<>();
        for (String each : Files.readAllLines(Path.of("routes").resolve(name))) {
            lines.add(each);
            if (each.contains("- { name: " + after + ",")) {
                lines.add(" ".repeat(each.indexOf('-')) + line);
            }
        }
        assertThat(lines).anyMatch(each -> each.endsWith(line));
        Files.createDirectories(folder.resolve("salesforce"));
        Files.write(folder.resolve(name), lines);
    }
}
