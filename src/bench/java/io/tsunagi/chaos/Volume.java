package io.tsunagi.chaos;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** A small volume in memory that can be full. Needs Linux and root. */
final class Volume implements AutoCloseable {
    private static final int MEGABYTES = 256;

    private final Path folder;

    Volume(Path folder) throws IOException {
        this.folder = folder.toAbsolutePath();
        Files.createDirectories(folder);
        run(List.of("mount", "-t", "tmpfs", "-o", "size=" + MEGABYTES + "m", "tmpfs", this.folder.toString()));
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            if (Files.exists(this.folder)) {
                close();
            }
        }));
    }

    static boolean canBeMade() {
        return System.getProperty("os.name").equals("Linux")
                && System.getProperty("user.name").equals("root");
    }

    Path folder() {
        return folder;
    }

    /**
     * Fills the volume on which the file is to the last byte.
     *
     * @return how many bytes there was room for
     */
    static long fill(Path file) throws IOException {
        if (Files.getFileStore(file.getParent()).getTotalSpace() > MEGABYTES << 20) {
            throw new IllegalStateException("Only a small volume made for it is filled, not that of " + file);
        }
        try (OutputStream out = Files.newOutputStream(file)) {
            byte[] piece = new byte[64 * 1024];
            while (Files.getFileStore(file).getUsableSpace() > 0) {
                out.write(piece);
            }
        } catch (IOException full) {
            // As wanted.
        }
        return Files.size(file);
    }

    private static void run(List<String> command) throws IOException {
        Process process = new ProcessBuilder(command).inheritIO().start();
        if (process.onExit().join().exitValue() != 0) {
            throw new IOException(String.join(" ", command) + " failed");
        }
    }

    @Override
    public void close() {
        try {
            // Lazily: what still ends in there may take its time.
            run(List.of("umount", "-l", folder.toString()));
            Files.delete(folder);
        } catch (IOException e) {
            System.err.println(e);
        }
    }
}
