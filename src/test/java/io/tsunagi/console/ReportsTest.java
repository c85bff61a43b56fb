package io.tsunagi.console;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tsunagi.access.Operators;
import io.tsunagi.access.Passwords;
import io.tsunagi.access.Person;
import io.tsunagi.audit.Audit;
import io.tsunagi.config.Settings;
import io.tsunagi.inquiry.Inquiry;
import io.tsunagi.inquiry.Office;
import io.tsunagi.store.Dialect;
import io.tsunagi.store.Store;
import java.time.Duration;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** It is nine o'clock in the morning of the first of April in Tokyo, where the people are. */
@ParameterizedClass
@EnumSource(Dialect.class)
class ReportsTest {
    private static final Settings SETTINGS = Settings.of("", Map.of("hub.dispatch.first-answer-goal", "PT2M"));

    @Parameter
    Dialect dialect;

    private Office office;
    private Reports reports;
    private Person aoi;

    @BeforeEach
    void open() {
        office = Office.open(dialect);
        Operators operators = new Operators(
                office.store, new Audit(office.store, office.clock), office.clock, new Passwords(), SETTINGS);
        reports = new Reports(office.store, operators, SETTINGS, office.clock);
        aoi = office.operator("aoi", 10);
    }

    @AfterEach
    void close() {
        office.close();
    }

    private Reports.Report report(String from, String until, String team) {
        return (Reports.Report) reports.show(aoi.id().toString(), from, until, team, null);
    }

    private Inquiry answered(String user, Duration after) {
        Inquiry inquiry = office.assigned(user, aoi);
        office.clock.forward(after);
        office.says(aoi, inquiry, "ご案内します。");
        return inquiry;
    }

    private void rated(Inquiry inquiry, Integer score) {
        Object at = Store.at(office.clock.instant());
        office.store
                .jdbc()
                .sql(
                        "insert into surveys (id, inquiry, customer, asked_at, expires_at, score) values (?, ?, ?, ?, ?, ?)")
                .params(
                        UUID.randomUUID(),
                        inquiry.id().value(),
                        inquiry.customer().value(),
                        at,
                        at,
                        score)
                .update();
    }

    @Test
    void figures_count_the_inquiries_that_were_opened_in_the_days_asked_for() {
        answered("Uold", Duration.ofMinutes(1));
        office.clock.forward(Duration.ofDays(1));
        Inquiry quick = answered("Uaaa", Duration.ofMinutes(1));
        Inquiry slow = answered("Ubbb", Duration.ofMinutes(3));
        office.desk.close(aoi, quick.id(), "solved", () -> {});
        rated(quick, 5);
        rated(slow, null);
        Inquiry solved = office.withBot("Uccc");
        office.atTurn("Uccc", () -> {
            office.store
                    .jdbc()
                    .sql(
                            "update inquiries set state = 'CLOSED', closed_at = ?, close_reason = 'solved-by-bot' where id = ?")
                    .params(Store.at(office.clock.instant()), solved.id().value())
                    .update();
            return null;
        });

        Reports.Report day = report("2026-04-02", "2026-04-02", null);
        assertThat(day.now().opened()).isEqualTo(3);
        assertThat(day.now().ended()).isEqualTo(2);
        assertThat(day.now().byBot()).isEqualTo(1);
        assertThat(day.now().answered()).isEqualTo(2);
        assertThat(day.now().late()).isEqualTo(1);
        assertThat(day.now().median()).isEqualTo(120.0);
        assertThat(day.now().ninetieth()).isEqualTo(168.0);
        assertThat(day.now().asked()).isEqualTo(2);
        assertThat(day.now().rated()).isEqualTo(1);
        assertThat(day.now().score()).isEqualTo(5.0);
        assertThat(day.before().opened()).isEqualTo(1);
        assertThat(day.before().median()).isEqualTo(60.0);
        assertThat(day.beforeFrom()).isEqualTo(LocalDate.parse("2026-04-01"));
        assertThat(day.trend()).extracting(Reports.Point::at).containsExactly("9");
        assertThat(day.hours()).containsExactly(new Reports.Hour(9, 2, 1, 168.0));
        assertThat(day.scores()).containsExactly(0L, 0L, 0L, 0L, 1L);
        assertThat(day.topics())
                .extracting(Reports.Topic::topic, Reports.Topic::opened)
                .containsExactly(org.assertj.core.groups.Tuple.tuple("残高", 2L));
        assertThat(day.operators()).singleElement().satisfies(row -> {
            assertThat(row.name()).isEqualTo("aoi");
            assertThat(row.inquiries()).isEqualTo(2);
            assertThat(row.median()).isEqualTo(120.0);
            assertThat(row.handling()).isEqualTo(240.0);
            assertThat(row.score()).isEqualTo(5.0);
        });
        assertThat(day.teams()).containsExactly("support");

        Reports.Report week = report(null, null, null);
        assertThat(week.from()).isEqualTo(LocalDate.parse("2026-03-27"));
        assertThat(week.now().opened()).isEqualTo(4);
        assertThat(week.trend())
                .extracting(Reports.Point::at, Reports.Point::opened)
                .containsExactly(
                        org.assertj.core.groups.Tuple.tuple("2026-04-01", 1L),
                        org.assertj.core.groups.Tuple.tuple("2026-04-02", 3L));
        assertThat(report(null, null, "support").now().opened()).isEqualTo(3);
        assertThat(report(null, null, "none").now())
                .isEqualTo(new Reports.Figures(0, 0, 0, 0, 0, null, null, 0, 0, null, 0, 0));
    }

