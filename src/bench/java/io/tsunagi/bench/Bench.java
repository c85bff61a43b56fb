package io.tsunagi.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import io.tsunagi.media.MediaId;
import io.tsunagi.sandbox.line.LineSimulator;
import io.tsunagi.sandbox.salesforce.SalesforceSimulator;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/**
 * Measures the packaged hub on H2 and on PostgreSQL, beside a bare reference and any other webhook servers, and prints a
 * table; {@code target/bench/results.json} holds the same and more. Generator and simulators are in this process; hub,
 * reference and PostgreSQL are children on loopback and end with it.
 *
 * <p>System properties, all optional but the first: {@code bench.jar}, {@code bench.folder} (target/bench, emptied),
 * {@code bench.databases} (h2,postgresql), {@code bench.parts} (all but purge), {@code bench.rates}
 * (500,2000 events/s), {@code bench.pictures} (1000000), {@code bench.pictures-due} (a thirtieth of them), {@code
 * bench.picture-bytes} (2000), {@code bench.seconds} (9, measured a part and rate), {@code bench.rounds} (3), {@code
 * bench.full-rate} (10 questions/s), {@code bench.send-rate} (20 presses/s), {@code bench.screen-rate} (10 messages/s), {@code bench.away} (10000 inquiries), {@code bench.waiting} (10000 inquiries),
 * {@code bench.seats} (1000), {@code bench.jvm} (-Xmx1g, of hub and reference), {@code bench.peers} (see {@link Peer}).
 * Ends with 1 when something acknowledged was lost or doubled, or nothing could be measured.
 */
public final class Bench {
    private static final List<String> PARTS =
            List.of("start", "memory", "full", "send", "screen", "drain", "assign", "ingest");

    /** Takes minutes: only when it is named. */
    private static final String PURGE = "purge";

    private static final Duration QUIET = Duration.ofSeconds(5);
    private static final Duration KNOWLEDGE = Duration.ofSeconds(60);
    private static final Duration SETTLING = Duration.ofSeconds(20);
    private static final Duration GLANCE = Duration.ofMillis(100);

    /** Routes that work on what the ledger holds. */
    private static final String[] TURNS = {"sweep-events", "take-turn"};

    /** Routes that write in Salesforce, and those that read there what has changed, what the hub wrote among it. */
    private static final String[] SALESFORCE = {"sweep-salesforce", "sync-to-salesforce", "look-for-changes"};

    /** Other routes that work on what a turn leaves behind. */
    private static final String[] AFTERWARDS = {"sweep-deliveries", "deliver-to-line", "fetch-line-profile"};

    private final Path jar = Path.of(System.getProperty("bench.jar"));
    private final Path folder = Path.of(System.getProperty("bench.folder", "target/bench"));
    private final Set<String> parts = parts(System.getProperty("bench.parts", String.join(",", PARTS)));
    private final List<Integer> rates = Stream.of(
                    System.getProperty("bench.rates", "500,2000").split(","))
            .map(rate -> Integer.valueOf(rate.strip()))
            .toList();
    private final int fullRate = Integer.getInteger("bench.full-rate", 10);
    private final int sendRate = Integer.getInteger("bench.send-rate", 20);
    private final int screenRate = Integer.getInteger("bench.screen-rate", 10);
    private final int away = Integer.getInteger("bench.away", 10_000);
    private final int waiting = Integer.getInteger("bench.waiting", 10_000);
    private final int seats = Integer.getInteger("bench.seats", 1_000);
    private final int pictures = Integer.getInteger("bench.pictures", 1_000_000);
    private final int picturesDue = Integer.getInteger("bench.pictures-due", pictures / 30);
    private final int pictureBytes = Integer.getInteger("bench.picture-bytes", 2_000);
    private final int rounds = Integer.getInteger("bench.rounds", 3);
    private final Duration part = Duration.ofSeconds(Integer.getInteger("bench.seconds", 9));
    private final Duration round = part.dividedBy(rounds);
    private final Duration warmUp = Duration.ofSeconds(Integer.getInteger("bench.warm-up", 15));
    private final List<String> jvm =
            List.of(System.getProperty("bench.jvm", "-Xmx1g").strip().split("\\s+"));
    private final List<Peer> peers = Peer.parse(System.getProperty("bench.peers", ""));
    private final Clock clock = Clock.systemUTC();
    private final Deque<AutoCloseable> open = new ArrayDeque<>();
    private final List<String> faults = new ArrayList<>();

