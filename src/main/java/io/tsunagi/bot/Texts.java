package io.tsunagi.bot;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Every sentence the bot and the hub say to customers, by key and language.
 *
 * <p>A sentence that a language lacks is said in the account's language, then in English. {@code
 * {name}} in a sentence is replaced by the value of that name. Immutable, safe for many threads.
 */
public final class Texts {
    private static final Logger LOG = LoggerFactory.getLogger(Texts.class);
    private static final String LAST_RESORT = "en";
    private static final Pattern PLACE = Pattern.compile("\\{([a-zA-Z][a-zA-Z0-9-]*)}");

    private final Map<String, Map<String, String>> byLanguage;
    private final String accountLanguage;
    private final List<String> missing;

    private Texts(Map<String, Map<String, String>> byLanguage, String accountLanguage, List<String> missing) {
        this.byLanguage = byLanguage;
        this.accountLanguage = accountLanguage;
        this.missing = missing;
    }

    /**
     * Takes the texts of each language and logs a warning for each key a language lacks; {@link
     * #missing} gives the same list.
     *
     * @throws IllegalArgumentException when a sentence names another {@code {value}} than the same
     *     sentence in English (or, without English, in the other languages), or is empty
     */
    public static Texts load(Map<String, Properties> texts) {
        if (texts.isEmpty()) {
            throw new IllegalArgumentException("There are no texts for customers in any language");
        }
        Map<String, Map<String, String>> byLanguage = new TreeMap<>();
        Set<String> keys = new TreeSet<>();
        texts.forEach((language, properties) -> {
            Map<String, String> sentences = new TreeMap<>();
            for (String key : properties.stringPropertyNames()) {
                String sentence = properties.getProperty(key).strip();
                if (sentence.isEmpty()) {
                    throw new IllegalArgumentException("Text " + key + " in " + language + " is empty");
                }
                sentences.put(key, sentence);
            }
            keys.addAll(sentences.keySet());
            byLanguage.put(MessageText.primary(language), Collections.unmodifiableMap(sentences));
        });
        List<String> missing = new ArrayList<>();
        for (String key : keys) {
            String sample = null;
            String sampleLanguage = null;
            for (String language : preferringEnglish(byLanguage.keySet())) {
                String sentence = byLanguage.get(language).get(key);
                if (sentence == null) {
                    missing.add("Text " + key + " is missing in " + language);
                } else if (sample == null) {
                    sample = sentence;
                    sampleLanguage = language;
                } else if (!places(sentence).equals(places(sample))) {
                    throw new IllegalArgumentException("Text " + key + " fills in " + places(sentence) + " in "
                            + language + " but " + places(sample) + " in " + sampleLanguage);
                }
            }
        }
        missing.forEach(line -> LOG.warn("{}", line));
        return new Texts(Collections.unmodifiableMap(byLanguage), LAST_RESORT, List.copyOf(missing));
    }

    private static Set<String> preferringEnglish(Set<String> languages) {
        Set<String> ordered = new LinkedHashSet<>();
        if (languages.contains(LAST_RESORT)) {
            ordered.add(LAST_RESORT);
        }
        ordered.addAll(languages);
        return ordered;
    }

    private static Set<String> places(String sentence) {
        Set<String> places = new TreeSet<>();
        Matcher matcher = PLACE.matcher(sentence);
        while (matcher.find()) {
            places.add(matcher.group(1));
        }
        return places;
    }

    /** The same texts, falling back to this language before English. */
    public Texts forAccount(String language) {
        return new Texts(byLanguage, MessageText.primary(language), missing);
    }

    /** What is missing where, one sentence each, in order of key; empty when every language is whole. */
    public List<String> missing() {
        return missing;
    }

    /** The languages that have texts, as primary tags. */
    public Set<String> languages() {
        return byLanguage.keySet();
    }

    /**
     * Gives a sentence with its values filled in. Values are put in as they are, once: a value that
     * holds {@code {…}} is not looked into.
     *
     * @throws IllegalArgumentException when no language has the key, or a value it names is not given
     */
    public String say(String language, String key, Map<String, String> values) {
        String sentence = byLanguage.get(spoken(language, key)).get(key);
        StringBuilder said = new StringBuilder(sentence.length() + 32);
        Matcher matcher = PLACE.matcher(sentence);
        while (matcher.find()) {
            String value = values.get(matcher.group(1));
            if (value == null) {
                throw new IllegalArgumentException(
                        "Text " + key + " needs a value for {" + matcher.group(1) + "}, none was given");
            }
            matcher.appendReplacement(said, Matcher.quoteReplacement(value));
        }
        return matcher.appendTail(said).toString();
    }

    /** Tells in which language a customer of this language hears a sentence, so that its values are in the same. */
    public String spoken(String language, String key) {
        for (String candidate : List.of(MessageText.primary(language), accountLanguage, LAST_RESORT)) {
            if (byLanguage.getOrDefault(candidate, Map.of()).containsKey(key)) {
                return candidate;
            }
        }
        throw new IllegalArgumentException(String.format(
                Locale.ROOT,
                "No text for customers has the key %s, neither in %s nor in %s nor in %s",
                key,
                language,
                accountLanguage,
                LAST_RESORT));
    }
}
