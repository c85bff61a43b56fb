package io.tsunagi.scenario;

import io.tsunagi.config.Settings;
import io.tsunagi.store.Store;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.UUID;
import java.util.function.Predicate;

/** Looks into a hub's database from outside, also while the hub is down: every table, every column, sealed or not. */
final class Rows implements AutoCloseable {
    private final Store store;

    Rows(Settings settings) {
        store = Store.open(settings);
    }

    Store store() {
        return store;
    }

    long count(String sql, Object... params) {
        return store.jdbc().sql(sql).params(params).query(Long.class).single();
    }

    String text(String sql, Object... params) {
        return store.jdbc().sql(sql).params(params).query(String.class).single();
    }

    /** Says in which columns a text stands, as {@code table.column}. */
    TreeSet<String> placesOf(String text) {
        return placesOf(value -> value.contains(text));
    }

    /** Says in which columns something stands: each value is looked at as it is, and what it says where it is sealed. */
    TreeSet<String> placesOf(Predicate<String> text) {
        TreeSet<String> places = new TreeSet<>();
        try (Connection connection = store.pool().getConnection()) {
            for (String table : tables(connection)) {
                try (Statement statement = connection.createStatement();
                        ResultSet row = statement.executeQuery("select * from " + table)) {
                    while (row.next()) {
                        look(table, row, text, places);
                    }
                }
            }
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
        return places;
    }

    List<String> tables() {
        try (Connection connection = store.pool().getConnection()) {
            return tables(connection);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    private static List<String> tables(Connection connection) throws SQLException {
        List<String> tables = new ArrayList<>();
        try (ResultSet found =
                connection.getMetaData().getTables(null, "public", "%", new String[] {"TABLE", "BASE TABLE"})) {
            while (found.next()) {
                tables.add(found.getString("TABLE_NAME"));
            }
        }
        if (!tables.contains("messages")) {
            throw new IllegalStateException("Looking at the wrong tables: " + tables);
        }
        return tables;
    }

    private void look(String table, ResultSet row, Predicate<String> text, TreeSet<String> places) throws SQLException {
        ResultSetMetaData columns = row.getMetaData();
        List<UUID> ids = new ArrayList<>();
        for (int i = 1; i <= columns.getColumnCount(); i++) {
            if (row.getObject(i) instanceof UUID id) {
                ids.add(id);
            }
        }
        for (int i = 1; i <= columns.getColumnCount(); i++) {
            Object value = row.getObject(i);
            if (value == null) {
                continue;
            }
            boolean found = value instanceof byte[] bytes
                    ? text.test(new String(bytes, StandardCharsets.UTF_8))
                            || ids.stream().anyMatch(id -> text.test(opened(table, id, bytes)))
                    : text.test(row.getString(i));
            if (found) {
                places.add(table + "." + columns.getColumnName(i));
            }
        }
    }

    private String opened(String table, UUID id, byte[] sealed) {
        try {
            return store.sealing().openText(table, id, sealed);
        } catch (IllegalStateException e) {
            // Sealed for another row, or not sealed at all.
            return "";
        }
    }

    @Override
    public void close() {
        store.close();
    }
}
