package io.tsunagi.inquiry;

import io.tsunagi.store.Lanes;
import io.tsunagi.store.Store;
import java.time.Duration;

/** Closes inquiries with the bot in which nothing was said for long; each in a transaction of its own. */
public final class Silence {
    private final Store store;
    private final Lanes lanes;
    private final Inquiries inquiries;
    private final Duration silence;

    public Silence(Store store, Lanes lanes, Inquiries inquiries, Duration silence) {
        this.store = store;
        this.lanes = lanes;
        this.inquiries = inquiries;
        this.silence = silence;
    }

    /** Returns how many were closed. */
    public int closeSilent() {
        int closed = 0;
        for (InquiryId id : inquiries.silentSince(silence)) {
            closed += store.inTransaction(() -> {
                Inquiry inquiry = inquiries.get(id);
                lanes.lock(inquiry.customer().value());
                boolean still = inquiries.get(id).state() == InquiryState.BOT
                        && inquiries.silentSince(silence).contains(id);
                if (still) {
                    inquiries.close(id, "silent");
                }
                return still ? 1 : 0;
            });
        }
        return closed;
    }
}
