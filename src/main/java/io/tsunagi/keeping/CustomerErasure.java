package io.tsunagi.keeping;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tsunagi.audit.Audit;
import io.tsunagi.audit.PurgeCertificates;
import io.tsunagi.audit.PurgeLog;
import io.tsunagi.config.SettingsException;
import io.tsunagi.inquiry.Erase;
import io.tsunagi.inquiry.Withheld;
import io.tsunagi.media.Media;
import io.tsunagi.salesforce.SalesforceErasure;
import io.tsunagi.store.Lanes;
import io.tsunagi.store.OnHold;
import io.tsunagi.store.Store;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;

/**
 * Takes one customer out of every store at their request (APPI, article 35; ISO/IEC 27001:2022, A.5.34). Inquiries, scores
 * and what the bot decided stay for the statistics, under a number that leads to nobody.
 *
 * <p>Salesforce first, then words and media in batches, then the person; killed anywhere, it is run again, and what was
 * removed before counts. The proof is kept, sealed, from the moment that the person is gone. Who writes again afterwards is
 * a new customer. Each step refuses while a legal hold or an open inquiry keeps the customer, the last one also when
 * anything came meanwhile: then nothing leads away from what is left.
 */
public final class CustomerErasure {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int BATCH = 500;
    private static final String RULE = "erasure";
    private static final String TABLE = "erasures";
    private static final String ERASED = "erased";
    private static final Set<String> AT_SALESFORCE = Set.of("transcripts", "cases", "contact");

    private static final String MESSAGES =
            "from messages where customer = ? and content is not null and sender <> 'SYSTEM'";
    private static final String MEDIA = "from media where customer = ? and state in ('READY', 'FETCHING', 'WITHHELD')";
    private static final String WITHHELD =
            "from withheld_words where inquiry in (select id from inquiries where customer = ?)";
    private static final String EVENTS =
            "from events where lane = ? and (body is not null or source <> 'erased') and state <> 'WAITING'";

    /** @param customer the hub's id; the LINE user id is found by it */
    public record Person(UUID customer, String account, String lineUserId) {
        @Override
        public String toString() {
            return "Person[" + customer + "]";
        }
    }

    /**
     * An erasure on its way.
     *
     * @param nobody what stays is kept under it
     * @param elsewhere whether another account has the person as a customer too
     * @param at when nothing was on its way to LINE and Salesforce any more
     */
    private record Begun(UUID nobody, Person person, List<UUID> inquiries, boolean elsewhere, Instant at) {}

    private final Store store;
    private final Lanes lanes;
    private final Erase erase;
    private final Withheld withheld;
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
        this.lanes = new Lanes(store);
        this.erase = erase;
        this.withheld = new Withheld(store);
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
     * Erases a customer. Of one who is erased already it gives the proof that was made then.
     *
     * @return the proof: what was removed where and when, signed as {@link PurgeCertificates} signs
     * @throws SettingsException in one sentence when it is refused or cannot be ended; nothing is half said then
     */
    public String erase(Person person, String by, String reason) {
        Optional<String> before = proofOf(person.customer());
        if (before.isPresent()) {
            return before.get();
        }
        try {
            return eraseNow(person, by, reason);
        } catch (SettingsException e) {
            store.inOwnTransaction(() -> {
                audit(person, by, "erase-customer", Audit.FAILED, Map.of("reason", reason));
                return null;
            });
            throw e;
        }
    }

    private String eraseNow(Person person, String by, String reason) {
        if (person.lineUserId().equals(ERASED)) {
            throw new SettingsException("This customer is erased already.");
        }
        Begun begun = store.inOwnTransaction(() -> begin(person, by, reason));
        Optional<SalesforceErasure.Removed> away =
                salesforce.erase(person.lineUserId(), begun.inquiries(), !begun.elsewhere());
        away.ifPresent(removed -> store.inOwnTransaction(() -> count(begun, removed)));
        messages(begun);
        withheld(begun);
        media(begun);
        events(begun);
        return store.inOwnTransaction(() -> end(begun, by, reason, away.isPresent()));
    }

    private Optional<String> proofOf(UUID customer) {
        return store.jdbc()
                .sql("select proof from erasures where id = ? and proof is not null")
                .param(customer)
                .query((row, i) -> store.sealing().openText(TABLE, customer, row.getBytes("proof")))
                .optional();
    }

    private void audit(Person person, String by, String act, String outcome, Map<String, String> detail) {
        audit.write(by, act, "customer/" + person.customer(), outcome, null, detail);
    }

