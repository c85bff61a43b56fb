package io.tsunagi.inquiry;

import io.tsunagi.store.Signals;
import io.tsunagi.store.Store;
import java.time.Clock;
import java.time.Instant;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.stream.Collectors;

/**
 * Counts an inquiry's versions: each change of anything a screen shows of it makes the next one. A screen that holds
 * version 17 asks for what is newer. Joins the running transaction; safe for many threads and nodes.
 */
public final class InquiryVersions {
    private static final String ADVANCE =
            "update inquiries set version = version + 1, last_seq = last_seq + ?, changed_at = ? where id = ?";

    private final Store store;
    private final Signals signals;
    private final Clock clock;

    public InquiryVersions(Store store, Signals signals, Clock clock) {
        this.store = store;
        this.signals = signals;
        this.clock = clock;
    }

    /** Makes the next version of an inquiry and gives it; the screens are told after the commit. */
    public long next(InquiryId inquiry) {
        if (!advance(inquiry)) {
            throw new IllegalArgumentException("There is no inquiry " + inquiry);
        }
        Optional<HeldInquiry> held = HeldInquiry.of(inquiry, store);
        if (held.isPresent()) {
            return held.get().inquiry().version();
        }
        return store.jdbc()
                .sql("select version from inquiries where id = ?")
                .param(inquiry.value())
                .query(Long.class)
                .single();
    }

    private boolean advance(InquiryId inquiry) {
        return advance(inquiry, 0);
    }

    /** Makes the next version of an inquiry, with room for so many new messages; false when there is no such inquiry. */
    boolean advance(InquiryId inquiry, int messages) {
        Store.needTransaction();
        Instant now = clock.instant();
        Optional<HeldInquiry> held = HeldInquiry.of(inquiry, store);
        int found = 1;
        if (held.isPresent()) {
            held.get().with(held.get().inquiry().advanced(messages)).write(store, now);
        } else {
            found = store.jdbc()
                    .sql(ADVANCE)
                    .params(messages, Store.at(now), inquiry.value())
                    .update();
        }
        signals.send(Signals.Kind.INQUIRY, inquiry.value());
        return found > 0;
    }

    /** Makes the next versions for what became of deliveries, shown with each of their messages; each with its inquiry. */
    public void deliveriesChanged(Map<UUID, UUID> inquiries) {
        Store.needTransaction();
        Object now = Store.at(clock.instant());
        // Whoever locks several does it in the order that the database gives their ids, which is not Java's.
        List<UUID> changed = inquiries.values().stream()
                .distinct()
                .sorted(Comparator.comparing(UUID::toString))
                .toList();
        store.each(
                ADVANCE, changed.stream().map(id -> new Object[] {0, now, id}).toList());
        store.each(
                "update messages set version = (select version from inquiries where id = ?) where delivery = ?",
                inquiries.entrySet().stream()
                        .map(of -> new Object[] {of.getValue(), of.getKey()})
                        .toList());
        changed.forEach(id -> signals.send(Signals.Kind.INQUIRY, id));
    }

    /** Makes the next version for a change of one message, or of the media, delivery or state shown with it. */
    public void messageChanged(MessageId message) {
        Store.needTransaction();
        UUID inquiry = store.jdbc()
                .sql("select inquiry from messages where id = ?")
                .param(message.value())
                .query(UUID.class)
                .single();
        store.jdbc()
                .sql("update messages set version = ? where id = ?")
                .params(next(new InquiryId(inquiry)), message.value())
                .update();
    }

    private record Shown(UUID message, UUID inquiry) {}

    /**
     * Makes the next version of each inquiry that shows one of these media, for all its messages that do. The caller has
     * locked the inquiries.
     */
    public void mediaChanged(Collection<UUID> media) {
        Store.needTransaction();
        // What came from LINE is found by LINE's id; what was sent has none.
        List<Shown> shown = store.jdbc()
                .sql("""
                        select m.id, m.inquiry from media x join messages m on m.customer = x.customer
                            and m.line_message_id = x.line_message_id and m.media = x.id
                        where x.id = any(:media) and x.purpose <> 'SENT'
                        union all
                        select m.id, m.inquiry from media x join messages m on m.customer = x.customer and m.media = x.id
                        where x.id = any(:media) and x.purpose = 'SENT'
                        """)
                .param("media", Store.uuids(media))
                .query((row, i) -> new Shown(row.getObject("id", UUID.class), row.getObject("inquiry", UUID.class)))
                .list();
        if (shown.isEmpty()) {
            return;
        }
        Set<UUID> inquiries = shown.stream().map(Shown::inquiry).collect(Collectors.toCollection(TreeSet::new));
        store.jdbc()
                .sql("update inquiries set version = version + 1, changed_at = ? where id = any(?)")
                .params(Store.at(clock.instant()), Store.uuids(inquiries))
                .update();
        store.jdbc()
                .sql("""
                        update messages set version = (select i.version from inquiries i where i.id = messages.inquiry)
                        where id = any(?)
                        """)
                .param(Store.uuids(shown.stream().map(Shown::message).toList()))
                .update();
        inquiries.forEach(inquiry -> signals.send(Signals.Kind.INQUIRY, inquiry));
    }
}
