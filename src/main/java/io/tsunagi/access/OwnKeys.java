package io.tsunagi.access;

import io.tsunagi.audit.Audit;
import io.tsunagi.config.Secret;
import io.tsunagi.config.Settings;
import io.tsunagi.store.Store;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/**
 * Lets people add security keys to their name and take them away. The password is asked for each time, so that a session left
 * open gives nobody a way in of their own; wrong ones count for the lock ({@link LockOut}). The last second factor stays
 * where one is required. Each act is audited in its own transaction.
 *
 * <p>Takes tens of milliseconds of a core: never call it on an event loop. Safe for many threads and nodes.
 */
public final class OwnKeys {
    /** What became of it. */
    sealed interface Outcome {
        /** The browser makes a key from these options. */
        record Begun(Map<String, Object> options) implements Outcome {}

        record Added(SecurityKeys.Key key) implements Outcome {}

        record Removed() implements Outcome {}

        /** The password is wrong. */
        record Refused() implements Outcome {}

        /** The key's answer is not right, came too late, or somebody has this key. */
        record NotTaken() implements Outcome {}

        /** There is no such key. */
        record Unknown() implements Outcome {}

        /** It is the last second factor. */
        record Last() implements Outcome {}

        /** They have as many as one may have. */
        record Full() implements Outcome {}

        /** The console's address is none for keys. */
        record NotHere(String why) implements Outcome {}

        record Locked(Instant until) implements Outcome {}
    }

    /**
     * A person's keys.
     *
     * @param whyNot why none can be added; null when they can
     */
    record Shown(List<SecurityKeys.Key> keys, String whyNot) {}

    private static final String ADD = "add-key";
    private static final String REMOVE = "remove-key";

    private final Store store;
    private final Sessions sessions;
    private final SecondFactor factor;
    private final SecurityKeys keys;
    private final Audit audit;
    private final LockOut lockOut;
    private final Passwords passwords;

    public OwnKeys(
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
        this.keys = factor.keys();
        this.audit = audit;
        this.lockOut = new LockOut(store, clock, settings);
    }

    Shown show(OperatorId person) {
        return new Shown(keys.of(person), keys.whyNot().orElse(null));
    }

    /** @param session hash of the caller's session, in which the answer must come */
    Outcome begin(OperatorId person, String session, Secret password, String origin) {
        Optional<String> whyNot = keys.whyNot();
        if (whyNot.isPresent()) {
            return new Outcome.NotHere(whyNot.get());
        }
        return proven(ADD, person, password, origin)
                .orElseGet(() -> store.inTransaction(() -> {
                    Person found = lock(person);
                    return keys.of(person).size() >= SecurityKeys.MOST
                            ? new Outcome.Full()
                            : new Outcome.Begun(keys.toAdd(found, session));
                }));
    }

    /**
     * Keeps the key that was made from {@link #begin}'s options.
     *
     * @param session hash of the caller's session
     * @param name of 1 to 60 letters, by which its owner knows it
     */
    Outcome add(OperatorId person, String session, String name, String answer, String origin) {
        return store.inTransaction(() -> {
            lock(person);
            Optional<SecurityKeys.Key> added = keys.add(person, session, name, answer);
            write(
                    person,
                    ADD,
                    added.isPresent() ? Audit.OK : Audit.FAILED,
                    origin,
                    added.map(key -> Map.of("key", key.id().toString(), "name", name))
                            .orElse(Map.of("reason", "not-taken")));
            return added.<Outcome>map(Outcome.Added::new).orElseGet(Outcome.NotTaken::new);
        });
    }

    /**
     * Takes a key away. Who lost it may have left it to somebody: the person's other sessions end.
     *
     * @param session hash of the caller's session
     */
    Outcome remove(OperatorId person, String session, UUID key, Secret password, String origin) {
        return proven(REMOVE, person, password, origin)
                .orElseGet(() -> store.inTransaction(() -> {
                    lock(person);
                    if (factor.required() && factor.onlyKey(person)) {
                        return new Outcome.Last();
                    }
                    return keys.remove(person, key)
                            .<Outcome>map(gone -> {
                                sessions.endAll(person, session);
                                write(
                                        person,
                                        REMOVE,
                                        Audit.OK,
                                        origin,
                                        Map.of("key", key.toString(), "name", gone.name()));
                                return new Outcome.Removed();
                            })
                            .orElseGet(Outcome.Unknown::new);
                }));
    }

    /** Two of a person's screens act one after the other. */
    private Person lock(OperatorId person) {
        return store.jdbc()
                .sql("select id, name, display_name, role, language, zone from operators where id = ? for update")
                .param(person.value())
                .query((row, i) -> Operators.person(row))
                .single();
    }

    /** Empty when the password is right. */
    private Optional<Outcome> proven(String act, OperatorId person, Secret password, String origin) {
        LockOut.Try tried = lockOut.take(person);
        if (!tried.allowed()) {
            store.inTransaction(() -> write(person, act, Audit.REFUSED, origin, Map.of("reason", "locked")));
            return Optional.of(new Outcome.Locked(tried.lockedUntil()));
        }
        String hash = store.jdbc()
                .sql("select password_hash from operators where id = ?")
                .param(person.value())
                .query((row, i) -> Optional.ofNullable(row.getString(1)))
                .single()
                .orElse(null);
        if (lockOut.look(person, () -> passwords.match(password, hash))) {
            store.inTransaction(() -> lockOut.giveBack(person));
            return Optional.empty();
        }
        store.inTransaction(() -> write(person, act, Audit.FAILED, origin, Map.of("reason", "wrong")));
        return Optional.of(
                tried.lockedUntil() == null ? new Outcome.Refused() : new Outcome.Locked(tried.lockedUntil()));
    }

    private void write(OperatorId person, String act, String outcome, String origin, Map<String, String> detail) {
        audit.write(person.toString(), act, "operator/" + person, outcome, origin, detail);
    }
}
