package io.tsunagi.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import io.tsunagi.store.Ids;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** The judge of the crash suite can tell a good run from one in which something was lost, doubled or mixed up. */
class OracleTest {
    private static final String USER = "U" + "0".repeat(32);
    private static final UUID LANE = Ids.lane("main", "user", USER);
    private static final UUID INQUIRY = new UUID(0, 42);
    private static final UUID OPERATOR = new UUID(0, 7);
    private static final Instant NOON = Instant.parse("2026-04-01T12:00:00Z");

    private final List<Line.Posted> posted = new ArrayList<>();
    private final List<Evidence.Event> ledger = new ArrayList<>();
    private final List<Evidence.Message> messages = new ArrayList<>();
    private final List<Evidence.Delivery> deliveries = new ArrayList<>();
    private final List<Evidence.Inquiry> inquiries = new ArrayList<>();
    private final List<Evidence.Seat> seats = new ArrayList<>();
    private final List<UUID> assignments = new ArrayList<>();
    private final List<Evidence.CrmWork> crmWork = new ArrayList<>();
    private final List<String> pending = new ArrayList<>();
    private final List<Line.Shown> phone = new ArrayList<>();
    private final List<Staff.Spoken> spoken = new ArrayList<>();
    private final List<String> cases = new ArrayList<>();
    private final List<String> transcript = new ArrayList<>();
    private final List<String> log = new ArrayList<>();
    private String auditDamage;

    /** Two messages, an answer of the bot's and two of an operator's, all as it should be. */
    OracleTest() {
        write(1);
        write(2);
        deliver("SENT", "bot", "Hello");
        say(1);
        say(2);
        inquiries.add(new Evidence.Inquiry(INQUIRY, "ASSIGNED", OPERATOR, 1, 1, true));
        seats.add(new Evidence.Seat(OPERATOR, 6, 1));
        assignments.add(INQUIRY);
        cases.add(key(INQUIRY));
        crmWork.add(new Evidence.CrmWork(INQUIRY, "TRANSCRIPT", id("message", 1), "DONE"));
        transcript.add(key(id("message", 1)));
    }

    private static UUID id(String what, int number) {
        return Ids.derived(what, number);
    }

    private static String key(UUID id) {
        return id.toString().replace("-", "");
    }

    private void write(int number) {
        Instant at = NOON.plusSeconds(number);
        posted.add(posted(number, at.toEpochMilli(), at, at.plusMillis(20)));
        ledger.add(new Evidence.Event(Ids.derived("event", "main", "e" + number), LANE, "DONE"));
        messages.add(message(number, number, at.toEpochMilli(), false));
    }

    private static Line.Posted posted(int number, long at, Instant firstPosted, Instant accepted) {
        return new Line.Posted(number, "e" + number, "m" + number, USER, at, 1, 1, firstPosted, accepted);
    }

    private static Evidence.Message message(int number, int seq, long at, boolean late) {
        return new Evidence.Message(
                id("message", number), INQUIRY, seq, LANE, "CUSTOMER", "m" + number, at, late, false);
    }

    private void deliver(String state, String request, String words) {
        deliveries.add(new Evidence.Delivery(UUID.randomUUID(), LANE, INQUIRY, state, false));
        phone.add(new Line.Shown(request, words));
    }

    private void say(int number) {
        String words = "zq0a1b2c3do42o" + number;
        spoken.add(new Staff.Spoken(INQUIRY.toString(), number, words, true));
        deliver("SENT", "said" + number, words);
    }

    private List<String> violations() {
        return Oracle.violations(new Evidence(
                        posted,
                        ledger,
                        messages,
                        deliveries,
                        inquiries,
                        seats,
                        assignments,
                        crmWork,
                        pending,
                        Map.of(USER, phone),
                        spoken,
                        cases,
                        transcript,
                        Optional.ofNullable(auditDamage),
                        Map.of("A", log)))
                .stream()
                .map(Oracle.Violation::toString)
                .toList();
    }

    private void assertThatItSays(String... sentences) {
        assertThat(violations()).hasSameSizeAs(sentences);
        for (String sentence : sentences) {
            assertThat(violations())
                    .anySatisfy(violation -> assertThat(violation).contains(sentence));
        }
    }

    @Test
    void it_is_content_with_a_good_run() {
        assertThat(violations()).isEmpty();
    }

    @Test
    void it_sees_an_acknowledged_event_that_is_gone() {
        ledger.remove(1);
        messages.remove(1);

        assertThatItSays("I1 1 events were answered 2xx and are not in the ledger: e2");
    }

    @Test
    void it_forgives_an_event_that_was_never_acknowledged() {
        posted.add(posted(3, NOON.toEpochMilli(), NOON, null));

        assertThat(violations()).isEmpty();
    }

    @Test
    void it_sees_an_event_without_effect_and_one_that_still_waits() {
        messages.remove(0);
        ledger.set(1, new Evidence.Event(ledger.get(1).id(), LANE, "WAITING"));

        assertThatItSays("I1 1 events are in the ledger and no message came of them: e1", "I1 1 events had no effect");
    }

    @Test
    void it_sees_an_event_that_had_its_effect_twice() {
        messages.add(new Evidence.Message(
                id("message", 3),
                INQUIRY,
                3,
                LANE,
                "CUSTOMER",
                "m2",
                NOON.plusSeconds(2).toEpochMilli(),
                false,
                false));

        assertThatItSays("I2 1 LINE messages became more than one message: m2=2");
    }

