package io.tsunagi.bench;

import java.time.Duration;
import java.util.function.Supplier;

/** What a server and its database used of the processors, for each event. For one thread at a time. */
final class CpuUse {
    private final Supplier<Duration> server;
    private final Supplier<Duration> database;
    private Duration serverBefore;
    private Duration databaseBefore;
    private Duration serverUsed = Duration.ZERO;
    private Duration databaseUsed = Duration.ZERO;
    private long events;

    /** The suppliers give the time used so far: zero when it is not known, or is in the other one's. */
    CpuUse(Supplier<Duration> server, Supplier<Duration> database) {
        this.server = server;
        this.database = database;
    }

    void begin() {
        serverBefore = server.get();
        databaseBefore = database.get();
    }

    /** Adds what was used since the beginning, for so many events. */
    void end(long handled) {
        serverUsed = serverUsed.plus(server.get().minus(serverBefore));
        databaseUsed = databaseUsed.plus(database.get().minus(databaseBefore));
        events += handled;
    }

    /** Gives microseconds of the server's processors; 0 when not known. */
    double serverMicrosAnEvent() {
        return anEvent(serverUsed);
    }

    double databaseMicrosAnEvent() {
        return anEvent(databaseUsed);
    }

    private double anEvent(Duration used) {
        return events == 0 ? 0 : used.toNanos() / 1000.0 / events;
    }
}
