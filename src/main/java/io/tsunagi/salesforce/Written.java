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
     * @param closed true when the hub closed it, otherwise null
     * @param ownerId who owned it then; news only where nobody was known before
     * @param changedAt Salesforce's time of this change
     * @param remembered what {@link CrmCase} keeps of it
     */
    record TheCase(
            String caseId,
            String number,
            String status,
            Boolean closed,
            String priority,
            String ownerId,
            String owner,
            String contactId,
            Instant changedAt,
            String remembered) {}
}
