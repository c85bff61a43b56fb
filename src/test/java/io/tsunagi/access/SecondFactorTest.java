package io.tsunagi.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tsunagi.config.Secret;
import io.tsunagi.config.SettingsException;
import io.tsunagi.store.Dialect;
import java.time.Duration;
import java.util.List;
import java.util.Map;
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

/** S27: signing in where a second factor is required. */
@ParameterizedClass
@EnumSource(Dialect.class)
class SecondFactorTest {
    private static final String DESK = "192.0.2.7";

    @Parameter
    Dialect dialect;

    private People people;

    @BeforeEach
    void open() {
        people = People.of(
                dialect, Map.of("hub.access.second-factor", "required", "hub.access.lock-after-failures", "3"));
    }

    @AfterEach
    void close() {
        people.close();
    }

    private SignIn.Outcome signIn(String code) {
        return people.signIn.signIn("aoi", People.PASSWORD, code == null ? null : new Secret(code), DESK, null);
    }

    private SecondFactor.Fresh begin() {
        return ((SignIn.Outcome.FactorNeeded) signIn(null)).fresh();
    }

    private String now(SecondFactor.Fresh fresh) {
        return Totp.code(fresh.secret(), people.clock.instant());
    }

    /** Gives a factor whose first code was taken, some steps ago. */
    private SecondFactor.Fresh setUp() {
        SecondFactor.Fresh fresh = begin();
        assertThat(signIn(now(fresh))).isInstanceOf(SignIn.Outcome.Welcome.class);
        people.clock.forward(Duration.ofMinutes(2));
        return fresh;
    }

    @Test
    void the_first_sign_in_sets_it_up_and_gives_recovery_codes_once() {
        SecondFactor.Fresh fresh = begin();
        assertThat(fresh.uri()).contains("secret=" + fresh.secret()).contains("Tsunagi:aoi");
        assertThat(fresh.path()).hasSizeGreaterThan(1000);
        assertThat(fresh.toString()).isEqualTo("[hidden]");

        assertThat(signIn(now(fresh))).isInstanceOfSatisfying(SignIn.Outcome.Welcome.class, welcome -> {
            assertThat(welcome.recoveryCodes()).hasSize(SecondFactor.CODES).doesNotHaveDuplicates();
            assertThat(welcome.toString())
                    .doesNotContain(welcome.recoveryCodes().get(0));
        });
        people.clock.forward(Duration.ofMinutes(2));

        assertThat(signIn(now(fresh)))
                .isInstanceOfSatisfying(SignIn.Outcome.Welcome.class, welcome -> assertThat(welcome.recoveryCodes())
                        .isEmpty());
        assertThat(people.audited("set-second-factor")).containsExactly(people.id("aoi") + " ok");
    }

    @Test
    void a_secret_that_was_shown_is_void_after_another_one_and_after_a_quarter_of_an_hour() {
        SecondFactor.Fresh first = begin();
        SecondFactor.Fresh second = begin();
        assertThat(second.secret()).isNotEqualTo(first.secret());
        assertThat(signIn(now(first))).isEqualTo(new SignIn.Outcome.WrongCode());
        people.clock.forward(Duration.ofMinutes(15));

        assertThat(signIn(now(second))).isInstanceOf(SignIn.Outcome.FactorNeeded.class);
    }

    /** Scenario 59, of the second factor; the rest is in KeptOutTest. */
    @Test
    void without_the_code_nobody_comes_in_and_a_code_is_taken_once_on_whatever_node() {
        SecondFactor.Fresh fresh = setUp();
        assertThat(signIn(null)).isEqualTo(new SignIn.Outcome.CodeNeeded(true, Map.of()));
        assertThat(people.signIn.signIn("aoi", new Secret("wrong-password-1"), new Secret(now(fresh)), DESK, null))
                .isEqualTo(new SignIn.Outcome.Refused());

        assertThat(signIn(now(fresh))).isInstanceOf(SignIn.Outcome.Welcome.class);
        SignIn otherNode = new SignIn(
                people.store,
                people.sessions,
                new SecondFactor(people.store, people.clock, people.settings),
                people.audit,
                people.clock,
                people.passwords,
                people.settings);
        assertThat(otherNode.signIn("aoi", People.PASSWORD, new Secret(now(fresh)), DESK, null))
                .isEqualTo(new SignIn.Outcome.WrongCode());
    }

