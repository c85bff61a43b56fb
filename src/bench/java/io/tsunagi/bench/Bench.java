package io.tsunagi.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import io.tsunagi.sandbox.line.LineSimulator;
import io.tsunagi.sandbox.salesforce.SalesforceSimulator;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.HdrHistogram.Histogram;

/**
 * Measures the packaged hub on H2 and on PostgreSQL, beside a bare reference, and prints a table; {@code
 * target/bench/results.json} holds the same and more. Generator and simulators are in this process; hub, reference and
 * PostgreSQL are children on loopback and end with it.
 *
 * <p>System properties, all optional but the first: {@code bench.jar}, {@code bench.folder} (target/bench, emptied),
 * {@code bench.databases} (h2,postgresql), {@code bench.rate} (500 events/s), {@code bench.seconds} (12, measured a
 * part), {@code bench.rounds} (3), {@code bench.full-rate} (10 questions/s), {@code bench.jvm} (-Xmx1g, of hub and
 * reference). Ends with 1 when something acknowledged was lost or doubled, or nothing could be measured.
 */
public final class Bench {
    private static final Duration WARM_UP = Duration.ofSeconds(3);
    private static final Duration QUIET = Duration.ofSeconds(5);
    private static final Duration KNOWLEDGE = Duration.ofSeconds(60);

    private final Path jar = Path.of(System.getProperty("bench.jar"));
    private final Path folder = Path.of(System.getProperty("bench.folder", "target/bench"));
    private final int rate = Integer.getInteger("bench.rate", 500);
    private final int fullRate = Integer.getInteger("bench.full-rate", 10);
    private final int seconds = Integer.getInteger("bench.seconds", 12);
    private final int rounds = Integer.getInteger("bench.rounds", 3);
    private final List<String> jvm =
            List.of(System.getProperty("bench.jvm", "-Xmx1g").strip().split("\\s+"));
    private final Clock clock = Clock.systemUTC();
    private final Deque<AutoCloseable> open = new ArrayDeque<>();
    private final List<String> faults = new ArrayList<>();

    private Bench() {}

    public static void main(String[] arguments) throws Exception {
        Bench bench = new Bench();
        Runtime.getRuntime().addShutdownHook(new Thread(bench::closeAll, "close-children"));
        int status = 1;
        try {
            status = bench.run() ? 0 : 1;
        } catch (IllegalStateException | IllegalArgumentException cannot) {
            System.err.println(cannot.getMessage());
        } catch (Exception unexpected) {
            unexpected.printStackTrace();
        }
        // Not by returning: the simulators' threads would keep the process alive.
        System.exit(status);
    }

