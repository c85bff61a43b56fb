package io.tsunagi.bench;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.BitSet;

/**
 * What a server kept of what it was sent, read from its own database.
 *
 * @param acknowledged answered 200
 * @param stored acknowledged and found
 * @param lost acknowledged and not found: must be 0
 * @param doubled found more than once: must be 0
 * @param unanswered found without a 200, which is allowed: the sender repeats those
 * @param foreign found and never sent: must be 0
 */
record Stored(int acknowledged, int stored, int lost, int doubled, int unanswered, int foreign) {

    /** Looks up the events of one target in the column that holds the customer. */
    static Stored of(Target target, Connection connection, String table, String column) throws SQLException {
        BitSet found = new BitSet();
        int doubled = 0;
        int foreign = 0;
        try (var query = connection.prepareStatement("select " + column + " from " + table + " where " + column
                + " like '" + target.events().customersBegin() + "%'")) {
            query.setFetchSize(5_000);
            try (var rows = query.executeQuery()) {
                while (rows.next()) {
                    var number = target.events().number(rows.getString(1));
                    if (number.isEmpty() || !target.sent().get(number.getAsInt())) {
                        foreign++;
                    } else if (found.get(number.getAsInt())) {
                        doubled++;
                    } else {
                        found.set(number.getAsInt());
                    }
                }
            }
        }
        BitSet lost = (BitSet) target.acknowledged().clone();
        lost.andNot(found);
        BitSet unanswered = (BitSet) found.clone();
        unanswered.andNot(target.acknowledged());
        int acknowledged = target.acknowledged().cardinality();
        return new Stored(
                acknowledged,
                acknowledged - lost.cardinality(),
                lost.cardinality(),
                doubled,
                unanswered.cardinality(),
                foreign);
    }

    boolean exactlyOnce() {
        return acknowledged > 0 && lost == 0 && doubled == 0 && foreign == 0;
    }
}
