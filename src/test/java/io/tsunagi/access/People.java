package io.tsunagi.access;

import io.tsunagi.audit.Audit;
import io.tsunagi.config.Secret;
import io.tsunagi.config.Settings;
import io.tsunagi.store.Dialect;
import io.tsunagi.store.Signals;
import io.tsunagi.store.Store;
import io.tsunagi.store.TestStores;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A hub's people on a real database: aoi (operator), sakura (supervisor) and admin, as in the sandbox. */
final class People implements AutoCloseable {
    static final Secret PASSWORD = new Secret("sandbox-password-1");

    final SettableClock clock = new SettableClock("2026-04-01T00:00:00Z");
    final Passwords passwords = cheapPasswords();
    final Settings settings;
    final Store store;
    final Audit audit;
    final Operators operators;
    final Sessions sessions;
    final EndedSessions ended;
    final SecondFactor factor;
    final SignIn signIn;
    final Invitations invitations;
    final Staff staff;
    final ProviderSignIn provider;

    private People(Settings settings) {
        this.settings = settings;
        store = Store.open(settings);
        audit = new Audit(store, clock);
        operators = new Operators(store, audit, clock, passwords, settings);
        sessions = new Sessions(store, clock, settings);
        ended = new EndedSessions(store, audit, clock, settings);
        factor = new SecondFactor(store, clock, settings);
        signIn = new SignIn(store, sessions, factor, audit, clock, passwords, settings);
        invitations = new Invitations(store, sessions, factor, audit, clock, passwords, settings);
        staff = new Staff(store, sessions, factor, invitations, new Signals(), audit, clock, settings);
        provider = new ProviderSignIn(store, signIn, staff, audit, clock, settings);
    }

    /** For tests of what stands around passwords, which check a thousand: a thousandth of the real cost. */
    static Passwords cheapPasswords() {
        return new Passwords(16, 8, Duration.ofSeconds(20));
    }

    /** None is checked: as many are being checked as may. */
    static Passwords busyPasswords() {
        return new Passwords(16, 0, Duration.ZERO);
    }

    static People of(Dialect dialect, Map<String, String> more) {
        People people = new People(sandbox(dialect, more));
        people.operators.prepare();
        return people;
    }

    /** Gives a hub that is not the sandbox, where nobody was made yet. */
    static People production(Dialect dialect, Map<String, String> more) {
        return new People(withProfile("", TestStores.settings(dialect, Map.of()), more));
    }

    /** A profile is a file of its own; nothing but the profile's name matters here. */
    static Settings sandbox(Dialect dialect, Map<String, String> more) {
        Map<String, String> people = new HashMap<>(Map.of("hub.access.people", "aoi,sakura,admin"));
        person(people, "aoi", "operator", "葵");
        person(people, "sakura", "supervisor", "さくら");
        person(people, "admin", "admin", "Admin");
        people.put("hub.access.person.aoi.team", "pay");
        people.put("hub.access.person.aoi.skills", "card, kyc");
        people.put("hub.access.person.aoi.languages", "ja,en");
        people.putAll(more);
        return withProfile("sandbox", TestStores.settings(dialect, Map.of()), people);
    }

    /** Gives the same database to a hub with another profile or other settings. */
    static Settings withProfile(String profile, Settings database, Map<String, String> more) {
        Map<String, String> all = new HashMap<>();
        for (String key : List.of(
                "hub.store.url", "hub.store.user", "hub.store.key-dir", "hub.media.key-dir", "hub.store.connections")) {
            all.put(key, database.text(key));
        }
        try {
            Path folder = Files.createTempDirectory(Path.of("target"), "people-");
            folder.toFile().deleteOnExit();
            if (!profile.isEmpty()) {
                Files.writeString(folder.resolve(profile + ".properties"), "");
            }
            all.put("hub.audit.head-file", folder.resolve("audit-head").toString());
            all.put("hub.access.second-factor", "off");
            all.putAll(more);
            return Settings.load(folder, profile, Map.of(), all);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static void person(Map<String, String> people, String name, String role, String displayName) {
        String key = "hub.access.person." + name + ".";
        people.put(key + "display-name", displayName);
        people.put(key + "role", role);
        people.put(key + "language", "ja");
        people.put(key + "password", PASSWORD.reveal());
    }

    OperatorId id(String name) {
        return operators.byName(name).orElseThrow().id();
    }

    /** Every audited act of a kind in its order: who, what became of it. */
    java.util.List<String> audited(String act) {
        return store.jdbc()
                .sql("select actor, outcome from audit where act = ? order by seq")
                .param(act)
                .query((row, i) -> row.getString(1) + " " + row.getString(2))
                .list();
    }

    Sessions.Opened signIn(String name) {
        return store.inTransaction(() -> sessions.open(id(name)));
    }

    @Override
    public void close() {
        store.close();
    }
}
