package io.tsunagi.store;

import java.util.List;

/**
 * A table with sealed columns: who seals words in a new place names it in {@link #ALL}, so that a rotation of keys and a
 * scan find them.
 *
 * @param key the column that a value is bound to
 * @param columns what is sealed
 */
public record SealedTable(String name, String key, List<String> columns) {
    /** Every place of sealed words but {@code key_check}. */
    public static final List<SealedTable> ALL = List.of(
            of("events", "id", "body"),
            of("messages", "id", "content"),
            of("customers", "id", "name", "picture", "reply_token"),
            of("deliveries", "id", "payload", "reply_token"),
            of("translations", "id", "words"),
            of("drafts", "inquiry", "content"),
            of("questions", "id", "question"),
            of("inquiries", "id", "hold_memo", "help_words"),
            of("holds", "id", "memo"),
            of("advice", "id", "words"),
            of("approvals", "id", "note"),
            of("notices", "id", "words"),
            of("media", "id", "name"),
            of("withheld_words", "id", "content"),
            of("legal_holds", "id", "reason", "lift_reason"),
            of("reveals", "id", "reason"),
            of("account_tokens", "id", "token"),
            of("crm_customers", "id", "facts"),
            of("article_proposals", "id", "question", "answer", "title", "body"),
            of("erasures", "id", "proof"),
            of("second_factors", "operator", "secret"),
            of("security_keys", "id", "record"));

    public SealedTable {
        columns = List.copyOf(columns);
    }

    private static SealedTable of(String name, String key, String... columns) {
        return new SealedTable(name, key, List.of(columns));
    }
}
