package io.tsunagi.dispatch;

import io.tsunagi.config.SettingsException;
import java.time.Clock;
import java.time.DateTimeException;
import java.time.DayOfWeek;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.TextStyle;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/**
 * Knows when a person answers an account's customers, as {@code config/hours.yaml} explains. Goes by the account's zone,
 * and by the clock on its wall where summer time begins or ends. Safe for many threads.
 */
public final class OpeningHours {
    private static final String EVERY_OTHER = "*";
    private static final int LOOK_AHEAD_DAYS = 800;
    private static final int WHOLE_DAY = 24 * 60;
    private static final Set<String> KEYS = Set.of("account", "open", "closed", "special");
    private static final List<String> DAYS = List.of("mon", "tue", "wed", "thu", "fri", "sat", "sun");
    private static final Pattern SPAN = Pattern.compile("([0-2]?\\d):([0-5]\\d)-([0-2]?\\d):([0-5]\\d)");

    /** A part of a day, in minutes since its beginning; the end is not in it. */
    record Span(int from, int until) {}

    /** The hours of one account, or of those without hours of their own. */
    record Rule(Map<DayOfWeek, List<Span>> open, Set<LocalDate> closed, Map<LocalDate, List<Span>> special) {
        private List<Span> on(LocalDate day) {
            if (special.containsKey(day)) {
                return special.get(day);
            }
            return closed.contains(day) ? List.of() : open.getOrDefault(day.getDayOfWeek(), List.of());
        }
    }

    private final Map<String, Rule> rules;
    private final Function<String, ZoneId> zones;
    private final Clock clock;

    /**
     * @param rules as {@link #parse} gives them
     * @param zones gives an account's zone
     */
    public OpeningHours(Rules rules, Function<String, ZoneId> zones, Clock clock) {
        this.rules = rules.byAccount();
        this.zones = zones;
        this.clock = clock;
    }

    /** What the file says. */
    public record Rules(Map<String, Rule> byAccount) {
        public Rules {
            byAccount = Map.copyOf(byAccount);
        }

        /** @throws SettingsException when there are hours for an account that is none: the one meant would be always open */
        public Rules of(Collection<String> accounts) {
            for (String account : new TreeSet<>(byAccount.keySet())) {
                if (!account.equals(EVERY_OTHER) && !accounts.contains(account)) {
                    throw wrong("has hours for '" + account + "', which is none of the accounts in hub.line.accounts");
                }
            }
            return this;
        }
    }

    /** Gives when somebody answers again; null where somebody does now, or nothing says when. */
    public ZonedDateTime opens(String account) {
        Rule rule = rule(account);
        if (rule == null) {
            return null;
        }
        Instant instant = clock.instant();
        ZonedDateTime now = instant.atZone(zones.apply(account));
        int minute = now.toLocalTime().toSecondOfDay() / 60;
        if (rule.on(now.toLocalDate()).stream().anyMatch(span -> span.from() <= minute && minute < span.until())) {
            return null;
        }
        for (int days = 0; days < LOOK_AHEAD_DAYS; days++) {
            LocalDate day = now.toLocalDate().plusDays(days);
            for (Span span : rule.on(day)) {
                ZonedDateTime begin = day.atTime(time(span.from())).atZone(now.getZone());
                if (begin.toInstant().isAfter(instant)) {
                    return begin;
                }
            }
        }
        return null;
    }

    private Rule rule(String account) {
        return rules.getOrDefault(account, rules.get(EVERY_OTHER));
    }

    private static LocalTime time(int minutes) {
        return LocalTime.MIDNIGHT.plusMinutes(minutes);
    }

    /** Says an account's usual hours, days of the same hours together: {@code Mon–Fri 9:00–18:00, Sat 10:00–17:00}. */
    public String usual(String account, String language) {
        Rule rule = rule(account);
        Locale locale = Locale.forLanguageTag(language);
        boolean japanese = locale.getLanguage().equals("ja");
        String to = japanese ? "〜" : "–";
        List<String> parts = new ArrayList<>();
        for (int first = 0; first < DAYS.size(); ) {
            List<Span> spans = rule.open().getOrDefault(DayOfWeek.of(first + 1), List.of());
            int next = first + 1;
            while (next < DAYS.size()
                    && rule.open()
                            .getOrDefault(DayOfWeek.of(next + 1), List.of())
                            .equals(spans)) {
                next++;
            }
            if (!spans.isEmpty()) {
                String days = name(first, locale) + (next - first > 1 ? to + name(next - 1, locale) : "");
                parts.add(spans.stream()
                        .map(span -> clock(span.from()) + to + clock(span.until()))
                        .collect(Collectors.joining(japanese ? "・" : " & ", days + " ", "")));
            }
            first = next;
        }
        return String.join(japanese ? "、" : ", ", parts);
    }

    private static String name(int day, Locale locale) {
        return DayOfWeek.of(day + 1).getDisplayName(TextStyle.SHORT, locale);
    }

    private static String clock(int minutes) {
        return String.format(Locale.ROOT, "%d:%02d", minutes / 60, minutes % 60);
    }

    /** Says a day and time as people of a language write it. */
    public static String moment(ZonedDateTime when, String language) {
        Locale locale = Locale.forLanguageTag(language);
        String pattern = locale.getLanguage().equals("ja") ? "M月d日(E) H:mm" : "EEEE, d MMMM, H:mm";
        return DateTimeFormatter.ofPattern(pattern, locale).format(when);
    }

