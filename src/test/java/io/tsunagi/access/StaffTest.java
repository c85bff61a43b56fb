package io.tsunagi.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tsunagi.store.Dialect;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** S21 */
@ParameterizedClass
@EnumSource(Dialect.class)
class StaffTest {
    private static final String DESK = "192.0.2.7";

    @Parameter
    Dialect dialect;

    private People people;

    @BeforeEach
    void open() {
        people = People.of(dialect, Map.of());
    }

    @AfterEach
    void close() {
        people.close();
    }

    static Staff.Form form(Role role, String team) {
        return new Staff.Form(
                "花", "はな", role, "ja", "Asia/Tokyo", team, List.of("card", "kyc"), List.of("ja", "en"), 4);
    }

    private Staff.Member add(String name, Role role) {
        return people.staff.add(name, form(role, "pay"), people.id("admin"), DESK);
    }

    @Test
    void somebody_added_has_a_seat_and_no_password() {
        Staff.Member hana = add("Hana ", Role.OPERATOR);

        assertThat(hana.name()).isEqualTo("hana");
        assertThat(hana.team()).isEqualTo("pay");
        assertThat(hana.skills()).containsExactly("card", "kyc");
        assertThat(hana.capacity()).isEqualTo(4);
        assertThat(hana.state()).isEqualTo("invited");
        assertThat(hana.bySettings()).isFalse();
        assertThat(people.operators.face(people.id("hana")).orElseThrow().nickname())
                .isEqualTo("はな");
        assertThat(people.signIn.signIn("hana", People.PASSWORD, null, DESK, null))
                .isEqualTo(new SignIn.Outcome.Refused());
        assertThat(people.audited("make-operator")).endsWith(people.id("admin") + " ok");
    }

    @Test
    void the_list_is_given_in_parts_and_searched_by_names_and_teams() {
        add("hana", Role.OPERATOR);

        Staff.Page first = people.staff.page("", 0, 3);
        assertThat(first.total()).isEqualTo(4);
        assertThat(first.people()).extracting(Staff.Member::name).containsExactly("admin", "aoi", "hana");
        assertThat(people.staff.page("", 3, 3).people())
                .extracting(Staff.Member::name)
                .containsExactly("sakura");
        assertThat(people.staff.page("PAY", 0, 50).people())
                .extracting(Staff.Member::name)
                .containsExactly("aoi", "hana");
        assertThat(people.staff.page("さく", 0, 50).people())
                .extracting(Staff.Member::name)
                .containsExactly("sakura");
        assertThat(people.staff.page("%", 0, 50).people()).isEmpty();
        assertThat(people.staff.page("_", 0, 50).total()).isZero();
    }

    @Test
    void what_the_screen_changed_stays_and_what_it_did_not_follows_the_settings() {
        assertThat(people.staff.find(people.id("aoi")).orElseThrow().bySettings())
                .isTrue();
        Map<String, String> settings = new java.util.HashMap<>(Map.of(
                "hub.access.first-admin-password",
                "a-long-password-7",
                "hub.access.staff",
                "tanaka,suzuki",
                "hub.access.person.tanaka.password",
                "another-long-one-8",
                "hub.access.person.tanaka.team",
                "support",
                "hub.access.person.suzuki.password",
                "another-long-one-8",
                "hub.access.person.suzuki.team",
                "support"));
        try (People production = People.production(dialect, settings)) {
            production.operators.prepare();
            production.staff.change(
                    production.id("tanaka"), form(Role.SUPERVISOR, "pay"), production.id("admin"), DESK);
            production.operators.prepare();

            Staff.Member tanaka = production.staff.find(production.id("tanaka")).orElseThrow();
            assertThat(tanaka.role()).isEqualTo("supervisor");
            assertThat(tanaka.team()).isEqualTo("pay");
            assertThat(tanaka.capacity()).isEqualTo(4);
            Staff.Member suzuki = production.staff.find(production.id("suzuki")).orElseThrow();
            assertThat(suzuki.team()).isEqualTo("support");
            assertThat(suzuki.bySettings()).isTrue();
            assertThat(production
                            .staff
                            .find(production.id("admin"))
                            .orElseThrow()
                            .bySettings())
                    .as("the first administrator is made once, and no setting changes them")
                    .isFalse();
        }
    }

    @Test
    void who_is_disabled_is_out_and_leaves_the_seat() {
        String session = people.signIn("aoi").session().hash();
        people.store
                .jdbc()
                .sql("update seats set presence = 'available', load = 1")
                .update();

        assertThat(people.staff
                        .disable(people.id("aoi"), people.id("admin"), DESK)
                        .state())
                .isEqualTo("disabled");

        assertThat(people.sessions.alive(Set.of(session))).isEmpty();
        assertThat(people.store
                        .jdbc()
                        .sql("select count(*) from seats where lost_at is not null")
                        .query(Long.class)
                        .single())
                .as("the next look at screens gives back what they have")
                .isOne();
        assertThat(people.audited("disable-operator")).containsExactly(people.id("admin") + " ok");
    }

