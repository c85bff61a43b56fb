package io.tsunagi.audit;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tsunagi.store.Store;
import java.io.IOException;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.UUID;

/**
 * Writes audit rows as JSON, one a line, for a log server. Reads in pages and changes nothing; the audit may grow
 * meanwhile.
 */
public final class AuditExport {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int PAGE = 1_000;

    private final Store store;

    private record Line(long seq, AuditRow row, Long position, byte[] mac) {}

    public AuditExport(Store store) {
        this.store = store;
    }

    /**
     * @param from the first moment, included
     * @param until the first moment no longer included
     * @return how many rows were written
     */
    public long write(Instant from, Instant until, Appendable out) throws IOException {
        long written = 0;
        long last = Long.MIN_VALUE;
        List<Line> page;
        do {
            page = page(from, until, last);
            for (Line line : page) {
                out.append(json(line)).append('\n');
                last = line.seq();
            }
            written += page.size();
        } while (page.size() == PAGE);
        return written;
    }

    private List<Line> page(Instant from, Instant until, long after) {
        return store.jdbc()
                .sql("""
                        select a.seq, a.id, a.at, a.actor, a.act, a.object, a.outcome, a.origin, a.detail, a.mac, s.position
                        from audit a left join audit_seals s on s.audit = a.id
                        where a.seq > ? and a.at >= ? and a.at < ? order by a.seq limit ?
                        """)
                .params(after, Store.at(from), Store.at(until), PAGE)
                .query((row, i) -> new Line(
                        row.getLong("seq"), AuditRow.read(row), (Long) row.getObject("position"), row.getBytes("mac")))
                .list();
    }

    private static String json(Line line) throws IOException {
        AuditRow row = line.row();
        UUID id = row.id();
        ObjectNode json = JSON.createObjectNode()
                .put("id", id.toString())
                .put("at", row.at().toString())
                .put("actor", row.actor())
                .put("act", row.act())
                .put("object", row.object())
                .put("outcome", row.outcome())
                .put("origin", row.origin());
        json.set("detail", row.detail() == null ? null : JSON.readTree(row.detail()));
        // Without a position the row is not in the chain yet.
        json.put("position", line.position()).put("mac", HexFormat.of().formatHex(line.mac()));
        return JSON.writeValueAsString(json);
    }
}
