package io.tsunagi.ops;

import java.util.Map;
import java.util.function.LongSupplier;
import org.apache.camel.health.HealthCheckResultBuilder;
import org.apache.camel.impl.health.AbstractHealthCheck;

/**
 * DOWN while the last look found something past its time and still there. Part neither of readiness nor of liveness:
 * customers are served all the same, but somebody has to look.
 */
public final class Retention extends AbstractHealthCheck {
    private final LongSupplier overdue;

    /** @param overdue gives how many rows the last look found */
    public Retention(LongSupplier overdue) {
        super("tsunagi", "retention");
        this.overdue = overdue;
    }

    @Override
    public boolean isLiveness() {
        return false;
    }

    @Override
    public boolean isReadiness() {
        return false;
    }

    @Override
    protected void doCall(HealthCheckResultBuilder builder, Map<String, Object> options) {
        long rows = overdue.getAsLong();
        if (rows > 0) {
            builder.message(rows + " rows are past their time and still there; see the log, and the command purge plan")
                    .down();
        } else {
            builder.up();
        }
    }
}
