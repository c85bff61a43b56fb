package io.tsunagi.access;

import io.tsunagi.config.Secret;
import io.tsunagi.store.Store;
import java.time.Clock;
import java.util.List;

/**
 * Remembers the passwords that people had, as hashes, so that a new one is none of their last four: the one they have and
 * the three before it (PCI DSS v4.0.1, 8.3.7). Safe for many threads and nodes.
 */
final class EarlierPasswords {
    private static final int BEFORE = 3;
    private static final int LAST = BEFORE + 1;

    private final Store store;
    private final Clock clock;
    private final Passwords passwords;

    EarlierPasswords(Store store, Clock clock, Passwords passwords) {
        this.store = store;
        this.clock = clock;
        this.passwords = passwords;
    }

    /**
     * Says whether a password is one of the person's last four. Takes tens of milliseconds of a core for each of four, however
     * many there are, so that its time tells nothing; ask outside of a transaction.
     *
     * @throws Passwords.BusyException when too many passwords are being checked
     */
    boolean hold(OperatorId person, Secret password) {
        List<String> hashes = store.jdbc()
                .sql("select password_hash from operators where id = ? and password_hash is not null"
                        + " union all select password_hash from earlier_passwords where operator = ?")
                .params(person.value(), person.value())
                .query(String.class)
                .list();
        boolean held = false;
        for (int i = 0; i < Math.max(LAST, hashes.size()); i++) {
            held |= passwords.match(password, i < hashes.size() ? hashes.get(i) : null);
        }
        return held;
    }

    /** Remembers the password that is about to be replaced, and forgets the oldest. Joins the running transaction. */
    void keep(OperatorId person) {
        Store.needTransaction();
        store.jdbc()
                .sql("insert into earlier_passwords (operator, password_hash, replaced_at)"
                        + " select id, password_hash, ? from operators where id = ? and password_hash is not null"
                        + " on conflict do nothing")
                .params(Store.at(clock.instant()), person.value())
                .update();
        store.jdbc()
                .sql("delete from earlier_passwords where operator = ? and password_hash not in"
                        + " (select password_hash from earlier_passwords where operator = ?"
                        + " order by replaced_at desc limit ?)")
                .params(person.value(), person.value(), BEFORE)
                .update();
    }
}
