package io.tsunagi.audit;

import io.tsunagi.store.Store;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/**
 * Lets an auditor read what customers said, which they otherwise see masked: one inquiry, for a reason, for a short time.
 * Audited in the same transaction, so that nobody looks unseen. Safe for many threads and nodes.
 */
public final class Reveals {
    /**
     * A reveal as supervisors see it.
     *
     * @param auditorName null when nobody has this id any more
     * @param number of the inquiry, as people call it; null when it is no more
     * @param until when it ended, or will
     */
    public record Revealed(
            UUID id,
            UUID auditor,
            String auditorName,
            UUID inquiry,
            Long number,
            String reason,
            Instant at,
            Instant until) {
        @Override
        public String toString() {
            return "Revealed[" + id + "]";
        }
    }

    /** How many a report holds at most. */
    public static final int PART = 100;

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

    /**
     * Gives who read what customers said, the newest first, to a supervisor; looking is audited in the same transaction.
     *
     * @param before only what was revealed before; null for the newest
     */
    public List<Revealed> report(Instant before, String by, String origin) {
        return store.inTransaction(() -> {
            audit.write(by, "view-reveals", "reveals", Audit.OK, origin, Map.of());
            return query(
                    "r.at < ? order by r.at desc, r.id limit ?",
                    Store.at(before == null ? store.clock().instant().plusSeconds(1) : before),
                    PART);
        });
    }

    /**
     * Gives the reveal by which an inquiry is open to an auditor now; empty when it is masked for them, or they are none.
     *
     * @param auditor the name they sign in with
     */
    public Optional<Revealed> running(UUID inquiry, String auditor) {
        return query(
                        "r.inquiry = ? and o.name = ? and o.role = 'auditor' and o.disabled_at is null and r.until_at > ?"
                                + " order by r.until_at desc limit 1",
                        inquiry,
                        auditor.strip().toLowerCase(Locale.ROOT),
                        Store.at(store.clock().instant()))
                .stream()
                .findFirst();
    }

    private List<Revealed> query(String condition, Object... params) {
        return store.jdbc()
                .sql("select r.*, o.display_name, i.number from reveals r left join operators o on o.id = r.auditor"
                        + " left join inquiries i on i.id = r.inquiry where " + condition)
                .params(params)
                .query((row, i) -> {
                    UUID id = row.getObject("id", UUID.class);
                    return new Revealed(
                            id,
                            row.getObject("auditor", UUID.class),
                            row.getString("display_name"),
                            row.getObject("inquiry", UUID.class),
                            (Long) row.getObject("number"),
                            store.sealing().openText(TABLE, id, row.getBytes("reason")),
                            Store.instant(row.getTimestamp("at")),
                            Store.instant(row.getTimestamp("until_at")));
                })
                .list();
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
