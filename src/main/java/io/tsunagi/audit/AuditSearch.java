package io.tsunagi.audit;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.tsunagi.store.Store;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/** Finds audit rows, newest first, for people who look through them. Joins the running transaction. */
public final class AuditSearch {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int MOST = 200;

    /**
     * What is looked for; null or empty where anything fits.
     *
     * @param act of this act, such as {@code view-inquiry}
     * @param object of this object, such as {@code inquiry/<id>}
     * @param actor of this actor's id
     * @param before older than this row's {@link Found#seq}
     */
    public record Wanted(String act, String object, String actor, Instant from, Instant until, Long before) {}

    /**
     * A row.
     *
     * @param position its place in the chain; null while it has none
     */
    public record Found(
            long seq,
            UUID id,
            Instant at,
            String actor,
            String actorName,
            String act,
            String object,
            String outcome,
            String origin,
            JsonNode detail,
            Long position) {}

    private final Store store;

    public AuditSearch(Store store) {
        this.store = store;
    }

    /** Gives at most 200 rows. */
    public List<Found> find(Wanted wanted) {
        List<Object> params = new ArrayList<>();
        StringBuilder conditions = new StringBuilder("1 = 1");
        and(conditions, params, "a.act = ?", text(wanted.act()));
        and(conditions, params, "a.object = ?", text(wanted.object()));
        and(conditions, params, "a.actor = ?", text(wanted.actor()));
        and(conditions, params, "a.at >= ?", Store.at(wanted.from()));
        and(conditions, params, "a.at < ?", Store.at(wanted.until()));
        and(conditions, params, "a.seq < ?", wanted.before());
        params.add(MOST);
        return store.jdbc()
                .sql("select a.*, s.position, o.display_name from audit a left join audit_seals s on s.audit = a.id"
                        + " left join operators o on cast(o.id as varchar) = a.actor where " + conditions
                        + " order by a.seq desc limit ?")
                .params(params)
                .query((row, i) -> {
                    AuditRow read = AuditRow.read(row);
                    return new Found(
                            row.getLong("seq"),
                            read.id(),
                            read.at(),
                            read.actor(),
                            row.getString("display_name"),
                            read.act(),
                            read.object(),
                            read.outcome(),
                            read.origin(),
                            read.detail() == null ? null : tree(read.detail()),
                            (Long) row.getObject("position"));
                })
                .list();
    }

    private static String text(String value) {
        return value == null || value.isBlank() ? null : value.strip();
    }

    private static void and(StringBuilder conditions, List<Object> params, String condition, Object value) {
        if (value != null) {
            conditions.append(" and ").append(condition);
            params.add(value);
        }
    }

    private static JsonNode tree(String json) {
        try {
            return JSON.readTree(json);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
