package io.tsunagi.media;

import com.google.crypto.tink.Aead;
import com.google.crypto.tink.InsecureSecretKeyAccess;
import com.google.crypto.tink.KeysetHandle;
import com.google.crypto.tink.RegistryConfiguration;
import com.google.crypto.tink.TinkJsonProtoKeysetFormat;
import com.google.crypto.tink.TinkProtoKeysetFormat;
import com.google.crypto.tink.aead.AeadConfig;
import com.google.crypto.tink.aead.PredefinedAeadParameters;
import io.tsunagi.config.SettingsException;
import io.tsunagi.store.KeyFile;
import io.tsunagi.store.MasterKey;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.time.LocalDate;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * One key for each day (UTC) on which media fall due, each in a file of its own outside the database. A medium's key is
 * wrapped by the key of its due day; once that file is destroyed, no copy of the database opens the medium any more.
 *
 * <p>Keys are read from the folder at each use and never kept in memory, so a key that any node destroyed is gone for
 * all. Safe for many threads and for many nodes that share the folder; the folder must know hard links, as every local
 * POSIX file system and NFS do.
 */
public final class DayKeys {
    private static final String ENDING = ".json";
    private static final SecureRandom RANDOM = new SecureRandom();

    private final Path folder;
    private final MasterKey master;

    private DayKeys(Path folder, MasterKey master) {
        this.folder = folder;
        this.master = master;
    }

    /**
     * Opens a folder of keys and makes it when there is none yet.
     *
     * @param master closes each of the files
     * @throws SettingsException when the folder cannot be used, others can write into it, or read a key in it
     */
    public static DayKeys in(Path folder, MasterKey master) {
        DayKeys keys = new DayKeys(folder, master);
        try {
            AeadConfig.register();
            if (Files.notExists(folder)) {
                Files.createDirectories(
                        folder, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            }
            refuseLoose(folder, "written by others", "WRITE", "700");
            for (LocalDate day : keys.days()) {
                refuseReadable(keys.file(day));
            }
        } catch (IOException | UncheckedIOException | GeneralSecurityException e) {
            throw new SettingsException("The folder of media keys " + folder + " cannot be used: " + e.getMessage()
                    + ". Check hub.media.key-dir.");
        }
        return keys;
    }

    /** Wraps a medium's key by the key of a day, which is made when there is none yet. */
    byte[] wrap(LocalDate day, KeysetHandle key, byte[] place) {
        try {
            if (Files.notExists(file(day))) {
                create(day);
            }
            return TinkProtoKeysetFormat.serializeEncryptedKeyset(key, read(day), place);
        } catch (IOException e) {
            throw new UncheckedIOException("The media key of " + day + " cannot be made or read", e);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("A medium's key cannot be wrapped by the key of " + day, e);
        }
    }

    /** Unwraps a medium's key; empty when the key of its day is destroyed. */
    Optional<KeysetHandle> unwrap(LocalDate day, byte[] wrapped, byte[] place) {
        try {
            return Optional.of(TinkProtoKeysetFormat.parseEncryptedKeyset(wrapped, read(day), place));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IOException e) {
            throw new UncheckedIOException("The media key of " + day + " cannot be read", e);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("A medium's key does not open with the key of " + day, e);
        }
    }

    /** Gives the days that have a key, oldest first. */
    List<LocalDate> days() {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> name.endsWith(ENDING))
                    .flatMap(name -> day(name.substring(0, name.length() - ENDING.length())))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Stream<LocalDate> day(String name) {
        try {
            return Stream.of(LocalDate.parse(name));
        } catch (DateTimeParseException e) {
            // Not a key of ours: whoever put it there may keep it.
            return Stream.empty();
        }
    }

    /** Destroys a day's key for all nodes; nothing happens when it is gone already. */
    void destroy(LocalDate day) {
        try {
            // Copies that a killed process left, before the file that tells that there is something to destroy.
            for (Path left : KeyFile.parts(folder, day.toString())) {
                destroy(left);
            }
            destroy(file(day));
            persistFolder();
        } catch (NoSuchFileException e) {
            // Another node was faster.
            return;
        } catch (IOException e) {
            throw new UncheckedIOException("The media key of " + day + " cannot be destroyed", e);
        }
    }

    private static void destroy(Path file) throws IOException {
        if (Files.isSymbolicLink(file)) {
            // Nobody's key (see read): what it leads to is not ours to overwrite.
            Files.delete(file);
            return;
        }
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            // Best effort: a file system that writes elsewhere keeps the old block until it reuses it.
            byte[] noise = new byte[Math.toIntExact(channel.size())];
            RANDOM.nextBytes(noise);
            channel.write(ByteBuffer.wrap(noise));
            channel.force(true);
        }
        Files.deleteIfExists(file);
    }

    /**
     * Closes by the master key what stands in the clear from before there was one. The keys of days that are over, and of
     * today, stay as they are until they are destroyed: made anew, one that another node destroys now would be back.
     *
     * @return how many were in the clear
     */
    public int closeFiles(LocalDate today) {
        int closed = 0;
        try {
            for (LocalDate day : days()) {
                closed += day.isAfter(today) && master.closeFile(file(day)) ? 1 : 0;
            }
        } catch (IOException e) {
            throw new UncheckedIOException("The media keys in " + folder + " cannot be closed", e);
        }
        return closed;
    }

    private Path file(LocalDate day) {
        return folder.resolve(day + ENDING);
    }

    /** A key that others know protects nothing: not even one that came while the hub runs. */
    private Aead read(LocalDate day) throws IOException, GeneralSecurityException {
        refuseReadable(file(day));
        return TinkJsonProtoKeysetFormat.parseKeyset(
                        master.open(file(day), Files.readString(file(day))), InsecureSecretKeyAccess.get())
                .getPrimitive(RegistryConfiguration.get(), Aead.class);
    }

    /** The file appears whole or not at all; of two nodes that make it at once, the first one's counts for both. */
    private void create(LocalDate day) throws IOException, GeneralSecurityException {
        KeysetHandle fresh = KeysetHandle.generateNew(PredefinedAeadParameters.AES256_GCM);
        Path part = Files.createTempFile(
                folder,
                day.toString(),
                ".part",
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        try {
            Files.writeString(
                    part,
                    master.close(
                            file(day), TinkJsonProtoKeysetFormat.serializeKeyset(fresh, InsecureSecretKeyAccess.get())),
                    StandardOpenOption.SYNC);
            Files.createLink(file(day), part);
            persistFolder();
        } catch (FileAlreadyExistsException e) {
            // Another node made it in the meantime: its file is the one that counts.
            return;
        } finally {
            Files.deleteIfExists(part);
        }
    }

    private void persistFolder() throws IOException {
        try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    private static void refuseReadable(Path file) throws IOException {
        refuseLoose(file, "read by others", "", "600");
    }

    /** A symbolic link counts as open to everybody, as its mode says: it is no key of ours. */
    private static void refuseLoose(Path path, String what, String right, String mode) throws IOException {
        Set<PosixFilePermission> has = Files.getPosixFilePermissions(path, LinkOption.NOFOLLOW_LINKS);
        if (has.stream().anyMatch(p -> !p.name().startsWith("OWNER") && p.name().endsWith(right))) {
            throw new SettingsException(path + ", where keys of media are, can be " + what + " (mode "
                    + PosixFilePermissions.toString(has) + "). Run: chmod " + mode + " " + path);
        }
    }
}
