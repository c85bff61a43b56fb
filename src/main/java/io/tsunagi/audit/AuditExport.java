package io.tsunagi.audit;

import io.tsunagi.store.Store;
import java.io.IOException;
import java.time.Instant;
import java.util.List;

/**
 * Writes audit rows as JSON, one a line, for a log server. Reads in pages and changes nothing; the audit may grow
 * meanwhile.
 */
public final class AuditExport {
    private static final int PAGE = 1_000;

    private final Store store;

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
        List<AuditLine> page;
        do {
            page = page(from, until, last);
            for (AuditLine line : page) {
                out.append(line.json()).append('\n');
                last = line.seq();
            }
            written += page.size();
        } while (page.size() == PAGE);
        return written;
    }

    private List<AuditLine> page(Instant from, Instant until, long after) {
        return store.jdbc()
                .sql("select " + AuditLine.COLUMNS
                        + " from audit a left join audit_seals s on s.audit = a.id"
                        + " where a.seq > ? and a.at >= ? and a.at < ? order by a.seq limit ?")
                .params(after, Store.at(from), Store.at(until), PAGE)
                .query((row, i) -> AuditLine.read(row))
                .list();
    }
}
