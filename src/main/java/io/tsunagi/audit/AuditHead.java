package io.tsunagi.audit;

import io.tsunagi.store.Sealing;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.HexFormat;
import java.util.Optional;

/**
 * The end of the audit's chain as this node last knew it, in a file outside the database: who deletes the newest rows
 * and their seals together leaves a chain that is whole, but shorter than the file says.
 *
 * <p>One line: position, chain value, MAC of both. Replaced as a whole, so that a kill leaves the old line or the new one.
 */
final class AuditHead {
    private final Path file;
    private final Sealing sealing;

    AuditHead(Path file, Sealing sealing) {
        this.file = file.toAbsolutePath();
        this.sealing = sealing;
    }

    /**
     * Gives the remembered end; empty when there is no file.
     *
     * @throws AuditBrokenException when the file was changed by someone without the hub's key
     */
    Optional<Chain> read() {
        String line;
        try {
            if (Files.notExists(file)) {
                return Optional.empty();
            }
            line = Files.readString(file).strip();
        } catch (IOException e) {
            throw new UncheckedIOException("The audit's head " + file + " cannot be read", e);
        }
        String[] parts = line.split(" ");
        try {
            Chain head =
                    new Chain(Long.parseLong(parts[0]), HexFormat.of().parseHex(parts.length == 3 ? parts[1] : "none"));
            if (Sealing.same(mac(head), HexFormat.of().parseHex(parts[2]))) {
                return Optional.of(head);
            }
        } catch (IllegalArgumentException e) {
            throw new AuditBrokenException("The audit's head " + file + " is not what the hub wrote", e);
        }
        throw new AuditBrokenException("The audit's head " + file + " is not what the hub wrote", null);
    }

    void write(Chain head) {
        String line = head.position() + " " + HexFormat.of().formatHex(head.value()) + " "
                + HexFormat.of().formatHex(mac(head)) + "\n";
        try {
            Files.createDirectories(file.getParent());
            // A name of its own: another node may write the head in the same folder at this moment.
            Path part =
                    Files.createTempFile(file.getParent(), file.getFileName().toString(), ".part");
            try (FileChannel out = FileChannel.open(part, StandardOpenOption.WRITE)) {
                ByteBuffer bytes = ByteBuffer.wrap(line.getBytes(StandardCharsets.UTF_8));
                while (bytes.hasRemaining()) {
                    out.write(bytes);
                }
                out.force(true);
            }
            Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw new UncheckedIOException("The audit's head " + file + " cannot be written", e);
        }
    }

    private byte[] mac(Chain head) {
        byte[] text = ("audit-head\n" + head.position() + "\n" + HexFormat.of().formatHex(head.value()))
                .getBytes(StandardCharsets.UTF_8);
        return sealing.mac(text);
    }

    @Override
    public String toString() {
        return file.toString();
    }
}
