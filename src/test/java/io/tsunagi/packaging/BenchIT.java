package io.tsunagi.packaging;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A tiny {@code make bench}: every part that needs one hub ends, and finds nothing lost or doubled. */
class BenchIT {
    @TempDir
    Path temp;

    @Test
    void every_part_ends_and_finds_each_thing_once() throws Exception {
        try (var bench = Program.start(
                temp,
                Map.of(),
                List.of(
                        Program.javaHome().resolve("bin/java").toString(),
                        "-Xmx256m",
                        "-Dlog4j2.level=WARN",
                        "-Dbench.jar=" + Program.built("-standalone.jar"),
                        "-Dbench.parts=full,send,screen,drain,assign,ingest",
                        "-Dbench.databases=h2",
                        "-Dbench.rates=50",
                        "-Dbench.seconds=1",
                        "-Dbench.warm-up=1",
                        "-Dbench.rounds=1",
                        "-Dbench.full-rate=5",
                        // More presses than a hub allows a person at once where the bench did not say otherwise
                        "-Dbench.send-rate=200",
                        "-Dbench.screen-rate=5",
                        "-Dbench.away=40",
                        "-Dbench.waiting=40",
                        "-Dbench.seats=4",
                        "-Dbench.jvm=-Xmx512m",
                        "-cp",
                        classPath(),
                        "io.tsunagi.bench.Bench"))) {
            int status = bench.awaitEnd(Duration.ofMinutes(4));

            assertThat(bench.output())
                    .contains(
                            "hub full way, new, most",
                            "hub full way, known, most",
                            "reference full way, new, most",
                            "reference full way, known, most",
                            "send → LINE",
                            "message → screen",
                            "Salesforce back",
                            "assignment")
                    .contains("hub ingest, most", "reference stored", "hub/reference", "hub effected")
                    .doesNotContain("WRONG");
            assertThat(status).isZero();
        }
    }

    /** The tests' class path from anywhere: the program runs in a folder of its own. */
    private static String classPath() {
        return Arrays.stream(System.getProperty("java.class.path").split(java.io.File.pathSeparator))
                .map(part -> Path.of(part).toAbsolutePath().toString())
                .collect(Collectors.joining(java.io.File.pathSeparator));
    }
}
