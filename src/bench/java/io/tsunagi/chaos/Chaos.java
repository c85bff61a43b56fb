package io.tsunagi.chaos;

import com.fasterxml.jackson.databind.SerializationFeature;
import io.tsunagi.bench.Machine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;

/**
 * Does to the packaged hub what may happen to it, and prints a table; {@code target/chaos/results.json} holds the same
 * and more. All processes are children on loopback and end with this one.
 *
 * <p>System properties: {@code chaos.jar}, {@code chaos.sandbox-jar}; optional {@code chaos.folder} (target/chaos,
 * emptied), {@code chaos.faults} (names, all without), {@code chaos.kills} (100, of the hub, on both databases
 * together), {@code chaos.seed} (the time), {@code chaos.rate} (20 messages/s), {@code chaos.customers} (100), {@code
 * chaos.patience} (1, how many times 60 s may pass until all is quiet), {@code chaos.jvm} (of the hubs). Ends with 1 when
 * a promise was broken.
 */
public final class Chaos {
    private static final int KILLS_A_RUN = 10;
    private static final List<Fault> NEED_POSTGRESQL = List.of(
            Fault.F02, Fault.F03, Fault.F04, Fault.F05, Fault.F06, Fault.F07, Fault.F08, Fault.F09, Fault.F12,
            Fault.F13);

    private final Path folder = Path.of(System.getProperty("chaos.folder", "target/chaos"));
    private final long seed = Long.getLong("chaos.seed", System.currentTimeMillis());
    private final int kills = Integer.getInteger("chaos.kills", 100);
    private final World.Built built = new World.Built(
            Path.of(System.getProperty("chaos.jar")),
            Path.of(System.getProperty("chaos.sandbox-jar")),
            List.of(System.getProperty("chaos.jvm", "-Xmx384m -XX:+UseSerialGC -XX:TieredStopAtLevel=1")
                    .strip()
                    .split("\\s+")));
    private final List<Run.Outcome> outcomes = new ArrayList<>();
    private World world;

    private Chaos() {}

    public static void main(String[] arguments) throws Exception {
        Chaos chaos = new Chaos();
        int status = 1;
        try {
            status = chaos.run() ? 0 : 1;
        } catch (IllegalStateException | IllegalArgumentException cannot) {
            System.err.println(cannot.getMessage());
        } catch (Exception unexpected) {
            unexpected.printStackTrace();
        } finally {
            chaos.closeWorld();
        }
        System.exit(status);
    }

    private boolean run() throws Exception {
        emptyFolder();
        Map<String, Object> results = new LinkedHashMap<>();
        results.put("at", Instant.now().toString());
        results.put("seed", seed);
        results.put("machine", Machine.facts(folder));
        Random seeds = new Random(seed);
        List<Fault> chosen = Stream.of(System.getProperty("chaos.faults", "").split("[,\\s]+"))
                .filter(name -> !name.isBlank())
                .map(Fault::valueOf)
                .toList();
        if (chosen.isEmpty() && !Volume.canBeMade()) {
            System.out.println("F26 is left out: only root on Linux can make a small volume.");
        }
        if (chosen.isEmpty() && Clocks.library().isEmpty()) {
            System.out.println("F27 is left out: install Debian's faketime.");
        }
        System.out.printf("seed %d, load average %s%n%s%n", seed, Machine.loadAverage(), HEAD);
        for (World.Kind kind : World.Kind.values()) {
            List<Fault> faults = faults(kind, chosen);
            Path own = folder.resolve(kind.name().toLowerCase(Locale.ROOT));
            runAll(kind, own, own.resolve("database"), seeds, faults);
        }
        if (chosen.isEmpty() ? Volume.canBeMade() : chosen.contains(Fault.F26)) {
            try (Volume small = new Volume(folder.resolve("volume"))) {
                runAll(
                        World.Kind.POSTGRESQL,
                        folder.resolve("full"),
                        small.folder().resolve("database"),
                        seeds,
                        List.of(Fault.F26));
            }
        }
        results.put("runs", outcomes);
        Path file = folder.resolve("results.json");
        Json.MAPPER.copy().enable(SerializationFeature.INDENT_OUTPUT).writeValue(file.toFile(), json(results));
        long broken = outcomes.stream().filter(o -> !o.violations().isEmpty()).count();
        System.out.printf(
                "%n%d runs, %d with a broken promise; load average %s. All figures: %s%n",
                outcomes.size(), broken, Machine.loadAverage(), file);
        return broken == 0 && !outcomes.isEmpty();
    }

