package io.tsunagi.salesforce;

import io.tsunagi.inquiry.CaseNews;
import io.tsunagi.inquiry.InquiryId;
import io.tsunagi.store.Ids;
import io.tsunagi.store.Store;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.BooleanSupplier;
import java.util.regex.Pattern;
import org.apache.camel.Exchange;
import org.apache.camel.component.salesforce.SalesforceConstants;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;
import org.springframework.dao.DataIntegrityViolationException;
import org.springframework.transaction.TransactionException;

/**
 * Follows what others change in Salesforce. Bean {@code crmChanges} of the routes.
 *
 * <p>A change event only says which Case to look at: it is kept under an id made of the event, so that a repeated event,
 * and the same event on another node, is one row; whoever leases the row reads the Case and tells {@link CaseNews}, which
 * knows what is news. Beside it a query looks, from a mark kept in the database, at all that changed: it finds what no
 * event told, whether none are configured, the hub was down, or Salesforce no longer has the events that were missed. The
 * query begins {@link #OVERLAP} before the mark, for what was written before the mark and committed after it.
 *
 * <p>Events of Cases that are no inquiry's are passed over, and those of changes the hub made itself: they carry the client
 * name that {@code call-salesforce} sends. Safe for many threads and many nodes.
 */
public final class CrmChanges {
    /** As the header {@code Sforce-Call-Options} of the routes says; it comes back in {@code changeOrigin}. */
    static final String OWN = "client=tsunagi";

    static final Duration OVERLAP = Duration.ofMinutes(2);

    /** How long what could not be read waits. */
    static final Duration PAUSE = Duration.ofSeconds(30);

    /** After so long a query that still fails is given up: the look finds what it was for. */
    static final Duration PATIENCE = Duration.ofMinutes(10);

    /** How often is enough when nobody talks about an inquiry. */
    static final Duration QUIET = Duration.ofMinutes(1);

    /** Rows of one answer of Salesforce to a query (REST API Developer Guide, "Query"). */
    static final int PAGE = 2000;

    /** For so long a closed inquiry is still talked about. */
    static final Duration WARM = Duration.ofHours(1);

    private static final Logger LOG = LoggerFactory.getLogger(CrmChanges.class);

    /** The mark of the look for Cases, as the route names it. */
    private static final String CASES = "cases";

    /** As many ids as stand well in one query's address. */
    private static final int MOST = 200;

    private static final Pattern RECORD = Pattern.compile("[A-Za-z0-9]{15}(?:[A-Za-z0-9]{3})?");

    private final Store store;
    private final CaseNews news;
    private final CrmCase written;
    private final boolean on;
    private final String mark;
    private final Duration lease;
    private final BooleanSupplier catchingUp;
    private final Clock clock;
    private volatile Instant looked = Instant.EPOCH;
    private volatile boolean large;

    /**
     * @param on whether changes are taken at all
     * @param mark what a comment for the customer begins with; empty = every public comment is for the customer
     * @param lease how long a node keeps what it looks at for itself
     * @param catchingUp whether the hub itself changes so many Cases that a look would read little else
     */
    CrmChanges(
            Store store,
            CaseNews news,
            CrmCase written,
            boolean on,
            String mark,
            Duration lease,
            BooleanSupplier catchingUp,
            Clock clock) {
        this.store = store;
        this.news = news;
        this.written = written;
        this.on = on;
        this.mark = mark;
        this.lease = lease;
        this.catchingUp = catchingUp;
        this.clock = clock;
    }

    /** Says whether changes are taken. */
    public boolean on() {
        return on;
    }

    /**
     * Says whether it is time for a look: always while people work on an inquiry with a Case, otherwise every
     * {@link #QUIET}, as while the hub catches up after an absence of Salesforce, and after a look that read more than {@link
     * #PAGE} Cases: so many are the hub's own doing, and each look would read them again. Who is told so looks.
     */
    public boolean timeToLook() {
        Instant now = clock.instant();
        boolean quiet = now.isBefore(looked.plus(QUIET));
        if (!on || quiet && (large || catchingUp.getAsBoolean() || !talkedAbout(now))) {
            return false;
        }
        looked = now;
        return true;
    }

    /** Asked at every look: it stops at the first one. */
    private boolean talkedAbout(Instant now) {
        return store.jdbc()
                        .sql("""
                                select count(*) from (
                                    (select id from inquiries
                                      where case_id is not null and state in ('WAITING', 'ASSIGNED', 'HELD', 'BOT')
                                      fetch first 1 rows only)
                                    union all
                                    (select id from inquiries
                                      where case_id is not null and words_purged_at is null and closed_at > :warm
                                      fetch first 1 rows only)) some_inquiry
                                """)
                        .param("warm", Store.at(now.minus(WARM)))
                        .query(Long.class)
                        .single()
                > 0;
    }

