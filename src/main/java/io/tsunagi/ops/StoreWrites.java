package io.tsunagi.ops;

import io.tsunagi.store.Store;
import java.time.Duration;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import org.apache.camel.health.HealthCheckResultBuilder;
import org.apache.camel.impl.health.AbstractHealthCheck;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;
import org.springframework.transaction.TransactionException;

/**
 * Says whether the store takes writes. A database whose disk is full, or that was made read-only, answers every read; the
 * hub takes no webhook then and must not look healthy.
 *
 * <p>Part of readiness, not of liveness: a restart of the hub frees no space. Writes one row, at most every two seconds
 * however often it is asked; and since a database may have room for that row and none for events, it also looks at what
 * became of the last webhook.
 */
public final class StoreWrites extends AbstractHealthCheck {
    private static final Logger LOG = LoggerFactory.getLogger(StoreWrites.class);
    private static final long BETWEEN = Duration.ofSeconds(2).toNanos();

    private final Store store;
    private final BooleanSupplier refusing;
    private final LongSupplier nanos;
    private long looked;
    private String failure;

    /** @param refusing whether webhooks were refused lately because the store could not keep their events */
    public StoreWrites(Store store, BooleanSupplier refusing) {
        this(store, refusing, System::nanoTime);
    }

    StoreWrites(Store store, BooleanSupplier refusing, LongSupplier nanos) {
        super("tsunagi", "store");
        this.store = store;
        this.refusing = refusing;
        this.nanos = nanos;
        this.looked = nanos.getAsLong() - BETWEEN;
    }

    @Override
    public boolean isLiveness() {
        return false;
    }

    @Override
    protected synchronized void doCall(HealthCheckResultBuilder builder, Map<String, Object> options) {
        if (nanos.getAsLong() - looked >= BETWEEN) {
            String now = write();
            if (now != null && failure == null) {
                LOG.error("The store takes no writes: {}. Webhooks are answered with 503", now);
            } else if (now == null && failure != null) {
                LOG.info("The store takes writes again");
            }
            failure = now;
            looked = nanos.getAsLong();
        }
        if (failure == null && refusing.getAsBoolean()) {
            builder.message("Webhooks are answered with 503: the store could not keep their events")
                    .down();
        } else if (failure == null) {
            builder.up();
        } else {
            builder.message(failure).down();
        }
    }

    /** Gives why the write failed, or null. */
    private String write() {
        try {
            return store.inOwnTransaction(() -> store.jdbc()
                                    .sql("update store_check set checked_at = current_timestamp where id = 1")
                                    .update()
                            == 1
                    ? null
                    : "the row of the check is missing");
        } catch (DataAccessException | TransactionException e) {
            return String.valueOf(e.getMostSpecificCause().getMessage());
        }
    }
}
