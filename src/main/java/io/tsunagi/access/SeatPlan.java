package io.tsunagi.access;

import io.tsunagi.store.Store;
import java.time.Instant;
import java.util.Map;

/**
 * What a seat is for: the team it takes inquiries of, what its operator can, and how many inquiries at once.
 *
 * @param skills separated by commas, as are the languages; empty for none
 */
record SeatPlan(String team, String skills, String languages, int capacity) {
    /** Makes the operator's seat, or brings the one that is there to this plan; that one keeps its presence and load. */
    void keep(Store store, OperatorId operator, Instant now) {
        Map<String, Object> seat = Map.of(
                "operator", operator.value(),
                "team", team,
                "skills", skills,
                "languages", languages,
                "capacity", capacity,
                "now", Store.at(now));
        store.jdbc().sql("""
                        insert into seats (operator, team, skills, languages, presence, capacity, load, idle_since)
                        values (:operator, :team, :skills, :languages, 'away', :capacity, 0, :now)
                        on conflict do nothing
                        """).params(seat).update();
        store.jdbc().sql("""
                        update seats set team = :team, skills = :skills, languages = :languages, capacity = :capacity
                        where operator = :operator
                        """).params(seat).update();
    }
}