    /** Keeps that the Cases of a change event want looking at; other objects' events and the hub's own are passed over. */
    public void heard(Exchange exchange) {
        Object object = exchange.getMessage().getHeader("CamelSalesforceEntityName");
        String origin =
                exchange.getMessage().getHeader(SalesforceConstants.HEADER_SALESFORCE_CHANGE_ORIGIN, String.class);
        if (!on || !"Case".equals(object) || own(origin)) {
            return;
        }
        String event = exchange.getMessage().getHeader("CamelSalesforceTransactionKey") + " "
                + exchange.getMessage().getHeader("CamelSalesforceSequenceNumber");
        List<?> records = exchange.getMessage().getHeader("CamelSalesforceRecordIds") instanceof Object[] array
                ? List.of(array)
                : exchange.getMessage().getHeader("CamelSalesforceRecordIds", List.of(), List.class);
        // The event of an overflow names no records; the query finds them.
        List<String> named = records.stream()
                .map(String::valueOf)
                .filter(record -> RECORD.matcher(record).matches())
                .toList();
        store.inTransaction(() -> ours(named).forEach(record -> store.jdbc()
                .sql("insert into crm_changes (id, record, heard_at) values (?, ?, ?) on conflict do nothing")
                .params(Ids.derived("case-event", event, record), record, Store.at(clock.instant()))
                .update()));
    }

    /** An org has many Cases that are no inquiries; reading those would use up its API calls. */
    private List<String> ours(List<String> records) {
        return records.isEmpty()
                ? List.of()
                : store.jdbc()
                        .sql("select distinct case_id from inquiries where case_id = any(?)")
                        .param(Store.array("varchar", records))
                        .query(String.class)
                        .list();
    }

    private static boolean own(String origin) {
        if (origin != null) {
            for (String part : origin.split(";")) {
                if (part.strip().equals(OWN)) {
                    return true;
                }
            }
        }
        return false;
    }

    /** Cases to look at, and the rows that asked for it. */
    public record Look(List<UUID> rows, List<String> records) {
        public Look {
            rows = List.copyOf(rows);
            records = List.copyOf(records);
        }

        /** Gives the ids as SOQL takes them behind IN; they are Salesforce's own. */
        public String in() {
            return "('" + String.join("','", records) + "')";
        }
    }

    private record Row(UUID id, String record) {}

    /** Says whether there are Cases that want looking at; who asks for leave to call Salesforce has to make a call. */
    public boolean waiting() {
        return store.jdbc()
                        .sql("select count(*) from crm_changes where lease_until is null or lease_until <= ?")
                        .param(Store.at(clock.instant()))
                        .query(Long.class)
                        .single()
                > 0;
    }

    /** Takes the Cases that want looking at, at most {@value #MOST}; null when there are none that nobody has. */
    public Look take() {
        Instant now = clock.instant();
        return store.inOwnTransaction(() -> {
            List<Row> rows = store.jdbc()
                    .sql("""
                            select id, record from crm_changes where lease_until is null or lease_until <= ?
                             order by heard_at, id limit %d for update skip locked
                            """.formatted(MOST))
                    .param(Store.at(now))
                    .query((row, n) -> new Row(row.getObject("id", UUID.class), row.getString("record")))
                    .list();
            if (rows.isEmpty()) {
                return null;
            }
            List<UUID> ids = rows.stream().map(Row::id).toList();
            store.jdbc()
                    .sql("update crm_changes set lease_until = ? where id = any(?)")
                    .params(Store.at(now.plus(lease)), Store.uuids(ids))
                    .update();
            return new Look(ids, rows.stream().map(Row::record).distinct().toList());
        });
    }

    /** Ends what was looked at. */
    public void done(Look look) {
        store.jdbc()
                .sql("delete from crm_changes where id = any(?)")
                .param(Store.uuids(look.rows()))
                .update();
    }

    /** Puts back what could not be looked at; a sweep takes it again after {@link #PAUSE}, until {@link #PATIENCE} ends. */
    public void putBack(Look look) {
        Instant now = clock.instant();
        store.inTransaction(() -> {
            store.jdbc()
                    .sql("delete from crm_changes where id = any(?) and heard_at <= ?")
                    .params(Store.uuids(look.rows()), Store.at(now.minus(PATIENCE)))
                    .update();
            store.jdbc()
                    .sql("update crm_changes set lease_until = ? where id = any(?)")
                    .params(Store.at(now.plus(PAUSE)), Store.uuids(look.rows()))
                    .update();
        });
    }

    /**
     * Gives the time, as SOQL takes it, from which a query has to look; before the first look, now: what is older was
     * there before the hub followed changes.
     *
     * @param name what is looked at: {@code cases}, {@code comments}
     */
    public String since(String name) {
        Instant now = clock.instant();
        store.jdbc()
                .sql("insert into crm_marks (name, at) values (?, ?) on conflict do nothing")
                .params(name, Store.at(now))
                .update();
        Instant mark = store.jdbc()
                .sql("select at from crm_marks where name = ?")
                .param(name)
                .query((row, n) -> Store.instant(row.getTimestamp("at")))
                .single();
        return mark.minus(OVERLAP)
                .truncatedTo(java.time.temporal.ChronoUnit.SECONDS)
                .toString();
    }

