package io.tsunagi.bot;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.lucene.analysis.Analyzer;
import org.apache.lucene.analysis.miscellaneous.PerFieldAnalyzerWrapper;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.Field;
import org.apache.lucene.document.StoredField;
import org.apache.lucene.document.StringField;
import org.apache.lucene.document.TextField;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.Term;
import org.apache.lucene.search.BooleanClause.Occur;
import org.apache.lucene.search.BooleanQuery;
import org.apache.lucene.search.BoostQuery;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.PrefixQuery;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.ScoreDoc;
import org.apache.lucene.search.TermQuery;
import org.apache.lucene.search.similarities.BM25Similarity;
import org.apache.lucene.store.ByteBuffersDirectory;

/**
 * The articles of one language and the index over them. Never changes once built; safe for many
 * threads. It lives on the heap alone, so a shelf nobody searches any more simply goes away.
 */
final class Shelf {
    private static final String NUMBER = "n";
    private static final String AUDIENCE = "audience";
    private static final String PUBLIC = "public";
    private static final String TITLE = "q";
    private static final String BODY = "a";
    private static final String PHRASINGS = "p";
    private static final String PAIRS = "pairs";

    /** What a mistyped or differently written word counts beside a rightly written one. */
    private static final double MENDED = 0.8;

    /** How sure it is that a customer who used a synonym means the article's word. */
    private static final double SYNONYM_LIKENESS = 0.85;

    private static final int SHORTEST_READING = 3;
    private static final int RANKED = 20;

    private final Words words;
    private final Synonyms synonyms;
    private final BotSettings settings;
    private final List<Entry> entries;
    private final Map<String, Article> byId = new HashMap<>();
    private final IndexSearcher searcher;
    private final Map<String, Integer> holders = new HashMap<>();
    private final Map<String, List<String>> byReading = new HashMap<>();
    private final Spelling spelling;

    /** An article and its words: those of the title and of each phrasing apart, and of its text. */
    private record Entry(Article article, List<Set<String>> questions, Set<String> body) {}

    /** An article that a question found, by its place on the shelf. */
    private record Found(int entry, double score) {}

    Shelf(Collection<Article> articles, Words words, Synonyms synonyms, BotSettings settings) {
        this.words = words;
        this.synonyms = synonyms;
        this.settings = settings;
        this.entries = new ArrayList<>(articles.size());
        ByteBuffersDirectory directory = new ByteBuffersDirectory();
        Analyzer analyzer = new PerFieldAnalyzerWrapper(words.analyzer(), Map.of(PAIRS, words.pairs()));
        try (IndexWriter writer = new IndexWriter(directory, new IndexWriterConfig(analyzer))) {
            for (Article article : articles) {
                put(article, writer);
            }
            writer.forceMerge(1);
            writer.commit();
            searcher = new IndexSearcher(DirectoryReader.open(writer));
        } catch (IOException e) {
            throw new UncheckedIOException("The index in memory cannot be written", e);
        }
        searcher.setSimilarity(new BM25Similarity(1.2f, 0.75f));
        Set<String> askable = new HashSet<>(synonyms.words());
        entries.forEach(entry -> entry.questions().forEach(askable::addAll));
        if (words.isJapanese()) {
            for (String word : askable) {
                String reading = Kana.loose(words.reading(word));
                if (reading.length() >= SHORTEST_READING) {
                    byReading.computeIfAbsent(reading, r -> new ArrayList<>()).add(word);
                }
            }
        }
        askable.addAll(holders.keySet());
        spelling = new Spelling(askable);
    }

    private void put(Article article, IndexWriter writer) throws IOException {
        String title = whole(article.title());
        String body = whole(article.summary() + "\n" + article.body());
        List<Set<String>> questions = new ArrayList<>();
        questions.add(new HashSet<>(words.terms(title)));
        Document document = new Document();
        document.add(new StoredField(NUMBER, entries.size()));
        document.add(new TextField(TITLE, title, Field.Store.NO));
        document.add(new TextField(BODY, body, Field.Store.NO));
        document.add(new TextField(PAIRS, title, Field.Store.NO));
        for (String phrasing : article.phrasings()) {
            String plain = whole(phrasing);
            questions.add(new HashSet<>(words.terms(plain)));
            document.add(new TextField(PHRASINGS, plain, Field.Store.NO));
            document.add(new TextField(PAIRS, plain, Field.Store.NO));
        }
        if (!article.internal()) {
            document.add(new StringField(AUDIENCE, PUBLIC, Field.Store.NO));
        }
        writer.addDocument(document);
        Set<String> text = new HashSet<>(words.terms(body));
        Set<String> all = new HashSet<>(text);
        questions.forEach(all::addAll);
        all.forEach(word -> holders.merge(word, 1, Integer::sum));
        entries.add(new Entry(article, List.copyOf(questions), text));
        byId.put(article.id(), article);
    }

