package io.tsunagi.salesforce;

import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;

/**
 * One row of work on its way to Salesforce: what a route mapped of it, and what Salesforce said to that. Pieces of many
 * inquiries travel in one call, and each meets its own fate. For one thread at a time.
 */
public class Piece {
    final Work.Row row;
    final Map<?, ?> facts;

    /** What the hub wrote of the Case before, and what it would have it hold now; see {@link CrmCase}. */
    final Map<String, String> before = new TreeMap<>();

    final Map<String, String> told = new TreeMap<>();

    private final Map<String, Map<String, Object>> records;
    private final Map<String, String> ids = new HashMap<>();
    private Failure failure;

    /** @param records by part the mapped values, by their paths; a part nobody mapped is missing */
    Piece(Work.Row row, Map<?, ?> facts, Map<String, Map<String, Object>> records) {
        this.row = row;
        this.facts = facts;
        this.records = records;
    }

    /** Gives the values that are to be written of a part, by their paths; whoever removes one leaves it as it is. */
    Map<String, Object> record(String part) {
        return records.getOrDefault(part, Map.of());
    }

    /** Maps one value more. */
    void map(String part, String path, Object value) {
        records.computeIfAbsent(part, name -> new TreeMap<>()).put(path, value);
    }

    /** Gives one of several records that this piece becomes; what befalls one befalls the piece. */
    Piece part(String part, Map<String, Object> record) {
        return new Piece(row, facts, Map.of(part, record)) {
            @Override
            void fail(Failure reason) {
                super.fail(reason);
                Piece.this.fail(reason);
            }
        };
    }

    /** Notes the record that a part became. */
    void became(String part, String id) {
        ids.put(part, id);
    }

    /** Gives the id of the record that a part became; null when it did not. */
    String id(String part) {
        return ids.get(part);
    }

    /** Notes why a part was not taken; the first reason is the one that counts. */
    void fail(Failure reason) {
        if (failure == null) {
            failure = reason;
        }
    }

    /** Gives why it was not taken; null when nothing speaks against it. */
    Failure failure() {
        return failure;
    }
}
