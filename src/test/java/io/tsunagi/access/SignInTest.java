package io.tsunagi.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tsunagi.config.Secret;
import io.tsunagi.store.Dialect;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** S25, S27 */
@ParameterizedClass
@EnumSource(Dialect.class)
class SignInTest {
    private static final Secret WRONG = new Secret("wrong-password-1");
    private static final String DESK = "192.0.2.7";

    @Parameter
    Dialect dialect;

    private People people;

    @BeforeEach
    void open() {
        people = People.of(dialect, Map.of("hub.access.lock-after-failures", "3", "hub.access.address-failures", "8"));
    }

    @AfterEach
    void close() {
        people.close();
    }

    @Test
    void the_right_password_opens_a_session() {
        SignIn.Outcome outcome = signIn("Aoi ", People.PASSWORD);

        assertThat(outcome).isInstanceOfSatisfying(SignIn.Outcome.Welcome.class, welcome -> {
            assertThat(welcome.person().displayName()).isEqualTo("葵");
            assertThat(people.sessions.alive(
                            Set.of(Sessions.hash(welcome.opened().token()))))
                    .isNotEmpty();
        });
        assertThat(audited()).containsExactly(people.id("aoi") + " sign-in ok");
    }

    @Test
    void the_token_is_nowhere_in_the_database_and_in_no_text() {
        SignIn.Outcome.Welcome welcome = welcome("aoi");

        assertThat(people.store
                        .jdbc()
                        .sql("select count(*) from sessions where id = ? or csrf = ?")
                        .params(welcome.opened().token(), welcome.opened().token())
                        .query(Long.class)
                        .single())
                .isZero();
        assertThat(welcome.toString()).doesNotContain(welcome.opened().token());
    }

    @Test
    void a_wrong_password_and_an_unknown_name_get_the_same_answer() {
        assertThat(signIn("aoi", WRONG)).isEqualTo(signIn("nobody", WRONG));
        assertThat(signIn("aoi", WRONG)).isEqualTo(signIn("nobody", WRONG));
        assertThat(signIn("aoi", WRONG)).isEqualTo(signIn("nobody", WRONG)).isInstanceOf(SignIn.Outcome.Locked.class);
    }

    @Test
    void an_unknown_name_costs_about_as_much_time_as_a_wrong_password() {
        people.close();
        people = People.of(
                dialect, Map.of("hub.access.address-failures", "1000", "hub.access.lock-after-failures", "10"));
        // The first checks of a JVM are not compiled yet, whoever they are for.
        fastestOf("aoi");
        long known = fastestOf("aoi");
        long unknown = fastestOf("nobody");

        assertThat(Duration.ofNanos(unknown)).isBetween(Duration.ofNanos(known / 3), Duration.ofNanos(known * 3));
    }

    @Test
    void a_name_is_locked_after_too_many_failures_even_for_the_right_password() {
        signIn("aoi", WRONG);
        signIn("aoi", WRONG);
        assertThat(signIn("aoi", WRONG))
                .isEqualTo(new SignIn.Outcome.Locked(people.clock.instant().plus(Duration.ofMinutes(30))));

        assertThat(signIn("aoi", People.PASSWORD)).isInstanceOf(SignIn.Outcome.Locked.class);
        assertThat(signIn("sakura", People.PASSWORD)).isInstanceOf(SignIn.Outcome.Welcome.class);
        assertThat(audited())
                .containsExactly(
                        "nobody sign-in failed",
                        "nobody sign-in failed",
                        "nobody sign-in failed",
                        "nobody sign-in refused",
                        people.id("sakura") + " sign-in ok");
    }

