package io.tsunagi.salesforce;

import io.tsunagi.inquiry.InquiryId;
import io.tsunagi.inquiry.InquiryVersions;
import io.tsunagi.store.CrmWork.Kind;
import io.tsunagi.store.Signals;
import io.tsunagi.store.Store;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The line of Salesforce work of each inquiry. Bean {@code crmQueue} of the routes.
 *
 * <p>Work of one inquiry is done one after the other in the order it was added, its Case before anything else; work of
 * different inquiries side by side, on any number of nodes. Each method is a transaction of its own, so that no call to
 * Salesforce runs inside one: {@link #take} leases the work, {@link #done} or {@link #failed} ends it. A worker that
 * dies leaves a lease that runs out; the work is then done again, which Salesforce's external ids make harmless.
 *
 * <p>A Case that is set aside holds the inquiry's other work; anything else that is set aside lets later work pass.
 */
public final class CrmQueue {
    /**
     * Work that waits for a person.
     *
     * @param error why, without any value a customer wrote
     */
    public record FailedWork(
            UUID id,
            UUID inquiry,
            long inquiryNumber,
            UUID customer,
            Kind kind,
            Instant since,
            int tries,
            String error) {}

    /** As many rows as one collections call takes (Salesforce, "SObject Collections"). */
    static final int ROWS_A_CALL = 200;

    private static final Logger LOG = LoggerFactory.getLogger(CrmQueue.class);

    /** After a time away a sweep every 2 s must not be what holds the work up. */
    private static final int SWEPT = 1000;

    private static final Duration LONGEST_WAIT = Duration.ofMinutes(5);

    /** A composite can lose a race for a unique value; the record is there then, and the next try changes it. */
    private static final int TRIES_OF_A_DUPLICATE = 3;

    private record Candidate(UUID id, Kind kind, UUID subject, Instant due, int tries, boolean written) {}

    private record Inquiry(String state, boolean handedOff, boolean hasCase) {}

    private final Store store;
    private final Signals signals;
    private final InquiryVersions versions;
    private final SalesforceHealth health;
    private final SalesforceErrors errors;
    private final Duration lease;
    private final Clock clock;

    CrmQueue(
            Store store,
            Signals signals,
            InquiryVersions versions,
            SalesforceHealth health,
            SalesforceErrors errors,
            Duration lease,
            Clock clock) {
        this.store = store;
        this.signals = signals;
        this.versions = versions;
        this.health = health;
        this.errors = errors;
        this.lease = lease;
        this.clock = clock;
    }

    /**
     * Takes the head of an inquiry's line: one row, or all transcript rows in a row that are due, up to 200.
     *
     * @return null when nothing is due, another worker has it, or Salesforce is away or off
     */
    public Work take(UUID inquiry) {
        return health.ready() ? store.inOwnTransaction(() -> claim(inquiry)) : null;
    }

    private Work claim(UUID inquiry) {
        Instant now = clock.instant();
        Inquiry facts = lock(inquiry);
        List<Candidate> line = line(inquiry);
        if (line.isEmpty() || leased(inquiry, now)) {
            return null;
        }
        if (facts == null) {
            end(line.stream().map(Candidate::id).toList(), "DONE", "The inquiry is no more");
            return null;
        }
        Candidate head = line.get(0);
        if (head.due().isAfter(now)) {
            return null;
        }
        if (head.kind() == Kind.CASE) {
            return lease(inquiry, List.of(head), now);
        }
        if (caseSetAside(inquiry)) {
            return null;
        }
        if (!facts.hasCase()) {
            withoutCase(facts, line);
            return null;
        }
        if (head.kind() != Kind.TRANSCRIPT) {
            return lease(inquiry, List.of(head), now);
        }
        List<Candidate> rows = new ArrayList<>();
        List<UUID> nothingToWrite = new ArrayList<>();
        for (Candidate row : line) {
            if (row.kind() != Kind.TRANSCRIPT || row.due().isAfter(now)) {
                break;
            }
            if (row.written()) {
                rows.add(row);
            } else {
                nothingToWrite.add(row.id());
            }
        }
        end(nothingToWrite, "DONE", null);
        if (rows.isEmpty()) {
            signals.send(Signals.Kind.SALESFORCE, inquiry);
            return null;
        }
        return lease(inquiry, rows, now);
    }

    /** An inquiry that never reached an operator has no Case; what was said to the bot ends with it. */
    private void withoutCase(Inquiry inquiry, List<Candidate> line) {
        if (!"CLOSED".equals(inquiry.state())) {
            return;
        }
        List<UUID> rows = line.stream().map(Candidate::id).toList();
        if (inquiry.handedOff()) {
            end(rows, "SET_ASIDE", "The inquiry reached an operator, but its Case was never asked for");
        } else {
            end(rows, "DONE", null);
        }
    }

    private Inquiry lock(UUID inquiry) {
        return store.jdbc()
                .sql("select state, handed_off_at, case_id from inquiries where id = ? for update")
                .param(inquiry)
                .query((row, n) -> new Inquiry(
                        row.getString("state"),
                        row.getObject("handed_off_at") != null,
                        row.getString("case_id") != null))
                .optional()
                .orElse(null);
    }

    /** The messages that a transcript shows are those of both sides, with words, taken back or past their time; not notes. */
    private List<Candidate> line(UUID inquiry) {
        return store.jdbc()
                .sql("""
                        select w.id, w.kind, w.subject, w.due_at, w.tries,
                               case when m.sender in ('CUSTOMER', 'BOT', 'OPERATOR')
                                         and (m.content is not null or m.unsent_at is not null or m.purged_at is not null)
                                    then 1 else 0 end as written
                          from crm_work w left join messages m on m.id = w.subject
                         where w.inquiry = ? and w.state = 'QUEUED'
                         order by case when w.kind = 'CASE' then 0 else 1 end, w.seq
                         fetch first 200 rows only
                        """)
                .param(inquiry)
                .query((row, n) -> new Candidate(
                        row.getObject("id", UUID.class),
                        Kind.valueOf(row.getString("kind")),
                        row.getObject("subject", UUID.class),
                        Store.instant(row.getObject("due_at", java.time.OffsetDateTime.class)),
                        row.getInt("tries"),
                        row.getInt("written") == 1))
                .list();
    }

    private boolean leased(UUID inquiry, Instant now) {
        return count("""
                select count(*) from crm_work where inquiry = ? and state = 'QUEUED' and lease_until > ?
                """, inquiry, Store.at(now)) > 0;
    }

    private boolean caseSetAside(UUID inquiry) {
        return count("""
                select count(*) from crm_work s
                 where s.inquiry = ? and s.kind = 'CASE' and s.state = 'SET_ASIDE'
                   and not exists (select 1 from crm_work d where d.inquiry = s.inquiry and d.kind = 'CASE'
                                      and d.state = 'DONE' and d.seq > s.seq)
                """, inquiry) > 0;
    }

    private long count(String sql, Object... params) {
        return store.jdbc().sql(sql).params(params).query(Long.class).single();
    }

    private Work lease(UUID inquiry, List<Candidate> rows, Instant now) {
        if (!health.admits(rows.get(0).kind() == Kind.CASE)) {
            return null;
        }
        List<Work.Row> taken = new ArrayList<>();
        for (Candidate row : rows) {
            store.jdbc()
                    .sql("update crm_work set lease_until = ?, tries = tries + 1 where id = ? and state = 'QUEUED'")
                    .params(Store.at(now.plus(lease)), row.id())
                    .update();
            taken.add(new Work.Row(row.id(), row.subject(), row.tries() + 1));
        }
        return new Work(inquiry, rows.get(0).kind(), taken);
    }

    private void end(List<UUID> rows, String state, String error) {
        for (UUID row : rows) {
            store.jdbc()
                    .sql("""
                            update crm_work set state = ?, error = ?, lease_until = null, done_at = ?
                             where id = ? and state = 'QUEUED'
                            """)
                    .params(state, error, Store.at(clock.instant()), row)
                    .update();
        }
    }

    /** Ends work that Salesforce took, row by row where it answered so, and keeps what it said about the Case. */
    public void done(Work work, Written written) {
        store.inTransaction(() -> {
            if (written instanceof Written.Rows rows) {
                if (rows.results().size() != work.rows().size()) {
                    throw new IllegalStateException("Salesforce answered "
                            + rows.results().size() + " rows to " + work.rows().size());
                }
                for (int i = 0; i < work.rows().size(); i++) {
                    Failure failure = rows.results().get(i).failure();
                    if (failure == null) {
                        finish(work.rows().get(i));
                    } else {
                        putBack(work, work.rows().get(i), failure);
                    }
                }
            } else {
                keep(work.inquiry(), (Written.TheCase) written);
                work.rows().forEach(this::finish);
            }
            signals.send(Signals.Kind.SALESFORCE, work.inquiry());
        });
    }

    private void finish(Work.Row row) {
        store.jdbc()
                .sql("""
                        update crm_work set state = 'DONE', done_at = ?, lease_until = null, error = null
                         where id = ? and state = 'QUEUED' and tries = ?
                        """)
                .params(Store.at(clock.instant()), row.id(), row.tries())
                .update();
    }

    /** The customer is locked before the inquiry, as a turn does. */
    private void keep(UUID inquiry, Written.TheCase written) {
        if (written.contactId() != null) {
            store.jdbc()
                    .sql("update customers set contact_id = ? where id = (select customer from inquiries where id = ?)")
                    .params(written.contactId(), inquiry)
                    .update();
        }
        store.jdbc()
                .sql("""
                        update inquiries
                           set case_id = coalesce(:id, case_id), case_number = coalesce(:number, case_number),
                               case_status = coalesce(:status, case_status),
                               case_priority = coalesce(:priority, case_priority),
                               case_written_at = coalesce(:written, case_written_at), case_synced_at = :now
                         where id = :inquiry
                        """)
                .param("id", written.caseId(), java.sql.Types.VARCHAR)
                .param("number", written.number(), java.sql.Types.VARCHAR)
                .param("status", written.status(), java.sql.Types.VARCHAR)
                .param("priority", written.priority(), java.sql.Types.VARCHAR)
                .param("written", Store.at(written.changedAt()), java.sql.Types.TIMESTAMP_WITH_TIMEZONE)
                .param("now", Store.at(clock.instant()))
                .param("inquiry", inquiry)
                .update();
        versions.next(new InquiryId(inquiry));
    }

    /**
     * Ends work that did not succeed: it goes back to its place and waits (1 s first, doubling, at most 5 min, with up
     * to a fifth more so that not all come back at once), or is set aside when trying again cannot help.
     */
    public void failed(Work work, Throwable cause) {
        Failure failure = errors.judge(cause);
        if (failure.fate() == Failure.Fate.AWAY) {
            health.failed(failure);
        }
        store.inTransaction(() -> {
            work.rows().forEach(row -> putBack(work, row, failure));
            signals.send(Signals.Kind.SALESFORCE, work.inquiry());
        });
    }

    private void putBack(Work work, Work.Row row, Failure failure) {
        boolean lostRace = "DUPLICATE_VALUE".equals(failure.code()) && row.tries() < TRIES_OF_A_DUPLICATE;
        boolean again = failure.fate() != Failure.Fate.FINAL || lostRace;
        Instant now = clock.instant();
        store.jdbc()
                .sql("""
                        update crm_work set state = ?, due_at = ?, lease_until = null, error = ?, done_at = null
                         where id = ? and state = 'QUEUED' and tries = ?
                        """)
                .params(
                        again ? "QUEUED" : "SET_ASIDE",
                        Store.at(again ? now.plus(wait(row.tries())) : now),
                        failure.text(),
                        row.id(),
                        row.tries())
                .update();
        if (!again) {
            LOG.warn("Salesforce refused {} of inquiry {}: {}", work.kind(), work.inquiry(), failure.text());
        }
    }

    static Duration wait(int tries) {
        long millis = Math.min(LONGEST_WAIT.toMillis(), 1000L << Math.min(Math.max(tries, 1) - 1, 20));
        long spread = ThreadLocalRandom.current().nextLong(millis / 5 + 1);
        return Duration.ofMillis(Math.min(LONGEST_WAIT.toMillis(), millis + spread));
    }

    /**
     * Gives the inquiries whose head can be taken now, longest due first, at most 1000. Looks for Salesforce when it is
     * away, and gives nothing until it is back.
     */
    public List<UUID> due() {
        if (!health.ready()) {
            return List.of();
        }
        Instant now = clock.instant();
        List<UUID> due = store.jdbc()
                .sql("""
                        select w.inquiry
                          from crm_work w left join inquiries i on i.id = w.inquiry
                         where w.state = 'QUEUED' and w.due_at <= :now
                           and (w.kind = 'CASE' or :all = 1)
                           and (w.kind = 'CASE' or i.id is null or i.case_id is not null or i.state = 'CLOSED')
                           and not exists (
                               select 1 from crm_work e
                                where e.inquiry = w.inquiry and e.state = 'QUEUED'
                                  and (e.lease_until > :now
                                       or (e.kind = 'CASE' and w.kind <> 'CASE')
                                       or (e.seq < w.seq and (e.kind = 'CASE' or w.kind <> 'CASE'))))
                           and (w.kind = 'CASE' or not exists (
                               select 1 from crm_work s
                                where s.inquiry = w.inquiry and s.kind = 'CASE' and s.state = 'SET_ASIDE'
                                  and not exists (
                                      select 1 from crm_work d
                                       where d.inquiry = s.inquiry and d.kind = 'CASE' and d.state = 'DONE'
                                         and d.seq > s.seq)))
                         order by w.due_at
                         fetch first :most rows only
                        """)
                .param("now", Store.at(now))
                .param("all", health.readyForAll() ? 1 : 0)
                .param("most", SWEPT)
                .query(UUID.class)
                .list();
        if (due.isEmpty() && count("select count(*) from crm_work where state = 'QUEUED' and tries > 0") == 0) {
            health.idle();
        }
        return due;
    }

    /** Gives the work that is set aside, oldest first. */
    public List<FailedWork> failed() {
        return store.jdbc()
                .sql("""
                        select w.id, w.inquiry, i.number, i.customer, w.kind, w.due_at, w.tries, w.error
                          from crm_work w join inquiries i on i.id = w.inquiry
                         where w.state = 'SET_ASIDE'
                         order by w.due_at, w.seq
                         fetch first 500 rows only
                        """)
                .query((row, n) -> new FailedWork(
                        row.getObject("id", UUID.class),
                        row.getObject("inquiry", UUID.class),
                        row.getLong("number"),
                        row.getObject("customer", UUID.class),
                        Kind.valueOf(row.getString("kind")),
                        Store.instant(row.getObject("due_at", java.time.OffsetDateTime.class)),
                        row.getInt("tries"),
                        row.getString("error")))
                .list();
    }

    /**
     * Puts work that is set aside back to its place, due at once.
     *
     * @return false when it is not set aside (any more)
     */
    public boolean retry(UUID id) {
        return store.inTransaction(() -> {
            int found =
                    store.jdbc().sql("""
                            update crm_work set state = 'QUEUED', due_at = ?, error = null, done_at = null
                             where id = ? and state = 'SET_ASIDE'
                            """).params(Store.at(clock.instant()), id).update();
            store.jdbc()
                    .sql("select inquiry from crm_work where id = ?")
                    .param(id)
                    .query(UUID.class)
                    .optional()
                    .ifPresent(inquiry -> signals.send(Signals.Kind.SALESFORCE, inquiry));
            return found == 1;
        });
    }
}
