package io.tsunagi.audit;

import io.tsunagi.config.Settings;
import io.tsunagi.store.Sealing;
import io.tsunagi.store.Store;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * Verifies the audit from its first row, or the first that is not forgotten yet, to the end that was remembered outside the database, and names the first row
 * that is not what the hub wrote.
 *
 * <p>Reads in pages and writes nothing; the audit may grow meanwhile. Safe for many threads.
 */
public final class AuditCheck {
    private static final int PAGE = 1_000;

    /** What was done to a row. */
    public enum Damage {
        /** A column differs from what was written. */
        CHANGED,
        /** The row or its seal is gone. */
        DELETED,
        /** The row stands at another place of the chain than it was given. */
        REORDERED,
        /** The chain ends before the place that was remembered outside the database. */
        TRUNCATED,
        /** The place remembered outside the database is missing or was changed. */
        HEAD_LOST,
        /** The place the chain begins behind, after its oldest rows were forgotten, was changed. */
        FLOOR_LOST
    }

    /**
     * The first place that is wrong.
     *
     * @param position place in the chain, 0 for a row that has none yet
     * @param row the audit row's id, or {@code null} when only the place is known
     */
    public record Broken(Damage damage, long position, UUID row) {}

    /**
     * What a verification found.
     *
     * @param sealed rows in the chain that were found right
     * @param unsealed rows still without a place
     * @param oldestUnsealed age of the oldest of them, zero when there is none; more than a few seconds means that nobody
     *     seals
     */
    public record Report(Optional<Broken> broken, long sealed, long unsealed, Duration oldestUnsealed) {
        public boolean ok() {
            return broken.isEmpty();
        }
    }

    private record Sealed(long position, UUID audit, byte[] chain, AuditRow row, byte[] mac) {}

    private record Unsealed(AuditRow row, byte[] mac) {}

    private final Store store;
    private final Clock clock;
    private final AuditHead head;

    public AuditCheck(Store store, Clock clock, Settings settings) {
        this.store = store;
        this.clock = clock;
        this.head = AuditSealer.headFile(store, settings);
    }

    public Report verify() {
        // The head is read first: sealed later, the chain can only have grown beyond it.
        Optional<Chain> kept;
        try {
            kept = head.read();
        } catch (AuditBrokenException e) {
            return new Report(Optional.of(new Broken(Damage.HEAD_LOST, 0, null)), 0, 0, Duration.ZERO);
        }
        Chain end;
        try {
            end = AuditFloor.read(store);
        } catch (AuditBrokenException e) {
            return new Report(Optional.of(new Broken(Damage.FLOOR_LOST, 0, null)), 0, 0, Duration.ZERO);
        }
        long floor = end.position();
        if (kept.isPresent() && kept.get().position() == floor && !kept.get().same(end)) {
            return new Report(Optional.of(new Broken(Damage.REORDERED, floor, null)), 0, 0, Duration.ZERO);
        }
        Optional<Broken> broken = Optional.empty();
        List<Sealed> page;
        do {
            page = page(end.position());
            for (Sealed seal : page) {
                Chain next = end.next(seal.audit(), seal.mac() == null ? new byte[0] : seal.mac(), store.sealing());
                broken = look(seal, next, kept);
                if (broken.isPresent()) {
                    return report(broken, end.position() - floor);
                }
                end = next;
            }
        } while (page.size() == PAGE);
        if (kept.isPresent() && kept.get().position() > end.position()) {
            broken = Optional.of(new Broken(Damage.TRUNCATED, end.position() + 1, null));
        } else if (kept.isEmpty() && end.position() > floor) {
            broken = Optional.of(new Broken(Damage.HEAD_LOST, end.position(), null));
        }
        return report(broken, end.position() - floor);
    }

    private Optional<Broken> look(Sealed seal, Chain expected, Optional<Chain> kept) {
        if (seal.position() != expected.position()) {
            return Optional.of(new Broken(Damage.DELETED, expected.position(), null));
        }
        if (seal.row() == null) {
            return Optional.of(new Broken(Damage.DELETED, seal.position(), seal.audit()));
        }
        if (!Sealing.same(seal.row().mac(store.sealing()), seal.mac())) {
            return Optional.of(new Broken(Damage.CHANGED, seal.position(), seal.audit()));
        }
        boolean remembered = kept.isEmpty()
                || kept.get().position() != expected.position()
                || kept.get().same(expected);
        if (!Sealing.same(seal.chain(), expected.value()) || !remembered) {
            return Optional.of(new Broken(Damage.REORDERED, seal.position(), seal.audit()));
        }
        return Optional.empty();
    }

    private List<Sealed> page(long after) {
        return store.jdbc()
                .sql("""
                        select s.position, s.audit, s.chain,
                               a.id, a.at, a.actor, a.act, a.object, a.outcome, a.origin, a.detail, a.mac
                        from audit_seals s left join audit a on a.id = s.audit
                        where s.position > ? order by s.position limit ?
                        """)
                .params(after, PAGE)
                .query((row, i) -> new Sealed(
                        row.getLong("position"),
                        row.getObject("audit", UUID.class),
                        row.getBytes("chain"),
                        row.getObject("id") == null ? null : AuditRow.read(row),
                        row.getBytes("mac")))
                .list();
    }

    /** Rows without a place have only their own MAC; the age of the oldest says whether anybody seals. */
    private Report report(Optional<Broken> broken, long sealed) {
        List<Unsealed> tail = store.jdbc()
                .sql("""
                        select a.id, a.at, a.actor, a.act, a.object, a.outcome, a.origin, a.detail, a.mac from audit a
                        where not exists (select 1 from audit_seals s where s.audit = a.id) order by a.seq
                        """)
                .query((row, i) -> new Unsealed(AuditRow.read(row), row.getBytes("mac")))
                .list();
        Optional<Broken> first = broken.or(() -> tail.stream()
                .filter(open -> !Sealing.same(open.row().mac(store.sealing()), open.mac()))
                .map(open -> new Broken(Damage.CHANGED, 0, open.row().id()))
                .findFirst());
        Instant now = clock.instant();
        Duration oldest = tail.stream()
                .map(open -> Duration.between(open.row().at(), now))
                .max(Duration::compareTo)
                .orElse(Duration.ZERO);
        return new Report(first, sealed, tail.size(), oldest);
    }
}
