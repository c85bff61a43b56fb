package io.tsunagi.access;

import io.tsunagi.audit.Audit;
import io.tsunagi.config.Secret;
import io.tsunagi.config.Settings;
import io.tsunagi.store.Store;
import io.tsunagi.web.Doors;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/**
 * Invites people by a link that somebody hands to them: with it they choose a password and, where it is required, set up a
 * second factor. It is also the way back for who forgot a password, was disabled, or did not use their name for too long.
 *
 * <p>The link's token has 256 random bits, of which the database holds a digest; it ends after {@code hub.access.invitation},
 * when it is used, revoked or replaced by another of the same person. Until it is used nothing changes. Whoever has a second
 * factor needs its code too, so that the link alone lets nobody in. Safe for many threads and nodes.
 */
public final class Invitations {
    private static final int TOKEN_BYTES = 32;

    /** A link just made; the address is shown this once. */
    public record Made(String address, Instant endsAt) {
        @Override
        public String toString() {
            return "Made[hidden, until " + endsAt + "]";
        }
    }

    /**
     * What the invited person sees first.
     *
     * @param code whether a code of the second factor they have is asked for
     * @param key what a browser asks the keys they have with, which is as good; empty when there is none
     * @param factor what they put into an authenticator; null when they have one or need none
     */
    public record Shown(
            Person person, Instant endsAt, boolean code, Map<String, Object> key, SecondFactor.Fresh factor) {
        public Shown {
            key = Map.copyOf(key);
        }
    }

    /** What became of an invitation that somebody used. */
    public sealed interface Outcome {

        /**
         * They have the password they chose.
         *
         * @param recoveryCodes shown this once; empty when the second factor is an earlier one, or none is required
         */
        record Joined(Person person, List<String> recoveryCodes) implements Outcome {
            public Joined {
                recoveryCodes = List.copyOf(recoveryCodes);
            }

            @Override
            public String toString() {
                return "Joined[" + person.id() + "]";
            }
        }

        /** There is no such invitation, or it is over. */
        record Over() implements Outcome {}

        /** The password does not keep the rules. */
        record Weak() implements Outcome {}

        /** The password is easily guessed. */
        record Common() implements Outcome {}

        /** The password is one of the person's last four. */
        record Earlier() implements Outcome {}

        /** The code is missing, wrong or was taken before. */
        record WrongCode() implements Outcome {}

        /** The key's counter says that there are two of it. */
        record ClonedKey() implements Outcome {}

        /** Too many failures. */
        record Locked(Instant until) implements Outcome {}
    }

    private final Store store;
    private final Sessions sessions;
    private final SecondFactor factor;
    private final Audit audit;
    private final Clock clock;
    private final LockOut lockOut;
    private final Duration lasts;
    private final String consoleUrl;
    private final PasswordRule rule;
    private final CommonPasswords common;
    private final EarlierPasswords earlier;
    private final Passwords passwords;

    public Invitations(
            Store store,
            Sessions sessions,
            SecondFactor factor,
            Audit audit,
            Clock clock,
            Passwords passwords,
            Settings settings) {
        this.passwords = passwords;
        this.store = store;
        this.sessions = sessions;
        this.factor = factor;
        this.audit = audit;
        this.clock = clock;
        this.lockOut = new LockOut(store, clock, settings);
        this.lasts = settings.duration("hub.access.invitation");
        this.consoleUrl = Doors.consoleUrl(settings);
        this.rule = new PasswordRule(settings);
        this.common = new CommonPasswords(settings);
        this.earlier = new EarlierPasswords(store, clock, passwords);
    }

    /**
     * Makes a link for a person; an earlier one is over.
     *
     * @param newFactor whether the second factor they have is taken away, which also ends their sessions
     * @param by who does it, as the audit names them
     */
    public Made make(OperatorId of, boolean newFactor, String by, String origin) {
        return store.inTransaction(() -> {
            if (newFactor) {
                factor.forget(of);
                sessions.endAll(of, null);
                audit.write(by, "take-second-factor", "operator/" + of, Audit.OK, origin, null);
            }
            Instant now = clock.instant();
            String token = Sessions.random(TOKEN_BYTES);
            remove(of);
            store.jdbc()
                    .sql("insert into invitations (operator, digest, made_by, made_at, ends_at) values (?, ?, ?, ?, ?)")
                    .params(of.value(), Sessions.hash(token), by, Store.at(now), Store.at(now.plus(lasts)))
                    .update();
            audit.write(by, "invite-operator", "operator/" + of, Audit.OK, origin, null);
            // Behind the '#' it reaches no server and no log before the person's own screen sends it.
            return new Made(consoleUrl + "/join#" + token, now.plus(lasts));
        });
    }

    /** Takes an open link back; gives whether there was one. */
    public boolean revoke(OperatorId of, String by, String origin) {
        return store.inTransaction(() -> {
            boolean was = remove(of);
            if (was) {
                audit.write(by, "revoke-invitation", "operator/" + of, Audit.OK, origin, null);
            }
            return was;
        });
    }

    boolean remove(OperatorId of) {
        return store.jdbc()
                        .sql("delete from invitations where operator = ?")
                        .param(of.value())
                        .update()
                == 1;
    }

