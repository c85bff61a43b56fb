package io.tsunagi.salesforce;

import java.time.Instant;
import java.util.List;

/**
 * What Salesforce answered to a piece of work.
 *
 * @param results one for each row of the work, in their order
 */
public record Written(List<Result> results) {
    public Written {
        results = List.copyOf(results);
    }

    /**
     * What became of one row.
     *
     * @param failure null when it is in Salesforce
     * @param theCase what is known of the Case since; null when nothing is
     */
    record Result(Failure failure, TheCase theCase) {}

    /**
     * The Case as the hub left it; a value that was not in the answer is null.
     *
     * @param changedAt Salesforce's time of this change
     */
    record TheCase(String caseId, String number, String status, String priority, String contactId, Instant changedAt) {}
}
