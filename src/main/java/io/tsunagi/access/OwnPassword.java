package io.tsunagi.access;

import io.tsunagi.audit.Audit;
import io.tsunagi.config.Secret;
import io.tsunagi.config.Settings;
import io.tsunagi.store.Store;
import java.time.Clock;
import java.time.Instant;
import java.util.Map;
import java.util.UUID;

/**
 * Changes a person's own password: the old one is asked for, wrong ones count for the lock ({@link LockOut}), and their other
 * sessions end. Takes tens of milliseconds of a core: never call it on an event loop. Safe for many threads and nodes.
 */
public final class OwnPassword {
    /** What became of it. */
    public sealed interface Outcome {

        /** Changed. */
        record Changed() implements Outcome {}

        /** The old password is wrong. */
        record Refused() implements Outcome {}

        /** The new password does not keep the rules, or is the old one. */
        record Weak() implements Outcome {}

        /** The new password is easily guessed. */
        record Common() implements Outcome {}

        /** The new password is one of the person's last four. */
        record Earlier() implements Outcome {}

        /** Too many failures. */
        record Locked(Instant until) implements Outcome {}
    }

    private final Store store;
    private final Sessions sessions;
    private final Audit audit;
    private final LockOut lockOut;
    private final PasswordRule rule;
    private final CommonPasswords common;
    private final EarlierPasswords earlier;
    private final Passwords passwords;

    public OwnPassword(
            Store store, Sessions sessions, Audit audit, Clock clock, Passwords passwords, Settings settings) {
        this.passwords = passwords;
        this.store = store;
        this.sessions = sessions;
        this.audit = audit;
        this.lockOut = new LockOut(store, clock, settings);
        this.rule = new PasswordRule(settings);
        this.common = new CommonPasswords(settings);
        this.earlier = new EarlierPasswords(store, clock, passwords);
    }

    /**
     * Changes it.
     *
     * @param session hash of the session that stays
     * @throws Passwords.BusyException when too many passwords are being checked
     */
    public Outcome change(OperatorId person, Secret old, Secret fresh, String session, String origin) {
        if (rule.weak(fresh)
                || fresh.reveal().equals(old.reveal())
                || fresh.reveal().equals(Operators.SANDBOX_PASSWORD)) {
            return new Outcome.Weak();
        }
        record Kept(String name, String displayName, String hash) {}
        Kept kept = store.jdbc()
                .sql("select name, display_name, password_hash from operators where id = ?")
                .param(person.value())
                .query((row, i) -> new Kept(row.getString(1), row.getString(2), row.getString(3)))
                .single();
        if (common.easy(fresh, kept.name(), kept.displayName())) {
            return new Outcome.Common();
        }
        LockOut.Try tried = lockOut.take(person);
        if (!tried.allowed()) {
            return failed(person, Audit.REFUSED, "locked", origin, new Outcome.Locked(tried.lockedUntil()));
        }
        if (!lockOut.look(person, () -> passwords.match(old, kept.hash()))) {
            Outcome refused =
                    tried.lockedUntil() == null ? new Outcome.Refused() : new Outcome.Locked(tried.lockedUntil());
            return failed(person, Audit.FAILED, "wrong", origin, refused);
        }
        // Only who has the old one learns what the earlier ones were; it was right, so that no try is counted.
        store.inTransaction(() -> lockOut.clear(person));
        if (earlier.hold(person, fresh)) {
            return new Outcome.Earlier();
        }
        String hash = passwords.hash(fresh);
        return store.inTransaction(() -> {
            boolean still = store.jdbc()
                    .sql("select id from operators where id = ? and password_hash = ? for update")
                    .params(person.value(), kept.hash())
                    .query(UUID.class)
                    .optional()
                    .isPresent();
            if (!still) {
                return new Outcome.Refused();
            }
            earlier.keep(person);
            store.jdbc()
                    .sql("update operators set password_hash = ? where id = ?")
                    .params(hash, person.value())
                    .update();
            sessions.endAll(person, session);
            audit.write(person.toString(), "change-password", "operator/" + person, Audit.OK, origin, null);
            return new Outcome.Changed();
        });
    }

    private Outcome failed(OperatorId person, String outcome, String reason, String origin, Outcome answer) {
        store.inTransaction(() -> audit.write(
                person.toString(), "change-password", "operator/" + person, outcome, origin, Map.of("reason", reason)));
        return answer;
    }
}
