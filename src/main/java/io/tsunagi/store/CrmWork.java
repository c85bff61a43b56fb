package io.tsunagi.store;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
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
        /** The survey's score; subject = inquiry. */
        SURVEY
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
        Store.needTransaction();
        Instant now = clock.instant();
        store.jdbc()
                .sql("""
                        insert into crm_work (id, inquiry, kind, subject, state, due_at, tries, created_at)
                        values (:id, :inquiry, :kind, :subject, 'QUEUED', :due, 0, :now)
                        on conflict do nothing
                        """)
                .param("id", Ids.derived("crm", inquiry, kind, subject, cause))
                .param("inquiry", inquiry)
                .param("kind", kind.name())
                .param("subject", subject)
                .param("due", Store.at(now.plus(delay)))
                .param("now", Store.at(now))
                .update();
        signals.send(Signals.Kind.SALESFORCE, inquiry);
    }
}