    @Test
    void a_try_at_which_too_many_passwords_were_being_checked_locks_no_name_but_slows_its_address() {
        SignIn busy = new SignIn(
                people.store,
                people.sessions,
                people.factor,
                people.audit,
                people.clock,
                People.busyPasswords(),
                people.settings);
        for (String name : List.of("aoi", "nobody", "aoi", "nobody", "aoi", "nobody", "aoi", "nobody")) {
            assertThatThrownBy(() -> busy.signIn(name, People.PASSWORD, null, "192.0.2.8", null))
                    .as(name)
                    .isInstanceOf(Passwords.BusyException.class);
        }

        assertThat(signIn("nobody", WRONG)).isEqualTo(new SignIn.Outcome.Refused());
        assertThat(signIn("aoi", People.PASSWORD)).isInstanceOf(SignIn.Outcome.Welcome.class);
        assertThat(busy.signIn("aoi", People.PASSWORD, null, "192.0.2.8", null))
                .isInstanceOf(SignIn.Outcome.Slowed.class);
    }

    @Test
    void a_lock_holds_on_every_node() {
        SignIn otherNode = new SignIn(
                people.store,
                people.sessions,
                people.factor,
                people.audit,
                people.clock,
                people.passwords,
                people.settings);
        signIn("aoi", WRONG);
        signIn("aoi", WRONG);
        signIn("aoi", WRONG);

        assertThat(otherNode.signIn("aoi", People.PASSWORD, null, "192.0.2.8", null))
                .isInstanceOf(SignIn.Outcome.Locked.class);
    }

    @Test
    void a_lock_is_over_after_its_time() {
        signIn("aoi", WRONG);
        signIn("aoi", WRONG);
        signIn("aoi", WRONG);
        people.clock.forward(Duration.ofMinutes(30).minusSeconds(1));
        assertThat(signIn("aoi", People.PASSWORD)).isInstanceOf(SignIn.Outcome.Locked.class);

        people.clock.forward(Duration.ofSeconds(1));

        assertThat(signIn("aoi", WRONG)).isInstanceOf(SignIn.Outcome.Refused.class);
        assertThat(signIn("aoi", People.PASSWORD)).isInstanceOf(SignIn.Outcome.Welcome.class);
    }

    @Test
    void a_success_clears_the_failures_before_it() {
        signIn("aoi", WRONG);
        signIn("aoi", WRONG);
        assertThat(signIn("aoi", People.PASSWORD)).isInstanceOf(SignIn.Outcome.Welcome.class);
        signIn("aoi", WRONG);

        assertThat(signIn("aoi", WRONG)).isInstanceOf(SignIn.Outcome.Refused.class);
    }

    @Test
    void guesses_at_the_same_moment_count_one_by_one() throws Exception {
        ExecutorService attacker = Executors.newFixedThreadPool(6);
        Callable<SignIn.Outcome> guess = () -> people.signIn.signIn("aoi", WRONG, null, "192.0.2.9", null);
        try {
            List<Future<SignIn.Outcome>> guesses =
                    attacker.invokeAll(List.of(guess, guess, guess, guess, guess, guess));
            long refused = 0;
            for (Future<SignIn.Outcome> outcome : guesses) {
                refused += outcome.get() instanceof SignIn.Outcome.Refused ? 1 : 0;
            }
            assertThat(refused).isEqualTo(2);
        } finally {
            attacker.shutdownNow();
        }
        assertThat(checkedPasswords()).isEqualTo(3);
    }

    @Test
    void an_address_that_fails_too_often_has_to_wait_and_others_do_not() {
        for (int i = 0; i < 8; i++) {
            signIn("nobody" + i, WRONG);
        }

        assertThat(signIn("aoi", People.PASSWORD))
                .isEqualTo(new SignIn.Outcome.Slowed(people.clock.instant().plus(Duration.ofMinutes(10))));
        assertThat(people.signIn.signIn("aoi", People.PASSWORD, null, "192.0.2.8", null))
                .isInstanceOf(SignIn.Outcome.Welcome.class);
        people.clock.forward(Duration.ofMinutes(10));
        assertThat(signIn("aoi", People.PASSWORD)).isInstanceOf(SignIn.Outcome.Welcome.class);
    }

    /** Who has one address of IPv6 has as many as they like. */
    @Test
    void whoever_changes_the_last_half_of_an_ipv6_address_stays_the_same_caller() {
        for (int i = 0; i < 8; i++) {
            people.signIn.signIn("nobody" + i, WRONG, null, "2001:db8:0:7:" + i + ":0:0:" + i, null);
        }

        assertThat(people.signIn.signIn("aoi", People.PASSWORD, null, "2001:db8:0:7:ffff::1", null))
                .isInstanceOf(SignIn.Outcome.Slowed.class);
        assertThat(people.signIn.signIn("aoi", People.PASSWORD, null, "2001:db8:0:8::1", null))
                .isInstanceOf(SignIn.Outcome.Welcome.class);
    }

