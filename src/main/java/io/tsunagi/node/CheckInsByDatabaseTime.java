package io.tsunagi.node;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import org.quartz.impl.jdbcjobstore.PostgreSQLDelegate;
import org.quartz.impl.jdbcjobstore.SchedulerStateRecord;

/**
 * Writes by the database's clock when a node was last there, and reads it back by the reader's. With Quartz's own
 * delegate a node whose clock is fast takes all others for dead and frees work they have in hand.
 *
 * <p>Public because Quartz makes it by name.
 */
public final class CheckInsByDatabaseTime extends PostgreSQLDelegate {

    @Override
    public int insertSchedulerState(Connection connection, String instance, long ignored, long interval)
            throws SQLException {
        return super.insertSchedulerState(connection, instance, databaseMillis(connection), interval);
    }

    @Override
    public int updateSchedulerState(Connection connection, String instance, long ignored) throws SQLException {
        return super.updateSchedulerState(connection, instance, databaseMillis(connection));
    }

    @Override
    public List<SchedulerStateRecord> selectSchedulerStateRecords(Connection connection, String instance)
            throws SQLException {
        List<SchedulerStateRecord> records = super.selectSchedulerStateRecords(connection, instance);
        long ahead = System.currentTimeMillis() - databaseMillis(connection);
        records.forEach(row -> row.setCheckinTimestamp(row.getCheckinTimestamp() + ahead));
        return records;
    }

    private static long databaseMillis(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row =
                        statement.executeQuery("select cast(extract(epoch from clock_timestamp()) * 1000 as bigint)")) {
            row.next();
            return row.getLong(1);
        }
    }
}