    /** Stops what is still to be sent, before anything is removed. */
    private Begun begin(Person person, String by, String reason) {
        guard(person);
        stopDeliveries(person);
        List<UUID> inquiries = lockInquiries(person);
        Instant now = store.clock().instant();
        if (count(
                        "select count(*) from crm_work where inquiry = any(?) and state <> 'DONE' and lease_until > ?",
                        Store.uuids(inquiries),
                        Store.at(now))
                > 0) {
            throw new SettingsException(
                    "Salesforce is being told of this customer at this moment. Run the command again in a few minutes.");
        }
        store.jdbc()
                .sql("update crm_work set state = 'DONE', done_at = ?, lease_until = null,"
                        + " error = 'the customer is erased' where inquiry = any(?) and state <> 'DONE'")
                .params(Store.at(now), Store.uuids(inquiries))
                .update();
        boolean elsewhere = count(
                        "select count(*) from customers where line_user_id = ? and id <> ?",
                        person.lineUserId(),
                        person.customer())
                > 0;
        audit(person, by, "begin-erasure", Audit.OK, Map.of("reason", reason));
        List<UUID> begunBefore = ids("select id from erasures where customer = ?", person.customer());
        if (!begunBefore.isEmpty()) {
            return new Begun(begunBefore.get(0), person, inquiries, elsewhere, now);
        }
        UUID nobody = UUID.randomUUID();
        store.jdbc()
                .sql("insert into erasures (id, customer, begun_at, counts) values (?, ?, ?, '{}')")
                .params(nobody, person.customer(), Store.at(now))
                .update();
        return new Begun(nobody, person, inquiries, elsewhere, now);
    }

    private void stopDeliveries(Person person) {
        List<String> states = store.jdbc()
                .sql("select state from deliveries where lane = ? and state in ('QUEUED', 'SENDING', 'NEEDS_QUOTA')"
                        + " order by seq for update")
                .param(person.customer())
                .query(String.class)
                .list();
        if (states.contains("SENDING")) {
            throw new SettingsException(
                    "Something is on its way to this customer at this moment. Let the hub run until it"
                            + " has ended, then run the command again.");
        }
        store.jdbc()
                .sql("update deliveries set state = 'CANCELLED', answered_at = ?"
                        + " where lane = ? and state in ('QUEUED', 'NEEDS_QUOTA')")
                .params(Store.at(store.clock().instant()), person.customer())
                .update();
    }

    private List<UUID> lockInquiries(Person person) {
        return ids("select id from inquiries where customer = ? order by id for update", person.customer());
    }