    private Bench() {}

    private static Set<String> parts(String names) {
        Set<String> parts = new TreeSet<>(List.of(names.strip().split("\\s*,\\s*")));
        Set<String> known = new TreeSet<>(PARTS);
        known.add(PURGE);
        if (!known.containsAll(parts)) {
            throw new IllegalArgumentException("The parts are " + String.join(",", known) + ", not " + names);
        }
        return parts;
    }

    public static void main(String[] arguments) {
        int status = 1;
        try {
            Bench bench = new Bench();
            Runtime.getRuntime().addShutdownHook(new Thread(bench::closeAll, "close-children"));
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
        results.put("settings", settings());
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
        long took = Duration.between(began, clock.instant()).toSeconds();
        results.put("tookSeconds", took);
        results.put("faults", faults);
        Path file = folder.resolve("results.json");
        new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT).writeValue(file.toFile(), results);
        System.out.printf(
                Locale.ROOT,
                "%nTook %d s; load average after %s. All figures: %s%n",
                took,
                machine.get("loadAverageAfter"),
                file);
        faults.forEach(fault -> System.out.println("WRONG: " + fault));
        return faults.isEmpty();
    }

    private Map<String, Object> settings() {
        Map<String, Object> settings = new LinkedHashMap<>();
        settings.put("parts", parts);
        settings.put("rates", rates);
        settings.put("secondsAPart", part.toSeconds());
        settings.put("rounds", rounds);
        settings.put("fullRate", fullRate);
        settings.put("sendRate", sendRate);
        settings.put("screenRate", screenRate);
        settings.put("away", away);
        settings.put("waiting", waiting);
        settings.put("seats", seats);
        settings.put("pictures", pictures);
        settings.put("picturesDue", picturesDue);
        settings.put("pictureBytes", pictureBytes);
        settings.put("jvm", jvm);
        settings.put("peers", peers.stream().map(Peer::name).toList());
        settings.put("connections", Load.CONNECTIONS);
        settings.put("bodyBytes", TextEvents.BYTES);
        return settings;
    }

    private Map<String, Object> measure(Database database, Path own) throws Exception {
        Map<String, Object> results = new LinkedHashMap<>();
        results.put("database", database.facts());
        System.out.printf("%n%s%n", database.name());
        LineSimulator line = keep(LineSimulator.builder().build().start());
        SalesforceSimulator salesforce = keep(new SalesforceSimulator().start());
        if (parts.contains("start")) {
            results.put("start", start(database, own, line, salesforce));
        }
        if (parts.equals(Set.of("start"))) {
            return results;
        }
        List<MediaId> samples = parts.contains(PURGE) ? pictures(database, own, line, salesforce) : List.of();
        HubProgram hub = startHub(own, database, line, salesforce);
        if (parts.contains(PURGE)) {
            hub.stop(Purge.ROUTE);
        }
        line.webhook(HubProgram.ACCOUNT, hub.webhook());
        Map<String, Object> memory = new LinkedHashMap<>();
        FullWay fullWay = keep(new FullWay(line));
        if (parts.contains("memory") || parts.contains("full")) {
            fullWay.awaitKnowledge(hub.webhook(), KNOWLEDGE);
        }
        if (parts.contains("memory")) {
            Thread.sleep(QUIET.toMillis());
            memory.put("idleResidentMegabytes", hub.program().residentMegabytes());
            memory.put("idleProportionalMegabytes", hub.program().proportionalMegabytes());
            row(
                    "memory idle",
                    "%d MB resident, %d MB proportional",
                    memory.values().toArray());
            results.put("memory", memory);
        }
        ReferenceProgram reference = null;
        if (parts.contains("full") || parts.contains("ingest")) {
            reference = keep(new ReferenceProgram(jvm, own.resolve("reference-home"), database, line.baseUri()));
        }
        if (parts.contains("full")) {
            results.put("fullWay", fullWay(database, fullWay, hub, reference));
        }
        if (parts.contains("send") || parts.contains("screen") || parts.contains(PURGE)) {
            line.settings(new ObjectMapper().createObjectNode().put("quota", -1));
            Console operator = hub.signIn(HubProgram.OPERATOR);
            ServedCustomers customers = ServedCustomers.take(operator, line);
            if (parts.contains("send")) {
                results.put("operatorSend", operatorSend(database, new OperatorSend(operator, customers, line)));
            }
            if (parts.contains(PURGE)) {
                results.put(PURGE, purge(database, hub, samples, new OperatorSend(operator, customers, line)));
            }
            if (parts.contains("screen")) {
                results.put("toScreen", toScreen(database, new ToScreen(operator, customers, line)));
            }
        }
        if (parts.contains("drain")) {
            results.put("drain", drain(database, hub, salesforce));
        }
        if (parts.contains("assign")) {
            results.put("assignment", assignment(database, hub));
        }
        if (parts.contains("ingest")) {
            results.put("ingest", ingest(database, hub, reference));
        }
        if (parts.contains("memory")) {
            memory.put("loadedProportionalMegabytes", hub.program().proportionalMegabytes());
            row("memory loaded", "%d MB proportional", memory.get("loadedProportionalMegabytes"));
        }
        return results;
    }