    private boolean run() throws Exception {
        emptyFolder();
        Map<String, Object> results = new LinkedHashMap<>();
        Instant began = clock.instant();
        results.put("at", began.toString());
        results.put("hub", jar.getFileName().toString());
        Map<String, Object> machine = Machine.facts(folder);
        results.put("machine", machine);
        results.put(
                "settings",
                Map.of(
                        "rate",
                        rate,
                        "seconds",
                        seconds,
                        "rounds",
                        rounds,
                        "fullRate",
                        fullRate,
                        "jvm",
                        jvm,
                        "connections",
                        Load.CONNECTIONS,
                        "bodyBytes",
                        TextEvents.BYTES));
        System.out.printf(
                Locale.ROOT,
                "%s cores, %s, %s; load average before %s%n",
                machine.get("cores"),
                machine.get("processor"),
                machine.get("jvm"),
                machine.get("loadAverageBefore"));
        Map<String, Object> databases = new LinkedHashMap<>();
        for (String name :
                System.getProperty("bench.databases", "h2,postgresql").split(",")) {
            Path own = folder.resolve(name);
            Files.createDirectories(own);
            Database database = keep(
                    switch (name) {
                        case "h2" -> new Database.H2(own);
                        case "postgresql" -> new Database.PostgreSql(own);
                        default ->
                            throw new IllegalArgumentException("bench.databases has h2 and postgresql, not " + name);
                    });
            databases.put(database.name(), measure(database, own));
            closeAll();
        }
        results.put("databases", databases);
        machine.put("loadAverageAfter", Machine.loadAverage());
        results.put("tookSeconds", Duration.between(began, clock.instant()).toSeconds());
        results.put("faults", faults);
        Path file = folder.resolve("results.json");
        new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT).writeValue(file.toFile(), results);
        System.out.printf(
                Locale.ROOT, "%nLoad average after %s. All figures: %s%n", machine.get("loadAverageAfter"), file);
        faults.forEach(fault -> System.out.println("WRONG: " + fault));
        return faults.isEmpty();
    }

    private Map<String, Object> measure(Database database, Path own) throws Exception {
        Map<String, Object> results = new LinkedHashMap<>();
        results.put("database", database.facts());
        LineSimulator line = keep(LineSimulator.builder().build().start());
        SalesforceSimulator salesforce = keep(new SalesforceSimulator().start());
        System.out.printf("%n%s%n", database.name());

        HubProgram fresh = startHub(own, database, line, salesforce);
        Map<String, Object> start = new LinkedHashMap<>();
        results.put("start", start);
        start.put("emptySeconds", tenths(fresh.toFirst200()));
        fresh.close();
        HubProgram hub = startHub(own, database, line, salesforce);
        start.put("againSeconds", tenths(hub.toFirst200()));
        row(
                "start to first 200",
                "%.1f s with an empty database, %.1f s again",
                start.values().toArray());

        FullWay fullWay = new FullWay(hub, line, clock);
        fullWay.awaitKnowledge(KNOWLEDGE);
        Thread.sleep(QUIET.toMillis());
        Map<String, Object> memory = new LinkedHashMap<>();
        results.put("memory", memory);
        memory.put("idleResidentMegabytes", hub.program().residentMegabytes());
        memory.put("idleProportionalMegabytes", hub.program().proportionalMegabytes());
        row("memory idle", "%d MB resident, %d MB proportional", memory.values().toArray());

        results.put("fullWay", fullWay(database, fullWay));
        results.put("ingest", ingest(database, own, hub, memory));
        return results;
    }

    private HubProgram startHub(Path own, Database database, LineSimulator line, SalesforceSimulator salesforce)
            throws Exception {
        return keep(new HubProgram(
                jar, jvm, own.resolve("hub-home"), database, line.baseUri(), URI.create(salesforce.baseUri())));
    }

    private Map<String, Object> fullWay(Database database, FullWay fullWay) {
        fullWay.run(fullRate, WARM_UP);
        FullWay.Result result = fullWay.run(fullRate, Duration.ofSeconds(seconds));
        if (!result.exactlyOnce()) {
            faults.add("full way on " + database.name() + ": of " + result.asked() + " questions " + result.refused()
                    + " were refused, " + result.answered() + " answered, " + result.twice() + " answered twice");
        }
        row(
                "full way at " + fullRate + "/s",
                "%.1f answers/s, %s; %d asked, %d answered once, %d refused",
                result.perSecond(),
                latencies(result.micros()),
                result.asked(),
                result.answered() - result.twice(),
                result.refused());
        Map<String, Object> figures = new LinkedHashMap<>();
        figures.put("perSecond", result.perSecond());
        figures.put("latencyMillis", latencyFigures(result.micros()));
        figures.put("asked", result.asked());
        figures.put("refused", result.refused());
        figures.put("answered", result.answered());
        figures.put("answeredTwice", result.twice());
        return figures;
    }

    private Map<String, Object> ingest(Database database, Path own, HubProgram hub, Map<String, Object> memory)
            throws Exception {
        ReferenceProgram reference =
                keep(new ReferenceProgram(jvm, own.resolve("reference-home"), database, HubProgram.SECRET));
        hub.handleNothing();
        Ingest ingest = new Ingest(
                new Ingest.Side(
                        new Target("hub", hub.port(), HubProgram.WEBHOOK, new TextEvents(HubProgram.SECRET, clock)),
                        hub.program()::cpu,
                        database::cpu),
                new Ingest.Side(
                        new Target("reference", reference.port(), "/", new TextEvents(HubProgram.SECRET, clock)),
                        reference.program()::cpu,
                        database::cpu));
        ingest.run(rate, WARM_UP, Duration.ofMillis(seconds * 1000L / rounds), rounds);
        memory.put("loadedProportionalMegabytes", hub.program().proportionalMegabytes());

        Map<String, Object> figures = new LinkedHashMap<>();
        if (database.exclusive()) {
            hub.close();
            reference.close();
        }
        for (Ingest.Side side : List.of(ingest.hub, ingest.reference)) {
            figures.put(side.target.name(), side(database, side));
        }
        List<Double> throughput = ingest.throughputRatios();
        List<Double> p99 = ingest.p99Ratios();
        figures.put("hubToReference", Map.of("mostPerSecond", throughput, "p99", p99));
        row("hub/reference", "most %s, p99 %s", spread(throughput, "%.2f"), spread(p99, "%.1f"));
        row("memory loaded", "%d MB proportional", memory.get("loadedProportionalMegabytes"));
        return figures;
    }

    private Map<String, Object> side(Database database, Ingest.Side side) throws Exception {
        Stored stored;
        try (Connection connection = database.connect(side.target.name())) {
            stored = Stored.of(side.target, connection, "events", "source");
        }
        String name = side.target.name();
        if (!stored.exactlyOnce()) {
            faults.add(name + " on " + database.name() + ": " + stored);
        }
        row(
                name + " ingest at " + rate + "/s",
                "%.0f events/s, %s",
                Ingest.median(side.atRate),
                latencies(side.micros));
        row(
                name + " ingest, most",
                "%s events/s, CPU %.0f + %.0f µs an event",
                spread(side.most, "%.0f"),
                side.serverMicrosAnEvent(),
                side.databaseMicrosAnEvent());
        row(
                name + " stored",
                "%d acknowledged, %d lost, %d doubled; errors %s",
                stored.acknowledged(),
                stored.lost(),
                stored.doubled(),
                side.errors.isEmpty() ? "none" : side.errors);
        Map<String, Object> figures = new LinkedHashMap<>();
        figures.put("atRatePerSecond", side.atRate);
        figures.put("latencyMillis", latencyFigures(side.micros));
        figures.put("p99MillisByRound", side.p99Millis);
        figures.put("mostPerSecond", side.most);
        figures.put("serverCpuMicrosAnEvent", side.serverMicrosAnEvent());
        figures.put("databaseCpuMicrosAnEvent", side.databaseMicrosAnEvent());
        figures.put("errors", side.errors);
        figures.put("stored", stored);
        return figures;
    }

    private static void row(String what, String format, Object... values) {
        System.out.printf(Locale.ROOT, "  %-26s %s%n", what, String.format(Locale.ROOT, format, values));
    }

    private static String spread(List<Double> values, String format) {
        double[] sorted =
                values.stream().mapToDouble(Double::doubleValue).sorted().toArray();
        return String.format(
                Locale.ROOT,
                format + " (" + format + "–" + format + ")",
                Ingest.median(values),
                sorted[0],
                sorted[sorted.length - 1]);
    }

    private static String latencies(Histogram micros) {
        return String.format(
                Locale.ROOT,
                "p50 %.1f p95 %.1f p99 %.1f max %.1f ms",
                Arrays.stream(new double[] {50, 95, 99, 100})
                        .mapToObj(p -> micros.getValueAtPercentile(p) / 1000.0)
                        .toArray());
    }

    private static Map<String, Double> latencyFigures(Histogram micros) {
        Map<String, Double> figures = new LinkedHashMap<>();
        figures.put("p50", micros.getValueAtPercentile(50) / 1000.0);
        figures.put("p95", micros.getValueAtPercentile(95) / 1000.0);
        figures.put("p99", micros.getValueAtPercentile(99) / 1000.0);
        figures.put("p999", micros.getValueAtPercentile(99.9) / 1000.0);
        figures.put("max", micros.getMaxValue() / 1000.0);
        return figures;
    }

    private static double tenths(Duration duration) {
        return Math.round(duration.toMillis() / 100.0) / 10.0;
    }

    /** Only what a run before left is removed: the folder is the bench's own. */
    private void emptyFolder() throws IOException {
        if (Files.exists(folder)) {
            try (Stream<Path> paths = Files.walk(folder)) {
                for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(path);
                }
            }
        }
        Files.createDirectories(folder);
    }

    private synchronized <T extends AutoCloseable> T keep(T part) {
        open.push(part);
        return part;
    }

    /** Ends what was started, last first. */
    private synchronized void closeAll() {
        while (!open.isEmpty()) {
            try {
                open.pop().close();
            } catch (Exception trouble) {
                System.err.println(trouble);
            }
        }
    }
}
