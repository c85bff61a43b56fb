package io.tsunagi.bot;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.tsunagi.access.Person;
import io.tsunagi.audit.Audit;
import io.tsunagi.inquiry.CardNumbers;
import io.tsunagi.inquiry.InquiryId;
import io.tsunagi.inquiry.SensitiveWords;
import io.tsunagi.store.Ids;
import io.tsunagi.store.Store;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.text.Normalizer;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Proposes articles that are missing. Bean {@code proposals} of the routes.
 *
 * <p>Of a closed inquiry that the bot could not answer, the question is taken, and the longest text an operator wrote when
 * the inquiry ended well (the customer gave 4 or 5 of 5, or nothing, and it was closed as solved). A question like one that
 * was proposed before counts there; one that the bot answers by now is left. Nothing leaves the hub before an editor has
 * read it and said yes, and what leaves is the editor's text.
 *
 * <p>An operator whose search found no article proposes one, too: what they looked for.
 *
 * <p>A customer's words here are sealed and go when they are erased elsewhere; mail addresses and long numbers are hidden
 * from the beginning. Safe for many threads and many nodes.
 */
public final class Proposals {
    /** Salesforce's lengths of an article's title, and of its text here. */
    static final int LONGEST_TITLE = 255;

    static final int LONGEST_BODY = 30_000;

    /** How alike two questions must be to be one, by the pairs of letters they share (Dice's coefficient). */
    static final double ALIKE = 0.7;

    /** How long a node keeps what it brings to Salesforce for itself, and how long what failed waits at first and at most. */
    static final Duration LEASE = Duration.ofMinutes(2);

    static final Duration FIRST_WAIT = Duration.ofSeconds(15);
    static final Duration LONGEST_WAIT = Duration.ofMinutes(10);

    private static final Logger LOG = LoggerFactory.getLogger(Proposals.class);
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String TABLE = "article_proposals";
    private static final int BATCH = 100;
    private static final int FEWEST_LETTERS = 6;

    /** A sign of a mail address's part, in either width. */
    private static final String IN_MAIL = "[\\w+\\-Ａ-Ｚａ-ｚ０-９＿＋－]";

    private static final Pattern MAIL =
            Pattern.compile("(?:" + IN_MAIL + "|[.．])+[@＠]" + IN_MAIL + "+(?:[.．]" + IN_MAIL + "+)+");
    private static final Pattern LONG_NUMBER = Pattern.compile("\\p{Nd}(?:[\\p{Pd}\\p{Zs}−ー.．()（）]{0,2}\\p{Nd}){6,}");
    private static final String HIDDEN = "＊＊＊";

    private record Asked(UUID id, UUID inquiry, String language, String words) {}

    private record Known(UUID id, Proposal.State state, Set<String> pairs, boolean answered) {}

    /** What an editor may not approve, and what nobody can propose. */
    public static final class RefusedException extends RuntimeException {
        private static final long serialVersionUID = 1L;
        private final String code;

        RefusedException(String code, String message) {
            super(message);
            this.code = code;
        }

        /** {@code title}, {@code body}, {@code unseen}, {@code card}, {@code sensitive-words}, {@code words} or {@code not-found}. */
        public String code() {
            return code;
        }
    }

    private final Store store;
    private final Bot bot;
    private final SensitiveWords sensitive;
    private final Audit audit;
    private final Clock clock;

    public Proposals(Store store, Bot bot, SensitiveWords sensitive, Audit audit, Clock clock) {
        this.store = store;
        this.bot = bot;
        this.sensitive = sensitive;
        this.audit = audit;
        this.clock = clock;
    }

