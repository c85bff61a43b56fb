package io.tsunagi.keeping;

import io.tsunagi.config.SettingsException;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Period;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/** How long what customers sent is kept, as {@code config/keeping.yaml} explains. */
public record KeepingRules(List<Rule> all) {
    /** What a rule is about, with the states it knows. */
    public enum Kind {
        MEDIA("any", "closed", "decided"),
        MESSAGE("any", "closed"),
        DRAFT("any", "closed"),
        MEMO("closed"),
        QUESTION("any", "closed"),
        PROPOSAL("any"),
        FACTS("any"),
        EVENT("parked"),
        DELIVERY("ended"),
        /** What a customer took back and a hold kept. No line of the file names it: its time is over. */
        WITHHELD();

        private final Set<String> states;

        Kind(String... states) {
            this.states = Set.of(states);
        }

        String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /**
     * One line.
     *
     * @param purpose {@code identity} or {@code other}; empty where the kind has none
     * @param text what the line says, for reports
     */
    public record Rule(String id, Kind kind, String purpose, String state, Duration keep, String text) {}

    private static final Set<String> KEYS = Set.of("id", "of", "purpose", "state", "keep");

    public KeepingRules {
        all = List.copyOf(all);
    }

    /**
     * Gives in how many days an image of an identity document is gone at the latest, for the words to customers.
     *
     * @param longest what no medium is kept beyond
     */
    public long identityDays(Duration longest) {
        Duration shortest = all.stream()
                .filter(rule ->
                        rule.purpose().equals("identity") && rule.state().equals("any"))
                .map(Rule::keep)
                .filter(keep -> keep.compareTo(longest) < 0)
                .min(Duration::compareTo)
                .orElse(longest);
        return Math.max(1, shortest.plusDays(1).minusNanos(1).toDays());
    }

    /** @throws SettingsException that names the line when the text is not as {@code config/keeping.yaml} explains */
    public static KeepingRules parse(String yaml) {
        Object root;
        try {
            root = new Load(LoadSettings.builder().setLabel("keeping").build()).loadFromString(yaml);
        } catch (YamlEngineException e) {
            throw wrong("is not YAML: " + e.getMessage());
        }
        if (!(root instanceof Map<?, ?> file)
                || !file.keySet().equals(Set.of("rules"))
                || !(file.get("rules") instanceof List<?> lines)) {
            throw wrong("must hold one list, \"rules\"");
        }
        List<Rule> rules = new ArrayList<>();
        Set<String> ids = new HashSet<>();
        for (Object line : lines) {
            Rule rule = rule(line);
            if (!ids.add(rule.id())) {
                throw wrong("has two rules " + rule.id());
            }
            rules.add(rule);
        }
        return new KeepingRules(rules);
    }

    private static Rule rule(Object line) {
        if (!(line instanceof Map<?, ?> fields)) {
            throw wrong("has a rule that is no mapping: " + line);
        }
        for (Object key : fields.keySet()) {
            if (!KEYS.contains(key)) {
                throw wrong("has a rule with \"" + key + "\", which is not known; a rule has " + KEYS);
            }
        }
        String id = text(fields, "id");
        if (!id.matches("[a-z0-9-]{1,64}")) {
            throw wrong("has a rule whose id is '" + id + "'; it must be lower-case letters, digits and hyphens");
        }
        Kind kind;
        try {
            kind = Kind.valueOf(text(fields, "of").toUpperCase(Locale.ROOT));
            if (kind == Kind.WITHHELD) {
                throw new IllegalArgumentException();
            }
        } catch (IllegalArgumentException e) {
            throw wrong("has the rule " + id + " of '" + text(fields, "of") + "', which is no kind; see its top");
        }
        String state = text(fields, "state");
        if (!kind.states.contains(state)) {
            throw wrong(
                    "has the rule " + id + " for the state '" + state + "'; a " + kind.word() + " has " + kind.states);
        }
        String purpose = text(fields, "purpose");
        boolean right = kind == Kind.MEDIA ? Set.of("identity", "other").contains(purpose) : purpose.isEmpty();
        if (!right || state.equals("decided") && !purpose.equals("identity")) {
            throw wrong("has the rule " + id + " for the purpose '" + purpose + "'; see its top");
        }
        String keep = text(fields, "keep");
        return new Rule(
                id,
                kind,
                purpose,
                state,
                duration(id, keep),
                (purpose.isEmpty() ? "" : purpose + " ") + kind.word() + ", " + state + ", " + keep);
    }

    private static String text(Map<?, ?> fields, String key) {
        Object value = fields.get(key);
        return value == null ? "" : value.toString().strip();
    }

    private static Duration duration(String id, String keep) {
        try {
            Duration duration;
            if (keep.startsWith("P") && !keep.contains("T")) {
                Period period = Period.parse(keep);
                duration = Duration.ofDays(period.toTotalMonths() * 30 + period.getDays());
            } else {
                duration = Duration.parse(keep);
            }
            if (!duration.isNegative()) {
                return duration;
            }
        } catch (DateTimeException e) {
            // Said below.
        }
        throw wrong("has the rule " + id + " with keep '" + keep + "', which is not an ISO duration such as PT72H");
    }

    private static SettingsException wrong(String what) {
        return new SettingsException("config/keeping.yaml " + what + ".");
    }
}
