package io.tsunagi.store;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/**
 * The outbox towards LINE: a row before it is a call, in order per customer.
 *
 * <p>A delivery is tried until it is {@code SENT}, {@code FAILED}, {@code UNCLEAR}, {@code CANCELLED} or {@code
 * EXPIRED}; only a queued or running one holds the customer's later ones back. A push repeats with its id as retry key,
 * which LINE honours for 24 h. A reply has no retry key: without an answer it is repeated with the same token inside
 * {@code hub.line.reply-window} of the webhook, and is {@code UNCLEAR} after it, never pushed by itself. Safe for many
 * threads and nodes: a row is claimed by a conditional update and a lease.
 */
public final class Deliveries {
    private static final Logger LOG = LoggerFactory.getLogger(Deliveries.class);

    /** A caller that is gone is replaced after this; longer than any call takes. */
    private static final Duration LEASE = Duration.ofSeconds(30);

    /** How many calls are claimed, or ended, in one commit at most. */
    private static final int TOGETHER = 64;

    private static final String CLAIM = """
            update deliveries set state = 'SENDING', tries = tries + 1, lease_until = ?,
                called_by = ?, called_at = coalesce(called_at, ?)
            where id = ? and tries = ? and (state = 'QUEUED' or (state = 'SENDING' and lease_until < ?))
            """;

    private static final String END = """
            update deliveries set state = ?, answered_at = ?, lease_until = null,
                request_id = coalesce(?, request_id), error = ?
            where id = ? and tries = ? and state in ('QUEUED', 'SENDING')
            """;

    /** Why words of the bot were not pushed. */
    public static final String RESERVED = "The rest of this month's quota is kept for operators";

    /** Why a warning was not pushed. */
    public static final String FREE_ONLY = "The free reply is over, and a warning is not pushed";

    private static final String WAITS = "LINE takes no more calls just now; this one waits its turn";

    /** Between the claim and the begin of the call; whoever was frozen for longer leaves the call to others. */
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(10);

    /** Who wants something said; decides how long it stays worth saying. */
    public enum Origin {
        BOT,
        OPERATOR,
        SYSTEM
    }

    /**
     * A delivery that one thread may call LINE for.
     *
     * @param callBefore the call is not begun later, because it could still be running when somebody else may call
     */
    public record Claim(
            UUID id,
            String account,
            UUID lane,
            UUID inquiry,
            String recipient,
            String payload,
            String replyToken,
            Instant replyUntil,
            Instant callBefore,
            int tries,
            boolean unanswered) {

        /** Whether the free reply is used for this call rather than a push. */
        public boolean reply() {
            return replyToken != null;
        }

        @Override
        public String toString() {
            return "Delivery " + id;
        }
    }

    /** A delivery that did not reach the customer, for the people who can try it again. */
    public record Failed(UUID id, UUID lane, UUID inquiry, String state, Instant since, int tries, String error) {}

    /** What LINE made of one message of a call: its id, and a token to quote it by, which may be null. */
    public record Shown(String id, String quoteToken) {}

    /** Is told, inside their transaction, when deliveries ended or wait again; each with its inquiry. */
    @FunctionalInterface
    public interface Listener {
        void changed(Map<UUID, UUID> inquiries);
    }

    /** Says how long the call that is next in line must wait, because LINE takes no more at a time; zero lets it go. */
    @FunctionalInterface
    public interface Pace {
        Duration wait(String account, boolean reply);
    }

    /** Says whether a push that LINE counts as so many messages may be paid from what is left of the month's quota. */
    @FunctionalInterface
    public interface Reserve {
        boolean mayPush(String account, Origin origin, int messages);
    }

    private final Store store;
    private final Sends sends;
    private final Signals signals;
    private final Clock clock;
    private final Duration replyWindow;
    private final Duration botWordsKeep;
    private final Duration operatorWordsKeep;
    private final Together<UUID, Optional<Claim>> claims = new Together<>(TOGETHER, this::nextOfEach, this::nextOf);
    private final Together<Sent, Boolean> ends = new Together<>(TOGETHER, this::sentTogether, this::sentAlone);
    private volatile Listener listener = inquiries -> {};
    private volatile Consumer<Map<UUID, List<Shown>>> arrivals = shown -> {};
    private volatile Pace pace = (account, reply) -> Duration.ZERO;
    private volatile Reserve reserve = (account, origin, messages) -> true;

