package io.tsunagi.bench;

import com.fasterxml.jackson.databind.JsonNode;
import io.tsunagi.config.Settings;
import io.tsunagi.sandbox.salesforce.SalesforceSimulator;
import io.tsunagi.store.Sealing;
import io.tsunagi.store.Store;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.locks.LockSupport;

/**
 * What an absence of Salesforce leaves behind: inquiries as they stand after hand-off, chat and close are put into the hub's
 * database while Salesforce refuses every call; then it answers again, and the hub writes them. What came of it is counted in
 * the simulated org's records alone.
 */
final class Drain {
    /** Two with the bot before the hand-off, two with an operator after it. */
    private static final int MESSAGES = 4;

    private static final int AT_ONCE = 500;
    private static final Duration PATIENCE = Duration.ofMinutes(10);
    private static final Duration GLANCE = Duration.ofMillis(200);

    /**
     * How it ended, by the records in Salesforce.
     *
     * @param inquiries what was left behind, each with a Case to be made, updated and closed and {@value #MESSAGES} messages
     * @param lost Cases that are missing or not closed, and messages that are missing: must be 0
     * @param doubled Cases and messages that are there more than once: must be 0
     * @param outOfOrder Cases that were closed before their transcript was complete, or whose messages were written in
     *     another order: must be 0
     * @param noticedSeconds from Salesforce's return until the hub, which looks ever more seldom, made its first call
     * @param seconds from the first call until nothing waits
     * @param calls API calls meanwhile, of any kind
     */
    record Result(
            int inquiries, int lost, int doubled, int outOfOrder, double noticedSeconds, double seconds, int calls) {
        double perSecond() {
            return inquiries / seconds;
        }

        double callsACase() {
            return (double) calls / inquiries;
        }

        boolean exactlyOnce() {
            return lost == 0 && doubled == 0 && outOfOrder == 0;
        }
    }

    private record Left(UUID inquiry, List<UUID> messages) {}

    private final SalesforceSimulator salesforce;
    private final Store store;

    /** @param environment of the hub, as {@link HubProgram#environment} gives it */
    Drain(SalesforceSimulator salesforce, Map<String, String> environment) {
        this.salesforce = salesforce;
        store = Store.existing(Settings.of(
                "",
                Map.of(
                        "hub.store.url", environment.get("HUB_STORE_URL"),
                        "hub.store.user", environment.get("HUB_STORE_USER"),
                        "hub.store.connections", "4",
                        "hub.store.key-dir", environment.get("HUB_STORE_KEY_DIR"))));
    }

    Result run(int inquiries) throws SQLException {
        try (store) {
            salesforce.addFault(Map.of("kind", "any", "status", 503, "times", -1));
            salesforce.expireSessions();
            List<Left> left = new ArrayList<>();
            while (left.size() < inquiries) {
                left.addAll(leave(left.size(), Math.min(AT_ONCE, inquiries - left.size())));
            }
            Instant back = Instant.now();
            salesforce.clearFaults();
            long until = System.nanoTime() + PATIENCE.toNanos();
            while (waiting() && System.nanoTime() < until) {
                LockSupport.parkNanos(GLANCE.toNanos());
            }
            Instant end = Instant.now();
            List<JsonNode> calls = salesforce.calls().stream()
                    .filter(call -> !call.path("kind").asText().equals("login"))
                    .filter(call -> !Instant.parse(call.path("at").asText()).isBefore(back))
                    .toList();
            Instant first = calls.stream()
                    .map(call -> Instant.parse(call.path("at").asText()))
                    .findFirst()
                    .orElse(back);
            return counted(
                    left, calls.size(), seconds(Duration.between(back, first)), seconds(Duration.between(first, end)));
        }
    }

    private Result counted(List<Left> left, int calls, double noticed, double took) {
        Map<String, List<JsonNode>> cases = new HashMap<>();
        for (JsonNode record : salesforce.records("Case")) {
            cases.computeIfAbsent(record.path("LineInquiryKey__c").asText(), key -> new ArrayList<>())
                    .add(record);
        }
        Map<String, List<JsonNode>> rows = new HashMap<>();
        for (JsonNode row : salesforce.records("LineMessage__c")) {
            rows.computeIfAbsent(row.path("Case__c").asText(), key -> new ArrayList<>())
                    .add(row);
        }
        int lost = 0;
        int doubled = 0;
        int outOfOrder = 0;
        for (Left one : left) {
            List<JsonNode> made = cases.getOrDefault(key(one.inquiry()), List.of());
            if (made.isEmpty()) {
                lost += 1 + MESSAGES;
                continue;
            }
            doubled += made.size() - 1;
            JsonNode theCase = made.get(0);
            List<String> transcript = new ArrayList<>();
            String last = "";
            for (JsonNode row : rows.getOrDefault(theCase.path("Id").asText(), List.of())) {
                transcript.add(row.path("MessageKey__c").asText());
                last = row.path("CreatedDate").asText();
            }
            List<String> wanted = one.messages().stream().map(Drain::key).toList();
            Set<String> there = new HashSet<>(transcript);
            lost += theCase.path("IsClosed").asBoolean() ? 0 : 1;
            lost += (int) wanted.stream().filter(key -> !there.contains(key)).count();
            doubled += transcript.size() - there.size();
            boolean closedLast = theCase.path("ClosedDate").asText().compareTo(last) >= 0;
            outOfOrder += closedLast && transcript.equals(wanted) ? 0 : 1;
        }
        return new Result(left.size(), lost, doubled, outOfOrder, noticed, took, calls);
    }

