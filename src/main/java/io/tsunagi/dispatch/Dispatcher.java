package io.tsunagi.dispatch;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.tsunagi.access.OperatorId;
import io.tsunagi.dispatch.Seating.Decision;
import io.tsunagi.inquiry.Inquiries;
import io.tsunagi.inquiry.InquiryId;
import io.tsunagi.store.Ids;
import io.tsunagi.store.Lanes;
import io.tsunagi.store.Store;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.PessimisticLockingFailureException;
import org.springframework.dao.QueryTimeoutException;
import org.springframework.jdbc.core.SqlTypeValue;

/**
 * Decides which operator answers an inquiry.
 *
 * <p>The most urgent inquiry is served first, among equals the longest waiting. Of the operators who are available, in
 * its team, with its skill and language, the least loaded gets it; among equals the one idle the longest. Nobody is
 * given more than their capacity. Who did not take an inquiry that was offered to them is passed over for it for a while
 * ({@link Offers}). Each decision is kept with the candidates next in line and how many there were of each
 * kind.
 *
 * <p>One decider works at a time in the whole cluster: the dispatch lane's row is the lock. It looks at the line and the
 * seats once, decides in memory, and writes up to {@value #BATCH} decisions in one commit; what changed meanwhile stays
 * as it is and is decided anew. Safe for many threads and nodes.
 */
public final class Dispatcher {
    private static final Logger LOG = LoggerFactory.getLogger(Dispatcher.class);
    private static final String RULE = "least loaded, then longest idle";
    private static final String POOL = "all";
    private static final int TRIES = 3;

    /** Decisions of one commit, whose customers' lanes are held until then. */
    private static final int BATCH = 1000;

    private final Store store;
    private final Lanes lanes;
    private final Inquiries inquiries;
    private final Seats seats;
    private final Offers offers;
    private final Clock clock;
    private final ObjectMapper json = new ObjectMapper();

    /** One at a time in this process, so that deciders do not queue for the database with a connection each. */
    private final ReentrantLock deciding = new ReentrantLock();

    public Dispatcher(Store store, Lanes lanes, Inquiries inquiries, Seats seats, Offers offers, Clock clock) {
        this.store = store;
        this.lanes = lanes;
        this.inquiries = inquiries;
        this.seats = seats;
        this.offers = offers;
        this.clock = clock;
    }

    /** How many were decided, and of these how many found their operator. */
    private record Round(int decided, int given) {
        private int lost() {
            return decided - given;
        }
    }

    /** Gives out what waits, as far as there is room; returns how many inquiries found an operator. */
    public int assign() {
        deciding.lock();
        try {
            return inquiries.line(null, 1).isEmpty() ? 0 : assignAll();
        } finally {
            deciding.unlock();
        }
    }

    private int assignAll() {
        int given = 0;
        int gaveWay = 0;
        while (true) {
            try {
                Round round = store.inTransaction(this::round);
                given += round.given();
                if (round.lost() > 0) {
                    gaveWay++;
                } else if (round.decided() < BATCH) {
                    return given;
                }
            } catch (PessimisticLockingFailureException | QueryTimeoutException e) {
                // Another decider took longer than H2 waits for a lock: all of it is decided anew.
                gaveWay++;
                LOG.debug("A decider gave way", e);
            }
            if (gaveWay == TRIES) {
                LOG.warn("Assignment gave way {} times and waits for the sweep", TRIES);
                return given;
            }
        }
    }

    private Round round() {
        lockPool();
        List<Decision> decisions = decide(new Seating(seats.available(), clock.instant()));
        if (decisions.isEmpty()) {
            return new Round(0, 0);
        }
        lanes.lock(decisions.stream()
                .map(decision -> decision.place().customer().value())
                .toList());
        Map<InquiryId, Decision> byInquiry = new HashMap<>();
        List<Inquiries.Gift> gifts = new ArrayList<>();
        for (Decision decision : decisions) {
            byInquiry.put(decision.place().inquiry(), decision);
            gifts.add(new Inquiries.Gift(decision.place(), decision.operator(), decision.name()));
        }
        List<Decision> given = inquiries.assign(gifts, offers.until()).given().stream()
                .map(gift -> byInquiry.get(gift.place().inquiry()))
                .toList();
        if (!given.isEmpty()) {
            keep(given);
        }
        return new Round(decisions.size(), given.size());
    }

    private void lockPool() {
        if (!lockedPool()) {
            store.jdbc()
                    .sql("insert into dispatch_lanes (pool) values (?) on conflict do nothing")
                    .param(POOL)
                    .update();
            lockedPool();
        }
    }

    private boolean lockedPool() {
        return store.jdbc()
                .sql("select pool from dispatch_lanes where pool = ? for update")
                .param(POOL)
                .query(String.class)
                .optional()
                .isPresent();
    }

    /** Goes along the line until the batch is full; those whom nobody can take do not stop those behind them. */
    private List<Decision> decide(Seating seating) {
        List<Decision> decisions = new ArrayList<>();
        Inquiries.Place last = null;
        while (seating.hasRoom()) {
            List<Inquiries.Place> part = inquiries.line(last, BATCH);
            // Read after the line: whoever stands in it because somebody declined has that decline read with it.
            Map<InquiryId, Set<OperatorId>> declined = offers.declined();
            for (Inquiries.Place place : part) {
                seating.seat(place, declined.getOrDefault(place.inquiry(), Set.of()))
                        .ifPresent(decisions::add);
                if (decisions.size() == BATCH) {
                    return decisions;
                }
            }
            if (part.size() < BATCH) {
                break;
            }
            last = part.get(part.size() - 1);
        }
        return decisions;
    }

    private void keep(List<Decision> decisions) {
        Instant now = clock.instant();
        store.jdbc()
                .sql("""
                        insert into assignments (id, inquiry, operator, rule, candidates, verdicts, waited_ms, decided_at)
                        select d.id, d.inquiry, d.operator, cast(:rule as varchar), d.candidates, d.verdicts, d.waited,
                               cast(:now as timestamp with time zone)
                          from unnest(cast(:ids as uuid array), cast(:inquiries as uuid array),
                                      cast(:operators as uuid array), cast(:candidates as varchar array),
                                      cast(:verdicts as varchar array), cast(:waited as bigint array))
                               as d (id, inquiry, operator, candidates, verdicts, waited)
                        """)
                .param("rule", RULE)
                .param("now", Store.at(now))
                .param(
                        "ids",
                        Store.uuids(decisions.stream()
                                .map(d -> Ids.derived(
                                        "assignment",
                                        d.place().inquiry(),
                                        d.place().version()))
                                .toList()))
                .param(
                        "inquiries",
                        Store.uuids(decisions.stream()
                                .map(d -> d.place().inquiry().value())
                                .toList()))
                .param(
                        "operators",
                        Store.uuids(decisions.stream()
                                .map(d -> d.operator().value())
                                .toList()))
                .param("candidates", texts(decisions, Decision::nearest))
                .param("verdicts", texts(decisions, Decision::verdicts))
                .param(
                        "waited",
                        Store.array(
                                "bigint",
                                decisions.stream()
                                        .map(d -> Duration.between(d.place().queuedAt(), now)
                                                .toMillis())
                                        .toList()))
                .update();
    }

    private SqlTypeValue texts(List<Decision> decisions, Function<Decision, Object> part) {
        return Store.array(
                "varchar", decisions.stream().map(part).map(this::write).toList());
    }

    private String write(Object part) {
        try {
            return json.writeValueAsString(part);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("Decisions can always be written", e);
        }
    }
}
