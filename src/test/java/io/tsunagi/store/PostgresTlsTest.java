package io.tsunagi.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.zaxxer.hikari.HikariDataSource;
import io.tsunagi.config.Settings;
import io.tsunagi.config.SettingsException;
import io.tsunagi.web.Impostor;
import io.tsunagi.web.Impostor.Shows;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** S07: who stands in for the database is not told its password, nor anything else. */
@Timeout(180)
class PostgresTlsTest {
    @TempDir
    static Path folder;

    private static Impostor certificates;
    private static EmbeddedPostgres server;

    @BeforeAll
    static void open() throws Exception {
        certificates = new Impostor(folder, path -> "");
        for (Shows kind : new Shows[] {Shows.RIGHT, Shows.SELF_SIGNED, Shows.EXPIRED, Shows.OTHER_HOST}) {
            write(kind, certificates.keys(kind));
        }
        server = EmbeddedPostgres.builder()
                .setServerConfig("listen_addresses", "127.0.0.1")
                .setServerConfig("unix_socket_directories", "")
                .start();
    }

    @AfterAll
    static void close() throws IOException {
        if (server != null) {
            server.close();
        }
        certificates.close();
    }

    private static Path file(Shows kind, String ending) {
        return folder.resolve(kind + ending).toAbsolutePath();
    }

