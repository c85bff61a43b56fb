package io.tsunagi.packaging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.tsunagi.sandbox.line.Sent;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Several packaged hubs on one PostgreSQL, started, killed and stopped as they are in production. Scenario 69. */
class NodesIT {
    private static final Duration START = Duration.ofSeconds(180);
    private static final Duration PATIENCE = Duration.ofSeconds(150);
    private static final String PASSWORD = "correct-horse-battery-2";
    private static final int MESSAGES = 6;
    private static final int ROOM = 4;
    private static final Pattern TICK = Pattern.compile("tick (\\d+)");
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    Path temp;

    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final List<Node> nodes = new ArrayList<>();
    private Surroundings surroundings;
    private EmbeddedPostgres postgres;

    private record Node(String name, int port, int management, Program program) {
        private String url() {
            return "http://127.0.0.1:" + port;
        }

        private void awaitReady() {
            program.awaitOk("http://127.0.0.1:" + management + "/observe/health/ready", START);
        }

        private int ready() throws InterruptedException {
            return Program.status("http://127.0.0.1:" + management + "/observe/health/ready");
        }
    }

    /** Somebody signed in: what the browser sends with each call, to whatever node. */
    private record SignedIn(String cookie, String csrf) {}

    /** A live feed that is read in the background until its node ends it. */
    private record Line(StringBuffer heard, CompletableFuture<?> end) {
        private boolean hears(String words) {
            return heard.indexOf(words) >= 0;
        }
    }

    @BeforeEach
    void surround() throws Exception {
        surroundings = Surroundings.start();
        postgres = EmbeddedPostgres.builder()
                .setServerConfig("fsync", "on")
                .setServerConfig("synchronous_commit", "on")
                .setServerConfig("listen_addresses", "127.0.0.1")
                .setServerConfig("unix_socket_directories", "")
                .start();
    }

    @AfterEach
    void end() throws Exception {
        nodes.forEach(node -> node.program().close());
        surroundings.close();
        postgres.close();
    }

    private Node start(String name) throws Exception {
        Node node = begin(name);
        node.awaitReady();
        return node;
    }

    /** Starts a node without waiting until it is ready. */
    private Node begin(String name) throws Exception {
        int port = Program.freePort();
        int management = Program.freePort();
        Path folder = temp.resolve(name);
        Files.createDirectories(folder.resolve("routes/custom"));
        // Which node ran which second of a schedule stands in the logs.
        Files.writeString(folder.resolve("routes/custom/tick.camel.yaml"), """
                - route:
                    id: tick
                    description: Ticks each second on one node
                    group: test
                    from:
                      uri: quartz
                      parameters:
                        groupName: test
                        triggerName: tick
                        cron: "* * * * * ?"
                        stateful: true
                      steps:
                        - log:
                            id: log-tick
                            message: "tick ${header.scheduledFireTime.time}"
                """);
        Map<String, String> settings = surroundings.environment(port, management);
        settings.put("HUB_NODE_NAME", name);
        settings.put("HUB_HTTP_LEAVE", "PT8S");
        settings.put("HUB_STORE_URL", postgres.getJdbcUrl("postgres", "postgres"));
        settings.put("HUB_STORE_USER", "postgres");
        settings.put("HUB_STORE_KEY_DIR", temp.resolve("keys").toString());
        settings.put("HUB_MEDIA_KEY_DIR", temp.resolve("keys/media").toString());
        settings.put("HUB_AUDIT_HEAD_FILE", folder.resolve("audit-head").toString());
        settings.put("HUB_DISPATCH_CAPACITY", String.valueOf(ROOM));
        settings.put("HUB_ACCESS_SECOND_FACTOR", "off");
        settings.put("HUB_ACCESS_STAFF", "aoi");
        settings.put("HUB_ACCESS_PERSON_AOI_DISPLAY_NAME", "葵");
        settings.put("HUB_ACCESS_PERSON_AOI_ROLE", "operator");
        settings.put("HUB_ACCESS_PERSON_AOI_TEAM", "support");
        settings.put("HUB_ACCESS_PERSON_AOI_LANGUAGES", "ja");
        settings.put("HUB_ACCESS_PERSON_AOI_PASSWORD", PASSWORD);
        Program program = Program.start(
                folder,
                settings,
                List.of(
                        Program.javaHome().resolve("bin/java").toString(),
                        "-Xmx384m",
                        "-XX:TieredStopAtLevel=1",
                        "-jar",
                        Program.built("-standalone.jar").toString()));
        Node node = new Node(name, port, management, program);
        nodes.add(node);
        return node;
    }

