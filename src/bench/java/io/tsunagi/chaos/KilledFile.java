package io.tsunagi.chaos;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.h2.engine.SessionLocal;
import org.h2.jdbc.JdbcConnection;
import org.h2.mvstore.Cursor;
import org.h2.mvstore.MVMap;
import org.h2.mvstore.MVStore;
import org.h2.value.VersionedValue;

/**
 * The file of an H2 database whose process was killed, read with H2's own classes and left as it is. H2 takes back what was
 * not committed by the transactions' undo logs. An entry that belongs to a transaction after that has lost its undo log: a
 * later transaction of this number takes it for its own, so that it does harm at any time, or never.
 */
public final class KilledFile {
    private KilledFile() {}

    /** @return the maps of tables and indexes that hold such entries, with how many */
    public static List<String> leftOver(String url, String user) throws SQLException {
        List<String> found = new ArrayList<>();
        try (Connection connection = DriverManager.getConnection(url + ";ACCESS_MODE_DATA=r", user, "")) {
            SessionLocal session =
                    (SessionLocal) connection.unwrap(JdbcConnection.class).getSession();
            MVStore store = session.getDatabase().getStore().getMvStore();
            int looked = 0;
            for (String name : store.getMapNames()) {
                if (name.startsWith("table.") || name.startsWith("index.")) {
                    looked++;
                    int left = leftOver(store.openMap(name, new MVMap.Builder<>()));
                    if (left > 0) {
                        found.add(name + ": " + left);
                    }
                }
            }
            if (looked == 0) {
                throw new IllegalStateException("There are no tables at " + url);
            }
        }
        return found;
    }

    private static int leftOver(MVMap<Object, Object> map) {
        int left = 0;
        for (Cursor<Object, Object> entries = map.cursor(null); entries.hasNext(); ) {
            entries.next();
            if (entries.getValue() instanceof VersionedValue<?> value && value.getOperationId() != 0) {
                left++;
            }
        }
        return left;
    }
}
