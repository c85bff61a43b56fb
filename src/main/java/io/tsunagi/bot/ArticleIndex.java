package io.tsunagi.bot;

import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Finds articles by a customer's or an operator's words, one Lucene index per language, in memory.
 *
 * <p>Languages are told apart by their primary tag: {@code en-US} and {@code en_GB} are both {@code
 * en}. Safe for many threads: {@link #replace} builds aside and swaps all languages at once, and a
 * search that is under way ends on the articles it began with.
 */
public final class ArticleIndex implements AutoCloseable {
    /** Languages that were searched since the JVM began: their code is compiled, whatever the articles are. */
    private static final Set<String> WARM = ConcurrentHashMap.newKeySet();

    private final BotSettings settings;
    private final Map<String, Words> words = new ConcurrentHashMap<>();
    private final Map<String, Synonyms> synonyms = new ConcurrentHashMap<>();
    private final Object building = new Object();
    private volatile Map<String, Shelf> shelves = Map.of();

    /** Makes an index without articles. */
    public ArticleIndex(BotSettings settings) {
        this.settings = Objects.requireNonNull(settings);
    }

    /**
     * Puts these articles in the place of all others; of two with one id and language the later counts. A language whose
     * articles are all the same keeps its shelf: cutting articles into words is most of the work.
     */
    public void replace(Collection<Article> articles) {
        Map<String, Map<String, Article>> byLanguage = new LinkedHashMap<>();
        for (Article article : articles) {
            byLanguage
                    .computeIfAbsent(MessageText.primary(article.language()), language -> new LinkedHashMap<>())
                    .put(article.id(), article);
        }
        synchronized (building) {
            Map<String, Shelf> built = new HashMap<>();
            byLanguage.forEach((language, own) -> {
                Shelf before = shelves.get(language);
                built.put(language, before != null && before.holds(own) ? before : build(language, own.values()));
            });
            shelves = Map.copyOf(built);
        }
    }

    private Shelf build(String language, Collection<Article> articles) {
        Words cutter = words.computeIfAbsent(language, Words::of);
        Synonyms group = synonyms.computeIfAbsent(language, l -> Synonyms.of(l, cutter));
        Shelf shelf = new Shelf(articles, cutter, group, settings);
        if (WARM.add(language)) {
            shelf.warmUp();
        }
        return shelf;
    }

    /**
     * Searches for the console: forgiving, so that every keystroke finds something. The last word
     * may be half typed; when no word is found, articles that share pairs of characters are.
     *
     * @param withInternal whether articles customers may not read are found too
     * @return best first, at most {@code limit}; empty for a blank query or a language without articles
     */
    public List<Hit> search(String language, String query, int limit, boolean withInternal) {
        return shelf(language)
                .map(shelf -> shelf.browse(query, limit, withInternal))
                .orElse(List.of());
    }

    /** Gives an article, internal ones included. */
    public Optional<Article> article(String id, String language) {
        return shelf(language).flatMap(shelf -> shelf.article(id));
    }

    /** How many articles this language has. */
    public int size(String language) {
        return shelf(language).map(Shelf::size).orElse(0);
    }

    Optional<Shelf> shelf(String language) {
        return Optional.ofNullable(language).map(tag -> shelves.get(MessageText.primary(tag)));
    }

    /** Lets all articles go; a later search finds nothing. */
    @Override
    public void close() {
        shelves = Map.of();
    }
}
