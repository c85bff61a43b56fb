package io.tsunagi.store;

import com.zaxxer.hikari.HikariDataSource;
import io.tsunagi.config.SettingsException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;
import org.flywaydb.core.api.MigrationInfo;
import org.springframework.jdbc.datasource.SimpleDriverDataSource;

/**
 * The schema of a database beside the one this version brings. One that is newer is left alone: a version works with the
 * schema of the one after it.
 */
final class Schema {
    private final Flyway flyway;
    private final String database;

    /** @param database how the database is named in sentences */
    Schema(Dialect dialect, HikariDataSource pool, String database) {
        this.database = database;
        // While one of Flyway's connections migrates, another holds its lock and does nothing, however long that takes.
        this.flyway = Flyway.configure(Schema.class.getClassLoader())
                .dataSource(
                        dialect == Dialect.H2
                                ? pool
                                : new SimpleDriverDataSource(
                                        new org.postgresql.Driver(),
                                        pool.getJdbcUrl(),
                                        pool.getUsername(),
                                        pool.getPassword()))
                // Before a statement that is PostgreSQL's alone, which stands on one line.
                .placeholders(Map.of("postgresql", dialect == Dialect.POSTGRESQL ? "" : "-- "))
                .resourceProvider(new Migrations())
                .javaMigrationClassProvider(List::of)
                .load();
    }

    /** Gives the version the database has; empty when it holds no schema yet. */
    String version() {
        try {
            MigrationInfo current = flyway.info().current();
            return current == null ? "" : current.getVersion().getVersion();
        } catch (FlywayException e) {
            throw new SettingsException(
                    "The schema of the database at " + database + " cannot be read: " + Store.rootMessage(e));
        }
    }

    /** Gives what this version would add, oldest first. */
    List<String> pending() {
        try {
            return Arrays.stream(flyway.info().pending())
                    .map(MigrationInfo::getScript)
                    .toList();
        } catch (FlywayException e) {
            throw new SettingsException(
                    "The schema of the database at " + database + " cannot be read: " + Store.rootMessage(e));
        }
    }

    /** Brings it up to date; of several who do so at once, one does and the others wait. */
    void migrate() {
        try {
            flyway.migrate();
        } catch (FlywayException e) {
            throw new SettingsException("The database at " + database
                    + " could not be brought to this version's schema: " + Store.rootMessage(e));
        }
    }

    /** @throws SettingsException when this version needs more than is there */
    void refuseOlder() {
        List<String> pending = pending();
        if (!pending.isEmpty()) {
            throw new SettingsException("The database at " + database + " has "
                    + (version().isEmpty() ? "no schema yet" : "the schema " + version())
                    + ", which is older than this version's: " + String.join(", ", pending)
                    + ". Run the command migrate before the start, or set hub.store.migrate=start.");
        }
    }
}