    /**
     * Looks at a batch of questions of closed inquiries.
     *
     * @return how many were looked at; 0 when none is left, or others have the rest in hand
     */
    public int propose() {
        return store.inOwnTransaction(() -> {
            List<Asked> all = store.jdbc()
                    .sql("""
                            select q.id, q.inquiry, q.language, q.question, q.decision, q.reason, q.solved
                              from questions q
                             where q.considered_at is null
                               and exists (select 1 from inquiries i where i.id = q.inquiry and i.state = 'CLOSED')
                             order by q.asked_at, q.id limit %d for update skip locked
                            """.formatted(BATCH))
                    .query((row, n) -> asked(row))
                    .list();
            Map<String, List<Known>> known = new HashMap<>();
            for (Asked asked : all) {
                if (asked.words() != null) {
                    consider(asked, known);
                }
                store.jdbc()
                        .sql("update questions set considered_at = ? where id = ?")
                        .params(Store.at(clock.instant()), asked.id())
                        .update();
            }
            return all.size();
        });
    }

    /** Without words when it was answered, or when it says too little. */
    private Asked asked(ResultSet row) throws SQLException {
        UUID id = row.getObject("id", UUID.class);
        String reason = row.getString("reason");
        boolean unanswered =
                "hand-off".equals(row.getString("decision")) && ("unsure".equals(reason) || "misses".equals(reason))
                        || row.getObject("solved") != null && !row.getBoolean("solved");
        String words = unanswered ? store.sealing().openText("questions", id, row.getBytes("question")) : null;
        return new Asked(
                id,
                row.getObject("inquiry", UUID.class),
                row.getString("language"),
                words == null || tooShort(words) ? null : words);
    }

    private void consider(Asked asked, Map<String, List<Known>> knownByLanguage) {
        BotDecision now =
                bot.decide(asked.language(), new BotMessage(BotMessage.Kind.TEXT, asked.words()), new BotMemory(0, 1));
        if (now instanceof BotDecision.Answer) {
            return;
        }
        String answer = answer(asked.inquiry());
        List<Known> all = knownByLanguage.computeIfAbsent(asked.language(), this::known);
        Set<String> pairs = pairs(asked.words());
        Optional<Known> like = like(all, pairs);
        if (like.isEmpty()) {
            UUID id = Ids.derived("article-proposal", asked.id());
            propose(id, asked, answer);
            all.add(new Known(id, Proposal.State.PROPOSED, pairs, answer != null));
        } else if (like.get().state() == Proposal.State.PROPOSED) {
            Known known = like.get();
            count(known);
            if (!known.answered() && answer != null) {
                // With its answer comes its question: both are then of one inquiry and go together. An editor may have
                // decided meanwhile: then no customer's words come back to it.
                store.jdbc()
                        .sql("update article_proposals set inquiry = ?, source = ?, question = ?, answer = ?"
                                + " where id = ? and state = 'PROPOSED'")
                        .params(
                                asked.inquiry(),
                                asked.id(),
                                seal(known.id(), hidden(asked.words())),
                                seal(known.id(), hidden(answer)),
                                known.id())
                        .update();
                all.set(all.indexOf(known), new Known(known.id(), known.state(), pairs, true));
            }
        }
    }

    /**
     * Proposes an article for what an operator looked for in vain. Words that a customer wrote in the inquiry, changed a
     * little or not, go from here when that message's do.
     *
     * @param language of the words; null is the inquiry's
     * @return false when an editor has decided about such a proposal before
     * @throws RefusedException when the words say too little to be a question, or there is no such inquiry
     */
    public boolean add(Person by, InquiryId inquiry, String language, String words) {
        if (tooShort(words)) {
            throw new RefusedException("words", "A question has at least " + FEWEST_LETTERS + " letters");
        }
        return store.inTransaction(() -> {
            String spoken = store.jdbc()
                    .sql("select language from inquiries where id = ?")
                    .param(inquiry.value())
                    .query(String.class)
                    .optional()
                    .orElseThrow(() -> new RefusedException("not-found", "There is no such inquiry"));
            String of = language == null ? spoken : language;
            Set<String> pairs = pairs(words);
            Optional<Known> like = like(known(of), pairs);
            if (like.isEmpty()) {
                propose(UUID.randomUUID(), new Asked(saidIn(inquiry, pairs), inquiry.value(), of, words), null);
            } else if (like.get().state() == Proposal.State.PROPOSED) {
                count(like.get());
            } else {
                return false;
            }
            audit.write(by.id().toString(), "propose-article", "inquiry/" + inquiry, Audit.OK, null, null);
            return true;
        });
    }

