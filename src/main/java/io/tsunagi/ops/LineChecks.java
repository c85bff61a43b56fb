package io.tsunagi.ops;

import io.tsunagi.line.LineQuota;
import java.util.Locale;
import java.util.Map;
import org.apache.camel.CamelContext;
import org.apache.camel.health.HealthCheckRegistry;
import org.apache.camel.health.HealthCheckResultBuilder;
import org.apache.camel.impl.health.AbstractHealthCheck;

/** What health says of the LINE accounts. It only warns: no restart gives a month more messages. */
public final class LineChecks {
    private LineChecks() {}

    /** Adds the check {@code line-quota} to a context's. */
    public static void register(CamelContext camel, LineQuota quota) {
        HealthCheckRegistry.get(camel).register(new Quota(camel, quota));
    }

    private static final class Quota extends AbstractHealthCheck {
        private final LineQuota quota;

        private Quota(CamelContext camel, LineQuota quota) {
            super("hub", "line-quota");
            setCamelContext(camel);
            this.quota = quota;
        }

        @Override
        protected void doCall(HealthCheckResultBuilder builder, Map<String, Object> options) {
            builder.up();
            for (LineQuota.Standing standing : quota.standings()) {
                if (standing.alert() != LineQuota.Alert.NONE) {
                    builder.detail(
                            standing.account(),
                            standing.alert().name().toLowerCase(Locale.ROOT) + ", " + standing.used() + " of "
                                    + standing.allowed() + " used, " + standing.forecast() + " expected");
                    builder.detail(Health.WARNING, true);
                }
            }
        }

        @Override
        public boolean isLiveness() {
            return false;
        }

        @Override
        public boolean isReadiness() {
            return false;
        }
    }
}
