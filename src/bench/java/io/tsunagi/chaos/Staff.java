package io.tsunagi.chaos;

import com.fasterxml.jackson.databind.JsonNode;
import io.tsunagi.bench.HubProgram;
import java.io.IOException;
import java.net.CookieManager;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.locks.LockSupport;

/**
 * Operators at work over the console's API: each answers the customers who wait for them, and closes an inquiry after
 * some answers. A press of the button whose answer was lost is pressed again, as the screen does.
 */
final class Staff implements AutoCloseable {
    private static final Duration GLANCE = Duration.ofMillis(400);
    private static final int ANSWERS = 3;

    /**
     * Words an operator sent.
     *
     * @param number counts up in the inquiry
     * @param accepted whether the hub said that it sends them; unknown otherwise
     */
    record Spoken(String inquiry, int number, String words, boolean accepted) {}

    /** Somebody signed in. For one thread. */
    static final class Person {
        private final URI base;
        private final String name;
        private HttpClient http;
        private String csrf = "";

        Person(URI base, String name) {
            this.base = base;
            this.name = name;
        }

        record Reply(int status, JsonNode body) {}

        void signIn() throws IOException, InterruptedException {
            http = HttpClient.newBuilder()
                    .version(HttpClient.Version.HTTP_1_1)
                    .connectTimeout(Duration.ofSeconds(3))
                    .cookieHandler(new CookieManager())
                    .build();
            Reply reply = call("POST", "/api/sign-in", Map.of("name", name, "password", HubProgram.PASSWORD));
            if (reply.status() != 200) {
                throw new IOException(name + " cannot sign in: " + reply.status() + " " + reply.body());
            }
            csrf = reply.body().path("csrf").asText();
        }

        Reply call(String method, String path, Object body) throws IOException, InterruptedException {
            HttpResponse<byte[]> answer = http.send(
                    HttpRequest.newBuilder(base.resolve(path))
                            .timeout(Duration.ofSeconds(6))
                            .header("Content-Type", "application/json")
                            .header("X-Csrf-Token", csrf)
                            .method(
                                    method,
                                    body == null
                                            ? HttpRequest.BodyPublishers.noBody()
                                            : HttpRequest.BodyPublishers.ofString(Json.MAPPER
                                                    .valueToTree(body)
                                                    .toString()))
                            .build(),
                    HttpResponse.BodyHandlers.ofByteArray());
            boolean json =
                    answer.headers().firstValue("Content-Type").orElse("").startsWith("application/json");
            return new Reply(
                    answer.statusCode(),
                    json
                            ? Json.MAPPER.readTree(answer.body())
                            : Json.MAPPER.getNodeFactory().nullNode());
        }
    }

    private final List<Spoken> spoken = Collections.synchronizedList(new ArrayList<>());
    private final List<Thread> threads = new ArrayList<>();
    private final String run;
    private volatile boolean over;

    Staff(URI base, List<String> names, String run) {
        this.run = run;
        for (String name : names) {
            Thread thread = new Thread(() -> work(new Person(base, name)), name);
            thread.setDaemon(true);
            threads.add(thread);
        }
    }

    Staff start() {
        threads.forEach(Thread::start);
        return this;
    }

    List<Spoken> spoken() {
        return List.copyOf(spoken);
    }

    private void work(Person person) {
        Map<String, Integer> answers = new HashMap<>();
        boolean signedIn = false;
        while (!over) {
            try {
                if (!signedIn) {
                    person.signIn();
                    signedIn = person.call("PUT", "/api/me/presence", Map.of("presence", "available"))
                                    .status()
                            == 200;
                }
                signedIn &= answerThoseWhoWait(person, answers);
            } catch (IOException nodeGone) {
                // The next look goes to another node.
            } catch (InterruptedException e) {
                return;
            }
            LockSupport.parkNanos(GLANCE.toNanos());
        }
    }

    private boolean answerThoseWhoWait(Person person, Map<String, Integer> answers)
            throws IOException, InterruptedException {
        Person.Reply workspace = person.call("GET", "/api/workspace", null);
        if (workspace.status() != 200) {
            return workspace.status() != 401;
        }
        for (JsonNode slot : workspace.body().path("slots")) {
            if (over) {
                break;
            }
            String inquiry = slot.path("id").asText();
            int said = answers.getOrDefault(inquiry, 0);
            boolean waiting = slot.hasNonNull("waitingSince");
            // What a run before or a colleague left behind and nobody waits in would fill the desk for good.
            if (said >= ANSWERS || said == 0 && !waiting) {
                person.call("POST", "/api/inquiries/" + inquiry + "/close", Map.of("reason", "solved"));
            } else if (waiting && say(person, inquiry, said + 1)) {
                answers.put(inquiry, said + 1);
            }
        }
        return true;
    }

    /** @return whether these words count as said, so that the next ones get another number */
    private boolean say(Person person, String inquiry, int number) throws IOException, InterruptedException {
        String path = "/api/inquiries/" + inquiry;
        JsonNode draft = person.call("GET", path + "/draft", null).body();
        String words = Customers.SECRET + run + "o" + inquiry.substring(0, 8) + "o" + number;
        Person.Reply saved = person.call(
                "PUT", path + "/draft", draft(words, draft.path("version").asLong()));
        if (saved.status() != 200) {
            return false;
        }
        JsonNode messages = person.call("GET", path + "/messages", null).body().path("messages");
        Map<String, Object> press = Map.of(
                "clientId",
                UUID.randomUUID().toString(),
                "draftVersion",
                saved.body().path("version").asLong(),
                "seenSeq",
                messages.path(messages.size() - 1).path("seq").asInt(),
                "confirm",
                List.of("newer-message"));
        int status = press(person, path + "/send", press);
        if (status == 202 || status == 0) {
            spoken.add(new Spoken(inquiry, number, words, status == 202));
            return true;
        }
        return false;
    }

    private static Map<String, Object> draft(String words, long version) {
        Map<String, Object> draft = new HashMap<>();
        draft.put("text", words);
        draft.put("sticker", null);
        draft.put("version", version);
        return draft;
    }

    /** Presses until there is an answer; the same press is one message. Gives 0 when the day is over before. */
    private int press(Person person, String path, Map<String, Object> press) throws InterruptedException {
        while (true) {
            try {
                int status = person.call("POST", path, press).status();
                if (status < 500) {
                    return status;
                }
            } catch (IOException unanswered) {
                // Pressed again below.
            }
            if (over) {
                return 0;
            }
            LockSupport.parkNanos(GLANCE.toNanos());
        }
    }

    /** Ends the day: waits until everybody has put the pen down. */
    @Override
    public void close() {
        over = true;
        for (Thread thread : threads) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }
}