    /** From here to the commit no hold is set, and nothing new of the customer takes effect. */
    private void guard(Person person) {
        LegalHolds.standStill(store);
        lanes.lock(person.customer());
        long held = count(
                "select count(*) from customers c where c.id = ? and ("
                        + OnHold.covers("c.id", "c.id", "c.account")
                        + " or exists (select 1 from inquiries i where i.customer = c.id and "
                        + OnHold.covers("i.id", "i.customer", "i.account") + "))",
                person.customer());
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

    private long count(String sql, Object... params) {
        return store.jdbc().sql(sql).params(params).query(Long.class).single();
    }

    private List<UUID> ids(String sql, Object... params) {
        return store.jdbc().sql(sql).params(params).query(UUID.class).list();
    }

    /** Counts of a run that was cut short count too; Cases stay, so each run empties the same ones. */
    private Map<String, Long> count(Begun begun, SalesforceErasure.Removed removed) {
        Map<String, Long> counts = counts(begun);
        counts.merge("transcripts", (long) removed.transcripts(), Long::sum);
        counts.merge("cases", (long) removed.cases(), Math::max);
        counts.merge("contact", removed.contact() ? 1L : 0L, Math::max);
        return keep(begun, counts);
    }

    private Map<String, Long> add(Begun begun, Map<String, Long> removed) {
        Map<String, Long> counts = counts(begun);
        removed.forEach((what, rows) -> counts.merge(what, rows, Long::sum));
        return keep(begun, counts);
    }

    private Map<String, Long> counts(Begun begun) {
        String counts = store.jdbc()
                .sql("select counts from erasures where id = ? for update")
                .param(begun.nobody())
                .query(String.class)
                .single();
        try {
            return JSON.readValue(counts, new TypeReference<TreeMap<String, Long>>() {});
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("The counts of an erasure are not what was written", e);
        }
    }

    private Map<String, Long> keep(Begun begun, Map<String, Long> counts) {
        store.jdbc()
                .sql("update erasures set counts = ? where id = ?")
                .params(json(counts), begun.nobody())
                .update();
        return counts;
    }

    private static String json(Object value) {
        try {
            return JSON.writeValueAsString(value);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("Texts and numbers always become JSON", e);
        }
    }

    private void messages(Begun begun) {
        inBatches("messages", "select id " + MESSAGES + " limit " + BATCH, begun, ids -> {
            List<UUID> gone = erase.messages(ids);
            log.note(RULE, gone);
            return gone.size();
        });
    }

    /** What no hold keeps any more, and no purge has met yet. */
    private void withheld(Begun begun) {
        inBatches("withheld", "select id " + WITHHELD + " limit " + BATCH, begun, ids -> {
            List<UUID> gone = withheld.destroy(ids);
            log.note(RULE, gone);
            return gone.size();
        });
    }

    private void media(Begun begun) {
        inBatches("media", "select id " + MEDIA + " limit " + BATCH, begun, ids -> media.shredNow(ids, RULE)
                .size());
    }

    private void events(Begun begun) {
        inBatches("events", "select id " + EVENTS + " limit " + BATCH, begun, ids -> store.jdbc()
                .sql("update events set body = null, source = 'erased',"
                        + " state = case when state = 'PARKED' then 'DONE' else state end,"
                        + " done_at = coalesce(done_at, ?) where id = any(?)")
                .params(Store.at(store.clock().instant()), Store.uuids(ids))
                .update());
    }

    private interface Removal {
        int remove(List<UUID> ids);
    }

    private void inBatches(String what, String sql, Begun begun, Removal removal) {
        int batch;
        do {
            batch = store.inOwnTransaction(() -> {
                guard(begun.person());
                List<UUID> ids = ids(sql, begun.person().customer());
                int removed = ids.isEmpty() ? 0 : removal.remove(ids);
                add(begun, Map.of(what, (long) removed));
                return removed;
            });
        } while (batch > 0);
    }

    /** What somebody had in hand, or what came meanwhile, would stay although the proof says that it is gone. */
    private void refuseLeft(Begun begun) {
        UUID customer = begun.person().customer();
        long left = count("select count(*) " + MESSAGES, customer)
                + count("select count(*) " + WITHHELD, customer)
                + count("select count(*) " + MEDIA, customer)
                + count("select count(*) " + EVENTS, customer);
        if (left > 0) {
            throw new SettingsException(
                    "Somebody has " + left + " messages or media of this customer in hand. Run the command again.");
        }
        boolean more = !lockInquiries(begun.person()).equals(begun.inquiries())
                || count(
                                "select count(*) from deliveries where lane = ?"
                                        + " and state in ('QUEUED', 'SENDING', 'NEEDS_QUOTA')",
                                customer)
                        > 0
                || count(
                                "select count(*) from crm_work where inquiry = any(?)"
                                        + " and (state <> 'DONE' or error is null and done_at >= ?)",
                                Store.uuids(begun.inquiries()),
                                Store.at(begun.at()))
                        > 0;
        if (more) {
            throw new SettingsException(
                    "Something was said or written of this customer meanwhile. Run the command again.");
        }
    }

    /** The last step: from here on nothing leads from what stays to the person. */
    private String end(Begun begun, String by, String reason, boolean away) {
        Person person = begun.person();
        guard(person);
        refuseLeft(begun);
        Map<String, Long> counts = add(begun, person(begun));
        String proof = proof(begun, counts, away);
        store.jdbc()
                .sql("update erasures set customer = null, ended_at = ?, proof = ? where id = ?")
                .params(
                        Store.at(store.clock().instant()),
                        store.sealing().seal(TABLE, begun.nobody(), proof),
                        begun.nobody())
                .update();
        Map<String, String> detail = new TreeMap<>(Map.of("reason", reason));
        counts.forEach((what, rows) -> detail.put(what, String.valueOf(rows)));
        audit(person, by, "erase-customer", Audit.OK, detail);
        return proof;
    }

    private Map<String, Long> person(Begun begun) {
        UUID old = begun.person().customer();
        UUID nobody = begun.nobody();
        List<UUID> inquiries = begun.inquiries();
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
                "approval notes",
                update("update approvals set note = null where inquiry = any(?) and note is not null", inquiries));
        counts.put(
                "questions",
                update(
                        "update questions set question = null where inquiry = any(?) and question is not null",
                        inquiries));
        counts.put("proposals", update("delete from article_proposals where inquiry = any(?)", inquiries));
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
        store.jdbc().sql("delete from crm_customers where id = ?").param(old).update();
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

    private String proof(Begun begun, Map<String, Long> counts, boolean away) {
        ObjectNode proof = JSON.createObjectNode()
                .put("what", "Tsunagi erasure of a customer")
                .put("customer", begun.person().customer().toString())
                .put("account", begun.person().account())
                .put("at", store.clock().instant().toString());
        ObjectNode removed = proof.putObject("removed");
        counts.forEach((what, rows) -> {
            if (!AT_SALESFORCE.contains(what)) {
                removed.put(what, rows);
            }
        });
        ObjectNode salesforceSays = proof.putObject("salesforce");
        if (away) {
            salesforceSays
                    .put("transcripts", counts.get("transcripts"))
                    .put("casesEmptied", counts.get("cases"))
                    .put("contact", counts.get("contact") > 0);
            if (begun.elsewhere()) {
                salesforceSays.put("contactKept", "another LINE account has the same person as a customer");
            }
        } else {
            salesforceSays.put("off", true);
        }
        proof.putObject("kept").put("inquiriesWithoutPerson", begun.inquiries().size());
        return certificates.signed(json(proof));
    }
}
