package io.tsunagi.keeping;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tsunagi.audit.Audit;
import io.tsunagi.audit.PurgeCertificates;
import io.tsunagi.audit.PurgeLog;
import io.tsunagi.config.SettingsException;
import io.tsunagi.inquiry.Erase;
import io.tsunagi.media.Media;
import io.tsunagi.salesforce.SalesforceErasure;
import io.tsunagi.store.Store;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;

/**
 * Takes one customer out of every store at their request (APPI, article 35; ISO/IEC 27001:2022, A.5.34). Inquiries, scores
 * and what the bot decided stay for the statistics, under a number that leads to nobody.
 *
 * <p>Salesforce first, then words and media in batches, then the person; killed anywhere, it is run again. Who writes again
 * afterwards is a new customer. Refused under a legal hold, and while an inquiry is open.
 */
public final class CustomerErasure {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int BATCH = 500;
    private static final String RULE = "erasure";

    /** @param customer the hub's id; the LINE user id is found by it */
    public record Person(UUID customer, String account, String lineUserId) {
        @Override
        public String toString() {
            return "Person[" + customer + "]";
        }
    }

    private final Store store;
    private final Erase erase;
    private final Media media;
    private final SalesforceErasure salesforce;
    private final PurgeCertificates certificates;
    private final PurgeLog log;
    private final Audit audit;

    public CustomerErasure(
            Store store,
            Erase erase,
            Media media,
            SalesforceErasure salesforce,
            PurgeCertificates certificates,
            Audit audit) {
        this.store = store;
        this.erase = erase;
        this.media = media;
        this.salesforce = salesforce;
        this.certificates = certificates;
        this.log = new PurgeLog(store);
        this.audit = audit;
    }

    /** Finds a customer by the hub's id. */
    public Optional<Person> find(UUID customer) {
        return store.jdbc()
                .sql("select id, account, line_user_id from customers where id = ?")
                .param(customer)
                .query((row, i) -> new Person(
                        row.getObject("id", UUID.class), row.getString("account"), row.getString("line_user_id")))
                .optional();
    }

    /**
     * Erases a customer.
     *
     * @return the proof: what was removed where and when, signed as {@link PurgeCertificates} signs
     * @throws SettingsException in one sentence when it is refused or cannot be ended; nothing is half said then
     */
    public String erase(Person person, String by, String reason) {
        refuseHeldOrOpen(person);
        List<UUID> inquiries = ids("select id from inquiries where customer = ?", person.customer());
        store.inTransaction(() -> {
            store.jdbc()
                    .sql("update crm_work set state = 'DONE', done_at = ?, error = 'the customer is erased'"
                            + " where inquiry = any(?) and state <> 'DONE'")
                    .params(Store.at(store.clock().instant()), Store.uuids(inquiries))
                    .update();
            audit.write(
                    by, "erase-customer", "customer/" + person.customer(), Audit.OK, null, Map.of("reason", reason));
        });
        Optional<SalesforceErasure.Removed> away = salesforce.erase(person.lineUserId(), inquiries);
        Map<String, Long> counts = new TreeMap<>();
        counts.put("messages", messages(person));
        counts.put("media", media(person));
        counts.put("events", events(person));
        counts.putAll(store.inOwnTransaction(() -> person(person, inquiries)));
        return proof(person, away, counts, inquiries.size());
    }

    private void refuseHeldOrOpen(Person person) {
        long held = store.jdbc()
                .sql("select count(*) from customers c where c.id = ? and ("
                        + LegalHolds.covers("c.id", "c.id", "c.account")
                        + " or exists (select 1 from inquiries i where i.customer = c.id and "
                        + LegalHolds.covers("i.id", "i.customer", "i.account") + "))")
                .param(person.customer())
                .query(Long.class)
                .single();
        if (held > 0) {
            throw new SettingsException("A legal hold keeps this customer; hold list names it. It is lifted first.");
        }
        List<Long> open = store.jdbc()
                .sql("select number from inquiries where customer = ? and state <> 'CLOSED' order by number")
                .param(person.customer())
                .query(Long.class)
                .list();
        if (!open.isEmpty()) {
            throw new SettingsException("The inquiry " + open.get(0) + " of this customer is open. Close it first.");
        }
    }

    private List<UUID> ids(String sql, Object... params) {
        return store.jdbc().sql(sql).params(params).query(UUID.class).list();
    }

    private long messages(Person person) {
        return inBatches(
                "select id from messages where customer = ? and content is not null and sender <> 'SYSTEM' limit "
                        + BATCH,
                person,
                ids -> {
                    List<UUID> gone = erase.messages(ids);
                    log.note(RULE, gone);
                    return gone.size();
                });
    }

