package io.tsunagi.access;

import static org.assertj.core.api.Assertions.assertThat;

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

/** S26 */
@ParameterizedClass
@EnumSource(Dialect.class)
class InvitationsTest {
    private static final String DESK = "192.0.2.7";
    private static final Secret CHOSEN = new Secret("a-password-of-mine-1");
    private static final Secret NEXT = new Secret("another-one-of-mine-2");

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

    private String invite(String name) {
        String address =
                people.staff.invite(people.id(name), people.id("admin"), DESK).address();
        assertThat(address).matches("http://[^#]+/join#[A-Za-z0-9_-]{43}");
        return address.substring(address.indexOf('#') + 1);
    }

    private String secretOf(String token) {
        return people.invitations.look(token).orElseThrow().factor().secret();
    }

    private Invitations.Outcome accept(String token, Secret password, String code) {
        return people.invitations.accept(token, password, new Secret(code), DESK);
    }

    private String now(String secret) {
        return Totp.code(secret, people.clock.instant());
    }

    /** Somebody new, with a second factor and a password of their own; gives the factor's secret. */
    private String joined(String token) {
        String secret = secretOf(token);
        assertThat(accept(token, CHOSEN, now(secret))).isInstanceOf(Invitations.Outcome.Joined.class);
        people.clock.forward(Duration.ofMinutes(2));
        return secret;
    }

    private SignIn.Outcome signIn(String name, Secret password, String code) {
        return people.signIn.signIn(name, password, new Secret(code), DESK, null);
    }

    @Test
    void who_is_invited_chooses_a_password_and_signs_in_with_a_code() {
        people.staff.add("hana", StaffTest.form(Role.OPERATOR, "pay"), people.id("admin"), DESK);
        assertThat(signIn("hana", CHOSEN, "000000")).isEqualTo(new SignIn.Outcome.Refused());
        String token = invite("hana");
        assertThat(people.staff.find(people.id("hana")).orElseThrow().state()).isEqualTo("invited");
        String secret = secretOf(token);
        assertThat(accept(token, new Secret("short-1"), now(secret))).isEqualTo(new Invitations.Outcome.Weak());
        assertThat(accept(token, People.PASSWORD, now(secret))).isEqualTo(new Invitations.Outcome.Weak());
        assertThat(accept(token, CHOSEN, "000000")).isEqualTo(new Invitations.Outcome.WrongCode());

        assertThat(accept(token, CHOSEN, now(secret)))
                .isInstanceOfSatisfying(Invitations.Outcome.Joined.class, done -> assertThat(done.recoveryCodes())
                        .hasSize(SecondFactor.CODES));
        assertThat(accept(token, CHOSEN, now(secret))).isEqualTo(new Invitations.Outcome.Over());
        people.clock.forward(Duration.ofMinutes(2));
        assertThat(signIn("hana", CHOSEN, now(secret))).isInstanceOf(SignIn.Outcome.Welcome.class);
        assertThat(people.audited("accept-invitation")).containsExactly("nobody failed", people.id("hana") + " ok");
    }

    @Test
    void who_needs_an_hour_to_find_an_authenticator_is_not_too_late() {
        String token = invite("aoi");
        String secret = secretOf(token);
        people.clock.forward(Duration.ofHours(1));

        assertThat(accept(token, CHOSEN, now(secret))).isInstanceOf(Invitations.Outcome.Joined.class);
    }

    @Test
    void a_link_ends_after_seventy_two_hours_when_revoked_and_with_the_next_one() {
        String late = invite("aoi");
        people.clock.forward(Duration.ofHours(72).minusSeconds(1));
        assertThat(people.invitations.look(late)).isPresent();
        people.clock.forward(Duration.ofSeconds(1));
        assertThat(people.invitations.look(late)).isEmpty();
        assertThat(accept(late, CHOSEN, "000000")).isEqualTo(new Invitations.Outcome.Over());

        String replaced = invite("aoi");
        String revoked = invite("aoi");
        assertThat(people.invitations.look(replaced)).isEmpty();
        assertThat(people.staff.revokeInvitation(people.id("aoi"), people.id("admin"), DESK))
                .isTrue();
        assertThat(people.staff.revokeInvitation(people.id("aoi"), people.id("admin"), DESK))
                .isFalse();
        assertThat(people.invitations.look(revoked)).isEmpty();
        assertThat(people.audited("revoke-invitation")).containsExactly(people.id("admin") + " ok");
    }

    @Test
    void the_token_is_nowhere_in_the_database() {
        String token = invite("aoi");

        assertThat(people.store
                        .jdbc()
                        .sql("select digest from invitations")
                        .query(String.class)
                        .list())
                .containsExactly(Sessions.hash(token));
        assertThat(people.invitations.look(Sessions.hash(token))).isEmpty();
    }

    @Test
    void until_it_is_used_nothing_changes_and_then_every_session_ends() {
        String session = people.signIn("aoi").session().hash();
        String token = invite("aoi");
        String secret = secretOf(token);
        assertThat(people.sessions.alive(Set.of(session))).isNotEmpty();

        accept(token, CHOSEN, now(secret));

        assertThat(people.sessions.alive(Set.of(session))).isEmpty();
        people.clock.forward(Duration.ofMinutes(2));
        assertThat(signIn("aoi", People.PASSWORD, now(secret))).isEqualTo(new SignIn.Outcome.Refused());
    }