    private void takesWebhooks(Node node) {
        surroundings.line().webhook("main", URI.create(node.url() + "/line/main"));
    }

    private HttpRequest.Builder request(Node node, String path, SignedIn who) {
        return HttpRequest.newBuilder(URI.create(node.url() + path))
                .header("Content-Type", "application/json")
                .header("Cookie", who == null ? "none=" : who.cookie())
                .header("X-Csrf-Token", who == null ? "" : who.csrf());
    }

    private HttpResponse<String> send(HttpRequest request) throws IOException, InterruptedException {
        return http.send(request, HttpResponse.BodyHandlers.ofString());
    }

    private SignedIn signIn(Node node) throws Exception {
        HttpResponse<String> answer = send(request(node, "/api/sign-in", null)
                .POST(HttpRequest.BodyPublishers.ofString("{\"name\":\"aoi\",\"password\":\"" + PASSWORD + "\"}"))
                .build());
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return new SignedIn(
                answer.headers().firstValue("set-cookie").orElseThrow().replaceAll(";.*", ""),
                JSON.readTree(answer.body()).path("csrf").asText());
    }

    private JsonNode get(Node node, String path, SignedIn who) throws Exception {
        HttpResponse<String> answer = send(request(node, path, who).GET().build());
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return JSON.readTree(answer.body());
    }

    private Line feed(Node node, SignedIn who) throws Exception {
        HttpResponse<InputStream> answer =
                http.send(request(node, "/api/feed", who).GET().build(), HttpResponse.BodyHandlers.ofInputStream());
        assertThat(answer.statusCode()).isEqualTo(200);
        StringBuffer heard = new StringBuffer();
        CompletableFuture<Void> end = CompletableFuture.runAsync(() -> {
            try (InputStream in = answer.body()) {
                byte[] part = new byte[4096];
                for (int read; (read = in.read(part)) >= 0; ) {
                    heard.append(new String(part, 0, read, StandardCharsets.UTF_8));
                }
            } catch (IOException cut) {
                heard.append("cut off");
            }
        });
        return new Line(heard, end);
    }

    private List<String> query(String sql) throws SQLException {
        try (Connection connection =
                        DriverManager.getConnection(postgres.getJdbcUrl("postgres", "postgres"), "postgres", "");
                var rows = connection.createStatement().executeQuery(sql)) {
            List<String> found = new ArrayList<>();
            while (rows.next()) {
                found.add(rows.getString(1));
            }
            return found;
        }
    }

    /** What each customer said, in the order in which it took effect: times and whether it came late. */
    private List<String> said(String customer) throws SQLException {
        return query("select m.line_message_id from messages m join customers c on c.id = m.customer"
                + " where c.line_user_id = '" + customer + "' and m.sender = 'CUSTOMER' order by m.inquiry, m.seq");
    }

    private static String customer(int number) {
        return "U" + String.format("%032x", 0xA000 + number);
    }

    private List<String> ticks(Node... of) {
        return Stream.of(of)
                .flatMap(node -> TICK.matcher(node.program().output()).results())
                .map(tick -> tick.group(1))
                .toList();
    }

    private List<String> output() {
        return nodes.stream()
                .map(node -> node.name() + ":\n" + node.program().output())
                .toList();
    }

