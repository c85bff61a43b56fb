package io.tsunagi.store;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Types;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.flywaydb.core.Flyway;

/**
 * A database as the release before left it: every row that a hub of that version had after some chats with the simulators,
 * with the keys that open them. docs/development.md tells how it is taken anew.
 */
public final class ReleasedData {
    /** The last migration of the release before. */
    public static final String SCHEMA = "162";

    static final String HISTORY = "flyway_schema_history";

    /** How much later than in the file everything was, so that nothing is old when a test runs. The audit's own times are sealed. */
    private static final Duration LATER = Duration.between(
            Instant.parse("2026-11-30T12:19:08Z"), Instant.now().truncatedTo(ChronoUnit.SECONDS));

    private static final Set<String> SEALED_TIMES = Set.of("audit", "audit_seals");

    private static final Path FOLDER = Path.of("src/test/resources/released");
    private static final String USER = "postgres";

    private ReleasedData() {}

    /** Makes a database of that schema, with its rows; gives the settings that lead a hub to it and to its keys. */
    public static Map<String, String> open(Dialect dialect) {
        String url = TestStores.empty(dialect);
        try (Connection connection = connect(url)) {
            Flyway.configure(ReleasedData.class.getClassLoader())
                    .dataSource(url, USER, "")
                    .resourceProvider(new Migrations())
                    .javaMigrationClassProvider(List::of)
                    .target(SCHEMA)
                    .load()
                    .migrate();
            connection.setAutoCommit(false);
            JsonNode tables = tables();
            tables.fieldNames().forEachRemaining(table -> {
                if (!table.equals(HISTORY)) {
                    fill(connection, table, tables.path(table));
                }
            });
            connection.commit();
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
        Path home = TestStores.temporaryFolder();
        copyKeys(home);
        Map<String, String> settings = new HashMap<>();
        settings.put("hub.store.url", url);
        settings.put("hub.store.user", USER);
        settings.put("hub.store.key-dir", home.resolve("keys").toString());
        settings.put("hub.audit.head-file", home.resolve("audit-head").toString());
        settings.put("hub.media.key-dir", home.resolve("keys/media").toString());
        return settings;
    }

    static Connection connect(String url) throws SQLException {
        return DriverManager.getConnection(url, USER, "");
    }

    /** By table: {@code columns}, each a name and a type, and {@code rows}. */
    static JsonNode tables() {
        try (InputStream in = new GZIPInputStream(Files.newInputStream(FOLDER.resolve("rows.json.gz")))) {
            JsonNode tables = new ObjectMapper().readTree(in);
            tables.fields().forEachRemaining(table -> {
                if (!SEALED_TIMES.contains(table.getKey())) {
                    table.getValue().path("rows").forEach(row -> setLater((ArrayNode) row));
                }
            });
            return tables;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void setLater(ArrayNode row) {
        for (int i = 0; i < row.size(); i++) {
            String text = row.path(i).asText();
            if (text.startsWith("at:")) {
                row.set(
                        i,
                        TextNode.valueOf(
                                "at:" + Instant.parse(text.substring(3)).plus(LATER)));
            }
        }
    }

    static List<String> columns(JsonNode table) {
        List<String> columns = new ArrayList<>();
        table.path("columns").forEach(column -> columns.add(column.asText().replaceFirst(" .*", "")));
        return columns;
    }

    /** Gives what stands in these columns now, as it stands in the file, in no order. */
    static List<String> read(Connection connection, String table, List<String> columns) throws SQLException {
        List<String> rows = new ArrayList<>();
        try (Statement statement = connection.createStatement();
                ResultSet found = statement.executeQuery("select " + String.join(", ", columns) + " from " + table)) {
            while (found.next()) {
                List<String> row = new ArrayList<>();
                for (int i = 1; i <= columns.size(); i++) {
                    row.add(told(found, i));
                }
                rows.add(row.toString());
            }
        }
        rows.sort(null);
        return rows;
    }

    private static String told(ResultSet row, int i) throws SQLException {
        int type = row.getMetaData().getColumnType(i);
        if (row.getObject(i) == null) {
            return "null";
        }
        // For H2 this is bytes, too.
        if (row.getObject(i) instanceof UUID id) {
            return "uuid:" + id;
        }
        return switch (type) {
            case Types.BINARY, Types.VARBINARY, Types.LONGVARBINARY, Types.BLOB ->
                "bytes:" + Base64.getEncoder().encodeToString(row.getBytes(i));
            case Types.TIMESTAMP, Types.TIMESTAMP_WITH_TIMEZONE ->
                "at:" + row.getTimestamp(i).toInstant();
            case Types.DOUBLE -> String.valueOf(Math.round(row.getDouble(i)));
            case Types.DATE -> "day:" + row.getObject(i, LocalDate.class);
            case Types.BIT, Types.BOOLEAN -> String.valueOf(row.getBoolean(i));
            default -> row.getString(i);
        };
    }

    private static void fill(Connection connection, String table, JsonNode content) {
        List<String> columns = columns(content);
        String marks = String.join(", ", columns.stream().map(column -> "?").toList());
        try (Statement clear = connection.createStatement();
                PreparedStatement insert = connection.prepareStatement(
                        "insert into " + table + " (" + String.join(", ", columns) + ") values (" + marks + ")")) {
            // Migrations put rows of their own into some.
            clear.execute("delete from " + table);
            Map<String, Long> highest = new TreeMap<>();
            for (JsonNode row : content.path("rows")) {
                for (int i = 0; i < columns.size(); i++) {
                    set(insert, i + 1, row.path(i));
                    if (columns.get(i).equals("seq") || columns.get(i).equals("number")) {
                        highest.merge(columns.get(i), row.path(i).asLong(), Math::max);
                    }
                }
                insert.execute();
            }
            for (Map.Entry<String, Long> column : highest.entrySet()) {
                restart(connection, table, column.getKey(), column.getValue() + 1);
            }
        } catch (SQLException e) {
            throw new IllegalStateException(table, e);
        }
    }

    private static void restart(Connection connection, String table, String column, long with) throws SQLException {
        boolean counts;
        try (PreparedStatement asked = connection.prepareStatement("select is_identity from information_schema.columns"
                + " where table_schema = 'public' and table_name = ? and column_name = ?")) {
            asked.setString(1, table);
            asked.setString(2, column);
            try (ResultSet found = asked.executeQuery()) {
                counts = found.next() && "YES".equals(found.getString(1));
            }
        }
        if (counts) {
            try (Statement statement = connection.createStatement()) {
                statement.execute("alter table " + table + " alter column " + column + " restart with " + with);
            }
        }
    }

    private static void set(PreparedStatement insert, int i, JsonNode value) throws SQLException {
        if (value.isNull()) {
            insert.setObject(i, null);
        } else if (value.isBoolean()) {
            insert.setBoolean(i, value.asBoolean());
        } else if (value.isNumber()) {
            insert.setLong(i, value.asLong());
        } else {
            String text = value.asText();
            String said = text.replaceFirst("^(?:bytes|at|day|uuid):", "");
            if (text.startsWith("bytes:")) {
                insert.setBytes(i, Base64.getDecoder().decode(said));
            } else if (text.startsWith("at:")) {
                insert.setObject(i, Store.at(Instant.parse(said)));
            } else if (text.startsWith("day:")) {
                insert.setObject(i, LocalDate.parse(said));
            } else if (text.startsWith("uuid:")) {
                insert.setObject(i, UUID.fromString(said));
            } else {
                insert.setString(i, text);
            }
        }
    }

    private static void copyKeys(Path home) {
        Path from = FOLDER.resolve("home");
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Path to = home.resolve(from.relativize(file).toString());
                Files.createDirectories(to.getParent());
                Files.copy(file, to);
                Files.setPosixFilePermissions(to, PosixFilePermissions.fromString("rw-------"));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
