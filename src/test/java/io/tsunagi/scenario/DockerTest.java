package io.tsunagi.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.tsunagi.npm.NodeClient;
import io.tsunagi.store.Dialect;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** What {@code docker/} holds: as far as it can be held to something without an engine for containers. */
class DockerTest {
    private static final Path FOLDER = Path.of("docker");

    /** Needs Node with npm. */
    @Test
    void image_compose_files_and_manifests_keep_their_published_forms() throws Exception {
        String said = new NodeClient("docker").run(FOLDER.toAbsolutePath().toString());

        assertThat(said)
                .contains("compose.yaml: 4 services", "sandbox.yaml: 1 services")
                .contains("StatefulSet tsunagi", "PodDisruptionBudget tsunagi", "NetworkPolicy tsunagi")
                .contains("Dockerfile: looked at");
    }

    @Test
    void every_metric_of_dashboard_and_alerts_is_one_of_the_hubs() throws IOException {
        Set<String> wanted = new TreeSet<>();
        JsonNode dashboard =
                Webhook.JSON.readTree(FOLDER.resolve("grafana/tsunagi.json").toFile());
        dashboard.findValuesAsText("expr").forEach(expression -> wanted.addAll(metrics(expression)));
        assertThat(wanted).hasSizeGreaterThan(10);
        Pattern.compile("(?m)^ +expr: (.*)$")
                .matcher(Files.readString(FOLDER.resolve("alerts.yml")))
                .results()
                .forEach(found -> wanted.addAll(metrics(found.group(1))));
        assertThat(wanted).contains("tsunagi_line_quota", "camel_exchanges_failed_total");

        try (TestHub hub = TestHub.start(Dialect.H2, Map.of())) {
            String user = "U" + UUID.randomUUID().toString().replace("-", "");
            hub.line.write(user, "main", "オペレーターと話したい");
            hub.awaitBubble(user, text -> !text.isEmpty());

            await("all of them").atMost(TestHub.PATIENCE).untilAsserted(() -> {
                Set<String> there = Webhook.get(hub.management() + "/observe/metrics")
                        .lines()
                        .filter(line -> !line.startsWith("#"))
                        .map(line -> line.replaceFirst("[{ ].*", ""))
                        .collect(Collectors.toSet());
                assertThat(there).containsAll(wanted);
            });
        }
    }

    private static Set<String> metrics(String expression) {
        return Pattern.compile("\\b(?:tsunagi|camel)_\\w+")
                .matcher(expression)
                .results()
                .map(found -> found.group())
                .collect(Collectors.toSet());
    }

    /** The manifests and the compose file name settings of the hub; one with another name would be left aside. */
    @Test
    void every_setting_in_them_is_one_of_the_hubs() throws IOException {
        Set<String> known = Files.readAllLines(Path.of("config/hub.properties")).stream()
                .filter(line -> line.matches("hub\\..*=.*"))
                .map(line -> line.replaceFirst("=.*", ""))
                .map(key -> key.toUpperCase(java.util.Locale.ROOT).replaceAll("[.-]", "_"))
                .collect(Collectors.toSet());
        for (String file : new String[] {"compose.yaml", "kubernetes/tsunagi.yaml", "Dockerfile"}) {
            Pattern.compile("\\b(HUB_[A-Z_]+)\\b")
                    .matcher(Files.readString(FOLDER.resolve(file)))
                    .results()
                    .map(found -> found.group(1).replaceFirst("_FILE$", ""))
                    .filter(name -> !name.matches("HUB_LINE_ACCOUNT_MAIN_(SECRET|TOKEN|DISPLAY_NAME)"))
                    .forEach(name -> assertThat(known).as(file).contains(name));
        }
    }
}