    private void runAll(World.Kind kind, Path own, Path database, Random seeds, List<Fault> faults) throws Exception {
        if (faults.isEmpty()) {
            return;
        }
        world = World.open(kind, own, database, built, kind == World.Kind.H2 ? 1 : 2, Map.of());
        for (Fault fault : faults) {
            Run.Outcome outcome = new Run(world, fault, seeds.nextLong(), size(fault)).judge();
            outcomes.add(outcome);
            print(outcome);
        }
        closeWorld();
    }

    /** Kills are dealt out in runs of {@value #KILLS_A_RUN}, half on each database. */
    private List<Fault> faults(World.Kind kind, List<Fault> chosen) {
        List<Fault> faults = new ArrayList<>();
        for (Fault fault : chosen.isEmpty() ? List.of(Fault.values()) : chosen) {
            boolean here = kind == World.Kind.H2
                    ? fault == Fault.F50
                    : !List.of(Fault.F50, Fault.F26).contains(fault)
                            && (fault != Fault.F27 || Clocks.library().isPresent() || !chosen.isEmpty());
            boolean kill = fault == Fault.F01 || fault == Fault.F50;
            int runs = kill ? Math.max(1, (kills / 2 + KILLS_A_RUN - 1) / KILLS_A_RUN) : 1;
            for (int i = 0; here && i < runs; i++) {
                faults.add(fault);
            }
        }
        return faults;
    }

    private Run.Size size(Fault fault) {
        boolean kill = fault == Fault.F01 || fault == Fault.F50;
        return new Run.Size(
                Integer.getInteger("chaos.customers", 100),
                Integer.getInteger("chaos.rate", 20),
                kill ? Math.min(KILLS_A_RUN, Math.max(1, kills / 2)) : 2,
                Integer.getInteger("chaos.patience", 1));
    }

    static final String HEAD = String.format(
            "%-5s %-11s %7s %8s %8s %7s %8s %6s %7s %6s %6s  %s",
            "fault",
            "database",
            "written",
            "accepted",
            "repeated",
            "effects",
            "told",
            "unclear",
            "expired",
            "quiet",
            "s",
            "what happened");

    static void print(Run.Outcome outcome) {
        Oracle.Counts counts = outcome.counts();
        System.out.printf(
                Locale.ROOT,
                "%-5s %-11s %7d %8d %8d %7d %8d %6d %7d %6.1f %6.1f  %s; seed %d%n",
                outcome.fault(),
                outcome.database().label,
                counts.written(),
                counts.accepted(),
                counts.acceptedOften(),
                counts.effects(),
                counts.shown(),
                counts.unclear(),
                counts.expired(),
                outcome.drained().toMillis() / 1000.0,
                outcome.took().toMillis() / 1000.0,
                outcome.did(),
                outcome.seed());
        outcome.violations().forEach(violation -> System.out.println("      BROKEN " + violation));
    }

    private static Map<String, Object> json(Map<String, Object> results) {
        Map<String, Object> shown = new LinkedHashMap<>(results);
        List<Map<String, Object>> runs = new ArrayList<>();
        for (Object run : (List<?>) results.get("runs")) {
            Run.Outcome outcome = (Run.Outcome) run;
            Map<String, Object> one = new LinkedHashMap<>();
            one.put("fault", outcome.fault().name());
            one.put("title", outcome.fault().title());
            one.put("database", outcome.database().label);
            one.put("seed", outcome.seed());
            one.put("did", outcome.did());
            one.put("counts", outcome.counts());
            one.put("quietAfterMillis", outcome.drained().toMillis());
            one.put("tookMillis", outcome.took().toMillis());
            one.put("violations", outcome.violations());
            runs.add(one);
        }
        shown.put("runs", runs);
        return shown;
    }

    private void closeWorld() {
        if (world != null) {
            world.close();
            world = null;
        }
    }

    /** Only what a run before left is removed: the folder is this program's own. */
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
}
