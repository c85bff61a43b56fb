package io.tsunagi.store;

import io.tsunagi.config.SettingsException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/** A key in a file that its owner alone can read (PCI DSS v4.0.1, 3.6.1.2). */
public final class KeyFile {
    private KeyFile() {}

    /** Writes a key as a whole, unless another node was faster: then its file is the one that counts. */
    public static void writeOnce(Path file, String text) throws IOException {
        Set<PosixFilePermission> owner = PosixFilePermissions.fromString("rw-------");
        Path part = Files.createTempFile(
                file.getParent(), file.getFileName().toString(), ".part", PosixFilePermissions.asFileAttribute(owner));
        try {
            Files.writeString(part, text, StandardOpenOption.SYNC);
            Files.createLink(file, part);
        } catch (FileAlreadyExistsException e) {
            // Another node made it in the meantime.
            return;
        } finally {
            Files.deleteIfExists(part);
        }
    }

    /** Replaces a key as a whole: killed here, the old file stands or the new one. */
    public static void replace(Path file, String text) throws IOException {
        Path part = Files.createTempFile(
                file.getParent(),
                file.getFileName().toString(),
                ".part",
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        try {
            Files.writeString(part, text, StandardOpenOption.SYNC);
            Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            try (FileChannel folder = FileChannel.open(file.getParent(), StandardOpenOption.READ)) {
                folder.force(true);
            }
        } finally {
            Files.deleteIfExists(part);
        }
    }

    /** @throws SettingsException when anybody but the owner can read it */
    public static String read(Path file) throws IOException {
        refuseLooseMode(file);
        return Files.readString(file).strip();
    }

    static void refuseLooseMode(Path file) throws IOException {
        Set<PosixFilePermission> mode = Files.getPosixFilePermissions(file);
        if (mode.stream().anyMatch(p -> !p.name().startsWith("OWNER"))) {
            throw new SettingsException("The key file " + file + " can be read by others (mode "
                    + PosixFilePermissions.toString(mode) + "). Run: chmod 600 " + file);
        }
    }
}
