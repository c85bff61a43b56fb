package io.tsunagi.console;

import io.tsunagi.access.Operators;
import io.tsunagi.access.Person;
import io.tsunagi.config.Settings;
import io.tsunagi.store.Store;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.apache.camel.Header;

/**
 * What became of the inquiries that were opened in some days: figures beside those of as many days before, by day, hour, topic
 * and operator. Days and hours are those of the caller's zone. Counted from the inquiries at each call, by the database; no
 * customer's word is read. Times are in seconds. Safe for many threads.
 */
public final class Reports {
    private static final int LONGEST_DAYS = 92;
    private static final int MOST_ROWS = 50;

    /** From the hand-off of an inquiry {@code i} to a person's first answer, in seconds; null without one. */
    static final String WAITED =
            "cast(extract(epoch from (i.first_answered_at - i.handed_off_at)) as double precision)";

    /** What is counted of a group of inquiries {@code i} with the answers {@code s} to their surveys. */
    private static final String COUNTED = """
            count(*) as opened, count(i.closed_at) as ended,
            count(*) filter (where i.close_reason = 'solved-by-bot') as by_bot,
            count(%1$s) as answered, count(*) filter (where %1$s > :goal) as late,
            percentile_cont(0.5) within group (order by %1$s) as median,
            percentile_cont(0.9) within group (order by %1$s) as ninetieth,
            count(s.asked_at) as asked, count(s.score) as rated, avg(cast(s.score as double precision)) as score
            """.formatted(WAITED);

    private static final String FROM = " from inquiries i left join surveys s on s.inquiry = i.id where ";

    /**
     * @param ended of the {@code opened}, how many were closed; {@code byBot} of them were solved by the bot
     * @param answered first answers of a person, {@code late} of which came after the goal
     * @param median the middle one of their waits; null without one; nine of ten waits were at most {@code ninetieth}
     * @param asked how many customers were asked for their satisfaction, {@code rated} of whom answered
     * @param score their mean answer, 1 to 5; null without one
     * @param paid messages as LINE counts them; {@code free} are replies
     */
    public record Figures(
            long opened,
            long ended,
            long byBot,
            long answered,
            long late,
            Double median,
            Double ninetieth,
            long asked,
            long rated,
            Double score,
            long paid,
            long free) {}

    /** @param at a day, or the hour where the report is of one day */
    public record Point(
            String at,
            long opened,
            long ended,
            long byBot,
            long answered,
            long late,
            Double median,
            Double score,
            long paid) {}

    /** What was opened in an hour of the day: {@code person} asked for one, {@code bot} are the others. */
    public record Hour(int hour, long person, long bot, Double ninetieth) {}

    /** @param reason {@code slow}, {@code repeated}, {@code unsolved}, {@code unclear} or {@code manner} */
    public record Reason(String reason, long answers) {}

    public record Topic(String topic, long opened, long ended, long byBot, long rated, Double score) {}

    /**
     * @param handling the middle time from the assignment to the close; null without one
     * @param advised how often a supervisor advised, {@code taken} of which went into a draft
     * @param requests drafts a supervisor decided, {@code asTheyWere} of which went out unchanged
     */
    public record OperatorRow(
            UUID id,
            String name,
            long inquiries,
            Double median,
            Double handling,
            long rated,
            Double score,
            long advised,
            long taken,
            long requests,
            long asTheyWere) {}

    /**
     * @param scores how many customers answered 1, 2, 3, 4 and 5
     * @param reasons why of those who gave a low score, as they said, the most frequent first
     * @param teams every team that has inquiries since then, and {@code languages} likewise, for the choice
     */
    public record Report(
            LocalDate from,
            LocalDate until,
            LocalDate beforeFrom,
            LocalDate beforeUntil,
            Instant at,
            long goalSeconds,
            Figures now,
            Figures before,
            List<Point> trend,
            List<Hour> hours,
            List<Long> scores,
            List<Reason> reasons,
            List<Topic> topics,
            List<OperatorRow> operators,
            List<String> teams,
            List<String> languages) {}

    private final Store store;
    private final Operators operators;
    private final Duration goal;
    private final Clock clock;

    public Reports(Store store, Operators operators, Settings settings, Clock clock) {
        this.store = store;
        this.operators = operators;
        this.goal = settings.duration("hub.dispatch.first-answer-goal");
        this.clock = clock;
    }

