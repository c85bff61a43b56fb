package io.tsunagi.audit;

import io.tsunagi.store.Store;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/**
 * Lets an auditor read what customers said, which they otherwise see masked: one inquiry, for a reason, for a short time.
 * Audited in the same transaction, so that nobody looks unseen. Safe for many threads and nodes.
 */
public final class Reveals {
    private static final String TABLE = "reveals";
    private static final int SHORTEST_REASON = 10;

    private final Store store;
    private final Audit audit;
    private final Duration lasts;

    /** @param lasts how long a reveal lasts */
    public Reveals(Store store, Audit audit, Duration lasts) {
        this.store = store;
        this.audit = audit;
        this.lasts = lasts;
    }

    /**
     * Reveals an inquiry to an auditor.
     *
     * @return until when
     * @throws IllegalArgumentException without a reason of 10 to 2,000 characters
     */
    public Instant reveal(UUID auditor, UUID inquiry, String reason, String origin) {
        String why = reason == null ? "" : reason.strip();
        if (why.length() < SHORTEST_REASON || why.length() > 2000) {
            throw new IllegalArgumentException(
                    "Say in " + SHORTEST_REASON + " to 2,000 characters why you need to read it");
        }
        return store.inTransaction(() -> {
            UUID id = UUID.randomUUID();
            Instant now = store.clock().instant();
            Instant until = now.plus(lasts);
            store.jdbc()
                    .sql("insert into reveals (id, auditor, inquiry, reason, at, until_at) values (?, ?, ?, ?, ?, ?)")
                    .params(id, auditor, inquiry, store.sealing().seal(TABLE, id, why), Store.at(now), Store.at(until))
                    .update();
            audit.write(
                    auditor.toString(),
                    "break-glass",
                    "inquiry/" + inquiry,
                    Audit.OK,
                    origin,
                    Map.of("reveal", id.toString(), "until", until.toString()));
            return until;
        });
    }

    /** Gives until when an inquiry is revealed to an auditor; empty when it is masked. */
    public Optional<Instant> until(UUID auditor, UUID inquiry) {
        return store.jdbc()
                .sql("select until_at from reveals where auditor = ? and inquiry = ? and until_at > ?"
                        + " order by until_at desc limit 1")
                .params(auditor, inquiry, Store.at(store.clock().instant()))
                .query((row, i) -> Store.instant(row.getTimestamp("until_at")))
                .optional();
    }
}
