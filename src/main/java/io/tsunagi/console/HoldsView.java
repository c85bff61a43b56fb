package io.tsunagi.console;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.tsunagi.audit.PurgeCertificates;
import io.tsunagi.audit.PurgeCertificates.Certificate;
import io.tsunagi.keeping.Keeping;
import io.tsunagi.keeping.LegalHolds;
import io.tsunagi.keeping.LegalHolds.Hold;
import io.tsunagi.store.Store;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/**
 * What the screen of legal holds shows: who holds what and why, what the next purge would remove, and what the last ones did;
 * but for what customers took back, of which nobody at work is told how much is kept.
 * Safe for many threads.
 */
final class HoldsView {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int CERTIFICATES = 10;

    /**
     * A hold with the names that people know.
     *
     * @param number of the inquiry, or of the held customer's newest one; null for an account
     * @param setByName null when it was a command
     */
    record Shown(
            UUID id,
            String scope,
            UUID subject,
            Long number,
            String account,
            String reason,
            String setBy,
            String setByName,
            Instant setAt,
            String liftReason,
            String liftedByName,
            Instant liftedAt) {
        @Override
        public String toString() {
            return "Shown[" + id + "]";
        }
    }

    /** What a run of the purge removed, and what was due and stayed because of holds. */
    record Run(long position, Instant closedAt, long purged, long held) {}

    /** What a rule would do now. */
    record Rule(String id, String says, long due, long held) {}

    private final Store store;
    private final Keeping keeping;
    private final LegalHolds holds;
    private final PurgeCertificates certificates;

    HoldsView(Store store, Keeping keeping, LegalHolds holds, PurgeCertificates certificates) {
        this.store = store;
        this.keeping = keeping;
        this.holds = holds;
        this.certificates = certificates;
    }

    Map<String, Object> show(String caller, String origin) {
        Map<String, String> names = names();
        return Map.of(
                "holds",
                holds.show(caller, origin).stream()
                        .map(hold -> shown(hold, names))
                        .toList(),
                "rules",
                keeping.plan().stream()
                        .filter(plan -> !plan.rule().equals(Keeping.TAKEN_BACK))
                        .map(plan -> new Rule(plan.rule().id(), plan.rule().text(), plan.due(), plan.held()))
                        .toList(),
                "certificates",
                certificates.newest(CERTIFICATES).stream().map(HoldsView::run).toList());
    }

    private Map<String, String> names() {
        Map<String, String> names = new HashMap<>();
        store.jdbc().sql("select id, display_name from operators").query(row -> {
            names.put(row.getObject("id", UUID.class).toString(), row.getString("display_name"));
        });
        return names;
    }

    private Shown shown(Hold hold, Map<String, String> names) {
        return new Shown(
                hold.id(),
                hold.scope().name(),
                hold.subject(),
                hold.subject() == null ? null : number(hold),
                hold.account(),
                hold.reason(),
                hold.setBy(),
                names.get(hold.setBy()),
                hold.setAt(),
                hold.liftReason(),
                hold.liftedBy() == null ? null : names.getOrDefault(hold.liftedBy(), hold.liftedBy()),
                hold.liftedAt());
    }

    private Long number(Hold hold) {
        String of = hold.scope() == LegalHolds.Scope.CUSTOMER ? "customer" : "id";
        return (Long) store.jdbc()
                .sql("select max(number) as number from inquiries where " + of + " = ?")
                .param(hold.subject())
                .query((row, i) -> Optional.ofNullable(row.getObject("number")))
                .single()
                .orElse(null);
    }

    private static Run run(Certificate certificate) {
        long purged = 0;
        long held = 0;
        try {
            for (JsonNode rule : JSON.readTree(certificate.text()).path("rules")) {
                if (rule.path("id").asText().equals(Keeping.TAKEN_BACK.id())) {
                    continue;
                }
                purged += rule.path("purged").asLong();
                held += rule.path("held").asLong();
            }
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("The purge certificate " + certificate.position() + " is no JSON", e);
        }
        return new Run(certificate.position(), certificate.closedAt(), purged, held);
    }

    /**
     * Gives the id of an inquiry, or of its customer, by the number people know.
     *
     * @throws IllegalArgumentException when there is no such inquiry
     */
    UUID subject(boolean customer, long number) {
        return store.jdbc()
                .sql("select id, customer from inquiries where number = ?")
                .param(number)
                .query((row, i) -> row.getObject(customer ? "customer" : "id", UUID.class))
                .optional()
                .orElseThrow(() -> new IllegalArgumentException("There is no inquiry #" + number));
    }
}
