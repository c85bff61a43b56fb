package io.tsunagi.access;

import io.tsunagi.audit.Audit;
import io.tsunagi.config.Secret;
import io.tsunagi.config.Settings;
import io.tsunagi.store.Store;
import io.tsunagi.web.Callers;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Decides whether a name, a password and a code open a session.
 *
 * <p>A name is locked after too many failures in a row ({@link LockOut}), counted before the password is looked at. A name
 * nobody has gets the same answers after the same time, and is locked likewise, by each node for itself. One address that
 * fails {@code hub.access.address-failures} times has to wait. Only who has the right password hears more: that a code is
 * asked for, that a second factor must be set up, or that the name was unused for {@code hub.access.unused-for} and needs an
 * invitation (PCI DSS v4.0.1, 8.2.6). Every outcome is audited.
 *
 * <p>Takes tens of milliseconds of a core: never call it on an event loop. Safe for many threads and nodes.
 */
public final class SignIn {
    /** What became of it. */
    public sealed interface Outcome {

        /**
         * Signed in.
         *
         * @param recoveryCodes shown this once, when the second factor was just set up; else empty
         */
        record Welcome(Person person, Sessions.Opened opened, List<String> recoveryCodes) implements Outcome {
            public Welcome {
                recoveryCodes = List.copyOf(recoveryCodes);
            }

            @Override
            public String toString() {
                return "Welcome[" + person.id() + ", " + opened + "]";
            }
        }

        /** Name or password is wrong, or the person is disabled. */
        record Refused() implements Outcome {}

        /**
         * The password is right; the second factor is asked for.
         *
         * @param code whether the person has codes: of an authenticator, or for recovery
         * @param key what a browser asks the person's keys with; empty when they have none
         */
        record CodeNeeded(boolean code, Map<String, Object> key) implements Outcome {
            public CodeNeeded {
                key = Map.copyOf(key);
            }
        }

        /** The password is right; the person sets up a second factor and signs in with its first code. */
        record FactorNeeded(SecondFactor.Fresh fresh) implements Outcome {}

        /** The password is right, the code is not, or it was taken before. */
        record WrongCode() implements Outcome {}

        /** The password is right, but the key's counter says that there are two of it. */
        record ClonedKey() implements Outcome {}

        /** The password is right, but nobody used the name for too long. */
        record Unused() implements Outcome {}

        /** Too many failures for this name. */
        record Locked(Instant until) implements Outcome {}

        /** Too many failures from this address. */
        record Slowed(Instant until) implements Outcome {}
    }

    private record Known(Person person, String hash, boolean disabled, Instant used) {}

    private static final Duration NEVER = Duration.ofDays(3650);

    private final Store store;
    private final Sessions sessions;
    private final Audit audit;
    private final Clock clock;
    private final LockOut lockOut;
    private final SecondFactor factor;
    private final Duration unusedFor;
    private final Tries unknownNames;
    private final Tries addresses;
    private final Passwords passwords;

    public SignIn(
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
        this.unusedFor = settings.duration("hub.access.unused-for");
        this.unknownNames = new Tries(lockOut.after, lockOut.lasts, NEVER);
        Duration wait = settings.duration("hub.access.address-wait");
        this.addresses = new Tries(settings.whole("hub.access.address-failures", 1, 100_000), wait, wait);
    }

    /**
     * Signs in.
     *
     * @param code of the second factor, or a key's answer in JSON; null when there is none yet
     * @param origin address the request came from
     * @param before hash of the session the browser still has, which ends with a new one; or {@code null}
     */
    public Outcome signIn(String name, Secret password, Secret code, String origin, String before) {
        Instant now = clock.instant();
        String network = Callers.network(origin);
        Optional<Instant> slowed = addresses.closed(network, now);
        if (slowed.isPresent()) {
            return new Outcome.Slowed(slowed.get());
        }
        addresses.take(network, now);
        String plain = Operators.plain(name);
        Optional<Known> known = known(plain);
        LockOut.Try tried =
                known.isPresent() ? lockOut.take(known.get().person().id()) : countUnknown(plain, now);
        if (!tried.allowed()) {
            audit(known, plain, Audit.REFUSED, origin, "locked");
            return new Outcome.Locked(tried.lockedUntil());
        }
        boolean right = known.isPresent()
                ? lockOut.look(
                        known.get().person().id(),
                        () -> passwords.match(password, known.get().hash()))
                : matchUnknown(plain, password);
        if (right && !known.orElseThrow().disabled()) {
            Optional<Outcome> outcome = store.inOwnTransaction(() -> enter(known.orElseThrow(), code, origin, before));
            boolean cloned = outcome.isPresent() && outcome.get() instanceof Outcome.ClonedKey;
            if (outcome.isPresent() && !cloned && !(outcome.get() instanceof Outcome.WrongCode)) {
                addresses.giveBack(network);
                return outcome.get();
            }
            if (outcome.isPresent() && (cloned || tried.lockedUntil() == null)) {
                audit(known, plain, Audit.FAILED, origin, cloned ? "cloned-key" : "wrong-code");
                return tried.lockedUntil() == null ? outcome.get() : new Outcome.Locked(tried.lockedUntil());
            }
        }
        audit(known, plain, Audit.FAILED, origin, tried.lockedUntil() == null ? "wrong" : "wrong-now-locked");
        return tried.lockedUntil() == null ? new Outcome.Refused() : new Outcome.Locked(tried.lockedUntil());
    }

