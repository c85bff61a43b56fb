package io.tsunagi.store;

import java.time.Instant;
import java.util.UUID;

/**
 * One event as it waits in the ledger.
 *
 * @param id derived from the account and LINE's {@code webhookEventId}
 * @param kind what the lane is: {@code user}, {@code group}, {@code room} or {@code account}
 * @param source LINE's id of the lane's user, group or room; the account's name otherwise
 * @param type LINE's event type, or the hub's own for an internal event
 * @param occurredAt when LINE says it happened
 * @param json the event as received, card numbers masked
 */
public record LedgerEvent(
        UUID id,
        String account,
        UUID lane,
        String kind,
        String source,
        String type,
        Instant occurredAt,
        Instant receivedAt,
        byte[] json) {

    @Override
    public String toString() {
        return "LedgerEvent " + id + " " + type;
    }
}