    public Deliveries(
            Store store,
            Signals signals,
            Clock clock,
            Duration replyWindow,
            Duration botWordsKeep,
            Duration operatorWordsKeep) {
        this.store = store;
        this.sends = new Sends(store, clock);
        this.signals = signals;
        this.clock = clock;
        this.replyWindow = replyWindow;
        this.botWordsKeep = botWordsKeep;
        this.operatorWordsKeep = operatorWordsKeep;
    }

    public void listen(Listener to) {
        listener = to;
    }

    /** Says who is told, inside their transaction, what LINE made of deliveries. */
    public void onArrival(Consumer<Map<UUID, List<Shown>>> to) {
        arrivals = to;
    }

    /** Says who sets the pace of the calls; asked before each. */
    public void keep(Pace with) {
        pace = with;
    }

    /** Says who decides what may be spent; asked before each push that was not called for yet. */
    public void spare(Reserve with) {
        reserve = with;
    }

    public Duration replyWindow() {
        return replyWindow;
    }

    /**
     * What is to be delivered; {@code inquiry}, {@code replyToken} and {@code replyUntil} may be null.
     *
     * @param freeOnly whether it goes by the free reply or not at all
     */
    public record Order(
            UUID id,
            String account,
            UUID lane,
            String recipient,
            UUID inquiry,
            Origin origin,
            String payload,
            String replyToken,
            Instant replyUntil,
            boolean freeOnly,
            Duration delay) {}

    /** Queues a call in the running transaction. The same id again changes nothing. */
    public void add(Order order) {
        Store.needTransaction();
        Instant now = clock.instant();
        Instant due = now.plus(order.delay());
        Duration keep = order.origin() == Origin.BOT ? botWordsKeep : operatorWordsKeep;
        store.later(
                """
                insert into deliveries (id, account, lane, inquiry, origin, state, recipient, payload, reply_token,
                    reply_until, free_only, due_at, expires_at, tries, created_at)
                values (?, ?, ?, ?, ?, 'QUEUED', ?, ?, ?, ?, ?, ?, ?, 0, ?)
                on conflict do nothing
                """,
                order.id(),
                order.account(),
                order.lane(),
                order.inquiry(),
                order.origin().name(),
                order.recipient(),
                store.sealing().seal("deliveries", order.id(), order.payload()),
                store.sealing().seal("deliveries", order.id(), order.replyToken()),
                Store.at(order.replyUntil()),
                order.freeOnly(),
                Store.at(due),
                Store.at(due.plus(keep)),
                Store.at(now));
        signals.send(Signals.Kind.DELIVERY, order.lane());
    }

    /**
     * Takes the next call of a lane that is due, or {@code null}. The claim is committed before this returns, with those
     * that others ask for at the same time, so it must not be called inside a transaction.
     */
    public Claim next(UUID lane) {
        if (TransactionSynchronizationManager.isActualTransactionActive()) {
            throw new IllegalStateException("A delivery is claimed outside of transactions");
        }
        return (together() ? claims.ask(lane) : nextOf(lane)).orElse(null);
    }

    /** Who works for others must not wait for what one of them waits for: H2 cannot be told so. */
    private boolean together() {
        return store.dialect() == Dialect.POSTGRESQL;
    }

    /** Gives {@code null} for a lane where more is to be done than to claim a call. */
    private List<Optional<Claim>> nextOfEach(List<UUID> lanes) {
        Instant now = clock.instant();
        Map<UUID, Optional<Claim>> taken = new HashMap<>();
        List<Head> free = new ArrayList<>();
        heads(lanes).forEach((lane, head) -> {
            if (!head.isDue(now)) {
                return;
            }
            boolean over = head.over(now).or(() -> refusal(head, now)).isPresent();
            if (over || !pace.wait(head.account(), !head.replyOver(now)).isZero()) {
                taken.put(lane, null);
            } else {
                free.add(head);
            }
        });
        if (!free.isEmpty()) {
            claim(free, now, taken);
        }
        // Of two who ask for one lane the first gets its call.
        Set<UUID> given = new HashSet<>();
        return lanes.stream()
                .map(lane -> given.add(lane) ? taken.getOrDefault(lane, Optional.empty()) : Optional.<Claim>empty())
                .toList();
    }

