package io.tsunagi.media;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tsunagi.config.SettingsException;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** S12: what ClamAV's daemon is asked, and what its answers mean. */
class ClamdTest {
    private static final int PATIENCE_MILLIS = 20_000;

    private static Optional<String> found(Clamd clamd, byte[] bytes) throws NotScannedException {
        try (VirusScanner.Look look = clamd.begin()) {
            // In pieces, as they come from LINE: a virus may lie across two.
            for (int at = 0; at < bytes.length; at += 50) {
                look.see(bytes, at, Math.min(50, bytes.length - at));
            }
            return look.found();
        }
    }

    @Test
    void a_virus_is_named_and_other_bytes_are_clean() throws Exception {
        try (TestClamd server = TestClamd.onPort(0, 10_000)) {
            Clamd clamd = Clamd.at(server.address(), PATIENCE_MILLIS);

            assertThat(found(clamd, TestClamd.EICAR)).contains("Eicar-Test-Signature");
            assertThat(found(clamd, new byte[5_000])).isEmpty();
            assertThat(found(clamd, new byte[0])).isEmpty();
            assertThat(server.sizes).containsExactly(TestClamd.EICAR.length, 5_000, 0);
            assertThat(clamd.trouble()).isEmpty();
        }
    }

    @Test
    void a_socket_of_this_machine_does_too(@TempDir Path folder) throws Exception {
        // The path of a socket has 108 bytes at most, which a folder of a test may exceed.
        Path socket = Files.createTempDirectory(Path.of("/tmp"), "clamd").resolve("s");
        try (TestClamd server = TestClamd.onSocket(socket)) {
            Clamd clamd = Clamd.at(server.address(), PATIENCE_MILLIS);

            assertThat(found(clamd, TestClamd.EICAR)).contains("Eicar-Test-Signature");
            assertThat(clamd.trouble()).isEmpty();
        } finally {
            Files.delete(socket.getParent());
        }
        Clamd nobody = Clamd.at("unix:" + folder.resolve("none"), PATIENCE_MILLIS);
        assertThatThrownBy(nobody::begin).isInstanceOf(NotScannedException.class);
        assertThat(nobody.trouble())
                .hasValueSatisfying(words -> assertThat(words).contains("hub.media.clamd"));
    }

    @Test
    void more_than_the_daemon_takes_is_not_clean() throws Exception {
        try (TestClamd server = TestClamd.onPort(0, 1_000)) {
            Clamd clamd = Clamd.at(server.address(), PATIENCE_MILLIS);

            assertThatThrownBy(() -> found(clamd, new byte[2_000])).isInstanceOf(NotScannedException.class);
        }
    }

    @Test
    void nobody_there_is_not_clean() throws Exception {
        int free;
        try (ServerSocket taken = new ServerSocket(0)) {
            free = taken.getLocalPort();
        }
        Clamd clamd = Clamd.at("127.0.0.1:" + free, PATIENCE_MILLIS);

        assertThatThrownBy(clamd::begin).isInstanceOf(NotScannedException.class);
        assertThat(clamd.trouble()).isPresent();
    }

    @Test
    void silence_is_not_clean() throws Exception {
        try (TestClamd server = TestClamd.onPort(0, 1_000)) {
            server.fallSilent();
            Clamd clamd = Clamd.at(server.address(), 100);

            assertThatThrownBy(() -> found(clamd, new byte[10]))
                    .isInstanceOf(NotScannedException.class)
                    .hasRootCauseInstanceOf(IOException.class);
        }
    }

    @Test
    @Timeout(60)
    void health_waits_for_no_silent_daemon() throws Exception {
        try (TestClamd server = TestClamd.onPort(0, 1_000)) {
            server.fallSilent();
            Clamd clamd = Clamd.at(server.address(), Integer.MAX_VALUE);

            assertThat(clamd.trouble())
                    .hasValueSatisfying(words -> assertThat(words).contains("does not answer"));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"clamd", "clamd:0", "clamd:65536", "unix:relative", "http://clamd:3310", "a b:3310"})
    void what_is_no_address_is_refused(String address) {
        assertThatThrownBy(() -> Clamd.at(address, PATIENCE_MILLIS)).isInstanceOf(SettingsException.class);
    }
}
