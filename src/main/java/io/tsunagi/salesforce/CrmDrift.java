package io.tsunagi.salesforce;

import io.tsunagi.store.CrmWork;
import io.tsunagi.store.Store;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Compares a day's transcripts with what Salesforce holds, hour by hour, and keeps the ids of what differs. Bean {@code
 * crmDrift} of the routes.
 *
 * <p>A message that is still on its way to Salesforce is no drift. What is missing or stale there is written again, unless
 * Salesforce refused it before: that waits in the list of failed work. Safe for many threads; one node runs it a night.
 */
public final class CrmDrift {
    private static final Logger LOG = LoggerFactory.getLogger(CrmDrift.class);

    /** What is younger may still be on its way. */
    private static final Duration REST = Duration.ofHours(1);

    /** Salesforce keeps times to the second. */
    private static final Duration ROUNDED = Duration.ofSeconds(1);

    private static final int A_CALL = 1000;

    /** An hour of messages. */
    public record Hour(Instant from, Instant to) {
        /** The beginning, as SOQL takes it, a second early. */
        public String since() {
            return from.minus(ROUNDED).toString();
        }

        /** The end, as SOQL takes it, a second late. */
        public String until() {
            return to.plus(ROUNDED).toString();
        }
    }

    /** What a run found so far; used by one thread. */
    public static final class Report {
        private final Instant begun;
        private final List<Hour> hours;
        private int compared;
        private final List<UUID> missing = new ArrayList<>();
        private final List<UUID> stale = new ArrayList<>();
        private final List<String> unknown = new ArrayList<>();

        private Report(Instant begun, List<Hour> hours) {
            this.begun = begun;
            this.hours = hours;
        }

        public List<Hour> hours() {
            return hours;
        }

        public int compared() {
            return compared;
        }

        /** Messages that Salesforce lacks. */
        public List<UUID> missing() {
            return List.copyOf(missing);
        }

        /** Messages that were taken back here and still have their words there. */
        public List<UUID> stale() {
            return List.copyOf(stale);
        }

        /** Keys of rows in Salesforce whose message is not here. */
        public List<String> unknown() {
            return List.copyOf(unknown);
        }
    }

    private record Said(UUID id, boolean unsent) {}

    private final Store store;
    private final CrmWork work;
    private final Clock clock;

    CrmDrift(Store store, CrmWork work, Clock clock) {
        this.store = store;
        this.work = work;
        this.clock = clock;
    }

    /** Begins a report on the last whole 24 hours that are an hour old. */
    public Report begin() {
        Instant now = clock.instant();
        Instant end = now.minus(REST).truncatedTo(ChronoUnit.HOURS);
        List<Hour> hours = new ArrayList<>();
        for (Instant from = end.minus(Duration.ofDays(1)); from.isBefore(end); from = from.plus(REST)) {
            hours.add(new Hour(from, from.plus(Duration.ofHours(1))));
        }
        return new Report(now, List.copyOf(hours));
    }

    /** Compares an hour with the rows that Salesforce holds of it and a second around it. */
    public void compare(Report report, Hour hour, List<?> rows) {
        Map<String, String> there = new HashMap<>();
        for (Object row : rows) {
            Map<?, ?> record = (Map<?, ?>) row;
            there.put(String.valueOf(record.get("MessageKey__c")), String.valueOf(record.get("Type__c")));
        }
        for (Said said : said(hour, report.begun)) {
            report.compared++;
            String type = there.remove(key(said.id()));
            if (type == null) {
                report.missing.add(said.id());
            } else if (said.unsent() && !type.equals("unsent")) {
                report.stale.add(said.id());
            }
        }
        report.unknown.addAll(notHere(there.keySet()));
    }

    /**
     * What was taken back before it was sent, and what is past its time, is never written. What was written while this ran
     * may have come after Salesforce answered.
     */
    private List<Said> said(Hour hour, Instant begun) {
        return store.jdbc()
                .sql("""
                        select m.id, m.unsent_at is not null as unsent
                          from messages m join inquiries i on i.id = m.inquiry
                         where m.at >= :from and m.at < :to and m.sender not in ('NOTE', 'SYSTEM')
                           and (m.content is not null or m.unsent_at is not null)
                           and i.case_id is not null
                           and not exists (
                               select 1 from crm_work w
                                where w.inquiry = m.inquiry and w.subject = m.id
                                  and (w.state = 'QUEUED' or w.done_at >= :begun))
                         order by m.at, m.id
                        """)
                .param("from", Store.at(hour.from()))
                .param("to", Store.at(hour.to()))
                .param("begun", Store.at(begun))
                .query((row, n) -> new Said(row.getObject("id", UUID.class), row.getBoolean("unsent")))
                .list();
    }

