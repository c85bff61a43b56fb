package io.tsunagi.chaos;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/** What can happen to a hub. Each strikes while customers write and operators answer, and returns when it is over. */
enum Fault {
    F01("a hub is killed at random moments") {
        @Override
        void strike(Scene scene) throws Exception {
            weather(scene);
            for (int i = 0; i < scene.times; i++) {
                scene.aWhile(500, 4_000);
                Node node = scene.anyNode();
                node.kill();
                scene.did("kills");
                List<String> leftOver = scene.world.leftOver();
                scene.expect("F50", leftOver.isEmpty(), "half of a transaction is left in " + leftOver);
                scene.aWhile(1, 1_000);
                scene.took("ready again", node.start());
            }
        }
    },
    F02("killed between LINE's yes and the mark in the database") {
        @Override
        void strike(Scene scene) throws Exception {
            for (int i = 0; i < scene.times; i++) {
                heldCall(scene, "push");
                killAll(scene);
            }
            // Its turn comes when the lease of the hub that was killed is over.
            Await.until("LINE refuses a push as repeated", PATIENCE, () -> repeatedPushes(scene) > 0);
            scene.note("pushes refused as repeated", repeatedPushes(scene));
        }
    },
    F03("the same with a reply, which has no retry key") {
        @Override
        void strike(Scene scene) throws Exception {
            for (int i = 0; i < scene.times; i++) {
                heldCall(scene, "reply");
                killAll(scene);
            }
        }
    },
    F04("hubs are stopped and started one after the other") {
        @Override
        void strike(Scene scene) throws Exception {
            long before = failedPosts(scene);
            for (Node node : scene.world.nodes()) {
                scene.aWhile(1_000, 3_000);
                Duration drain = node.terminate();
                scene.took("stop", drain);
                scene.did("stops");
                scene.took("ready again", node.start());
            }
            long failed = failedPosts(scene) - before;
            scene.note("webhooks not answered 2xx at once", failed);
        }
    },
    F05("PostgreSQL is killed and comes back") {
        @Override
        void strike(Scene scene) throws Exception {
            for (int i = 0; i < scene.times; i++) {
                scene.aWhile(1_000, 4_000);
                scene.world.postgres().kill();
                scene.did("kills of PostgreSQL");
                scene.aWhile(1_000, 4_000);
                scene.world.postgres().start();
                scene.took("webhooks taken again", takesWebhooks(scene));
            }
            sameProcesses(scene);
        }
    },
    F06("PostgreSQL is restarted as administrators do") {
        @Override
        void strike(Scene scene) throws Exception {
            for (int i = 0; i < scene.times; i++) {
                scene.aWhile(1_000, 4_000);
                scene.world.postgres().restartFast();
                scene.did("restarts of PostgreSQL");
                scene.took("webhooks taken again", takesWebhooks(scene));
            }
            sameProcesses(scene);
        }
    },
    F07("the database hangs and breaks no connection") {
        @Override
        void strike(Scene scene) throws Exception {
            scene.aWhile(1_000, 2_000);
            scene.world.toDatabase().forEach(Link::blackhole);
            scene.aWhile(12_000, 15_000);
            scene.world.toDatabase().forEach(Link::pass);
            scene.took("webhooks taken again", takesWebhooks(scene));
            sameProcesses(scene);
        }
    },
    F08("the connection breaks after a commit and before its answer") {
        @Override
        void strike(Scene scene) throws Exception {
            for (int i = 0; i < 5 * scene.times; i++) {
                scene.aWhile(50, 500);
                Link link = scene.world
                        .toDatabase()
                        .get(scene.random.nextInt(scene.world.toDatabase().size()));
                CompletableFuture<Void> lost = link.loseNextAnswer();
                Await.until("a commit", Duration.ofSeconds(30), lost::isDone);
                scene.did("commits without an answer");
            }
        }
    },
    F09("the database is slow") {
        @Override
        void strike(Scene scene) throws Exception {
            scene.world.toDatabase().forEach(link -> link.delay(Duration.ofMillis(40)));
            scene.aWhile(10_000, 12_000);
            scene.world.toDatabase().forEach(Link::pass);
        }
    },
    F12("a hub is frozen while it holds leases, and thawed") {
        @Override
        void strike(Scene scene) throws Exception {
            Node frozen = scene.world.nodes().get(0);
            // Only one that holds a lease shows that leases end; others are thawed and frozen again.
            Await.until("a hub is frozen with a call in its hands", PATIENCE, () -> {
                scene.world.line().faults(Map.of("endpoint", "*", "delayMillis", 1_500, "share", 0.5));
                scene.aWhile(500, 2_000);
                frozen.freeze();
                scene.did("frozen");
                scene.world.line().noFaults();
                scene.aWhile(3_000, 3_500);
                if (callsInTheAir(scene) > 0) {
                    return true;
                }
                frozen.thaw();
                return false;
            });
            scene.note("calls in its hands", callsInTheAir(scene));
            scene.took("its work went on elsewhere", workOlderThanNowIsDone(scene));
            frozen.thaw();
            scene.aWhile(1_000, 2_000);
        }
    },
    F13("a hub is frozen while its call to LINE is on its way") {
        @Override
        void strike(Scene scene) throws Exception {
            Node frozen = scene.world.nodes().get(0);
            Link itsLine = scene.world.toLine().get(0);
            itsLine.blackhole();
            scene.aWhile(2_000, 3_000);
            frozen.freeze();
            scene.did("frozen");
            scene.took("its work went on elsewhere", workOlderThanNowIsDone(scene));
            // Its calls reach LINE now, after those of the other hub.
            itsLine.pass();
            scene.aWhile(500, 1_000);
            frozen.thaw();
            scene.aWhile(1_000, 2_000);
        }
    },
    F14("two people accept one inquiry at once, on two hubs") {
        @Override
        boolean staffed() {
            return false;
        }

        @Override
        void strike(Scene scene) throws Exception {
            new Races(scene).run(25 * scene.times);
        }
    },
    F15("LINE and Salesforce refuse, fail, dawdle and lose answers") {
        @Override
        void strike(Scene scene) throws Exception {
            weather(scene);
            scene.aWhile(15_000, 20_000);
        }
    },
    F26("the database's volume is full") {
        @Override
        void strike(Scene scene) throws Exception {
            scene.aWhile(1_000, 2_000);
            Path ballast = scene.world.postgres().data().resolveSibling("ballast");
            long filled = Volume.fill(ballast);
            scene.note("MB filled up", filled >> 20);
            scene.aWhile(8_000, 12_000);
            scene.note("PostgreSQL went on", scene.world.postgres().isRunning());
            Files.delete(ballast);
            if (!scene.world.postgres().isRunning()) {
                scene.world.postgres().start();
            }
            scene.took("webhooks taken again", takesWebhooks(scene));
            sameProcesses(scene);
        }
    },
    F27("the clock of one hub jumps two hours ahead, then back") {
        @Override
        void strike(Scene scene) throws Exception {
            Node node = scene.world.nodes().get(0);
            Path time = scene.world.folder().resolve("faketime");
            Files.writeString(time, "+0");
            Map<String, String> before = Map.copyOf(node.settings());
            node.settings().putAll(Clocks.settings(time));
            node.terminate();
            node.start();
            for (String jump : List.of("+2h", "-2h", "+90s", "+0")) {
                scene.aWhile(4_000, 6_000);
                Files.writeString(time, jump);
                scene.did("jumps");
            }
            scene.aWhile(2_000, 3_000);
            node.terminate();
            node.settings().clear();
            node.settings().putAll(before);
            node.start();
        }
    },
    F29("the purge of pictures is killed in the middle") {
        @Override
        void strike(Scene scene) throws Exception {
            new KilledPurge(scene).run(20 * scene.times, scene.times);
        }
    },
    F36("every event comes five times at once to all hubs") {
        @Override
        void strike(Scene scene) throws Exception {
            Map<CompletableFuture<JsonNode>, String> posts = new LinkedHashMap<>();
            for (int i = 0; i < 40 * scene.times; i++) {
                scene.aWhile(20, 80);
                List<String> written = List.copyOf(scene.customers.eventIds());
                if (!written.isEmpty()) {
                    String event = written.get(scene.random.nextInt(written.size()));
                    posts.put(scene.world.line().post(event, 5), event);
                    scene.did("events posted five times");
                }
            }
            for (Map.Entry<CompletableFuture<JsonNode>, String> post : posts.entrySet()) {
                List<Integer> answers = answers(post.getKey().join());
                scene.expect(
                        "F36", answers.size() == 5 && Set.of(200, 503).containsAll(answers), answers + " answered");
                if (answers.contains(503)) {
                    // A hub that cannot keep it in time says so, and LINE sends it again.
                    scene.did("events answered 503 and sent again");
                    Await.until("the 200 for what was answered 503", PATIENCE, () -> answers(
                                    scene.world.line().post(post.getValue(), 1).join())
                            .equals(List.of(200)));
                }
            }
        }

        private static List<Integer> answers(JsonNode posted) {
            List<Integer> answers = new ArrayList<>();
            posted.path("attempts")
                    .forEach(attempt -> answers.add(attempt.path("status").asInt()));
            return answers;
        }
    },
    F50("a hub on H2 is killed at random moments") {
        @Override
        void strike(Scene scene) throws Exception {
            F01.strike(scene);
        }
    };