    /** Gives the newest message of a customer that holds most of these words, or null. */
    private UUID saidIn(InquiryId inquiry, Set<String> pairs) {
        record Said(UUID id, String text) {}
        return store
                .jdbc()
                .sql("""
                        select id, content from messages
                         where inquiry = ? and sender = 'CUSTOMER' and type = 'text' and content is not null
                         order by seq desc limit %d
                        """.formatted(BATCH))
                .param(inquiry.value())
                .query((row, n) -> {
                    UUID id = row.getObject("id", UUID.class);
                    return new Said(id, text(store.sealing().openText("messages", id, row.getBytes("content"))));
                })
                .list()
                .stream()
                .filter(said -> held(pairs, pairs(said.text())) >= ALIKE)
                .map(Said::id)
                .findFirst()
                .orElse(null);
    }

    private static boolean tooShort(String words) {
        return words.codePoints().filter(Character::isLetterOrDigit).count() < FEWEST_LETTERS;
    }

    /** Gives which part of these stands in those too, from 0 to 1. */
    private static double held(Set<String> these, Set<String> those) {
        return (double) these.stream().filter(those::contains).count() / these.size();
    }

    private static Optional<Known> like(List<Known> all, Set<String> pairs) {
        return all.stream()
                .filter(known -> alike(known.pairs(), pairs) >= ALIKE)
                .findFirst();
    }

    private void count(Known known) {
        store.jdbc()
                .sql("update article_proposals set asked = asked + 1 where id = ? and state = 'PROPOSED'")
                .param(known.id())
                .update();
    }

    private void propose(UUID id, Asked asked, String answer) {
        store.jdbc()
                .sql("""
                        insert into article_proposals (id, language, state, asked, inquiry, source, question, answer,
                                                       proposed_at, tries)
                        values (:id, :language, 'PROPOSED', 1, :inquiry, :source, :question, :answer, :now, 0)
                        on conflict do nothing
                        """)
                .param("id", id)
                .param("language", asked.language())
                .param("inquiry", asked.inquiry())
                .param("source", asked.id(), Types.OTHER)
                .param("question", seal(id, hidden(asked.words())))
                .param("answer", answer == null ? null : seal(id, hidden(answer)), Types.VARBINARY)
                .param("now", Store.at(clock.instant()))
                .update();
    }

    private byte[] seal(UUID id, String words) {
        return store.sealing().seal(TABLE, id, words);
    }

    private List<Known> known(String language) {
        return new ArrayList<>(store.jdbc()
                .sql("""
                        select id, state, question, title, answer from article_proposals
                         where language = ? and (question is not null or title is not null)
                         order by proposed_at
                        """)
                .param(language)
                .query((row, n) -> {
                    UUID id = row.getObject("id", UUID.class);
                    String question = store.sealing().openText(TABLE, id, row.getBytes("question"));
                    return new Known(
                            id,
                            Proposal.State.valueOf(row.getString("state")),
                            pairs(
                                    question == null
                                            ? store.sealing().openText(TABLE, id, row.getBytes("title"))
                                            : question),
                            row.getBytes("answer") != null);
                })
                .list());
    }

    /** Gives the longest text an operator wrote in an inquiry that ended well. */
    private String answer(UUID inquiry) {
        boolean well = store.jdbc().sql("""
                                select count(*) from inquiries i left join surveys s on s.inquiry = i.id
                                 where i.id = ? and (s.score >= 4 or s.score is null and i.close_reason = 'solved')
                                """).param(inquiry).query(Long.class).single() > 0;
        return !well
                ? null
                : store
                        .jdbc()
                        .sql("""
                                select id, content from messages
                                 where inquiry = ? and sender = 'OPERATOR' and author is not null and type = 'text'
                                   and content is not null and unsent_at is null
                                """)
                        .param(inquiry)
                        .query((row, n) -> store.sealing()
                                .openText("messages", row.getObject("id", UUID.class), row.getBytes("content")))
                        .list()
                        .stream()
                        .map(Proposals::text)
                        .filter(text -> text.strip().length() >= FEWEST_LETTERS)
                        .max(Comparator.comparingInt(String::length))
                        .orElse(null);
    }

