package io.tsunagi.bot;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.apache.lucene.analysis.Analyzer;
import org.apache.lucene.analysis.CharArraySet;
import org.apache.lucene.analysis.FilteringTokenFilter;
import org.apache.lucene.analysis.LowerCaseFilter;
import org.apache.lucene.analysis.StopFilter;
import org.apache.lucene.analysis.TokenStream;
import org.apache.lucene.analysis.Tokenizer;
import org.apache.lucene.analysis.cjk.CJKAnalyzer;
import org.apache.lucene.analysis.en.EnglishAnalyzer;
import org.apache.lucene.analysis.ja.JapaneseAnalyzer;
import org.apache.lucene.analysis.ja.JapaneseBaseFormFilter;
import org.apache.lucene.analysis.ja.JapaneseKatakanaStemFilter;
import org.apache.lucene.analysis.ja.JapaneseTokenizer;
import org.apache.lucene.analysis.ja.tokenattributes.PartOfSpeechAttribute;
import org.apache.lucene.analysis.ja.tokenattributes.ReadingAttribute;
import org.apache.lucene.analysis.ngram.NGramTokenizer;
import org.apache.lucene.analysis.tokenattributes.CharTermAttribute;
import org.apache.lucene.analysis.tokenattributes.OffsetAttribute;

/**
 * Cuts text of one language into the words that are indexed and searched.
 *
 * <p>The analyzers are put together in Java: Lucene's lookup by name goes through {@code
 * ServiceLoader}, which sees nothing inside an OSGi bundle. Safe for many threads.
 */
final class Words implements AutoCloseable {
    /** The one word that stands for every negation in Japanese. */
    static final String NOT_JA = "…ない";

    /** The words that say something is not so, in any language that has such a word here. */
    static final Set<String> NEGATION = Set.of(NOT_JA, "cannot");

    private static final Set<String> DENYING = Set.of("ない", "ん", "ぬ", "ず");

    private final Analyzer analyzer;
    private final Analyzer readings;
    private final Analyzer pairs = new PairAnalyzer();
    private final boolean japanese;
    private final boolean english;
    private final List<String> stopWords;

    private Words(Analyzer analyzer, Analyzer readings, boolean english, List<String> stopWords) {
        this.stopWords = stopWords;
        this.analyzer = analyzer;
        this.readings = readings;
        this.english = english;
        this.japanese = readings != null;
    }

    /** One word of a text and where it stood. */
    record Cut(String term, int start, int end) {}

    static Words of(String language) {
        return switch (language) {
            case "ja" -> {
                CharArraySet stop = new CharArraySet(JapaneseAnalyzer.getDefaultStopSet(), false);
                List<String> own = lines("stopwords-ja.txt");
                stop.addAll(own);
                yield new Words(new JapaneseWords(stop), new JapaneseReadings(), false, own);
            }
            case "en" -> {
                CharArraySet stop = new CharArraySet(EnglishAnalyzer.ENGLISH_STOP_WORDS_SET, false);
                stop.addAll(lines("stopwords-en.txt"));
                yield new Words(new EnglishAnalyzer(stop), null, true, List.of());
            }
            default -> new Words(new CJKAnalyzer(CharArraySet.EMPTY_SET), null, false, List.of());
        };
    }

