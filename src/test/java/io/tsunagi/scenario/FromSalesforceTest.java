package io.tsunagi.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.tsunagi.config.Settings;
import io.tsunagi.store.Dialect;
import java.text.ParseException;
import java.time.Duration;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.StreamSupport;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.quartz.CronExpression;

/** What people do in Salesforce reaches the operator and the customer. */
class FromSalesforceTest {
    private static final String CHANNEL = "/data/CaseChangeEvent";

    private record Chat(TestHub hub, Operator aoi, String user, String inquiry) implements AutoCloseable {
        /** @param looks when changes are looked for beside the events */
        static Chat open(Dialect dialect, String channel, String looks) {
            TestHub hub = TestHub.start(
                    dialect, Map.of("hub.salesforce.events-channel", channel, "hub.salesforce.changes-cron", looks));
            Operator aoi = hub.operator("aoi");
            String user = "U" + UUID.randomUUID().toString().replace("-", "");
            hub.customer(user, "変更 太郎");
            hub.line.write(user, "main", "オペレーターと話したい");
            return new Chat(hub, aoi, user, aoi.awaitInquiry("変更 太郎")).settled();
        }

        /** Waits until the hub has written the Case and seen it once: what comes then is news. */
        private Chat settled() {
            await("the Case was seen").atMost(TestHub.PATIENCE).until(() -> {
                try (Rows rows = new Rows(hub.settings())) {
                    return rows.count("select count(*) from inquiries where case_owner_id is not null") == 1
                            && rows.count("select count(*) from crm_work where state = 'QUEUED'") == 0;
                }
            });
            return this;
        }

        JsonNode record() {
            return hub.salesforce.records("Case").stream()
                    .filter(c -> c.path("LineInquiryKey__c").asText().equals(inquiry.replace("-", "")))
                    .findFirst()
                    .orElseThrow();
        }

        void change(Map<String, ?> fields) {
            hub.salesforce.changeAsPerson("Case", record().path("Id").asText(), fields);
        }

        void comment(String words, boolean published) {
            hub.salesforce.createAsPerson(
                    "CaseComment",
                    Map.of("ParentId", record().path("Id").asText(), "CommentBody", words, "IsPublished", published));
        }

        List<String> events() {
            return StreamSupport.stream(aoi.messages(inquiry).spliterator(), false)
                    .filter(message -> message.path("type").asText().equals("event"))
                    .map(message -> message.path("text").asText())
                    .filter(text -> text.startsWith("case-"))
                    .toList();
        }

        List<String> phone() {
            return hub.chat(user).stream()
                    .filter(bubble -> bubble.path("from").asText().equals("account"))
                    .map(bubble -> bubble.path("text").asText())
                    .toList();
        }

        String queue(String name) {
            return hub.salesforce.records("Group").stream()
                    .filter(group -> group.path("DeveloperName").asText().equals(name))
                    .findFirst()
                    .orElseThrow()
                    .path("Id")
                    .asText();
        }

        void awaitEvents(String... events) {
            await("the inquiry shows it").atMost(TestHub.PATIENCE).until(this::events, List.of(events)::equals);
        }

        void awaitListener() {
            await("the hub listens").atMost(TestHub.PATIENCE).until(() -> hub.salesforce.listeners(CHANNEL) > 0);
        }

        @Override
        public void close() {
            hub.close();
        }
    }

    /** Scenario 65 */
    @ParameterizedTest
    @EnumSource(Dialect.class)
    void what_changes_on_a_case_is_shown_and_nothing_goes_round_in_circles(Dialect dialect) {
        try (Chat chat = Chat.open(dialect, "data/CaseChangeEvent", "*/2 * * * * ?")) {
            chat.awaitListener();
            chat.change(Map.of("Priority", "High"));
            chat.awaitEvents("case-priority:High");
            assertThat(chat.aoi().inquiry(chat.inquiry()).path("priority").asInt())
                    .isEqualTo(2);

            chat.change(Map.of("OwnerId", chat.queue("Fraud_Desk")));
            chat.awaitEvents("case-priority:High", "case-owner:不正利用対策チーム");

            chat.change(Map.of("Status", "Closed"));
            chat.awaitEvents("case-priority:High", "case-owner:不正利用対策チーム", "case-closed");
            JsonNode inquiry = chat.aoi().inquiry(chat.inquiry());
            assertThat(inquiry.path("case").path("status").asText()).isEqualTo("Closed");
            assertThat(inquiry.path("case").path("owner").asText()).isEqualTo("不正利用対策チーム");
            assertThat(inquiry.path("state").asText()).isEqualTo("ASSIGNED");
            try (Rows rows = new Rows(chat.hub().settings())) {
                assertThat(rows.count("select count(*) from crm_work where kind = 'CASE_UPDATE' and created_at > "
                                + "(select max(at) from messages where type = 'event')"))
                        .as("nothing was written back")
                        .isZero();
            }

            chat.hub().salesforce.repeatEvents();
            chat.aoi().act(chat.inquiry(), "close", Map.of("reason", "solved", "survey", false));
            try (Rows rows = new Rows(chat.hub().settings())) {
                await("the hub closes its Case")
                        .atMost(TestHub.PATIENCE)
                        .until(() -> rows.count("select count(*) from inquiries where state = 'CLOSED'") == 1
                                && rows.count("select count(*) from crm_work where state <> 'DONE'") == 0);
            }
            chat.change(Map.of("Status", "Working"));
            chat.awaitEvents("case-priority:High", "case-owner:不正利用対策チーム", "case-closed", "case-reopened");
        }
    }

