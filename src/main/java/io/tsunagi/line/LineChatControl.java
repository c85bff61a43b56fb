package io.tsunagi.line;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.tsunagi.inquiry.ChatControl;
import io.tsunagi.inquiry.Customer;
import io.tsunagi.inquiry.CustomerId;
import io.tsunagi.inquiry.Customers;
import io.tsunagi.inquiry.Inquiries;
import io.tsunagi.inquiry.Inquiry;
import io.tsunagi.inquiry.InquiryState;
import io.tsunagi.store.Lanes;
import io.tsunagi.store.Store;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.UUID;
import org.apache.camel.Exchange;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Chat control of LINE's module channels, for accounts whose {@code chat-control} is {@code module}: a chat is taken when its
 * inquiry goes to a person and given back when it is closed and everything was said. What is wanted is a row before it is a
 * call; calls that cannot be made now are repeated. For one chat one call is under way at a time: what is wanted meanwhile is
 * asked for after its answer, so that a chat given back and taken again at once is ours in the end. A call whose end nobody
 * saw, as of a node that died, holds back the next one for 60 s; one without an answer for 5 s, and LINE might carry it out
 * later still: then its event says that the chat is not ours. LINE tells by events who has a chat. Safe for many threads and
 * nodes.
 *
 * @see <a href="https://developers.line.biz/en/reference/partner-docs/#acquire-control-api">Acquire Control API</a>
 */
public final class LineChatControl implements ChatControl, Inquiries.Listener {
    /** What accounts do about chats that other systems may have. */
    public enum Policy {
        /** The account's chats are the hub's alone. */
        OFF,
        /** The hub is a module channel beside others. */
        MODULE
    }

    private static final Logger LOG = LoggerFactory.getLogger(LineChatControl.class);
    private static final Duration LEASE = Duration.ofSeconds(60);
    private static final Duration UNANSWERED = Duration.ofSeconds(5);
    private static final int MOST_TRIES = 8;

    private final ObjectMapper json = new ObjectMapper();
    private final Store store;
    private final Lanes lanes;
    private final Inquiries inquiries;
    private final Customers customers;
    private final LineAccounts accounts;
    private final Clock clock;
    private final Duration ttl;

    /** @param ttl for how long LINE gives a chat; it is asked again after two thirds of it */
    public LineChatControl(
            Store store,
            Lanes lanes,
            Inquiries inquiries,
            Customers customers,
            LineAccounts accounts,
            Clock clock,
            Duration ttl) {
        this.store = store;
        this.lanes = lanes;
        this.inquiries = inquiries;
        this.customers = customers;
        this.accounts = accounts;
        this.clock = clock;
        this.ttl = ttl;
    }

    /**
     * A call to LINE.
     *
     * @param acquire whether the chat is asked for; it is given back otherwise
     * @param version of what is wanted: an answer to an older wish changes nothing
     * @param tries how often it was called, this time included
     * @param until for how long no other call is made for this chat
     */
    public record Ask(
            UUID customer,
            String account,
            boolean acquire,
            int version,
            int tries,
            Instant until,
            String path,
            String body) {
        @Override
        public String toString() {
            return "Ask " + (acquire ? "acquire" : "release") + " of " + customer;
        }
    }

    @Override
    public boolean shared(String account) {
        return accounts.find(account)
                .filter(found -> found.chatControl() == Policy.MODULE)
                .isPresent();
    }

    @Override
    public void handedOff(Inquiry inquiry) {
        acquire(customerOf(inquiry));
    }

    @Override
    public void reopened(Inquiry inquiry) {
        acquire(customerOf(inquiry));
    }

    @Override
    public void closed(Inquiry inquiry) {
        want(customerOf(inquiry), "RELEASE");
    }

    @Override
    public void acquire(Customer customer) {
        want(customer, "ACQUIRE");
    }

    @Override
    public void lost(Customer customer) {
        Store.needTransaction();
        store.jdbc()
                .sql(
                        "update chat_controls set wanted = 'NOTHING', version = version + 1 where id = ? and wanted = 'ACQUIRE'")
                .param(customer.id().value())
                .update();
    }

    @Override
    public void returned(Customer customer) {
        Store.needTransaction();
        boolean withPeople = inquiries
                .current(customer.id())
                .filter(inquiry -> inquiry.state() != InquiryState.BOT)
                .isPresent();
        if (withPeople && shared(customer.account())) {
            keep(customer);
        }
    }

    /** Has the chat asked for again before its time is over, where nothing else is wanted. */
    private void keep(Customer customer) {
        Instant due = clock.instant().plus(renewal());
        int fresh = insert(customer, "ACQUIRE", due);
        if (fresh == 0) {
            store.jdbc()
                    .sql("update chat_controls set wanted = 'ACQUIRE', version = version + 1, tries = 0, due_at = ?"
                            + " where id = ? and wanted = 'NOTHING'")
                    .params(Store.at(due), customer.id().value())
                    .update();
        }
    }

    private Duration renewal() {
        return ttl.multipliedBy(2).dividedBy(3);
    }

    private int insert(Customer customer, String what, Instant due) {
        return store.jdbc()
                .sql("insert into chat_controls (id, wanted, version, tries, due_at) values (?, ?, 1, 0, ?)"
                        + " on conflict do nothing")
                .params(customer.id().value(), what, Store.at(due))
                .update();
    }

    private Customer customerOf(Inquiry inquiry) {
        return customers.find(inquiry.customer()).orElseThrow();
    }

