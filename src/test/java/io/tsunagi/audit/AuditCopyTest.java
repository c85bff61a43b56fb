package io.tsunagi.audit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.tsunagi.config.Settings;
import io.tsunagi.config.SettingsException;
import io.tsunagi.store.Dialect;
import io.tsunagi.store.Store;
import io.tsunagi.store.TestStores;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;
import org.springframework.dao.DataAccessException;

/** S30: what was audited also stands where nobody of this machine can change it. */
@ParameterizedClass
@EnumSource(Dialect.class)
class AuditCopyTest {
    private static final Pattern MESSAGE =
            Pattern.compile("<(\\d+)>1 (\\S+Z) n1 tsunagi - ([!-~]{1,32}) - (\\{.*})", Pattern.DOTALL);

    @Parameter
    Dialect dialect;

    @TempDir
    Path folder;

    private TestSyslog server;
    private Map<String, String> keys;
    private Store store;

    @BeforeEach
    void open() throws Exception {
        server = TestSyslog.tcp(0);
        Settings settings = TestStores.settings(dialect, Map.of());
        store = Store.open(settings);
        keys = Map.of("hub.audit.head-file", folder.resolve("head").toString());
    }

    @AfterEach
    void close() throws Exception {
        store.close();
        server.close();
    }

    private AuditCopy copyTo(String address, String authorities, Duration longest) {
        return new AuditCopy(
                store,
                Settings.of("", Map.of("hub.audit.syslog", address, "hub.audit.syslog-authorities", authorities)),
                "n1",
                longest);
    }

    private AuditCopy copy() {
        return copyTo("tcp:127.0.0.1:" + server.port(), "", Duration.ofMinutes(1));
    }

    private void audited(int from, int to) {
        Audit audit = new Audit(store, store.clock());
        store.inTransaction(() -> {
            for (int i = from; i < to; i++) {
                audit.write("aoi", "view-inquiry", "inquiry/" + i, i % 10 == 0 ? Audit.REFUSED : Audit.OK, null, null);
            }
        });
        new AuditSealer(store, store.clock(), Settings.of("", new HashMap<>(keys))).seal();
    }

    private static List<String> objects(List<String> messages) throws Exception {
        List<String> objects = new ArrayList<>();
        for (String message : messages) {
            objects.add(row(message).path("object").asText());
        }
        return objects;
    }

    private static JsonNode row(String message) throws Exception {
        Matcher parts = MESSAGE.matcher(message);
        assertThat(parts.matches()).as(message).isTrue();
        return new ObjectMapper().readTree(parts.group(4));
    }

    private static List<String> numbered(int from, int to) {
        return IntStream.range(from, to).mapToObj(i -> "inquiry/" + i).toList();
    }

    @Test
    void chained_rows_go_once_in_their_order_and_each_bears_its_place() throws Exception {
        audited(1, 12);
        AuditCopy copy = copy();

        assertThat(copy.behind()).hasValue(11);
        assertThat(copy.copy()).isEqualTo(11);
        assertThat(copy.copy()).isZero();
        audited(12, 14);
        assertThat(copy().copy()).as("after a start too").isEqualTo(2);

        assertThat(objects(server.taken())).isEqualTo(numbered(1, 14));
        JsonNode first = row(server.taken().get(0));
        assertThat(first.path("position").asLong()).isEqualTo(1);
        assertThat(first.path("actor").asText()).isEqualTo("aoi");
        assertThat(server.taken().get(0)).startsWith("<110>1 ");
        assertThat(server.taken().get(9)).as("refused").startsWith("<108>1 ");
        assertThat(copy.behind()).hasValue(0);
        assertThat(copy.trouble()).isEmpty();
    }

    @Test
    void a_connection_that_breaks_loses_nothing() throws Exception {
        audited(1, 1_400);
        AuditCopy copy = copy();
        server.breakAfter(700);

        assertThat(copy.copy()).as("the first batch was taken").isEqualTo(500);
        assertThat(copy.trouble()).isPresent();
        assertThat(copy.behind()).hasValue(899);

        server.mend();
        assertThat(copy.copy()).isEqualTo(899);
        assertThat(copy.trouble()).isEmpty();
        assertThat(objects(server.taken()).stream().distinct()).isEqualTo(numbered(1, 1_400));
    }

