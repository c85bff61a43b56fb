package io.tsunagi.access;

import io.tsunagi.audit.Audit;
import io.tsunagi.config.Secret;
import io.tsunagi.config.Settings;
import io.tsunagi.config.SettingsException;
import io.tsunagi.store.Ids;
import io.tsunagi.store.Store;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Knows the people who sign in. Safe for many threads and nodes. */
public final class Operators {
    static final String SANDBOX = "sandbox";

    private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9._-]{0,79}");
    private static final String ADMIN_PASSWORD = "hub.access.first-admin-password";
    /** Published in the sandbox's documentation, so it protects nothing elsewhere. */
    static final String SANDBOX_PASSWORD = "sandbox-password-1";

    private static final String DEFAULT_LANGUAGE = "ja";
    private static final String DEFAULT_ZONE = "Asia/Tokyo";

    /** Hashes of the test people's published passwords: one a password and its cost, not one a person or a hub. */
    private static final Map<String, String> TEST_HASHES = new ConcurrentHashMap<>();

    private final Store store;
    private final Audit audit;
    private final Clock clock;
    private final Settings settings;
    private final PasswordRule rule;
    private final CommonPasswords common;
    private final Passwords passwords;

    public Operators(Store store, Audit audit, Clock clock, Passwords passwords, Settings settings) {
        this.passwords = passwords;
        this.store = store;
        this.audit = audit;
        this.clock = clock;
        this.settings = settings;
        this.rule = new PasswordRule(settings);
        this.common = new CommonPasswords(settings);
    }

    /** Gives a person, also one who may no longer sign in: their name still stands beside what they did. */
    public Optional<Person> find(OperatorId id) {
        return store.jdbc()
                .sql("select id, name, display_name, role, language, zone from operators where id = ?")
                .param(id.value())
                .query((row, i) -> person(row))
                .optional();
    }

    /** Gives the person who signs in with this name, in whatever case it is typed. */
    public Optional<Person> byName(String name) {
        return store.jdbc()
                .sql("select id, name, display_name, role, language, zone from operators where name = ?")
                .param(plain(name))
                .query((row, i) -> person(row))
                .optional();
    }

    /** Gives what customers see of a person; empty when they see the account only. */
    public Optional<Face> face(OperatorId id) {
        return store.jdbc()
                .sql("select nickname, icon_url from operators where id = ? and nickname is not null")
                .param(id.value())
                .query((row, i) -> new Face(row.getString("nickname"), row.getString("icon_url")))
                .optional();
    }

    /** Gives everybody who may sign in, by name. */
    public List<Person> all() {
        return store.jdbc().sql("""
                        select id, name, display_name, role, language, zone from operators
                        where disabled_at is null order by name
                        """).query((row, i) -> person(row)).list();
    }

    /**
     * Makes the people the hub cannot start without: the first administrator when there is nobody, the staff the
     * configuration names, and in the sandbox its test people; with their seats, brought to what the configuration says.
     * A password of staff is set once, when the person is made. Whom an administrator changed on the people's screen is
     * as they say there, whatever the configuration says; test people always are as it says.
     *
     * @throws SettingsException when test people or their password are found outside the sandbox, when the first
     *     administrator's password is missing or weak, or when a person's settings are wrong
     */
    public void prepare() {
        boolean sandbox = settings.profile().equals(SANDBOX);
        if (!sandbox) {
            refuseTestPeople();
        }
        store.inTransaction(() -> {
            if (sandbox) {
                settings.list("hub.access.people")
                        .forEach(name -> preparePerson("hub.access.people", testPersonId(name), name, true));
            }
            if (everybody().isEmpty()) {
                makeFirstAdmin(sandbox);
            }
            settings.list("hub.access.staff")
                    .forEach(name -> preparePerson("hub.access.staff", staffId(name), name, false));
        });
    }

    private void refuseTestPeople() {
        if (!settings.list("hub.access.people").isEmpty()) {
            throw new SettingsException(
                    "The setting hub.access.people makes test people with a published password and is"
                            + " allowed only in the profile sandbox. Remove it.");
        }
        if (settings.secret(ADMIN_PASSWORD).reveal().equals(SANDBOX_PASSWORD)) {
            throw new SettingsException(
                    "The password in " + ADMIN_PASSWORD + " is the published one of the sandbox. Choose another.");
        }
        String left = everybody().stream()
                .filter(person -> person.id().equals(testPersonId(person.name())))
                .map(Person::name)
                .collect(Collectors.joining(", "));
        if (!left.isEmpty()) {
            throw new SettingsException("The database holds the sandbox's test people (" + left
                    + "), whose password is published. Start with an empty database, or with the profile sandbox.");
        }
    }

    private List<Person> everybody() {
        return store.jdbc()
                .sql("select id, name, display_name, role, language, zone from operators order by name")
                .query((row, i) -> person(row))
                .list();
    }

    private void makeFirstAdmin(boolean sandbox) {
        String name = plain(settings.needed("hub.access.first-admin"));
        refuseBadName("hub.access.first-admin", name);
        Secret password = settings.secret(ADMIN_PASSWORD);
        if (password.isEmpty()) {
            throw new SettingsException("Nobody could sign in yet: set " + ADMIN_PASSWORD
                    + " (HUB_ACCESS_FIRST_ADMIN_PASSWORD in the environment, or a file named by " + ADMIN_PASSWORD
                    + "-file) for the first start.");
        }
        rule.refuseWeak(ADMIN_PASSWORD, password);
        common.refuseEasy(ADMIN_PASSWORD, password, name);
        OperatorId id = sandbox ? testPersonId(name) : staffId(name);
        insertOnce(new Person(id, name, name, Role.ADMIN, DEFAULT_LANGUAGE, DEFAULT_ZONE), password, sandbox);
    }

    private void preparePerson(String list, OperatorId id, String name, boolean test) {
        String key = "hub.access.person." + name + ".";
        refuseBadName(list, name);
        Person person = new Person(
                id,
                name,
                settings.find(key + "display-name").orElse(name),
                role(key + "role"),
                language(key + "language"),
                zone(key + "zone"));
        Secret password = settings.secret(key + "password");
        boolean known = find(id).isPresent();
        if (test || !known) {
            rule.refuseWeak(key + "password", password);
            common.refuseEasy(key + "password", password, name, person.displayName());
        }
        if (!test && password.reveal().equals(SANDBOX_PASSWORD)) {
            throw new SettingsException(
                    "The password in " + key + "password is the published one of the sandbox. Choose another.");
        }
        boolean fresh = !known && insertOnce(person, password, test);
        if (!test && keptHere(id)) {
            return;
        }
        store.jdbc()
                .sql("""
                        update operators set display_name = :displayName, role = :role, language = :language,
                            zone = :zone, nickname = :nickname, icon_url = :icon, kept_at = null
                        where id = :id
                        """)
                .param("nickname", nickname(key + "nickname"))
                .param("icon", icon(key + "icon"))
                .param("displayName", person.displayName())
                .param("role", person.role().word())
                .param("language", person.language())
                .param("zone", person.zone())
                .param("id", person.id().value())
                .update();
        if (test && !fresh) {
            store.jdbc()
                    .sql("""
                            update operators set failures = 0, locked_until = null, disabled_at = null, joined_at = ?
                            where id = ?
                            """)
                    .params(Store.at(clock.instant()), person.id().value())
                    .update();
            renewPassword(person, password);
        }
        settings.find(key + "team").filter(team -> !team.isEmpty()).ifPresent(team -> new SeatPlan(
                        team,
                        words(key + "skills"),
                        words(key + "languages"),
                        settings.whole("hub.dispatch.capacity", 1, 50))
                .keep(store, person.id(), clock.instant()));
    }

    private boolean keptHere(OperatorId id) {
        return store.jdbc()
                .sql("select kept_at from operators where id = ? and kept_at is not null")
                .param(id.value())
                .query((row, i) -> true)
                .optional()
                .orElse(false);
    }

    private void renewPassword(Person person, Secret password) {
        String hash = store.jdbc()
                .sql("select password_hash from operators where id = ?")
                .param(person.id().value())
                .query((row, i) -> Optional.ofNullable(row.getString("password_hash")))
                .single()
                .orElse(null);
        if (hash != null && hash.equals(TEST_HASHES.get(testKey(password)))) {
            return;
        }
        if (passwords.match(password, hash)) {
            TEST_HASHES.put(testKey(password), hash);
            return;
        }
        store.jdbc()
                .sql("update operators set password_hash = ? where id = ?")
                .params(testHash(password), person.id().value())
                .update();
    }

    private String testKey(Secret password) {
        return passwords.form() + password.reveal();
    }

    private String testHash(Secret password) {
        return TEST_HASHES.computeIfAbsent(testKey(password), published -> passwords.hash(password));
    }

    /** The id comes from the name, so that two nodes that start at the same moment make one person. */
    private boolean insertOnce(Person person, Secret password, boolean test) {
        Optional<Person> sameName = byName(person.name());
        if (sameName.isPresent() && !sameName.get().id().equals(person.id())) {
            throw new SettingsException("The database already holds a person named " + person.name()
                    + " who is not this one: test people and staff do not share a database. Start with an empty one.");
        }
        if (sameName.isPresent()) {
            return false;
        }
        int made = store.jdbc()
                .sql("""
                        insert into operators
                            (id, name, display_name, role, language, zone, password_hash, failures, created_at)
                        values (:id, :name, :displayName, :role, :language, :zone, :hash, 0, :now)
                        on conflict do nothing
                        """)
                .param("id", person.id().value())
                .param("name", person.name())
                .param("displayName", person.displayName())
                .param("role", person.role().word())
                .param("language", person.language())
                .param("zone", person.zone())
                .param("hash", test ? testHash(password) : passwords.hash(password))
                .param("now", Store.at(clock.instant()))
                .update();
        if (made == 1) {
            audit.write(
                    Audit.HUB,
                    "make-operator",
                    "operator/" + person.id(),
                    Audit.OK,
                    null,
                    Map.of("role", person.role().word()));
        }
        return made == 1;
    }

    static OperatorId staffId(String name) {
        return new OperatorId(Ids.derived("operator", name));
    }

    /** Test people can be told from others by their ids, whatever became of the configuration. */
    private static OperatorId testPersonId(String name) {
        return new OperatorId(Ids.derived("sandbox-operator", name));
    }

    private Role role(String key) {
        String word = settings.find(key).orElse(Role.OPERATOR.word());
        return Arrays.stream(Role.values())
                .filter(role -> role.word().equals(word))
                .findFirst()
                .orElseThrow(() -> new SettingsException("The setting " + key + " is '" + word
                        + "'; it must be operator, supervisor, admin, auditor or ops."));
    }

    private String language(String key) {
        String language = settings.find(key).orElse(DEFAULT_LANGUAGE);
        if (!language.equals("ja") && !language.equals("en")) {
            throw new SettingsException("The setting " + key + " is '" + language + "'; it must be ja or en.");
        }
        return language;
    }

    private String zone(String key) {
        return settings.find(key)
                .map(set -> settings.zone(key))
                .orElse(ZoneId.of(DEFAULT_ZONE))
                .getId();
    }

    private String nickname(String key) {
        String name = settings.find(key).orElse("");
        if (!nicknameFits(name)) {
            throw new SettingsException("The setting " + key + " is '" + name
                    + "'; LINE takes at most 20 letters, and no name that holds \"LINE\".");
        }
        return name.isEmpty() ? null : name;
    }

    /** What LINE takes as the name of a sender. */
    static boolean nicknameFits(String name) {
        return name.codePointCount(0, name.length()) <= 20
                && !name.toLowerCase(Locale.ROOT).contains("line");
    }

    private String icon(String key) {
        String url = settings.find(key).orElse("");
        if (!url.isEmpty() && !url.matches("https://\\S{1,992}")) {
            throw new SettingsException("The setting " + key + " is '" + url
                    + "'; it must be the https address of a square PNG picture of at most 1 MB.");
        }
        return url.isEmpty() ? null : url;
    }

    private String words(String key) {
        return settings.find(key).isEmpty() ? "" : String.join(",", settings.list(key));
    }

    static boolean nameFits(String name) {
        return NAME.matcher(name).matches();
    }

    private static void refuseBadName(String key, String name) {
        if (!nameFits(name)) {
            throw new SettingsException("The setting " + key + " holds the name '" + name
                    + "'; a name has up to 80 of a-z, 0-9, '.', '_' and '-'.");
        }
    }

    static String plain(String name) {
        return name.strip().toLowerCase(Locale.ROOT);
    }

    /** When somebody last signed in, joined or was made, from the columns of those names. */
    static Instant used(ResultSet row) throws SQLException {
        Instant used = Store.instant(row.getObject("created_at"));
        for (String column : List.of("last_seen", "joined_at")) {
            Instant at = Store.instant(row.getObject(column));
            used = at != null && at.isAfter(used) ? at : used;
        }
        return used;
    }

    static Person person(ResultSet row) throws SQLException {
        return new Person(
                new OperatorId(row.getObject("id", UUID.class)),
                row.getString("name"),
                row.getString("display_name"),
                Role.of(row.getString("role")),
                row.getString("language"),
                row.getString("zone"));
    }
}
