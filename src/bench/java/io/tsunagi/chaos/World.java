package io.tsunagi.chaos;

import io.tsunagi.bench.HubProgram;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Everything a run needs, as real processes on loopback: one or more hubs on one database, the simulators, and a link
 * that can be spoiled between any two of them. What it started ends when it is closed, or with this JVM.
 */
final class World implements AutoCloseable {
    /** Which database the hubs keep everything in; H2 serves one hub. */
    enum Kind {
        H2("H2"),
        POSTGRESQL("PostgreSQL");

        final String label;

        Kind(String label) {
            this.label = label;
        }
    }

    /** What is started from, and how the hubs' JVMs are. */
    record Built(Path hub, Path sandbox, List<String> jvm) {}

    static final List<String> OPERATORS = List.of("op1", "op2", "op3", "op4");
    static final List<String> SUPERVISORS = List.of("boss1", "boss2");
    private static final String H2_OPTIONS =
            ";MODE=PostgreSQL;DATABASE_TO_LOWER=TRUE;DEFAULT_NULL_ORDERING=HIGH;LOCK_TIMEOUT=10000";

    private final Deque<AutoCloseable> open = new ArrayDeque<>();
    private final Kind kind;
    private final Path folder;
    private final List<Node> nodes = new ArrayList<>();
    private final List<Link> toDatabase = new ArrayList<>();
    private final List<Link> toLine = new ArrayList<>();
    private String embedded;
    private Postgres postgres;
    private Line line;
    private Salesforce salesforce;
    private Link toSalesforce;
    private Link door;
    private Books books;

    private World(Kind kind, Path folder) {
        this.kind = kind;
        this.folder = folder;
    }

    /**
     * Starts everything and waits until every hub can work and its bot has the articles.
     *
     * @param database where the database's files are
     * @param more settings of every hub, by their names in the environment
     */
    static World open(Kind kind, Path folder, Path database, Built built, int hubs, Map<String, String> more)
            throws IOException, SQLException {
        World world = new World(kind, folder);
        try {
            world.start(database, built, hubs, more);
            return world;
        } catch (IOException | SQLException | RuntimeException e) {
            world.close();
            throw e;
        }
    }

    private void start(Path database, Built built, int hubs, Map<String, String> more)
            throws IOException, SQLException {
        Files.createDirectories(folder);
        door = keep(new Link(
                "to-hub",
                java.util.stream.IntStream.range(0, hubs)
                        .<java.util.function.IntSupplier>mapToObj(
                                i -> () -> nodes.get(i).port())
                        .toList()));
        List<Path> jars = List.of(built.hub(), built.sandbox());
        line = keep(new Line(folder, jars, door().resolve("/line/" + HubProgram.ACCOUNT)));
        salesforce = keep(new Salesforce(folder, jars));
        toSalesforce = keep(new Link("to-salesforce", List.of(salesforce::port)));
        if (kind == Kind.POSTGRESQL) {
            postgres = keep(new Postgres(database));
        }
        for (int i = 0; i < hubs; i++) {
            toLine.add(keep(new Link("to-line", List.of(line::port))));
            String url;
            if (postgres == null) {
                url = h2(database);
                embedded = url;
            } else {
                toDatabase.add(keep(new Link("to-database", List.of(postgres::port), CommitWatcher::new)));
                url = Postgres.url(toDatabase.get(i).port());
            }
            Map<String, String> settings = settings();
            settings.putAll(more);
            nodes.add(keep(new Node(
                    String.valueOf((char) ('A' + i)),
                    built.hub(),
                    built.jvm(),
                    folder,
                    url,
                    user(),
                    uri(toLine.get(i).port()),
                    uri(toSalesforce.port()),
                    settings)));
        }
        for (Node node : nodes) {
            node.begin();
        }
        for (Node node : nodes) {
            node.awaitReady();
        }
        for (Node node : nodes) {
            Await.until(
                    "the bot of node " + node.name() + " has articles",
                    Duration.ofSeconds(120),
                    () -> node.metric("tsunagi_bot_articles{language=\"ja\"}") > 0);
        }
        if (postgres != null) {
            books = keep(openBooks());
        }
    }

