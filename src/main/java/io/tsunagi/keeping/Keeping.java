package io.tsunagi.keeping;

import io.tsunagi.audit.Audit;
import io.tsunagi.audit.PurgeCertificates;
import io.tsunagi.audit.PurgeLog;
import io.tsunagi.inquiry.Erase;
import io.tsunagi.inquiry.InquiryId;
import io.tsunagi.inquiry.Withheld;
import io.tsunagi.keeping.KeepingRules.Kind;
import io.tsunagi.keeping.KeepingRules.Rule;
import io.tsunagi.media.Media;
import io.tsunagi.media.MediaId;
import io.tsunagi.store.Store;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Removes what is past its time, rule by rule ({@code config/keeping.yaml}), and shows that it did.
 *
 * <p>A batch is one transaction that also notes what it removed ({@link PurgeLog}); killed anywhere, the next run goes on.
 * What somebody has in hand is passed over and met by the next run. The database's time decides, never a node's. Safe for
 * many threads and nodes.
 */
public final class Keeping {
    /** How long after its time something may still be there, because purges run in turns, before health turns red. */
    public static final Duration GRACE = Duration.ofHours(6);

    private static final Logger LOG = LoggerFactory.getLogger(Keeping.class);
    private static final int LONGEST = 2000;
    private static final int PAGE = 1000;
    private static final UUID BEFORE_ALL = new UUID(0, 0);

    /** What no rule names ends at its own time; that is the settings' word, not the rules'. */
    private static final Rule OWN_TIME = new Rule(
            "hub.media.keep", Kind.MEDIA, "", "any", Duration.ZERO, "every medium, at its own time at the latest");

    /**
     * Words that a customer took back go as soon as no hold keeps them, as withheld media do. No line of the rules can have
     * this name: theirs have no dot. What holds keep of it tells whoever sees it that there is something.
     */
    public static final Rule TAKEN_BACK =
            new Rule(Media.TAKEN_BACK, Kind.WITHHELD, "", "any", Duration.ZERO, "what the customer took back, at once");

    /** What a rule would do now; {@code hub.media.keep} is the last one, for media that no other names. */
    public record Plan(Rule rule, long due, long held) {}

    /** A row that a rule would remove now, or that a hold keeps from it; the certificate's hash is over such ids. */
    public record Planned(String rule, UUID id, boolean held) {}

    /**
     * What the nightly look found.
     *
     * @param overdue rows that should be gone for {@link #GRACE} already and are on no hold
     * @param what by rule
     */
    public record Found(Instant at, long overdue, String what) {}

    private final Store store;
    private final List<Rule> rules;
    private final Media media;
    private final Erase erase;
    private final Withheld withheld;
    private final LegalHolds holds;
    private final PurgeLog log;
    private final PurgeCertificates certificates;
    private final Audit audit;
    private final Due due;
    private final int batch;

    /** @param batch rows removed in one transaction */
    public Keeping(
            Store store,
            KeepingRules rules,
            Media media,
            Erase erase,
            LegalHolds holds,
            PurgeCertificates certificates,
            Audit audit,
            int batch) {
        this.store = store;
        this.rules = Stream.concat(rules.all().stream(), Stream.of(TAKEN_BACK)).toList();
        this.media = media;
        this.erase = erase;
        this.withheld = new Withheld(store);
        this.holds = holds;
        this.log = new PurgeLog(store);
        this.certificates = certificates;
        this.audit = audit;
        this.due = new Due(store, this.rules);
        this.batch = batch;
    }

    /** Says what a run would remove now, and what holds keep; changes nothing. */
    public List<Plan> plan() {
        return Stream.concat(
                        rules.stream().map(rule -> new Plan(rule, count(rule, false), count(rule, true))),
                        Stream.of(new Plan(OWN_TIME, due.countOwnTime(false), due.countOwnTime(true))))
                .toList();
    }

    /**
     * Names each row that {@link #plan} counts, rule by rule and within a rule in the order of ids; changes nothing. Holds one
     * page in memory, however many there are. What goes along with a message that is removed, such as the record of what the
     * bot was asked, is named only when it is past a time of its own.
     */
    public void list(Consumer<Planned> each) {
        for (Rule rule : rules) {
            pages(rule, (after, most) -> due.list(rule, after, most), each);
            if (rule.equals(TAKEN_BACK)) {
                pages(rule, due::listWithheldMedia, each);
            }
        }
        pages(OWN_TIME, due::listOwnTime, each);
    }

    private static void pages(Rule rule, BiFunction<UUID, Integer, List<Due.Listed>> page, Consumer<Planned> each) {
        UUID after = BEFORE_ALL;
        List<Due.Listed> rows;
        do {
            rows = page.apply(after, PAGE);
            for (Due.Listed row : rows) {
                each.accept(new Planned(rule.id(), row.id(), row.held()));
                after = row.id();
            }
        } while (rows.size() == PAGE);
    }

