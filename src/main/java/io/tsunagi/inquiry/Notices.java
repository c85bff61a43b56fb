package io.tsunagi.inquiry;

import io.tsunagi.access.OperatorId;
import io.tsunagi.access.Person;
import io.tsunagi.audit.Audit;
import io.tsunagi.store.Signals;
import io.tsunagi.store.Store;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * Keeps what supervisors tell those who work for them, until each has read it, or for a week. Safe for many threads and
 * nodes.
 */
public final class Notices {
    private static final String TABLE = "notices";
    private static final Duration KEPT = Duration.ofDays(7);

    private final Store store;
    private final Signals signals;
    private final SensitiveWords sensitive;
    private final Audit audit;
    private final Clock clock;

    public Notices(Store store, Signals signals, SensitiveWords sensitive, Audit audit, Clock clock) {
        this.store = store;
        this.signals = signals;
        this.sensitive = sensitive;
        this.audit = audit;
        this.clock = clock;
    }

    /** What a notice is about. */
    public enum Kind {
        /** A note to everybody of a team. */
        TEAM,
        /** Why a supervisor changed the reader's presence. */
        PRESENCE,
        /** Why a supervisor passed on what the reader had open. */
        PASSED,
        /** Whose inquiries a supervisor passed on to the reader, and why. */
        GIVEN
    }

    public record Notice(UUID id, OperatorId author, Kind kind, String words, Instant at) {
        @Override
        public String toString() {
            return "Notice " + id;
        }
    }

    /**
     * Tells people something; its author is not told.
     *
     * @param object whom it is for, as the audit names it: {@code team/NAME} or {@code operator/ID}
     */
    public void tell(Person by, Collection<OperatorId> people, Kind kind, String words, String object) {
        store.inTransaction(() -> {
            Instant now = clock.instant();
            String masked = sensitive.mask(words);
            for (OperatorId operator : people) {
                if (operator.equals(by.id())) {
                    continue;
                }
                UUID id = UUID.randomUUID();
                store.jdbc()
                        .sql("insert into notices (id, operator, author, kind, words, at) values (?, ?, ?, ?, ?, ?)")
                        .params(
                                id,
                                operator.value(),
                                by.id().value(),
                                kind.name(),
                                store.sealing().seal(TABLE, id, masked),
                                Store.at(now))
                        .update();
            }
            audit.write(by.id().toString(), "notify", object, Audit.OK, null, Map.of("people", "" + people.size()));
            signals.send(Signals.Kind.WORKSPACE);
        });
    }

    /** Deletes what nobody reads any more. */
    public void forget() {
        store.jdbc()
                .sql("delete from notices where at <= ?")
                .param(Store.at(clock.instant().minus(KEPT)))
                .update();
    }

    /** Gives what somebody has not read, the newest first. */
    public List<Notice> unread(OperatorId operator) {
        return store.jdbc()
                .sql(
                        "select id, author, kind, words, at from notices where operator = ? and at > ? order by at desc limit 20")
                .params(operator.value(), Store.at(clock.instant().minus(KEPT)))
                .query((row, i) -> {
                    UUID id = row.getObject("id", UUID.class);
                    return new Notice(
                            id,
                            new OperatorId(row.getObject("author", UUID.class)),
                            Kind.valueOf(row.getString("kind")),
                            store.sealing().openText(TABLE, id, row.getBytes("words")),
                            Store.instant(row.getTimestamp("at")));
                })
                .list();
    }

    /** Somebody has read a notice: it is not kept. */
    public void read(OperatorId operator, UUID notice) {
        store.inTransaction(() -> {
            store.jdbc()
                    .sql("delete from notices where id = ? and operator = ?")
                    .params(notice, operator.value())
                    .update();
            signals.send(Signals.Kind.WORKSPACE);
        });
    }
}
