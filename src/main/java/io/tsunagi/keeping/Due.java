package io.tsunagi.keeping;

import io.tsunagi.keeping.KeepingRules.Kind;
import io.tsunagi.keeping.KeepingRules.Rule;
import io.tsunagi.store.Dialect;
import io.tsunagi.store.OnHold;
import io.tsunagi.store.Store;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * Finds by SQL what is past a rule's time. Media are told by their own due time, which {@link Keeping} brings forward. What
 * several rules fit is counted and listed under the first, which is the one a run removes it by.
 */
final class Due {
    private final Store store;
    private final List<Rule> rules;

    /** A row past its time, and whether a legal hold keeps it. */
    record Listed(UUID id, boolean held) {}

    /** What is counted or listed: the part of a statement from its tables on, with the values of its parameters. */
    private record Found(String id, String from, List<Object> params, String held) {}

    /**
     * @param alias of the table in SQL
     * @param key names a row
     * @param inInquiry whether the row belongs to an inquiry, joined as {@code i}
     * @param since when its time began
     * @param held whether a legal hold keeps it
     */
    private record Where(
            String table, String alias, String key, boolean inInquiry, String condition, String since, String held) {
        String id() {
            return alias + "." + key;
        }

        String from() {
            return table + " " + alias + (inInquiry ? " join inquiries i on i.id = " + alias + ".inquiry" : "");
        }
    }

    /** @param rules in the order in which a run goes by them */
    Due(Store store, List<Rule> rules) {
        this.store = store;
        this.rules = rules;
    }

    /** Gives rows that are due and not held, the oldest first; whoever removes them asks {@link #locked} again. */
    List<UUID> some(Rule rule, int most) {
        Where where = where(rule);
        return store.jdbc()
                .sql(due(where) + " order by " + where.since() + " limit ?")
                .params(Store.at(cutOff(rule, Duration.ZERO)), most)
                .query((row, i) -> row.getObject("id", UUID.class))
                .list();
    }

    /**
     * Locks what of these rows nobody else has in hand, inquiries first, and gives those that are due and not held then.
     * Joins the running transaction, in which legal holds stand still ({@link LegalHolds#standStill}).
     */
    List<UUID> locked(Rule rule, Collection<UUID> ids) {
        Where where = where(rule);
        return store.jdbc()
                .sql(due(where) + " and " + where.id() + " = any(?) order by " + where.id())
                .params(Store.at(cutOff(rule, Duration.ZERO)), Store.uuids(lock(where, ids)))
                .query((row, i) -> row.getObject("id", UUID.class))
                .list();
    }

    private static String due(Where where) {
        return "select " + where.id() + " as id from " + where.from() + " where " + where.condition() + " and "
                + where.since() + " <= ? and not " + where.held();
    }

    private List<UUID> lock(Where where, Collection<UUID> ids) {
        Store.needTransaction();
        String rows = "select " + where.key() + " as id from " + where.table() + " where " + where.key() + " = any(?)";
        String inOrder = " order by " + where.key() + " for update skip locked";
        if (!where.inInquiry()) {
            return uuids(rows + inOrder, Store.uuids(ids));
        }
        List<UUID> inquiries = uuids(
                "select id from inquiries where id in (select inquiry from " + where.table() + " where " + where.key()
                        + " = any(?)) order by id for update skip locked",
                Store.uuids(ids));
        return uuids(rows + " and inquiry = any(?)" + inOrder, Store.uuids(ids), Store.uuids(inquiries));
    }

    private List<UUID> uuids(String sql, Object... params) {
        return store.jdbc()
                .sql(sql)
                .params(params)
                .query((row, i) -> row.getObject(1, UUID.class))
                .list();
    }

    /** Says whether a legal hold keeps a row. */
    boolean held(Rule rule, UUID id) {
        Where where = where(rule);
        return store.jdbc()
                        .sql("select count(*) from " + where.from() + " where " + where.id() + " = ? and "
                                + where.held())
                        .param(id)
                        .query(Long.class)
                        .single()
                > 0;
    }

    /** Gives media whose own time is later than the rule's; whoever brings them forward asks {@link #lockedEarly} again. */
    List<UUID> early(Rule rule, int most) {
        return List.copyOf(early(rule, "order by x.id limit ?", most).keySet());
    }

