package io.tsunagi.packaging;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Every command that a document names is run here as it stands there, or stands below with the reason why not. A new one
 * in a document fails this test until it is put into one of the two lists; one that no document names any more, too.
 */
class DocumentedCommandsIT extends RunsTheJar {
    /** Some of them compile everything, beside other work. */
    private static final Duration BUILDS = Duration.ofMinutes(6);

    private static final Pattern FENCE = Pattern.compile("```(\\w*)\n(.*?)```", Pattern.DOTALL);
    private static final Pattern INLINE = Pattern.compile("(?<!`)`([^`\n][^`]*)`");
    private static final String PROGRAMS =
            "((KEEP|TRANSLATE)=1 )?(make|java|mvn|docker|kubectl|ssh|sf|cd|npm|git|openssl|keytool|jfr|jar|curl|systemctl|tar|cp|pg_dump|pg_restore|vault)";
    private static final Pattern COMMAND = Pattern.compile(PROGRAMS + " [^|]\\S*.*", Pattern.DOTALL);

    /** A row of the table of commands in docs/operate.md. */
    private static final Pattern ROW = Pattern.compile("(?m)^\\| (`[a-z].*?`) \\|.*$");

    /** By a beginning: what is not run here, and why, or where it is. */
    private static final Map<String, String> ELSEWHERE = new LinkedHashMap<>();

    static {
        ELSEWHERE.put("make test", "is what runs this");
        ELSEWHERE.put("make verify", "runs for most of an hour, and runs this");
        ELSEWHERE.put("make build", "made what this runs");
        ELSEWHERE.put("make format", "changes the sources; the build checks its work");
        ELSEWHERE.put("make sandbox", "SandboxIT starts what it starts, on other ports");
        ELSEWHERE.put("KEEP=1 make sandbox", "SandboxIT");
        ELSEWHERE.put("TRANSLATE=1 make sandbox", "SandboxIT, with a simulator that TranslationInBrowserTest uses");
        ELSEWHERE.put("make fuzz", "makes up input for most of an hour; its seeds are replayed by make test");
        ELSEWHERE.put("make bench", "BenchIT runs its checks");
        ELSEWHERE.put("make feeds", "takes 10,000 open files; FeedTest holds 300");
        ELSEWHERE.put("make chaos", "ChaosIT runs it for two faults");
        ELSEWHERE.put("make release", "builds everything twice; ReleaseIT compares what it made");
        ELSEWHERE.put(
                "make routes-check ROUTES=/path/to/routes",
                "a path of the reader's; make routes-check ROUTES=routes is run");
        ELSEWHERE.put(
                "mvn -q test -Dtest=SalesforceFieldsTest",
                "a path of the reader's; the test runs on the shipped routes");
        ELSEWHERE.put("mvn", "this runs inside of Maven");
        ELSEWHERE.put("docker", "needs an engine for containers; DockerTest holds its files to published forms");
        for (String program : new String[] {"tar", "cp", "pg_dump", "pg_restore"}) {
            ELSEWHERE.put(program, "BackupIT follows the guide it stands in");
        }
        ELSEWHERE.put("vault", "needs a Vault; MasterKeyTest does with one of its own what the hub does");
        ELSEWHERE.put("ssh", "needs another machine");
        ELSEWHERE.put("sf", "needs an org of Salesforce; SalesforcePackageTest holds the package to its form");
        ELSEWHERE.put("cd src/main/salesforce", "belongs to the sf commands after it");
        ELSEWHERE.put("openssl", "asks for a password; makes no file of ours");
        ELSEWHERE.put("jfr print", "reads a recording that only a benchmark leaves");
        ELSEWHERE.put(
                "java -jar tsunagi-VERSION-standalone.jar routes rollback", "wants a running hub; RouteEditingTest");
        ELSEWHERE.put("java -jar tsunagi-standalone.jar routes rollback", "as above");
        ELSEWHERE.put("java -jar tsunagi-standalone.jar COMMAND", "stands for those of the table");
        ELSEWHERE.put("java -jar tsunagi-standalone.jar people invite", "wants somebody to invite; CommandsTest");
        ELSEWHERE.put("java -jar tsunagi-standalone.jar customer export", "wants an inquiry; CustomerRightsTest");
        ELSEWHERE.put("java -jar tsunagi-standalone.jar hold set", "wants an inquiry; CommandsTest");
        ELSEWHERE.put("java -jar tsunagi-standalone.jar hold export", "wants what an auditor has open; CommandsTest");
        ELSEWHERE.put("keytool -importcert", "wants the reader's authority; OutgoingTlsTest has one of its own");
        ELSEWHERE.put("java -jar tsunagi-standalone.jar purge certificates", "wants a purge that signed; CommandsTest");
        ELSEWHERE.put("java -jar tsunagi-standalone.jar customer erase", "wants a closed inquiry; CustomerRightsTest");
        ELSEWHERE.put("java -jar tsunagi-standalone.jar migrate-to", "wants a PostgreSQL; CommandsTest moves to one");
        ELSEWHERE.put("java -jar tsunagi-standalone.jar run", "runs until it is told to end; StandaloneIT");
    }

