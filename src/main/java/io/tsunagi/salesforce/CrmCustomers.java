package io.tsunagi.salesforce;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.tsunagi.inquiry.CustomerId;
import io.tsunagi.inquiry.InquiryId;
import io.tsunagi.inquiry.InquiryVersions;
import io.tsunagi.store.Signals;
import io.tsunagi.store.Store;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import org.apache.camel.Exchange;

/**
 * Keeps what Salesforce holds of customers: chosen fields of the contact and the latest Cases, with the time they were read.
 * Bean {@code crmCustomers} of the routes.
 *
 * <p>Whoever shows a customer is given what is kept, at once, and wishes for newer facts; the route {@code read-customer}
 * reads them beside it. While Salesforce is away nothing is wished for and the kept ones stay, with their age. Safe for
 * many threads and many nodes.
 */
public final class CrmCustomers {
    private static final String TABLE = "crm_customers";

    /** How long a wish is given before it is made again. */
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    /** A Case of the customer; {@code key} is the inquiry's, null when it did not come over LINE. */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record EarlierCase(
            String id, String key, String number, String subject, String status, boolean closed, Instant openedAt) {
        @Override
        public String toString() {
            return "[hidden]";
        }
    }

    /**
     * What Salesforce held.
     *
     * @param fields of the contact, by the names of the route, in their order
     * @param cases newest first
     */
    public record Facts(Map<String, String> fields, List<EarlierCase> cases, Instant at) {
        @Override
        public String toString() {
            return "[hidden]";
        }
    }

    private record Kept(Map<String, String> fields, List<KeptCase> cases) {}

    @JsonInclude(JsonInclude.Include.NON_NULL)
    private record KeptCase(
            String id, String key, String number, String subject, String status, boolean closed, String openedAt) {}

    private final Store store;
    private final Signals signals;
    private final InquiryVersions versions;
    private final SalesforceHealth health;
    private final Duration age;
    private final Clock clock;

    /** @param age how old facts may be before newer ones are wished for */
    CrmCustomers(
            Store store,
            Signals signals,
            InquiryVersions versions,
            SalesforceHealth health,
            Duration age,
            Clock clock) {
        this.store = store;
        this.signals = signals;
        this.versions = versions;
        this.health = health;
        this.age = age;
        this.clock = clock;
    }

    /** Gives what is kept of a customer; empty before Salesforce was read for the first time. */
    public Optional<Facts> of(CustomerId customer) {
        return store.jdbc()
                .sql("select facts, looked_at from crm_customers where id = ? and looked_at is not null")
                .param(customer.value())
                .query((row, n) -> {
                    Kept kept =
                            Json.read(store.sealing().open(TABLE, customer.value(), row.getBytes("facts")), Kept.class);
                    return new Facts(
                            kept.fields(),
                            kept.cases().stream()
                                    .map(each -> new EarlierCase(
                                            each.id(),
                                            each.key(),
                                            each.number(),
                                            each.subject(),
                                            each.status(),
                                            each.closed(),
                                            Instant.parse(each.openedAt())))
                                    .toList(),
                            Store.instant(row.getTimestamp("looked_at")));
                })
                .optional();
    }

    /**
     * Gives a field of what is kept of a customer, by the name that the route read-customer gives it; null when there is none.
     * Asks nobody but the hub's database, so a turn may call it.
     */
    public String field(CustomerId customer, String name) {
        return of(customer).map(facts -> facts.fields().get(name)).orElse(null);
    }

    /** Wishes for newer facts when those kept are old; calls nobody and waits for nothing. */
    public void wish(CustomerId customer) {
        if (health.standing().state() != SalesforceHealth.State.OK) {
            return;
        }
        Instant now = clock.instant();
        Instant old = now.minus(age);
        Instant given = now.minus(age.compareTo(PATIENCE) < 0 ? age : PATIENCE);
        Optional<Wished> before = store.jdbc()
                .sql("select looked_at, asked_at from crm_customers where id = ?")
                .param(customer.value())
                .query((row, n) -> new Wished(
                        Store.instant(row.getTimestamp("looked_at")), Store.instant(row.getTimestamp("asked_at"))))
                .optional();
        int wished = 0;
        if (before.isEmpty()) {
            wished = store.jdbc()
                    .sql("insert into crm_customers (id, asked_at) values (?, ?) on conflict do nothing")
                    .params(customer.value(), Store.at(now))
                    .update();
        } else if (before.get().before(old, given)) {
            wished = store.jdbc()
                    .sql("update crm_customers set asked_at = ? where id = ? and asked_at <= ?")
                    .params(Store.at(now), customer.value(), Store.at(given))
                    .update();
        }
        if (wished > 0) {
            signals.send(Signals.Kind.CRM_CUSTOMER, customer.value());
        }
    }

    private record Wished(Instant lookedAt, Instant askedAt) {
        private boolean before(Instant old, Instant given) {
            return (lookedAt == null || !lookedAt.isAfter(old)) && !askedAt.isAfter(given);
        }
    }

    /** Gives the customer's LINE user id as it stands between quotes in SOQL; null when there is no such customer. */
    public String lineUserId(UUID customer) {
        return store.jdbc()
                .sql("select line_user_id from customers where id = ?")
                .param(customer)
                .query(String.class)
                .optional()
                .map(id -> id.replace("\\", "\\\\").replace("'", "\\'"))
                .orElse(null);
    }

    /** Adds a Case, from the variables {@code earlier.…} of the route. */
    public EarlierCase earlierCase(Exchange exchange) {
        Map<String, Object> fields = SalesforceRecords.fields(exchange, "earlier");
        return new EarlierCase(
                text(fields, "id"),
                text(fields, "key"),
                text(fields, "number"),
                text(fields, "subject"),
                text(fields, "status"),
                Boolean.parseBoolean(text(fields, "closed")),
                Knowledge.time(fields.get("openedAt")));
    }

    /** Keeps the variables {@code field.…} of the route and these Cases, and has the customer's open inquiries shown anew. */
    public void keep(Exchange exchange, UUID customer, List<?> cases) {
        Map<String, String> fields = new TreeMap<>();
        SalesforceRecords.fields(exchange, "field").forEach((name, value) -> {
            if (!String.valueOf(value).isBlank()) {
                fields.put(name, CrmFacts.cut(String.valueOf(value).strip(), 400));
            }
        });
        List<KeptCase> kept = new ArrayList<>();
        for (Object each : cases) {
            EarlierCase found = (EarlierCase) each;
            kept.add(new KeptCase(
                    found.id(),
                    found.key(),
                    found.number(),
                    found.subject(),
                    found.status(),
                    found.closed(),
                    found.openedAt().toString()));
        }
        byte[] facts = Json.write(new Kept(fields, kept)).getBytes(StandardCharsets.UTF_8);
        store.inTransaction(() -> {
            // Inquiries before the facts, as an erasure locks them.
            store.jdbc()
                    .sql("select id from inquiries where customer = ? and state in ('WAITING', 'ASSIGNED', 'HELD')"
                            + " order by id")
                    .param(customer)
                    .query(UUID.class)
                    .list()
                    .forEach(inquiry -> versions.next(new InquiryId(inquiry)));
            // A customer who was erased meanwhile has no row any more.
            store.jdbc()
                    .sql("update crm_customers set facts = ?, looked_at = ? where id = ?")
                    .params(store.sealing().seal(TABLE, customer, facts), Store.at(clock.instant()), customer)
                    .update();
        });
    }

    private static String text(Map<String, Object> fields, String name) {
        Object value = fields.get(name);
        return value == null ? null : value.toString();
    }
}
