package io.tsunagi.audit;

import io.tsunagi.store.Sealing;
import io.tsunagi.store.Store;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.HexFormat;
import java.util.Optional;

/** The last place of the chain that was forgotten because its time was over; the chain that is there grows out of it. */
final class AuditFloor {
    private AuditFloor() {}

    private record Kept(Chain chain, byte[] mac) {}

    /**
     * Gives the place the chain begins behind; {@link Chain#START} while nothing was forgotten.
     *
     * @throws AuditBrokenException when the hub did not write what stands there
     */
    static Chain read(Store store) {
        Optional<Kept> kept = store.jdbc()
                .sql("select position, chain, mac from audit_floor where id = 1")
                .query((row, i) ->
                        new Kept(new Chain(row.getLong("position"), row.getBytes("chain")), row.getBytes("mac")))
                .optional();
        if (kept.isPresent()
                && !Sealing.same(
                        mac(kept.get().chain(), store.sealing()), kept.get().mac())) {
            throw new AuditBrokenException("The beginning of the audit's chain is not what the hub wrote", null);
        }
        return kept.map(Kept::chain).orElse(Chain.START);
    }

    /** Moves it, in the running transaction, which holds its row. */
    static void write(Store store, Chain floor, Instant now) {
        Store.needTransaction();
        store.jdbc()
                .sql("update audit_floor set position = ?, chain = ?, mac = ?, at = ? where id = 1")
                .params(floor.position(), floor.value(), mac(floor, store.sealing()), Store.at(now))
                .update();
    }

    static byte[] mac(Chain floor, Sealing sealing) {
        return sealing.mac(
                ("audit-floor\n" + floor.position() + "\n" + HexFormat.of().formatHex(floor.value()))
                        .getBytes(StandardCharsets.UTF_8));
    }
}
