package io.tsunagi.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tsunagi.store.Dialect;
import io.tsunagi.store.Ids;
import io.tsunagi.store.Ledger;
import io.tsunagi.store.Signals;
import io.tsunagi.store.Store;
import io.tsunagi.store.Turns;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** What was answered 200 has its effect, whatever stops the hub or an event in between. */
@ParameterizedClass
@EnumSource(Dialect.class)
class EventsSurviveTest {
    private static TestHub hub;
    private static Rows rows;

    @Parameter
    Dialect dialect;

    @BeforeParameterizedClassInvocation(injectArguments = true)
    static void start(Dialect dialect) {
        hub = TestHub.start(dialect);
        rows = new Rows(hub.settings());
    }

    @AfterParameterizedClassInvocation(injectArguments = false)
    static void stop() {
        rows.close();
        hub.close();
    }

    private static String user() {
        return "U" + UUID.randomUUID().toString().replace("-", "");
    }

    private static UUID idOf(ObjectNode event) {
        return Ids.derived("event", "main", event.path("webhookEventId").asText());
    }

    private static String state(ObjectNode event) {
        return rows.text("select state from events where id = ?", idOf(event));
    }

    private static long messages(String user) {
        return rows.count(
                "select count(*) from messages m join customers c on c.id = m.customer"
                        + " where c.line_user_id = ? and m.sender = 'CUSTOMER'",
                user);
    }

    private static Ledger.Arrival arrival(ObjectNode event) {
        return new Ledger.Arrival(
                "main",
                event.path("webhookEventId").asText(),
                "user",
                event.path("source").path("userId").asText(),
                "message",
                Instant.ofEpochMilli(event.path("timestamp").asLong()),
                event.toString().getBytes(java.nio.charset.StandardCharsets.UTF_8));
    }

    /** Scenario 11 */
    @Test
    void events_kept_before_the_hub_went_down_take_effect_once_when_it_is_back() {
        Store store = rows.store();
        Ledger ledger = new Ledger(store, new Signals(), Clock.systemUTC());
        List<String> untouched = List.of(user(), user(), user());
        String underway = user();
        String before = user();
        hub.line.write(before, "main", "noch da");
        await().atMost(TestHub.PATIENCE).until(() -> messages(before) == 1);

        hub.stopHub();
        List<Ledger.Arrival> kept = new ArrayList<>();
        untouched.forEach(user -> kept.add(arrival(Webhook.text(user, "kept"))));
        ObjectNode counted = Webhook.text(underway, "its turn was counted, then the process was killed");
        kept.add(arrival(counted));
        assertThat(ledger.append(kept)).isEqualTo(4);
        assertThat(ledger.append(kept)).as("the same again").isZero();
        new Turns(store, Clock.systemUTC(), Duration.ofSeconds(30), 5).plan(Ids.lane("main", "user", underway));
        assertThat(rows.count("select attempts from events where id = ?", idOf(counted)))
                .isOne();
        hub.startHub();

        await().atMost(TestHub.PATIENCE)
                .until(() -> untouched.stream().allMatch(user -> messages(user) == 1) && messages(underway) == 1);
        assertThat(Webhook.post(hub, Webhook.body(counted))).isEqualTo(200);
        String after = user();
        hub.line.write(after, "main", "後で");
        await().atMost(TestHub.PATIENCE).until(() -> messages(after) == 1);
        assertThat(untouched).allSatisfy(user -> assertThat(messages(user)).isOne());
        assertThat(messages(underway)).isOne();
        assertThat(messages(before)).isOne();
    }

