package io.tsunagi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tsunagi.access.OpenIdProvider;
import io.tsunagi.config.Settings;
import io.tsunagi.config.SettingsException;
import io.tsunagi.line.LineAccounts;
import io.tsunagi.line.LineCheck;
import io.tsunagi.salesforce.SalesforceCheck;
import io.tsunagi.salesforce.SalesforceErasure;
import io.tsunagi.store.Dialect;
import io.tsunagi.store.Store;
import io.tsunagi.store.TestStores;
import io.tsunagi.translate.Translator;
import io.tsunagi.web.Impostor;
import io.tsunagi.web.Impostor.Shows;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.camel.CamelContext;
import org.apache.camel.component.http.HttpComponent;
import org.apache.camel.main.Main;
import org.apache.camel.support.PluginHelper;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** S07: whoever stands in for somebody that the hub calls gets no word of it. */
@Timeout(120)
class OutgoingTlsTest {
    private static final String USER = "U0000000000000000000000000000abcd";

    @TempDir
    static Path folder;

    private static Impostor impostor;

    @BeforeAll
    static void open() throws Exception {
        impostor = new Impostor(folder, OutgoingTlsTest::answer);
    }

    @AfterAll
    static void close() {
        impostor.close();
    }

    private static String answer(String path) {
        String here = impostor.address();
        return switch (path) {
            case "/services/oauth2/token" -> "{\"access_token\":\"t\",\"instance_url\":\"" + here + "\"}";
            case "/.well-known/openid-configuration" ->
                ("{'issuer':'HERE','authorization_endpoint':'HERE/a','token_endpoint':'HERE/t','jwks_uri':'HERE/k',"
                                + "'response_types_supported':['code'],'subject_types_supported':['public'],"
                                + "'id_token_signing_alg_values_supported':['RS256']}")
                        .replace('\'', '"')
                        .replace("HERE", here);
            case "/translate" -> "{\"translatedText\":\"Hello\"}";
            default -> "{}";
        };
    }

    /** Somebody who calls; what it throws, or finds wrong, is its own. */
    private interface Caller {
        void call(String address) throws Exception;
    }

    /** A caller, and a path that shows that it called. */
    private record Client(String name, Caller caller, String path) {
        @Override
        public String toString() {
            return name;
        }
    }

    private static Stream<Client> clients() {
        return Stream.of(
                new Client("check of LINE", OutgoingTlsTest::checkLine, "/v2/bot/info"),
                new Client("check of Salesforce", OutgoingTlsTest::checkSalesforce, "/services/oauth2/token"),
                new Client("erasure in Salesforce", OutgoingTlsTest::eraseInSalesforce, "/services/oauth2/token"),
                new Client("master key in Vault", OutgoingTlsTest::openVault, "/v1/transit/encrypt/hub"),
                new Client("sign-in provider", OutgoingTlsTest::signIn, "/.well-known/openid-configuration"),
                new Client("routes that call https:", OutgoingTlsTest::callByHttps, "/v2/bot/message/push"),
                new Client("translation", OutgoingTlsTest::translate, "/translate"));
    }

    private static Stream<Arguments> wrongOnes() {
        return clients().flatMap(client -> Stream.of(Shows.values())
                .filter(shows -> shows != Shows.RIGHT)
                .map(shows -> Arguments.of(client, shows)));
    }

    private static Settings settings(String... words) {
        Map<String, String> settings = new HashMap<>();
        for (int i = 0; i < words.length; i += 2) {
            settings.put(words[i], words[i + 1]);
        }
        return Settings.of("", settings);
    }

    private static void checkLine(String address) throws Exception {
        new LineCheck(settings(
                        "hub.line.api",
                        address,
                        "hub.line.accounts",
                        "main",
                        "hub.line.account.main.secret",
                        "s",
                        "hub.line.account.main.token",
                        "t"))
                .look();
    }

