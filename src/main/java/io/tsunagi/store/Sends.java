package io.tsunagi.store;

import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.UUID;

/**
 * The ledger of what sending cost: a row for each call to LINE that was taken, or of which nobody will know. A reply is
 * free, a push is paid, once however many bubbles it holds. What LINE counts is noted with it: a push into a group or room
 * counts once for each member. Safe for many threads and nodes.
 *
 * @see <a href="https://developers.line.biz/en/docs/messaging-api/pricing/">Messaging API pricing</a>
 */
public final class Sends {
    /**
     * What was sent.
     *
     * @param free replies
     * @param paid messages as LINE counts them: one for each person a push went to
     * @param unclear replies and pushes without an answer
     */
    public record Tally(long free, long paid, long unclear) {}

    /** What one kind of speaker sent, counted as in a {@link Tally}. */
    public record Share(Deliveries.Origin origin, long free, long paid, long unclear) {}

    private final Store store;
    private final Clock clock;

    public Sends(Store store, Clock clock) {
        this.store = store;
        this.clock = clock;
    }

    /** Notes deliveries that just ended as sent or unclear; joins the running transaction. */
    void note(List<UUID> deliveries) {
        Instant now = clock.instant();
        store.each(
                """
                insert into sends (id, delivery, account, inquiry, origin, cost, counted, outcome, at)
                select cast(? as uuid), id, account, inquiry, origin,
                    case when called_by = 'reply' then 'FREE' else 'PAID' end,
                    case when called_by = 'reply' then 0 else coalesce(
                        (select members from customers where customers.id = deliveries.lane), 1) end,
                    state, answered_at
                from deliveries where id = ?
                on conflict do nothing
                """,
                deliveries.stream()
                        .map(delivery -> new Object[] {Ids.derived("send", delivery, now.toEpochMilli()), delivery})
                        .toList());
    }

    /** Gives what was sent in an inquiry. */
    public Tally of(UUID inquiry) {
        return store.jdbc()
                .sql("""
                        select count(*) filter (where outcome = 'SENT' and cost = 'FREE') as free,
                            coalesce(sum(counted) filter (where outcome = 'SENT'), 0) as paid,
                            count(*) filter (where outcome = 'UNCLEAR') as unclear
                        from sends where inquiry = ?
                        """)
                .param(inquiry)
                .query((row, i) -> new Tally(row.getLong("free"), row.getLong("paid"), row.getLong("unclear")))
                .single();
    }

    /** Gives what an account sent since then, by who spoke. */
    public List<Share> of(String account, Instant since) {
        return store.jdbc()
                .sql("""
                        select origin,
                            count(*) filter (where outcome = 'SENT' and cost = 'FREE') as free,
                            coalesce(sum(counted) filter (where outcome = 'SENT'), 0) as paid,
                            count(*) filter (where outcome = 'UNCLEAR') as unclear
                        from sends where account = ? and at >= ? group by origin order by origin
                        """)
                .params(account, Store.at(since))
                .query((row, i) -> new Share(
                        Deliveries.Origin.valueOf(row.getString("origin")),
                        row.getLong("free"),
                        row.getLong("paid"),
                        row.getLong("unclear")))
                .list();
    }

    /** Counts the messages an account paid for, or may have paid for, after that time. */
    public long paid(String account, Instant after) {
        return store.jdbc()
                .sql("select coalesce(sum(counted), 0) from sends where account = ? and at > ?")
                .params(account, Store.at(after))
                .query(Long.class)
                .single();
    }
}
