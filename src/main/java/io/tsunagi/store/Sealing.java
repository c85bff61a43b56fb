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
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.text.Normalizer;
import java.util.Base64;
import java.util.Locale;
import java.util.Set;
import java.util.UUID;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Seals customer words before they reach the database (AES-256-GCM by Tink; the table and the row's id are associated
 * data, so that a value moved to another row does not open).
 *
 * <p>The keyset is a file outside the database, readable by its owner only. Safe for many threads.
 */
public final class Sealing {
    private static final String KEYSET = "store-keyset.json";

    private final Aead aead;
    private final SecretKeySpec lookupKey;

    private Sealing(Aead aead, byte[] lookupKey) {
        this.aead = aead;
        this.lookupKey = new SecretKeySpec(lookupKey, "HmacSHA256");
    }

    /**
     * Opens the keyset of a folder and makes it when there is none yet.
     *
     * @throws SettingsException when the file can be read by others or is no keyset
     */
    public static Sealing in(Path folder) {
        Path file = folder.resolve(KEYSET);
        try {
            AeadConfig.register();
            if (Files.notExists(file)) {
                create(folder, file);
            }
            refuseLooseMode(file);
            String json = Files.readString(file);
            KeysetHandle keys = TinkJsonProtoKeysetFormat.parseKeyset(json, InsecureSecretKeyAccess.get());
            Aead aead = keys.getPrimitive(RegistryConfiguration.get(), Aead.class);
            return new Sealing(aead, lookupKey(folder, aead));
        } catch (IOException | GeneralSecurityException e) {
            throw new SettingsException("The keyset " + file + " cannot be used: " + e.getMessage()
                    + ". Put the right file back; without it no stored words can be read.");
        }
    }

    private static void create(Path folder, Path file) throws IOException, GeneralSecurityException {
        Files.createDirectories(folder);
        KeysetHandle fresh = KeysetHandle.generateNew(PredefinedAeadParameters.AES256_GCM);
        writeOnce(file, TinkJsonProtoKeysetFormat.serializeKeyset(fresh, InsecureSecretKeyAccess.get()));
    }

    /** The key of name look-ups is random, sealed by the keyset, and stays when the keyset is rotated. */
    private static byte[] lookupKey(Path folder, Aead aead) throws IOException, GeneralSecurityException {
        Path file = folder.resolve("lookup-key");
        byte[] purpose = "lookup-key".getBytes(StandardCharsets.UTF_8);
        if (Files.notExists(file)) {
            byte[] fresh = new byte[32];
            new java.security.SecureRandom().nextBytes(fresh);
            writeOnce(file, Base64.getEncoder().encodeToString(aead.encrypt(fresh, purpose)));
        }
        refuseLooseMode(file);
        return aead.decrypt(Base64.getDecoder().decode(Files.readString(file).strip()), purpose);
    }

    private static void writeOnce(Path file, String text) throws IOException {
        Set<PosixFilePermission> owner = PosixFilePermissions.fromString("rw-------");
        Path part = Files.createTempFile(
                file.getParent(), file.getFileName().toString(), ".part", PosixFilePermissions.asFileAttribute(owner));
        try {
            Files.writeString(part, text, StandardOpenOption.SYNC);
            Files.createLink(file, part);
        } catch (FileAlreadyExistsException e) {
            // Another node made it in the meantime: its file is the one that counts.
            return;
        } finally {
            Files.deleteIfExists(part);
        }
    }

    private static void refuseLooseMode(Path file) throws IOException {
        Set<PosixFilePermission> mode = Files.getPosixFilePermissions(file);
        if (mode.stream().anyMatch(p -> !p.name().startsWith("OWNER"))) {
            throw new SettingsException("The key file " + file + " can be read by others (mode "
                    + PosixFilePermissions.toString(mode) + "). Run: chmod 600 " + file);
        }
    }

    /** Seals bytes for one row; {@code null} stays {@code null}. */
    public byte[] seal(String table, UUID row, byte[] clear) {
        try {
            return clear == null ? null : aead.encrypt(clear, place(table, row));
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
        try {
            return sealed == null ? null : aead.decrypt(sealed, place(table, row));
        } catch (GeneralSecurityException e) {
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