    private HubProgram startHub(Path own, Database database, LineSimulator line, SalesforceSimulator salesforce)
            throws Exception {
        return keep(new HubProgram(
                jar,
                jvm,
                own.resolve("hub-home"),
                database,
                line.baseUri(),
                URI.create(salesforce.baseUri()),
                parts.contains(PURGE) ? Purge.AT_ONCE : Map.of()));
    }

    /** The first start fills the database; the second is what an upgrade or a crash costs. */
    private Map<String, Object> start(Database database, Path own, LineSimulator line, SalesforceSimulator salesforce)
            throws Exception {
        Map<String, Object> figures = new LinkedHashMap<>();
        try (HubProgram fresh = startHub(own, database, line, salesforce)) {
            figures.put("emptySeconds", tenths(fresh.toFirst200()));
            figures.put("emptyReadySeconds", tenths(fresh.toReady()));
            // What it fetches at its first start is there at the second.
            Thread.sleep(QUIET.toMillis());
        }
        List<Double> again = new ArrayList<>();
        List<Double> ready = new ArrayList<>();
        for (int i = 0; i < rounds; i++) {
            try (HubProgram second = startHub(own, database, line, salesforce)) {
                again.add(tenths(second.toFirst200()));
                ready.add(tenths(second.toReady()));
            }
        }
        figures.put("againSeconds", again);
        figures.put("againReadySeconds", ready);
        start("start to first 200", figures.get("emptySeconds"), again);
        start("start to ready", figures.get("emptyReadySeconds"), ready);
        return figures;
    }

    private void start(String what, Object empty, List<Double> again) {
        row(what, "%.1f s with an empty database, %s s again", empty, Figures.spread(again, "%.1f"));
    }

    private Map<String, Object> fullWay(Database database, FullWay fullWay, HubProgram hub, ReferenceProgram reference)
            throws Exception {
        FullWay.Side ours = FullWay.Side.hub(hub.webhook(), hub.program()::cpu, database::cpu);
        FullWay.Side bare =
                FullWay.Side.reference(reference.webhook(Reference.ECHO), reference.program()::cpu, database::cpu);
        List<FullWay.Side> sides = List.of(ours, bare);
        for (FullWay.Asking asking : FullWay.Asking.values()) {
            for (FullWay.Side side : sides) {
                fullWay.warmUp(side, asking, warmUp);
            }
        }
        for (int i = 0; i < rounds; i++) {
            for (FullWay.Asking asking : FullWay.Asking.values()) {
                for (FullWay.Side side : sides) {
                    fullWay.atRate(side, asking, fullRate, round);
                }
                for (FullWay.Side side : sides) {
                    fullWay.most(side, asking, round);
                }
            }
        }
        Map<String, Object> figures = new LinkedHashMap<>();
        for (FullWay.Side side : sides) {
            figures.put(side.name, fullWaySide(database, side));
        }
        Map<String, Object> ratios = new LinkedHashMap<>();
        for (FullWay.Asking asking : FullWay.Asking.values()) {
            List<Double> most = Figures.ratios(ours.measured.get(asking).most, bare.measured.get(asking).most);
            ratios.put(words(asking), Map.of("mostPerSecond", most));
            row("hub/reference", "full way, %s customers, most %s", words(asking), Figures.spread(most, "%.2f"));
        }
        figures.put("hubToReference", ratios);
        return figures;
    }