    /** What a reader fills in. */
    private static final Map<String, String> FILLED = Map.of(
            "VERSION", Program.built(".jar").getFileName().toString().replaceAll("tsunagi-|\\.jar", ""),
            "NUMBER", "1",
            "WORDS", "'a complaint at court'");

    private static Map<String, TreeSet<String>> commands() throws IOException {
        Map<String, TreeSet<String>> found = new TreeMap<>();
        List<Path> documents = new ArrayList<>(List.of(
                Path.of("README.md"), Path.of("README.ja.md"), Path.of("CONTRIBUTING.md"), Path.of("SECURITY.md")));
        try (Stream<Path> files = Files.walk(Path.of("docs"))) {
            // What was decided once, and why, tells nobody what to type.
            files.filter(file -> file.toString().endsWith(".md") && !file.startsWith("docs/adr"))
                    .forEach(documents::add);
        }
        for (Path document : documents) {
            String text = Files.readString(document);
            Matcher fence = FENCE.matcher(text);
            while (fence.find()) {
                if (fence.group(1).matches("|sh|bash")) {
                    fence.group(2)
                            .replace("\\\n", " ")
                            .lines()
                            .map(line -> line.replaceFirst("\\s+#.*", ""))
                            .forEach(line -> add(found, line, document));
                }
            }
            text.lines().filter(line -> line.startsWith("    ")).forEach(line -> add(found, line, document));
            Matcher inline = INLINE.matcher(FENCE.matcher(text).replaceAll(""));
            while (inline.find()) {
                add(found, inline.group(1), document);
            }
        }
        Matcher row = ROW.matcher(Files.readString(Path.of("docs/operate.md"))
                .replaceFirst("(?s).*## Commands", "")
                .replaceFirst("(?s)\n## .*", ""));
        while (row.find()) {
            Matcher command = INLINE.matcher(row.group(1));
            while (command.find()) {
                String without = command.group(1).replaceAll(" ?\\[[^\\]]*]", "");
                add(found, "java -jar tsunagi-standalone.jar " + without, Path.of("docs/operate.md"));
            }
        }
        return found;
    }

    private static void add(Map<String, TreeSet<String>> found, String line, Path document) {
        String command = line.strip().replaceAll("\\s+", " ");
        if (COMMAND.matcher(command).matches()) {
            found.computeIfAbsent(command, each -> new TreeSet<>()).add(document.toString());
        }
    }

    private static boolean names(String begin, String command) {
        return command.equals(begin) || command.startsWith(begin + " ");
    }

    private static boolean elsewhere(String command) {
        return ELSEWHERE.keySet().stream().anyMatch(begin -> names(begin, command));
    }

    @Test
    void what_is_not_run_is_named_by_a_document() throws IOException {
        var commands = commands().keySet();
        assertThat(commands).hasSizeGreaterThan(40);
        assertThat(ELSEWHERE.keySet())
                .allSatisfy(begin -> assertThat(commands).anyMatch(command -> names(begin, command)));
    }