    private long count(Rule rule, boolean held) {
        return due.count(rule, Duration.ZERO, held) + (rule.equals(TAKEN_BACK) ? due.countWithheldMedia(held) : 0);
    }

    /**
     * Has media end when their rule says so, where that is earlier than they would by themselves: at the close of an inquiry,
     * say. Then their keys go with the right day.
     *
     * @return how many end earlier now
     */
    public int bringForward() {
        store.inTransaction(holds::markMedia);
        int all = 0;
        for (Rule rule : rules) {
            int some = 1;
            while (Due.isMedia(rule) && some > 0) {
                List<UUID> early = due.early(rule, batch);
                some = bringForwardOf(rule, early);
                all += some;
            }
        }
        return all;
    }

    /** Asks again under the inquiries' locks: one may have been reopened. */
    int bringForwardOf(Rule rule, List<UUID> early) {
        return early.isEmpty() ? 0 : store.inOwnTransaction(() -> media.bringForward(due.lockedEarly(rule, early)));
    }

    /**
     * Gives media of an inquiry that is reopened the time back that its close took from them: what they have by the rules
     * that do not ask for a close. Joins the running transaction, which has the inquiry.
     */
    public void reopened(InquiryId inquiry) {
        Map<UUID, Instant> ends = new LinkedHashMap<>();
        store.jdbc()
                .sql("select id, purpose, received_at, decided_at from media"
                        + " where inquiry = ? and state in ('READY', 'FETCHING')"
                        // What was uploaded and never sent has no address, and keeps its short time.
                        + " and (purpose not in ('SENT', 'PREVIEW')"
                        + " or exists (select 1 from media_links l where l.media = media.id and not l.revoked))")
                .param(inquiry.value())
                .query((row, i) -> ends.put(
                        row.getObject("id", UUID.class),
                        end(
                                row.getString("purpose").equals("IDENTITY") ? "identity" : "other",
                                Store.instant(row.getTimestamp("received_at")),
                                Store.instant(row.getTimestamp("decided_at")))))
                .list();
        media.putBack(ends);
    }

    private Instant end(String purpose, Instant received, Instant decided) {
        return rules.stream()
                .filter(rule -> Due.isMedia(rule) && rule.purpose().equals(purpose))
                .flatMap(rule -> switch (rule.state()) {
                    case "any" -> Stream.of(received.plus(rule.keep()));
                    case "decided" -> Stream.ofNullable(decided).map(at -> at.plus(rule.keep()));
                    default -> Stream.<Instant>empty();
                })
                .min(Comparator.naturalOrder())
                .orElse(Instant.MAX);
    }

    /**
     * Removes one batch of whatever rule has something due.
     *
     * @return how many rows that were; 0 when nothing is left, or others have the rest in hand
     */
    public int removeBatch() {
        for (Rule rule : rules) {
            int removed = remove(rule, due.some(rule, batch));
            if (removed > 0) {
                return removed;
            }
        }
        return 0;
    }

    /**
     * Notes what became of a document that proves who the customer is, and destroys the image at once when the rule for
     * decided ones says so; the result stays. Audited in the same transaction.
     *
     * @param verdict {@code verified}, {@code refused} or {@code wrong} (not the document that was asked for)
     * @return whether it counted: it is such a document, and nobody had decided
     */
    public boolean decide(MediaId id, UUID by, String verdict, String origin) {
        return store.inTransaction(() -> {
            LegalHolds.standStill(store);
            if (!media.decide(id, by, verdict)) {
                return false;
            }
            rules.stream()
                    .filter(rule ->
                            rule.state().equals("decided") && rule.keep().isZero() && !due.held(rule, id.value()))
                    .findFirst()
                    .ifPresent(rule -> media.shredNow(List.of(id.value()), rule.id()));
            audit.write(
                    by.toString(),
                    "decide-identity",
                    "media/" + id.value(),
                    Audit.OK,
                    origin,
                    Map.of("verdict", verdict));
            return true;
        });
    }

    /** Removes in one transaction what of these rows is still due and not held, and notes it. */
    int remove(Rule rule, List<UUID> candidates) {
        return candidates.isEmpty()
                ? 0
                : store.inOwnTransaction(() -> {
                    LegalHolds.standStill(store);
                    return removeLocked(rule, due.locked(rule, candidates));
                });
    }

