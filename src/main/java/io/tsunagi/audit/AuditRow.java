package io.tsunagi.audit;

import io.tsunagi.store.Sealing;
import io.tsunagi.store.Store;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Objects;
import java.util.UUID;

/** What one audit row says. Its MAC covers every column but {@code seq}, which only hints in what order to seal. */
record AuditRow(
        UUID id, Instant at, String actor, String act, String object, String outcome, String origin, String detail) {
    AuditRow {
        Objects.requireNonNull(id);
        Objects.requireNonNull(at);
        Objects.requireNonNull(actor);
        Objects.requireNonNull(act);
        Objects.requireNonNull(object);
        Objects.requireNonNull(outcome);
    }

    static AuditRow read(ResultSet row) throws SQLException {
        return new AuditRow(
                row.getObject("id", UUID.class),
                Store.instant(row.getObject("at")),
                row.getString("actor"),
                row.getString("act"),
                row.getString("object"),
                row.getString("outcome"),
                row.getString("origin"),
                row.getString("detail"));
    }

    /** Lengths stand before the values, so that no two different rows give the same bytes. */
    byte[] mac(Sealing sealing) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        all.writeBytes("audit-row\n".getBytes(StandardCharsets.UTF_8));
        for (Object value : new Object[] {id, at, actor, act, object, outcome, origin, detail}) {
            byte[] bytes = value == null ? new byte[0] : value.toString().getBytes(StandardCharsets.UTF_8);
            all.writeBytes(ByteBuffer.allocate(4)
                    .putInt(value == null ? -1 : bytes.length)
                    .array());
            all.writeBytes(bytes);
        }
        return sealing.mac(all.toByteArray());
    }
}
