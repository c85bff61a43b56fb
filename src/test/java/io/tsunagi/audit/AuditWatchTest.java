package io.tsunagi.audit;

import static org.assertj.core.api.Assertions.assertThat;

import io.tsunagi.config.Settings;
import io.tsunagi.store.Dialect;
import io.tsunagi.store.Store;
import io.tsunagi.store.TestStores;
import java.time.Clock;
import java.time.DayOfWeek;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** S31: who reads too much or knocks too often is noticed. */
@ParameterizedClass
@EnumSource(Dialect.class)
class AuditWatchTest {
    @Parameter
    Dialect dialect;

    private Store store;
    private AuditWatch watch;

    @BeforeEach
    void open() {
        Settings settings = TestStores.settings(
                dialect,
                Map.of(
                        "hub.audit.watch-inquiries", "4",
                        "hub.audit.watch-identity-documents", "2",
                        "hub.audit.watch-refusals", "3"));
        store = Store.open(settings);
        watch = new AuditWatch(store, ago(Duration.ZERO), settings);
    }

    @AfterEach
    void close() {
        store.close();
    }

    private Audit ago(Duration time) {
        return new Audit(store, Clock.offset(store.clock(), time.negated()));
    }

    private void did(Audit then, String who, String act, String outcome, int times, Map<String, String> detail) {
        store.inTransaction(() -> {
            for (int i = 0; i < times; i++) {
                then.write(who, act, "thing/" + i, outcome, "192.0.2.7", detail);
            }
        });
    }

    private List<String> alarms() {
        return store.jdbc()
                .sql("select object, detail from audit where act = 'alarm' order by object, detail")
                .query((row, i) -> row.getString("object") + " " + row.getString("detail"))
                .list();
    }

    @Test
    void who_reads_or_is_refused_more_than_is_usual_is_named_and_others_are_not() {
        Audit now = ago(Duration.ofMinutes(1));
        did(now, "aoi", "view-inquiry", Audit.OK, 5, null);
        did(now, "ren", "view-inquiry", Audit.OK, 4, null);
        did(now, "ren", "view-media", Audit.OK, 3, Map.of("identity", "true", "inquiry", "x"));
        did(now, "aoi", "view-media", Audit.OK, 3, Map.of("inquiry", "x"));
        did(now, "kenji", "call", Audit.REFUSED, 4, null);
        did(now, "nobody", "call", Audit.REFUSED, 9, null);
        did(now, "hub", "view-inquiry", Audit.OK, 9, null);

        assertThat(watch.look()).isEqualTo(3);

        assertThat(alarms())
                .containsExactly(
                        "operator/aoi {\"rule\":\"inquiries\",\"times\":\"5\"}",
                        "operator/kenji {\"rule\":\"refusals\",\"times\":\"4\"}",
                        "operator/ren {\"rule\":\"identity-documents\",\"times\":\"3\"}");
        assertThat(watch.alarms()).isEqualTo(3);
    }

    @Test
    void looking_at_one_thing_again_and_again_is_one_view() {
        Audit now = ago(Duration.ofMinutes(1));
        for (int i = 0; i < 9; i++) {
            did(now, "aoi", "view-inquiry", Audit.OK, 1, null);
        }

        assertThat(watch.look()).isZero();
    }

    @Test
    void an_hour_ago_does_not_count_and_who_goes_on_is_named_once() {
        did(ago(Duration.ofMinutes(61)), "aoi", "view-inquiry", Audit.OK, 9, null);
        assertThat(watch.look()).isZero();

        did(ago(Duration.ofMinutes(59)), "aoi", "view-inquiry", Audit.OK, 5, null);
        assertThat(watch.look()).isOne();
        did(ago(Duration.ZERO), "aoi", "view-inquiry", Audit.OK, 9, null);
        assertThat(watch.look()).as("named already").isZero();
        did(ago(Duration.ZERO), "aoi", "call", Audit.REFUSED, 4, null);
        assertThat(watch.look()).as("for something else").isOne();
    }

