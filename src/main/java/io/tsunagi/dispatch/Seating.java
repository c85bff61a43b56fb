package io.tsunagi.dispatch;

import io.tsunagi.access.OperatorId;
import io.tsunagi.dispatch.Seats.Seat;
import io.tsunagi.inquiry.Inquiries.Place;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The seats as one decider sees them: looked at once, then changed by its own decisions only, in memory. Belongs to one
 * thread.
 *
 * <p>Inquiries that need the same (team, skill, language) share one order of the seats that fit, so that a decision costs
 * little however many seats there are.
 */
final class Seating {
    /** As many seats as a decision shows; how many there were of each kind is counted beside. */
    static final int SHOWN = 6;

    /** A seat that was looked at, and why it was or was not the one. */
    record Candidate(String operator, int load, int capacity, long idleSeconds, String verdict) {}

    /**
     * Who gets an inquiry.
     *
     * @param nearest the seats next in line, the chosen one among them, then some that do not fit
     * @param verdicts how many of all seats were chosen, eligible, full, passed over because they declined it, or do not fit and why
     */
    record Decision(
            Place place, OperatorId operator, String name, List<Candidate> nearest, Map<String, Integer> verdicts) {}

    private record Need(String team, String skill, String language) {
        /** Says why a seat does not fit, or null when it does. */
        private String refusal(Seat seat) {
            if (team != null && !team.equals(seat.team())) {
                return "other team";
            }
            if (skill != null && !seat.skills().contains(skill)) {
                return "lacks skill " + skill;
            }
            return seat.languages().contains(language) ? null : "does not speak " + language;
        }
    }

    /** A seat with what was decided for it. */
    private static final class Taker {
        private final Seat seat;
        private final List<Group> groups = new ArrayList<>();
        private int load;
        private int turns;

        private Taker(Seat seat) {
            this.seat = seat;
            this.load = seat.load();
        }

        private int room() {
            return seat.capacity() - load;
        }
    }

    private static final Comparator<Taker> ORDER = Comparator.<Taker>comparingInt(taker -> taker.load)
            .thenComparingInt(taker -> taker.turns)
            .thenComparing(taker -> taker.seat.idleSince())
            .thenComparing(taker -> taker.seat.operator().value());

    /** The seats that fit a need, those with room in the order they are asked. */
    private static final class Group {
        private final List<Taker> fitting = new ArrayList<>();
        private final TreeSet<Taker> inOrder = new TreeSet<>(ORDER);
        private final TreeMap<Integer, Integer> byRoom = new TreeMap<>();
        private final Map<String, Integer> refusals = new LinkedHashMap<>();
        private final List<Map.Entry<Taker, String>> refused = new ArrayList<>();

        private void enter(Taker taker) {
            if (taker.room() > 0) {
                inOrder.add(taker);
                byRoom.merge(taker.room(), 1, Integer::sum);
            }
        }

        private void leave(Taker taker) {
            inOrder.remove(taker);
            byRoom.merge(taker.room(), -1, Integer::sum);
        }

        private int withRoomFor(int weight) {
            return byRoom.tailMap(weight, true).values().stream()
                    .mapToInt(Integer::intValue)
                    .sum();
        }
    }

    private final List<Taker> takers;
    private final Instant now;
    private final Map<Need, Group> groups = new HashMap<>();

    Seating(List<Seat> available, Instant now) {
        this.takers = available.stream().map(Taker::new).toList();
        this.now = now;
    }

    boolean hasRoom() {
        return takers.stream().anyMatch(taker -> taker.room() > 0);
    }

    /**
     * Decides who gets the inquiry and counts it; empty when nobody who fits has room for it.
     *
     * @param passedOver who declined it and is not asked again now
     */
    Optional<Decision> seat(Place place, Set<OperatorId> passedOver) {
        int weight = Math.max(1, place.weight());
        Group group = groups.computeIfAbsent(new Need(place.team(), place.skill(), place.language()), this::group);
        int withRoom = group.withRoomFor(weight);
        Optional<Taker> first = withRoom == 0
                ? Optional.empty()
                : group.inOrder.stream()
                        .filter(taker -> taker.room() >= weight && !passedOver.contains(taker.seat.operator()))
                        .findFirst();
        if (first.isEmpty()) {
            return Optional.empty();
        }
        Taker chosen = first.get();
        int declining = passedOver.isEmpty()
                ? 0
                : (int) group.inOrder.stream()
                        .filter(taker -> taker.room() >= weight && passedOver.contains(taker.seat.operator()))
                        .count();
        Map<String, Integer> verdicts = new LinkedHashMap<>();
        verdicts.put("chosen", 1);
        verdicts.put("eligible", withRoom - 1 - declining);
        if (declining > 0) {
            verdicts.put("declined", declining);
        }
        verdicts.put("full", group.fitting.size() - withRoom);
        verdicts.putAll(group.refusals);
        Decision decision = new Decision(
                place,
                chosen.seat.operator(),
                chosen.seat.displayName(),
                nearest(group, chosen, weight, passedOver),
                verdicts);
        chosen.groups.forEach(in -> in.leave(chosen));
        chosen.load += weight + place.call();
        chosen.turns++;
        chosen.groups.forEach(in -> in.enter(chosen));
        return Optional.of(decision);
    }

    private Group group(Need need) {
        Group group = new Group();
        for (Taker taker : takers) {
            String refusal = need.refusal(taker.seat);
            if (refusal == null) {
                group.fitting.add(taker);
                group.enter(taker);
                taker.groups.add(group);
            } else {
                if (group.refusals.merge(refusal, 1, Integer::sum) == 1 || group.refused.size() < SHOWN) {
                    group.refused.add(Map.entry(taker, refusal));
                }
            }
        }
        return group;
    }

    /** The chosen one is shown even when many before it are too full for a heavy inquiry. */
    private List<Candidate> nearest(Group group, Taker chosen, int weight, Set<OperatorId> passedOver) {
        List<Candidate> shown = new ArrayList<>();
        boolean seen = false;
        for (Iterator<Taker> next = group.inOrder.iterator(); next.hasNext() && shown.size() < SHOWN; ) {
            Taker taker = next.next();
            if (!seen && shown.size() == SHOWN - 1) {
                taker = chosen;
            }
            seen |= taker == chosen;
            shown.add(candidate(taker, verdict(taker, chosen, weight, passedOver)));
        }
        for (int i = 0; i < group.fitting.size() && shown.size() < SHOWN; i++) {
            if (group.fitting.get(i).room() <= 0) {
                shown.add(candidate(group.fitting.get(i), "full"));
            }
        }
        for (int i = 0; i < group.refused.size() && shown.size() < SHOWN; i++) {
            shown.add(candidate(
                    group.refused.get(i).getKey(), group.refused.get(i).getValue()));
        }
        return shown;
    }

    private static String verdict(Taker taker, Taker chosen, int weight, Set<OperatorId> passedOver) {
        if (taker == chosen) {
            return "chosen";
        }
        if (taker.room() < weight) {
            return "full";
        }
        return passedOver.contains(taker.seat.operator()) ? "declined" : "eligible";
    }

    private Candidate candidate(Taker taker, String verdict) {
        return new Candidate(
                taker.seat.operator().toString(),
                taker.load,
                taker.seat.capacity(),
                Duration.between(taker.seat.idleSince(), now).toSeconds(),
                verdict);
    }
}