    /** Scenario 11 */
    @Test
    void an_event_that_ends_the_process_each_time_is_parked_and_its_successors_go_on() {
        Store store = rows.store();
        String user = user();
        ObjectNode deadly = Webhook.text(user, "ends the process");
        ObjectNode next = Webhook.text(user, "next");
        next.put("timestamp", deadly.path("timestamp").asLong() + 10);
        UUID lane = Ids.lane("main", "user", user);
        Instant longAgo = Instant.now().minus(Duration.ofHours(1));

        store.inTransaction(() -> {
            // As five nodes left it behind that died after they counted their try.
            new Ledger(store, new Signals(), Clock.systemUTC()).append(List.of(arrival(deadly), arrival(next)));
            store.jdbc()
                    .sql("update events set attempts = 5, next_try_at = ? where id = ?")
                    .params(Store.at(longAgo), idOf(deadly))
                    .update();
        });

        await().atMost(TestHub.PATIENCE).until(() -> state(next).equals("DONE"));
        assertThat(state(deadly)).isEqualTo("PARKED");
        assertThat(messages(user)).isOne();
        assertThat(rows.count("select count(*) from events where lane = ? and type = 'message'", lane))
                .isEqualTo(2);
    }

    /** Scenario 11 */
    @Test
    void threads_that_plan_the_same_lane_at_once_count_an_event_once() throws InterruptedException {
        Store store = rows.store();
        String user = user();
        ObjectNode event = Webhook.text(user, "once");
        UUID lane = Ids.lane("nobody", "user", user);
        store.jdbc()
                .sql("""
                        insert into events (id, account, lane, kind, source, type, occurred_at, received_at, state, attempts)
                        values (?, 'nobody', ?, 'user', ?, 'message', ?, ?, 'WAITING', 0)
                        """)
                .params(
                        idOf(event),
                        lane,
                        user,
                        Store.at(Instant.now()),
                        // Far in the future, so that the hub's own sweep leaves the lane to this test.
                        Store.at(Instant.now().plus(Duration.ofHours(1))))
                .update();
        Turns turns = new Turns(store, Clock.systemUTC(), Duration.ofSeconds(30), 5);

        List<Thread> threads = new ArrayList<>();
        java.util.concurrent.atomic.AtomicInteger turnsTaken = new java.util.concurrent.atomic.AtomicInteger();
        for (int i = 0; i < 8; i++) {
            Thread thread = new Thread(() -> {
                if (turns.plan(lane) != null) {
                    turnsTaken.incrementAndGet();
                }
            });
            threads.add(thread);
            thread.start();
        }
        for (Thread thread : threads) {
            thread.join();
        }

        assertThat(turnsTaken).hasValue(1);
        assertThat(rows.count("select attempts from events where id = ?", idOf(event)))
                .isOne();
        assertThat(state(event)).isEqualTo("WAITING");
        store.jdbc().sql("delete from events where id = ?").param(idOf(event)).update();
    }

