package io.tsunagi.keeping;

import io.tsunagi.audit.Audit;
import io.tsunagi.inquiry.CardNumbers;
import io.tsunagi.store.OnHold;
import io.tsunagi.store.Store;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;

/**
 * What must not be deleted although its time is over, because a court, an authority or the company's lawyers want it kept
 * (ISO/IEC 27001:2022, A.5.33). A hold wins over every rule, until somebody else than who set it lifts it.
 *
 * <p>Reasons are kept with card numbers masked. Each act is audited in its own transaction. Safe for many threads and nodes: a hold that is set waits for the batch that
 * is being deleted, and each later batch asks for it.
 */
public final class LegalHolds {
    /** What a hold covers. */
    public enum Scope {
        INQUIRY,
        /** All inquiries of a customer, those to come too. */
        CUSTOMER,
        /** All of a LINE account. */
        ACCOUNT;

        /** @throws IllegalArgumentException when there is no such scope */
        public static Scope of(String word) {
            return valueOf(word.strip().toUpperCase(Locale.ROOT));
        }
    }

    /**
     * A hold.
     *
     * @param subject id of the inquiry or customer; null for an account
     * @param reason why, for those who may see it
     * @param liftedAt null while it holds
     */
    public record Hold(
            UUID id,
            Scope scope,
            UUID subject,
            String account,
            String reason,
            String setBy,
            Instant setAt,
            String liftReason,
            String liftedBy,
            Instant liftedAt) {
        public Hold {
            Objects.requireNonNull(id);
            Objects.requireNonNull(scope);
        }

        @Override
        public String toString() {
            return "Hold[" + id + ", " + scope + ", " + (subject == null ? account : subject) + "]";
        }
    }