    private static String whole(String text) {
        return MessageText.plain(text, Integer.MAX_VALUE / 4);
    }

    int size() {
        return entries.size();
    }

    Optional<Article> article(String id) {
        return Optional.ofNullable(byId.get(id));
    }

    /** Cuts a customer's words into what they mean in terms of this shelf. */
    Question question(String text) {
        String plain = MessageText.question(text, settings.maxCharacters());
        List<Words.Cut> cuts = words.isJapanese() ? withReadings(plain) : words.cut(plain);
        List<String> all = cuts.stream().map(Words.Cut::term).toList();
        Map<List<String>, Question.Term> terms = new LinkedHashMap<>();
        for (int i = 0; i < all.size(); ) {
            Synonyms.Entry group = synonyms.at(all, i);
            List<String> own = group.terms().isEmpty() ? List.of(all.get(i)) : group.terms();
            terms.computeIfAbsent(own, mine -> term(mine, group.others()));
            i += own.size();
        }
        return new Question(plain, List.copyOf(terms.values()));
    }

    private Question.Term term(List<String> own, List<List<String>> synonymous) {
        boolean written = own.stream().allMatch(holders::containsKey);
        Set<Question.Other> others = new LinkedHashSet<>();
        for (List<String> other : synonymous) {
            if (other.stream().allMatch(holders::containsKey)) {
                others.add(new Question.Other(other, settings.synonymWeight() / other.size(), SYNONYM_LIKENESS));
            }
        }
        if (!written && own.size() == 1) {
            for (String mended : mended(own.get(0))) {
                if (holders.containsKey(mended)) {
                    others.add(new Question.Other(List.of(mended), MENDED, MENDED));
                }
                for (List<String> other : synonyms.at(List.of(mended), 0).others()) {
                    if (other.stream().allMatch(holders::containsKey)) {
                        others.add(new Question.Other(
                                other, MENDED * settings.synonymWeight() / other.size(), MENDED * SYNONYM_LIKENESS));
                    }
                }
            }
        }
        double idf = written || others.isEmpty()
                ? own.stream().mapToDouble(this::idf).sum()
                : others.stream()
                        .mapToDouble(other -> other.words().stream()
                                .mapToDouble(this::idf)
                                .average()
                                .orElseThrow())
                        .max()
                        .orElseThrow();
        return new Question.Term(own, List.copyOf(others), idf, written || !others.isEmpty());
    }

    /** What a word that no article holds may stand for: the same reading, or the nearest spelling. */
    private Set<String> mended(String word) {
        Set<String> mended = new LinkedHashSet<>(byReading.getOrDefault(Kana.loose(words.reading(word)), List.of()));
        mended.remove(word);
        if (mended.isEmpty()) {
            mended.addAll(spelling.near(word));
        }
        return mended;
    }

    /**
     * Cuts Japanese and puts words for their readings where a customer wrote hiragana, which the
     * dictionary tends to cut in the wrong places: ざんだか becomes 残高.
     */
    private List<Words.Cut> withReadings(String plain) {
        List<Words.Cut> cuts = words.cut(plain);
        Set<Integer> starts = new HashSet<>();
        words.allCuts(plain).forEach(cut -> starts.add(cut.start()));
        List<Words.Cut> read = new ArrayList<>();
        for (int i = 0; i < plain.length(); ) {
            int end = hiraganaFrom(plain, i);
            int start = i;
            i = Math.max(end, i + 1);
            while (start < end) {
                Words.Cut longest = starts.contains(start) ? longestReading(plain, start, end) : null;
                if (longest == null) {
                    start++;
                } else {
                    starts.add(longest.end());
                    read.add(longest);
                    start = longest.end();
                }
            }
        }
        if (read.isEmpty()) {
            return cuts;
        }
        List<Words.Cut> all = new ArrayList<>(read);
        for (Words.Cut cut : cuts) {
            if (read.stream().noneMatch(r -> r.start() < cut.end() && cut.start() < r.end())) {
                all.add(cut);
            }
        }
        all.sort(Comparator.comparingInt(Words.Cut::start));
        return all;
    }

