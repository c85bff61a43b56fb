package io.tsunagi.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import org.h2.mvstore.MVStore;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A file of H2 with a transaction that had not ended. */
class KilledFileTest {
    @TempDir
    private Path folder;

    private String url() {
        return "jdbc:h2:" + folder.resolve("db");
    }

    @BeforeEach
    void endInTheMiddle() throws SQLException, IOException {
        String other = "jdbc:h2:" + folder.resolve("open") + ";WRITE_DELAY=0";
        try (Connection half = DriverManager.getConnection(other, "user", "");
                Connection whole = DriverManager.getConnection(other, "user", "")) {
            whole.createStatement().execute("create table notes (id int primary key, words varchar unique)");
            half.setAutoCommit(false);
            half.createStatement().execute("insert into notes values (1, 'half')");
            whole.createStatement().execute("insert into notes values (2, 'whole')");
            Files.copy(folder.resolve("open.mv.db"), folder.resolve("db.mv.db"));
        }
    }

    @Test
    void what_can_be_taken_back_is_not_left_over() throws SQLException {
        assertThat(KilledFile.leftOver(url(), "user")).isEmpty();
    }

    @Test
    void what_nothing_undoes_is_found_in_the_table_and_its_indexes() throws Exception {
        try (MVStore store = new MVStore.Builder()
                .fileName(folder.resolve("db.mv.db").toString())
                .open()) {
            store.getMapNames().stream()
                    .filter(name -> name.startsWith("undoLog"))
                    .toList()
                    .forEach(store::removeMap);
        }
        byte[] before = Files.readAllBytes(folder.resolve("db.mv.db"));

        assertThat(KilledFile.leftOver(url(), "user")).hasSize(2).allMatch(map -> map.endsWith(": 1"));
        assertThat(Files.readAllBytes(folder.resolve("db.mv.db"))).isEqualTo(before);
    }
}
