package io.tsunagi.store;

import java.util.LinkedHashSet;
import java.util.Set;
import java.util.UUID;
import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/**
 * Wakes the routes that have work to do, once the work is committed.
 *
 * <p>A signal is only a wake-up: it may be lost or come twice, and the sweeps find whatever was left behind. Inside a
 * transaction signals wait for its commit, each once; outside they go at once. Safe for many threads.
 */
public final class Signals {
    /** What can be woken; {@code id} of a signal is a lane, a delivery's lane, a media id, an inquiry, … */
    public enum Kind {
        /** A lane has events waiting. */
        TURN,
        /** A lane has deliveries waiting. */
        DELIVERY,
        /** Inquiries wait for an operator, or a seat became free; the id is not looked at. */
        ASSIGNMENT,
        /** An inquiry has Salesforce work waiting. */
        SALESFORCE,
        /** A customer's profile is to be read from LINE; the id is the customer. */
        PROFILE,
        /** What Salesforce holds of a customer is to be read; the id is the customer. */
        CRM_CUSTOMER,
        /** A customer is to be shown that somebody writes; the id is the inquiry. */
        TYPING,
        /** An operator has read or answered; the id is the inquiry. */
        READ,
        /** A medium is to be fetched. */
        MEDIA,
        /** An inquiry has a new version for the screens. */
        INQUIRY,
        /** Lists or seats changed for the screens; the id is not looked at. */
        WORKSPACE
    }

    /** Takes the signals; must return quickly and must not throw. */
    @FunctionalInterface
    public interface Listener {
        void signal(Kind kind, UUID id);
    }

    private record Signal(Kind kind, UUID id) {}

    private static final UUID ANY = new UUID(0, 0);

    private volatile Listener listener = (kind, id) -> {};

    /** Says who is woken; the composition root calls this once before anything runs. */
    public void listen(Listener to) {
        listener = to;
    }

    public void send(Kind kind) {
        send(kind, ANY);
    }

    public void send(Kind kind, UUID id) {
        if (!TransactionSynchronizationManager.isSynchronizationActive()) {
            listener.signal(kind, id);
            return;
        }
        TransactionSynchronizationManager.getSynchronizations().stream()
                .filter(s -> s instanceof AfterCommit after && after.owner == this)
                .map(AfterCommit.class::cast)
                .findFirst()
                .orElseGet(this::register)
                .signals
                .add(new Signal(kind, id));
    }

    private AfterCommit register() {
        AfterCommit after = new AfterCommit(this);
        TransactionSynchronizationManager.registerSynchronization(after);
        return after;
    }

    private static final class AfterCommit implements TransactionSynchronization {
        private final Signals owner;
        private final Set<Signal> signals = new LinkedHashSet<>();

        private AfterCommit(Signals owner) {
            this.owner = owner;
        }

        @Override
        public void afterCommit() {
            signals.forEach(signal -> owner.listener.signal(signal.kind(), signal.id()));
        }
    }
}
