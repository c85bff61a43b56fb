package io.tsunagi.audit;

import io.tsunagi.config.Settings;
import io.tsunagi.config.SettingsException;
import java.time.DateTimeException;
import java.time.DayOfWeek;
import java.time.Instant;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The hours of a week in which people work, in one zone; they may go over midnight, and belong to the day they begin on.
 *
 * @param until midnight is the end of the day
 */
record WorkingHours(DayOfWeek first, DayOfWeek last, LocalTime from, LocalTime until, ZoneId zone) {
    private static final Pattern FORM =
            Pattern.compile("([A-Z]{3})-([A-Z]{3}) (\\d{2}:\\d{2})-(\\d{2}:\\d{2}) ([A-Za-z0-9_/+-]+)");

    /**
     * Reads them; empty when the setting is.
     *
     * @throws SettingsException when it says neither hours nor nothing
     */
    static Optional<WorkingHours> of(Settings settings, String key) {
        String text = settings.text(key);
        if (text.isEmpty()) {
            return Optional.empty();
        }
        Matcher parts = FORM.matcher(text);
        try {
            if (parts.matches()) {
                WorkingHours hours = new WorkingHours(
                        day(parts.group(1)),
                        day(parts.group(2)),
                        LocalTime.parse(parts.group(3)),
                        parts.group(4).equals("24:00") ? LocalTime.MIDNIGHT : LocalTime.parse(parts.group(4)),
                        ZoneId.of(parts.group(5)));
                if (!parts.group(3).equals(parts.group(4))) {
                    return Optional.of(hours);
                }
            }
        } catch (DateTimeException e) {
            throw wrong(key, text);
        }
        throw wrong(key, text);
    }

    private static SettingsException wrong(String key, String text) {
        return new SettingsException(
                "The setting " + key + " is '" + text
                        + "'; it must be days, hours and a zone, such as MON-FRI 08:00-20:00 Asia/Tokyo or SUN-SAT 22:00-06:00 UTC, or empty.");
    }

    private static DayOfWeek day(String name) {
        List<DayOfWeek> found = Arrays.stream(DayOfWeek.values())
                .filter(day -> day.name().substring(0, 3).equals(name.toUpperCase(Locale.ROOT)))
                .toList();
        if (found.isEmpty()) {
            throw new DateTimeException("No day is called " + name);
        }
        return found.get(0);
    }

    /** Whether people work at this moment; days may run over the end of the week, as FRI-TUE does. */
    boolean hold(Instant at) {
        ZonedDateTime there = at.atZone(zone);
        LocalTime time = there.toLocalTime();
        boolean begun = !time.isBefore(from);
        boolean ended = !time.isBefore(until);
        if (from.isBefore(until)) {
            return begun && !ended && isOneOfTheDays(there);
        }
        return begun && isOneOfTheDays(there) || !ended && isOneOfTheDays(there.minusDays(1));
    }

    private boolean isOneOfTheDays(ZonedDateTime there) {
        int days = Math.floorMod(last.getValue() - first.getValue(), 7);
        return Math.floorMod(there.getDayOfWeek().getValue() - first.getValue(), 7) <= days;
    }
}