    private void claim(List<Head> heads, Instant now, Map<UUID, Optional<Claim>> taken) {
        heads.sort(Comparator.comparing(head -> head.id().toString()));
        int[] claimed = store.inTransaction(() -> {
            store.waitBriefly();
            return store.each(
                    CLAIM, heads.stream().map(head -> claimOf(head, now)).toList());
        });
        for (int i = 0; i < claimed.length; i++) {
            Head head = heads.get(i);
            if (claimed[i] > 0) {
                try {
                    taken.put(head.lane(), Optional.of(claimed(head, now)));
                } catch (IllegalStateException e) {
                    LOG.error("Delivery {} cannot be read", head.id(), e);
                }
            }
        }
    }

    private Optional<Claim> nextOf(UUID lane) {
        while (true) {
            Optional<Head> found = head(lane);
            Instant now = clock.instant();
            if (found.isEmpty() || !found.get().isDue(now)) {
                return Optional.empty();
            }
            Head head = found.get();
            Optional<End> over = head.over(now).or(() -> refusal(head, now));
            if (over.isEmpty()) {
                return paced(head, now) && store.each(CLAIM, List.<Object[]>of(claimOf(head, now)))[0] > 0
                        ? Optional.of(claimed(head, now))
                        : Optional.empty();
            }
            end(head, over.get());
        }
    }

    private void end(Head head, End end) {
        store.inTransaction(() -> end(head.id(), head.inquiry(), head.tries(), end.state(), null, end.error()));
    }

    /** Says whether LINE takes the call now; puts it off when not. */
    private boolean paced(Head head, Instant now) {
        Duration wait = pace.wait(head.account(), !head.replyOver(now));
        if (!wait.isZero()) {
            postpone(head, now.plus(wait));
        }
        return wait.isZero();
    }

    /** Free replies cost nothing, and what was called for already may have been paid for: neither is refused. */
    private Optional<End> refusal(Head head, Instant now) {
        boolean fresh = head.calledBy() == null && head.replyOver(now);
        if (fresh && head.freeOnly()) {
            return Optional.of(new End("FAILED", FREE_ONLY));
        }
        return fresh && !reserve.mayPush(head.account(), head.origin(), head.counted())
                ? Optional.of(new End("FAILED", RESERVED))
                : Optional.empty();
    }

    private record End(String state, String error) {}

    /** The first of a lane that is queued or being sent. */
    private record Head(
            UUID id,
            UUID lane,
            UUID inquiry,
            String account,
            Origin origin,
            String state,
            String recipient,
            byte[] payload,
            byte[] replyToken,
            Instant replyUntil,
            boolean freeOnly,
            Instant dueAt,
            Instant leaseUntil,
            Instant expiresAt,
            String calledBy,
            int tries,
            String error,
            int counted) {

        private boolean isDue(Instant now) {
            return state.equals("QUEUED") ? !dueAt.isAfter(now) : leaseUntil.isBefore(now);
        }

        private boolean replyOver(Instant now) {
            return replyUntil == null || !replyUntil.isAfter(now);
        }

        private Optional<End> over(Instant now) {
            if ("reply".equals(calledBy) && replyOver(now)) {
                return Optional.of(new End("UNCLEAR", "LINE did not answer the reply, and its token is over"));
            }
            if (!expiresAt.isBefore(now)) {
                return Optional.empty();
            }
            return Optional.of(
                    calledBy == null
                            ? new End("EXPIRED", "LINE could not be reached while the words were worth sending")
                            : new End(
                                    "UNCLEAR",
                                    "LINE was called and did not say whether it took the words while they were worth sending"));
        }
    }

    /** Looks at the first of each state, which the index gives, and not at all that wait. */
    private Optional<Head> head(UUID lane) {
        return store.jdbc()
                .sql("""
                        select first_of_each.*,
                            coalesce((select members from customers where id = :lane), 1) as counted
                        from (
                            (select * from deliveries where lane = :lane and state = 'SENDING' order by seq limit 1)
                            union all
                            (select * from deliveries where lane = :lane and state = 'QUEUED' order by seq limit 1)
                        ) first_of_each
                        where not exists (
                            select 1 from account_standings s where s.account = first_of_each.account and s.suspended)
                          and not exists (select 1 from customers c where c.id = :lane and c.standby)
                        order by seq limit 1
                        """)
                .param("lane", lane)
                .query((row, i) -> readHead(row))
                .optional();
    }

