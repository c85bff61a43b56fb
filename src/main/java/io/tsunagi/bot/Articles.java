package io.tsunagi.bot;

import io.tsunagi.access.OperatorId;
import io.tsunagi.inquiry.InquiryId;
import io.tsunagi.store.Ids;
import io.tsunagi.store.Store;
import java.time.Clock;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.function.BiConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the knowledge articles and fills the bot's index from them, so that answering needs nobody else.
 *
 * <p>Safe for many threads and many nodes: whoever replaces articles reloads its own index, and every other node finds
 * the change by {@link #reload}.
 */
public final class Articles {
    /**
     * An article as it stands in the source.
     *
     * @param modifiedAt when the source last changed it
     */
    public record Version(Article article, Instant modifiedAt) {
        public Version {
            Objects.requireNonNull(article);
            Objects.requireNonNull(modifiedAt);
        }
    }

    /**
     * An article an operator's search found.
     *
     * @param url where customers can read it, or null
     * @param uses in how many inquiries an operator used it
     * @param botUses in how many inquiries the bot answered with it
     */
    public record Found(
            String id,
            String number,
            String title,
            String summary,
            String body,
            String language,
            boolean internal,
            String url,
            int uses,
            int botUses) {}

    private static final Logger LOG = LoggerFactory.getLogger(Articles.class);

    private static final String FOR_CUSTOMERS = "customers";
    private static final String INTERNAL = "internal";

    private record Shown(long count, Instant newest) {}

    private static final String USE = """
            insert into article_uses (id, article, inquiry, used_by, used_at) values (?, ?, ?, ?, ?)
            on conflict do nothing
            """;

    private final Store store;
    private final ArticleIndex index;
    private final Clock clock;
    private Shown indexed = new Shown(0, null);
    private volatile BiConsumer<InquiryId, UUID> onUse = (inquiry, use) -> {};

    public Articles(Store store, ArticleIndex index, Clock clock) {
        this.store = store;
        this.index = index;
        this.clock = clock;
    }

    /**
     * Says who is told, inside its transaction, that an article was used in an inquiry that a person has or had: an
     * operator used it, or the bot did before. What the bot solved alone is told to nobody.
     */
    public void onUse(BiConsumer<InquiryId, UUID> to) {
        onUse = to;
    }

    /**
     * Compares what is kept with what the source has.
     *
     * @param online time of the last change of every article of this language in the source, by id
     * @return the oldest time of change among those that are new or changed; null when there are none
     */
    public Instant changedSince(String language, Map<String, Instant> online) {
        Map<String, Instant> kept = kept(language);
        return online.entrySet().stream()
                .filter(entry -> !entry.getValue().equals(kept.get(entry.getKey())))
                .map(Map.Entry::getValue)
                .min(Instant::compareTo)
                .orElse(null);
    }

    private Map<String, Instant> kept(String language) {
        Map<String, Instant> kept = new HashMap<>();
        store.jdbc()
                .sql("select id, modified_at from articles where language = ?")
                .param(language)
                .query((row, n) -> kept.put(
                        row.getString("id"), Store.instant(row.getObject("modified_at", OffsetDateTime.class))))
                .list();
        return kept;
    }

    /**
     * Brings the articles of one language to the state of the source, in one transaction, and reloads the index.
     *
     * <p>A source without a single article is not believed while articles are kept: it usually means that the right to
     * read them was lost, and a bot that knows nothing helps nobody.
     *
     * @param changed those that are new or changed
     * @param online ids of all that are to be kept
     */
    public void replace(String language, Collection<Version> changed, Set<String> online) {
        boolean written = store.inTransaction(() -> {
            Set<String> kept = kept(language).keySet();
            if (online.isEmpty() && !kept.isEmpty()) {
                LOG.warn("Knowledge has no article in {} any more; the {} known ones stay", language, kept.size());
                return false;
            }
            changed.forEach(this::put);
            int gone = 0;
            for (String id : kept) {
                if (!online.contains(id)) {
                    gone += store.jdbc()
                            .sql("delete from articles where id = ? and language = ?")
                            .params(id, language)
                            .update();
                }
            }
            if (gone > 0 || !changed.isEmpty()) {
                LOG.info("Knowledge in {}: {} articles new or changed, {} gone", language, changed.size(), gone);
            }
            return gone > 0 || !changed.isEmpty();
        });
        if (written) {
            reload();
        }
    }

    /**
     * Brings the articles of one language to those given, as {@link #replace} does, for a source that gives all of them each
     * time; those whose time of change is the kept one are left as they are.
     */
    public void replaceAll(String language, Collection<Version> all) {
        Map<String, Instant> online = new HashMap<>();
        for (Version version : all) {
            Article article = version.article();
            if (!article.language().equals(language)) {
                throw new IllegalArgumentException("Article " + article.id() + " is in " + article.language()
                        + ", not in " + language + "; give the articles of one language at a time");
            }
            online.put(article.id(), version.modifiedAt());
        }
        Map<String, Instant> kept = kept(language);
        replace(
                language,
                all.stream()
                        .filter(version -> !version.modifiedAt()
                                .equals(kept.get(version.article().id())))
                        .toList(),
                online.keySet());
    }

    private void put(Version version) {
        Article article = version.article();
        store.jdbc()
                .sql("""
                        insert into articles (id, language, number, title, summary, body, url, internal, keywords,
                                              modified_at, uses)
                        values (?, ?, ?, '-', null, null, null, true, null, ?, 0)
                        on conflict do nothing
                        """)
                .params(article.id(), article.language(), article.number(), Store.at(version.modifiedAt()))
                .update();
        store.jdbc()
                .sql("""
                        update articles set number = :number, title = :title, summary = :summary, body = :body,
                               url = :url, internal = :internal, keywords = :keywords, modified_at = :modified
                         where id = :id and language = :language
                        """)
                .param("number", withoutZero(article.number()))
                .param("title", withoutZero(article.title()))
                .param("summary", withoutZero(article.summary()))
                .param("body", withoutZero(article.body()))
                .param("url", article.url(), java.sql.Types.VARCHAR)
                .param("internal", article.internal())
                .param("keywords", withoutZero(String.join("\n", article.phrasings())))
                .param("modified", Store.at(version.modifiedAt()))
                .param("id", article.id())
                .param("language", article.language())
                .update();
    }

    /** PostgreSQL keeps no text with a zero in it. */
    private static String withoutZero(String text) {
        return text == null ? null : text.replace('\0', '\ufffd');
    }

    /** Fills the index from the database when articles changed since it was filled last; cheap when they did not. */
    public synchronized void reload() {
        Shown now = shown();
        if (now.equals(indexed)) {
            return;
        }
        List<Article> all = store.jdbc()
                .sql("select * from articles")
                .query((row, n) -> new Article(
                        row.getString("id"),
                        row.getString("number"),
                        row.getString("language"),
                        row.getString("title"),
                        row.getString("summary"),
                        row.getString("body"),
                        row.getString("url"),
                        row.getBoolean("internal"),
                        row.getString("keywords") == null
                                ? List.of()
                                : row.getString("keywords").lines().toList()))
                .list();
        index.replace(all);
        indexed = now;
    }

    /** Tells one state of the articles from another: each change in the source has a later time, each removal a count. */
    private Shown shown() {
        return store.jdbc()
                .sql("select count(*) as n, max(modified_at) as newest from articles")
                .query((row, n) ->
                        new Shown(row.getLong("n"), Store.instant(row.getObject("newest", OffsetDateTime.class))))
                .single();
    }

    /** Searches for an operator, internal articles included; best first. */
    public List<Found> search(String language, String query, int limit) {
        return search(language, query, limit, null);
    }

    /**
     * Searches for an operator; best first.
     *
     * @param kind {@code customers} for what customers may read, {@code internal} for the others; null or empty for both
     */
    public List<Found> search(String language, String query, int limit, String kind) {
        // To Camel the word "null" is nothing.
        String words = query == null ? "null" : query;
        int most = INTERNAL.equals(kind) ? Math.max(limit, index.size(language)) : limit;
        return withUses(index.search(language, words, most, !FOR_CUSTOMERS.equals(kind)).stream()
                .map(Hit::article)
                .filter(article -> fits(article, kind))
                .limit(limit)
                .toList());
    }

    private static boolean fits(Article article, String kind) {
        return FOR_CUSTOMERS.equals(kind) ? !article.internal() : !INTERNAL.equals(kind) || article.internal();
    }

    /** Puts articles found elsewhere behind those found here, each once, at most {@code limit}. */
    public List<Found> joined(List<Found> here, Collection<Version> elsewhere, int limit) {
        return joined(here, elsewhere, limit, null);
    }

    /** As {@link #joined(List, Collection, int)}, of one kind as {@link #search(String, String, int, String)} tells them. */
    public List<Found> joined(List<Found> here, Collection<Version> elsewhere, int limit, String kind) {
        Map<String, Found> all = new LinkedHashMap<>();
        here.forEach(found -> all.put(found.id(), found));
        withUses(elsewhere.stream()
                        .map(Version::article)
                        .filter(article -> fits(article, kind))
                        .toList())
                .forEach(found -> all.putIfAbsent(found.id(), found));
        return all.values().stream().limit(limit).toList();
    }

    private List<Found> withUses(List<Article> articles) {
        List<Found> found = new ArrayList<>();
        for (Article article : articles) {
            int uses = store.jdbc()
                    .sql("select uses from articles where id = ? and language = ?")
                    .params(article.id(), article.language())
                    .query(Integer.class)
                    .optional()
                    .orElse(0);
            int botUses = store.jdbc()
                    .sql("select count(*) from article_uses where article = ? and used_by is null")
                    .param(article.id())
                    .query(Integer.class)
                    .single();
            found.add(new Found(
                    article.id(),
                    article.number(),
                    article.title(),
                    article.summary(),
                    article.body(),
                    article.language(),
                    article.internal(),
                    article.url(),
                    uses,
                    botUses));
        }
        return found;
    }

    /**
     * Counts that an operator used an article in an inquiry, once each; joins the running transaction.
     *
     * @return false when it was counted before
     */
    public boolean used(String article, InquiryId inquiry, OperatorId operator) {
        return store.inTransaction(() -> {
            UUID use = Ids.derived("article-use", article, inquiry);
            boolean counted = keepUse(use, article, inquiry, operator.value());
            if (counted) {
                onUse.accept(inquiry, use);
                store.jdbc()
                        .sql("update articles set uses = uses + 1 where id = ?")
                        .param(article)
                        .update();
            }
            return counted;
        });
    }

    /**
     * Counts that the bot answered with an article in an inquiry, once each; joins the running transaction. It locks no
     * article's row: the turns of many customers answer with the same article at once.
     *
     * @param wantsCase whether the inquiry has a Case or is to have one; otherwise {@link #handedOff} tells of it, if ever
     */
    public void usedByBot(String article, InquiryId inquiry, boolean wantsCase) {
        Store.needTransaction();
        UUID use = Ids.derived("article-use-by-bot", article, inquiry);
        if (!wantsCase) {
            store.later(USE, use, article, inquiry.value(), null, Store.at(clock.instant()));
        } else if (keepUse(use, article, inquiry, null)) {
            onUse.accept(inquiry, use);
        }
    }

    /** Tells what the bot used in an inquiry before it was to have a Case; joins the running transaction. */
    public void handedOff(InquiryId inquiry) {
        Store.needTransaction();
        store.jdbc()
                .sql("select id from article_uses where inquiry = ? and used_by is null order by used_at")
                .param(inquiry.value())
                .query(UUID.class)
                .list()
                .forEach(use -> onUse.accept(inquiry, use));
    }

    private boolean keepUse(UUID id, String article, InquiryId inquiry, UUID operator) {
        int counted = store.jdbc()
                .sql(USE)
                .params(Arrays.asList(id, article, inquiry.value(), operator, Store.at(clock.instant())))
                .update();
        return counted == 1;
    }
}