    @Test
    void who_ends_the_connection_first_has_taken_nothing() throws Exception {
        audited(1, 4);
        server.endFirst();
        AuditCopy copy = copy();

        assertThat(copy.copy()).isZero();
        assertThat(copy.trouble())
                .hasValueSatisfying(words -> assertThat(words).contains("ended the connection first"));
        assertThat(copy.behind()).hasValue(3);
    }

    @Test
    void a_row_whose_detail_is_no_json_goes_as_it_stands() throws Exception {
        audited(1, 4);
        store.jdbc()
                .sql("update audit set detail = '{\"no' where object = 'inquiry/2'")
                .update();

        assertThat(copy().copy()).isEqualTo(3);
        assertThat(row(server.taken().get(1)).path("detail").asText()).isEqualTo("{\"no");
    }

    @Test
    void whatever_stops_the_copy_is_told_until_it_goes_on() {
        audited(1, 4);
        AuditCopy copy = copy();
        store.jdbc().sql("alter table audit_copied rename to audit_away").update();
        assertThatThrownBy(copy::copy).isInstanceOf(DataAccessException.class);
        assertThat(copy.trouble()).isPresent();

        store.jdbc().sql("alter table audit_away rename to audit_copied").update();
        assertThat(copy.copy()).isEqualTo(3);
        assertThat(copy.trouble()).isEmpty();
    }

    @Test
    void while_nobody_is_there_rows_wait_and_audit_goes_on() throws Exception {
        int port = server.port();
        server.close();
        audited(1, 4);
        AuditCopy copy = copyTo("tcp:127.0.0.1:" + port, "", Duration.ofMinutes(1));

        assertThat(copy.copy()).isZero();
        assertThat(copy.trouble()).isPresent();
        audited(4, 6);

        server = TestSyslog.tcp(port);
        assertThat(copy.copy()).isEqualTo(5);
        assertThat(objects(server.taken())).isEqualTo(numbered(1, 6));
    }

    @Test
    void a_server_that_reads_nothing_holds_nobody() {
        audited(1, 4);
        server.fallSilent();
        AuditCopy copy = copyTo("tcp:127.0.0.1:" + server.port(), "", Duration.ofMillis(300));

        assertThat(copy.copy()).isZero();
        assertThat(copy.trouble()).isPresent();
        assertThat(copy.behind()).hasValue(3);
    }

    @Test
    void over_tls_only_to_whom_somebody_vouches_for() throws Exception {
        audited(1, 4);
        Path certificate = folder.resolve("log.pem");
        try (TestSyslog tls = TestSyslog.tls(folder, certificate)) {
            String address = "tls:localhost:" + tls.port();
            AuditCopy stranger = copyTo(address, "", Duration.ofMinutes(1));
            assertThat(stranger.copy()).isZero();
            assertThat(stranger.trouble()).isPresent();
            assertThat(tls.taken()).isEmpty();

            AuditCopy another = copyTo("tls:127.0.0.1:" + tls.port(), certificate.toString(), Duration.ofMinutes(1));
            assertThat(another.copy()).as("its certificate names another host").isZero();
            assertThat(another.trouble()).isPresent();
            assertThat(tls.taken()).isEmpty();

            assertThat(copyTo(address, certificate.toString(), Duration.ofMinutes(1))
                            .copy())
                    .isEqualTo(3);
            assertThat(objects(tls.taken())).isEqualTo(numbered(1, 4));
        }
    }

    @Test
    void without_a_server_nothing_is_sent() {
        audited(1, 4);
        AuditCopy copy = copyTo("", "", Duration.ofMinutes(1));

        assertThat(copy.on()).isFalse();
        assertThat(copy.copy()).isZero();
        assertThat(copy.behind()).isEmpty();
    }

    @Test
    void a_wrong_address_or_file_is_said_at_the_start() throws Exception {
        assertThatThrownBy(() -> copyTo("udp:log:514", "", Duration.ofMinutes(1)))
                .isInstanceOf(SettingsException.class);
        Path empty = Files.createFile(folder.resolve("empty.pem"));
        assertThatThrownBy(() -> copyTo("tls:log:6514", empty.toString(), Duration.ofMinutes(1)))
                .isInstanceOf(SettingsException.class)
                .hasMessageContaining("hub.audit.syslog-authorities");
    }
}