    private static String words(FullWay.Asking asking) {
        return asking.name().toLowerCase(Locale.ROOT);
    }

    private Map<String, Object> fullWaySide(Database database, FullWay.Side side) throws SQLException {
        Map<String, String> queries = side.name.equals("hub")
                ? Map.of(
                        "stored", "select source from events where type = 'message' and source like ?",
                        "effected",
                                "select source from events where type = 'message' and state = 'DONE' and source like ?",
                        "delivered", "select recipient from deliveries where state = 'SENT' and recipient like ?")
                : Map.of(
                        "stored", "select source from echo_events where source like ?",
                        "effected", "select source from echo_events where state = 'DONE' and source like ?",
                        "delivered", "select recipient from echo_deliveries where state = 'SENT' and recipient like ?");
        Map<String, Object> figures = new LinkedHashMap<>();
        for (FullWay.Asking asking : FullWay.Asking.values()) {
            FullWay.Measured measured = side.measured.get(asking);
            String what = side.name + " full way, " + words(asking) + ", ";
            row(what + "at " + fullRate + "/s", "%s", Figures.latencies(measured.micros));
            row(
                    what + "most",
                    "%s answers/s, CPU %.0f + %.0f µs each",
                    Figures.spread(measured.most, "%.0f"),
                    measured.cpu.serverMicrosAnEvent(),
                    measured.cpu.databaseMicrosAnEvent());
            figures.put(
                    words(asking),
                    Map.of(
                            "latencyMillis",
                            Figures.latencyMillis(measured.micros),
                            "mostPerSecond",
                            measured.most,
                            "serverCpuMicrosAnAnswer",
                            measured.cpu.serverMicrosAnEvent(),
                            "databaseCpuMicrosAnAnswer",
                            measured.cpu.databaseMicrosAnEvent()));
        }
        Map<String, Stored> kept = new LinkedHashMap<>();
        for (String what : List.of("stored", "effected", "delivered")) {
            Stored found = settled(database, side, queries.get(what));
            kept.put(what, found);
            if (!found.exactlyOnce()) {
                faults.add(side.name + " full way on " + database.name() + ", " + what + ": " + found);
            }
        }
        if (!side.exactlyOnce()) {
            faults.add(side.name + " full way on " + database.name() + ": of " + side.asked + " questions "
                    + side.refused + " were refused, " + side.answered + " answered, " + side.twice.size()
                    + " answered twice");
        }
        row(
                side.name + " exactly once",
                "%d acknowledged, %d stored, %d effected, %d delivered, %d phones answered, %d twice; %d refused",
                side.acknowledged.total(),
                kept.get("stored").found(),
                kept.get("effected").found(),
                kept.get("delivered").found(),
                side.answered,
                side.twice.size(),
                side.refused);
        figures.put("asked", side.asked);
        figures.put("refused", side.refused);
        figures.put("answered", side.answered);
        figures.put("answeredTwice", side.twice.size());
        figures.putAll(kept);
        return figures;
    }

    /** Looks again while the last rows are still being written: a phone shows an answer before its row says so. */
    private Stored settled(Database database, FullWay.Side side, String query) throws SQLException {
        try (Connection connection = database.connect(side.name)) {
            long until = System.nanoTime() + SETTLING.toNanos();
            while (true) {
                Stored found = Stored.of(side.customers, side.sent, side.acknowledged, connection, query);
                if (found.exactlyOnce() || !found.noneTwice() || System.nanoTime() > until) {
                    return found;
                }
                LockSupport.parkNanos(GLANCE.toNanos());
            }
        }
    }

    private Map<String, Object> toScreen(Database database, ToScreen screen) throws Exception {
        screen.run(screenRate, warmUp);
        ToScreen.Result result = screen.run(screenRate, part);
        if (!result.exactlyOnce()) {
            faults.add("message to screen on " + database.name() + ": of " + result.written() + " written "
                    + result.shown() + " came, " + result.twice() + " twice");
        }
        row("message → screen at " + screenRate + "/s", "%s", Figures.latencies(result.micros()));
        row("  exactly once", "%d written, %d shown, %d twice", result.written(), result.shown(), result.twice());
        Map<String, Object> figures = new LinkedHashMap<>();
        figures.put("latencyMillis", Figures.latencyMillis(result.micros()));
        figures.put("written", result.written());
        figures.put("shown", result.shown());
        figures.put("shownTwice", result.twice());
        return figures;
    }

