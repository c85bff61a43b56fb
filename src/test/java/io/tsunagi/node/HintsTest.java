package io.tsunagi.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.tsunagi.config.Settings;
import io.tsunagi.node.Hints.Hint;
import io.tsunagi.store.Dialect;
import io.tsunagi.store.Store;
import io.tsunagi.store.TestStores;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Two nodes on one PostgreSQL tell each other what their screens should fetch. */
class HintsTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    /** What a node's screens were told. */
    private static final class Screens implements Hints.Screens {
        private final Set<UUID> inquiries = ConcurrentHashMap.newKeySet();
        private final AtomicInteger workspaces = new AtomicInteger();
        private final AtomicInteger looks = new AtomicInteger();

        @Override
        public void inquiryChanged(UUID inquiry) {
            inquiries.add(inquiry);
        }

        @Override
        public void workspaceChanged() {
            workspaces.incrementAndGet();
        }

        @Override
        public void look() {
            looks.incrementAndGet();
        }
    }

    private record Member(Store store, Hints hints, Screens screens) {}

    private final List<AutoCloseable> open = new ArrayList<>();
    private Settings settings;

    @BeforeEach
    void database() {
        settings = TestStores.settings(Dialect.POSTGRESQL, Map.of());
    }

    @AfterEach
    void close() throws Exception {
        for (int i = open.size() - 1; i >= 0; i--) {
            open.get(i).close();
        }
    }

    private Member member() {
        Store store = Store.open(settings);
        open.add(store);
        Screens screens = new Screens();
        Hints hints = new Hints(store, screens);
        open.add(hints);
        hints.start();
        // From here on it listens.
        await().atMost(PATIENCE).until(() -> screens.looks.get() > 0);
        return new Member(store, hints, screens);
    }

    @Test
    void a_change_on_one_node_reaches_the_screens_of_both() {
        Member tokyo = member();
        Member osaka = member();
        UUID inquiry = UUID.randomUUID();

        tokyo.hints().inquiryChanged(inquiry);
        tokyo.hints().workspaceChanged();

        assertThat(tokyo.screens().inquiries).as("at once").contains(inquiry);
        await().atMost(PATIENCE).until(() -> osaka.screens().inquiries.contains(inquiry));
        await().atMost(PATIENCE).until(() -> osaka.screens().workspaces.get() > 0);
        assertThat(tokyo.hints().hears()).isTrue();
    }

    @Test
    void a_node_whose_connection_broke_looks_for_what_it_missed_and_hears_again() {
        Member osaka = member();
        int looks = osaka.screens().looks.get();

        osaka.store().jdbc().sql("""
                        select count(pg_terminate_backend(pid)) from pg_stat_activity
                        where datname = current_database() and application_name = 'tsunagi-hints-in'
                        """).query(Long.class).single();

        await().atMost(PATIENCE).until(() -> osaka.screens().looks.get() > looks);
        Member tokyo = member();
        UUID inquiry = UUID.randomUUID();
        await("the new connection listens").atMost(PATIENCE).until(() -> {
            tokyo.hints().inquiryChanged(inquiry);
            return osaka.screens().inquiries.contains(inquiry);
        });
        await("and hears itself").atMost(PATIENCE).until(osaka.hints()::hears);
    }

    @Test
    void a_node_whose_telling_connection_broke_tells_on_the_next_one() {
        Member tokyo = member();
        Member osaka = member();
        UUID first = UUID.randomUUID();
        tokyo.hints().inquiryChanged(first);
        await().atMost(PATIENCE).until(() -> osaka.screens().inquiries.contains(first));

        tokyo.store().jdbc().sql("""
                        select count(pg_terminate_backend(pid)) from pg_stat_activity
                        where datname = current_database() and application_name = 'tsunagi-hints-out'
                        """).query(Long.class).single();

        UUID second = UUID.randomUUID();
        await().atMost(PATIENCE).until(() -> {
            tokyo.hints().inquiryChanged(second);
            return osaka.screens().inquiries.contains(second);
        });
    }

    @Test
    void where_no_hint_passes_a_node_notices_and_looks_often_until_one_does() {
        Store store = Store.open(settings);
        open.add(store);
        String database = store.jdbc()
                .sql("select current_database()")
                .query(String.class)
                .single();
        // As behind a pooler: everything succeeds and nothing arrives.
        store.jdbc().sql("create schema deaf").update();
        store.jdbc()
                .sql("create function deaf.pg_notify(text, text) returns void language sql as 'select null'")
                .update();
        store.jdbc()
                .sql("alter database " + database + " set search_path = public, deaf, pg_catalog")
                .update();
        Member osaka = member();

        await().atMost(PATIENCE).until(() -> !osaka.hints().hears());
        int looks = osaka.screens().looks.get();
        await().atMost(PATIENCE).until(() -> osaka.screens().looks.get() > looks + 2);

        store.jdbc().sql("drop function deaf.pg_notify(text, text)").update();
        await().atMost(PATIENCE).until(() -> {
            osaka.hints().workspaceChanged();
            return osaka.hints().hears();
        });
    }

    @Test
    void a_node_that_always_has_something_to_tell_does_not_take_itself_for_deaf() {
        Member tokyo = member();
        long end = System.nanoTime() + Duration.ofSeconds(4).toNanos();

        await().atMost(PATIENCE).pollInterval(Duration.ofMillis(5)).until(() -> {
            tokyo.hints().inquiryChanged(UUID.randomUUID());
            return System.nanoTime() > end;
        });

        assertThat(tokyo.hints().hears()).isTrue();
    }

    @Test
    void one_node_on_h2_tells_its_own_screens() {
        Store store = TestStores.open(Dialect.H2);
        open.add(store);
        Screens screens = new Screens();
        Hints hints = new Hints(store, screens);
        open.add(hints);
        hints.start();
        UUID inquiry = UUID.randomUUID();

        hints.inquiryChanged(inquiry);

        assertThat(screens.inquiries).contains(inquiry);
        assertThat(hints.hears()).isTrue();
    }

    @Test
    void many_changes_are_several_hints_that_fit_and_too_many_say_look() {
        Set<UUID> changes = Stream.generate(UUID::randomUUID).limit(1_000).collect(Collectors.toSet());

        List<Hint> hints = Hint.of(changes, true);

        assertThat(hints).allSatisfy(hint -> assertThat(hint.toString().getBytes(StandardCharsets.UTF_8))
                .hasSizeLessThan(7_900));
        assertThat(hints.stream().flatMap(hint -> Hint.read(hint.toString()).changed().stream()))
                .containsExactlyInAnyOrderElementsOf(changes);
        assertThat(hints.stream().map(hint -> Hint.read(hint.toString()).workspace()))
                .containsOnlyOnce(true);
        assertThat(Hint.read(Hint.of(Set.of(), true).get(0).toString()).workspace())
                .isTrue();

        Stream.generate(UUID::randomUUID).limit(5_000).forEach(changes::add);
        assertThat(Hint.of(changes, false)).singleElement().satisfies(hint -> {
            assertThat(Hint.read(hint.toString()).look()).isTrue();
            assertThat(hint.changed()).isEmpty();
        });
    }
}
