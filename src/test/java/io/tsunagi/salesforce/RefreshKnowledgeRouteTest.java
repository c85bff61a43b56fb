package io.tsunagi.salesforce;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.tsunagi.access.OperatorId;
import io.tsunagi.bot.Articles;
import io.tsunagi.bot.Hit;
import io.tsunagi.inquiry.InquiryId;
import io.tsunagi.sandbox.salesforce.SalesforceSimulator;
import io.tsunagi.store.Dialect;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** S09 */
class RefreshKnowledgeRouteTest {
    private static SalesforceSimulator salesforce;

    private SalesforceBench bench;

    @BeforeAll
    static void startSimulator() {
        salesforce = new SalesforceSimulator().start();
    }

    @AfterAll
    static void stopSimulator() {
        salesforce.close();
    }

    @BeforeEach
    void reset() {
        salesforce.reset();
        bench = SalesforceBench.byHand(Dialect.H2, salesforce);
    }

    @AfterEach
    void close() {
        bench.close();
    }

    @Test
    void published_articles_of_each_language_can_be_found_in_plain_text() {
        load();

        assertThat(bench.index.size("ja")).isEqualTo(online("ja").size()).isGreaterThan(100);
        assertThat(bench.index.size("en")).isEqualTo(online("en_US").size()).isGreaterThan(100);
        Hit first = bench.index.search("ja", "残高の確認方法", 3, false).get(0);
        assertThat(first.article().title()).contains("残高");
        assertThat(first.article().body()).isNotBlank().doesNotContain("<p>", "<li>", "&amp;");
        assertThat(bench.index.search("en", "balance", 3, false)).isNotEmpty();
        long internal = online("ja").stream()
                .filter(row -> !row.path("IsVisibleInPkb").asBoolean())
                .count();
        assertThat(internal).isPositive();
        assertThat(bench.store
                        .jdbc()
                        .sql("select count(*) from articles where language = 'ja' and internal")
                        .query(Long.class)
                        .single())
                .isEqualTo(internal);
    }

    @Test
    void nothing_is_fetched_again_that_did_not_change() {
        load();
        int queries = bench.calls("query").size();

        load();

        assertThat(bench.calls("query").subList(queries, bench.calls("query").size()))
                .as("one look at the versions of each language")
                .hasSize(2);
    }

    @Test
    void of_chosen_data_categories_only_their_articles_are_taken_and_found() {
        load();
        int all = bench.index.size("ja");
        bench.close();
        bench = new SalesforceBench(
                        Dialect.H2,
                        salesforce,
                        Map.of(
                                "hub.salesforce.knowledge-categories",
                                "Topics__c BELOW All__c AND Topics__c AT charge__c"))
                .start(java.nio.file.Path.of("routes"), false);
        load();

        Set<String> charge = online("ja").stream()
                .filter(row -> row.path("Category__c").asText().equals("charge"))
                .map(row -> row.path("KnowledgeArticleId").asText())
                .collect(Collectors.toSet());
        assertThat(bench.index.size("ja")).isEqualTo(charge.size()).isPositive().isLessThan(all);
        List<?> found =
                (List<?>) bench.call("search-knowledge", null, Map.of("q", "ログイン", "language", "ja", "limit", 10));
        assertThat(found).as("the search in Salesforce keeps to them too").allSatisfy(each -> assertThat(charge)
                .contains(((Articles.Found) each).id()));
        assertThat(bench.calls("search")).isNotEmpty();
    }

    @Test
    void an_archived_article_vanishes_and_a_changed_one_is_new() {
        load();
        JsonNode archived = online("ja").get(0);
        JsonNode changed = online("ja").get(1);
        int before = bench.index.size("ja");
        salesforce.changeAsPerson("Knowledge__kav", archived.path("Id").asText(), Map.of("PublishStatus", "Archived"));
        salesforce.changeAsPerson("Knowledge__kav", changed.path("Id").asText(), Map.of("Title", "あたらしい題名"));

        load();

        assertThat(bench.index.size("ja")).isEqualTo(before - 1);
        assertThat(bench.index.article(archived.path("KnowledgeArticleId").asText(), "ja"))
                .isEmpty();
        assertThat(bench.index
                        .article(changed.path("KnowledgeArticleId").asText(), "ja")
                        .orElseThrow()
                        .title())
                .isEqualTo("あたらしい題名");
        assertThat(bench.index.article(archived.path("KnowledgeArticleId").asText(), "en"))
                .as("its English version stays")
                .isPresent();
    }

    @Test
    void a_long_list_is_read_page_after_page() {
        for (int i = 0; i < 2100; i++) {
            salesforce.createAsPerson(
                    "Knowledge__kav",
                    Map.of("Title", "記事" + i, "UrlName", "page-" + i, "Language", "ja", "PublishStatus", "Online"));
        }

        load();

        assertThat(bench.index.size("ja")).isEqualTo(online("ja").size()).isGreaterThan(2200);
    }

