package io.tsunagi.sandbox.salesforce;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tsunagi.sandbox.salesforce.Schema.SObject;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Consumer;

/**
 * The streaming API: Bayeux over long polling with Salesforce's replay extension. Change events of
 * every object are on {@code /data/<Object>ChangeEvent} and {@code /data/ChangeEvents}, platform
 * events on {@code /event/<Name>__e}. The newest {@value #KEPT} events are kept for replay.
 *
 * <p>Guarded by the simulator's lock; the timers and the wire belong to the caller.
 */
final class Streaming {
    static final long POLL_MILLIS = 110_000;
    private static final int KEPT = 20_000;

    private final Schema schema;
    private final Clock clock;
    private final Map<String, Session> sessions = new HashMap<>();
    private final Deque<Event> events = new ArrayDeque<>();
    private long lastReplayId;
    private long lastCommit;

    Streaming(Schema schema, Clock clock) {
        this.schema = schema;
        this.clock = clock;
    }

    private record Event(String channel, long replayId, ObjectNode data) {}

    /** A client: what it hears, and its open poll, if it has one. */
    private static final class Session {
        private final String id = UUID.randomUUID().toString().replace("-", "");
        private final Map<String, Long> heard = new HashMap<>();
        private final List<Event> waiting = new ArrayList<>();
        private boolean connected;
        private Poll poll;
        private Instant seen;
    }

    /** A long poll that waits for events. */
    private final class Poll {
        private final ArrayNode answers;
        private final ObjectNode connect;
        private final Consumer<ArrayNode> reply;
        private boolean done;

        Poll(ArrayNode answers, ObjectNode connect, Consumer<ArrayNode> reply) {
            this.answers = answers;
            this.connect = connect;
            this.reply = reply;
        }

        void finish(List<Event> waiting) {
            if (done) {
                return;
            }
            done = true;
            // what is told comes before the end of the poll, as from a CometD server
            drain(waiting, answers);
            answers.add(connect);
            reply.accept(answers);
        }
    }

    /**
     * Answers one request.
     *
     * @param allowed whether the request carries a good token
     * @param reply gets the answers, at once or when a long poll ends
     * @return the task that ends the poll when its time is over; empty if {@code reply} was called
     */
    Optional<Runnable> receive(JsonNode body, boolean allowed, Consumer<ArrayNode> reply) {
        ArrayNode answers = JsonNodeFactory.instance.arrayNode();
        List<JsonNode> messages = new ArrayList<>();
        if (body.isArray()) {
            body.forEach(messages::add);
        } else {
            messages.add(body);
        }
        Poll poll = null;
        Session polling = null;
        for (JsonNode message : messages) {
            String channel = message.path("channel").asText("");
            ObjectNode answer = answer(message, channel);
            if (channel.equals("/meta/handshake")) {
                answers.add(handshake(answer, allowed));
                continue;
            }
            Session session = sessions.get(message.path("clientId").asText(""));
            if (session == null || !allowed) {
                if (session != null) {
                    sessions.remove(session.id);
                }
                answers.add(unknown(answer, allowed));
                continue;
            }
            session.seen = clock.instant();
            switch (channel) {
                case "/meta/connect" -> {
                    answer.put("successful", true).put("clientId", session.id);
                    boolean first = !session.connected;
                    session.connected = true;
                    if (first) {
                        answer.putObject("advice")
                                .put("reconnect", "retry")
                                .put("interval", 0)
                                .put("timeout", POLL_MILLIS);
                    }
                    boolean atOnce =
                            first || message.path("advice").path("timeout").asLong(-1) == 0;
                    if (session.poll != null) {
                        session.poll.finish(List.of());
                    }
                    if (atOnce || !session.waiting.isEmpty()) {
                        drain(session.waiting, answers);
                        answers.add(answer);
                    } else {
                        poll = new Poll(answers, answer, reply);
                        polling = session;
                    }
                }
                case "/meta/subscribe" -> answers.add(subscribe(session, message, answer));
                case "/meta/unsubscribe" -> {
                    session.heard.remove(message.path("subscription").asText());
                    answers.add(answer.put("successful", true)
                            .put("clientId", session.id)
                            .put("subscription", message.path("subscription").asText()));
                }
                case "/meta/disconnect" -> {
                    sessions.remove(session.id);
                    if (session.poll != null) {
                        session.poll.finish(List.of());
                    }
                    answers.add(answer.put("successful", true).put("clientId", session.id));
                }
                default -> answers.add(answer.put("successful", false).put("error", "403::Publishing is not allowed"));
            }
        }
        forgetSilent();
        if (poll == null) {
            reply.accept(answers);
            return Optional.empty();
        }
        Poll open = poll;
        Session session = polling;
        session.poll = open;
        if (!session.waiting.isEmpty()) {
            session.poll = null;
            open.finish(session.waiting);
            return Optional.empty();
        }
        return Optional.of(() -> {
            if (session.poll == open) {
                session.poll = null;
            }
            open.finish(session.waiting);
        });
    }