    /** Of these keys, those that are no message's, at whatever time. */
    private List<String> notHere(Set<String> keys) {
        List<String> unknown = new ArrayList<>();
        List<UUID> ids = new ArrayList<>();
        for (String key : keys) {
            Optional<UUID> id = CrmChanges.uuid(key);
            if (id.isPresent()) {
                ids.add(id.get());
            } else {
                unknown.add(key);
            }
        }
        for (int i = 0; i < ids.size(); i += A_CALL) {
            List<UUID> some = ids.subList(i, Math.min(ids.size(), i + A_CALL));
            Set<UUID> here = new HashSet<>(store.jdbc()
                    .sql("select id from messages where id = any(?)")
                    .param(Store.uuids(some))
                    .query(UUID.class)
                    .list());
            some.stream().filter(id -> !here.contains(id)).map(CrmDrift::key).forEach(unknown::add);
        }
        unknown.sort(null);
        return unknown;
    }

    private static String key(UUID id) {
        return id.toString().replace("-", "");
    }

    /** Keeps the report and has what is missing or stale written again. */
    public void end(Report report) {
        Instant now = clock.instant();
        UUID id = UUID.randomUUID();
        List<String> ids = Stream.of(
                        report.missing.stream().map(each -> "M:" + each),
                        report.stale.stream().map(each -> "S:" + each),
                        report.unknown.stream().map(each -> "U:" + each))
                .flatMap(each -> each)
                .toList();
        store.inTransaction(() -> {
            store.jdbc()
                    .sql("""
                            insert into crm_drift (id, ran_at, from_at, to_at, compared, missing, stale, not_here, ids)
                            values (?, ?, ?, ?, ?, ?, ?, ?, ?)
                            """)
                    .params(
                            id,
                            Store.at(now),
                            Store.at(report.hours.get(0).from()),
                            Store.at(report.hours.get(report.hours.size() - 1).to()),
                            report.compared,
                            report.missing.size(),
                            report.stale.size(),
                            report.unknown.size(),
                            String.join("\n", ids))
                    .update();
            writeAgain(
                    Stream.concat(report.missing.stream(), report.stale.stream())
                            .toList(),
                    id);
        });
        if (ids.isEmpty()) {
            LOG.info("{} messages of the day stand in Salesforce as they stand here", report.compared);
        } else {
            LOG.warn(
                    "Of {} messages of the day {} are missing in Salesforce, {} stale; {} rows there are no message's: {}",
                    report.compared,
                    report.missing.size(),
                    report.stale.size(),
                    report.unknown.size(),
                    ids);
        }
    }

    private void writeAgain(List<UUID> messages, UUID cause) {
        for (int i = 0; i < messages.size(); i += A_CALL) {
            List<CrmWork.Order> orders = store.jdbc()
                    .sql("""
                            select m.id, m.inquiry from messages m
                             where m.id = any(?) and not exists (
                                 select 1 from crm_work w
                                  where w.inquiry = m.inquiry and w.subject = m.id and w.state = 'SET_ASIDE')
                             order by m.inquiry, m.seq
                            """)
                    .param(Store.uuids(messages.subList(i, Math.min(messages.size(), i + A_CALL))))
                    .query((row, n) -> new CrmWork.Order(
                            row.getObject("inquiry", UUID.class), row.getObject("id", UUID.class), "drift " + cause))
                    .list();
            work.add(CrmWork.Kind.TRANSCRIPT, orders, Duration.ZERO);
        }
    }

    /** Says in a sentence what the last comparison found; empty when it found nothing. */
    public Optional<String> trouble() {
        return store.jdbc()
                .sql("select * from crm_drift order by ran_at desc limit 1")
                .query((row, n) -> row.getInt("missing") + row.getInt("stale") + row.getInt("not_here") == 0
                        ? Optional.<String>empty()
                        : Optional.of("Of " + row.getInt("compared") + " messages " + row.getInt("missing")
                                + " were missing in Salesforce and " + row.getInt("stale") + " stale, and "
                                + row.getInt("not_here")
                                + " rows there are no message's; the table crm_drift names them all. What can be"
                                + " written again was."))
                .optional()
                .flatMap(found -> found);
    }
}
