package io.tsunagi.dispatch;

import static org.assertj.core.api.Assertions.assertThat;

import io.tsunagi.inquiry.Office;
import io.tsunagi.store.Dialect;
import io.tsunagi.store.Ids;
import io.tsunagi.store.Store;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Many deciders on several nodes and one PostgreSQL. */
class DispatcherRaceTest {
    private static final int INQUIRIES = 1000;
    private static final int OPERATORS = 50;
    private static final int CAPACITY = 3;
    private static final int THREADS = 200;

    /** Scenario 31 */
    @Test
    void two_hundred_threads_on_three_nodes_lose_none_double_none_and_overload_nobody() {
        try (Office office = Office.open(Dialect.POSTGRESQL);
                Office second = office.secondNode();
                Office third = office.secondNode()) {
            for (int i = 0; i < OPERATORS; i++) {
                office.operator("operator" + i, CAPACITY);
            }
            line(office.store, INQUIRIES);
            List<Office> nodes = List.of(office, second, third);
            List<Callable<?>> deciders = new ArrayList<>();
            for (int i = 0; i < THREADS; i++) {
                Office node = nodes.get(i % nodes.size());
                deciders.add(node.dispatcher::assign);
            }

            int given = 0;
            while (given < INQUIRIES) {
                List<Object> outcomes = Office.atOnce(deciders);

                assertThat(outcomes).allMatch(Integer.class::isInstance);
                int wave = outcomes.stream().mapToInt(Integer.class::cast).sum();
                assertThat(wave).isEqualTo(Math.min(OPERATORS * CAPACITY, INQUIRIES - given));
                given += wave;
                assertThat(number(office, "select count(*) from inquiries where state = 'ASSIGNED'"))
                        .isEqualTo(wave);
                assertThat(number(
                                office,
                                "select count(distinct cast(operator as varchar) || '/' || slot)"
                                        + " from inquiries where state = 'ASSIGNED'"))
                        .as("nobody has two in one slot")
                        .isEqualTo(wave);
                assertThat(number(office, "select max(load) from seats")).isLessThanOrEqualTo(CAPACITY);
                assertThat(number(
                                office,
                                "select count(*) from seats s where load <> (select count(*) from inquiries i"
                                        + " where i.operator = s.operator and i.state = 'ASSIGNED')"))
                        .isZero();
                // All of them end at once.
                office.store
                        .jdbc()
                        .sql("update inquiries set state = 'CLOSED' where state = 'ASSIGNED'")
                        .update();
                office.store.jdbc().sql("update seats set load = 0").update();
            }

            assertThat(number(office, "select count(*) from assignments")).isEqualTo(INQUIRIES);
            assertThat(number(office, "select count(distinct inquiry) from assignments"))
                    .isEqualTo(INQUIRIES);
            assertThat(number(office, "select count(*) from messages where type = 'event' and seq = 1"))
                    .isEqualTo(INQUIRIES);
            Map<String, Object> decision = office.store
                    .jdbc()
                    .sql("select candidates, verdicts from assignments fetch first 1 row only")
                    .query()
                    .singleRow();
            assertThat((String) decision.get("candidates")).contains("\"chosen\"");
            assertThat((String) decision.get("verdicts")).startsWith("{\"chosen\":1,\"eligible\":");
        }
    }

    private static long number(Office office, String sql) {
        return office.store.jdbc().sql(sql).query(Long.class).single();
    }

    /** A waiting line of so many customers, put there in one statement. */
    private static void line(Store store, int length) {
        List<UUID> customers = IntStream.range(0, length)
                .mapToObj(i -> Ids.derived("customer", i))
                .toList();
        store.jdbc()
                .sql("insert into lanes (id, account, kind, source) select id, 'main', 'user', cast(id as varchar)"
                        + " from unnest(cast(? as uuid array)) as c (id)")
                .param(Store.uuids(customers))
                .update();
        store.jdbc().sql("""
                        insert into inquiries (id, customer, account, state, version, last_seq, language, team, priority,
                            weight, opened_at, changed_at, queued_at, handed_off_at, read_seq, bot_misses, bot_prompts)
                        select gen_random_uuid(), id, 'main', 'WAITING', 1, 0, 'ja', 'support', 3, 1, now(), now(), now(),
                            now(), 0, 0, 0
                          from unnest(cast(? as uuid array)) as c (id)
                        """).param(Store.uuids(customers)).update();
    }
}