    private static void write(Shows kind, KeyStore keys) throws Exception {
        StringBuilder chain = new StringBuilder();
        for (Certificate certificate : keys.getCertificateChain("server")) {
            chain.append(Impostor.pem("CERTIFICATE", certificate.getEncoded()));
        }
        Files.writeString(file(kind, ".crt"), chain);
        Files.createFile(
                file(kind, ".key"), PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        Files.writeString(
                file(kind, ".key"),
                Impostor.pem(
                        "PRIVATE KEY",
                        keys.getKey("server", Impostor.password()).getEncoded()));
    }

    private static void serverShows(Shows kind) throws SQLException {
        boolean old = kind == Shows.OLD_TLS;
        String certificate = file(old ? Shows.RIGHT : kind, ".crt").toString();
        String newest = old ? "TLSv1.1" : "TLSv1.3";
        try (Connection connection = inTheClear();
                Statement statement = connection.createStatement()) {
            statement.execute("alter system set ssl_cert_file = '" + certificate + "'");
            statement.execute("alter system set ssl_key_file = '" + certificate.replaceFirst("crt$", "key") + "'");
            statement.execute("alter system set ssl_min_protocol_version = '" + (old ? "TLSv1" : "TLSv1.2") + "'");
            statement.execute("alter system set ssl_max_protocol_version = '" + newest + "'");
            statement.execute("alter system set ssl = on");
            statement.execute("select pg_reload_conf()");
        }
        // Who comes next is served by a process that is made after the server has read its settings.
        await().atMost(Duration.ofSeconds(20))
                .until(() -> setting("ssl_cert_file").equals(certificate)
                        && setting("ssl_max_protocol_version").equals(newest));
    }

    private static String setting(String name) throws SQLException {
        try (Connection connection = inTheClear();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("show " + name)) {
            row.next();
            return row.getString(1);
        }
    }

    private static Connection inTheClear() throws SQLException {
        return DriverManager.getConnection(
                "jdbc:postgresql://localhost:" + server.getPort() + "/postgres?user=postgres&sslmode=disable");
    }

    private static Settings settings(String url, String... more) {
        Map<String, String> settings = new HashMap<>(Map.of(
                "hub.store.url", url,
                "hub.store.user", "postgres",
                "hub.store.connections", "4",
                "hub.store.connection-timeout", "PT3S"));
        for (int i = 0; i < more.length; i += 2) {
            settings.put(more[i], more[i + 1]);
        }
        return Settings.of("", settings);
    }

    private static String verifying() {
        return "jdbc:postgresql://localhost:" + server.getPort() + "/postgres?sslmode=verify-full&sslrootcert="
                + certificates.authority().toAbsolutePath();
    }

    @ParameterizedTest
    @EnumSource(
            value = Shows.class,
            names = {"SELF_SIGNED", "EXPIRED", "OTHER_HOST", "OLD_TLS"})
    void a_database_with_a_wrong_certificate_is_not_used(Shows wrong) throws Exception {
        serverShows(wrong);

        assertThatThrownBy(() -> Store.connect(settings(verifying()), false))
                .isInstanceOf(SettingsException.class)
                .hasMessageContaining("cannot be opened")
                .satisfies(e -> assertThat(e.getMessage()).containsAnyOf(reasons(wrong)));
    }

    private static String[] reasons(Shows wrong) {
        return switch (wrong) {
            case SELF_SIGNED -> new String[] {"unable to find valid certification path"};
            case EXPIRED -> new String[] {"NotAfter"};
            case OTHER_HOST -> new String[] {"could not be verified by hostnameverifier", "localhost"};
            default -> new String[] {"protocol_version", "protocol version", "handshake_failure"};
        };
    }

    @Test
    void a_database_with_the_right_one_is_used_over_tls() throws Exception {
        serverShows(Shows.RIGHT);
        try (HikariDataSource pool = Store.connect(settings(verifying()), false).orElseThrow();
                Connection connection = pool.getConnection();
                Statement statement = connection.createStatement();
                ResultSet row =
                        statement.executeQuery("select version from pg_stat_ssl where pid = pg_backend_pid()")) {
            assertThat(row.next()).isTrue();
            assertThat(row.getString(1)).startsWith("TLSv1.");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "jdbc:postgresql://db.example.com/tsunagi",
                "jdbc:postgresql://db.example.com/tsunagi?sslmode=disable",
                "jdbc:postgresql://db.example.com/tsunagi?sslmode=require",
                "jdbc:postgresql://db.example.com/tsunagi?sslmode=verify-ca&sslrootcert=a.pem",
                "jdbc:postgresql://db.example.com/tsunagi?ssl=false",
                "jdbc:postgresql://127.0.0.1,db.example.com/tsunagi?sslmode=prefer",
                "jdbc:postgresql://db.example.com/tsunagi?sslmode=verify-full&sslfactory=org.postgresql.ssl.NonValidatingFactory",
                "jdbc:postgresql://db.example.com/tsunagi?sslmode=verify-full&sslhostnameverifier=com.example.All",
                "jdbc:postgresql://127.0.0.1.example.com/tsunagi"
            })
    void a_database_on_another_machine_that_is_not_verified_is_refused(String url) {
        assertThatThrownBy(() -> Store.connect(settings(url), false))
                .isInstanceOf(SettingsException.class)
                .hasMessageContaining("sslmode=verify-full")
                .hasMessageContaining("hub.outgoing.without-tls");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "?sslmode=verify-full",
                "?ssl=true",
                "?ssl=TRUE",
                "?ssl",
                "?sslmode=verify-full&sslfactory=org.postgresql.ssl.DefaultJavaSSLFactory"
            })
    void a_verified_one_is_called(String how) {
        assertThatThrownBy(() -> Store.connect(
                        settings(
                                "jdbc:postgresql://db.invalid:1/tsunagi" + how, "hub.store.connection-timeout", "PT1S"),
                        false))
                .hasMessageContaining("cannot be opened");
    }

    @Test
    void one_whose_address_names_no_host_is_on_this_machine() {
        assertThatThrownBy(() -> Store.connect(
                        settings(
                                "jdbc:postgresql:///tsunagi?PGPORT=1&connectTimeout=1",
                                "hub.store.connection-timeout",
                                "PT1S"),
                        false))
                .hasMessageContaining("cannot be opened");
    }

    @Test
    void one_that_is_named_may_be_in_the_clear() {
        assertThatThrownBy(() -> Store.connect(
                        settings(
                                "jdbc:postgresql://db.invalid:1/tsunagi",
                                "hub.outgoing.without-tls",
                                "db.invalid",
                                "hub.store.connection-timeout",
                                "PT1S"),
                        false))
                .hasMessageContaining("cannot be opened");
    }
}
