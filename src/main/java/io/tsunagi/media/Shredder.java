package io.tsunagi.media;

import io.tsunagi.audit.PurgeLog;
import io.tsunagi.inquiry.InquiryVersions;
import io.tsunagi.store.Store;
import java.time.Duration;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.UUID;

/**
 * Destroys media whose time is over: the key first, then the bytes, a whole batch with each statement, so that a million of
 * them are gone in time. The database's time decides, never a node's. Safe for many threads and nodes.
 */
final class Shredder {
    /** By what every medium ends at its own time at the latest. */
    private static final String RULE = "hub.media.keep";

    private final Store store;
    private final Vault vault;
    private final InquiryVersions versions;
    private final DayKeys keys;
    private final PurgeLog log;

    Shredder(Store store, Vault vault, InquiryVersions versions, DayKeys keys) {
        this.store = store;
        this.vault = vault;
        this.versions = versions;
        this.keys = keys;
        this.log = new PurgeLog(store);
    }

    /** Gives media that are due and on no hold, the oldest first; whoever destroys them asks again. */
    List<UUID> due(int most) {
        return store.jdbc()
                .sql("select id from media where state " + MediaState.KEPT
                        + " and due_at < current_timestamp and not held order by state, due_at limit ?")
                .param(most)
                .query(UUID.class)
                .list();
    }

    /**
     * Destroys what of these media is due. Asks again whether each is, so that a hold set meanwhile counts; passes over what
     * another node or a turn has in hand, the next run takes it. Joins the running transaction.
     *
     * @return how many it destroyed
     */
    int shred(Collection<UUID> ids) {
        List<UUID> all = locked(ids, "state " + MediaState.KEPT + " and not held and due_at < current_timestamp");
        List<UUID> takenBack = store.jdbc()
                .sql("select id from media where id = any(?) and state = 'WITHHELD'")
                .param(Store.uuids(all))
                .query(UUID.class)
                .list();
        List<UUID> others = new ArrayList<>(all);
        others.removeAll(new HashSet<>(takenBack));
        return destroy(takenBack, Media.TAKEN_BACK).size()
                + destroy(others, RULE).size();
    }

    /**
     * Destroys media whatever their own time says, because a rule says so; key first. Passes over what is on hold and what
     * another node or a turn has in hand. Joins the running transaction.
     *
     * @param rule under which it is noted
     * @return what was destroyed
     */
    List<UUID> shredNow(Collection<UUID> ids, String rule) {
        return destroy(locked(ids, "state in ('READY', 'FETCHING', 'WITHHELD') and not held"), rule);
    }

    private List<UUID> destroy(List<UUID> locked, String rule) {
        if (locked.isEmpty()) {
            return locked;
        }
        store.jdbc().sql("""
                        update media set state = case when state = 'WITHHELD' then 'UNSENT' else 'PURGED' end,
                            content_type = case when state = 'WITHHELD' then null else content_type end,
                            size = case when state = 'WITHHELD' then null else size end,
                            width = case when state = 'WITHHELD' then null else width end,
                            height = case when state = 'WITHHELD' then null else height end,
                            wrapped_key = null, name = null, lease_until = null, next_try_at = null,
                            purged_at = current_timestamp
                        where id = any(?)
                        """).param(Store.uuids(locked)).update();
        vault.delete(locked);
        store.jdbc()
                .sql("update media_links set revoked = true where media = any(?) and not revoked")
                .param(Store.uuids(locked))
                .update();
        versions.mediaChanged(locked);
        log.note(rule, locked);
        return locked;
    }

    /**
     * Locks what of these media nobody else has in hand, inquiries first. Joins the running transaction.
     *
     * @param condition of SQL that each must meet
     */
    List<UUID> locked(Collection<UUID> ids, String condition) {
        Store.needTransaction();
        List<UUID> inquiries =
                store.jdbc().sql("""
                        select id from inquiries where id in (select inquiry from media where id = any(?))
                        order by id for update skip locked
                        """).param(Store.uuids(ids)).query(UUID.class).list();
        return store.jdbc()
                .sql("select id from media where id = any(?) and inquiry = any(?) and " + condition
                        + " order by id for update skip locked")
                .params(Store.uuids(ids), Store.uuids(inquiries))
                .query(UUID.class)
                .list();
    }

    /** Counts media that are there although their time was over so long ago, and on no hold. */
    long overdue(Duration longerThan) {
        return store.jdbc()
                .sql("select count(*) from media where state " + MediaState.KEPT + " and not held and due_at < ?")
                .param(databaseTime().minus(longerThan))
                .query(Long.class)
                .single();
    }

    /**
     * Destroys the keys of days that are over (UTC) and that nothing on hold still needs; from then on not even a
     * restored copy of the database opens what fell due on them.
     *
     * @return the days whose keys were destroyed now
     */
    List<LocalDate> forgetPastDays() {
        LocalDate today = today();
        List<LocalDate> over = keys.days().stream()
                .filter(day -> day.isBefore(today))
                .filter(day -> !needed(day))
                .toList();
        over.forEach(keys::destroy);
        return over;
    }

    private boolean needed(LocalDate day) {
        return store.jdbc()
                .sql("select 1 from media where state " + MediaState.KEPT
                        + " and key_day = ? and wrapped_key is not null limit 1")
                .param(day.toString())
                .query(Integer.class)
                .optional()
                .isPresent();
    }

    LocalDate today() {
        return databaseTime().withOffsetSameInstant(ZoneOffset.UTC).toLocalDate();
    }

    OffsetDateTime databaseTime() {
        return store.jdbc()
                .sql("select current_timestamp")
                .query((row, i) -> row.getObject(1, OffsetDateTime.class))
                .single();
    }
}