    @Test
    void one_code_at_the_same_moment_lets_one_in() throws Exception {
        SecondFactor.Fresh fresh = setUp();
        String code = now(fresh);
        ExecutorService both = Executors.newFixedThreadPool(2);
        try {
            Callable<SignIn.Outcome> enter = () -> signIn(code);
            List<Future<SignIn.Outcome>> outcomes = both.invokeAll(List.of(enter, enter));
            int welcome = 0;
            for (Future<SignIn.Outcome> outcome : outcomes) {
                welcome += outcome.get() instanceof SignIn.Outcome.Welcome ? 1 : 0;
            }
            assertThat(welcome).isOne();
        } finally {
            both.shutdownNow();
        }
    }

    /** Scenario 59, of the second factor; the rest is in KeptOutTest. */
    @Test
    void wrong_codes_lock_the_name_also_when_the_password_is_shown_in_between() {
        SecondFactor.Fresh fresh = setUp();
        assertThat(signIn("000000")).isEqualTo(new SignIn.Outcome.WrongCode());
        assertThat(signIn(null)).isEqualTo(new SignIn.Outcome.CodeNeeded(true, Map.of()));
        assertThat(signIn("000001")).isEqualTo(new SignIn.Outcome.WrongCode());
        assertThat(signIn(null)).isEqualTo(new SignIn.Outcome.CodeNeeded(true, Map.of()));

        assertThat(signIn("000002")).isInstanceOf(SignIn.Outcome.Locked.class);
        assertThat(signIn(now(fresh))).isInstanceOf(SignIn.Outcome.Locked.class);
        people.clock.forward(Duration.ofMinutes(30));
        assertThat(signIn(now(fresh))).isInstanceOf(SignIn.Outcome.Welcome.class);
    }

    @Test
    void a_recovery_code_lets_in_once_however_it_is_typed() {
        SecondFactor.Fresh fresh = begin();
        String code =
                ((SignIn.Outcome.Welcome) signIn(now(fresh))).recoveryCodes().get(3);

        assertThat(signIn(" " + code.toLowerCase(java.util.Locale.ROOT).replace("-", " ")))
                .isInstanceOf(SignIn.Outcome.Welcome.class);
        assertThat(signIn(code)).isEqualTo(new SignIn.Outcome.WrongCode());
    }

    @Test
    void neither_secret_nor_recovery_codes_stand_in_the_database() {
        SecondFactor.Fresh fresh = begin();
        String code =
                ((SignIn.Outcome.Welcome) signIn(now(fresh))).recoveryCodes().get(0);

        assertThat(people.store
                        .jdbc()
                        .sql("select secret from second_factors")
                        .query((row, i) -> new String(row.getBytes(1), java.nio.charset.StandardCharsets.ISO_8859_1))
                        .single())
                .doesNotContain(fresh.secret());
        assertThat(people.store
                        .jdbc()
                        .sql("select digest from recovery_codes")
                        .query(String.class)
                        .list())
                .hasSize(SecondFactor.CODES)
                .doesNotContain(code, code.replace("-", ""));
    }

    @Test
    void a_factor_that_was_taken_away_is_set_up_anew() {
        SecondFactor.Fresh fresh = setUp();
        people.staff.takeFactor(people.id("aoi"), people.id("admin"), DESK);

        assertThat(signIn(now(fresh))).isInstanceOf(SignIn.Outcome.FactorNeeded.class);
        assertThat(people.audited("take-second-factor")).containsExactly(people.id("admin") + " ok");
        assertThatThrownBy(() -> people.staff.takeFactor(people.id("admin"), people.id("admin"), DESK))
                .isInstanceOf(Staff.NotPossibleException.class);
    }

    @Test
    void a_word_that_is_neither_required_nor_off_is_refused() {
        assertThatThrownBy(() -> new SecondFactor(
                        people.store,
                        people.clock,
                        People.withProfile("", people.settings, Map.of("hub.access.second-factor", "admins"))))
                .isInstanceOf(SettingsException.class)
                .hasMessageContaining("required or off");
    }
}