    /** Shorter waits than in production, where that changes nothing but the time a run takes. */
    private static Map<String, String> settings() {
        Map<String, String> settings = new LinkedHashMap<>();
        settings.put("HUB_SALESFORCE_TRANSCRIPT_DELAY", "PT1S");
        settings.put("HUB_SALESFORCE_CALL_TIMEOUT_MILLIS", "5000");
        settings.put("HUB_SALESFORCE_LEASE", "PT15S");
        settings.put("HUB_LINE_CALL_TIMEOUT_MILLIS", "5000");
        settings.put("HUB_CONSOLE_UNDO_SECONDS", "0");
        List<String> staff = new ArrayList<>(OPERATORS);
        staff.addAll(SUPERVISORS);
        settings.put("HUB_ACCESS_SECOND_FACTOR", "off");
        settings.put("HUB_ACCESS_STAFF", String.join(",", staff));
        for (String name : staff) {
            String person = "HUB_ACCESS_PERSON_" + name.toUpperCase(java.util.Locale.ROOT) + "_";
            settings.put(person + "ROLE", SUPERVISORS.contains(name) ? "supervisor" : "operator");
            settings.put(person + "TEAM", "support");
            settings.put(person + "SKILLS", "security,care,complaints");
            settings.put(person + "LANGUAGES", "ja,en");
            settings.put(person + "PASSWORD", HubProgram.PASSWORD);
        }
        return settings;
    }

    private static String h2(Path database) {
        return "jdbc:h2:async:" + database.toAbsolutePath().resolve("tsunagi") + H2_OPTIONS;
    }

    /** What the transactions of a hub that was killed left half done in its own database ({@link KilledFile}). */
    List<String> leftOver() throws SQLException {
        return embedded == null ? List.of() : KilledFile.leftOver(embedded, user());
    }

    private String user() {
        return postgres == null ? "tsunagi" : postgres.user();
    }

    private static URI uri(int port) {
        return URI.create("http://127.0.0.1:" + port);
    }

    Kind kind() {
        return kind;
    }

    Path folder() {
        return folder;
    }

    List<Node> nodes() {
        return nodes;
    }

    Postgres postgres() {
        return postgres;
    }

    Line line() {
        return line;
    }

    Salesforce salesforce() {
        return salesforce;
    }

    /** The address customers' LINE and operators reach the hubs by. */
    URI door() {
        return uri(door.port());
    }

    /** The links of each hub, in the order of the hubs. */
    List<Link> toDatabase() {
        return toDatabase;
    }

    List<Link> toLine() {
        return toLine;
    }

    Link toSalesforce() {
        return toSalesforce;
    }

    /** On PostgreSQL always open; on H2 opened by whoever stopped the hub. */
    Books books() {
        return books;
    }

    Books openBooks() {
        Map<String, String> settings = nodes.get(0).settings();
        String url = postgres == null ? settings.get("HUB_STORE_URL") : Postgres.url(postgres.port());
        return new Books(url, user(), settings);
    }

    /** Makes all links whole, clears the simulators' faults, and has every process running and ready. */
    void heal() throws IOException {
        toDatabase.forEach(Link::pass);
        toLine.forEach(Link::pass);
        toSalesforce.pass();
        line.noFaults();
        salesforce.noFaults();
        if (postgres != null && !postgres.isRunning()) {
            postgres.start();
        }
        for (Node node : nodes) {
            if (node.isFrozen()) {
                node.thaw();
            }
            if (!node.isRunning()) {
                node.begin();
            }
        }
        for (Node node : nodes) {
            node.awaitReady();
        }
    }

    private synchronized <T extends AutoCloseable> T keep(T part) {
        open.push(part);
        return part;
    }

    /** Ends what was started, last first. */
    @Override
    public synchronized void close() {
        while (!open.isEmpty()) {
            try {
                open.pop().close();
            } catch (Exception trouble) {
                System.err.println(trouble);
            }
        }
    }
}
