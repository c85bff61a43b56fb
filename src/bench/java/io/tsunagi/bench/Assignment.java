package io.tsunagi.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.UUID;
import java.util.concurrent.locks.LockSupport;

/**
 * Giving waiting inquiries to operators: rows as hand-off and sign-in leave them are put into the hub's database, with all
 * seats away; then the seats are made available and the dispatcher drains the line. The clock runs until the database
 * shows every decision committed.
 */
final class Assignment {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final Duration GLANCE = Duration.ofMillis(100);

    /** To count them all each time would be a part of what is measured. */
    private static final String ONE_WAITS = """
            select count(*) from (
                select id from inquiries where team = ? and state = 'WAITING' fetch first row only) as waits
            """;

    /**
     * How it ended, by the database.
     *
     * @param waiting inquiries in the line
     * @param seats operators, with just enough capacity for all
     * @param decided decisions kept
     * @param doubled inquiries with more than one decision, or whose decision names another than the owner: must be 0
     * @param missed inquiries without an owner or without a decision: must be 0
     * @param overfull seats that carry more than their capacity, or not what they own: must be 0
     * @param seconds from making the seats available until all was committed
     */
    record Result(int waiting, int seats, int decided, int doubled, int missed, int overfull, double seconds) {
        double perSecond() {
            return decided / seconds;
        }

        boolean exactlyOnce() {
            return decided == waiting && doubled == 0 && missed == 0 && overfull == 0;
        }
    }

    private final Connection database;
    private final Console operator;
    private final String team;

    /** @param team whose line and seats these are, and nobody else's */
    Assignment(Connection database, Console operator, String team) {
        this.database = database;
        this.operator = operator;
        this.team = team;
    }

    Result run(int waiting, int seats) throws SQLException {
        database.setAutoCommit(false);
        seat(seats, (waiting + seats - 1) / seats);
        queue(waiting);
        database.commit();
        database.setAutoCommit(true);

        long start = System.nanoTime();
        seatsAre("available");
        // What a change of presence in the console also does: it wakes the dispatcher.
        operator.expect(
                "PUT", "/api/me/presence", new ObjectMapper().createObjectNode().put("presence", "available"));
        long until = start + PATIENCE.toNanos();
        while (count(database, team, ONE_WAITS) > 0 && System.nanoTime() < until) {
            LockSupport.parkNanos(GLANCE.toNanos());
        }
        double seconds = (System.nanoTime() - start) / 1e9;
        Result result = check(database, team, waiting, seats, seconds);
        // Otherwise the dispatcher would look at these full seats in each later round too.
        seatsAre("away");
        return result;
    }

    private void seatsAre(String presence) throws SQLException {
        try (var change = database.prepareStatement("update seats set presence = ? where team = ?")) {
            change.setString(1, presence);
            change.setString(2, team);
            change.executeUpdate();
        }
    }

    /** Looks for what may not be, in the database alone. */
    static Result check(Connection database, String team, int waiting, int seats, double seconds) throws SQLException {
        int decided = count(database, team, """
                select count(*) from assignments a join inquiries i on i.id = a.inquiry where i.team = ?
                """);
        int doubled = count(database, team, """
                select count(*) from (select a.inquiry from assignments a join inquiries i on i.id = a.inquiry
                    where i.team = ? group by a.inquiry
                    having count(*) > 1 or min(case when a.operator = i.operator then 1 else 0 end) = 0) as wrong
                """);
        int missed = count(database, team, """
                select count(*) from inquiries i where i.team = ? and (i.state <> 'ASSIGNED' or i.operator is null
                    or not exists (select 1 from assignments a where a.inquiry = i.id))
                """);
        int overfull = count(database, team, """
                select count(*) from seats s where s.team = ? and (s.load > s.capacity
                    or s.load <> (select count(*) from inquiries i where i.operator = s.operator and i.state = 'ASSIGNED'))
                """);
        return new Result(waiting, seats, decided, doubled, missed, overfull, seconds);
    }

    private static int count(Connection database, String team, String query) throws SQLException {
        try (var statement = database.prepareStatement(query)) {
            statement.setString(1, team);
            try (var rows = statement.executeQuery()) {
                rows.next();
                return rows.getInt(1);
            }
        }
    }

    private void seat(int seats, int capacity) throws SQLException {
        OffsetDateTime now = now();
        try (PreparedStatement person = database.prepareStatement("""
                        insert into operators (id, name, display_name, role, language, zone, password_hash, failures,
                            created_at)
                        values (?, ?, ?, 'operator', 'ja', 'Asia/Tokyo', '', 0, ?)
                        """);
                PreparedStatement seat = database.prepareStatement("""
                        insert into seats (operator, team, skills, languages, presence, capacity, load, idle_since)
                        values (?, ?, '', 'ja', 'away', ?, 0, ?)
                        """)) {
            for (int i = 0; i < seats; i++) {
                UUID id = UUID.randomUUID();
                set(person, id, team + "-" + i, team + " " + i, now);
                set(seat, id, team, capacity, now);
            }
            person.executeBatch();
            seat.executeBatch();
        }
    }

    private void queue(int waiting) throws SQLException {
        Customers customers = new Customers();
        try (PreparedStatement lane = database.prepareStatement(
                        "insert into lanes (id, account, kind, source) values (?, ?, 'user', ?)");
                PreparedStatement customer = database.prepareStatement("""
                        insert into customers (id, account, line_user_id, language, blocked, first_seen, last_seen)
                        values (?, ?, ?, 'ja', false, ?, ?)
                        """);
                PreparedStatement inquiry = database.prepareStatement("""
                        insert into inquiries (id, customer, account, state, version, last_seq, language, team, priority,
                            weight, opened_at, changed_at, handed_off_at, hand_off_reason, queued_at, waiting_since,
                            read_seq, bot_misses, bot_prompts)
                        values (?, ?, ?, 'WAITING', 1, 0, 'ja', ?, 0, 1, ?, ?, ?, 'asked', ?, ?, 0, 0, 0)
                        """)) {
            OffsetDateTime now = now();
            for (int i = 0; i < waiting; i++) {
                UUID id = UUID.randomUUID();
                OffsetDateTime at = now.minusSeconds(waiting - i);
                set(lane, id, HubProgram.ACCOUNT, customers.id(i));
                set(customer, id, HubProgram.ACCOUNT, customers.id(i), at, at);
                set(inquiry, UUID.randomUUID(), id, HubProgram.ACCOUNT, team, at, at, at, at, at);
            }
            lane.executeBatch();
            customer.executeBatch();
            inquiry.executeBatch();
        }
    }

    private static OffsetDateTime now() {
        return Instant.now().atOffset(ZoneOffset.UTC);
    }

    private static void set(PreparedStatement row, Object... values) throws SQLException {
        for (int i = 0; i < values.length; i++) {
            row.setObject(i + 1, values[i]);
        }
        row.addBatch();
    }
}