    /** Notes that everything in these records was seen: the next query begins at the newest of them. */
    public void seenAll(String name, List<?> records) {
        if (name.equals(CASES)) {
            large = records.size() > PAGE;
        }
        records.stream()
                .map(row -> Knowledge.time(((Map<?, ?>) row).get("SystemModstamp")))
                .max(Instant::compareTo)
                .ifPresent(newest -> store.jdbc()
                        .sql("update crm_marks set at = ? where name = ? and at < ?")
                        .params(Store.at(newest), name, Store.at(newest))
                        .update());
    }

    /**
     * Tells of a Case, from the variables {@code case.…} of the route; one that is no inquiry's is passed over, and one
     * that cannot be taken is logged.
     */
    public void seen(Exchange exchange) {
        Map<String, Object> fields = SalesforceRecords.fields(exchange, "case");
        orPassOver("The Case of inquiry " + fields.get("key"), () -> seen(fields));
    }

    private void seen(Map<String, Object> fields) {
        String priority = text(fields, "priority");
        inquiry(fields.get("key"))
                .ifPresent(inquiry -> news.seen(
                        inquiry,
                        new CaseNews.Seen(
                                text(fields, "status"),
                                Boolean.parseBoolean(String.valueOf(fields.get("closed"))),
                                priority != null && written.sentPriority(inquiry.value(), priority) ? null : priority,
                                urgency(fields.get("urgency")),
                                text(fields, "ownerId"),
                                text(fields, "owner"),
                                fields.get("changedAt") == null ? null : Knowledge.time(fields.get("changedAt")))));
    }

    /** One record that cannot be taken must not hold up all others for ever; when it is the database that fails, all wait. */
    private static void orPassOver(String what, Runnable taking) {
        try {
            taking.run();
        } catch (RuntimeException e) {
            boolean database = e instanceof DataAccessException || e instanceof TransactionException;
            if (database && !(e instanceof DataIntegrityViolationException)) {
                throw e;
            }
            // Messages of the others may hold what a customer or an operator wrote.
            String why = e instanceof FieldException
                    ? e.getMessage()
                    : e.getClass().getSimpleName() + " at "
                            + (e.getStackTrace().length == 0 ? "?" : e.getStackTrace()[0]);
            LOG.error("{} cannot be taken and is passed over: {}", what, why);
        }
    }

    /**
     * Tells of a comment, from the variables {@code comment.…} of the route, if it is marked as one for the customer; one
     * that cannot be taken is logged.
     */
    public void said(Exchange exchange) {
        Map<String, Object> fields = SalesforceRecords.fields(exchange, "comment");
        orPassOver("The comment " + fields.get("id"), () -> said(fields));
    }

    /** The mark ends where its word does: {@code #linear} is not {@code #line}. */
    private boolean marked(String words) {
        return words.startsWith(mark)
                && (mark.isEmpty()
                        || words.length() == mark.length()
                        || !wordly(mark.charAt(mark.length() - 1))
                        || !wordly(words.charAt(mark.length())));
    }

    /** Japanese words follow a mark without a space. */
    private static boolean wordly(char c) {
        return c < 128 && Character.isLetterOrDigit(c);
    }

    private void said(Map<String, Object> fields) {
        String words = text(fields, "words");
        if (words == null || words.startsWith(CrmSummary.MARK) || !marked(words.strip())) {
            return;
        }
        String said = words.strip().substring(mark.length()).strip();
        inquiry(fields.get("key"))
                .ifPresent(inquiry -> news.said(
                        inquiry,
                        new CaseNews.Comment(
                                text(fields, "id"),
                                fields.get("author") == null ? "Salesforce" : text(fields, "author"),
                                said,
                                Knowledge.time(fields.get("writtenAt")))));
    }

    /** The key is the inquiry's UUID without hyphens; another one was written by somebody else. */
    private static Optional<InquiryId> inquiry(Object key) {
        return uuid(key).map(InquiryId::new);
    }

    /** Reads a key of the hub's, which is a UUID without hyphens. */
    static Optional<UUID> uuid(Object key) {
        String hex = key == null ? "" : key.toString();
        if (!hex.matches("[0-9a-f]{32}")) {
            return Optional.empty();
        }
        return Optional.of(UUID.fromString(hex.replaceFirst("(.{8})(.{4})(.{4})(.{4})(.{12})", "$1-$2-$3-$4-$5")));
    }

    private static Integer urgency(Object value) {
        if (value == null || value.toString().isBlank()) {
            return null;
        }
        if (!value.toString().matches("[1-5]")) {
            throw new FieldException("case.urgency is a number from 1, the most urgent, to 5");
        }
        return Integer.valueOf(value.toString());
    }

    private static String text(Map<String, Object> fields, String name) {
        Object value = fields.get(name);
        return value == null || value.toString().isEmpty() ? null : value.toString();
    }
}