    /** Locks what of these media nobody else has in hand and gives the rule's time of those that still end too late. */
    Map<UUID, Instant> lockedEarly(Rule rule, Collection<UUID> ids) {
        return early(rule, "and x.id = any(?)", Store.uuids(lock(where(rule), ids)));
    }

    private Map<UUID, Instant> early(Rule rule, String which, Object param) {
        Where where = where(rule);
        String end = store.dialect() == Dialect.H2
                ? "dateadd(second, cast(? as bigint), " + where.since() + ")"
                : where.since() + " + ? * interval '1 second'";
        Map<UUID, Instant> early = new LinkedHashMap<>();
        store.jdbc()
                .sql("select x.id, " + where.since() + " as since from " + where.from() + " where " + where.condition()
                        + " and " + end + " < x.due_at " + which)
                .params(rule.keep().toSeconds(), param)
                .query((row, i) -> early.put(
                        row.getObject("id", UUID.class),
                        Store.instant(row.getTimestamp("since")).plus(rule.keep())))
                .list();
        return early;
    }

    /** Counts rows that are due for longer than a time. */
    long count(Rule rule, Duration longerThan, boolean held) {
        return count(by(rule, longerThan), held);
    }

    /** Counts media that are past their own time, whatever it was, and that no rule names. */
    long countOwnTime(boolean held) {
        return count(byOwnTime(), held);
    }

    /** Counts media that customers took back. */
    long countWithheldMedia(boolean held) {
        return count(withheldMedia(), held);
    }

    private long count(Found found, boolean held) {
        return store.jdbc()
                .sql("select count(*) from " + found.from() + " and " + (held ? "" : "not ") + found.held())
                .params(found.params())
                .query(Long.class)
                .single();
    }

    /** Gives what {@link #count} counts of both kinds, in the order of ids. */
    List<Listed> list(Rule rule, UUID after, int most) {
        return list(by(rule, Duration.ZERO), after, most);
    }

    /** As {@link #list}, of what {@link #countOwnTime} counts. */
    List<Listed> listOwnTime(UUID after, int most) {
        return list(byOwnTime(), after, most);
    }

    /** As {@link #list}, of what {@link #countWithheldMedia} counts. */
    List<Listed> listWithheldMedia(UUID after, int most) {
        return list(withheldMedia(), after, most);
    }

    private List<Listed> list(Found found, UUID after, int most) {
        List<Object> params = new ArrayList<>(found.params());
        params.add(after);
        params.add(most);
        return store.jdbc()
                .sql("select " + found.id() + " as id, " + found.held() + " as held from " + found.from() + " and "
                        + found.id() + " > ? order by " + found.id() + " limit ?")
                .params(params)
                .query((row, i) -> new Listed(row.getObject("id", UUID.class), row.getBoolean("held")))
                .list();
    }

    private Found by(Rule rule, Duration longerThan) {
        Where where = where(rule);
        List<Object> params = new ArrayList<>(List.of(Store.at(cutOff(rule, longerThan))));
        String unnamed = unnamed(
                rules.stream()
                        .takeWhile(earlier -> !earlier.equals(rule))
                        .filter(earlier -> earlier.kind() == rule.kind())
                        .toList(),
                longerThan,
                params);
        return new Found(
                where.id(),
                where.from() + " where " + where.condition() + " and " + where.since() + " <= ?" + unnamed,
                params,
                where.held());
    }

    private Found byOwnTime() {
        List<Object> params = new ArrayList<>();
        String unnamed = unnamed(rules.stream().filter(Due::isMedia).toList(), Duration.ZERO, params);
        return media("x.state = 'READY' and x.due_at < current_timestamp" + unnamed, params);
    }

    private static Found withheldMedia() {
        return media("x.state = 'WITHHELD'", List.of());
    }

    private static Found media(String condition, List<Object> params) {
        return new Found(
                "x.id",
                "media x join inquiries i on i.id = x.inquiry where " + condition,
                params,
                OnHold.covers("i.id", "i.customer", "i.account"));
    }

