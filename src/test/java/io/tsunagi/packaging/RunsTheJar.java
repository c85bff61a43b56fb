package io.tsunagi.packaging;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** The standalone jar beside the simulators, in a folder of its own for each test. */
abstract class RunsTheJar {
    static final Duration PATIENCE = Duration.ofSeconds(90);

    @TempDir
    Path temp;

    final Map<String, String> settings = new HashMap<>();
    Surroundings surroundings;

    @BeforeEach
    void simulate() throws Exception {
        surroundings = Surroundings.start();
        settings.putAll(surroundings.environment());
        settings.putAll(Surroundings.dataIn(temp.resolve("data")));
    }

    @AfterEach
    void stop() {
        surroundings.close();
    }

    /** Runs the jar with these arguments; without any it is a hub. */
    Program jar(String... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of(
                Program.javaHome().resolve("bin/java").toString(),
                "-Xmx512m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-jar",
                Program.built("-standalone.jar").toString()));
        command.addAll(List.of(arguments));
        return Program.start(temp.resolve("run"), settings, command);
    }
}