    private static ObjectNode answer(JsonNode message, String channel) {
        ObjectNode answer = JsonNodeFactory.instance.objectNode().put("channel", channel);
        if (message.has("id")) {
            answer.set("id", message.get("id"));
        }
        return answer;
    }

    private ObjectNode handshake(ObjectNode answer, boolean allowed) {
        if (!allowed) {
            answer.put("successful", false).put("error", "403::Handshake denied");
            answer.putObject("ext").putObject("sfdc").put("failureReason", "401::Authentication invalid");
            answer.putObject("advice").put("reconnect", "none");
            return answer;
        }
        Session session = new Session();
        session.seen = clock.instant();
        sessions.put(session.id, session);
        answer.put("version", "1.0").put("minimumVersion", "1.0").put("clientId", session.id);
        answer.putArray("supportedConnectionTypes").add("long-polling");
        answer.putObject("ext").put("replay", true).put("payload.format", true);
        return answer.put("successful", true);
    }

    private static ObjectNode unknown(ObjectNode answer, boolean allowed) {
        answer.put("successful", false).put("error", allowed ? "403::Unknown client" : "401::Authentication invalid");
        answer.putObject("advice").put("reconnect", "handshake").put("interval", 0);
        return answer;
    }

    private ObjectNode subscribe(Session session, JsonNode message, ObjectNode answer) {
        String channel = message.path("subscription").asText("");
        answer.put("clientId", session.id).put("subscription", channel);
        if (!exists(channel)) {
            return answer.put("successful", false).put("error", "403:denied_by_security_policy:create_denied");
        }
        JsonNode replay = message.path("ext").path("replay").path(channel);
        long from = replay.asLong(-1);
        long oldest = events.isEmpty() ? lastReplayId + 1 : events.peekFirst().replayId();
        if (from > lastReplayId || (from >= 0 && from < oldest - 1)) {
            return answer.put("successful", false)
                    .put(
                            "error",
                            "400::The replayId {" + from
                                    + "} you provided was invalid.  Please provide a valid ID, -2 to replay all"
                                    + " events, or -1 to replay only new events.");
        }
        session.heard.put(channel, from == -1 ? lastReplayId : from);
        if (from != -1) {
            events.stream()
                    .filter(event -> hears(channel, event.channel()) && event.replayId() > from)
                    .map(event -> new Event(channel, event.replayId(), event.data()))
                    .forEach(session.waiting::add);
        }
        if (session.poll != null && !session.waiting.isEmpty()) {
            Poll poll = session.poll;
            session.poll = null;
            poll.finish(session.waiting);
        }
        return answer.put("successful", true);
    }

    private boolean exists(String channel) {
        if (channel.equals("/data/ChangeEvents")) {
            return true;
        }
        if (channel.startsWith("/data/")) {
            return schema.objects().stream()
                    .anyMatch(sObject -> changeChannel(sObject).equals(channel));
        }
        return channel.matches("/event/\\w+__e");
    }

    private static boolean hears(String subscribed, String channel) {
        return subscribed.equals(channel) || (subscribed.equals("/data/ChangeEvents") && channel.startsWith("/data/"));
    }

    private static void drain(List<Event> waiting, ArrayNode into) {
        for (Iterator<Event> each = waiting.iterator(); each.hasNext(); ) {
            Event event = each.next();
            into.addObject().put("channel", event.channel()).set("data", event.data());
            each.remove();
        }
    }

    private void forgetSilent() {
        Instant limit = clock.instant().minusMillis(3 * POLL_MILLIS);
        sessions.values().removeIf(session -> session.poll == null && session.seen.isBefore(limit));
    }

