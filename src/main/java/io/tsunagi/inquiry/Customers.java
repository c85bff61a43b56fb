package io.tsunagi.inquiry;

import io.tsunagi.store.Ids;
import io.tsunagi.store.Store;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Keeps the customers. Changes join the running transaction, which holds the customer's lane. */
public final class Customers {
    private static final String TABLE = "customers";

    private static final String BEGIN = """
            insert into customers (id, account, kind, line_user_id, language, blocked, reply_token, reply_until, first_seen,
                last_seen)
            values (?, ?, ?, ?, ?, false, ?, ?, ?, ?)
            on conflict do nothing
            """;

    private static final String SEEN =
            "update customers set last_seen = ?, reply_token = ?, reply_until = ? where id = ?";

    private final Store store;
    private final Clock clock;

    public Customers(Store store, Clock clock) {
        this.store = store;
        this.clock = clock;
    }

    /**
     * Gives the customer, making them known when they write for the first time.
     *
     * @param replyToken the newest way to answer for free; null keeps the one before
     */
    Customer meet(
            String account, String kind, String lineUserId, String language, String replyToken, Instant replyUntil) {
        Store.needTransaction();
        CustomerId id = idOf(account, kind, lineUserId);
        Optional<Customer> known = find(id);
        Instant now = clock.instant();
        if (known.isEmpty()) {
            Customer fresh = new Customer(
                    id,
                    account,
                    kind,
                    lineUserId,
                    null,
                    language,
                    null,
                    false,
                    false,
                    null,
                    null,
                    replyToken,
                    replyUntil,
                    null);
            begin(fresh);
            return fresh;
        }
        if (replyToken == null) {
            store.later("update customers set last_seen = ? where id = ?", Store.at(now), id.value());
            return known.get();
        }
        return seen(known.get().withReplyToken(replyToken, replyUntil));
    }

    private void begin(Customer customer) {
        hold(customer);
        UUID id = customer.id().value();
        Object now = Store.at(clock.instant());
        store.laterWhole(
                BEGIN,
                id,
                id,
                customer.account(),
                customer.kind(),
                customer.lineUserId(),
                customer.language(),
                store.sealing().seal(TABLE, id, customer.replyToken()),
                Store.at(customer.replyUntil()),
                now,
                now);
    }

    /** Notes that the customer wrote just now, and the newest way to answer for free. */
    private Customer seen(Customer customer) {
        UUID id = customer.id().value();
        if (store.waits(BEGIN, id)) {
            begin(customer);
            return customer;
        }
        hold(customer);
        store.laterWhole(
                SEEN,
                id,
                Store.at(clock.instant()),
                store.sealing().seal(TABLE, id, customer.replyToken()),
                Store.at(customer.replyUntil()),
                id);
        return customer;
    }

    private void hold(Customer customer) {
        store.hold(new Known(customer.id()), new Held(customer));
    }

    /** By this a turn holds a customer. */
    private record Known(CustomerId id) {}

    /** @param customer null when the hub does not know them */
    private record Held(Customer customer) {}

    /** Locks and holds the customers whose turn this is; {@code turnOf} says whose rows are held from then on. */
    void expect(Collection<UUID> ids, Consumer<UUID> turnOf) {
        Map<UUID, Customer> known = new HashMap<>();
        store.reading()
                .sql("select * from customers where id = any(?) order by id for update")
                .param(Store.uuids(ids))
                .query(row -> {
                    known.put(row.getObject("id", UUID.class), read(row));
                });
        for (UUID id : ids) {
            turnOf.accept(id);
            store.hold(new Known(new CustomerId(id)), new Held(known.get(id)));
        }
    }

    /** @param kind {@code user}, {@code group} or {@code room} */
    public static CustomerId idOf(String account, String kind, String lineUserId) {
        return new CustomerId(Ids.lane(account, kind, lineUserId));
    }

    public Optional<Customer> find(CustomerId id) {
        Optional<Held> held = store.held(new Known(id), Held.class);
        if (held.isPresent()) {
            return Optional.ofNullable(held.get().customer());
        }
        return store.reading()
                .sql("select * from customers where id = ?")
                .param(id.value())
                .query((row, i) -> read(row))
                .optional();
    }

