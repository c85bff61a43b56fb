package io.tsunagi.bot;

import java.util.List;
import java.util.Objects;

/**
 * One knowledge article in one language, as the bot and the operators' knowledge search see it.
 *
 * @param id what every translation of the article shares with none but its own kind; with {@code
 *     language} it names the article
 * @param number the number people read, such as {@code 000001234}
 * @param language a BCP 47 tag such as {@code ja} or {@code en}
 * @param body plain text, no mark-up
 * @param url where the customer can read the source, or null
 * @param internal true when operators may read it and customers may not; the bot never gives it
 * @param phrasings approved ways in which customers ask for this article, and its keywords
 */
public record Article(
        String id,
        String number,
        String language,
        String title,
        String summary,
        String body,
        String url,
        boolean internal,
        List<String> phrasings) {
    public Article {
        if (Objects.requireNonNull(id, "id").isBlank()) {
            throw new IllegalArgumentException("An article needs an id");
        }
        if (Objects.requireNonNull(language, "language").isBlank()) {
            throw new IllegalArgumentException("Article " + id + " needs a language");
        }
        if (title == null || title.isBlank()) {
            throw new IllegalArgumentException("Article " + id + " needs a title");
        }
        number = number == null ? "" : number;
        summary = summary == null ? "" : summary;
        body = body == null ? "" : body;
        phrasings = phrasings == null ? List.of() : List.copyOf(phrasings);
    }
}
