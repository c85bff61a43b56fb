package io.tsunagi.inquiry;

import io.tsunagi.audit.Audit;
import io.tsunagi.store.Ids;
import io.tsunagi.store.Lanes;
import io.tsunagi.store.Store;
import java.sql.Types;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * Acts on an inquiry for people in Salesforce, holding the customer's lane as an operator's act does.
 *
 * <p>What Salesforce holds is compared with what it held last and with the inquiry itself: what the hub wrote is no news.
 * Two may ask Salesforce at once: what was read before a change that was taken already comes too late, and so does a
 * priority that was read before the hub wrote the Case last. Of somebody who was erased nothing is taken.
 */
public final class CaseDesk implements CaseNews {
    /** Words older than this are not sent any more; an operator's expire after the same time. */
    static final Duration LATE = Duration.ofHours(23);

    /** What becomes of an inquiry whose Case is closed in Salesforce. */
    public enum WhenClosed {
        /** It is told in the inquiry; who talks with the customer goes on. */
        SHOW,
        /** The inquiry is closed too. */
        CLOSE
    }

    private final Store store;
    private final Lanes lanes;
    private final Inquiries inquiries;
    private final Customers customers;
    private final Outgoing outgoing;
    private final SensitiveWords sensitive;
    private final Audit audit;
    private final WhenClosed whenClosed;
    private final Clock clock;

    public CaseDesk(
            Store store,
            Lanes lanes,
            Inquiries inquiries,
            Customers customers,
            Outgoing outgoing,
            SensitiveWords sensitive,
            Audit audit,
            WhenClosed whenClosed,
            Clock clock) {
        this.store = store;
        this.lanes = lanes;
        this.inquiries = inquiries;
        this.customers = customers;
        this.outgoing = outgoing;
        this.sensitive = sensitive;
        this.audit = audit;
        this.whenClosed = whenClosed;
        this.clock = clock;
    }

    /** What the Case was when it was looked at last; parts are null before the first look. */
    private record Known(
            String status, boolean closed, String priority, String ownerId, Instant changedAt, Instant writtenAt) {}

    @Override
    public void seen(InquiryId id, Seen now) {
        // Most looks find nothing new, and then nobody's lane is held up.
        if (find(id).filter(known -> differs(known, now)).isEmpty() || nobodys(id)) {
            return;
        }
        store.inTransaction(() -> {
            lanes.lock(inquiries.get(id).customer().value());
            Known known = known(id);
            if (!nobodys(id) && differs(known, now)) {
                takeClosed(id, known, now);
                takePriority(id, known, now);
                takeOwner(id, known, now);
                store.jdbc()
                        .sql("""
                                update inquiries set case_status = coalesce(:status, case_status),
                                    case_changed_at = coalesce(:changed, case_changed_at)
                                where id = :id
                                """)
                        .param("status", now.status(), Types.VARCHAR)
                        .param("changed", Store.at(now.changedAt()), Types.TIMESTAMP_WITH_TIMEZONE)
                        .param("id", id.value())
                        .update();
                inquiries.touch(id);
            }
        });
    }

    /** Says whether an inquiry is no more, or its customer was erased. */
    private boolean nobodys(InquiryId id) {
        return inquiries
                .find(id)
                .flatMap(inquiry -> customers.find(inquiry.customer()))
                .map(Customer::erased)
                .orElse(true);
    }

    private static boolean differs(Known known, Seen now) {
        if (known.changedAt() != null
                && now.changedAt() != null
                && now.changedAt().isBefore(known.changedAt())) {
            return false;
        }
        return known.closed() != now.closed()
                || now.priority() != null && !now.priority().equals(known.priority())
                || now.ownerId() != null && !now.ownerId().equals(known.ownerId())
                || now.status() != null && !now.status().equals(known.status());
    }

    private Known known(InquiryId id) {
        return find(id).orElseThrow();
    }

    private Optional<Known> find(InquiryId id) {
        return store.jdbc()
                .sql("""
                        select case_status, case_closed, case_priority, case_owner_id, case_changed_at, case_written_at
                          from inquiries where id = ?
                        """)
                .param(id.value())
                .query((row, n) -> new Known(
                        row.getString("case_status"),
                        row.getBoolean("case_closed"),
                        row.getString("case_priority"),
                        row.getString("case_owner_id"),
                        Store.instant(row.getTimestamp("case_changed_at")),
                        Store.instant(row.getTimestamp("case_written_at"))))
                .optional();
    }

