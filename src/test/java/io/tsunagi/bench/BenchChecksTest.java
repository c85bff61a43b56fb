package io.tsunagi.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.linecorp.bot.parser.LineSignatureValidator;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Clock;
import java.util.BitSet;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The benchmark's own checks find what is lost, doubled or overfull: otherwise its "none" would say nothing. */
class BenchChecksTest {
    private static final String KEPT = "select source from events where source like ?";

    private static final String TEAM = "bench";

    private final Customers customers = new Customers();
    private final BitSet sent = new BitSet();
    private final BitSet acknowledged = new BitSet();
    private Connection database;

    @BeforeEach
    void open() throws SQLException {
        database = DriverManager.getConnection(
                "jdbc:h2:mem:" + UUID.randomUUID() + ";MODE=PostgreSQL;DATABASE_TO_LOWER=TRUE");
        run("create table events (source varchar(2000))");
        run("create table inquiries (id integer, team varchar(20), state varchar(20), operator integer)");
        run("create table assignments (inquiry integer, operator integer)");
        run("create table seats (operator integer, team varchar(20), capacity integer, load integer)");
    }

    @AfterEach
    void close() throws SQLException {
        database.close();
    }

    @Test
    void what_was_acknowledged_and_is_there_once_is_right() throws SQLException {
        sent.set(0, 3);
        acknowledged.set(0, 3);
        keep(0, 1, 2);

        assertThat(stored()).isEqualTo(new Stored(3, 3, 0, 0, 0, 0));
        assertThat(stored().exactlyOnce()).isTrue();
    }

    @Test
    void a_missing_a_doubled_and_an_invented_row_are_found() throws SQLException {
        sent.set(0, 4);
        acknowledged.set(0, 3);
        keep(0, 1, 1, 3, 9);

        assertThat(stored()).isEqualTo(new Stored(3, 2, 1, 1, 1, 1));
        assertThat(stored().exactlyOnce()).isFalse();
    }

    @Test
    void of_two_questions_of_one_customer_one_is_missing_and_a_third_is_too_many() throws SQLException {
        Tally twice = Tally.of(sent);
        twice.add(5);
        twice.add(5);
        keep(5);
        assertThat(Stored.of(customers, twice, twice, database, KEPT)).isEqualTo(new Stored(2, 1, 1, 0, 0, 0));
        keep(5);
        assertThat(Stored.of(customers, twice, twice, database, KEPT).exactlyOnce())
                .isTrue();
        keep(5);
        assertThat(Stored.of(customers, twice, twice, database, KEPT)).isEqualTo(new Stored(2, 2, 0, 1, 0, 0));
    }

    @Test
    void nothing_acknowledged_is_not_right() throws SQLException {
        assertThat(stored().exactlyOnce()).isFalse();
    }

    @Test
    void a_drained_line_is_right() throws SQLException {
        seat(1, 2, 2);
        inquiry(1, "ASSIGNED", 1);
        inquiry(2, "ASSIGNED", 1);
        decision(1, 1);
        decision(2, 1);
        // What another round left
        run("insert into inquiries values (3, 'other', 'WAITING', null)");
        run("insert into seats values (3, 'other', 1, 9)");

        assertThat(Assignment.check(database, TEAM, 2, 1, 1).exactlyOnce()).isTrue();
    }

    @Test
    void a_double_a_missed_and_an_overfull_one_are_found() throws SQLException {
        seat(1, 1, 2);
        inquiry(1, "ASSIGNED", 1);
        inquiry(2, "ASSIGNED", 1);
        inquiry(3, "WAITING", null);
        decision(1, 1);
        decision(1, 1);
        decision(2, 7);

        assertThat(Assignment.check(database, TEAM, 3, 1, 1)).isEqualTo(new Assignment.Result(3, 1, 3, 2, 1, 1, 1));
    }

    @Test
    void an_event_is_as_long_as_they_say_signed_and_known_by_each_of_its_ids() {
        TextEvents events = new TextEvents("s3cret", Clock.systemUTC());
        TextEvents.Signed signed = events.event(4711);

        assertThat(signed.body()).hasSize(TextEvents.BYTES);
        assertThat(new LineSignatureValidator("s3cret".getBytes(StandardCharsets.UTF_8))
                        .validateSignature(signed.body(), signed.signature()))
                .isTrue();
        String body = new String(signed.body(), StandardCharsets.UTF_8);
        assertThat(events.customers().number(body)).hasValue(4711);
        assertThat(events.customers().number(body.replaceAll(".*\"webhookEventId\":\"(\\w+)\".*", "$1")))
                .hasValue(4711);
        assertThat(new TextEvents("s3cret", Clock.systemUTC()).customers().number(body))
                .isEmpty();
    }

    @Test
    void peers_are_one_a_word_and_a_wrong_one_is_a_sentence() {
        assertThat(Peer.parse(
                        " a|http://127.0.0.1:1/w|s|jdbc:postgresql://h/d?user=u|t.c  b|http://h/|s|jdbc:h2:x|s.t.c "))
                .extracting(Peer::name, Peer::query)
                .containsExactly(
                        org.assertj.core.groups.Tuple.tuple("a", "select c from t where c like ?"),
                        org.assertj.core.groups.Tuple.tuple("b", "select c from s.t where c like ?"));
        assertThat(Peer.parse("")).isEmpty();
        assertThatThrownBy(() -> Peer.parse("a|http://h/|s|jdbc:h2:x"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("NAME|URL|SECRET|JDBC-URL|TABLE.COLUMN");
    }

    private Stored stored() throws SQLException {
        return Stored.of(customers, Tally.of(sent), Tally.of(acknowledged), database, KEPT);
    }

    private void keep(int... numbers) throws SQLException {
        for (int number : numbers) {
            run("insert into events values ('" + customers.id(number) + "')");
        }
    }

    private void seat(int operator, int capacity, int load) throws SQLException {
        run("insert into seats values (" + operator + ", '" + TEAM + "', " + capacity + ", " + load + ")");
    }

    private void inquiry(int id, String state, Integer operator) throws SQLException {
        run("insert into inquiries values (" + id + ", '" + TEAM + "', '" + state + "', " + operator + ")");
    }

    private void decision(int inquiry, int operator) throws SQLException {
        run("insert into assignments values (" + inquiry + ", " + operator + ")");
    }

    private void run(String sql) throws SQLException {
        try (var statement = database.createStatement()) {
            statement.execute(sql);
        }
    }
}