    /** The lines of a word list beside this class's resources, without comments and blank lines. */
    static List<String> lines(String name) {
        String path = "/bot/" + name;
        try (InputStream in = Words.class.getResourceAsStream(path)) {
            if (in == null) {
                throw new IllegalStateException("The word list " + path + " is not on the class path");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .map(String::strip)
                    .filter(line -> !line.isEmpty() && !line.startsWith("#"))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException("The word list " + path + " cannot be read", e);
        }
    }

    boolean isJapanese() {
        return japanese;
    }

    /** The words left out on purpose, so that their readings are known as well. */
    List<String> stopWords() {
        return stopWords;
    }

    Analyzer analyzer() {
        return analyzer;
    }

    /** Cuts into overlapping pairs of characters, for when no word is found. */
    Analyzer pairs() {
        return pairs;
    }

    /** The indexed words of a text that {@link MessageText#plain} has been over, in order. */
    List<String> terms(String plain) {
        return cut(plain).stream().map(Cut::term).toList();
    }

    List<Cut> cut(String plain) {
        return cut(analyzer, prepared(plain));
    }

    /** The text in the form in which it goes to {@link #analyzer}. */
    String prepared(String plain) {
        return english ? MessageText.withPlainNegation(plain) : plain;
    }

    /** Every word, also those that are not indexed, as they stand in the text. */
    List<Cut> allCuts(String plain) {
        return cut(readings == null ? analyzer : readings, plain);
    }

    List<Cut> pairsOf(String plain) {
        return cut(pairs, plain);
    }

    private static List<Cut> cut(Analyzer analyzer, String text) {
        List<Cut> cuts = new ArrayList<>();
        try (TokenStream stream = analyzer.tokenStream("", text)) {
            CharTermAttribute term = stream.addAttribute(CharTermAttribute.class);
            OffsetAttribute offset = stream.addAttribute(OffsetAttribute.class);
            stream.reset();
            while (stream.incrementToken()) {
                cuts.add(new Cut(term.toString(), offset.startOffset(), offset.endOffset()));
            }
            stream.end();
        } catch (IOException e) {
            throw new UncheckedIOException("A text in memory cannot be read", e);
        }
        return cuts;
    }

    /** How a Japanese word is read, in katakana; empty when the dictionary does not know. */
    String reading(String word) {
        if (!japanese) {
            return "";
        }
        if (Kana.isKana(word)) {
            return Kana.katakana(word);
        }
        StringBuilder reading = new StringBuilder();
        try (TokenStream stream = readings.tokenStream("", word)) {
            ReadingAttribute part = stream.addAttribute(ReadingAttribute.class);
            CharTermAttribute term = stream.addAttribute(CharTermAttribute.class);
            stream.reset();
            boolean known = true;
            while (stream.incrementToken()) {
                if (part.getReading() != null) {
                    reading.append(part.getReading());
                } else if (Kana.isKana(term.toString())) {
                    reading.append(Kana.katakana(term.toString()));
                } else {
                    known = false;
                }
            }
            stream.end();
            return known ? reading.toString() : "";
        } catch (IOException e) {
            throw new UncheckedIOException("A text in memory cannot be read", e);
        }
    }

    @Override
    public void close() {
        analyzer.close();
        pairs.close();
        if (readings != null) {
            readings.close();
        }
    }

    private static final class JapaneseWords extends Analyzer {
        private final CharArraySet stop;

        JapaneseWords(CharArraySet stop) {
            this.stop = stop;
        }

        @Override
        protected TokenStreamComponents createComponents(String field) {
            Tokenizer tokenizer = new JapaneseTokenizer(null, true, true, JapaneseTokenizer.Mode.SEARCH);
            TokenStream stream = new JapaneseBaseFormFilter(tokenizer);
            stream = new Meaningful(stream, JapaneseAnalyzer.getDefaultStopTags());
            stream = new StopFilter(stream, stop);
            stream = new JapaneseKatakanaStemFilter(stream);
            stream = new LowerCaseFilter(stream);
            return new TokenStreamComponents(tokenizer, stream);
        }
    }

    /**
     * Leaves out the parts of speech that carry no meaning, as Lucene's own filter does, but keeps a
     * negation, as {@link #NOT_JA}: 使えない asks for another article than 使える.
     */
    private static final class Meaningful extends FilteringTokenFilter {
        private final Set<String> meaningless;
        private final CharTermAttribute term = addAttribute(CharTermAttribute.class);
        private final PartOfSpeechAttribute speech = addAttribute(PartOfSpeechAttribute.class);

        Meaningful(TokenStream in, Set<String> meaningless) {
            super(in);
            this.meaningless = meaningless;
        }

        @Override
        protected boolean accept() {
            String part = speech.getPartOfSpeech();
            if (part == null || !meaningless.contains(part)) {
                return true;
            }
            if (part.startsWith("助動詞") && DENYING.contains(term.toString())) {
                term.setEmpty().append(NOT_JA);
                return true;
            }
            return false;
        }
    }

    private static final class JapaneseReadings extends Analyzer {
        @Override
        protected TokenStreamComponents createComponents(String field) {
            return new TokenStreamComponents(new JapaneseTokenizer(null, true, true, JapaneseTokenizer.Mode.NORMAL));
        }
    }

    private static final class PairAnalyzer extends Analyzer {
        @Override
        protected TokenStreamComponents createComponents(String field) {
            return new TokenStreamComponents(new NGramTokenizer(2, 2) {
                @Override
                protected boolean isTokenChar(int c) {
                    return Character.isLetterOrDigit(c) || c == 'ー';
                }
            });
        }
    }
}
