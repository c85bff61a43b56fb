package io.tsunagi.store;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.crypto.tink.Aead;
import com.google.crypto.tink.InsecureSecretKeyAccess;
import com.google.crypto.tink.KeysetHandle;
import com.google.crypto.tink.RegistryConfiguration;
import com.google.crypto.tink.TinkProtoKeysetFormat;
import com.google.crypto.tink.aead.AeadConfig;
import com.google.crypto.tink.aead.PredefinedAeadParameters;
import io.tsunagi.config.Settings;
import io.tsunagi.config.SettingsException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Closes the files of keys, so that who has the files and not the master key opens nothing ({@code hub.keys.master}; PCI DSS
 * v4.0.1, 3.6.1.2 and 3.6.1.3).
 *
 * <p>With {@code file} the files themselves are the keys, guarded by their mode. With {@code vault:} they are encrypted by a
 * key that Vault has encrypted in turn: the file {@value #FILE}. Vault is asked once, at the first use; from then on that key is
 * in this process's memory until it ends, so that no picture or message waits for Vault, and none is lost when it is away.
 * Safe for many threads and for many nodes that share the folder.
 */
public final class MasterKey {
    static final String FILE = "master-key.json";

    /** How long an answer of Vault counts when health asks. */
    private static final Duration FRESH = Duration.ofMinutes(5);

    private static final String CLOSED = "closed-by-master-key:";
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Path file;
    private final List<Path> folders;
    private final String name;
    private final VaultTransit vault;
    private volatile Aead key;
    private volatile Path openFile;
    private volatile Optional<String> trouble = Optional.empty();
    private long nextLook = System.nanoTime();

    /** @param folders in which it closes files */
    private MasterKey(Path file, List<Path> folders, String name, VaultTransit vault) {
        this.file = file;
        this.folders = folders;
        this.name = name;
        this.vault = vault;
    }

    /** Gives the one that leaves the files as they are. */
    public static MasterKey none() {
        return new MasterKey(null, List.of(), "file", null);
    }

    /**
     * Gives the one that {@code hub.keys.master} names. Asks nobody and makes nothing yet.
     *
     * @throws SettingsException when the setting names none
     */
    public static MasterKey of(Settings settings) {
        String name = settings.needed("hub.keys.master").strip();
        if (name.equals("file")) {
            return none();
        }
        if (!name.startsWith(VaultTransit.SCHEME)) {
            throw new SettingsException("The setting hub.keys.master must be file or begin with vault:https:.");
        }
        Path folder = Path.of(settings.needed("hub.store.key-dir"));
        return new MasterKey(
                folder.resolve(FILE),
                List.of(folder, Path.of(settings.needed("hub.media.key-dir"))),
                name,
                new VaultTransit(
                        name.substring(VaultTransit.SCHEME.length()), () -> settings.secret("hub.keys.vault-token")));
    }

    /** Says whether there is one: with {@code file} there is none. */
    public boolean isThere() {
        return vault != null;
    }

    /**
     * Opens it, and makes it when there is none yet.
     *
     * @throws SettingsException in one sentence when Vault cannot be reached or refuses, or it is lost
     */
    void begin() {
        if (isThere()) {
            key();
        }
    }

    /** Gives what is written into a file of keys. */
    public String close(Path keys, String text) {
        if (!isThere()) {
            return text;
        }
        try {
            byte[] closed = key().encrypt(text.getBytes(StandardCharsets.UTF_8), place(keys));
            return CLOSED + Base64.getEncoder().encodeToString(closed);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("The file " + keys + " cannot be closed", e);
        }
    }

    /**
     * Gives the keys out of what stands in a file; one that is not closed yet is taken as it is.
     *
     * @throws SettingsException when it is closed by a master key that is not this one
     */
    public String open(Path keys, String stored) {
        if (!isClosed(stored)) {
            openFile = keys;
            return stored;
        }
        if (!isThere()) {
            throw new SettingsException(
                    "The key file " + keys + " is closed by a master key. Set hub.keys.master to the one"
                            + " that stands in the file " + FILE + ".");
        }
        try {
            byte[] closed = Base64.getDecoder().decode(stored.strip().substring(CLOSED.length()));
            return new String(key().decrypt(closed, place(keys)), StandardCharsets.UTF_8);
        } catch (GeneralSecurityException | IllegalArgumentException e) {
            throw new SettingsException("The key file " + keys + " does not open with the master key of " + file
                    + ". Restore both from one backup.");
        }
    }

    /** Says whether what stands in a file of keys can only be read with a master key. */
    public static boolean isClosed(String stored) {
        return stored.startsWith(CLOSED);
    }

    /** A file moved to another name does not open: the key of one day is no other day's. */
    private static byte[] place(Path keys) {
        return keys.getFileName().toString().getBytes(StandardCharsets.UTF_8);
    }

    private Aead key() {
        Aead now = key;
        return now == null ? unwrapped() : now;
    }

    private synchronized Aead unwrapped() {
        if (key != null) {
            return key;
        }
        try {
            AeadConfig.register();
            if (Files.notExists(file)) {
                make();
            }
            key = aead(vault.decrypt(sealed()));
            return key;
        } catch (IOException | GeneralSecurityException e) {
            throw unusable(e);
        }
    }

    private void make() throws IOException, GeneralSecurityException {
        for (Path folder : folders) {
            refuseClosedFiles(folder);
        }
        Files.createDirectories(file.getParent());
        byte[] fresh = TinkProtoKeysetFormat.serializeKeyset(
                KeysetHandle.generateNew(PredefinedAeadParameters.AES256_GCM), InsecureSecretKeyAccess.get());
        String sealed = vault.encrypt(fresh);
        refuseOther(fresh, sealed);
        // Of two nodes that make it at once, the first one's counts for both.
        KeyFile.writeOnce(file, text(sealed));
    }

    /** Beside files that another key has closed a fresh one would hide that theirs is lost, and close more files. */
    private void refuseClosedFiles(Path folder) throws IOException {
        if (Files.notExists(folder)) {
            return;
        }
        try (Stream<Path> all = Files.list(folder)) {
            for (Path keys : all.filter(Files::isRegularFile).toList()) {
                // Another node that begins at once has made it before it closed anything.
                if (isClosed(Files.readString(keys, StandardCharsets.ISO_8859_1)) && Files.notExists(file)) {
                    throw new SettingsException("The file " + file + " is missing, and the key file " + keys
                            + " is closed by the master key that it held. Restore it from the backup of this folder;"
                            + " without it none of the keys opens.");
                }
            }
        }
    }

    private static Aead aead(byte[] keyset) throws GeneralSecurityException {
        return TinkProtoKeysetFormat.parseKeyset(keyset, InsecureSecretKeyAccess.get())
                .getPrimitive(RegistryConfiguration.get(), Aead.class);
    }

    /** What Vault would not give back is never written over what it does. */
    private void refuseOther(byte[] clear, String sealed) throws IOException {
        if (!Sealing.same(clear, vault.decrypt(sealed))) {
            throw new IOException("Vault does not give back what it was given");
        }
    }

    private SettingsException unusable(Exception e) {
        return new SettingsException("The file " + file + " cannot be used: " + e.getMessage()
                + ". Put the right one back; without it none of the keys opens.");
    }

    private String sealed() throws IOException {
        return JSON.readTree(KeyFile.read(file)).path("sealed").asText();
    }

    private String text(String sealed) throws JsonProcessingException {
        return JSON.writeValueAsString(
                JSON.createObjectNode().put("master", name).put("sealed", sealed));
    }

    /**
     * Has Vault encrypt it with the newest version of its key, so that older versions can be given up there. It stays the same
     * key: hubs that run notice nothing.
     */
    void rewrap() throws IOException {
        if (isThere()) {
            key();
            String old = sealed();
            String anew = vault.rewrap(old);
            refuseOther(vault.decrypt(old), anew);
            KeyFile.replace(file, text(anew));
        }
    }

    /**
     * Closes a file of keys that stands in the clear, from before there was a master key. Nobody else may replace the file
     * meanwhile.
     *
     * @return whether it was in the clear
     */
    public boolean closeFile(Path keys) throws IOException {
        if (!isThere() || Files.notExists(keys)) {
            return false;
        }
        String stored = KeyFile.read(keys);
        if (isClosed(stored)) {
            return false;
        }
        KeyFile.replace(keys, close(keys, stored));
        return true;
    }

    /**
     * Gives what somebody should look after: keys in the clear, or a Vault that would not let this node start again. Waits for
     * nobody: Vault is asked every few minutes at most, by a thread of its own, and what it said last counts.
     */
    public Optional<String> trouble() {
        if (!isThere()) {
            return Optional.empty();
        }
        askNowAndThen();
        if (trouble.isPresent()) {
            return trouble;
        }
        return Optional.ofNullable(openFile)
                .filter(this::standsOpen)
                .map(
                        keys -> "Some keys stand in the clear, such as " + keys
                                + ": run the command keys rotate. Those of pictures due today, or on a legal hold, go with them");
    }

    private synchronized void askNowAndThen() {
        if (System.nanoTime() - nextLook >= 0) {
            nextLook = System.nanoTime() + FRESH.toNanos();
            Thread asking = new Thread(() -> trouble = look(), "look-at-vault");
            asking.setDaemon(true);
            asking.start();
        }
    }

    private Optional<String> look() {
        try {
            vault.decrypt(sealed());
            return Optional.empty();
        } catch (SettingsException | IOException e) {
            return Optional.of(String.valueOf(e.getMessage()));
        }
    }

    private boolean standsOpen(Path keys) {
        try {
            return !isClosed(Files.readString(keys));
        } catch (IOException e) {
            // Destroyed meanwhile.
            return false;
        }
    }
}
