package io.tsunagi.store;

import com.zaxxer.hikari.HikariDataSource;
import io.tsunagi.config.Settings;
import io.tsunagi.config.SettingsException;
import java.sql.Blob;
import java.sql.Clob;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * Copies all that an embedded database holds into a PostgreSQL on which no hub has run yet, in one transaction: a copy
 * that is cut short leaves nothing there and is begun again. The embedded database is only read, and stays.
 */
public final class StoreCopy {
    private static final String HISTORY = "flyway_schema_history";
    private static final int ROWS_A_BATCH = 500;

    /** Of a picture a row has a MiB. */
    private static final long BYTES_A_BATCH = 8 << 20;

    private final Store from;
    private final Settings to;
    private final String name;

    /**
     * @param from an embedded database that no hub has open
     * @param to the settings of the hub that will run on the copy
     */
    public StoreCopy(Store from, Settings to) {
        this.from = from;
        this.to = to;
        this.name = Store.withoutSecrets(to.needed("hub.store.url"));
    }

    /**
     * Makes the schema there, copies, and compares how many rows each table has.
     *
     * @return how many rows, by table
     * @throws SettingsException in one sentence when that cannot be done; nothing was copied then
     */
    public Map<String, Long> run() {
        if (from.dialect() != Dialect.H2) {
            throw new SettingsException("Only an embedded database is moved: hub.store.url is PostgreSQL already."
                    + " Copy that by its own means, pg_dump and pg_restore.");
        }
        if (Store.dialectOf(to.needed("hub.store.url")) != Dialect.POSTGRESQL) {
            throw new SettingsException("The target must begin with jdbc:postgresql:, and is " + name + ".");
        }
        try (HikariDataSource pool = Store.connect(to, false).orElseThrow();
                Connection source = from.pool().getConnection();
                Connection target = pool.getConnection()) {
            if (hasSchema(target)) {
                // Before its schema is touched: it may be that of hubs of an older version.
                refuseUsed(target);
            }
            StoreCommands.migrate(to);
            target.setAutoCommit(false);
            try {
                Map<String, Long> rows = copy(source, target);
                target.commit();
                return rows;
            } catch (SQLException | RuntimeException e) {
                rollBack(target, e);
                throw e;
            }
        } catch (SQLException e) {
            throw new SettingsException("The copy to " + name + " failed and left nothing there: "
                    + Store.rootMessage(e) + ". Run it again when that is mended.");
        }
    }

    private Map<String, Long> copy(Connection source, Connection target) throws SQLException {
        try (Statement statement = target.createStatement()) {
            // A hub that starts there now waits here.
            statement.execute("lock table key_check in access exclusive mode");
        }
        refuseUsed(target);
        try (Statement statement = source.createStatement()) {
            // Otherwise H2 reads a table into memory before it gives the first row.
            statement.execute("set lazy_query_execution 1");
        }
        Set<String> tables = tables(target);
        Set<String> here = tables(source);
        if (!tables.equals(here)) {
            Set<String> unequal = new TreeSet<>(tables);
            unequal.addAll(here);
            unequal.removeIf(table -> tables.contains(table) && here.contains(table));
            throw new SettingsException("The two schemas differ in the tables " + unequal
                    + ". Start this version once on the embedded database, stop it, and run this again.");
        }
        List<String> order = parentsFirst(target, tables);
        List<String> reversed = new ArrayList<>(order);
        Collections.reverse(reversed);
        for (String table : reversed) {
            // The few rows that a new schema has.
            try (Statement statement = target.createStatement()) {
                statement.executeUpdate("delete from " + table);
            }
        }
        Map<String, Long> copied = new LinkedHashMap<>();
        for (String table : order) {
            copyRows(source, target, table);
            copyCounters(source, target, table);
            long before = count(source, table);
            long after = count(target, table);
            if (before != after) {
                throw new SettingsException("The table " + table + " has " + before + " rows, but " + after
                        + " arrived. Nothing was kept; is a hub still running on the embedded database?");
            }
            copied.put(table, after);
        }
        return copied;
    }

    private static boolean hasSchema(Connection target) throws SQLException {
        try (ResultSet table = target.getMetaData().getTables(null, target.getSchema(), "key_check", null)) {
            return table.next();
        }
    }