    private static String text(String content) {
        try {
            return JSON.readTree(content).path("text").asText("");
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("A message's content is no JSON", e);
        }
    }

    /** Hides what is nobody's business: card numbers and passwords that came in the clear, mail addresses, long numbers. */
    String hidden(String words) {
        String masked = MAIL.matcher(sensitive.mask(words)).replaceAll(HIDDEN);
        return LONG_NUMBER.matcher(masked).replaceAll(HIDDEN);
    }

    /** Gives how alike two questions are by their pairs of letters, from 0 to 1. */
    private static double alike(Set<String> a, Set<String> b) {
        if (a.isEmpty() || b.isEmpty()) {
            return 0;
        }
        Set<String> both = new HashSet<>(a);
        both.retainAll(b);
        return 2.0 * both.size() / (a.size() + b.size());
    }

    private static Set<String> pairs(String words) {
        int[] letters = Normalizer.normalize(words, Normalizer.Form.NFKC)
                .toLowerCase(Locale.ROOT)
                .codePoints()
                .filter(Character::isLetterOrDigit)
                .toArray();
        Set<String> pairs = new HashSet<>();
        for (int i = 0; i + 1 < letters.length; i++) {
            pairs.add(new String(letters, i, 2));
        }
        return pairs;
    }

    /** Gives the newest 500: those that want a decision first, the most asked first. */
    public List<Proposal> all() {
        return store.jdbc().sql("""
                        select * from article_proposals
                         order by case state when 'REFUSED' then 0 when 'PROPOSED' then 1 when 'APPROVED' then 2
                                             else 3 end, asked desc, proposed_at desc, id
                         limit 500
                        """).query((row, n) -> read(row)).list();
    }

    private Proposal read(ResultSet row) throws SQLException {
        UUID id = row.getObject("id", UUID.class);
        return new Proposal(
                id,
                row.getString("language"),
                Proposal.State.valueOf(row.getString("state")),
                row.getInt("asked"),
                store.sealing().openText(TABLE, id, row.getBytes("question")),
                store.sealing().openText(TABLE, id, row.getBytes("answer")),
                store.sealing().openText(TABLE, id, row.getBytes("title")),
                store.sealing().openText(TABLE, id, row.getBytes("body")),
                Store.instant(row.getTimestamp("proposed_at")),
                row.getInt("tries"),
                row.getString("record"),
                row.getString("error"));
    }

    /**
     * Sends an editor's text to Salesforce as a draft article; the customer's and the operator's words go from here.
     *
     * @param seen whether the editor said to have read that nothing personal is in it
     * @return false when there is nothing (any more) to decide
     * @throws RefusedException when the text must not leave
     */
    public boolean approve(Person by, UUID id, String title, String body, boolean seen) {
        if (title.isBlank() || title.length() > LONGEST_TITLE) {
            throw new RefusedException("title", "A title has 1 to " + LONGEST_TITLE + " characters");
        }
        if (body.isBlank() || body.length() > LONGEST_BODY) {
            throw new RefusedException("body", "An article has 1 to " + LONGEST_BODY + " characters");
        }
        if (!seen) {
            throw new RefusedException("unseen", "Say that no customer's personal words are in it");
        }
        if (CardNumbers.in(title) || CardNumbers.in(body)) {
            throw new RefusedException("card", "A card number must not stand in an article");
        }
        if (sensitive.in(title) || sensitive.in(body)) {
            throw new RefusedException(
                    "sensitive-words", "A password, code or number of a person must not stand in an article");
        }
        return store.inTransaction(() -> {
            int found = store.jdbc()
                    .sql("""
                            update article_proposals set state = 'APPROVED', title = ?, body = ?, question = null,
                                   answer = null, inquiry = null, source = null, decided_by = ?, decided_at = ?,
                                   due_at = ?, tries = 0, error = null
                             where id = ? and state in ('PROPOSED', 'REFUSED')
                            """)
                    .params(
                            seal(id, title.strip()),
                            seal(id, body.strip()),
                            by.id().value(),
                            Store.at(clock.instant()),
                            Store.at(clock.instant()),
                            id)
                    .update();
            return noted(found, by, "approve-article", id);
        });
    }

