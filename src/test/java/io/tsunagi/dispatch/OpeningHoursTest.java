package io.tsunagi.dispatch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tsunagi.access.SettableClock;
import io.tsunagi.config.SettingsException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Scenario 24 */
class OpeningHoursTest {
    private static final String FILE = """
            hours:
              - account: main
                open:
                  mon-fri: [09:00-12:00, 13:00-18:00]
                  sat: [10:00-17:00]
                closed: [2026-12-31..2027-01-03, 2026-11-23]
                special:
                  2026-12-30: [10:00-12:00]
              - account: "*"
                open: {mon-sun: [00:00-24:00]}
              - account: berlin
                open: {sun: [02:30-05:00], mon: [09:00-24:00], tue: [00:00-02:00]}
            """;

    private static OpeningHours at(String instant, String file) {
        return new OpeningHours(
                OpeningHours.parse(file),
                account -> ZoneId.of(account.equals("berlin") ? "Europe/Berlin" : "Asia/Tokyo"),
                new SettableClock(instant));
    }

    private static String opens(String account, String now) {
        ZonedDateTime opens =
                at(ZonedDateTime.parse(now).toInstant().toString(), FILE).opens(account);
        return opens == null ? "open" : opens.toString().replaceAll("\\[.*", "");
    }

    @ParameterizedTest
    @CsvSource({
        "2026-11-27T11:59:59+09:00, open",
        "2026-11-27T12:00:00+09:00, 2026-11-27T13:00+09:00",
        "2026-11-27T08:59:59+09:00, 2026-11-27T09:00+09:00",
        "2026-11-27T09:00:00+09:00, open",
        "2026-11-27T18:00:00+09:00, 2026-11-28T10:00+09:00",
        "2026-11-28T17:00:00+09:00, 2026-11-30T09:00+09:00",
        "2026-11-29T12:00:00+09:00, 2026-11-30T09:00+09:00"
    })
    void within_the_week_the_next_opening_is_named(String now, String opens) {
        assertThat(opens("main", now)).isEqualTo(opens);
    }

    @ParameterizedTest
    @CsvSource({
        "2026-11-22T12:00:00+09:00, 2026-11-24T09:00+09:00",
        "2026-11-23T10:00:00+09:00, 2026-11-24T09:00+09:00",
        "2026-12-30T09:30:00+09:00, 2026-12-30T10:00+09:00",
        "2026-12-30T11:00:00+09:00, open",
        "2026-12-30T14:00:00+09:00, 2027-01-04T09:00+09:00"
    })
    void holidays_are_passed_over_and_special_days_have_their_own_hours(String now, String opens) {
        assertThat(opens("main", now)).isEqualTo(opens);
    }

    @Test
    void the_hours_are_those_of_the_accounts_zone_also_where_the_clock_is_put_on() {
        // The night of 29 March 2026: 02:30 does not happen in Berlin.
        assertThat(opens("berlin", "2026-03-29T01:59:00+01:00")).isEqualTo("2026-03-29T03:30+02:00");
        assertThat(opens("berlin", "2026-03-29T05:00:00+02:00")).isEqualTo("2026-03-30T09:00+02:00");
        assertThat(opens("berlin", "2026-03-30T23:59:59+02:00")).isEqualTo("open");
        assertThat(opens("berlin", "2026-03-31T01:00:00+02:00"))
                .as("over midnight")
                .isEqualTo("open");
        assertThat(opens("berlin", "2026-03-31T02:00:00+02:00")).isEqualTo("2026-04-05T02:30+02:00");
    }

    @Test
    void an_account_without_hours_is_always_open() throws IOException {
        assertThat(opens("global", "2026-12-31T23:59:59+09:00"))
                .as("by the star")
                .isEqualTo("open");
        assertThat(at("2026-12-31T15:00:00Z", "hours: []").opens("main")).isNull();
        assertThat(at("2026-12-31T15:00:00Z", Files.readString(Path.of("config/hours.yaml")))
                        .opens("main"))
                .as("as shipped")
                .isNull();
    }

    @Test
    void the_words_are_those_of_the_customers_language() {
        OpeningHours hours = at("2026-12-30T05:00:00Z", FILE);

        assertThat(hours.usual("main", "ja")).isEqualTo("月〜金 9:00〜12:00・13:00〜18:00、土 10:00〜17:00");
        assertThat(hours.usual("main", "en")).isEqualTo("Mon–Fri 9:00–12:00 & 13:00–18:00, Sat 10:00–17:00");
        assertThat(OpeningHours.moment(hours.opens("main"), "ja")).isEqualTo("1月4日(月) 9:00");
        assertThat(OpeningHours.moment(hours.opens("main"), "en-GB")).isEqualTo("Monday, 4 January, 9:00");
    }

    @Test
    void hours_of_an_account_that_is_none_are_refused_for_the_one_meant_would_be_always_open() {
        OpeningHours.Rules rules = OpeningHours.parse(FILE);

        assertThat(rules.of(List.of("main", "berlin", "global"))).isEqualTo(rules);
        assertThatThrownBy(() -> rules.of(List.of("main", "global")))
                .isInstanceOf(SettingsException.class)
                .hasMessageContaining("'berlin'");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "[]",
                "hours: {}",
                "hours: [{account: main}]",
                "hours: [{account: main, open: {}}]",
                "hours: [{account: main, open: {mon: []}}]",
                "hours: [{account: Main, open: {mon: [09:00-18:00]}}]",
                "hours: [{account: main, open: {monday: [09:00-18:00]}}]",
                "hours: [{account: main, open: {fri-mon: [09:00-18:00]}}]",
                "hours: [{account: main, open: {mon: [18:00-09:00]}}]",
                "hours: [{account: main, open: {mon: [09:00-25:00]}}]",
                "hours: [{account: main, open: {mon: [13:00-18:00, 09:00-12:00]}}]",
                "hours: [{account: main, open: {mon: 09:00-18:00}}]",
                "hours: [{account: main, open: {mon-fri: [09:00-18:00], tue: [09:00-12:00]}}]",
                "hours: [{account: main, open: {mon: [09:00-18:00]}, closed: [2026-02-30]}]",
                "hours: [{account: main, open: {mon: [09:00-18:00]}, closed: [2027-01-03..2026-12-31]}]",
                "hours: [{account: main, open: {mon: [09:00-18:00]}, special: {mon: [09:00-12:00]}}]",
                "hours: [{account: main, opens: {mon: [09:00-18:00]}}]",
                "hours: [{account: main, open: {mon: [09:00-18:00]}}, {account: main, open: {mon: [09:00-18:00]}}]",
                "hours: ["
            })
    void a_file_that_cannot_be_meant_is_refused_in_a_sentence(String file) {
        assertThatThrownBy(() -> OpeningHours.parse(file))
                .isInstanceOf(SettingsException.class)
                .hasMessageStartingWith("config/hours.yaml ")
                .hasMessageEndingWith(".");
    }
}
