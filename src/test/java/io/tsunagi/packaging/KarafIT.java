package io.tsunagi.packaging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.management.MBeanServerConnection;
import javax.management.ObjectName;
import javax.management.remote.JMXConnector;
import javax.management.remote.JMXConnectorFactory;
import javax.management.remote.JMXServiceURL;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The KAR in a fresh Karaf that has no repository to download from. */
class KarafIT {
    private static final Duration PATIENCE = Duration.ofMinutes(10);
    private static final Duration GONE = Duration.ofSeconds(90);
    private static final Pattern THREADS = Pattern.compile(
            "(?m)^\"(vert\\.x|Camel|Hikari|hub|tsunagi|routes-look|H2|MVStore|OkHttp|DefaultQuartz|SalesforceHttpClient)"
                    + "|at (io\\.tsunagi|org\\.apache\\.camel|io\\.vertx|io\\.netty|org\\.h2|com\\.zaxxer|org\\.quartz|org\\.eclipse\\.jetty)\\.");

    @TempDir
    Path temp;

    private Path karaf;
    private int registryPort;
    private Surroundings surroundings;
    private Program program;

    @BeforeEach
    void unpack() throws Exception {
        karaf = Files.createDirectory(temp.resolve("karaf"));
        copy(distribution(), karaf);
        registryPort = Program.freePort();
        configure();
        surroundings = Surroundings.start();
    }

    private void run() throws Exception {
        Files.copy(Program.built(".kar"), karaf.resolve("deploy/tsunagi.kar"));
        Map<String, String> environment = new HashMap<>(surroundings.environment());
        environment.put("JAVA_HOME", Program.javaHome().toString());
        program = Program.start(
                temp.resolve("run"),
                environment,
                List.of(karaf.resolve("bin/karaf").toString(), "daemon", "clean"));
    }

    @AfterEach
    void stop() throws Exception {
        try (var ended = program;
                var gone = surroundings) {
            assertThat(ended).isNotNull();
            assertThat(gone).isNotNull();
        }
    }

    @Test
    void the_kar_installs_offline_and_answers_a_customer() throws Exception {
        ownRoute();
        run();
        awaitHealthy();

        surroundings.assertThatACustomerIsAnswered(this::log);
        try (var jmx = jmx()) {
            var server = jmx.getMBeanServerConnection();
            var routes = server.queryNames(new ObjectName("org.apache.camel:type=routes,*"), null);
            assertThat(routes)
                    .as("what is shipped, and what stands in etc/tsunagi/routes")
                    .hasSizeGreaterThan(100)
                    .anyMatch(route -> route.getKeyProperty("name").equals("\"acme-say\""));
            for (var route : routes) {
                assertThat(server.getAttribute(route, "State")).as("%s", route).isEqualTo("Started");
            }
        }
        assertThat(Program.status(surroundings.management() + "/hawtio/")).isEqualTo(401);
        assertThat(karaf.resolve("etc/tsunagi/config/hub.properties")).exists();
        // Karaf's own data folder does not outlive "karaf clean".
        assertThat(karaf.resolve("tsunagi/tsunagi.mv.db")).exists();
        assertThat(karaf.resolve("tsunagi/keys")).isNotEmptyDirectory();
        assertThat(troubles()).isEmpty();
    }

    @Test
    void a_hub_that_is_stopped_started_and_uninstalled_leaves_no_thread_and_no_class_behind() throws Exception {
        run();
        awaitHealthy();
        try (var jmx = jmx()) {
            var server = jmx.getMBeanServerConnection();
            var bundles = new ObjectName("org.apache.karaf:type=bundle,name=root");
            var pid = String.valueOf(server.getAttribute(new ObjectName("java.lang:type=Runtime"), "Pid"));
            assertThat(threads(pid)).isNotEmpty();
            assertThat(classes(pid)).isNotEmpty();

            bundle(server, bundles, "stop");
            assertThat(Program.status(surroundings.hub() + "/")).isZero();
            awaitNoThread(pid);
            bundle(server, bundles, "start");
            awaitHealthy();
            surroundings.assertThatACustomerIsAnswered(this::log);

            server.invoke(
                    new ObjectName("org.apache.karaf:type=feature,name=root"),
                    "uninstallFeature",
                    new Object[] {"tsunagi"},
                    new String[] {"java.lang.String"});
            awaitNoThread(pid);
            awaitNoClass(pid);
            assertThat(server.queryNames(new ObjectName("org.apache.camel:*"), null))
                    .isEmpty();
            assertThat(troubles()).isEmpty();
        }
    }

    private static void awaitNoThread(String pid) {
        await("no thread of it is left").atMost(GONE).untilAsserted(() -> assertThat(threads(pid))
                .isEmpty());
    }

    /** Its last threads end when nobody has the JDK's HTTP clients any more, or Karaf's resolver has nothing to do for 60 s. */
    private static void awaitNoClass(String pid) {
        await("no class of it is left")
                .atMost(GONE)
                .pollInterval(Duration.ofSeconds(2))
                .untilAsserted(() ->
                        assertThat(classes(pid).stream().limit(5).toList()).isEmpty());
    }

