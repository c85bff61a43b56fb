package io.tsunagi.dispatch;

import io.tsunagi.access.OperatorId;
import io.tsunagi.access.Person;
import io.tsunagi.audit.Audit;
import io.tsunagi.config.Settings;
import io.tsunagi.inquiry.Inquiries;
import io.tsunagi.inquiry.Inquiry;
import io.tsunagi.inquiry.InquiryId;
import io.tsunagi.inquiry.WrongStateException;
import io.tsunagi.store.Lanes;
import io.tsunagi.store.Signals;
import io.tsunagi.store.Store;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.Supplier;

/**
 * Offers assignments: with {@code hub.dispatch.accept-within} above zero an operator takes an inquiry or not before it is
 * theirs. It has its slot and room meanwhile. Declined, or not taken in time, it goes back into the waiting line with its
 * age, and its operator is passed over for it for {@code hub.dispatch.decline-pause}; who misses several in a row is
 * away. An offer is a row, so that it outlives its node, and every change of it holds the customer's lane: of accept,
 * decline and the end of the time one wins, on whatever node. Safe for many threads and nodes.
 */
public final class Offers {
    private final Store store;
    private final Lanes lanes;
    private final Inquiries inquiries;
    private final Signals signals;
    private final Audit audit;
    private final Clock clock;
    private final Duration acceptWithin;
    private final Duration pause;
    private final int mostMisses;

    public Offers(
            Store store,
            Lanes lanes,
            Inquiries inquiries,
            Signals signals,
            Audit audit,
            Clock clock,
            Settings settings) {
        this.store = store;
        this.lanes = lanes;
        this.inquiries = inquiries;
        this.signals = signals;
        this.audit = audit;
        this.clock = clock;
        this.acceptWithin = settings.duration("hub.dispatch.accept-within");
        this.pause = settings.duration("hub.dispatch.decline-pause");
        this.mostMisses = settings.whole("hub.dispatch.most-misses", 1, 100);
    }

    /** Gives until when an inquiry that is given out now may be taken; null when it is its operator's at once. */
    Instant until() {
        return acceptWithin.isZero() ? null : clock.instant().plus(acceptWithin);
    }

    /** Gives who is passed over for which inquiry now. */
    Map<InquiryId, Set<OperatorId>> declined() {
        Map<InquiryId, Set<OperatorId>> declined = new HashMap<>();
        if (!acceptWithin.isZero()) {
            store.jdbc()
                    .sql("select inquiry, operator from declines where at > ?")
                    .param(Store.at(clock.instant().minus(pause)))
                    .query(row -> {
                        declined.computeIfAbsent(
                                        new InquiryId(row.getObject("inquiry", UUID.class)), id -> new HashSet<>())
                                .add(new OperatorId(row.getObject("operator", UUID.class)));
                    });
        }
        return declined;
    }

    /** @throws WrongStateException when it is not offered to them any more */
    public void accept(Person by, InquiryId id) {
        atLane(id, () -> {
            inquiries.accept(id, by.id(), by.displayName());
            store.jdbc()
                    .sql("update seats set misses = 0 where operator = ?")
                    .param(by.id().value())
                    .update();
            audit.write(by.id().toString(), "accept", "inquiry/" + id, Audit.OK, null, null);
            return null;
        });
    }

    /** @throws WrongStateException when it is not offered to them any more */
    public void decline(Person by, InquiryId id) {
        atLane(id, () -> {
            end(id, by.id(), "declined:" + by.displayName());
            audit.write(by.id().toString(), "decline", "inquiry/" + id, Audit.OK, null, null);
            return null;
        });
    }

    /** Passes on what was not taken in time, each in a transaction of its own; run every second. */
    public void expire() {
        for (InquiryId id : inquiries.offersOver()) {
            atLane(id, () -> {
                Inquiry inquiry = inquiries.get(id);
                if (inquiry.offered() && !inquiry.offeredUntil().isAfter(clock.instant())) {
                    end(id, inquiry.operator(), "offer-missed");
                    miss(inquiry.operator());
                    audit.write(
                            Audit.HUB,
                            "offer-missed",
                            "inquiry/" + id,
                            Audit.OK,
                            null,
                            Map.of("operator", "" + inquiry.operator()));
                }
                return null;
            });
        }
        store.jdbc()
                .sql("delete from declines where at <= ?")
                .param(Store.at(clock.instant().minus(pause)))
                .update();
    }

    private void end(InquiryId id, OperatorId of, String what) {
        inquiries.endOffer(id, of, what);
        Object now = Store.at(clock.instant());
        int again = store.jdbc()
                .sql("update declines set at = ? where inquiry = ? and operator = ?")
                .params(now, id.value(), of.value())
                .update();
        if (again == 0) {
            store.jdbc()
                    .sql("insert into declines (inquiry, operator, at) values (?, ?, ?) on conflict do nothing")
                    .params(id.value(), of.value(), now)
                    .update();
        }
    }

    /** Who lets offers go by is not there. */
    private void miss(OperatorId operator) {
        store.jdbc()
                .sql("update seats set misses = misses + 1 where operator = ?")
                .param(operator.value())
                .update();
        store.jdbc()
                .sql("""
                        update seats set presence = 'away', reason = 'missed', present_since = :now, misses = 0
                        where operator = :operator and misses >= :most
                        """)
                .param("now", Store.at(clock.instant()))
                .param("operator", operator.value())
                .param("most", mostMisses)
                .update();
        signals.send(Signals.Kind.WORKSPACE);
    }

    private <T> T atLane(InquiryId id, Supplier<T> work) {
        return store.inTransaction(() -> {
            lanes.lock(inquiries.get(id).customer().value());
            return work.get();
        });
    }
}