    private Words.Cut longestReading(String plain, int start, int end) {
        for (int to = end; to - start >= SHORTEST_READING; to--) {
            List<String> known = byReading.get(Kana.loose(plain.substring(start, to)));
            if (known != null) {
                String best = known.stream()
                        .max(Comparator.comparingInt(word -> holders.getOrDefault(word, 0)))
                        .orElseThrow();
                return new Words.Cut(best, start, to);
            }
        }
        return null;
    }

    private static int hiraganaFrom(String plain, int start) {
        int end = start;
        while (end < plain.length()
                && (Kana.isHiragana(plain.charAt(end)) || end > start && plain.charAt(end) == 'ー')) {
            end++;
        }
        return end;
    }

    private double idf(String word) {
        int holding = holders.getOrDefault(word, 0);
        return Math.log(1 + (entries.size() - holding + 0.5) / (holding + 0.5));
    }

    /** What the bot finds: best first, and how likely the first is right. */
    Finding find(Question question, int limit) {
        if (question.isEmpty() || entries.isEmpty()) {
            return Finding.NOTHING;
        }
        List<Found> found = search(query(question, true, true), false);
        if (found.isEmpty()) {
            return findByPairs(question, limit);
        }
        Found top = found.get(0);
        Confidence.Features features = features(question, found, top);
        return new Finding(hits(found, limit), Confidence.of(features), features);
    }

    private Finding findByPairs(Question question, int limit) {
        List<String> pairs = words.pairsOf(question.plain()).stream()
                .map(Words.Cut::term)
                .distinct()
                .toList();
        List<Found> found = search(pairQuery(pairs), false);
        if (found.isEmpty()) {
            return Finding.NOTHING;
        }
        Article top = entries.get(found.get(0).entry()).article();
        Set<String> held = new HashSet<>();
        words.pairsOf(whole(top.title())).forEach(cut -> held.add(cut.term()));
        double share = pairs.stream().filter(held::contains).count() / (double) pairs.size();
        return new Finding(hits(found, limit), share * Confidence.MOST_BY_PAIRS, null);
    }

    /** What an operator finds while typing: also by the beginning of the last word, or by pairs of characters. */
    List<Hit> browse(String text, int limit, boolean withInternal) {
        Question question = question(text);
        BooleanQuery.Builder any = new BooleanQuery.Builder();
        if (!question.isEmpty()) {
            any.add(query(question, true, true), Occur.SHOULD);
        }
        for (String beginning : beginnings(question.plain())) {
            any.add(new BoostQuery(new PrefixQuery(new Term(TITLE, beginning)), 1.0f), Occur.SHOULD);
            any.add(new BoostQuery(new PrefixQuery(new Term(PHRASINGS, beginning)), 1.0f), Occur.SHOULD);
            any.add(new BoostQuery(new PrefixQuery(new Term(BODY, beginning)), 0.3f), Occur.SHOULD);
        }
        List<Found> found = search(any.build(), withInternal);
        if (found.isEmpty()) {
            List<String> pairs = words.pairsOf(question.plain()).stream()
                    .map(Words.Cut::term)
                    .distinct()
                    .toList();
            found = search(pairQuery(pairs), withInternal);
        }
        return hits(found, limit);
    }

    /** The last word as typed so far, and words whose reading begins so. */
    private Set<String> beginnings(String plain) {
        int space = plain.lastIndexOf(' ');
        String last = plain.substring(space + 1);
        if (last.isEmpty()) {
            return Set.of();
        }
        Set<String> beginnings = new LinkedHashSet<>();
        beginnings.add(last);
        List<Words.Cut> cuts = words.allCuts(plain);
        if (!cuts.isEmpty() && cuts.get(cuts.size() - 1).end() == plain.length()) {
            beginnings.add(plain.substring(cuts.get(cuts.size() - 1).start()));
        }
        if (words.isJapanese() && last.length() >= 2 && Kana.isKana(last)) {
            String loose = Kana.loose(last);
            byReading.forEach((reading, known) -> {
                if (reading.startsWith(loose)) {
                    beginnings.addAll(known);
                }
            });
        }
        return beginnings;
    }

