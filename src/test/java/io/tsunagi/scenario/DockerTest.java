package io.tsunagi.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.tsunagi.access.Role;
import io.tsunagi.npm.NodeClient;
import io.tsunagi.store.Dialect;
import java.io.IOException;
import java.io.Reader;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
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
                .contains("compose.yaml: 5 services", "sandbox.yaml: 1 services")
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

    /** Keycloak knows the hub by the realm that is imported: client, address to come back to, roles and their claim are the hub's. */
    @Test
    void the_realm_of_keycloak_is_what_the_hub_is_set_to() throws IOException {
        JsonNode realm =
                Webhook.JSON.readTree(FOLDER.resolve("keycloak/tsunagi.json").toFile());
        JsonNode client = realm.path("clients").path(0);
        String compose = Files.readString(FOLDER.resolve("compose.yaml"));

        assertThat(compose)
                .contains("/realms/" + realm.path("realm").asText() + "\n")
                .contains("HUB_OIDC_CLIENT_ID: " + client.path("clientId").asText() + "\n")
                .contains("HUB_OIDC_ROLES_CLAIM: "
                        + client.path("protocolMappers")
                                .path(0)
                                .path("config")
                                .path("claim.name")
                                .asText() + "\n");
        for (Role role : Role.values()) {
            assertThat(realm.path("roles").path("realm").findValuesAsText("name"))
                    .contains(role.word());
            assertThat(compose)
                    .contains("HUB_OIDC_ROLE_" + role.word().toUpperCase(Locale.ROOT) + ": " + role.word() + "\n");
        }
        assertThat(client.path("redirectUris").path(0).asText()).endsWith("}/api/sign-in/provider/back");
        assertThat(client.path("publicClient").asBoolean(true)).isFalse();
        assertThat(client.path("secret").asText()).matches("\\$\\{[A-Z_]+}");
        Pattern.compile("\\$\\{([A-Z_]+)}").matcher(realm.toString()).results().forEach(found -> assertThat(compose)
                .contains(found.group(1)));
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

    /** Files, programs, ports and addresses that the image and the manifests name are the checkout's and the hub's. */
    @Test
    void what_they_name_is_there() throws Exception {
        String image = Files.readString(FOLDER.resolve("Dockerfile"));
        String manifests = Files.readString(FOLDER.resolve("kubernetes/tsunagi.yaml"));
        String compose = Files.readString(FOLDER.resolve("compose.yaml"));
        String sandbox = Files.readString(FOLDER.resolve("sandbox.yaml"));

        Set<String> copied = found("(?m)^COPY ([^-].*) \\S+$", image);
        assertThat(copied).hasSizeGreaterThan(3);
        Set<String> sent = Set.copyOf(Files.readAllLines(FOLDER.resolve("Dockerfile.dockerignore")));
        copied.forEach(sources -> Set.of(sources.split(" ")).forEach(source -> {
            assertThat(Path.of(source)).exists();
            assertThat(sent).contains("!" + source.replaceFirst("/.*", ""));
        }));
        assertThat(found("\"(io\\.tsunagi[\\w.]+)\"", image)).isNotEmpty().allSatisfy(Class::forName);
        assertThat(image).contains("tsunagi.jar rehearse\n");
        assertThat(Files.readString(Path.of("src/main/java/io/tsunagi/Commands.java")))
                .containsPattern("@Command\\([^)]*name = \"rehearse\"");

        Properties defaults = new Properties();
        try (Reader settings = Files.newBufferedReader(Path.of("config/hub.properties"))) {
            defaults.load(settings);
        }
        String console =
                found("HUB_PRIVATE_PORT: \"(\\d+)\"", compose).iterator().next();
        Set<String> ports = new TreeSet<>(
                Set.of(defaults.getProperty("hub.http.port"), defaults.getProperty("hub.management.port"), console));
        assertThat(ports).hasSize(3);
        assertThat(image.substring(image.indexOf(" AS hub"))).contains("EXPOSE " + String.join(" ", ports) + "\n");
        assertThat(found("containerPort: (\\d+)", manifests)).isEqualTo(ports);
        assertThat(found("HUB_PRIVATE_PORT: \"(\\d+)\"", manifests)).containsExactly(console);
        ports.forEach(port -> assertThat(compose).contains("\"127.0.0.1:" + port + ":" + port + "\""));
        assertThat(Files.readString(FOLDER.resolve("prometheus.yml")))
                .contains("127.0.0.1:" + defaults.getProperty("hub.management.port") + "\"");
        Set<String> simulated = found("(?m)^EXPOSE (.*)$", image.substring(0, image.indexOf(" AS hub")));
        assertThat(found("\"127\\.0\\.0\\.1:(\\d+):", sandbox))
                .containsExactly(simulated.iterator().next().split(" "));

        for (String file : List.of(image, manifests, compose)) {
            assertThat(file.contains("HUB_MANAGEMENT_HOST: 0.0.0.0"))
                    .as("a port for operations that others reach names them")
                    .isEqualTo(file.contains("HUB_MANAGEMENT_ALLOW: "));
        }
        assertThat(image).doesNotContain("ENV HUB_");

        String uid = found("useradd --system --uid (\\d+)", image).iterator().next();
        assertThat(found("USER (\\d+)", image)).containsExactly(uid);
        assertThat(found("(?:runAsUser|fsGroup): (\\d+)", manifests)).containsExactly(uid);
        // The hub's own folders are relative: to the image's.
        assertThat(defaults.getProperty("hub.store.url")).contains("data/");
        assertThat(image).contains("VOLUME /opt/tsunagi/" + "data\n").contains("WORKDIR /opt/tsunagi\n");
        Set<String> secrets = found("/run/secrets/tsunagi/([a-z-]+)", manifests);
        assertThat(secrets).isEqualTo(found("--from-file=(\\S+)", manifests)).hasSize(6);

        Set<String> asked =
                found("(/observe/[a-z/]+)", image + manifests + Files.readString(FOLDER.resolve("prometheus.yml")));
        assertThat(asked).hasSize(3);
        try (TestHub hub = TestHub.start(Dialect.H2, Map.of())) {
            for (String address : asked) {
                HttpURLConnection asking = (HttpURLConnection)
                        URI.create(hub.management() + address).toURL().openConnection();
                assertThat(asking.getResponseCode()).as(address).isEqualTo(200);
            }
        }
    }

    private static Set<String> found(String pattern, String text) {
        return Pattern.compile(pattern)
                .matcher(text)
                .results()
                .map(found -> found.group(1))
                .collect(Collectors.toCollection(TreeSet::new));
    }
}
