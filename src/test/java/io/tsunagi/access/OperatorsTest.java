package io.tsunagi.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tsunagi.audit.Audit;
import io.tsunagi.config.Settings;
import io.tsunagi.config.SettingsException;
import io.tsunagi.store.Dialect;
import io.tsunagi.store.Store;
import io.tsunagi.store.TestStores;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

@ParameterizedClass
@EnumSource(Dialect.class)
class OperatorsTest {
    private static final String ADMIN_PASSWORD = "hub.access.first-admin-password";

    @Parameter
    Dialect dialect;

    private final SettableClock clock = new SettableClock("2026-04-01T00:00:00Z");

    @Test
    void the_first_start_makes_one_administrator() {
        Settings settings = production(Map.of(ADMIN_PASSWORD, "a-long-password-7"));
        try (Store store = Store.open(settings)) {
            operators(store, settings).prepare();
            operators(store, settings).prepare();

            assertThat(operators(store, settings).all()).singleElement().satisfies(admin -> {
                assertThat(admin.name()).isEqualTo("admin");
                assertThat(admin.role()).isEqualTo(Role.ADMIN);
            });
            assertThat(People.cheapPasswords()
                            .match(
                                    settings.secret(ADMIN_PASSWORD),
                                    store.jdbc()
                                            .sql("select password_hash from operators")
                                            .query(String.class)
                                            .single()))
                    .isTrue();
        }
    }

    @Test
    void a_later_start_needs_no_password() {
        Settings first = production(Map.of(ADMIN_PASSWORD, "a-long-password-7"));
        try (Store store = Store.open(first)) {
            operators(store, first).prepare();
            Settings later = People.withProfile("", first, Map.of());

            operators(store, later).prepare();

            assertThat(operators(store, later).all()).hasSize(1);
        }
    }

    @Test
    void the_first_start_without_a_password_is_refused() {
        refused(production(Map.of()), "Nobody could sign in yet", "HUB_ACCESS_FIRST_ADMIN_PASSWORD");
    }

    @Test
    void a_weak_first_password_is_refused() {
        for (String weak : new String[] {"short-1", "only-letters-here", "123456789012345678"}) {
            refused(production(Map.of(ADMIN_PASSWORD, weak)), ADMIN_PASSWORD, "15 to 200 characters");
        }
    }

    @Test
    void test_people_are_refused_outside_the_sandbox() {
        refused(
                production(Map.of("hub.access.people", "aoi", ADMIN_PASSWORD, "a-long-password-7")),
                "hub.access.people",
                "only in the profile sandbox");
    }

    @Test
    void the_sandbox_password_is_refused_outside_the_sandbox() {
        refused(production(Map.of(ADMIN_PASSWORD, "sandbox-password-1")), ADMIN_PASSWORD, "published");
    }

    @Test
    void a_database_with_test_people_is_refused_outside_the_sandbox() {
        try (People people = People.of(dialect, Map.of())) {
            Settings production = People.withProfile("", people.settings, Map.of(ADMIN_PASSWORD, "a-long-password-7"));

            assertThatThrownBy(() -> operators(people.store, production).prepare())
                    .isInstanceOf(SettingsException.class)
                    .hasMessageContaining("test people (admin, aoi, sakura)");
        }
    }

    @Test
    void staff_are_made_once_with_a_seat_and_a_password_of_their_own() {
        Map<String, String> tanaka = new HashMap<>(Map.of(
                ADMIN_PASSWORD,
                "a-long-password-7",
                "hub.access.staff",
                "tanaka",
                "hub.access.person.tanaka.password",
                "another-long-one-8",
                "hub.access.person.tanaka.team",
                "support",
                "hub.access.person.tanaka.languages",
                "ja"));
        Settings first = production(tanaka);
        try (Store store = Store.open(first)) {
            operators(store, first).prepare();
            tanaka.remove("hub.access.person.tanaka.password");
            Settings later = People.withProfile("", first, tanaka);
            operators(store, later).prepare();

            assertThat(operators(store, later).byName("tanaka"))
                    .get()
                    .extracting(Person::role)
                    .isEqualTo(Role.OPERATOR);
            assertThat(store.jdbc()
                            .sql("select team from seats")
                            .query(String.class)
                            .list())
                    .containsExactly("support");
        }
    }

