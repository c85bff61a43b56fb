package io.tsunagi.console;

import io.tsunagi.store.Store;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;

/**
 * What became of inquiries in the last 24 hours. Counted anew when the last count is older than ten seconds, however many
 * screens ask. Safe for many threads.
 */
final class DayFigures {
    private static final Duration SPAN = Duration.ofHours(24);
    private static final Duration FRESH = Duration.ofSeconds(10);

    /**
     * @param ended inquiries that were closed, {@code byBot} of them solved by the bot
     * @param asked customers asked how satisfied they are, {@code answered} of whom answered
     * @param score their mean answer, 1 to 5; null without one
     * @param firstAnswers first answers of a person, {@code inGoal} of which came within the goal
     * @param firstAnswerSeconds their median wait since the hand-off, in seconds; null without one
     */
    public record Day(
            long ended,
            long byBot,
            long asked,
            long answered,
            Double score,
            long firstAnswers,
            long inGoal,
            Double firstAnswerSeconds) {}

    private final Store store;
    private final Duration goal;
    private final Clock clock;
    private Day last;
    private Instant counted = Instant.MIN;

    /** @param goal within which a person should answer first */
    DayFigures(Store store, Duration goal, Clock clock) {
        this.store = store;
        this.goal = goal;
        this.clock = clock;
    }

    synchronized Day day() {
        Instant now = clock.instant();
        if (last == null || Duration.between(counted, now).compareTo(FRESH) >= 0) {
            last = count(Store.at(now.minus(SPAN)));
            counted = now;
        }
        return last;
    }

    private Day count(Object since) {
        return store.jdbc()
                .sql("""
                        select ended, by_bot, asked, answered, score, first_answers, in_goal, median from
                            (select count(*) as ended, count(*) filter (where close_reason = 'solved-by-bot') as by_bot
                                from inquiries where state = 'CLOSED' and closed_at >= ?) closed,
                            (select count(*) as asked, count(score) as answered, avg(cast(score as double precision)) as score
                                from surveys where asked_at >= ?) surveyed,
                            (select count(*) as first_answers, count(*) filter (where waited <= ?) as in_goal,
                                    percentile_cont(0.5) within group (order by waited) as median
                                from (select %s as waited
                                    from inquiries i where changed_at >= ? and first_answered_at >= ?) waits) firsts
                        """.formatted(Reports.WAITED))
                .params(since, since, (double) goal.toSeconds(), since, since)
                .query((row, i) -> new Day(
                        row.getLong("ended"),
                        row.getLong("by_bot"),
                        row.getLong("asked"),
                        row.getLong("answered"),
                        Reports.number(row, "score"),
                        row.getLong("first_answers"),
                        row.getLong("in_goal"),
                        Reports.number(row, "median")))
                .single();
    }
}