    private int removeLocked(Rule rule, List<UUID> ids) {
        if (ids.isEmpty()) {
            return 0;
        }
        List<UUID> gone =
                switch (rule.kind()) {
                    // Notes what it destroys itself, under the rule that it is given.
                    case MEDIA -> media.shredNow(ids, rule.id());
                    case MESSAGE -> erase.everywhere(ids);
                    case DRAFT -> set("drafts set content = null where inquiry", ids);
                    case MEMO -> {
                        set("holds set memo = null where inquiry", ids);
                        set("advice set words = null where inquiry", ids);
                        set("approvals set note = null where inquiry", ids);
                        yield set("inquiries set hold_memo = null, help_words = null where id", ids);
                    }
                    case QUESTION -> set("questions set question = null where id", ids);
                    case PROPOSAL -> delete("article_proposals", ids);
                    // It is read again when somebody opens one of the customer's inquiries.
                    case FACTS -> delete("crm_customers", ids);
                    case EVENT -> events(ids);
                    case WITHHELD -> withheld.destroy(ids);
                    // What became of it stays: whether the customer got it, or nobody knows.
                    case DELIVERY -> set("deliveries set payload = null, reply_token = null where id", ids);
                };
        if (!Due.isMedia(rule)) {
            log.note(rule.id(), gone);
        }
        return gone.size();
    }

    private List<UUID> set(String what, List<UUID> ids) {
        store.jdbc().sql("update " + what + " = any(?)").param(Store.uuids(ids)).update();
        return ids;
    }

    private List<UUID> delete(String table, List<UUID> ids) {
        store.jdbc()
                .sql("delete from " + table + " where id = any(?)")
                .param(Store.uuids(ids))
                .update();
        return ids;
    }

    /** Its key stays, so that it is recognised when it comes again; nobody can try it again any more. */
    private List<UUID> events(List<UUID> ids) {
        store.jdbc()
                .sql(
                        "update events set body = null, state = 'DONE', done_at = ?, error = 'given up by the keeping rules'"
                                + " where id = any(?)")
                .params(Store.at(store.clock().instant()), Store.uuids(ids))
                .update();
        return ids;
    }

    /**
     * Ends a run: signs what was removed since the last one, and audits it.
     *
     * @return what became of it, without a full stop
     */
    public String certify() {
        if (last().map(Found::overdue).orElse(0L) > 0) {
            verify();
        }
        if (!certificates.due()) {
            return "Nothing was due";
        }
        boolean holding = holds.all().stream().anyMatch(hold -> hold.liftedAt() == null);
        List<PurgeCertificates.Rule> said = new ArrayList<>();
        for (Rule rule : rules) {
            long held = holding ? count(rule, true) : 0;
            said.add(new PurgeCertificates.Rule(rule.id(), rule.text(), held));
        }
        said.add(new PurgeCertificates.Rule(OWN_TIME.id(), OWN_TIME.text(), holding ? due.countOwnTime(true) : 0));
        Optional<PurgeCertificates.Certificate> signed = store.inOwnTransaction(() -> {
            Optional<PurgeCertificates.Certificate> made = certificates.sign(said);
            made.ifPresent(certificate -> audit.write(
                    Audit.HUB,
                    "purge",
                    "purge/" + certificate.run(),
                    Audit.OK,
                    null,
                    Map.of("certificate", String.valueOf(certificate.position()))));
            return made;
        });
        signed.ifPresent(certificate -> LOG.info("Purge certificate {} is signed", certificate.position()));
        long held = said.stream().mapToLong(PurgeCertificates.Rule::held).sum();
        return signed.map(certificate -> "Purge certificate " + certificate.position() + " is signed; " + held
                        + " due rows stay on legal hold")
                .orElse("Nothing was due");
    }

    /**
     * Looks whether anything is past its time for longer than {@link #GRACE}; what it finds makes health red on all nodes
     * until a later look finds nothing.
     *
     * @return how many rows are overdue
     */
    public long verify() {
        List<String> what = new ArrayList<>();
        long overdue = 0;
        for (Rule rule : rules) {
            long rows = due.count(rule, GRACE, false);
            if (rows > 0) {
                what.add(rule.id() + ": " + rows);
            }
            overdue += rows;
        }
        long media = this.media.overdue(GRACE);
        if (media > 0) {
            what.add("hub.media.keep: " + media);
        }
        String words = String.join(", ", what);
        Found found = new Found(
                store.clock().instant(),
                overdue + media,
                words.length() <= LONGEST ? words : words.substring(0, LONGEST));
        store.inTransaction(() -> {
            store.jdbc()
                    .sql(
                            "insert into purge_check (id, checked_at, overdue, what) values (1, ?, 0, '') on conflict do nothing")
                    .param(Store.at(found.at()))
                    .update();
            store.jdbc()
                    .sql("update purge_check set checked_at = ?, overdue = ?, what = ? where id = 1")
                    .params(Store.at(found.at()), found.overdue(), found.what())
                    .update();
        });
        if (found.overdue() > 0) {
            LOG.error("{} rows are past their time and still there: {}", found.overdue(), found.what());
        }
        return found.overdue();
    }

    /** Gives what the last look found; empty when there was none yet. */
    public Optional<Found> last() {
        return store.jdbc()
                .sql("select checked_at, overdue, what from purge_check where id = 1")
                .query((row, i) -> new Found(
                        Store.instant(row.getTimestamp("checked_at")), row.getLong("overdue"), row.getString("what")))
                .optional();
    }
}