    @Test
    void advice_approvals_and_what_was_sent_are_counted() {
        Inquiry inquiry = answered("Uaaa", Duration.ofMinutes(1));
        for (String outcome : List.of("TAKEN", "EDITED", "REFUSED")) {
            office.store
                    .jdbc()
                    .sql("insert into advice (id, inquiry, author, at, outcome) values (?, ?, ?, ?, ?)")
                    .params(
                            UUID.randomUUID(),
                            inquiry.id().value(),
                            aoi.id().value(),
                            Store.at(office.clock.instant()),
                            outcome)
                    .update();
        }
        for (String state : List.of("APPROVED", "RETURNED", "VOID")) {
            office.store
                    .jdbc()
                    .sql(
                            "insert into approvals (id, inquiry, author, press, state, rules, seen_seq, confirmed, asked_at)"
                                    + " values (?, ?, ?, ?, ?, '', 0, '', ?)")
                    .params(
                            UUID.randomUUID(),
                            inquiry.id().value(),
                            aoi.id().value(),
                            UUID.randomUUID(),
                            state,
                            Store.at(office.clock.instant()))
                    .update();
        }
        for (String cost : List.of("FREE", "PAID", "PAID")) {
            office.store
                    .jdbc()
                    .sql("insert into sends (id, delivery, account, inquiry, origin, cost, counted, outcome, at)"
                            + " values (?, ?, 'main', ?, 'OPERATOR', ?, ?, 'SENT', ?)")
                    .params(
                            UUID.randomUUID(),
                            UUID.randomUUID(),
                            inquiry.id().value(),
                            cost,
                            cost.equals("FREE") ? 0 : 3,
                            Store.at(office.clock.instant()))
                    .update();
        }
        Reports.Report day = report("2026-04-01", "2026-04-01", null);
        assertThat(day.now().free()).isEqualTo(1);
        assertThat(day.now().paid()).isEqualTo(6);
        assertThat(day.trend()).extracting(Reports.Point::paid).containsExactly(6L);
        assertThat(day.operators()).singleElement().satisfies(row -> {
            assertThat(List.of(row.taken(), row.advised())).containsExactly(2L, 3L);
            assertThat(List.of(row.asTheyWere(), row.requests())).containsExactly(1L, 2L);
        });
    }

    @Test
    void days_that_cannot_be_reported_on_are_refused() {
        assertThatThrownBy(() -> report("2026-04-02", "2026-04-01", null)).isInstanceOf(BadRequestException.class);
        assertThatThrownBy(() -> report("2026-01-01", "2026-04-03", null)).isInstanceOf(BadRequestException.class);
        assertThatThrownBy(() -> report("soon", null, null)).isInstanceOf(BadRequestException.class);
    }
}
