package io.tsunagi.audit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tsunagi.config.Settings;
import io.tsunagi.config.SettingsException;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** S31 */
class WorkingHoursTest {
    private static Optional<WorkingHours> of(String text) {
        return WorkingHours.of(Settings.of("", Map.of("hub.audit.export-hours", text)), "hub.audit.export-hours");
    }

    /** 2026-11-30 is a Monday; Tokyo is nine hours ahead of UTC. */
    @ParameterizedTest
    @CsvSource({
        "MON-FRI 08:00-20:00 Asia/Tokyo, 2026-11-29T22:59:59Z, false",
        "MON-FRI 08:00-20:00 Asia/Tokyo, 2026-11-29T23:00:00Z, true",
        "MON-FRI 08:00-20:00 Asia/Tokyo, 2026-11-30T10:59:59Z, true",
        "MON-FRI 08:00-20:00 Asia/Tokyo, 2026-11-30T11:00:00Z, false",
        "MON-FRI 08:00-20:00 Asia/Tokyo, 2026-12-05T03:00:00Z, false",
        "FRI-TUE 08:00-20:00 UTC, 2026-11-30T09:00:00Z, true",
        "FRI-TUE 08:00-20:00 UTC, 2026-12-02T09:00:00Z, false",
        "SUN-SUN 00:00-23:59 UTC, 2026-11-29T00:00:00Z, true",
        "SUN-SUN 00:00-24:00 UTC, 2026-11-29T23:59:59Z, true",
        "SUN-SUN 00:00-24:00 UTC, 2026-11-30T00:00:00Z, false",
        "SUN-SUN 08:00-24:00 UTC, 2026-11-29T07:59:59Z, false",
        "SUN-SUN 08:00-00:00 UTC, 2026-11-29T23:59:59Z, true",
        "MON-FRI 20:00-06:00 UTC, 2026-11-30T05:59:59Z, false",
        "MON-FRI 20:00-06:00 UTC, 2026-11-30T20:00:00Z, true",
        "MON-FRI 20:00-06:00 UTC, 2026-12-05T05:59:59Z, true",
        "MON-FRI 20:00-06:00 UTC, 2026-12-05T06:00:00Z, false",
        "MON-FRI 20:00-06:00 UTC, 2026-12-05T20:00:00Z, false",
    })
    void they_are_those_of_their_zone(String text, Instant at, boolean working) {
        assertThat(of(text).orElseThrow().hold(at)).isEqualTo(working);
    }

    @Test
    void nothing_is_no_hours() {
        assertThat(of("")).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "always",
                "MON-XYZ 08:00-20:00 UTC",
                "MON-FRI 08:00-08:00 UTC",
                "MON-FRI 24:00-08:00 UTC",
                "MON-FRI 25:00-26:00 UTC",
                "MON-FRI 08:00-20:00 Asia/Nowhere"
            })
    void what_says_no_hours_is_refused(String text) {
        assertThatThrownBy(() -> of(text)).isInstanceOf(SettingsException.class);
    }
}
