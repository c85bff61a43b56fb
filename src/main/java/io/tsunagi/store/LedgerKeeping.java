package io.tsunagi.store;

import java.time.Duration;

/** Forgets events when their time is over, as configured. */
public final class LedgerKeeping {
    private final Ledger ledger;
    private final Duration bodies;
    private final Duration keys;

    public LedgerKeeping(Ledger ledger, Duration bodies, Duration keys) {
        this.ledger = ledger;
        this.bodies = bodies;
        this.keys = keys;
    }

    public int forget() {
        return ledger.forget(bodies, keys);
    }
}
