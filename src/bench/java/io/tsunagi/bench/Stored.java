package io.tsunagi.bench;

import java.sql.Connection;
import java.sql.SQLException;

/**
 * What a server kept of what it was sent, or did with it, read from its own database.
 *
 * @param acknowledged answered 200
 * @param found acknowledged and found
 * @param lost acknowledged and not found
 * @param doubled found more often than sent: must be 0
 * @param unanswered found without a 200, which is allowed: the sender repeats those
 * @param foreign found and never sent: must be 0
 */
record Stored(int acknowledged, int found, int lost, int doubled, int unanswered, int foreign) {

    /**
     * Looks up what a query finds.
     *
     * @param query gives a row for each thing kept, its only column tells whose it is; its parameter is what all
     *     customers of the run are like
     */
    static Stored of(Customers customers, Tally sent, Tally acknowledged, Connection connection, String query)
            throws SQLException {
        Tally found = new Tally();
        int foreign = 0;
        boolean committing = connection.getAutoCommit();
        // PostgreSQL's driver reads rows piecemeal only within a transaction.
        connection.setAutoCommit(false);
        try (var statement = connection.prepareStatement(query)) {
            statement.setFetchSize(5_000);
            statement.setString(1, customers.like());
            try (var rows = statement.executeQuery()) {
                while (rows.next()) {
                    var number = customers.number(rows.getString(1));
                    if (number.isEmpty() || sent.of(number.getAsInt()) == 0) {
                        foreign++;
                    } else {
                        found.add(number.getAsInt());
                    }
                }
            }
        } finally {
            connection.rollback();
            connection.setAutoCommit(committing);
        }
        int lost = acknowledged.beyond(found);
        int doubled = found.beyond(sent);
        return new Stored(
                acknowledged.total(),
                acknowledged.total() - lost,
                lost,
                doubled,
                found.beyond(acknowledged) - doubled,
                foreign);
    }

    boolean exactlyOnce() {
        return acknowledged > 0 && lost == 0 && noneTwice();
    }

    boolean noneTwice() {
        return doubled == 0 && foreign == 0;
    }
}