    @Test
    void staff_with_the_published_password_are_refused() {
        refused(
                production(Map.of(
                        ADMIN_PASSWORD,
                        "a-long-password-7",
                        "hub.access.staff",
                        "tanaka",
                        "hub.access.person.tanaka.password",
                        "sandbox-password-1")),
                "hub.access.person.tanaka.password",
                "published");
    }

    @Test
    void a_production_database_is_refused_by_the_sandbox() {
        Settings production = production(Map.of(ADMIN_PASSWORD, "a-long-password-7"));
        try (Store store = Store.open(production)) {
            operators(store, production).prepare();
            Settings sandbox = People.withProfile("sandbox", production, sandboxPeople());

            assertThatThrownBy(() -> operators(store, sandbox).prepare())
                    .isInstanceOf(SettingsException.class)
                    .hasMessageContaining("do not share a database");
        }
    }

    @Test
    void a_test_person_has_an_empty_seat_that_keeps_its_work_over_a_restart() {
        try (People people = People.of(dialect, Map.of("hub.dispatch.capacity", "4"))) {
            assertThat(seat(people)).isEqualTo("pay card,kyc ja,en away 4 0");
            people.store
                    .jdbc()
                    .sql("update seats set presence = 'available', load = 2")
                    .update();

            people.operators.prepare();

            assertThat(seat(people)).isEqualTo("pay card,kyc ja,en available 4 2");
            assertThat(people.store
                            .jdbc()
                            .sql("select count(*) from seats")
                            .query(Long.class)
                            .single())
                    .isOne();
        }
    }

    @Test
    void a_test_person_follows_the_configuration() {
        try (People people = People.of(dialect, Map.of())) {
            Map<String, String> changed = new HashMap<>(sandboxPeople());
            changed.put("hub.access.person.admin.role", "supervisor");
            changed.put("hub.access.person.admin.password", "another-password-2");
            Settings later = People.withProfile("sandbox", people.settings, changed);
            Operators operators = operators(people.store, later);

            operators.prepare();

            assertThat(operators.byName("admin").orElseThrow().role()).isEqualTo(Role.SUPERVISOR);
            SignIn signIn = new SignIn(
                    people.store, people.sessions, people.factor, people.audit, clock, People.cheapPasswords(), later);
            assertThat(signIn.signIn(
                            "admin", later.secret("hub.access.person.admin.password"), null, "192.0.2.1", null))
                    .isInstanceOf(SignIn.Outcome.Welcome.class);
            assertThat(signIn.signIn("admin", People.PASSWORD, null, "192.0.2.1", null))
                    .isInstanceOf(SignIn.Outcome.Refused.class);
        }
    }

    @Test
    void a_wrong_role_or_language_is_one_sentence() {
        Map<String, String> role = new HashMap<>(sandboxPeople());
        role.put("hub.access.person.admin.role", "boss");
        refused(
                People.withProfile("sandbox", TestStores.settings(dialect, Map.of()), role),
                "hub.access.person.admin.role is 'boss'",
                "operator, supervisor, admin, auditor or ops");
        Map<String, String> language = new HashMap<>(sandboxPeople());
        language.put("hub.access.person.admin.language", "fr");
        refused(
                People.withProfile("sandbox", TestStores.settings(dialect, Map.of()), language),
                "hub.access.person.admin.language is 'fr'");
    }

    private static Map<String, String> sandboxPeople() {
        return Map.of("hub.access.people", "admin", "hub.access.person.admin.password", "sandbox-password-1");
    }

    private Settings production(Map<String, String> more) {
        return People.withProfile("", TestStores.settings(dialect, Map.of()), more);
    }

    private Operators operators(Store store, Settings settings) {
        return new Operators(store, new Audit(store, clock), clock, People.cheapPasswords(), settings);
    }

    private void refused(Settings settings, String... sentence) {
        try (Store store = Store.open(settings)) {
            assertThatThrownBy(() -> operators(store, settings).prepare())
                    .isInstanceOf(SettingsException.class)
                    .hasMessageContainingAll(sentence);
            assertThat(operators(store, settings).all()).isEmpty();
        }
    }

    private static String seat(People people) {
        return people.store
                .jdbc()
                .sql("select team, skills, languages, presence, capacity, load from seats where operator = ?")
                .param(people.id("aoi").value())
                .query((row, i) -> String.join(
                        " ",
                        row.getString(1),
                        row.getString(2),
                        row.getString(3),
                        row.getString(4),
                        row.getString(5),
                        row.getString(6)))
                .single();
    }
}
