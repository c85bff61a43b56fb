package io.tsunagi.scenario;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Response;
import io.tsunagi.browser.InBrowser;
import io.tsunagi.browser.Window;
import io.tsunagi.store.Dialect;
import io.tsunagi.store.Store;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The wall of a house of five hundred. */
@InBrowser
class LargeHouseInBrowserTest {
    private static final int PEOPLE = 500;
    /** Operators and the supervisor of the sandbox, all away. */
    private static final int SANDBOX = 4;

    private static final int CUSTOMERS = 60;

    private final TestHub hub = TestHub.start(
            Dialect.H2,
            Map.of(
                    "hub.dispatch.lost-after",
                    "PT2H",
                    "hub.dispatch.capacity",
                    "2",
                    "hub.line.quota-cron",
                    "0 0 0 1 1 ?"));
    private final Window wall = new Window();

    @AfterEach
    void stop() {
        wall.close();
        hub.close();
    }

    /** Seats people who are at work already; every tenth takes inquiries. */
    private void seat(Store store) {
        Instant now = store.clock().instant();
        for (int i = 0; i < PEOPLE; i++) {
            UUID id = UUID.randomUUID();
            String name = "op%03d".formatted(i);
            store.jdbc()
                    .sql("""
                            insert into operators
                                (id, name, display_name, role, language, zone, password_hash, failures, created_at)
                            values (?, ?, ?, 'operator', 'ja', 'Asia/Tokyo', '-', 0, ?)
                            """)
                    .params(id, name, "受付 %03d".formatted(i), Store.at(now))
                    .update();
            store.jdbc()
                    .sql("""
                            insert into seats (operator, team, skills, languages, presence, capacity, load, idle_since,
                                present_since, seen_at)
                            values (?, 'support', '', 'ja,en', ?, 2, 0, ?, ?, ?)
                            """)
                    .params(id, i % 10 == 0 ? "available" : "busy", Store.at(now), Store.at(now), Store.at(now))
                    .update();
        }
    }

    /** Scenario 53 */
    @Test
    void the_wall_of_five_hundred_stays_fresh_under_load_and_its_figures_are_those_of_the_events() {
        Operator sakura = hub.away("sakura");
        try (Rows rows = new Rows(hub.settings())) {
            seat(rows.store());
            Page page = new OperatorScreen(wall.open(hub.base() + "/watch")).signIn("sakura").page;
            assertThat(page.locator(".seats tbody tr:not(.team)")).hasCount(PEOPLE + SANDBOX);
            List<Double> took = new ArrayList<>();
            page.onResponse(response -> {
                if (response.url().endsWith("/api/wall")) {
                    took.add(finished(response));
                }
            });

            for (int i = 0; i < CUSTOMERS; i++) {
                hub.line.write("U" + "%032x".formatted(0xa000 + i), "main", "オペレーターと話したい");
            }
            await("everybody has somebody")
                    .atMost(TestHub.PATIENCE)
                    .until(() -> rows.count("select count(*) from inquiries where state = 'ASSIGNED'") == CUSTOMERS);
            assertThat(page.locator(".fig").nth(1).locator("b")).hasText(String.valueOf(CUSTOMERS));
            await("the wall goes on to look").atMost(TestHub.PATIENCE).until(() -> {
                page.waitForTimeout(100);
                return took.size() >= 6;
            });
            System.out.println("Looks of a wall of " + PEOPLE + ", time until each was answered in ms: " + took);
            Window.looks(page, "wall-500");

            JsonNode figures = sakura.get("/api/wall").path("figures");
            Map<String, Long> recount = recount(sakura, rows);
            assertThat(figures.path("inWork").asLong()).isEqualTo(recount.getOrDefault("assigned", 0L));
            assertThat(figures.path("waiting").asLong()).isEqualTo(recount.getOrDefault("handed-off", 0L));
            assertThat(recount).containsEntry("assigned", (long) CUSTOMERS);
            List<JsonNode> seats = new ArrayList<>();
            sakura.get("/api/wall").path("seats").forEach(seats::add);
            assertThat(seats.stream()
                            .filter(seat -> seat.path("presence").asText().equals("available")))
                    .hasSize(PEOPLE / 10);
            assertThat(seats.stream()
                            .mapToLong(seat -> seat.path("load").asLong())
                            .sum())
                    .isEqualTo(CUSTOMERS);
        }
        assertThat(wall.complaints()).isEmpty();
    }

    private static Double finished(Response response) {
        return response.request().timing().responseStart;
    }

    /** What the last event of each inquiry says became of it, counted. */
    private static Map<String, Long> recount(Operator sakura, Rows rows) {
        Map<String, Long> counted = new HashMap<>();
        for (UUID id : rows.store()
                .jdbc()
                .sql("select id from inquiries")
                .query(UUID.class)
                .list()) {
            String last = "";
            for (JsonNode message : sakura.messages(id.toString())) {
                if (message.path("type").asText().equals("event")) {
                    last = message.path("text").asText().replaceFirst(":.*", "");
                }
            }
            counted.merge(last, 1L, Long::sum);
        }
        return counted;
    }
}
