package io.tsunagi.inquiry;

import io.tsunagi.access.Person;
import io.tsunagi.audit.Audit;
import io.tsunagi.store.Ids;
import io.tsunagi.store.Store;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/** Keeps the canned answers. Safe for many threads and nodes. */
public final class CannedAnswers {
    private final Store store;
    private final Audit audit;
    private final Clock clock;

    public CannedAnswers(Store store, Audit audit, Clock clock) {
        this.store = store;
        this.audit = audit;
        this.clock = clock;
    }

    /**
     * Reads canned answers from YAML: a list of maps with {@code shortcut}, {@code language}, {@code title}, {@code text}
     * and, where wanted, {@code team} and {@code reading}.
     *
     * @throws IllegalArgumentException in a sentence that names the place
     */
    public static List<CannedAnswer> read(String yaml) {
        Object tree;
        try {
            tree = new Load(LoadSettings.builder().build()).loadFromString(yaml);
        } catch (YamlEngineException e) {
            throw new IllegalArgumentException("This is no YAML: " + e.getMessage(), e);
        }
        if (tree == null) {
            return List.of();
        }
        if (!(tree instanceof List<?> entries)) {
            throw new IllegalArgumentException("Canned answers are a list");
        }
        List<CannedAnswer> answers = new ArrayList<>();
        for (int i = 0; i < entries.size(); i++) {
            if (!(entries.get(i) instanceof Map<?, ?> entry)) {
                throw new IllegalArgumentException("Canned answer " + (i + 1) + " must be a map");
            }
            try {
                answers.add(answer(
                        word(entry, "shortcut"),
                        word(entry, "language"),
                        entry.get("team") == null ? null : word(entry, "team"),
                        word(entry, "title"),
                        word(entry, "reading"),
                        word(entry, "text").strip()));
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException("Canned answer " + (i + 1) + ": " + e.getMessage(), e);
            }
        }
        return answers;
    }

    private static String word(Map<?, ?> entry, String key) {
        return entry.get(key) == null ? "" : entry.get(key).toString();
    }

    /** Makes an answer that was not used yet. */
    public static CannedAnswer answer(
            String shortcut, String language, String team, String title, String reading, String body) {
        UUID id = Ids.derived("canned-answer", shortcut.toLowerCase(Locale.ROOT), language, team == null ? "" : team);
        return new CannedAnswer(id, shortcut, language, team, title, reading, body, 0);
    }

    /** Adds those that were never there: what people changed or removed stays as they left it. */
    public void seed(List<CannedAnswer> answers) {
        store.inTransaction(() -> answers.forEach(this::insert));
    }

    private boolean insert(CannedAnswer answer) {
        return store.jdbc()
                        .sql("""
                                insert into canned_answers (id, shortcut, language, team, title, reading, body, uses, changed_at)
                                values (:id, :shortcut, :language, :team, :title, :reading, :body, 0, :now)
                                on conflict do nothing
                                """)
                        .param("id", answer.id())
                        .param("shortcut", answer.shortcut())
                        .param("language", answer.language())
                        .param("team", answer.team())
                        .param("title", answer.title())
                        .param("reading", answer.reading())
                        .param("body", answer.body())
                        .param("now", Store.at(clock.instant()))
                        .update()
                == 1;
    }

    /** Gives all answers, the most used first. */
    public List<CannedAnswer> all() {
        return store.jdbc()
                .sql("""
                        select id, shortcut, language, team, title, reading, body, uses from canned_answers
                        where removed_at is null order by uses desc, shortcut, language limit 2000
                        """)
                .query((row, i) -> new CannedAnswer(
                        row.getObject("id", UUID.class),
                        row.getString("shortcut"),
                        row.getString("language"),
                        row.getString("team"),
                        row.getString("title"),
                        row.getString("reading"),
                        row.getString("body"),
                        row.getLong("uses")))
                .list();
    }

    /** Gives what an operator of this team may say in this language: the team's and everybody's. */
    public List<CannedAnswer> of(String language, String team) {
        return all().stream()
                .filter(answer -> answer.language().equals(language))
                .filter(answer -> answer.team() == null || answer.team().equals(team))
                .toList();
    }

    /** Adds an answer, or puts new words under the same shortcut, language and team. */
    public void save(Person by, CannedAnswer answer) {
        store.inTransaction(() -> {
            if (!insert(answer)) {
                store.jdbc()
                        .sql("""
                                update canned_answers set title = ?, reading = ?, body = ?, changed_at = ?, removed_at = null
                                where id = ?
                                """)
                        .params(answer.title(), answer.reading(), answer.body(), Store.at(clock.instant()), answer.id())
                        .update();
            }
            audit.write(by.id().toString(), "save-canned-answer", "canned/" + answer.id(), Audit.OK, null, null);
        });
    }

    /** Removes an answer; false when there is none. */
    public boolean remove(Person by, UUID id) {
        return store.inTransaction(() -> {
            int found = store.jdbc()
                    .sql("update canned_answers set removed_at = ? where id = ? and removed_at is null")
                    .params(Store.at(clock.instant()), id)
                    .update();
            if (found > 0) {
                audit.write(by.id().toString(), "remove-canned-answer", "canned/" + id, Audit.OK, null, null);
            }
            return found > 0;
        });
    }

    /** Counts that an answer went into a draft; false when there is none. */
    public boolean used(UUID id) {
        return store.inTransaction(() -> store.jdbc()
                        .sql("update canned_answers set uses = uses + 1 where id = ? and removed_at is null")
                        .param(id)
                        .update()
                > 0);
    }
}
