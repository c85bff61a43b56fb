package io.tsunagi.audit;

import io.tsunagi.config.Settings;
import io.tsunagi.store.Store;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Copies the chained audit rows, in the order of the chain, to a syslog server (RFC 5424; PCI DSS v4.0.1, 10.3.3), so that
 * whoever holds the machine and its keys cannot take back what was written. Off without {@code hub.audit.syslog}.
 *
 * <p>The database knows the last position that a server has taken; a batch whose end nobody knows is sent again. So nothing is
 * left out while the server is away, or the hub, and a row may come twice: its position tells. Nobody waits for the server but
 * the route that copies, and no transaction is open meanwhile. Several nodes at once only send more often.
 */
public final class AuditCopy {
    private static final Logger LOG = LoggerFactory.getLogger(AuditCopy.class);
    private static final int BATCH = 500;

    /** How long a batch may take, and a run may begin further ones: the next run goes on. */
    private static final Duration LONGEST = Duration.ofSeconds(5);

    /** "Log audit" of RFC 5424, table 1. */
    private static final int FACILITY = 13;

    private static final int WARNING = 4;
    private static final int INFORMATIONAL = 6;

    private final Store store;
    private final String node;
    private final Duration longest;
    private final Syslog server;
    private volatile String trouble;

    /** @param node the name of this node, which the messages bear as that of their host */
    public AuditCopy(Store store, Settings settings, String node) {
        this(store, settings, node, LONGEST);
    }

    AuditCopy(Store store, Settings settings, String node, Duration longest) {
        this.store = store;
        this.longest = longest;
        this.node = node.replaceAll("[^!-~]", "-");
        String address = settings.text("hub.audit.syslog");
        this.server =
                address.isEmpty() ? null : Syslog.at(address, settings.text("hub.audit.syslog-authorities"), longest);
    }

    /** Whether a server is named. */
    public boolean on() {
        return server != null;
    }

    /**
     * Copies what is new.
     *
     * @return how many rows a server has taken now; what it has not, the next run sends
     */
    public int copy() {
        int copied = 0;
        if (!on()) {
            return copied;
        }
        long begun = System.nanoTime();
        try {
            int count = BATCH;
            while (count == BATCH && System.nanoTime() - begun < longest.toNanos()) {
                count = copyBatch();
                copied += count;
            }
            wentWell();
        } catch (IOException e) {
            failed(e);
        } catch (RuntimeException e) {
            failed(e);
            throw e;
        }
        return copied;
    }

    private int copyBatch() throws IOException {
        long from = position();
        List<AuditLine> lines = after(from);
        if (!lines.isEmpty()) {
            server.send(lines.stream().map(this::message).toList());
            moved(from, lines.get(lines.size() - 1).position());
        }
        return lines.size();
    }

    private void wentWell() {
        if (trouble != null) {
            LOG.info("The log server {} takes audit rows again", server);
        }
        trouble = null;
    }

    private void failed(Exception e) {
        if (trouble == null) {
            LOG.warn("The log server {} gets no audit rows; they wait: {}", server, e.getMessage());
        }
        trouble = "The log server (hub.audit.syslog) gets no audit rows: " + e.getMessage()
                + "; they wait in the database.";
    }

    private long position() {
        return store.jdbc()
                .sql("select position from audit_copied where id = 1")
                .query(Long.class)
                .optional()
                .orElse(0L);
    }

    private List<AuditLine> after(long position) {
        return store.jdbc()
                .sql("select " + AuditLine.COLUMNS
                        + " from audit_seals s join audit a on a.id = s.audit where s.position > ?"
                        + " order by s.position limit ?")
                .params(position, BATCH)
                .query((row, i) -> AuditLine.read(row))
                .list();
    }

    /** Never back: another node may have sent more. */
    private void moved(long from, long to) {
        store.inTransaction(() -> {
            store.jdbc()
                    .sql("insert into audit_copied (id, position) values (1, ?) on conflict do nothing")
                    .param(from)
                    .update();
            store.jdbc()
                    .sql("update audit_copied set position = ? where id = 1 and position < ?")
                    .params(to, to)
                    .update();
        });
    }

    /** RFC 5424, 6: a header, no structured data, and the row as JSON. */
    private String message(AuditLine line) {
        AuditRow row = line.row();
        int severity = row.outcome().equals(Audit.OK) ? INFORMATIONAL : WARNING;
        String act = row.act().replaceAll("[^!-~]", "-");
        return "<" + (FACILITY * 8 + severity) + ">1 " + row.at() + " " + shortened(node, 255) + " tsunagi - "
                + shortened(act, 32) + " - " + line.json();
    }

    private static String shortened(String text, int most) {
        return text.length() <= most ? text : text.substring(0, most);
    }

    /** Gives what to tell whoever looks after the hub; empty while all is well. */
    public Optional<String> trouble() {
        return Optional.ofNullable(trouble);
    }

    /** Counts the rows that wait for the server; empty without one. */
    public OptionalLong behind() {
        return on()
                ? OptionalLong.of(Math.max(0, AuditSealer.end(store).position() - position()))
                : OptionalLong.empty();
    }
}
