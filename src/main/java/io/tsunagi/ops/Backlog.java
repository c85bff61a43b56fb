package io.tsunagi.ops;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.apache.camel.health.HealthCheckResultBuilder;
import org.apache.camel.impl.health.AbstractHealthCheck;

/**
 * DOWN while something that could be done has waited longer than it should: a stopped route, a service that is away, a hub
 * that cannot keep up. Part neither of readiness nor of liveness: what comes is kept all the same, and no node would do
 * better.
 *
 * <p>Asks the database each time, by an index. Safe for many threads.
 */
public final class Backlog extends AbstractHealthCheck {
    private final Map<String, Supplier<Optional<Instant>>> oldest = new LinkedHashMap<>();
    private final Duration patience;
    private final Clock clock;

    /** @param patience how long the oldest may wait */
    public Backlog(Duration patience, Clock clock) {
        super("tsunagi", "backlog");
        this.patience = patience;
        this.clock = clock;
    }

    /**
     * Adds a kind of work; before the check is registered.
     *
     * @param oldest gives since when the oldest could be done, empty when nothing waits
     */
    public Backlog of(String work, Supplier<Optional<Instant>> oldest) {
        this.oldest.put(work, oldest);
        return this;
    }

    /** Gives the kinds of work in the order they were added. */
    public List<String> works() {
        return List.copyOf(oldest.keySet());
    }

    /** Gives for how many seconds the oldest of a kind could have been done; 0 when nothing waits. */
    public double seconds(String work) {
        return waited(oldest.get(work)).toMillis() / 1000.0;
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
        List<String> late = new ArrayList<>();
        try {
            oldest.forEach((work, since) -> {
                Duration waited = waited(since);
                if (waited.compareTo(patience) > 0) {
                    late.add(work + " for " + waited.toSeconds() + " s");
                }
            });
        } catch (RuntimeException noAnswer) {
            // Thrown on, it would take every other check out of the answer.
            builder.message("The database does not say what waits")
                    .error(noAnswer)
                    .down();
            return;
        }
        if (late.isEmpty()) {
            builder.up();
        } else {
            builder.message("Work waits: " + String.join(", ", late)).down();
        }
    }

    private Duration waited(Supplier<Optional<Instant>> since) {
        return since.get()
                .map(instant -> Duration.between(instant, clock.instant()))
                .filter(duration -> !duration.isNegative())
                .orElse(Duration.ZERO);
    }
}