    @Test
    void two_nodes_share_the_work_and_each_goes_on_without_the_other() throws Exception {
        Node tokyo = start("tokyo");
        Node osaka = start("osaka");

        // One sign-in counts on both, and its end too.
        SignedIn aoi = signIn(tokyo);
        assertThat(get(osaka, "/api/me", aoi).path("name").asText()).isEqualTo("aoi");
        SignedIn second = signIn(tokyo);
        Line secondLine = feed(osaka, second);
        assertThat(send(request(tokyo, "/api/sign-out", second)
                                .POST(HttpRequest.BodyPublishers.noBody())
                                .build())
                        .statusCode())
                .isLessThan(300);
        await("the feed on osaka ends with the session")
                .atMost(PATIENCE)
                .until(() -> secondLine.end().isDone());

        // Customers write to both nodes by turns; a screen on osaka hears of what tokyo did.
        Line line = feed(osaka, aoi);
        takesWebhooks(tokyo);
        surroundings.line().write(customer(0), "main", "オペレーターと話したい");
        await().atMost(PATIENCE).until(() -> line.hears("event: inquiry"));
        Map<String, List<String>> sent = new LinkedHashMap<>();
        boolean anyCameAgain = false;
        for (int message = 1; message < MESSAGES; message++) {
            takesWebhooks(message % 2 == 0 ? tokyo : osaka);
            for (int each = 1; each < 5; each++) {
                Sent one = surroundings.line().write(customer(each), "main", "オペレーター " + message);
                anyCameAgain |= one.status() != 200;
                sent.computeIfAbsent(customer(each), who -> new ArrayList<>()).add(one.messageId());
            }
        }
        for (var each : sent.entrySet()) {
            await().atMost(PATIENCE).untilAsserted(() -> assertThat(said(each.getKey()))
                    .as("each once")
                    .containsExactlyInAnyOrderElementsOf(each.getValue()));
            if (!anyCameAgain) {
                assertThat(said(each.getKey())).as("in order").isEqualTo(each.getValue());
            }
        }

        // tokyo dies with deliveries in hand: LINE keeps their answers back.
        surroundings.line().faults(JSON.readTree("[{\"endpoint\":\"*\",\"delayMillis\":20000}]"));
        takesWebhooks(tokyo);
        surroundings.line().write(customer(8), "main", "オペレーターと話したい");
        await().atMost(PATIENCE).until(() -> !said(customer(8)).isEmpty());
        tokyo.program().kill();
        tokyo.program().awaitEnd(Duration.ofSeconds(20));
        surroundings.line().clearFaults();
        int before = ticks(tokyo, osaka).size();

        takesWebhooks(osaka);
        surroundings.line().write(customer(9), "main", "オペレーターと話したい");
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(surroundings.line().chat(customer(9), "main"))
                        .as(() -> "osaka:\n" + osaka.program().output())
                        .anyMatch(bubble -> bubble.path("from").asText().equals("account")));
        await("what tokyo had in hand ends").atMost(PATIENCE).untilAsserted(() -> assertThat(
                        query(
                                "select state from deliveries where state not in ('SENT', 'UNCLEAR', 'EXPIRED', 'CANCELLED', 'FAILED')"))
                .isEmpty());
        assertThat(surroundings.line().chat(customer(8), "main").stream()
                        .filter(bubble -> bubble.path("from").asText().equals("account"))
                        .map(bubble -> bubble.path("text").asText()))
                .as("each bubble once")
                .doesNotHaveDuplicates();
        assertThat(query("select id from events where state = 'WAITING'")).isEmpty();

        // Scheduled work: each second fell to one node, and all of them fall to osaka now.
        await().atMost(PATIENCE).until(() -> ticks(tokyo, osaka).size() >= before + 3);
        assertThat(ticks(tokyo, osaka)).doesNotHaveDuplicates();
        await("tokyo is forgotten").atMost(PATIENCE).untilAsserted(() -> assertThat(
                        query("select instance_name from qrtz_scheduler_state"))
                .singleElement()
                .asString()
                .startsWith("osaka"));
        await("the audit is sealed").atMost(PATIENCE).untilAsserted(() -> assertThat(query(
                        "select a.id from audit a where not exists (select 1 from audit_seals s where s.audit = a.id)"))
                .isEmpty());

