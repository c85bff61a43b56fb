package io.tsunagi;

import static org.assertj.core.api.Assertions.assertThat;

import io.tsunagi.routes.RouteFiles;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Holds the documents to what is there. */
class DocumentsTest {
    private static final Path INTEGRATE = Path.of("docs/integrate.md");
    private static final Path SECURITY = Path.of("docs/security.md");
    private static final Path MAP_OF_ROUTES = Path.of("routes/README.md");

    /** Settings whose names whoever configures the hub chooses in part; the words that may follow that part. */
    private static final Pattern NAMED_SETTING = Pattern.compile(
            "hub\\.(line\\.account\\.[A-Za-z-]+\\.(secret|secret-old|secret-old-until|token|display-name|language|zone|quota-reserve|token-kind|channel-id|jwk|sender-name|sender-icon|groups|mark-as-read|call|call-link|chat-control)"
                    + "|access\\.person\\.[A-Za-z-]+\\.[a-z-]+)");

    private final Map<Path, String> documents = documents();
    private final Map<Path, String> routes = texts(Path.of("routes"), ".camel.yaml");

    private static Map<Path, String> documents() {
        Map<Path, String> found = texts(Path.of("docs"), ".md");
        found.putAll(texts(Path.of("routes"), ".md"));
        for (String name : new String[] {"README.md", "README.ja.md", "CHANGELOG.md", "CONTRIBUTING.md"}) {
            found.put(Path.of(name), read(Path.of(name)));
        }
        return found;
    }

