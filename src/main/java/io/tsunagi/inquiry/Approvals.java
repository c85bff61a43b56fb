package io.tsunagi.inquiry;

import io.tsunagi.access.OperatorId;
import io.tsunagi.access.Person;
import io.tsunagi.access.Role;
import io.tsunagi.audit.Audit;
import io.tsunagi.store.Ids;
import io.tsunagi.store.Signals;
import io.tsunagi.store.Store;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/**
 * Keeps which drafts wait for a supervisor, and what became of those that did. The words stay in the draft, which nobody
 * changes meanwhile; the {@link Desk} sends them. A request ends by itself when the inquiry leaves its operator or its
 * customer writes, for what would be approved was written before that. Safe for many threads and nodes: whoever changes
 * something holds the customer's lane.
 */
public final class Approvals implements Inquiries.Listener {
    private static final String TABLE = "approvals";

    private final Store store;
    private final ApprovalRules rules;
    private final InquiryVersions versions;
    private final Signals signals;
    private final SensitiveWords sensitive;
    private final Audit audit;
    private final Clock clock;

    public Approvals(
            Store store,
            ApprovalRules rules,
            InquiryVersions versions,
            Signals signals,
            SensitiveWords sensitive,
            Audit audit,
            Clock clock) {
        this.store = store;
        this.rules = rules;
        this.versions = versions;
        this.signals = signals;
        this.sensitive = sensitive;
        this.audit = audit;
        this.clock = clock;
    }

    /** What became of a request. */
    public enum State {
        WAITING,
        /** Sent as it stood. */
        APPROVED,
        /** Sent in a supervisor's words. */
        EDITED,
        /** Back with the operator, with a note. */
        RETURNED,
        /** Taken back by the operator. */
        WITHDRAWN,
        /** Overtaken: the inquiry left its operator, or the customer wrote. */
        VOID
    }

    /**
     * A request.
     *
     * @param press the press of the button that asked
     * @param rules ids of the rules for which it waits
     * @param seenSeq the newest message its author had seen
     * @param confirmed codes of what its author was asked and wanted all the same
     * @param note a supervisor's words with {@link State#RETURNED}; null without
     * @param why {@code owner} or {@code newer-message} with {@link State#VOID}
     */
    public record Approval(
            UUID id,
            InquiryId inquiry,
            OperatorId author,
            UUID press,
            State state,
            List<String> rules,
            int seenSeq,
            List<String> confirmed,
            Instant askedAt,
            OperatorId decidedBy,
            Instant decidedAt,
            String note,
            String why) {
        @Override
        public String toString() {
            return "Approval " + id + " " + state;
        }
    }

    /** Gives the rules for which a draft has to wait; none for what a supervisor writes. */
    List<ApprovalRules.Rule> needed(Person by, Inquiry inquiry, Draft.Parts draft) {
        if (by.role() != Role.OPERATOR || rules.all().isEmpty()) {
            return List.of();
        }
        return store.jdbc()
                .sql("select team, skills from seats where operator = ?")
                .param(by.id().value())
                .query((row, i) -> new ApprovalRules.Matter(
                        Arrays.stream(row.getString("skills").split(","))
                                .map(String::strip)
                                .toList(),
                        row.getString("team"),
                        inquiry.topic(),
                        texts(draft)))
                .optional()
                .map(rules::fitting)
                .orElseGet(
                        () -> rules.fitting(new ApprovalRules.Matter(List.of(), null, inquiry.topic(), texts(draft))));
    }

    private static List<String> texts(Draft.Parts draft) {
        List<String> texts = new ArrayList<>(List.of(draft.text()));
        if (draft.card() != null) {
            texts.addAll(draft.card().values().values());
        }
        texts.addAll(draft.quickReplies());
        return texts;
    }

    /** Gives the rules of a request that the configuration still has. */
    public List<ApprovalRules.Rule> rulesOf(Approval approval) {
        return rules.all().stream()
                .filter(rule -> approval.rules().contains(rule.id()))
                .toList();
    }

    /** Gives what in a draft its request waits for, as it stands there. */
    public List<String> found(Approval approval, Draft.Parts draft) {
        return rules.found(rulesOf(approval), texts(draft));
    }

    /** Notes that a draft waits. */
    Approval ask(
            Person by,
            InquiryId inquiry,
            UUID press,
            List<ApprovalRules.Rule> rules,
            int seenSeq,
            List<String> confirmed) {
        Store.needTransaction();
        UUID id = idOf(inquiry, press);
        store.jdbc()
                .sql("""
                        insert into approvals (id, inquiry, author, press, state, rules, seen_seq, confirmed, asked_at)
                        values (?, ?, ?, ?, 'WAITING', ?, ?, ?, ?) on conflict do nothing
                        """)
                .params(
                        id,
                        inquiry.value(),
                        by.id().value(),
                        press,
                        String.join(
                                ",", rules.stream().map(ApprovalRules.Rule::id).toList()),
                        seenSeq,
                        String.join(",", confirmed),
                        Store.at(clock.instant()))
                .update();
        changed(inquiry);
        audit.write(
                by.id().toString(), "ask-approval", "inquiry/" + inquiry, Audit.OK, null, Map.of("approval", "" + id));
        return find(id).orElseThrow();
    }

