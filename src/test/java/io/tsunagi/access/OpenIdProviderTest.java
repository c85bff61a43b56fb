package io.tsunagi.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpServer;
import io.tsunagi.config.Settings;
import io.tsunagi.config.SettingsException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLDecoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import no.nav.security.mock.oauth2.MockOAuth2Server;
import no.nav.security.mock.oauth2.token.DefaultOAuth2TokenCallback;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** S27: the protocol, against a provider that speaks it. */
class OpenIdProviderTest {
    private static final String CLIENT = "tsunagi";
    private static final int ANY_PORT = 0;

    private final MockOAuth2Server server = new MockOAuth2Server();
    private final HttpClient browser = HttpClient.newHttpClient();

    @BeforeEach
    void open() {
        server.start(InetAddress.getLoopbackAddress(), ANY_PORT);
    }

    @AfterEach
    void close() {
        server.shutdown();
    }

    @Test
    void who_comes_back_is_known_by_the_claims_that_the_settings_name() throws Exception {
        OpenIdProvider provider = provider(Map.of("hub.oidc.roles-claim", "realm_access.roles"));
        says(Map.of(
                "preferred_username", "Aiko",
                "name", "Aiko Sato",
                "realm_access", Map.of("roles", List.of("support", "leads"))));

        OpenIdProvider.Way way = provider.begin();
        OpenIdProvider.Who who = provider.end(code(way), way.nonce(), way.verifier());

        assertThat(who)
                .isEqualTo(new OpenIdProvider.Who(
                        issuer(), "subject-1", "Aiko", "Aiko Sato", java.util.Set.of("support", "leads")));
    }

    @Test
    void the_way_asks_for_a_code_with_state_nonce_and_proof() throws Exception {
        Map<String, String> asked = query(provider(Map.of()).begin().address());

        assertThat(asked)
                .containsEntry("response_type", "code")
                .containsEntry("client_id", CLIENT)
                .containsEntry("redirect_uri", "http://localhost:8080/api/sign-in/provider/back")
                .containsEntry("code_challenge_method", "S256")
                .containsKeys("state", "nonce", "code_challenge");
        assertThat(asked.get("scope")).contains("openid");
    }

    @Test
    void no_two_ways_share_anything() throws Exception {
        OpenIdProvider provider = provider(Map.of());
        OpenIdProvider.Way one = provider.begin();
        OpenIdProvider.Way other = provider.begin();

        assertThat(one.state()).isNotEqualTo(other.state());
        assertThat(one.nonce()).isNotEqualTo(other.nonce());
        assertThat(one.verifier()).isNotEqualTo(other.verifier());
    }

    @Test
    void a_token_for_another_way_is_not_taken() throws Exception {
        OpenIdProvider provider = provider(Map.of());
        says(Map.of("preferred_username", "aiko"));
        OpenIdProvider.Way way = provider.begin();
        String code = code(way);

        assertThatThrownBy(() -> provider.end(code, provider.begin().nonce(), way.verifier()))
                .isInstanceOf(OpenIdProvider.NotTakenException.class)
                .hasMessageContaining("nonce");
    }

    @Test
    void a_token_for_another_client_is_not_taken() throws Exception {
        OpenIdProvider provider = provider(Map.of());
        says(Map.of("preferred_username", "aiko", "aud", List.of("another")));
        OpenIdProvider.Way way = provider.begin();
        String code = code(way);

        assertThatThrownBy(() -> provider.end(code, way.nonce(), way.verifier()))
                .isInstanceOf(OpenIdProvider.NotTakenException.class)
                .hasMessageContaining("aud");
    }

    @Test
    void an_old_token_is_not_taken() throws Exception {
        OpenIdProvider provider = provider(Map.of());
        server.enqueueCallback(new DefaultOAuth2TokenCallback(
                "staff", "subject-1", "JWT", List.of(CLIENT), Map.of("preferred_username", "aiko"), -3600));
        OpenIdProvider.Way way = provider.begin();
        String code = code(way);

        assertThatThrownBy(() -> provider.end(code, way.nonce(), way.verifier()))
                .isInstanceOf(OpenIdProvider.NotTakenException.class)
                .hasMessageContaining("xpired");
    }

    @Test
    void a_token_without_the_name_is_not_taken() throws Exception {
        OpenIdProvider provider = provider(Map.of());
        says(Map.of());
        OpenIdProvider.Way way = provider.begin();
        String code = code(way);

        assertThatThrownBy(() -> provider.end(code, way.nonce(), way.verifier()))
                .isInstanceOf(OpenIdProvider.NotTakenException.class)
                .hasMessageContaining("hub.oidc.name-claim");
    }