    /** The same for several lanes. */
    private Map<UUID, Head> heads(List<UUID> lanes) {
        Map<UUID, Head> heads = new LinkedHashMap<>();
        store.jdbc().sql("""
                        select d.*, coalesce(c.members, 1) as counted
                        from deliveries d left join customers c on c.id = d.lane
                        where d.lane = any(:lanes) and d.state in ('SENDING', 'QUEUED')
                          and d.seq in (
                            select min(seq) from deliveries
                            where lane = any(:lanes) and state in ('SENDING', 'QUEUED') group by lane)
                          and not exists (
                            select 1 from account_standings s where s.account = d.account and s.suspended)
                          and not coalesce(c.standby, false)
                        """).param("lanes", Store.uuids(lanes)).query(row -> {
            Head head = readHead(row);
            heads.put(head.lane(), head);
        });
        return heads;
    }

    private static Head readHead(ResultSet row) throws SQLException {
        return new Head(
                row.getObject("id", UUID.class),
                row.getObject("lane", UUID.class),
                row.getObject("inquiry", UUID.class),
                row.getString("account"),
                Origin.valueOf(row.getString("origin")),
                row.getString("state"),
                row.getString("recipient"),
                row.getBytes("payload"),
                row.getBytes("reply_token"),
                Store.instant(row.getTimestamp("reply_until")),
                row.getBoolean("free_only"),
                Store.instant(row.getTimestamp("due_at")),
                Store.instant(row.getTimestamp("lease_until")),
                Store.instant(row.getTimestamp("expires_at")),
                row.getString("called_by"),
                row.getInt("tries"),
                row.getString("error"),
                row.getInt("counted"));
    }

    private static Object[] claimOf(Head head, Instant now) {
        return new Object[] {
            Store.at(now.plus(LEASE)),
            head.replyOver(now) ? "push" : "reply",
            Store.at(now),
            head.id(),
            head.tries(),
            Store.at(now)
        };
    }

    private Claim claimed(Head head, Instant now) {
        return new Claim(
                head.id(),
                head.account(),
                head.lane(),
                head.inquiry(),
                head.recipient(),
                store.sealing().openText("deliveries", head.id(), head.payload()),
                head.replyOver(now) ? null : store.sealing().openText("deliveries", head.id(), head.replyToken()),
                head.replyUntil(),
                now.plus(LONGEST_PAUSE),
                head.tries() + 1,
                head.calledBy() != null);
    }

    /** Nothing was called, so nothing is counted; the customer's later ones wait behind it. */
    private void postpone(Head head, Instant until) {
        if (!head.state().equals("QUEUED")) {
            return;
        }
        store.inTransaction(() -> {
            store.jdbc()
                    .sql("update deliveries set due_at = ?, error = ? where id = ? and state = 'QUEUED' and tries = ?")
                    .params(Store.at(until), WAITS, head.id(), head.tries())
                    .update();
            if (!WAITS.equals(head.error())) {
                changed(head.id(), head.inquiry());
            }
        });
    }

    /** Says whether the call may still begin; whoever was frozen since the claim leaves it to others. */
    public boolean mayCall(Claim claim) {
        return clock.instant().isBefore(claim.callBefore());
    }

    /** Notes that the call was not begun. */
    public void notCalled(Claim claim) {
        again(claim, Duration.ZERO, !claim.unanswered(), "The call came too late to begin");
    }

    /** A call that LINE took. */
    private record Sent(Claim claim, String requestId, List<Shown> shown) {}

    /** Notes that LINE took the call, and what it made of each message; committed with what others note at the same time. */
    public void sent(Claim claim, String requestId, List<Shown> shown) {
        Sent sent = new Sent(claim, requestId, shown);
        if (together()) {
            ends.ask(sent);
        } else {
            sentAlone(sent);
        }
    }

    private List<Boolean> sentTogether(List<Sent> all) {
        List<Sent> inOrder = all.stream()
                .sorted(Comparator.comparing(sent -> sent.claim().id().toString()))
                .toList();
        store.inOwnTransaction(() -> {
            store.waitBriefly();
            noteSent(inOrder);
            return null;
        });
        return all.stream().map(sent -> true).toList();
    }