    private static final Duration PATIENCE = Duration.ofSeconds(120);

    private final String title;

    Fault(String title) {
        this.title = title;
    }

    String title() {
        return title;
    }

    abstract void strike(Scene scene) throws Exception;

    /** Whether operators are at work meanwhile. */
    boolean staffed() {
        return true;
    }

    /** What LINE and Salesforce do on a bad day, to some calls; the seed of the simulators decides to which. */
    private static void weather(Scene scene) {
        scene.world
                .line()
                .faults(List.of(
                        Map.of("endpoint", "*", "status", 429, "share", 0.05),
                        Map.of("endpoint", "*", "status", 500, "share", 0.04),
                        Map.of("endpoint", "*", "status", 500, "acts", true, "share", 0.03),
                        Map.of("endpoint", "*", "lostAnswer", true, "share", 0.04),
                        Map.of("endpoint", "*", "delayMillis", 1_500, "share", 0.04),
                        Map.of("endpoint", "webhook", "duplicate", true, "share", 0.2)));
        scene.world
                .salesforce()
                .faults(List.of(
                        Map.of("status", 503, "share", 0.04),
                        Map.of("status", 500, "share", 0.03),
                        Map.of("lostAnswer", true, "share", 0.04),
                        Map.of("delayMillis", 1_500, "share", 0.04)));
    }