    /** Drops the clients, whose next message gets "unknown client", and what was kept for replay. */
    void reset() {
        List<Session> all = List.copyOf(sessions.values());
        sessions.clear();
        events.clear();
        for (Session session : all) {
            if (session.poll != null) {
                session.poll.finish(List.of());
            }
        }
    }

    /** Sends every kept event once more, with the replay ids they had. */
    void repeat() {
        List<Event> all = List.copyOf(events);
        for (Session session : sessions.values()) {
            for (String heard : session.heard.keySet()) {
                all.stream()
                        .filter(event -> hears(heard, event.channel()))
                        .map(event -> new Event(heard, event.replayId(), event.data()))
                        .forEach(session.waiting::add);
            }
            if (session.poll != null && !session.waiting.isEmpty()) {
                Poll poll = session.poll;
                session.poll = null;
                poll.finish(session.waiting);
            }
        }
    }

    int clients() {
        return sessions.size();
    }

    /** How many clients hear a channel. */
    int hearing(String channel) {
        return (int) sessions.values().stream()
                .filter(session -> session.heard.containsKey(channel))
                .count();
    }

    /** Publishes a platform event, such as {@code Signal__e}; returns its replay id. */
    long publish(String name, ObjectNode fields, Origin origin) {
        ObjectNode payload = JsonNodeFactory.instance.objectNode();
        payload.put("CreatedDate", clock.instant().toString()).put("CreatedById", origin.userId());
        payload.setAll(fields);
        return send("/event/" + name, payload);
    }

    /** Tells the committed changes of one transaction. */
    void tell(List<Change> changes) {
        String transaction = UUID.randomUUID().toString();
        long commit = ++lastCommit;
        int sequence = 1;
        for (Change change : changes) {
            ObjectNode payload = JsonNodeFactory.instance.objectNode();
            ObjectNode header = payload.putObject("ChangeEventHeader");
            header.put("entityName", change.sObject().name());
            header.putArray("recordIds").add(change.id());
            header.put("changeType", change.kind().name())
                    .put("changeOrigin", change.origin().changeOrigin())
                    .put("transactionKey", transaction)
                    .put("sequenceNumber", sequence++)
                    .put("commitTimestamp", clock.instant().toEpochMilli())
                    .put("commitNumber", commit)
                    .put("commitUser", change.origin().userId());
            change.changedFields().forEach(header.putArray("changedFields")::add);
            header.putArray("nulledFields");
            header.putArray("diffFields");
            if (change.kind() != Change.Kind.DELETE) {
                change.values().properties().forEach(entry -> {
                    boolean told = change.kind() == Change.Kind.CREATE
                            || change.changedFields().contains(entry.getKey());
                    boolean shown =
                            !entry.getKey().equals("Id") && !entry.getKey().equals("IsDeleted");
                    if (told && shown && !entry.getValue().isBinary()) {
                        payload.set(entry.getKey(), entry.getValue());
                    }
                });
            }
            send(changeChannel(change.sObject()), payload);
        }
    }

    /** {@code Case → /data/CaseChangeEvent}, {@code LineMessage__c → /data/LineMessage__ChangeEvent}. */
    static String changeChannel(SObject sObject) {
        String name = sObject.name();
        return "/data/"
                + (name.endsWith("__c") ? name.substring(0, name.length() - 1) + "ChangeEvent" : name + "ChangeEvent");
    }

    private long send(String channel, ObjectNode payload) {
        ObjectNode data = JsonNodeFactory.instance.objectNode();
        data.put(
                "schema",
                UUID.nameUUIDFromBytes(channel.getBytes(StandardCharsets.UTF_8)).toString());
        data.set("payload", payload);
        long replayId = ++lastReplayId;
        data.putObject("event")
                .put("replayId", replayId)
                .put("EventUuid", UUID.randomUUID().toString());
        events.addLast(new Event(channel, replayId, data));
        if (events.size() > KEPT) {
            events.removeFirst();
        }
        for (Session session : sessions.values()) {
            for (String heard : session.heard.keySet()) {
                if (hears(heard, channel)) {
                    session.waiting.add(new Event(heard, replayId, data));
                }
            }
            if (session.poll != null && !session.waiting.isEmpty()) {
                Poll poll = session.poll;
                session.poll = null;
                poll.finish(session.waiting);
            }
        }
        return replayId;
    }
}
