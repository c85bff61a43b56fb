package io.tsunagi.ops;

import io.tsunagi.line.LineQuota;
import io.tsunagi.line.WebhookCheck;
import java.util.Locale;
import java.util.Map;
import org.apache.camel.CamelContext;
import org.apache.camel.health.HealthCheckRegistry;
import org.apache.camel.health.HealthCheckResultBuilder;
import org.apache.camel.impl.health.AbstractHealthCheck;

/** What health says of the LINE accounts. It only warns: no restart gives a month more messages. */
public final class LineChecks {
    private LineChecks() {}

    /** Adds the checks {@code line-quota} and {@code line-webhooks} to a context's. */
    public static void register(CamelContext camel, LineQuota quota, WebhookCheck webhooks) {
        HealthCheckRegistry.get(camel).register(new Quota(camel, quota));
        HealthCheckRegistry.get(camel).register(new Webhooks(camel, quota, webhooks));
    }

    private static final class Webhooks extends Warning {
        private final LineQuota accounts;
        private final WebhookCheck webhooks;

        private Webhooks(CamelContext camel, LineQuota accounts, WebhookCheck webhooks) {
            super(camel, "line-webhooks");
            this.accounts = accounts;
            this.webhooks = webhooks;
        }

        @Override
        protected void doCall(HealthCheckResultBuilder builder, Map<String, Object> options) {
            builder.up();
            accounts.accounts().stream()
                    .flatMap(account -> webhooks.of(account).stream())
                    .filter(report -> report.outcome() != WebhookCheck.Outcome.OK)
                    .forEach(report -> builder.detail(
                                    report.account(), report.sentence(webhooks.wanted(report.account())))
                            .detail(Health.WARNING, true));
        }
    }

    private static final class Quota extends Warning {
        private final LineQuota quota;

        private Quota(CamelContext camel, LineQuota quota) {
            super(camel, "line-quota");
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
    }

    private abstract static class Warning extends AbstractHealthCheck {
        private Warning(CamelContext camel, String name) {
            super("hub", name);
            setCamelContext(camel);
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
