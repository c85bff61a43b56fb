package io.tsunagi.salesforce;

import io.tsunagi.store.CrmWork.Kind;
import io.tsunagi.store.Signals;
import io.tsunagi.store.Store;
import java.sql.Types;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.jdbc.core.JdbcTemplate;

/**
 * The line of Salesforce work of each inquiry. Bean {@code crmQueue} of the routes.
 *
 * <p>Work of one inquiry is done one after the other in the order it was added, its Case before anything else; work of
 * different inquiries side by side, on any number of nodes, and that of one kind in one call. Each method is a transaction of its own, so that no call to
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

    /** As many records as one collection takes (Salesforce, "SObject Collections"). */
    static final int ROWS_A_CALL = 200;

    /** Of a record's id and number. */
    private static final int LONGEST_NAME = 64;

    private static final Logger LOG = LoggerFactory.getLogger(CrmQueue.class);

    /** After a time away a sweep every 2 s must not be what holds the work up. */
    private static final int SWEPT = 1000;

    private static final Duration LONGEST_WAIT = Duration.ofMinutes(5);

    /** A composite can lose a race for a unique value; the record is there then, and the next try changes it. */
    private static final int TRIES_OF_A_DUPLICATE = 3;

    /** What passes by itself does so within these tries; after them one row may be what makes the others fail. */
    private static final int TRIES_TOGETHER = 2;

    /** Kinds of which an inquiry may have several rows in one call: their order among themselves does not matter. */
    private static final Set<Kind> MANY = EnumSet.of(Kind.TRANSCRIPT, Kind.ARTICLE);

    /** However often calls failed, they are halved no more often than that: one row is left then. */
    private static final int MOST_HALVINGS = 8;

    /** The condition on rows that are named by their ids, for which no index serves, as in {@code Turns}. */
    private static final String STILL_QUEUED = "state || '' = 'QUEUED'";

    /** The heads of lines that are due: rows {@code w}, by {@code :now} and, with {@code :all} = 0, Cases only. */
    private static final String TAKEABLE = """
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
            """;

    private record Candidate(
            UUID id, UUID inquiry, Kind kind, UUID subject, Instant due, int tries, boolean leased, boolean written) {}

    private record Inquiry(String state, boolean handedOff, boolean hasCase) {}

    private final Store store;
    private final Signals signals;
    private final SalesforceHealth health;
    private final SalesforceErrors errors;
    private final int batch;
    private final Duration lease;
    private final Clock clock;

    /** How often the rows of a call are halved, for calls of more broke down: a full one may be too much, or one row in it. */
    private final AtomicInteger halvings = new AtomicInteger();

    private volatile boolean catchingUp;

    /** @param batch the most inquiries in one call */
    CrmQueue(
            Store store,
            Signals signals,
            SalesforceHealth health,
            SalesforceErrors errors,
            int batch,
            Duration lease,
            Clock clock) {
        this.store = store;
        this.signals = signals;
        this.health = health;
        this.errors = errors;
        this.batch = batch;
        this.lease = lease;
        this.clock = clock;
    }

    /**
     * Takes the heads of inquiries' lines, those of one kind: Cases to be made first, else the kind that most of them wait
     * with. Of transcripts and articles all rows in a row that are due, of anything else one row an inquiry.
     *
     * @return null when nothing is due, other workers have it, or Salesforce is away or off
     */
    public Work take(Collection<UUID> inquiries) {
        if (!health.readyToWrite()) {
            return null;
        }
        Set<UUID> woken = withWork(inquiries);
        return woken.isEmpty() ? null : store.inOwnTransaction(() -> claim(woken));
    }

    /** Signals and sweeps wake much that others have written meanwhile; no row is locked for that. */
    private Set<UUID> withWork(Collection<UUID> inquiries) {
        return new LinkedHashSet<>(store.jdbc()
                .sql("""
                        select woken.id from unnest(cast(? as uuid array)) as woken (id)
                         where exists (select 1 from crm_work w
                                        where w.inquiry = woken.id and w.state = 'QUEUED' and w.due_at <= ?)
                        """)
                .params(Store.uuids(inquiries), Store.at(clock.instant()))
                .query(UUID.class)
                .list());
    }

    private Work claim(Set<UUID> woken) {
        Instant now = clock.instant();
        Map<UUID, Inquiry> locked = lock(woken);
        Set<UUID> gone = gone(woken, locked.keySet());
        Set<UUID> held = caseSetAside(woken);
        Map<UUID, List<Candidate>> lines = lines(woken, now);
        Map<Kind, List<List<Candidate>>> heads = new EnumMap<>(Kind.class);
        for (UUID inquiry : woken) {
            List<Candidate> line = lines.getOrDefault(inquiry, List.of());
            if (gone.contains(inquiry)) {
                end(line.stream().map(Candidate::id).toList(), "DONE", "The inquiry is no more");
            } else if (locked.containsKey(inquiry) && line.stream().noneMatch(Candidate::leased)) {
                List<Candidate> head = head(locked.get(inquiry), held.contains(inquiry), line, now);
                if (!head.isEmpty()) {
                    heads.computeIfAbsent(head.get(0).kind(), kind -> new ArrayList<>())
                            .add(head);
                }
            }
        }
        if (heads.isEmpty()) {
            return null;
        }
        Kind kind = heads.containsKey(Kind.CASE)
                ? Kind.CASE
                : Collections.max(heads.entrySet(), Comparator.comparing(of -> of.getValue()
                                .size()))
                        .getKey();
        return lease(
                kind,
                heads.get(kind).stream().flatMap(List::stream).limit(most(kind)).toList(),
                now);
    }

    private List<Candidate> head(Inquiry inquiry, boolean held, List<Candidate> line, Instant now) {
        if (line.isEmpty() || line.get(0).due().isAfter(now)) {
            return List.of();
        }
        if (line.get(0).kind() != Kind.CASE) {
            if (held) {
                return List.of();
            }
            if (!inquiry.hasCase()) {
                withoutCase(inquiry, line);
                return List.of();
            }
        }
        List<Candidate> head = new ArrayList<>();
        List<UUID> nothingToWrite = new ArrayList<>();
        for (Candidate row : line) {
            boolean joins = head.isEmpty() || row.kind() == head.get(0).kind() && MANY.contains(row.kind());
            if (row.due().isAfter(now) || !joins) {
                break;
            }
            if (row.kind() == Kind.TRANSCRIPT && !row.written()) {
                nothingToWrite.add(row.id());
            } else {
                head.add(row);
            }
        }
        end(nothingToWrite, "DONE", null);
        return head;
    }

    /** What a call may hold: less after calls that broke down. */
    private int most(Kind kind) {
        return Math.max(1, (MANY.contains(kind) ? ROWS_A_CALL : batch) >> halvings.get());
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

    /** Locks what nobody else has locked; who has it changes it right now, and the sweep comes again. */
    private Map<UUID, Inquiry> lock(Set<UUID> inquiries) {
        Map<UUID, Inquiry> locked = new HashMap<>();
        store.jdbc().sql("""
                        select id, state, handed_off_at, case_id from inquiries where id = any(?)
                         order by id for update skip locked
                        """).param(Store.uuids(inquiries)).query(row -> {
            locked.put(
                    row.getObject("id", UUID.class),
                    new Inquiry(
                            row.getString("state"),
                            row.getObject("handed_off_at") != null,
                            row.getString("case_id") != null));
        });
        return locked;
    }

    private Set<UUID> gone(Set<UUID> woken, Set<UUID> locked) {
        Set<UUID> gone = new HashSet<>(woken);
        gone.removeAll(locked);
        if (!gone.isEmpty()) {
            store.jdbc()
                    .sql("select id from inquiries where id = any(?)")
                    .param(Store.uuids(List.copyOf(gone)))
                    .query(UUID.class)
                    .list()
                    .forEach(gone::remove);
        }
        return gone;
    }

    /**
     * Gives the beginning of each line. The messages that a transcript shows are those of both sides, with words, taken back
     * or past their time; not notes.
     */
    private Map<UUID, List<Candidate>> lines(Set<UUID> inquiries, Instant now) {
        return store
                .jdbc()
                .sql("""
                        select w.*, case when m.sender in ('CUSTOMER', 'BOT', 'OPERATOR')
                                              and (m.content is not null or m.unsent_at is not null
                                                   or m.purged_at is not null)
                                         then 1 else 0 end as written
                          from (select q.id, q.inquiry, q.kind, q.subject, q.due_at, q.tries, q.lease_until,
                                       row_number() over (
                                           partition by q.inquiry
                                           order by case when q.kind = 'CASE' then 0 else 1 end, q.seq) as place
                                  from unnest(cast(? as uuid array)) as woken (id)
                                       join crm_work q on q.inquiry = woken.id and q.state = 'QUEUED') w
                               left join messages m on w.kind = 'TRANSCRIPT' and m.id = w.subject
                         where w.place <= ?
                         order by w.inquiry, w.place
                        """)
                .params(Store.uuids(inquiries), ROWS_A_CALL)
                .query((row, n) -> new Candidate(
                        row.getObject("id", UUID.class),
                        row.getObject("inquiry", UUID.class),
                        Kind.valueOf(row.getString("kind")),
                        row.getObject("subject", UUID.class),
                        Store.instant(row.getObject("due_at", java.time.OffsetDateTime.class)),
                        row.getInt("tries"),
                        row.getObject("lease_until") != null
                                && Store.instant(row.getObject("lease_until", java.time.OffsetDateTime.class))
                                        .isAfter(now),
                        row.getInt("written") == 1))
                .list()
                .stream()
                .collect(Collectors.groupingBy(Candidate::inquiry));
    }

    private Set<UUID> caseSetAside(Set<UUID> inquiries) {
        return new HashSet<>(store.jdbc()
                .sql("""
                        select s.inquiry
                          from unnest(cast(? as uuid array)) as woken (id)
                               join crm_work s on s.inquiry = woken.id and s.state = 'SET_ASIDE'
                         where s.kind = 'CASE'
                           and not exists (select 1 from crm_work d where d.inquiry = s.inquiry and d.kind = 'CASE'
                                              and d.state = 'DONE' and d.seq > s.seq)
                        """)
                .param(Store.uuids(inquiries))
                .query(UUID.class)
                .list());
    }

    private long count(String sql, Object... params) {
        return store.jdbc().sql(sql).params(params).query(Long.class).single();
    }

    private Work lease(Kind kind, List<Candidate> rows, Instant now) {
        if (!health.admits(kind == Kind.CASE)) {
            return null;
        }
        store.jdbc()
                .sql("""
                        update crm_work set lease_until = ?, tries = tries + 1 where id = any(?) and %s
                        """.formatted(STILL_QUEUED))
                .params(
                        Store.at(now.plus(lease)),
                        Store.uuids(rows.stream().map(Candidate::id).toList()))
                .update();
        return new Work(
                kind,
                rows.stream()
                        .map(row -> new Work.Row(row.id(), row.inquiry(), row.subject(), row.tries() + 1))
                        .toList());
    }

    private void end(List<UUID> rows, String state, String error) {
        if (rows.isEmpty()) {
            return;
        }
        store.jdbc()
                .sql("""
                        update crm_work set state = ?, error = ?, lease_until = null, done_at = ?
                         where id = any(?) and %s
                        """.formatted(STILL_QUEUED))
                .params(state, error, Store.at(clock.instant()), Store.uuids(rows))
                .update();
    }

    /**
     * Makes the end of work of what another system answered, for routes that write to it in Salesforce's place. Each answer is
     * a map: {@code id} of its record there, which a Case must have, and {@code number} of a Case, which operators see; or
     * {@code refused}, why the row is set aside, a sentence without words of a customer.
     *
     * @param answers one for each row of the work, in their order
     * @throws FieldException when they do not fit the work; the work is then set aside with that sentence
     */
    public Written written(Work work, List<?> answers) {
        if (answers == null || answers.size() != work.rows().size()) {
            throw new FieldException("The answer holds " + (answers == null ? 0 : answers.size()) + " results for "
                    + work.rows().size() + " rows");
        }
        return new Written(
                answers.stream().map(answer -> result(work.kind(), answer)).toList());
    }

    private static String name(Map<?, ?> told, String what) {
        String name = told.get(what) == null ? null : told.get(what).toString();
        if (name != null && name.length() > LONGEST_NAME) {
            throw new FieldException("The answer's " + what + " is longer than " + LONGEST_NAME + " letters");
        }
        return name;
    }

    private static Written.Result result(Kind kind, Object answer) {
        Map<?, ?> told = answer instanceof Map<?, ?> map ? map : Map.of();
        if (told.get("refused") != null) {
            return new Written.Result(
                    new Failure(
                            Failure.Fate.FINAL,
                            "REFUSED",
                            CrmFacts.cut(told.get("refused").toString(), 1000)),
                    null);
        }
        String id = name(told, "id");
        if (kind == Kind.CASE && (id == null || id.isBlank())) {
            throw new FieldException("The answer holds no id for a Case");
        }
        if (kind != Kind.CASE && kind != Kind.CASE_UPDATE && kind != Kind.CLOSE) {
            return new Written.Result(null, null);
        }
        String number = name(told, "number");
        return new Written.Result(
                null,
                new Written.TheCase(
                        id, number, null, kind == Kind.CLOSE ? true : null, null, null, null, null, null, null));
    }

    /** Ends work that Salesforce answered to, row by row as it said, and keeps what it said about the Cases. */
    public void done(Work work, Written written) {
        if (written.results().size() != work.rows().size()) {
            throw new IllegalStateException("The route gives "
                    + written.results().size() + " results for " + work.rows().size() + " rows");
        }
        store.inTransaction(() -> {
            Map<UUID, Written.TheCase> cases = new TreeMap<>(Comparator.comparing(UUID::toString));
            List<Work.Row> taken = new ArrayList<>();
            Map<Work.Row, Failure> refused = new LinkedHashMap<>();
            for (int i = 0; i < work.rows().size(); i++) {
                Work.Row row = work.rows().get(i);
                Written.Result result = written.results().get(i);
                if (result.failure() != null) {
                    refused.put(row, result.failure());
                    continue;
                }
                taken.add(row);
                if (result.theCase() != null) {
                    cases.put(row.inquiry(), result.theCase());
                }
            }
            // As claim does: inquiries first, their rows of work after them.
            keep(cases);
            finish(taken);
            refused.forEach((row, failure) -> putBack(work.kind(), row, failure));
        });
        halvings.updateAndGet(times -> Math.max(0, times - 1));
    }

    private void finish(List<Work.Row> rows) {
        rows.stream().collect(Collectors.groupingBy(Work.Row::tries)).forEach((tries, same) -> store.jdbc()
                .sql("""
                        update crm_work set state = 'DONE', done_at = ?, lease_until = null, error = null
                         where id = any(?) and %s and tries = ?
                        """.formatted(STILL_QUEUED))
                .params(
                        Store.at(clock.instant()),
                        Store.uuids(same.stream().map(Work.Row::id).toList()),
                        tries)
                .update());
    }

    /** The customers are locked before the inquiries, as a turn does, and each in the order of their ids. */
    private void keep(Map<UUID, Written.TheCase> cases) {
        Map<UUID, String> contacts = new TreeMap<>(Comparator.comparing(UUID::toString));
        store.jdbc()
                .sql("select id, customer from inquiries where id = any(?)")
                .param(Store.uuids(cases.keySet()))
                .query(row -> {
                    String contact = cases.get(row.getObject("id", UUID.class)).contactId();
                    if (contact != null) {
                        contacts.put(row.getObject("customer", UUID.class), contact);
                    }
                });
        JdbcTemplate batch = new JdbcTemplate(store.pool());
        batch.batchUpdate(
                "update customers set contact_id = ? where id = ? and contact_id is distinct from ?",
                contacts.entrySet().stream()
                        .map(of -> new Object[] {of.getValue(), of.getKey(), of.getValue()})
                        .toList());
        batch.batchUpdate(
                """
                update inquiries
                   set case_id = coalesce(?, case_id), case_number = coalesce(?, case_number),
                       case_status = coalesce(?, case_status), case_closed = coalesce(?, case_closed),
                       case_priority = coalesce(?, case_priority),
                       case_owner = case when case_owner_id is null then ? else case_owner end,
                       case_owner_id = coalesce(case_owner_id, ?),
                       case_written = coalesce(?, case_written),
                       case_written_at = coalesce(?, case_written_at), case_synced_at = ?,
                       version = version + 1, changed_at = ?
                 where id = ?
                """,
                cases.entrySet().stream()
                        .map(of -> new Object[] {
                            of.getValue().caseId(),
                            of.getValue().number(),
                            of.getValue().status(),
                            of.getValue().closed(),
                            of.getValue().priority(),
                            of.getValue().owner(),
                            of.getValue().ownerId(),
                            of.getValue().remembered(),
                            Store.at(of.getValue().changedAt()),
                            Store.at(clock.instant()),
                            Store.at(clock.instant()),
                            of.getKey()
                        })
                        .toList(),
                new int[] {
                    Types.VARCHAR,
                    Types.VARCHAR,
                    Types.VARCHAR,
                    Types.BOOLEAN,
                    Types.VARCHAR,
                    Types.VARCHAR,
                    Types.VARCHAR,
                    Types.VARCHAR,
                    Types.TIMESTAMP_WITH_TIMEZONE,
                    Types.TIMESTAMP_WITH_TIMEZONE,
                    Types.TIMESTAMP_WITH_TIMEZONE,
                    Types.OTHER
                });
        cases.keySet().forEach(inquiry -> signals.send(Signals.Kind.INQUIRY, inquiry));
    }

    /**
     * Ends work that did not succeed: it goes back to its place and waits (1 s first, doubling, at most 5 min, with up
     * to a fifth more so that not all come back at once), or is set aside when trying again cannot help. What was refused as
     * a whole, or fails again and again before it is sent, is tried in halves, until what is at fault stands alone and its
     * neighbours are written.
     *
     * @return the halves; empty when the work is ended
     */
    public List<Work> failed(Work work, Throwable cause) {
        Failure failure = errors.judge(cause);
        boolean again = work.rows().stream().anyMatch(row -> row.tries() > TRIES_TOGETHER);
        if (work.rows().size() > 1
                && (failure.fate() == Failure.Fate.FINAL || failure.fate() == Failure.Fate.LATER && again)) {
            return work.halves();
        }
        if (failure.fate() == Failure.Fate.AWAY) {
            health.failed(failure);
            halvings.updateAndGet(times -> Math.min(MOST_HALVINGS, times + 1));
        }
        store.inTransaction(() -> work.rows().forEach(row -> putBack(work.kind(), row, failure)));
        return List.of();
    }

    private void putBack(Kind kind, Work.Row row, Failure failure) {
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
            LOG.warn("Salesforce refused {} of inquiry {}: {}", kind, row.inquiry(), failure.text());
        }
    }

    static Duration wait(int tries) {
        long millis = Math.min(LONGEST_WAIT.toMillis(), 1000L << Math.min(Math.max(tries, 1) - 1, 20));
        long spread = ThreadLocalRandom.current().nextLong(millis / 5 + 1);
        return Duration.ofMillis(Math.min(LONGEST_WAIT.toMillis(), millis + spread));
    }

    /**
     * Gives the inquiries whose head can be taken now, longest due first, at most 1000. Looks for Salesforce when it is
     * away, and gives nothing until it is back. Read in the order of the index, so that
     * the end of a long line need not be read.
     */
    public List<UUID> due() {
        if (!health.readyToWrite()) {
            return List.of();
        }
        Instant now = clock.instant();
        List<UUID> due = store.jdbc()
                .sql("select w.inquiry " + TAKEABLE + " order by w.state, w.due_at fetch first :most rows only")
                .param("now", Store.at(now))
                .param("all", health.readyForAll() ? 1 : 0)
                .param("most", SWEPT)
                .query(UUID.class)
                .list();
        catchingUp = due.size() == SWEPT;
        if (due.isEmpty() && count("select count(*) from crm_work where state = 'QUEUED' and tries > 0") == 0) {
            health.idle();
        }
        return due;
    }

    /** Gives since when the oldest work is due that no other work of its inquiry holds up, whether or not Salesforce is there. */
    public Optional<Instant> dueSince() {
        return store.jdbc()
                .sql("select w.due_at " + TAKEABLE + " order by w.state, w.due_at fetch first 1 row only")
                .param("now", Store.at(clock.instant()))
                .param("all", 1)
                .query((row, i) -> Store.instant(row.getTimestamp("due_at")))
                .optional();
    }

    /** Says whether so many inquiries have work that can be taken as only an absence of Salesforce leaves. */
    boolean catchingUp() {
        return catchingUp;
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
