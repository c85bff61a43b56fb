package io.tsunagi.store;

import java.time.Instant;
import java.util.Optional;

/**
 * Knows which accounts LINE has suspended: nothing is sent for them, and what was to be sent waits. Events come in any
 * order; the newest counts.
 */
public final class AccountStandings {
    private final Store store;
    private final Deliveries deliveries;

    public AccountStandings(Store store, Deliveries deliveries) {
        this.store = store;
        this.deliveries = deliveries;
    }

    /** Notes, in the running transaction, that LINE suspended or resumed an account. */
    public void note(String account, boolean suspended, Instant at) {
        Store.needTransaction();
        store.jdbc()
                .sql(
                        "insert into account_standings (account, suspended, since) values (?, ?, ?) on conflict do nothing")
                .params(account, suspended, Store.at(at))
                .update();
        store.jdbc()
                .sql("update account_standings set suspended = ?, since = ? where account = ? and since < ?")
                .params(suspended, Store.at(at), account, Store.at(at))
                .update();
        if (!suspended) {
            deliveries.sweep();
        }
    }

    /** Gives since when an account is suspended; empty while it is not. */
    public Optional<Instant> suspendedSince(String account) {
        return store.jdbc()
                .sql("select since from account_standings where account = ? and suspended")
                .param(account)
                .query((row, i) -> Store.instant(row.getTimestamp("since")))
                .optional();
    }
}