    /**
     * Reports on the inquiries that were opened in some days, at most {@value #LONGEST_DAYS}.
     *
     * @param from the first day, {@code until} the last; without them the last seven with today
     * @param team only of this team; {@code language} likewise
     */
    public Object show(
            @Header("tsunagi-operator") String caller,
            @Header("from") String from,
            @Header("until") String until,
            @Header("team") String team,
            @Header("language") String language) {
        ZoneId zone = ZoneId.of(Requests.person(operators, caller).zone());
        LocalDate today = LocalDate.ofInstant(clock.instant(), zone);
        LocalDate last = Requests.given(until) ? Requests.day("until", until) : today;
        LocalDate first = Requests.given(from) ? Requests.day("from", from) : last.minusDays(6);
        long days = ChronoUnit.DAYS.between(first, last) + 1;
        if (days < 1 || days > LONGEST_DAYS) {
            throw new BadRequestException(422, "from", "A report is of 1 to " + LONGEST_DAYS + " days");
        }
        Which now = new Which(first, last, zone, team, language);
        Which before = new Which(first.minusDays(days), first.minusDays(1), zone, team, language);
        return new Report(
                first,
                last,
                before.from,
                before.until,
                clock.instant(),
                goal.toSeconds(),
                figures(now),
                figures(before),
                trend(now, days == 1),
                hours(now),
                scores(now),
                reasons(now),
                topics(now),
                operators(now),
                names("team", now),
                names("language", now));
    }

    /** The inquiries of a report, as SQL {@code i} with the answer {@code s} to its survey. */
    private final class Which {
        private final LocalDate from;
        private final LocalDate until;
        private final ZoneId zone;
        private final String where;
        private final Map<String, Object> values = new HashMap<>();

        Which(LocalDate from, LocalDate until, ZoneId zone, String team, String language) {
            this.from = from;
            this.until = until;
            this.zone = zone;
            values.put("from", Store.at(from.atStartOfDay(zone).toInstant()));
            values.put("until", Store.at(until.plusDays(1).atStartOfDay(zone).toInstant()));
            values.put("goal", (double) goal.toSeconds());
            // What was opened since then has changed since then, too: there is an index of that.
            StringBuilder conditions =
                    new StringBuilder("i.changed_at >= :from and i.opened_at >= :from and i.opened_at < :until");
            if (Requests.given(team)) {
                conditions.append(" and i.team = :team");
                values.put("team", team);
            }
            if (Requests.given(language)) {
                conditions.append(" and i.language = :language");
                values.put("language", language);
            }
            where = conditions.toString();
        }

        /** When an inquiry was opened, by the clocks of the caller's zone. */
        String opened() {
            return "i.opened_at at time zone '" + zone.getId() + "'";
        }
    }

    private Figures figures(Which which) {
        Map<String, Long> sent = new HashMap<>();
        store.jdbc()
                .sql("""
                        select p.cost, count(*) as calls, coalesce(sum(p.counted), 0) as counted
                        from sends p join inquiries i on i.id = p.inquiry where %s and p.outcome = 'SENT' group by p.cost
                        """.formatted(which.where))
                .params(which.values)
                .query((row, i) -> sent.put(
                        row.getString("cost"), row.getLong(row.getString("cost").equals("FREE") ? "calls" : "counted")))
                .list();
        return store.jdbc()
                .sql("select " + COUNTED + FROM + which.where)
                .params(which.values)
                .query((row, i) -> new Figures(
                        row.getLong("opened"),
                        row.getLong("ended"),
                        row.getLong("by_bot"),
                        row.getLong("answered"),
                        row.getLong("late"),
                        number(row, "median"),
                        number(row, "ninetieth"),
                        row.getLong("asked"),
                        row.getLong("rated"),
                        number(row, "score"),
                        sent.getOrDefault("PAID", 0L),
                        sent.getOrDefault("FREE", 0L)))
                .single();
    }

    /** Every day, or every hour of the one day; those without an inquiry are counted as nothing. */
    private List<Point> trend(Which which, boolean byHour) {
        String opened = which.opened();
        String place = byHour
                ? "extract(hour from " + opened + ")"
                : "extract(year from %1$s) * 10000 + extract(month from %1$s) * 100 + extract(day from %1$s)"
                        .formatted(opened);
        Map<Integer, Long> paid = new HashMap<>();
        store.jdbc()
                .sql("""
                        select %1$s as place, sum(p.counted) as paid from sends p join inquiries i on i.id = p.inquiry
                        where %2$s and p.outcome = 'SENT' group by %1$s
                        """.formatted(place, which.where))
                .params(which.values)
                .query((row, i) -> paid.put(row.getInt("place"), row.getLong("paid")))
                .list();
        return store.jdbc()
                .sql("select " + place + " as place, " + COUNTED + FROM + which.where + " group by " + place
                        + " order by place")
                .params(which.values)
                .query((row, i) -> new Point(
                        at(row.getInt("place"), byHour),
                        row.getLong("opened"),
                        row.getLong("ended"),
                        row.getLong("by_bot"),
                        row.getLong("answered"),
                        row.getLong("late"),
                        number(row, "median"),
                        number(row, "score"),
                        paid.getOrDefault(row.getInt("place"), 0L)))
                .list();
    }

    private static String at(int place, boolean hour) {
        return hour
                ? String.valueOf(place)
                : LocalDate.of(place / 10000, place / 100 % 100, place % 100).toString();
    }