    private void takeClosed(InquiryId id, Known known, Seen now) {
        if (known.closed() == now.closed()) {
            return;
        }
        store.jdbc()
                .sql("update inquiries set case_closed = ? where id = ?")
                .params(now.closed(), id.value())
                .update();
        boolean closedHere = inquiries.get(id).state() == InquiryState.CLOSED;
        if (closedHere == now.closed()) {
            return;
        }
        inquiries.note(id, now.closed() ? "case-closed" : "case-reopened");
        if (now.closed() && whenClosed == WhenClosed.CLOSE) {
            inquiries.close(id, "salesforce");
        }
        audit.write(Audit.HUB, now.closed() ? "case-closed" : "case-reopened", "inquiry/" + id, Audit.OK, null, null);
    }

    private void takePriority(InquiryId id, Known known, Seen now) {
        boolean old = now.changedAt() != null
                && known.writtenAt() != null
                && now.changedAt().isBefore(known.writtenAt());
        if (now.priority() == null || now.priority().equals(known.priority()) || old) {
            return;
        }
        store.jdbc()
                .sql("update inquiries set case_priority = ? where id = ?")
                .params(now.priority(), id.value())
                .update();
        Inquiry inquiry = inquiries.get(id);
        boolean same =
                now.urgency() != null && Integer.signum(now.urgency() - 3) == Integer.signum(inquiry.priority() - 3);
        if (same || now.urgency() == null && known.priority() == null) {
            return;
        }
        inquiries.note(id, "case-priority:" + now.priority());
        if (now.urgency() != null && inquiry.state() != InquiryState.CLOSED) {
            inquiries.prioritise(id, now.urgency());
        }
    }

    /** The hub writes no owner: any other one than before is somebody's doing. */
    private void takeOwner(InquiryId id, Known known, Seen now) {
        if (now.ownerId() == null || now.ownerId().equals(known.ownerId())) {
            return;
        }
        String name = now.owner() == null ? now.ownerId() : now.owner();
        store.jdbc()
                .sql("update inquiries set case_owner_id = ?, case_owner = ? where id = ?")
                .params(now.ownerId(), name, id.value())
                .update();
        if (known.ownerId() != null) {
            inquiries.note(id, "case-owner:" + name);
        }
    }

    @Override
    public void said(InquiryId id, Comment comment) {
        if (nobodys(id) || comment.words().isBlank()) {
            return;
        }
        store.inTransaction(() -> {
            lanes.lock(inquiries.get(id).customer().value());
            Inquiry inquiry = inquiries.get(id);
            if (nobodys(id)) {
                return;
            }
            int first = store.jdbc()
                    .sql("insert into crm_comments (id, inquiry, taken_at) values (?, ?, ?) on conflict do nothing")
                    .params(Ids.derived("case-comment", comment.id()), id.value(), Store.at(clock.instant()))
                    .update();
            if (first == 0) {
                return;
            }
            String refusal = refusal(inquiry, comment);
            if (refusal != null) {
                inquiries.note(id, "case-comment-" + refusal + ":" + comment.author());
            } else {
                send(inquiry, comment);
            }
            audit.write(
                    Audit.HUB,
                    "send-case-comment",
                    "inquiry/" + id,
                    refusal == null ? Audit.OK : Audit.REFUSED,
                    null,
                    Map.of("comment", comment.id(), "why", Objects.requireNonNullElse(refusal, "")));
        });
    }

    /** Says why a comment is not sent; null when it is. */
    private String refusal(Inquiry inquiry, Comment comment) {
        Customer customer = customers.find(inquiry.customer()).orElseThrow();
        if (comment.writtenAt().isBefore(clock.instant().minus(LATE))) {
            return "late";
        }
        if (customer.blocked()) {
            return "blocked";
        }
        if (customer.standby()) {
            return "standby";
        }
        if (CardNumbers.in(comment.words()) || CardNumbers.maskedIn(comment.words())) {
            return "card";
        }
        return sensitive.in(comment.words()) ? "sensitive-words" : null;
    }

    private void send(Inquiry inquiry, Comment comment) {
        inquiries.note(inquiry.id(), "case-comment:" + comment.author());
        List<Bubble> bubbles = LongText.pieces(comment.words(), List.of(), Desk.LONGEST_TEXT).stream()
                .filter(piece -> !piece.text().isBlank())
                .map(Bubble::text)
                .toList();
        List<Message> said = outgoing.say(
                inquiries.get(inquiry.id()),
                new Outgoing.Speaker(Message.Sender.OPERATOR, null, null),
                "case-comment " + comment.id(),
                Duration.ZERO,
                bubbles);
        inquiries.operatorSpoke(inquiry.id(), said.get(said.size() - 1).seq());
    }
}
