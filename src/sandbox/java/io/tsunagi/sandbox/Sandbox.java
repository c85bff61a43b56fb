package io.tsunagi.sandbox;

import io.tsunagi.sandbox.line.LineSimulator;
import io.tsunagi.sandbox.salesforce.SalesforceSimulator;
import io.tsunagi.sandbox.translate.TranslationSimulator;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The whole product on one machine: both simulators in this process, and the hub, as it is shipped, in a process of its
 * own. Runs until Ctrl-C or SIGTERM and then leaves nothing behind but its data folder.
 *
 * <p>System properties: {@code sandbox.hub.port} (8080), {@code sandbox.management.port} (8081), {@code
 * sandbox.line.port} (8090), {@code sandbox.salesforce.port} (8091), {@code sandbox.translate.port} (8092), {@code
 * sandbox.host} (127.0.0.1: where the simulators and the hub's management listen; 0.0.0.0 in a container), {@code
 * sandbox.data} (data/sandbox). The data folder is emptied at the start unless {@code KEEP=1} is in the environment; with
 * {@code TRANSLATE=1} in it a translation simulator runs too. Ends with 1 and one sentence when it cannot start.
 */
public final class Sandbox implements AutoCloseable {
    private static final Pattern ARTICLES = Pattern.compile("(?m)^tsunagi_bot_articles\\{[^}]*} [1-9]");
    private static final String HUB = "io.tsunagi.HubMain";
    private static final Duration START = Duration.ofSeconds(90);
    private static final Duration STOP = Duration.ofSeconds(20);

    /** Only a folder that carries it is ever emptied. */
    private static final String MARK = ".tsunagi-sandbox";

    private final int hubPort = port("hub", 8080);
    private final int managementPort = port("management", 8081);
    private final int linePort = port("line", 8090);
    private final int salesforcePort = port("salesforce", 8091);
    private final String host = System.getProperty("sandbox.host", "127.0.0.1");
    private final int translatePort = port("translate", 8092);
    private final boolean translates = "1".equals(System.getenv("TRANSLATE"));
    private final Path data = Path.of(System.getProperty("sandbox.data", "data/sandbox"));
    private final Path log = data.resolve("hub.log");
    private final Deque<AutoCloseable> running = new ArrayDeque<>();

    private Sandbox() {}

    public static void main(String[] arguments) throws Exception {
        var out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        Sandbox sandbox;
        try {
            sandbox = new Sandbox();
            Runtime.getRuntime().addShutdownHook(new Thread(sandbox::close, "stop-sandbox"));
            var hub = sandbox.start();
            out.print(sandbox.welcome());
            var status = hub.waitFor();
            throw new CannotRun("The hub ended by itself with status " + status + ". Its last words in " + sandbox.log
                    + ":\n" + sandbox.lastWords());
        } catch (CannotRun reason) {
            System.err.println(reason.getMessage());
            System.exit(1);
        }
    }

    private Process start() throws IOException, InterruptedException {
        var ports = new ArrayList<>(List.of(
                new Port(hubPort, "the hub", "hub"),
                new Port(managementPort, "the hub's management", "management"),
                new Port(linePort, "the LINE simulator", "line"),
                new Port(salesforcePort, "the Salesforce simulator", "salesforce")));
        if (translates) {
            ports.add(new Port(translatePort, "the translation simulator", "translate"));
        }
        for (var port : ports) {
            port.refuseTaken();
        }
        prepareData();
        keep(LineSimulator.builder()
                .host(host)
                .port(linePort)
                .accounts(LineSimulator.sandboxAccounts(URI.create(address(hubPort))))
                .build()
                .start());
        keep(new SalesforceSimulator(
                        SalesforceSimulator.Config.standard().withHost(host).withPort(salesforcePort))
                .start());
        if (translates) {
            keep(TranslationSimulator.start(translatePort));
        }
        var hub = startHub();
        awaitReady(hub);
        return hub;
    }

    private void prepareData() throws IOException {
        if (!"1".equals(System.getenv("KEEP")) && Files.exists(data)) {
            empty();
        }
        Files.createDirectories(data);
        if (Files.notExists(data.resolve(MARK))) {
            Files.createFile(data.resolve(MARK));
        }
    }

    private void empty() throws IOException {
        List<Path> found;
        try (var paths = Files.walk(data)) {
            found = paths.sorted(Comparator.reverseOrder()).toList();
        }
        if (found.size() > 1 && Files.notExists(data.resolve(MARK))) {
            throw new CannotRun("The folder " + data + " is not the sandbox's own; it is left as it is. Choose another"
                    + " with -Dsandbox.data, or empty it yourself.");
        }
        for (var path : found) {
            Files.delete(path);
        }
    }