    private List<Hour> hours(Which which) {
        return store.jdbc()
                .sql("""
                        select of_hour, count(handed_off_at) as person, count(*) - count(handed_off_at) as bot,
                            percentile_cont(0.9) within group (order by waited) as ninetieth
                        from (select extract(hour from %s) as of_hour, i.handed_off_at, %s as waited from inquiries i where %s) e
                        group by of_hour order by of_hour
                        """.formatted(which.opened(), WAITED, which.where))
                .params(which.values)
                .query((row, i) -> new Hour(
                        row.getInt("of_hour"), row.getLong("person"), row.getLong("bot"), number(row, "ninetieth")))
                .list();
    }

    private List<Long> scores(Which which) {
        return store.jdbc()
                .sql("""
                        select count(*) filter (where s.score = 1) as one, count(*) filter (where s.score = 2) as two,
                            count(*) filter (where s.score = 3) as three, count(*) filter (where s.score = 4) as four,
                            count(*) filter (where s.score = 5) as five
                        """ + FROM + which.where)
                .params(which.values)
                .query((row, i) ->
                        List.of(row.getLong(1), row.getLong(2), row.getLong(3), row.getLong(4), row.getLong(5)))
                .single();
    }

    private List<Reason> reasons(Which which) {
        return store.jdbc()
                .sql("select s.reason, count(*) as answers" + FROM + which.where
                        + " and s.reason is not null group by s.reason order by answers desc, s.reason")
                .params(which.values)
                .query((row, i) -> new Reason(row.getString("reason"), row.getLong("answers")))
                .list();
    }

    private List<Topic> topics(Which which) {
        return store.jdbc()
                .sql("select i.topic, " + COUNTED + FROM + which.where
                        + " and i.topic is not null group by i.topic order by opened desc, i.topic limit " + MOST_ROWS)
                .params(which.values)
                .query((row, i) -> new Topic(
                        row.getString("topic"),
                        row.getLong("opened"),
                        row.getLong("ended"),
                        row.getLong("by_bot"),
                        row.getLong("rated"),
                        number(row, "score")))
                .list();
    }

    /** Advice and approvals are of the inquiries the report is of. */
    private List<OperatorRow> operators(Which which) {
        Map<UUID, long[]> advice = pairs("""
                select i.operator, count(*) as all_of_it, count(*) filter (where a.outcome in ('TAKEN', 'EDITED')) as part
                from advice a join inquiries i on i.id = a.inquiry where %s and i.operator is not null group by i.operator
                """, which);
        Map<UUID, long[]> approvals = pairs("""
                select a.author as operator, count(*) as all_of_it, count(*) filter (where a.state = 'APPROVED') as part
                from approvals a join inquiries i on i.id = a.inquiry
                where %s and a.state in ('APPROVED', 'EDITED', 'RETURNED') group by a.author
                """, which);
        Map<UUID, String> names = new HashMap<>();
        for (Person person : operators.all()) {
            names.put(person.id().value(), person.displayName());
        }
        long[] none = {0, 0};
        return store.jdbc()
                .sql("select i.operator, " + COUNTED
                        + ", percentile_cont(0.5) within group (order by cast(extract(epoch from (i.closed_at - i.assigned_at)) as double precision)) as handling"
                        + FROM + which.where
                        + " and i.operator is not null group by i.operator order by opened desc, i.operator limit "
                        + MOST_ROWS)
                .params(which.values)
                .query((row, i) -> {
                    UUID id = row.getObject("operator", UUID.class);
                    long[] advised = advice.getOrDefault(id, none);
                    long[] asked = approvals.getOrDefault(id, none);
                    return new OperatorRow(
                            id,
                            names.get(id),
                            row.getLong("opened"),
                            number(row, "median"),
                            number(row, "handling"),
                            row.getLong("rated"),
                            number(row, "score"),
                            advised[0],
                            advised[1],
                            asked[0],
                            asked[1]);
                })
                .list();
    }

    private Map<UUID, long[]> pairs(String sql, Which which) {
        Map<UUID, long[]> pairs = new HashMap<>();
        store.jdbc()
                .sql(sql.formatted(which.where))
                .params(which.values)
                .query((row, i) -> pairs.put(
                        row.getObject("operator", UUID.class),
                        new long[] {row.getLong("all_of_it"), row.getLong("part")}))
                .list();
        return pairs;
    }

    private List<String> names(String column, Which which) {
        return store.jdbc()
                .sql("select distinct " + column
                        + " from inquiries where changed_at >= :from and opened_at >= :from and " + column
                        + " is not null order by 1")
                .params(which.values)
                .query(String.class)
                .list();
    }

    static Double number(ResultSet row, String column) throws SQLException {
        double number = row.getDouble(column);
        return row.wasNull() ? null : number;
    }
}