    /** Leaves out what other rules for the same rows name; adds the values to the parameters. */
    private String unnamed(List<Rule> others, Duration longerThan, List<Object> params) {
        StringBuilder unnamed = new StringBuilder();
        for (Rule rule : others) {
            Where where = where(rule);
            unnamed.append(" and (" + where.condition() + " and " + where.since() + " <= ?) is not true");
            params.add(Store.at(cutOff(rule, longerThan)));
        }
        return unnamed.toString();
    }

    private Instant cutOff(Rule rule, Duration longerThan) {
        return store.clock().instant().minus(rule.keep()).minus(longerThan);
    }

    private static Where where(Rule rule) {
        boolean closed = rule.state().equals("closed");
        String ofInquiry = OnHold.covers("i.id", "i.customer", "i.account");
        String isClosed = closed ? " and i.state = 'CLOSED'" : "";
        return switch (rule.kind()) {
            case MEDIA ->
                new Where(
                        "media",
                        "x",
                        "id",
                        true,
                        "x.state in ('READY', 'FETCHING') and x.purpose "
                                + (rule.purpose().equals("identity") ? "= 'IDENTITY'" : "<> 'IDENTITY'") + isClosed,
                        closed ? "i.closed_at" : rule.state().equals("decided") ? "x.decided_at" : "x.received_at",
                        ofInquiry);
            case MESSAGE ->
                new Where(
                        "messages",
                        "x",
                        "id",
                        true,
                        "x.content is not null and x.purged_at is null and x.sender <> 'SYSTEM'"
                                + " and i.words_purged_at is null" + isClosed,
                        closed ? "i.closed_at" : "x.at",
                        ofInquiry);
            case DRAFT ->
                new Where(
                        "drafts",
                        "x",
                        "inquiry",
                        true,
                        "x.content is not null" + isClosed,
                        closed ? "i.closed_at" : "x.saved_at",
                        ofInquiry);
            case MEMO ->
                new Where(
                        "inquiries",
                        "i",
                        "id",
                        false,
                        "i.state = 'CLOSED' and (i.hold_memo is not null or i.help_words is not null"
                                + " or exists (select 1 from holds m where m.inquiry = i.id and m.memo is not null)"
                                + " or exists (select 1 from advice a where a.inquiry = i.id and a.words is not null)"
                                + " or exists (select 1 from approvals p where p.inquiry = i.id and p.note is not null))",
                        "i.closed_at",
                        ofInquiry);
            case QUESTION ->
                new Where(
                        "questions",
                        "x",
                        "id",
                        true,
                        "x.question is not null" + isClosed,
                        closed ? "i.closed_at" : "x.asked_at",
                        ofInquiry);
            case PROPOSAL ->
                new Where(
                        "article_proposals",
                        "x",
                        "id",
                        true,
                        "x.state in ('PROPOSED', 'REJECTED')",
                        "x.proposed_at",
                        ofInquiry);
            case FACTS ->
                new Where(
                        "crm_customers",
                        "x",
                        "id",
                        false,
                        "x.facts is not null",
                        "x.looked_at",
                        OnHold.coversLane("x.id", "(select c.account from customers c where c.id = x.id)"));
            case EVENT ->
                new Where(
                        "events",
                        "x",
                        "id",
                        false,
                        "x.state = 'PARKED' and x.body is not null",
                        "coalesce(x.first_failed_at, x.received_at)",
                        OnHold.coversLane("x.lane", "x.account"));
            case DELIVERY ->
                new Where(
                        "deliveries",
                        "x",
                        "id",
                        false,
                        "x.payload is not null and x.state not in ('QUEUED', 'SENDING', 'NEEDS_QUOTA')",
                        "x.created_at",
                        OnHold.covers("x.inquiry", "x.lane", "x.account"));
            case WITHHELD ->
                new Where(
                        "withheld_words",
                        "x",
                        "id",
                        true,
                        "true",
                        // Nobody could remove it while a hold covered it.
                        "greatest(x.withheld_at, coalesce(" + OnHold.lastLifted("i.id", "i.customer", "i.account")
                                + ", x.withheld_at))",
                        ofInquiry);
        };
    }

    static boolean isMedia(Rule rule) {
        return rule.kind() == Kind.MEDIA;
    }
}
