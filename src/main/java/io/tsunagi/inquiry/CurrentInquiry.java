package io.tsunagi.inquiry;

import io.tsunagi.store.Dialect;
import io.tsunagi.store.Store;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.UUID;
import java.util.function.Consumer;

/**
 * The inquiry of a customer that is not closed, as the running turn knows.
 *
 * @param inquiry null when there is none
 * @param number of the one that they begin next; null where the database gives it
 */
record CurrentInquiry(InquiryId inquiry, Long number) {
    /** Locks and holds the inquiries of customers whose turn this is; {@code turnOf} says whose rows are held from then on. */
    static void expect(Store store, Collection<UUID> customers, Consumer<UUID> turnOf) {
        Map<UUID, HeldInquiry> open = new HashMap<>();
        store.reading()
                .sql("""
                        select i.*, %s as newest from inquiries i where customer = any(?) and state <> 'CLOSED'
                        order by id for update
                        """.formatted(Messages.NEWEST))
                .param(Store.uuids(customers))
                .query(row -> {
                    open.put(
                            row.getObject("customer", UUID.class),
                            new HeldInquiry(
                                    Inquiry.read(row, store),
                                    row.getBoolean("case_early"),
                                    Store.instant(row.getTimestamp("newest"))));
                });
        Iterator<Long> numbers = numbers(store, customers.size() - open.size());
        for (UUID customer : customers) {
            HeldInquiry held = open.get(customer);
            turnOf.accept(customer);
            if (held != null) {
                held.hold(store);
            }
            store.hold(
                    new CustomerId(customer),
                    held != null
                            ? new CurrentInquiry(held.inquiry().id(), null)
                            : new CurrentInquiry(null, numbers.hasNext() ? numbers.next() : null));
        }
    }

    /** Numbers for inquiries that are opened next. H2 does not tell by which name it counts them. */
    private static Iterator<Long> numbers(Store store, int most) {
        return most == 0 || store.dialect() == Dialect.H2
                ? Collections.emptyIterator()
                : store.reading()
                        .sql("select nextval(pg_get_serial_sequence('inquiries', 'number')) from generate_series(1, ?)")
                        .param(most)
                        .query(Long.class)
                        .list()
                        .iterator();
    }
}
