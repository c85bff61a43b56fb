package io.tsunagi.store;

import java.util.Collection;
import java.util.UUID;

/** Locks lanes: whoever changes what a customer sees or says holds the customer's lane until the commit. */
public final class Lanes {
    private final Store store;

    public Lanes(Store store) {
        this.store = store;
    }

    /** Waits for the lane and holds it until the running transaction ends. */
    public void lock(UUID lane) {
        Store.needTransaction();
        store.jdbc()
                .sql("select id from lanes where id = ? for update")
                .param(lane)
                .query(UUID.class)
                .optional();
    }

    /** Waits for many lanes, in the order of their ids as everybody does, and holds them until the running transaction ends. */
    public void lock(Collection<UUID> lanes) {
        Store.needTransaction();
        store.jdbc()
                .sql("select id from lanes where id = any(?) order by id for update")
                .param(Store.uuids(lanes))
                .query(UUID.class)
                .list();
    }
}