    private void refuseUsed(Connection target) throws SQLException {
        if (count(target, "key_check") > 0) {
            throw new SettingsException(
                    "A hub has run on " + name + " already. Nothing was copied: give a database that is empty.");
        }
    }

    private static void rollBack(Connection target, Exception cause) {
        try {
            target.rollback();
        } catch (SQLException gone) {
            cause.addSuppressed(gone);
        }
    }

    private static void copyRows(Connection source, Connection target, String table) throws SQLException {
        List<String> columns = columns(target, table);
        String list = String.join(", ", columns);
        String places = columns.stream().map(column -> "?").collect(Collectors.joining(", "));
        try (Statement read = source.createStatement();
                ResultSet row = read.executeQuery("select " + list + " from " + table);
                PreparedStatement write =
                        target.prepareStatement("insert into " + table + " (" + list + ") values (" + places + ")")) {
            int waiting = 0;
            long bytes = 0;
            while (row.next()) {
                for (int i = 1; i <= columns.size(); i++) {
                    Object value = value(row, i);
                    bytes += value instanceof byte[] sealed ? sealed.length : 0;
                    write.setObject(i, value);
                }
                write.addBatch();
                if (++waiting == ROWS_A_BATCH || bytes >= BYTES_A_BATCH) {
                    write.executeBatch();
                    waiting = 0;
                    bytes = 0;
                }
            }
            write.executeBatch();
        }
    }

    private static Object value(ResultSet row, int column) throws SQLException {
        Object value = row.getObject(column);
        if (value instanceof Clob) {
            return row.getString(column);
        }
        return value instanceof Blob ? row.getBytes(column) : value;
    }

    /** What counts up goes on where it was, also past numbers whose rows are gone. */
    private static void copyCounters(Connection source, Connection target, String table) throws SQLException {
        try (PreparedStatement counters = source.prepareStatement("""
                select lower(column_name), identity_base from information_schema.columns
                 where lower(table_name) = ? and is_identity = 'YES'
                """);
                PreparedStatement set = target.prepareStatement(
                        "select setval(pg_get_serial_sequence(?, ?), cast(? as bigint), false)")) {
            counters.setString(1, table);
            try (ResultSet counter = counters.executeQuery()) {
                while (counter.next()) {
                    set.setString(1, table);
                    set.setString(2, counter.getString(1));
                    set.setLong(3, counter.getLong(2));
                    set.executeQuery().close();
                }
            }
        }
    }

    private static Set<String> tables(Connection connection) throws SQLException {
        Set<String> tables = new TreeSet<>();
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("""
                        select lower(table_name) from information_schema.tables
                         where table_schema = current_schema and table_type = 'BASE TABLE'
                        """)) {
            while (row.next()) {
                tables.add(row.getString(1));
            }
        }
        tables.remove(HISTORY);
        return tables;
    }

    private static List<String> columns(Connection connection, String table) throws SQLException {
        List<String> columns = new ArrayList<>();
        try (ResultSet column = connection.getMetaData().getColumns(null, connection.getSchema(), table, "%")) {
            while (column.next()) {
                columns.add(column.getString("COLUMN_NAME").toLowerCase(Locale.ROOT));
            }
        }
        return columns;
    }

    private static List<String> parentsFirst(Connection connection, Set<String> tables) throws SQLException {
        Map<String, Set<String>> parents = new LinkedHashMap<>();
        for (String table : tables) {
            Set<String> above = new TreeSet<>();
            try (ResultSet key = connection.getMetaData().getImportedKeys(null, connection.getSchema(), table)) {
                while (key.next()) {
                    above.add(key.getString("PKTABLE_NAME"));
                }
            }
            above.remove(table);
            parents.put(table, above);
        }
        Set<String> order = new LinkedHashSet<>();
        while (order.size() < tables.size()) {
            int before = order.size();
            parents.forEach((table, above) -> {
                if (order.containsAll(above)) {
                    order.add(table);
                }
            });
            if (order.size() == before) {
                throw new IllegalStateException("Tables refer to each other in a circle: " + parents);
            }
        }
        return List.copyOf(order);
    }

    private static long count(Connection connection, String table) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("select count(*) from " + table)) {
            row.next();
            return row.getLong(1);
        }
    }
}
