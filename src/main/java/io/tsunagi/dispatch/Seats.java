package io.tsunagi.dispatch;

import io.tsunagi.access.OperatorId;
import io.tsunagi.inquiry.Room;
import io.tsunagi.store.Signals;
import io.tsunagi.store.Store;
import java.time.Clock;
import java.time.Instant;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/**
 * Keeps who is at work and how much they carry. An inquiry is added only by a conditional update, so that nobody is ever given
 * one that does not fit their capacity beside all they carry, whatever the number of threads and nodes. A call that is open in
 * what they have is added whatever they carry: the load may be over the capacity by what such calls weigh, and by no more.
 */
public final class Seats implements Room {
    /**
     * An operator at work.
     *
     * @param presence {@code available}, {@code busy} or {@code away}
     * @param capacity most units of work at the same time
     * @param load units of work now
     * @param idleSince when they last began or ended something
     */
    public record Seat(
            OperatorId operator,
            String name,
            String displayName,
            String team,
            List<String> skills,
            List<String> languages,
            String presence,
            int capacity,
            int load,
            Instant idleSince) {}

    private static final List<String> PRESENCES = List.of("available", "busy", "away");

    private final Store store;
    private final Signals signals;
    private final Clock clock;

    public Seats(Store store, Signals signals, Clock clock) {
        this.store = store;
        this.signals = signals;
        this.clock = clock;
    }

    public Optional<Seat> of(OperatorId operator) {
        return seats("s.operator = ?", operator.value()).stream().findFirst();
    }

    /** Gives everybody's seat who may answer customers: the teams and their people. */
    public List<Seat> all() {
        return seats("true");
    }

    /** Gives the seats that take inquiries now: the least loaded first, among equals the one idle the longest. */
    List<Seat> available() {
        return seats("s.lost_at is null and s.presence = ?", "available");
    }

    private List<Seat> seats(String condition, Object... values) {
        return store.jdbc()
                .sql("""
                        select s.operator, o.name, o.display_name, s.team, s.skills, s.languages, s.presence, s.capacity,
                               s.load, s.idle_since
                        from seats s join operators o on o.id = s.operator
                        where o.disabled_at is null and o.role in ('operator', 'supervisor') and %s
                        order by s.load, s.idle_since, s.operator
                        """.formatted(condition))
                .params(values)
                .query((row, i) -> new Seat(
                        new OperatorId(row.getObject("operator", UUID.class)),
                        row.getString("name"),
                        row.getString("display_name"),
                        row.getString("team"),
                        words(row.getString("skills")),
                        words(row.getString("languages")),
                        row.getString("presence"),
                        row.getInt("capacity"),
                        row.getInt("load"),
                        Store.instant(row.getTimestamp("idle_since"))))
                .list();
    }

    private static List<String> words(String list) {
        return Arrays.stream(list.split(","))
                .map(String::strip)
                .filter(word -> !word.isEmpty())
                .toList();
    }

    /** Why somebody is as they are, and since when; {@code lost} while their screen is silent. */
    public record Presence(String reason, Instant since, boolean lost) {}

    public Presence presence(OperatorId operator) {
        return presences().getOrDefault(operator, new Presence(null, null, false));
    }

    public Map<OperatorId, Presence> presences() {
        Map<OperatorId, Presence> all = new HashMap<>();
        store.jdbc()
                .sql("select operator, reason, present_since, lost_at from seats")
                .query((row, i) -> all.put(
                        new OperatorId(row.getObject("operator", UUID.class)),
                        new Presence(
                                row.getString("reason"),
                                Store.instant(row.getTimestamp("present_since")),
                                row.getTimestamp("lost_at") != null)))
                .list();
        return all;
    }

    /** Says whether an operator takes inquiries now. */
    public void present(OperatorId operator, String presence) {
        present(operator, presence, null);
    }

    /**
     * Says whether an operator takes inquiries now.
     *
     * @param reason why not, in one word of the configuration; null for none
     */
    public void present(OperatorId operator, String presence, String reason) {
        if (!PRESENCES.contains(presence)) {
            throw new IllegalArgumentException("A presence is one of " + PRESENCES);
        }
        store.inTransaction(() -> {
            store.jdbc()
                    .sql("update seats set presence = ?, reason = ?, present_since = ? where operator = ?")
                    .params(presence, reason, Store.at(clock.instant()), operator.value())
                    .update();
            signals.send(Signals.Kind.ASSIGNMENT);
            signals.send(Signals.Kind.WORKSPACE);
        });
    }

    @Override
    public boolean take(OperatorId operator, int weight) {
        Store.needTransaction();
        return store.jdbc()
                        .sql("""
                                update seats set load = load + :weight, idle_since = :now
                                where operator = :operator and load + :weight <= capacity
                                """)
                        .param("weight", weight)
                        .param("now", Store.at(clock.instant()))
                        .param("operator", operator.value())
                        .update()
                == 1;
    }

    @Override
    public Map<OperatorId, Integer> lock(Collection<OperatorId> operators) {
        Store.needTransaction();
        Map<OperatorId, Integer> free = new HashMap<>();
        store.jdbc()
                .sql("""
                        select operator, capacity - load as free from seats where operator = any(?)
                        order by operator for update
                        """)
                .param(Store.uuids(operators.stream().map(OperatorId::value).toList()))
                .query((row, i) -> free.put(new OperatorId(row.getObject("operator", UUID.class)), row.getInt("free")))
                .list();
        return free;
    }

    @Override
    public void takeLocked(Map<OperatorId, Integer> weights) {
        Store.needTransaction();
        List<Map.Entry<OperatorId, Integer>> taken = List.copyOf(weights.entrySet());
        int changed = store.jdbc()
                .sql("""
                        update seats set load = load + t.weight, idle_since = :now
                          from (select operator as of, weight from unnest(cast(:operators as uuid array),
                                       cast(:weights as integer array)) as u (operator, weight)) t
                         where operator = t.of and load + t.weight <= capacity
                        """)
                .param("now", Store.at(clock.instant()))
                .param(
                        "operators",
                        Store.uuids(taken.stream()
                                .map(entry -> entry.getKey().value())
                                .toList()))
                .param(
                        "weights",
                        Store.array(
                                "integer",
                                taken.stream().map(Map.Entry::getValue).toList()))
                .update();
        if (changed != taken.size()) {
            throw new IllegalStateException("Room was taken that nobody had locked");
        }
    }

    @Override
    public void carry(OperatorId operator, int weight) {
        Store.needTransaction();
        store.jdbc()
                .sql("update seats set load = load + ? where operator = ?")
                .params(weight, operator.value())
                .update();
    }

    @Override
    public void free(OperatorId operator, int weight) {
        Store.needTransaction();
        store.jdbc()
                .sql("update seats set load = greatest(load - ?, 0), idle_since = ? where operator = ?")
                .params(weight, Store.at(clock.instant()), operator.value())
                .update();
    }
}