    @Test
    void every_command_of_the_documents_does_what_it_says() throws Exception {
        prepare();
        Map<String, String> wrong = new LinkedHashMap<>();
        Map<String, TreeSet<String>> commands = commands();
        List<String> mine = commands.keySet().stream()
                .filter(command -> !elsewhere(command))
                .toList();
        // Before a hub was there, the schema; then the hub, as it is said to be started; then all else beside its data.
        List<String> order = new ArrayList<>();
        mine.stream().filter(command -> command.endsWith(" migrate")).forEach(order::add);
        mine.stream().filter(command -> command.contains("jvm.options -jar")).forEach(order::add);
        mine.stream().filter(command -> !order.contains(command)).forEach(order::add);
        for (String command : order) {
            if (command.contains("jvm.options -jar")) {
                runHub(command);
            } else {
                run(command).ifPresent(trouble -> wrong.put(command + " of " + commands.get(command), trouble));
            }
        }
        assertThat(wrong).as("commands that a document names").isEmpty();
        assertThat(order).as("they were run").hasSizeGreaterThan(20);
    }

    /** Lays out what an installation has: the jar under both names that documents give it, and its options. */
    private void prepare() throws IOException {
        Path folder = Files.createDirectories(temp.resolve("run"));
        for (String name : new String[] {"tsunagi-standalone.jar", "tsunagi-VERSION-standalone.jar"}) {
            Files.createSymbolicLink(
                    folder.resolve(filled(name)),
                    Program.built("-standalone.jar").toAbsolutePath());
        }
        Files.createDirectories(folder.resolve("config"));
        Files.copy(Path.of("config/jvm.options"), folder.resolve("config/jvm.options"));
        Files.createDirectories(folder.resolve("data"));
        settings.put("PATH", Program.javaHome().resolve("bin") + ":" + System.getenv("PATH"));
    }

    private static String filled(String command) {
        String filled = command;
        for (Map.Entry<String, String> place : FILLED.entrySet()) {
            filled = filled.replace(place.getKey(), place.getValue());
        }
        return filled.replace("--from TIME", "--from 2026-01-01T00:00:00Z")
                .replace("--until TIME", "--until 2026-01-02T00:00:00Z")
                .replace("--out FILE", "--out rows-" + command.hashCode() + ".jsonl")
                .replace("--out FOLDER", "--out folder" + command.hashCode())
                .replace("copy FILE", "copy line/handle-event.camel.yaml");
    }

    private void runHub(String command) throws Exception {
        try (var hub = Program.start(temp.resolve("run"), settings, shell(command))) {
            hub.awaitOk(surroundings.management() + "/observe/health", PATIENCE);
            surroundings.assertThatACustomerIsAnswered(hub::output);
            hub.descendants().forEach(ProcessHandle::destroy);
            hub.terminate();
            hub.awaitEnd(PATIENCE);
        }
    }

    private static List<String> shell(String command) {
        return List.of("sh", "-c", "exec " + filled(command));
    }

    /** Gives what went wrong. Make is told that the jar is made, which it is, and not to look whether a source is newer. */
    private Optional<String> run(String command) throws Exception {
        String jar = Path.of("")
                .toAbsolutePath()
                .relativize(Program.built("-standalone.jar").toAbsolutePath())
                .toString();
        String written = command.startsWith("make ")
                ? command.replaceFirst(
                        "make ", "make -C '" + Path.of("").toAbsolutePath() + "' --no-print-directory -o " + jar + " ")
                : command;
        try (var program = Program.start(temp.resolve("run"), settings, shell(written))) {
            int status = program.awaitEnd(command.startsWith("make ") ? BUILDS : PATIENCE);
            String said = program.output();
            return status == 0 && !said.contains("\tat ")
                    ? Optional.empty()
                    : Optional.of("ended with " + status + " and said " + said);
        }
    }
}
