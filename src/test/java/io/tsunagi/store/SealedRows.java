package io.tsunagi.store;

import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.stream.Collectors;
import org.springframework.jdbc.core.JdbcTemplate;

/** Rows with sealed words in any table, whatever else its columns are. */
public final class SealedRows {
    private SealedRows() {}

    /** Adds rows to a table, each sealed column with words of its own; gives the words by {@code row id/column}. */
    public static Map<String, String> add(Store store, SealedTable table, int rows, String words) {
        Map<String, Object> needed = needed(store, table);
        Set<String> unique = unique(store, table);
        List<String> columns = new ArrayList<>(needed.keySet());
        columns.add(table.key());
        columns.addAll(table.columns());
        Map<String, String> clear = new LinkedHashMap<>();
        List<Object[]> values = new ArrayList<>();
        for (int i = 0; i < rows; i++) {
            UUID id = UUID.randomUUID();
            List<Object> row = new ArrayList<>();
            needed.forEach(
                    (column, value) -> row.add(value.equals("x") && unique.contains(column) ? id.toString() : value));
            row.add(id);
            for (String column : table.columns()) {
                String text = words + " " + i + " " + column;
                clear.put(id + "/" + column, text);
                row.add(store.sealing().seal(table.name(), id, text));
            }
            values.add(row.toArray());
        }
        new JdbcTemplate(store.pool())
                .batchUpdate(
                        "insert into " + table.name() + " (" + String.join(", ", columns) + ") values ("
                                + "?, ".repeat(columns.size() - 1) + "?)",
                        values);
        return clear;
    }

    /** Gives what the rows of a table say, by {@code row id/column}. */
    public static Map<String, String> open(Store store, SealedTable table) {
        Map<String, String> clear = new LinkedHashMap<>();
        store.jdbc()
                .sql("select " + table.key() + ", " + String.join(", ", table.columns()) + " from " + table.name())
                .query((row, i) -> {
                    UUID id = row.getObject(table.key(), UUID.class);
                    for (String column : table.columns()) {
                        clear.put(id + "/" + column, store.sealing().openText(table.name(), id, row.getBytes(column)));
                    }
                    return id;
                })
                .list();
        return clear;
    }

    /** Gives every column of bytes, as {@code table.column}. */
    static Set<String> columnsOfBytes(Store store) {
        Set<String> found = new TreeSet<>();
        columns(store, "%", (row, type) -> {
            boolean id = row.getString("TYPE_NAME").equalsIgnoreCase("uuid");
            if (!id && (type == Types.BINARY || type == Types.VARBINARY || type == Types.LONGVARBINARY)) {
                found.add(row.getString("TABLE_NAME") + "." + row.getString("COLUMN_NAME"));
            }
        });
        return found;
    }

    private static Map<String, Object> needed(Store store, SealedTable table) {
        Map<String, Object> needed = new LinkedHashMap<>();
        columns(store, table.name(), (row, type) -> {
            String column = row.getString("COLUMN_NAME");
            boolean given = row.getString("IS_AUTOINCREMENT").equals("YES")
                    || row.getString("IS_GENERATEDCOLUMN").equals("YES")
                    || row.getString("COLUMN_DEF") != null;
            if (row.getInt("NULLABLE") == DatabaseMetaData.columnNoNulls
                    && !given
                    && !column.equals(table.key())
                    && !table.columns().contains(column)) {
                needed.put(column, value(row.getString("TYPE_NAME"), type));
            }
        });
        return needed;
    }

    /** Gives columns of which no two rows may hold the same, each by itself. */
    private static Set<String> unique(Store store, SealedTable table) {
        Map<String, List<String>> indexes = new LinkedHashMap<>();
        try (Connection connection = store.pool().getConnection();
                ResultSet row = connection.getMetaData().getIndexInfo(null, "public", table.name(), true, true)) {
            while (row.next()) {
                indexes.computeIfAbsent(row.getString("INDEX_NAME"), name -> new ArrayList<>())
                        .add(row.getString("COLUMN_NAME"));
            }
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
        return indexes.values().stream()
                .filter(columns -> columns.size() == 1)
                .flatMap(List::stream)
                .collect(Collectors.toSet());
    }

    private static Object value(String name, int type) {
        if (name.equalsIgnoreCase("uuid")) {
            return UUID.randomUUID();
        }
        return switch (type) {
            case Types.VARCHAR -> "x";
            case Types.INTEGER, Types.SMALLINT -> 1;
            case Types.BIGINT -> 1L;
            case Types.BIT, Types.BOOLEAN -> false;
            case Types.DOUBLE -> 0.5;
            case Types.TIMESTAMP, Types.TIMESTAMP_WITH_TIMEZONE ->
                OffsetDateTime.ofInstant(Instant.parse("2026-04-01T00:00:00Z"), ZoneOffset.UTC);
            default -> throw new IllegalArgumentException(name + " " + type);
        };
    }

    private interface Look {
        void at(ResultSet column, int type) throws SQLException;
    }

    private static void columns(Store store, String table, Look look) {
        try (Connection connection = store.pool().getConnection();
                ResultSet row = connection.getMetaData().getColumns(null, "public", table, "%")) {
            while (row.next()) {
                look.at(row, row.getInt("DATA_TYPE"));
            }
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }
}