    /** @throws SettingsException that says what is wrong when the text is not as {@code config/hours.yaml} explains */
    public static Rules parse(String yaml) {
        Object root;
        try {
            root = new Load(LoadSettings.builder().setLabel("hours").build()).loadFromString(yaml);
        } catch (YamlEngineException e) {
            throw wrong("is not YAML: " + e.getMessage());
        }
        if (!(root instanceof Map<?, ?> file)
                || !file.keySet().equals(Set.of("hours"))
                || !(file.get("hours") instanceof List<?> entries)) {
            throw wrong("must hold one list, \"hours\"");
        }
        Map<String, Rule> rules = new HashMap<>();
        for (Object entry : entries) {
            if (!(entry instanceof Map<?, ?> fields) || !KEYS.containsAll(fields.keySet())) {
                throw wrong("has an entry with other words than " + KEYS + ": " + entry);
            }
            String account = String.valueOf(fields.get("account"));
            if (!account.equals(EVERY_OTHER) && !account.matches("[a-z0-9-]{1,64}")) {
                throw wrong("has an entry whose account is '" + account + "'; it is an account's name or \"*\"");
            }
            if (rules.put(account, rule(account, fields)) != null) {
                throw wrong("has two entries for the account " + account);
            }
        }
        return new Rules(rules);
    }

    private static Rule rule(String account, Map<?, ?> fields) {
        Map<DayOfWeek, List<Span>> open = new EnumMap<>(DayOfWeek.class);
        mapping(account, "open", fields.get("open")).forEach((days, spans) -> {
            for (DayOfWeek day : days(account, String.valueOf(days))) {
                if (open.put(day, spans(account, String.valueOf(days), spans)) != null) {
                    throw wrong("names " + DAYS.get(day.getValue() - 1) + " twice for the account " + account);
                }
            }
        });
        if (open.values().stream().allMatch(Collection::isEmpty)) {
            throw wrong("opens the account " + account + " on no day; leave the entry out for one that is always open");
        }
        Set<LocalDate> closed = new HashSet<>();
        for (Object days : list(account, "closed", fields.get("closed"))) {
            closed.addAll(range(account, String.valueOf(days)));
        }
        Map<LocalDate, List<Span>> special = new HashMap<>();
        mapping(account, "special", fields.get("special"))
                .forEach((day, spans) ->
                        special.put(date(account, String.valueOf(day)), spans(account, String.valueOf(day), spans)));
        return new Rule(open, closed, special);
    }

    private static Map<?, ?> mapping(String account, String name, Object value) {
        if (value == null) {
            return Map.of();
        }
        if (!(value instanceof Map<?, ?> mapping)) {
            throw wrong("must have, for the account " + account + " under " + name + ", days with their times");
        }
        return mapping;
    }

    private static List<?> list(String account, String name, Object value) {
        if (value == null) {
            return List.of();
        }
        if (!(value instanceof List<?> list)) {
            throw wrong("must have a list for the account " + account + " under " + name + ", in [ ]");
        }
        return list;
    }

    private static List<DayOfWeek> days(String account, String words) {
        String[] ends = words.split("-", -1);
        int first = DAYS.indexOf(ends[0]);
        int last = DAYS.indexOf(ends[ends.length - 1]);
        if (ends.length > 2 || first < 0 || last < first) {
            throw wrong("has '" + words + "' for the account " + account + "; days are " + DAYS
                    + ", or several such as mon-fri");
        }
        List<DayOfWeek> days = new ArrayList<>();
        for (int day = first; day <= last; day++) {
            days.add(DayOfWeek.of(day + 1));
        }
        return days;
    }

    private static List<Span> spans(String account, String day, Object value) {
        List<Span> spans = new ArrayList<>();
        for (Object words : list(account, day, value)) {
            Matcher span = SPAN.matcher(String.valueOf(words));
            int from = span.matches() ? minutes(span.group(1), span.group(2)) : -1;
            int until = span.matches() ? minutes(span.group(3), span.group(4)) : -1;
            boolean behind =
                    spans.isEmpty() || from >= spans.get(spans.size() - 1).until();
            if (from < 0 || until <= from || until > WHOLE_DAY || !behind) {
                throw wrong("has '" + words + "' for the account " + account + " on " + day
                        + "; times are such as 09:00-18:00, one after the other, and end at 24:00 at the latest");
            }
            spans.add(new Span(from, until));
        }
        return Collections.unmodifiableList(spans);
    }

    private static int minutes(String hours, String minutes) {
        return Integer.parseInt(hours) * 60 + Integer.parseInt(minutes);
    }

    private static List<LocalDate> range(String account, String words) {
        String[] ends = words.split("\\.\\.", -1);
        LocalDate first = date(account, ends[0]);
        LocalDate last = date(account, ends[ends.length - 1]);
        if (ends.length > 2 || last.isBefore(first) || last.isAfter(first.plusDays(366))) {
            throw wrong("has '" + words + "' for the account " + account
                    + "; days are such as 2026-12-31, or first..last of at most a year");
        }
        return first.datesUntil(last.plusDays(1)).toList();
    }

    private static LocalDate date(String account, String words) {
        try {
            return LocalDate.parse(words);
        } catch (DateTimeException e) {
            throw wrong("has '" + words + "' for the account " + account + "; a day is such as 2026-12-31");
        }
    }

    private static SettingsException wrong(String what) {
        return new SettingsException("config/hours.yaml " + what + ".");
    }
}