    @Test
    void another_role_ends_the_sessions_and_the_same_one_does_not() {
        String session = people.signIn("aoi").session().hash();
        people.staff.change(people.id("aoi"), form(Role.OPERATOR, "pay"), people.id("admin"), DESK);
        assertThat(people.sessions.alive(Set.of(session))).isNotEmpty();

        Staff.Member op = people.staff.change(people.id("aoi"), form(Role.OPS, ""), people.id("admin"), DESK);

        assertThat(op.team()).isNull();
        assertThat(op.capacity()).isNull();
        assertThat(people.sessions.alive(Set.of(session))).isEmpty();
        assertThat(people.operators.find(people.id("aoi")).orElseThrow().role()).isEqualTo(Role.OPS);
    }

    @Test
    void the_last_administrator_stays_one() {
        OperatorId admin = people.id("admin");
        add("second", Role.ADMIN);

        refused("last-admin", () -> people.staff.disable(admin, admin, DESK));
        refused("last-admin", () -> people.staff.change(admin, form(Role.OPERATOR, "pay"), admin, DESK));
        people.store
                .jdbc()
                .sql("update operators set password_hash = ? where name = 'second'")
                .param(people.passwords.hash(People.PASSWORD))
                .update();

        assertThat(people.staff.disable(admin, people.id("second"), DESK).state())
                .isEqualTo("disabled");
        refused("last-admin", () -> people.staff.disable(people.id("second"), people.id("second"), DESK));
    }

    @Test
    void an_administrator_who_was_away_for_too_long_is_none_who_stays() {
        OperatorId admin = people.id("admin");
        add("second", Role.ADMIN);
        people.store
                .jdbc()
                .sql("update operators set password_hash = ? where name = 'second'")
                .param(people.passwords.hash(People.PASSWORD))
                .update();
        people.clock.forward(Duration.ofDays(60));
        assertThat(people.signIn.signIn("admin", People.PASSWORD, null, DESK, null))
                .isInstanceOf(SignIn.Outcome.Welcome.class);
        people.clock.forward(Duration.ofDays(60));

        refused("last-admin", () -> people.staff.disable(admin, admin, DESK));
        assertThat(people.staff.disable(people.id("second"), admin, DESK).state())
                .isEqualTo("disabled");
    }

    @Test
    void a_name_is_given_once_and_nobody_is_nobody() {
        refused("name-taken", () -> add("aoi", Role.OPERATOR));
        add("hana", Role.OPERATOR);
        refused("name-taken", () -> add("hana", Role.OPERATOR));
        OperatorId nobody = new OperatorId(UUID.randomUUID());
        refused("not-found", () -> people.staff.disable(nobody, people.id("admin"), DESK));
        refused("not-found", () -> people.staff.invite(nobody, people.id("admin"), DESK));
    }

    private static void refused(String code, Runnable act) {
        assertThatThrownBy(act::run).isInstanceOfSatisfying(Staff.NotPossibleException.class, e -> assertThat(e.code())
                .isEqualTo(code));
    }

    @Test
    void what_does_not_fit_is_refused_with_what_to_do() {
        assertThatThrownBy(() -> add("Señor X", Role.OPERATOR)).hasMessageContaining("a-z, 0-9");
        assertThatThrownBy(() -> form(Role.OPERATOR, "")).hasMessageContaining("need a team");
        assertThatThrownBy(() -> form(Role.OPERATOR, "a,b")).hasMessageContaining("one word");
        assertThatThrownBy(
                        () -> new Staff.Form("花", "LINEさん", Role.OPS, "ja", "Asia/Tokyo", "", List.of(), List.of(), 4))
                .hasMessageContaining("20 letters");
        assertThatThrownBy(() -> new Staff.Form("花", "", Role.OPS, "ja", "Tokyo", "", List.of(), List.of(), 4))
                .hasMessageContaining("Asia/Tokyo");
        assertThatThrownBy(
                        () -> new Staff.Form("花", "", Role.OPS, "ja", "Asia/Tokyo", "", List.of("a b"), List.of(), 4))
                .hasMessageContaining("commas");
        assertThatThrownBy(() -> new Staff.Form("花", "", Role.OPS, "ja", "Asia/Tokyo", "", List.of(), List.of(), 51))
                .hasMessageContaining("1 to 50");
    }
}
