package io.tsunagi.salesforce;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.tsunagi.config.SettingsException;
import io.tsunagi.sandbox.salesforce.SalesforceSimulator;
import io.tsunagi.store.CrmWork.Kind;
import io.tsunagi.store.Dialect;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.PublicKey;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The ways to sign in, against an org that checks them, and secrets that are replaced while the hub runs. */
class SignInKindsTest {
    private static final String USER = "integration@komorebi-pay.example";

    @TempDir
    Path folder;

    private SalesforceSimulator salesforce;
    private SalesforceBench bench;

    @BeforeEach
    void startSimulator() {
        salesforce = new SalesforceSimulator().start();
    }

    @AfterEach
    void close() {
        if (bench != null) {
            bench.close();
        }
        salesforce.close();
    }

    private SalesforceBench bench(Map<String, String> settings) {
        bench = new SalesforceBench(Dialect.H2, salesforce, settings).start(Path.of("routes"), true);
        return bench;
    }

    private void casesAreWritten() {
        UUID inquiry = bench.inquiry();
        bench.add(inquiry, Kind.CASE);
        await().atMost(Duration.ofSeconds(60)).until(() -> bench.states(inquiry).equals(List.of("DONE")));
        assertThat(bench.cases(inquiry)).hasSize(1);
    }

    /** Makes a key store with one RSA key and gives the public part. */
    private PublicKey keyStore(Path file, String name) throws Exception {
        Files.deleteIfExists(file);
        Process keytool = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "keytool")
                                .toString(),
                        "-genkeypair",
                        "-alias",
                        name,
                        "-keyalg",
                        "RSA",
                        "-keysize",
                        "2048",
                        "-dname",
                        "CN=tsunagi",
                        "-storetype",
                        "PKCS12",
                        "-keystore",
                        file.toString(),
                        "-storepass",
                        "changeit")
                .redirectErrorStream(true)
                .start();
        String said = new String(keytool.getInputStream().readAllBytes());
        assertThat(keytool.waitFor()).as(said).isZero();
        KeyStore keys = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(file)) {
            keys.load(in, "changeit".toCharArray());
        }
        return keys.getCertificate(name).getPublicKey();
    }

    private Map<String, String> jwt(Path keys) {
        return Map.of(
                "hub.salesforce.sign-in",
                "jwt",
                "hub.salesforce.user",
                USER,
                "hub.salesforce.keystore",
                keys.toString(),
                "hub.salesforce.keystore-password",
                "changeit");
    }

    @Test
    void a_signed_token_lets_the_hub_in_and_a_replaced_key_counts_without_a_restart() throws Exception {
        Path keys = folder.resolve("salesforce.p12");
        salesforce.replaceSecret("nobody knows", Optional.of(keyStore(keys, "first")));
        bench(jwt(keys));
        casesAreWritten();

        salesforce.replaceSecret("nobody knows", Optional.of(keyStore(keys, "second")));
        casesAreWritten();
    }

    @Test
    void a_token_signed_with_another_key_does_not_let_the_hub_in() throws Exception {
        Path keys = folder.resolve("salesforce.p12");
        PublicKey other = keyStore(folder.resolve("other.p12"), "other");
        keyStore(keys, "ours");
        salesforce.replaceSecret("nobody knows", Optional.of(other));
        bench(jwt(keys));
        UUID inquiry = bench.inquiry();
        bench.add(inquiry, Kind.CASE);

        await().atMost(Duration.ofSeconds(30))
                .until(() -> bench.setup.health().standing().state() == SalesforceHealth.State.AWAY);
        assertThat(bench.setup.health().standing().reason()).contains("invalid_grant");
        assertThat(bench.cases(inquiry)).isEmpty();
    }

    @Test
    void a_refresh_token_lets_the_hub_in() {
        bench(Map.of(
                "hub.salesforce.sign-in",
                "refresh-token",
                "hub.salesforce.client-secret",
                "",
                "hub.salesforce.refresh-token",
                "sandbox-refresh-token"));
        casesAreWritten();
    }

    @Test
    void an_app_secret_in_a_file_is_replaced_without_a_restart() throws Exception {
        Path secret = folder.resolve("secret");
        Files.writeString(secret, "sandbox-client-secret\n");
        bench(Map.of("hub.salesforce.client-secret", "", "hub.salesforce.client-secret-file", secret.toString()));
        casesAreWritten();

        salesforce.replaceSecret("a new one", Optional.empty());
        UUID waiting = bench.inquiry();
        bench.add(waiting, Kind.CASE);
        await().atMost(Duration.ofSeconds(30))
                .until(() -> bench.setup.health().standing().state() == SalesforceHealth.State.AWAY);
        Files.writeString(secret, "a new one\n");

        await().atMost(Duration.ofSeconds(60)).until(() -> bench.states(waiting).equals(List.of("DONE")));
        casesAreWritten();
    }

    @Test
    void what_is_missing_is_told_in_a_sentence() throws Exception {
        assertThatThrownBy(() -> bench(Map.of("hub.salesforce.sign-in", "refresh-token")))
                .isInstanceOf(SettingsException.class)
                .hasMessageContaining("HUB_SALESFORCE_REFRESH_TOKEN");
        Path keys = folder.resolve("salesforce.p12");
        Map<String, String> settings = jwt(keys);
        assertThatThrownBy(() -> bench(settings))
                .isInstanceOf(SettingsException.class)
                .hasMessageContaining("hub.salesforce.keystore");
        Files.writeString(keys, "no key store");
        assertThatThrownBy(() -> bench(settings))
                .isInstanceOf(SettingsException.class)
                .hasMessageContaining("PKCS #12");
        assertThatThrownBy(() -> bench(Map.of("hub.salesforce.sign-in", "password")))
                .isInstanceOf(SettingsException.class)
                .hasMessageContaining("jwt");
    }
}
