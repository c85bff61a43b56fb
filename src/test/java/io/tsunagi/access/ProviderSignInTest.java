package io.tsunagi.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tsunagi.config.SettingsException;
import io.tsunagi.store.Dialect;
import java.net.InetAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import no.nav.security.mock.oauth2.MockOAuth2Server;
import no.nav.security.mock.oauth2.token.DefaultOAuth2TokenCallback;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** S27: who a provider vouches for signs in as the person the hub keeps. */
@ParameterizedClass
@EnumSource(Dialect.class)
class ProviderSignInTest {
    private static final String DESK = "192.0.2.7";

    @Parameter
    Dialect dialect;

    private final MockOAuth2Server server = new MockOAuth2Server();
    private final HttpClient browser = HttpClient.newHttpClient();
    private People people;

    @BeforeEach
    void open() {
        server.start(InetAddress.getLoopbackAddress(), 0);
        people = people(Map.of());
    }

    @AfterEach
    void close() {
        people.close();
        server.shutdown();
    }

    private People people(Map<String, String> more) {
        Map<String, String> settings = new HashMap<>(Map.of(
                "hub.oidc.issuer",
                server.issuerUrl("staff").toString(),
                "hub.oidc.client-id",
                "tsunagi",
                "hub.oidc.client-secret",
                "what-only-both-know",
                "hub.access.second-factor",
                "required"));
        settings.putAll(more);
        return People.of(dialect, settings);
    }

    private record Return(String sealed, String state, String code) {}

    /** Goes to the provider, which says that this subject is called so and has these groups, and comes back. */
    private Return go(String subject, String name, List<String> groups) throws Exception {
        server.enqueueCallback(new DefaultOAuth2TokenCallback(
                "staff", subject, "JWT", List.of("tsunagi"), Map.of("preferred_username", name, "groups", groups), 60));
        ProviderSignIn.Begun begun = people.provider.begin();
        HttpResponse<Void> answer = browser.send(
                HttpRequest.newBuilder(URI.create(begun.address())).build(), HttpResponse.BodyHandlers.discarding());
        String query = URI.create(answer.headers().firstValue("Location").orElseThrow())
                .getQuery();
        return new Return(begun.sealed(), value(query, "state"), value(query, "code"));
    }

    private static String value(String query, String name) {
        return List.of(query.split("&")).stream()
                .filter(part -> part.startsWith(name + "="))
                .map(part -> part.substring(name.length() + 1))
                .findFirst()
                .orElseThrow();
    }

    private ProviderSignIn.Outcome end(Return back) {
        return people.provider.end(back.sealed(), back.state(), back.code(), DESK, null);
    }

    private ProviderSignIn.Outcome comes(String subject, String name, String... groups) throws Exception {
        return end(go(subject, name, List.of(groups)));
    }

    private static ProviderSignIn.Outcome not(String why) {
        return new ProviderSignIn.Outcome.NotIn(why);
    }

    @Test
    void who_is_kept_in_the_hub_comes_in_without_a_password_or_a_code_of_the_hub() throws Exception {
        ProviderSignIn.Outcome outcome = comes("7f3", "Aoi");

        assertThat(outcome).isInstanceOf(ProviderSignIn.Outcome.Welcome.class);
        ProviderSignIn.Outcome.Welcome welcome = (ProviderSignIn.Outcome.Welcome) outcome;
        assertThat(welcome.person().id()).isEqualTo(people.id("aoi"));
        assertThat(people.sessions.find(welcome.opened().session().hash(), true))
                .isPresent();
        assertThat(people.audited("sign-in")).containsExactly(people.id("aoi") + " ok");
        assertThat(people.audited("bind-identity")).containsExactly(people.id("aoi") + " ok");
    }

    @Test
    void the_id_of_the_provider_counts_from_the_second_time_on_and_not_the_name() throws Exception {
        comes("7f3", "aoi");

        assertThat(comes("7f3", "aoi.sato")).isInstanceOf(ProviderSignIn.Outcome.Welcome.class);
        assertThat(comes("new-colleague", "aoi")).isEqualTo(not("nobody"));
    }

