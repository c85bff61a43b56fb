package io.tsunagi.console;

import io.tsunagi.access.OperatorId;
import io.tsunagi.access.Operators;
import io.tsunagi.access.Person;
import io.tsunagi.config.Settings;
import io.tsunagi.dispatch.Seats;
import io.tsunagi.inquiry.Customer;
import io.tsunagi.inquiry.CustomerId;
import io.tsunagi.inquiry.Customers;
import io.tsunagi.line.LineQuota;
import io.tsunagi.store.Store;
import io.tsunagi.voice.Calls;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What supervisors see of the whole house: figures, whom to look at first, every seat and every queue. Counted anew from
 * the inquiries at each call; names are opened only of those that are shown.
 */
public final class Wall {
    private static final int SHOWN = 40;

    /** From so many times on a supervisor looks at what was closed and taken up again. */
    private static final int REPEATED = 2;

    private static final Set<String> DANGER = Set.of("self-harm", "fraud", "lost-phone");

    /** An open inquiry, without words. */
    private record Open(
            UUID id,
            long number,
            CustomerId customer,
            Integer slot,
            String state,
            String team,
            OperatorId operator,
            Instant waitingSince,
            Instant helpAt,
            String handOffReason,
            int reopened,
            String signs) {
        private boolean has(Collection<String> kinds) {
            return handOffReason != null && kinds.contains(handOffReason)
                    || signs != null && Stream.of(signs.split(",")).anyMatch(kinds::contains);
        }
    }

    public record Figures(int waiting, Instant longestSince, int inWork, int capacity) {}

    /**
     * What LINE still lets all accounts push this month.
     *
     * @param left messages; null when one of them may push as many as it likes, or LINE has not told yet
     * @param lasts whether that is enough at this pace
     */
    public record Paid(Long left, boolean lasts) {}

    /** An inquiry that needs a look, and why; {@code reopened} is how often it was closed and taken up again. */
    public record Look(
            UUID id,
            long number,
            String customer,
            int hue,
            String state,
            String owner,
            Instant since,
            int reopened,
            List<String> why) {
        @Override
        public String toString() {
            return "[hidden]";
        }
    }

    /**
     * Somebody's seat; {@code waits} are the customers they keep waiting, longest first, as the time they wait since, and
     * {@code oldest} and {@code oldestCustomer} the inquiry and the name of the first of them.
     */
    public record SeatRow(
            UUID id,
            String displayName,
            int hue,
            String team,
            String presence,
            String reason,
            Instant since,
            boolean lost,
            int load,
            int capacity,
            int held,
            boolean help,
            boolean inCall,
            UUID oldest,
            String oldestCustomer,
            List<Instant> waits) {
        @Override
        public String toString() {
            return "[hidden]";
        }
    }

    public record Queue(String team, int waiting, Instant longestSince, int seats) {}

    public record View(
            Figures figures,
            DayFigures.Day day,
            Paid paid,
            List<Look> look,
            List<SeatRow> seats,
            List<Queue> queues,
            Instant serverTime) {}

    private final Store store;
    private final Customers customers;
    private final Seats seats;
    private final Operators operators;
    private final Calls calls;
    private final LineQuota quota;
    private final DayFigures dayFigures;
    private final Duration goal;
    private final Clock clock;

    public Wall(
            Store store,
            Customers customers,
            Seats seats,
            Operators operators,
            Calls calls,
            LineQuota quota,
            Settings settings,
            Clock clock) {
        this.store = store;
        this.customers = customers;
        this.seats = seats;
        this.operators = operators;
        this.calls = calls;
        this.quota = quota;
        this.goal = settings.duration("hub.dispatch.first-answer-goal");
        this.dayFigures = new DayFigures(store, goal, clock);
        this.clock = clock;
    }