    private static UUID idOf(InquiryId inquiry, UUID press) {
        return Ids.derived("approval", inquiry, press);
    }

    /** Ends a request that waits; false when it was ended before. */
    boolean end(Person by, Approval approval, State state, String note) {
        Store.needTransaction();
        int ended = store.jdbc()
                .sql("""
                        update approvals set state = :state, decided_by = :by, decided_at = :now, note = :note
                        where id = :id and state = 'WAITING'
                        """)
                .param("state", state.name())
                .param("by", by.id().value())
                .param("now", Store.at(clock.instant()))
                .param("note", note == null ? null : store.sealing().seal(TABLE, approval.id(), sensitive.mask(note)))
                .param("id", approval.id())
                .update();
        if (ended > 0) {
            changed(approval.inquiry());
            audit.write(
                    by.id().toString(),
                    "approval-" + state.name().toLowerCase(Locale.ROOT),
                    "inquiry/" + approval.inquiry(),
                    Audit.OK,
                    null,
                    Map.of("approval", "" + approval.id()));
        }
        return ended > 0;
    }

    @Override
    public void overtaken(InquiryId inquiry, String why) {
        int ended = store.jdbc()
                .sql("""
                        update approvals set state = 'VOID', decided_at = ?, why = ?
                        where inquiry = ? and state = 'WAITING'
                        """)
                .params(Store.at(clock.instant()), why, inquiry.value())
                .update();
        if (ended > 0) {
            changed(inquiry);
            audit.write(Audit.HUB, "approval-void", "inquiry/" + inquiry, Audit.OK, null, Map.of("why", why));
        }
    }

    private void changed(InquiryId inquiry) {
        versions.next(inquiry);
        signals.send(Signals.Kind.WORKSPACE);
    }

    /** Gives the newest request of an inquiry, unless its operator has answered the customer since it was over. */
    public Optional<Approval> latest(InquiryId inquiry) {
        return store.jdbc()
                .sql("""
                        select * from approvals a
                        where inquiry = ? and not exists (select 1 from messages m
                            where m.inquiry = a.inquiry and m.sender = 'OPERATOR' and m.at > a.decided_at)
                        order by asked_at desc, id limit 1
                        """)
                .param(inquiry.value())
                .query((row, i) -> read(row))
                .optional();
    }

    Optional<Approval> waiting(InquiryId inquiry) {
        return store.jdbc()
                .sql("select * from approvals where inquiry = ? and state = 'WAITING'")
                .param(inquiry.value())
                .query((row, i) -> read(row))
                .optional();
    }

    /** Gives the request that a press of the button made. */
    Optional<Approval> of(InquiryId inquiry, UUID press) {
        return find(idOf(inquiry, press));
    }

    Optional<Approval> find(UUID id) {
        return store.jdbc()
                .sql("select * from approvals where id = ?")
                .param(id)
                .query((row, i) -> read(row))
                .optional();
    }

    /** Gives the requests that wait, oldest first. */
    public List<Approval> waiting(int most) {
        return store.jdbc()
                .sql("select * from approvals where state = 'WAITING' order by asked_at, id limit ?")
                .param(most)
                .query((row, i) -> read(row))
                .list();
    }

    /** Counts the requests that wait. */
    public int count() {
        return store.jdbc()
                .sql("select count(*) from approvals where state = 'WAITING'")
                .query(Integer.class)
                .single();
    }

    private Approval read(ResultSet row) throws SQLException {
        UUID id = row.getObject("id", UUID.class);
        UUID decider = row.getObject("decided_by", UUID.class);
        return new Approval(
                id,
                new InquiryId(row.getObject("inquiry", UUID.class)),
                new OperatorId(row.getObject("author", UUID.class)),
                row.getObject("press", UUID.class),
                State.valueOf(row.getString("state")),
                List.of(row.getString("rules").split(",")),
                row.getInt("seen_seq"),
                List.of(row.getString("confirmed").split(",")),
                Store.instant(row.getTimestamp("asked_at")),
                decider == null ? null : new OperatorId(decider),
                Store.instant(row.getTimestamp("decided_at")),
                store.sealing().openText(TABLE, id, row.getBytes("note")),
                row.getString("why"));
    }
}
