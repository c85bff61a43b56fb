package io.tsunagi.store;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.UUID;

/**
 * One event as it waits in the ledger.
 *
 * @param id derived from the account and LINE's {@code webhookEventId}
 * @param kind what the lane is: {@code user}, {@code group}, {@code room} or {@code account}
 * @param source LINE's id of the lane's user, group or room; the account's name otherwise
 * @param type LINE's event type, or the hub's own for an internal event
 * @param occurredAt when LINE says it happened
 * @param json the event as received, card numbers masked
 */
public record LedgerEvent(
        UUID id,
        String account,
        UUID lane,
        String kind,
        String source,
        String type,
        Instant occurredAt,
        Instant receivedAt,
        byte[] json) {

    /** The columns of {@code events} that {@link #read} reads. */
    static final String COLUMNS = "id, account, lane, kind, source, type, occurred_at, received_at, body";

    static LedgerEvent read(ResultSet row, Sealing sealing) throws SQLException {
        UUID id = row.getObject("id", UUID.class);
        return new LedgerEvent(
                id,
                row.getString("account"),
                row.getObject("lane", UUID.class),
                row.getString("kind"),
                row.getString("source"),
                row.getString("type"),
                Store.instant(row.getTimestamp("occurred_at")),
                Store.instant(row.getTimestamp("received_at")),
                sealing.open("events", id, row.getBytes("body")));
    }

    @Override
    public String toString() {
        return "LedgerEvent " + id + " " + type;
    }
}
