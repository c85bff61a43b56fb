package io.tsunagi.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpServer;
import io.tsunagi.store.Dialect;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import javax.management.JMException;
import javax.management.ObjectName;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/** Teams edit route files while customers write (F31, F32, F33): a bad file changes nothing, a good one loses nothing. */
@TestMethodOrder(MethodOrderer.MethodName.class)
class RouteEditingTest {
    private static final String HAND_OFF = "dispatch/hand-off.camel.yaml";
    private static final String CANNED = "console/canned-api.camel.yaml";
    private static final String NOTE = "dispatch/on-hand-off.camel.yaml";
    private static final String EVENTS = "line/handle-event.camel.yaml";
    private static final String OWN = "custom/acme.camel.yaml";
    private static final List<String> EDITED = List.of(HAND_OFF, OWN, CANNED, NOTE, EVENTS);

    @TempDir
    static Path folder;

    private static TestHub hub;
    private static Rows rows;

    @BeforeAll
    static void start() throws IOException {
        hub = TestHub.start(
                Dialect.H2,
                Map.of(
                        "hub.routes.folder",
                        folder.toString(),
                        "hub.routes.look-millis",
                        "50",
                        "hub.routes.tried-events",
                        "10"));
        rows = new Rows(hub.settings());
    }

    @AfterAll
    static void stop() {
        rows.close();
        hub.close();
    }

    /** Each test leaves the folder as it found it, and the hub running what is built in. */
    @AfterEach
    void clear() throws IOException {
        for (String name : EDITED) {
            Files.deleteIfExists(folder.resolve(name));
        }
        await("all is built in again")
                .atMost(TestHub.PATIENCE)
                .until(() -> health().equals("UP")
                        && EDITED.stream().allMatch(name -> running(name).isEmpty()));
    }

    private static String shipped(String name) throws IOException {
        return Files.readString(Path.of("routes").resolve(name));
    }