    private Map<String, Object> operatorSend(Database database, OperatorSend send) {
        send.run(sendRate, warmUp);
        OperatorSend.Result result = send.run(sendRate, part);
        if (!result.exactlyOnce()) {
            faults.add("operator's send on " + database.name() + ": of " + result.pressed() + " presses "
                    + result.accepted() + " were taken, " + result.shown() + " shown, " + result.twice()
                    + " shown twice; refused " + result.refusals());
        }
        row("send → LINE at " + sendRate + "/s", "%s", Figures.latencies(result.micros()));
        row(
                "  exactly once",
                "%d pressed, %d taken, %d shown, %d twice",
                result.pressed(),
                result.accepted(),
                result.shown(),
                result.twice());
        Map<String, Object> figures = new LinkedHashMap<>();
        figures.put("latencyMillis", Figures.latencyMillis(result.micros()));
        figures.put("pressed", result.pressed());
        figures.put("taken", result.accepted());
        figures.put("shown", result.shown());
        figures.put("shownTwice", result.twice());
        figures.put("refusals", result.refusals());
        return figures;
    }

    /** The hub is not there yet: through its process H2 would be filled far more slowly. */
    private List<MediaId> pictures(Database database, Path own, LineSimulator line, SalesforceSimulator salesforce)
            throws Exception {
        Map<String, String> environment = HubProgram.environment(
                own.resolve("hub-home").toAbsolutePath(),
                HubProgram.freePort(),
                HubProgram.freePort(),
                database.url("hub"),
                database.user(),
                line.baseUri(),
                URI.create(salesforce.baseUri()));
        try (Pictures all = new Pictures(environment)) {
            return all.fill(pictures, picturesDue, pictureBytes);
        }
    }

    private Map<String, Object> purge(Database database, HubProgram hub, List<MediaId> samples, OperatorSend operator)
            throws Exception {
        Target target = new Target("hub", hub.webhook(), new TextEvents(HubProgram.SECRET, clock));
        Purge.Result result =
                new Purge(hub, target, fullRate, operator, sendRate).run(pictures, picturesDue, samples, warmUp, part);
        if (!result.right()) {
            faults.add("purge on " + database.name() + ": " + result);
        }
        row(
                "purge",
                "%d of %d pictures gone after %.1f s, %.0f/s; %d left, %d whole, %d still open",
                result.due(),
                result.pictures(),
                result.seconds(),
                result.perSecond(),
                result.left(),
                result.whole(),
                result.opening());
        Map<String, Object> figures = new LinkedHashMap<>();
        figures.put("pictures", result.pictures());
        figures.put("due", result.due());
        figures.put("seconds", result.seconds());
        figures.put("perSecond", result.perSecond());
        figures.put("left", result.left());
        figures.put("whole", result.whole());
        figures.put("stillOpening", result.opening());
        Map.of("before", result.before(), "during", result.during()).forEach((when, chat) -> {
            row("  webhook → 200 " + when, "%s", Figures.latencies(chat.webhook()));
            row("  send → LINE " + when, "%s", Figures.latencies(chat.send()));
            figures.put(
                    when,
                    Map.of(
                            "webhookMillis", Figures.latencyMillis(chat.webhook()),
                            "sendMillis", Figures.latencyMillis(chat.send()),
                            "errors", chat.errors()));
        });
        return figures;
    }

    private Drain.Result drain(Database database, HubProgram hub, SalesforceSimulator salesforce) throws Exception {
        Drain.Result result = new Drain(salesforce, hub.environment()).run(away);
        if (!result.exactlyOnce()) {
            faults.add("drain on " + database.name() + ": " + result);
        }
        row(
                "Salesforce back",
                "%d inquiries: %.0f cases/s in %.1f s, %.2f calls a case; noticed after %.1f s",
                result.inquiries(),
                result.perSecond(),
                result.seconds(),
                result.callsACase(),
                result.noticedSeconds());
        row(
                "  exactly once",
                "%d lost, %d doubled, %d out of order",
                result.lost(),
                result.doubled(),
                result.outOfOrder());
        return result;
    }

