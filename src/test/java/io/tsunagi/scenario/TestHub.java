package io.tsunagi.scenario;

import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.tsunagi.Hub;
import io.tsunagi.config.Settings;
import io.tsunagi.sandbox.line.LineSimulator;
import io.tsunagi.sandbox.salesforce.SalesforceSimulator;
import io.tsunagi.store.Dialect;
import io.tsunagi.store.TestStores;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.StreamSupport;
import org.awaitility.Awaitility;

/**
 * A whole hub against both simulators, on free ports and a database of its own; as the sandbox runs it, but with
 * shorter waits.
 */
final class TestHub implements AutoCloseable {
    /** A busy machine is slow, and slow is not wrong. */
    static final Duration PATIENCE = Duration.ofSeconds(60);

    private static final ObjectMapper JSON = new ObjectMapper();

    // A test waits for what the hub does, not for an exception in a thread of a library: camel-salesforce's own throws
    // when
    // it is told to sign on again by a stream that is about to do so by itself.
    static {
        Awaitility.doNotCatchUncaughtExceptionsByDefault();
    }

    final LineSimulator line;
    final SalesforceSimulator salesforce;
    private final Map<String, String> settings = new HashMap<>();
    private final Dialect dialect;
    private Settings chosen;
    private Path home;
    private Hub hub;

    private TestHub(
            Dialect dialect,
            Map<String, String> more,
            LineSimulator.Builder platform,
            Consumer<LineSimulator> prepare) {
        this.dialect = dialect;
        line = platform.port(0).build();
        line.start();
        prepare.accept(line);
        salesforce =
                new SalesforceSimulator(SalesforceSimulator.Config.standard().withPort(0));
        salesforce.start();
        settings.putAll(sandbox());
        settings.put("hub.http.host", "127.0.0.1");
        settings.put("hub.http.port", "0");
        settings.put("hub.management.port", "0");
        settings.put("hub.line.api", line.baseUri().toString());
        settings.put("hub.line.data-api", line.baseUri().toString());
        settings.put(
                "hub.line.sticker-address", "http://127.0.0.1:" + line.baseUri().getPort());
        settings.put("hub.salesforce.login-url", salesforce.baseUri());
        settings.put("hub.salesforce.record-url", salesforce.baseUri());
        settings.put("hub.salesforce.transcript-delay", "PT0S");
        settings.put("hub.salesforce.sweep-millis", "200");
        settings.put("hub.store.patience", "PT15S");
        settings.put("hub.line.sweep-millis", "200");
        settings.put("hub.line.delivery-sweep-millis", "100");
        settings.put("hub.dispatch.sweep-millis", "300");
        settings.put("hub.dispatch.lost-after", "PT2M");
        settings.put("hub.console.undo-seconds", "0");
        settings.put("hub.bot.patience", "PT20S");
        settings.put("hub.line.webhook-test", "false");
        settings.putAll(more);
    }

    static TestHub start(Dialect dialect) {
        return start(dialect, Map.of());
    }

    static TestHub start(Dialect dialect, Map<String, String> more) {
        return start(dialect, more, line -> {});
    }

    /** @param prepare what LINE must know before the hub begins */
    static TestHub start(Dialect dialect, Map<String, String> more, Consumer<LineSimulator> prepare) {
        return start(dialect, more, prepare, Path.of(""));
    }

    /** @param home a folder of its own for {@code config/} and {@code routes/}; what it lacks is as built in */
    static TestHub start(Dialect dialect, Map<String, String> more, Consumer<LineSimulator> prepare, Path home) {
        return start(dialect, more, LineSimulator.builder(), prepare, home);
    }

    /** @param platform knows other accounts than the sandbox's */
    static TestHub start(
            Dialect dialect,
            Map<String, String> more,
            LineSimulator.Builder platform,
            Consumer<LineSimulator> prepare,
            Path home) {
        TestHub test = new TestHub(dialect, more, platform, prepare);
        test.home = home;
        try {
            test.chosen = TestStores.settings(dialect, test.settings, "sandbox");
            test.startHub();
            return test;
        } catch (RuntimeException e) {
            test.close();
            throw e;
        }
    }

    /** Starts the hub (again) on the same database, as after a stop or a crash. */
    void startHub() {
        hub = Hub.start(chosen, home);
        line.webhook("main", URI.create(base() + "/line/main"));
        line.webhook("global", URI.create(base() + "/line/global"));
    }