    @Test
    void an_office_that_signs_in_rightly_is_never_slowed() {
        for (int i = 0; i < 10; i++) {
            assertThat(signIn("aoi", People.PASSWORD)).isInstanceOf(SignIn.Outcome.Welcome.class);
        }
    }

    @Test
    void a_disabled_person_gets_the_answer_of_a_wrong_password_and_loses_the_session() {
        String token = welcome("aoi").opened().token();
        people.staff.disable(people.id("aoi"), people.id("admin"), DESK);

        assertThat(people.sessions.alive(Set.of(Sessions.hash(token)))).isEmpty();
        assertThat(signIn("aoi", People.PASSWORD)).isEqualTo(new SignIn.Outcome.Refused());
        assertThat(people.operators.find(people.id("aoi"))).isPresent();
        assertThat(people.operators.all()).extracting(Person::name).containsExactly("admin", "sakura");
    }

    @Test
    void a_name_unused_for_ninety_days_needs_an_invitation_which_only_the_right_password_is_told() {
        signIn("aoi", People.PASSWORD);
        people.clock.forward(Duration.ofDays(90).minusSeconds(1));
        assertThat(signIn("aoi", People.PASSWORD)).isInstanceOf(SignIn.Outcome.Welcome.class);
        people.clock.forward(Duration.ofDays(90));

        assertThat(signIn("aoi", People.PASSWORD)).isEqualTo(new SignIn.Outcome.Unused());
        assertThat(signIn("aoi", WRONG)).isEqualTo(new SignIn.Outcome.Refused());
        assertThat(people.staff.find(people.id("aoi")).orElseThrow().state()).isEqualTo("unused");
    }

    @Test
    void signing_in_again_ends_the_session_of_before() {
        String before = Sessions.hash(welcome("aoi").opened().token());
        people.signIn.signIn("aoi", People.PASSWORD, null, DESK, before);

        assertThat(people.sessions.alive(Set.of(before))).isEmpty();
    }

    @Test
    void an_unknown_name_is_not_written_down() {
        signIn("my-own-secret-9", WRONG);

        assertThat(people.store
                        .jdbc()
                        .sql("select object from audit where act = 'sign-in'")
                        .query(String.class)
                        .single())
                .startsWith("unknown-name/")
                .doesNotContain("secret");
    }

    @Test
    void nobody_signs_in_when_it_cannot_be_audited() {
        people.store.jdbc().sql("alter table audit rename to audit_away").update();

        assertThatThrownBy(() -> signIn("aoi", People.PASSWORD)).isInstanceOf(RuntimeException.class);
        assertThat(people.store
                        .jdbc()
                        .sql("select count(*) from sessions")
                        .query(Long.class)
                        .single())
                .isZero();
    }

    private SignIn.Outcome signIn(String name, Secret password) {
        return people.signIn.signIn(name, password, null, DESK, null);
    }

    private SignIn.Outcome.Welcome welcome(String name) {
        return (SignIn.Outcome.Welcome) signIn(name, People.PASSWORD);
    }

    private long fastestOf(String name) {
        long fastest = Long.MAX_VALUE;
        for (int i = 0; i < 5; i++) {
            long start = System.nanoTime();
            signIn(name, WRONG);
            fastest = Math.min(fastest, System.nanoTime() - start);
        }
        return fastest;
    }

    private List<String> audited() {
        return people.store
                .jdbc()
                .sql("select actor, act, outcome from audit where act = 'sign-in' order by seq")
                .query((row, i) -> row.getString(1) + " " + row.getString(2) + " " + row.getString(3))
                .list();
    }

    private long checkedPasswords() {
        return people.store
                .jdbc()
                .sql("select count(*) from audit where act = 'sign-in' and outcome = 'failed'")
                .query(Long.class)
                .single();
    }
}
