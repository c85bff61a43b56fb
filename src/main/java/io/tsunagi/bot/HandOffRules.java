package io.tsunagi.bot;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/**
 * The words at which a customer is given to a person at once, before anything is searched.
 *
 * <p>Rules are tried in the order of the file. The phrases of every language count whatever the
 * account's language is, because customers mix languages and a cry for help must not be missed for
 * being in the other one. Immutable, safe for many threads.
 *
 * <p>A phrase in Japanese is found anywhere in the message, whatever its spaces, kana (hiragana or
 * katakana, half or full width) and long vowel marks; other phrases are found as whole words. A
 * {@code *} stands for up to twelve characters of the same sentence, at the end of a word for its
 * endings.
 */
public final class HandOffRules {
    private static final int GAP = 12;

    /** LINE's limit for one text message. */
    private static final int MOST_CHARACTERS = 5_000;

    private final List<Rule> rules;

    private HandOffRules(List<Rule> rules) {
        this.rules = rules;
    }

    /**
     * One reason to give a customer to a person.
     *
     * @param skill what the operator should be able to do, or null
     * @param unless words that are cut out of the message before the phrases are looked for
     */
    public record Rule(String name, String reason, String skill, List<Phrase> phrases, List<Phrase> unless) {
        public Rule {
            phrases = List.copyOf(phrases);
            unless = List.copyOf(unless);
        }

        private boolean speaks(Folded text) {
            Folded left = text;
            for (Phrase readOver : unless) {
                left = readOver.cutOutOf(left);
            }
            Folded heard = left;
            return phrases.stream().anyMatch(phrase -> phrase.isIn(heard));
        }
    }

    /**
     * Words to look for, in one language.
     *
     * @param part the longest part without a {@code *}; nearly every message lacks it, and is not looked at any closer
     */
    public record Phrase(String language, String words, boolean japanese, String part, Pattern pattern) {
        private static Phrase of(String language, String words) {
            String plain = MessageText.plain(words, Integer.MAX_VALUE / 4);
            boolean japanese = Kana.isJapanese(plain);
            String folded = japanese ? Folded.japanese(plain) : plain;
            StringBuilder regex = new StringBuilder();
            String[] parts = folded.split("\\*", -1);
            for (int i = 0; i < parts.length; i++) {
                if (i > 0) {
                    boolean ending = parts[i].isEmpty() || !japanese && !parts[i].startsWith(" ");
                    regex.append(
                            japanese
                                    ? parts[i].isEmpty() ? "" : "[^。!?]{0," + GAP + "}?"
                                    : ending ? "[\\p{L}\\p{N}']*" : "[^.!?]{0," + GAP + "}?");
                }
                regex.append(Pattern.quote(parts[i]));
            }
            String found = regex.toString();
            return new Phrase(
                    language,
                    words,
                    japanese,
                    Stream.of(parts)
                            .max(Comparator.comparingInt(String::length))
                            .orElseThrow(),
                    Pattern.compile(japanese ? found : "(?<![\\p{L}\\p{N}])" + found + "(?![\\p{L}\\p{N}])"));
        }

        private boolean mayBeIn(Folded text) {
            return text.form(japanese).contains(part);
        }

        private boolean isIn(Folded text) {
            return mayBeIn(text) && pattern.matcher(text.form(japanese)).find();
        }

        private Folded cutOutOf(Folded text) {
            if (!mayBeIn(text)) {
                return text;
            }
            return japanese
                    ? new Folded(text.plain(), pattern.matcher(text.japanese()).replaceAll("。"))
                    : new Folded(pattern.matcher(text.plain()).replaceAll("."), text.japanese());
        }
    }

    /** A message in the two forms that phrases are looked for in. */
    private record Folded(String plain, String japanese) {
        static Folded of(String text) {
            String plain = MessageText.plain(text, MOST_CHARACTERS);
            return new Folded(plain, japanese(plain));
        }

        String form(boolean ofJapanese) {
            return ofJapanese ? japanese : plain;
        }

        static String japanese(String plain) {
            return Kana.loose(plain.replace(" ", ""));
        }
    }

