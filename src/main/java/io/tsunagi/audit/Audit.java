package io.tsunagi.audit;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.tsunagi.store.Store;
import java.time.Clock;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;

/**
 * Writes who saw or did what with customer data.
 *
 * <p>A row belongs to the act's own transaction: when it cannot be written, the act is rolled back with it (PCI DSS
 * v4.0.1, 10.2 and 10.7). A row names people, inquiries and customers by id only, never by name or word, so that an
 * erasure leaves the audit whole. Each row carries a keyed MAC over what it says; {@link AuditSealer} then puts the
 * committed rows into one chain. Safe for many threads and nodes.
 */
public final class Audit {
    /** The actor of what the hub does by itself. */
    public static final String HUB = "hub";

    /** The actor of an act by somebody who is not signed in. */
    public static final String NOBODY = "nobody";

    public static final String OK = "ok";
    public static final String REFUSED = "refused";
    public static final String FAILED = "failed";

    private static final ObjectMapper JSON = new ObjectMapper();

    private final Store store;
    private final Clock clock;

    public Audit(Store store, Clock clock) {
        this.store = store;
        this.clock = clock;
    }

    /**
     * Adds a row to the running transaction.
     *
     * @param actor id of the operator, {@link #HUB} or {@link #NOBODY}; at most 64 characters
     * @param act verb and object such as {@code view-inquiry}; at most 64 characters
     * @param object what it was done to, such as {@code inquiry/<id>}; at most 120 characters
     * @param outcome {@link #OK}, {@link #REFUSED} or {@link #FAILED}
     * @param origin the address the act came from; {@code null} for that of the call under way, which is none for what the
     *     hub does by itself; at most 64 characters
     * @param detail further ids and codes, or {@code null}; at most 2,000 characters as JSON
     * @throws IllegalStateException when no transaction runs
     * @throws RuntimeException when the row cannot be written; the act must not go on
     */
    public void write(
            String actor, String act, String object, String outcome, String origin, Map<String, String> detail) {
        Store.needTransaction();
        AuditRow row = new AuditRow(
                UUID.randomUUID(),
                clock.instant().truncatedTo(ChronoUnit.MICROS),
                actor,
                act,
                object,
                outcome,
                origin == null && !HUB.equals(actor) ? Origin.ofCall() : origin,
                json(detail));
        store.jdbc()
                .sql("""
                        insert into audit (id, at, actor, act, object, outcome, origin, detail, mac)
                        values (:id, :at, :actor, :act, :object, :outcome, :origin, :detail, :mac)
                        """)
                .param("id", row.id())
                .param("at", Store.at(row.at()))
                .param("actor", row.actor())
                .param("act", row.act())
                .param("object", row.object())
                .param("outcome", row.outcome())
                .param("origin", row.origin())
                .param("detail", row.detail())
                .param("mac", row.mac(store.sealing()))
                .update();
    }

    private static String json(Map<String, String> detail) {
        if (detail == null || detail.isEmpty()) {
            return null;
        }
        try {
            return JSON.writeValueAsString(new TreeMap<>(detail));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("Texts always become JSON", e);
        }
    }
}