    /** The hold is lifted already, or whoever asks set it themselves. */
    public static final class NotLiftedException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        NotLiftedException(String message) {
            super(message);
        }
    }

    private static final String TABLE = "legal_holds";

    /**
     * Lets nobody set or lift a hold until the running transaction ends. Whoever deletes calls it before anything else that
     * locks, and asks for holds after it.
     */
    static void standStill(Store store) {
        Store.needTransaction();
        store.jdbc()
                .sql("select id from hold_lock where id = 1 for update")
                .query(Integer.class)
                .single();
    }

    private final Store store;
    private final Audit audit;

    public LegalHolds(Store store, Audit audit) {
        this.store = store;
        this.audit = audit;
    }

    /**
     * Holds an inquiry or a customer ({@code subject}), or an account.
     *
     * @param by who does so, as the audit names them
     * @throws IllegalArgumentException when there is nothing of that kind, or no reason is given
     */
    public Hold set(Scope scope, UUID subject, String account, String reason, String by, String origin) {
        if (reason == null || reason.isBlank() || reason.length() > 2000) {
            throw new IllegalArgumentException("A legal hold needs a reason of at most 2,000 characters");
        }
        return store.inTransaction(() -> {
            standStill(store);
            if (!exists(scope, subject, account)) {
                throw new IllegalArgumentException(
                        "There is no such " + scope.name().toLowerCase(Locale.ROOT));
            }
            UUID id = UUID.randomUUID();
            store.jdbc()
                    .sql("insert into legal_holds (id, scope, subject, account, reason, set_by, set_at)"
                            + " values (?, ?, ?, ?, ?, ?, ?)")
                    .params(
                            id,
                            scope.name(),
                            scope == Scope.ACCOUNT ? null : subject,
                            scope == Scope.ACCOUNT ? account : null,
                            store.sealing().seal(TABLE, id, CardNumbers.mask(reason.strip())),
                            by,
                            Store.at(store.clock().instant()))
                    .update();
            markMedia();
            audit.write(
                    by,
                    "set-hold",
                    "hold/" + id,
                    Audit.OK,
                    origin,
                    Map.of("scope", scope.name(), "subject", scope == Scope.ACCOUNT ? account : subject.toString()));
            return find(id).orElseThrow();
        });
    }

    /**
     * Lifts a hold; what it kept is deleted by the next purge.
     *
     * @param by who is signed in; only of them the hub knows that they are somebody else
     * @throws NotLiftedException when it is lifted already, or {@code by} set it: that takes a second person
     * @throws IllegalArgumentException when there is none by this id, or no reason is given
     */
    public Hold lift(UUID id, String reason, String by, String origin) {
        if (reason == null || reason.isBlank() || reason.length() > 2000) {
            throw new IllegalArgumentException("Lifting a legal hold needs a reason of at most 2,000 characters");
        }
        return store.inTransaction(() -> {
            Hold hold = find(id).orElseThrow(() -> new IllegalArgumentException("There is no legal hold " + id));
            if (hold.liftedAt() != null) {
                throw new NotLiftedException("The legal hold is lifted already");
            }
            if (hold.setBy().equals(by)) {
                throw new NotLiftedException("Somebody else than who set a legal hold lifts it");
            }
            store.jdbc()
                    .sql("update legal_holds set lift_reason = ?, lifted_by = ?, lifted_at = ?"
                            + " where id = ? and lifted_at is null")
                    .params(
                            store.sealing().seal(TABLE, id, CardNumbers.mask(reason.strip())),
                            by,
                            Store.at(store.clock().instant()),
                            id)
                    .update();
            markMedia();
            audit.write(by, "lift-hold", "hold/" + id, Audit.OK, origin, Map.of());
            return find(id).orElseThrow();
        });
    }

    /** Gives all holds as {@link #all} does to somebody who looks at them; audited. */
    public List<Hold> show(String by, String origin) {
        return store.inTransaction(() -> {
            audit.write(by, "show-holds", "holds", Audit.OK, origin, Map.of());
            return all();
        });
    }

    /** Gives all holds, those that hold first, newest first. */
    List<Hold> all() {
        return query("order by case when lifted_at is null then 0 else 1 end, set_at desc", List.of());
    }

    public Optional<Hold> find(UUID id) {
        return query("where id = ?", List.of(id)).stream().findFirst();
    }

    private List<Hold> query(String condition, List<Object> params) {
        return store.jdbc()
                .sql("select * from legal_holds " + condition)
                .params(params)
                .query((row, i) -> {
                    UUID id = row.getObject("id", UUID.class);
                    return new Hold(
                            id,
                            Scope.valueOf(row.getString("scope")),
                            row.getObject("subject", UUID.class),
                            row.getString("account"),
                            store.sealing().openText(TABLE, id, row.getBytes("reason")),
                            row.getString("set_by"),
                            Store.instant(row.getTimestamp("set_at")),
                            store.sealing().openText(TABLE, id, row.getBytes("lift_reason")),
                            row.getString("lifted_by"),
                            Store.instant(row.getTimestamp("lifted_at")));
                })
                .list();
    }

    private boolean exists(Scope scope, UUID subject, String account) {
        String sql =
                switch (scope) {
                    case INQUIRY -> "select count(*) from inquiries where id = ?";
                    case CUSTOMER -> "select count(*) from customers where id = ?";
                    case ACCOUNT -> "select count(*) from customers where account = ?";
                };
        return store.jdbc()
                        .sql(sql)
                        .param(scope == Scope.ACCOUNT ? account : subject)
                        .query(Long.class)
                        .single()
                > 0;
    }

    /**
     * Media carry whether they are held, because past their time they open only then; what was withheld is due from then on
     * that no hold keeps it. Joins the running transaction.
     */
    int markMedia() {
        standStill(store);
        String covered = OnHold.covers("media.inquiry", "media.customer", "media.account");
        return store.jdbc()
                        .sql(
                                "update media set held = true where not held and state in ('READY', 'FETCHING', 'WITHHELD') and "
                                        + covered)
                        .update()
                + store.jdbc()
                        .sql(
                                "update media set held = false, due_at = case when state = 'WITHHELD' then current_timestamp"
                                        + " else due_at end where held and not " + covered)
                        .update();
    }
}
