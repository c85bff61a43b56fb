package io.tsunagi.salesforce;

import java.time.Instant;
import java.util.List;

/** What Salesforce answered to a piece of work that it took. */
public sealed interface Written {

    /**
     * The Case was made or changed; a value that was not in the answer is null.
     *
     * @param changedAt Salesforce's time of this change
     */
    record TheCase(String caseId, String number, String status, String priority, String contactId, Instant changedAt)
            implements Written {}

    /** What became of each row, in the order of the work's rows. */
    record Rows(List<RowResult> results) implements Written {
        public Rows {
            results = List.copyOf(results);
        }
    }

    /** {@code failure} is null when the row is in Salesforce. */
    record RowResult(Failure failure) {}
}