    /** F38, F39; Scenario 10, 11 */
    @Test
    void a_poison_event_is_parked_after_its_tries_and_can_be_tried_again_once_it_is_mended() {
        Operator sakura = hub.away("sakura");
        String user = user();
        List<String> neighbours =
                Stream.generate(EventsSurviveTest::user).limit(98).toList();
        ObjectNode poison = Webhook.text(user, "毒");
        // The place of its message is taken: the turn fails after the inquiry was opened.
        UUID taken = Ids.derived("message", idOf(poison));
        rows.store()
                .jdbc()
                .sql("""
                        insert into messages (id, inquiry, seq, version, customer, sender, type, at, late)
                        values (?, ?, 1, 1, ?, 'CUSTOMER', 'text', ?, false)
                        """)
                .params(taken, UUID.randomUUID(), UUID.randomUUID(), Store.at(Instant.now()))
                .update();
        ObjectNode next = Webhook.text(user, "次");
        next.put("timestamp", poison.path("timestamp").asLong() + 10);

        List<ObjectNode> hundred = new ArrayList<>(List.of(poison, next));
        neighbours.forEach(neighbour -> hundred.add(Webhook.text(neighbour, "となり")));
        assertThat(Webhook.post(hub, Webhook.body(hundred.toArray(ObjectNode[]::new))))
                .isEqualTo(200);

        await("the neighbours wait for nothing").atMost(TestHub.PATIENCE).until(() -> neighbours.stream()
                .allMatch(neighbour -> messages(neighbour) == 1));
        await("given up").atMost(Duration.ofSeconds(40)).until(() -> state(poison)
                .equals("PARKED"));
        await("the next takes effect").atMost(TestHub.PATIENCE).until(() -> state(next)
                .equals("DONE"));
        assertThat(messages(user)).isOne();
        assertThat(rows.count(
                        "select count(*) from inquiries i join customers c on c.id = i.customer where c.line_user_id = ?",
                        user))
                .as("five turns that failed left nothing behind")
                .isOne();
        JsonNode row = failedEvent(sakura, idOf(poison));
        assertThat(row.path("what").asText()).isEqualTo("message");
        assertThat(row.path("tries").asInt()).isEqualTo(5);
        assertThat(row.path("error").asText()).isNotBlank().doesNotContain("毒");

        UUID id = idOf(poison);
        rows.store()
                .jdbc()
                .sql("delete from messages where id = ?")
                .param(taken)
                .update();
        assertThat(sakura.post("/api/admin/failed-work/event/" + id + "/retry", null)
                        .status())
                .isEqualTo(204);

        await().atMost(TestHub.PATIENCE).until(() -> state(poison).equals("DONE"));
        assertThat(messages(user)).isEqualTo(2);
        assertThat(rows.count(
                        "select count(*) from messages m join customers c on c.id = m.customer"
                                + " where c.line_user_id = ? and m.late",
                        user))
                .as("out of order, and shown so")
                .isOne();
        assertThat(failedEvent(sakura, id).isMissingNode()).isTrue();
        assertThat(sakura.post("/api/admin/failed-work/event/" + id + "/retry", null)
                        .status())
                .isEqualTo(409);
    }

    /** Scenario 11 */
    @Test
    void stored_words_that_no_longer_open_stop_their_event_and_no_other() {
        String user = user();
        ObjectNode damaged = Webhook.text(user, "damaged");
        ObjectNode unreadable = Webhook.text(user, "unreadable");
        unreadable.put("timestamp", damaged.path("timestamp").asLong() + 5);
        ObjectNode next = Webhook.text(user, "next");
        next.put("timestamp", damaged.path("timestamp").asLong() + 10);
        Store store = rows.store();

        store.inTransaction(() -> {
            new Ledger(store, new Signals(), Clock.systemUTC())
                    .append(List.of(arrival(damaged), arrival(unreadable), arrival(next)));
            store.jdbc()
                    .sql("update events set body = ? where id = ?")
                    .params(new byte[] {1, 2, 3}, idOf(damaged))
                    .update();
            store.jdbc()
                    .sql("update events set body = ? where id = ?")
                    .params(
                            store.sealing().seal("events", idOf(unreadable), "{\"marker-of-a-customer"),
                            idOf(unreadable))
                    .update();
        });

        await("the next takes effect").atMost(Duration.ofSeconds(40)).until(() -> state(next)
                .equals("DONE"));
        await().atMost(Duration.ofSeconds(40)).until(() -> state(damaged).equals("PARKED"));
        await().atMost(Duration.ofSeconds(40)).until(() -> state(unreadable).equals("PARKED"));
        assertThat(messages(user)).isOne();
        assertThat(rows.text("select error from events where id = ?", idOf(unreadable)))
                .contains("no JSON")
                .doesNotContain("marker");
    }

    private static JsonNode failedEvent(Operator operator, UUID id) {
        JsonNode list = operator.get("/api/admin/failed-work");
        for (JsonNode row : list.isArray() ? list : list.elements().next()) {
            if (row.path("id").asText().equals(id.toString())) {
                return row;
            }
        }
        return com.fasterxml.jackson.databind.node.MissingNode.getInstance();
    }
}
