package io.tsunagi.bot;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** The articles and messages of a made-up online shop, from {@code src/test/resources/bot}. */
final class TestFaq {
    private TestFaq() {}

    /**
     * A message and what should become of it.
     *
     * @param expected article ids with {@code |} between, {@code off-topic}, or {@code !} and a
     *     hand-off reason
     */
    record Query(String language, String expected, String text) {
        boolean isOffTopic() {
            return expected.equals("off-topic");
        }

        boolean isHandOff() {
            return expected.startsWith("!");
        }

        boolean isForArticle() {
            return !isOffTopic() && !isHandOff();
        }

        boolean isRight(String articleId) {
            return List.of(expected.split("\\|")).contains(articleId);
        }
    }

    static List<Article> articles() {
        return rows("articles.tsv").stream()
                .map(row -> new Article(
                        row[1],
                        row[1],
                        row[0],
                        row[2],
                        "",
                        row[3],
                        null,
                        false,
                        row.length < 5 || row[4].isEmpty() ? List.of() : List.of(row[4].split("\\|"))))
                .toList();
    }

    static List<Query> queries(String file) {
        return rows(file).stream().map(row -> new Query(row[0], row[1], row[2])).toList();
    }

    private static List<String[]> rows(String file) {
        try (InputStream in = TestFaq.class.getResourceAsStream("/bot/" + file)) {
            return new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))
                    .lines()
                    .filter(line -> !line.isBlank() && !line.startsWith("#"))
                    .map(line -> line.split("\t", -1))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