    private Map<String, Object> assignment(Database database, HubProgram hub) throws Exception {
        // Case updates of this many inquiries would go on during what is measured next.
        hub.stop(SALESFORCE);
        List<Assignment.Result> all = new ArrayList<>();
        try (Connection connection = database.connect("hub")) {
            Console operator = hub.signIn(HubProgram.OPERATOR);
            for (int i = 0; i <= rounds; i++) {
                Assignment.Result result = new Assignment(connection, operator, "bench" + i).run(waiting, seats);
                if (!result.exactlyOnce()) {
                    faults.add("assignment on " + database.name() + ": " + result);
                }
                all.add(result);
            }
        }
        // The first is told apart: it runs what Java has not compiled yet.
        Assignment.Result first = all.get(0);
        List<Assignment.Result> timed = all.subList(1, all.size());
        row(
                "assignment",
                "%d waiting, %d seats: %s s, %s decisions/s; the first time %.1f s",
                waiting,
                seats,
                Figures.spread(timed.stream().map(Assignment.Result::seconds).toList(), "%.1f"),
                Figures.spread(timed.stream().map(Assignment.Result::perSecond).toList(), "%.0f"),
                first.seconds());
        row(
                "  exactly once",
                "%d double, %d missed, %d seats overfull",
                all.stream().mapToInt(Assignment.Result::doubled).sum(),
                all.stream().mapToInt(Assignment.Result::missed).sum(),
                all.stream().mapToInt(Assignment.Result::overfull).sum());
        return Map.of("first", first, "rounds", timed);
    }

    private Map<String, Object> ingest(Database database, HubProgram hub, ReferenceProgram reference) throws Exception {
        hub.stop(TURNS);
        hub.stop(AFTERWARDS);
        hub.stop(SALESFORCE);
        Ingest.Side ours = new Ingest.Side(
                new Target("hub", hub.webhook(), new TextEvents(HubProgram.SECRET, clock)),
                new CpuUse(hub.program()::cpu, database::cpu));
        Ingest.Side bare = new Ingest.Side(
                new Target("reference", reference.webhook(Reference.TAKE), new TextEvents(HubProgram.SECRET, clock)),
                new CpuUse(reference.program()::cpu, database::cpu));
        Map<Peer, Ingest.Side> others = new LinkedHashMap<>();
        for (Peer peer : peers) {
            others.put(
                    peer,
                    new Ingest.Side(
                            new Target(peer.name(), peer.url(), new TextEvents(peer.secret(), clock)),
                            new CpuUse(() -> Duration.ZERO, () -> Duration.ZERO)));
        }
        List<Ingest.Side> sides = new ArrayList<>(List.of(ours, bare));
        sides.addAll(others.values());
        new Ingest(sides).run(rates, warmUp, round, rounds);

        Map<String, Object> figures = new LinkedHashMap<>();
        for (Ingest.Side side : List.of(ours, bare)) {
            // A customer's lane also holds events of the hub's own, such as a profile that was read.
            String kept =
                    "select source from events where source like ?" + (side == ours ? " and type = 'message'" : "");
            try (Connection connection = database.connect(side.target.name())) {
                figures.put(side.target.name(), side(database, side, connection, kept));
            }
        }
        for (Map.Entry<Peer, Ingest.Side> other : others.entrySet()) {
            try (Connection connection =
                    DriverManager.getConnection(other.getKey().jdbcUrl())) {
                figures.put(
                        other.getKey().name(),
                        side(
                                database,
                                other.getValue(),
                                connection,
                                other.getKey().query()));
            }
        }
        for (Ingest.Side side : sides) {
            if (side != bare) {
                figures.put(side.target.name() + "ToReference", ratios(side, bare));
            }
        }
        figures.put("hubEffected", effects(database, hub, ours.target));
        return figures;
    }

