package io.tsunagi.store;

import java.util.UUID;

/** An event as it goes into the ledger: its ids derived, its words sealed. */
record LedgerRow(UUID id, UUID lane, Ledger.Arrival arrival, byte[] sealed) {
    /** What a row takes beside its words, about: objects here, columns and index entries there. */
    private static final int OVERHEAD = 512;

    static LedgerRow of(Ledger.Arrival arrival, Sealing sealing) {
        UUID id = arrival.id();
        return new LedgerRow(id, arrival.lane(), arrival, sealing.seal("events", id, arrival.json()));
    }

    int bytes() {
        return OVERHEAD + sealed.length;
    }
}
