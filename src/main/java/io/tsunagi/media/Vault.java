package io.tsunagi.media;

import com.google.crypto.tink.KeysetHandle;
import com.google.crypto.tink.RegistryConfiguration;
import com.google.crypto.tink.StreamingAead;
import com.google.crypto.tink.streamingaead.PredefinedStreamingAeadParameters;
import com.google.crypto.tink.streamingaead.StreamingAeadConfig;
import io.tsunagi.store.Dialect;
import io.tsunagi.store.Store;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.NonWritableChannelException;
import java.nio.channels.SeekableByteChannel;
import java.security.GeneralSecurityException;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * Keeps the bytes of media, each encrypted with a key of its own (AES-256-GCM in segments of 4 KB by Tink; the medium's
 * id is associated data), in chunks small enough that neither side ever holds more than one in memory. Safe for many
 * threads and nodes; one writer per medium at a time, which {@link Fetch} sees to.
 */
final class Vault {
    static final int CHUNK = 1024 * 1024;

    /**
     * With one statement on H2, where all commits wait for its end, and each byte is copied to lock it, and again to undo the
     * deletion: some 7 MB a second.
     */
    private static final int CHUNKS_AT_ONCE = 2;

    private final Store store;

    Vault(Store store) {
        this.store = store;
        try {
            StreamingAeadConfig.register();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("Tink knows no streaming encryption", e);
        }
    }

    KeysetHandle freshKey() {
        try {
            return KeysetHandle.generateNew(PredefinedStreamingAeadParameters.AES256_GCM_HKDF_4KB);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("Tink makes no key", e);
        }
    }

    /**
     * Gives a stream that encrypts into the database; each full chunk is a short transaction of its own.
     *
     * @param beforeChunk runs first in each of these transactions and stops it by throwing
     */
    OutputStream write(UUID media, KeysetHandle key, Runnable beforeChunk) throws IOException {
        try {
            return cipher(key).newEncryptingStream(new Chunks(media, beforeChunk), place(media));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("The medium " + media + " cannot be encrypted", e);
        }
    }

    /**
     * Gives the bytes in the clear, from one on; a read fails when a chunk is missing, was changed, or belongs elsewhere.
     * What lies before {@code from} is not read.
     */
    InputStream read(UUID media, KeysetHandle key, long from) throws IOException {
        try {
            if (from == 0) {
                return cipher(key).newDecryptingStream(new Parts(media), place(media));
            }
            SeekableByteChannel clear = cipher(key).newSeekableDecryptingChannel(new Sought(media), place(media));
            return Channels.newInputStream(clear.position(from));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("The medium " + media + " cannot be decrypted", e);
        }
    }

    /** Removes whatever bytes a medium has; joins the running transaction. */
    void delete(UUID media) {
        delete(List.of(media));
    }

    /** Removes whatever bytes media have; joins the running transaction. */
    void delete(Collection<UUID> media) {
        boolean embedded = store.dialect() == Dialect.H2;
        String chunks = "delete from media_chunks where media = any(?)";
        int gone;
        do {
            gone = store.jdbc()
                    .sql(embedded ? chunks + " fetch first " + CHUNKS_AT_ONCE + " rows only" : chunks)
                    .param(Store.uuids(media))
                    .update();
        } while (embedded && gone == CHUNKS_AT_ONCE);
    }

    private static StreamingAead cipher(KeysetHandle key) throws GeneralSecurityException {
        return key.getPrimitive(RegistryConfiguration.get(), StreamingAead.class);
    }

    /** What ties bytes and keys to their medium. */
    static byte[] place(UUID media) {
        return ByteBuffer.allocate(16)
                .putLong(media.getMostSignificantBits())
                .putLong(media.getLeastSignificantBits())
                .array();
    }

    private final class Chunks extends OutputStream {
        private final UUID media;
        private final Runnable before;
        private final byte[] chunk = new byte[CHUNK];
        private int filled;
        private int part;

        private Chunks(UUID media, Runnable before) {
            this.media = media;
            this.before = before;
        }

        @Override
        public void write(int single) {
            write(new byte[] {(byte) single}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) {
            for (int done = 0; done < length; ) {
                int now = Math.min(length - done, CHUNK - filled);
                System.arraycopy(bytes, offset + done, chunk, filled, now);
                filled += now;
                done += now;
                if (filled == CHUNK) {
                    insert();
                }
            }
        }

        private void insert() {
            byte[] bytes = java.util.Arrays.copyOf(chunk, filled);
            store.inTransaction(() -> {
                before.run();
                store.jdbc()
                        .sql("insert into media_chunks (media, part, bytes) values (?, ?, ?)")
                        .params(media, part, bytes)
                        .update();
            });
            part++;
            filled = 0;
        }

        @Override
        public void close() {
            if (filled > 0) {
                insert();
            }
        }
    }

    private Optional<byte[]> chunk(UUID media, int part) {
        return store.jdbc()
                .sql("select bytes from media_chunks where media = ? and part = ?")
                .params(media, part)
                .query((row, i) -> row.getBytes(1))
                .optional();
    }

    /** The encrypted bytes from wherever somebody asks; one chunk in memory. */
    private final class Sought implements SeekableByteChannel {
        private final UUID media;
        private final long size;
        private long position;
        private int part = -1;
        private byte[] chunk = new byte[0];

        private Sought(UUID media) {
            this.media = media;
            // All but the last are full; H2 reads a chunk whole to tell its length.
            this.size = store.jdbc()
                    .sql(
                            "select part, octet_length(bytes) from media_chunks where media = ? order by part desc limit 1")
                    .param(media)
                    .query((row, i) -> (long) row.getInt(1) * CHUNK + row.getInt(2))
                    .optional()
                    .orElse(0L);
        }

        @Override
        public int read(ByteBuffer into) throws IOException {
            if (position >= size) {
                return -1;
            }
            int wanted = (int) (position / CHUNK);
            if (wanted != part) {
                chunk = chunk(media, wanted).orElseThrow(() -> new IOException("The bytes are gone"));
                part = wanted;
            }
            int at = (int) (position % CHUNK);
            if (at >= chunk.length) {
                throw new IOException("The bytes are gone");
            }
            int count = Math.min(into.remaining(), chunk.length - at);
            into.put(chunk, at, count);
            position += count;
            return count;
        }

        @Override
        public long position() {
            return position;
        }

        @Override
        public SeekableByteChannel position(long to) {
            position = to;
            return this;
        }

        @Override
        public long size() {
            return size;
        }

        @Override
        public int write(ByteBuffer from) {
            throw new NonWritableChannelException();
        }

        @Override
        public SeekableByteChannel truncate(long to) {
            throw new NonWritableChannelException();
        }

        @Override
        public boolean isOpen() {
            return true;
        }

        @Override
        public void close() {
            chunk = new byte[0];
        }
    }

    private final class Parts extends InputStream {
        private final UUID media;
        private byte[] chunk = new byte[0];
        private int read;
        private int next;

        private Parts(UUID media) {
            this.media = media;
        }

        @Override
        public int read() {
            byte[] single = new byte[1];
            return read(single, 0, 1) < 0 ? -1 : single[0] & 0xff;
        }

        @Override
        public int read(byte[] into, int offset, int length) {
            if (length == 0) {
                return 0;
            }
            if (read == chunk.length && !load()) {
                return -1;
            }
            int now = Math.min(length, chunk.length - read);
            System.arraycopy(chunk, read, into, offset, now);
            read += now;
            return now;
        }

        private boolean load() {
            chunk = chunk(media, next).orElse(new byte[0]);
            read = 0;
            next++;
            return chunk.length > 0;
        }
    }
}
