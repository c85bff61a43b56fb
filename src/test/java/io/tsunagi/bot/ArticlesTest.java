package io.tsunagi.bot;

import static org.assertj.core.api.Assertions.assertThat;

import io.tsunagi.access.OperatorId;
import io.tsunagi.inquiry.InquiryId;
import io.tsunagi.store.Dialect;
import io.tsunagi.store.Store;
import io.tsunagi.store.TestStores;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

@ParameterizedClass
@EnumSource(Dialect.class)
class ArticlesTest {
    private static final Instant MONDAY = Instant.parse("2026-04-06T00:00:00Z");
    private static final Instant TUESDAY = Instant.parse("2026-04-07T00:00:00Z");

    @Parameter
    Dialect dialect;

    private Store store;
    private ArticleIndex index;
    private Articles articles;

    @BeforeEach
    void open() {
        store = TestStores.open(dialect);
        index = new ArticleIndex(BotSettings.defaults());
        articles = new Articles(store, index, Clock.systemUTC());
    }

    @AfterEach
    void close() {
        store.close();
    }

    @Test
    void what_is_put_in_is_found_with_every_word_it_has() {
        Article article = new Article(
                "kA1",
                "000001",
                "ja",
                "残高の確認方法",
                "ホーム画面です",
                "ホーム画面の上に\n出ます",
                "https://help.example.com/balance",
                true,
                List.of("いくら残ってる", "ざんだか"));

        articles.replace("ja", List.of(new Articles.Version(article, MONDAY)), Set.of("kA1"));

        assertThat(index.article("kA1", "ja")).contains(article);
        assertThat(articles.search("ja", "残高", 5))
                .containsExactly(new Articles.Found(
                        "kA1",
                        "000001",
                        "残高の確認方法",
                        "ホーム画面です",
                        "ホーム画面の上に\n出ます",
                        "ja",
                        true,
                        "https://help.example.com/balance",
                        0,
                        0));
    }

    @Test
    void only_what_is_new_or_changed_is_asked_for() {
        articles.replace("ja", List.of(version("kA1", MONDAY), version("kA2", MONDAY)), Set.of("kA1", "kA2"));

        assertThat(articles.changedSince("ja", Map.of("kA1", MONDAY, "kA2", MONDAY)))
                .isNull();
        assertThat(articles.changedSince("ja", Map.of("kA1", MONDAY, "kA2", TUESDAY)))
                .isEqualTo(TUESDAY);
        assertThat(articles.changedSince("ja", Map.of("kA1", MONDAY, "kA3", MONDAY)))
                .isEqualTo(MONDAY);
        assertThat(articles.changedSince("en", Map.of("kA1", MONDAY))).isEqualTo(MONDAY);
    }

    @Test
    void what_the_source_no_longer_has_is_gone_unless_it_has_nothing_at_all() {
        articles.replace("ja", List.of(version("kA1", MONDAY), version("kA2", MONDAY)), Set.of("kA1", "kA2"));

        articles.replace("ja", List.of(), Set.of("kA2"));
        assertThat(index.article("kA1", "ja")).isEmpty();
        assertThat(index.size("ja")).isOne();

        articles.replace("ja", List.of(), Set.of());
        assertThat(index.size("ja")).isOne();
    }

    @Test
    void a_use_is_counted_once_an_inquiry_and_a_new_version_keeps_the_count() {
        articles.replace("ja", List.of(version("kA1", MONDAY)), Set.of("kA1"));
        InquiryId inquiry = new InquiryId(UUID.randomUUID());
        OperatorId aoi = new OperatorId(UUID.randomUUID());

        assertThat(articles.used("kA1", inquiry, aoi)).isTrue();
        assertThat(articles.used("kA1", inquiry, aoi)).isFalse();
        articles.replace("ja", List.of(version("kA1", TUESDAY)), Set.of("kA1"));

        assertThat(articles.search("ja", "題名", 1).get(0).uses()).isOne();
    }

    @Test
    void what_the_bot_uses_is_counted_apart_once_an_inquiry_and_told_when_a_person_is_needed() {
        articles.replace("ja", List.of(version("kA1", MONDAY)), Set.of("kA1"));
        List<InquiryId> told = new java.util.ArrayList<>();
        articles.onUse((inquiry, use) -> told.add(inquiry));
        InquiryId inquiry = new InquiryId(UUID.randomUUID());

        for (int i = 0; i < 2; i++) {
            store.inTransaction(() -> articles.usedByBot("kA1", inquiry, false));
        }
        assertThat(told).isEmpty();
        store.inTransaction(() -> articles.handedOff(inquiry));
        assertThat(told).containsExactly(inquiry);
        articles.used("kA1", inquiry, new OperatorId(UUID.randomUUID()));

        Articles.Found found = articles.search("ja", "題名", 1).get(0);
        assertThat(found.botUses()).isOne();
        assertThat(found.uses()).isOne();
        assertThat(told).containsExactly(inquiry, inquiry);
        store.inTransaction(() -> articles.usedByBot("kA2", inquiry, true));
        assertThat(told).hasSize(3);
    }

    @Test
    void a_second_node_follows_by_reloading() {
        ArticleIndex theirs = new ArticleIndex(BotSettings.defaults());
        Articles other = new Articles(store, theirs, Clock.systemUTC());
        articles.replace("ja", List.of(version("kA1", MONDAY)), Set.of("kA1"));
        assertThat(theirs.size("ja")).isZero();

        other.reload();

        assertThat(theirs.size("ja")).isOne();
    }

    private static Articles.Version version(String id, Instant modifiedAt) {
        return new Articles.Version(
                new Article(id, "1", "ja", "題名 " + id, "", "本文", null, false, List.of()), modifiedAt);
    }
}
