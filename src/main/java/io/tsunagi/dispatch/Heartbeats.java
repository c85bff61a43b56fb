package io.tsunagi.dispatch;

import io.tsunagi.access.OperatorId;
import io.tsunagi.audit.Audit;
import io.tsunagi.inquiry.Desk;
import io.tsunagi.inquiry.InquiryId;
import io.tsunagi.inquiry.InquiryVersions;
import io.tsunagi.store.Signals;
import io.tsunagi.store.Store;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Listens for the screens of those at work.
 *
 * <p>A screen that is silent for longer than {@code lostAfter} is lost: its operator is given nothing more, and keeps
 * what they have. Back within {@code grace} nothing was changed; after it their inquiries go back into the waiting line
 * with the age they have, and they are away. Who never had a screen, as a program that calls the API, is not watched.
 * Safe for many threads and nodes: each change is a conditional update.
 */
public final class Heartbeats {
    private static final Logger LOG = LoggerFactory.getLogger(Heartbeats.class);

    private final Store store;
    private final Signals signals;
    private final InquiryVersions versions;
    private final Desk desk;
    private final Audit audit;
    private final Clock clock;
    private final Duration lostAfter;
    private final Duration grace;

    public Heartbeats(
            Store store,
            Signals signals,
            InquiryVersions versions,
            Desk desk,
            Audit audit,
            Clock clock,
            Duration lostAfter,
            Duration grace) {
        this.store = store;
        this.signals = signals;
        this.versions = versions;
        this.desk = desk;
        this.audit = audit;
        this.clock = clock;
        this.lostAfter = lostAfter;
        this.grace = grace;
    }

    /** Notes that an operator's screen is there, and which inquiry is on it; null for none. Who comes to look is audited. */
    public void beat(OperatorId operator, InquiryId shown) {
        Instant now = clock.instant();
        store.inTransaction(() -> {
            int back = store.jdbc()
                    .sql("update seats set seen_at = ?, lost_at = null where operator = ? and lost_at is not null")
                    .params(Store.at(now), operator.value())
                    .update();
            if (back > 0) {
                seatsChanged();
            } else {
                store.jdbc()
                        .sql("update seats set seen_at = ? where operator = ?")
                        .params(Store.at(now), operator.value())
                        .update();
            }
        });
        if (shown != null) {
            shows(operator, shown, now);
        }
    }

    private void shows(OperatorId operator, InquiryId inquiry, Instant now) {
        store.inTransaction(() -> {
            int known = store.jdbc()
                    .sql("update viewers set seen_at = ? where inquiry = ? and operator = ?")
                    .params(Store.at(now), inquiry.value(), operator.value())
                    .update();
            if (known == 0) {
                int come = store.jdbc()
                        .sql("""
                                insert into viewers (inquiry, operator, seen_at)
                                select id, cast(? as uuid), cast(? as timestamp with time zone) from inquiries where id = ?
                                on conflict do nothing
                                """)
                        .params(operator.value(), Store.at(now), inquiry.value())
                        .update();
                if (come > 0) {
                    versions.next(inquiry);
                    audit.write(operator.toString(), "watch-inquiry", "inquiry/" + inquiry, Audit.OK, null, null);
                }
            }
        });
    }

    /** Who has an inquiry on their screen now. */
    public List<OperatorId> viewers(InquiryId inquiry) {
        return store
                .jdbc()
                .sql("select operator from viewers where inquiry = ? and seen_at > ? order by operator")
                .params(inquiry.value(), Store.at(clock.instant().minus(lostAfter)))
                .query(UUID.class)
                .list()
                .stream()
                .map(OperatorId::new)
                .toList();
    }

    /** Finds the screens that fell silent, and gives back what they left; run every few seconds. */
    public void look() {
        Instant now = clock.instant();
        forgetViewers(now);
        loseSilent(now);
        lost(now).forEach(this::giveBack);
    }

    private void forgetViewers(Instant now) {
        List<UUID> left = store.jdbc()
                .sql("select distinct inquiry from viewers where seen_at <= ? limit 500")
                .param(Store.at(now.minus(lostAfter)))
                .query(UUID.class)
                .list();
        for (UUID inquiry : left) {
            store.inTransaction(() -> {
                int gone = store.jdbc()
                        .sql("delete from viewers where inquiry = ? and seen_at <= ?")
                        .params(inquiry, Store.at(now.minus(lostAfter)))
                        .update();
                if (gone > 0) {
                    versions.next(new InquiryId(inquiry));
                }
            });
        }
    }

    private void loseSilent(Instant now) {
        store.inTransaction(() -> {
            int lost = store.jdbc()
                    .sql("update seats set lost_at = ? where seen_at <= ? and lost_at is null and presence <> 'away'")
                    .params(Store.at(now), Store.at(now.minus(lostAfter)))
                    .update();
            if (lost > 0) {
                seatsChanged();
            }
        });
    }

    private List<OperatorId> lost(Instant now) {
        return store
                .jdbc()
                .sql("select operator from seats where lost_at <= ? order by operator")
                .param(Store.at(now.minus(grace)))
                .query(UUID.class)
                .list()
                .stream()
                .map(OperatorId::new)
                .toList();
    }

    /** The seat first, so that nothing new comes to it; each inquiry in a step of its own. */
    private void giveBack(OperatorId operator) {
        boolean gone = store.inTransaction(() -> {
            int away = store.jdbc()
                    .sql("""
                            update seats set presence = 'away', reason = 'lost', present_since = :now
                            where operator = :operator and lost_at <= :late
                            """)
                    .param("now", Store.at(clock.instant()))
                    .param("operator", operator.value())
                    .param("late", Store.at(clock.instant().minus(grace)))
                    .update();
            seatsChanged();
            return away > 0;
        });
        if (!gone) {
            return;
        }
        int given = desk.giveUp(operator);
        LOG.info("The screen of operator {} is lost: {} inquiries went back into the waiting line", operator, given);
        store.inTransaction(() -> store.jdbc()
                .sql("update seats set lost_at = null, seen_at = null where operator = ? and lost_at <= ?")
                .params(operator.value(), Store.at(clock.instant().minus(grace)))
                .update());
    }

    private void seatsChanged() {
        signals.send(Signals.Kind.ASSIGNMENT);
        signals.send(Signals.Kind.WORKSPACE);
    }
}