    private static Settings salesforce(String address) {
        return settings(
                "hub.salesforce.login-url",
                address,
                "hub.salesforce.sign-in",
                "client-credentials",
                "hub.salesforce.client-id",
                "c",
                "hub.salesforce.client-secret",
                "s");
    }

    private static void checkSalesforce(String address) throws Exception {
        SalesforceCheck.look(salesforce(address));
    }

    private static void eraseInSalesforce(String address) {
        new SalesforceErasure(salesforce(address)).erase(USER, List.of(), true);
    }

    private static void openVault(String address) throws Exception {
        Path keys = Files.createTempDirectory(folder, "keys");
        Store.open(TestStores.settings(
                        Dialect.H2,
                        Map.of(
                                "hub.keys.master",
                                "vault:" + address + "/v1/transit/keys/hub",
                                "hub.keys.vault-token",
                                "t",
                                "hub.store.key-dir",
                                keys.resolve("new").toString())))
                .close();
    }

    private static void signIn(String address) throws Exception {
        OpenIdProvider.of(
                        settings("hub.oidc.issuer", address, "hub.oidc.client-id", "c", "hub.oidc.client-secret", "s"))
                .orElseThrow()
                .begin();
    }

    /** Something that is done with Camel as the hub sets it up for calls outside. */
    private interface Calls {
        void with(CamelContext camel) throws Exception;
    }

    private static void inCamel(Settings settings, Calls calls) throws Exception {
        Main main = new Main();
        main.configure().withRoutesIncludePattern("false").withJmxEnabled(false);
        Hub.openHttp(main, settings);
        main.init();
        try {
            calls.with(main.getCamelContext());
        } finally {
            main.stop();
        }
    }

    private static void callByHttps(String address) throws Exception {
        inCamel(settings("hub.line.api", address), camel -> {
            camel.start();
            camel.createProducerTemplate()
                    .requestBody(
                            address + "/v2/bot/message/push?httpMethod=POST&throwExceptionOnFailure=false"
                                    + "&followRedirects=false",
                            "words");
        });
    }

    private static void translate(String address) throws Exception {
        inCamel(settings("hub.translate.url", address), camel -> {
            camel.getPropertiesComponent()
                    .setOverrideProperties(placeholders(
                            Map.of("hub.translate.url", address, "hub.translate.call-timeout-millis", "4000")));
            camel.getRegistry().bind("translator", new Words());
            for (String file :
                    new String[] {"routes/common/on-error.camel.yaml", "routes/translate/translate-words.camel.yaml"}) {
                PluginHelper.getRoutesLoader(camel)
                        .loadRoutes(PluginHelper.getResourceLoader(camel)
                                .resolveResource("file:" + Path.of(file).toAbsolutePath()));
            }
            camel.start();
            camel.createProducerTemplate().requestBody("direct:translate-words", "words");
        });
    }

    private static java.util.Properties placeholders(Map<String, String> words) {
        java.util.Properties properties = new java.util.Properties();
        properties.putAll(words);
        return properties;
    }

    /** Stands for the translator: the route only carries what it makes. */
    public static final class Words {
        public Map<String, String> request(String words, String source, String target) {
            return Map.of("q", words);
        }

        public String read(String answer, Integer status) {
            return answer;
        }
    }

    @ParameterizedTest
    @MethodSource("clients")
    void who_shows_the_right_certificate_is_called(Client client) {
        impostor.show(Shows.RIGHT);

        callAnyhow(client);

        assertThat(impostor.asked()).anyMatch(path -> path.startsWith(client.path()));
    }

    @ParameterizedTest
    @MethodSource("wrongOnes")
    void who_shows_a_wrong_one_is_not(Client client, Shows wrong) {
        impostor.show(wrong);

        List<Throwable> why = callAnyhow(client);

        assertThat(impostor.tries()).as("it was tried").isPositive();
        assertThat(impostor.asked()).as("what came through (%s)", why).isEmpty();
    }