    /** Puts a proposal aside for good; false when there is nothing (any more) to decide. */
    public boolean reject(Person by, UUID id) {
        return store.inTransaction(() -> {
            int found = store.jdbc()
                    .sql("""
                            update article_proposals set state = 'REJECTED', answer = null, body = null,
                                   decided_by = ?, decided_at = ?
                             where id = ? and state in ('PROPOSED', 'REFUSED')
                            """)
                    .params(by.id().value(), Store.at(clock.instant()), id)
                    .update();
            return noted(found, by, "reject-article", id);
        });
    }

    private boolean noted(int found, Person by, String act, UUID id) {
        if (found > 0) {
            audit.write(by.id().toString(), act, "proposal/" + id, Audit.OK, null, null);
        }
        return found > 0;
    }

    /** Says whether something waits to be brought to Salesforce. */
    public boolean waiting() {
        return store.jdbc()
                        .sql("select count(*) from article_proposals where state = 'APPROVED' and due_at <= ?")
                        .param(Store.at(clock.instant()))
                        .query(Long.class)
                        .single()
                > 0;
    }

    /** Takes what waits longest for itself, for {@link #LEASE}; null when nothing waits. */
    public Proposal take() {
        Instant now = clock.instant();
        return store.inOwnTransaction(() -> {
            List<UUID> first = new ArrayList<>(
                    store.jdbc().sql("""
                            select id from article_proposals where state = 'APPROVED' and due_at <= ?
                             order by due_at, id limit 1 for update skip locked
                            """).param(Store.at(now)).query(UUID.class).list());
            if (first.isEmpty()) {
                return null;
            }
            store.jdbc()
                    .sql("update article_proposals set due_at = ?, tries = tries + 1 where id = ?")
                    .params(Store.at(now.plus(LEASE)), first.get(0))
                    .update();
            return store.jdbc()
                    .sql("select * from article_proposals where id = ?")
                    .param(first.get(0))
                    .query((row, n) -> read(row))
                    .single();
        });
    }

    /** Notes that Salesforce holds the draft; its title stays here, so that nobody proposes it again. */
    public void created(Proposal proposal, String record) {
        store.inTransaction(() -> {
            int found = store.jdbc()
                    .sql("""
                            update article_proposals set state = 'CREATED', record = :record, body = null, error = null
                             where id = :id and state = 'APPROVED'
                            """)
                    .param("record", record, Types.VARCHAR)
                    .param("id", proposal.id())
                    .update();
            if (found > 0) {
                Map<String, String> detail = record == null ? null : Map.of("record", record);
                audit.write(Audit.HUB, "create-article", "proposal/" + proposal.id(), Audit.OK, null, detail);
            }
        });
    }

    /**
     * Notes that Salesforce did not take it.
     *
     * @param again whether trying again may help; otherwise the editor has to change it
     * @param error without any words of the article
     */
    public void failed(Proposal proposal, boolean again, String error) {
        long wait = Math.min(LONGEST_WAIT.toMillis(), FIRST_WAIT.toMillis() << Math.min(proposal.tries(), 10));
        store.jdbc()
                .sql(
                        "update article_proposals set state = ?, due_at = ?, error = ? where id = ? and state = 'APPROVED'")
                .params(
                        again ? "APPROVED" : "REFUSED",
                        Store.at(clock.instant().plusMillis(wait)),
                        error.length() > 1000 ? error.substring(0, 1000) : error,
                        proposal.id())
                .update();
        if (!again) {
            LOG.warn("Salesforce refused the article of proposal {}: {}", proposal.id(), error);
        }
    }
}
