package io.tsunagi.access;

import io.tsunagi.audit.Audit;
import io.tsunagi.config.Secret;
import io.tsunagi.config.Settings;
import io.tsunagi.store.Store;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/**
 * Decides whether a name and a password open a session.
 *
 * <p>A name is locked for {@code hub.access.lock-for} after {@code hub.access.lock-after-failures} failures in a row (PCI
 * DSS v4.0.1, 8.3.4), counted in the database for all nodes and before the password is looked at, so that guesses made at
 * the same moment count too. A name nobody has gets the same answers after the same time, and is locked likewise, by each
 * node for itself. One address that fails {@code hub.access.address-failures} times has to wait. Every outcome is
 * audited.
 *
 * <p>Takes tens of milliseconds of a core: never call it on an event loop. Safe for many threads and nodes.
 */
public final class SignIn {
    /** What became of it. */
    public sealed interface Outcome {

        /** Signed in. */
        record Welcome(Person person, Sessions.Opened opened) implements Outcome {}

        /** Name or password is wrong, or the person is disabled. */
        record Refused() implements Outcome {}

        /** Too many failures for this name. */
        record Locked(Instant until) implements Outcome {}

        /** Too many failures from this address. */
        record Slowed(Instant until) implements Outcome {}
    }

    private record Known(Person person, String hash, int failures, Instant lockedUntil, boolean disabled) {}

    private record Attempt(Optional<Known> known, Instant lockedUntil, boolean allowed) {}

    private static final Duration NEVER = Duration.ofDays(3650);

    private final Store store;
    private final Sessions sessions;
    private final Audit audit;
    private final Clock clock;
    private final int lockAfter;
    private final Duration lockFor;
    private final Tries unknownNames;
    private final Tries addresses;
    private final Passwords passwords = new Passwords();

    public SignIn(Store store, Sessions sessions, Audit audit, Clock clock, Settings settings) {
        this.store = store;
        this.sessions = sessions;
        this.audit = audit;
        this.clock = clock;
        this.lockAfter = settings.whole("hub.access.lock-after-failures", 1, 10);
        this.lockFor = settings.duration("hub.access.lock-for");
        this.unknownNames = new Tries(lockAfter, lockFor, NEVER);
        Duration wait = settings.duration("hub.access.address-wait");
        this.addresses = new Tries(settings.whole("hub.access.address-failures", 1, 100_000), wait, wait);
    }

    /**
     * Signs in.
     *
     * @param origin address the request came from
     * @param before hash of the session the browser still has, which ends with a new one; or {@code null}
     */
    public Outcome signIn(String name, Secret password, String origin, String before) {
        Instant now = clock.instant();
        Optional<Instant> slowed = addresses.closed(origin, now);
        if (slowed.isPresent()) {
            return new Outcome.Slowed(slowed.get());
        }
        addresses.take(origin, now);
        String plain = Operators.plain(name);
        Attempt attempt = store.inOwnTransaction(() -> count(plain, now));
        if (!attempt.allowed()) {
            audit(attempt, plain, Audit.REFUSED, origin, "locked");
            return new Outcome.Locked(attempt.lockedUntil());
        }
        boolean right =
                passwords.match(password, attempt.known().map(Known::hash).orElse(null));
        if (right && !attempt.known().orElseThrow().disabled()) {
            Optional<Outcome> welcome = store.inOwnTransaction(
                    () -> welcome(attempt.known().orElseThrow().person(), origin, before));
            if (welcome.isPresent()) {
                addresses.giveBack(origin);
                return welcome.get();
            }
        }
        audit(attempt, plain, Audit.FAILED, origin, attempt.lockedUntil() == null ? "wrong" : "wrong-now-locked");
        return attempt.lockedUntil() == null ? new Outcome.Refused() : new Outcome.Locked(attempt.lockedUntil());
    }

    /** The lock is set with the last allowed try; the right password takes it off again. */
    private Attempt count(String name, Instant now) {
        Optional<Known> known = store.jdbc()
                .sql("""
                        select id, name, display_name, role, language, zone, password_hash, failures, locked_until, disabled_at
                        from operators where name = ? for update
                        """)
                .param(name)
                .query((row, i) -> new Known(
                        Operators.person(row),
                        row.getString("password_hash"),
                        row.getInt("failures"),
                        Store.instant(row.getObject("locked_until")),
                        row.getObject("disabled_at") != null))
                .optional();
        return known.isPresent() ? countKnown(known.get(), now) : countUnknown(name, now);
    }

    private Attempt countKnown(Known person, Instant now) {
        boolean wasLocked = person.lockedUntil() != null;
        if (wasLocked && now.isBefore(person.lockedUntil())) {
            return new Attempt(Optional.of(person), person.lockedUntil(), false);
        }
        int failures = wasLocked ? 1 : person.failures() + 1;
        Instant lockedUntil = failures >= lockAfter ? now.plus(lockFor) : null;
        store.jdbc()
                .sql("update operators set failures = :failures, locked_until = :until where id = :id")
                .param("failures", failures)
                .param("until", Store.at(lockedUntil), java.sql.Types.TIMESTAMP_WITH_TIMEZONE)
                .param("id", person.person().id().value())
                .update();
        return new Attempt(Optional.of(person), lockedUntil, true);
    }

    private Attempt countUnknown(String name, Instant now) {
        String key = store.sealing().lookup(name);
        Optional<Instant> closed = unknownNames.closed(key, now);
        if (closed.isPresent()) {
            return new Attempt(Optional.empty(), closed.get(), false);
        }
        unknownNames.take(key, now);
        return new Attempt(Optional.empty(), unknownNames.closed(key, now).orElse(null), true);
    }

    private Optional<Outcome> welcome(Person person, String origin, String before) {
        UUID id = person.id().value();
        int updated =
                store.jdbc().sql("""
                        update operators set failures = 0, locked_until = null, last_seen = ?
                        where id = ? and disabled_at is null
                        """).params(Store.at(clock.instant()), id).update();
        if (updated == 0) {
            return Optional.empty();
        }
        if (before != null) {
            sessions.end(before);
        }
        Sessions.Opened opened = sessions.open(person.id());
        audit.write(person.id().toString(), "sign-in", "operator/" + id, Audit.OK, origin, null);
        return Optional.of(new Outcome.Welcome(person, opened));
    }

    /** Signs out; a session that is already over is no error. */
    public void signOut(OperatorId operator, String session, String origin) {
        store.inTransaction(() -> {
            sessions.end(session);
            audit.write(operator.toString(), "sign-out", "operator/" + operator, Audit.OK, origin, null);
        });
    }

    /** A name nobody has is kept as its keyed hash: people type passwords into the wrong field. */
    private void audit(Attempt attempt, String name, String outcome, String origin, String reason) {
        String object = attempt.known()
                .map(known -> "operator/" + known.person().id())
                .orElseGet(() -> "unknown-name/" + store.sealing().lookup(name));
        store.inTransaction(
                () -> audit.write(Audit.NOBODY, "sign-in", object, outcome, origin, Map.of("reason", reason)));
    }
}
