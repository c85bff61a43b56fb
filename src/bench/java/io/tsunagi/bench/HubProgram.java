package io.tsunagi.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;

/** The hub as it is shipped, {@code java -jar}, told by its environment where everything is. */
public final class HubProgram implements AutoCloseable {
    public static final String ACCOUNT = "main";
    static final String SECRET = "sandbox-main-secret";
    static final String TOKEN = "sandbox-main-token";
    static final String OPERATOR = "aoi";
    static final String WEBHOOK = "/line/" + ACCOUNT;
    public static final String PASSWORD = "correct-horse-battery-1";
    private static final Duration LONGEST_START = Duration.ofSeconds(90);
    private static final Duration GLANCE = Duration.ofMillis(10);
    private static final ObjectMapper JSON = new ObjectMapper();

    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(2))
            .build();
    private final int port;
    private final int managementPort;
    private final Map<String, String> environment;
    private final Program program;
    private final Duration toFirst200;
    private final Duration toReady;
    private Console admin;

    /**
     * Starts it and waits for the first webhook it takes, an empty one as LINE sends to verify an address, and until it
     * is ready.
     *
     * @throws IllegalStateException with the end of its log when that never happens
     */
    HubProgram(Path jar, List<String> jvm, Path folder, Database database, URI line, URI salesforce) throws Exception {
        this(jar, jvm, folder, database, line, salesforce, Map.of());
    }

    /** @param more settings, as variables of the environment */
    HubProgram(
            Path jar,
            List<String> jvm,
            Path folder,
            Database database,
            URI line,
            URI salesforce,
            Map<String, String> more)
            throws Exception {
        port = freePort();
        managementPort = freePort();
        List<String> command = new ArrayList<>();
        command.add(Program.java().toString());
        command.addAll(jvm);
        // The bench looks into an H2 database while the hub has it open.
        command.add("-Dh2.bindAddress=127.0.0.1");
        command.addAll(List.of("-jar", jar.toAbsolutePath().toString()));
        environment = environment(
                folder.toAbsolutePath(), port, managementPort, database.url("hub"), database.user(), line, salesforce);
        environment.putAll(more);
        long start = System.nanoTime();
        program = Program.start(folder, "hub.log", environment, command);
        try {
            toFirst200 = awaitOk(emptyWebhook(), start);
            toReady = awaitOk(
                    HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + managementPort + "/observe/health/ready"))
                            .timeout(Duration.ofSeconds(10))
                            .build(),
                    start);
        } catch (Exception e) {
            program.close();
            throw e;
        }
    }

    private Duration awaitOk(HttpRequest request, long start) throws InterruptedException {
        while (!isOk(request)) {
            program.assertRunning();
            if (System.nanoTime() - start > LONGEST_START.toNanos()) {
                throw new IllegalStateException("The hub did not answer " + request.uri() + " with 200 within "
                        + LONGEST_START.toSeconds() + " s; see its hub.log");
            }
            LockSupport.parkNanos(GLANCE.toNanos());
        }
        return Duration.ofNanos(System.nanoTime() - start);
    }

    /** Gives the settings, as an installation would set them, of a hub that keeps its keys in this folder. */
    public static Map<String, String> environment(
            Path folder, int port, int managementPort, String url, String user, URI line, URI salesforce) {
        Map<String, String> environment = new HashMap<>();
        environment.put("HUB_HTTP_HOST", "127.0.0.1");
        environment.put("HUB_HTTP_PORT", String.valueOf(port));
        environment.put("HUB_HTTP_PUBLIC_URL", "http://localhost:" + port);
        environment.put("HUB_MANAGEMENT_PORT", String.valueOf(managementPort));
        environment.put("HUB_STORE_URL", url);
        environment.put("HUB_STORE_USER", user);
        environment.put("HUB_STORE_KEY_DIR", folder.resolve("keys").toString());
        environment.put("HUB_MEDIA_KEY_DIR", folder.resolve("keys/media").toString());
        environment.put("HUB_AUDIT_HEAD_FILE", folder.resolve("audit-head").toString());
        environment.put("HUB_LINE_API", line.toString());
        environment.put("HUB_LINE_DATA_API", line.toString());
        environment.put("HUB_LINE_ACCOUNTS", ACCOUNT);
        environment.put("HUB_LINE_ACCOUNT_MAIN_SECRET", SECRET);
        environment.put("HUB_LINE_ACCOUNT_MAIN_TOKEN", TOKEN);
        environment.put("HUB_LINE_ACCOUNT_MAIN_DISPLAY_NAME", "こもれびペイ");
        environment.put("HUB_LINE_ACCOUNT_MAIN_LANGUAGE", "ja");
        environment.put("HUB_LINE_ACCOUNT_MAIN_ZONE", "Asia/Tokyo");
        environment.put("HUB_SALESFORCE_LOGIN_URL", salesforce.toString());
        environment.put("HUB_SALESFORCE_CLIENT_ID", "sandbox-client");
        environment.put("HUB_SALESFORCE_CLIENT_SECRET", "sandbox-client-secret");
        environment.put("HUB_ACCESS_FIRST_ADMIN_PASSWORD", PASSWORD);
        environment.put("HUB_ACCESS_SECOND_FACTOR", "off");
        environment.put("HUB_ACCESS_STAFF", OPERATOR);
        environment.put("HUB_ACCESS_PERSON_AOI_DISPLAY_NAME", "佐藤 葵");
        environment.put("HUB_ACCESS_PERSON_AOI_ROLE", "operator");
        environment.put("HUB_ACCESS_PERSON_AOI_TEAM", "support");
        environment.put("HUB_ACCESS_PERSON_AOI_LANGUAGES", "ja");
        environment.put("HUB_ACCESS_PERSON_AOI_PASSWORD", PASSWORD);
        // Some of its customers ask as fast as they are answered, and its operator sends as no person does.
        environment.put("HUB_BOT_ANSWERS_TO_A_CUSTOMER", "0");
        environment.put("HUB_ACCESS_CALLS_OF_A_PERSON", "0");
        environment.put("HUB_DISPATCH_CAPACITY", "50");
        environment.put("HUB_CONSOLE_UNDO_SECONDS", "0");
        return environment;
    }

    private boolean isOk(HttpRequest request) throws InterruptedException {
        try {
            return http.send(request, HttpResponse.BodyHandlers.discarding()).statusCode() == 200;
        } catch (IOException notYet) {
            // Nobody listens there before the hub does.
            return false;
        }
    }

    private HttpRequest emptyWebhook() {
        byte[] body = "{\"destination\":\"U00000000000000000000000000000a11\",\"events\":[]}"
                .getBytes(StandardCharsets.UTF_8);
        return HttpRequest.newBuilder(webhook())
                .timeout(Duration.ofSeconds(10))
                .header("content-type", "application/json; charset=utf-8")
                .header("x-line-signature", new TextEvents.Signature(SECRET).of(body))
                .POST(HttpRequest.BodyPublishers.ofByteArray(body))
                .build();
    }

    /** From starting the process to the first webhook it takes. */
    Duration toFirst200() {
        return toFirst200;
    }

    /** From starting the process until its health check says that it takes all work. */
    Duration toReady() {
        return toReady;
    }

    Program program() {
        return program;
    }

    /** Gives the settings it was started with. */
    Map<String, String> environment() {
        return environment;
    }

    Console signIn(String name) throws IOException, InterruptedException {
        return new Console(port, name, PASSWORD);
    }

    URI webhook() {
        return URI.create("http://127.0.0.1:" + port + WEBHOOK);
    }

    /** Stops routes, as an administrator can in Hawtio. */
    void stop(String... routes) throws IOException, InterruptedException {
        tell("stop()", routes);
    }

    /** Starts routes that were stopped. */
    void start(String... routes) throws IOException, InterruptedException {
        tell("start()", routes);
    }

    private void tell(String operation, String... routes) throws IOException, InterruptedException {
        if (admin == null) {
            admin = signIn("admin");
        }
        for (String route : routes) {
            JsonNode exec = JSON.createObjectNode()
                    .put("type", "exec")
                    .put("mbean", "org.apache.camel:context=tsunagi,type=routes,name=\"" + route + "\"")
                    .put("operation", operation);
            Console.Reply reply =
                    admin.call(managementPort, "POST", "/observe/jolokia", exec).join();
            if (reply.status() != 200 || reply.body().path("status").asInt() != 200) {
                throw new IllegalStateException(
                        "The route " + route + " does not take " + operation + ": " + reply.body());
            }
        }
    }

    public static int freePort() throws IOException {
        try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    @Override
    public void close() {
        program.close();
    }
}
