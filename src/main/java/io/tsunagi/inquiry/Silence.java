package io.tsunagi.inquiry;

import io.tsunagi.store.Lanes;
import io.tsunagi.store.Store;
import java.time.Duration;
import java.util.List;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * Closes what has come to rest by itself: inquiries with the bot in which nothing was said for long, and those of customers who
 * blocked the account; each in a transaction of its own.
 */
public final class Silence {
    private final Store store;
    private final Lanes lanes;
    private final Inquiries inquiries;
    private final Duration silence;
    private final Duration blocked;

    /**
     * @param silence after which an inquiry with the bot is closed
     * @param blocked after which an inquiry of a customer who blocked the account is closed, whoever has it
     */
    public Silence(Store store, Lanes lanes, Inquiries inquiries, Duration silence, Duration blocked) {
        this.store = store;
        this.lanes = lanes;
        this.inquiries = inquiries;
        this.silence = silence;
        this.blocked = blocked;
    }

    /** Returns how many were closed. */
    public int closeSilent() {
        return close(() -> inquiries.silentSince(silence), inquiry -> inquiry.state() == InquiryState.BOT, "silent");
    }

    /** Closes inquiries of customers who blocked the account; returns how many. */
    public int closeBlocked() {
        return close(
                () -> inquiries.blockedSince(blocked), inquiry -> inquiry.state() != InquiryState.CLOSED, "blocked");
    }

    /** Asks again under the lane's lock: the customer may have spoken, or come back. */
    private int close(Supplier<List<InquiryId>> due, Predicate<Inquiry> open, String reason) {
        int closed = 0;
        for (InquiryId id : due.get()) {
            closed += store.inTransaction(() -> {
                Inquiry inquiry = inquiries.get(id);
                lanes.lock(inquiry.customer().value());
                boolean still = open.test(inquiries.get(id)) && due.get().contains(id);
                if (still) {
                    inquiries.close(id, reason);
                }
                return still ? 1 : 0;
            });
        }
        return closed;
    }
}
