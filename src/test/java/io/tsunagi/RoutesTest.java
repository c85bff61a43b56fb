package io.tsunagi;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.tsunagi.routes.RouteFiles;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/** Reads all of {@code routes/} and holds it to the house's rules. */
class RoutesTest {
    private static final Path FOLDER = Path.of("routes");
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Map<String, JsonNode> files = files();

    private static Map<String, JsonNode> files() {
        Map<String, JsonNode> files = new TreeMap<>();
        try (Stream<Path> found = Files.walk(FOLDER)) {
            for (Path file : found.filter(f -> f.toString().endsWith(".yaml")).toList()) {
                Object tree = new Load(LoadSettings.builder().build()).loadFromString(Files.readString(file));
                files.put(FOLDER.relativize(file).toString(), JSON.valueToTree(tree));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return files;
    }

    private List<JsonNode> routes() {
        List<JsonNode> routes = new ArrayList<>();
        files.values()
                .forEach(file -> file.forEach(entry -> {
                    if (entry.has("route")) {
                        routes.add(entry.get("route"));
                    }
                }));
        return routes;
    }

    /** Gives the values of a field wherever it stands below a node. */
    private static List<String> values(JsonNode below, String field) {
        return below.findValues(field).stream()
                .filter(JsonNode::isValueNode)
                .map(JsonNode::asText)
                .toList();
    }

    @Test
    void the_built_in_list_names_every_file() {
        assertThat(RouteFiles.BUILT_IN).containsExactlyInAnyOrderElementsOf(files.keySet());
        assertThat(RouteFiles.BUILT_IN).containsAll(RouteFiles.CORE);
    }

    @Test
    void a_file_begins_with_why_and_is_named_after_its_first_route() throws IOException {
        for (Map.Entry<String, JsonNode> file : files.entrySet()) {
            assertThat(Files.readString(FOLDER.resolve(file.getKey())))
                    .as(file.getKey())
                    .startsWith("# ");
            JsonNode first = file.getValue().get(0);
            if (first.has("route")) {
                assertThat(file.getKey())
                        .endsWith("/" + first.path("route").path("id").asText() + ".camel.yaml");
            }
        }
    }

    @Test
    void every_route_has_id_description_group_and_a_way_to_fail() {
        for (JsonNode route : routes()) {
            String id = route.path("id").asText();
            assertThat(id).matches("[a-z]+(-[a-z]+)+");
            assertThat(route.path("description").asText()).as(id).isNotBlank();
            assertThat(route.path("group").asText()).as(id).isNotBlank();
        }
    }

    @Test
    void every_id_stands_once() {
        Set<String> seen = new HashSet<>();
        Set<String> twice = new HashSet<>();
        for (JsonNode route : routes()) {
            for (String id : values(route, "id")) {
                if (!seen.add(id)) {
                    twice.add(id);
                }
            }
        }
        assertThat(twice).isEmpty();
    }

    @Test
    void every_direct_call_has_a_route_of_that_name() {
        Set<String> served = new HashSet<>();
        Set<String> called = new HashSet<>();
        for (JsonNode route : routes()) {
            String from = route.path("from").path("uri").asText();
            if (from.startsWith("direct:")) {
                assertThat(from).isEqualTo("direct:" + route.path("id").asText());
                served.add(from);
            }
            values(route.path("from").path("steps"), "uri").stream()
                    .filter(uri -> uri.startsWith("direct:"))
                    .forEach(called::add);
        }
        files.values().forEach(file -> values(file, "to").stream()
                .filter(uri -> uri.startsWith("direct:"))
                .forEach(called::add));
        assertThat(served).containsAll(called);
    }

    @Test
    void every_way_to_fail_that_is_named_exists() {
        Set<String> known = new HashSet<>();
        files.values()
                .forEach(file -> file.forEach(entry ->
                        known.add(entry.path("routeConfiguration").path("id").asText())));
        for (JsonNode route : routes()) {
            String name = route.path("routeConfigurationId").asText("leave-to-caller");
            assertThat(known).as(route.path("id").asText()).contains(name);
        }
    }

    @Test
    void no_jdbc_step_commits_the_transaction_around_it() {
        for (JsonNode route : routes()) {
            assertThat(values(route, "resetAutoCommit"))
                    .as(route.path("id").asText())
                    .doesNotContain("true");
            assertThat(values(route, "uri")).noneMatch(uri -> uri.contains("resetAutoCommit=true"));
        }
    }

    @Test
    void no_transaction_reaches_a_foreign_call() {
        Map<String, JsonNode> byId = new TreeMap<>();
        routes().forEach(route -> byId.put("direct:" + route.path("id").asText(), route));
        for (JsonNode route : routes()) {
            for (JsonNode transacted : route.findValues("transacted")) {
                Set<String> reached = new HashSet<>();
                reach(transacted, byId, reached);
                assertThat(reached)
                        .as(
                                "what the transaction of %s reaches",
                                route.path("id").asText())
                        .noneMatch(uri -> uri.matches(
                                "(https?|smtps?|salesforce|langchain4j.*|\\{\\{hub\\.(line|salesforce)).*"));
            }
        }
    }

    private static void reach(JsonNode from, Map<String, JsonNode> byId, Set<String> reached) {
        for (String uri : values(from, "uri")) {
            if (reached.add(uri) && byId.containsKey(uri)) {
                reach(byId.get(uri).path("from").path("steps"), byId, reached);
            }
        }
    }

    @Test
    void every_setting_a_route_names_exists() throws IOException {
        var settings = new java.util.Properties();
        settings.load(Files.newBufferedReader(Path.of("config/hub.properties")));
        for (String file : files.keySet()) {
            var names = java.util.regex.Pattern.compile("\\{\\{(hub\\.[a-z.-]+)}}")
                    .matcher(Files.readString(FOLDER.resolve(file)));
            while (names.find()) {
                assertThat(settings.stringPropertyNames()).as(file).contains(names.group(1));
            }
        }
    }
}
