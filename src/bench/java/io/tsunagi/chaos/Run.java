package io.tsunagi.chaos;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;

/** One fault under load, and the judgement afterwards. */
final class Run {
    /** How long everything may need to become quiet when all is well again (promise I4), on a machine with nothing else to do. */
    static final Duration QUIET = Duration.ofSeconds(60);

    private static final Duration AT_WORK = Duration.ofSeconds(120);

    /**
     * How it ended.
     *
     * @param drained how long it took until nothing was left to do
     */
    record Outcome(
            Fault fault,
            World.Kind database,
            long seed,
            Map<String, Object> did,
            Oracle.Counts counts,
            Duration drained,
            Duration took,
            List<Oracle.Violation> violations) {}

    /**
     * How much is asked of the hubs.
     *
     * @param times how often a fault happens
     * @param patience how many times {@link #QUIET} is waited
     */
    record Size(int customers, int perSecond, int times, int patience) {}

    private final World world;
    private final Fault fault;
    private final long seed;
    private final Size size;
    private long firstPost;

    Run(World world, Fault fault, long seed, Size size) {
        this.world = world;
        this.fault = fault;
        this.seed = seed;
        this.size = size;
    }

    Outcome judge() throws Exception {
        long start = System.nanoTime();
        Random random = new Random(seed);
        String run = "%08x".formatted(random.nextInt());
        Map<String, Integer> logged = new LinkedHashMap<>();
        for (Node node : world.nodes()) {
            logged.put(node.name(), node.lines().size());
        }
        firstPost = world.line().lastPost();
        Customers customers = new Customers(world.line(), random.nextLong(), run, size.customers(), size.perSecond());
        Staff staff = new Staff(world.door(), fault.staffed() ? World.OPERATORS : List.of(), run);
        Scene scene = new Scene(world, random, customers, firstPost, size.times());
        try (customers;
                staff) {
            customers.start();
            staff.start();
            if (fault.staffed()) {
                // A fault strikes a desk at work, not one that is still signing in.
                Await.until("operators answer customers", AT_WORK, () -> !staff.spoken()
                        .isEmpty());
            }
            fault.strike(scene);
            customers.stop();
            world.heal();
        }
        Duration drained = settle(customers.users());
        Evidence evidence = evidence(customers, staff, logged);
        List<Oracle.Violation> violations = new ArrayList<>(Oracle.violations(evidence));
        violations.addAll(scene.unmet());
        return new Outcome(
                fault,
                world.kind(),
                seed,
                scene.done(),
                Oracle.counts(evidence),
                drained,
                Duration.ofNanos(System.nanoTime() - start),
                violations);
    }

    /** Lets LINE repeat what was never taken, and waits until nothing is left to do, or patience is over. */
    private Duration settle(List<String> users) throws IOException {
        long start = System.nanoTime();
        long until = start + QUIET.multipliedBy(size.patience()).toNanos();
        Set<String> ours = Set.copyOf(users);
        while (System.nanoTime() < until) {
            List<CompletableFuture<?>> again = new ArrayList<>();
            for (Line.Posted event : world.line().posts(firstPost)) {
                if (ours.contains(event.user()) && event.accepted() == null) {
                    again.add(world.line().redeliver(event));
                }
            }
            again.forEach(CompletableFuture::join);
            if (again.isEmpty() && isQuiet()) {
                break;
            }
            pause();
        }
        return Duration.ofNanos(System.nanoTime() - start);
    }

    private boolean isQuiet() throws IOException {
        if (world.books() != null) {
            return world.books().stillToDo().isEmpty();
        }
        // H2 belongs to the hub while it runs: it is stopped for a look.
        Node node = world.nodes().get(0);
        if (node.metric("tsunagi_events") > 0) {
            return false;
        }
        node.terminate();
        try (Books books = world.openBooks()) {
            if (books.stillToDo().isEmpty()) {
                return true;
            }
        }
        node.start();
        pause();
        return false;
    }

    private static void pause() {
        java.util.concurrent.locks.LockSupport.parkNanos(Duration.ofMillis(500).toNanos());
    }

    private Evidence evidence(Customers customers, Staff staff, Map<String, Integer> logged) throws IOException {
        boolean ownBooks = world.books() == null;
        if (ownBooks && world.nodes().get(0).isRunning()) {
            world.nodes().get(0).terminate();
        }
        Books books = ownBooks ? world.openBooks() : world.books();
        try {
            Set<UUID> lanes = Books.lanes(customers.users());
            List<Evidence.Message> messages = books.messages(lanes);
            Set<String> inquiries = messages.stream()
                    .map(message -> message.inquiry().toString())
                    .collect(Collectors.toSet());
            Set<String> users = Set.copyOf(customers.users());
            Map<String, List<String>> logs = new LinkedHashMap<>();
            for (Node node : world.nodes()) {
                List<String> lines = node.lines();
                logs.put(node.name(), lines.subList(Math.min(logged.get(node.name()), lines.size()), lines.size()));
            }
            return new Evidence(
                    world.line().posts(firstPost).stream()
                            .filter(event -> users.contains(event.user()))
                            .toList(),
                    books.ledger(lanes),
                    messages,
                    books.deliveries(lanes),
                    books.inquiries(),
                    books.seats(),
                    books.assignments(),
                    books.crmWork(),
                    books.stillToDo(),
                    world.line().phones(customers.users()),
                    // What a run before left behind may be answered now; its customers' phones are not looked at.
                    staff.spoken().stream()
                            .filter(words -> inquiries.contains(words.inquiry()))
                            .toList(),
                    world.salesforce().values("Case", "LineInquiryKey__c"),
                    world.salesforce().values("LineMessage__c", "MessageKey__c"),
                    Optional.ofNullable(books.auditDamage().orElse(null)),
                    logs);
        } finally {
            if (ownBooks) {
                books.close();
                world.nodes().get(0).start();
            }
        }
    }
}
