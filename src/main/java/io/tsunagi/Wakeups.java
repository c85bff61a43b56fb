package io.tsunagi;

import io.tsunagi.node.Hints;
import io.tsunagi.store.Signals;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.apache.camel.CamelContext;
import org.apache.camel.Exchange;
import org.apache.camel.ExchangePattern;
import org.apache.camel.component.seda.SedaComponent;
import org.apache.camel.component.seda.SedaEndpoint;

/**
 * Hands signals to those they wake: the routes that begin at {@code seda:turns} and its like, whose bodies are ids, and
 * the screens of all nodes.
 *
 * <p>An id that still waits to be taken is not handed in again. A full queue drops a signal; the sweeps find the work.
 * Cheap enough for the thread that committed. Safe for many threads.
 */
final class Wakeups implements Signals.Listener {
    private static final int QUEUE_SIZE = 20_000;

    private final Map<Signals.Kind, SedaEndpoint> queues = new EnumMap<>(Signals.Kind.class);
    private final Hints hints;
    private volatile boolean closed;

    /** Makes the queues; call before routes begin at them. */
    Wakeups(CamelContext camel, Hints hints) {
        this.hints = hints;
        SedaComponent seda = camel.getComponent("seda", SedaComponent.class);
        Map.of(
                        Signals.Kind.TURN, "turns",
                        Signals.Kind.DELIVERY, "deliveries",
                        Signals.Kind.ASSIGNMENT, "assignments",
                        Signals.Kind.SALESFORCE, "salesforce",
                        Signals.Kind.MEDIA, "media",
                        Signals.Kind.PROFILE, "profiles",
                        Signals.Kind.CRM_CUSTOMER, "customers",
                        Signals.Kind.TYPING, "typing",
                        Signals.Kind.READ, "reads")
                .forEach((kind, name) ->
                        queues.put(kind, new SedaEndpoint("seda://" + name, seda, new WakeupQueue(QUEUE_SIZE))));
    }

    @Override
    public void signal(Signals.Kind kind, UUID id) {
        if (closed) {
            return;
        }
        switch (kind) {
            case INQUIRY -> hints.inquiryChanged(id);
            case WORKSPACE -> hints.workspaceChanged();
            default -> wake(queues.get(kind), id);
        }
    }

    private static void wake(SedaEndpoint queue, UUID id) {
        Exchange exchange = queue.createExchange(ExchangePattern.InOnly);
        exchange.getMessage().setBody(id);
        queue.getQueue().offer(exchange);
    }

    /** Takes ids from a queue for whoever can do more than one at once; at most so many. */
    List<UUID> more(Signals.Kind kind, int most) {
        return ((WakeupQueue) queues.get(kind).getQueue()).takeMore(most, UUID.class);
    }

    /** Wakes nobody any more, and keeps no route waiting for it. */
    void close() {
        closed = true;
        queues.values().forEach(queue -> ((WakeupQueue) queue.getQueue()).leave());
    }
}
