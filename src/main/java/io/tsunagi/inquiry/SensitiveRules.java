package io.tsunagi.inquiry;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/** Reads {@code config/sensitive.yaml}. What is wrong is said in a sentence that begins with its line. */
final class SensitiveRules {
    private static final int MOST_RULES = 50;
    private static final int MOST_WORDS = 100;
    private static final int LONGEST = 256;
    private static final int FARTHEST = 1000;

    /** What a rule of each kind may say, beside id, kind and words. */
    private static final Map<SensitiveWords.Kind, Set<String>> MORE = Map.of(
            SensitiveWords.Kind.MY_NUMBER, Set.of("within", "strict"),
            SensitiveWords.Kind.DIGITS, Set.of("from", "to"),
            SensitiveWords.Kind.PASSWORD, Set.of("from", "to"));

    private SensitiveRules() {}

    static List<SensitiveWords.Rule> read(String yaml) {
        Node root;
        try {
            root = new Compose(LoadSettings.builder().setLabel("sensitive.yaml").build())
                    .composeString(yaml)
                    .orElseThrow(
                            () -> new IllegalArgumentException("line 1: it is empty; it must hold one list, rules"));
        } catch (YamlEngineException e) {
            throw new IllegalArgumentException("it is not YAML: " + e.getMessage(), e);
        }
        if (!(root instanceof MappingNode file)) {
            throw wrong(root, "the file must hold one list, rules");
        }
        List<SensitiveWords.Rule> rules = new ArrayList<>();
        Set<String> ids = new HashSet<>();
        for (NodeTuple entry : file.getValue()) {
            if (!text(entry.getKeyNode(), "a key").equals("rules")) {
                throw wrong(entry.getKeyNode(), "the only key here is rules");
            }
            for (Node node : list(entry.getValueNode(), "rules")) {
                SensitiveWords.Rule rule = rule(node);
                if (!ids.add(rule.id())) {
                    throw wrong(node, "a second rule has the id " + rule.id());
                }
                rules.add(rule);
            }
        }
        if (rules.size() > MOST_RULES) {
            throw wrong(root, "there are at most " + MOST_RULES + " rules");
        }
        return rules;
    }

    private static SensitiveWords.Rule rule(Node node) {
        if (!(node instanceof MappingNode mapping)) {
            throw wrong(node, "a rule must be keys with values");
        }
        Map<String, Node> values = new HashMap<>();
        Map<String, Node> keys = new HashMap<>();
        for (NodeTuple entry : mapping.getValue()) {
            String key = text(entry.getKeyNode(), "a key");
            keys.put(key, entry.getKeyNode());
            if (values.put(key, entry.getValueNode()) != null) {
                throw wrong(entry.getKeyNode(), key + " stands twice in one rule");
            }
        }
        String id = text(needed(node, values, "id"), "id");
        if (!id.matches("[a-z0-9-]{1,64}")) {
            throw wrong(values.get("id"), "an id has 1 to 64 of a-z, 0-9 and -");
        }
        SensitiveWords.Kind kind = kind(needed(node, values, "kind"), id);
        for (Map.Entry<String, Node> key : keys.entrySet()) {
            if (!Set.of("id", "kind", "words").contains(key.getKey())
                    && !MORE.get(kind).contains(key.getKey())) {
                throw wrong(key.getValue(), "rule " + id + ": " + key.getKey() + " is not known for its kind");
            }
        }
        List<String> words = new ArrayList<>();
        for (Node word : list(needed(node, values, "words"), "rule " + id + ": words")) {
            String spelt = text(word, "a word").strip();
            if (spelt.codePoints().noneMatch(Character::isLetterOrDigit)) {
                throw wrong(word, "rule " + id + ": a word needs a letter");
            }
            words.add(spelt);
        }
        if (words.isEmpty() || words.size() > MOST_WORDS) {
            throw wrong(values.get("words"), "rule " + id + ": it has 1 to " + MOST_WORDS + " words");
        }
        if (kind == SensitiveWords.Kind.MY_NUMBER) {
            boolean strict = values.containsKey("strict") && flag(values.get("strict"), id);
            return new SensitiveWords.Rule(
                    id, kind, words, 12, 12, whole(node, values, "within", id, 0, FARTHEST), strict);
        }
        int from = whole(node, values, "from", id, 1, LONGEST);
        int to = whole(node, values, "to", id, 1, LONGEST);
        if (from > to) {
            throw wrong(values.get("to"), "rule " + id + ": to is smaller than from");
        }
        return new SensitiveWords.Rule(id, kind, words, from, to, 0, false);
    }

    private static SensitiveWords.Kind kind(Node node, String id) {
        String word = text(node, "kind");
        return Arrays.stream(SensitiveWords.Kind.values())
                .filter(kind -> spelt(kind).equals(word))
                .findFirst()
                .orElseThrow(() -> wrong(
                        node,
                        "rule " + id + ": there is no kind " + word + "; it is one of "
                                + Arrays.stream(SensitiveWords.Kind.values())
                                        .map(SensitiveRules::spelt)
                                        .toList()));
    }

    private static String spelt(SensitiveWords.Kind kind) {
        return kind.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    private static Node needed(Node rule, Map<String, Node> values, String key) {
        Node value = values.get(key);
        if (value == null) {
            throw wrong(rule, "a rule has no " + key);
        }
        return value;
    }

    private static int whole(Node rule, Map<String, Node> values, String key, String id, int least, int most) {
        Node node = needed(rule, values, key);
        String value = text(node, key);
        if (!value.matches("[0-9]{1,6}") || Integer.parseInt(value) < least || Integer.parseInt(value) > most) {
            throw wrong(node, "rule " + id + ": " + key + " is a whole number from " + least + " to " + most);
        }
        return Integer.parseInt(value);
    }

    private static boolean flag(Node node, String id) {
        String value = text(node, "strict");
        if (!value.equals("true") && !value.equals("false")) {
            throw wrong(node, "rule " + id + ": strict is true or false");
        }
        return value.equals("true");
    }

    private static String text(Node node, String what) {
        if (node instanceof ScalarNode scalar) {
            return scalar.getValue();
        }
        throw wrong(node, what + " must be one word or number");
    }

    private static List<Node> list(Node node, String what) {
        if (node instanceof SequenceNode sequence) {
            return sequence.getValue();
        }
        throw wrong(node, what + " must be a list");
    }

    private static IllegalArgumentException wrong(Node where, String what) {
        String line = where.getStartMark()
                .map(mark -> "line " + (mark.getLine() + 1) + ": ")
                .orElse("");
        return new IllegalArgumentException(line + what);
    }
}
