package io.tsunagi.media;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tsunagi.line.LineAccounts;
import io.tsunagi.sandbox.line.LineSimulator;
import io.tsunagi.store.Dialect;
import io.tsunagi.store.Store;
import io.tsunagi.web.SelfSigned;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.apache.camel.CamelExecutionException;
import org.apache.camel.component.http.HttpComponent;
import org.apache.camel.component.jdbc.JdbcComponent;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.support.PluginHelper;
import org.apache.camel.support.ResourceHelper;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The routes as they are shipped, on a real database, against the LINE simulator. */
@ParameterizedClass
@EnumSource(Dialect.class)
@Timeout(120)
class MediaRoutesTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String USER = "U0000000000000000000000000000abcd";

    @Parameter
    Dialect dialect;

    private LineSimulator line;
    private TestMedia test;
    private DefaultCamelContext camel;

    @AfterEach
    void close() throws Exception {
        if (camel != null) {
            camel.close();
        }
        if (test != null) {
            test.close();
        }
        if (line != null) {
            line.close();
        }
    }

    @Test
    void a_picture_is_fetched_from_line() throws Exception {
        startWithSimulator(Map.of());
        byte[] picture = SomeBytes.png(1080, 1920, 3_000_000);
        MediaId id = test.expect(written("image", picture), "image");

        wake(id);

        assertThat(ended(id)).isEqualTo(MediaState.READY);
        assertThat(test.open(id)).isEqualTo(picture);
        assertThat(line.calls("content")).hasSize(1);
    }

    @Test
    void a_video_that_line_still_prepares_is_asked_for_again_by_the_sweep() throws Exception {
        startWithSimulator(Map.of());
        MediaId id = test.expect(written("video", null), "video");

        wake(id);

        assertThat(ended(id)).isEqualTo(MediaState.READY);
        assertThat(test.row(id).contentType()).isEqualTo("video/mp4");
        assertThat(line.calls("content")).hasSize(2);
    }

    @Test
    void a_medium_whose_signal_was_lost_is_found_by_the_sweep() throws Exception {
        startWithSimulator(Map.of());

        MediaId id = test.expect(written("image", SomeBytes.png(1, 1, 100)), "image");

        assertThat(ended(id)).isEqualTo(MediaState.READY);
    }

    @Test
    void what_line_no_longer_has_is_expired() {
        startWithSimulator(Map.of());

        MediaId id = test.expect("404404", "image");

        assertThat(ended(id)).isEqualTo(MediaState.EXPIRED);
    }

    @Test
    void a_failing_line_is_asked_again_until_it_answers() throws Exception {
        startWithSimulator(Map.of());
        line.faults(JSON.createObjectNode()
                .put("endpoint", "content")
                .put("lostAnswer", true)
                .put("times", 1));

        MediaId id = test.expect(written("image", SomeBytes.png(1, 1, 100)), "image");

        assertThat(ended(id)).isEqualTo(MediaState.READY);
        assertThat(line.calls("content")).hasSize(2);
    }

    @Test
    void an_answer_without_end_is_cut_off_and_its_connection_closed() throws Exception {
        CompletableFuture<Long> sent = new CompletableFuture<>();
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Thread endless = new Thread(() -> answerWithoutEnd(server, sent), "endless-answer");
            endless.setDaemon(true);
            endless.start();
            start(
                    "http://localhost:" + server.getLocalPort(),
                    Clock.systemUTC(),
                    Map.of("hub.media.limit-bytes", "3000000"));

            MediaId id = test.expect("1", "image");

            assertThat(ended(id)).isEqualTo(MediaState.TOO_LARGE);
            assertThat(test.chunks(id)).isEmpty();
            assertThat(sent).succeedsWithin(Duration.ofSeconds(20));
        }
    }

    private static void answerWithoutEnd(ServerSocket server, CompletableFuture<Long> sent) {
        long count = 0;
        try (Socket socket = server.accept()) {
            InputStream in = socket.getInputStream();
            byte[] request = new byte[8192];
            if (in.read(request) < 0) {
                throw new IOException("No request came");
            }
            OutputStream out = socket.getOutputStream();
            out.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            byte[] piece = SomeBytes.png(1, 1, 0x10000);
            while (true) {
                out.write("10000\r\n".getBytes(StandardCharsets.US_ASCII));
                out.write(piece);
                out.write("\r\n".getBytes(StandardCharsets.US_ASCII));
                count += piece.length;
            }
        } catch (IOException closedByTheHub) {
            sent.complete(count);
        }
    }

    /** S07 */
    @Test
    void who_stands_in_for_line_without_its_certificate_sees_no_token(@TempDir Path folder) throws Exception {
        try (SelfSigned other = new SelfSigned(folder, "not LINE")) {
            start(other.address(), Clock.systemUTC(), Map.of("hub.media.fetch-tries", "1"));

            MediaId id = test.expect("1", "image");

            assertThat(ended(id)).isEqualTo(MediaState.FAILED);
            assertThat(test.store
                            .jdbc()
                            .sql("select error from media")
                            .query(String.class)
                            .single())
                    .contains("PKIX");
            assertThat(other.asked()).isEmpty();
            assertThat(other.askTrusting("/x")).as("it does answer").isEqualTo("not LINE");
        }
    }

    @Test
    void nobody_but_line_sees_the_token_and_line_sees_nothing_else() throws Exception {
        CompletableFuture<String> request = new CompletableFuture<>();
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Thread thread = new Thread(() -> answerOnce(server, request), "one-answer");
            thread.setDaemon(true);
            thread.start();
            start("http://localhost:" + server.getLocalPort(), Clock.systemUTC(), Map.of());

            MediaId id = test.expect("../../1", "image");

            assertThat(request).succeedsWithin(Duration.ofSeconds(20));
            assertThat(request.join().lines().findFirst().orElseThrow())
                    .isEqualTo("GET /v2/bot/message/%2E%2E%2F%2E%2E%2F1/content HTTP/1.1");
            assertThat(request.join())
                    .contains("Authorization: Bearer sandbox-main-token")
                    .doesNotContain(id.toString(), "breadcrumbId", "lineMessageId");
            assertThat(ended(id)).isEqualTo(MediaState.EXPIRED);
        }
    }

    private static void answerOnce(ServerSocket server, CompletableFuture<String> request) {
        try (Socket socket = server.accept()) {
            byte[] bytes = new byte[8192];
            int count = socket.getInputStream().read(bytes);
            socket.getOutputStream()
                    .write("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
                            .getBytes(StandardCharsets.US_ASCII));
            request.complete(new String(bytes, 0, count, StandardCharsets.US_ASCII));
        } catch (IOException e) {
            request.completeExceptionally(e);
        }
    }

    @Test
    void a_purge_destroys_what_is_due_and_the_keys_of_days_that_are_over() throws Exception {
        startFortyDaysAgo();
        List<MediaId> due = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            due.add(test.ready("due" + i, SomeBytes.png(1, 1, 1000)));
        }
        MediaId later = test.ready("later", SomeBytes.png(1, 1, 1000));
        test.store
                .jdbc()
                .sql("update media set due_at = ? where id = ?")
                .params(Store.at(Instant.now().plusSeconds(3600)), later.value())
                .update();
        Path key = keyOf(due.get(0));
        List<Map<String, Object>> backupRows = due.stream().map(test::column).toList();
        List<List<byte[]>> backupChunks = due.stream().map(test::chunks).toList();
        assertThat(key).exists();

        purge();

        for (MediaId id : due) {
            assertThat(test.row(id).state()).isEqualTo(MediaState.PURGED);
            assertThat(test.chunks(id)).isEmpty();
            assertThat(test.column(id).get("wrapped_key")).isNull();
            assertThat(test.column(id).get("purged_at")).isNotNull();
            assertThat(test.messageVersion(id)).isGreaterThan(2);
        }
        assertThat(test.row(later).state()).isEqualTo(MediaState.READY);
        assertThat(test.open(later)).hasSize(1000);
        assertThat(key).as("needed by what is due later").exists();

        test.store
                .jdbc()
                .sql("update media set due_at = current_timestamp where id = ?")
                .param(later.value())
                .update();
        purge();

        assertThat(test.row(later).state()).isEqualTo(MediaState.PURGED);
        assertThat(key).doesNotExist();
        for (int i = 0; i < due.size(); i++) {
            restore(due.get(i), backupRows.get(i), backupChunks.get(i));
            MediaId restored = due.get(i);
            assertThatThrownBy(() -> test.open(restored))
                    .isInstanceOf(MediaGoneException.class)
                    .hasMessageContaining("destroyed");
        }
    }

    @Test
    void what_is_on_hold_stays_until_the_hold_is_lifted() throws Exception {
        startFortyDaysAgo();
        MediaId id = test.ready("1", SomeBytes.png(1, 1, 1000));
        Path key = keyOf(id);
        hold(id, true);

        purge();

        assertThat(test.open(id)).hasSize(1000);
        assertThat(key).exists();

        hold(id, false);
        purge();

        assertThat(test.row(id).state()).isEqualTo(MediaState.PURGED);
        assertThat(key).doesNotExist();
    }

    @Test
    void a_run_destroys_what_is_more_than_one_transaction_takes() {
        startFortyDaysAgo();
        List<MediaId> due = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            due.add(test.ready("large" + i, SomeBytes.png(1, 1, 1_500_000)));
        }

        purge();

        assertThat(due).allSatisfy(id -> assertThat(test.row(id).state()).isEqualTo(MediaState.PURGED));
        assertThat(test.store
                        .jdbc()
                        .sql("select sum(purged) from purge_counts")
                        .query(Long.class)
                        .single())
                .isEqualTo(4);
    }

    @ParameterizedTest
    @ValueSource(strings = {"select id from media for update", "select id from inquiries for update"})
    void a_purge_passes_over_what_somebody_else_has_in_hand(String lock) {
        startFortyDaysAgo();
        MediaId id = test.ready("1", SomeBytes.png(1, 1, 1000));

        test.store.inTransaction(() -> {
            test.store.jdbc().sql(lock).query().listOfRows();
            assertThat(CompletableFuture.runAsync(this::purge)).succeedsWithin(Duration.ofSeconds(20));
        });
        assertThat(test.row(id).state()).isEqualTo(MediaState.READY);

        purge();
        assertThat(test.row(id).state()).isEqualTo(MediaState.PURGED);
    }

    @Test
    void two_nodes_that_purge_at_once_destroy_each_medium_once() {
        startFortyDaysAgo();
        List<MediaId> due = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            due.add(test.ready("due" + i, SomeBytes.png(1, 1, 1000)));
        }

        CompletableFuture.allOf(CompletableFuture.runAsync(this::purge), CompletableFuture.runAsync(this::purge))
                .join();
        purge();

        long purged = test.store
                .jdbc()
                .sql("select sum(purged) from purge_counts")
                .query(Long.class)
                .single();
        assertThat(due).allSatisfy(id -> assertThat(test.row(id).state()).isEqualTo(MediaState.PURGED));
        assertThat(purged).as("each noted once").isEqualTo(12);
    }

    @Test
    void a_purge_that_breaks_off_leaves_its_batch_whole_and_the_next_one_finishes() throws Exception {
        startFortyDaysAgo();
        MediaId good = test.ready("1", SomeBytes.png(1, 1, 1000));
        MediaId other = test.ready("2", SomeBytes.png(1, 1, 1000));
        test.store.jdbc().sql("alter table media_chunks rename to hidden").update();

        assertThatThrownBy(this::purge).isInstanceOf(CamelExecutionException.class);

        test.store.jdbc().sql("alter table hidden rename to media_chunks").update();
        assertThat(List.of(test.row(good).state(), test.row(other).state())).containsOnly(MediaState.READY);
        assertThat(test.column(good).get("wrapped_key")).isNotNull();
        purge();
        assertThat(List.of(test.row(good).state(), test.row(other).state())).containsOnly(MediaState.PURGED);
    }

    @Test
    void a_purge_with_nothing_due_leaves_all_as_it_is() throws Exception {
        start("http://localhost:1", Clock.systemUTC(), Map.of());
        MediaId id = test.ready("1", SomeBytes.png(1, 1, 1000));

        purge();

        assertThat(test.open(id)).hasSize(1000);
        assertThat(test.messageVersion(id)).isEqualTo(2);
    }

    private void purge() {
        camel.createProducerTemplate().requestBody("direct:shred-due-media", null, Object.class);
    }

    private Path keyOf(MediaId id) {
        return test.keyFolder.resolve(
                test.row(id).dueAt().atOffset(ZoneOffset.UTC).toLocalDate() + ".json");
    }

    private void hold(MediaId id, boolean held) {
        test.store
                .jdbc()
                .sql("update media set held = ? where id = ?")
                .params(held, id.value())
                .update();
    }

    /** Puts back what a backup of the database held, and even a later due time, so that only the key is missing. */
    private void restore(MediaId id, Map<String, Object> row, List<byte[]> chunks) {
        test.store
                .jdbc()
                .sql("update media set state = 'READY', wrapped_key = ?, key_day = ?, due_at = ? where id = ?")
                .params(
                        row.get("wrapped_key"),
                        row.get("key_day"),
                        Store.at(Instant.now().plus(Duration.ofDays(300))),
                        id.value())
                .update();
        for (int part = 0; part < chunks.size(); part++) {
            test.store
                    .jdbc()
                    .sql("insert into media_chunks (media, part, bytes) values (?, ?, ?)")
                    .params(id.value(), part, chunks.get(part))
                    .update();
        }
    }

    private MediaState ended(MediaId id) {
        return await().atMost(Duration.ofSeconds(30))
                .until(() -> test.row(id).state(), state -> state != MediaState.FETCHING);
    }

    private void wake(MediaId id) {
        camel.createProducerTemplate().sendBody("seda:media", id.value());
    }

    private String written(String type, byte[] bytes) {
        ObjectNode message = JSON.createObjectNode().put("account", "main").put("type", type);
        if (bytes != null) {
            message.put("data", Base64.getEncoder().encodeToString(bytes));
        }
        return line.write(USER, message).messageId();
    }

    private void startWithSimulator(Map<String, String> more) {
        line = LineSimulator.builder().build().start();
        line.put(USER, JSON.createObjectNode().put("displayName", "美咲"));
        start(line.baseUri().toString(), Clock.systemUTC(), more);
    }

    /** What is fetched in this test fell due ten days ago. */
    private void startFortyDaysAgo() {
        start(
                "http://localhost:1",
                Clock.offset(Clock.systemUTC(), Duration.ofDays(-40)),
                Map.of("hub.media.purge-batch", "2"));
    }

    /** The client library would repeat a call by itself; here the database decides when. */
    private static HttpComponent withoutRetries() {
        HttpComponent http = new HttpComponent();
        http.setAutomaticRetriesDisabled(true);
        return http;
    }

    private void start(String dataApi, Clock clock, Map<String, String> more) {
        Map<String, String> overrides = new HashMap<>(more);
        overrides.put("hub.line.data-api", dataApi);
        overrides.put("hub.line.accounts", "main");
        overrides.put("hub.line.account.main.secret", "sandbox-main-secret");
        overrides.put("hub.line.account.main.token", "sandbox-main-token");
        overrides.put("hub.media.sweep-millis", "200");
        test = new TestMedia(dialect, clock, overrides);
        try {
            camel = new DefaultCamelContext();
            camel.disableJMX();
            test.settings.placeholders().forEach(camel.getPropertiesComponent()::addOverrideProperty);
            camel.getRegistry().bind("dataSource", test.store.forRoutes());
            camel.getRegistry().bind("media", test.media);
            camel.getRegistry().bind("lineAccounts", new LineAccounts(test.settings));
            camel.addComponent("jdbc", new JdbcComponent());
            camel.addComponent("http", withoutRetries());
            camel.getShutdownStrategy().setTimeout(5);
            for (String file : List.of(
                    "routes/common/on-error.camel.yaml",
                    "routes/common/leave-to-caller.camel.yaml",
                    "routes/line/get-line-content.camel.yaml",
                    "routes/media/fetch-media.camel.yaml",
                    "routes/media/sweep-media.camel.yaml",
                    "routes/media/purge-media.camel.yaml")) {
                assertThat(Path.of(file)).matches(Files::exists);
                PluginHelper.getRoutesLoader(camel).loadRoutes(ResourceHelper.resolveResource(camel, "file:" + file));
            }
            camel.start();
        } catch (Exception e) {
            throw new IllegalStateException("The routes do not start", e);
        }
    }
}