    @Test
    void who_the_hub_does_not_know_stays_out() throws Exception {
        assertThat(comes("1", "somebody")).isEqualTo(not("nobody"));
    }

    @Test
    void who_was_disabled_or_unused_for_long_stays_out() throws Exception {
        people.staff.disable(people.id("aoi"), people.id("admin"), DESK);
        assertThat(comes("7f3", "aoi")).isEqualTo(not("disabled"));

        people.clock.forward(Duration.ofDays(91));
        assertThat(comes("7f4", "sakura")).isEqualTo(not("unused"));
    }

    @Test
    void the_groups_of_the_provider_say_the_role_each_time() throws Exception {
        people.close();
        people = people(Map.of(
                "hub.oidc.roles-claim", "groups",
                "hub.oidc.role.supervisor", "support-leads",
                "hub.oidc.role.operator", "support, support-night"));

        ProviderSignIn.Outcome.Welcome asLead =
                (ProviderSignIn.Outcome.Welcome) comes("7f3", "aoi", "support", "support-leads");
        assertThat(asLead.person().role()).isEqualTo(Role.SUPERVISOR);
        assertThat(people.operators.byName("aoi").orElseThrow().role()).isEqualTo(Role.SUPERVISOR);

        ProviderSignIn.Outcome.Welcome again = (ProviderSignIn.Outcome.Welcome) comes("7f3", "aoi", "support-night");
        assertThat(again.person().role()).isEqualTo(Role.OPERATOR);
        assertThat(people.sessions.find(asLead.opened().session().hash(), true))
                .as("the session with the role before")
                .isEmpty();
        assertThat(people.sessions.find(again.opened().session().hash(), true)).isPresent();

        assertThat(comes("7f3", "aoi", "canteen")).isEqualTo(not("no-role"));
    }

    @Test
    void a_way_back_that_this_browser_did_not_begin_is_over() throws Exception {
        Return mine = go("7f3", "aoi", List.of());
        Return others = go("7f3", "aoi", List.of());

        assertThat(people.provider.end(mine.sealed(), others.state(), others.code(), DESK, null))
                .isEqualTo(not("over"));
        assertThat(people.provider.end(null, mine.state(), mine.code(), DESK, null))
                .isEqualTo(not("over"));
        assertThat(people.provider.end("a.b", mine.state(), mine.code(), DESK, null))
                .isEqualTo(not("over"));
        assertThat(people.provider.end(
                        mine.sealed().substring(0, mine.sealed().length() - 2) + "AA",
                        mine.state(),
                        mine.code(),
                        DESK,
                        null))
                .isEqualTo(not("over"));
        assertThat(people.audited("sign-in")).hasSize(4).allMatch(row -> row.endsWith(" refused"));
    }

    @Test
    void who_takes_too_long_begins_again() throws Exception {
        Return back = go("7f3", "aoi", List.of());
        people.clock.forward(ProviderSignIn.LONGEST);

        assertThat(end(back)).isEqualTo(not("over"));
    }

    @Test
    void who_refuses_at_the_provider_stays_out() throws Exception {
        Return back = go("7f3", "aoi", List.of());

        assertThat(people.provider.end(back.sealed(), back.state(), null, DESK, null))
                .isEqualTo(not("denied"));
    }

    @Test
    void a_code_opens_one_session() throws Exception {
        Return back = go("7f3", "aoi", List.of());

        assertThat(end(back)).isInstanceOf(ProviderSignIn.Outcome.Welcome.class);
        assertThat(end(back)).isEqualTo(not("not-taken"));
    }

    @Test
    void a_provider_that_is_away_lets_nobody_in() throws Exception {
        Return back = go("7f3", "aoi", List.of());
        server.shutdown();

        assertThat(end(back)).isEqualTo(not("away"));
    }

    @Test
    void a_claim_for_roles_without_a_role_stops_the_start() {
        assertThatThrownBy(() -> people(Map.of("hub.oidc.roles-claim", "groups")))
                .isInstanceOf(SettingsException.class)
                .hasMessageContaining("hub.oidc.role");
    }
}