    /** Waits until LINE has taken a call whose answer it holds back. */
    private static void heldCall(Scene scene, String endpoint) throws IOException {
        scene.world.line().faults(Map.of("endpoint", endpoint, "delayMillis", 20_000, "times", 1));
        Await.until("LINE takes a " + endpoint, PATIENCE, () -> scene.world
                .line()
                .control()
                .call("GET", "/sandbox/faults", null)
                .isEmpty());
        scene.did(endpoint + " taken and not answered");
    }

    private static void killAll(Scene scene) throws IOException {
        for (Node node : scene.world.nodes()) {
            node.kill();
            scene.did("kills");
        }
        for (Node node : scene.world.nodes()) {
            node.begin();
        }
        for (Node node : scene.world.nodes()) {
            scene.took("ready again", node.awaitReady());
        }
        Await.until(
                "what the killed hubs had leased is done",
                PATIENCE,
                () -> scene.world
                                .books()
                                .count("select count(*) from deliveries where state = 'SENDING' and tries = 1"
                                        + " and called_at < current_timestamp - interval '25 seconds'")
                        == 0);
    }

    /** Gives how many calls have been on their way for longer than one that is well needs. */
    private static long callsInTheAir(Scene scene) {
        return scene.world
                .books()
                .count("select count(*) from deliveries where state = 'SENDING'"
                        + " and called_at < current_timestamp - interval '2 seconds'");
    }

    private static long repeatedPushes(Scene scene) {
        long repeated = 0;
        for (JsonNode call : scene.world.line().calls(0)) {
            if (call.path("endpoint").asText().equals("push")
                    && call.path("status").asInt() == 409) {
                repeated++;
            }
        }
        return repeated;
    }

    private static long failedPosts(Scene scene) {
        return scene.world.line().posts(scene.firstPost).stream()
                .mapToLong(event -> event.posts() - event.acceptedPosts())
                .sum();
    }

    static Duration takesWebhooks(Scene scene) throws IOException {
        List<Line.Posted> before = scene.world.line().posts(scene.firstPost);
        long last = before.isEmpty()
                ? scene.firstPost
                : before.get(before.size() - 1).number();
        return Await.until("a webhook is answered 200", PATIENCE, () -> scene.world.line().posts(last).stream()
                .anyMatch(event -> event.accepted() != null));
    }

    private static void sameProcesses(Scene scene) {
        scene.expect(
                "F05",
                scene.world.nodes().stream().allMatch(Node::isRunning),
                "a hub ended by itself while its database was away");
    }

    /** Waits until all that was there when it was called has had its effect or was sent. */
    private static Duration workOlderThanNowIsDone(Scene scene) throws IOException {
        Books books = scene.world.books();
        String now = books.store()
                .jdbc()
                .sql("select cast(current_timestamp as varchar)")
                .query(String.class)
                .single();
        return Await.until(
                "the other hub does the frozen one's work",
                PATIENCE,
                () -> books.count("select count(*) from events where state = 'WAITING' and received_at < timestamptz '"
                                        + now + "'")
                                + books.count("select count(*) from deliveries where state in ('QUEUED', 'SENDING')"
                                        + " and created_at < timestamptz '" + now + "'")
                        == 0);
    }
}
