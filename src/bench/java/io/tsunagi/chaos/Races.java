package io.tsunagi.chaos;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Two supervisors, each at a hub of their own, accept the same waiting inquiry at the same moment. */
final class Races {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final Scene scene;
    private final List<Staff.Person> people = new ArrayList<>();
    private final CyclicBarrier start = new CyclicBarrier(World.SUPERVISORS.size());

    Races(Scene scene) {
        this.scene = scene;
        for (int i = 0; i < World.SUPERVISORS.size(); i++) {
            Node node = scene.world.nodes().get(i % scene.world.nodes().size());
            people.add(new Staff.Person(URI.create("http://127.0.0.1:" + node.port()), World.SUPERVISORS.get(i)));
        }
    }

    void run(int races) throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(people.size());
        try {
            sendOperatorsHome();
            for (Staff.Person person : people) {
                person.signIn();
            }
            for (int i = 0; i < races; i++) {
                race(threads, waiting());
            }
        } finally {
            threads.shutdownNow();
        }
    }

    /** Who is still at a desk from a run before would be handed what the two shall race for. */
    private void sendOperatorsHome() throws IOException, InterruptedException {
        for (String name : World.OPERATORS) {
            Staff.Person operator = new Staff.Person(scene.world.door(), name);
            operator.signIn();
            Staff.Person.Reply gone = operator.call("PUT", "/api/me/presence", Map.of("presence", "away"));
            if (gone.status() != 200) {
                throw new IOException(name + " cannot go home: " + gone.status() + " " + gone.body());
            }
        }
    }

    /** Gives an inquiry that waits; customers go on asking for people, so there is one soon. */
    private String waiting() throws IOException {
        List<String> found = new ArrayList<>();
        Await.until("an inquiry waits", PATIENCE, () -> {
            try {
                JsonNode first = people.get(0)
                        .call("GET", "/api/workspace", null)
                        .body()
                        .path("waiting")
                        .path(0);
                if (!first.isMissingNode()) {
                    found.add(first.path("id").asText());
                }
                return !found.isEmpty();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return false;
            }
        });
        return found.get(0);
    }

    private void race(ExecutorService threads, String inquiry) throws Exception {
        List<Future<Staff.Person.Reply>> replies = new ArrayList<>();
        for (Staff.Person person : people) {
            replies.add(threads.submit(() -> {
                start.await();
                return person.call("POST", "/api/inquiries/" + inquiry + "/take", Map.of());
            }));
        }
        int winner = -1;
        int winners = 0;
        int losers = 0;
        List<String> said = new ArrayList<>();
        for (int i = 0; i < replies.size(); i++) {
            Staff.Person.Reply reply = replies.get(i).get();
            if (reply.status() / 100 == 2) {
                winner = i;
                winners++;
            } else {
                losers += reply.status() == 409 ? 1 : 0;
                said.add(reply.body().toString());
            }
        }
        scene.did("races");
        scene.expect(
                "F14",
                winners == 1 && losers == people.size() - 1,
                "the inquiry " + inquiry + " was given to " + winners + " people and refused with 409 to " + losers
                        + ": " + said);
        if (winner >= 0) {
            people.get(winner).call("POST", "/api/inquiries/" + inquiry + "/close", Map.of("reason", "solved"));
        }
    }
}
