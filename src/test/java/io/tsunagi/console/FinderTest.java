package io.tsunagi.console;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tsunagi.access.Operators;
import io.tsunagi.access.Passwords;
import io.tsunagi.access.Person;
import io.tsunagi.access.TeamScope;
import io.tsunagi.audit.Audit;
import io.tsunagi.config.Settings;
import io.tsunagi.inquiry.Inquiry;
import io.tsunagi.inquiry.Office;
import io.tsunagi.store.Dialect;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** It is nine o'clock in the morning of the first of April in Tokyo, where the people are. */
@ParameterizedClass
@EnumSource(Dialect.class)
class FinderTest {
    private static final Settings SETTINGS = Settings.of("", Map.of("hub.dispatch.first-answer-goal", "PT2M"));

    @Parameter
    Dialect dialect;

    private Office office;
    private Finder finder;
    private Person aoi;
    private Person sakura;

    @BeforeEach
    void open() {
        office = Office.open(dialect);
        Audit audit = new Audit(office.store, office.clock);
        Operators operators = new Operators(office.store, audit, office.clock, new Passwords(), SETTINGS);
        finder = new Finder(
                office.store, office.customers, operators, audit, new TeamScope(office.store, SETTINGS), SETTINGS);
        aoi = office.operator("aoi", 10);
        sakura = office.operator("sakura", 10);
        office.store
                .jdbc()
                .sql("update operators set role = 'supervisor' where name = 'sakura'")
                .update();
    }

    @AfterEach
    void close() {
        office.close();
    }

    private Inquiry called(String name, Inquiry inquiry) {
        office.store.inTransaction(() -> {
            office.turn.profile(inquiry.customer(), name, null);
            return null;
        });
        return inquiry;
    }

    private Finder.Part find(Person by, Map<String, String> wanted) {
        return (Finder.Part) finder.find(
                by.id().toString(),
                "127.0.0.1",
                wanted.get("q"),
                wanted.get("state"),
                wanted.get("team"),
                wanted.get("topic"),
                wanted.get("operator"),
                wanted.get("language"),
                wanted.get("by"),
                wanted.get("answer"),
                wanted.get("score"),
                wanted.get("from"),
                wanted.get("until"),
                wanted.get("hour"),
                wanted.get("after"));
    }

    private List<String> names(Person by, Map<String, String> wanted) {
        return find(by, wanted).inquiries().stream().map(Finder.Found::customer).toList();
    }

    @Test
    void a_closed_inquiry_is_found_by_number_case_and_the_customers_name_or_a_part_of_it() {
        Inquiry closed = called("ササキ 美咲", office.closed("Uaaa", aoi));
        called("田村 健一", office.closed("Ubbb", aoi));
        office.store
                .jdbc()
                .sql("update inquiries set case_number = '00128470' where id = ?")
                .param(closed.id().value())
                .update();

        for (String words : List.of(
                "#" + closed.number(),
                String.valueOf(closed.number()),
                "#" + closed.number() / 1000 + "0" + "x",
                "00128470",
                "ササキ 美咲",
                "ささき",
                "美咲",
                "ササキ")) {
            assertThat(names(aoi, Map.of("q", words)))
                    .as(words)
                    .containsExactlyElementsOf(words.endsWith("x") ? List.of() : List.of("ササキ 美咲"));
        }
        assertThat(office.store
                        .jdbc()
                        .sql("select count(*) from audit where act = 'find-inquiries' and actor = ?")
                        .param(aoi.id().toString())
                        .query(Long.class)
                        .single())
                .isEqualTo(8);
    }

    @Test
    void operators_find_what_is_closed_and_their_own_and_supervisors_everything() {
        called("終了 一", office.closed("Uaaa", sakura));
        called("自分 二", office.assigned("Ubbb", aoi));
        called("他人 三", office.assigned("Uccc", sakura));
        called("待ち 四", office.waiting("Uddd"));

        assertThat(names(aoi, Map.of())).containsExactly("自分 二", "終了 一");
        assertThat(names(aoi, Map.of("q", "他人"))).isEmpty();
        assertThat(names(sakura, Map.of())).containsExactly("待ち 四", "他人 三", "自分 二", "終了 一");
        assertThat(names(sakura, Map.of("state", "open"))).containsExactly("待ち 四", "他人 三", "自分 二");
        assertThat(names(sakura, Map.of("state", "closed"))).containsExactly("終了 一");
        assertThat(names(sakura, Map.of("operator", aoi.id().toString()))).containsExactly("自分 二");
        assertThat(names(sakura, Map.of("team", "support", "topic", "残高"))).hasSize(4);
        assertThat(names(sakura, Map.of("team", "nobody"))).isEmpty();
        assertThatThrownBy(() -> find(aoi, Map.of("state", "lost"))).isInstanceOf(BadRequestException.class);
        assertThatThrownBy(() -> find(aoi, Map.of("hour", "24"))).isInstanceOf(BadRequestException.class);
        assertThatThrownBy(() -> find(aoi, Map.of("from", "yesterday"))).isInstanceOf(BadRequestException.class);
    }

