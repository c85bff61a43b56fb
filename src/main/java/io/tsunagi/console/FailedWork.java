package io.tsunagi.console;

import io.tsunagi.access.Role;
import io.tsunagi.audit.Audit;
import io.tsunagi.salesforce.CrmQueue;
import io.tsunagi.store.Deliveries;
import io.tsunagi.store.Ledger;
import io.tsunagi.store.Store;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.camel.Header;

/** Shows what was set aside — events, deliveries, Salesforce work — and lets it try again, or be. */
public final class FailedWork {
    /**
     * One thing that waits for a person.
     *
     * @param cause of a delivery, why LINE did not take it, as screens have words for it; null for what they have none for
     */
    public record Row(
            String kind,
            UUID id,
            String what,
            String customer,
            Long inquiryNumber,
            Instant since,
            int tries,
            String cause,
            String error) {
        @Override
        public String toString() {
            return "[hidden]";
        }
    }

    /** What an error begins with, such as a code or a status; what it quotes comes after a colon or a quotation mark. */
    private static final Pattern CODE =
            Pattern.compile("[A-Za-z0-9_.$-]{1,100}(?: [A-Za-z0-9_.$-]{1,100}){0,12}(?: \\(\\d{3}\\))?");

    private final Store store;
    private final Ledger ledger;
    private final Deliveries deliveries;
    private final CrmQueue salesforce;
    private final Audit audit;

    public FailedWork(Store store, Ledger ledger, Deliveries deliveries, CrmQueue salesforce, Audit audit) {
        this.store = store;
        this.ledger = ledger;
        this.deliveries = deliveries;
        this.salesforce = salesforce;
        this.audit = audit;
    }

    /** Gives what was set aside; who is here for operations sees neither customers nor what an error may quote of them. */
    public List<Row> list(@Header("tsunagi-role") String role) {
        return role.equals(Role.OPS.word())
                ? list().stream().map(FailedWork::withoutWords).toList()
                : list();
    }

    private static Row withoutWords(Row row) {
        Matcher code = CODE.matcher(row.error() == null ? "" : row.error());
        return new Row(
                row.kind(),
                row.id(),
                row.what(),
                null,
                row.inquiryNumber(),
                row.since(),
                row.tries(),
                row.cause(),
                code.lookingAt() ? code.group() : null);
    }

    private List<Row> list() {
        List<Row> rows = new ArrayList<>();
        for (Ledger.Parked event : ledger.parked()) {
            rows.add(new Row(
                    "event",
                    event.id(),
                    event.type(),
                    customer(event.lane()),
                    null,
                    event.since(),
                    event.tries(),
                    null,
                    event.error()));
        }
        for (Deliveries.Failed delivery : deliveries.failed()) {
            rows.add(new Row(
                    "delivery",
                    delivery.id(),
                    delivery.state().toLowerCase(java.util.Locale.ROOT).replace('_', '-'),
                    customer(delivery.lane()),
                    number(delivery.inquiry()),
                    delivery.since(),
                    delivery.tries(),
                    MessageCards.cause(delivery.error()),
                    delivery.error()));
        }
        for (CrmQueue.FailedWork work : salesforce.failed()) {
            rows.add(new Row(
                    "salesforce",
                    work.id(),
                    work.kind().name().toLowerCase(java.util.Locale.ROOT).replace('_', '-'),
                    customer(work.customer()),
                    work.inquiryNumber(),
                    work.since(),
                    work.tries(),
                    null,
                    work.error()));
        }
        rows.sort(Comparator.comparing(Row::since).reversed());
        return rows;
    }

    public Answer retry(
            @Header("tsunagi-operator") String caller,
            @Header("tsunagi-origin") String origin,
            @Header("kind") String kind,
            @Header("id") String id) {
        UUID row = Requests.uuid(id, "id");
        boolean found = store.inTransaction(() -> {
            boolean again =
                    switch (kind) {
                        case "event" -> ledger.retry(row);
                        case "delivery" -> deliveries.retry(row);
                        case "salesforce" -> salesforce.retry(row);
                        default -> throw new BadRequestException(404, "not-found", "There is no work of kind " + kind);
                    };
            if (again) {
                audit.write(caller, "retry-work", kind + "/" + row, Audit.OK, origin, Map.of());
            }
            return again;
        });
        if (!found) {
            throw new BadRequestException(409, "gone", "It was tried again already, or does not wait any more");
        }
        return Answer.nothing();
    }

    /** Somebody has seen that a delivery did not arrive, and lets it be. */
    public Answer dismiss(
            @Header("tsunagi-operator") String caller,
            @Header("tsunagi-origin") String origin,
            @Header("id") String id) {
        UUID row = Requests.uuid(id, "id");
        boolean found = store.inTransaction(() -> {
            boolean gone = deliveries.dismiss(row);
            if (gone) {
                audit.write(caller, "dismiss-work", "delivery/" + row, Audit.OK, origin, Map.of());
            }
            return gone;
        });
        if (!found) {
            throw new BadRequestException(409, "gone", "It was dismissed or tried again already");
        }
        return Answer.nothing();
    }

    private String customer(UUID lane) {
        return store
                .jdbc()
                .sql("select id, name from customers where id = ?")
                .param(lane)
                .query((row, i) ->
                        store.sealing().openText("customers", row.getObject("id", UUID.class), row.getBytes("name")))
                .list()
                .stream()
                .filter(Objects::nonNull)
                .findFirst()
                .orElse(null);
    }

    private Long number(UUID inquiry) {
        return inquiry == null
                ? null
                : store.jdbc()
                        .sql("select number from inquiries where id = ?")
                        .param(inquiry)
                        .query(Long.class)
                        .optional()
                        .orElse(null);
    }
}
