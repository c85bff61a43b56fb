package io.tsunagi.bot;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Groups of words and short phrases that mean the same to a customer, in one language. Immutable. */
final class Synonyms {
    /** Every entry under its first word, longest entry first. */
    private final Map<String, List<Entry>> byFirstWord = new HashMap<>();

    private final Set<String> words = new LinkedHashSet<>();

    /** One spelling of a group: the words it is cut into, and the other spellings. */
    record Entry(List<String> terms, List<List<String>> others) {}

    private Synonyms() {}

    /** Reads {@code bot/synonyms-<language>.txt}: a group a line, its members between commas. */
    static Synonyms of(String language, Words words) {
        return switch (language) {
            case "ja", "en" -> read(Words.lines("synonyms-" + language + ".txt"), words);
            default -> new Synonyms();
        };
    }

    static Synonyms read(List<String> lines, Words words) {
        Synonyms synonyms = new Synonyms();
        for (String line : lines) {
            Set<List<String>> group = new LinkedHashSet<>();
            for (String member : line.split(",")) {
                List<String> terms = words.terms(MessageText.plain(member, 100));
                if (!terms.isEmpty()) {
                    group.add(terms);
                }
            }
            for (List<String> terms : group) {
                List<List<String>> others = new ArrayList<>(group);
                others.remove(terms);
                if (!others.isEmpty()) {
                    synonyms.byFirstWord
                            .computeIfAbsent(terms.get(0), first -> new ArrayList<>())
                            .add(new Entry(terms, List.copyOf(others)));
                    if (terms.size() == 1) {
                        synonyms.words.add(terms.get(0));
                    }
                }
            }
        }
        synonyms.byFirstWord
                .values()
                .forEach(entries -> entries.sort(
                        Comparator.comparingInt((Entry e) -> e.terms().size()).reversed()));
        return synonyms;
    }

    /** The longest spelling that stands in the words from this place on; empty terms when none does. */
    Entry at(List<String> terms, int from) {
        List<List<String>> others = new ArrayList<>();
        List<String> found = List.of();
        for (Entry entry : byFirstWord.getOrDefault(terms.get(from), List.of())) {
            int to = from + entry.terms().size();
            if (entry.terms().size() >= found.size()
                    && to <= terms.size()
                    && terms.subList(from, to).equals(entry.terms())) {
                found = entry.terms();
                others.addAll(entry.others());
            }
        }
        return new Entry(found, others);
    }

    /** The single words that have synonyms. */
    Set<String> words() {
        return words;
    }
}
