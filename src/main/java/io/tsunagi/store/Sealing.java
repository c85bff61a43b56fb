package io.tsunagi.store;

import com.google.crypto.tink.Aead;
import com.google.crypto.tink.InsecureSecretKeyAccess;
import com.google.crypto.tink.KeysetHandle;
import com.google.crypto.tink.RegistryConfiguration;
import com.google.crypto.tink.TinkJsonProtoKeysetFormat;
import com.google.crypto.tink.aead.AeadConfig;
import com.google.crypto.tink.aead.PredefinedAeadParameters;
import io.tsunagi.config.SettingsException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.text.Normalizer;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.IntStream;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Seals customer words before they reach the database (AES-256-GCM by Tink; the table and the row's id are associated
 * data, so that a value moved to another row does not open).
 *
 * <p>The keyset is a file outside the database, readable by its owner only. New values are sealed with its first key, the
 * others only open what they sealed (PCI DSS v4.0.1, 3.7.4 and 3.7.5). When {@link KeyRotation} on any node replaces the file,
 * this one follows within {@link #NOTICED}, and at once when it meets a value that its keys do not open. Safe for many
 * threads.
 */
public final class Sealing {
    /** After so long every node seals with the first key of a keyset that was replaced. */
    static final Duration NOTICED = Duration.ofSeconds(1);

    /** Where the value that tells right keys from wrong ones belongs. */
    static final UUID KEY_CHECK = new UUID(0, 1);

    private static final Logger LOG = LoggerFactory.getLogger(Sealing.class);
    private static final String KEYSET = "store-keyset.json";
    private static final String LOOKUP_KEY = "lookup-key";
    private static final byte[] LOOKUP_PURPOSE = LOOKUP_KEY.getBytes(StandardCharsets.UTF_8);

    private final Path file;
    private final MasterKey master;
    private final SecretKeySpec lookupKey;
    private volatile Keys keys;
    private volatile long nextLook = System.nanoTime() + NOTICED.toNanos();

    /** @param stamp tells this file from the one that replaces it */
    private record Keys(KeysetHandle handle, Aead aead, String stamp) {}

    /** A keyset that is not written yet; {@code stamp} names the file it was made from, the only one it may replace. */
    record Next(KeysetHandle handle, String stamp) {
        int primary() {
            return handle.getPrimary().getId();
        }
    }

    private Sealing(Path file, MasterKey master, Keys keys, byte[] lookupKey) {
        this.file = file;
        this.master = master;
        this.keys = keys;
        this.lookupKey = new SecretKeySpec(lookupKey, "HmacSHA256");
    }

    /**
     * Opens the keyset of a folder and makes it when there is none yet.
     *
     * @throws SettingsException when the file can be read by others or is no keyset
     */
    public static Sealing in(Path folder) {
        return in(folder, MasterKey.none());
    }

    /** As {@link #in(Path)}, of files that a master key closes. */
    static Sealing in(Path folder, MasterKey master) {
        Path file = folder.resolve(KEYSET);
        try {
            AeadConfig.register();
            if (Files.notExists(file)) {
                create(folder, file, master);
            }
            KeyFile.refuseLooseMode(file);
            Keys keys = read(file, master);
            return new Sealing(file, master, keys, lookupKey(folder, keys.aead()));
        } catch (IOException | GeneralSecurityException e) {
            throw new SettingsException("The keyset " + file + " cannot be used: " + e.getMessage()
                    + ". Put the right file back; without it no stored words can be read.");
        }
    }

    /** Opens the keyset of a folder; empty when there is none. */
    static Optional<Sealing> existing(Path folder, MasterKey master) {
        return Files.exists(folder.resolve(KEYSET)) && Files.exists(folder.resolve(LOOKUP_KEY))
                ? Optional.of(in(folder, master))
                : Optional.empty();
    }

    private static Keys read(Path file, MasterKey master) throws IOException, GeneralSecurityException {
        // The stamp first: a file that is replaced in between is noticed as another one.
        String stamp = stamp(file);
        KeysetHandle handle = TinkJsonProtoKeysetFormat.parseKeyset(
                master.open(file, Files.readString(file)), InsecureSecretKeyAccess.get());
        return new Keys(handle, handle.getPrimitive(RegistryConfiguration.get(), Aead.class), stamp);
    }

    private static String stamp(Path file) throws IOException {
        BasicFileAttributes now = Files.readAttributes(file, BasicFileAttributes.class);
        return now.fileKey() + "/" + now.lastModifiedTime() + "/" + now.size();
    }

    /** Reads the file again when it was replaced; gives whether it was. */
    private synchronized boolean follow() {
        nextLook = System.nanoTime() + NOTICED.toNanos();
        try {
            if (stamp(file).equals(keys.stamp())) {
                return false;
            }
            KeyFile.refuseLooseMode(file);
            keys = read(file, master);
            LOG.info("The keyset {} was replaced; values are sealed with key {} from now on", file, primary());
            return true;
        } catch (IOException | GeneralSecurityException | SettingsException e) {
            LOG.warn("The keyset {} was changed and cannot be used; the keys read before stay", file, e);
            return false;
        }
    }

    private Keys current() {
        if (System.nanoTime() - nextLook >= 0) {
            follow();
        }
        return keys;
    }

    /** Gives what closes the files of keys. */
    public MasterKey master() {
        return master;
    }

    /** Gives the id of the key that seals new values. */
    int primary() {
        return keys.handle().getPrimary().getId();
    }

    /** Gives the ids of all keys, in the order of the file. */
    List<Integer> keyIds() {
        return IntStream.range(0, keys.handle().size())
                .mapToObj(i -> keys.handle().getAt(i).getId())
                .toList();
    }

    /** Gives what every value sealed with a key begins with (Tink's output prefix). */
    static byte[] prefix(int key) {
        return ByteBuffer.allocate(5).put((byte) 1).putInt(key).array();
    }

    /** Reads the file again whatever is known of it, before somebody makes the next keyset from it. */
    synchronized void readAgain() throws IOException, GeneralSecurityException {
        KeyFile.refuseLooseMode(file);
        keys = read(file, master);
        nextLook = System.nanoTime() + NOTICED.toNanos();
    }

    /** Gives a keyset with a fresh first key before those there are; nothing is written yet. */
    Next withFreshKey() throws GeneralSecurityException {
        Keys now = keys;
        return new Next(
                KeysetHandle.newBuilder(now.handle())
                        .addEntry(KeysetHandle.generateEntryFromParameters(PredefinedAeadParameters.AES256_GCM)
                                .withRandomId()
                                .makePrimary())
                        .build(),
                now.stamp());
    }

    /** Gives a keyset of the first key alone; nothing is written yet. */
    Next onlyPrimary() throws GeneralSecurityException {
        Keys now = keys;
        KeysetHandle.Entry first = now.handle().getPrimary();
        return new Next(
                KeysetHandle.newBuilder()
                        .addEntry(KeysetHandle.importKey(first.getKey())
                                .withFixedId(first.getId())
                                .makePrimary())
                        .build(),
                now.stamp());
    }

    /**
     * Replaces the file as a whole: killed here, the old keyset stands or the new one. Then seals with its first key.
     *
     * @throws SettingsException when the file is not the one that the keyset was made from: its keys would be lost
     */
    synchronized void replace(Next with) throws IOException, GeneralSecurityException {
        if (!stamp(file).equals(with.stamp())) {
            throw new SettingsException(
                    "The keyset " + file + " was replaced by somebody else meanwhile; it stays as it"
                            + " is, and nothing is lost. Run the command again.");
        }
        KeyFile.replace(
                file,
                master.close(
                        file, TinkJsonProtoKeysetFormat.serializeKeyset(with.handle(), InsecureSecretKeyAccess.get())));
        readAgain();
        LOG.info("The keyset {} is replaced; values are sealed with key {} from now on", file, primary());
    }

    /** Seals the file of the look-up key with the first key; the look-up key itself stays, or no name would be found. */
    void sealLookupKeyAnew() throws IOException, GeneralSecurityException {
        KeyFile.replace(
                file.resolveSibling(LOOKUP_KEY),
                Base64.getEncoder().encodeToString(keys.aead().encrypt(lookupKey.getEncoded(), LOOKUP_PURPOSE)));
    }

    /** @throws SettingsException when the database's own value does not open with these keys */
    void refuseOthers(byte[] sealed, String folder) {
        try {
            open("key_check", KEY_CHECK, sealed);
        } catch (IllegalStateException e) {
            throw new SettingsException("The keys in " + folder + " are not those of this database. Point"
                    + " hub.store.key-dir to the folder this database was begun with, or restore it.");
        }
    }

    private static void create(Path folder, Path file, MasterKey master) throws IOException, GeneralSecurityException {
        Files.createDirectories(folder);
        KeysetHandle fresh = KeysetHandle.generateNew(PredefinedAeadParameters.AES256_GCM);
        KeyFile.writeOnce(
                file,
                master.close(file, TinkJsonProtoKeysetFormat.serializeKeyset(fresh, InsecureSecretKeyAccess.get())));
    }

    /** The key of name look-ups is random, sealed by the keyset, and stays when the keyset is rotated. */
    private static byte[] lookupKey(Path folder, Aead aead) throws IOException, GeneralSecurityException {
        Path file = folder.resolve(LOOKUP_KEY);
        if (Files.notExists(file)) {
            byte[] fresh = new byte[32];
            new java.security.SecureRandom().nextBytes(fresh);
            KeyFile.writeOnce(file, Base64.getEncoder().encodeToString(aead.encrypt(fresh, LOOKUP_PURPOSE)));
        }
        return aead.decrypt(Base64.getDecoder().decode(KeyFile.read(file)), LOOKUP_PURPOSE);
    }

    /** Seals bytes for one row; {@code null} stays {@code null}. */
    public byte[] seal(String table, UUID row, byte[] clear) {
        try {
            return clear == null ? null : current().aead().encrypt(clear, place(table, row));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("Cannot seal a value of " + table, e);
        }
    }

    public byte[] seal(String table, UUID row, String clear) {
        return clear == null ? null : seal(table, row, clear.getBytes(StandardCharsets.UTF_8));
    }

    /**
     * Opens what was sealed for this row; {@code null} stays {@code null}.
     *
     * @throws IllegalStateException when the bytes were not sealed for this row with this hub's keys
     */
    public byte[] open(String table, UUID row, byte[] sealed) {
        if (sealed == null) {
            return null;
        }
        byte[] place = place(table, row);
        try {
            return keys.aead().decrypt(sealed, place);
        } catch (GeneralSecurityException e) {
            if (follow()) {
                return open(table, row, sealed);
            }
            throw new IllegalStateException("A value of " + table + " row " + row + " does not open", e);
        }
    }

    public String openText(String table, UUID row, byte[] sealed) {
        byte[] clear = open(table, row, sealed);
        return clear == null ? null : new String(clear, StandardCharsets.UTF_8);
    }

    /** Gives the keyed hash by which a name is found without being readable: same name, same hash. */
    public String lookup(String name) {
        String plain = Normalizer.normalize(name, Normalizer.Form.NFKC).strip().toLowerCase(Locale.ROOT);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(mac(plain.getBytes(StandardCharsets.UTF_8)));
    }

    /** Gives an HMAC-SHA-256 under the hub's own key, for audit rows. */
    public byte[] mac(byte[] data) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(lookupKey);
            return mac.doFinal(data);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("Every JDK has HmacSHA256", e);
        }
    }

    /** Compares in a time that does not depend on where the two differ. */
    public static boolean same(byte[] a, byte[] b) {
        return MessageDigest.isEqual(a, b);
    }

    private static byte[] place(String table, UUID row) {
        return (table + "/" + row).getBytes(StandardCharsets.UTF_8);
    }
}
