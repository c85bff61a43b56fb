package io.tsunagi.bot;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ArticleIndexTest {
    private static final Article BALANCE =
            new Article("balance", "1", "ja", "残高の確認方法", "", "ホーム画面に出ます。", null, false, List.of("お金いくら残ってる"));
    private static final Article LIMIT =
            new Article("limit", "2", "ja-JP", "送金の上限", "", "1日に10万円までです。", null, false, List.of());
    private static final Article INTERNAL =
            new Article("internal", "3", "ja", "残高調整の社内手順", "", "承認が要ります。", null, true, List.of());
    private static final Article ENGLISH = new Article(
            "balance", "1", "en_US", "How to check your balance", "", "Home screen.", null, false, List.of());
    private static final Article THAI =
            new Article("balance", "1", "th", "ตรวจสอบยอดเงิน", "", "หน้าแรก", null, false, List.of());

    private final ArticleIndex index = new ArticleIndex(BotSettings.defaults());

    @AfterEach
    void close() {
        index.close();
    }

    @Test
    void each_language_has_its_own_shelf_whatever_its_region() {
        index.replace(List.of(BALANCE, LIMIT, ENGLISH, THAI));

        assertThat(index.size("ja")).isEqualTo(2);
        assertThat(index.size("en-GB")).isEqualTo(1);
        assertThat(index.size("fr")).isZero();
        assertThat(index.article("balance", "en")).hasValue(ENGLISH);
        assertThat(index.article("balance", "ja_JP")).hasValue(BALANCE);
        assertThat(ids("th", "ยอดเงิน")).containsExactly("balance");
    }

    @Test
    void replacing_forgets_what_was_there_and_the_later_of_two_counts() {
        index.replace(List.of(BALANCE));
        Article renamed = new Article("limit", "2", "ja", "送金の限度額", "", "", null, false, List.of());

        index.replace(List.of(LIMIT, renamed));

        assertThat(index.article("balance", "ja")).isEmpty();
        assertThat(index.article("limit", "ja")).hasValue(renamed);
        assertThat(index.size("ja")).isEqualTo(1);
    }

    @Test
    void a_language_of_which_nothing_changed_is_not_built_again() {
        index.replace(List.of(BALANCE, ENGLISH));
        Shelf japanese = index.shelf("ja").orElseThrow();
        Shelf english = index.shelf("en").orElseThrow();

        index.replace(List.of(ENGLISH, LIMIT, BALANCE));

        assertThat(index.shelf("en")).containsSame(english);
        assertThat(index.shelf("ja").orElseThrow()).isNotSameAs(japanese);
        assertThat(index.size("ja")).isEqualTo(2);
    }

    @Test
    void internal_articles_are_found_only_by_those_who_may_read_them() {
        index.replace(List.of(BALANCE, INTERNAL));

        assertThat(ids("ja", "残高")).containsExactly("balance");
        assertThat(index.search("ja", "残高", 10, true))
                .extracting(hit -> hit.article().id())
                .containsExactlyInAnyOrder("balance", "internal");
    }

    @Test
    void the_last_word_may_be_half_typed() {
        index.replace(List.of(BALANCE, LIMIT, ENGLISH));

        assertThat(ids("en", "bal")).containsExactly("balance");
        assertThat(ids("en", "check bal")).containsExactly("balance");
        assertThat(ids("ja", "残")).containsExactly("balance");
        assertThat(ids("ja", "ざんだ")).containsExactly("balance");
        assertThat(ids("ja", "そうき")).containsExactly("limit");
    }

    @Test
    void customers_own_phrasings_are_found() {
        index.replace(List.of(BALANCE, LIMIT));

        assertThat(ids("ja", "お金が残ってるか知りたい")).startsWith("balance");
    }

    @Test
    void when_no_word_is_found_shared_pairs_of_characters_are() {
        index.replace(List.of(
                new Article("k", "1", "ja", "きゃりあ決済", "", "", null, false, List.of()),
                new Article("x", "2", "en", "Passkeys", "", "", null, false, List.of())));

        assertThat(ids("en", "mypasskeyz")).containsExactly("x");
    }

    @Test
    void results_are_best_first_and_no_more_than_asked_for() {
        index.replace(List.of(
                LIMIT, BALANCE, new Article("both", "4", "ja", "残高の確認と残高の履歴", "", "残高", null, false, List.of())));

        List<Hit> hits = index.search("ja", "残高の確認方法", 2, false);

        assertThat(hits).hasSize(2);
        assertThat(hits.get(0).score()).isGreaterThanOrEqualTo(hits.get(1).score());
    }

    @Test
    void a_blank_query_and_one_of_signs_alone_find_nothing() {
        index.replace(List.of(BALANCE));

        assertThat(index.search("ja", "  　", 5, true)).isEmpty();
        assertThat(index.search("ja", "？！*:\"(~^", 5, true)).isEmpty();
        assertThat(index.search("xx", "残高", 5, true)).isEmpty();
    }

    @Test
    void a_search_never_sees_half_of_a_replacement() throws ExecutionException, InterruptedException {
        index.replace(List.of(BALANCE, ENGLISH));
        AtomicBoolean replaced = new AtomicBoolean();
        ExecutorService searchers = Executors.newFixedThreadPool(2);
        try {
            Future<Integer> searching = searchers.submit(() -> {
                int searches = 0;
                while (!replaced.get() || searches == 0) {
                    assertThat(index.search("ja", "残高", 5, false)).hasSize(1);
                    searches++;
                }
                return searches;
            });
            for (int i = 0; i < 30; i++) {
                index.replace(i % 2 == 0 ? List.of(BALANCE, ENGLISH, LIMIT) : List.of(BALANCE, ENGLISH));
            }
            replaced.set(true);

            assertThat(searching.get()).isPositive();
        } finally {
            replaced.set(true);
            searchers.shutdownNow();
        }
    }

    @Test
    void a_closed_index_finds_nothing() {
        index.replace(List.of(BALANCE));

        index.close();

        assertThat(index.size("ja")).isZero();
        assertThat(index.search("ja", "残高", 5, false)).isEmpty();
    }

    private List<String> ids(String language, String query) {
        return index.search(language, query, 10, false).stream()
                .map(hit -> hit.article().id())
                .toList();
    }
}
