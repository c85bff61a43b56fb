package io.tsunagi.access;

import io.tsunagi.audit.Audit;
import io.tsunagi.config.Settings;
import io.tsunagi.store.Store;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * Removes sessions that ended by themselves, and audits each: whose person did nothing for {@code hub.access.session-idle},
 * or that lasted {@code hub.access.session-longest}. They let nobody in from the moment they ended; the row comes with the
 * next purge. Safe for many threads and nodes.
 */
public final class EndedSessions {
    private static final int BATCH = 500;

    private record Ended(String id, UUID operator, Instant usedAt, Instant endsAt) {}

    private final Store store;
    private final Audit audit;
    private final Clock clock;
    private final Duration idle;

    public EndedSessions(Store store, Audit audit, Clock clock, Settings settings) {
        this.store = store;
        this.audit = audit;
        this.clock = clock;
        this.idle = settings.duration("hub.access.session-idle");
    }

    /** Removes sessions that are over, and gives how many. */
    public int purge() {
        int all = 0;
        int some;
        do {
            some = store.inTransaction(this::purgeSome);
            all += some;
        } while (some == BATCH);
        return all;
    }

    private int purgeSome() {
        Instant now = clock.instant();
        List<Ended> ended = store.jdbc()
                .sql("select id, operator, used_at, ends_at from sessions where ends_at <= ? or used_at <= ? limit ?"
                        + " for update")
                .params(Store.at(now), Store.at(now.minus(idle)), BATCH)
                .query((row, i) -> new Ended(
                        row.getString("id"),
                        row.getObject("operator", UUID.class),
                        Store.instant(row.getObject("used_at")),
                        Store.instant(row.getObject("ends_at"))))
                .list();
        for (Ended session : ended) {
            store.jdbc()
                    .sql("delete from sessions where id = ?")
                    .param(session.id())
                    .update();
            boolean longest = session.endsAt().isBefore(session.usedAt().plus(idle));
            audit.write(
                    Audit.HUB,
                    "sign-out",
                    "operator/" + session.operator(),
                    Audit.OK,
                    null,
                    Map.of("reason", longest ? "longest" : "idle"));
        }
        return ended.size();
    }
}