    @Test
    void a_limit_of_nought_is_none() {
        Audit now = ago(Duration.ofMinutes(1));
        did(now, "aoi", "call", Audit.REFUSED, 9, null);
        Settings settings = TestStores.settings(
                dialect,
                Map.of(
                        "hub.audit.watch-inquiries", "0",
                        "hub.audit.watch-identity-documents", "0",
                        "hub.audit.watch-refusals", "0"));

        assertThat(new AuditWatch(store, now, settings).look()).isZero();
    }

    @Test
    void who_searches_out_list_after_list_is_named() {
        Audit now = ago(Duration.ofMinutes(1));
        did(now, "aoi", "find-inquiries", Audit.OK, 121, null);
        did(now, "ren", "find-inquiries", Audit.OK, 120, null);

        assertThat(watch.look()).isOne();
        assertThat(alarms()).containsExactly("operator/aoi {\"rule\":\"searches\",\"times\":\"121\"}");
    }

    @Test
    void an_export_when_nobody_works_is_an_alarm_and_one_in_their_hours_is_none() {
        // Where it is noon, so that no day ends meanwhile.
        int hour = store.clock().instant().atZone(ZoneOffset.UTC).getHour();
        String zone = " 00:00-23:59 UTC" + (hour > 12 ? "-" + (hour - 12) : "+" + (12 - hour));
        DayOfWeek day =
                store.clock().instant().atZone(ZoneOffset.ofHours(12 - hour)).getDayOfWeek();
        String today = day.name().substring(0, 3);
        String other = day.plus(3).name().substring(0, 3);
        did(ago(Duration.ZERO), "command/kenji", "export-customer", Audit.OK, 2, null);
        did(ago(Duration.ZERO), "command/mei", "export-audit", Audit.OK, 1, null);
        did(ago(Duration.ZERO), "command/mei", "verify-audit", Audit.OK, 1, null);
        // Nothing left: nobody had revealed it.
        did(ago(Duration.ZERO), "command/ren", "export-withheld", Audit.REFUSED, 1, null);
        did(ago(Duration.ZERO), "command/yui", "begin-export-withheld", Audit.OK, 1, null);

        assertThat(watching(today + "-" + today + zone).look()).isZero();
        assertThat(watching(other + "-" + other + zone).look()).isEqualTo(3);
        assertThat(alarms())
                .containsExactly(
                        "operator/command/kenji {\"rule\":\"exports-out-of-hours\",\"times\":\"2\"}",
                        "operator/command/mei {\"rule\":\"exports-out-of-hours\",\"times\":\"1\"}",
                        "operator/command/yui {\"rule\":\"exports-out-of-hours\",\"times\":\"1\"}");
        assertThat(watching(other + "-" + other + zone).look())
                .as("named already")
                .isZero();
    }

    @Test
    void an_export_while_no_hub_ran_is_found_for_a_day_and_each_further_one_is_another() {
        DayOfWeek later =
                store.clock().instant().atZone(ZoneOffset.UTC).getDayOfWeek().plus(3);
        String never = later.name().substring(0, 3);
        AuditWatch watching = watching(never + "-" + never + " 08:00-20:00 UTC");
        did(ago(Duration.ofHours(25)), "command/mei", "export-audit", Audit.OK, 1, null);
        did(ago(Duration.ofHours(20)), "command/kenji", "export-customer", Audit.OK, 1, null);

        assertThat(watching.look()).isOne();
        assertThat(watching.look()).as("named already").isZero();
        did(ago(Duration.ofHours(-1)), "command/kenji", "export-customer", Audit.OK, 1, null);
        assertThat(watching.look()).isOne();
        assertThat(alarms()).containsOnly("operator/command/kenji {\"rule\":\"exports-out-of-hours\",\"times\":\"1\"}");
    }

    private AuditWatch watching(String hours) {
        return new AuditWatch(
                store, ago(Duration.ZERO), TestStores.settings(dialect, Map.of("hub.audit.export-hours", hours)));
    }
}
