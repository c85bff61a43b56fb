package io.tsunagi.bot;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.tsunagi.config.Settings;
import io.tsunagi.inquiry.CustomerId;
import io.tsunagi.web.CallLimits;

/**
 * Bounds what one customer can have the bot say, each node for itself: a person types more slowly, and whoever does not is
 * looked at by one. Nothing that a customer writes is lost by it. Safe for many threads.
 */
public final class BotLimits {
    /** Why the hand-off happened: more than the bot answers. */
    static final String REASON = "too-many";

    private final CallLimits ofACustomer;
    private final Counter limited;

    public BotLimits(Settings settings, MeterRegistry metrics) {
        this.ofACustomer = CallLimits.of(settings, "hub.bot.answers-to-a-customer");
        this.limited = metrics.counter("tsunagi.bot.limited");
    }

    /** Counts an answer; says whether it is one too many. */
    boolean tooMany(CustomerId customer) {
        boolean tooMany = ofACustomer.take(customer.toString()) > 0;
        if (tooMany) {
            limited.increment();
        }
        return tooMany;
    }
}
