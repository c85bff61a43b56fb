package io.tsunagi.inquiry;

import io.tsunagi.access.OperatorId;
import io.tsunagi.access.Person;
import io.tsunagi.audit.Audit;
import io.tsunagi.store.Signals;
import io.tsunagi.store.Store;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/**
 * Keeps supervisors' words to operators and what became of them, and who asks for help. Advice goes into a draft by the
 * operator's own act only, never to a customer. Safe for many threads and nodes.
 */
public final class AdviceBook {
    private static final String TABLE = "advice";

    private final Store store;
    private final Inquiries inquiries;
    private final InquiryVersions versions;
    private final Signals signals;
    private final SensitiveWords sensitive;
    private final Audit audit;
    private final Clock clock;

    public AdviceBook(
            Store store,
            Inquiries inquiries,
            InquiryVersions versions,
            Signals signals,
            SensitiveWords sensitive,
            Audit audit,
            Clock clock) {
        this.store = store;
        this.inquiries = inquiries;
        this.versions = versions;
        this.signals = signals;
        this.sensitive = sensitive;
        this.audit = audit;
        this.clock = clock;
    }

    /** What an operator did with advice. */
    public enum Outcome {
        OPEN,
        TAKEN,
        EDITED,
        REFUSED
    }

    public record Advice(UUID id, OperatorId author, String words, Instant at, Outcome outcome) {
        @Override
        public String toString() {
            return "Advice " + id + " " + outcome;
        }
    }

    /** An operator who asks for help, and with what words; they may be empty. */
    public record Help(Instant at, String words) {
        @Override
        public String toString() {
            return "[hidden]";
        }
    }

    /**
     * Gives advice to whoever has the inquiry; it answers a raised hand.
     *
     * @throws WrongStateException when nobody has it, or the adviser does
     */
    public void give(Person by, InquiryId id, String words) {
        store.inTransaction(() -> {
            Inquiry inquiry = inquiries.get(id);
            if (inquiry.state() != InquiryState.ASSIGNED || by.id().equals(inquiry.operator())) {
                throw new WrongStateException("wrong-state", "There is no operator to advise");
            }
            UUID advice = UUID.randomUUID();
            store.jdbc()
                    .sql("insert into advice (id, inquiry, author, words, at, outcome) values (?, ?, ?, ?, ?, 'OPEN')")
                    .params(
                            advice,
                            id.value(),
                            by.id().value(),
                            store.sealing().seal(TABLE, advice, sensitive.mask(words)),
                            Store.at(clock.instant()))
                    .update();
            clearHelp(id);
            changed(id);
            written(by, "advise", id);
        });
    }

    /** Notes what the owner did with advice; false when it was decided before, or is somebody else's. */
    public boolean decide(Person by, InquiryId id, UUID advice, Outcome outcome) {
        return store.inTransaction(() -> {
            int found = store.jdbc()
                    .sql("""
                            update advice set outcome = :outcome, decided_at = :now
                            where id = :id and inquiry = :inquiry and outcome = 'OPEN'
                              and exists (select 1 from inquiries where id = :inquiry and operator = :by)
                            """)
                    .param("outcome", outcome.name())
                    .param("now", Store.at(clock.instant()))
                    .param("id", advice)
                    .param("inquiry", id.value())
                    .param("by", by.id().value())
                    .update();
            if (found > 0) {
                versions.next(id);
                written(by, "advice-" + outcome.name().toLowerCase(Locale.ROOT), id);
            }
            return found > 0;
        });
    }

    /** Gives the advice of an inquiry, oldest first. */
    public List<Advice> of(InquiryId id) {
        return store.jdbc()
                .sql("select id, author, words, at, outcome from advice where inquiry = ? order by at limit 200")
                .param(id.value())
                .query((row, i) -> {
                    UUID advice = row.getObject("id", UUID.class);
                    return new Advice(
                            advice,
                            new OperatorId(row.getObject("author", UUID.class)),
                            store.sealing().openText(TABLE, advice, row.getBytes("words")),
                            Store.instant(row.getTimestamp("at")),
                            Outcome.valueOf(row.getString("outcome")));
                })
                .list();
    }

    /** The owner asks for help, with a few words or none. */
    public void raiseHand(Person by, InquiryId id, String words) {
        store.inTransaction(() -> {
            need(by, id);
            store.jdbc()
                    .sql("update inquiries set help_at = ?, help_words = ? where id = ?")
                    .params(
                            Store.at(clock.instant()),
                            store.sealing().seal("inquiries", id.value(), sensitive.mask(words)),
                            id.value())
                    .update();
            changed(id);
            written(by, "ask-help", id);
        });
    }

    /** The owner needs no help any more. */
    public void lowerHand(Person by, InquiryId id) {
        store.inTransaction(() -> {
            need(by, id);
            clearHelp(id);
            changed(id);
            written(by, "need-no-help", id);
        });
    }

    private void written(Person by, String act, InquiryId id) {
        audit.write(by.id().toString(), act, "inquiry/" + id, Audit.OK, null, Map.of());
    }

    private void need(Person owner, InquiryId id) {
        if (!owner.id().equals(inquiries.get(id).operator())) {
            throw new WrongStateException(WrongStateException.NOT_OWNER, "Another operator has the inquiry");
        }
    }

    private void clearHelp(InquiryId id) {
        store.jdbc()
                .sql("update inquiries set help_at = null, help_words = null where id = ?")
                .param(id.value())
                .update();
    }

    private void changed(InquiryId id) {
        versions.next(id);
        signals.send(Signals.Kind.WORKSPACE);
    }

    /** Whether somebody asks for help in an inquiry. */
    public Optional<Help> help(InquiryId id) {
        return store.jdbc()
                .sql("select help_at, help_words from inquiries where id = ? and help_at is not null")
                .param(id.value())
                .query((row, i) -> new Help(
                        Store.instant(row.getTimestamp("help_at")),
                        store.sealing().openText("inquiries", id.value(), row.getBytes("help_words"))))
                .optional();
    }
}
