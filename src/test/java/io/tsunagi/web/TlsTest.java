package io.tsunagi.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.tsunagi.config.Finding;
import io.tsunagi.config.Settings;
import io.tsunagi.config.SettingsException;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyStore;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** S07: the hub speaks TLS by itself, 1.2 and newer, with a certificate that is renewed while it runs. */
class TlsTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final String PASSWORD = "changeit";

    /** A certificate for localhost and its key, made by the JDK's own tool. */
    private record Made(X509Certificate certificate, String pem, String key) {}

    @TempDir
    static Path made;

    private static Made first;
    private static Made second;
    private static Made ended;

    @TempDir
    Path folder;

    private Path certificate;
    private Path key;
    private Web web;

    @BeforeAll
    static void make() throws Exception {
        first = make("first", "RSA", "-1d", 60);
        second = make("second", "EC", "-1d", 60);
        ended = make("ended", "RSA", "-60d", 30);
    }

    private static Made make(String name, String kind, String from, int days) throws Exception {
        Path store = made.resolve(name + ".p12");
        Process keytool = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "keytool")
                                .toString(),
                        "-genkeypair",
                        "-alias",
                        "hub",
                        "-keyalg",
                        kind,
                        "-dname",
                        "CN=localhost",
                        "-ext",
                        "san=dns:localhost,ip:127.0.0.1",
                        "-startdate",
                        from,
                        "-validity",
                        "" + days,
                        "-storetype",
                        "PKCS12",
                        "-keystore",
                        store.toString(),
                        "-storepass",
                        PASSWORD)
                .redirectErrorStream(true)
                .start();
        String said = new String(keytool.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
        assertThat(keytool.waitFor(60, TimeUnit.SECONDS) && keytool.exitValue() == 0)
                .as(said)
                .isTrue();
        KeyStore keys = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(store)) {
            keys.load(in, PASSWORD.toCharArray());
        }
        X509Certificate certificate = (X509Certificate) keys.getCertificate("hub");
        return new Made(
                certificate,
                pem("CERTIFICATE", certificate.getEncoded()),
                pem("PRIVATE KEY", keys.getKey("hub", PASSWORD.toCharArray()).getEncoded()));
    }

    private static String pem(String what, byte[] bytes) {
        return "-----BEGIN " + what + "-----\n"
                + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(bytes) + "\n-----END " + what + "-----\n";
    }

    @BeforeEach
    void write() throws IOException {
        certificate = folder.resolve("hub.pem");
        key = folder.resolve("hub-key.pem");
        put(first);
    }

    private void put(Made shown) throws IOException {
        Files.writeString(certificate, shown.pem());
        Files.writeString(key, shown.key());
        Files.setPosixFilePermissions(key, PosixFilePermissions.fromString("rw-r-----"));
    }

    @AfterEach
    void close() {
        if (web != null) {
            web.stopListening();
            web.close();
        }
    }

    private Settings settings() {
        Map<String, String> all = new HashMap<>(Map.of(
                "hub.http.host", "127.0.0.1",
                "hub.http.port", "0",
                "hub.private.host", "127.0.0.1",
                "hub.private.port", "0",
                "hub.management.port", "0",
                "hub.http.public-url", "https://localhost",
                "hub.http.certificate", certificate.toString(),
                "hub.http.certificate-key", key.toString(),
                "hub.http.certificate-look-millis", "100"));
        return Settings.of("", all);
    }

    private void open() {
        web = new Web(settings());
        web.check();
        web.main().post("/line/main").handler(ctx -> ctx.response().end("kept"));
        web.main().get("/api/me").handler(ctx -> ctx.response().end("aoi"));
        web.listen();
    }

    private static SSLContext trusting(Made... certificates) throws Exception {
        KeyStore trusted = KeyStore.getInstance(KeyStore.getDefaultType());
        trusted.load(null);
        for (int i = 0; i < certificates.length; i++) {
            trusted.setCertificateEntry("c" + i, certificates[i].certificate());
        }
        TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(trusted);
        TrustManager[] managers = factory.getTrustManagers();
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, managers, new SecureRandom());
        return context;
    }

    private static HttpResponse<String> ask(int port, String method, String path, SSLContext trusting)
            throws Exception {
        return HttpClient.newBuilder()
                .sslContext(trusting)
                .build()
                .send(
                        HttpRequest.newBuilder(URI.create("https://localhost:" + port + path))
                                .method(method, HttpRequest.BodyPublishers.noBody())
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
    }

    @Test
    void both_doors_speak_tls_and_say_so_to_browsers() throws Exception {
        open();

        HttpResponse<String> kept = ask(web.port(), "POST", "/line/main", trusting(first));
        assertThat(kept.body()).isEqualTo("kept");
        assertThat(kept.headers().firstValue("strict-transport-security")).contains("max-age=31536000");
        assertThat(ask(web.privatePort(), "GET", "/api/me", trusting(first)).body())
                .isEqualTo("aoi");
        assertThat(ask(web.port(), "GET", "/api/me", trusting(first)).statusCode())
                .isEqualTo(404);
        assertThatThrownBy(() -> ask(web.port(), "POST", "/line/main", trusting(second)))
                .as("somebody who trusts another one")
                .isInstanceOf(SSLException.class);
    }

    @Test
    void versions_before_1_2_are_refused() throws Exception {
        open();

        for (String version : new String[] {"TLSv1.2", "TLSv1.3"}) {
            assertThat(speaks(version)).as(version).isTrue();
        }
        for (String version : new String[] {"TLSv1", "TLSv1.1"}) {
            assertThat(speaks(version)).as(version).isFalse();
        }
    }

    private boolean speaks(String version) throws Exception {
        try (SSLSocket socket = (SSLSocket) trusting(first).getSocketFactory().createSocket("127.0.0.1", web.port())) {
            socket.setEnabledProtocols(new String[] {version});
            socket.setSoTimeout(10_000);
            socket.startHandshake();
            return socket.getSession().getProtocol().equals(version);
        } catch (SSLException e) {
            return false;
        }
    }

    /** A handshake that is under way while the certificate changes may be cut. */
    @Test
    void a_renewed_certificate_is_shown_without_a_restart_and_a_wrong_one_is_not() throws Exception {
        open();
        assertThat(shown(web.port())).isEqualTo(first.certificate());

        put(second);
        for (int port : new int[] {web.port(), web.privatePort()}) {
            await().atMost(PATIENCE).ignoreExceptions().untilAsserted(() -> assertThat(shown(port))
                    .isEqualTo(second.certificate()));
        }

        Files.writeString(certificate, first.pem());
        await().atMost(PATIENCE).untilAsserted(() -> assertThat(web.troubleWithCertificate())
                .hasValueSatisfying(said -> assertThat(said).contains("cannot use the certificate and key")));
        assertThat(shown(web.port())).isEqualTo(second.certificate());

        put(first);
        await().atMost(PATIENCE).ignoreExceptions().untilAsserted(() -> assertThat(shown(web.port()))
                .isEqualTo(first.certificate()));
        assertThat(web.troubleWithCertificate()).isEmpty();

        put(ended);
        await().atMost(PATIENCE).untilAsserted(() -> assertThat(web.troubleWithCertificate())
                .hasValueSatisfying(said -> assertThat(said).contains("The certificate ended")));
    }

    private static X509Certificate shown(int port) throws Exception {
        try (SSLSocket socket =
                (SSLSocket) trusting(first, second).getSocketFactory().createSocket("127.0.0.1", port)) {
            socket.setSoTimeout(10_000);
            socket.startHandshake();
            return (X509Certificate) socket.getSession().getPeerCertificates()[0];
        }
    }

    @Test
    void files_that_cannot_be_used_stop_the_start_with_a_sentence() throws Exception {
        Files.setPosixFilePermissions(key, PosixFilePermissions.fromString("rw-r--r--"));
        refused("can be read by everybody");
        put(first);
        Files.writeString(key, second.key());
        refused("cannot use the certificate and key");
        Files.writeString(key, ended.key());
        refused("the key is not that of the first certificate");
        Files.writeString(key, "no key");
        refused("cannot use the certificate and key");
        put(first);
        Files.writeString(certificate, "no certificate");
        refused("cannot use the certificate and key");
        Files.delete(certificate);
        refused("cannot be read");
    }

    private void refused(String said) {
        Web refusing = new Web(settings());
        try {
            assertThatThrownBy(refusing::check)
                    .isInstanceOf(SettingsException.class)
                    .hasMessageContaining(said);
        } finally {
            refusing.close();
        }
    }

    @Test
    void whoever_looks_before_the_start_is_told_how_long_it_holds() throws Exception {
        assertThat(Doors.look(settings(), Clock.systemUTC()))
                .extracting(Finding::kind)
                .containsOnly(Finding.Kind.GOOD);
        Clock later = Clock.offset(Clock.systemUTC(), Duration.ofDays(45));
        assertThat(Doors.look(settings(), later))
                .anyMatch(found ->
                        found.kind() == Finding.Kind.NOTE && found.sentence().contains("renew it"));
        put(ended);
        assertThat(Doors.look(settings(), Clock.systemUTC()))
                .anyMatch(found ->
                        found.kind() == Finding.Kind.WRONG && found.sentence().contains("The certificate ended"));
    }
}