    private Map<String, Object> ratios(Ingest.Side side, Ingest.Side bare) {
        Map<String, Object> figures = new LinkedHashMap<>();
        List<Double> most = Figures.ratios(side.most, bare.most);
        figures.put("mostPerSecond", most);
        StringBuilder text = new StringBuilder("most " + Figures.spread(most, "%.2f"));
        for (int rate : rates) {
            List<Double> p99 = Figures.ratios(side.atRate.get(rate).p99Millis, bare.atRate.get(rate).p99Millis);
            figures.put("p99At" + rate, p99);
            text.append(", p99 at ").append(rate).append("/s ").append(Figures.spread(p99, "%.1f"));
        }
        row(side.target.name() + "/reference", "%s", text);
        return figures;
    }

    private Map<String, Object> side(Database database, Ingest.Side side, Connection connection, String query)
            throws SQLException {
        Target target = side.target;
        Stored stored = Stored.of(
                target.events().customers(),
                Tally.of(target.sent()),
                Tally.of(target.acknowledged()),
                connection,
                query);
        String name = target.name();
        if (!stored.exactlyOnce()) {
            faults.add(name + " on " + database.name() + ": " + stored);
        }
        Map<String, Object> figures = new LinkedHashMap<>();
        side.atRate.forEach((rate, at) -> {
            row(
                    name + " ingest at " + rate + "/s",
                    "%.0f events/s, %s; errors %s",
                    Figures.median(at.perSecond),
                    Figures.latencies(at.micros),
                    at.errors.isEmpty() ? "none" : at.errors);
            figures.put(
                    "at" + rate,
                    Map.of(
                            "perSecond",
                            at.perSecond,
                            "latencyMillis",
                            Figures.latencyMillis(at.micros),
                            "p99MillisByRound",
                            at.p99Millis,
                            "errors",
                            at.errors));
        });
        row(
                name + " ingest, most",
                "%s events/s, CPU %.0f + %.0f µs an event; errors %s",
                Figures.spread(side.most, "%.0f"),
                side.cpu.serverMicrosAnEvent(),
                side.cpu.databaseMicrosAnEvent(),
                side.errors.isEmpty() ? "none" : side.errors);
        row(
                name + " stored",
                "%d acknowledged, %d stored, %d lost, %d doubled",
                stored.acknowledged(),
                stored.found(),
                stored.lost(),
                stored.doubled());
        figures.put("mostPerSecond", side.most);
        figures.put("serverCpuMicrosAnEvent", side.cpu.serverMicrosAnEvent());
        figures.put("databaseCpuMicrosAnEvent", side.cpu.databaseMicrosAnEvent());
        figures.put("errors", side.errors);
        figures.put("stored", stored);
        return figures;
    }

    /** Lets the hub handle for a while what it took, and looks whether each event took effect once or not yet. */
    private Map<String, Object> effects(Database database, HubProgram hub, Target target) throws Exception {
        String effected = """
                select e.source from events e join messages m on m.customer = e.lane and m.sender = 'CUSTOMER'
                where e.type = 'message' and e.source like ?
                """;
        try (Connection connection = database.connect("hub")) {
            long start = System.nanoTime();
            String handled = "select source from events where type = 'message' and state = 'DONE' and source like ?";
            hub.start(TURNS);
            do {
                LockSupport.parkNanos(round.toNanos());
            } while (of(target, connection, handled).found() == 0 && System.nanoTime() - start < SETTLING.toNanos());
            hub.stop(TURNS);
            double seconds = (System.nanoTime() - start) / 1e9;
            Stored done = of(target, connection, handled);
            Stored messages = of(target, connection, effected);
            if (messages.found() == 0 || messages.found() != done.found() || !messages.noneTwice()) {
                faults.add("hub's effects on " + database.name() + ": events done " + done + ", their messages "
                        + messages);
            }
            row(
                    "hub effected",
                    "%d of them so far, %.0f/s; %d done without effect, %d doubled",
                    messages.found(),
                    messages.found() / seconds,
                    Math.max(0, done.found() - messages.found()),
                    messages.doubled());
            return Map.of("perSecond", messages.found() / seconds, "done", done, "messages", messages);
        }
    }

    private static Stored of(Target target, Connection connection, String query) throws SQLException {
        return Stored.of(
                target.events().customers(),
                Tally.of(target.sent()),
                Tally.of(target.acknowledged()),
                connection,
                query);
    }

    private static void row(String what, String format, Object... values) {
        System.out.printf(Locale.ROOT, "  %-30s %s%n", what, String.format(Locale.ROOT, format, values));
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