    void stopHub() {
        hub.close();
        hub = null;
    }

    /** A PostgreSQL database as it was at a moment. */
    record Copy(String url) {}

    /** Stops the hub for as long as the copy takes: PostgreSQL copies no database that is in use. */
    Copy copyDatabase() {
        stopHub();
        Copy copy = new Copy(TestStores.copyOf(chosen.needed("hub.store.url")));
        startHub();
        return copy;
    }

    /** Ends the hub and starts it on the copy, which knows nothing of what came after it. */
    void failOver(Copy copy) {
        stopHub();
        Map<String, String> same = new HashMap<>(settings);
        List.of("hub.store.key-dir", "hub.audit.head-file", "hub.media.key-dir")
                .forEach(key -> same.put(key, chosen.needed(key)));
        same.put("hub.store.url", copy.url());
        chosen = TestStores.settings(dialect, same, "sandbox");
        startHub();
    }

    private static Map<String, String> sandbox() {
        Properties properties = new Properties();
        try (var in = java.nio.file.Files.newBufferedReader(Path.of("config/sandbox.properties"))) {
            properties.load(in);
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
        Map<String, String> map = new HashMap<>();
        properties.forEach((key, value) -> map.put((String) key, (String) value));
        return map;
    }

    Settings settings() {
        return chosen;
    }

    /** The port of console and API. */
    int privatePort() {
        return hub.privatePort();
    }

    String base() {
        return "http://127.0.0.1:" + hub.port();
    }

    String management() {
        return "http://127.0.0.1:" + hub.managementPort();
    }

    /** Signs somebody in and makes them available. */
    Operator operator(String name) {
        Operator operator = new Operator(base(), name);
        operator.put("/api/me/presence", Map.of("presence", "available"));
        return operator;
    }

    /** Signs somebody in who takes no inquiries yet. */
    Operator away(String name) {
        return new Operator(base(), name);
    }

    /** Waits until the bot knows the articles of Salesforce. */
    void awaitKnowledge() {
        await("articles from Salesforce").atMost(Duration.ofSeconds(60)).until(() -> {
            String metrics = get(management() + "/observe/metrics");
            return metrics.matches("(?s).*tsunagi_bot_articles\\{language=\"ja\"} [1-9].*")
                    && metrics.matches("(?s).*tsunagi_bot_articles\\{language=\"en\"} [1-9].*");
        });
    }

    static String get(String uri) throws java.io.IOException {
        try (var in = URI.create(uri).toURL().openStream()) {
            return new String(in.readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
        }
    }

    /** Makes a customer known to the LINE simulator under a name. */
    void customer(String user, String name) {
        line.put(user, JSON.createObjectNode().put("displayName", name));
    }

    /** A customer of this name asks the bot, and then for a person. */
    void askForPerson(String user, String name, String question) {
        customer(user, name);
        line.write(user, "main", question);
        awaitBubble(user, text -> !text.isEmpty());
        line.write(user, "main", "オペレーターと話したい");
        awaitBubble(user, text -> text.contains("おつなぎします"));
    }

    List<JsonNode> chat(String user) {
        return chat(user, "main");
    }

    List<JsonNode> chat(String user, String account) {
        JsonNode chat = JSON.valueToTree(line.chat(user, account));
        return StreamSupport.stream(chat.spliterator(), false).toList();
    }

    /** Waits until the customer's phone shows a bubble of the account that fits. */
    JsonNode awaitBubble(String user, Predicate<String> text) {
        return await("a bubble on the phone of " + user)
                .atMost(PATIENCE)
                .until(
                        () -> chat(user).stream()
                                .filter(bubble -> bubble.path("from").asText().equals("account"))
                                .filter(bubble -> text.test(bubble.path("text").asText()))
                                .findFirst()
                                .orElse(null),
                        found -> found != null);
    }

    Dialect dialect() {
        return dialect;
    }

    @Override
    public void close() {
        try {
            if (hub != null) {
                hub.close();
            }
            // Pictures of stickers and emojis are no part of LINE's API.
            LineContract.check(line.calls().stream()
                    .filter(call -> !call.path("endpoint").asText().matches("sticker|emoji")));
        } finally {
            line.close();
            salesforce.close();
        }
    }
}