    @Test
    void articles_stay_while_salesforce_is_away_or_shows_none() {
        load();
        int before = bench.index.size("ja");
        salesforce.addFault(Map.of("kind", "query", "status", 503, "times", -1));
        load();
        assertThat(bench.setup.health().standing().state()).isEqualTo(SalesforceHealth.State.AWAY);
        salesforce.clearFaults();
        for (JsonNode article : online("ja")) {
            salesforce.changeAsPerson(
                    "Knowledge__kav", article.path("Id").asText(), Map.of("PublishStatus", "Archived"));
        }
        bench.clock.pass(Duration.ofMinutes(1));

        load();

        assertThat(bench.index.size("ja")).isEqualTo(before);
    }

    @Test
    void another_node_follows_what_one_node_loaded() {
        load();
        io.tsunagi.bot.ArticleIndex other = new io.tsunagi.bot.ArticleIndex(io.tsunagi.bot.BotSettings.defaults());

        new Articles(bench.store, other, bench.clock).reload();

        assertThat(other.size("ja")).isEqualTo(bench.index.size("ja"));
    }

    @Test
    void an_operator_finds_articles_here_first_and_the_rest_in_salesforce() {
        load();
        salesforce.createAsPerson(
                "Knowledge__kav",
                Map.of(
                        "Title", "ザンジバル旅行の特典",
                        "UrlName", "campaign",
                        "Language", "ja",
                        "PublishStatus", "Online"));

        List<Articles.Found> found = search("ザンジバル", 10);

        assertThat(found).extracting(Articles.Found::title).contains("ザンジバル旅行の特典");
        assertThat(bench.calls("search")).hasSize(1);
        assertThat(search("残高", 1)).hasSize(1);
        assertThat(bench.calls("search")).as("a full list needs no call").hasSize(1);
    }

    @Test
    void what_is_typed_into_the_search_stays_words() {
        load();

        assertThat(search("残高} IN ALL FIELDS RETURNING Contact(Id) \\ \" ' * ?", 50))
                .isNotNull();

        assertThat(bench.calls("search")).hasSize(1);
        assertThat(bench.calls("search").get(0).path("status").asInt()).isEqualTo(200);
    }

    @Test
    void the_search_answers_from_here_while_salesforce_is_away() {
        load();
        salesforce.addFault(Map.of("kind", "search", "status", 503, "times", -1));

        assertThat(search("残高", 50)).isNotEmpty();
        assertThat(search("残高", 50)).isNotEmpty();

        assertThat(bench.calls("search"))
                .as("asked once, then known to be away")
                .hasSize(1);
    }

    @Test
    void a_use_is_counted_once_an_inquiry() {
        load();
        String article =
                bench.index.search("ja", "残高の確認方法", 1, false).get(0).article().id();
        InquiryId inquiry = new InquiryId(UUID.randomUUID());
        OperatorId aoi = new OperatorId(UUID.randomUUID());

        assertThat(bench.articles.used(article, inquiry, aoi)).isTrue();
        assertThat(bench.articles.used(article, inquiry, aoi)).isFalse();
        assertThat(bench.articles.used(article, new InquiryId(UUID.randomUUID()), aoi))
                .isTrue();

        assertThat(bench.articles.search("ja", "残高の確認方法", 1).get(0).uses()).isEqualTo(2);
        salesforce.changeAsPerson("Knowledge__kav", version(article), Map.of("Title", "残高の確認方法（改）"));
        load();
        assertThat(bench.articles.search("ja", "残高の確認方法", 1).get(0).uses())
                .as("a new version keeps the count")
                .isEqualTo(2);
    }

    @Test
    void articles_are_there_soon_after_the_start() {
        try (SalesforceBench started = SalesforceBench.running(Dialect.H2, salesforce)) {
            await().atMost(Duration.ofSeconds(60)).until(() -> started.index.size("en") > 100);
        }
    }

    private void load() {
        bench.call("load-knowledge", null, Map.of());
    }

    @SuppressWarnings("unchecked")
    private List<Articles.Found> search(String words, int limit) {
        return (List<Articles.Found>)
                bench.call("search-knowledge", null, Map.of("q", words, "language", "ja", "limit", limit));
    }

    private static String version(String article) {
        return online("ja").stream()
                .filter(row -> row.path("KnowledgeArticleId").asText().equals(article))
                .findFirst()
                .orElseThrow()
                .path("Id")
                .asText();
    }

    private static List<JsonNode> online(String code) {
        return salesforce.records("Knowledge__kav").stream()
                .filter(row -> row.path("PublishStatus").asText().equals("Online"))
                .filter(row -> row.path("Language").asText().equals(code))
                .toList();
    }
}