    private boolean sentAlone(Sent sent) {
        store.inOwnTransaction(() -> {
            noteSent(List.of(sent));
            return null;
        });
        return true;
    }

    private void noteSent(List<Sent> inOrder) {
        Instant now = clock.instant();
        int[] ended = store.each(
                END,
                inOrder.stream()
                        .map(sent -> new Object[] {
                            "SENT",
                            Store.at(now),
                            sent.requestId(),
                            null,
                            sent.claim().id(),
                            sent.claim().tries()
                        })
                        .toList());
        List<UUID> over = new ArrayList<>();
        Map<UUID, UUID> inquiries = new LinkedHashMap<>();
        Map<UUID, List<Shown>> shown = new LinkedHashMap<>();
        for (int i = 0; i < ended.length; i++) {
            Claim claim = inOrder.get(i).claim();
            shown.put(claim.id(), inOrder.get(i).shown());
            if (ended[i] > 0) {
                over.add(claim.id());
                if (claim.inquiry() != null) {
                    inquiries.put(claim.id(), claim.inquiry());
                }
            }
        }
        sends.note(over);
        if (!inquiries.isEmpty()) {
            listener.changed(inquiries);
        }
        arrivals.accept(shown);
    }

    /** Notes that LINE refused the call for good. */
    public void refused(Claim claim, String requestId, String reason) {
        ended(claim, "FAILED", requestId, reason);
        LOG.warn("Delivery {} failed: {}", claim.id(), reason);
    }

    /** Notes that nobody will know whether LINE took the reply: it is never sent again by itself. */
    public void unclear(Claim claim, String requestId, String reason) {
        ended(claim, "UNCLEAR", requestId, reason);
        LOG.warn("Delivery {} is unclear: {}", claim.id(), reason);
    }

    private void ended(Claim claim, String state, String requestId, String reason) {
        store.inOwnTransaction(() -> {
            end(claim.id(), claim.inquiry(), claim.tries(), state, requestId, reason);
            return null;
        });
    }

    /** Notes that LINE no longer takes the reply token and never took the reply: it is pushed next. */
    public void replyTokenOver(Claim claim) {
        again(claim, Duration.ZERO, true, null);
    }

    /** Notes that the monthly limit is reached: the push waits, a later free reply may overtake it. */
    public void needsQuota(Claim claim, String requestId) {
        ended(claim, "NEEDS_QUOTA", requestId, "LINE: the monthly limit is reached");
    }

    /** Notes that LINE refused the call as it is now, such as for being one too many: nothing was taken, it is repeated later. */
    public void busy(Claim claim, String reason) {
        // A reply that was once left unanswered may have been taken then: it stays a reply.
        again(claim, pause(claim.tries(), Duration.ofSeconds(4)), !claim.unanswered(), reason);
    }

    /**
     * Notes that nobody knows whether LINE took the call. A push is repeated with the same retry key; a reply is
     * repeated with the same token while it lasts.
     */
    public void unanswered(Claim claim, String reason) {
        Duration longest = claim.reply() ? Duration.ofSeconds(2) : Duration.ofMinutes(5);
        again(claim, pause(claim.tries(), longest), false, reason);
    }

    private void again(Claim claim, Duration pause, boolean notTaken, String reason) {
        store.inOwnTransaction(() -> {
            int ours = store.jdbc()
                    .sql("""
                            update deliveries set state = 'QUEUED', due_at = :due, lease_until = null, error = :error,
                                called_by = case when :notTaken then null else called_by end,
                                reply_until = case when :overNow then null else reply_until end
                            where id = :id and state = 'SENDING' and tries = :tries
                            """)
                    .param("tries", claim.tries())
                    .param("due", Store.at(clock.instant().plus(pause)))
                    .param("error", shorten(reason))
                    .param("notTaken", notTaken)
                    .param("overNow", notTaken && reason == null)
                    .param("id", claim.id())
                    .update();
            if (ours > 0) {
                changed(claim.id(), claim.inquiry());
            }
            return null;
        });
        if (pause.isZero()) {
            signals.send(Signals.Kind.DELIVERY, claim.lane());
        }
    }