    private void want(Customer customer, String what) {
        Store.needTransaction();
        if (!shared(customer.account())) {
            return;
        }
        Instant now = clock.instant();
        if (insert(customer, what, now) == 0) {
            store.jdbc()
                    .sql(
                            "update chat_controls set wanted = ?, version = version + 1, tries = 0, due_at = ? where id = ?")
                    .params(what, Store.at(now), customer.id().value())
                    .update();
        }
    }

    /** Names the customers whose chats LINE is to be asked for now; a chat is given back when nothing is left to be sent. */
    public List<UUID> due() {
        if (accounts.all().keySet().stream().noneMatch(this::shared)) {
            return List.of();
        }
        Instant now = clock.instant();
        store.jdbc()
                .sql("delete from chat_controls where wanted = 'NOTHING' and (asked_until is null or asked_until <= ?)")
                .param(Store.at(now))
                .update();
        return store.jdbc()
                .sql("""
                        select c.id from chat_controls c
                        where c.due_at <= :now and (c.asked_until is null or c.asked_until <= :now) and (c.wanted = 'ACQUIRE'
                            or c.wanted = 'RELEASE'
                               and (exists (select 1 from customers k where k.id = c.id and k.standby)
                                    or not exists (select 1 from deliveries d
                                                   where d.lane = c.id and d.state in ('QUEUED', 'SENDING'))))
                        order by c.due_at limit 100
                        """)
                .param("now", Store.at(now))
                .query(UUID.class)
                .list();
    }

    /** Claims what is due; null when somebody else did. */
    public Ask claim(UUID id) {
        return store.inTransaction(() -> {
            Instant now = clock.instant();
            Instant until = now.plus(LEASE).truncatedTo(ChronoUnit.MILLIS);
            int mine = store.jdbc()
                    .sql("""
                            update chat_controls set due_at = :until, asked_until = :until, tries = tries + 1
                            where id = :id and wanted <> 'NOTHING' and due_at <= :now
                              and (asked_until is null or asked_until <= :now)
                            """)
                    .param("until", Store.at(until))
                    .param("id", id)
                    .param("now", Store.at(now))
                    .update();
            return mine == 0 ? null : ask(id, until);
        });
    }

    private Ask ask(UUID id, Instant until) {
        Customer customer = customers.find(new CustomerId(id)).orElseThrow();
        return store.jdbc()
                .sql("select wanted, version, tries from chat_controls where id = ?")
                .param(id)
                .query((row, i) -> {
                    boolean acquire = row.getString("wanted").equals("ACQUIRE");
                    return new Ask(
                            id,
                            customer.account(),
                            acquire,
                            row.getInt("version"),
                            row.getInt("tries"),
                            until,
                            "/v2/bot/chat/" + customer.lineUserId() + "/control/" + (acquire ? "acquire" : "release"),
                            acquire
                                    ? json.createObjectNode()
                                            .put("expired", true)
                                            .put("ttl", ttl.toSeconds())
                                            .toString()
                                    : "");
                })
                .single();
    }

    /** Notes what LINE answered to the call that is the exchange's property {@code ask}. */
    public void answered(Exchange exchange) {
        Ask ask = exchange.getProperty("ask", Ask.class);
        int status = exchange.getMessage().getHeader(Exchange.HTTP_RESPONSE_CODE, 0, Integer.class);
        LOG.info("LINE {}: {} request {}", ask, status, exchange.getMessage().getHeader("x-line-request-id"));
        over(ask, null);
        if (status >= 200 && status < 300) {
            if (ask.acquire()) {
                set(ask, 0, renewal());
            } else {
                drop(ask);
            }
        } else if (status == 401 && accounts.renewToken(ask.account())) {
            set(ask, ask.tries(), Duration.ofSeconds(1));
        } else if (status == 423 && ask.tries() < MOST_TRIES) {
            // Another channel took it seconds ago.
            if (ask.acquire() && ask.tries() == 1) {
                note(ask, "chat-busy");
            }
            later(ask);
        } else if (status == 401 || status == 429 || status >= 500) {
            later(ask);
        } else {
            drop(ask);
            if (ask.acquire()) {
                note(ask, "chat-refused");
            }
        }
    }

    /** Notes that the call of the exchange had no answer. */
    public void noAnswer(Exchange exchange) {
        Ask ask = exchange.getProperty("ask", Ask.class);
        over(ask, clock.instant().plus(UNANSWERED));
        later(ask);
    }

    /** Lets the next call for the chat be made: at once after an answer, else when this one has surely ended. */
    private void over(Ask ask, Instant until) {
        store.jdbc()
                .sql("update chat_controls set asked_until = ? where id = ? and asked_until = ?")
                .params(Store.at(until), ask.customer(), Store.at(ask.until()))
                .update();
    }

    /** 2, 4, 8 s and so on, a minute at most. */
    private void later(Ask ask) {
        set(ask, ask.tries(), Duration.ofSeconds(Math.min(60, 1L << Math.min(6, ask.tries()))));
    }

    private void set(Ask ask, int tries, Duration in) {
        store.jdbc()
                .sql("update chat_controls set tries = ?, due_at = ? where id = ? and version = ?")
                .params(tries, Store.at(clock.instant().plus(in)), ask.customer(), ask.version())
                .update();
    }

    private void drop(Ask ask) {
        store.jdbc()
                .sql("delete from chat_controls where id = ? and version = ?")
                .params(ask.customer(), ask.version())
                .update();
    }

    private void note(Ask ask, String what) {
        store.inTransaction(() -> {
            lanes.lock(ask.customer());
            inquiries.current(new CustomerId(ask.customer())).ifPresent(inquiry -> inquiries.note(inquiry.id(), what));
        });
    }
}