    /** S09: what is looked for stays a value, whatever it looks like. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "' or 1=1 --",
                "' or 'a'='a",
                "'; delete from inquiries; --",
                "%",
                "_",
                "%' --",
                "\\",
                "\\'",
                ":me",
                "?",
                "${1}",
                "1) or (1=1",
                "0 union select name from operators",
                "\uff07 or 1=1",
                "a' and extract(hour from current_timestamp) > 0 --"
            })
    void words_that_look_like_sql_find_nothing_and_change_nothing(String hostile) {
        called("ササキ 美咲", office.closed("Uaaa", aoi));

        for (String field : List.of("q", "team", "topic", "language")) {
            assertThat(names(sakura, Map.of(field, hostile))).as(field).isEmpty();
        }
        for (String field : List.of("state", "operator", "by", "answer", "score", "from", "until", "hour", "after")) {
            assertThatThrownBy(() -> find(sakura, Map.of(field, hostile)))
                    .as(field)
                    .isInstanceOf(BadRequestException.class);
        }
        assertThat(names(sakura, Map.of())).containsExactly("ササキ 美咲");
    }

    /** S15 */
    @Test
    void bound_to_teams_operators_find_their_teams_and_their_own_and_supervisors_everything() {
        called("終了 一", office.closed("Uaaa", sakura));
        called("自分 二", office.closed("Ubbb", aoi));
        office.store.jdbc().sql("update inquiries set team = 'loan'").update();
        called("終了 三", office.closed("Uccc", sakura));
        Settings bound = SETTINGS.with(Map.of("hub.access.reading", "team"));
        finder = new Finder(
                office.store,
                office.customers,
                new Operators(
                        office.store, new Audit(office.store, office.clock), office.clock, new Passwords(), SETTINGS),
                new Audit(office.store, office.clock),
                new TeamScope(office.store, bound),
                bound);

        assertThat(names(aoi, Map.of())).containsExactly("終了 三", "自分 二");
        assertThat(names(sakura, Map.of())).hasSize(3);
    }

    @Test
    void days_and_hours_are_those_of_the_callers_zone_and_late_answers_are_found() {
        Inquiry quick = called("早い 一", office.assigned("Uaaa", aoi));
        office.clock.forward(Duration.ofMinutes(2));
        office.says(aoi, quick, "すぐに");
        office.clock.forward(Duration.ofHours(14).plusMinutes(58));
        // Midnight in Tokyo, and still the first of April in UTC.
        Inquiry slow = called("遅い 二", office.assigned("Ubbb", aoi));
        office.clock.forward(Duration.ofMinutes(3));
        office.says(aoi, slow, "おまたせ");

        assertThat(names(sakura, Map.of("from", "2026-04-01", "until", "2026-04-01")))
                .containsExactly("早い 一");
        assertThat(names(sakura, Map.of("from", "2026-04-02"))).containsExactly("遅い 二");
        assertThat(names(sakura, Map.of("hour", "9"))).containsExactly("早い 一");
        assertThat(names(sakura, Map.of("hour", "0"))).containsExactly("遅い 二");
        assertThat(names(sakura, Map.of("answer", "given"))).containsExactly("遅い 二", "早い 一");
        assertThat(names(sakura, Map.of("answer", "late"))).containsExactly("遅い 二");
        assertThat(names(sakura, Map.of("by", "bot"))).isEmpty();
        assertThat(names(sakura, Map.of("score", "any"))).isEmpty();
    }

    @Test
    void a_long_list_comes_in_parts() {
        for (int i = 0; i < Finder.PART + 2; i++) {
            office.withBot("U%03d".formatted(i));
        }
        Finder.Part first = find(sakura, Map.of());
        assertThat(first.inquiries()).hasSize(Finder.PART);
        Finder.Part rest = find(sakura, Map.of("after", String.valueOf(first.next())));
        assertThat(rest.inquiries()).hasSize(2).doesNotContainAnyElementsOf(first.inquiries());
        assertThat(rest.next()).isNull();
    }
}
