package io.tsunagi.bot;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.apache.lucene.analysis.Analyzer;
import org.apache.lucene.analysis.CharArraySet;
import org.apache.lucene.analysis.LowerCaseFilter;
import org.apache.lucene.analysis.StopFilter;
import org.apache.lucene.analysis.TokenStream;
import org.apache.lucene.analysis.Tokenizer;
import org.apache.lucene.analysis.cjk.CJKAnalyzer;
import org.apache.lucene.analysis.en.EnglishAnalyzer;
import org.apache.lucene.analysis.ja.JapaneseAnalyzer;
import org.apache.lucene.analysis.ja.JapaneseBaseFormFilter;
import org.apache.lucene.analysis.ja.JapaneseKatakanaStemFilter;
import org.apache.lucene.analysis.ja.JapanesePartOfSpeechStopFilter;
import org.apache.lucene.analysis.ja.JapaneseTokenizer;
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
    private final Analyzer analyzer;
    private final Analyzer readings;
    private final Analyzer pairs = new PairAnalyzer();
    private final boolean japanese;

    private Words(Analyzer analyzer, Analyzer readings) {
        this.analyzer = analyzer;
        this.readings = readings;
        this.japanese = readings != null;
    }

    /** One word of a text and where it stood. */
    record Cut(String term, int start, int end) {}

    static Words of(String language) {
        return switch (language) {
            case "ja" -> {
                CharArraySet stop = new CharArraySet(JapaneseAnalyzer.getDefaultStopSet(), false);
                stop.addAll(lines("stopwords-ja.txt"));
                yield new Words(new JapaneseWords(stop), new JapaneseReadings());
            }
            case "en" -> {
                CharArraySet stop = new CharArraySet(EnglishAnalyzer.ENGLISH_STOP_WORDS_SET, false);
                stop.addAll(lines("stopwords-en.txt"));
                yield new Words(new EnglishAnalyzer(stop), null);
            }
            default -> new Words(new CJKAnalyzer(CharArraySet.EMPTY_SET), null);
        };
    }

    /** The lines of a word list beside this class's resources, without comments and blank lines. */
    static List<String> lines(String name) {
        String path = "/bot/" + name;
        try (InputStream in = Words.class.getResourceAsStream(path)) {
            if (in == null) {
                throw new IllegalStateException("The word list " + path + " is not on the class path");
            }
            return new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))
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
        return cut(analyzer, plain);
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
            stream = new JapanesePartOfSpeechStopFilter(stream, JapaneseAnalyzer.getDefaultStopTags());
            stream = new StopFilter(stream, stop);
            stream = new JapaneseKatakanaStemFilter(stream);
            stream = new LowerCaseFilter(stream);
            return new TokenStreamComponents(tokenizer, stream);
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
