package io.tsunagi.node;

import io.tsunagi.config.SettingsException;
import io.tsunagi.store.Store;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;

/**
 * Makes sure that all nodes of a database use the same folder of picture keys: a picture that one node took in could not
 * be opened on another. The folder holds an id, and the database remembers the id of the folder it was begun with.
 */
public final class SharedKeys {
    private static final String FILE = "folder-id";
    private static final UUID PLACE = new UUID(0, 2);

    private SharedKeys() {}

    /**
     * @throws SettingsException when the folder is not the one this database was begun with, or cannot be used
     */
    public static void check(Store store, Path folder) {
        try {
            List<byte[]> known = remembered(store);
            if (known.isEmpty()) {
                begin(folder);
                store.jdbc()
                        .sql("insert into key_check (id, sealed) values (2, ?) on conflict do nothing")
                        .param(store.sealing().seal("key_check", PLACE, idOf(folder)))
                        .update();
                known = remembered(store);
            }
            if (!store.sealing().openText("key_check", PLACE, known.get(0)).equals(idOf(folder))) {
                throw new SettingsException(
                        "The folder " + folder + " is not the folder of picture keys this database was"
                                + " begun with. Point hub.media.key-dir to that one, which all nodes share, or restore it.");
            }
        } catch (IOException e) {
            throw new SettingsException("The folder of picture keys " + folder + " cannot be used: " + e.getMessage()
                    + ". Check hub.media.key-dir.");
        }
    }

    private static List<byte[]> remembered(Store store) {
        return store.jdbc()
                .sql("select sealed from key_check where id = 2")
                .query(byte[].class)
                .list();
    }

    private static String idOf(Path folder) throws IOException {
        Path file = folder.resolve(FILE);
        return Files.isRegularFile(file) ? Files.readString(file).strip() : "";
    }

    /** Two nodes that begin at once end with one id: a link is made by one of them only. */
    private static void begin(Path folder) throws IOException {
        if (Files.exists(folder.resolve(FILE))) {
            return;
        }
        Path draft = Files.createTempFile(folder, "folder-id-", ".new");
        try {
            Files.writeString(draft, UUID.randomUUID() + "\n");
            Files.createLink(folder.resolve(FILE), draft);
        } catch (FileAlreadyExistsException e) {
            // The other node's id is as good.
        } finally {
            Files.delete(draft);
        }
    }
}
