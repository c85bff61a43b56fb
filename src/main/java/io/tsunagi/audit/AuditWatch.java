package io.tsunagi.audit;

import io.tsunagi.config.Settings;
import io.tsunagi.store.Store;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks through the last hour of the audit for people who read or search far more than their work needs or are refused again
 * and again, and through the last day for those who take data out when nobody works (PCI DSS v4.0.1, 10.4.1.1; ISO/IEC
 * 27001:2022, A.8.12 and A.8.16). What it finds is an {@code alarm} in the audit itself, a line of the log and a figure among
 * the metrics; nobody is locked out by it.
 *
 * <p>Somebody who goes on is named once an hour, for exports at each. Counts by the database's time, so that nodes agree; called
 * once in the cluster at a time. Safe for many threads.
 */
public final class AuditWatch {
    private static final Logger LOG = LoggerFactory.getLogger(AuditWatch.class);
    private static final Duration SPAN = Duration.ofHours(1);

    /** An export is a command's, which may run while no hub does. */
    private static final Duration SPAN_OF_EXPORTS = Duration.ofDays(1);

    private static final String ALARM = "alarm";

    /** Leaves out what the hub does, who is not signed in, and who was named for it already. */
    private static final String NOT_NAMED_SINCE = " and a.actor not in ('" + Audit.HUB + "', '" + Audit.NOBODY
            + "') and not exists (select 1 from audit b where b.act = '" + ALARM
            + "' and b.object = 'operator/' || a.actor and b.detail like :named and b.at >= ";

    private static final String OTHERS = NOT_NAMED_SINCE + ":since) group by a.actor having ";

    private static final String END = " > :most order by a.actor";

    private static final String INQUIRIES =
            "select a.actor, count(distinct a.object) as times from audit a where a.at >= :since"
                    + " and a.act = 'view-inquiry' and a.outcome = 'ok'" + OTHERS + "count(distinct a.object)" + END;

    private static final String IDENTITY_DOCUMENTS =
            "select a.actor, count(distinct a.object) as times from audit a where a.at >= :since"
                    + " and a.act = 'view-media' and a.outcome = 'ok' and a.detail like '%\"identity\":\"true\"%'"
                    + OTHERS
                    + "count(distinct a.object)" + END;

    private static final String REFUSALS = "select a.actor, count(*) as times from audit a where a.at >= :since"
            + " and a.outcome = 'refused'" + OTHERS + "count(*)" + END;

    private static final String SEARCHES = "select a.actor, count(*) as times from audit a where a.at >= :since"
            + " and a.act = 'find-inquiries' and a.outcome = 'ok'" + OTHERS + "count(*)" + END;

    private static final String EXPORTS = "select a.actor, a.at from audit a where a.at >= :since"
            + " and a.act in ('export-audit', 'export-customer', 'begin-export-withheld')"
            + NOT_NAMED_SINCE + "a.at) order by a.actor";

    private record Export(String actor, Instant at) {}

    private record Seen(String actor, long times) {}

    private final Store store;
    private final Audit audit;
    private final int mostInquiries;
    private final int mostIdentityDocuments;
    private final int mostRefusals;
    private final int mostSearches;
    private final Optional<WorkingHours> exportHours;

    public AuditWatch(Store store, Audit audit, Settings settings) {
        this.store = store;
        this.audit = audit;
        this.mostInquiries = settings.whole("hub.audit.watch-inquiries", 0, 1_000_000);
        this.mostIdentityDocuments = settings.whole("hub.audit.watch-identity-documents", 0, 1_000_000);
        this.mostRefusals = settings.whole("hub.audit.watch-refusals", 0, 1_000_000);
        this.mostSearches = settings.whole("hub.audit.watch-searches", 0, 1_000_000);
        this.exportHours = WorkingHours.of(settings, "hub.audit.export-hours");
    }

    /**
     * Looks now.
     *
     * @return how many alarms it raised
     */
    public int look() {
        return look("inquiries", INQUIRIES, mostInquiries)
                + look("identity-documents", IDENTITY_DOCUMENTS, mostIdentityDocuments)
                + look("refusals", REFUSALS, mostRefusals)
                + look("searches", SEARCHES, mostSearches)
                + exportHours.map(this::lookAtExports).orElse(0);
    }

    private int lookAtExports(WorkingHours hours) {
        String rule = "exports-out-of-hours";
        Map<String, Long> times = store
                .jdbc()
                .sql(EXPORTS)
                .param("since", Store.at(store.clock().instant().minus(SPAN_OF_EXPORTS)))
                .param("named", named(rule))
                .query((row, i) -> new Export(row.getString("actor"), Store.instant(row.getObject("at"))))
                .list()
                .stream()
                .filter(export -> !hours.hold(export.at()))
                .collect(Collectors.groupingBy(Export::actor, TreeMap::new, Collectors.counting()));
        times.forEach((actor, count) -> raise(rule, new Seen(actor, count), 0));
        return times.size();
    }

    private static String named(String rule) {
        return "%\"rule\":\"" + rule + "\"%";
    }

    private int look(String rule, String sql, int most) {
        if (most == 0) {
            return 0;
        }
        List<Seen> all = store.jdbc()
                .sql(sql)
                .param("since", Store.at(store.clock().instant().minus(SPAN)))
                .param("named", named(rule))
                .param("most", most)
                .query((row, i) -> new Seen(row.getString("actor"), row.getLong("times")))
                .list();
        all.forEach(seen -> raise(rule, seen, most));
        return all.size();
    }

    private void raise(String rule, Seen seen, int most) {
        store.inTransaction(() -> audit.write(
                Audit.HUB,
                ALARM,
                "operator/" + seen.actor(),
                Audit.OK,
                null,
                Map.of("rule", rule, "times", String.valueOf(seen.times()))));
        LOG.warn("{} had {} {} lately; more than {} are unusual", seen.actor(), seen.times(), rule, most);
    }

    /** Gives how many alarms were raised in the last hour. */
    public long alarms() {
        return store.jdbc()
                .sql("select count(*) from audit where at >= ? and act = '" + ALARM + "'")
                .param(Store.at(store.clock().instant().minus(SPAN)))
                .query(Long.class)
                .single();
    }
}
