package io.tsunagi.ops;

import io.tsunagi.node.Hints;
import io.tsunagi.store.Store;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.apache.camel.CamelContext;
import org.apache.camel.health.HealthCheckRegistry;
import org.apache.camel.health.HealthCheckResultBuilder;
import org.apache.camel.impl.health.AbstractHealthCheck;

/**
 * What health says of a node among others: {@code node} is DOWN for those who send it work once it is about to leave;
 * {@code clock} and {@code hints} never are, but warn.
 */
public final class NodeChecks {
    private NodeChecks() {}

    /** Adds the checks to a context's. */
    public static void register(CamelContext camel, BooleanSupplier leaving, Store store, Hints hints) {
        HealthCheckRegistry checks = HealthCheckRegistry.get(camel);
        checks.register(new Check("node", camel) {
            @Override
            protected void doCall(HealthCheckResultBuilder builder, Map<String, Object> options) {
                if (leaving.getAsBoolean()) {
                    builder.message("This node is stopping").down();
                } else {
                    builder.up();
                }
            }
        });
        checks.register(new Check("clock", camel) {
            @Override
            protected void doCall(HealthCheckResultBuilder builder, Map<String, Object> options) {
                Duration ahead = store.clockAhead();
                builder.detail(Health.FIGURE, ahead.toMillis()).up();
                if (ahead.abs().compareTo(Store.CLOCK_TOLERANCE) > 0) {
                    builder.detail(Health.WARNING, true);
                }
            }
        });
        checks.register(new Check("hints", camel) {
            @Override
            protected void doCall(HealthCheckResultBuilder builder, Map<String, Object> options) {
                builder.up();
                if (!hints.hears()) {
                    builder.detail(Health.WARNING, true);
                }
            }
        });
    }

    /**
     * Adds a check that warns while there is something to say; the words are in Hawtio.
     *
     * @param trouble gives the words, or nothing
     */
    public static void warn(CamelContext camel, String name, Supplier<Optional<String>> trouble) {
        HealthCheckRegistry.get(camel).register(new Check(name, camel) {
            @Override
            protected void doCall(HealthCheckResultBuilder builder, Map<String, Object> options) {
                builder.up();
                trouble.get().ifPresent(words -> builder.message(words).detail(Health.WARNING, true));
            }
        });
    }

    private abstract static class Check extends AbstractHealthCheck {
        private Check(String name, CamelContext camel) {
            super("hub", name);
            setCamelContext(camel);
        }

        /** A node on its way out is no reason to kill it. */
        @Override
        public boolean isLiveness() {
            return false;
        }
    }
}
