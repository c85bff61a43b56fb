package io.tsunagi.chaos;

import io.tsunagi.audit.AuditCheck;
import io.tsunagi.bench.HubProgram;
import io.tsunagi.config.Settings;
import io.tsunagi.store.Deliveries;
import io.tsunagi.store.Ids;
import io.tsunagi.store.Store;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;

/** Reads a hub's database from outside. On H2 only while no hub has it open. */
final class Books implements AutoCloseable {
    /** What is still to be done, by a name and a query that counts it. */
    private static final Map<String, String> PENDING = pending();

    private final Store store;
    private final Settings settings;

    Books(String url, String user, Map<String, String> nodeSettings) {
        Map<String, String> values = new LinkedHashMap<>();
        values.put("hub.store.url", url);
        values.put("hub.store.user", user);
        values.put("hub.store.connections", "4");
        values.put("hub.store.key-dir", nodeSettings.get("HUB_STORE_KEY_DIR"));
        values.put("hub.audit.head-file", nodeSettings.get("HUB_AUDIT_HEAD_FILE"));
        settings = Settings.of("", values);
        store = Store.open(settings);
    }

    private static Map<String, String> pending() {
        Map<String, String> queries = new LinkedHashMap<>();
        queries.put("events waiting", "select count(*) from events where state = 'WAITING'");
        queries.put("deliveries waiting", "select count(*) from deliveries where state in ('QUEUED', 'SENDING')");
        queries.put("Salesforce work waiting", "select count(*) from crm_work where state = 'QUEUED'");
        queries.put("media waiting", "select count(*) from media where state in ('WAITING', 'FETCHING')");
        return queries;
    }

    Store store() {
        return store;
    }

    /** Gives what is not done yet, in words; empty when all is quiet. */
    List<String> stillToDo() {
        List<String> left = new ArrayList<>();
        PENDING.forEach((what, query) -> {
            long count = count(query);
            if (count > 0) {
                left.add(count + " " + what);
            }
        });
        return left;
    }

    long count(String query) {
        return store.jdbc().sql(query).query(Long.class).single();
    }

    /** Gives LINE's events; those the hub tells itself, such as a profile it read, are not. */
    List<Evidence.Event> ledger(Set<UUID> lanes) {
        return store
                .jdbc()
                .sql("select id, lane, state from events where type not like 'hub-%'")
                .query((row, i) -> new Evidence.Event(
                        row.getObject("id", UUID.class), row.getObject("lane", UUID.class), row.getString("state")))
                .list()
                .stream()
                .filter(event -> lanes.contains(event.lane()))
                .toList();
    }

    List<Evidence.Message> messages(Set<UUID> customers) {
        return store
                .jdbc()
                .sql("""
                        select id, inquiry, seq, customer, sender, line_message_id, at, late, content is null as empty
                        from messages
                        """)
                .query((row, i) -> new Evidence.Message(
                        row.getObject("id", UUID.class),
                        row.getObject("inquiry", UUID.class),
                        row.getInt("seq"),
                        row.getObject("customer", UUID.class),
                        row.getString("sender"),
                        row.getString("line_message_id"),
                        row.getTimestamp("at").getTime(),
                        row.getBoolean("late"),
                        row.getBoolean("empty")))
                .list()
                .stream()
                .filter(message -> customers.contains(message.customer()))
                .toList();
    }

    List<Evidence.Delivery> deliveries(Set<UUID> lanes) {
        return store
                .jdbc()
                .sql("select id, lane, inquiry, state, free_only and error = ? and called_by is null"
                        + " and (reply_until is null or reply_until <= answered_at) as lapsed from deliveries")
                .param(Deliveries.FREE_ONLY)
                .query((row, i) -> new Evidence.Delivery(
                        row.getObject("id", UUID.class),
                        row.getObject("lane", UUID.class),
                        row.getObject("inquiry", UUID.class),
                        row.getString("state"),
                        row.getBoolean("lapsed")))
                .list()
                .stream()
                .filter(delivery -> lanes.contains(delivery.lane()))
                .toList();
    }

    /** Gives every inquiry: what an operator carries may come from an earlier run. */
    List<Evidence.Inquiry> inquiries() {
        return store.jdbc()
                .sql("select id, state, operator, weight, slot, handed_off_at is not null as off from inquiries")
                .query((row, i) -> new Evidence.Inquiry(
                        row.getObject("id", UUID.class),
                        row.getString("state"),
                        row.getObject("operator", UUID.class),
                        row.getInt("weight"),
                        row.getObject("slot", Integer.class),
                        row.getBoolean("off")))
                .list();
    }

    List<Evidence.Seat> seats() {
        return store.jdbc()
                .sql("select operator, capacity, load from seats")
                .query((row, i) -> new Evidence.Seat(
                        row.getObject("operator", UUID.class), row.getInt("capacity"), row.getInt("load")))
                .list();
    }

    List<UUID> assignments() {
        return store.jdbc()
                .sql("select inquiry from assignments")
                .query(UUID.class)
                .list();
    }

    List<Evidence.CrmWork> crmWork() {
        return store.jdbc()
                .sql("select inquiry, kind, subject, state from crm_work")
                .query((row, i) -> new Evidence.CrmWork(
                        row.getObject("inquiry", UUID.class),
                        row.getString("kind"),
                        row.getObject("subject", UUID.class),
                        row.getString("state")))
                .list();
    }

    Optional<String> auditDamage() {
        return new AuditCheck(store, Clock.systemUTC(), settings)
                .verify()
                .broken()
                .map(Object::toString);
    }

    static Set<UUID> lanes(Collection<String> users) {
        return users.stream()
                .map(user -> Ids.lane(HubProgram.ACCOUNT, "user", user))
                .collect(Collectors.toSet());
    }

    @Override
    public void close() {
        store.close();
    }
}