    private Process startHub() throws IOException {
        var folder = data.toAbsolutePath();
        var command = List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx768m",
                "-cp",
                System.getProperty("java.class.path"),
                HUB,
                "--profile",
                "sandbox");
        var builder = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile());
        builder.environment()
                .putAll(Map.of(
                        "HUB_HTTP_PORT", String.valueOf(hubPort),
                        "HUB_HTTP_PUBLIC_URL", address(hubPort),
                        "HUB_MANAGEMENT_PORT", String.valueOf(managementPort),
                        "HUB_LINE_API", address(linePort),
                        "HUB_LINE_DATA_API", address(linePort),
                        "HUB_SALESFORCE_LOGIN_URL", address(salesforcePort),
                        "HUB_STORE_URL",
                                "jdbc:h2:async:" + folder.resolve("tsunagi")
                                        + ";MODE=PostgreSQL;DATABASE_TO_LOWER=TRUE;DEFAULT_NULL_ORDERING=HIGH;LOCK_TIMEOUT=10000",
                        "HUB_STORE_KEY_DIR", folder.resolve("keys").toString(),
                        "HUB_MEDIA_KEY_DIR", folder.resolve("keys/media").toString(),
                        "HUB_AUDIT_HEAD_FILE", folder.resolve("audit-head").toString()));
        builder.environment().put("HUB_MANAGEMENT_HOST", host);
        builder.environment().put("HUB_SALESFORCE_RECORD_URL", address(salesforcePort));
        if (translates) {
            builder.environment().put("HUB_TRANSLATE_URL", "http://127.0.0.1:" + translatePort);
        }
        var hub = builder.start();
        keep(() -> end(hub));
        return hub;
    }

    /** Waits until the hub is healthy and its bot has the articles of both languages: the first question is answered. */
    private void awaitReady(Process hub) throws IOException, InterruptedException {
        var client =
                HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(2)).build();
        var health = ask("/observe/health");
        var metrics = ask("/observe/metrics");
        var until = System.nanoTime() + START.toNanos();
        while (System.nanoTime() < until) {
            if (hub.waitFor(200, TimeUnit.MILLISECONDS)) {
                throw new CannotRun("The hub did not start. Its last words in " + log + ":\n" + lastWords());
            }
            try {
                if (client.send(health, HttpResponse.BodyHandlers.discarding()).statusCode() == 200
                        && ARTICLES.matcher(client.send(metrics, HttpResponse.BodyHandlers.ofString())
                                                .body())
                                        .results()
                                        .count()
                                == 2) {
                    return;
                }
            } catch (IOException notYet) {
                // Nobody listens there before the hub does.
            }
        }
        throw new CannotRun("The hub was not ready within " + START.toSeconds() + " s. Its last words in " + log + ":\n"
                + lastWords());
    }

    private HttpRequest ask(String path) {
        return HttpRequest.newBuilder(URI.create(address(managementPort) + path))
                .timeout(Duration.ofSeconds(10))
                .build();
    }

    private String lastWords() throws IOException {
        var lines = Files.readAllLines(log);
        return lines.stream().skip(Math.max(0, lines.size() - 15)).collect(Collectors.joining("\n"));
    }

    private String welcome() {
        return """

                Tsunagi's sandbox is ready

                  Console          %s
                  Phones on LINE   %s
                  Salesforce       %s
                  Health, metrics  %s/observe/health  %5$s
                  Hawtio           %4$s/hawtio

                  Sign in as       sakura (supervisor) · aoi, ren, mei (operators) · admin (admin)
                  Password         sandbox-password-1

                  Data and log     %6$s, emptied at the next start unless KEEP=1
                  Stop             Ctrl-C

                """.formatted(
                        address(hubPort),
                        address(linePort),
                        address(salesforcePort),
                        address(managementPort),
                        "/observe/metrics",
                        data);
    }

    private synchronized void keep(AutoCloseable part) {
        running.push(part);
    }

    /** Ends what was started, last first. */
    @Override
    public synchronized void close() {
        List<String> troubles = new ArrayList<>();
        while (!running.isEmpty()) {
            try {
                running.pop().close();
            } catch (Exception trouble) {
                troubles.add(trouble.toString());
            }
        }
        troubles.forEach(System.err::println);
    }

    private static void end(Process process) throws InterruptedException {
        process.destroy();
        if (!process.waitFor(STOP.toSeconds(), TimeUnit.SECONDS)) {
            process.destroyForcibly().waitFor();
        }
    }

    private static String address(int port) {
        return "http://localhost:" + port;
    }

    private static int port(String name, int usual) {
        var value = System.getProperty("sandbox." + name + ".port", "");
        if (value.isEmpty()) {
            return usual;
        }
        try {
            return Integer.parseInt(value);
        } catch (NumberFormatException wrong) {
            throw new CannotRun("sandbox." + name + ".port is '" + value + "', which is no port.");
        }
    }

    private record Port(int number, String wantedFor, String property) {
        void refuseTaken() {
            try (var probe = new ServerSocket()) {
                probe.setReuseAddress(true);
                probe.bind(new InetSocketAddress(number));
            } catch (IOException | IllegalArgumentException taken) {
                throw new CannotRun("Port " + number + ", wanted for " + wantedFor
                        + ", is taken. Stop what uses it, or choose another with -Dsandbox." + property + ".port.");
            }
        }
    }

    private static final class CannotRun extends RuntimeException {
        CannotRun(String sentence) {
            super(sentence);
        }
    }
}