    @ParameterizedTest
    @EnumSource(Dialect.class)
    void a_public_comment_with_the_mark_reaches_the_customer_once(Dialect dialect) {
        try (Chat chat = Chat.open(dialect, "", "*/1 * * * * ?")) {
            chat.comment("for us only", true);
            chat.comment("#line not public", false);
            chat.comment("#line 返金の手続きが終わりました。", true);

            chat.hub().awaitBubble(chat.user(), "返金の手続きが終わりました。"::equals);
            chat.comment("#line カード 4111 1111 1111 1111 です", true);
            await("a card number is not sent").atMost(TestHub.PATIENCE).until(() -> chat.events().stream()
                    .anyMatch(event -> event.startsWith("case-comment-card:")));
            // The looks overlap: each comment came several times by now.
            assertThat(chat.phone()).filteredOn("返金の手続きが終わりました。"::equals).hasSize(1);
            assertThat(chat.phone()).noneMatch(text -> text.contains("for us") || text.contains("not public"));
            assertThat(chat.events()).hasSize(2);
        }
    }

    /** Scenario 65; by what is shipped, without change events. */
    @ParameterizedTest
    @EnumSource(Dialect.class)
    void everything_from_salesforce_is_here_within_ten_seconds(Dialect dialect) throws ParseException {
        String shipped = Settings.of("", Map.of()).text("hub.salesforce.changes-cron");
        CronExpression looks = new CronExpression(shipped);
        Date look = looks.getNextValidTimeAfter(new Date());
        assertThat(Duration.between(
                        look.toInstant(), looks.getNextValidTimeAfter(look).toInstant()))
                .as("four seconds of ten are left for the work")
                .isLessThanOrEqualTo(Duration.ofSeconds(6));
        try (Chat chat = Chat.open(dialect, "", shipped)) {
            chat.comment("#line まもなく終わります。", true);
            chat.change(Map.of("Priority", "High", "OwnerId", chat.queue("Fraud_Desk")));

            await("the inquiry shows it").atMost(TestHub.PATIENCE).until(() -> chat.events()
                    .containsAll(List.of("case-priority:High", "case-owner:不正利用対策チーム")));
            chat.hub().awaitBubble(chat.user(), "まもなく終わります。"::equals);
        }
    }

    /** F25: the replay id is too old, and events come twice. */
    @ParameterizedTest
    @EnumSource(Dialect.class)
    void f25_a_replay_id_that_is_too_old_loses_nothing_and_doubles_nothing(Dialect dialect) {
        try (Chat chat = Chat.open(dialect, "data/CaseChangeEvent", "*/3 * * * * ?")) {
            chat.awaitListener();
            chat.change(Map.of("Priority", "High"));
            chat.awaitEvents("case-priority:High");

            // The stream breaks; meanwhile things change; then Salesforce no longer has the events.
            chat.hub().salesforce.addFault(Map.of("kind", "streaming", "status", 503, "times", -1));
            chat.hub().salesforce.addFault(Map.of("kind", "composite", "status", 503, "times", -1));
            chat.hub().salesforce.forgetEvents();
            chat.change(Map.of("OwnerId", chat.queue("Identity_Check")));
            chat.comment("#line 本人確認が終わりました。", true);
            chat.hub().salesforce.forgetEvents();
            chat.hub().salesforce.clearFaults();

            await("the gap was looked through").atMost(TestHub.PATIENCE).until(() -> chat.events()
                    .contains("case-owner:本人確認チーム"));
            chat.hub().awaitBubble(chat.user(), "本人確認が終わりました。"::equals);

            await("the hub listens again")
                    .atMost(Duration.ofSeconds(90))
                    .until(() -> chat.hub().salesforce.listeners(CHANNEL) > 0);
            chat.change(Map.of("Priority", "Low"));
            await("events come again").atMost(TestHub.PATIENCE).until(() -> chat.events()
                    .contains("case-priority:Low"));
            for (int i = 0; i < 3; i++) {
                chat.hub().salesforce.repeatEvents();
            }
            chat.change(Map.of("Status", "Closed"));
            await("the last one is told").atMost(TestHub.PATIENCE).until(() -> chat.events()
                    .contains("case-closed"));
            assertThat(chat.events())
                    .filteredOn(event -> !event.startsWith("case-comment:"))
                    .containsExactly("case-priority:High", "case-owner:本人確認チーム", "case-priority:Low", "case-closed");
            assertThat(chat.phone()).filteredOn("本人確認が終わりました。"::equals).hasSize(1);
        }
    }
}