    /** Puts a file into place whole, as an editor or a deployment should. */
    private static void put(String name, byte[] text) throws IOException {
        Path file = folder.resolve(name);
        Files.createDirectories(file.getParent());
        Path aside = file.resolveSibling("." + file.getFileName() + ".part");
        Files.write(aside, text);
        Files.move(aside, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    private static void put(String name, String text) throws IOException {
        put(name, text.getBytes(StandardCharsets.UTF_8));
    }

    private static String health() throws IOException {
        JsonNode checks = Webhook.JSON
                .readTree(Webhook.get(hub.management() + "/observe/health"))
                .path("checks");
        for (JsonNode check : checks) {
            if (check.path("name").asText().equals("routes")) {
                return check.path("status").asText();
            }
        }
        return "missing";
    }

    private static long audited(String outcome) {
        return rows.count("select count(*) from audit where act = 'change-routes' and outcome = ?", outcome);
    }

    private static String lastRefusal() {
        return rows.text(
                "select detail from audit where act = 'change-routes' and outcome = 'refused' order by seq desc limit 1");
    }

    /** Gives the act by which a file came to be what it is; empty when the built-in one runs. */
    private static String running(String name) {
        return rows.store()
                .jdbc()
                .sql("select act from route_versions where file = ? order by seq desc limit 1")
                .param(name)
                .query(String.class)
                .optional()
                .filter(act -> !act.equals("GONE"))
                .orElse("");
    }

    private static String customer() {
        return "U" + UUID.randomUUID().toString().replace("-", "");
    }

    private static String teamOf(String user) {
        return await("a waiting inquiry")
                .atMost(TestHub.PATIENCE)
                .until(
                        () -> rows.store()
                                .jdbc()
                                .sql("select i.team from inquiries i join customers c on c.id = i.customer"
                                        + " where c.line_user_id = ? and i.state = 'WAITING'")
                                .param(user)
                                .query(String.class)
                                .optional()
                                .orElse(null),
                        team -> team != null);
    }

    /** Customers who ask the bot and then for a person, one after the other in each of some threads, until told to stop. */
    private static final class Load implements AutoCloseable {
        private static final int THREADS = 3;

        private final Queue<String> users = new ConcurrentLinkedQueue<>();
        private final AtomicBoolean going = new AtomicBoolean(true);
        private final List<CompletableFuture<Void>> writers = IntStream.range(0, THREADS)
                .mapToObj(i -> CompletableFuture.runAsync(this::write))
                .toList();

        private void write() {
            while (going.get()) {
                String user = customer();
                users.add(user);
                hub.line.write(user, "main", "残高の確認方法");
                hub.line.write(user, "main", "オペレーターと話したい");
                await("a person for " + user)
                        .pollInterval(Duration.ofMillis(100))
                        .atMost(TestHub.PATIENCE)
                        .until(() -> handOffs(user) > 0);
            }
        }

        private static long handOffs(String user) {
            return hub.chat(user).stream()
                    .filter(bubble -> bubble.path("text").asText().contains("おつなぎします"))
                    .count();
        }

        /** Stops, waits for quiet, and sees that each customer was served once, at the first try. */
        @Override
        public void close() {
            going.set(false);
            writers.forEach(CompletableFuture::join);
            await("quiet")
                    .atMost(TestHub.PATIENCE)
                    .until(() -> rows.count("select count(*) from events where state <> 'DONE'") == 0);
            assertThat(rows.count("select count(*) from events where first_failed_at is not null"))
                    .as("turns that failed")
                    .isZero();
            assertThat(users).hasSizeGreaterThan(2 * THREADS);
            for (String user : users) {
                assertThat(handOffs(user)).isEqualTo(1);
            }
            assertThat(waitingMessages())
                    .containsAllEntriesOf(users.stream().collect(Collectors.toMap(user -> user, user -> 2L)));
        }

        /** How many messages each customer has in waiting inquiries. */
        private static Map<String, Long> waitingMessages() {
            return rows
                    .store()
                    .jdbc()
                    .sql("select c.line_user_id, count(*) from messages m join inquiries i on i.id = m.inquiry"
                            + " join customers c on c.id = i.customer"
                            + " where m.sender = 'CUSTOMER' and i.state = 'WAITING' group by c.line_user_id")
                    .query((row, i) -> Map.entry(row.getString(1), row.getLong(2)))
                    .list()
                    .stream()
                    .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
        }
    }

    /** F31, Scenario 67 */
    @Test
    void a_broken_file_changes_nothing_and_says_where_and_why() throws IOException {
        String good = shipped(HAND_OFF);
        Map<String, byte[]> broken = new java.util.LinkedHashMap<>();
        broken.put("syntax", (good + "\n  - [\n").getBytes(StandardCharsets.UTF_8));
        broken.put("component", good.replace("jdbc:dataSource", "nonsense:x").getBytes(StandardCharsets.UTF_8));
        broken.put(
                "setting",
                good.replace("constant: support", "constant: \"{{hub.no.such}}\"")
                        .getBytes(StandardCharsets.UTF_8));
        broken.put("twice", good.replace("id: usual-team", "id: take-turn").getBytes(StandardCharsets.UTF_8));
        broken.put("empty", new byte[0]);
        broken.put("half", good.substring(0, good.length() / 2).getBytes(StandardCharsets.UTF_8));
        broken.put("size", new byte[10 << 20]);
        broken.put(
                "build",
                good.replace("outputType: SelectOne", "outputType: SelectNonsense")
                        .getBytes(StandardCharsets.UTF_8));
        broken.put(
                "sample",
                good.replace(
                                "        - bean:\n            id: queue",
                                "        - stop: {}\n        - bean:\n            id: queue")
                        .getBytes(StandardCharsets.UTF_8));
        try (Load load = new Load()) {
            for (Map.Entry<String, byte[]> file : broken.entrySet()) {
                long before = audited("refused");
                put(HAND_OFF, file.getValue());
                await(file.getKey()).atMost(TestHub.PATIENCE).until(() -> audited("refused") > before);
                await(file.getKey()).atMost(TestHub.PATIENCE).until(() -> health().equals("WARN"));
                if (!file.getKey().equals("half")) {
                    assertThat(lastRefusal()).contains("\"rule\":\"" + file.getKey() + "\"");
                }
            }
            put(HAND_OFF, good);
            await("mended").atMost(TestHub.PATIENCE).until(() -> health().equals("UP"));
        }
    }

    /** F32, Scenario 67 */
    @Test
    void a_good_file_replaced_twenty_times_under_load_loses_and_doubles_nothing() throws IOException {
        String good = shipped(HAND_OFF);
        try (Load load = new Load()) {
            for (int i = 1; i <= 20; i++) {
                long before = audited("ok");
                put(HAND_OFF, good.replace("constant: support", "constant: acme" + i));
                await("version " + i).atMost(TestHub.PATIENCE).until(() -> audited("ok") > before);
            }
        }
        String user = customer();
        assertThat(Webhook.post(hub, Webhook.body(Webhook.text(user, "オペレーターと話したい"))))
                .isEqualTo(200);
        assertThat(teamOf(user)).isEqualTo("acme20");
    }

    /** F33 */
    @Test
    void a_hostile_file_is_refused_and_audited() throws IOException {
        long before = audited("refused");
        put(OWN, """
                - route:
                    id: acme-evil
                    description: Does evil
                    from:
                      uri: timer:acme-evil
                      steps:
                        - to:
                            id: acme-run
                            uri: exec:touch?args=/tmp/evil
                """);

        await("refused").atMost(TestHub.PATIENCE).until(() -> audited("refused") > before);
        await("it is said").atMost(TestHub.PATIENCE).until(() -> health().equals("WARN"));
        assertThat(lastRefusal()).contains("component").contains(OWN + ":9");
    }

    /** No shipped sample is a place; a customer's was. */
    @Test
    void what_only_a_customers_own_event_shows_is_refused_and_tells_nothing_of_it() throws IOException {
        ObjectNode place = Webhook.JSON
                .createObjectNode()
                .put("account", "main")
                .put("type", "location")
                .put("title", "みさきの家")
                .put("address", "東京都千代田区1-1")
                .put("latitude", 35.6852)
                .put("longitude", 139.7528);
        hub.line.write(customer(), place);
        await("it had its effect")
                .atMost(TestHub.PATIENCE)
                .until(() -> rows.count("select count(*) from messages where type = 'location'") > 0
                        && rows.count("select count(*) from events where state <> 'DONE'") == 0);
        long before = audited("refused");

        put(
                EVENTS,
                shipped(EVENTS)
                        .replace("                  - to:\n                      id: to-receive-message", """
                                  - filter:
                                      id: acme-places
                                      simple: "${body.messageType} == 'location'"
                                      steps:
                                        - throwException:
                                            id: acme-no-places
                                            exceptionType: java.lang.IllegalStateException
                                            message: "${body.content}"
                                  - to:
                                      id: to-receive-message""".indent(18)
                                .stripTrailing()));

        await("refused").atMost(TestHub.PATIENCE).until(() -> audited("refused") > before);
        assertThat(lastRefusal())
                .contains("\"rule\":\"sample\"")
                .doesNotContain("みさき")
                .doesNotContain("千代田区");
    }

    @Test
    void a_schedule_that_goes_leaves_no_trigger_behind() throws Exception {
        put(OWN, """
                - route:
                    id: acme-tick
                    description: Ticks
                    from:
                      uri: quartz
                      parameters:
                        groupName: acme
                        triggerName: acme-tick
                        cron: "0 0 0 1 1 ?"
                      steps:
                        - log:
                            id: acme-say
                            message: tick
                """);
        await("scheduled").atMost(TestHub.PATIENCE).until(() -> triggers().contains("acme-tick"));

        Files.delete(folder.resolve(OWN));

        await("gone").atMost(TestHub.PATIENCE).until(() -> !triggers().contains("acme-tick"));
        assertThat(triggers()).contains("purge-media");
    }

    private static String triggers() throws JMException {
        StringBuilder all = new StringBuilder();
        var beans = ManagementFactory.getPlatformMBeanServer();
        for (ObjectName name : beans.queryNames(new ObjectName("quartz:type=QuartzScheduler,*"), null)) {
            all.append(((javax.management.openmbean.TabularData) beans.getAttribute(name, "AllJobDetails")).values());
        }
        return all.toString();
    }

    @Test
    void routes_at_an_address_wait_for_the_next_start() throws Exception {
        Operator aoi = hub.away("aoi");
        long before = audited("refused");
        put(CANNED, shipped(CANNED).replace("Lists canned answers, the most used first", "Lists them"));

        await("refused").atMost(TestHub.PATIENCE).until(() -> audited("refused") > before);
        assertThat(lastRefusal()).contains("\"rule\":\"restart\"");
        aoi.get("/api/canned");

        hub.stopHub();
        hub.startHub();
        assertThat(Webhook.get(hub.base() + "/api/openapi.json")).contains("Lists them");
        Files.delete(folder.resolve(CANNED));
        hub.stopHub();
        hub.startHub();
    }

    @Test
    void what_was_taken_is_rolled_back_in_one_step_and_stays_so_after_a_restart() throws IOException {
        String good = shipped(HAND_OFF);
        long before = audited("ok");
        put(HAND_OFF, good.replace("constant: support", "constant: first"));
        await("first").atMost(TestHub.PATIENCE).until(() -> audited("ok") > before);
        put(HAND_OFF, good.replace("constant: support", "constant: second"));
        await("second").atMost(TestHub.PATIENCE).until(() -> audited("ok") > before + 1);

        Files.writeString(folder.resolve("rollback"), HAND_OFF + "\n");
        await("rolled back").atMost(TestHub.PATIENCE).until(() -> Files.exists(folder.resolve("rolled-back")));

        assertThat(Files.readString(folder.resolve("rolled-back"))).contains("is rolled back");
        assertThat(askingTeam()).isEqualTo("first");
        await("it is said").atMost(TestHub.PATIENCE).until(() -> health().equals("WARN"));

        hub.stopHub();
        hub.startHub();
        assertThat(askingTeam()).isEqualTo("first");
        Files.delete(folder.resolve("rolled-back"));
    }

    /** Design rule 14 */
    @Test
    void a_hub_that_finds_a_broken_file_starts_with_the_last_good_one() throws IOException {
        String good = shipped(HAND_OFF);
        long before = audited("ok");
        put(HAND_OFF, good.replace("constant: support", "constant: good"));
        await("good").atMost(TestHub.PATIENCE).until(() -> audited("ok") > before);

        hub.stopHub();
        put(HAND_OFF, good.replace("constant: support", "constant: [bad"));
        hub.startHub();

        assertThat(health()).isEqualTo("WARN");
        assertThat(askingTeam()).isEqualTo("good");
    }

    /** The recipe of docs/integrate.md, as it stands there. */
    @Test
    void a_chat_of_the_team_hears_that_somebody_waits() throws IOException {
        BlockingQueue<String> told = new LinkedBlockingQueue<>();
        HttpServer chat = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
        chat.createContext("/", call -> {
            told.add(call.getRequestHeaders().getFirst("Content-Type") + " "
                    + new String(call.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
            call.sendResponseHeaders(200, -1);
            call.close();
        });
        chat.start();
        try {
            Matcher recipe = Pattern.compile(
                            "`routes/(dispatch/on-hand-off\\.camel\\.yaml)`, whole.*?```yaml\n(.*?)```", Pattern.DOTALL)
                    .matcher(Files.readString(Path.of("docs/integrate.md")));
            assertThat(recipe.find()).isTrue();
            long before = audited("ok");
            put(
                    recipe.group(1),
                    recipe.group(2)
                            .replace(
                                    "{{env:ACME_CHAT_URL}}",
                                    "http://127.0.0.1:" + chat.getAddress().getPort() + "/"));
            await("taken").atMost(TestHub.PATIENCE).until(() -> audited("ok") > before);

            assertThat(askingTeam()).isEqualTo("support");

            await("told").atMost(TestHub.PATIENCE).until(() -> !told.isEmpty());
            assertThat(told.peek()).matches("application/json \\{\"text\": \"An inquiry waits: .+, number \\d+\"}");
        } finally {
            Files.deleteIfExists(folder.resolve("dispatch/on-hand-off.camel.yaml"));
            chat.stop(0);
        }
    }

    private static String askingTeam() {
        String user = customer();
        assertThat(Webhook.post(hub, Webhook.body(Webhook.text(user, "オペレーターと話したい"))))
                .isEqualTo(200);
        return teamOf(user);
    }
}
