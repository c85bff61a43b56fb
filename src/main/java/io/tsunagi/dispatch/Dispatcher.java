package io.tsunagi.dispatch;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.tsunagi.access.OperatorId;
import io.tsunagi.dispatch.Seats.Seat;
import io.tsunagi.inquiry.Inquiries;
import io.tsunagi.inquiry.Inquiry;
import io.tsunagi.store.Ids;
import io.tsunagi.store.Lanes;
import io.tsunagi.store.Store;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.PessimisticLockingFailureException;
import org.springframework.dao.QueryTimeoutException;

/**
 * Decides which operator answers an inquiry.
 *
 * <p>The most urgent inquiry is served first, among equals the longest waiting. Of the operators who are available, in
 * its team, with its skill and language, the least loaded gets it; among equals the one idle the longest. Nobody is
 * given more than their capacity. Each decision is kept with its candidates. One decider works at a time in the whole
 * cluster: the dispatch lane's row is the lock.
 */
public final class Dispatcher {
    private static final Logger LOG = LoggerFactory.getLogger(Dispatcher.class);
    private static final String RULE = "least loaded, then longest idle";
    private static final String POOL = "all";
    private static final int TRIES = 3;

    private final Store store;
    private final Lanes lanes;
    private final Inquiries inquiries;
    private final Seats seats;
    private final Clock clock;
    private final ObjectMapper json = new ObjectMapper();

    /** Who was looked at, and why they were not the one; kept as JSON with the decision. */
    record Candidate(String operator, int load, int capacity, long idleSeconds, String verdict) {}

    private record Decision(Inquiry inquiry, OperatorId operator, String name, List<Candidate> candidates) {}

    public Dispatcher(Store store, Lanes lanes, Inquiries inquiries, Seats seats, Clock clock) {
        this.store = store;
        this.lanes = lanes;
        this.inquiries = inquiries;
        this.seats = seats;
        this.clock = clock;
    }

    /** Gives out what waits, as far as there is room; returns how many inquiries found an operator. */
    public int assign() {
        if (inquiries.waiting().isEmpty()) {
            return 0;
        }
        int given = 0;
        for (int attempt = 1; ; attempt++) {
            try {
                Round round = store.inTransaction(this::assignAll);
                given += round.given();
                if (round.lost() == 0 || attempt == TRIES) {
                    return given;
                }
            } catch (Inquiries.NoRoomException | PessimisticLockingFailureException | QueryTimeoutException e) {
                // Something changed between looking and taking, or another decider took longer than H2 waits for a
                // lock: all of it is decided anew.
                if (attempt == TRIES) {
                    LOG.warn("Assignment gave way {} times and waits for the sweep: {}", TRIES, e.getMessage());
                    return given;
                }
            }
        }
    }

    /** How many found their operator, and how many changed between looking and giving. */
    private record Round(int given, int lost) {}

    private Round assignAll() {
        lockPool();
        List<Decision> decisions = decide(inquiries.waiting(), seats.available());
        decisions.sort(Comparator.comparing(d -> d.inquiry().customer().value()));
        decisions.forEach(d -> lanes.lock(d.inquiry().customer().value()));
        int given = 0;
        for (Decision decision : decisions) {
            Inquiry inquiry = decision.inquiry();
            if (inquiries.assign(inquiry.id(), inquiry.version(), decision.operator(), decision.name())) {
                keep(decision);
                given++;
            }
        }
        return new Round(given, decisions.size() - given);
    }

    private void lockPool() {
        store.jdbc()
                .sql("insert into dispatch_lanes (pool) values (?) on conflict do nothing")
                .param(POOL)
                .update();
        store.jdbc()
                .sql("select pool from dispatch_lanes where pool = ? for update")
                .param(POOL)
                .query(String.class)
                .single();
    }

    /** Decides in memory, counting what it gives. */
    private List<Decision> decide(List<Inquiry> waiting, List<Seat> available) {
        Instant now = clock.instant();
        Map<OperatorId, Integer> given = new HashMap<>();
        Map<OperatorId, Integer> turns = new HashMap<>();
        List<Decision> decisions = new ArrayList<>();
        for (Inquiry inquiry : waiting) {
            List<Candidate> candidates = new ArrayList<>();
            Optional<Seat> best = Optional.empty();
            Comparator<Seat> order = Comparator.<Seat>comparingInt(
                            seat -> seat.load() + given.getOrDefault(seat.operator(), 0))
                    .thenComparingInt(seat -> turns.getOrDefault(seat.operator(), 0))
                    .thenComparing(Seat::idleSince)
                    .thenComparing(seat -> seat.operator().value());
            for (Seat seat : available.stream().sorted(order).toList()) {
                int load = seat.load() + given.getOrDefault(seat.operator(), 0);
                String verdict = verdict(inquiry, seat, load);
                if (verdict.equals("eligible") && best.isEmpty()) {
                    best = Optional.of(seat);
                    verdict = "chosen";
                }
                candidates.add(new Candidate(
                        seat.operator().toString(),
                        load,
                        seat.capacity(),
                        Duration.between(seat.idleSince(), now).toSeconds(),
                        verdict));
            }
            best.ifPresent(seat -> {
                given.merge(seat.operator(), inquiry.weight(), Integer::sum);
                turns.merge(seat.operator(), 1, Integer::sum);
                decisions.add(new Decision(inquiry, seat.operator(), seat.name(), candidates));
            });
        }
        return decisions;
    }

    private static String verdict(Inquiry inquiry, Seat seat, int load) {
        if (inquiry.team() != null && !inquiry.team().equals(seat.team())) {
            return "other team";
        }
        if (inquiry.skill() != null && !seat.skills().contains(inquiry.skill())) {
            return "lacks skill " + inquiry.skill();
        }
        if (!seat.languages().contains(inquiry.language())) {
            return "does not speak " + inquiry.language();
        }
        return load + inquiry.weight() > seat.capacity() ? "full" : "eligible";
    }

    private void keep(Decision decision) {
        Instant now = clock.instant();
        Inquiry inquiry = decision.inquiry();
        store.jdbc()
                .sql("""
                        insert into assignments (id, inquiry, operator, rule, candidates, waited_ms, decided_at)
                        values (:id, :inquiry, :operator, :rule, :candidates, :waited, :now)
                        """)
                .param("id", Ids.derived("assignment", inquiry.id(), inquiry.version()))
                .param("inquiry", inquiry.id().value())
                .param("operator", decision.operator().value())
                .param("rule", RULE)
                .param("candidates", write(decision.candidates()))
                .param("waited", Duration.between(inquiry.queuedAt(), now).toMillis())
                .param("now", Store.at(now))
                .update();
    }

    /** Writes the candidates; the nearest 60 fit the column whatever the size of the team. */
    private String write(List<Candidate> candidates) {
        try {
            return json.writeValueAsString(candidates.subList(0, Math.min(60, candidates.size())));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("Candidates can always be written", e);
        }
    }
}