    /** Takes back everything that waits for a customer who can no longer be reached, in the order it waits. */
    public void cancelAll(UUID lane) {
        Store.needTransaction();
        Map<UUID, Optional<UUID>> inquiries = new LinkedHashMap<>();
        store.jdbc()
                .sql("select id, inquiry from deliveries where lane = ? and state = 'QUEUED' order by seq for update")
                .param(lane)
                .query(row -> {
                    inquiries.put(
                            row.getObject("id", UUID.class), Optional.ofNullable(row.getObject("inquiry", UUID.class)));
                });
        if (inquiries.isEmpty()) {
            return;
        }
        store.jdbc()
                .sql("update deliveries set state = 'CANCELLED', answered_at = ? where id = any(?)")
                .params(Store.at(clock.instant()), Store.uuids(inquiries.keySet()))
                .update();
        inquiries.forEach((id, inquiry) -> changed(id, inquiry.orElse(null)));
    }

    /** Takes back what no call was made for yet, or what waits for the month to turn. */
    public boolean cancel(UUID id) {
        Store.needTransaction();
        int found = store.jdbc()
                .sql("update deliveries set state = 'CANCELLED', answered_at = ? where id = ?"
                        + " and (state = 'QUEUED' and tries = 0 or state = 'NEEDS_QUOTA')")
                .params(Store.at(clock.instant()), id)
                .update();
        if (found > 0) {
            changed(id, inquiryOf(id));
            UUID lane = store.jdbc()
                    .sql("select lane from deliveries where id = ?")
                    .param(id)
                    .query(UUID.class)
                    .single();
            signals.send(Signals.Kind.DELIVERY, lane);
        }
        return found > 0;
    }

    /** A token that answers for free; LINE takes it once, until about {@code until}. */
    public record FreeReply(String token, Instant until) {}

    /** Gives the free reply that a cancelled delivery left unused, if it is still worth trying. */
    public Optional<FreeReply> unusedReply(UUID id) {
        return store.jdbc()
                .sql("""
                        select reply_token, reply_until from deliveries
                        where id = ? and state = 'CANCELLED' and reply_until > ?
                        """)
                .params(id, Store.at(clock.instant()))
                .query((row, i) -> new FreeReply(
                        store.sealing().openText("deliveries", id, row.getBytes("reply_token")),
                        Store.instant(row.getTimestamp("reply_until"))))
                .optional();
    }

    /** Puts a delivery that surely did not arrive back in line; false when it is another. Joins the running transaction. */
    public boolean resend(UUID id) {
        Store.needTransaction();
        boolean failed = store.jdbc()
                .sql("select id from deliveries where id = ? and state in ('FAILED', 'EXPIRED') for update")
                .param(id)
                .query(UUID.class)
                .optional()
                .isPresent();
        return failed && retry(id);
    }

    /** Says whether a delivery carries the button of a call whose offer is over. */
    public boolean offersNothing(UUID id) {
        return !store.jdbc()
                .sql("select id from calls where delivery = ? and (state <> 'OFFERED' or expires_at <= ?)")
                .params(id, Store.at(clock.instant()))
                .query(UUID.class)
                .list()
                .isEmpty();
    }

    /**
     * Puts a delivery that did not arrive back in line; false when it is another, its words are past their time, it was to be
     * free or not at all, or it offers a call that is over. One that is unclear may reach the customer twice: the caller decides.
     */
    public boolean retry(UUID id) {
        return store.inTransaction(() -> {
            Instant now = clock.instant();
            int found = store.jdbc()
                    .sql("""
                            update deliveries set state = 'QUEUED', tries = 0, due_at = :now, expires_at = :expires,
                                reply_until = null, called_by = null, error = null, answered_at = null,
                                dismissed_at = null
                            where id = :id and state in ('FAILED', 'UNCLEAR', 'EXPIRED', 'NEEDS_QUOTA')
                              and payload is not null and not free_only
                              and not exists (select 1 from calls c where c.delivery = deliveries.id
                                                and (c.state <> 'OFFERED' or c.expires_at <= :now))
                            """)
                    .param("now", Store.at(now))
                    .param("expires", Store.at(now.plus(operatorWordsKeep)))
                    .param("id", id)
                    .update();
            if (found > 0) {
                changed(id, inquiryOf(id));
                sweep();
            }
            return found > 0;
        });
    }

