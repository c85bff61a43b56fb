package io.tsunagi.bot;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** How good the bot is on a made-up FAQ; the numbers are floors it must not sink below. */
class BotQualityTest {
    private static ArticleIndex index;
    private static Bot bot;
    private static List<TestFaq.Query> queries;

    @BeforeAll
    static void shelve() throws IOException {
        index = new ArticleIndex(BotSettings.defaults());
        index.replace(TestFaq.articles());
        bot = new Bot(
                index,
                HandOffRules.parse(Files.readString(Path.of("config/handoff-rules.yaml"))),
                BotSettings.defaults());
        queries = TestFaq.queries("queries.tsv");
    }

    @AfterAll
    static void close() {
        index.close();
    }

    @Test
    void the_measure_is_large_enough_to_mean_something() {
        assertThat(TestFaq.articles()).hasSizeGreaterThanOrEqualTo(60);
        assertThat(queries.stream().filter(TestFaq.Query::isForArticle)).hasSizeGreaterThanOrEqualTo(120);
        assertThat(queries.stream().filter(TestFaq.Query::isOffTopic)).hasSizeGreaterThanOrEqualTo(40);
        assertThat(TestFaq.queries("queries-tune.tsv"))
                .extracting(TestFaq.Query::text)
                .doesNotContainAnyElementsOf(
                        queries.stream().map(TestFaq.Query::text).toList());
    }

    @Test
    void of_the_answers_given_outright_at_least_97_of_100_are_right() {
        List<TestFaq.Query> answered = queries.stream()
                .filter(query -> query.isForArticle() && decide(query) instanceof BotDecision.Answer)
                .toList();

        assertThat(share(
                        answered,
                        query -> query.isRight(
                                ((BotDecision.Answer) decide(query)).article().id())))
                .isGreaterThanOrEqualTo(0.97);
    }

    @Test
    void of_the_questions_the_articles_know_at_least_80_of_100_are_answered_outright_and_rightly() {
        assertThat(share(
                        queries.stream().filter(TestFaq.Query::isForArticle).toList(),
                        query -> decide(query) instanceof BotDecision.Answer answer
                                && query.isRight(answer.article().id())))
                .isGreaterThanOrEqualTo(0.80);
    }

    @Test
    void at_least_95_of_100_see_the_right_article_as_the_answer_or_among_the_choices() {
        assertThat(share(
                        queries.stream().filter(TestFaq.Query::isForArticle).toList(),
                        query -> shown(decide(query)).stream().anyMatch(article -> query.isRight(article.id()))))
                .isGreaterThanOrEqualTo(0.95);
    }

    @Test
    void what_has_nothing_to_do_with_the_articles_is_never_answered_outright() {
        assertThat(queries).filteredOn(TestFaq.Query::isOffTopic).allSatisfy(query -> assertThat(decide(query))
                .as(query.text())
                .isNotInstanceOf(BotDecision.Answer.class));
    }

    @Test
    void every_message_that_must_not_wait_is_caught_with_its_reason() {
        assertThat(queries)
                .filteredOn(TestFaq.Query::isHandOff)
                .hasSizeGreaterThanOrEqualTo(50)
                .allSatisfy(query -> assertThat(decide(query))
                        .as(query.text())
                        .isInstanceOfSatisfying(BotDecision.HandOff.class, handOff -> assertThat("!" + handOff.reason())
                                .isEqualTo(query.expected())));
    }

    @Test
    void no_question_the_articles_know_is_taken_for_a_cry_for_a_person() {
        assertThat(queries).filteredOn(query -> !query.isHandOff()).allSatisfy(query -> assertThat(decide(query))
                .as(query.text())
                .matches(
                        decision -> !(decision instanceof BotDecision.HandOff handOff)
                                || handOff.reason().equals("unsure"),
                        "no rule speaks"));
    }

    private static BotDecision decide(TestFaq.Query query) {
        return bot.decide(query.language(), new BotMessage(BotMessage.Kind.TEXT, query.text()), BotMemory.FRESH);
    }

    private static List<Article> shown(BotDecision decision) {
        if (decision instanceof BotDecision.Answer answer) {
            return List.of(answer.article());
        }
        return decision instanceof BotDecision.Choose choose ? choose.articles() : List.of();
    }

    private static double share(List<TestFaq.Query> of, Predicate<TestFaq.Query> which) {
        assertThat(of).isNotEmpty();
        return of.stream().filter(which).count() / (double) of.size();
    }
}
