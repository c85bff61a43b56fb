package io.tsunagi.store;

import com.zaxxer.hikari.HikariDataSource;
import io.tsunagi.config.Settings;
import io.tsunagi.config.SettingsException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Optional;

/** What people do with the database before a hub runs on it: look at it, and bring its schema up to date. */
public final class StoreCommands {
    private StoreCommands() {}

    /**
     * What a database holds.
     *
     * @param there false when an embedded database has no file yet
     * @param version of its schema; empty when there is none
     * @param pending what this version would add, oldest first
     */
    public record Found(boolean there, String version, List<String> pending) {
        public Found {
            pending = List.copyOf(pending);
        }
    }

    /**
     * Looks and changes nothing: makes no file, no schema, no key.
     *
     * @throws SettingsException in one sentence when the database cannot be reached, or its keys are not these
     */
    public static Found look(Settings settings) {
        String url = settings.needed("hub.store.url");
        Optional<HikariDataSource> pool = Store.connect(settings, true);
        if (pool.isEmpty()) {
            return new Found(false, "", Migrations.files());
        }
        try (HikariDataSource connections = pool.get()) {
            Schema schema = new Schema(Store.dialectOf(url), connections, Store.withoutSecrets(url));
            checkKeys(connections, Path.of(settings.needed("hub.store.key-dir")), MasterKey.of(settings));
            return new Found(true, schema.version(), schema.pending());
        }
    }

    /**
     * Brings the schema up to date, whatever {@code hub.store.migrate} says.
     *
     * @return what it was before
     * @throws SettingsException in one sentence when that cannot be done; what was done so far stays
     */
    public static Found migrate(Settings settings) {
        String url = settings.needed("hub.store.url");
        try (HikariDataSource connections = Store.connect(settings, false).orElseThrow()) {
            Schema schema = new Schema(Store.dialectOf(url), connections, Store.withoutSecrets(url));
            Found before = new Found(true, schema.version(), schema.pending());
            schema.migrate();
            return before;
        }
    }

    private static void checkKeys(HikariDataSource pool, Path folder, MasterKey master) {
        Optional<byte[]> sealed = sealedCheck(pool);
        if (sealed.isEmpty()) {
            return;
        }
        Sealing keys = Sealing.existing(folder, master)
                .orElseThrow(
                        () -> new SettingsException("The folder " + folder + " holds no keys, but this database was"
                                + " begun with some. Point hub.store.key-dir to them, or restore them."));
        keys.refuseOthers(sealed.get(), folder.toString());
    }

    private static Optional<byte[]> sealedCheck(HikariDataSource pool) {
        try (Connection connection = pool.getConnection();
                ResultSet tables = connection.getMetaData().getTables(null, null, "key_check", null)) {
            if (!tables.next()) {
                return Optional.empty();
            }
            try (Statement statement = connection.createStatement();
                    ResultSet row = statement.executeQuery("select sealed from key_check where id = 1")) {
                return row.next() ? Optional.of(row.getBytes(1)) : Optional.empty();
            }
        } catch (SQLException e) {
            throw new SettingsException("The database cannot be read: " + Store.rootMessage(e));
        }
    }
}
