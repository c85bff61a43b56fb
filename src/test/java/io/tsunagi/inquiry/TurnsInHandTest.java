package io.tsunagi.inquiry;

import static org.assertj.core.api.Assertions.assertThat;

import io.tsunagi.audit.Audit;
import io.tsunagi.keeping.LegalHolds;
import io.tsunagi.store.Dialect;
import io.tsunagi.store.Ids;
import io.tsunagi.store.Ledger;
import io.tsunagi.store.LedgerEvent;
import io.tsunagi.store.Signals;
import io.tsunagi.store.Turns;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** Turns that are taken together, and hold what they read and write, leave behind what each would have left alone. */
@ParameterizedClass
@EnumSource(value = Dialect.class, names = "POSTGRESQL") // on H2 each lane takes its turn alone
class TurnsInHandTest {
    private static final List<String> TOGETHER = List.of("misaki", "yuki", "haru");
    private static final List<String> ALONE = List.of("aoki", "baba", "chiba");

    @Parameter
    Dialect dialect;

    private Office office;
    private Ledger ledger;
    private Turns turns;
    private final List<UUID> waiting = new ArrayList<>();
    private int events;

    @BeforeEach
    void open() {
        office = Office.open(dialect);
        ledger = new Ledger(office.store, new Signals(), office.clock);
        turns = new Turns(office.store, office.clock, Duration.ofSeconds(30), 5);
        turns.together(
                most -> {
                    List<UUID> taken = List.copyOf(waiting);
                    waiting.clear();
                    return taken;
                },
                lane -> {},
                office.turn::expect);
    }

    @AfterEach
    void close() {
        office.close();
    }

    @Test
    void many_customers_first_and_later_questions_leave_what_each_alone_would_have_left() {
        for (int round = 0; round < 3; round++) {
            // A first question; one in an open inquiry; two at once, of which the second happened first.
            List<Integer> seconds = round < 2 ? List.of(0) : List.of(5, 1);
            for (String user : TOGETHER) {
                seconds.forEach(second -> arrives(user, second));
            }
            Turns.Turn turn = turns.gather(waiting.remove(0));
            office.store.inTransaction(() -> {
                for (Iterator<LedgerEvent> taken = turns.take(turn); taken.hasNext(); ) {
                    LedgerEvent event = taken.next();
                    answer(event.source(), event.id(), event.occurredAt());
                    turns.done(turn, event);
                }
                turns.end(turn);
            });
            assertThat(turns.again(turn)).isNull();
            for (String user : ALONE) {
                seconds.stream()
                        .sorted()
                        .forEach(second -> office.atTurn(user, () -> {
                            answer(user, UUID.randomUUID(), at(second));
                            return null;
                        }));
            }
            office.clock.forward(Duration.ofMinutes(1));
        }

        List<String> expected = ALONE.stream().map(this::left).distinct().toList();
        assertThat(expected).hasSize(1);
        assertThat(TOGETHER).extracting(this::left).containsOnly(expected.get(0));
        assertThat(Stream.concat(TOGETHER.stream(), ALONE.stream())
                        .map(user -> office.current(user).number())
                        .toList())
                .doesNotHaveDuplicates();
    }

    @Test
    void what_a_customer_took_back_stays_taken_back_among_others() {
        arrives("misaki", 0);
        arrives("yuki", 1);
        Turns.Turn turn = turns.gather(waiting.remove(0));

        office.store.inTransaction(() -> {
            for (Iterator<LedgerEvent> taken = turns.take(turn); taken.hasNext(); ) {
                LedgerEvent event = taken.next();
                Incoming incoming = incoming(event.source(), event.id(), event.occurredAt());
                Message message = office.turn.receive(incoming).message();
                office.turn.unsend(incoming);
                assertThat(office.messages.find(message.id()).orElseThrow().unsentAt())
                        .isNotNull();
                turns.done(turn, event);
            }
            turns.end(turn);
        });

        assertThat(Stream.of("misaki", "yuki")
                        .flatMap(user ->
                                office.messages.since(office.current(user).id(), 0).stream())
                        .toList())
                .hasSize(2)
                .allSatisfy(message -> assertThat(message.unsentAt()).isNotNull());
    }