    @Test
    void who_has_a_second_factor_keeps_it_and_the_link_alone_lets_nobody_in() {
        String secret = joined(invite("aoi"));
        String token = invite("aoi");
        Invitations.Shown shown = people.invitations.look(token).orElseThrow();
        assertThat(shown.code()).isTrue();
        assertThat(shown.factor()).isNull();

        assertThat(accept(token, NEXT, "000000")).isEqualTo(new Invitations.Outcome.WrongCode());
        assertThat(accept(token, NEXT, "000001")).isEqualTo(new Invitations.Outcome.WrongCode());
        assertThat(accept(token, NEXT, "000002")).isInstanceOf(Invitations.Outcome.Locked.class);
        assertThat(accept(token, NEXT, now(secret))).isInstanceOf(Invitations.Outcome.Locked.class);
        people.clock.forward(Duration.ofMinutes(30));
        assertThat(accept(token, NEXT, now(secret)))
                .isEqualTo(new Invitations.Outcome.Joined(
                        people.operators.find(people.id("aoi")).orElseThrow(), List.of()));
    }

    @Test
    void who_was_disabled_or_away_for_too_long_comes_back_by_a_link_and_not_before_it_is_used() {
        String secret = joined(invite("aoi"));
        people.staff.disable(people.id("aoi"), people.id("admin"), DESK);
        String token = invite("aoi");
        assertThat(signIn("aoi", CHOSEN, now(secret))).isEqualTo(new SignIn.Outcome.Refused());
        assertThat(accept(token, NEXT, now(secret))).isInstanceOf(Invitations.Outcome.Joined.class);
        people.clock.forward(Duration.ofDays(91));
        assertThat(signIn("aoi", NEXT, now(secret))).isEqualTo(new SignIn.Outcome.Unused());

        Secret third = new Secret("a-third-one-of-mine-3");
        assertThat(accept(invite("aoi"), third, now(secret))).isInstanceOf(Invitations.Outcome.Joined.class);

        people.clock.forward(Duration.ofMinutes(2));
        assertThat(signIn("aoi", third, now(secret))).isInstanceOf(SignIn.Outcome.Welcome.class);
    }

    @Test
    void an_open_link_of_who_is_disabled_is_void() {
        String token = invite("aoi");
        people.staff.disable(people.id("aoi"), people.id("admin"), DESK);

        assertThat(people.invitations.look(token)).isEmpty();
    }

    /** S26 */
    @Test
    void who_comes_back_by_a_link_takes_none_of_their_last_four_passwords() {
        String secret = joined(invite("aoi"));
        for (Secret next : List.of(NEXT, new Secret("a-third-one-of-mine-3"), new Secret("a-fourth-one-of-mine-4"))) {
            assertThat(accept(invite("aoi"), next, now(secret))).isInstanceOf(Invitations.Outcome.Joined.class);
            people.clock.forward(Duration.ofMinutes(2));
        }
        String token = invite("aoi");

        assertThat(accept(token, CHOSEN, "000000"))
                .as("nobody learns it without the code")
                .isEqualTo(new Invitations.Outcome.WrongCode());
        for (int i = 0; i < 7; i++) {
            assertThat(accept(token, CHOSEN, now(secret)))
                    .as("no try is counted")
                    .isEqualTo(new Invitations.Outcome.Earlier());
        }
        assertThat(accept(token, People.PASSWORD, now(secret)))
                .as("the sandbox's is refused by itself")
                .isEqualTo(new Invitations.Outcome.Weak());
        assertThat(accept(token, new Secret("a-fifth-one-of-mine-5"), now(secret)))
                .as("the code is not used up")
                .isInstanceOf(Invitations.Outcome.Joined.class);
        people.clock.forward(Duration.ofMinutes(2));
        assertThat(accept(invite("aoi"), CHOSEN, now(secret)))
                .as("four others came since")
                .isInstanceOf(Invitations.Outcome.Joined.class);
    }

    @Test
    void an_earlier_password_leaves_a_second_factor_to_be_set_up() {
        joined(invite("aoi"));
        String token = invite("aoi");
        people.store.inTransaction(() -> people.factor.forget(people.id("aoi")));
        String secret = secretOf(token);

        assertThat(accept(token, CHOSEN, now(secret))).isEqualTo(new Invitations.Outcome.Earlier());

        assertThat(people.factor.has(people.id("aoi"))).isFalse();
        assertThat(accept(token, NEXT, now(secret)))
                .isInstanceOfSatisfying(Invitations.Outcome.Joined.class, done -> assertThat(done.recoveryCodes())
                        .hasSize(SecondFactor.CODES));
    }

    @Test
    void one_link_at_the_same_moment_is_used_once() throws Exception {
        String secret = joined(invite("aoi"));
        String token = invite("aoi");
        String[] codes = {now(secret), Totp.code(secret, people.clock.instant().plusSeconds(30))};
        ExecutorService both = Executors.newFixedThreadPool(2);
        try {
            Callable<Invitations.Outcome> first = () -> accept(token, NEXT, codes[0]);
            Callable<Invitations.Outcome> second = () -> accept(token, NEXT, codes[1]);
            int joined = 0;
            for (Future<Invitations.Outcome> outcome : both.invokeAll(List.of(first, second))) {
                joined += outcome.get() instanceof Invitations.Outcome.Joined ? 1 : 0;
            }
            assertThat(joined).isOne();
        } finally {
            both.shutdownNow();
        }
    }
}
