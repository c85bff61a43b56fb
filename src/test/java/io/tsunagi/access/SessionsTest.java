package io.tsunagi.access;

import static org.assertj.core.api.Assertions.assertThat;

import io.tsunagi.store.Dialect;
import java.time.Duration;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** S23 */
@ParameterizedClass
@EnumSource(Dialect.class)
class SessionsTest {
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

    @Test
    void a_session_ends_when_its_person_does_nothing_for_the_idle_time() {
        String hash = session();
        people.clock.forward(Duration.ofMinutes(15).minusSeconds(1));
        assertThat(people.sessions.alive(Set.of(hash))).isNotEmpty();

        people.clock.forward(Duration.ofSeconds(1));

        assertThat(people.sessions.alive(Set.of(hash))).isEmpty();
        assertThat(people.sessions.find(hash, true)).isEmpty();
    }

    @Test
    void activity_keeps_a_session_and_polling_does_not() {
        String active = session();
        String polled = session();
        for (int i = 0; i < 2; i++) {
            people.clock.forward(Duration.ofMinutes(8));
            people.sessions.find(active, true);
            people.sessions.find(polled, false);
        }

        assertThat(people.sessions.alive(Set.of(active))).isNotEmpty();
        assertThat(people.sessions.alive(Set.of(polled))).isEmpty();
    }

    @Test
    void a_session_ends_at_last_whatever_its_person_does() {
        String hash = session();
        for (Duration at = Duration.ZERO;
                at.compareTo(Duration.ofHours(12).minusMinutes(10)) < 0;
                at = at.plusMinutes(10)) {
            people.clock.forward(Duration.ofMinutes(10));
            assertThat(people.sessions.find(hash, true)).isPresent();
        }

        people.clock.forward(Duration.ofMinutes(10));

        assertThat(people.sessions.find(hash, true)).isEmpty();
    }

    @Test
    void an_ended_session_stays_ended() {
        String hash = session();
        people.sessions.end(hash);
        people.sessions.end(hash);

        assertThat(people.sessions.find(hash, true)).isEmpty();
    }

    @Test
    void the_purge_takes_only_what_is_over() {
        session();
        people.clock.forward(Duration.ofMinutes(14));
        String young = session();
        people.clock.forward(Duration.ofMinutes(1));

        assertThat(people.ended.purge()).isOne();
        assertThat(people.sessions.alive(Set.of(young))).isNotEmpty();
    }

    @Test
    void who_was_signed_out_for_doing_nothing_or_for_the_time_stands_in_the_audit() {
        session();
        people.clock.forward(Duration.ofMinutes(15));
        people.ended.purge();
        String lasting = session();
        for (int i = 0; i < 80; i++) {
            people.clock.forward(Duration.ofMinutes(10));
            people.sessions.find(lasting, true);
        }
        people.ended.purge();
        people.ended.purge();

        assertThat(people.store
                        .jdbc()
                        .sql("select actor, object, detail from audit where act = 'sign-out' order by seq")
                        .query((row, i) -> row.getString(1) + " " + row.getString(2) + " " + row.getString(3))
                        .list())
                .containsExactly(
                        "hub operator/" + people.id("aoi") + " {\"reason\":\"idle\"}",
                        "hub operator/" + people.id("aoi") + " {\"reason\":\"longest\"}");
    }

    @Test
    void no_two_tokens_are_equal_and_each_has_256_bits() {
        Set<String> tokens = new HashSet<>();
        for (int i = 0; i < 50; i++) {
            tokens.add(people.signIn("aoi").token());
        }

        assertThat(tokens).hasSize(50).allMatch(token -> token.matches("[A-Za-z0-9_-]{43}"));
    }

    private String session() {
        return people.signIn("aoi").session().hash();
    }
}