    /** Gives these customers, as far as they are known, in one look into the database. */
    public Map<CustomerId, Customer> find(Collection<CustomerId> ids) {
        if (ids.isEmpty()) {
            return Map.of();
        }
        return store
                .jdbc()
                .sql("select * from customers where id = any(?)")
                .param(Store.uuids(
                        ids.stream().map(CustomerId::value).distinct().toList()))
                .query((row, i) -> read(row))
                .list()
                .stream()
                .collect(Collectors.toMap(Customer::id, Function.identity()));
    }

    private Customer read(ResultSet row) throws SQLException {
        UUID id = row.getObject("id", UUID.class);
        return new Customer(
                new CustomerId(id),
                row.getString("account"),
                row.getString("kind"),
                row.getString("line_user_id"),
                store.sealing().openText(TABLE, id, row.getBytes("name")),
                row.getString("language"),
                store.sealing().openText(TABLE, id, row.getBytes("picture")),
                row.getBoolean("blocked"),
                row.getBoolean("standby"),
                Store.instant(row.getTimestamp("followed_at")),
                Store.instant(row.getTimestamp("profile_at")),
                store.sealing().openText(TABLE, id, row.getBytes("reply_token")),
                Store.instant(row.getTimestamp("reply_until")),
                row.getString("contact_id"));
    }

    /** Keeps the newest way to answer for free. */
    void keepReplyToken(CustomerId id, String token, Instant until) {
        store.jdbc()
                .sql("update customers set reply_token = ?, reply_until = ? where id = ?")
                .params(store.sealing().seal(TABLE, id.value(), token), Store.at(until), id.value())
                .update();
    }

    /** Forgets the token, because a delivery has taken it: LINE lets it be used once. */
    void spendReplyToken(CustomerId id) {
        Optional<Held> held = store.held(new Known(id), Held.class);
        if (held.isPresent()) {
            seen(held.get().customer().withReplyToken(null, null));
            return;
        }
        store.jdbc()
                .sql("update customers set reply_token = null, reply_until = null where id = ?")
                .param(id.value())
                .update();
    }

    /** Notes a follow, unless the customer is known to have blocked the account after it. */
    boolean followed(CustomerId id, Instant at) {
        return store.jdbc()
                        .sql("""
                                update customers set blocked = false, followed_at = :at
                                where id = :id and (unfollowed_at is null or unfollowed_at <= :at)
                                """)
                        .param("at", Store.at(at))
                        .param("id", id.value())
                        .update()
                > 0;
    }

    /** Notes that the customer blocked the account, unless they are known to have followed it after that. */
    boolean unfollowed(CustomerId id, Instant at) {
        return store.jdbc()
                        .sql("""
                                update customers set blocked = true, unfollowed_at = :at, reply_token = null, reply_until = null
                                where id = :id and (followed_at is null or followed_at <= :at)
                                """)
                        .param("at", Store.at(at))
                        .param("id", id.value())
                        .update()
                > 0;
    }

    /** Notes whether another channel module has the chat, unless something newer is known; says whether it was noted. */
    boolean standby(CustomerId id, boolean standby, Instant at) {
        return store.jdbc()
                        .sql(
                                "update customers set standby = ?, standby_at = ? where id = ? and (standby_at is null or standby_at <= ?)")
                        .params(standby, Store.at(at), id.value(), Store.at(at))
                        .update()
                > 0;
    }

    void speaks(CustomerId id, String language) {
        store.jdbc()
                .sql("update customers set language = ? where id = ?")
                .params(language, id.value())
                .update();
    }

    /** Keeps how many people a push into a group or room counts for. */
    void members(CustomerId id, int members) {
        store.jdbc()
                .sql("update customers set members = ? where id = ?")
                .params(members, id.value())
                .update();
    }

    /** Keeps what LINE's profile says; a null name means LINE does not tell. */
    void profile(CustomerId id, String name, String picture) {
        Instant now = clock.instant();
        store.later(
                "update customers set name = ?, name_key = ?, picture = ?, profile_at = ? where id = ?",
                store.sealing().seal(TABLE, id.value(), CardNumbers.mask(name)),
                name == null ? null : store.sealing().lookup(name),
                store.sealing().seal(TABLE, id.value(), picture),
                Store.at(now),
                id.value());
        store.held(new Known(id), Held.class)
                .map(Held::customer)
                .ifPresent(known -> hold(known.told(CardNumbers.mask(name), picture, now)));
    }
}