    private Query query(Question question, boolean byQuestion, boolean byBody) {
        BooleanQuery.Builder any = new BooleanQuery.Builder();
        for (Question.Term term : question.terms()) {
            term.words().forEach(word -> add(any, word, 1, byQuestion, byBody));
            for (Question.Other other : term.others()) {
                other.words().forEach(word -> add(any, word, other.weight(), byQuestion, byBody));
            }
        }
        return any.build();
    }

    private void add(BooleanQuery.Builder any, String word, double weight, boolean byQuestion, boolean byBody) {
        if (byQuestion) {
            add(any, TITLE, word, weight * settings.titleBoost());
            add(any, PHRASINGS, word, weight * settings.phrasingBoost());
        }
        if (byBody) {
            add(any, BODY, word, weight * settings.bodyBoost());
        }
    }

    private static void add(BooleanQuery.Builder any, String field, String word, double weight) {
        if (weight > 0) {
            any.add(new BoostQuery(new TermQuery(new Term(field, word)), (float) weight), Occur.SHOULD);
        }
    }

    private static Query pairQuery(List<String> pairs) {
        BooleanQuery.Builder any = new BooleanQuery.Builder();
        pairs.forEach(pair -> add(any, PAIRS, pair, 1));
        return any.build();
    }

    private List<Found> search(Query query, boolean withInternal) {
        BooleanQuery.Builder allowed = new BooleanQuery.Builder().add(query, Occur.MUST);
        if (!withInternal) {
            allowed.add(new TermQuery(new Term(AUDIENCE, PUBLIC)), Occur.FILTER);
        }
        try {
            List<Found> found = new ArrayList<>();
            for (ScoreDoc doc : searcher.search(allowed.build(), RANKED).scoreDocs) {
                int entry = searcher.storedFields()
                        .document(doc.doc)
                        .getField(NUMBER)
                        .numericValue()
                        .intValue();
                found.add(new Found(entry, doc.score));
            }
            return found;
        } catch (IOException e) {
            throw new UncheckedIOException("The index in memory cannot be read", e);
        }
    }

    private List<Hit> hits(List<Found> found, int limit) {
        return found.stream()
                .limit(limit)
                .map(f -> new Hit(entries.get(f.entry()).article(), f.score()))
                .toList();
    }

    private Confidence.Features features(Question question, List<Found> found, Found top) {
        Entry entry = entries.get(top.entry());
        double own = question.idf() * (settings.titleBoost() + settings.bodyBoost());
        Set<String> asked = new HashSet<>();
        for (Question.Term term : question.terms()) {
            asked.addAll(term.words());
            term.others().forEach(other -> asked.addAll(other.words()));
        }
        double inQuestion = 0;
        double ofQuestion = 0;
        for (Set<String> wording : entry.questions()) {
            double in = question.terms().stream()
                    .mapToDouble(term -> term.idf() * term.in(wording))
                    .sum();
            double of = wording.stream()
                    .filter(asked::contains)
                    .mapToDouble(this::idf)
                    .sum();
            double all = wording.stream().mapToDouble(this::idf).sum();
            if (in > inQuestion) {
                inQuestion = in;
            }
            ofQuestion = Math.max(ofQuestion, all == 0 ? 0 : of / all);
        }
        double inBody = question.terms().stream()
                .mapToDouble(term -> term.idf() * term.in(entry.body()))
                .sum();
        double unknown = question.terms().stream()
                .filter(term -> !term.known())
                .mapToDouble(Question.Term::idf)
                .sum();
        return new Confidence.Features(
                Math.log1p(top.score() / Math.log1p(entries.size())),
                top.score() / own,
                gap(found, 1),
                gap(found, 4),
                inQuestion / question.idf(),
                inBody / question.idf(),
                unknown / question.idf(),
                ofQuestion,
                rank(search(query(question, true, false), false), top),
                rank(search(query(question, false, true), false), top),
                Math.min(question.terms().size(), 8) / 8.0);
    }

    /** How far the top stands above the one this many places below, 0 to 1. */
    private static double gap(List<Found> found, int below) {
        double top = found.get(0).score();
        return found.size() > below ? (top - found.get(below).score()) / top : 1;
    }

    /** 1 for first, a half for second, 0 for not ranked. */
    private static double rank(List<Found> found, Found top) {
        for (int i = 0; i < found.size(); i++) {
            if (found.get(i).entry() == top.entry()) {
                return 1.0 / (i + 1);
            }
        }
        return 0;
    }
}