    /**
     * Takes a delivery that did not arrive from what people are to look at; its chat still shows it, and can send it again.
     * What waits for the account's next month does not wait any more. False when it is another, or was taken already.
     */
    public boolean dismiss(UUID id) {
        return store.inTransaction(() -> {
            int found =
                    store.jdbc().sql("""
                            update deliveries set dismissed_at = ?,
                                state = case when state = 'NEEDS_QUOTA' then 'FAILED' else state end
                            where id = ? and state in ('FAILED', 'UNCLEAR', 'EXPIRED', 'NEEDS_QUOTA') and dismissed_at is null
                            """).params(Store.at(clock.instant()), id).update();
            if (found > 0) {
                changed(id, inquiryOf(id));
            }
            return found > 0;
        });
    }

    /**
     * Gives what people can try again and have not dismissed; what was not to be pushed is not among it.
     */
    public List<Failed> failed() {
        return store.jdbc()
                .sql("""
                        select id, lane, inquiry, state, created_at, tries, error from deliveries
                        where state in ('FAILED', 'UNCLEAR', 'EXPIRED', 'NEEDS_QUOTA') and coalesce(error, '') <> ?
                          and not free_only and dismissed_at is null
                        order by created_at desc limit 500
                        """)
                .param(RESERVED)
                .query((row, i) -> new Failed(
                        row.getObject("id", UUID.class),
                        row.getObject("lane", UUID.class),
                        row.getObject("inquiry", UUID.class),
                        row.getString("state"),
                        Store.instant(row.getTimestamp("created_at")),
                        row.getInt("tries"),
                        row.getString("error")))
                .list();
    }

    /** Wakes lanes whose next delivery is due, or whose caller is gone; lets what waits for quota try again. */
    public void sweep() {
        Instant now = clock.instant();
        // The states are named twice: for "or" H2 would read all that was ever sent.
        store.jdbc()
                .sql("""
                        select distinct lane from deliveries
                        where state in ('QUEUED', 'SENDING')
                          and ((state = 'QUEUED' and due_at <= :now) or (state = 'SENDING' and lease_until < :now))
                          and account not in (select account from account_standings where suspended)
                          and not exists (select 1 from customers c where c.id = lane and c.standby)
                        limit 1000
                        """)
                .param("now", Store.at(now))
                .query(UUID.class)
                .list()
                .forEach(lane -> signals.send(Signals.Kind.DELIVERY, lane));
    }

    /** Puts pushes that wait for quota back in line, as a schedule does when the month may have turned. */
    public int retryQuota() {
        int found = store.jdbc()
                .sql("update deliveries set state = 'QUEUED', called_by = null, due_at = ? where state = 'NEEDS_QUOTA'")
                .param(Store.at(clock.instant()))
                .update();
        sweep();
        return found;
    }

    /** Ends an attempt; one that was overtaken by a newer attempt changes nothing. */
    private void end(UUID id, UUID inquiry, int tries, String state, String requestId, String error) {
        Object[] values = {state, Store.at(clock.instant()), requestId, shorten(error), id, tries};
        int ended = store.each(END, List.<Object[]>of(values))[0];
        if (ended > 0) {
            if (state.equals("SENT") || state.equals("UNCLEAR")) {
                sends.note(List.of(id));
            }
            changed(id, inquiry);
        }
    }

    private void changed(UUID id, UUID inquiry) {
        if (inquiry != null) {
            listener.changed(Map.of(id, inquiry));
        }
    }

    private UUID inquiryOf(UUID id) {
        return store.jdbc()
                .sql("select inquiry from deliveries where id = ?")
                .param(id)
                .query((row, i) -> Optional.ofNullable(row.getObject("inquiry", UUID.class)))
                .single()
                .orElse(null);
    }

    private static String shorten(String text) {
        return text == null || text.length() <= 1900 ? text : text.substring(0, 1900);
    }

    /** Exponential with full jitter, so that many waiting calls do not come back together. */
    private static Duration pause(int tries, Duration longest) {
        long most = Math.min(longest.toMillis(), 500L << Math.min(tries, 16));
        return Duration.ofMillis(most / 2 + ThreadLocalRandom.current().nextLong(most / 2 + 1));
    }
}