    private List<Left> leave(int from, int number) throws SQLException {
        OffsetDateTime now = OffsetDateTime.now(ZoneOffset.UTC).minusMinutes(5);
        Sealing sealing = store.sealing();
        List<Left> left = new ArrayList<>();
        try (Connection connection = store.pool().getConnection()) {
            connection.setAutoCommit(false);
            try (PreparedStatement customer = connection.prepareStatement("""
                            insert into customers (id, account, line_user_id, name, language, blocked, first_seen, last_seen)
                            values (?, 'main', ?, ?, 'ja', false, ?, ?)
                            """);
                    PreparedStatement inquiry = connection.prepareStatement("""
                            insert into inquiries (id, customer, account, state, version, last_seq, language, team, topic,
                                                   priority, weight, opened_at, changed_at, handed_off_at, hand_off_reason,
                                                   closed_at, close_reason, read_seq, bot_misses, bot_prompts)
                            values (?, ?, 'main', 'CLOSED', 9, 4, 'ja', 'support', '残高', 3, 1, ?, ?, ?, 'asked', ?, 'solved',
                                    4, 0, 0)
                            """);
                    PreparedStatement message = connection.prepareStatement("""
                            insert into messages (id, inquiry, seq, version, customer, sender, type, content,
                                                  line_message_id, at, late)
                            values (?, ?, ?, 1, ?, ?, 'text', ?, ?, ?, false)
                            """);
                    PreparedStatement work = connection.prepareStatement("""
                            insert into crm_work (id, inquiry, kind, subject, state, due_at, tries, created_at)
                            values (?, ?, ?, ?, 'QUEUED', ?, 0, ?)
                            """)) {
                for (int i = 0; i < number; i++) {
                    UUID person = UUID.randomUUID();
                    UUID id = UUID.randomUUID();
                    add(
                            customer,
                            person,
                            "U%032x".formatted(0xd4a1000000L + from + i),
                            sealing.seal("customers", person, "佐藤 " + (from + i)),
                            now,
                            now);
                    add(inquiry, id, person, now, now, now, now);
                    List<UUID> messages = new ArrayList<>();
                    for (int seq = 1; seq <= MESSAGES; seq++) {
                        UUID said = UUID.randomUUID();
                        messages.add(said);
                        byte[] words =
                                ("{\"text\":\"残高がアプリに出ません。どこで見られますか。" + seq + "\"}").getBytes(StandardCharsets.UTF_8);
                        add(
                                message,
                                said,
                                id,
                                seq,
                                person,
                                seq % 2 == 1 ? "CUSTOMER" : seq == 2 ? "BOT" : "OPERATOR",
                                sealing.seal("messages", said, words),
                                "5" + from + i + seq,
                                now.plusSeconds(seq));
                    }
                    add(work, UUID.randomUUID(), id, "TRANSCRIPT", messages.get(0), now, now);
                    add(work, UUID.randomUUID(), id, "TRANSCRIPT", messages.get(1), now, now);
                    add(work, UUID.randomUUID(), id, "CASE", id, now, now);
                    add(work, UUID.randomUUID(), id, "CASE_UPDATE", id, now, now);
                    add(work, UUID.randomUUID(), id, "TRANSCRIPT", messages.get(2), now, now);
                    add(work, UUID.randomUUID(), id, "TRANSCRIPT", messages.get(3), now, now);
                    add(work, UUID.randomUUID(), id, "CLOSE", id, now, now);
                    left.add(new Left(id, messages));
                }
                for (PreparedStatement each : List.of(customer, inquiry, message, work)) {
                    each.executeBatch();
                }
            }
            connection.commit();
            connection.setAutoCommit(true);
        }
        return left;
    }

    private static void add(PreparedStatement statement, Object... values) throws SQLException {
        for (int i = 0; i < values.length; i++) {
            statement.setObject(i + 1, values[i]);
        }
        statement.addBatch();
    }

    private boolean waiting() {
        return store.jdbc()
                .sql("select 1 from crm_work where state = 'QUEUED' fetch first 1 rows only")
                .query(Integer.class)
                .optional()
                .isPresent();
    }

    private static String key(UUID id) {
        return id.toString().replace("-", "");
    }

    private static double seconds(Duration duration) {
        return duration.toMillis() / 1000.0;
    }
}