    private static Map<Path, String> texts(Path folder, String ending) {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(file -> file.toString().endsWith(ending))
                    .collect(Collectors.toMap(file -> file, DocumentsTest::read, (a, b) -> a, TreeMap::new));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Gives the first group of every place that fits. */
    private static Set<String> all(String pattern, String text) {
        return Pattern.compile(pattern)
                .matcher(text)
                .results()
                .map(found -> found.group(1))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private Set<String> inRoutes(String pattern) {
        return all(pattern, String.join("\n", routes.values()));
    }

    @Test
    void every_bean_that_a_route_names_stands_in_the_public_interface() {
        Set<String> beans = inRoutes("(?:\\bref: |\\bbean:)([a-z]\\w+)");

        assertThat(beans).hasSizeGreaterThan(20);
        assertThat(all("\\| `(\\w+)` \\|", read(INTEGRATE))).containsAll(beans);
    }

    @Test
    void every_method_that_a_route_calls_stands_in_the_public_interface() {
        Set<String> calls = inRoutes("((?:\\bref: \\w+\\s+method: \"?|\\bbean:\\w+\\?method=)\\w+)").stream()
                .map(call -> call.replaceFirst("^(?:ref: |bean:)(\\w+)(?:\\s+method: \"?|\\?method=)", "$1."))
                .collect(Collectors.toCollection(TreeSet::new));

        assertThat(calls).hasSizeGreaterThan(60);
        String text = read(INTEGRATE);
        assertThat(calls)
                .allMatch(call -> all("(\\| `" + call.substring(0, call.indexOf('.')) + "` \\|.*)", text).stream()
                                .anyMatch(row -> row.contains("`" + afterDot(call) + "`")
                                        || row.contains("`" + afterDot(call) + "("))
                        || call.matches("(?:console|draft|team)\\..*")
                                && (text.contains("`" + call + "`") || text.contains("`" + afterDot(call) + "`")));
    }

    private static String afterDot(String call) {
        return call.substring(call.indexOf('.') + 1);
    }

    @Test
    void every_direct_route_stands_in_the_public_interface_and_no_other() {
        Set<String> served = inRoutes("from:\\s+uri: direct:([a-z-]+)");
        Set<String> named = all("direct:([a-z][a-z-]+)", read(INTEGRATE)).stream()
                .filter(name -> !name.startsWith("acme-"))
                .collect(Collectors.toCollection(TreeSet::new));

        assertThat(served).hasSizeGreaterThan(50);
        assertThat(named).isEqualTo(served);
    }

    @Test
    void the_map_of_routes_has_each_file_with_its_routes_and_settings() {
        Map<String, String> rows = read(MAP_OF_ROUTES)
                .lines()
                .filter(line -> line.startsWith("| [`"))
                .collect(Collectors.toMap(line -> line.replaceFirst("^[^(]*\\(([^)]+)\\).*", "$1"), line -> line));

        assertThat(rows.keySet()).containsExactlyInAnyOrderElementsOf(RouteFiles.BUILT_IN);
        routes.forEach((file, text) -> {
            String name = Path.of("routes").relativize(file).toString();
            String row = rows.get(name);
            all("- route(?:Configuration)?:\\s+id: ([a-z-]+)", text)
                    .forEach(id -> assertThat(row).contains("`" + id + "`"));
            assertThat(all("`(hub\\.[a-z.-]+)`", row)).as(name).isEqualTo(all("\\{\\{(hub\\.[a-z.-]+)}}", text));
            assertThat(row.contains("(core)")).as(name).isEqualTo(RouteFiles.CORE.contains(name));
        });
    }

    @Test
    void every_link_leads_somewhere() {
        documents.forEach((document, text) -> all("]\\(([^)\\s]+)\\)", text).stream()
                .filter(link -> !link.matches("(https?:|mailto:|#).*"))
                .forEach(link -> assertThat(document.resolveSibling(link.replaceFirst("#.*", ""))
                                .normalize())
                        .as(document + " links to " + link)
                        .exists()));
    }

    @Test
    void every_setting_that_is_named_exists() throws IOException {
        Properties settings = new Properties();
        settings.load(Files.newBufferedReader(Path.of("config/hub.properties")));
        Set<String> features = settings.stringPropertyNames().stream()
                .map(key -> key.split("\\.")[1])
                .collect(Collectors.toSet());
        documents.forEach((document, text) -> {
            for (String key : all("(?<![\\w/.])(hub\\.[a-z]+\\.[A-Za-z-]+(?:\\.[A-Za-z-]+)*)", text)) {
                boolean known = settings.containsKey(key)
                        || NAMED_SETTING.matcher(key).matches()
                        || key.endsWith("-file") && settings.containsKey(key.replaceFirst("-file$", ""));
                assertThat(known).as(document + " names " + key).isTrue();
                assertThat(features).contains(key.split("\\.")[1]);
            }
            for (String variable : all("\\b(HUB_[A-Z_]+[A-Z])\\b", text)) {
                assertThat(isVariable(variable, settings))
                        .as(document + " names " + variable)
                        .isTrue();
            }
        });
    }

    private static boolean isVariable(String variable, Properties settings) {
        String plain = variable.replaceFirst("_FILE$", "");
        return plain.matches(
                        "HUB_LINE_ACCOUNT_[A-Z]+_(SECRET|SECRET_OLD|SECRET_OLD_UNTIL|TOKEN|JWK|DISPLAY_NAME|LANGUAGE|ZONE)")
                || settings.stringPropertyNames().stream().anyMatch(key -> key.toUpperCase(java.util.Locale.ROOT)
                        .replaceAll("[.-]", "_")
                        .equals(plain));
    }

    @Test
    void every_command_that_is_named_exists() {
        Set<String> targets = all("(?m)^([a-z-]+):", read(Path.of("Makefile")));
        documents.forEach((document, text) ->
                assertThat(targets).as(document.toString()).containsAll(all("`make ([a-z-]+)", text)));
        assertThat(targets).containsAll(all("(?m)^make ([a-z-]+)", read(Path.of("README.md"))));
    }

    @Test
    void every_test_and_class_that_is_named_exists() {
        Set<String> classes = new TreeSet<>();
        for (String folder : new String[] {"src/main/java", "src/test/java"}) {
            texts(Path.of(folder), ".java")
                    .keySet()
                    .forEach(file -> classes.add(file.getFileName().toString().replace(".java", "")));
        }
        documents.forEach((document, text) -> {
            assertThat(classes).as(document.toString()).containsAll(testsNamedIn(text));
        });
        String controls = read(SECURITY).replaceFirst("(?s)## Not there yet.*", "");
        assertThat(classes).containsAll(all("`([A-Z][a-z]+[A-Za-z]*)`(?=[^\n]*\\|)", withoutWords(controls)));
        assertThat(read(SECURITY)).contains("Not there yet");
    }

    @Test
    void every_fault_has_its_tests_or_is_said_to_be_missing() {
        Map<String, String> faults = read(Path.of("docs/guarantees.md"))
                .lines()
                .filter(line -> line.matches("\\| F\\d\\d \\|.*"))
                .collect(Collectors.toMap(line -> line.substring(2, 5), line -> line));

        String chaos = read(Path.of("docs/chaos.md"));
        String verify = read(Path.of("Makefile")).replaceFirst("(?s).*chaos KILLS=10 FAULTS=([F0-9,]+).*", "$1");
        for (int i = 1; i <= 50; i++) {
            String fault = "F%02d".formatted(i);
            assertThat(faults).containsKey(fault);
            String row = faults.get(fault);
            if (row.contains("`make verify`")) {
                assertThat(verify).as("what make verify does").contains(fault);
            }
            if (row.contains("`make chaos`") && !row.contains("F27 of")) {
                assertThat(chaos).as("what make chaos does").contains(fault);
            }
            assertThat(!testsNamedIn(row).isEmpty()
                            || row.contains("`make verify`")
                            || row.contains("`make chaos`")
                            || row.contains("not yet")
                            || row.contains("does not arise"))
                    .as(row)
                    .isTrue();
        }
        assertThat(faults).hasSize(50);
    }

    private static Set<String> testsNamedIn(String text) {
        return Pattern.compile("\\b([A-Z][A-Za-z]+(?:Test|IT))\\b")
                .matcher(text)
                .results()
                .map(MatchResult::group)
                .filter(name -> !name.equals("NameTest") && !name.equals("NoUnitTest"))
                .collect(Collectors.toSet());
    }

    /** Words in code that are no classes. */
    private static String withoutWords(String text) {
        return text.replaceAll("`(HttpOnly|SameSite|Secure)[^`]*`", "");
    }
}
