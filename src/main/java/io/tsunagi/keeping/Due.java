package io.tsunagi.keeping;

import io.tsunagi.keeping.KeepingRules.Kind;
import io.tsunagi.keeping.KeepingRules.Rule;
import io.tsunagi.store.Dialect;
import io.tsunagi.store.Store;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** Finds by SQL what is past a rule's time. Media are told by their own due time, which {@link Keeping} brings forward. */
final class Due {
    private final Store store;

    /** @param row what stands for the row in SQL, with the tables it is joined to, when it is due and who may hold it */
    private record Where(String id, String from, String condition, String since, String held) {}

    Due(Store store) {
        this.store = store;
    }

    /** Gives rows that are due and not held, the oldest first. */
    List<UUID> some(Rule rule, int most) {
        Where where = where(rule);
        return store.jdbc()
                .sql("select " + where.id() + " as id from " + where.from() + " where " + where.condition() + " and "
                        + where.since() + " <= ? and not " + where.held() + " order by " + where.since() + " limit ?")
                .params(Store.at(cutOff(rule, Duration.ZERO)), most)
                .query((row, i) -> row.getObject("id", UUID.class))
                .list();
    }

    /** Gives media whose own time is later than the rule's, with the rule's. */
    Map<UUID, Instant> early(Rule rule, int most) {
        Where where = where(rule);
        String end = store.dialect() == Dialect.H2
                ? "dateadd(second, cast(? as bigint), " + where.since() + ")"
                : where.since() + " + ? * interval '1 second'";
        Map<UUID, Instant> early = new LinkedHashMap<>();
        store.jdbc()
                .sql("select x.id, " + where.since() + " as since from " + where.from() + " where " + where.condition()
                        + " and " + end + " < x.due_at order by x.id limit ?")
                .params(rule.keep().toSeconds(), most)
                .query((row, i) -> early.put(
                        row.getObject("id", UUID.class),
                        Store.instant(row.getTimestamp("since")).plus(rule.keep())))
                .list();
        return early;
    }

    /** Counts rows that are due for longer than a time. */
    long count(Rule rule, Duration longerThan, boolean held) {
        Where where = where(rule);
        return store.jdbc()
                .sql("select count(*) from " + where.from() + " where " + where.condition() + " and " + where.since()
                        + " <= ? and " + (held ? "" : "not ") + where.held())
                .param(Store.at(cutOff(rule, longerThan)))
                .query(Long.class)
                .single();
    }

    private Instant cutOff(Rule rule, Duration longerThan) {
        return store.clock().instant().minus(rule.keep()).minus(longerThan);
    }

    private static Where where(Rule rule) {
        boolean closed = rule.state().equals("closed");
        String ofInquiry = LegalHolds.covers("i.id", "i.customer", "i.account");
        String isClosed = closed ? " and i.state = 'CLOSED'" : "";
        return switch (rule.kind()) {
            case MEDIA ->
                new Where(
                        "x.id",
                        "media x join inquiries i on i.id = x.inquiry",
                        "x.state in ('READY', 'FETCHING') and x.purpose "
                                + (rule.purpose().equals("identity") ? "= 'IDENTITY'" : "<> 'IDENTITY'") + isClosed,
                        closed ? "i.closed_at" : rule.state().equals("decided") ? "x.decided_at" : "x.received_at",
                        ofInquiry);
            case MESSAGE ->
                new Where(
                        "x.id",
                        "messages x join inquiries i on i.id = x.inquiry",
                        "x.content is not null and x.purged_at is null and x.sender <> 'SYSTEM'"
                                + " and i.words_purged_at is null" + isClosed,
                        closed ? "i.closed_at" : "x.at",
                        ofInquiry);
            case DRAFT ->
                new Where(
                        "x.inquiry",
                        "drafts x join inquiries i on i.id = x.inquiry",
                        "x.content is not null" + isClosed,
                        closed ? "i.closed_at" : "x.saved_at",
                        ofInquiry);
            case MEMO ->
                new Where(
                        "i.id",
                        "inquiries i",
                        "i.state = 'CLOSED' and (i.hold_memo is not null or i.help_words is not null"
                                + " or exists (select 1 from holds m where m.inquiry = i.id and m.memo is not null)"
                                + " or exists (select 1 from advice a where a.inquiry = i.id and a.words is not null))",
                        "i.closed_at",
                        ofInquiry);
            case QUESTION ->
                new Where(
                        "x.id",
                        "questions x join inquiries i on i.id = x.inquiry",
                        "x.question is not null" + isClosed,
                        closed ? "i.closed_at" : "x.asked_at",
                        ofInquiry);
            case EVENT ->
                new Where(
                        "x.id",
                        "events x",
                        "x.state = 'PARKED' and x.body is not null",
                        "coalesce(x.first_failed_at, x.received_at)",
                        LegalHolds.covers("x.id", "x.lane", "x.account"));
            case DELIVERY ->
                new Where(
                        "x.id",
                        "deliveries x",
                        "x.payload is not null and x.state not in ('QUEUED', 'SENDING', 'NEEDS_QUOTA')",
                        "x.created_at",
                        LegalHolds.covers("x.inquiry", "x.lane", "x.account"));
        };
    }

    static boolean isMedia(Rule rule) {
        return rule.kind() == Kind.MEDIA;
    }
}