    private long media(Person person) {
        return inBatches(
                "select id from media where customer = ? and state in ('READY', 'FETCHING') limit " + BATCH,
                person,
                ids -> media.shredNow(ids, RULE).size());
    }

    private long events(Person person) {
        return inBatches(
                "select id from events where lane = ? and (body is not null or source <> 'erased') and state <> 'WAITING'"
                        + " limit " + BATCH,
                person,
                ids -> store.jdbc()
                        .sql("update events set body = null, source = 'erased',"
                                + " state = case when state = 'PARKED' then 'DONE' else state end,"
                                + " done_at = coalesce(done_at, ?) where id = any(?)")
                        .params(Store.at(store.clock().instant()), Store.uuids(ids))
                        .update());
    }

    private interface Removal {
        int remove(List<UUID> ids);
    }

    private long inBatches(String sql, Person person, Removal removal) {
        long all = 0;
        int batch;
        do {
            batch = store.inOwnTransaction(() -> {
                List<UUID> ids = ids(sql, person.customer());
                return ids.isEmpty() ? 0 : removal.remove(ids);
            });
            all += batch;
        } while (batch > 0);
        return all;
    }

    /** The last step: from here on nothing leads from what stays to the person. */
    private Map<String, Long> person(Person person, List<UUID> inquiries) {
        UUID old = person.customer();
        store.jdbc()
                .sql("select id from lanes where id = ? for update")
                .param(old)
                .query(UUID.class)
                .list();
        long left = store.jdbc()
                .sql("select count(*) from messages where customer = ? and content is not null and sender <> 'SYSTEM'")
                .param(old)
                .query(Long.class)
                .single();
        if (left > 0) {
            throw new SettingsException(
                    "Somebody has " + left + " messages of this customer in hand. Run the command" + " again.");
        }
        UUID nobody = UUID.randomUUID();
        Map<String, Long> counts = new TreeMap<>();
        counts.put(
                "drafts",
                update("update drafts set content = null where inquiry = any(?) and content is not null", inquiries));
        counts.put(
                "memos", update("update holds set memo = null where inquiry = any(?) and memo is not null", inquiries));
        counts.put(
                "advice",
                update("update advice set words = null where inquiry = any(?) and words is not null", inquiries));
        counts.put(
                "questions",
                update(
                        "update questions set question = null where inquiry = any(?) and question is not null",
                        inquiries));
        store.jdbc()
                .sql("update inquiries set customer = ?, hold_memo = null, help_words = null, case_id = null,"
                        + " case_number = null where customer = ?")
                .params(nobody, old)
                .update();
        store.jdbc()
                .sql("update messages set customer = ?, line_message_id = null where customer = ?")
                .params(nobody, old)
                .update();
        store.jdbc()
                .sql("update media set customer = ?, line_message_id = '', name = null where customer = ?")
                .params(nobody, old)
                .update();
        store.jdbc()
                .sql("update surveys set customer = ? where customer = ?")
                .params(nobody, old)
                .update();
        store.jdbc().sql("delete from unsent where customer = ?").param(old).update();
        store.jdbc()
                .sql("update deliveries set recipient = 'erased', payload = null, reply_token = null where lane = ?")
                .param(old)
                .update();
        store.jdbc()
                .sql("update lanes set source = 'erased' where id = ?")
                .param(old)
                .update();
        store.jdbc()
                .sql(
                        "update customers set id = ?, line_user_id = 'erased', name = null, name_key = null, picture = null,"
                                + " profile_at = null, reply_token = null, reply_until = null, contact_id = null where id = ?")
                .params(nobody, old)
                .update();
        log.note(RULE, List.of(old));
        counts.put("customers", 1L);
        return counts;
    }

    private long update(String sql, List<UUID> inquiries) {
        return store.jdbc().sql(sql).param(Store.uuids(inquiries)).update();
    }

    private String proof(
            Person person, Optional<SalesforceErasure.Removed> away, Map<String, Long> counts, int inquiries) {
        Instant now = store.clock().instant();
        ObjectNode proof = JSON.createObjectNode()
                .put("what", "Tsunagi erasure of a customer")
                .put("customer", person.customer().toString())
                .put("account", person.account())
                .put("at", now.toString());
        ObjectNode removed = proof.putObject("removed");
        counts.forEach(removed::put);
        ObjectNode salesforceSays = proof.putObject("salesforce");
        away.ifPresentOrElse(
                done -> salesforceSays
                        .put("transcripts", done.transcripts())
                        .put("casesEmptied", done.cases())
                        .put("contact", done.contact()),
                () -> salesforceSays.put("off", true));
        proof.putObject("kept").put("inquiriesWithoutPerson", inquiries);
        try {
            return certificates.signed(JSON.writeValueAsString(proof));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("Texts always become JSON", e);
        }
    }
}
