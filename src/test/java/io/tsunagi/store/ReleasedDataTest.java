package io.tsunagi.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.tsunagi.config.Settings;
import io.tsunagi.config.SettingsException;
import java.sql.Connection;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A database of the release before is brought to this schema, and holds what it held. Scenario 72. */
class ReleasedDataTest {
    @ParameterizedTest
    @EnumSource(Dialect.class)
    void every_row_is_what_it_was_once_the_schema_is_new(Dialect dialect) throws Exception {
        Map<String, String> settings = ReleasedData.open(dialect);
        Map<String, String> asked = new HashMap<>(settings);
        asked.put("hub.store.migrate", "check");
        assertThatThrownBy(() -> Store.open(Settings.of("", asked)))
                .isInstanceOf(SettingsException.class)
                .hasMessageContaining("has the schema " + ReleasedData.SCHEMA + ", which is older");

        Store.open(Settings.of("", settings)).close();

        JsonNode tables = ReleasedData.tables();
        List<String> words = new ArrayList<>();
        try (Connection connection = ReleasedData.connect(settings.get("hub.store.url"))) {
            for (String table : (Iterable<String>) tables::fieldNames) {
                if (table.equals(ReleasedData.HISTORY) || table.equals("store_check")) {
                    continue;
                }
                List<String> before = new ArrayList<>();
                tables.path(table).path("rows").forEach(row -> {
                    List<String> values = new ArrayList<>();
                    row.forEach(value -> values.add(value.asText("null")));
                    before.add(values.toString());
                });
                before.sort(null);
                assertThat(ReleasedData.read(connection, table, ReleasedData.columns(tables.path(table))))
                        .as(table)
                        .isEqualTo(before);
                words.add(table);
            }
        }
        assertThat(words).contains("audit", "customers", "deliveries", "drafts", "events", "inquiries", "messages");
    }

    /** Flyway would refuse every database that has the file as it was. */
    @Test
    void no_migration_that_was_released_has_changed() throws Exception {
        Map<String, String> released = new HashMap<>();
        JsonNode history = ReleasedData.tables().path(ReleasedData.HISTORY);
        List<String> columns = ReleasedData.columns(history);
        for (JsonNode row : history.path("rows")) {
            released.put(
                    row.path(columns.indexOf("script")).asText(),
                    row.path(columns.indexOf("checksum")).asText());
        }
        Map<String, String> now = new HashMap<>();
        try (Connection connection =
                        ReleasedData.connect(ReleasedData.open(Dialect.H2).get("hub.store.url"));
                var found = connection
                        .createStatement()
                        .executeQuery("select script, checksum from " + ReleasedData.HISTORY)) {
            while (found.next()) {
                now.put(found.getString(1), String.valueOf(found.getString(2)));
            }
        }
        assertThat(now).hasSizeGreaterThan(40).isEqualTo(released);
    }
}
