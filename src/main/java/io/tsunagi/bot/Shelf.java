package io.tsunagi.bot;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
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
import java.util.concurrent.ConcurrentHashMap;
import org.apache.lucene.analysis.Analyzer;
import org.apache.lucene.analysis.miscellaneous.PerFieldAnalyzerWrapper;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.Field;
import org.apache.lucene.document.NumericDocValuesField;
import org.apache.lucene.document.StringField;
import org.apache.lucene.document.TextField;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.MultiDocValues;
import org.apache.lucene.index.NumericDocValues;
import org.apache.lucene.index.Term;
import org.apache.lucene.index.TermStates;
import org.apache.lucene.search.BooleanClause.Occur;
import org.apache.lucene.search.BooleanQuery;
import org.apache.lucene.search.BoostQuery;
import org.apache.lucene.search.DisjunctionMaxQuery;
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

    /** What the likeness of title and question adds to a score; twice when the title says just what was asked. */
    private static final double TITLE_LIFT = 0.6;

    /** How much less an article counts that tells how, when the customer says that it does not work. */
    private static final double DENIED_ONLY_BY_CUSTOMER = 0.65;

    /** How much less an article about trouble counts, when the customer speaks of none. */
    private static final double DENIED_ONLY_BY_TITLE = 0.85;

    /** Particles after which a word begins. */
    private static final String PARTICLES = "のをはがにでとも";

    private static final int SHORTEST_READING = 3;
    private static final int RANKED = 20;
    private static final int WARM_UP = 100;

    private final Words words;
    private final Synonyms synonyms;
    private final BotSettings settings;
    private final List<Entry> entries;
    private final Map<String, Article> byId = new HashMap<>();
    private final IndexSearcher searcher;

    /** Where words stand in the index, which never changes; those that were asked for and that an article holds. */
    private final Map<Term, TermStates> places = new ConcurrentHashMap<>();

    private final Map<String, Integer> holders = new HashMap<>();
    private final Map<String, Double> idfs = new HashMap<>();
    private final Map<String, List<String>> byReading = new HashMap<>();
    private final Spelling spelling;

    /**
     * An article and its words: those of the title and of each phrasing apart, and of its text. A
     * phrasing of a single word is a keyword: it helps to find the article, but does not ask for it.
     */
    private record Entry(Article article, List<Set<String>> questions, Set<String> body) {}

    /** An article that a search found, by its place on the shelf. */
    private record Found(int entry, double score) {}

    /**
     * An article that a question found.
     *
     * @param sense 1 when question and title both say that something does not work, or neither does; less otherwise
     */
    private record Match(int entry, double score, Likeness likeness, double sense) {}

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
        holders.forEach((word, holding) -> idfs.put(word, idf(holding)));
        Set<String> askable = new HashSet<>(synonyms.words());
        entries.forEach(entry -> entry.questions().forEach(askable::addAll));
        if (words.isJapanese()) {
            Set<String> readable = new HashSet<>(askable);
            readable.addAll(words.stopWords());
            for (String word : readable) {
                String reading = Kana.loose(words.reading(word));
                if (reading.length() >= SHORTEST_READING) {
                    byReading.computeIfAbsent(reading, r -> new ArrayList<>()).add(word);
                }
            }
        }
        askable.addAll(holders.keySet());
        spelling = new Spelling(askable);
    }

    /** Asks the shelf some of its own titles, so that the first customer does not wait for the JVM. */
    void warmUp() {
        entries.stream()
                .limit(WARM_UP)
                .forEach(entry -> find(question(entry.article().title()), 1));
    }

    private void put(Article article, IndexWriter writer) throws IOException {
        String title = whole(article.title());
        String body = whole(article.summary() + "\n" + article.body());
        List<Set<String>> questions = new ArrayList<>();
        Set<String> keywords = new HashSet<>();
        questions.add(new HashSet<>(words.terms(title)));
        Document document = new Document();
        document.add(new NumericDocValuesField(NUMBER, entries.size()));
        document.add(new TextField(TITLE, title, Field.Store.NO));
        document.add(new TextField(BODY, body, Field.Store.NO));
        document.add(new TextField(PAIRS, title, Field.Store.NO));
        for (String phrasing : article.phrasings()) {
            String plain = whole(phrasing);
            Set<String> wording = new HashSet<>(words.terms(plain));
            if (wording.size() > 1) {
                questions.add(wording);
            } else {
                keywords.addAll(wording);
            }
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
        all.addAll(keywords);
        text.addAll(keywords);
        all.forEach(word -> holders.merge(word, 1, Integer::sum));
        entries.add(new Entry(article, List.copyOf(questions), text));
        byId.put(article.id(), article);
    }

    private String whole(String text) {
        return words.prepared(MessageText.plain(text, Integer.MAX_VALUE / 4));
    }

    int size() {
        return entries.size();
    }

    /** Says whether the articles are these, by their ids, and none has changed. */
    boolean holds(Map<String, Article> articlesById) {
        return byId.equals(articlesById);
    }

    Optional<Article> article(String id) {
        return Optional.ofNullable(byId.get(id));
    }

    /** Cuts a customer's words into what they mean in terms of this shelf. */
    Question question(String text) {
        String plain = MessageText.question(text, settings.maxCharacters());
        List<String> all = words.terms(words.isJapanese() ? withReadings(plain) : plain);
        Map<List<String>, Question.Term> terms = new LinkedHashMap<>();
        for (int i = 0; i < all.size(); ) {
            Synonyms.Entry group = synonyms.at(all, i);
            List<String> own = group.terms().isEmpty() ? List.of(all.get(i)) : group.terms();
            terms.computeIfAbsent(own, mine -> term(mine, group.others()));
            i += own.size();
        }
        return Question.of(plain, List.copyOf(terms.values()));
    }

    private Question.Term term(List<String> own, List<List<String>> synonymous) {
        boolean written = own.stream().allMatch(holders::containsKey);
        Set<Question.Other> others = new LinkedHashSet<>();
        for (List<String> other : synonymous) {
            if (other.stream().allMatch(holders::containsKey)) {
                double weight = written ? settings.synonymWeight() : Math.max(settings.synonymWeight(), MENDED);
                others.add(new Question.Other(other, weight / other.size(), SYNONYM_LIKENESS));
            }
        }
        if (!written && own.size() == 1) {
            for (String mended : mended(own.get(0))) {
                if (holders.containsKey(mended)) {
                    others.add(new Question.Other(List.of(mended), MENDED, MENDED));
                }
                for (List<String> other : synonyms.at(List.of(mended), 0).others()) {
                    if (other.stream().allMatch(holders::containsKey)) {
                        others.add(
                                new Question.Other(other, MENDED * MENDED / other.size(), MENDED * SYNONYM_LIKENESS));
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
        String plainVerb = Kana.withoutPotential(word);
        if (!plainVerb.isEmpty()) {
            mended.add(plainVerb);
        }
        if (mended.isEmpty()) {
            mended.addAll(spelling.near(word));
        }
        return mended;
    }

    /**
     * Puts words for their readings where a customer wrote hiragana, which the dictionary tends to
     * cut in the wrong places: ざんだか becomes 残高.
     */
    private String withReadings(String plain) {
        Set<Integer> starts = new HashSet<>();
        words.allCuts(plain).forEach(cut -> starts.add(cut.start()));
        StringBuilder read = new StringBuilder(plain.length());
        for (int i = 0; i < plain.length(); ) {
            int end = hiraganaFrom(plain, i);
            Words.Cut longest = starts.contains(i) ? longestReading(plain, i, end) : null;
            if (longest == null) {
                read.append(plain.charAt(i++));
            } else {
                read.append(longest.term());
                i = longest.end();
                starts.add(i);
                if (i < end && PARTICLES.indexOf(plain.charAt(i)) >= 0) {
                    starts.add(i + 1);
                }
            }
        }
        return read.toString();
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
        Double known = idfs.get(word);
        return known == null ? idf(1) : known;
    }

    private double idf(int holding) {
        return Math.log(1 + (entries.size() - holding + 0.5) / (holding + 0.5));
    }

    /** What the bot finds: best first, and how likely the first is right. */
    Finding find(Question question, int limit) {
        if (question.isEmpty() || entries.isEmpty()) {
            return Finding.NOTHING;
        }
        List<Match> found = titlesFirst(question, search(query(question, true, true), false));
        if (found.isEmpty()) {
            return words.isJapanese() ? findByPairs(question, limit) : Finding.NOTHING;
        }
        Confidence.Features features = features(question, found);
        double confidence = Confidence.of(features);
        List<Hit> hits = found.stream()
                .limit(limit)
                .map(match -> new Hit(entries.get(match.entry()).article(), match.score()))
                .toList();
        return new Finding(
                hits, isTied(found) ? Math.min(confidence, Confidence.MOST_WHEN_TIED) : confidence, features);
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

    /**
     * Every term counts in each field once, as its own word or as the best of the others: an article
     * that says a thing in three ways is not three times as right.
     */
    private Query query(Question question, boolean byQuestion, boolean byBody) {
        BooleanQuery.Builder any = new BooleanQuery.Builder();
        for (Question.Term term : question.terms()) {
            if (byQuestion) {
                any.add(best(TITLE, term, settings.titleBoost()), Occur.SHOULD);
                any.add(best(PHRASINGS, term, settings.phrasingBoost()), Occur.SHOULD);
            }
            if (byBody) {
                any.add(best(BODY, term, settings.bodyBoost()), Occur.SHOULD);
            }
        }
        return any.build();
    }

    private Query best(String field, Question.Term term, double boost) {
        List<Query> ways = new ArrayList<>();
        ways.add(all(field, term.words(), boost));
        for (Question.Other other : term.others()) {
            if (other.weight() > 0) {
                ways.add(all(field, other.words(), boost * other.weight()));
            }
        }
        return new DisjunctionMaxQuery(ways, 0);
    }

    private Query all(String field, List<String> words, double weight) {
        BooleanQuery.Builder all = new BooleanQuery.Builder();
        for (String word : words) {
            Term term = new Term(field, word);
            TermStates place = places.get(term);
            if (place == null) {
                place = look(term);
            }
            // A word that no article holds there finds nothing.
            if (place.docFreq() > 0) {
                places.put(term, place);
                all.add(new TermQuery(term, place), Occur.SHOULD);
            }
        }
        return new BoostQuery(all.build(), (float) weight);
    }

    private TermStates look(Term term) {
        try {
            return TermStates.build(searcher, term, true);
        } catch (IOException e) {
            throw new UncheckedIOException("The index in memory cannot be read", e);
        }
    }

    private static Query pairQuery(List<String> pairs) {
        BooleanQuery.Builder any = new BooleanQuery.Builder();
        pairs.forEach(pair -> any.add(new TermQuery(new Term(PAIRS, pair)), Occur.SHOULD));
        return any.build();
    }

    private List<Found> search(Query query, boolean withInternal) {
        BooleanQuery.Builder allowed = new BooleanQuery.Builder().add(query, Occur.MUST);
        if (!withInternal) {
            allowed.add(new TermQuery(new Term(AUDIENCE, PUBLIC)), Occur.FILTER);
        }
        try {
            List<Found> found = new ArrayList<>();
            NumericDocValues numbers = MultiDocValues.getNumericValues(searcher.getIndexReader(), NUMBER);
            ScoreDoc[] best = searcher.search(allowed.build(), RANKED).scoreDocs;
            Map<Integer, Integer> entryOf = new HashMap<>();
            for (int doc : Arrays.stream(best).mapToInt(hit -> hit.doc).sorted().toArray()) {
                numbers.advanceExact(doc);
                entryOf.put(doc, (int) numbers.longValue());
            }
            for (ScoreDoc hit : best) {
                found.add(new Found(entryOf.get(hit.doc), hit.score));
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

    private Confidence.Features features(Question question, List<Match> found) {
        Match top = found.get(0);
        Entry entry = entries.get(top.entry());
        double own = question.idf() * (settings.titleBoost() + settings.bodyBoost());
        double inBody = 0;
        double unknown = 0;
        double met = 0;
        for (Question.Term term : question.terms()) {
            double said = term.in(entry.body());
            inBody += term.idf() * said;
            unknown += term.known() ? 0 : term.idf();
            met += term.idf() * Math.max(said, bestIn(entry.questions(), term));
        }
        met /= question.idf();
        return new Confidence.Features(
                Math.log1p(top.score() / Math.log1p(entries.size())),
                top.score() / own,
                gap(found, 1) * met,
                gap(found, 4) * met,
                top.likeness().ofAsked(),
                inBody / question.idf(),
                unknown / question.idf(),
                top.likeness().ofTitle(),
                rank(search(query(question, true, false), false), top),
                rank(search(query(question, false, true), false), top),
                Math.min(question.terms().size(), 8) / 8.0,
                clear(found),
                top.likeness().both() * top.likeness().both());
    }

    /**
     * Lifts articles whose title, or one of whose phrasings, says just what was asked: BM25 alone may
     * prefer an article that says the same words more often in its text.
     */
    private List<Match> titlesFirst(Question question, List<Found> found) {
        boolean denied =
                question.terms().stream().anyMatch(term -> term.words().stream().anyMatch(Words.NEGATION::contains));
        List<Match> matches = new ArrayList<>(found.size());
        for (Found each : found) {
            Entry entry = entries.get(each.entry());
            Likeness likeness = likeness(question, entry);
            double sense = sameSense(denied, entry);
            double lift = 1 + TITLE_LIFT * (likeness.both() + (likeness.isWhole() ? 1 : 0));
            matches.add(new Match(each.entry(), each.score() * lift * sense, likeness, sense));
        }
        matches.sort(Comparator.comparingDouble(Match::score).reversed());
        return matches;
    }

    private static double sameSense(boolean denied, Entry entry) {
        boolean said = entry.questions().stream()
                .anyMatch(wording -> Words.NEGATION.stream().anyMatch(wording::contains));
        return denied == said ? 1 : denied ? DENIED_ONLY_BY_CUSTOMER : DENIED_ONLY_BY_TITLE;
    }

    /**
     * How alike a question and a title or phrasing are.
     *
     * @param ofAsked share of the question that stands in the title
     * @param ofTitle share of the title that stands in the question
     */
    private record Likeness(double ofAsked, double ofTitle) {
        /** Whether the title says what was asked, be it in synonyms, and nothing more. */
        boolean isWhole() {
            return ofTitle > 0.999 && ofAsked >= SYNONYM_LIKENESS;
        }

        double both() {
            return ofAsked + ofTitle == 0 ? 0 : 2 * ofAsked * ofTitle / (ofAsked + ofTitle);
        }
    }

    /** How alike a question and the most alike of an article's title and phrasings are. */
    private Likeness likeness(Question question, Entry entry) {
        Likeness best = new Likeness(0, 0);
        for (Set<String> wording : entry.questions()) {
            double in = 0;
            for (Question.Term term : question.terms()) {
                in += term.idf() * term.in(wording);
            }
            double of = 0;
            double all = 0;
            for (String word : wording) {
                double idf = idf(word);
                all += idf;
                of += question.words().contains(word) ? idf : 0;
            }
            Likeness likeness = new Likeness(in / question.idf(), all == 0 ? 0 : of / all);
            if (likeness.both() > best.both()) {
                best = likeness;
            }
        }
        return best;
    }

    /** How much more the first one's title says what was asked than any other title found does, 0 to 1. */
    private static double clear(List<Match> found) {
        double own = found.get(0).likeness().both();
        double rival = found.stream()
                .skip(1)
                .mapToDouble(match -> match.likeness().both() * match.sense())
                .max()
                .orElse(0);
        return own <= rival ? 0 : (own - rival) / own;
    }

    /** Whether a second article, too, says just what was asked: then only the customer can tell which. */
    private static boolean isTied(List<Match> found) {
        Likeness own = found.get(0).likeness();
        return own.isWhole()
                && found.stream()
                        .skip(1)
                        .filter(match -> match.sense() == 1)
                        .map(Match::likeness)
                        .anyMatch(other -> other.isWhole() && other.both() > own.both() - 0.01);
    }

    private static double bestIn(List<Set<String>> wordings, Question.Term term) {
        double best = 0;
        for (Set<String> wording : wordings) {
            best = Math.max(best, term.in(wording));
        }
        return best;
    }

    /** How far the top stands above the one this many places below, 0 to 1. */
    private static double gap(List<Match> found, int below) {
        double top = found.get(0).score();
        return found.size() > below ? (top - found.get(below).score()) / top : 1;
    }

    /** 1 for first, a half for second, 0 for not ranked. */
    private static double rank(List<Found> found, Match top) {
        for (int i = 0; i < found.size(); i++) {
            if (found.get(i).entry() == top.entry()) {
                return 1.0 / (i + 1);
            }
        }
        return 0;
    }
}