    @Test
    void what_a_legal_hold_keeps_of_one_customer_is_kept_among_others_and_nothing_of_theirs() {
        TOGETHER.forEach(user -> {
            office.writes(user, user + " wrote this", user + " line");
        });
        new LegalHolds(office.store, new Audit(office.store, office.clock))
                .set(
                        LegalHolds.Scope.CUSTOMER,
                        office.current("yuki").customer().value(),
                        null,
                        "court order 12",
                        "aoi",
                        null);
        TOGETHER.forEach(user -> arrives(user, 0));
        Turns.Turn turn = turns.gather(waiting.remove(0));

        office.store.inTransaction(() -> {
            for (Iterator<LedgerEvent> taken = turns.take(turn); taken.hasNext(); ) {
                LedgerEvent event = taken.next();
                answer(event.source(), event.id(), event.occurredAt());
                office.turn.unsend(takesBack(event));
                turns.done(turn, event);
            }
            turns.end(turn);
        });

        assertThat(turns.again(turn)).isNull();
        Withheld withheld = new Withheld(office.store);
        for (String user : TOGETHER) {
            Inquiry inquiry = office.current(user);
            Message message =
                    office.messages.byLineId(inquiry.customer(), user + " line").orElseThrow();
            assertThat(message.unsentAt()).isNotNull();
            assertThat(message.content()).isEqualTo(Content.NOTHING);
            assertThat(withheld.of(inquiry.id()).values())
                    .extracting(words -> words.content().text())
                    .isEqualTo(user.equals("yuki") ? List.of("yuki wrote this") : List.of());
        }
        assertThat(office.store
                        .jdbc()
                        .sql("select count(*) from withheld_words")
                        .query(Long.class)
                        .single())
                .isOne();
    }

    private Incoming takesBack(LedgerEvent event) {
        return new Incoming(
                event.id(),
                "main",
                "user",
                event.source(),
                "unsend",
                event.occurredAt(),
                office.clock.instant(),
                null,
                false,
                "text",
                Content.NOTHING,
                event.source() + " line",
                false,
                null,
                null);
    }

    private void answer(String user, UUID event, Instant at) {
        Received received = office.turn.receive(incoming(user, event, at));
        Inquiry inquiry = received.inquiry();
        office.inquiries.botRemembers(inquiry.id(), inquiry.botMisses() + 1, 2, "article", null);
        office.outgoing.say(
                inquiry,
                Outgoing.Speaker.BOT,
                "answer " + event,
                Duration.ZERO,
                List.of(Bubble.text("はい"), Bubble.text("どうぞ")));
        assertThat(office.inquiries.get(inquiry.id()).lastSeq()).isEqualTo(inquiry.lastSeq() + 2);
        assertThat(office.inquiries.current(received.customer().id())).contains(office.inquiries.get(inquiry.id()));
    }

    private Incoming incoming(String user, UUID event, Instant at) {
        return new Incoming(
                event,
                "main",
                "user",
                user,
                "message",
                at,
                office.clock.instant(),
                "token " + event,
                false,
                "text",
                Content.ofText("残高"),
                "line " + event,
                false,
                null,
                "ja");
    }

    private Instant at(int second) {
        return office.clock.instant().plusSeconds(second);
    }

    private void arrives(String user, int second) {
        ledger.append(List.of(new Ledger.Arrival(
                "main",
                "event " + events++,
                "user",
                user,
                "message",
                at(second),
                "{}".getBytes(StandardCharsets.UTF_8))));
        UUID lane = Ids.lane("main", "user", user);
        if (!waiting.contains(lane)) {
            waiting.add(lane);
        }
    }

    /** What is in the database of a customer, without ids. */
    private String left(String user) {
        UUID customer = Ids.lane("main", "user", user);
        return String.join(
                "\n",
                rows(
                        "select language, blocked, reply_token is null, reply_until is null, last_seen from customers where id = ?",
                        customer),
                rows(
                        "select state, version, last_seq, language, bot_misses, bot_prompts, bot_article, topic, priority, weight,"
                                + " read_seq, opened_at, changed_at from inquiries where customer = ?",
                        customer),
                rows(
                        "select seq, version, sender, type, at, late, delivery is null from messages where customer = ?"
                                + " order by seq",
                        customer),
                rows(
                        "select state, tries, due_at, reply_token is null, reply_until from deliveries where lane = ? order by seq",
                        customer),
                String.valueOf(office.store
                        .jdbc()
                        .sql("select count(*) from lanes where id = ?")
                        .param(customer)
                        .query(Long.class)
                        .single()));
    }

    private String rows(String sql, UUID of) {
        return office.store.jdbc().sql(sql).param(of).query().listOfRows().stream()
                .map(row -> row.values().toString())
                .toList()
                .toString();
    }
}
