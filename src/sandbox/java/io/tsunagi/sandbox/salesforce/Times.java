package io.tsunagi.sandbox.salesforce;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.util.Locale;
import java.util.Optional;

/** Instants and days as Salesforce writes them. */
final class Times {
    private static final DateTimeFormatter WRITTEN = DateTimeFormatter.ofPattern(
                    "yyyy-MM-dd'T'HH:mm:ss.SSS'+0000'", Locale.ROOT)
            .withZone(ZoneOffset.UTC);
    private static final DateTimeFormatter READ = new DateTimeFormatterBuilder()
            .append(DateTimeFormatter.ISO_LOCAL_DATE_TIME)
            .appendPattern("[XXX][XX][X]")
            .toFormatter(Locale.ROOT);

    private Times() {}

    static String write(Instant instant) {
        return WRITTEN.format(instant);
    }

    /** Reads {@code 2026-04-01T09:00:00.000Z}, {@code …+0900} or {@code …+09:00}; empty if it is none of these. */
    static Optional<Instant> readInstant(String text) {
        try {
            return Optional.of(READ.parse(text, OffsetDateTime::from).toInstant());
        } catch (DateTimeException noInstant) {
            return Optional.empty();
        }
    }

    static Optional<LocalDate> readDay(String text) {
        try {
            return Optional.of(LocalDate.parse(text));
        } catch (DateTimeException noDay) {
            return Optional.empty();
        }
    }
}