    private static List<Throwable> callAnyhow(Client client) {
        List<Throwable> failed = new ArrayList<>();
        try {
            client.caller().call(impostor.address());
        } catch (Exception e) {
            failed.add(e);
        }
        return failed;
    }

    @Test
    void what_bounds_calls_over_http_bounds_those_over_https_too() throws Exception {
        Settings settings = settings("hub.line.call-timeout-millis", "3000", "hub.line.api", impostor.address());
        inCamel(settings, camel -> {
            for (String name : new String[] {"http", "https"}) {
                HttpComponent component = camel.getComponent(name, HttpComponent.class);
                assertThat(component.getResponseTimeout()).as(name).isEqualTo(3000);
                assertThat(component.getConnectTimeout()).as(name).isEqualTo(3000);
                assertThat(component.getSoTimeout()).as(name).isEqualTo(3000);
                assertThat(component.getConnectionsPerRoute()).as(name).isEqualTo(64);
                assertThat(component.isAutomaticRetriesDisabled()).as(name).isTrue();
            }
            camel.start();
            impostor.show(Shows.RIGHT);
            assertThatThrownBy(() -> camel.createProducerTemplate()
                            .requestBody("https://127.0.0.1:" + impostor.port() + "/", "words"))
                    .hasStackTraceContaining("hub.outgoing.inside");
            impostor.answerWith(429);
            try {
                camel.createProducerTemplate()
                        .requestBody(impostor.address() + "/push?throwExceptionOnFailure=false", "words");
            } finally {
                impostor.answerWith(200);
            }
            assertThat(impostor.asked())
                    .as("calls; LINE's 429 is the hub's to wait out")
                    .hasSize(1);
        });
    }

    @Test
    void nobody_on_another_machine_is_called_in_the_clear() {
        String far = "http://service.example.com";
        assertThatThrownBy(() -> new LineAccounts(settings("hub.line.api", far)))
                .isInstanceOf(SettingsException.class)
                .hasMessageContaining("hub.line.api");
        assertThatThrownBy(() -> new LineAccounts(settings("hub.line.data-api", far)))
                .isInstanceOf(SettingsException.class)
                .hasMessageContaining("hub.line.data-api");
        assertThatThrownBy(() -> new SalesforceErasure(salesforce(far)))
                .isInstanceOf(SettingsException.class)
                .hasMessageContaining("hub.salesforce.login-url");
        assertThatThrownBy(() -> new Translator(null, null, settings("hub.translate.url", far), null))
                .isInstanceOf(SettingsException.class)
                .hasMessageContaining("hub.translate.url");
        assertThatThrownBy(() -> OpenIdProvider.of(settings("hub.oidc.issuer", far)))
                .isInstanceOf(SettingsException.class)
                .hasMessageContaining("hub.oidc.issuer");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"http://localhost:8090", "http://127.0.0.1", "http://[::1]:8090", "http://Inside.example:5000"})
    void this_machine_and_who_is_named_may_be(String address) {
        Settings settings = settings("hub.line.api", address, "hub.outgoing.without-tls", "other, inside.example");

        assertThat(new LineAccounts(settings).all()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "http://localhost.example.com",
                "http://127.0.0.1.example.com",
                "http://localhost@far.example.com",
                "HTTP://far.example.com"
            })
    void who_only_looks_like_this_machine_may_not(String address) {
        assertThatThrownBy(() -> new LineAccounts(settings("hub.line.api", address)))
                .isInstanceOf(SettingsException.class)
                .hasMessageContaining("hub.outgoing.without-tls");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "http://line_simulator:8090",
                "https://line_simulator:8090",
                "http:far",
                "https:///far",
                "http://127.0.0.1."
            })
    void an_address_without_a_host_that_can_be_called_is_refused_for_that(String address) {
        assertThatThrownBy(() -> new LineAccounts(settings("hub.line.api", address)))
                .isInstanceOf(SettingsException.class)
                .hasMessageContaining("hub.line.api")
                .hasMessageContaining("no underscore");
    }
}
