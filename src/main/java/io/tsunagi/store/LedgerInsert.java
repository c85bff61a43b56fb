package io.tsunagi.store;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;

/**
 * Puts events into the ledger, any number with one statement of one text: a round trip and a plan whatever their number.
 * An event that is there already changes nothing.
 */
final class LedgerInsert {
    /** Two nodes that insert the same redelivered events in the same order cannot deadlock. */
    static final Comparator<LedgerRow> ORDER = Comparator.comparing(LedgerRow::id);

    private static final String INSERT = """
        insert into events (id, account, lane, kind, source, type, occurred_at, received_at, state, attempts, body)
        select id, account, lane, kind, source, type, occurred_at, cast(? as timestamp with time zone), 'WAITING', 0, body
        from unnest(cast(? as uuid array), cast(? as varchar array), cast(? as uuid array), cast(? as varchar array),
                    cast(? as varchar array), cast(? as varchar array), cast(? as timestamp with time zone array),
                    cast(? as bytea array))
             as arrival (id, account, lane, kind, source, type, occurred_at, body)
        on conflict do nothing
        """;

    private LedgerInsert() {}

    /**
     * @param rows in {@link #ORDER}
     * @return how many were new
     */
    static int write(Connection connection, List<LedgerRow> rows, Instant now) throws SQLException {
        int count = rows.size();
        UUID[] ids = new UUID[count];
        String[] accounts = new String[count];
        UUID[] lanes = new UUID[count];
        String[] kinds = new String[count];
        String[] sources = new String[count];
        String[] types = new String[count];
        OffsetDateTime[] times = new OffsetDateTime[count];
        byte[][] bodies = new byte[count][];
        for (int i = 0; i < count; i++) {
            LedgerRow row = rows.get(i);
            ids[i] = row.id();
            accounts[i] = row.arrival().account();
            lanes[i] = row.lane();
            kinds[i] = row.arrival().kind();
            sources[i] = row.arrival().source();
            types[i] = row.arrival().type();
            times[i] = Store.at(row.arrival().occurredAt());
            bodies[i] = row.sealed();
        }
        try (PreparedStatement insert = connection.prepareStatement(INSERT)) {
            insert.setObject(1, Store.at(now));
            insert.setArray(2, connection.createArrayOf("uuid", ids));
            insert.setArray(3, connection.createArrayOf("varchar", accounts));
            insert.setArray(4, connection.createArrayOf("uuid", lanes));
            insert.setArray(5, connection.createArrayOf("varchar", kinds));
            insert.setArray(6, connection.createArrayOf("varchar", sources));
            insert.setArray(7, connection.createArrayOf("varchar", types));
            insert.setArray(8, connection.createArrayOf("timestamptz", times));
            insert.setArray(9, connection.createArrayOf("bytea", bodies));
            return insert.executeUpdate();
        }
    }
}