    private static void bundle(MBeanServerConnection server, ObjectName bundles, String act) throws Exception {
        server.invoke(bundles, act, new Object[] {"io.tsunagi.tsunagi"}, new String[] {"java.lang.String"});
    }

    /** Threads of the hub: by their names, and by what is on their stacks. The JDK ends those of its HTTP client by itself. */
    private static List<String> threads(String pid) throws Exception {
        return Stream.of(jcmd(pid, "Thread.print").split("\n\n"))
                .filter(thread -> THREADS.matcher(thread).find())
                .map(thread -> thread.strip().split("\n", 2)[0])
                .toList();
    }

    /** Classes of the hub that are loaded once the JVM has let go of all it can. */
    private static List<String> classes(String pid) throws Exception {
        jcmd(pid, "GC.run");
        return jcmd(pid, "VM.class_hierarchy")
                .lines()
                .filter(line -> line.contains("io.tsunagi."))
                .toList();
    }

    private static String jcmd(String pid, String... words) throws Exception {
        List<String> command =
                new ArrayList<>(List.of(Program.javaHome().resolve("bin/jcmd").toString(), pid));
        command.addAll(List.of(words));
        var process = new ProcessBuilder(command).redirectErrorStream(true).start();
        var said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(said).isZero();
        return said;
    }

    private void awaitHealthy() {
        try {
            program.awaitOk(surroundings.management() + "/observe/health", PATIENCE, this::troubles);
        } catch (AssertionError never) {
            throw new AssertionError(never.getMessage() + "\n" + log(), never);
        }
    }

    /** The bundle ends in the log, not with the process. */
    private Optional<String> troubles() {
        var log = log();
        var first = log.indexOf("| ERROR |");
        return first < 0 ? Optional.empty() : Optional.of(log.substring(first));
    }

    private String log() {
        try {
            return Files.readString(karaf.resolve("data/log/karaf.log"));
        } catch (IOException none) {
            return "No karaf.log";
        }
    }

    private JMXConnector jmx() throws IOException {
        return JMXConnectorFactory.connect(
                new JMXServiceURL("service:jmx:rmi:///jndi/rmi://127.0.0.1:" + registryPort + "/karaf-root"),
                Map.of(JMXConnector.CREDENTIALS, new String[] {"smoke", "smoke"}));
    }

    /** A route of the installation's own, which Karaf's hub finds at its start. */
    private void ownRoute() throws IOException {
        Files.writeString(
                Files.createDirectories(karaf.resolve("etc/tsunagi/routes/custom"))
                        .resolve("acme-say.camel.yaml"),
                """
                - route:
                    id: acme-say
                    description: Says that somebody called
                    group: custom
                    routeConfigurationId: leave-to-caller
                    from:
                      uri: direct:acme-say
                      steps:
                        - log:
                            id: acme-write
                            message: called
                """);
    }

    private void configure() throws IOException {
        var etc = karaf.resolve("etc");
        append(
                etc.resolve("org.ops4j.pax.url.mvn.cfg"),
                // The last word on a key wins: no remote repository, and none that this machine happens to have.
                "org.ops4j.pax.url.mvn.repositories=",
                "org.ops4j.pax.url.mvn.localRepository=" + temp.resolve("empty-repository"),
                "org.ops4j.pax.url.mvn.useFallbackRepositories=false");
        append(
                etc.resolve("users.properties"),
                "smoke=smoke,_g_:admingroup",
                "_g_\\:admingroup=group,admin,manager,viewer");
        // Karaf keeps the last log entries with their exceptions, and those keep the classes that threw them.
        append(
                etc.resolve("system.properties"),
                "org.ops4j.pax.logging.logReaderEnabled=false",
                "org.ops4j.pax.logging.eventAdminEnabled=false");
        append(etc.resolve("org.apache.karaf.shell.cfg"), "sshHost=127.0.0.1", "sshPort=" + Program.freePort());
        append(
                etc.resolve("org.apache.karaf.management.cfg"),
                "rmiRegistryHost=127.0.0.1",
                "rmiServerHost=127.0.0.1",
                "rmiRegistryPort=" + registryPort,
                "rmiServerPort=" + Program.freePort());
    }

    private static void append(Path file, String... lines) throws IOException {
        Files.writeString(file, "\n" + String.join("\n", lines) + "\n", StandardOpenOption.APPEND);
    }

    private static Path distribution() throws IOException {
        try (var folders = Files.list(Program.buildFolder().resolve("karaf"))) {
            return folders.filter(folder -> Files.isExecutable(folder.resolve("bin/karaf")))
                    .findFirst()
                    .orElseThrow();
        }
    }

    private static void copy(Path from, Path to) throws IOException {
        Files.walkFileTree(from, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) throws IOException {
                Files.createDirectories(to.resolve(from.relativize(folder)));
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.copy(file, to.resolve(from.relativize(file)), StandardCopyOption.COPY_ATTRIBUTES);
                return FileVisitResult.CONTINUE;
            }
        });
    }
}