    /**
     * Reads rules.
     *
     * @throws IllegalArgumentException naming the line and the rule when the text is not as {@code
     *     config/handoff-rules.yaml} explains
     */
    public static HandOffRules parse(String yaml) {
        Node root;
        try {
            root = new Compose(LoadSettings.builder().setLabel("hand-off rules").build())
                    .composeString(yaml)
                    .orElseThrow(() -> new IllegalArgumentException("The hand-off rules are empty"));
        } catch (YamlEngineException e) {
            throw new IllegalArgumentException("The hand-off rules are not YAML: " + e.getMessage(), e);
        }
        List<Rule> rules = new ArrayList<>();
        Set<String> names = new LinkedHashSet<>();
        for (NodeTuple entry : mapping(root, "the file").getValue()) {
            String key = scalar(entry.getKeyNode(), "a key");
            if (!key.equals("rules")) {
                throw wrong(entry.getKeyNode(), "\"" + key + "\" is not known; the only key here is \"rules\"");
            }
            for (Node node : sequence(entry.getValueNode(), "\"rules\"").getValue()) {
                Rule rule = rule(node);
                if (!names.add(rule.name())) {
                    throw wrong(node, "a second rule is called \"" + rule.name() + "\"");
                }
                rules.add(rule);
            }
        }
        if (rules.isEmpty()) {
            throw wrong(root, "there is no rule");
        }
        return new HandOffRules(List.copyOf(rules));
    }

    private static Rule rule(Node node) {
        String name = null;
        String reason = null;
        String skill = null;
        List<Phrase> phrases = new ArrayList<>();
        List<Phrase> unless = new ArrayList<>();
        for (NodeTuple entry : mapping(node, "a rule").getValue()) {
            String key = scalar(entry.getKeyNode(), "a key");
            String whose = name == null ? "" : " of rule \"" + name + "\"";
            Node value = entry.getValueNode();
            switch (key) {
                case "name" -> name = word(value, "name");
                case "reason" -> reason = word(value, "reason" + whose);
                case "skill" -> skill = word(value, "skill" + whose);
                case "phrases" -> phrases.addAll(phrases(value, "phrases" + whose));
                case "unless" -> unless.addAll(phrases(value, "unless" + whose));
                default ->
                    throw wrong(
                            entry.getKeyNode(),
                            "\"" + key + "\"" + whose
                                    + " is not known; known are name, reason, skill, phrases, unless");
            }
        }
        if (name == null) {
            throw wrong(node, "a rule has no \"name\"");
        }
        if (phrases.isEmpty()) {
            throw wrong(node, "rule \"" + name + "\" has no \"phrases\"");
        }
        return new Rule(name, reason == null ? name : reason, skill, phrases, unless);
    }

    private static List<Phrase> phrases(Node node, String what) {
        List<Phrase> phrases = new ArrayList<>();
        for (NodeTuple entry : mapping(node, what).getValue()) {
            String language = scalar(entry.getKeyNode(), "a language");
            for (Node phrase : sequence(entry.getValueNode(), what + " in \"" + language + "\"")
                    .getValue()) {
                String words = scalar(phrase, "a phrase in " + what);
                if (words.replace("*", "").isBlank()) {
                    throw wrong(phrase, "a phrase in " + what + " is empty and would match every message");
                }
                phrases.add(Phrase.of(MessageText.primary(language), words));
            }
        }
        return phrases;
    }

    private static String word(Node node, String what) {
        String word = scalar(node, what);
        if (word.isBlank()) {
            throw wrong(node, what + " is empty");
        }
        return word;
    }

    private static String scalar(Node node, String what) {
        if (node instanceof ScalarNode scalar) {
            return scalar.getValue();
        }
        throw wrong(node, what + " must be one word or sentence");
    }

    private static SequenceNode sequence(Node node, String what) {
        if (node instanceof SequenceNode sequence) {
            return sequence;
        }
        throw wrong(node, what + " must be a list");
    }

    private static MappingNode mapping(Node node, String what) {
        if (node instanceof MappingNode mapping) {
            return mapping;
        }
        throw wrong(node, what + " must be keys with values");
    }

    private static IllegalArgumentException wrong(Node where, String what) {
        String line = where.getStartMark()
                .map(mark -> "line " + (mark.getLine() + 1) + ": ")
                .orElse("");
        return new IllegalArgumentException("Hand-off rules, " + line + what);
    }

    /**
     * Gives the first rule that the customer's words call for.
     *
     * @param language what the customer is thought to write in; of two phrases of one rule it does
     *     not matter which is found, so for now it narrows nothing
     */
    public Optional<Rule> match(String language, String text) {
        Objects.requireNonNull(language, "language");
        Folded folded = Folded.of(text);
        return rules.stream().filter(rule -> rule.speaks(folded)).findFirst();
    }

    /** Gives every reason a rule can give, in order, so that routing can be checked against it. */
    public Set<String> reasons() {
        return rules.stream().map(Rule::reason).collect(Collectors.toCollection(LinkedHashSet::new));
    }
}