    public Object show() {
        List<Open> open = open();
        List<Seats.Seat> all = seats.all();
        Map<OperatorId, String> names =
                operators.all().stream().collect(Collectors.toMap(Person::id, Person::displayName));
        List<Open> waiting = inState(open, "WAITING");
        Figures figures = new Figures(
                waiting.size(),
                longest(waiting),
                inState(open, "ASSIGNED").size(),
                all.stream().mapToInt(Seats.Seat::capacity).sum());
        return new View(
                figures,
                dayFigures.day(),
                paid(),
                look(open, names),
                rows(open, all),
                queues(waiting, all),
                clock.instant());
    }

    private Paid paid() {
        List<LineQuota.Standing> all = quota.standings();
        boolean bounded = all.stream().allMatch(each -> each.allowed() != null);
        return new Paid(
                bounded
                        ? all.stream()
                                .mapToLong(each -> Math.max(0, each.allowed() - each.used()))
                                .sum()
                        : null,
                all.stream().allMatch(each -> each.allowed() == null || each.forecast() <= each.allowed()));
    }

    private List<Open> open() {
        return store.jdbc()
                .sql("""
                        select id, number, customer, slot, state, team, operator, waiting_since, queued_at, help_at, hand_off_reason,
                            reopened, signs
                        from inquiries where state in ('WAITING', 'ASSIGNED', 'HELD')
                        """)
                .query((row, i) -> {
                    UUID operator = row.getObject("operator", UUID.class);
                    boolean waits = row.getString("state").equals("WAITING");
                    return new Open(
                            row.getObject("id", UUID.class),
                            row.getLong("number"),
                            new CustomerId(row.getObject("customer", UUID.class)),
                            row.getObject("slot", Integer.class),
                            row.getString("state"),
                            row.getString("team"),
                            operator == null ? null : new OperatorId(operator),
                            Store.instant(row.getTimestamp(waits ? "queued_at" : "waiting_since")),
                            Store.instant(row.getTimestamp("help_at")),
                            row.getString("hand_off_reason"),
                            row.getInt("reopened"),
                            row.getString("signs"));
                })
                .list();
    }

    private static List<Open> inState(List<Open> open, String state) {
        return open.stream().filter(each -> each.state().equals(state)).toList();
    }

    private static Instant longest(List<Open> open) {
        return open.stream()
                .map(Open::waitingSince)
                .filter(since -> since != null)
                .min(Comparator.naturalOrder())
                .orElse(null);
    }

    /**
     * Asked help and danger first, then the goals that are missed and near, angry words and what came back again and again, what
     * was masked last; among equals the longest wait.
     */
    private List<Look> look(List<Open> open, Map<OperatorId, String> names) {
        List<Map.Entry<Open, List<String>>> shown = open.stream()
                .map(each -> Map.entry(each, why(each)))
                .filter(each -> !each.getValue().isEmpty())
                .sorted(Comparator.<Map.Entry<Open, List<String>>>comparingInt(each -> rank(each.getValue()))
                        .thenComparing(
                                each -> each.getKey().waitingSince(), Comparator.nullsLast(Comparator.naturalOrder()))
                        .thenComparing(each -> each.getKey().number()))
                .limit(SHOWN)
                .toList();
        Map<CustomerId, Customer> called = customers.find(
                shown.stream().map(each -> each.getKey().customer()).toList());
        return shown.stream()
                .map(each -> {
                    Open inquiry = each.getKey();
                    return new Look(
                            inquiry.id(),
                            inquiry.number(),
                            nameOf(called.get(inquiry.customer())),
                            Hues.of(inquiry.customer(), inquiry.slot()),
                            inquiry.state(),
                            inquiry.operator() == null ? null : names.get(inquiry.operator()),
                            inquiry.waitingSince(),
                            inquiry.reopened(),
                            each.getValue());
                })
                .toList();
    }