    private Optional<Known> known(String name) {
        return store.jdbc()
                .sql("""
                        select id, name, display_name, role, language, zone, password_hash, disabled_at, created_at,
                               last_seen, joined_at
                        from operators where name = ?
                        """)
                .param(name)
                .query((row, i) -> new Known(
                        Operators.person(row),
                        row.getString("password_hash"),
                        row.getObject("disabled_at") != null,
                        Operators.used(row)))
                .optional();
    }

    /** Always false, and as busy as with a name somebody has. The address's try stays counted: it may be the one that floods. */
    private boolean matchUnknown(String name, Secret password) {
        try {
            return passwords.match(password, null);
        } catch (Passwords.BusyException e) {
            unknownNames.giveBack(store.sealing().lookup(name));
            throw e;
        }
    }

    private LockOut.Try countUnknown(String name, Instant now) {
        String key = store.sealing().lookup(name);
        Optional<Instant> closed = unknownNames.closed(key, now);
        if (closed.isPresent()) {
            return new LockOut.Try(closed.get(), false);
        }
        unknownNames.take(key, now);
        return new LockOut.Try(unknownNames.closed(key, now).orElse(null), true);
    }

    /** Goes on after the right password; empty when it was changed, or the person disabled, meanwhile. */
    private Optional<Outcome> enter(Known known, Secret code, String origin, String before) {
        Person person = known.person();
        boolean may = store.jdbc()
                .sql("select id from operators where id = ? and disabled_at is null and password_hash = ? for update")
                .params(person.id().value(), known.hash())
                .query((row, i) -> true)
                .optional()
                .orElse(false);
        if (!may) {
            return Optional.empty();
        }
        if (!clock.instant().isBefore(known.used().plus(unusedFor))) {
            return notYet(person, new Outcome.Unused(), "unused", origin);
        }
        List<String> recoveryCodes = List.of();
        if (factor.required()) {
            boolean has = factor.has(person.id());
            if (!has && (code == null || !factor.begun(person.id()))) {
                SecondFactor.Fresh fresh = factor.begin(person.id(), person.name());
                return notYet(person, new Outcome.FactorNeeded(fresh), "no-second-factor", origin);
            }
            if (code == null) {
                Outcome needed = new Outcome.CodeNeeded(
                        factor.hasCode(person.id()), factor.keys().toSignIn(person.id()));
                return notYet(person, needed, "no-code", origin);
            }
            if (!has) {
                Optional<List<String>> confirmed = factor.confirm(person.id(), code.reveal());
                if (confirmed.isEmpty()) {
                    return Optional.of(new Outcome.WrongCode());
                }
                recoveryCodes = confirmed.get();
                audit.write(person.id().toString(), "set-second-factor", object(person.id()), Audit.OK, origin, null);
            } else {
                SecurityKeys.Taken taken = factor.take(person.id(), code.reveal());
                if (taken != SecurityKeys.Taken.YES) {
                    return Optional.of(
                            taken == SecurityKeys.Taken.CLONED ? new Outcome.ClonedKey() : new Outcome.WrongCode());
                }
            }
        }
        return Optional.of(welcome(person, recoveryCodes, origin, before));
    }

    /** The password was no guess: the try is given back, but failures before it stay. */
    private Optional<Outcome> notYet(Person person, Outcome outcome, String reason, String origin) {
        lockOut.giveBack(person.id());
        audit.write(Audit.NOBODY, "sign-in", object(person.id()), Audit.REFUSED, origin, Map.of("reason", reason));
        return Optional.of(outcome);
    }

    private Outcome welcome(Person person, List<String> recoveryCodes, String origin, String before) {
        return new Outcome.Welcome(person, enter(person, origin, before), recoveryCodes);
    }

    /** Opens the session of who proved who they are, in the running transaction; what counted against them is forgotten. */
    Sessions.Opened enter(Person person, String origin, String before) {
        lockOut.clear(person.id());
        store.jdbc()
                .sql("update operators set last_seen = ? where id = ?")
                .params(Store.at(clock.instant()), person.id().value())
                .update();
        if (before != null) {
            sessions.end(before);
        }
        Sessions.Opened opened = sessions.open(person.id());
        audit.write(person.id().toString(), "sign-in", object(person.id()), Audit.OK, origin, null);
        return opened;
    }

    private static String object(OperatorId person) {
        return "operator/" + person;
    }

    /** Signs out; a session that is already over is no error. */
    public void signOut(OperatorId operator, String session, String origin) {
        store.inTransaction(() -> {
            sessions.end(session);
            audit.write(operator.toString(), "sign-out", "operator/" + operator, Audit.OK, origin, null);
        });
    }

    /** A name nobody has is kept as its keyed hash: people type passwords into the wrong field. */
    private void audit(Optional<Known> known, String name, String outcome, String origin, String reason) {
        String object = known.map(found -> object(found.person().id()))
                .orElseGet(() -> "unknown-name/" + store.sealing().lookup(name));
        store.inTransaction(
                () -> audit.write(Audit.NOBODY, "sign-in", object, outcome, origin, Map.of("reason", reason)));
    }
}
