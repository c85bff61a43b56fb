package io.tsunagi.access;

import io.tsunagi.audit.Audit;
import io.tsunagi.store.Store;
import io.tsunagi.web.Callers;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Audits that somebody called the console from an address outside {@code hub.private.allow}: one row an address (of IPv6, 64 bits of it) in
 * ten minutes, and a hundred in all, so that who knocks without end fills no disk. The call itself was refused already. Safe for
 * many threads; each node counts for itself.
 */
public final class RefusedAddresses {
    private static final Duration QUIET = Duration.ofMinutes(10);
    private static final int MOST = 100;

    private final Store store;
    private final Audit audit;
    private final Clock clock;
    /** The oldest first. */
    private final Map<String, Instant> told = new LinkedHashMap<>();

    public RefusedAddresses(Store store, Audit audit, Clock clock) {
        this.store = store;
        this.audit = audit;
        this.clock = clock;
    }

    /** Says whether {@link #write} would audit this address now; if so it counts as told. Costs nothing: for event loops. */
    public synchronized boolean wanted(String address) {
        Instant now = clock.instant();
        told.values().removeIf(at -> !now.isBefore(at.plus(QUIET)));
        return told.size() < MOST && told.putIfAbsent(Callers.network(address), now) == null;
    }

    /**
     * Audits it. Asks the database: never call it on an event loop.
     *
     * @throws RuntimeException when the row cannot be written; the address counts as told all the same, so that who knocks
     *     while the database is away keeps no thread waiting for it
     */
    public void write(String address) {
        store.inTransaction(() ->
                audit.write(Audit.NOBODY, "call", "console", Audit.REFUSED, address, Map.of("reason", "address")));
    }
}
