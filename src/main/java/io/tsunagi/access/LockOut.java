package io.tsunagi.access;

import io.tsunagi.config.Settings;
import io.tsunagi.config.SettingsException;
import io.tsunagi.store.Store;
import java.sql.Types;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.function.Supplier;

/**
 * Locks a person out for {@code hub.access.lock-for} after {@code hub.access.lock-after-failures} failures in a row,
 * whatever was wrong: password or code (PCI DSS v4.0.1, 8.3.4). A try counts as failed until it is known to be right, so that
 * guesses made at the same moment count too. Counted in the database; safe for many threads and nodes.
 */
final class LockOut {
    /**
     * A try that was counted.
     *
     * @param lockedUntil when the lock ends that is there now; null for none
     * @param allowed false when it was locked before: nothing may be looked at
     */
    record Try(Instant lockedUntil, boolean allowed) {}

    private record Count(int failures, Instant lockedUntil) {}

    private static final Duration SHORTEST = Duration.ofMinutes(30);

    private final Store store;
    private final Clock clock;
    final int after;
    final Duration lasts;

    LockOut(Store store, Clock clock, Settings settings) {
        this.store = store;
        this.clock = clock;
        this.after = settings.whole("hub.access.lock-after-failures", 1, 10);
        this.lasts = settings.duration("hub.access.lock-for");
        if (lasts.compareTo(SHORTEST) < 0) {
            throw new SettingsException(
                    "The setting hub.access.lock-for is " + lasts + "; it must be " + SHORTEST + " or longer.");
        }
    }

    /** Counts a try, in a transaction of its own; the lock is set with the last allowed one. */
    Try take(OperatorId person) {
        return store.inOwnTransaction(() -> {
            Instant now = clock.instant();
            Count count = store.jdbc()
                    .sql("select failures, locked_until from operators where id = ? for update")
                    .param(person.value())
                    .query((row, i) -> new Count(row.getInt("failures"), Store.instant(row.getObject("locked_until"))))
                    .single();
            boolean wasLocked = count.lockedUntil() != null;
            if (wasLocked && now.isBefore(count.lockedUntil())) {
                return new Try(count.lockedUntil(), false);
            }
            int failures = wasLocked ? 1 : count.failures() + 1;
            Instant lockedUntil = failures >= after ? now.plus(lasts) : null;
            store.jdbc()
                    .sql("update operators set failures = :failures, locked_until = :until where id = :id")
                    .param("failures", failures)
                    .param("until", Store.at(lockedUntil), Types.TIMESTAMP_WITH_TIMEZONE)
                    .param("id", person.value())
                    .update();
            return new Try(lockedUntil, true);
        });
    }

    /**
     * Looks at what a counted try brought; when too many passwords are being checked nothing was tried, and the try is
     * taken back.
     *
     * @throws Passwords.BusyException then
     */
    <T> T look(OperatorId person, Supplier<T> look) {
        try {
            return look.get();
        } catch (Passwords.BusyException e) {
            store.inTransaction(() -> giveBack(person));
            throw e;
        }
    }

    /** Takes back a try that was right as far as it went, and that is not the end of it: earlier failures stay. */
    void giveBack(OperatorId person) {
        store.jdbc().sql("""
                        update operators set failures = failures - 1,
                            locked_until = case when failures > :most then locked_until else null end
                        where id = :id and failures > 0
                        """).param("most", after).param("id", person.value()).update();
    }

    /** Forgets the failures of somebody who showed who they are. */
    void clear(OperatorId person) {
        store.jdbc()
                .sql("update operators set failures = 0, locked_until = null where id = ?")
                .param(person.value())
                .update();
    }
}
