package io.tsunagi.inquiry;

import java.math.BigDecimal;
import java.text.Normalizer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/**
 * Says which drafts wait for a supervisor, as {@code config/approvals.yaml} explains. Immutable and safe for many threads.
 */
public final class ApprovalRules {
    private static final Set<String> KEYS = Set.of("id", "name", "skill", "team", "topics", "words", "amount-over");
    private static final int MOST_RULES = 10;

    /**
     * One rule; what is null or empty is not asked for.
     *
     * @param names what people see, by language
     * @param amountOver yen
     */
    public record Rule(
            String id,
            Map<String, String> names,
            String skill,
            String team,
            List<String> topics,
            List<String> words,
            BigDecimal amountOver) {}

    /** Who wrote what about what. */
    record Matter(List<String> skills, String team, String topic, List<String> texts) {}

    private final List<Rule> rules;

    private ApprovalRules(List<Rule> rules) {
        this.rules = List.copyOf(rules);
    }

    /** Gives every rule, in the order of the file. */
    public List<Rule> all() {
        return rules;
    }

    List<Rule> fitting(Matter matter) {
        return rules.stream().filter(rule -> fits(rule, matter)).toList();
    }

    /** Gives the places of the texts, as they are written, for which rules fit: words and amounts; those that {@link #fold} leaves. */
    List<String> found(List<Rule> of, List<String> texts) {
        Set<String> found = new LinkedHashSet<>();
        for (String text : texts) {
            String folded = fold(text);
            for (Rule rule : of) {
                for (String word : rule.words()) {
                    for (int at = folded.indexOf(word); at >= 0; at = folded.indexOf(word, at + 1)) {
                        found.add(text.substring(at, at + word.length()));
                    }
                }
                if (rule.amountOver() != null) {
                    Amount.in(folded).stream()
                            .filter(amount -> amount.yen().compareTo(rule.amountOver()) > 0)
                            .forEach(amount -> found.add(text.substring(amount.from(), amount.to())));
                }
            }
        }
        return List.copyOf(found);
    }

    private boolean fits(Rule rule, Matter matter) {
        String topic = matter.topic() == null ? "" : plain(matter.topic());
        return (rule.skill() == null || matter.skills().contains(rule.skill()))
                && (rule.team() == null || rule.team().equals(matter.team()))
                && (rule.topics().isEmpty() || rule.topics().stream().anyMatch(topic::contains))
                && (rule.words().isEmpty() && rule.amountOver() == null || saysIt(rule, matter.texts()));
    }

    private static boolean saysIt(Rule rule, List<String> texts) {
        List<String> plain = texts.stream().map(ApprovalRules::plain).toList();
        boolean words = rule.words().isEmpty()
                || plain.stream().anyMatch(text -> rule.words().stream().anyMatch(text::contains));
        boolean amount = rule.amountOver() == null
                || plain.stream()
                        .flatMap(text -> Amount.in(text).stream())
                        .anyMatch(found -> found.yen().compareTo(rule.amountOver()) > 0);
        return words && amount;
    }

    /** What a rule looks at: one form of each letter (NFKC), small. */
    private static String plain(String text) {
        return Normalizer.normalize(text, Normalizer.Form.NFKC).toLowerCase(Locale.ROOT);
    }

    /** As {@link #plain} but for letters whose forms differ in length, such as half-width kana; as long as the text in UTF-16 units, so that places in one are places in the other. */
    static String fold(String text) {
        StringBuilder folded = new StringBuilder(text);
        for (int i = 0; i < folded.length(); i++) {
            char letter = folded.charAt(i);
            if (letter >= '！' && letter <= '～') {
                letter = (char) (letter - '！' + '!');
            } else if (letter == '￥') {
                letter = '¥';
            } else if (letter == '　') {
                letter = ' ';
            }
            folded.setCharAt(i, Character.toLowerCase(letter));
        }
        return folded.toString();
    }

    /** @throws IllegalArgumentException in a sentence that names the rule */
    public static ApprovalRules read(String yaml) {
        Object tree;
        try {
            tree = new Load(LoadSettings.builder().build()).loadFromString(yaml);
        } catch (YamlEngineException e) {
            throw new IllegalArgumentException("This is no YAML: " + e.getMessage(), e);
        }
        if (!(tree instanceof Map<?, ?> file) || !file.keySet().equals(Set.of("rules"))) {
            throw new IllegalArgumentException("It must hold one list, \"rules\"");
        }
        if (!(file.get("rules") instanceof List<?> entries)) {
            return new ApprovalRules(List.of());
        }
        List<Rule> rules = new ArrayList<>();
        Set<String> ids = new HashSet<>();
        for (int i = 0; i < entries.size(); i++) {
            try {
                Rule rule = rule(entries.get(i));
                if (!ids.add(rule.id())) {
                    throw new IllegalArgumentException("there is another one with this id");
                }
                rules.add(rule);
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException("Rule " + (i + 1) + ": " + e.getMessage(), e);
            }
        }
        if (rules.size() > MOST_RULES) {
            throw new IllegalArgumentException("There are at most " + MOST_RULES + " rules");
        }
        return new ApprovalRules(rules);
    }

    private static Rule rule(Object entry) {
        if (!(entry instanceof Map<?, ?> fields)) {
            throw new IllegalArgumentException("it must be a mapping");
        }
        for (Object key : fields.keySet()) {
            if (!KEYS.contains(key)) {
                throw new IllegalArgumentException("\"" + key + "\" is not known; a rule has " + KEYS);
            }
        }
        String id = text(fields, "id");
        if (id == null || !id.matches("[a-z0-9-]{1,64}")) {
            throw new IllegalArgumentException("an id has 1 to 64 of a-z, 0-9 and -");
        }
        Map<String, String> names = new LinkedHashMap<>();
        if (fields.get("name") instanceof Map<?, ?> given) {
            given.forEach((language, name) -> names.put(language.toString(), String.valueOf(name)));
        }
        if (names.isEmpty()) {
            throw new IllegalArgumentException("a rule has a name by language, such as { ja: 返金, en: Refund }");
        }
        BigDecimal amount = null;
        if (fields.get("amount-over") != null) {
            try {
                amount = new BigDecimal(text(fields, "amount-over"));
            } catch (NumberFormatException e) {
                throw new IllegalArgumentException("amount-over is a number of yen", e);
            }
        }
        Rule rule = new Rule(
                id,
                names,
                text(fields, "skill"),
                text(fields, "team"),
                folded(fields, "topics"),
                folded(fields, "words"),
                amount);
        if (rule.skill() == null
                && rule.team() == null
                && rule.topics().isEmpty()
                && rule.words().isEmpty()
                && amount == null) {
            throw new IllegalArgumentException("it names nothing that it waits for");
        }
        return rule;
    }

    private static String text(Map<?, ?> fields, String key) {
        Object value = fields.get(key);
        return value == null || value.toString().isBlank()
                ? null
                : value.toString().strip();
    }

    private static List<String> folded(Map<?, ?> fields, String key) {
        Object value = fields.get(key);
        if (value == null) {
            return List.of();
        }
        if (!(value instanceof List<?> list) || list.isEmpty()) {
            throw new IllegalArgumentException(key + " is a list of words");
        }
        return list.stream()
                .map(word -> plain(String.valueOf(word).strip()))
                .peek(word -> {
                    if (word.isEmpty()) {
                        throw new IllegalArgumentException(key + " has an empty word");
                    }
                })
                .toList();
    }
}