    /** Shows an invitation to who has its token; empty when it is over. A secret shown before is void. */
    public Optional<Shown> look(String token) {
        return store.inTransaction(() -> open(token).map(found -> {
            boolean has = factor.has(found.person().id());
            boolean needs = factor.required() && !has;
            return new Shown(
                    found.person(),
                    found.endsAt(),
                    factor.required() && factor.hasCode(found.person().id()),
                    factor.required() ? factor.keys().toSignIn(found.person().id()) : Map.of(),
                    needs ? factor.begin(found.person().id(), found.person().name()) : null);
        }));
    }

    private record Open(Person person, Instant endsAt) {}

    /** The row is locked: an invitation is used once. */
    private Optional<Open> open(String token) {
        return store.jdbc()
                .sql("""
                        select o.id, o.name, o.display_name, o.role, o.language, o.zone, i.ends_at
                        from invitations i join operators o on o.id = i.operator
                        where i.digest = ? and i.ends_at > ? for update
                        """)
                .params(Sessions.hash(token), Store.at(clock.instant()))
                .query((row, i) -> new Open(Operators.person(row), Store.instant(row.getObject("ends_at"))))
                .optional();
    }

    /**
     * Uses an invitation: the person has this password from now on, may sign in, and is signed in nowhere.
     *
     * @param code of the second factor, or a key's answer in JSON; null when none is required
     * @throws Passwords.BusyException when too many passwords are being checked
     */
    public Outcome accept(String token, Secret password, Secret code, String origin) {
        Optional<Open> found = store.inTransaction(() -> open(token));
        if (found.isEmpty()) {
            return new Outcome.Over();
        }
        if (rule.weak(password) || password.reveal().equals(Operators.SANDBOX_PASSWORD)) {
            return new Outcome.Weak();
        }
        Person invited = found.get().person();
        if (common.easy(password, invited.name(), invited.displayName())) {
            return new Outcome.Common();
        }
        OperatorId person = invited.id();
        LockOut.Try tried = lockOut.take(person);
        if (!tried.allowed()) {
            audit(person, Audit.REFUSED, "locked", origin);
            return new Outcome.Locked(tried.lockedUntil());
        }
        Outcome outcome;
        try {
            boolean had = lockOut.look(person, () -> earlier.hold(person, password));
            String hash = passwords.hash(password);
            outcome = store.inOwnTransaction(() -> join(token, hash, had, code, origin));
        } catch (HadBefore e) {
            audit(person, Audit.REFUSED, "earlier-password", origin);
            if (factor.required() && factor.has(person)) {
                // The code was right: that it was an earlier one is nothing to guess any more.
                store.inTransaction(() -> lockOut.giveBack(person));
            }
            return new Outcome.Earlier();
        }
        boolean cloned = outcome instanceof Outcome.ClonedKey;
        if (cloned || outcome instanceof Outcome.WrongCode) {
            audit(person, Audit.FAILED, cloned ? "cloned-key" : "wrong-code", origin);
            return tried.lockedUntil() == null ? outcome : new Outcome.Locked(tried.lockedUntil());
        }
        return outcome;
    }

    /**
     * @param had whether the password is one of the last four, which only who has the second factor learns, where there is one
     * @throws HadBefore so that the code counts for another password, and a second factor that is new stays to be set up
     */
    private Outcome join(String token, String hash, boolean had, Secret code, String origin) {
        Optional<Open> found = open(token);
        if (found.isEmpty()) {
            return new Outcome.Over();
        }
        Person person = found.get().person();
        List<String> recoveryCodes = List.of();
        if (factor.required()) {
            String typed = code == null ? "" : code.reveal();
            if (factor.has(person.id())) {
                SecurityKeys.Taken taken = factor.take(person.id(), typed);
                if (taken != SecurityKeys.Taken.YES) {
                    return taken == SecurityKeys.Taken.CLONED ? new Outcome.ClonedKey() : new Outcome.WrongCode();
                }
            } else {
                Optional<List<String>> confirmed = factor.confirm(person.id(), typed);
                if (confirmed.isEmpty()) {
                    return new Outcome.WrongCode();
                }
                recoveryCodes = confirmed.get();
            }
        }
        if (had) {
            throw new HadBefore();
        }
        UUID id = person.id().value();
        earlier.keep(person.id());
        store.jdbc()
                .sql("update operators set password_hash = ?, disabled_at = null, joined_at = ? where id = ?")
                .params(hash, Store.at(clock.instant()), id)
                .update();
        lockOut.clear(person.id());
        remove(person.id());
        sessions.endAll(person.id(), null);
        audit.write(
                person.id().toString(),
                "accept-invitation",
                "operator/" + id,
                Audit.OK,
                origin,
                Map.of("second-factor", String.valueOf(!recoveryCodes.isEmpty())));
        return new Outcome.Joined(person, recoveryCodes);
    }

    private void audit(OperatorId person, String outcome, String reason, String origin) {
        store.inTransaction(() -> audit.write(
                Audit.NOBODY, "accept-invitation", "operator/" + person, outcome, origin, Map.of("reason", reason)));
    }

    /** Rolls back what the second factor has noted. */
    private static final class HadBefore extends RuntimeException {
        private HadBefore() {
            super(null, null, false, false);
        }
    }
}
