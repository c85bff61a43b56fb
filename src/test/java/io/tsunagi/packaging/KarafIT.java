package io.tsunagi.packaging;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
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
    private static final Duration PATIENCE = Duration.ofSeconds(120);

    @TempDir
    Path temp;

    private Path karaf;
    private int registryPort;
    private Surroundings surroundings;
    private Program program;

    @BeforeEach
    void start() throws Exception {
        karaf = Files.createDirectory(temp.resolve("karaf"));
        copy(distribution(), karaf);
        registryPort = Program.freePort();
        configure();
        Files.copy(Program.built(".kar"), karaf.resolve("deploy/tsunagi.kar"));
        surroundings = Surroundings.start();
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
        awaitHealthy();

        surroundings.assertThatACustomerIsAnswered(this::log);
        try (var jmx = jmx()) {
            var server = jmx.getMBeanServerConnection();
            var routes = server.queryNames(new ObjectName("org.apache.camel:type=routes,*"), null);
            assertThat(routes).isNotEmpty();
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