    private List<String> why(Open inquiry) {
        List<String> why = new ArrayList<>();
        if (inquiry.helpAt() != null) {
            why.add("help");
        }
        if (inquiry.has(DANGER)) {
            why.add("danger");
        }
        if (inquiry.waitingSince() != null && !inquiry.state().equals("HELD")) {
            Duration waits = Duration.between(inquiry.waitingSince(), clock.instant());
            if (waits.compareTo(goal) >= 0) {
                why.add("late");
            } else if (waits.multipliedBy(4).compareTo(goal.multipliedBy(3)) >= 0) {
                why.add("near");
            }
        }
        if (inquiry.has(Set.of("anger"))) {
            why.add("anger");
        }
        if (inquiry.reopened() >= REPEATED) {
            why.add("reopened");
        }
        for (String hidden : List.of("card-number", "sensitive-words")) {
            if (inquiry.has(Set.of(hidden))) {
                why.add(hidden);
            }
        }
        return why;
    }

    private static String nameOf(Customer customer) {
        return customer == null ? null : customer.name();
    }

    private static int rank(List<String> why) {
        return why.contains("help") || why.contains("danger")
                ? 0
                : why.contains("late")
                        ? why.contains("anger") ? 1 : 2
                        : why.contains("near") ? 3 : why.contains("anger") || why.contains("reopened") ? 4 : 5;
    }

    private List<SeatRow> rows(List<Open> open, List<Seats.Seat> all) {
        Map<OperatorId, List<Open>> byOperator =
                open.stream().filter(each -> each.operator() != null).collect(Collectors.groupingBy(Open::operator));
        Map<OperatorId, Seats.Presence> presences = seats.presences();
        List<OperatorId> inCall = calls.inCall();
        Map<OperatorId, List<Open>> kept = byOperator.entrySet().stream()
                .collect(Collectors.toMap(Map.Entry::getKey, each -> inState(each.getValue(), "ASSIGNED").stream()
                        .filter(inquiry -> inquiry.waitingSince() != null)
                        .sorted(Comparator.comparing(Open::waitingSince))
                        .toList()));
        Map<CustomerId, Customer> called = customers.find(kept.values().stream()
                .filter(waiting -> !waiting.isEmpty())
                .map(waiting -> waiting.get(0).customer())
                .toList());
        return all.stream()
                .map(seat -> {
                    List<Open> theirs = byOperator.getOrDefault(seat.operator(), List.of());
                    List<Open> waiting = kept.getOrDefault(seat.operator(), List.of());
                    Open oldest = waiting.isEmpty() ? null : waiting.get(0);
                    Seats.Presence presence = presences.get(seat.operator());
                    return new SeatRow(
                            seat.operator().value(),
                            seat.displayName(),
                            Hues.of(seat.operator()),
                            seat.team(),
                            seat.presence(),
                            presence.reason(),
                            presence.since(),
                            presence.lost(),
                            seat.load(),
                            seat.capacity(),
                            inState(theirs, "HELD").size(),
                            theirs.stream().anyMatch(each -> each.helpAt() != null),
                            inCall.contains(seat.operator()),
                            oldest == null ? null : oldest.id(),
                            oldest == null ? null : nameOf(called.get(oldest.customer())),
                            waiting.stream().map(Open::waitingSince).toList());
                })
                .sorted(Comparator.comparing(SeatRow::team).thenComparing(SeatRow::displayName))
                .toList();
    }

    private static List<Queue> queues(List<Open> waiting, List<Seats.Seat> all) {
        Map<String, List<Seats.Seat>> teams =
                all.stream().collect(Collectors.groupingBy(Seats.Seat::team, LinkedHashMap::new, Collectors.toList()));
        Map<String, List<Open>> lines =
                waiting.stream().filter(each -> each.team() != null).collect(Collectors.groupingBy(Open::team));
        lines.keySet().forEach(team -> teams.putIfAbsent(team, List.of()));
        return teams.entrySet().stream()
                .map(team -> {
                    List<Open> line = lines.getOrDefault(team.getKey(), List.of());
                    int available = (int) team.getValue().stream()
                            .filter(seat -> seat.presence().equals("available"))
                            .count();
                    return new Queue(team.getKey(), line.size(), longest(line), available);
                })
                .sorted(Comparator.comparing(Queue::team))
                .toList();
    }
}
