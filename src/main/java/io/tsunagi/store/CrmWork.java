package io.tsunagi.store;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;

/**
 * The outbox towards Salesforce: what is to be written there, in order per inquiry. A row names its subject; the words
 * stay sealed where they are until the call is made.
 *
 * <p>{@link #add} joins the running transaction; adding the same work again changes nothing. Safe for many threads and
 * many nodes.
 */
public final class CrmWork {
    /** What is to be written. */
    public enum Kind {
        /** Contact and Case of an inquiry; subject = inquiry. */
        CASE,
        /** Status, owner, priority of an inquiry's Case; subject = inquiry. */
        CASE_UPDATE,
        /** One transcript row; subject = message. */
        TRANSCRIPT,
        /** The Case is closed; subject = inquiry. */
        CLOSE,
        /** What was said, as comments of the Case; subject = inquiry. */
        SUMMARY,
        /** The survey's score; subject = inquiry. */
        SURVEY,
        /** An article was used; subject = its row in {@code article_uses}. */
        ARTICLE
    }

    private final Store store;
    private final Signals signals;
    private final Clock clock;

    public CrmWork(Store store, Signals signals, Clock clock) {
        this.store = store;
        this.signals = signals;
        this.clock = clock;
    }

    /**
     * Adds work to an inquiry's line.
     *
     * @param cause makes the row's id together with kind and subject: the same cause adds one row however often
     * @param delay how long to wait, so that masking and unsend come first
     */
    public void add(UUID inquiry, Kind kind, UUID subject, String cause, Duration delay) {
        add(kind, List.of(new Order(inquiry, subject, cause)), delay);
    }

    /** Something to be written for one inquiry; see {@link #add(UUID, Kind, UUID, String, Duration)}. */
    public record Order(UUID inquiry, UUID subject, String cause) {}

    /**
     * Adds work that waits for nothing, before all that waits in the inquiry's line: words that are to be gone from Salesforce.
     * What it writes is as its subject then is, so what it overtakes brings nothing back.
     */
    public void addFirst(UUID inquiry, Kind kind, UUID subject, String cause) {
        add(inquiry, kind, subject, cause, Duration.ZERO);
        store.jdbc()
                .sql("""
                        update crm_work
                           set seq = (select min(w.seq) - 1 from crm_work w where w.inquiry = :inquiry and w.state = 'QUEUED')
                         where id = :id and state = 'QUEUED'
                        """)
                .param("inquiry", inquiry)
                .param("id", id(inquiry, kind, subject, cause))
                .update();
    }

    private static UUID id(UUID inquiry, Kind kind, UUID subject, String cause) {
        return Ids.derived("crm", inquiry, kind, subject, cause);
    }

    /** Adds work of one kind, of one or many inquiries, in the order given. */
    public void add(Kind kind, List<Order> orders, Duration delay) {
        Store.needTransaction();
        if (orders.isEmpty()) {
            return;
        }
        Instant now = clock.instant();
        store.jdbc()
                .sql("""
                        insert into crm_work (id, inquiry, kind, subject, state, due_at, tries, created_at)
                        select o.id, o.inquiry, cast(:kind as varchar), o.subject, 'QUEUED',
                               cast(:due as timestamp with time zone), 0, cast(:now as timestamp with time zone)
                          from unnest(cast(:ids as uuid array), cast(:inquiries as uuid array),
                                      cast(:subjects as uuid array)) as o (id, inquiry, subject)
                        on conflict do nothing
                        """)
                .param(
                        "ids",
                        Store.uuids(orders.stream()
                                .map(o -> id(o.inquiry(), kind, o.subject(), o.cause()))
                                .toList()))
                .param(
                        "inquiries",
                        Store.uuids(orders.stream().map(Order::inquiry).toList()))
                .param(
                        "subjects",
                        Store.uuids(orders.stream().map(Order::subject).toList()))
                .param("kind", kind.name())
                .param("due", Store.at(now.plus(delay)))
                .param("now", Store.at(now))
                .update();
        orders.forEach(order -> signals.send(Signals.Kind.SALESFORCE, order.inquiry()));
    }
}