    @Test
    void a_level_of_sign_in_that_was_asked_for_must_be_there() throws Exception {
        OpenIdProvider provider = provider(Map.of("hub.oidc.acr", "two-factors"));
        assertThat(query(provider.begin().address())).containsEntry("acr_values", "two-factors");

        says(Map.of("preferred_username", "aiko", "acr", "password"));
        OpenIdProvider.Way weak = provider.begin();
        String weakCode = code(weak);
        assertThatThrownBy(() -> provider.end(weakCode, weak.nonce(), weak.verifier()))
                .isInstanceOf(OpenIdProvider.NotTakenException.class)
                .hasMessageContaining("password");

        says(Map.of("preferred_username", "aiko", "acr", "two-factors"));
        OpenIdProvider.Way strong = provider.begin();
        assertThat(provider.end(code(strong), strong.nonce(), strong.verifier()).name())
                .isEqualTo("aiko");
    }

    @Test
    void a_provider_that_is_away_is_away_and_then_there_again() throws Exception {
        OpenIdProvider provider = provider(Map.of("hub.oidc.issuer", "http://127.0.0.1:1/staff"));

        assertThatThrownBy(provider::begin)
                .isInstanceOf(OpenIdProvider.AwayException.class)
                .hasMessageContaining("127.0.0.1:1");
    }

    @ParameterizedTest
    @CsvSource({
        "authorization_endpoint, http://id.example.jp/at",
        "token_endpoint, http://id.example.jp/at",
        "jwks_uri, http://id.example.jp/at",
        "jwks_uri, file:///etc/passwd",
        "token_endpoint, http://localhost.example.jp/at"
    })
    void a_provider_whose_document_leads_into_the_clear_is_not_used(String field, String address) throws Exception {
        Map<String, Object> document = new HashMap<>(Map.of(
                "authorization_endpoint",
                "https://id.example.jp/authorize",
                "token_endpoint",
                "https://id.example.jp/token",
                "jwks_uri",
                "https://id.example.jp/keys",
                "response_types_supported",
                List.of("code"),
                "subject_types_supported",
                List.of("public"),
                "id_token_signing_alg_values_supported",
                List.of("RS256")));
        HttpServer clear = HttpServer.create(new InetSocketAddress("127.0.0.1", ANY_PORT), 0);
        String issuer = "http://127.0.0.1:" + clear.getAddress().getPort();
        document.put("issuer", issuer);
        clear.createContext("/", call -> {
            byte[] words = new ObjectMapper().writeValueAsBytes(document);
            call.getResponseHeaders().set("Content-Type", "application/json");
            call.sendResponseHeaders(200, words.length);
            call.getResponseBody().write(words);
            call.close();
        });
        clear.start();
        try {
            OpenIdProvider provider = provider(Map.of("hub.oidc.issuer", issuer));
            document.put(field, address);
            assertThatThrownBy(provider::begin)
                    .isInstanceOf(OpenIdProvider.AwayException.class)
                    .hasMessageContaining(field)
                    .hasMessageContaining(address);

            document.put(field, "https://id.example.jp/at");
            assertThatCode(provider::begin).doesNotThrowAnyException();
        } finally {
            clear.stop(0);
        }
    }

    @Test
    void a_provider_without_tls_or_secret_stops_the_start() {
        for (String issuer : List.of(
                "http://id.example.jp/staff",
                "https://id.example.jp/staff?of=all",
                "https:///staff",
                "no address",
                "ftp://localhost")) {
            assertThatThrownBy(() -> provider(Map.of("hub.oidc.issuer", issuer)))
                    .as(issuer)
                    .isInstanceOf(SettingsException.class)
                    .hasMessageContaining("hub.oidc.issuer");
        }
        assertThatThrownBy(() -> provider(Map.of("hub.oidc.client-secret", "")))
                .isInstanceOf(SettingsException.class)
                .hasMessageContaining("HUB_OIDC_CLIENT_SECRET");
    }

    private OpenIdProvider provider(Map<String, String> changed) {
        Map<String, String> settings = new HashMap<>(Map.of(
                "hub.oidc.issuer",
                issuer(),
                "hub.oidc.client-id",
                CLIENT,
                "hub.oidc.client-secret",
                "what-only-both-know"));
        settings.putAll(changed);
        return OpenIdProvider.of(Settings.of("", settings)).orElseThrow();
    }

    private String issuer() {
        return server.issuerUrl("staff").toString();
    }

    private void says(Map<String, Object> claims) {
        server.enqueueCallback(
                new DefaultOAuth2TokenCallback("staff", "subject-1", "JWT", List.of(CLIENT), claims, 60));
    }

    /** Goes to the provider as a browser does, and gives the code it comes back with. */
    private String code(OpenIdProvider.Way way) throws Exception {
        HttpResponse<Void> answer =
                browser.send(HttpRequest.newBuilder(way.address()).build(), HttpResponse.BodyHandlers.discarding());
        Map<String, String> back =
                query(URI.create(answer.headers().firstValue("Location").orElseThrow()));
        assertThat(back).containsEntry("state", way.state());
        return back.get("code");
    }

    private static Map<String, String> query(URI address) {
        return Arrays.stream(address.getRawQuery().split("&"))
                .map(part -> part.split("=", 2))
                .collect(Collectors.toMap(part -> part[0], part -> URLDecoder.decode(part[1], StandardCharsets.UTF_8)));
    }
}
