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
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** A key in a file that its owner alone can read (PCI DSS v4.0.1, 3.6.1.2). */
public final class KeyFile {
    private static final String PART = ".part";

    private KeyFile() {}

    /** Writes a key as a whole, unless another node was faster: then its file is the one that counts. */
    public static void writeOnce(Path file, String text) throws IOException {
        Set<PosixFilePermission> owner = PosixFilePermissions.fromString("rw-------");
        Path part = Files.createTempFile(
                file.getParent(), file.getFileName().toString(), PART, PosixFilePermissions.asFileAttribute(owner));
        try {
            Files.writeString(part, text, StandardOpenOption.SYNC);
            Files.createLink(file, part);
            persist(file.getParent());
        } catch (FileAlreadyExistsException e) {
            // Another node made it in the meantime.
            return;
        } finally {
            Files.deleteIfExists(part);
        }
    }

    /**
     * Replaces a key as a whole: killed here, the old file stands or the new one. What an attempt left that was killed goes, as
     * it holds a key too; so one process at a time replaces a file.
     */
    public static void replace(Path file, String text) throws IOException {
        for (Path left : parts(file.getParent(), file.getFileName().toString())) {
            Files.deleteIfExists(left);
        }
        Path part = Files.createTempFile(
                file.getParent(),
                file.getFileName().toString(),
                PART,
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        try {
            Files.writeString(part, text, StandardOpenOption.SYNC);
            Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            persist(file.getParent());
        } finally {
            Files.deleteIfExists(part);
        }
    }

    /** Gives what was not ended of the files of a folder whose names begin so. */
    public static List<Path> parts(Path folder, String beginning) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> {
                        String name = file.getFileName().toString();
                        return name.startsWith(beginning) && name.endsWith(PART);
                    })
                    .toList();
        }
    }

    private static void persist(Path folder) throws IOException {
        try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
            channel.force(true);
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
