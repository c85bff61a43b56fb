package io.tsunagi.audit;

import io.tsunagi.store.Sealing;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.UUID;

/** One place in the audit's chain: its value depends on every row before it, and on the hub's key. */
record Chain(long position, byte[] value) {
    static final Chain START = new Chain(0, new byte[32]);

    Chain next(UUID row, byte[] rowMac, Sealing sealing) {
        byte[] prefix = "audit-chain\n".getBytes(StandardCharsets.UTF_8);
        long next = position + 1;
        byte[] link = ByteBuffer.allocate(prefix.length + value.length + 8 + 16 + rowMac.length)
                .put(prefix)
                .put(value)
                .putLong(next)
                .putLong(row.getMostSignificantBits())
                .putLong(row.getLeastSignificantBits())
                .put(rowMac)
                .array();
        return new Chain(next, sealing.mac(link));
    }

    boolean same(Chain other) {
        return position == other.position && Sealing.same(value, other.value);
    }
}