    @Test
    void it_sees_a_message_nobody_wrote_and_one_without_words() {
        messages.add(message(9, 3, NOON.plusSeconds(9).toEpochMilli(), false));
        Evidence.Message first = messages.get(0);
        messages.set(
                0,
                new Evidence.Message(
                        first.id(), INQUIRY, 1, LANE, "CUSTOMER", first.lineMessageId(), first.at(), false, true));

        assertThatItSays("I2 1 messages nobody wrote: m9", "I1 1 messages have lost their words");
    }

    @Test
    void it_sees_an_answer_that_was_sent_and_not_shown_and_one_shown_twice() {
        phone.remove(0);
        assertThatItSays("I1 1 customers did not see what was sent to them");

        phone.add(0, new Line.Shown("bot", "Hello"));
        phone.add(new Line.Shown("again", "zq0a1b2c3do42o2"));
        assertThatItSays("I2 1 customers saw more than was sent to them", "I2 1 operators' words were seen twice");
    }

    @Test
    void it_forgives_a_shown_answer_that_is_known_to_be_unclear() {
        deliver("UNCLEAR", "perhaps", "Hello again");

        assertThat(violations()).isEmpty();
    }

    @Test
    void it_sees_accepted_words_that_never_arrived_and_a_delivery_that_failed() {
        spoken.add(new Staff.Spoken(INQUIRY.toString(), 3, "zq0a1b2c3do42o3", true));
        assertThatItSays("I1 1 operators' words were accepted and never seen: zq0a1b2c3do42o3");

        deliveries.add(new Evidence.Delivery(id("delivery", 3), LANE, INQUIRY, "FAILED", false));
        assertThatItSays("I1 1 deliveries failed although LINE refused none for good");
    }

    @Test
    void it_forgives_a_warning_whose_free_reply_was_over_and_nothing_else_for_it() {
        deliveries.add(new Evidence.Delivery(id("delivery", 3), LANE, INQUIRY, "FAILED", true));
        assertThat(violations()).isEmpty();

        spoken.add(new Staff.Spoken(INQUIRY.toString(), 3, "zq0a1b2c3do42o3", true));
        assertThatItSays("I1 1 operators' words were accepted and never seen: zq0a1b2c3do42o3");
    }

    @Test
    void it_sees_messages_out_of_order() {
        messages.set(0, message(1, 2, posted.get(0).at(), false));
        messages.set(1, message(2, 1, posted.get(1).at(), false));

        assertThatItSays(
                "I3 1 messages took effect late and are not marked so",
                "I3 1 messages were overtaken by one that was posted after they were accepted");
    }

    @Test
    void it_forgives_a_latecomer_that_is_marked_and_came_late() {
        posted.set(0, posted(1, posted.get(0).at(), NOON.plusSeconds(8), NOON.plusSeconds(9)));
        messages.set(0, message(1, 2, posted.get(0).at(), true));
        messages.set(1, message(2, 1, posted.get(1).at(), false));

        assertThat(violations()).isEmpty();
    }

    @Test
    void it_sees_operators_words_out_of_order_and_a_place_taken_twice() {
        Line.Shown first = phone.remove(1);
        phone.add(first);
        messages.set(1, message(2, 1, posted.get(1).at(), false));

        assertThatItSays(
                "I3 1 operators' words were seen after later ones: zq0a1b2c3do42o1",
                "I3 1 places in a transcript are taken twice");
    }

    @Test
    void it_sees_an_inquiry_of_two_operators_and_a_seat_that_carries_too_much() {
        assignments.add(INQUIRY);
        seats.set(0, new Evidence.Seat(OPERATOR, 1, 2));
        inquiries.add(new Evidence.Inquiry(id("inquiry", 2), "ASSIGNED", OPERATOR, 2, 1, false));

        assertThatItSays(
                "I2 1 inquiries were given to more than one operator",
                "I2 1 slots hold two inquiries",
                "carries 3 of 1",
                "is said to carry 2 and carries 3");
    }

    @Test
    void it_sees_what_salesforce_lacks_and_has_twice() {
        cases.set(0, "another");
        cases.add("another");
        transcript.clear();
        crmWork.add(new Evidence.CrmWork(INQUIRY, "CLOSE", INQUIRY, "SET_ASIDE"));

        assertThatItSays(
                "I2 1 inquiries have more than one Case: another",
                "I1 1 inquiries were handed off and have no Case",
                "I1 1 transcript rows are done and not in Salesforce",
                "I1 1 pieces of Salesforce work were given up");
    }

    @Test
    void it_sees_what_is_left_and_a_broken_audit() {
        pending.add("3 deliveries waiting");
        auditDamage = "DELETED at 5";

        assertThatItSays(
                "I4 left when everything was well again: 3 deliveries waiting", "I5 the audit is broken: DELETED");
    }

    @Test
    void it_sees_words_and_card_numbers_in_a_log_and_a_flood_of_errors() {
        log.add("2026-04-01T12:00:00.100Z INFO  Turns took zq0a1b2c3dx1x1");
        log.add("2026-04-01T12:00:00.200Z INFO  Turns took 4111 1111 1111 1111");
        log.add("2026-04-01T12:00:01.100Z ERROR Turns Event 12 is parked");
        log.add("2026-04-01T12:00:01.900Z ERROR Turns Event 13 is parked");
        log.add("2026-04-01T12:00:02.000Z ERROR Turns Event 14 is parked");

        assertThatItSays("I6 2 lines of node A's log", "I8 1 kinds of error came more than once a second on node A");
    }
}