        // A new node takes over from one that is told to stop, and nobody notices.
        Node nagoya = start("nagoya");
        osaka.program().terminate();
        await("osaka says it leaves").atMost(PATIENCE).until(() -> osaka.ready() == 503);
        assertThat(Program.status(osaka.url() + "/")).as("and still serves").isEqualTo(200);
        takesWebhooks(nagoya);
        await("its feeds move").atMost(PATIENCE).until(() -> line.end().isDone());
        assertThat(osaka.program().awaitEnd(Duration.ofSeconds(60)))
                .as(() -> String.join("\n", output()))
                .isIn(0, 143);
        assertThat(get(nagoya, "/api/me", aoi).path("name").asText()).isEqualTo("aoi");
        surroundings.line().write(customer(10), "main", "オペレーターと話したい");
        await().atMost(PATIENCE).until(() -> said(customer(10)).size() == 1);
        assertThat(ticks(tokyo, osaka, nagoya)).doesNotHaveDuplicates();
    }

    @Test
    void three_nodes_that_start_at_once_share_customers_seats_and_screens_and_one_of_them_is_enough() throws Exception {
        Node tokyo = begin("tokyo");
        Node osaka = begin("osaka");
        Node nagoya = begin("nagoya");
        List<Node> all = List.of(tokyo, osaka, nagoya);
        all.forEach(Node::awaitReady);
        SignedIn aoi = signIn(tokyo);
        Line line = feed(nagoya, aoi);
        assertThat(send(request(osaka, "/api/me/presence", aoi)
                                .PUT(HttpRequest.BodyPublishers.ofString("{\"presence\":\"available\"}"))
                                .build())
                        .statusCode())
                .isLessThan(300);

        // More customers than the one seat has room for, at each node some; every event comes to all nodes.
        List<String> asked = new ArrayList<>();
        for (int each = 0; each < ROOM + 2; each++) {
            String who = customer(20 + each);
            for (int turn = 0; turn < all.size(); turn++) {
                takesWebhooks(all.get((each + turn) % all.size()));
                if (turn == 0) {
                    asked.add(surroundings
                            .line()
                            .write(who, "main", "オペレーターと話したい")
                            .messageId());
                } else {
                    surroundings.line().redeliver(who, null);
                }
            }
        }
        await("as many as there is room for have an operator").atMost(PATIENCE).untilAsserted(() -> assertThat(
                        query("select state from inquiries order by case state when 'ASSIGNED' then 1 else 2 end"))
                .containsExactlyElementsOf(
                        Stream.concat(Stream.generate(() -> "ASSIGNED").limit(ROOM), Stream.of("WAITING", "WAITING"))
                                .toList()));
        assertThat(query("select load from seats")).containsExactly(String.valueOf(ROOM));
        assertThat(query("select line_message_id from messages where sender = 'CUSTOMER'"))
                .containsExactlyInAnyOrderElementsOf(asked);
        for (String inquiry : query("select id from inquiries")) {
            await("a screen at nagoya hears of " + inquiry).atMost(PATIENCE).until(() -> line.hears(inquiry));
        }
        await("schedules run")
                .atMost(PATIENCE)
                .until(() -> ticks(tokyo, osaka, nagoya).size() >= 3);

        // Two die at once; the third closes for the operator and gives them the next customer.
        for (Node dead : List.of(tokyo, osaka)) {
            dead.program().kill();
        }
        int before = ticks(tokyo, osaka, nagoya).size();
        takesWebhooks(nagoya);
        String mine = query("select id from inquiries where state = 'ASSIGNED' order by assigned_at")
                .get(0);
        assertThat(send(request(nagoya, "/api/inquiries/" + mine + "/close", aoi)
                                .POST(HttpRequest.BodyPublishers.ofString("{\"reason\":\"solved\"}"))
                                .build())
                        .statusCode())
                .isEqualTo(200);
        await("the next customer has an operator").atMost(PATIENCE).untilAsserted(() -> {
            assertThat(query("select id from inquiries where state = 'ASSIGNED'"))
                    .hasSize(ROOM);
            assertThat(query("select id from inquiries where state = 'WAITING'"))
                    .hasSize(1);
        });
        surroundings.line().write(customer(30), "main", "オペレーターと話したい");
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(surroundings.line().chat(customer(30), "main"))
                        .anyMatch(bubble -> bubble.path("from").asText().equals("account")));
        await("schedules go on")
                .atMost(PATIENCE)
                .until(() -> ticks(tokyo, osaka, nagoya).size() >= before + 3);
        assertThat(ticks(tokyo, osaka, nagoya)).doesNotHaveDuplicates();
        await("the dead are forgotten").atMost(PATIENCE).untilAsserted(() -> assertThat(
                        query("select instance_name from qrtz_scheduler_state"))
                .singleElement()
                .asString()
                .startsWith("nagoya"));
    }
}
