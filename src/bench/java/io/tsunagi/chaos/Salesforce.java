package io.tsunagi.chaos;

import io.tsunagi.bench.HubProgram;
import io.tsunagi.bench.Program;
import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** The Salesforce simulator as a process of its own. */
final class Salesforce implements AutoCloseable {
    private final int port = HubProgram.freePort();
    private final Json control;
    private final Program program;

    Salesforce(Path folder, List<Path> jars) throws IOException {
        control = new Json(URI.create("http://127.0.0.1:" + port));
        program = Program.start(
                folder.toAbsolutePath(),
                "salesforce.log",
                Map.of(),
                List.of(
                        Program.java().toString(),
                        "-Xmx1g",
                        "-XX:+UseSerialGC",
                        "-cp",
                        classPath(jars),
                        "io.tsunagi.sandbox.salesforce.SalesforceSimulator",
                        String.valueOf(port)));
        Await.until("the Salesforce simulator answers", Duration.ofSeconds(60), () -> {
            program.assertRunning();
            return control.answers("/sandbox/settings");
        });
    }

    static String classPath(List<Path> jars) {
        return jars.stream()
                .map(jar -> jar.toAbsolutePath().toString())
                .collect(Collectors.joining(File.pathSeparator));
    }

    int port() {
        return port;
    }

    /** Adds to what goes wrong. */
    void faults(List<? extends Map<String, ?>> faults) {
        control.call("PUT", "/sandbox/faults", faults);
    }

    void noFaults() {
        control.call("DELETE", "/sandbox/faults", null);
    }

    /** Gives the values of a field in all records of an object, as often as they are there. */
    List<String> values(String object, String field) {
        List<String> values = new ArrayList<>();
        control.call("GET", "/sandbox/records/" + object, null).forEach(record -> {
            if (record.hasNonNull(field)) {
                values.add(record.path(field).asText());
            }
        });
        return values;
    }

    @Override
    public void close() {
        program.close();
    }
}
