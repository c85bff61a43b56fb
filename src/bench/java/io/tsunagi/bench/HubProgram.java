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
final class HubProgram implements AutoCloseable {
    static final String ACCOUNT = "main";
    static final String SECRET = "sandbox-main-secret";
    static final String WEBHOOK = "/line/" + ACCOUNT;
    private static final String PASSWORD = "correct-horse-battery-1";
    private static final Duration LONGEST_START = Duration.ofSeconds(90);
    private static final Duration GLANCE = Duration.ofMillis(10);
    private static final ObjectMapper JSON = new ObjectMapper();

    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(2))
            .build();
    private final int port;
    private final int managementPort;
    private final Program program;
    private final Duration toFirst200;

    /**
     * Starts it and waits for the first webhook it takes, an empty one as LINE sends to verify an address.
     *
     * @throws IllegalStateException with the end of its log when that never happens
     */
    HubProgram(Path jar, List<String> jvm, Path folder, Database database, URI line, URI salesforce) throws Exception {
        port = freePort();
        managementPort = freePort();
        List<String> command = new ArrayList<>();
        command.add(Program.java().toString());
        command.addAll(jvm);
        command.addAll(List.of("-jar", jar.toAbsolutePath().toString()));
        Map<String, String> environment = environment(folder.toAbsolutePath(), database, line, salesforce);
        long start = System.nanoTime();
        program = Program.start(folder, "hub.log", environment, command);
        try {
            while (!takesWebhooks()) {
                program.assertRunning();
                if (System.nanoTime() - start > LONGEST_START.toNanos()) {
                    throw new IllegalStateException("The hub took no webhook within " + LONGEST_START.toSeconds()
                            + " s; see " + folder.resolve("hub.log"));
                }
                LockSupport.parkNanos(GLANCE.toNanos());
            }
        } catch (Exception e) {
            program.close();
            throw e;
        }
        toFirst200 = Duration.ofNanos(System.nanoTime() - start);
    }

    private Map<String, String> environment(Path folder, Database database, URI line, URI salesforce) throws Exception {
        Map<String, String> environment = new HashMap<>();
        environment.put("HUB_HTTP_HOST", "127.0.0.1");
        environment.put("HUB_HTTP_PORT", String.valueOf(port));
        environment.put("HUB_HTTP_PUBLIC_URL", "http://localhost:" + port);
        environment.put("HUB_MANAGEMENT_PORT", String.valueOf(managementPort));
        environment.put("HUB_STORE_URL", database.url("hub"));
        environment.put("HUB_STORE_USER", database.user());
        environment.put("HUB_STORE_KEY_DIR", folder.resolve("keys").toString());
        environment.put("HUB_MEDIA_KEY_DIR", folder.resolve("keys/media").toString());
        environment.put("HUB_AUDIT_HEAD_FILE", folder.resolve("audit-head").toString());
        environment.put("HUB_LINE_API", line.toString());
        environment.put("HUB_LINE_DATA_API", line.toString());
        environment.put("HUB_LINE_ACCOUNTS", ACCOUNT);
        environment.put("HUB_LINE_ACCOUNT_MAIN_SECRET", SECRET);
        environment.put("HUB_LINE_ACCOUNT_MAIN_TOKEN", "sandbox-main-token");
        environment.put("HUB_LINE_ACCOUNT_MAIN_DISPLAY_NAME", "こもれびペイ");
        environment.put("HUB_LINE_ACCOUNT_MAIN_LANGUAGE", "ja");
        environment.put("HUB_LINE_ACCOUNT_MAIN_ZONE", "Asia/Tokyo");
        environment.put("HUB_SALESFORCE_LOGIN_URL", salesforce.toString());
        environment.put("HUB_SALESFORCE_CLIENT_ID", "sandbox-client");
        environment.put("HUB_SALESFORCE_CLIENT_SECRET", "sandbox-client-secret");
        environment.put("HUB_ACCESS_FIRST_ADMIN_PASSWORD", PASSWORD);
        return environment;
    }

    private boolean takesWebhooks() throws InterruptedException {
        byte[] body = "{\"destination\":\"U00000000000000000000000000000a11\",\"events\":[]}"
                .getBytes(StandardCharsets.UTF_8);
        try {
            return http.send(webhook(body, new TextEvents.Signature(SECRET)), HttpResponse.BodyHandlers.discarding())
                            .statusCode()
                    == 200;
        } catch (IOException notYet) {
            // Nobody listens there before the hub does.
            return false;
        }
    }

    HttpRequest webhook(byte[] body, TextEvents.Signature signature) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + WEBHOOK))
                .timeout(Duration.ofSeconds(10))
                .header("content-type", "application/json; charset=utf-8")
                .header("x-line-signature", signature.of(body))
                .POST(HttpRequest.BodyPublishers.ofByteArray(body))
                .build();
    }

    Duration toFirst200() {
        return toFirst200;
    }

    int port() {
        return port;
    }

    Program program() {
        return program;
    }

    /**
     * Stops, as an administrator can in Hawtio, the routes that handle what the ledger holds: what is measured then is
     * taking webhooks and nothing else, as with the reference.
     */
    void handleNothing() throws IOException, InterruptedException {
        HttpResponse<String> signedIn = http.send(
                json(
                                port,
                                "/api/sign-in",
                                JSON.createObjectNode().put("name", "admin").put("password", PASSWORD))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
        String cookie = signedIn.headers()
                .firstValue("set-cookie")
                .orElseThrow(() -> new IllegalStateException("The administrator cannot sign in: " + signedIn.body()))
                .replaceAll(";.*", "");
        String token = JSON.readTree(signedIn.body()).path("csrf").asText();
        for (String route : List.of("sweep-events", "take-turn")) {
            JsonNode stop = JSON.createObjectNode()
                    .put("type", "exec")
                    .put("mbean", "org.apache.camel:context=tsunagi,type=routes,name=\"" + route + "\"")
                    .put("operation", "stop()");
            HttpResponse<String> stopped = http.send(
                    json(managementPort, "/observe/jolokia", stop)
                            .header("Cookie", cookie)
                            .header("X-Csrf-Token", token)
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
            if (stopped.statusCode() != 200
                    || JSON.readTree(stopped.body()).path("status").asInt() != 200) {
                throw new IllegalStateException("The route " + route + " does not stop: " + stopped.body());
            }
        }
    }

    private static HttpRequest.Builder json(int port, String path, JsonNode body) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                .timeout(Duration.ofSeconds(30))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body.toString()));
    }

    private static int freePort() throws IOException {
        try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    @Override
    public void close() {
        program.close();
    }
}
